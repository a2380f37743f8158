"""Microaggregation keeps different rows of numbers once each, and says so where even these are too many."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from builders.transforms import released, rule, rules
from steward_app.kernel.errors import Refused
from steward_app.services.privacy.transform import grouped
from steward_app.services.privacy.transform.grouped import Counted, Groups, numbers

NUMBERS = st.sampled_from([None, 0, 1, 2.5, -3, "4", "x"])


@given(st.lists(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6), max_size=8), st.integers(1, 9))
def test_every_row_is_counted_however_they_come(
    batches: list[list[tuple[object, object]]], merged: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouped, "_MERGED_FROM", merged)
        counted, wanted = Counted(2), Counter[str]()
        for batch in batches:
            rows = numbers(list(zip(*batch, strict=True)))  # type: ignore[arg-type]
            counted.add(rows)
            wanted.update(map(str, rows.tolist()))
        found, counts = counted.told()
    assert dict(zip(map(str, found.tolist()), counts.tolist(), strict=True)) == wanted
    assert [len(found), int(counts.sum())] == [len(wanted), wanted.total()]


def test_counts_stand_for_rows() -> None:
    rows = np.array([[1.0], [2.0], [9.0]])
    groups = Groups(rows, np.array([3, 1, 4]), 4)
    assert groups.rows == 8
    assert groups.smallest == 4
    assert groups.means(rows, 0).tolist() == [1.25, 1.25, 9.0]


def test_too_many_different_rows_are_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouped, "MOST_NUMBERS", 20)
    rows = [(n, n * 1.5, n % 3) for n in range(30)]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, v REAL, w REAL", rows=rows).build()
    released(path, rules(rule("t", "w", "microaggregate")))
    with pytest.raises(Refused) as refused:
        released(path, rules(rule("t", "v", "microaggregate")))
    assert "rows differ in it" in str(refused.value)
