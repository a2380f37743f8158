"""What leads from a column to its person goes on to do so where columns move; and columns that stand side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.catalog.policy import PolicyDocument
from steward_app.catalog.policy_model import Policy
from steward_app.catalog.policy_names import Link, NewName, Twin

SPLIT = [
    NewName("visit", "day", "day", "stay", comes_by="visit_id"),
    NewName("visit", "ward", "unit", "stay", comes_by="visit_id"),
]
MERGE = [
    NewName("stay", "day", "day", "visit", goes_by="visit_id"),
    NewName("stay", "unit", "ward", "visit", goes_by="visit_id"),
]
LINKS = [
    Link("stay", ("visit_id",), "visit"),
    Link("visit", ("patient_id",), "patient"),
    Link("bill", ("visit_id",), "visit"),
]
MOVES = {
    "a key that stays is a way further": (
        "visit: {day: {technique: shift, options: {person: patient_id}}}",
        "stay: {day: {technique: shift, options: {person: [[visit_id], [patient_id]]}}}",
    ),
    "rows that were persons belong to one": (
        "visit: {day: {technique: shift}}",
        "stay: {day: {technique: shift, options: {person: visit_id}}}",
    ),
    "a key that comes along leads on": (
        "visit: {day: {technique: shift, options: {person: ward}}}",
        "stay: {day: {technique: shift, options: {person: unit}}}",
    ),
    "what comes along in a group": (
        "visit: {day: {technique: shuffle, options: {group: [ward, sex]}}}",
        "stay: {day: {technique: shuffle, options: {group: [unit, sex]}}}",
    ),
    "what stays goes on naming what went": (
        "visit: {sex: {technique: shuffle, options: {group: ward}}}",
        "visit: {sex: {technique: shuffle, options: {group: ward}}}",
    ),
    "what is grouped together": (
        "visit: {day: {technique: microaggregate, options: {with: [ward]}}}",
        "stay: {day: {technique: microaggregate, options: {with: [unit]}}}",
    ),
    "inside JSON": (
        "visit: {day: {technique: json, paths: {$.a: {technique: shift, options: {person: patient_id}}}}}",
        "stay: {day: {technique: json, paths: {$.a: "
        "{technique: shift, options: {person: [[visit_id], [patient_id]]}}}}}",
    ),
    "a way through the table": (
        "bill: {at: {technique: shift, options: {person: [[visit_id], [patient_id]]}}}",
        "bill: {at: {technique: shift, options: {person: [[visit_id], [patient_id]]}}}",
    ),
    "a way through what moved": (
        "bill: {at: {technique: shift, options: {person: [[visit_id], [ward]]}}}",
        "bill: {at: {technique: shift, options: {person: [[visit_id], [ward]]}}}",
    ),
}
BESIDE = NewName("patient", "tel", "phone", twin=Twin.BESIDE)
CLINIC = """version: 1
tables:
  patient:
    columns:
      tel: {comment: with area code}  # ours
      name: {comment: as written}
subject_roles:
  - {table: patient, columns: [tel], parent: line, role: refers}
classification:
  tables:
    patient:
      columns:
        name: {type: person_name, belongs_to: [tel]}
        tel: {type: phone, decided_on: '2024-03-01'}
# what a copy is made by
releases:
  test:
    quasi_identifiers:
      patient: [tel, sex]
    tables:
      patient:
        tel: {technique: pseudonym, options: {kind: phone}}
        sex: {technique: shuffle, options: {group: [tel]}}
