"""Attacks on all rows of a person together: the mean of what noise was added to, and the days between dates.

Noise that is added row by row is averaged away where a person has several rows and the value is the same in all of
them. Dates that move by as many days for all rows of a person keep what lies between them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural
from steward_app.services.privacy.attack.case import Case, Shows
from steward_app.services.privacy.attack.linkage import link
from steward_app.services.privacy.attack.model import Attack, AttackKind, Knowledge
from steward_app.services.privacy.attack.truth import NOBODY, Belonging, combined
from steward_app.services.privacy.columns import Columns, Form

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes, Numbers

_ALIKE_FROM: Final = 0.5
"""Of the persons with several rows, so many have the same value in all of them: it is one of the person."""
_FEWEST_EVENTS: Final = 3


@dataclass(frozen=True, slots=True)
class _People:
    """The persons whose rows are known in the copy.

    Attributes:
        before, after: rows of both files that belong together.
        person: of each of these pairs, the number of its person.
        count: of persons.
    """

    before: NDArray[np.int64]
    after: NDArray[np.int64]
    person: NDArray[np.int64]
    count: int


def averaged(case: Case, knowledge: Knowledge, context: Context, *, judged: bool) -> Attack | None:
    """Linkage of persons by the mean of each noisy column; None where nothing can be averaged."""
    started = time.monotonic()
    near = [name for name in case.usable(knowledge.columns) if case.shows[name] is Shows.NEAR]
    people = _people(case) if near else None
    if people is None:
        return None
    near = [name for name in near if _is_of_the_person(case, name, people)]
    exact = [
        name
        for name in case.usable(knowledge.columns)
        if case.shows[name] is not Shows.NEAR and _is_constant(case.expected(name)[people.before], people)
    ]
    if not near:
        return None
    first = _first(people)
    before, after = (Columns(case.table.name, people.count, people.count) for _ in range(2))
    for name in near:
        before.numbers[name] = _means(case.before.numbers[name][people.before], people)
        after.numbers[name] = _means(case.after.numbers[name][people.after], people)
    for name in exact:
        before.codes[name] = after.codes[name] = case.expected(name)[people.before][first]
    shows = dict.fromkeys(near, Shows.NEAR) | dict.fromkeys(exact, Shows.SAME)
    attack = link(
        _of_people(case, before, after, people, shows),
        Knowledge(knowledge.table, (*exact, *near), knowledge.name),
        context,
        judged=judged,
    )
    return attack and replace(
        attack,
        kind=AttackKind.AVERAGING,
        places=case.places((*exact, *near)),
        title=f"With the mean over all rows of a person: {attack.title[0].lower()}{attack.title[1:]}",
        seconds=time.monotonic() - started,
        details=(f"{len(people.before) / people.count:.1f} rows a person are averaged.", *attack.details),
    )


def intervals(case: Case, name: str, context: Context, *, judged: bool) -> Attack | None:
    """Linkage of persons by the days between dates; None where these were not moved, or hardly anybody has three."""
    import numpy as np

    started = time.monotonic()
    if case.shows.get(name) is not Shows.NEAR or case.before.forms.get(name) is not Form.DATE:
        return None
    people = _people(case)
    if people is None or name not in case.after.numbers:
        return None
    events = np.bincount(people.person, minlength=people.count)
    if (events >= _FEWEST_EVENTS).mean() < 0.05:
        return None
    before, after = (Columns(case.table.name, people.count, people.count) for _ in range(2))
    before.codes[name] = _gaps(case.before.numbers[name][people.before], people)
    after.codes[name] = _gaps(case.after.numbers[name][people.after], people)
    attack = link(
        _of_people(case, before, after, people, {name: Shows.SAME}),
        Knowledge(case.table.name, (name,)),
        context,
        judged=judged,
    )
    many = int((events >= _FEWEST_EVENTS).sum())
    return attack and replace(
        attack,
        kind=AttackKind.INTERVALS,
        title=f"Who knows the days between the dates of a person looks for them in {case.titled(name)}",
        seconds=time.monotonic() - started,
        details=(f"{plural(many, 'person has', 'persons have')} three dates or more.", *attack.details),
    )


def _people(case: Case) -> _People | None:
    """None where every person has one row, or the copy does not tell which rows are of one person."""
    import numpy as np

    if not case.grouped or case.whole is not None or case.everybody >= case.before.read:
        return None
    mine = np.flatnonzero(case.belonging.rows != NOBODY)
    people, person = np.unique(case.persons[mine], return_inverse=True)
    if not len(mine) or len(people) == len(mine):
        return None
    return _People(mine, case.belonging.rows[mine], person, len(people))


def _of_people(case: Case, before: Columns, after: Columns, people: _People, shows: dict[str, Shows]) -> Case:
    """The same with a row a person."""
    import numpy as np

    rows = np.arange(people.count, dtype=np.int64)
    return replace(
        case,
        before=before,
        after=after,
        belonging=Belonging(rows, case.belonging.told),
        persons=rows * 2,
        shows=shows,
        everybody=people.count,
    )


def _is_of_the_person(case: Case, name: str, people: _People) -> bool:
    """Whether a number says something of a person rather than of a row."""
    import numpy as np

    numbers = case.before.numbers[name][people.before]
    low, high = np.full(people.count, np.inf), np.full(people.count, -np.inf)
    np.fmin.at(low, people.person, numbers)
    np.fmax.at(high, people.person, numbers)
    several = np.bincount(people.person, minlength=people.count) > 1
    return bool(several.any()) and float((low == high)[several].mean()) >= _ALIKE_FROM


def _is_constant(codes: Codes, people: _People) -> bool:
    import numpy as np

    return len(np.unique(combined([people.person, codes]))) == people.count


def _first(people: _People) -> NDArray[np.int64]:
    import numpy as np

    return np.unique(people.person, return_index=True)[1]


def _means(numbers: Numbers, people: _People) -> Numbers:
    import numpy as np

    fine = np.isfinite(numbers)
    sums = np.bincount(people.person[fine], weights=numbers[fine], minlength=people.count)
    counts = np.bincount(people.person[fine], minlength=people.count)
    means: Numbers = np.full(people.count, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means


def _gaps(days: Numbers, people: _People) -> Codes:
    """Of each person one code for the whole days between one date and the next."""
    import numpy as np

    order = np.lexsort((days, people.person))
    person, ordered = people.person[order], days[order]
    same = person[1:] == person[:-1]
    gaps = np.nan_to_num(np.floor(ordered[1:]) - np.floor(ordered[:-1]))[same].astype(np.int64)
    whose = person[1:][same]
    starts = np.searchsorted(person, whose)
    place = np.flatnonzero(same) - starts
    each = combined([gaps, place]).astype(np.uint64)
    each = (each ^ (each >> np.uint64(31))) * np.uint64(0x94D049BB133111EB)
    found = np.zeros(people.count, np.uint64)
    np.add.at(found, whose, each)
    return found.astype(np.int64)
