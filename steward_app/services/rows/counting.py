"""How many rows: a figure at once that says what it is worth, or an exact one as a job."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from steward_app.db import ReadSession
from steward_app.db.query import readable
from steward_app.kernel.progress import Context
from steward_app.services.rows.anchors import estimate_anchors, even_rowids
from steward_app.services.rows.filter import EVERY_ROW, Filter, compile_filter
from steward_app.services.rows.keyset import KeysetReader
from steward_app.services.rows.model import UNKNOWN_COUNT, RowCount
from steward_app.services.rows.order import Fragment, where
from steward_app.services.rows.source import Source

_PIECES = 64
_COUNTED_WHOLE = 500_000  # rows that are counted before a bar could be drawn


def estimate_rows(session: ReadSession, source: Source, filter: Filter = EVERY_ROW) -> RowCount:  # noqa: A002
    """About how many rows, in milliseconds; exact for a small table, "not counted yet" where nothing can be told."""
    if source.key is None:
        return UNKNOWN_COUNT
    reader = KeysetReader(session, source, (), source.key.terms, compile_filter(filter, source))
    with readable(source.name):
        return estimate_anchors(reader, may_sample=filter.is_cheap).total


def count_rows(
    session: ReadSession,
    source: Source,
    context: Context,
    filter: Filter = EVERY_ROW,  # noqa: A002
) -> RowCount:
    """Exactly how many rows. Progress in rows gone over, where they are gone over one by one; cancellable.

    Raises `Cancelled`.
    """
    condition = compile_filter(filter, source)
    total = 0
    with session.under(context), readable(source.name), session.snapshot():
        about = estimate_rows(session, source)
        pieces = list(_pieces(session, source, condition, about))
        for done, piece in enumerate(pieces):
            limits = where(condition, piece)
            total += session.count(f"SELECT count(*) FROM {source.sql}{limits.sql}", limits.bindings)
            gone_over = about.value * (done + 1) // len(pieces)
            context.report(gone_over, about.value if len(pieces) > 1 else None, unit="rows")
    return RowCount(total)


def _pieces(session: ReadSession, source: Source, condition: Fragment, about: RowCount) -> Iterator[Fragment]:
    """Ranges of rowids to count one after another; one range where an index is quicker, or the table small."""
    key = source.key
    if (
        key is not None
        and key.rowid
        and about.value > _COUNTED_WHOLE
        and _goes_row_by_row(session, source, condition)
    ):
        reader = KeysetReader(session, source, (), key.terms, Fragment())
        rowid = key.terms[0].sql
        cuts = even_rowids(reader, _PIECES)[1:]
        if cuts:
            yield Fragment(f"{rowid} < ?", (cuts[0],))
            for start, end in pairwise(cuts):
                yield Fragment(f"{rowid} >= ? AND {rowid} < ?", (start, end))
            yield Fragment(f"{rowid} >= ?", (cuts[-1],))
            return
    yield Fragment()


def _goes_row_by_row(session: ReadSession, source: Source, condition: Fragment) -> bool:
    limits = where(condition)
    steps = session.all(f"EXPLAIN QUERY PLAN SELECT count(*) FROM {source.sql}{limits.sql}", limits.bindings)
    detail = str(steps[0][3]) if steps else ""
    return detail.startswith("SCAN ") and "INDEX" not in detail