"""


def document(text: str = CLINIC) -> PolicyDocument:
    return PolicyDocument(Path("clinic.db.steward.yaml"), text.encode())


def ruled(rules: str) -> PolicyDocument:
    return document(f"version: 1\nreleases: {{test: {{tables: {{{rules}}}}}}}\n")


def said_of(policy: PolicyDocument, column: str) -> tuple[object, ...]:
    said = policy.policy
    assert said.classification is not None
    return (
        said.tables["patient"].columns.get(column),
        said.classification.tables["patient"].columns.get(column),
        said.releases["test"].tables["patient"].get(column),
        column in said.releases["test"].quasi_identifiers.get("patient", ()),
    )


@pytest.mark.parametrize("what", MOVES)
def test_options_go_along_with_moved_columns_and_come_back(what: str) -> None:
    before, after = MOVES[what]
    policy = ruled(before)
    policy.carry(SPLIT, LINKS)
    assert policy.policy == ruled(after).policy
    policy.carry(MERGE, LINKS)
    assert policy.policy == ruled(before).policy


def test_whose_data_it_is_comes_back() -> None:
    text = (
        "version: 1\nclassification: {tables: {visit: {columns: {"
        "day: {type: date, belongs_to: [patient_id]}, note: {type: free_text, belongs_to: [patient_id]}}}}}\n"
    )
    policy = document(text)
    policy.carry(SPLIT, LINKS)
    classes = policy.policy.classification
    assert classes is not None and classes.tables["stay"].columns["day"].belongs_to == ["visit_id"]
    policy.carry(MERGE, LINKS)
    assert policy.policy.classification is not None
    assert policy.policy.classification.tables["visit"].columns["day"].belongs_to == ["patient_id"]


def test_a_key_that_is_not_known_leaves_the_way_as_it_is() -> None:
    policy = ruled("bill: {at: {technique: shift, options: {person: [[visit_id], [patient_id]]}}}")
    before = policy.text()
    policy.carry([NewName("visit", "patient_id", "of")])
    assert policy.text() == before


def test_all_that_is_said_of_a_column_is_said_of_the_one_beside_it() -> None:
    policy = document()
    assert policy.carry([BESIDE]) == ()
    assert said_of(policy, "phone") == said_of(policy, "tel")
    said = policy.policy
    assert said.subject_roles[0].columns == ["tel"]  # the key is still that of the old one
    assert said.releases["test"].tables["patient"]["sex"].options == {"group": ["tel"]}
    assert "# ours" in policy.text() and "# what a copy is made by\nreleases:" in policy.text()


def test_what_is_said_of_the_new_column_already_stays() -> None:
    policy = document()
    policy.set_comment("patient", "phone", "ours")
    policy.carry([BESIDE])
    assert policy.policy.tables["patient"].columns["phone"].comment == "ours"


def test_taken_back_it_is_as_it_was() -> None:
    policy = document()
    before = policy.text()
    policy.carry([BESIDE])
    policy.carry([NewName("patient", "phone", "tel", twin=Twin.BESIDE.back)])
    assert policy.policy == document().policy
    assert policy.text().count("#") == before.count("#")


def test_the_old_column_goes_and_comes_back_as_it_was() -> None:
    policy = document()
    policy.carry([BESIDE])
    policy.set_comment("patient", "phone", "since May")
    before = policy.policy.model_copy(deep=True)

    gone = policy.carry([NewName("patient", "tel", "phone", twin=Twin.GOES)])

    assert said_of(policy, "tel") == (None, None, None, False)
    said = policy.policy
    assert said.tables["patient"].columns["phone"].comment == "since May"
    assert said.subject_roles[0].columns == ["phone"]
    assert said.releases["test"].tables["patient"]["sex"].options == {"group": ["phone"]}
    assert said.classification is not None
    assert said.classification.tables["patient"].columns["name"].belongs_to == ["phone"]
    assert len(gone) == 3

    policy.carry([NewName("patient", "phone", "tel", twin=Twin.GOES.back)], kept=gone)
    assert _unordered(policy.policy) == _unordered(before)


def test_without_what_went_the_old_column_is_what_the_new_one_is() -> None:
    policy = document()
    policy.carry([BESIDE])
    before = policy.policy.model_copy(deep=True)
    policy.carry([NewName("patient", "tel", "phone", twin=Twin.GOES)])
    policy.carry([NewName("patient", "phone", "tel", twin=Twin.AGAIN)])
    assert _unordered(policy.policy) == _unordered(before)


def test_of_a_column_that_was_expanded_without_a_word_all_goes_over_to_the_new_name() -> None:
    policy = document()
    there = said_of(policy, "tel")
    assert policy.carry([NewName("patient", "tel", "phone", twin=Twin.GOES)]) == ()
    assert said_of(policy, "phone") == there


PARTS = [NewName("patient", "name", part, twin=Twin.PART_BESIDE) for part in ("given", "family")]


@pytest.mark.parametrize(
    ("technique", "goes_along"),
    [("pseudonym", False), ("generalize", False), ("mask", False), ("remove", True), ("token", True)],
)
def test_parts_are_classified_alike_and_wait_for_a_rule_that_does_not_fit_them(
    technique: str, goes_along: bool
) -> None:
    policy = document(
        CLINIC.replace("sex: {technique", f"name: {{technique: {technique}}}\n        sex: {{technique")
    )
    before = policy.policy.model_copy(deep=True)
    policy.carry(PARTS)
    said = policy.policy
    assert said.classification is not None
    columns, release = said.classification.tables["patient"].columns, said.releases["test"]
    assert columns["given"] == columns["family"] == columns["name"]
    assert ("given" in release.tables["patient"]) is goes_along
    assert release.undecided == ({} if goes_along else {"patient": ["given", "family"]})

    gone = policy.carry(
        [NewName("patient", "name", part, twin=Twin.PART_GOES) for part in ("given", "family")]
    )
    said = policy.policy
    assert said.classification is not None
    assert "name" not in said.classification.tables["patient"].columns
    assert release.undecided == said.releases["test"].undecided

    policy.carry(
        [NewName("patient", part, "name", twin=Twin.PART_AGAIN) for part in ("given", "family")], kept=gone
    )
    policy.carry([NewName("patient", part, "name", twin=Twin.PART_GOES) for part in ("given", "family")])
    assert _unordered(policy.policy) == _unordered(before)


def test_every_change_of_twins_has_one_that_takes_it_back() -> None:
    assert {each: each.back for each in Twin if each is not Twin.NO} == {
        Twin.BESIDE: Twin.GOES,
        Twin.PART_BESIDE: Twin.PART_GOES,
        Twin.GOES: Twin.AGAIN,
        Twin.PART_GOES: Twin.PART_AGAIN,
        Twin.AGAIN: Twin.GOES,
        Twin.PART_AGAIN: Twin.PART_GOES,
    }


def _unordered(policy: Policy) -> object:
    """What is said, whatever order lists of columns have."""
    said = policy.model_dump()
    for release in said["releases"].values():
        release["quasi_identifiers"] = {k: sorted(v) for k, v in release["quasi_identifiers"].items()}
    return said
