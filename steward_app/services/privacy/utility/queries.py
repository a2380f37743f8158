"""The steward's own saved queries, asked of both files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from steward_app.catalog import saved_filters
from steward_app.db import ReadSession, Session
from steward_app.kernel.errors import Cancelled, ErrorCode, StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.utility.model import QueryUtility
from steward_app.services.rows import EVERY_ROW, Filter, count_rows, filter_from_json, source_of
from steward_app.services.schema import Schema


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A filter of a table, as the steward saved it."""

    name: str
    table: str
    filter: Filter


def saved_queries(session: Session, database_id: str, schema: Schema) -> tuple[SavedQuery, ...]:
    """Those that the catalog keeps for a database.

    Args:
        session: on the catalog.
    """
    found = []
    for table in schema.tables:
        for saved in saved_filters.of_table(session, database_id, table.name):
            try:
                chosen = filter_from_json(saved.filter if isinstance(saved.filter, dict) else {})
            except UsageError:
                continue  # of an earlier form: nobody can ask it
            found.append(SavedQuery(saved.name, table.name, chosen))
    return tuple(found)


def ask_both(
    source: ReadSession,
    copy: ReadSession,
    before: Schema,
    after: Schema,
    queries: Sequence[SavedQuery],
    context: Context,
) -> Iterator[QueryUtility]:
    """How many rows each gives before and after. The share of the table is compared: a copy may hold fewer rows."""
    for query in queries:
        context.checkpoint()
        context.report(0, unit="queries", note=query.table)
        try:
            old, rows_old = _count(source, before, query, context)
            new, rows_new = _count(copy, after, query, context)
        except Cancelled:
            raise
        except StewardError as error:
            yield QueryUtility(query.name, query.table, 0, 0, 0.0, 0.0, None, error.message)
            continue
        share_old, share_new = (n / rows if rows else 0.0 for n, rows in ((old, rows_old), (new, rows_new)))
        yield QueryUtility(
            query.name, query.table, old, new, share_old, share_new, _error(share_old, share_new)
        )


def _error(old: float, new: float) -> float:
    if not old:
        return float(new > 0)
    return abs(new - old) / old


def _count(session: ReadSession, schema: Schema, query: SavedQuery, context: Context) -> tuple[int, int]:
    table = schema.table(query.table)
    if table is None:
        raise _gone(query)
    rows = source_of(table)
    return (
        count_rows(session, rows, context, query.filter).value,
        count_rows(session, rows, context, EVERY_ROW).value,
    )


def _gone(query: SavedQuery) -> UsageError:
    return UsageError(ErrorCode.UNKNOWN_OBJECT, f"The copy has no table {quoted(query.table)}.")
