"""What leads to a person and goes along by the steward's own rule is told: in the plan, the receipt and the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.anonymize.kept_columns import in_words, kept_columns
from steward_app.services.privacy.anonymize.kept_personal import CODE
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.report.collect import release_report
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.completed import completed
from steward_app.services.schema import read_schema

ROWS = [(n, f"Emil{n} Birnbaum", f"u{n}@orig.example", n % 7) for n in range(1, 41)]
PSEUDONYM = "{technique: pseudonym, options: {kind: person_name}}"


def _database(folder: Path, rules: str) -> Path:
    path = (
        a_database(folder)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT, email TEXT, points INTEGER", rows=ROWS)
        .with_table(
            "note",
            "id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person(id), data TEXT",
            rows=[(n, n, json.dumps({"mail": mail, "mode": "a"})) for n, _, mail, _ in ROWS],
        )
        .with_table("colour", "id INTEGER PRIMARY KEY, title TEXT", rows=[(1, "red"), (2, "green")])
        .build()
    )
    path.with_name(f"{path.name}.steward.yaml").write_text(
        f"version: 1\nreleases:\n  r:\n    tables:\n{rules}", encoding="utf-8"
    )
    return path


def _plan(catalog: Catalog, path: Path) -> Plan:
    scan(path, Context(), catalog=catalog)
    return copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())


def _told(plan: Plan) -> Finding | None:
    return next((each for each in plan.findings if each.code == CODE), None)


def _rules(email: str, data: str) -> str:
    return (
        f"      person:\n        id: {{technique: permute}}\n        name: {PSEUDONYM}\n        email: {email}\n"
        f"      note:\n        data: {data}\n"
    )


REMOVE, KEEP = "{technique: remove}", "{technique: keep}"


@pytest.mark.parametrize(
    ("email", "data", "places"),
    [
        (KEEP, REMOVE, "“person.email”"),
        (REMOVE, KEEP, "“note.data:$.mail”"),
        (KEEP, "{technique: json, paths: {$.mail: {technique: keep}}}", "“note.data:$.mail”, “person.email”"),
        (REMOVE, REMOVE, ""),
        (REMOVE, "{technique: json, paths: {$.mail: {technique: remove}, $.mode: {technique: keep}}}", ""),
    ],
    ids=["column", "whole JSON", "both", "none", "not personal"],
)
def test_the_plan_names_what_a_rule_keeps(
    catalog: Catalog, tmp_path: Path, email: str, data: str, places: str
) -> None:
    told = _told(_plan(catalog, _database(tmp_path, _rules(email, data))))
    assert (told.detail if told else "") == places
    assert told is None or (told.severity, told.blocks) == (Severity.WARNING, False)


def test_the_receipt_and_the_report_say_it_too(catalog: Catalog, tmp_path: Path) -> None:
    path = _database(tmp_path, _rules(KEEP, REMOVE))
    receipt = copy.make_copy(catalog, _plan(catalog, path), Context())
    assert receipt.result["kept_though_identifying"] == "“person.email”"
    report = release_report(catalog, path, path.with_name("copy.db"), Context())
    assert "“person.email” leads to a person by itself, and goes along unchanged, as a rule says." in (
        report.to_settle
    )


def test_a_receipt_says_nothing_where_nothing_is_kept(catalog: Catalog, tmp_path: Path) -> None:
    path = _database(tmp_path, _rules(REMOVE, REMOVE))
    receipt = copy.make_copy(catalog, _plan(catalog, path), Context())
    assert "kept_though_identifying" not in receipt.result


def test_the_plan_and_the_report_count_the_columns_that_stay_alike(catalog: Catalog, tmp_path: Path) -> None:
    path = _database(tmp_path, _rules(KEEP, REMOVE))
    plan = _plan(catalog, path)
    copy.make_copy(catalog, plan, Context())
    report = release_report(catalog, path, path.with_name("copy.db"), Context())
    told = "5 columns go along unchanged, 3 of them personal"
    assert f"{told}, 1 of these as a rule says." in plan.sentences
    assert "4 columns in 2 tables are changed." in plan.sentences
    assert f"{told}, and no original value of them was looked for." in report.to_settle
    assert report.kept == (("person", ("email", "points")), ("note", ("id",)), ("colour", ("id", "title")))


def test_what_is_told_of_columns_adds_up(tmp_path: Path) -> None:
    """A column counts once, however many of its paths have rules; so does one that only a foreign key binds."""
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "person",
            "id INTEGER PRIMARY KEY, name TEXT, more TEXT, town TEXT, loud AS (upper(name)), code AS (id)",
        )
        .with_table("visit", "id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person")
        .build()
    )
    more = (Rule(Place("person", "more", f"$.{name}"), Technique.REMOVE) for name in ("a", "b"))
    named = (Rule(Place("person", "id"), Technique.PERMUTE), Rule(Place("person", "name"), Technique.REMOVE))
    with open_read(path) as session:
        schema = read_schema(session, Context())
    rules = completed(schema, ReleaseRules("r", (*named, *more))).rules
    kept = kept_columns(schema, rules, None, classification(path))
    assert kept.sentences == (
        "4 columns in 2 tables are changed, and so are 2 that are computed from them.",
        "2 columns go along unchanged.",
    )


@pytest.mark.parametrize(
    ("count", "personal", "told"),
    [
        (17, 11, "17 columns go along unchanged, 11 of them personal"),
        (17, 0, "17 columns go along unchanged, none of them known to be personal"),
        (17, None, "17 columns go along unchanged"),
        (1, 1, "1 column goes along unchanged, and is personal"),
        (1, 0, "1 column goes along unchanged, not known to be personal"),
    ],
)
def test_how_many_stay_in_words(count: int, personal: int | None, told: str) -> None:
    assert in_words(count, personal) == told


def test_what_goes_along_without_rows_does_not_stay(tmp_path: Path) -> None:
    path = _database(tmp_path, _rules(KEEP, REMOVE))
    with open_read(path) as session:
        found = kept_columns(
            read_schema(session), ReleaseRules("r", (), empty=("NOTE", "colour")), None, classification(path)
        )
    assert (found.by_table, found.personal) == ((("person", ("id", "name", "email", "points")),), None)
