"""Which rows of a table are looked at: all of a small one, a random sample of a large one, and what that can miss.

A sample is drawn row by row over the whole table, each row as likely as any other. Stretches of neighbouring rows
would be cheaper to read and say less: rows that came together are alike. Rowids are drawn between the first and the
last one and kept where there is such a row; where rowids are sparse, or there are none, one walk over the table picks
rows by chance.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TypeAlias

from steward_app.db import ReadSession, qualified, quote
from steward_app.kernel.progress import Context
from steward_app.services.schema.model import Table, TableKind
from steward_app.services.schema.statistics import Certainty, RowidRange, estimate_rows, rowid_range

READ_WHOLE = 10_000
"""Rows up to which a table is read whole."""
SAMPLE = 5_000
"""Rows that are drawn of a larger one."""
_DRAWN_AT_ONCE = 500
_SPARSEST = 0.02  # one rowid in fifty is in use: below, a walk over the table is cheaper than looking
_DOUBT = 0.05
_WITH_ROWID = frozenset({"fts3", "fts4", "fts5"})


@dataclass(frozen=True, slots=True)
class AllRows:
    """Every row; by the name of the rowid where there is one, so that reading can go on after any row."""

    rowid: str = ""


@dataclass(frozen=True, slots=True)
class SomeRows:
    """The rows with these rowids, ascending."""

    rowid: str
    rowids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ByChance:
    """Each of `of` rows with the same chance, so that there are about `wanted`."""

    wanted: int
    of: int


Rows: TypeAlias = AllRows | SomeRows | ByChance


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows are looked at.

    Attributes:
        total: rows of the table; None where only reading them all tells, which `rows` then does.
        estimated: `total` is about that many.
    """

    rows: Rows
    total: int | None
    estimated: bool = False

    @property
    def whole(self) -> bool:
        return isinstance(self.rows, AllRows)


def missed_at_most(looked_at: int, *, whole: bool) -> float:
    """The share of rows that could be otherwise than all that were looked at, at 95 % confidence.

    Where n rows drawn by chance have nothing of a kind, a share p of all rows would have shown itself with the chance
    1 - (1 - p)^n; this is the p for which that is 95 %: about 3 / n, the "rule of three".
    """
    if whole:
        return 0.0
    return round(1 - _DOUBT ** (1 / looked_at), 6) if looked_at else 1.0


def choose_rows(session: ReadSession, table: Table, seed: str, context: Context, *, full: bool) -> Choice:
    """Choose the rows to look at. The same seed draws the same rows of the same table.

    Raises what reading the table raises.
    """
    extent = _extent(session, table)
    if extent is None:
        return _without_rowid(session, table, context, full=full)
    if full or extent.span <= READ_WHOLE:
        return Choice(AllRows(extent.name), None)
    few = _few(session, table, context)
    if few is not None:
        return Choice(AllRows(extent.name), few)
    chance = random.Random(seed)  # noqa: S311  which rows, no secret
    drawn = _draw(session, table, extent, chance, context)
    about = estimate_rows(session, table)
    if drawn is None:
        return _walk(session, table, extent, context)
    rowids, density = drawn
    total = about.rows if about else round(density * extent.span)
    exact = about is not None and about.certainty is Certainty.EXACT
    return Choice(SomeRows(extent.name, rowids), max(total, len(rowids)), estimated=not exact)


def _extent(session: ReadSession, table: Table) -> RowidRange | None:
    if table.kind is TableKind.VIEW or table.module.lower() in _WITH_ROWID:
        return _virtual_extent(session, table) if table.module else None
    return None if table.kind is TableKind.VIRTUAL else rowid_range(session, table)


def _virtual_extent(session: ReadSession, table: Table) -> RowidRange:
    """A full-text table jumps to a rowid and gives them in order, but does not know the last one of itself."""
    edges = [
        session.value(f"SELECT rowid FROM {qualified(table.name)} ORDER BY rowid {way} LIMIT 1")
        for way in ("ASC", "DESC")
    ]
    first, last = (edge if isinstance(edge, int) else 0 for edge in edges)
    return RowidRange("rowid", first, last) if edges[0] is not None else RowidRange("rowid", 1, 0)


def _draw(
    session: ReadSession, table: Table, extent: RowidRange, chance: random.Random, context: Context
) -> tuple[tuple[int, ...], float] | None:
    """Rowids in use, and the share of those drawn that are; None where they are too sparse."""
    rowid_sql = quote(extent.name)
    found: list[int] = []
    tried: set[int] = set()
    while len(found) < SAMPLE and len(tried) < extent.span:
        context.checkpoint()
        wanted = min(_DRAWN_AT_ONCE, extent.span - len(tried))
        new: set[int] = set()
        while len(new) < wanted:
            rowid = extent.first + chance.randrange(extent.span)
            if rowid not in tried:
                new.add(rowid)
        tried |= new
        listed = ", ".join(map(str, sorted(new)))
        rows = session.execute(
            f"SELECT {rowid_sql} FROM {qualified(table.name)} WHERE {rowid_sql} IN ({listed})"
        )
        found += [rowid for (rowid,) in rows if isinstance(rowid, int)]
        if len(tried) >= 4 * _DRAWN_AT_ONCE and len(found) < _SPARSEST * len(tried):
            return None
    return tuple(sorted(found[:SAMPLE])), len(found) / max(1, len(tried))


def _walk(session: ReadSession, table: Table, extent: RowidRange, context: Context) -> Choice:
    """Rowids by chance, from a walk over all of them: over the smallest index that has them, where there is one."""
    total = _count(session, table, context)
    rowid_sql = quote(extent.name)
    with session.under(context):
        rows = session.all(
            f"SELECT {rowid_sql} FROM {qualified(table.name)} WHERE abs(random() % ?) < ?", (total, SAMPLE)
        )
    return Choice(SomeRows(extent.name, tuple(sorted(int(str(rowid)) for (rowid,) in rows))), total)


def _without_rowid(session: ReadSession, table: Table, context: Context, *, full: bool) -> Choice:
    if full:
        return Choice(AllRows(), None)
    few = _few(session, table, context)
    if few is not None:
        return Choice(AllRows(), few)
    total = _count(session, table, context)
    return Choice(ByChance(SAMPLE, total), total)


def _few(session: ReadSession, table: Table, context: Context) -> int | None:
    """How many rows a small table has, however far apart their numbers lie; None for a large one."""
    with session.under(context):
        some = session.count(
            f"SELECT count(*) FROM (SELECT 1 FROM {qualified(table.name)} LIMIT ?)", (READ_WHOLE + 1,)
        )
    return some if some <= READ_WHOLE else None


def _count(session: ReadSession, table: Table, context: Context) -> int:
    with session.under(context):
        return session.count(f"SELECT count(*) FROM {qualified(table.name)}")
