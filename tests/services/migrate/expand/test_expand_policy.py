"""What the policy says of a column goes along step by step while the column gets another name, type or shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.catalog.classified import classified
from steward_app.catalog.policy import policy_path, read_policy
from steward_app.catalog.policy_model import Policy
from steward_app.catalog.policy_names import Twin
from steward_app.db import open_read
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.expand.contract import contract
from steward_app.services.migrate.expand.expand import expand
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.migrate.files import save
from steward_app.services.migrate.rehearsal.model import Moved, PersonalDifference, Renamed
from steward_app.services.migrate.run import series, service
from steward_app.services.migrate.run.carried import told
from steward_app.services.operation import pipeline, settle

from .programs import standing_of

CLINIC = """
CREATE TABLE patient (id INTEGER PRIMARY KEY, tel TEXT, name TEXT, note TEXT);
INSERT INTO patient VALUES (1, '030', 'Ada Bo', ''), (2, NULL, 'Cy Di', '');
"""
POLICY = """version: 1
tables:
  patient:
    columns:
      tel:
        comment: with area code  # ours
classification:
  tables:
    patient:
      columns:
        tel: {type: phone, retention: 1 year}
        name: {type: person_name}
        note: {type: free_text}
releases:
  test:
    quasi_identifiers:
      patient: [tel]
    tables:
      patient:
        tel: {technique: pseudonym, options: {kind: phone}}
        name: {technique: pseudonym, options: {kind: person_name}}
        note: {technique: shuffle, options: {group: tel}}
