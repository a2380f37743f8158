"""`steward privacy classify`, `list`, `check`, `register`, `carry`: decisions from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.operations import known
from builders.scans import a_scan, found
from steward_app.catalog import open_catalog
from steward_app.db import open_read, open_write
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover import kept
from steward_app.services.schema.introspect import read_schema


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT, email TEXT")
        .with_table("visit", "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient, notes TEXT")
        .build()
    )


def test_a_decision_goes_the_way_of_every_operation(path: Path) -> None:
    classify = ("privacy", "classify", path, "patient.email", "visit.notes", "--type", "email")
    planned = steward(*classify, "--plan", "--json")
    assert (planned.code, planned.document()["button"]) == (0, "Decide about 2 columns")
    assert steward("privacy", "list", path, "--json").document()["items"] == []
    done = steward(*classify, "--level", "restricted", "--json").document()
    assert done["sentence"] == "Decided about 2 columns"
    items = steward("privacy", "list", path, "--json").document()["items"]
    assert [(each["id"], each["type"], each["level"]) for each in items] == [
        ("patient.email", "email", "restricted"),
        ("visit.notes", "email", "restricted"),
    ]
    steward("privacy", "classify", path, "visit.notes", "--belongs-to", "patient_id", "--purpose", "Care")
    notes = steward("privacy", "list", path, "--json").document()["items"][1]
    assert (notes["type"], notes["belongs_to"], notes["purpose"]) == ("email", ["patient_id"], "Care")
    assert steward("privacy", "classify", path, "visit.notes", "--withdraw").code == 0
    assert steward("journal", "undo", path, done["undo"], "--yes").code == 3, "decided otherwise since"


@pytest.mark.parametrize("verb", ["list", "controller"])
def test_nothing_is_said_of_a_file_that_is_not_there(tmp_path: Path, verb: str) -> None:
    ran = steward("privacy", verb, tmp_path / "clinc.db", "--json")
    assert (ran.code, ran.document()["error"]["code"]) == (4, "not_found")


def test_what_a_table_holds_is_said_once(path: Path) -> None:
    assert steward("privacy", "classify", path, "visit", "--not-personal", "Made-up visits").code == 0
    assert (
        steward("privacy", "classify", path, "patient", "--subjects", "patients", "--purpose", "Care").code
        == 0
    )
    shown = steward("privacy", "check", path)
    assert "visit" not in shown.out
    assert shown.code == 1, "nobody decided about the patients"
    assert "Nothing is decided about 3 columns of “patient”" in shown.out


def test_drift_is_found_and_a_rename_carried_over(path: Path) -> None:
    steward(
        "privacy", "classify", path, "patient.id", "patient.name", "patient.email", "--identifies", "none"
    )
    steward("privacy", "classify", path, "visit", "--not-personal", "Made-up visits")
    assert steward("privacy", "check", path).code == 0
    with open_write(path) as session:
        session.run("ALTER TABLE patient RENAME COLUMN email TO mail")
    ran = steward("privacy", "check", path, "--json")
    document = ran.document()
    assert (ran.code, [each["code"] for each in document["findings"]]) == (1, ["privacy_renamed"])
    assert [(each["id"], each["why"], each["now"]) for each in document["waiting"]] == [
        ("patient.email", "renamed", "mail")
    ]
    assert (document["decided"], document["to_decide"]) == (2, [])  # the old one is neither
    assert "2 columns are decided, 0 are not." in steward("privacy", "check", path).out
    refused = steward("privacy", "carry", path, "patient.email", "--to", "e_mail", "--yes")
    assert refused.code == 2 and "“patient” has no column “e_mail”" in refused.err
    assert steward("privacy", "carry", path, "patient.email", "--to", "mail").code == 0
    assert steward("privacy", "check", path).code == 0


def test_the_register_is_written_where_it_is_told(path: Path, tmp_path: Path) -> None:
    steward("privacy", "classify", path, "patient.email", "--type", "email")
    to = tmp_path / "register.html"
    document = steward("privacy", "register", path, "--to", to, "--json").document()
    assert (document["activities"], document["columns"]) == (1, 1)
    assert "patient.email" in to.read_text(encoding="utf-8")
    assert steward("privacy", "register", path, "--to", to).code == 3
    assert steward("privacy", "register", path, "--to", to, "--force").code == 0
    assert steward("privacy", "register", path, "--to", tmp_path / "r.txt").code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("patient.email",),
        ("patient.email", "--type", "email", "--withdraw"),
        ("patient.email", "--type", "e-mail"),
        ("patient.email", "--level", "secret"),
        ("patient.email", "--not-personal", " "),
        ("patient.email", "--not-personal", ""),
        ("patient.fax", "--type", "phone"),
        (".", "--type", "phone"),
    ],
)
def test_what_cannot_be_understood_is_said(path: Path, words: tuple[str, ...]) -> None:
    ran = steward("privacy", "classify", path, *words)
    assert (ran.code, ran.out) == (2, "")
    assert not (path.parent / "clinic.db.steward.yaml").exists()


def test_confirming_needs_a_scan(path: Path) -> None:
    ran = steward("privacy", "confirm", path, "--all")
    assert ran.code == 2
    assert "was not scanned" in ran.err
    assert steward("privacy", "confirm", path).code == 2


def test_what_the_scan_is_sure_of_is_confirmed_at_once(path: Path) -> None:
    with open_read(path) as session:
        schema = read_schema(session, Context())
    scan = a_scan(
        found("patient.email", "email", 0.99), found("patient.name", "person_name", 0.6), schema=schema
    )
    with open_catalog() as catalog:
        kept.keep(catalog, known(catalog, path).id, scan, {})
    done = steward("privacy", "confirm", path, "--all", "--min-confidence", "90", "--json").document()
    assert done["sentence"] == "Decided about “patient.email”"
    nothing = steward("privacy", "confirm", path, "--all", "--min-confidence", "90")
    assert (nothing.code, "nothing to confirm" in nothing.err) == (0, True)
    assert steward("privacy", "confirm", path, "patient.name").code == 0
    assert steward("privacy", "confirm", path, "visit.notes").code == 2
    checked = steward("privacy", "check", path, "--json").document()
    assert (checked["checked"], checked["decided"], checked["to_decide"]) == (True, 2, [])
    assert checked["scanned_at"] == scan.made_at


def test_what_was_confirmed_and_what_follows_is_told(path: Path) -> None:
    with open_read(path) as session:
        schema = read_schema(session, Context())
    scan = a_scan(found("patient.email", "email", 0.99), schema=schema)
    with open_catalog() as catalog:
        kept.keep(catalog, known(catalog, path).id, scan, {})
    silent = steward("privacy", "confirm", path, "--yes")
    assert (silent.code, "“clinic.db”" in silent.err, "--all" in silent.err) == (2, True, True)
    done = steward("privacy", "confirm", path, "--all", "--yes")
    assert done.code == 0, done.err
    told = " ".join(done.out.split())
    assert "patient.email email direct" in told
    assert "clinic.db.steward.yaml" in told
    assert "steward privacy rules clinic.db" in told


def test_what_is_said_again_is_no_conflict(path: Path) -> None:
    classify = ("privacy", "classify", path, "patient.email", "--type", "email")
    assert steward(*classify).code == 0
    again = steward(*classify)
    assert (again.code, again.err) == (0, "")


def test_protected_data_at_a_level_that_asks_for_nothing_is_found(path: Path) -> None:
    places = ("patient.id", "patient.name", "patient.email")
    steward("privacy", "classify", path, *places, "--identifies", "none", "--level", "confidential")
    steward("privacy", "classify", path, "visit", "--not-personal", "Made-up visits")
    ran = steward("privacy", "check", path)
    assert (ran.code, "There is no backup" in ran.out) == (1, True)
    assert steward("backup", "init", path, "--store", path.with_name("store")).code == 0
    assert steward("backup", "create", path).code == 0
    assert steward("privacy", "check", path).code == 0
    steward("privacy", "classify", path, "patient.name", "--category", "special", "--level", "public")
    ran = steward("privacy", "check", path)
    assert ran.code == 1
    assert "“patient.name” is of a special category (Art. 9), and its level is “public”" in ran.out


def test_a_file_of_which_nothing_is_decided_is_not_called_right(path: Path) -> None:
    with open_read(path) as session:
        schema = read_schema(session, Context())
    scan = a_scan(found("patient.email", "email", 0.99), schema=schema)
    with open_catalog() as catalog:
        kept.keep(catalog, known(catalog, path).id, scan, {})
    ran = steward("privacy", "check", path)
    assert ran.code == 1
    assert "0 columns are decided, 1 is not." in ran.out
    assert "fits the schema" not in ran.out
    assert "“steward privacy confirm --all” decides" in ran.out


def test_who_is_responsible_is_said_and_shown(path: Path) -> None:
    assert "not stated" in steward("privacy", "controller", path).out
    ran = steward("privacy", "controller", path, "--name", "Riverside Clinic", "--transfers", "none")
    assert ran.code == 0, ran.err
    assert "Riverside Clinic" in steward("privacy", "controller", path).out
    document = steward("privacy", "controller", path, "--json").document()
    assert (document["name"], document["transfers"], document["contact"]) == ("Riverside Clinic", "none", "")
    plan = steward("privacy", "controller", path, "--name", "", "--plan", "--json").document()
    assert plan["operation"] == "privacy.controller"
    assert steward("privacy", "controller", path, "--name", "Riverside Clinic").code == 2


def test_what_waits_for_a_decision_is_decided_in_one_go(path: Path) -> None:
    """One reason for all of it; what is decided, or what the scan could tell, is left alone."""
    with open_write(path) as session, session.transaction():
        session.run("ALTER TABLE patient ADD COLUMN zq7 TEXT")
        session.run("ALTER TABLE visit ADD COLUMN vlx TEXT")
        session.run("INSERT INTO patient (name, email, zq7) VALUES ('Ann Lee', 'ann@example.org', 'QX')")
        session.run("INSERT INTO visit (patient_id, notes, vlx) VALUES (1, 'came early', 'RV')")
    assert steward("privacy", "scan", path).code == 0
    once = (
        "privacy",
        "classify",
        path,
        "--undecided",
        "--not-personal",
        "Codes of the house",
        "--yes",
        "--json",
    )
    assert steward(*once).document()["sentence"] == "Decided about 2 columns"
    items = steward("privacy", "list", path, "--json").document()["items"]
    assert [each["id"] for each in items] == ["patient.zq7", "visit.vlx"]
    assert {each["not_personal"] for each in items} == {"Codes of the house"}
    again = steward(*once[:-1])
    assert again.code == 0
    assert "No column waits for a decision" in again.out + again.err


def test_deciding_needs_names_or_all_that_waits(path: Path) -> None:
    for names in ((), ("patient.name", "--undecided")):
        ran = steward("privacy", "classify", path, *names, "--type", "email")
        assert (ran.code, "Nothing was decided" in ran.err) == (2, True)
