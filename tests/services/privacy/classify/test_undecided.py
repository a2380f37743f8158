"""What a release waits for, and what is told when the schema does not fit the classification any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.scans import a_scan, found
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read, open_write
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.drift import drift
from steward_app.services.privacy.classify.model import Why
from steward_app.services.privacy.classify.overlay import Mark, overlay
from steward_app.services.privacy.classify.undecided import to_decide, undecided
from steward_app.services.privacy.discover.model import NotLookedAt, Scan, Verdict
from steward_app.services.privacy.model import Place
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

POLICY = """version: 1
classification:
  tables:
    patient:
      columns:
        name: {type: person_name}
        email: {type: email, belongs_to: [id]}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT, email TEXT, notes TEXT")
        .with_table("code", "code TEXT PRIMARY KEY, n INTEGER")
        .with_sql("CREATE VIEW v AS SELECT name FROM patient", "CREATE TABLE _steward_x (secret)")
        .build()
    )
    policy_path(path).write_text(POLICY, encoding="utf-8")
    return path


def _schema(path: Path) -> Schema:
    with open_read(path) as session:
        return read_schema(session, Context())


def _run(path: Path, *sql: str) -> None:
    with open_write(path) as session:
        for each in sql:
            session.run(each)


def _waits(path: Path, scan: Scan | None) -> dict[str, tuple[Why, str]]:
    return {each.id: (each.why, each.now) for each in undecided(_schema(path), scan, classification(path))}


def _titles(path: Path, scan: Scan | None) -> list[str]:
    return [each.title for each in drift(_schema(path), scan, classification(path))]


def test_unknown_blocks_and_what_a_scan_is_sure_of_does_not(path: Path) -> None:
    scan = a_scan(
        found("patient.notes", verdict=Verdict.UNKNOWN),
        found("patient.id", "person_number"),
        found("code.n", verdict=Verdict.EMPTY),
        schema=_schema(path),
    )
    assert _waits(path, scan) == {"patient.notes": (Why.UNKNOWN, "")}
    asked = to_decide(_schema(path), scan, classification(path))
    assert asked == (Place("patient", "id"), Place("patient", "notes"))
    assert _titles(path, scan) == []


def test_without_a_scan_everything_but_the_decided_is_unknown(path: Path) -> None:
    assert set(_waits(path, None)) == {"patient.id", "patient.notes", "code.code", "code.n"}
    assert _titles(path, None) == [
        "Nothing is decided about 2 columns of “patient”",
        "Nothing is decided about 1 table",
    ]
    policy_path(path).unlink()
    assert _titles(path, None) == [], "nobody looked, so nothing can have changed"


def test_what_the_scan_could_not_look_at_is_unknown_with_its_reason(path: Path) -> None:
    missed = NotLookedAt("code", "", "It is damaged.")
    scan = a_scan(schema=_schema(path), missed=(missed,))
    waiting = undecided(_schema(path), scan, classification(path))
    assert {each.id for each in waiting} == {"code.code", "code.n"}
    assert "It is damaged." in waiting[0].sentence


def test_new_columns_and_tables_are_found_after_the_scan(path: Path) -> None:
    scan = a_scan(schema=_schema(path))
    _run(path, "ALTER TABLE code ADD COLUMN a", "ALTER TABLE code ADD COLUMN b", "CREATE TABLE pet (name)")
    assert _waits(path, scan) == {
        "code.a": (Why.NEW, ""),
        "code.b": (Why.NEW, ""),
        "pet.name": (Why.NEW, ""),
    }
    assert _titles(path, scan) == [
        "Nobody decided about 2 new columns of “code”",
        "Nobody decided about 1 new column of “pet”",
    ]


def test_a_renamed_column_is_told_from_one_that_is_gone(path: Path) -> None:
    scan = a_scan(schema=_schema(path))
    _run(
        path, "ALTER TABLE patient RENAME COLUMN email TO mail", "ALTER TABLE patient ADD COLUMN age INTEGER"
    )
    assert _waits(path, scan) == {
        "patient.age": (Why.NEW, ""),
        "patient.email": (Why.RENAMED, "mail"),
    }
    assert _titles(path, scan) == [
        "“patient.email” seems to be “mail” now",
        "Nobody decided about 1 new column of “patient”",
    ]
    _run(path, "ALTER TABLE patient DROP COLUMN mail")
    assert _waits(path, scan)["patient.email"] == (Why.VANISHED, "")
    assert "Column “patient.email” was decided about and is gone" in _titles(path, scan)


def test_two_that_could_be_it_are_not_guessed(path: Path) -> None:
    scan = a_scan(schema=_schema(path))
    _run(
        path,
        "ALTER TABLE patient DROP COLUMN email",
        "ALTER TABLE patient ADD COLUMN a TEXT",
        "ALTER TABLE patient ADD COLUMN b TEXT",
    )
    assert _waits(path, scan)["patient.email"] == (Why.VANISHED, "")


def test_a_renamed_table_is_told_with_its_new_name(path: Path) -> None:
    scan = a_scan(schema=_schema(path))
    _run(path, "ALTER TABLE patient RENAME TO person")
    assert _waits(path, scan) == {"patient": (Why.RENAMED, "person")}
    _run(path, "DROP VIEW v", "DROP TABLE person")
    assert _waits(path, scan) == {"patient": (Why.VANISHED, "")}


def test_decisions_that_name_what_is_not_there_are_told(path: Path) -> None:
    policy_path(path).write_text(
        POLICY.replace("[id]", "[person_id]").replace("person_name", "persn_name"), encoding="utf-8"
    )
    assert _titles(path, a_scan(schema=_schema(path))) == [
        "“patient.name” is of a type that this program does not know: “persn_name”",
        "“patient.email” belongs to a person by columns that are gone: “person_id”",
    ]


def test_the_map_shows_what_is_decided_proposed_and_open(path: Path) -> None:
    scan = a_scan(
        found("patient.notes", "health_text"),
        found("code.n", verdict=Verdict.UNKNOWN),
        schema=_schema(path),
    )
    marks = overlay(_schema(path), scan, classification(path))
    assert set(marks) == {"patient", "code"}
    patient, code = marks["patient"], marks["code"]
    assert (patient.mark, patient.personal, patient.to_decide) == (Mark.SENSITIVE, 3, 1)
    assert (patient.columns["name"].mark, patient.columns["name"].decided) == (Mark.DIRECT, True)
    assert (patient.columns["notes"].mark, patient.columns["notes"].to_decide) == (Mark.SENSITIVE, True)
    assert (code.mark, code.personal, code.to_decide) == (Mark.NONE, 0, 1)


def test_a_thousand_columns_take_no_time_to_speak_of(tmp_path: Path) -> None:
    columns = ", ".join(f"c{n} TEXT" for n in range(1_000))
    path = a_database(tmp_path, "wide.db").with_table("wide", columns).build()
    schema = _schema(path)
    scan = a_scan(*(found(f"wide.c{n}", "email") for n in range(1_000)))
    assert len(to_decide(schema, scan, classification(path))) == 1_000
    assert overlay(schema, scan, classification(path))["wide"].to_decide == 1_000
