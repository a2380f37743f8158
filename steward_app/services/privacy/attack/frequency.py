"""Frequency matching: the most common pseudonym is taken for the most common original, and so on down.

The attacker knows how often each value occurs, as statistics and registers tell, and nothing of any person. Values that
occur equally often cannot be told apart: one of them is guessed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from steward_app.services.privacy.attack.case import Case, Shows
from steward_app.services.privacy.attack.chance import beats, guesses, share_interval
from steward_app.services.privacy.attack.model import WHOM_IT_NAMES, Attack, AttackKind
from steward_app.services.privacy.attack.truth import NOBODY, match
from steward_app.services.privacy.columns import NULL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes


def match_frequencies(case: Case, name: str) -> Attack | None:
    """Carry the attack out on a column of pseudonyms; None where it holds none, or nothing repeats."""
    import numpy as np

    started = time.monotonic()
    if case.shows.get(name) is not Shows.KEYED or not case.known:
        return None
    mine = np.flatnonzero(case.belonging.rows != NOBODY)
    old, new = case.before.codes[name], case.after.codes[name]
    mine = mine[(old[mine] != NULL) & (new[case.belonging.rows[mine]] != NULL)]
    if not len(mine):
        return None
    every, of_copy = case.groups_before(name), case.groups((name,))
    olds, old_low, old_high, most = _ranks(every[every != NULL])
    news, new_low, new_high, _ = _ranks(of_copy[of_copy != NULL])
    if most == 1:
        return None
    truth, said = match(old[mine], olds), match(new[case.belonging.rows[mine]], news)
    low = np.maximum(old_low[truth], new_low[said])
    high = np.minimum(old_high[truth], new_high[said])
    ties_old = old_high[truth] - old_low[truth] + 1
    ties_new = new_high[said] - new_low[said] + 1
    hit = np.maximum(0, high - low + 1) / (ties_old * ties_new)
    sure = (hit == 1.0) & (ties_old == 1) & (ties_new == 1)
    claimed = (ties_new == 1) & _alone(new_low[said], old_low, old_high)
    people, row_person = np.unique(case.persons[mine], return_inverse=True)
    best, named, claims = np.zeros(len(people)), np.zeros(len(people)), np.zeros(len(people))
    for target, values in ((best, hit), (named, sure), (claims, claimed)):
        np.maximum.at(target, row_person, values.astype(np.float64))
    chance = 1 / len(olds) if case.named_by else most / int((every != NULL).sum())
    guessing = guesses(len(people), chance)
    likely, reidentified = float(best.sum()), int(named.sum())
    persons = case.everybody if case.whole else len(people)
    interval = share_interval(likely, len(people), persons)
    return Attack(
        AttackKind.FREQUENCY,
        case.table.name,
        case.places((name,)),
        f"Who knows how often each value occurs matches it with the pseudonyms of {case.titled(name)}",
        persons,
        len(people),
        int(claims.sum()),
        reidentified,
        likely,
        interval,
        len(people) * chance,
        guessing,
        case.limit,
        beats(reidentified, likely, interval, guessing, case.limit),
        time.monotonic() - started,
        (
            f"{len(news):,} different pseudonyms, {len(olds):,} different originals.",
            *((WHOM_IT_NAMES,) if case.named_by else ()),
        ),
    )


def _ranks(codes: Codes) -> tuple[Codes, NDArray[np.int64], NDArray[np.int64], int]:
    """The different codes, the first and last rank each may have by how often it occurs, and the highest count."""
    import numpy as np

    values, counts = np.unique(codes, return_counts=True)
    if not len(counts):
        return values, counts, counts, 0
    ordered = np.sort(-counts)
    low = np.searchsorted(ordered, -counts)
    high = np.searchsorted(ordered, -counts, side="right") - 1
    return values, low, high, int(counts.max())


def _alone(ranks: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether exactly one original may have each rank."""
    import numpy as np

    alone = np.unique(low[low == high])
    return np.isin(ranks, alone)
