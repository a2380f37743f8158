"""Which row of the copy is whose: what an attack is judged by, and what the attacker does not see.

Four ways, in this order, table by table. The primary key stands in the copy as it did. Or the rules are applied to the
primary keys of the original again, which whoever holds the key of the pseudonyms can do. Or rows stand in the order of
the original, or in the one that this key draws. A way is taken when what it gives agrees with columns that the rules
leave as they are, or, where there is none, when each value was always replaced by the same one. Last, rows belong
together whose values in all columns that both files have in common occur once in each, which tells of some rows only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from typing import TYPE_CHECKING, Final

from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.privacy.attack.json_places import is_elsewhere, place_of
from steward_app.services.privacy.attack.model import Pairs, Truth
from steward_app.services.privacy.columns import NULL, Columns, codes_of, distinct
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.schema.model import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes

Recompute = Callable[[str, tuple[str, ...]], "Iterator[Row] | None"]
"""Of a table and columns of it: what these become in the copy, row by row in the order of the original.

Where it is asked for the hidden number of rows: the new ones that are drawn for all rows."""

NOBODY: Final = -1
_AGREE: Final = 0.98
_TELLING: Final = 0.9  # a column in which rows agree by chance more often than this confirms nothing
_BATCH: Final = 5_000
_ALIKE_FROM: Final = 0.5
_FEWEST_ALIKE: Final = 20
_MOST_LEFT_OUT: Final = 20


@dataclass(frozen=True, slots=True)
class Belonging:
    """For each row of the original, the number of its row in the copy, or `NOBODY`."""

    rows: NDArray[np.int64]
    told: Pairs


def pair(
    table: Table,
    before: Columns,
    after: Columns,
    rules: ReleaseRules | None,
    recompute: Recompute | None,
    context: Context,
) -> Belonging:
    """How the rows of a table belong together; `Truth.UNKNOWN` with no pair when nothing that was tried is confirmed.

    Args:
        before, after: the columns of both files, the primary key among them where there is one.
    """
    key = tuple(table.primary_key.columns) if table.primary_key else ()
    kept = [name for name in before.codes if name in after.codes and _stays(table, name, rules)]
    ways: list[tuple[Truth, Callable[[], NDArray[np.int64] | None]]] = [
        (Truth.KEPT_KEYS, lambda: _by_key(before.codes, after.codes, key, kept)),
        (
            Truth.RECOMPUTED,
            lambda: _recomputed(before, after, key, recompute, context),
        ),
        (Truth.POSITION, lambda: _by_position(before, after)),
        (Truth.POSITION, lambda: _by_drawn_position(table, before, after, recompute)),
    ]
    for truth, way in ways:
        found = way()
        if found is None:
            continue
        others = [name for name in kept if name not in key and (rules or _same_values(before, after, name))]
        confirmed, agreement = _confirmed(before, after, found, others)
        if confirmed or (agreement is None and truth is not Truth.POSITION):
            pairs = int((found != NOBODY).sum())
            return Belonging(found, Pairs(table.name, truth, before.rows, after.rows, pairs, agreement))
    common = [name for name in kept if name not in key and _same_values(before, after, name)]
    alike = _by_content(before, after, common)
    if alike is not None:
        pairs = int((alike != NOBODY).sum())
        return Belonging(alike, Pairs(table.name, Truth.CONTENT, before.rows, after.rows, pairs))
    return nobody(table.name, before, after)


@dataclass(frozen=True, slots=True)
class Sampled:
    """Rows of the original that were drawn, and what finds theirs in the copy.

    Attributes:
        rows: their numbers in the original.
        keys: the primary key of every row of the copy, as one code; None where the copy lacks it.
        copy_rows: of the table in the copy.
        read: rows of the copy by a mark for each, with all columns.
    """

    rows: NDArray[np.int64]
    keys: Callable[[], Codes | None]
    copy_rows: int
    read: Callable[[NDArray[np.bool_]], Columns]


def pair_sampled(
    table: Table,
    before: Columns,
    drawn: Sampled,
    rules: ReleaseRules | None,
    recompute: Recompute | None,
    context: Context,
) -> tuple[Columns, NDArray[np.int64], Belonging]:
    """As `pair`, for rows that were drawn.

    Returns the rows of the copy that belong to them, the numbers of these in the copy, and how they belong together.
    """
    import numpy as np

    key = tuple(table.primary_key.columns) if table.primary_key else ()
    keys = drawn.keys() if key else None
    for truth, found in _ways_of_sampled(table, before, drawn, keys, key, rules, recompute, context):
        if not (found != NOBODY).any():
            continue
        wanted = np.zeros(drawn.copy_rows, bool)
        wanted[found[found != NOBODY]] = True
        after, numbers = drawn.read(wanted), np.flatnonzero(wanted)
        rows = match(found, numbers)
        kept = [name for name in before.codes if name in after.codes and _stays(table, name, rules)]
        if truth is Truth.KEPT_KEYS and not set(key) <= set(kept):
            continue
        others = [name for name in kept if name not in key and (rules or _same_values(before, after, name))]
        confirmed, agreement = _confirmed(before, after, rows, others)
        if confirmed or (agreement is None and truth is not Truth.POSITION):
            pairs = int((rows != NOBODY).sum())
            told = Pairs(table.name, truth, before.rows, drawn.copy_rows, pairs, agreement)
            return after, numbers, Belonging(rows, told)
    none = np.zeros(drawn.copy_rows, bool)
    none[: before.read] = True  # what columns look like is read off the first rows
    after = drawn.read(none)
    return after, np.flatnonzero(none), nobody(table.name, before, after)


def _ways_of_sampled(
    table: Table,
    before: Columns,
    drawn: Sampled,
    keys: Codes | None,
    key: tuple[str, ...],
    rules: ReleaseRules | None,
    recompute: Recompute | None,
    context: Context,
) -> Iterator[tuple[Truth, NDArray[np.int64]]]:
    import numpy as np

    if keys is not None and distinct(keys) == len(keys):
        if all(_stays(table, name, rules) for name in key):
            yield Truth.KEPT_KEYS, match(combined([before.codes[name] for name in key]), keys)
        rows = recompute(table.name, key) if recompute else None
        if rows is not None:
            marks = np.zeros(before.rows, bool)
            marks[drawn.rows] = True
            made = _codes_of_rows(compress(rows, marks.tobytes()), context)
            if made is not None and len(made) == len(drawn.rows):
                yield Truth.RECOMPUTED, match(made, keys)
    if before.rows == drawn.copy_rows:
        yield Truth.POSITION, drawn.rows
        places = _drawn_places(table, before.rows, recompute)
        if places is not None:
            yield Truth.POSITION, places[drawn.rows]


def nobody(table: str, before: Columns, after: Columns) -> Belonging:
    """No row is known to belong to any."""
    import numpy as np

    told = Pairs(table, Truth.UNKNOWN, before.rows, after.rows, 0)
    return Belonging(np.full(before.read, NOBODY, np.int64), told)


def combined(codes: Sequence[Codes]) -> Codes:
    """One code for the values of several columns together."""
    import numpy as np

    mixed = codes[0].astype(np.uint64)
    for each in codes[1:]:
        mixed = (mixed * np.uint64(0x9E3779B97F4A7C15)) ^ (mixed >> np.uint64(29))
        mixed = (mixed + each.astype(np.uint64)) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed.astype(np.int64)


def match(wanted: Codes, among: Codes) -> NDArray[np.int64]:
    """For each code its place among codes that are all different, or `NOBODY`."""
    import numpy as np

    if not len(among):
        return np.full(len(wanted), NOBODY, np.int64)
    order = np.argsort(among, kind="stable")
    ordered = among[order]
    places = np.minimum(np.searchsorted(ordered, wanted), len(among) - 1)
    return np.where(ordered[places] == wanted, order[places], NOBODY)


def _stays(table: Table, name: str, rules: ReleaseRules | None) -> bool:
    if is_elsewhere(table, name):
        return False  # it has rules of its own there
    if rules is None:
        return True
    place = place_of(table, name)
    ruled = (
        rule
        for rule in rules.rules
        if (rule.place.table, rule.place.column) == (place.table, place.column)
        and (not place.path or not rule.place.path or place.path == rule.place.path)
        and not (place.path and rule.technique == "json")
    )
    return all(rule.technique == "keep" for rule in ruled)


def _same_values(before: Columns, after: Columns, name: str) -> bool:
    """Whether a column holds the values it held: where no rules are known, it tells."""
    import numpy as np

    return float(np.isin(after.codes[name], before.codes[name]).mean()) >= _AGREE if after.read else False


def _by_key(
    before: dict[str, Codes], after: dict[str, Codes], key: tuple[str, ...], kept: Sequence[str]
) -> NDArray[np.int64] | None:

    if not key or not all(name in kept for name in key):
        return None
    old, new = (combined([codes[name] for name in key]) for codes in (before, after))
    if distinct(new) != len(new):
        return None
    found = match(old, new)
    return found if (found != NOBODY).sum() >= _AGREE * len(new) else None


def _recomputed(
    before: Columns,
    after: Columns,
    key: tuple[str, ...],
    recompute: Recompute | None,
    context: Context,
) -> NDArray[np.int64] | None:

    if recompute is None or not key or not all(name in after.codes for name in key):
        return None
    rows = recompute(before.table, key)
    if rows is None:
        return None
    made = _codes_of_rows(islice(rows, before.read), context)
    if made is None:
        return None
    new = combined([after.codes[name] for name in key])
    found = match(made, new)
    return found if len(found) == before.read and (found != NOBODY).sum() >= _AGREE * len(new) else None


def _codes_of_rows(rows: Iterator[Row], context: Context) -> Codes | None:
    import numpy as np

    made: list[Codes] = []
    for batch in _batches(rows):
        context.checkpoint()
        columns = zip(*batch, strict=True)
        made.append(combined([codes_of(each) for each in columns]))
    return np.concatenate(made) if made else None


def _by_position(before: Columns, after: Columns) -> NDArray[np.int64] | None:
    import numpy as np

    if before.rows != after.rows or before.read != after.read:
        return None
    return np.arange(before.read, dtype=np.int64)


def _by_drawn_position(
    table: Table, before: Columns, after: Columns, recompute: Recompute | None
) -> NDArray[np.int64] | None:
    if not before.rows == before.read == after.rows == after.read:
        return None
    return _drawn_places(table, before.rows, recompute)


def _drawn_places(table: Table, rows: int, recompute: Recompute | None) -> NDArray[np.int64] | None:
    """For each row of the original its place in the order that the key of the copy draws."""
    import numpy as np

    numbers = recompute(table.name, (table.rowid_name,)) if recompute and table.rowid_name else None
    if numbers is None:
        return None
    places = np.fromiter((int(number or 0) - 1 for (number,) in numbers), np.int64)
    return places if len(places) == rows else None


def _by_content(before: Columns, after: Columns, common: Sequence[str]) -> NDArray[np.int64] | None:
    """Rows whose values in all columns that both files have in common occur once in each.

    One of the columns may have been dealt to other rows: it is found out by leaving each out in turn.
    """
    tried = [common, *([name for name in common if name != out] for out in common[:_MOST_LEFT_OUT])]
    for names in tried:
        if len(names) < 2:
            continue
        old, new = (combined([each.codes[name] for name in names]) for each in (before, after))
        found = _once_in_both(old, new)
        pairs = int((found != NOBODY).sum())
        if pairs >= max(_FEWEST_ALIKE, _ALIKE_FROM * min(len(old), len(new))):
            return found
    return None


def _once_in_both(old: Codes, new: Codes) -> NDArray[np.int64]:
    """For each of the first its place among the second, where it occurs once in either; else `NOBODY`."""
    import numpy as np

    olds, first, counts = np.unique(old, return_index=True, return_counts=True)
    news, place, times = np.unique(new, return_index=True, return_counts=True)
    alone, theirs = olds[counts == 1], news[times == 1]
    at = match(alone, theirs)
    found = np.full(len(old), NOBODY, np.int64)
    found[first[counts == 1]] = (
        np.where(at != NOBODY, place[times == 1][at], NOBODY) if len(theirs) else NOBODY
    )
    return found


def _confirmed(
    before: Columns, after: Columns, found: NDArray[np.int64], kept: Sequence[str]
) -> tuple[bool, float | None]:
    """Whether pairs are right, and the share of them in which the kept column that agrees best does."""
    import numpy as np

    mine = np.flatnonzero(found != NOBODY)
    if not len(mine):
        return False, 0.0
    theirs = found[mine]
    shares = [
        float((before.codes[name][mine] == after.codes[name][theirs]).mean())
        for name in kept
        if _chance(after.codes[name][theirs]) < _TELLING
    ]
    best = max(shares, default=None)
    if best is not None and best >= _AGREE:
        return True, best
    return _functional(before, after, mine, theirs), best


def _functional(before: Columns, after: Columns, mine: NDArray[np.int64], theirs: NDArray[np.int64]) -> bool:
    """Whether a column that repeats its values has them replaced one by one, which rows in another order do not."""

    for name, codes in before.codes.items():
        if name not in after.codes:
            continue
        old, new = codes[mine], after.codes[name][theirs]
        olds, news = distinct(old), distinct(new)
        if not 1 < olds < 0.9 * len(old) or not 1 < news < 0.9 * len(new):
            continue
        together = distinct(combined([old, new]))
        if together <= 1.02 * max(olds, news):
            return True
    return False


def _chance(codes: Codes) -> float:
    """How often two rows agree by chance."""
    import numpy as np

    _, counts = np.unique(codes[codes != NULL], return_counts=True)
    total = counts.sum()
    return float(((counts / total) ** 2).sum()) if total else 1.0


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch
