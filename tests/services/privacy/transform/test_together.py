"""Columns that are looked up together become what each of them becomes by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform import together as module
from steward_app.services.privacy.transform.cells import CellStep, every_class
from steward_app.services.privacy.transform.json_text import JsonStep
from steward_app.services.privacy.transform.model import Step, TableTransform
from steward_app.services.privacy.transform.together import together

VALUES = st.sampled_from(["", "a", "b", "Eva", None, b"", b"a", 0, 1, 0.0, -0.0, 1.0, 2])
TEXTS = st.sampled_from(["", "a", "b", "Eva", None])


class Counting:
    """What becomes of values here says of which type they were; and how many were asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, values: Sequence[Any]) -> Sequence[SqlValue]:
        self.asked += len(values)
        return [repr(value) for value in values]


def steps(columns: int) -> dict[int, Step]:
    return {place: CellStep(every_class(Counting()), blanks=True) for place in range(columns)}


def table(columns: int, *, by_row: bool) -> TableTransform:
    names = tuple("abcdef"[:columns])
    made = steps(columns)
    return TableTransform("t", names, names, made, together(made) if by_row else None)


@given(
    st.lists(st.lists(st.tuples(TEXTS, VALUES, TEXTS), max_size=6), max_size=12),
    st.lists(st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=6), max_size=12),
    st.integers(0, 8),
)
def test_it_is_the_same_whenever_it_is_judged(
    first: list[list[tuple[SqlValue, ...]]], then: list[list[tuple[SqlValue, ...]]], judged_after: int
) -> None:
    alone, by_row = table(3, by_row=False), table(3, by_row=True)
    with pytest.MonkeyPatch.context() as patch, by_row.remembering(100_000):
        patch.setattr(module, "_JUDGED_AFTER", judged_after)
        for batch in [*first, *then]:
            assert by_row.apply(batch) == alone.apply(batch)


def test_a_row_that_comes_again_is_not_looked_up_by_column() -> None:
    transform = table(4, by_row=True)
    rows = [(f"name {n % 7}", f"street {n % 7}", f"login {n}", n % 7) for n in range(100_000)]
    changed = [row for at in range(0, len(rows), 500) for row in transform.apply(rows[at : at + 500])]
    assert changed == [tuple(map(repr, row)) for row in rows]
    assert transform.together is not None
    assert transform.together._of_rows == (0, 1)  # neither what is never the same twice, nor numbers
    assert len(transform.together._remembering._known) == 7


def test_rows_are_forgotten_after_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_JUDGED_AFTER", 0)
    transform = table(2, by_row=True)
    assert transform.together is not None
    remembering = transform.together._remembering
    with transform.remembering(1_000_000):
        assert remembering.most_bytes == 500_000
        for start in range(0, 400, 10):
            rows = [(f"{n % 37:02}" + "x" * 20_000, "y") for n in range(start, start + 10)]
            assert transform.apply(rows) == [tuple(map(repr, row)) for row in rows]
            assert sum(len(name) for name, _ in remembering._known) <= 500_000
    assert not remembering._known


def test_one_column_or_one_that_needs_its_row_is_not_looked_up_together() -> None:
    (cell,) = steps(1).values()
    assert together({0: cell}) is None
    assert together({0: cell, 1: JsonStep({"$.a": cell}, lambda value: value)}) is None
