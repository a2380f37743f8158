"""What can be had of a damaged table."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import steward
from builders.odd_files import a_file_with_rows, overwritten


def _spoilt(path: Path, name: str) -> Path:
    """The last page of a table or an index is zeros."""
    a_file_with_rows(path, rows=200)
    connection = apsw.Connection(str(path))
    (page,) = connection.execute(
        "SELECT max(pageno) FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (name,)
    ).fetchone()
    connection.close()
    return overwritten(path, (page - 1) * 4096, bytes(4096))


def test_the_rows_before_the_damage_are_written_and_the_way_to_them_is_told(tmp_path: Path) -> None:
    path, target = _spoilt(tmp_path / "clinic.db", "visit"), tmp_path / "visit.csv"

    refused = steward("rows", "export", path, "visit", "--to", target)
    assert refused.code == 4
    assert "“steward rows export --salvage” writes the rows before the damage" in refused.err
    assert not target.exists()

    ran = steward("rows", "export", path, "visit", "--to", target, "--salvage")
    written = len(target.read_text().splitlines()) - 1
    assert ran.code == 0
    assert 0 < written < 200
    assert f"The table is damaged: {written} rows before the first damaged page were written." in ran.out
    check = steward("schema", "check", path).out
    assert f"of “visit”, {written} rows" in check


def test_damage_is_told_with_rows_that_can_be_read(tmp_path: Path) -> None:
    path = _spoilt(tmp_path / "clinic.db", "visit")
    ran = steward("rows", "page", path, "visit", "--rows", "1")
    assert ran.code == 0
    assert ran.err.startswith("“clinic.db” has damaged pages: what lies on the others can be read")


def test_a_damaged_index_costs_no_row(tmp_path: Path) -> None:
    path, target = _spoilt(tmp_path / "clinic.db", "visit_note"), tmp_path / "visit.jsonl"
    ran = steward("rows", "export", path, "visit", "--to", target, "--salvage")
    assert (ran.code, len(target.read_text().splitlines())) == (0, 200)
    assert "The table is damaged" not in ran.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("visit", "--to", "visit.parquet"), "Parquet needs the whole table"),
        (("visit", "--to", "visit.csv", "--sort", "id"), "An order needs the whole table"),
        (("v", "--to", "visit.csv"), "Only a table can be salvaged"),
    ],
)
def test_what_needs_more_is_refused(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    connection = apsw.Connection(str(path))
    connection.execute("CREATE VIEW v AS SELECT * FROM visit")
    connection.close()
    table, option, name, *more = words
    ran = steward("rows", "export", path, table, option, tmp_path / name, *more, "--salvage")
    assert ran.code == 2
    assert ran.err.startswith(says)
