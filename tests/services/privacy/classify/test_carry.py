"""What the policy says goes along when a table or column gets another name."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.operations import known
from steward_app.catalog import Catalog, open_catalog
from steward_app.catalog.policy import policy_path, read_policy
from steward_app.db import open_write
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.services import undo
from steward_app.services.privacy.classify.carry import Rename, carry_renames
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.model import Place

POLICY = """version: 1
tables:
  Patient:
    comment: One line each   # on purpose
    columns:
      email: {comment: as given}
subject_roles:
  - {table: visit, columns: [patient_id], parent: patient, role: owns}
  - {table: PATIENT, columns: [doctor], parent: staff, role: actor}
classification:
  tables:
    # the people
    patient:
      columns:
        email: {type: email}   # sure
        note:
          type: json
          belongs_to: [email, id]
          paths:
            $.x: {type: phone, belongs_to: [email]}
releases:
  research:
    subset: {table: patient, fraction: 0.5}
    quasi_identifiers: {patient: [email, note]}
    sensitive: {patient: [note]}
    tables:
      patient:
        email: {technique: remove}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = a_database(tmp_path, "clinic.db").with_table("patient", "id, email, note, doctor").build()
    policy_path(path).write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture
def catalog(path: Path) -> Catalog:
    catalog = open_catalog()
    known(catalog, path)
    return catalog


def rename(path: Path, *statements: str) -> None:
    with open_write(path) as session:
        for sql in statements:
            session.run(sql)


def test_a_column_and_its_table_get_new_names_everywhere(path: Path, catalog: Catalog) -> None:
    renames = [Rename(Place("patient", ""), "person"), Rename(Place("PATIENT", "email"), "mail")]
    rename(path, "ALTER TABLE patient RENAME COLUMN email TO mail", "ALTER TABLE patient RENAME TO person")
    receipt = carry_renames(catalog, path, renames, Context())
    text = policy_path(path).read_text(encoding="utf-8")
    assert "email:" not in text
    assert "patient:" not in text.replace("Patient", "patient").casefold()
    for remark in ("# on purpose", "# the people", "# sure"):
        assert remark in text
    policy = read_policy(path).policy
    assert policy.tables["person"].columns["mail"].comment == "as given"
    assert [(role.table, role.parent) for role in policy.subject_roles] == [
        ("visit", "person"),
        ("person", "staff"),
    ]
    release = policy.releases["research"]
    assert release.subset is not None
    assert (release.subset.table, release.quasi_identifiers) == ("person", {"person": ["mail", "note"]})
    assert set(release.tables["person"]) == {"mail"}
    note = classification(path).at(Place("person", "note"))
    assert note is not None
    assert note.belongs_to == ("mail", "id")
    undo.undo(catalog, receipt.undo, Context())
    assert read_policy(path).policy == _policy()


def _policy() -> object:
    from steward_app.catalog.policy import PolicyDocument

    text = POLICY.replace("Patient:", "patient:").replace("PATIENT", "patient")
    return PolicyDocument(Path("x"), text.encode("utf-8")).policy


def test_a_name_that_is_taken_or_unknown_changes_nothing(path: Path, catalog: Catalog) -> None:
    rename(path, "ALTER TABLE patient DROP COLUMN email", "ALTER TABLE patient ADD COLUMN x")
    with pytest.raises(UsageError, match="says something of “note” already"):
        carry_renames(catalog, path, [Rename(Place("patient", "email"), "note")], Context())
    with pytest.raises(UsageError, match=r"says nothing of “patient\.fax”"):
        carry_renames(catalog, path, [Rename(Place("patient", "fax"), "x")], Context())
    assert policy_path(path).read_text(encoding="utf-8") == POLICY


@pytest.mark.parametrize(
    ("place", "name", "told", "then"),
    [
        (
            Place("patient", "email"),
            "mail",
            "“patient” has no column “mail”",
            "“email” is still there, and keeps",
        ),
        (Place("patient", "fax"), "mail", "“patient” has no column “mail”", "name that the column has today"),
        (
            Place("patient", "email"),
            "doctor",
            "“patient.email” is still in “clinic.db”, beside “doctor”",
            "got",
        ),
        (Place("patient", ""), "person", "“clinic.db” has no table “person”", "its name of today"),
        (Place("client", "email"), "mail", "“clinic.db” has no table “client”", "its name of today"),
        (Place("patient", ""), "staff", "“patient” is still in “clinic.db”, beside “staff”", "got another"),
    ],
)
def test_nothing_is_carried_over_to_what_is_not_there_or_beside_what_is(
    path: Path, catalog: Catalog, place: Place, name: str, told: str, then: str
) -> None:
    rename(path, "CREATE TABLE staff (id)")
    with pytest.raises(UsageError, match=told) as refused:
        carry_renames(catalog, path, [Rename(place, name)], Context())
    assert then in refused.value.hint and refused.value.hint.startswith("Nothing was changed.")
    assert policy_path(path).read_text(encoding="utf-8") == POLICY


def test_two_that_changed_their_names_with_one_another_are_carried_over(path: Path, catalog: Catalog) -> None:
    renames = [Rename(Place("patient", "email"), "doctor"), Rename(Place("patient", "doctor"), "email")]
    carry_renames(catalog, path, renames, Context())
    assert classification(path).at(Place("patient", "email")) is None
    kept = classification(path).at(Place("patient", "doctor"))
    assert kept is not None and kept.kind == "email"


def test_ways_over_several_foreign_keys_go_along_and_come_back(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path, "ways.db")
        .with_sql(
            "CREATE TABLE person (id INTEGER PRIMARY KEY, zip);"
            "CREATE TABLE visit (id INTEGER PRIMARY KEY, person_of INTEGER REFERENCES person (id));"
            "CREATE TABLE bill (id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit (id), day)"
        )
        .build()
    )
    text = (
        "version: 1\nreleases:\n  r:\n    quasi_identifiers: {bill: [visit_id>patient_id>zip]}\n"
        "    tables:\n      bill:\n"
        "        day: {technique: shift, options: {person: [[visit_id], [patient_id]]}}\n"
    )
    policy_path(path).write_text(text)
    with open_catalog() as catalog:
        known(catalog, path)
        renames = [Rename(Place("patient", ""), "person"), Rename(Place("visit", "patient_id"), "person_of")]
        receipt = carry_renames(catalog, path, renames, Context())
        release = read_policy(path).policy.releases["r"]
        assert release.tables["bill"]["day"].options == {"person": [["visit_id"], ["person_of"]]}
        assert release.quasi_identifiers == {"bill": ["visit_id>person_of>zip"]}
        undo.undo(catalog, receipt.undo, Context())
    assert policy_path(path).read_text() == text
