"""Changes of a text, each of a part of it, so that all else stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Change(NamedTuple):
    """What is written instead of a part of a text."""

    start: int
    end: int
    instead: str


def changed(text: str, changes: Iterable[Change]) -> str:
    """A text with its changes, which are in order and apart."""
    parts, at = [], 0
    for start, end, instead in changes:
        parts += [text[at:start], instead]
        at = end
    return "".join((*parts, text[at:]))


def apart(changes: Sequence[Change]) -> list[Change]:
    """Changes in order, of which none overlaps the one before: where two do, what the first writes stands for both."""
    found: list[Change] = []
    for each in sorted(changes, key=lambda change: (change.start, -change.end)):
        if found and each.start < found[-1].end:
            found[-1] = found[-1]._replace(end=max(found[-1].end, each.end))
        else:
            found.append(each)
    return found
