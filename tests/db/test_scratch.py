"""Scratch space, and the tables that are staged in it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from steward_app import db
from steward_app.db import scratch
from steward_app.kernel.errors import UsageError


def test_a_scratch_folder_is_private_and_goes(steward_home: Path) -> None:
    with scratch.directory() as folder:
        assert folder.is_relative_to(steward_home)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "x.db").write_bytes(b"copy")
    assert not folder.exists()


def test_what_a_killed_process_left_is_swept(steward_home: Path) -> None:
    code = (
        "import os; from steward_app.db import scratch\n"
        "with scratch.directory() as folder: (folder / 'x').touch(); print(folder, flush=True); os._exit(9)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=False, env={**os.environ}
    )
    left = Path(ran.stdout.strip())
    assert (left / "x").exists()
    with scratch.directory() as folder:
        assert [each for each in folder.parent.iterdir() if each.name.startswith("scratch-")] == [folder]
    assert not left.exists()


def test_a_table_is_staged_with_hostile_names_and_late_columns() -> None:
    name = 'a"b]; DROP TABLE x --'
    with scratch.directory() as folder:
        path = folder / "import.db"
        loaded = scratch.load_table(path, name, [{'c"1': 1, "=x": "Ada"}, {'c"1': None, "late\n": b"\x00"}])
        assert (loaded.table, loaded.rows) == (name, 2)
        assert [column for column, _ in loaded.columns] == ['c"1', "=x", "late\n"]
        with db.open_read(path) as session:
            assert session.all(f"SELECT * FROM {db.quote(name)}") == [(1, "Ada", None), (None, None, b"\x00")]


def test_text_that_is_numbers_becomes_numbers_when_asked() -> None:
    rows = [{"id": "1", "weight": "2.5", "name": "07a"}, {"id": "22", "weight": "", "name": "x"}]
    with scratch.directory() as folder:
        kept = scratch.load_table(folder / "a.db", "t", (dict(row) for row in rows))
        found = scratch.load_table(folder / "a.db", "u", (dict(row) for row in rows), find_types=True)
        assert [kind for _, kind in kept.columns] == ["TEXT", "TEXT", "TEXT"]
        assert dict(found.columns)["id"] == "INTEGER"
        assert dict(found.columns)["name"] == "TEXT"
        with db.open_read(folder / "a.db") as session:
            assert session.all("SELECT id, typeof(id) FROM u") == [(1, "integer"), (22, "integer")]


def test_a_table_is_staged_once_and_only_with_rows() -> None:
    with scratch.directory() as folder:
        scratch.load_table(folder / "a.db", "t", [{"a": 1}])
        with pytest.raises(UsageError, match="loaded already"):
            scratch.load_table(folder / "a.db", "t", [{"a": 1}])
        with pytest.raises(UsageError, match="no rows"):
            scratch.load_table(folder / "a.db", "u", [])


def test_a_users_file_is_never_given_to_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="scratch files only"):
        scratch.load_table(tmp_path / "clinic.db", "t", [{"a": 1}])
    assert not (tmp_path / "clinic.db").exists()
