"""How easily somebody is found in a copy is measured whenever one is made, and told wherever it is spoken of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog, releases
from steward_app.catalog.policy import policy_path
from steward_app.db import open_write
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context, Progress
from steward_app.services.backup import database_id
from steward_app.services.privacy.anonymize import assess
from steward_app.services.privacy.anonymize.copy import MakeRelease, make_copy
from steward_app.services.privacy.anonymize.measuring import measure_copy
from steward_app.services.privacy.anonymize.model import CopyRisk, ReleaseRequest, Sheet
from steward_app.services.privacy.anonymize.planning import with_persons
from steward_app.services.privacy.anonymize.register import release_of
from steward_app.services.privacy.classify.quasi import Known, known_of, question
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.report import release_report, report_document
from steward_app.services.privacy.risk import Question, measure
from steward_app.services.privacy.rules import ReleaseRules, Rule

KNOWN = Known(
    {
        "patient": {"name": "person_name", "born": "birth_date", "town": "city"},
        "visit": {"town": "city"},
        "letter": {"sent_to": "email"},
        "old": {"town": "city"},
    },
    {"patient": ("ill",)},
    subjects={"patient": (), "visit": ("patient_id",), "letter": (), "old": ()},
)
RULES = ReleaseRules(
    "r",
    (
        Rule(Place("patient", "name"), Technique.REMOVE),
        Rule(Place("letter", "sent_to"), Technique.TOKEN),
        Rule(Place("visit", "town"), Technique.KEEP),
        *(Rule(Place("patient", name), Technique.KEEP) for name in ("id", "born", "town", "ill")),
        *(Rule(Place("visit", name), Technique.KEEP) for name in ("id", "patient_id")),
        *(Rule(Place(table, "id"), Technique.KEEP) for table in ("letter", "old", "shelf")),
        Rule(Place("old", "town"), Technique.KEEP),
        Rule(Place("shelf", "length"), Technique.KEEP),
    ),
    quasi_identifiers={"patient": ("born", "town")},
)
SHEET = Sheet("Ada Winter", "University", "2099-06-30", "None.", ("k = 1",), ("none",), "The clinic", "None")
POLICY = """version: 1
classification:
  tables:
    patient:
      columns:
        name: {type: person_name}
        born: {type: birth_date}
        town: {type: city}
        ill: {type: health_text}
    visit:
      columns:
        town: {type: city, belongs_to: [patient_id]}
    old:
      columns:
        town: {type: city}
