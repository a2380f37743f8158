"""Values that were changed once are looked up, and whoever asks gets what they always get."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform import cells
from steward_app.services.privacy.transform.cells import CellStep, Remembering
from steward_app.services.privacy.transform.json_text import JsonStep
from steward_app.services.privacy.transform.model import TableTransform


class Doubling:
    """What is remembered here, and how it was asked for it."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, values: Sequence[str]) -> Sequence[SqlValue]:
        self.asked.append(list(values))
        return [value * 2 or None for value in values]


@given(st.lists(st.lists(st.sampled_from(["", *"abcdefgh"]), max_size=8), max_size=12), st.integers(1, 9))
def test_it_gives_what_the_function_gives_however_little_it_may_remember(
    batches: list[list[str]], remembered: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "REMEMBERED", remembered)
        patch.setattr(cells, "_JUDGED_AFTER", 5)
        step = Remembering(Doubling())
        assert [step(batch) for batch in batches] == [
            [each * 2 or None for each in batch] for batch in batches
        ]


def test_a_known_value_is_not_asked_for_again_even_where_it_becomes_null() -> None:
    doubling = Doubling()
    step = Remembering(doubling)
    step(["a", "", "a"])
    step(["", "a"])
    step(["a", "b"])
    assert [sorted(each) for each in doubling.asked] == [["", "a"], ["b"]]


def test_a_technique_that_fails_does_not_carry_the_value_that_was_looked_up() -> None:
    def failing(values: Sequence[str]) -> Sequence[SqlValue]:
        raise RuntimeError("the technique failed")

    with pytest.raises(RuntimeError) as failed:
        Remembering(failing)(["Eva Meier"])
    assert failed.value.__context__ is None


def test_large_values_are_remembered_within_bytes_and_forgotten_after_the_table() -> None:
    step = CellStep({str: Doubling()})
    remembering = step._by_class[str]
    assert isinstance(remembering, Remembering)
    table = TableTransform(
        "t", ("a", "b"), ("a", "b"), {0: step, 1: JsonStep({"$.a": step}, lambda value: value)}
    )
    with table.remembering(2_000_000):
        assert remembering.most_bytes == 1_000_000
        for start in range(0, 400, 10):
            values = [f"{n % 37:02}" + "x" * 20_000 for n in range(start, start + 10)]
            assert step.changed(values) == [value * 2 for value in values]
            assert sum(map(len, remembering._known)) <= 1_000_000
    assert not remembering._known


def test_the_classes_that_are_there_share_the_memory() -> None:
    step = CellStep({kind: (lambda values: values) for kind in (str, int, float, bytes)})
    memories = {kind: many for kind, many in step._by_class.items() if isinstance(many, Remembering)}
    step.remember_at_most(1_000_000)
    step.changed(["a", "b"])
    assert memories[str].most_bytes == 1_000_000
    step.changed(["a", 1])
    assert [memories[kind].most_bytes for kind in (str, int)] == [500_000, 500_000]
    step.remember_at_most(0)
    assert not any(many._known for many in memories.values())
