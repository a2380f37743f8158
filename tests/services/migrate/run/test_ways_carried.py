"""Rules that lead to persons over foreign keys go on to do so after migrations, and come back with them."""

from __future__ import annotations

import pytest

from builders.migrating import Migrating
from steward_app.catalog.policy import policy_path, read_policy
from steward_app.catalog.policy_privacy import ReleasePolicy
from steward_app.db import open_read
from steward_app.services.migrate.edit.model import SplitTable
from steward_app.services.migrate.files import from_edits, save
from steward_app.services.privacy.transform.options import Options
from steward_app.services.privacy.transform.people import whose
from steward_app.services.schema.introspect import read_schema

POLICY = """version: 1
releases:
  test:
    quasi_identifiers:
      bill: [visit_id>patient_id>name, patient.phone]
    subset:
      table: patient
      where: name > 'A' AND phone IS NULL
    tables:
      visit:
        day: {technique: shift, options: {person: patient_id}}
        note: {technique: shuffle, options: {group: [patient_id]}}
      bill:
        at: {technique: shift, options: {person: [[visit_id], [patient_id]]}}
"""
NAMES = """
ALTER TABLE patient RENAME TO person;
ALTER TABLE person RENAME name TO called;
ALTER TABLE visit RENAME patient_id TO person_id;
ALTER TABLE bill RENAME visit_id TO of;
ALTER TABLE visit RENAME TO stay;
"""


@pytest.fixture
def wards(clinic: Migrating) -> Migrating:
    clinic.sql(
        "DROP VIEW names",
        "ALTER TABLE visit ADD COLUMN day TEXT",
        "CREATE TABLE bill (id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit (id), at TEXT)",
    )
    policy_path(clinic.path).write_text(POLICY)
    return clinic


def release(clinic: Migrating) -> ReleasePolicy:
    return read_policy(clinic.path).policy.releases["test"]


def leads_to(clinic: Migrating, table: str, column: str) -> list[tuple[str, str]]:
    """The table and column of the person that the way of a rule ends in, as the file is now."""
    with open_read(clinic.path) as session:
        schema = read_schema(session)
    here = schema.table(table)
    assert here is not None
    hops = Options(release(clinic).tables[table][column].options).hops("person")
    return [(each.table, each.column) for each in whose(schema, here, hops).person]


@pytest.mark.parametrize("in_files", [1, 5])
def test_ways_groups_and_conditions_follow_new_names_and_come_back(wards: Migrating, in_files: int) -> None:
    statements = [f"{each};" for each in NAMES.strip().split(";") if each.strip()]
    size = len(statements) // in_files
    for number in range(in_files):
        wards.write(f"V000{number + 1}__n.sql", "".join(statements[number * size : (number + 1) * size]))
    wards.apply()
    said = release(wards)
    assert said.tables["bill"]["at"].options == {"person": [["of"], ["person_id"]]}
    assert said.tables["stay"]["note"].options == {"group": ["person_id"]}
    assert said.quasi_identifiers == {"bill": ["of>person_id>called", "person.phone"]}
    assert said.subset is not None
    assert (said.subset.table, said.subset.where) == ("person", "called > 'A' AND phone IS NULL")
    assert wards.all(f"SELECT id FROM person WHERE {said.subset.where}") == [(2,)]
    assert leads_to(wards, "bill", "at") == leads_to(wards, "stay", "day") == [("person", "id")]

    wards.undo(target=0)

    assert read_policy(wards.path).text() == POLICY


def test_dates_of_a_person_move_alike_in_the_table_they_moved_to(wards: Migrating) -> None:
    with open_read(wards.path) as session:
        edit = SplitTable("visit", "days", ("day",), "visit_id")
        save(from_edits(session, [edit], wards.folder, "Split"))
    wards.apply()
    assert leads_to(wards, "days", "day") == [("patient", "id")]
    assert leads_to(wards, "bill", "at") == [("patient", "id")]
    wards.undo()
    assert release(wards).tables["visit"]["day"].options == {"person": "patient_id"}
