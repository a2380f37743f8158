"""What leads to a person and goes along by the steward's own rule is told: in the plan, the receipt and the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.anonymize.kept_personal import CODE
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.report.collect import release_report

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
