"""History as a file: a line for each value that changed, harmless in every format."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from builders import a_database
from builders.histories import timed, writing_as
from builders.sealed import put_under_audit, writing
from steward_app.db import open_read
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.past.history import Asked
from steward_app.services.audit.past.history_export import (
    Format,
    HistoryExport,
    HistoryExported,
    export_history,
)

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = a_database(tmp_path).with_table(HOSTILE, "id INTEGER PRIMARY KEY, formula, email, flagged").build()
    put_under_audit(path, HOSTILE, modes={"flagged": Mode.FLAG})
    with writing_as(path, "=ada|", "first") as session:
        session.run(f"INSERT INTO \"{HOSTILE}\" VALUES (1, '=cmd|x', 'a@x.example', 1)")
    with writing(path) as session:
        session.run(f"UPDATE \"{HOSTILE}\" SET formula = CAST(x'61ff' AS TEXT), flagged = 2")
        session.run(f"UPDATE \"{HOSTILE}\" SET formula = x'00ff', email = NULL")
    return timed(path)


def write(path: Path, name: str, **wish: object) -> tuple[HistoryExported, bytes]:
    target = path.parent / name
    with open_read(path) as session:
        done = export_history(session, Asked(), target, Context(), HistoryExport(**wish))  # type: ignore[arg-type]
    assert done.size_bytes == len(target.read_bytes())
    return done, target.read_bytes()


def test_csv_has_a_line_for_every_value(path: Path) -> None:
    done, data = write(path, "h.csv")
    rows = list(csv.DictReader(data.decode().splitlines()))
    assert (done.changes, done.lines, done.format) == (3, len(rows), Format.CSV)
    assert [(row["change"], row["column"], row["note"]) for row in rows[:4]] == [
        ("1", "id", ""),
        ("1", "flagged", "not kept"),
        ("1", "formula", ""),
        ("1", "email", "personal, not shown"),
    ]
    assert rows[2]["new"] == "'=cmd|x"
    assert rows[0]["actor"] == "'=ada|"
    assert rows[0]["time"] == "2026-11-01T00:00:01.000Z"
    assert rows[4]["actor"] == ""
    assert "a@x.example" not in data.decode()
    assert done.left_out == (f"{HOSTILE}.email",)


def test_personal_values_are_there_when_asked_for(path: Path) -> None:
    done, data = write(path, "h.csv", personal=True)
    assert "a@x.example" in data.decode()
    assert done.left_out == ()


def test_json_lines_are_one_object_each(path: Path) -> None:
    _, data = write(path, "h.jsonl", personal=True, newest_first=True)
    rows = [json.loads(line) for line in data.decode().splitlines()]
    assert [row["change"] for row in rows] == sorted((row["change"] for row in rows), reverse=True)
    assert rows[0]["new"] == {"base64": "AP8="}
    assert json.loads(write(path, "h.json", personal=True)[1])[0]["operation"] == "insert"


def test_html_escapes_everything(path: Path) -> None:
    done, data = write(path, "h.html", personal=True)
    text = data.decode()
    assert HOSTILE not in text
    assert "&lt;img src=x" in text
    assert "BLOB of 2 bytes" in text
    assert ">NULL<" in text
    assert done.lines == text.count("<tr><td>")


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(path: Path) -> None:
    write(path, "h.csv")
    with pytest.raises(Refused, match="is there already"):
        write(path, "h.csv")
    write(path, "h.csv", overwrite=True)
    with pytest.raises(Refused):
        write(path, path.name, format=Format.CSV, overwrite=True)
    with pytest.raises(UsageError, match="does not say what to write"):
        write(path, "h.parquet")
