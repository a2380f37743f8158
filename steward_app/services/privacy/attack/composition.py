"""Composition of two releases: what is sensitive about a person stands in a group of both, and few values in either.

Ganta, Kasiviswanathan and Smith, "Composition attacks and auxiliary information in data privacy" (2008): each release
may be k-anonymous, and no column put their rows together; a person of both still has a value that both groups have.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from steward_app.kernel.text import quoted
from steward_app.services.privacy.attack.case import Case, Shows
from steward_app.services.privacy.attack.chance import beats, guesses, share_interval
from steward_app.services.privacy.attack.model import Attack, AttackKind
from steward_app.services.privacy.attack.truth import NOBODY, combined
from steward_app.services.privacy.columns import NULL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes


def compose(case: Case, other: Case, known: tuple[str, ...], sensitive: str) -> Attack | None:
    """Guess a sensitive column of everybody in both releases; None where either does not show it, or nothing known."""
    import numpy as np

    started = time.monotonic()
    names = [_exact(each, known, sensitive) for each in (case, other)]
    if not all(names) or any(each.shows.get(sensitive) is not Shows.SAME for each in (case, other)):
        return None
    answer = case.before.codes[sensitive]
    both = (case.belonging.rows != NOBODY) & (other.belonging.rows != NOBODY) & (answer != NULL)
    mine = np.flatnonzero(both)
    if not len(mine):
        return None
    one, two = (_said(each, those, sensitive) for each, those in zip((case, other), names, strict=True))
    groups = [
        combined([each.expected(name) for name in those])[mine]
        for each, those in zip((case, other), names, strict=True)
    ]
    pairs, which = np.unique(combined(groups), return_inverse=True)
    place = np.zeros(len(pairs), np.int64)
    place[which] = np.arange(len(mine))
    left = [one[int(groups[0][at])] & two[int(groups[1][at])] for at in place]
    hit, sure = _right(left, which, answer[mine])
    alone = []
    for said, group in zip((one, two), groups, strict=True):
        values, each = np.unique(group, return_inverse=True)
        alone.append(_right([said[int(value)] for value in values], each, answer[mine]))
    people, person = np.unique(case.persons[mine], return_inverse=True)
    rows = np.bincount(person)
    likely = float((np.bincount(person, weights=hit) / rows).sum())
    named = _persons(person, sure)
    by_one = max(_persons(person, each[1]) for each in alone)
    beyond = max(0, named - by_one)
    _, counts = np.unique(answer[answer != NULL], return_counts=True)
    chance = float(counts.max() / counts.sum())
    interval = share_interval(likely, len(people), len(people))
    by_listed = ", ".join(quoted(name) for name in known)
    return Attack(
        AttackKind.COMPOSITION,
        case.table.name,
        (*case.places(known), *case.places((sensitive,))),
        f"Who knows {by_listed} takes what the groups of both releases have in common in {case.titled(sensitive)}",
        len(people),
        len(people),
        named,
        named,
        likely,
        interval,
        len(people) * chance,
        guesses(len(people), chance),
        case.limit,
        beats(beyond, beyond, share_interval(beyond, len(people), len(people)), guesses(0, 0), case.limit)
        or (case.diverse and beyond > 0),
        time.monotonic() - started,
        (
            f"{named:,} are told for sure by both releases, {by_one:,} by one alone;"
            f" what is beyond one counts against the limit: {beyond:,}.",
        ),
    )


def _exact(case: Case, known: tuple[str, ...], sensitive: str) -> list[str]:
    return [n for n in case.usable(known) if n != sensitive and case.shows[n] is not Shows.NEAR]


def _said(case: Case, names: list[str], sensitive: str) -> dict[int, frozenset[int]]:
    """The sensitive values of each group of a release."""
    import numpy as np

    groups = combined([case.after.codes[name] for name in names])
    values = case.after.codes[sensitive]
    pairs = np.unique(np.stack([groups, values], axis=1)[values != NULL], axis=0)
    found: dict[int, set[int]] = {int(group): set() for group in np.unique(groups)}
    for group, value in pairs.tolist():
        found[group].add(value)
    return {group: frozenset(said) for group, said in found.items()}


def _right(
    left: list[frozenset[int]], which: NDArray[np.int64], answer: Codes
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Of each row the chance that one of the values left is right, and whether there is one alone and it is."""
    import numpy as np

    hit = np.fromiter(
        (
            1 / len(left[at]) if value in left[at] else 0.0
            for at, value in zip(which, answer.tolist(), strict=True)
        ),
        np.float64,
        len(answer),
    )
    return hit, hit == 1.0


def _persons(person: NDArray[np.int64], sure: NDArray[np.bool_]) -> int:
    import numpy as np

    return len(np.unique(person[sure]))