"""


def a_clinic(folder: Path) -> Path:
    """Ten patients; the visits to Bern are all of the first one, and those to Ulm of two."""
    patients = [
        (n, f"Zyx Quell{n}", f"19{50 + n // 5}", ("Ulm", "Bern")[n == 9], "abc"[n % 3]) for n in range(10)
    ]
    visits = [(n, 0 if n < 5 else 1 + n % 2, "Bern" if n < 5 else "Ulm") for n in range(10)]
    return (
        a_database(folder, "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT, born TEXT, town TEXT, ill TEXT", rows=patients)
        .with_table("visit", "id INTEGER PRIMARY KEY, patient_id REFERENCES patient, town TEXT", rows=visits)
        .with_table("letter", "id INTEGER PRIMARY KEY, sent_to TEXT", rows=[(1, "zyx@quell.example"), (2, "y@x.org")])
        .with_table("old", "id INTEGER PRIMARY KEY, town TEXT")
        .with_table("shelf", "id INTEGER PRIMARY KEY, length INTEGER", rows=[(1, 5), (2, 5)])
        .build()
    )  # fmt: skip


def by_table(found: tuple[CopyRisk, ...]) -> dict[str, CopyRisk]:
    return {each.table: each for each in found}


def test_every_table_about_persons_is_measured_without_a_limit(tmp_path: Path) -> None:
    path = a_clinic(tmp_path)
    found = by_table(tuple(each.told for each in measure_copy(path, RULES, KNOWN, Context())))
    assert list(found) == ["patient", "visit", "letter", "old"], "the named one first; shelves are nobody's"
    patient, visit = found["patient"], found["visit"]
    assert (patient.by, patient.named, patient.k, patient.uniques) == (("born", "town"), True, 1, 1)
    assert (visit.by, visit.named, visit.person, visit.k) == (("town",), False, ("patient_id",), 1)
    assert found["letter"].why_not.startswith("The copy shows no column")
    assert found["old"].why_not == "The copy holds no rows of it."
    measured = measure(path, Question("visit", ("town",), person=("patient_id",)), Context())
    assert (visit.records, visit.groups, visit.uniques) == (
        measured.records,
        measured.groups,
        measured.uniques,
    )


def test_what_rules_made_up_is_known_to_nobody_and_what_they_moved_is_told(tmp_path: Path) -> None:
    path = a_clinic(tmp_path)
    made_up = replace(RULES, rules=(Rule(Place("visit", "town"), Technique.PSEUDONYM),))
    found = by_table(tuple(each.told for each in measure_copy(path, made_up, KNOWN, Context())))
    assert found["visit"].why_not
    without_name = Rule(Place("patient", "name"), Technique.REMOVE)
    moved = replace(RULES, rules=(Rule(Place("patient", "born"), Technique.SHIFT), without_name))
    patient = by_table(tuple(each.told for each in measure_copy(path, moved, KNOWN, Context())))["patient"]
    assert patient.moved == ("born",)
    assert patient.counts, "the town is as it was"
    assert not replace(patient, by=("born",)).counts
    assert "whoever knows the originals has less of a chance" in patient.sentence


def test_a_table_that_nobody_is_said_to_know_is_told(tmp_path: Path) -> None:
    rules = replace(RULES, quasi_identifiers={"patient": ()})
    found = by_table(tuple(each.told for each in measure_copy(a_clinic(tmp_path), rules, KNOWN, Context())))
    assert (
        found["patient"].sentence
        == "“patient”: not measured. The rules say that nobody knows a column of it."
    )


def test_what_cannot_be_measured_says_why_and_does_not_stop_a_copy(tmp_path: Path) -> None:
    rules = replace(RULES, quasi_identifiers={"patient": ("gone",)})
    found = by_table(tuple(each.told for each in measure_copy(a_clinic(tmp_path), rules, KNOWN, Context())))
    assert "gone" in found["patient"].why_not
    assert not found["visit"].why_not


def test_where_nobody_looked_the_tables_that_rules_change_are_measured(tmp_path: Path) -> None:
    rules = replace(RULES, quasi_identifiers={}, rules=(Rule(Place("patient", "name"), Technique.REMOVE),))
    found = measure_copy(a_clinic(tmp_path), rules, Known({}, {}), Context())
    assert [(each.told.table, each.told.by) for each in found] == [("patient", ("ill", "born", "town"))]


def test_measuring_stops_when_it_is_cancelled(tmp_path: Path) -> None:
    path = a_clinic(tmp_path)

    def stop(progress: Progress) -> None:
        if "found in “patient”" in progress.note:
            context.cancel()

    context = Context(stop)
    with pytest.raises(Cancelled):
        measure_copy(path, RULES, KNOWN, context)


def test_result_register_and_report_of_a_copy_tell_it(catalog: Catalog, tmp_path: Path) -> None:
    path, target = a_clinic(tmp_path), tmp_path / "copy.db"
    policy_path(path).write_text(POLICY, encoding="utf-8")
    rules = with_persons(path, RULES, KNOWN.subjects, Context())
    request = ReleaseRequest(path, database_id(catalog, path, Context()), target, rules)
    plan = MakeRelease(catalog).plan(request, Context())
    assert not plan.blocking, [each.title for each in plan.blocking]
    receipt = make_copy(catalog, plan, Context())
    release = release_of(catalog, receipt.operation_id)
    found = by_table(release.risks)
    assert (found["patient"].k, found["visit"].person) == (1, ("patient_id",))
    assert (receipt.result or {})["risks"] == [each.as_json() for each in release.risks]
    assess.record(catalog, release, SHEET, Context())
    with catalog.reading() as session:
        (sheet,) = releases.assessments(session, release.id)
    assert json.loads(sheet.sheet)["risks"] == [each.as_json() for each in release.risks]
    report = release_report(catalog, path, target, Context(), seconds=0.05)
    assert {each.after.table: each.after.k for each in report.risks} == {"patient": 1, "visit": 1}
    assert any(each.startswith("The risk of “old” was not measured.") for each in report.left_out)
    kept = report_document(report)["release"]
    assert isinstance(kept, dict)
    assert [each["table"] for each in kept["risks"]] == list(found)  # type: ignore[index,union-attr,call-overload]


def test_what_was_decided_of_a_column_counts_before_its_type(catalog: Catalog, tmp_path: Path) -> None:
    path = a_clinic(tmp_path)
    said = POLICY.replace("ill: {type: health_text}", "ill: {type: health_text, identifies: indirect}")
    policy_path(path).write_text(
        said.replace("born: {type: birth_date}", "born: {type: birth_date, identifies: none}"),
        encoding="utf-8",
    )
    what = replace(known_of(path, catalog), sensitive={})
    asked = question(path, "patient", what, Context())
    assert asked is not None
    assert set(asked.by) == {"ill", "town"}


def test_where_what_leads_to_a_person_is_kept_the_copy_does_not_say_that_nobody_is_found(
    tmp_path: Path,
) -> None:
    kept = replace(RULES, rules=tuple(r for r in RULES.rules if r.place.table != "letter"))
    path = a_clinic(tmp_path)
    found = {each.told.table: each.told for each in measure_copy(path, kept, KNOWN, Context())}
    assert found["letter"].why_not == "“sent_to” leads to a person by itself, and is kept as it was."
    found = {each.told.table: each.told for each in measure_copy(path, RULES, KNOWN, Context())}
    assert found["letter"].why_not == "The copy shows no column of it by which somebody could be found."


def test_of_a_table_whose_rows_lead_to_somebody_it_is_not_said_that_it_was_not_measured(
    tmp_path: Path,
) -> None:
    path = a_clinic(tmp_path)
    with open_write(path) as session, session.transaction():
        session.run(
            "CREATE TABLE result (id INTEGER PRIMARY KEY, patient_id REFERENCES patient, value INTEGER)"
        )
        session.run("INSERT INTO result SELECT id, patient_id, id % 4 FROM visit")
    rules = replace(RULES, sensitive={"result": ("value",)})
    what = replace(KNOWN, kinds={**KNOWN.kinds, "result": {}}, subjects={**KNOWN.subjects, "result": ()})
    told = [each.told for each in measure_copy(path, rules, what, Context()) if each.told.table == "result"]
    assert [(each.by, each.why_not) for each in told] == [(("patient_id>born", "patient_id>town"), "")]


def test_k_says_that_it_says_nothing_where_a_name_stands_beside(tmp_path: Path) -> None:
    kept = replace(
        RULES,
        rules=tuple(
            replace(rule, technique=Technique.KEEP) if rule.place == Place("patient", "name") else rule
            for rule in RULES.rules
        ),
    )
    path = a_clinic(tmp_path)
    before, now = (
        next(
            each.told for each in measure_copy(path, rules, KNOWN, Context()) if each.told.table == "patient"
        )
        for rules in (RULES, kept)
    )
    assert (before.direct, before.counts) == ((), True)
    assert (now.k, now.direct, now.counts) == (before.k, ("name",), False)
    assert "It says nothing of whoever knows “name”" in now.sentence
    assert CopyRisk.from_json(json.loads(json.dumps(now.as_json()))) == now


def test_what_is_computed_from_a_changed_name_is_not_told_as_kept(tmp_path: Path) -> None:
    path = a_clinic(tmp_path)
    with open_write(path) as session, session.transaction():
        session.run("ALTER TABLE patient ADD COLUMN called TEXT AS ('Mx ' || name)")
    computed = replace(
        KNOWN, kinds={**KNOWN.kinds, "patient": {**KNOWN.kinds["patient"], "called": "person_name"}}
    )
    for rules, direct in ((RULES, ()), (replace(RULES, rules=()), ("name", "called"))):
        told = by_table(tuple(each.told for each in measure_copy(path, rules, computed, Context())))[
            "patient"
        ]
        assert told.direct == direct


def test_a_type_that_no_pack_knows_any_more_stops_nothing(tmp_path: Path) -> None:
    odd = replace(KNOWN, kinds={**KNOWN.kinds, "patient": {"name": "person_name", "born": "birth_stone"}})
    found = by_table(tuple(each.told for each in measure_copy(a_clinic(tmp_path), RULES, odd, Context())))
    assert found["patient"].by == ("born", "town")
