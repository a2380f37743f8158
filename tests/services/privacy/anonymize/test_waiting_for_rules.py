"""Columns that came from one whose rule does not fit them: no copy is made before each has a rule of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.catalog.policy import policy_path
from steward_app.kernel.errors import Refused
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.anonymize.findings import whose_rules
from steward_app.services.privacy.anonymize.rules_json import rules_from_json, rules_to_json
from steward_app.services.privacy.anonymize.situation import read_situation
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.policy import release_rules, write_rules

POLICY = """version: 1
classification:
  tables:
    patient:
      not_personal: made up
releases:
  test:
    undecided: {patient: [Given, gone]}
    tables:
      patient:
        id: {technique: keep}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = a_database(tmp_path).with_table("patient", "id INTEGER PRIMARY KEY, given TEXT").build()
    policy_path(made).write_text(POLICY)
    return made


def planned(catalog: Catalog, path: Path) -> Plan:
    return copy.plan_copy(catalog, path, path.with_name("copy.db"), Context(), rules="test")


def test_no_copy_is_made_while_a_column_waits(catalog: Catalog, path: Path) -> None:
    plan = planned(catalog, path)
    [finding] = [each for each in plan.findings if each.code == "column_without_rule"]
    assert (finding.blocks, finding.title) == (True, "Nobody decided what a copy does with “patient.given”")
    with pytest.raises(Refused):
        copy.make_copy(catalog, plan, Context())
    assert not path.with_name("copy.db").exists()


def test_with_a_rule_it_waits_no_longer(catalog: Catalog, path: Path) -> None:
    policy_path(path).write_text(f"{POLICY}        given: {{technique: keep}}\n")
    assert not [each for each in planned(catalog, path).findings if each.blocks]


def test_it_is_not_told_as_one_of_which_nobody_knows_what_it_holds(catalog: Catalog, path: Path) -> None:
    situation = read_situation(catalog, path, "test", Context())
    assert situation.waiting(situation.rules) == ()


def test_a_kept_plan_carries_it(path: Path) -> None:
    rules = release_rules(path, "test")
    assert rules_from_json(rules_to_json(rules)) == rules


def test_of_a_decided_column_that_is_gone_the_plan_says_that_and_what_to_do(
    catalog: Catalog, path: Path
) -> None:
    policy_path(path).write_text(
        POLICY.replace("      not_personal: made up\n", "      columns: {born: {type: birth_date}}\n")
    )
    [finding] = [each for each in planned(catalog, path).findings if each.code == "decided_is_gone"]
    assert finding.blocks
    assert finding.title == "“patient.born” is gone, and what was decided about it is still in the policy"
    assert "steward privacy classify DB patient.born --withdraw" in finding.remedies[0]


def test_written_anew_with_a_rule_it_waits_no_longer(path: Path) -> None:
    rules = release_rules(path, "test")
    ruled = replace(rules, rules=(*rules.rules, Rule(Place("patient", "GIVEN"), Technique.REMOVE)))
    write_rules(path, ruled)
    assert release_rules(path, "test").undecided == {"patient": ("gone",)}


def test_by_which_rules_is_said() -> None:
    assert whose_rules(ReleaseRules("test", ()), proposed=False) == "By the rules “test” of the policy."
    assert "proposed from a scan" in whose_rules(ReleaseRules("test", ()), proposed=True)
