"""The rows of a table that is merged into another one: told as moved where every value stands there, else as lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.gui.pages.migrations.words import table_words
from steward_app.kernel.progress import Context
from steward_app.services.migrate.edit.model import MergeTable
from steward_app.services.migrate.files import from_edits, save
from steward_app.services.migrate.rehearsal.model import Report
from steward_app.services.migrate.rehearsal.row_model import TableDifference
from steward_app.services.migrate.run import service

CLINIC = """
CREATE TABLE patient (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE contact (patient_id INTEGER PRIMARY KEY REFERENCES patient (id), phone TEXT, city TEXT COLLATE NOCASE);
INSERT INTO patient VALUES (1, 'Ada'), (2, 'Bo'), (3, 'Cy');
INSERT INTO contact VALUES (1, '030', 'Bonn'), (2, NULL, 'Ulm'), (3, '7', NULL);
"""
MOVES = """-- steward: moves contact.phone to patient.number by contact.patient_id
-- steward: moves contact.city to patient.city by contact.patient_id
"""
BY_HAND = f"""{MOVES}ALTER TABLE patient ADD COLUMN number TEXT;
ALTER TABLE patient ADD COLUMN city TEXT;
UPDATE patient SET (number, city) = (SELECT phone, city FROM contact WHERE patient_id = id);
DROP TABLE contact;
"""


@pytest.fixture
def clinic(tmp_path: Path, catalog: Catalog) -> Migrating:
    return Migrating(tmp_path, catalog, CLINIC)


def rehearsed(clinic: Migrating) -> tuple[Report, TableDifference]:
    report = service.rehearse_fully(clinic.catalog, clinic.plan(), Context()).report
    assert report is not None
    return report, next(each for each in report.tables if each.was == "contact")


def test_rows_of_a_merged_table_moved(clinic: Migrating) -> None:
    with open_read(clinic.path) as session:
        edit = MergeTable("patient", "contact", "patient_id", (("phone", "number"),), complete=True)
        save(from_edits(session, [edit], clinic.folder, "Merge"))
    report, table = rehearsed(clinic)
    assert (table.lost, table.moved_to, report.rows_lost, report.values_lost) == (0, "patient", 0, 0)
    assert [each.words for each in table.columns] == ["moved to “patient.number”", "moved to “patient.city”"]
    codes = {each.code for each in report.findings}
    assert "rows_moved" in codes and not codes & {"rows_lost", "values_lost"}
    told = next(each for each in report.findings if each.code == "rows_moved")
    assert told.title == "Table “contact” is gone: 3 of 3 rows stand in “patient”"
    assert table_words(table) == "gone, 3 of 3 rows moved to patient"
    result = service.rehearse_fully(clinic.catalog, clinic.plan(), Context())
    change = next(each for each in result.rehearsal.changes if each.table == "contact")
    assert (change.deleted, change.why) == (0, "the table is gone, its rows moved to “patient”")


def test_a_file_by_hand_that_moves_all_loses_nothing(clinic: Migrating) -> None:
    clinic.write("V0001__m.sql", BY_HAND)
    report, table = rehearsed(clinic)
    assert (table.lost, report.rows_lost, report.values_lost) == (0, 0, 0)


@pytest.mark.parametrize(
    ("change", "lost", "keys", "values"),
    [
        ("UPDATE patient SET city = upper(city) WHERE id = 1", 1, [(1,)], 1),
        ("UPDATE patient SET number = NULL WHERE id > 1", 1, [(3,)], 1),
        ("UPDATE patient SET city = x'41' WHERE id = 3", 1, [(3,)], 0),
        ("PRAGMA user_version = 7", 0, [], 0),
    ],
)
def test_what_is_not_there_as_it_was_is_lost(
    clinic: Migrating, change: str, lost: int, keys: list[tuple[int]], values: int
) -> None:
    clinic.write("V0001__m.sql", BY_HAND.replace("DROP TABLE", f"{change};\nDROP TABLE"))
    report, table = rehearsed(clinic)
    assert (table.lost, list(table.sample_lost), report.values_lost) == (lost, keys, values)
    told = [each.title for each in report.findings if each.code == "rows_lost"]
    assert told == ["1 row of “contact” is gone"][:lost]


def test_a_column_that_the_file_does_not_move_is_lost_with_its_values(clinic: Migrating) -> None:
    clinic.write(
        "V0001__m.sql",
        "-- steward: moves contact.phone to patient.number by contact.patient_id\n"
        "ALTER TABLE patient ADD COLUMN number TEXT;\n"
        "UPDATE patient SET number = (SELECT phone FROM contact WHERE patient_id = id);\nDROP TABLE contact;",
    )
    report, table = rehearsed(clinic)
    assert (table.lost, report.values_lost) == (0, 2)
    assert [each.title for each in report.findings if each.code == "values_lost"] == [
        "“contact.city” is gone, with 2 values"
    ]


def test_rows_that_belong_to_nobody_are_lost(clinic: Migrating) -> None:
    clinic.sql("INSERT INTO contact VALUES (9, '9', 'X')")
    clinic.write("V0001__m.sql", BY_HAND)
    report, table = rehearsed(clinic)
    assert (table.lost, table.sample_lost, report.values_lost) == (1, ((9,),), 2)


def test_a_table_that_goes_without_a_word_is_told_as_gone(clinic: Migrating) -> None:
    clinic.write("V0001__m.sql", BY_HAND.replace(MOVES, ""))
    report, table = rehearsed(clinic)
    assert (table.lost, table.moved_to, report.rows_lost) == (3, "", 3)
