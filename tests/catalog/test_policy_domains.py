"""A rule that is drawn for the name of its column gives the same when the column has another name."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.catalog.policy import policy_path, read_policy
from steward_app.catalog.policy_names import Link, NewName, Twin

POLICY = """version: 1
releases:
  r:
    tables:
      patient:
        id: {technique: permute, options: {kind: person_number}}
        code: {technique: token}  # of the card
        shared: {technique: token, options: {domain: cards}}
        name: {technique: pseudonym, options: {kind: person_name}}
        data:
          technique: json
          paths:
            $.card: {technique: token}
      visit:
        patient_id: {technique: permute}
"""
NAMES = [
    NewName("patient", "", "person", of_table=True),
    NewName("patient", "code", "card_code"),
    NewName("visit", "patient_id", "person_id"),
]
BACK = [
    NewName("person", "", "patient", of_table=True),
    NewName("person", "card_code", "code"),
    NewName("visit", "person_id", "patient_id"),
]


@pytest.mark.parametrize("renamed", [True, False], ids=["the file is renamed", "the file is not"])
def test_it_says_what_the_column_was_called_until_it_is_called_so_again(
    tmp_path: Path, renamed: bool
) -> None:
    file = tmp_path / "clinic.db"
    policy_path(file).write_text(POLICY, encoding="utf-8")
    policy = read_policy(file)
    first, second, third = (
        (Link("visit", (column,), table, ("id",)),)
        for table, column in (("patient", "patient_id"), ("person", "person_id"), ("human", "person_id"))
    )

    policy.carry(NAMES, second if renamed else first)
    tables = policy.policy.releases["r"].tables
    person = tables["person"]

    assert person["id"].options["domain"] == "column:patient.id"
    assert person["card_code"].options["domain"] == "column:patient.code"
    assert person["data"].paths["$.card"].options["domain"] == "column:patient.data$.card"
    assert tables["visit"]["person_id"].options["domain"] == "column:patient.id"
    assert person["shared"].options["domain"] == "cards"
    assert "domain" not in person["name"].options
    assert "# of the card" in policy.text()

    policy.carry([NewName("person", "", "human", of_table=True)], third if renamed else second)
    assert policy.policy.releases["r"].tables["human"]["id"].options["domain"] == "column:patient.id"
    policy.carry([NewName("human", "", "person", of_table=True)], second if renamed else third)
    policy.carry(BACK, first if renamed else second)
    assert policy.text() == POLICY


def test_a_column_that_moved_into_another_table_is_drawn_for_where_it_was(tmp_path: Path) -> None:
    policy_path(tmp_path / "clinic.db").write_text(POLICY, encoding="utf-8")
    policy = read_policy(tmp_path / "clinic.db")

    policy.carry([NewName("patient", "code", "code", "card", comes_by="patient_id")])

    assert policy.policy.releases["r"].tables["card"]["code"].options["domain"] == "column:patient.code"


def test_the_column_beside_another_is_drawn_for_the_same(tmp_path: Path) -> None:
    policy_path(tmp_path / "clinic.db").write_text(POLICY, encoding="utf-8")
    policy = read_policy(tmp_path / "clinic.db")

    policy.carry([NewName("patient", "code", "card_code", twin=Twin.BESIDE)])
    patient = policy.policy.releases["r"].tables["patient"]
    assert patient["card_code"].options["domain"] == "column:patient.code"
    assert "domain" not in patient["code"].options

    policy.carry([NewName("patient", "code", "card_code", twin=Twin.GOES)])
    policy.carry([NewName("patient", "card_code", "code", twin=Twin.AGAIN)])
    patient = policy.policy.releases["r"].tables["patient"]
    assert patient["card_code"].options["domain"] == "column:patient.code"
    assert "domain" not in patient["code"].options


def test_a_rule_that_goes_over_to_the_other_column_is_drawn_for_the_same(tmp_path: Path) -> None:
    policy_path(tmp_path / "clinic.db").write_text(POLICY, encoding="utf-8")
    policy = read_policy(tmp_path / "clinic.db")

    policy.carry([NewName("patient", "code", "card_code", twin=Twin.GOES)])

    patient = policy.policy.releases["r"].tables["patient"]
    assert patient["card_code"].options["domain"] == "column:patient.code"
