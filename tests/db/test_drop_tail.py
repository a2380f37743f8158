"""What stands behind the last page of a file, which a killed program had no time to cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.db.copy import drop_tail
from steward_app.db.integrity import integrity_check
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context

OLD = b"zyx@orig.example".ljust(1024, b"\0") * 4


def database(folder: Path) -> Path:
    rows = [(number, f"note {number}") for number in range(200)]
    table = (
        a_database(folder)
        .with_pragma("page_size = 1024")
        .with_table("t", "id INTEGER PRIMARY KEY, note", rows=rows)
    )
    return table.build()


def test_pages_of_before_go_and_the_others_stay(tmp_path: Path) -> None:
    path = database(tmp_path)
    pages = path.read_bytes()
    path.write_bytes(pages + OLD)
    assert drop_tail(path, scratch(tmp_path), Context())
    found = path.read_bytes()
    assert (len(found), b"orig.example" in found) == (len(pages), False)
    with open_read(path) as session:
        assert integrity_check(session, Context()) == ()
        assert session.all("SELECT count(*), max(note) FROM t") == [(200, "note 99")]
    assert not drop_tail(path, scratch(tmp_path, "again"), Context())


def test_a_file_without_a_tail_is_not_written(tmp_path: Path) -> None:
    path = database(tmp_path)
    before = path.read_bytes()
    assert not drop_tail(path, scratch(tmp_path), Context())
    assert path.read_bytes() == before
    assert list(scratch(tmp_path).iterdir()) == []


def test_a_file_that_others_write_keeps_it_until_they_are_done(tmp_path: Path) -> None:
    path = database(tmp_path)
    path.write_bytes(path.read_bytes() + OLD)
    before = path.read_bytes()
    with open_read(path) as other, other.snapshot():
        other.all("SELECT * FROM t")
        with pytest.raises(Failure):
            drop_tail(path, scratch(tmp_path), Context())
    assert path.read_bytes() == before


def scratch(folder: Path, name: str = "scratch") -> Path:
    found = folder / name
    found.mkdir(exist_ok=True)
    return found
