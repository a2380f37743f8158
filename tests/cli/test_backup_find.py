"""`steward backup find`, as scripts and people use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import Ran, a_database, steward
from steward_app.db import open_write


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "patient", "id INTEGER PRIMARY KEY, last_name, ward", rows=[(1, "Novak", "A"), (2, "Berg", "B")]
        )
        .in_wal_mode()
        .build()
    )
    assert steward("backup", "init", path, "--store", tmp_path / "store", "--plain").code == 0
    for sql in ("SELECT 1", "UPDATE patient SET ward = 'C' WHERE id = 1", "DELETE FROM patient WHERE id = 1"):
        with open_write(path) as session, session.transaction():
            session.run(sql)
        assert steward("backup", "create", path).code == 0
    return path


def find(path: Path, *words: str) -> Ran:
    return steward("backup", "find", path, *words)


def test_a_row(clinic: Path) -> None:
    ran = find(clinic, "--table", "patient", "--key", "1", "--json")
    document = ran.document()
    assert (ran.code, document["searched"], document["holding"]) == (1, 3, 2)
    assert [(each["there"], each["cells"]) for each in document["states"]] == [
        (True, [1, "A"]),
        (True, [1, "C"]),
        (False, []),
    ]
    assert document["hidden"] == ["last_name"]
    assert document["expires_at"] > document["last"]["made_at"]
    told = find(clinic, "--table", "patient", "--key", "1").out
    assert "It is in 2 of 3 restore points." in told
    assert "not there" in told
    assert "Novak" not in told
    assert "Novak" in find(clinic, "--table", "patient", "--key", "1", "--personal").out


def test_a_value(clinic: Path) -> None:
    document = find(clinic, "--value", "Novak", "--json").document()
    (place,) = document["places"]
    assert (place["table"], place["column"], place["points"], place["rows"]) == ("patient", "last_name", 2, 1)
    assert find(clinic, "--value", "nov", "--match", "contains", "--column", "last_name").code == 1
    ran = find(clinic, "--value", "Nobody")
    assert (ran.code, ran.out) == (0, "It is in none of 3 restore points.\n")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--key", "1"),
        ("--table", "patient"),
        ("--table", "patient", "--key", "1", "--value", "x"),
        ("--value", "x", "--match", "nearly"),
        ("--value", "x", "--match", "number"),
        ("--value", "x", "--store", "nowhere"),
    ],
)
def test_what_cannot_be_looked_for(clinic: Path, words: tuple[str, ...]) -> None:
    assert find(clinic, *words).code == 2
