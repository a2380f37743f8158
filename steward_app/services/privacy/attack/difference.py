"""Difference of two releases: rows of both are put together, and who is in one alone is told apart.

Rows of two releases belong together where a column of pseudonyms or keys holds the same values in both: the same key
gives the same pseudonyms. The attacker then takes from each release the columns that it shows best, the mean of numbers
to which noise was added twice, and whoever stands in one release only has left or joined in between.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.attack.case import Case, Shows
from steward_app.services.privacy.attack.chance import beats, guesses, share_interval
from steward_app.services.privacy.attack.linkage import link
from steward_app.services.privacy.attack.model import Attack, AttackKind, Knowledge
from steward_app.services.privacy.attack.truth import NOBODY, combined, match
from steward_app.services.privacy.columns import NULL, Columns, distinct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BEST: Final = (Shows.SAME, Shows.COARSE, Shows.NEAR, Shows.KEYED, Shows.MOVED, Shows.NOTHING)
_LINKS_FROM: Final = 0.5


@dataclass(frozen=True, slots=True)
class Linked:
    """Rows of two releases that belong together.

    Attributes:
        by: the column that tells.
        rows: of each row of the first release, its row in the second, or `NOBODY`.
        back: of each row of the second, its row in the first.
    """

    by: str
    rows: NDArray[np.int64]
    back: NDArray[np.int64]


def linked(first: Columns, second: Columns) -> Linked | None:
    """The column by which most rows of two releases belong together, or None."""

    best: Linked | None = None
    for name in first.codes.keys() & second.codes.keys():
        if distinct(first.codes[name]) < 0.99 * first.read or first.read < 2:
            continue
        if distinct(second.codes[name]) < 0.99 * second.read or second.read < 2:
            continue
        rows = match(first.codes[name], second.codes[name])
        count = int((rows != NOBODY).sum())
        if count < _LINKS_FROM * min(first.read, second.read):
            continue
        if best is None or count > int((best.rows != NOBODY).sum()):
            best = Linked(name, rows, match(second.codes[name], first.codes[name]))
    return best


def together(case: Case, other: Case, knowledge: Knowledge, context: Context) -> Attack | None:
    """Linkage with what both releases show; None where their rows cannot be put together, or that shows no more."""
    import numpy as np

    found = linked(case.after, other.after)
    if found is None or not case.known or not other.known:
        return None
    after = Columns(case.table.name, case.after.rows, case.after.read, dict(case.after.codes))
    after.numbers, after.forms = dict(case.after.numbers), dict(case.after.forms)
    shows, gained = dict(case.shows), []
    there = found.rows != NOBODY
    for name, theirs in other.shows.items():
        mine = shows.get(name, Shows.NOTHING)
        if theirs is Shows.NEAR and mine is Shows.NEAR:
            again = np.where(there, other.after.numbers[name][found.rows], np.nan)
            mean = np.nanmean(np.stack([after.numbers[name], again]), axis=0)
            after.numbers[name] = np.where(np.isnan(again), after.numbers[name], mean)
            gained.append(name)
        elif theirs is Shows.COARSE and mine is Shows.COARSE:
            again = np.where(there, other.after.codes[name][found.rows], NULL)
            both = combined([after.codes[name], again])
            if distinct(both) > distinct(after.codes[name]):  # what one says of a value, the other divides
                after.codes[name] = both
                gained.append(name)
        elif _BEST.index(theirs) < _BEST.index(mine) and theirs in (Shows.SAME, Shows.COARSE, Shows.NEAR):
            after.codes[name] = np.where(there, other.after.codes[name][found.rows], NULL)
            if name in other.after.numbers:
                after.numbers[name] = np.where(there, other.after.numbers[name][found.rows], np.nan)
            shows[name] = theirs
            gained.append(name)
    if not set(gained) & set(knowledge.columns):
        return None
    started = time.monotonic()
    attack = link(replace(case, after=after, shows=shows), knowledge, context)
    if attack is None:
        return None
    told = f"Both releases were put together by {quoted(found.by)}; {_gain(gained)}."
    return replace(
        attack,
        kind=AttackKind.DIFFERENCE,
        title=f"With both releases: {attack.title[0].lower()}{attack.title[1:]}",
        seconds=time.monotonic() - started,
        details=(told, *attack.details),
    )


def who_left(case: Case, other: Case) -> Attack | None:
    """Persons of whom it can be told that they stand in one of two releases only."""
    import numpy as np

    started = time.monotonic()
    if not case.known or not other.known:
        return None
    mine, theirs = case.belonging.rows, other.belonging.rows
    in_one = _one_only(case.persons, mine != NOBODY, theirs != NOBODY)
    people = distinct(case.persons)
    found = linked(case.after, other.after)
    if found is not None:
        claimed_first, claimed_second = found.rows == NOBODY, found.back == NOBODY
        how = f"By {quoted(found.by)}, which holds the same values for the same rows of both."
    else:
        names = [
            n for n in case.usable() if n in other.usable() and case.shows[n] is other.shows[n] is Shows.SAME
        ]
        if not names:
            return None
        one, two = (combined([each.after.codes[name] for name in names]) for each in (case, other))
        claimed_first, claimed_second = _alone(one, two), _alone(two, one)
        how = f"By rows whose {', '.join(quoted(name) for name in names)} stand in one release alone."
    claims = np.concatenate([case.persons_after()[claimed_first], other.persons_after()[claimed_second]])
    claimed = np.unique(claims)
    right = int(np.isin(claimed, in_one).sum())
    chance = len(in_one) / people
    guessing = guesses(len(claimed), chance)
    interval = share_interval(right, people, people)
    known = [name for name in case.usable() if case.shows[name] is not Shows.NEAR]
    return Attack(
        AttackKind.DIFFERENCE,
        case.table.name,
        case.places((found.by,) if found else tuple(names)),
        f"Who holds both releases tells who left {quoted(case.table.name)} or joined it",
        people,
        people,
        len(claimed),
        right,
        float(right),
        interval,
        len(claimed) * chance,
        guessing,
        case.limit,
        bool(known) and 0 < len(in_one) < people and beats(right, right, interval, guessing, case.limit),
        time.monotonic() - started,
        (how, f"{plural(len(in_one), 'person stands', 'persons stand')} in one of the releases only."),
    )


def _one_only(
    persons: NDArray[np.int64], first: NDArray[np.bool_], second: NDArray[np.bool_]
) -> NDArray[np.int64]:
    import numpy as np

    return np.setxor1d(np.unique(persons[first]), np.unique(persons[second]))


def _alone(codes: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows whose code occurs once here and not there."""
    import numpy as np

    values, counts = np.unique(codes, return_counts=True)
    once = values[(counts == 1) & ~np.isin(values, others)]
    return np.isin(codes, once)


def _gain(names: list[str]) -> str:
    return f"the other one adds what it shows of {', '.join(quoted(name) for name in names)}"
