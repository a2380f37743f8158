"""Levels that are not handled as they ask for, and the record of processing that Art. 30 asks for."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install
from builders.operations import known
from builders.points import a_point
from steward_app.catalog import Catalog, open_catalog, points, stores
from steward_app.catalog.points import PointKind, PointState
from steward_app.catalog.policy import policy_path
from steward_app.catalog.stores import Encryption, Store
from steward_app.db import open_read, open_write
from steward_app.kernel import ids
from steward_app.kernel.errors import UsageError
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.check import standing
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.handling import handling_findings
from steward_app.services.privacy.classify.register import register
from steward_app.services.privacy.classify.register_file import write_register
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.schema.introspect import read_schema

POLICY = """version: 1
classification:
  controller:
    name: Riverside Clinic
    contact: =cmd|' /C calc'!A0
    security: Doors are locked.
    transfers: none
  tables:
    patient:
      subjects: patients
      purpose: Care
      legal_basis: Art. 6(1)(c), Art. 9(2)(h)
      retention: 10 years after the last visit
      recipients: [insurers]
      columns:
        name: {type: person_name}
        ssn: {type: national_id}
    visit:
      columns:
        notes: {type: health_text, belongs_to: [patient_id], recipients: []}
    code: {not_personal: a list}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT, ssn TEXT")
        .with_table("visit", "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient, notes TEXT")
        .with_table("code", "code TEXT PRIMARY KEY")
        .build()
    )
    policy_path(path).write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture
def catalog(path: Path) -> Catalog:
    return open_catalog()


def _found(catalog: Catalog, path: Path) -> list[Finding]:
    with open_read(path) as session:
        schema = read_schema(session, Context())
        return list(
            handling_findings(catalog, known(catalog, path).id, session, schema, classification(path))
        )


def test_levels_ask_for_encrypted_backups_and_the_audit(path: Path, catalog: Catalog) -> None:
    database = known(catalog, path)
    assert [(each.code, each.subject.table) for each in _found(catalog, path)] == [
        ("privacy_no_encrypted_backup", ""),
        ("privacy_not_audited", "patient"),
        ("privacy_not_audited", "visit"),
    ]
    install(catalog, path, "patient")
    assert [each.subject.table for each in _found(catalog, path)] == ["", "visit"]
    install(catalog, path, "visit")
    (none,) = _found(catalog, path)
    assert (none.title, none.severity) == ("There is no backup", Severity.WARNING)
    assert "3 columns up to level “restricted” have to be backed up encrypted." in none.detail
    _store(catalog, database.id, "usb", Encryption.NONE)
    _store(catalog, database.id, "safe", Encryption.AGE)
    (plain,) = _found(catalog, path)
    assert (plain.code, plain.title) == ("privacy_plain_store", "The store “usb” is not encrypted")
    assert "3 columns up to level “restricted” have to be backed up encrypted." in plain.detail
    a_point(catalog, path)
    assert [each.code for each in _found(catalog, path)] == ["privacy_plain_store", "privacy_plain_points"]


def test_only_a_point_in_an_encrypted_store_is_an_encrypted_backup(path: Path, catalog: Catalog) -> None:
    text = POLICY.replace("  tables:\n", "  handling:\n    restricted: {audit: false}\n  tables:\n", 1)
    policy_path(path).write_text(text, encoding="utf-8")
    database = known(catalog, path)
    a_point(catalog, path)
    none, note = _found(catalog, path)
    assert (none.code, none.title) == ("privacy_no_encrypted_backup", "There is no encrypted backup")
    assert (note.code, note.severity) == ("privacy_plain_points", Severity.NOTE)
    _store(catalog, database.id, "safe", Encryption.AGE)
    none, _ = _found(catalog, path)
    assert "Nothing was backed up to “safe” yet." in none.detail
    with catalog.unit() as unit:
        (here,) = points.of_database(unit.session, database.id)
        points.insert(unit, replace(here, id=ids.new_id("pt"), store_id="safe", kind=PointKind.PAGES))
        unit.commit()
    assert [each.code for each in _found(catalog, path)] == ["privacy_plain_points"]
    with catalog.unit() as unit:
        for each in points.of_database(unit.session, database.id):
            points.update(unit, each.id, PointState.MISSING)
        unit.commit()
    assert [each.title for each in _found(catalog, path)] == ["There is no backup"]


def _store(catalog: Catalog, database_id: str, name: str, encryption: Encryption) -> None:
    with catalog.unit() as unit:
        store = Store(name, database_id, name, f"file:///{name}", encryption, "2026-01-01T00:00:00Z")
        stores.add(unit, store)
        unit.commit()


def test_the_steward_may_ask_for_less(path: Path, catalog: Catalog) -> None:
    handling = "  handling:\n    restricted: {audit: false}\n  tables:\n"
    policy_path(path).write_text(POLICY.replace("  tables:\n", handling, 1), encoding="utf-8")
    known(catalog, path)
    assert [each.code for each in _found(catalog, path)] == ["privacy_no_encrypted_backup"]
    less = "encrypted_backups: false"
    handling = (
        f"  handling:\n    restricted: {{audit: false, {less}}}\n    confidential: {{{less}}}\n  tables:\n"
    )
    policy_path(path).write_text(POLICY.replace("  tables:\n", handling, 1), encoding="utf-8")
    assert _found(catalog, path) == []
    policy_path(path).write_text(POLICY.replace("  tables:\n", "  handling: {secret: {}}\n  tables:\n", 1))
    with pytest.raises(UsageError, match="“secret” is no level"):
        classification(path)


