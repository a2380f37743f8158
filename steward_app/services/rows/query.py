"""The query box: one query of a steward's, which only reads, with its plan.

For a result that is sorted, filtered or paged through, give `source_of_query` to a `Grid`.
"""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.db import ReadSession
from steward_app.db.query import PlanStep, Query, check_query, query_plan, run_query
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.rows.cells import HEAD_BYTES, HEAD_CHARACTERS, PLAIN_BYTES, Cells
from steward_app.services.rows.model import Cell, Preview, Storage
from steward_app.services.rows.page import Grid
from steward_app.services.rows.personal import until_asked_for
from steward_app.services.rows.source import source_of_checked

ROWS_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What a query gave.

    Attributes:
        columns: names as SQLite gives them; they may repeat.
        rows: its first rows, at most as many as were asked for; long values as previews.
        cut: True when there are more.
        hidden: columns left out since they look personal.
        more_columns: how many more there are than can be shown at once.
    """

    columns: tuple[str, ...]
    rows: tuple[Cells, ...]
    cut: bool
    hidden: tuple[str, ...] = ()
    more_columns: int = 0


def ask(
    session: ReadSession, sql: str, context: Context, *, limit: int = ROWS_SHOWN, personal: bool = True
) -> QueryResult:
    """Run a query and give its first rows: a job. It is stopped once there are as many as `limit`.

    Without `personal`, columns that look personal, or are such columns under another name, are left out.

    Raises `BadQuery`, with the place, for what SQLite does not accept; `Refused` for what does not only read;
    `Cancelled`.
    """
    with session.under(context):
        query = check_query(session, sql)
        if not query.nests:
            return _listed(session, query, limit)
        source = source_of_checked(query)
        kept, hidden = (source.columns, ()) if personal else until_asked_for(source, session.path)
        grid = Grid(session, source, columns=[c.name for c in kept] if hidden else None, page_rows=limit)
        try:
            page = grid.first_page()
        finally:
            grid.close()
        names = dict(zip((column.name for column in source.columns), query.columns, strict=True))
        shown = tuple(names[column.name] for column in grid.columns)
        return QueryResult(shown, page.rows, page.has_after, hidden, len(kept) - len(shown))


def explain(session: ReadSession, sql: str) -> tuple[PlanStep, ...]:
    """How SQLite would run a query, as a tree. Raises what `ask` raises; the query is not run."""
    return query_plan(session, check_query(session, sql))


def _listed(session: ReadSession, query: Query, limit: int) -> QueryResult:
    """EXPLAIN and PRAGMA, which cannot stand in another query; their results are short texts and numbers."""
    rows = run_query(session, query)
    found: list[Cells] = []
    try:
        for row in rows:
            if len(found) == limit:
                return QueryResult(query.columns, tuple(found), cut=True)
            found.append(tuple(map(_cell, row)))
    except UnicodeDecodeError:
        raise Failure(
            ErrorCode.DAMAGED,
            "A text in the result is not valid UTF-8, so this statement cannot show it.",
            hint="The file is unchanged. The schema page shows names as far as they can be read.",
        ) from None
    finally:
        rows.close()
    return QueryResult(query.columns, tuple(found), cut=False)


def _cell(value: SqlValue) -> Cell:
    if isinstance(value, bytes):
        return Preview(Storage.BLOB, len(value), value[:HEAD_BYTES])
    if isinstance(value, str) and len(value) > PLAIN_BYTES:
        return Preview(Storage.TEXT, len(value.encode("utf-8", "replace")), value[:HEAD_CHARACTERS])
    return value
