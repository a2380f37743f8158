"""Copies as the program makes them: what it knows of them, and what attacks and report say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from builders.made_by_hand import a_clinic, patients, visits
from steward_app.catalog import Catalog, releases
from steward_app.catalog.policy import policy_path
from steward_app.db import open_write, quote
from steward_app.kernel.errors import Refused
from steward_app.kernel.progress import Context
from steward_app.services.backup import database_id
from steward_app.services.privacy.anonymize.copy import MakeRelease, make_copy
from steward_app.services.privacy.anonymize.keys import destroy_key
from steward_app.services.privacy.anonymize.model import ReleaseRequest
from steward_app.services.privacy.anonymize.register import find_release, list_releases
from steward_app.services.privacy.attack import AttackKind
from steward_app.services.privacy.attack.model import Truth
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.report import attack_copy, release_report, rendered, utility_of_copy
from steward_app.services.privacy.report.kept import kept_report
from steward_app.services.privacy.report.trial import TrialFailed, make_trial
from steward_app.services.privacy.risk import Question, measure
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule, Subset

RULES = ReleaseRules(
    "research",
    (
        Rule(Place("patient", "id"), Technique.PERMUTE),
        Rule(Place("patient", "name"), Technique.PSEUDONYM, {"kind": "person_name"}),
        Rule(Place("patient", "email"), Technique.TOKEN),
        Rule(Place("patient", "birth_date"), Technique.REMOVE),
        Rule(Place("patient", "postcode"), Technique.MASK, {"keep_first": 1}),
        Rule(Place("patient", "sex"), Technique.KEEP),
        Rule(Place("patient", "diagnosis"), Technique.KEEP),
        Rule(Place("visit", "patient_id"), Technique.PERMUTE),
        *(Rule(Place("visit", name), Technique.KEEP) for name in ("id", "cost", "taken_on")),
    ),
    key="k1",
    quasi_identifiers={"patient": ("postcode", "sex")},
    sensitive={"patient": ("diagnosis",)},
    recipient="University of Ulm",
    purpose="a study",
    until="2099-06-30",
    limits=Limits(risk=0.5),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "home"))


def a_copy(catalog: Catalog, tmp_path: Path, rules: ReleaseRules = RULES) -> tuple[Path, Path]:
    """An original, and a copy of it by the program itself."""
    source = a_clinic(tmp_path / "clinic.db", patients(400), visits(800, 400))
    target = tmp_path / "research.db"
    request = ReleaseRequest(source, database_id(catalog, source, Context()), target, rules)
    plan = MakeRelease(catalog).plan(request, Context())
    assert not plan.blocking, [finding.title for finding in plan.blocking]
    make_copy(catalog, plan, Context())
    return source, target


def test_what_is_computed_from_a_changed_column_is_not_said_to_be_left(
    catalog: Catalog, tmp_path: Path
) -> None:
    source = (
        a_database(tmp_path, "clinic.db")
        .with_sql("CREATE TABLE patient (id INTEGER PRIMARY KEY, name TEXT, sex TEXT, loud AS (upper(name)))")
        .with_rows(
            "patient", [(n, f"Zyx Quell{n}", "fm"[n % 2]) for n in range(40)], columns=("id", "name", "sex")
        )
        .build()
    )
    keep = (Rule(Place("patient", name), Technique.KEEP) for name in ("id", "sex", "loud"))
    rules = ReleaseRules(
        "r", (Rule(Place("patient", "name"), Technique.REMOVE, {"kind": "person_name"}), *keep)
    )
    target = tmp_path / "research.db"
    request = ReleaseRequest(source, database_id(catalog, source, Context()), target, rules)
    make_copy(catalog, MakeRelease(catalog).plan(request, Context()), Context())
    made = release_report(catalog, source, target, Context(), seconds=0.1)
    assert made.kept == (("patient", ("id", "sex")),)
    assert made.columns[0].words == "Removed: every cell is empty. (type: Name of a person)"


def test_a_report_is_kept_with_its_copy(catalog: Catalog, tmp_path: Path) -> None:
    source, copy = a_copy(catalog, tmp_path)
    (release,) = list_releases(catalog, database_id(catalog, source, Context()))
    assert kept_report(catalog, release) is None
    made = release_report(catalog, source, copy, Context(), seconds=0.1)
    assert kept_report(catalog, release) == made
    with catalog.reading() as session:
        text = releases.report(session, release.id)
    assert not [name for name in ("Winter", "@") if name in text], "no value of a row is kept"
    destroy_key(catalog, "k1", reason="over", typed="k1")
    later = kept_report(catalog, find_release(catalog, release.id))
    assert later is not None
    assert (later.attacks, later.key) == (
        made.attacks,
        "The key “k1” is destroyed: no pseudonym can be made again.",
    )
    again = release_report(catalog, source, copy, Context(), seconds=0.1)
    assert kept_report(catalog, find_release(catalog, release.id)) == again


def test_what_another_program_kept_of_a_copy_is_no_report(catalog: Catalog, tmp_path: Path) -> None:
    source, _ = a_copy(catalog, tmp_path)
    (release,) = list_releases(catalog, database_id(catalog, source, Context()))
    with catalog.unit() as unit:
        releases.keep_report(unit, release.id, "2026-01-01", '{"made_at": 7}')
        unit.commit()
    assert kept_report(catalog, release) is None


def test_the_rules_and_the_key_of_a_copy_in_the_register_are_known(catalog: Catalog, tmp_path: Path) -> None:
    source, copy = a_copy(catalog, tmp_path)
    made = attack_copy(catalog, source, copy, Context(), seconds=0.1)
    assert made.rules == "research"
    assert {each.table: each.truth for each in made.truth}["patient"] is Truth.RECOMPUTED
    assert made.truth[0].pairs == 400
    linked = next(a for a in made.attacks if a.kind is AttackKind.LINKAGE)
    assert (linked.reidentified, linked.beats) == (0, False)


def test_the_report_counts_persons_where_the_copy_tells_whose_a_row_is(
    catalog: Catalog, tmp_path: Path
) -> None:
    coarse = Rule(Place("visit", "cost"), Technique.ROUND, {"to": 1_000_000})
    rules = replace(
        RULES,
        rules=(*(each for each in RULES.rules if each.place != coarse.place), coarse),
        quasi_identifiers={"visit": ("cost",)},
        sensitive={},
        persons={"visit": ("patient_id",)},
        limits=Limits(),
    )
    source, copy = a_copy(catalog, tmp_path, rules)
    made = release_report(catalog, source, copy, Context(), seconds=0.1)
    (risk,) = made.risks
    by_rows = measure(copy, Question("visit", ("cost",)), Context())
    by_persons = measure(copy, Question("visit", ("cost",), person=("patient_id",)), Context())
    assert risk.person == ("patient_id",)
    assert risk.after == by_persons
    assert by_persons.records < by_rows.records
    assert "groups count persons, by patient_id" in rendered(catalog, made, ".html")[0].decode()


def test_with_its_key_destroyed_nobody_can_tell_whose_row_it_is(catalog: Catalog, tmp_path: Path) -> None:
    source, copy = a_copy(catalog, tmp_path)
    destroy_key(catalog, "k1", reason="given away", typed="k1")
    made = attack_copy(catalog, source, copy, Context(), seconds=0.1)
    assert made.truth[0].truth in (Truth.UNKNOWN, Truth.POSITION)
    assert made.basis == ("The key of its pseudonyms is not on this computer, or is destroyed.",)


def test_a_part_of_the_rows_is_matched_by_the_key_too(catalog: Catalog, tmp_path: Path) -> None:
    source, copy = a_copy(catalog, tmp_path, replace(RULES, subset=Subset("patient", fraction=0.5)))
    made = attack_copy(catalog, source, copy, Context(), seconds=0.1)
    told = made.truth[0]
    assert told.truth is Truth.RECOMPUTED
    assert told.pairs == told.copy_rows < 400


def test_the_report_of_a_copy_says_all_of_it(catalog: Catalog, tmp_path: Path) -> None:
    source, copy = a_copy(catalog, tmp_path)
    made = release_report(catalog, source, copy, Context(), seconds=0.1)
    assert made.release is not None
    assert made.same_file
    assert made.residue is not None
    assert made.residue.is_clean
    assert [each.after.table for each in made.risks] == ["patient"]
    assert {each.place.column: each.technique for each in made.columns}["email"] is Technique.TOKEN
    assert made.kept == (("patient", ("sex", "diagnosis")), ("visit", ("id", "cost", "taken_on")))
    assert made.holds, made.problems
    html = rendered(catalog, made, ".html")[0].decode()
    assert "University of Ulm" in html
    assert made.release.id in html


def test_a_copy_that_was_changed_since_is_told(catalog: Catalog, tmp_path: Path) -> None:
    from steward_app.db import open_write

    source, copy = a_copy(catalog, tmp_path)
    with open_write(copy) as session, session.transaction():
        session.run("UPDATE patient SET diagnosis = 'another' WHERE id IN (SELECT id FROM patient LIMIT 1)")
    made = release_report(catalog, source, copy, Context(), seconds=0.1)
    assert made.same_file is False
    assert "not byte for byte" in made.problems[0]


def test_usefulness_of_a_copy_keeps_its_links(catalog: Catalog, tmp_path: Path) -> None:
    source, copy = a_copy(catalog, tmp_path)
    made = utility_of_copy(catalog, source, copy, Context())
    assert dict(made.parts)["links"] == pytest.approx(1.0)
    assert 0.5 < made.kept < 1.0


def test_files_that_nobody_knows_are_attacked_and_reported_too(catalog: Catalog, tmp_path: Path) -> None:
    source = a_clinic(tmp_path / "a.db", patients(50))
    copy = a_clinic(tmp_path / "b.db", patients(50))
    made = release_report(catalog, source, copy, Context(), seconds=0.1)
    assert made.release is None
    assert made.residue is None
    assert not made.holds
    assert any("was not searched" in line for line in made.left_out)
    assert made.attacks.basis == (
        "The copy is not in the register of this computer: it was made elsewhere, or by other means.",
        "Its rules are not known here: what was done with each column is read off both files.",
        "Nobody decided which tables are about persons: each row of every table counts as one.",
    )
    assert set(made.attacks.basis) <= set(made.left_out)


def test_a_file_that_is_no_copy_of_the_original_is_told(catalog: Catalog, tmp_path: Path) -> None:
    from builders import a_database

    source = a_clinic(tmp_path / "a.db", patients(50))
    other = a_database(tmp_path / "b.db").with_table("song", "id INTEGER PRIMARY KEY").build()
    made = attack_copy(catalog, source, other, Context(), seconds=0.1)
    assert not made.attacks
    assert [each.what for each in made.not_tried] == ["All attacks"]


def test_a_trial_counts_the_persons_that_a_scan_found(catalog: Catalog, tmp_path: Path) -> None:
    """Nobody decided anything: whose a visit is, the last scan says, as for the copy itself."""
    source = a_clinic(tmp_path / "clinic.db", patients(40), visits(200, 40))
    scan(source, Context(), catalog=catalog)
    rules = replace(RULES, quasi_identifiers={"patient": ("sex",), "visit": ("taken_on",)}, limits=Limits())
    trial = make_trial(catalog, source, rules, Context())
    of_visits = [each for each in trial.attacks.attacks if each.table == "visit"]
    assert of_visits
    assert all(each.persons <= 40 for each in of_visits)
    risks = {each.table: each for each in trial.risks}
    assert (risks["visit"].person, risks["visit"].k) == (("patient_id",), 1)
    assert risks["patient"].k > 5


def test_a_trial_is_attacked_as_the_copy_is(catalog: Catalog, tmp_path: Path) -> None:
    """What a foreign key extends a rule to is changed in both, and attacked in both."""
    named = (rule for rule in RULES.rules if rule.place != Place("visit", "patient_id"))
    rules = replace(RULES, rules=tuple(named), limits=Limits())
    source, copy = a_copy(catalog, tmp_path, rules)
    made = attack_copy(catalog, source, copy, Context(), seconds=0.1)
    trial = make_trial(catalog, source, rules, Context())
    assert Place("visit", "patient_id") in {place for each in made.attacks for place in each.places}
    assert [each.id for each in trial.attacks.attacks] == [each.id for each in made.attacks]
    assert trial.attacks.not_tried == made.not_tried
    assert "for 2 seconds, on the copy for 12" in trial.attacks.basis[0]


def test_a_trial_that_fails_tells_what_stops_a_plan_by_its_rules(catalog: Catalog, tmp_path: Path) -> None:
    source = (
        a_database(tmp_path / "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, email TEXT", rows=[(n, mail(n)) for n in range(40)])
        .with_table("letter", "id INTEGER PRIMARY KEY, sent_to TEXT", rows=[(n, mail(n)) for n in range(40)])
        .build()
    )
    before = source.read_bytes()
    scan(source, Context(), catalog=catalog)
    rules = ReleaseRules("t", (Rule(Place("patient", "email"), Technique.PSEUDONYM, {"kind": "email"}),))
    with pytest.raises(TrialFailed) as told:
        make_trial(catalog, source, rules, Context())
    assert "“No value of a changed column was found” does not hold" in told.value.message
    assert {(each.code, each.subject.columns) for each in told.value.findings} == {
        ("identifying_column_kept", ("sent_to",)),
        ("originals_kept", ("sent_to",)),
    }
    assert source.read_bytes() == before


def mail(number: int) -> str:
    return f"patient{number:04}@mail.example"


def test_a_table_without_a_key_is_matched_by_the_order_that_the_key_draws(
    catalog: Catalog, tmp_path: Path
) -> None:
    people = [(f"Zyxwv Quell{n:03}", "abcdefgh"[n % 8], n % 23) for n in range(300)]
    source = a_database(tmp_path, "club.db").with_table("member", "name TEXT, town, age", rows=people).build()
    keep = (Rule(Place("member", name), Technique.KEEP) for name in ("town", "age"))
    named = Rule(Place("member", "name"), Technique.PSEUDONYM, {"kind": "person_name"})
    rules = ReleaseRules("r", (named, *keep), key="k1")
    target = tmp_path / "research.db"
    request = ReleaseRequest(source, database_id(catalog, source, Context()), target, rules)
    make_copy(catalog, MakeRelease(catalog).plan(request, Context()), Context())
    made = attack_copy(catalog, source, target, Context(), seconds=0.1)
    assert (made.truth[0].truth, made.truth[0].pairs, made.truth[0].agreement) == (Truth.POSITION, 300, 1.0)
    (by_order,) = (each for each in made.attacks if each.kind is AttackKind.ORDER)
    assert by_order.reidentified < 10
    assert not by_order.beats


@pytest.mark.parametrize("column", ["postcode", "email", "diagnosis", "cost"])
def test_after_a_column_was_renamed_it_is_said_what_to_do(
    catalog: Catalog, tmp_path: Path, column: str
) -> None:
    rules = RULES
    if column == "diagnosis":  # which is sensitive, and has no rule
        policy_path(tmp_path / "clinic.db").write_text(
            "{version: 1, classification: {tables: {patient: {columns: {diagnosis: {not_personal: a list}}}}}}",
            encoding="utf-8",
        )
        rules = replace(RULES, rules=tuple(each for each in RULES.rules if each.place.column != column))
    source, copy = a_copy(catalog, tmp_path, rules)
    table = "visit" if column == "cost" else "patient"
    with open_write(source) as session, session.transaction():
        session.run(f"ALTER TABLE {quote(table)} RENAME COLUMN {quote(column)} TO another")
    for look in (attack_copy, release_report):
        with pytest.raises(
            Refused, match=f"name “{table}.{column}”, which “clinic.db” does not have"
        ) as told:
            look(catalog, source, copy, Context(), seconds=0.05)
        assert "restore file" in told.value.hint
