"""What the policy says goes along with new names and places: at the same time, everywhere, and back again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.catalog.policy import PolicyDocument
from steward_app.catalog.policy_model import Policy
from steward_app.catalog.policy_names import NewName
from steward_app.kernel.errors import UsageError

SAID = """version: 1
tables:
  patient:
    comment: One line per patient.
    columns:
      name:
        comment: as written  # ours
      phone:
        comment: with area code
# what is told of changes
audit:
  keep_days: 400
subject_roles:
  - table: patient
    columns: [nurse]
    parent: employee
    role: actor
classification:
  tables:
    patient:
      subjects: patients
      purpose: care
      recipients: [the insurer]
      columns:
        name: {type: name}
        phone:
          type: phone
          retention: 1 year  # short
releases:
  test:
    empty: [patient]
    limits:
      tables:
        patient: {k: 5}
    quasi_identifiers:
      patient: [zip, phone]
    persons:
      patient: [name]
    subset:
      table: patient
      relations:
        - {table: call, columns: [number], parent: patient, parent_columns: [phone]}
    tables:
      patient:
        phone: {technique: redact}
"""
SPLIT = [
    NewName("patient", "phone", "number", "contact", comes_by="patient_id"),
    NewName("patient", "nurse", "nurse", "contact", comes_by="patient_id"),
]
BACK = [
    NewName("contact", "number", "phone", "patient", goes_by="patient_id"),
    NewName("contact", "nurse", "nurse", "patient", goes_by="patient_id"),
]


def document(text: str = SAID) -> PolicyDocument:
    return PolicyDocument(Path("clinic.db.steward.yaml"), text.encode())


def test_a_column_goes_with_all_that_is_said_of_it() -> None:
    policy = document()
    policy.carry(SPLIT)
    said, classes = policy.policy, policy.policy.classification
    assert classes is not None
    assert said.tables["contact"].columns["number"].comment == "with area code"
    assert list(said.tables["patient"].columns) == ["name"]
    there = classes.tables["contact"]
    assert (there.subjects, there.purpose, there.recipients) == ("patients", "care", ["the insurer"])
    assert (there.columns["number"].type, there.columns["number"].retention) == ("phone", "1 year")
    assert there.columns["number"].belongs_to == ["patient_id"]
    release = said.releases["test"]
    assert release.empty == ["patient", "contact"]
    assert release.quasi_identifiers == {"patient": ["zip"], "contact": ["number"]}
    assert release.limits.tables["contact"].k == 5
    assert list(release.tables) == ["contact"]
    assert (said.subject_roles[0].table, said.subject_roles[0].columns) == ("contact", ["nurse"])
    assert "# what is told of changes\naudit:" in policy.text()


def test_it_comes_back() -> None:
    policy, before = document(), document().policy
    policy.carry(SPLIT)
    policy.carry(BACK)
    assert policy.policy == before
    assert "retention: 1 year  # short" in policy.text()


def test_what_was_said_of_a_table_is_said_of_a_column_where_the_other_table_says_otherwise() -> None:
    policy = document(
        "version: 1\nclassification:\n  tables:\n"
        "    contact: {purpose: calls, retention: 1 year, columns: {phone: {type: phone}}}\n"
        "    patient: {purpose: care, retention: 1 year}\n"
    )
    policy.carry([NewName("contact", "phone", "phone", "patient", goes_by="patient_id")])
    classes = policy.policy.classification
    assert classes is not None
    moved = classes.tables["patient"].columns["phone"]
    assert (moved.purpose, moved.retention) == ("calls", "")
    assert classes.tables["contact"].purpose == "calls"  # for the way back


def test_a_table_about_nobody_stays_so_where_its_columns_go() -> None:
    policy = document(
        "version: 1\nclassification:\n  tables:\n    room: {not_personal: rooms}\n"
        "    patient: {subjects: patients}\n"
    )
    policy.carry([NewName("room", "floor", "floor", "patient"), NewName("room", "size", "size", "wall")])
    classes = policy.policy.classification
    assert classes is not None
    assert classes.tables["patient"].columns["floor"].not_personal == "rooms"
    assert classes.tables["wall"].not_personal == "rooms"


def test_nothing_is_carried_where_something_is_said_of_the_new_place() -> None:
    policy = document()
    policy.set_comment("contact", "name", "whom to call")
    said = policy.text()
    with pytest.raises(UsageError, match="“name” already"):
        policy.carry([NewName("contact", "name", "name", "patient", goes_by="patient_id")])
    assert policy.text() == said
    with pytest.raises(UsageError, match="“name” already"):
        policy.carry([NewName("patient", "phone", "name")])
    assert policy.text() == said


def test_a_column_may_be_called_as_a_word_of_the_policy() -> None:
    limits = "releases:\n  a:\n    limits:\n      tables: {patient: {k: 3}}\n"
    text = f"version: 1\ntables:\n  patient: {{comment: people}}\n{limits}"
    policy = document(text)
    policy.carry([NewName("patient", "comment", "note"), NewName("patient", "k", "l")])
    assert policy.text() == text


@given(st.sets(st.sampled_from(["name", "phone", "zip", "nurse"]), min_size=1), st.booleans())
def test_any_columns_go_and_come_back(columns: set[str], renamed: bool) -> None:
    policy, before = document(), document().policy
    names = {column: f"{column}_2" if renamed else column for column in sorted(columns)}
    policy.carry([NewName("patient", was, now, "part", comes_by="of") for was, now in names.items()])
    said = policy.policy
    assert not columns & set(said.tables["patient"].columns if "patient" in said.tables else ())
    assert said.classification is not None and before.classification is not None
    for was, now in names.items():
        words = before.classification.tables["patient"].columns.get(was)
        if words is not None:
            there = said.classification.tables["part"].columns[now]
            assert there == words.model_copy(update={"belongs_to": ["of"]})
    policy.carry([NewName("part", now, was, "patient", goes_by="of") for was, now in names.items()])
    assert _unordered(policy.policy) == _unordered(before)


def _unordered(policy: Policy) -> object:
    """What is said, whatever order lists of columns have."""
    said = policy.model_dump()
    for release in said["releases"].values():
        release["quasi_identifiers"] = {k: sorted(v) for k, v in release["quasi_identifiers"].items()}
    return said


NAMES = ("a", "b", "c", "d")


@given(st.permutations(NAMES), st.permutations(NAMES))
def test_names_are_exchanged_in_any_way_and_back(tables: list[str], columns: list[str]) -> None:
    text = "version: 1\ntables:\n" + "".join(
        f"  {table}:\n    comment: was {table}\n    columns:\n"
        + "".join(f"      {column}:\n        comment: was {table} {column}\n" for column in NAMES)
        for table in NAMES
    )
    policy = document(text)
    names = [NewName(was, "", now, of_table=True) for was, now in zip(NAMES, tables, strict=True)]
    names += [NewName("a", was, now) for was, now in zip(NAMES, columns, strict=True)]
    policy.carry(names)
    said = policy.policy.tables
    assert all(said[now].comment == f"was {was}" for was, now in zip(NAMES, tables, strict=True))
    there = said[tables[0]].columns
    assert all(there[now].comment == f"was a {was}" for was, now in zip(NAMES, columns, strict=True))
    back = [NewName(now, "", was, of_table=True) for was, now in zip(NAMES, tables, strict=True)]
    back += [NewName(tables[0], now, was) for was, now in zip(NAMES, columns, strict=True)]
    policy.carry(back)
    assert policy.text() == text
