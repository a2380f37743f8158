"""Values across the edges of pages in the write-ahead log and in journals, of this state and of earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw
import pytest

from steward_app.db.raw_files import Records, raw_file
from steward_app.kernel.progress import Context
from steward_app.services.privacy.residue.model import ResidueReport, Where
from steward_app.services.privacy.residue.search import search_values

WANTED = [f"Somebody{n:05d} Longname of Nowhere" for n in range(900)]
OTHERS = [f"Stranger{n:05d} Othernam at Anyhome" for n in range(900)]
"""Of the same length: SQLite writes them on the pages where the first ones stood."""


def connect(path: Path, *pragmas: str) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    for pragma in ("synchronous = OFF", *pragmas):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def letters(connection: apsw.Connection, names: Sequence[str] = WANTED) -> None:
    connection.execute("CREATE TABLE letter (id INTEGER PRIMARY KEY, text TEXT)").fetchall()
    connection.execute("INSERT INTO letter VALUES (1, ?)", (" ".join(names),))


def across(path: Path, names: Sequence[str] = WANTED) -> list[str]:
    """The names that are nowhere whole, in no file."""
    files = [each.read_bytes() for each in path.parent.glob(f"{path.name}*")]
    return [name for name in names if not any(name.encode() in data for data in files)]


def look(path: Path, values: Sequence[str]) -> ResidueReport:
    return search_values(path, values, Context())


@pytest.mark.parametrize("page_size", [512, 4096])
def test_a_row_that_lies_in_the_log_alone(tmp_path: Path, page_size: int) -> None:
    path = tmp_path / "letters.db"
    connection = connect(path, f"page_size = {page_size}", "journal_mode = WAL", "wal_autocheckpoint = 0")
    letters(connection)
    split = across(path)
    assert split
    report = look(path, WANTED)
    assert report.of(Where.CELL) == len(WANTED)
    assert look(path, split).of(Where.CELL) == len(split)
    connection.close()


@pytest.mark.parametrize("page_size", [512, 4096])
def test_frames_that_count_no_more(tmp_path: Path, page_size: int) -> None:
    path = tmp_path / "letters.db"
    connection = connect(path, f"page_size = {page_size}", "journal_mode = WAL", "wal_autocheckpoint = 0")
    letters(connection)
    connection.execute("UPDATE letter SET text = ?", (" ".join(OTHERS),))
    split = across(path)
    assert split
    report = look(path, split)
    assert report.hits == report.of(Where.WAL) >= len(split)
    assert report.found[0].values == len(split)
    assert next(each for each in report.found if each.where is Where.WAL).frames
    assert look(path, OTHERS).of(Where.CELL) == len(OTHERS)
    connection.close()


def test_pages_of_the_file_that_wait_for_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "letters.db"
    connection = connect(path, "page_size = 512", "journal_mode = WAL", "wal_autocheckpoint = 0")
    letters(connection)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute("UPDATE letter SET text = ?", (" ".join(OTHERS),))
    split = across(path)
    report = look(path, split)
    assert split and {each.where for each in report.found} == {Where.SUPERSEDED}
    assert report.found[0].values == len(split)
    connection.close()


def test_half_of_a_row_was_written_anew(tmp_path: Path) -> None:
    """SQLite writes those pages of a long row alone that changed: the row goes on in a page of an earlier state."""
    path = tmp_path / "letters.db"
    connection = connect(path, "page_size = 512", "journal_mode = WAL", "wal_autocheckpoint = 0")
    letters(connection)
    text = " ".join(WANTED)
    split = across(path)
    name = split[len(split) // 2]
    at = text.index(name)
    data = (tmp_path / "letters.db-wal").read_bytes()
    kept = max(n for n in range(9, len(name)) if name[:n].encode() in data)
    changed = text[: at + kept] + "#" * (len(text) - at - kept)
    connection.execute("UPDATE letter SET text = ?", (changed,))
    report = look(path, [name])
    assert report.of(Where.WAL) and not report.of(Where.CELL)
    connection.close()


@pytest.mark.parametrize("page_size", [512, 4096, 8192])
def test_a_journal_that_is_kept(tmp_path: Path, page_size: int) -> None:
    path = tmp_path / "letters.db"
    connection = connect(path, f"page_size = {page_size}", "journal_mode = PERSIST", "secure_delete = ON")
    letters(connection)
    connection.execute("UPDATE letter SET text = ?", (" ".join(OTHERS),))
    connection.close()
    split = across(path)
    report = look(path, split)
    assert split and {each.where for each in report.found} == {Where.JOURNAL}
    assert report.found[0].values == len(split) and report.found[0].pages


@pytest.mark.parametrize("page_size", [512, 4096])
def test_records_of_a_journal(tmp_path: Path, page_size: int) -> None:
    path = tmp_path / "people.db"
    connection = connect(path, f"page_size = {page_size}", "journal_mode = PERSIST", "cache_size = 10")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)").fetchall()
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)"
        " INSERT INTO t SELECT i, printf('%.*c', 300, 'x') FROM n"
    ).fetchall()
    before = path.read_bytes()
    connection.execute("UPDATE t SET a = printf('%.*c', 300, 'y')").fetchall()  # spills, in several parts
    spilled = path.read_bytes()
    connection.execute("UPDATE t SET a = 'z' WHERE id = 7").fetchall()  # behind it, older records stay
    connection.close()
    with raw_file(tmp_path / "people.db-journal") as file:
        records = Records(file, page_size)
        found = records.found
        states = [
            [data[(page - 1) * page_size : page * page_size] for data in (before, spilled)]
            for page, _ in found
        ]
        assert all(file.read(at, page_size) in pages for (_, at), pages in zip(found, states, strict=True))
        assert all(records.at(at + 5) == page for page, at in found)
    assert len(found) > 0.9 * len(before) / page_size - 3


@pytest.mark.parametrize("columns", [2, 40])
def test_how_long_a_field_is_stands_before_a_text_and_is_no_part_of_it(tmp_path: Path, columns: int) -> None:
    path = tmp_path / "boxes.db"
    connection = connect(path)
    names = ", ".join(f"c{n}" for n in range(columns))
    connection.execute(f"CREATE TABLE box ({names})").fetchall()
    row = ["9 boxes of tulips", *["x" * 18] * (columns - 1)]  # a text of 18 letters is announced by “1”
    connection.execute(f"INSERT INTO box VALUES ({', '.join('?' * columns)})", row).fetchall()
    connection.close()
    assert b"19 boxes of tulips" in path.read_bytes()
    assert look(path, ["19 boxes of tulips"]).hits == 0
    assert look(path, ["9 boxes of tulips"]).of(Where.CELL) == 1
