"""What is taken out of a policy leaves every remark, and what was put in comes out without a trace."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.catalog.policy import PolicyDocument
from steward_app.kernel.errors import UsageError

TEXT = """# head
version: 1   # of the form

# the decisions
classification:
  # who
  controller: {name: Clinic, contact: desk}
  tables:
    # the people
    patient:
      subjects: patients   # asked
      columns:
        # first
        email:
          type: email   # sure
          level: restricted
        # second
        notes:
          type: health_text
          purpose: |
            Care.
            # not a remark

        # last
    visit:
      columns:
        day: {type: person_date, level: internal}
other: [kept, as it is]
# the end
"""
COLUMNS = ("classification", "tables", "patient", "columns")
DAY = ("classification", "tables", "visit", "columns", "day")


def _document(text: str = TEXT) -> PolicyDocument:
    return PolicyDocument(Path("clinic.db.steward.yaml"), text.encode("utf-8"))


def _remarks(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("#")]


@pytest.mark.parametrize(
    ("paths", "gone"),
    [
        ([(*COLUMNS, "email")], ["email:", "type: email   # sure", "level: restricted"]),
        ([(*COLUMNS, "email", "level")], ["level: restricted"]),
        ([(*COLUMNS, "notes", "purpose")], ["purpose: |", "Care.", "# not a remark"]),
        ([DAY], ["visit:", "day: {type: person_date, level: internal}"]),
        ([("version-2",)], []),
    ],
)
def test_its_own_lines_go_and_no_others(paths: list[tuple[str, ...]], gone: list[str]) -> None:
    document = _document()
    document.remove(paths)
    left = [line.strip() for line in document.text().splitlines()]
    assert [line.strip() for line in TEXT.splitlines() if line.strip() not in left] == gone


def test_names_above_that_would_say_nothing_go_too() -> None:
    document = _document()
    document.remove(
        [(*COLUMNS, "email"), (*COLUMNS, "notes"), DAY, ("classification", "tables", "patient", "subjects")]
    )
    assert "tables:" not in document.text()
    assert set(_remarks(document.text())) == set(_remarks(TEXT)) - {"# not a remark"}
    document.remove([("classification", "controller")])
    assert "classification:" not in document.text()
    assert document.policy.classification is None


def test_a_key_that_shares_its_line_goes_alone() -> None:
    document = _document()
    document.remove([(*DAY, "level"), ("classification", "controller", "name")])
    assert "day: {type: person_date}" in document.text()
    assert "controller: {contact: desk}" in document.text()


def test_what_would_not_be_valid_then_stays() -> None:
    document = _document()
    with pytest.raises(UsageError):
        document.remove([("version",)])
    assert document.text() == TEXT


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@settings(max_examples=50)
@given(
    table=names,
    columns=st.lists(names, min_size=1, max_size=4, unique_by=lambda name: name.casefold()),
    order=st.randoms(),
)
def test_what_was_put_in_comes_out_without_a_trace(table: str, columns: list[str], order: object) -> None:
    document = _document()
    tables = ("classification", "tables")
    path = document.spelt((*tables, table, "columns"))
    fresh = [column for column in columns if document.at(document.spelt((*path, column))) is None]
    document.put_all({(*path, column, "type"): "email" for column in fresh})
    document.put_all({(*path, column, "belongs_to"): ["a", "b"] for column in fresh})
    again = _document(document.text())
    again.remove([(*path, column) for column in fresh])
    assert again.text() == TEXT
