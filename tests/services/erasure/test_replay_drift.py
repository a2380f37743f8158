"""The schema has changed between the state and the erasure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import a_database
from builders.erasing import Ledger
from steward_app.catalog.quarantine import Why
from steward_app.db import open_read, open_write
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.values import Row
from steward_app.services.erasure import list_waiting

PATIENTS: list[Row] = [(n, f"Person number {n}", 1980 + n) for n in range(1, 21)]


def now_and_then(
    folder: Path, *changes: str, columns: str = "id INTEGER PRIMARY KEY, name TEXT, born INTEGER"
) -> Path:
    """The database with changes of its schema made; the state before is beside it."""
    path = a_database(folder, "clinic.db").with_table("patient", columns, rows=PATIENTS).build()
    shutil.copyfile(path, folder / "then.db")
    with open_write(path) as session, session.transaction():
        for change in changes:
            session.run(change)
    return path


def rows(path: Path, table: str = "patient") -> list[Row]:
    with open_read(path) as session:
        return session.all(f'SELECT * FROM "{table}"')


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE patient RENAME COLUMN name TO full_name",
        "ALTER TABLE patient RENAME COLUMN id TO number",
        "ALTER TABLE patient DROP COLUMN born",
        "CREATE INDEX by_name ON patient (name)",
    ],
)
def test_renamed_and_dropped_columns_are_followed(tmp_path: Path, ledger: Ledger, change: str) -> None:
    now = now_and_then(tmp_path, change)
    ledger.erase(now, "patient", "rowid = 7")
    report = ledger.replay(tmp_path / "then.db")
    assert (report.erased, report.quarantined) == (1, 0)
    assert rows(tmp_path / "then.db") == [row for row in PATIENTS if row[0] != 7]


def test_blanked_columns_are_followed_under_their_name_then(tmp_path: Path, ledger: Ledger) -> None:
    now = now_and_then(tmp_path, "ALTER TABLE patient RENAME COLUMN name TO full_name")
    ledger.erase(now, "patient", "id = 7", changes={"full_name": "erased"})
    assert ledger.replay(tmp_path / "then.db").erased == 1
    assert rows(tmp_path / "then.db")[6] == (7, "erased", 1987)


def test_a_column_that_was_added_since_leaves_the_row_to_a_person(tmp_path: Path, ledger: Ledger) -> None:
    now = now_and_then(tmp_path, "ALTER TABLE patient ADD COLUMN mail TEXT")
    ledger.erase(now, "patient", "id = 7")
    report = ledger.replay(tmp_path / "then.db")
    assert (report.erased, report.quarantined) == (0, 1)
    assert len(rows(tmp_path / "then.db")) == 19
    assert [row.why for row in list_waiting(ledger.catalog, ledger.database_id)] == [Why.UNMATCHED]


def test_a_table_that_was_renamed_is_found_by_its_columns(tmp_path: Path, ledger: Ledger) -> None:
    now = now_and_then(tmp_path, "ALTER TABLE patient RENAME TO person")
    ledger.erase(now, "person", "id = 7")
    report = ledger.replay(tmp_path / "then.db")
    assert (report.erased, report.notes) == (1, ())
    assert rows(tmp_path / "then.db") == [row for row in PATIENTS if row[0] != 7]


def test_a_table_that_looks_alike_keeps_rows_with_the_same_number(tmp_path: Path, ledger: Ledger) -> None:
    now = now_and_then(tmp_path, "ALTER TABLE patient RENAME TO person")
    ledger.erase(now, "person", "id = 7")
    with open_write(tmp_path / "then.db") as session, session.transaction():
        session.run("UPDATE patient SET name = 'a ward, and no person'")
    report = ledger.replay(tmp_path / "then.db")
    assert (report.erased, report.quarantined) == (0, 0)
    assert len(rows(tmp_path / "then.db")) == 20


def test_a_table_that_is_not_there_is_told(tmp_path: Path, ledger: Ledger) -> None:
    now = now_and_then(
        tmp_path,
        "CREATE TABLE letter (id INTEGER PRIMARY KEY, text TEXT)",
        "INSERT INTO letter VALUES (1, 'x')",
    )
    ledger.erase(now, "letter")
    report = ledger.replay(tmp_path / "then.db")
    assert report.notes == (
        "Rows were erased from “letter”, which is not in this state, and neither is a table with its columns.",
    )
    assert rows(tmp_path / "then.db") == PATIENTS


def test_a_key_of_another_type_is_read_as_it_was_stored(tmp_path: Path, ledger: Ledger) -> None:
    now = a_database(tmp_path).with_table(
        "patient", "id TEXT PRIMARY KEY, name", rows=[("7", "Ada"), ("8", "Ben")]
    )
    then = a_database(tmp_path, "then.db")
    then.with_table("patient", "id INTEGER PRIMARY KEY, name", rows=[(7, "Ada"), (8, "Ben")])
    ledger.erase(now.build(), "patient", "id = '7'")
    assert ledger.replay(then.build()).erased == 1
    assert rows(tmp_path / "then.db") == [(8, "Ben")]


def test_a_number_that_was_text_is_read_as_a_number(tmp_path: Path, ledger: Ledger) -> None:
    now = a_database(tmp_path).with_table(
        "patient", "id INTEGER PRIMARY KEY, born INTEGER", rows=[(7, 1987), (8, 1988)]
    )
    then = a_database(tmp_path, "then.db")
    then.with_table(
        "patient", "id TEXT PRIMARY KEY, born TEXT", rows=[("7", "1987"), ("8", "1988"), ("x", "y")]
    )
    ledger.erase(now.build(), "patient", "id = 7")
    assert ledger.replay(then.build()).erased == 1
    assert rows(tmp_path / "then.db") == [("8", "1988"), ("x", "y")]


def test_where_rows_cannot_be_told_apart_nothing_is_handed_over(tmp_path: Path, ledger: Ledger) -> None:
    now = a_database(tmp_path).with_table(
        "patient", "mail TEXT PRIMARY KEY, name, added", rows=[("a@example.org", "Ada", 1)]
    )
    then = a_database(tmp_path, "then.db")
    path = then.with_table("patient", "id INTEGER PRIMARY KEY, name", rows=[(7, "Ada")]).build()
    ledger.erase(now.build(), "patient")
    before = path.read_bytes()
    with pytest.raises(Refused) as refused:
        ledger.replay(path)
    assert refused.value.code is ErrorCode.BLOCKED
    assert "the key of “patient” was another one then" in refused.value.message
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "name", ['a"b', "a\nb", "\u202eevil", "<img onerror=alert(1)>", "=cmd|' /C calc'!A0", "select"]
)
def test_hostile_names(tmp_path: Path, ledger: Ledger, name: str) -> None:
    quoted = name.replace('"', '""')
    columns = f'"{quoted}" INTEGER PRIMARY KEY, "x{quoted}" TEXT'
    builder = a_database(tmp_path).with_table(name, columns, rows=[(1, "one"), (2, "two")])
    child = f'"{quoted}" REFERENCES "{quoted}"'
    now = builder.with_table(f"child of {name}", child, rows=[(1,), (2,)]).build()
    then = Path(shutil.copyfile(now, tmp_path / "then.db"))
    ledger.erase(now, name, f'"{quoted}" = 1')
    report = ledger.replay(then)
    assert (report.erased, report.quarantined) == (1, 1)
    with open_read(then) as session:
        assert session.all(f'SELECT * FROM "{quoted}"') == [(2, "two")]


def test_a_table_whose_rows_nothing_names_is_refused(tmp_path: Path, ledger: Ledger) -> None:
    child = "rowid, _rowid_, oid REFERENCES patient"
    builder = a_database(tmp_path).with_table("patient", "id INTEGER PRIMARY KEY", rows=[(1,), (2,)])
    now = builder.with_table("visit", child, rows=[(1, 1, 1)]).build()
    then = Path(shutil.copyfile(now, tmp_path / "then.db"))
    ledger.erase(now, "patient", "id = 1")
    with pytest.raises(Refused) as refused:
        ledger.replay(then)
    assert "nothing names them" in refused.value.message
