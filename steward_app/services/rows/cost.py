"""How a source is read in an order, and what SQLite says that costs."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.db import Session
from steward_app.db.query import readable
from steward_app.services.rows.anchors import count_up_to, estimate_anchors
from steward_app.services.rows.keyset import KeysetReader
from steward_app.services.rows.model import UNKNOWN_COUNT, RowCount, Sort, SortCost
from steward_app.services.rows.order import Fragment, order_terms
from steward_app.services.rows.source import Source
from steward_app.services.schema.model import Column

SORTED_AT_ONCE = 50_000
"""Rows that are sorted without asking: a few hundredths of a second."""


def plan_reading(
    session: Session, source: Source, columns: Sequence[Column], sorts: Sequence[Sort], condition: Fragment
) -> tuple[KeysetReader | None, SortCost]:
    """A reader in the order asked for, its key running whichever way an index has it, and its cost.

    None for a source without a key. Raises `UsageError` for an unknown column.
    """
    for sort in sorts:
        source.column(sort.column)
    if source.key is None:
        return None, SortCost(served=not sorts, scans=bool(condition), rows=UNKNOWN_COUNT)
    with readable(source.name):
        for flip_key in (False, True):
            terms = order_terms(source, sorts, flip_key=flip_key)
            reader = KeysetReader(session, source, columns, terms, condition)
            sorted_first, scans = _explained(reader)
            if not sorted_first:
                return reader, SortCost(served=True, scans=scans, rows=RowCount(0))
        return reader, SortCost(served=False, scans=scans, rows=_rows_to_sort(reader))


def sort_cost(
    session: Session, source: Source, sorts: Sequence[Sort], condition: Fragment | None = None
) -> SortCost:
    """Whether an index serves an order; said without sorting."""
    return plan_reading(session, source, source.choose(None), sorts, condition or Fragment())[1]


def _explained(reader: KeysetReader) -> tuple[bool, bool]:
    """Whether SQLite sorts first, and whether it tries a condition on row after row."""
    query = reader.page_sql()
    steps = reader.session.all(f"EXPLAIN QUERY PLAN {query.sql}", query.bindings)
    details = [str(detail) for *_, detail in steps]
    sorts = any(d.startswith("USE TEMP B-TREE") and d.endswith("ORDER BY") for d in details)
    return sorts, bool(reader.condition) and any(d.startswith("SCAN ") for d in details[:1])


def _rows_to_sort(reader: KeysetReader) -> RowCount:
    """How many rows are sorted; of a large table about how many it has, the condition left aside."""
    small = count_up_to(reader, SORTED_AT_ONCE)
    if small <= SORTED_AT_ONCE:
        return RowCount(count_up_to(reader, SORTED_AT_ONCE, filtered=True))
    everything = KeysetReader(reader.session, reader.source, (), reader.key.terms, Fragment())
    return estimate_anchors(everything).total
