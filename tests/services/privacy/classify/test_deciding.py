"""Deciding what columns are: kept in the policy with the steward's remarks, noted in the journal, undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.operations import known
from builders.scans import a_scan, found
from steward_app.catalog import Catalog, journal, open_catalog
from steward_app.catalog.policy import policy_path, read_policy
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services import undo
from steward_app.services.privacy.classify.decide import (
    carry_out,
    decide,
    plan_confirmation,
    plan_decision,
    with_changes,
    withdraw,
)
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.model import Statement
from steward_app.services.privacy.discover.model import Verdict
from steward_app.services.privacy.model import Category, Identifies, Level, Origin, Place

POLICY = """# Riverside Clinic
version: 1
classification:
  # whom to ask
  controller: {name: Riverside Clinic, contact: desk@clinic.example}
  tables:
    patient:
      subjects: patients   # and those who never came
      purpose: Care
      columns:
        # a good example
        name:
          type: person_name   # sure
          decided_by: ann
        # nobody knows yet
"""
EMAIL, NAME = Place("patient", "email"), Place("patient", "name")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT, email TEXT, notes TEXT, data TEXT")
        .with_table("code", "code TEXT PRIMARY KEY, label TEXT")
        .build()
    )
    policy_path(path).write_text(POLICY, encoding="utf-8")
    return path


@pytest.fixture
def catalog(path: Path) -> Catalog:
    catalog = open_catalog()
    known(catalog, path)
    return catalog


def test_what_the_type_says_stands_for_what_the_steward_did_not(path: Path) -> None:
    decided = classification(path).at(Place("PATIENT", "Name"))
    assert decided is not None
    assert (decided.identifies, decided.category) == (Identifies.DIRECT, Category.ORDINARY)
    assert (decided.level, decided.origin) == (Level.CONFIDENTIAL, Origin.PROVIDED)
    assert decided.processing.purpose == "Care"
    assert classification(path).at(EMAIL) is None


def test_a_decision_keeps_every_remark_and_is_noted_without_values(path: Path, catalog: Catalog) -> None:
    receipt = decide(catalog, path, [Statement(EMAIL, {"type": "email", "level": "restricted"})], Context())
    text = policy_path(path).read_text(encoding="utf-8")
    assert all(line in text for line in POLICY.splitlines())
    decided = classification(path).at(EMAIL)
    assert decided is not None
    assert (decided.kind, decided.level, bool(decided.decided_by), bool(decided.decided_on)) == (
        *("email", Level.RESTRICTED),
        *(True, True),
    )
    with catalog.reading() as session:
        record = journal.record(session, receipt.operation_id)
    assert record is not None
    assert record.started.operation == "privacy.classify"
    assert "patient.email" in record.started.details
    undo.undo(catalog, receipt.undo, Context())
    assert policy_path(path).read_text(encoding="utf-8") == POLICY
    with pytest.raises(Refused, match="undone already"):
        undo.undo(catalog, receipt.undo, Context())


def test_an_undo_is_refused_where_something_else_was_decided_since(path: Path, catalog: Catalog) -> None:
    receipt = decide(catalog, path, [Statement(EMAIL, {"type": "email"})], Context())
    decide(catalog, path, [Statement(EMAIL, {"type": "account"})], Context())
    with pytest.raises(Refused, match=r"Something else was decided of “patient\.email” since"):
        undo.undo(catalog, receipt.undo, Context())
    decided = classification(path).at(EMAIL)
    assert decided is not None
    assert decided.kind == "account"


def test_a_plan_is_stale_when_the_policy_says_something_else_by_then(path: Path, catalog: Catalog) -> None:
    plan = plan_decision(catalog, path, [Statement(EMAIL, {"type": "email"})], Context())
    decide(catalog, path, [Statement(EMAIL, {"type": "account"})], Context())
    with pytest.raises(Refused) as refused:
        carry_out(catalog, plan, Context())
    assert refused.value.code is ErrorCode.STALE_PLAN


def test_withdrawing_leaves_the_remarks_and_comes_back_by_the_undo(path: Path, catalog: Catalog) -> None:
    receipt = withdraw(catalog, path, [NAME], Context())
    text = policy_path(path).read_text(encoding="utf-8")
    assert "person_name" not in text
    assert {"# a good example", "# nobody knows yet"} <= {line.strip() for line in text.splitlines()}
    undo.undo(catalog, receipt.undo, Context())
    decided = classification(path).at(NAME)
    assert decided is not None
    assert (decided.kind, decided.decided_by) == ("person_name", "ann")
    with pytest.raises(UsageError, match="Nothing was decided about"):
        withdraw(catalog, path, [EMAIL], Context())


def test_a_whole_scan_is_confirmed_at_once_but_what_is_decided_or_unsure(
    path: Path, catalog: Catalog
) -> None:
    scan = a_scan(
        found("patient.name", "family_name"),
        found("patient.email", "email", 0.99, subject=("id",)),
        found("patient.notes", "health_text", 0.4),
        found("patient.data:$.tel", "phone", 0.95),
        found("patient.data", verdict=Verdict.UNKNOWN),
    )
    plan = plan_confirmation(catalog, path, scan, Context(), min_confidence=0.5)
    assert plan is not None
    assert plan.title == "Confirm 2 columns"
    receipt = carry_out(catalog, plan, Context())
    now = classification(path)
    assert [each.id for each in now.decisions] == ["patient.name", "patient.email", "patient.data:$.tel"]
    confirmed = now.at(EMAIL)
    assert confirmed is not None
    assert (confirmed.kind, confirmed.belongs_to) == ("email", ("id",))
    assert now.at(NAME) is not None
    assert now.decisions[0].kind == "person_name"
    undo.undo(catalog, receipt.undo, Context())
    assert policy_path(path).read_text(encoding="utf-8") == POLICY
    nothing = plan_confirmation(catalog, path, a_scan(found("patient.id")), Context())
    assert nothing is None
    with pytest.raises(UsageError, match="proposes nothing"):
        plan_confirmation(catalog, path, scan, Context(), places=[Place("patient", "id")])


@pytest.mark.parametrize(
    ("place", "said", "told"),
    [
        (Place("nobody", "x"), {"type": "email"}, "There is no table “nobody”"),
        (Place("patient", "x"), {"type": "email"}, r"There is no column “patient\.x”"),
        (EMAIL, {"type": "e-mail"}, "“e-mail” is no type"),
        (EMAIL, {"not_personal": "  "}, "needs a reason"),
        (EMAIL, {"not_personal": "made up", "type": "email"}, "never both"),
        (EMAIL, {"type": "email", "belongs_to": ["person"]}, "There is no column “person”"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_the_policy(
    path: Path, catalog: Catalog, place: Place, said: dict[str, str], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        decide(catalog, path, [Statement(place, said)], Context())
    assert policy_path(path).read_text(encoding="utf-8") == POLICY


def test_a_table_without_persons_speaks_for_its_columns_until_one_says_otherwise(
    path: Path, catalog: Catalog
) -> None:
    decide(catalog, path, [Statement(Place("code", ""), {"not_personal": "A public list"})], Context())
    decide(catalog, path, [Statement(Place("Code", "LABEL"), {"type": "free_text"})], Context())
    now = classification(path)
    code, label = now.at(Place("code", "code")), now.at(Place("code", "label"))
    assert code is not None
    assert label is not None
    assert (code.personal, code.by_table, code.not_personal) == (False, True, "A public list")
    assert (label.personal, label.place) == (True, Place("code", "label"))


def test_paths_are_decided_one_by_one_where_the_column_is_json(path: Path, catalog: Catalog) -> None:
    data, tel = Place("patient", "data"), Place("patient", "data", "$.tel")
    decide(catalog, path, [Statement(data, {"type": "json"}), Statement(tel, {"type": "phone"})], Context())
    now = classification(path)
    assert now.at(Place("patient", "data", "$.other")) is None
    decided = now.at(tel)
    assert decided is not None
    assert decided.kind == "phone"
    withdraw(catalog, path, [data], Context())
    assert classification(path).at(tel) is not None, "a path is a place of its own"
    decide(catalog, path, [Statement(data, {"not_personal": "Settings of the program"})], Context())
    other = classification(path).at(Place("patient", "data", "$.other"))
    assert other is not None
    assert not other.personal


def test_words_change_one_by_one_and_a_reason_takes_the_type_away(path: Path) -> None:
    document = read_policy(path)
    changed = with_changes(document, NAME, {"level": "restricted", "decided_by": ""})
    assert changed.said == {"type": "person_name", "level": "restricted"}
    gone = with_changes(document, NAME, {"not_personal": "Names of made-up people"})
    assert gone.said == {"decided_by": "ann", "not_personal": "Names of made-up people"}


def test_names_that_are_one_to_sqlite_are_said_once(path: Path) -> None:
    policy_path(path).write_text(
        "version: 1\nclassification:\n  tables:\n    code: {subjects: a}\n    CODE: {subjects: b}\n",
        encoding="utf-8",
    )
    with pytest.raises(UsageError, match="“code” and “CODE” are the same to SQLite"):
        classification(path)


def test_hostile_names_are_written_so_that_they_are_read_again(tmp_path: Path) -> None:
    table, column = 'a."b\n: #<img>', "=cmd|' /C\u202e"
    path = a_database(tmp_path).with_table(table, f'"{column}" TEXT').build()
    with open_catalog() as catalog:
        known(catalog, path)
        receipt = decide(
            catalog, path, [Statement(Place(table, column), {"not_personal": "Colours"})], Context()
        )
        decided = classification(path).at(Place(table, column))
        assert decided is not None
        assert decided.not_personal == "Colours"
        undo.undo(catalog, receipt.undo, Context())
    assert classification(path).decisions == ()
