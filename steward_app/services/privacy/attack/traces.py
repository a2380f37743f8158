"""What tells rows apart though no value of theirs is left: the order they stand in, and how long values are."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.attack.case import Case, Shows
from steward_app.services.privacy.attack.chance import beats, guesses, share_interval
from steward_app.services.privacy.attack.linkage import link
from steward_app.services.privacy.attack.model import Attack, AttackKind, Knowledge
from steward_app.services.privacy.attack.truth import NOBODY, combined
from steward_app.services.privacy.columns import Columns, Form, distinct

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes

_BY_LENGTH: Final = 0.98
"""Of the rows, so many have a length that follows from the length of the original."""


def by_order(case: Case, *, judged: bool) -> Attack | None:
    """The n-th row of the copy is taken for the n-th person; None where a kept key tells more, or nothing is known."""
    import numpy as np

    started = time.monotonic()
    key = tuple(case.table.primary_key.columns) if case.table.primary_key else ()
    kept = bool(key) and all(case.shows.get(name) is Shows.SAME for name in key)
    mine = np.flatnonzero(case.belonging.rows != NOBODY)
    if kept or case.whole is not None or case.table.without_rowid or len(mine) < 2:
        return None
    rows = case.belonging.rows[mine]
    order = np.argsort(rows, kind="stable")
    right = order == np.arange(len(rows))
    people = distinct(case.persons[mine])
    found = distinct(case.persons[mine[right]])
    guessing = guesses(len(mine), 1 / len(mine))
    interval = share_interval(found, people, people)
    how_alike = float(np.corrcoef(np.arange(len(rows)), np.argsort(order))[0, 1])
    return Attack(
        AttackKind.ORDER,
        case.table.name,
        case.places(key),
        f"Who knows in which order the original was written takes the rows of “{case.table.name}” in their order",
        people,
        people,
        people,
        found,
        float(found),
        interval,
        1.0,
        guessing,
        case.limit,
        judged and beats(found, found, interval, guessing, case.limit),
        time.monotonic() - started,
        (f"Rank correlation of both orders: {how_alike:+.2f}.",),
        judged,
    )


def by_length(case: Case, name: str, context: Context, *, judged: bool) -> Attack | None:
    """Linkage by how long a value is, where the length in the copy follows from that of the original."""
    import numpy as np

    if case.shows.get(name) not in (Shows.KEYED, Shows.COARSE) or case.whole is not None or not case.known:
        return None
    if case.before.forms[name] is not Form.TEXT or case.after.forms.get(name) is not Form.TEXT:
        return None
    started = time.monotonic()
    old, new = _lengths(case.originals(name), case.before.read), _lengths(case.values(name), case.after.read)
    mine = np.flatnonzero(case.belonging.rows != NOBODY)
    was, is_now = old[mine], new[case.belonging.rows[mine]]
    if distinct(is_now) < 2 or not _follows(was, is_now):
        return None
    if case.shows[name] is Shows.COARSE and float((was == is_now).mean()) < _BY_LENGTH:
        return None  # no mask: what stands there says more than its length
    before, after = (Columns(case.table.name, each.rows, each.read) for each in (case.before, case.after))
    before.codes[name], after.codes[name] = old, new
    attack = link(
        replace(case, before=before, after=after, shows={name: Shows.COARSE}),
        Knowledge(case.table.name, (name,)),
        context,
        judged=judged,
    )
    return attack and replace(
        attack,
        kind=AttackKind.LENGTH,
        title=f"Who knows how long a value is looks for its length in {case.titled(name)}",
        seconds=time.monotonic() - started,
        details=(f"{distinct(is_now):,} different lengths.", *attack.details),
    )


def _follows(was: Codes, is_now: Codes) -> bool:
    """Whether rows of one length before have one length after, all but a few."""
    import numpy as np

    pairs, counts = np.unique(combined([was, is_now]), return_counts=True)
    first = np.unique(combined([was, is_now]), return_index=True)[1]
    lengths, group = np.unique(was[first], return_inverse=True)
    most = np.zeros(len(lengths), np.int64)
    np.maximum.at(most, group, counts)
    return len(pairs) > 0 and float(most.sum()) >= _BY_LENGTH * len(was)


def _lengths(values: Iterable[SqlValue], rows: int) -> NDArray[np.int64]:
    import numpy as np

    found = np.fromiter((len(each) if isinstance(each, str) else -1 for each in values), np.int64)
    return found[:rows]