def test_the_record_says_who_why_whose_what_and_what_is_missing(path: Path, catalog: Catalog) -> None:
    known(catalog, path)
    install(catalog, path, "patient")
    made = register(catalog, path, Context())
    care, visits = made.activities
    assert (care.purpose, care.subjects, care.recipients) == ("Care", ("patients",), ("insurers",))
    assert [(each.title, each.law) for each in care.data] == [
        ("Name of a person", ""),
        ("National number", "Art. 87"),
    ]
    assert (visits.purpose, visits.subjects, visits.data[0].law) == ("", ("patients",), "Art. 9")
    assert made.measures == (
        "Doors are locked.",
        "Changes of 1 table are logged, and the log is sealed against edits.",
    )
    assert made.missing == (
        "No purpose is stated for 1 column.",
        "No legal basis is stated for 1 column.",
        "No time limit for erasure is stated for 1 column.",
        "No recipients are stated for 1 column.",
        "Nothing is decided about 3 columns.",
    )
    assert (made.columns, made.undecided) == (7, 3)


def test_the_record_and_the_check_count_the_same_columns(path: Path, catalog: Catalog) -> None:
    known(catalog, path)
    with open_write(path) as session:
        session.run("INSERT INTO patient VALUES (1, 'Ada Byron', '1')")
    assert register(catalog, path, Context()).undecided == len(standing(catalog, path, Context()).to_decide)
    scan(path, catalog=catalog)  # visit is empty: nothing in it waits for a decision
    now = standing(catalog, path, Context())
    assert [each.table for each in now.to_decide] == ["patient"]
    made = register(catalog, path, Context())
    assert made.undecided == 1
    assert "Nothing is decided about 1 column." in made.missing


def test_it_is_written_as_html_json_and_csv(path: Path, catalog: Catalog, tmp_path: Path) -> None:
    known(catalog, path)
    for ending in ("html", "json", "csv"):
        write_register(catalog, path, tmp_path / f"r.{ending}", Context())
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "10 years after the last visit" in page
    assert "patient.ssn" in page
    document = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert document["schema"] == "steward/privacy-register/v1"
    assert document["activities"][0]["data"][1]["columns"] == ["patient.ssn"]
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [each["data"] for each in lines] == ["Name of a person", "National number", "Health, free text"]
    assert lines[0]["contact"].startswith("'=cmd"), "no spreadsheet program runs it"
    with pytest.raises(UsageError, match="does not say what to write"):
        write_register(catalog, path, tmp_path / "r.doc", Context())


def test_hostile_words_are_only_words_in_the_page(path: Path, catalog: Catalog, tmp_path: Path) -> None:
    policy_path(path).write_text(
        "version: 1\nclassification:\n  tables:\n    patient:\n      purpose: <img src=x onerror=y>\n"
        "      columns:\n        name: {type: '<script>'}\n",
        encoding="utf-8",
    )
    known(catalog, path)
    write_register(catalog, path, tmp_path / "r.html", Context())
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page
    assert "<script>" not in page


def test_whom_the_data_is_about_is_missing_where_nobody_said(
    path: Path, catalog: Catalog, tmp_path: Path
) -> None:
    policy_path(path).write_text(POLICY.replace("      subjects: patients\n", ""), encoding="utf-8")
    known(catalog, path)
    made = register(catalog, path, Context())
    assert [each.subjects for each in made.activities] == [(), ()]
    assert (
        "Whom the rows of “patient”, “visit” are about, such as patients or staff, is not stated."
        in made.missing
    )
    write_register(catalog, path, tmp_path / "r.html", Context())
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert '<th>Persons</th><td class="muted">not stated</td>' in page


def lines_of(catalog: Catalog, path: Path) -> list[dict[str, str]]:
    target = path.with_name("register.csv")
    write_register(catalog, path, target, Context())
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_names_that_turn_letters_around_are_shown_in_the_csv(path: Path, catalog: Catalog) -> None:
    turned = POLICY.replace("Riverside Clinic", '"Clinic \\u202Egnp"').replace("patients", '"a\\u2066b"')
    policy_path(path).write_text(turned, encoding="utf-8")
    known(catalog, path)
    line = lines_of(catalog, path)[0]
    assert (line["controller"], line["subjects"]) == ("Clinic ⟨U+202E⟩gnp", "a⟨U+2066⟩b")


def test_who_is_responsible_stands_in_the_csv_also_where_nothing_is_decided(
    path: Path, catalog: Catalog
) -> None:
    text = POLICY.partition("  tables:\n")[0]
    policy_path(path).write_text(text, encoding="utf-8")
    known(catalog, path)
    (line,) = lines_of(catalog, path)
    assert (line["controller"], line["transfers"], line["measures"], line["data"]) == (
        *("Riverside Clinic", "none", "Doors are locked.", ""),
    )
