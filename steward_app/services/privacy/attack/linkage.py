"""Linkage: who knows some columns of a person looks for that person's row in the copy; and singling out.

The attacker holds the original values of the known columns and knows the rules, not the key. A value that was kept is
looked for as it is, one that was made coarser in its coarser form, and among the rows that fit, the one whose numbers
and dates are nearest is taken, by the spread that noise has. Where several fit equally well, one of them is guessed.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final

from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.attack.case import Case, Shows
from steward_app.services.privacy.attack.chance import beats, guesses, share_interval
from steward_app.services.privacy.attack.model import Attack, AttackKind, Knowledge
from steward_app.services.privacy.attack.truth import NOBODY, combined
from steward_app.services.privacy.columns import distinct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes

_COMPARISONS: Final = 100_000_000  # of a known row with a candidate, by distance
_MOST_TARGETS: Final = 20_000
_FEWEST_TARGETS: Final = 50
_SEED: Final = 20_260_101
_NOT_JUDGED: Final = "The rules name what attackers know, which is less: this is not judged."


def link(case: Case, knowledge: Knowledge, context: Context, *, judged: bool = True) -> Attack | None:
    """Carry the attack out; None where nothing of what is known shows in the copy."""
    import numpy as np

    started = time.monotonic()
    names = case.usable(knowledge.columns)
    if not names or not case.known:
        return None
    exact = [name for name in names if case.shows[name] is not Shows.NEAR]
    near = [name for name in names if case.shows[name] is Shows.NEAR]
    targets = np.arange(case.before.read)
    if near:
        sure, hit, claims, targets = _nearest(case, exact, near, context)
    else:
        sure, hit, claims = _exact(case, exact)
    people, row_person = np.unique(case.persons[targets], return_inverse=True)
    best, named, claimed = (_most_telling(row_person, len(people), each) for each in (hit, sure, claims))
    persons = case.everybody
    reidentified, likely = int(named.sum()), float(best.sum())
    interval = share_interval(likely, len(people), persons)
    by_chance = guesses(len(people), 1 / persons)
    who = f"{knowledge.name}, who knows" if knowledge.name else "Who knows"
    left_out = [quoted(name) for name in knowledge.columns if name not in names]
    details = [f"{', '.join(left_out)}: says nothing without the key."] if left_out else []
    if case.whole is not None:
        details.append(
            f"{plural(len(people), 'person')} of {persons:,}, drawn at random, were looked for in the whole copy."
        )
    if not judged:
        details.append(_NOT_JUDGED)
    if near:
        details.append(f"The nearest row by {', '.join(quoted(name) for name in near)}.")
    return Attack(
        AttackKind.LINKAGE,
        case.table.name,
        case.places(knowledge.columns),
        f"{who} {_listed(knowledge.columns)} of a person looks for the row in {quoted(case.table.name)}",
        persons,
        len(people),
        int(claimed.sum()),
        reidentified,
        likely,
        interval,
        len(people) / persons,
        by_chance,
        case.limit,
        judged and beats(reidentified, likely, interval, by_chance, case.limit),
        time.monotonic() - started,
        tuple(details),
        judged,
    )


def single_out(case: Case, among: tuple[str, ...], *, judged: bool = True) -> Attack | None:
    """Rows of the copy whose kept and coarser columns together fit one row of the copy and one of the original.

    What guessing gives is how often a description fits exactly one row when its columns are taken from rows drawn at
    random (Cohen and Nissim 2020: n w (1 - w)^(n - 1) for a description that fits a share w).
    """
    import numpy as np

    started = time.monotonic()
    names = tuple(name for name in case.usable(among) if case.shows[name] is not Shows.NEAR)
    if not names or not case.known or case.whole is not None:
        return None
    old = combined([case.expected(name) for name in names])
    new = combined([case.after.codes[name] for name in names])
    values, first, counts = np.unique(new, return_index=True, return_counts=True)
    alone, rows = values[counts == 1], first[counts == 1]
    olds, place, times = np.unique(old, return_index=True, return_counts=True)
    at = np.minimum(np.searchsorted(olds, alone), len(olds) - 1)
    fits_one = (olds[at] == alone) & (times[at] == 1)
    right = fits_one & (case.belonging.rows[place[at]] == rows)
    people = distinct(case.persons)
    found = distinct(case.persons[place[at][right]])
    weights = np.ones(len(rows))
    for name in names:
        column = case.after.codes[name]
        each, share = np.unique(column, return_counts=True)
        weights *= share[np.searchsorted(each, column[rows])] / len(column)
    size = case.before.read
    by_chance = float((size * weights * (1 - weights) ** (size - 1)).sum())
    interval = share_interval(found, people, people)
    guessed = guesses(len(rows), min(1.0, by_chance / len(rows))) if len(rows) else guesses(0, 0)
    return Attack(
        AttackKind.SINGLING_OUT,
        case.table.name,
        case.places(names),
        f"Descriptions by {_listed(names)} that fit one row of {quoted(case.table.name)} alone",
        people,
        people,
        len(rows),
        found,
        float(found),
        interval,
        by_chance,
        guessed,
        case.limit,
        judged and beats(found, found, interval, guessed, case.limit),
        time.monotonic() - started,
        () if judged else (_NOT_JUDGED,),
        judged,
    )


def _exact(case: Case, names: list[str]) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.bool_]]:
    """Of each row of the original: named rightly, chance to be right, claimed."""
    import numpy as np

    known = combined([case.expected(name) for name in names])
    new = case.groups(names)
    sizes, ordered = _distinct_persons(new, case.persons_in_copy())
    at = np.minimum(np.searchsorted(ordered, known), max(0, len(ordered) - 1))
    candidates = np.where(ordered[at] == known, sizes[at], 0) if len(ordered) else np.zeros(len(known))
    rows = case.rows_in_copy
    inside = (rows != NOBODY) & (new[rows] == known)
    hit = np.divide(inside, candidates, out=np.zeros(len(known)), where=candidates > 0)
    claims = candidates == 1
    return claims & inside, hit, claims


def _distinct_persons(codes: Codes, persons: Codes) -> tuple[NDArray[np.int64], Codes]:
    """How many different persons share each code, and the codes in order."""
    import numpy as np

    order = np.lexsort((persons, codes))
    ordered, people = codes[order], persons[order]
    new_code = np.ones(len(codes), bool)
    new_code[1:] = ordered[1:] != ordered[:-1]
    new_person = new_code.copy()
    new_person[1:] |= people[1:] != people[:-1]
    group = np.cumsum(new_code) - 1
    return np.bincount(group, weights=new_person).astype(np.int64), ordered[new_code]


def _nearest(
    case: Case, exact: list[str], near: list[str], context: Context
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
    """As `_exact`, for a sample of the rows of the original, which comes last."""
    import numpy as np

    rows = case.rows_in_copy
    persons = case.persons_in_copy()
    if exact:
        known, new = combined([case.expected(name) for name in exact]), case.groups(exact)
    else:
        known, new = np.zeros(case.before.read, np.int64), np.zeros(len(persons), np.int64)
    order = np.argsort(new, kind="stable")
    ordered = new[order]
    starts, ends = np.searchsorted(ordered, known), np.searchsorted(ordered, known, side="right")
    targets = _sample(case.before.read, float((ends - starts).mean()))
    spread = _spread(case, near)
    mine = np.stack([case.before.numbers[name] / spread[name] for name in near], axis=1)
    theirs = np.stack([case.numbers(name) / spread[name] for name in near], axis=1)[order]
    sure, hit, claims = np.zeros(len(targets), bool), np.zeros(len(targets)), np.zeros(len(targets), bool)
    for number, target in enumerate(targets):
        if number % 500 == 0:
            context.checkpoint()
            context.report(number, len(targets), unit="rows", note=case.table.name)
        group = slice(starts[target], ends[target])
        distance = np.nansum((theirs[group] - mine[target]) ** 2, axis=1)
        if not len(distance):
            continue
        fits = order[group][distance <= distance.min() + 1e-12]
        candidates = distinct(persons[fits])
        inside = rows[target] != NOBODY and bool((fits == rows[target]).any())
        claims[number] = candidates == 1
        sure[number] = claims[number] and inside
        hit[number] = inside / candidates
    return sure, hit, claims, targets


def _sample(rows: int, group: float) -> NDArray[np.int64]:
    import numpy as np

    most = int(min(_MOST_TARGETS, max(_FEWEST_TARGETS, _COMPARISONS / max(1.0, group))))
    if rows <= most:
        return np.arange(rows)
    return np.array(sorted(random.Random(_SEED).sample(range(rows), most)), np.int64)  # noqa: S311  a sample


def _spread(case: Case, near: list[str]) -> dict[str, float]:
    """How far each column is from what it was, typically; the rules state it."""
    import numpy as np

    paired = np.flatnonzero(case.belonging.rows != NOBODY)
    found = {}
    for name in near:
        moved = case.after.numbers[name][case.belonging.rows[paired]] - case.before.numbers[name][paired]
        moved = moved[np.isfinite(moved)]
        found[name] = float(np.sqrt((moved**2).mean())) or 1.0 if len(moved) else 1.0
    return found


def _most_telling(
    row_person: NDArray[np.int64], people: int, of_row: NDArray[np.generic]
) -> NDArray[np.float64]:
    """Of each person the row that gives most away."""
    import numpy as np

    found = np.zeros(people)
    np.maximum.at(found, row_person, of_row.astype(np.float64))
    return found


def _listed(names: tuple[str, ...]) -> str:
    *first, last = (quoted(name) for name in names)
    return f"{', '.join(first)} and {last}" if first else last
