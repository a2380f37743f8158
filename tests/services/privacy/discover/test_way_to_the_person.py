"""Of several keys that lead from a row to its person, the fullest and shortest way is taken, in any order of tables."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.discover.model import Scan
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.transform.propose import propose
from steward_app.services.schema import read_schema

PATIENT = ("patient", "id INTEGER PRIMARY KEY, full_name TEXT, birth_date TEXT, created_at TEXT NOT NULL")
STAFF = ("staff", "id INTEGER PRIMARY KEY, full_name TEXT, email TEXT, hired_on TEXT")
APPOINTMENT = (
    "appointment",
    "id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patient, day TEXT",
)
VISIT = (
    "visit",
    "id INTEGER PRIMARY KEY, appointment_id INTEGER REFERENCES appointment,"
    " staff_id INTEGER NOT NULL REFERENCES staff, patient_id INTEGER NOT NULL REFERENCES patient, started_at TEXT",
)
OBSERVATION = (
    "observation",
    "id INTEGER PRIMARY KEY, staff_id INTEGER NOT NULL REFERENCES staff,"
    " visit_id INTEGER NOT NULL REFERENCES visit, taken_at TEXT",
)
NAMES = ("Ana Ruiz", "Tom Hill", "Eva Lang", "Jan Novak", "Ida Berg", "Lea Roth")
WORKING = ("Max Kurz", "Ute Falk", "Ben Frost", "Kai Stein", "Amy Wood", "Rolf Brand")
DAY = "2026-03-04"
ROWS: dict[str, list[tuple[SqlValue, ...]]] = {
    "patient": [(n, name, f"19{60 + n}-02-03", DAY) for n, name in enumerate(NAMES, 1)],
    "staff": [(n, name, f"s{n}@example.org", DAY) for n, name in enumerate(WORKING, 1)],
    "appointment": [(n, n, DAY) for n in range(1, 7)],
    "visit": [(n, n if n % 2 else None, n, n, DAY) for n in range(1, 7)],
    "observation": [(n, n, n, DAY) for n in range(1, 7)],
}


def a_clinic(
    folder: Path, *tables: tuple[str, str], visits: list[tuple[SqlValue, ...]] | None = None
) -> Path:
    build = a_database(folder)
    for name, columns in tables:
        build = build.with_table(name, columns, rows=visits if visits and name == "visit" else ROWS[name])
    return build.build()


def subject(found: Scan, table: str, column: str) -> tuple[str, ...] | None:
    at = found.at(Place(table, column))
    return at.subject if at else None


@pytest.mark.parametrize(
    "order", list(permutations((APPOINTMENT, VISIT, OBSERVATION))), ids=lambda o: "-".join(t for t, _ in o)
)
def test_a_key_that_is_never_empty_goes_before_one_that_may_be_and_staff_come_last(
    tmp_path: Path, order: tuple[tuple[str, str], ...]
) -> None:
    found = scan(a_clinic(tmp_path, *order, STAFF, PATIENT))
    assert subject(found, "visit", "started_at") == ("patient_id",)
    assert subject(found, "observation", "taken_at") == ("visit_id",)
    people = {each.table: each.people for each in found.tables}
    assert people["observation"] == people["visit"] == "patient"


def test_a_fuller_way_over_other_rows_goes_before_a_key_that_is_often_empty(tmp_path: Path) -> None:
    visit = VISIT[1].replace("appointment_id INTEGER ", "appointment_id INTEGER NOT NULL ")
    sent = visit.replace("patient_id INTEGER NOT NULL ", "patient_id INTEGER ")
    rows: list[tuple[SqlValue, ...]] = [(n, n, n, n if n == 1 else None, DAY) for n in range(1, 7)]
    found = scan(a_clinic(tmp_path, PATIENT, STAFF, APPOINTMENT, ("visit", sent), visits=rows))
    assert subject(found, "visit", "started_at") == ("appointment_id",)


def test_dates_of_a_person_move_by_their_own_key_without_being_asked(tmp_path: Path) -> None:
    path = a_clinic(tmp_path, PATIENT, STAFF, APPOINTMENT, VISIT, OBSERVATION)
    with open_read(path) as session:
        schema = read_schema(session)
    said = propose(schema, scan(path), classification(path), "r")
    person = {
        rule.place.table: rule.options.get("person") for rule in said.rules if rule.technique == "shift"
    }
    assert person["patient"] == person["staff"] == "id"
    assert person["visit"] == "patient_id"
    assert person["observation"] == [["visit_id"], ["patient_id"]]
