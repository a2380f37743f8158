"""Columns that foreign keys lead to, in words: "visit_id>born" is “born” of “visit_id”."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from steward_app.kernel.text import quoted


def in_words(names: Iterable[str], show: Callable[[str], str] = quoted) -> str:
    """Names of columns as `reach.path_of` gives them, those of one way together.

    Args:
        show: how a name is written.
    """
    ways: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        *steps, last = name.split(">")
        ways.setdefault(tuple(steps), []).append(last)
    told = []
    for way, columns in ways.items():
        told.append(" of ".join((", ".join(map(show, columns)), *map(show, reversed(way)))))
    return "; ".join(told)


def groups_in_words(
    by: Iterable[str], leading_to: Iterable[str] = (), show: Callable[[str], str] = quoted
) -> str:
    """By what rows were put into groups; where only rows were counted that lead to what is learnt, which."""
    told, to = in_words(by, show), in_words(leading_to, show)
    return f"{told}, of rows that lead to {to}" if to else told


def persons_in_words(
    named: Iterable[str], otherwise: Iterable[str], tell: Callable[[Iterable[str]], str] = in_words
) -> str:
    """What tells whose a row is, and by what else it is told where that is empty.

    Args:
        tell: how names are written.
    """
    others = [tell((each,)) for each in otherwise]
    return f"{tell(named)}{', where that is empty by ' if others else ''}{', else by '.join(others)}"
