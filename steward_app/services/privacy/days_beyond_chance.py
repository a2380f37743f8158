"""Whether texts hold certain days more often than chance would: those on which somebody was born."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random
from typing import Final

from steward_app.services.privacy.references import is_beyond_chance
from steward_app.services.privacy.written_days import days_in

_LEAST: Final = 3
_LETTERS: Final = 4
_NEAR: Final = 300  # days


def days_beside_words(text: str) -> frozenset[int]:
    """The days in a text that says more than these, as ordinals."""
    written = list(days_in(text))
    letters = sum(map(str.isalpha, text)) - sum(
        sum(map(str.isalpha, text[each.start : each.end])) for each in written
    )
    return frozenset().union(*(each.ordinals for each in written)) if letters >= _LETTERS else frozenset()


def held_beyond_chance(days: Sequence[Collection[int]], born: frozenset[int]) -> int:
    """How many of some texts hold a day of birth, by the days of each; 0 where chance would give so many."""
    drawn = Random(len(days))  # noqa: S311  a comparison, no secret
    count = sum(not born.isdisjoint(each) for each in days)
    near = sum(any(day + drawn.randint(1, _NEAR) in born for day in each) for each in days)
    by_chance = (near + 1) / (len(days) + 2)
    return count if count >= _LEAST and is_beyond_chance(len(days), count / len(days), by_chance) else 0
