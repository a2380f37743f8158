"""What is wrong in the sample is wrong in exactly the numbers it says, and nothing else is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from steward_app.db import ReadSession, open_read, open_write
from steward_app.db.integrity import foreign_key_check, integrity_check, structure_check
from steward_app.kernel.progress import Context
from steward_app.services.sample import SampleSummary, build
from steward_app.services.schema.check.model import ConstraintKind, ConstraintState
from steward_app.services.schema.check.run import check
from steward_app.services.schema.introspect import read_schema

GUIDE = Path(__file__).parents[3] / "docs" / "sample.md"


def counted(session: ReadSession, summary: SampleSummary) -> dict[str, int]:
    return {each.code: len(session.all(each.query)) for each in summary.planted}


def test_every_kind_of_dirt_is_there_in_its_exact_number(clinic: ReadSession, summary: SampleSummary) -> None:
    assert counted(clinic, summary) == {each.code: each.count for each in summary.planted}
    assert len({each.code for each in summary.planted}) == len(summary.planted) > 30


@pytest.mark.parametrize("seed", [1, 2026])
def test_the_numbers_are_the_same_with_any_seed(tmp_path: Path, seed: int) -> None:
    summary = build(tmp_path / "other.db", seed=seed)
    with open_read(summary.path) as session:
        assert counted(session, summary) == {each.code: each.count for each in summary.planted}


def test_the_guide_names_every_kind_with_its_place_and_number(summary: SampleSummary) -> None:
    lines = GUIDE.read_text(encoding="utf-8").splitlines()
    for each in summary.planted:
        place = f"{each.table}.{', '.join(each.columns)}" if each.columns else each.table
        beginning = f"| `{each.code}` | `{place}` | {each.count} |"
        assert any(line.startswith(beginning) for line in lines), beginning


def test_each_sentence_begins_with_its_number_and_names_a_column_that_exists(
    clinic: ReadSession, summary: SampleSummary
) -> None:
    schema = read_schema(clinic)
    for each in summary.planted:
        assert each.sentence.startswith(f"{each.count} ")
        table = schema.table(each.table)
        assert table is not None
        assert all(table.column(column) for column in each.columns)


def test_the_file_itself_is_whole_and_only_planted_rows_break_rules(own_copy: Path) -> None:
    with open_write(own_copy) as session:
        assert structure_check(session, Context()).problems == ()
        assert Counter(integrity_check(session, Context())) == {
            "CHECK constraint failed in visit": 9,
            "NULL value in patient.birth_date": 4,
            "CHECK constraint failed in prescription": 2,
        }


def test_foreign_keys_are_broken_by_the_planted_orphans_alone(clinic: ReadSession) -> None:
    checks = {each.table: each for each in foreign_key_check(clinic, Context())}
    assert len(checks) >= 18
    assert {table: each.violations for table, each in checks.items() if each.violations} == {
        "diagnosis": 17,
        "lab_result": 1,
        "login_event": 6,
    }
    assert {table: each.problem for table, each in checks.items() if each.problem} == {
        "allergy": 'foreign key mismatch - "allergy" referencing "medication"'
    }


def test_the_check_of_every_constraint_finds_just_what_was_planted(clinic: ReadSession) -> None:
    report = check(clinic, read_schema(clinic), Context())
    assert report.complete
    assert report.integrity == "ok"
    broken = {
        (checked.constraint.kind, checked.constraint.table, checked.constraint.columns): checked.broken_rows
        for checked in report.constraints
        if checked.state is ConstraintState.BROKEN
    }
    assert broken == {
        (ConstraintKind.LINK, "diagnosis", ("visit_id",)): 17,
        (ConstraintKind.LINK, "lab_result", ("order_id",)): 1,
        (ConstraintKind.LINK, "login_event", ("device_id",)): 6,
        (ConstraintKind.LINK, "allergy", ("substance_code",)): 5,
        (ConstraintKind.CHECK, "visit", ()): 9,
        (ConstraintKind.CHECK, "prescription", ("days",)): 2,
        (ConstraintKind.NOT_EMPTY, "patient", ("birth_date",)): 4,
        (ConstraintKind.PRIMARY_KEY, "icd_code", ("code",)): 1,
        (ConstraintKind.TYPE, "patient", ("birth_date",)): 10,
        (ConstraintKind.TYPE, "lab_result", ("value",)): 18,
        (ConstraintKind.TYPE, "observation", ("value",)): 4,
        (ConstraintKind.TYPE, "invoice", ("total_cents",)): 2,
    }
    unserved = {(f.subject.table, f.subject.columns) for f in report.findings if "index" in f.code}
    assert ("appointment", ("room_id",)) in unserved
    assert ("document", ("order_id", "analyte")) in unserved


def test_the_planner_takes_a_rule_for_true_that_rows_break(clinic: ReadSession) -> None:
    """Why the rows without a date of birth are looked for by `typeof` and not by IS NULL."""
    assert clinic.count("SELECT count(*) FROM patient WHERE birth_date IS NULL") == 0
    assert clinic.count("SELECT count(*) FROM patient WHERE typeof(birth_date) = 'null'") == 4