"""
PARTS = (
    Wanted("given", "TEXT", "substr(name, 1, instr(name, ' ') - 1)"),
    Wanted("family", "TEXT", "substr(name, instr(name, ' ') + 1)"),
)


class Killed(BaseException):
    """The process is gone."""


def killed(*_: object, **__: object) -> Any:
    raise Killed


@pytest.fixture
def clinic(tmp_path: Path, catalog: Catalog) -> Migrating:
    made = Migrating(tmp_path, catalog, CLINIC)
    policy_path(made.path).write_text(POLICY)
    return made


def said(clinic: Migrating) -> Policy:
    return read_policy(clinic.path).policy


def expanding(clinic: Migrating, column: str, *into: Wanted, back: str = "") -> None:
    with open_read(clinic.path) as session:
        found = expand(session, "patient", column, into, clinic.folder, back=back)
    save(found.expand)
    save(found.fill)


def contracting(clinic: Migrating, column: str) -> None:
    found = standing_of(clinic, "patient", column)
    with open_read(clinic.path) as session:
        above = max(row.version for row in clinic.history())
        save(contract(session, found, clinic.folder, quiet_days=0, gone="All are gone.", above=above))


def test_both_columns_are_what_the_old_one_is_and_the_old_ones_entries_go_with_it(clinic: Migrating) -> None:
    before = said(clinic)
    expanding(clinic, "tel", Wanted("phone"))
    plan = clinic.plan()
    assert "What the policy says of “patient”.“tel” it says of “patient”.“phone”, too." in plan.sentences
    assert not [each for each in plan.findings if each.code == "new_columns_undecided"]

    receipt = clinic.apply(plan)

    assert "; the policy follows 1 column beside another" in receipt.sentence
    policy = said(clinic)
    assert policy.classification is not None
    columns, rules = (
        policy.classification.tables["patient"].columns,
        policy.releases["test"].tables["patient"],
    )
    assert (columns["phone"], rules["phone"]) == (columns["tel"], rules["tel"])
    assert policy.releases["test"].quasi_identifiers == {"patient": ["tel", "phone"]}
    assert classified(clinic.path).is_personal("patient", "phone")
    beside = policy.model_copy(deep=True)

    contracting(clinic, "tel")
    plan = clinic.plan()
    assert (
        "What the policy says of “patient”.“tel” goes. What it says of “patient”.“phone” stays."
        in plan.sentences
    )
    receipt = clinic.apply(plan)
    assert "; the policy follows 1 column that goes" in receipt.sentence
    policy = said(clinic)
    assert policy.classification is not None
    assert list(policy.classification.tables["patient"].columns) == ["name", "note", "phone"]
    assert policy.releases["test"].tables["patient"]["note"].options == {"group": "phone"}

    plan = service.plan_undo(clinic.catalog, clinic.wanted(), Context())
    assert "The policy says of “patient”.“tel” again what it said." in plan.sentences
    clinic.carry_out(plan)
    assert _unordered(said(clinic)) == _unordered(beside)

    clinic.undo(target=0)
    assert _unordered(said(clinic)) == _unordered(before)


def test_taking_the_expansion_back_leaves_every_remark(clinic: Migrating) -> None:
    expanding(clinic, "tel", Wanted("phone"))
    clinic.apply()
    clinic.undo(target=0)
    assert said(clinic) == said_in(POLICY)
    assert "comment: with area code  # ours" in read_policy(clinic.path).text()


def test_a_number_that_is_computed_waits_for_a_rule_of_its_own(clinic: Migrating) -> None:
    expanding(
        clinic, "tel", Wanted("length_of", "INTEGER", "length(tel)"), back="printf('%0*d', length_of, 0)"
    )
    clinic.apply()
    policy = said(clinic)
    assert policy.classification is not None
    assert policy.classification.tables["patient"].columns["length_of"].type == "phone"
    assert policy.releases["test"].undecided == {"patient": ["length_of"]}


def test_a_type_as_sqlite_converts_it_takes_the_rule_along(clinic: Migrating) -> None:
    expanding(clinic, "tel", Wanted("number", "INTEGER"))
    clinic.apply()
    assert said(clinic).releases["test"].tables["patient"]["number"].options == {"kind": "phone"}


def test_parts_are_classified_alike_and_the_whole_comes_back_with_its_rule(clinic: Migrating) -> None:
    before = said(clinic)
    expanding(clinic, "name", *PARTS, back="given || ' ' || family")
    plan = clinic.plan()
    assert plan.sentences[-3:-1] == tuple(
        f"The policy classifies “patient”.“{each}” as it does “patient”.“name”."
        for each in ("given", "family")
    )
    assert "no copy is made before the new column has a rule of its own" in plan.sentences[-1]
    clinic.apply(plan)
    policy = said(clinic)
    assert policy.classification is not None
    columns = policy.classification.tables["patient"].columns
    assert columns["given"] == columns["family"] == columns["name"]
    assert policy.releases["test"].undecided == {"patient": ["given", "family"]}

    contracting(clinic, "name")
    clinic.apply()
    policy = said(clinic)
    assert policy.classification is not None
    assert "name" not in policy.classification.tables["patient"].columns
    assert "name" not in policy.releases["test"].tables["patient"]

    clinic.undo()
    assert said(clinic).releases["test"].tables["patient"]["name"].options == {"kind": "person_name"}
    clinic.undo(target=0)
    assert _unordered(said(clinic)) == _unordered(before)


def test_a_rehearsal_says_that_a_column_stands_beside_a_personal_one(
    clinic: Migrating, catalog: Catalog
) -> None:
    expanding(clinic, "tel", Wanted("phone"))
    report = service.rehearse_fully(catalog, clinic.plan(), Context()).report
    assert report is not None
    assert report.personal == (PersonalDifference(Moved.BESIDE, "patient", "phone", "patient", "tel"),)
    [told] = [each for each in report.findings if each.code.startswith("personal_")]
    assert told.title == "“patient.phone” stands beside “patient.tel”, which is personal"


def test_a_rehearsed_contract_tells_that_no_value_is_lost_and_misses_no_trigger(
    clinic: Migrating, catalog: Catalog
) -> None:
    expanding(clinic, "tel", Wanted("phone"))
    clinic.apply()
    contracting(clinic, "tel")
    report = service.rehearse_fully(catalog, clinic.plan(), Context()).report
    assert report is not None
    [table] = [each for each in report.tables if each.name == "patient"]
    assert [(each.was, each.words) for each in table.columns] == [("tel", "renamed")]
    assert (report.values_lost, report.rows_lost) == (0, 0)
    assert not [each for each in report.findings if each.code == "trigger_gone"]
    assert report.personal == (PersonalDifference(Moved.RENAMED, "patient", "phone", "patient", "tel"),)


@pytest.mark.parametrize("name", ["follow", "Outcome"])
def test_what_a_crash_left_of_a_contract_is_carried_once(
    clinic: Migrating, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    expanding(clinic, "tel", Wanted("phone"))
    clinic.apply()
    beside = said(clinic)
    contracting(clinic, "tel")
    with monkeypatch.context() as patched:
        patched.setattr(series, name, killed)
        patched.setattr(pipeline, "_end_badly", lambda *_, **__: None)
        with pytest.raises(Killed):
            clinic.apply()
    settle(clinic.catalog, clinic.wanted().database_id, clinic.path, service.settled_by())
    policy = said(clinic)
    assert policy.classification is not None
    assert list(policy.classification.tables["patient"].columns) == ["name", "note", "phone"]
    clinic.undo()
    assert _unordered(said(clinic)) == _unordered(beside)


def test_nothing_is_said_of_it_without_a_policy(clinic: Migrating) -> None:
    policy_path(clinic.path).unlink()
    expanding(clinic, "tel", Wanted("phone"))
    plan = clinic.plan()
    assert not any("policy" in each for each in plan.sentences)
    assert "policy" not in clinic.apply(plan).sentence


@pytest.mark.parametrize(
    "words", ["puts a beside b", "puts a.b beside c.d", "ends a for b", "ends a.b", "ends a.b for c as"]
)
def test_a_remark_that_cannot_be_understood_is_told(clinic: Migrating, words: str) -> None:
    clinic.write("V0001__m.sql", f"-- steward: {words}\nCREATE TABLE a (x);")
    with pytest.raises(UsageError, match="cannot be understood"):
        clinic.plan()


def said_in(text: str) -> Policy:
    from steward_app.catalog.policy import PolicyDocument

    return PolicyDocument(Path("p"), text.encode()).policy


def _unordered(policy: Policy) -> object:
    """What is said, whatever order lists of columns have."""
    told = policy.model_dump()
    for release in told["releases"].values():
        release["quasi_identifiers"] = {k: sorted(v) for k, v in release["quasi_identifiers"].items()}
    return told


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("version: 1\nmigrations:\n  folder: m\n", False),
        ("version: 1\ncompatibility:\n  default: full\n", False),
        (POLICY, True),
    ],
)
def test_a_policy_without_a_column_has_nothing_to_say_of_one(tmp_path: Path, policy: str, says: bool) -> None:
    database = tmp_path / "clinic.db"
    policy_path(database).write_text(policy, encoding="utf-8")
    beside = Renamed("patient", "tel", "phone", twin=Twin.BESIDE)
    assert bool(told(database, [beside])) == says
