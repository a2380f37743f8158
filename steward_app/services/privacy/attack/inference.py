"""Attribute inference: something sensitive about a person is guessed from the rows of the copy that fit what is known.

The guess is what most of those rows say. Beside it stand the most common value of all, which needs no copy of a person,
and what the other rows alone would have said, which the person could not have prevented by staying out of the copy.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from steward_app.services.privacy.along import in_words
from steward_app.services.privacy.attack.case import Case, Shows
from steward_app.services.privacy.attack.chance import beats, guesses, share_interval
from steward_app.services.privacy.attack.model import Attack, AttackKind
from steward_app.services.privacy.attack.truth import NOBODY, combined
from steward_app.services.privacy.columns import NULL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes


def infer(case: Case, known: tuple[str, ...], sensitive: str, marks: tuple[str, ...] = ()) -> Attack | None:
    """Guess a sensitive column of everybody; None where the copy does not show it, or nothing known shows.

    Args:
        marks: columns that are NULL in rows that lead to nobody: these are no one's, and nobody hides among them.
    """
    import numpy as np

    started = time.monotonic()
    names = tuple(
        name for name in case.usable(known) if name != sensitive and case.shows[name] is not Shows.NEAR
    )
    if not names or not case.known or case.shows.get(sensitive) not in (Shows.SAME, Shows.COARSE):
        return None
    rows = case.belonging.rows
    somebody = (rows != NOBODY) & (case.expected(sensitive) != NULL)
    values = case.groups((sensitive,))
    for name in (each for each in marks if case.shows.get(each) is Shows.SAME):
        somebody &= case.before.codes[name] != NULL
        values = np.where(case.groups((name,)) != NULL, values, NULL)
    mine = np.flatnonzero(somebody)
    _, counts = np.unique(values[values != NULL], return_counts=True)
    if not len(mine) or not len(counts):
        return None
    groups = case.groups(names)
    wanted = combined([case.expected(name) for name in names])[mine]
    answer = case.expected(sensitive)[mine]
    hit, sure = _by_majority(groups, values, wanted, answer)
    others, _ = _by_majority(groups, values, wanted, answer, without_own=True)
    people, row_person = np.unique(case.persons[mine], return_inverse=True)
    rows_of = np.bincount(row_person)
    likely = float((np.bincount(row_person, weights=hit) / rows_of).sum())
    certain = int((np.bincount(row_person, weights=sure) > 0).sum())
    without = float((np.bincount(row_person, weights=others) / rows_of).sum())
    chance = float(counts.max() / counts.sum())
    guessing = guesses(len(people), chance)
    persons = case.everybody if case.whole else len(people)
    interval = share_interval(likely, len(people), persons)
    better = 100 * (likely / len(people) - chance)
    # what the others give away is statistics: only what is beyond it counts against the limit
    by_others = guesses(len(people), min(1.0, without / len(people)))
    beyond = max(0.0, likely - max(by_others.high, guessing.high))
    return Attack(
        AttackKind.INFERENCE,
        case.table.name,
        (*case.places(names), *case.places((sensitive,))),
        f"Who knows {in_words(names)} guesses {case.titled(sensitive)}",
        persons,
        len(people),
        len(people),
        certain,
        likely,
        interval,
        len(people) * chance,
        guessing,
        case.limit,
        beats(beyond, beyond, share_interval(beyond, len(people), persons), guesses(0, 0), case.limit)
        or (case.diverse and certain > 0),
        time.monotonic() - started,
        (
            f"{better:+.1f} percentage points beside naming the most common value for everybody.",
            f"From the rows of others alone: {100 * without / len(people):.1f} % right;"
            f" what is beyond both and chance counts against the limit: {100 * beyond / len(people):.1f} %.",
        ),
    )


def _by_majority(
    groups: Codes, values: Codes, wanted: Codes, answer: Codes, *, without_own: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Of each person the chance that the most common value of the group is right, and whether the group says no other.

    Args:
        without_own: the group less the person's own row.
    """
    import numpy as np

    filled = values != NULL
    group_codes, group = np.unique(groups[filled], return_inverse=True)
    value_codes, value = np.unique(values[filled], return_inverse=True)
    cell_codes, counts = np.unique(group.astype(np.int64) * len(value_codes) + value, return_counts=True)
    of_group = cell_codes // max(1, len(value_codes))
    largest, second, ties = _two_largest(of_group, counts, len(group_codes))
    sizes = np.bincount(group, minlength=len(group_codes))
    at, known = _places(group_codes, wanted)
    which, said = _places(value_codes, answer)
    place, there = _places(cell_codes, at * len(value_codes) + which)
    there &= known & said
    count = np.where(there, counts[place], 0)
    if without_own:
        first = there & (count == largest[at]) & (ties[at] == 1)
        left, rival = count - 1, second[at]
        hit = np.where(first & (left > rival), 1.0, np.where(first & (left == rival) & (left > 0), 0.5, 0.0))
        most_common = value_codes[np.bincount(value).argmax()] if len(value) else NULL
        return np.where(sizes[at] == 1, answer == most_common, hit), np.zeros(len(wanted), bool)
    hit = np.where(there & (count == largest[at]), 1.0 / ties[at], 0.0)
    return hit, there & (sizes[at] == count)


def _two_largest(
    of_group: NDArray[np.int64], counts: NDArray[np.int64], groups: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of each group the largest count, the next smaller one, and how many values have the largest."""
    import numpy as np

    largest, second = np.zeros(groups, np.int64), np.zeros(groups, np.int64)
    np.maximum.at(largest, of_group, counts)
    is_largest = counts == largest[of_group]
    ties = np.bincount(of_group, weights=is_largest, minlength=groups).astype(np.int64)
    np.maximum.at(second, of_group[~is_largest], counts[~is_largest])
    return largest, second, ties


def _places(ordered: Codes, wanted: Codes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    import numpy as np

    if not len(ordered):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), bool)
    at = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return at, ordered[at] == wanted
