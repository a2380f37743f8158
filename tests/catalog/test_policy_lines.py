"""Policies that are written plainly are read and changed line by line, as YAML would read and change them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.catalog import policy_edits, policy_lines, policy_text
from steward_app.catalog.policy import PolicyDocument

TEXT = """\
# What we decided.
version: 1

tables:
  visit:
    comment: |-
      One line per visit.
      classification: not this
audit: {keep_days: 400}
classification:
  controller:
    name: "Riverside \\u2014 Clinic"   # as in the register of companies
    transfers: none
  tables:
    patient:
      subjects: patients
      purpose: Care
      recipients: [insurers, 'the state']
      columns:
        email:
          type: email
          level: restricted
          # the level was asked for by the board
          decided_by: ann
          decided_on: '2026-11-20'
        "2024":
          not_personal: It's a year, e.g. 10:30
          belongs_to:
          - a
          - "b: c"

        notes:
          type: health_text   # see minutes
    # new tables go here
releases:
  research:
    limits:
      k: 5
      risk: 0.09
"""
COLUMNS = ("classification", "tables", "patient", "columns")


def _as_yaml(text: str) -> Any:
    return policy_text.parse(text)[1]


def _lines(text: str) -> policy_lines.Lines:
    found = policy_lines.read(text)
    assert found is not None
    return found


def test_it_says_what_yaml_says() -> None:
    found = _lines(TEXT)
    assert found.data == _as_yaml(TEXT)
    assert set(found.top) == {"version", "classification", "releases"}  # the others are left to YAML


@pytest.mark.parametrize(
    "text",
    [
        "classification: *a\n",
        "version: 1\nversion: 1\n",
        "a:\n  b: 1\n  b: 2\n",
        "a: word\n   b: 1\n",
        "a:\n    b: 1\n  c: 2\n",
        "a: 'one\n  two'\n",
        "a: one\n  two\n",
        "a:\n- b: 1\n",
        "a: 2026-11-20\n",
        "a: 0o17\n",
        "a: yes\n",
        "a: .5\n",
        "a:\tb\n",
        "a: !!str 1\n",
        "--- \na: b\n",
        "",
        "# nothing\n",
    ],
)
def test_what_is_written_otherwise_is_left_to_yaml(text: str) -> None:
    found = policy_lines.read(text)
    assert found is None or not found.top


def test_a_section_that_only_seems_to_begin_inside_a_text_is_none() -> None:
    text = "version: 1\ntables: \"x\nclassification:\n  tables: 'y'\nrest: z\"\n"
    assert policy_lines.read(text) is None


WORDS = st.text(st.sampled_from("aZ_$é:#-?'\"[]{},&*!|>%@`1.0 ~\\=\u202e\n"), max_size=8)
PIECES = st.sampled_from(TEXT.splitlines(keepends=True)) | WORDS.map(lambda each: f"{each}\n")


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=12).map("".join), st.randoms(use_true_random=False))
def test_any_text_is_read_as_yaml_reads_it_or_not_at_all(text: str, chance: Any) -> None:
    lines = TEXT.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines)), text)
    for each in (text, "".join(lines)):
        found = policy_lines.read(each)
        if found is None:
            continue
        try:
            assert found.data == _as_yaml(each)
        except policy_text.NOT_YAML:
            pytest.fail("what is not YAML was read")


@settings(max_examples=100)
@given(st.dictionaries(WORDS | st.text(max_size=8), WORDS | st.text(max_size=8), max_size=4))
def test_what_this_program_writes_is_read_again(said: dict[str, str]) -> None:
    text = policy_text.dump(policy_text.writer(()), {"version": 1, "tables": {"t": {"columns": said}}})
    found = policy_lines.read(text)
    assert found is None or found.data == _as_yaml(text)


WITH_REMARKS = ((*COLUMNS, "notes", "type"), ("classification", "controller", "name"))
VALUES = st.sampled_from(["email", "a: b # c", "yes", "2026-11-20", "", "‮x", 5, True]) | st.just(
    ["x", "y: z"]
)
PATHS = st.sampled_from(
    [
        (*COLUMNS, "email", "level"),
        (*COLUMNS, "email", "purpose"),
        (*COLUMNS, "2024", "belongs_to"),
        (*COLUMNS, "notes", "type"),
        (*COLUMNS, "new: one", "type"),
        (*COLUMNS, "new: one", "paths", "$.a[*]", "type"),
        ("classification", "tables", "patient", "recipients"),
        ("classification", "tables", "other", "columns", "c", "type"),
        ("classification", "controller", "name"),
        ("releases", "research", "limits", "k"),
    ]
)


@settings(max_examples=100)
@given(st.dictionaries(PATHS, VALUES, max_size=5))
def test_a_change_says_what_the_same_change_of_the_yaml_says(values: dict[tuple[str, ...], Any]) -> None:
    by_lines = policy_edits.put(_lines(TEXT), values)
    if any(isinstance(values.get(path), list) for path in WITH_REMARKS):
        assert by_lines is None  # where would the remark behind it go?
        return
    assert by_lines is not None
    yaml, data = policy_text.parse(TEXT)
    for path, value in values.items():
        policy_text.put(data, path, value)
    assert _as_yaml(by_lines) == _as_yaml(policy_text.dump(yaml, data))
    assert [line for line in by_lines.splitlines() if line.lstrip().startswith("#")] == [
        line for line in TEXT.splitlines() if line.lstrip().startswith("#")
    ]
    assert policy_lines.read(by_lines) is not None


def test_nothing_but_the_lines_that_are_meant_changes() -> None:
    text = policy_edits.put(_lines(TEXT), {(*COLUMNS, "notes", "type"): "email"})
    assert text == TEXT.replace("type: health_text   #", "type: email   #")
    text = policy_edits.put(_lines(TEXT), {(*COLUMNS, "day", "type"): "person_date"})
    assert text == TEXT.replace(
        "# see minutes\n", "# see minutes\n        day:\n          type: person_date\n"
    )
    text = policy_edits.remove(_lines(TEXT), {(*COLUMNS, "2024")})
    assert text is not None
    assert _as_yaml(text)["classification"]["tables"]["patient"]["columns"].keys() == {"email", "notes"}
    assert len(TEXT.splitlines()) - len(text.splitlines()) == 5


def test_what_would_take_remarks_away_is_left_to_yaml() -> None:
    assert policy_edits.remove(_lines(TEXT), {(*COLUMNS, "email")}) is None
    assert policy_edits.remove(_lines(TEXT), {("tables", "visit")}) is None
    assert policy_edits.put(_lines(TEXT), {("tables", "visit", "comment"): "x"}) is None


def test_keys_above_that_would_say_nothing_go_too() -> None:
    text = "version: 1\na:\n  # stays\n  b:\n\n    c: d\n    e: f\nlast: 1\n"
    taken = policy_edits.remove(_lines(text), {("a", "b", "c"), ("a", "b", "e")})
    assert taken == "version: 1\n  # stays\nlast: 1\n"


def test_a_document_changes_by_lines_and_by_yaml_in_turn() -> None:
    document = PolicyDocument(Path("clinic.db.steward.yaml"), TEXT.encode())
    document.put((*COLUMNS, "email", "type"), "phone")
    document.set_comment("visit", "", "Other words")
    document.put((*COLUMNS, "email", "level"), "public")
    document.remove([(*COLUMNS, "email")])
    again = PolicyDocument(Path("clinic.db.steward.yaml"), document.text().encode())
    assert again.policy == document.policy
    assert document.comments()["visit", ""] == "Other words"
    assert document.at(COLUMNS).keys() == {"2024", "notes"}  # type: ignore[attr-defined]


def test_a_thousand_decisions_are_read_by_lines() -> None:
    said = {f"c{n}": {"type": "email", "decided_on": "2026-11-20", "belongs_to": ["id"]} for n in range(1000)}
    text = policy_text.dump(
        policy_text.writer(()),
        {"version": 1, "classification": {"tables": {"t": {"columns": said}}}},
    )
    found = _lines(text)
    assert found.top.keys() == {"version", "classification"}
    assert found.data == _as_yaml(text)
