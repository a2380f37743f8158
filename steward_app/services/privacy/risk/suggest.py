"""Suggests quasi-identifiers: columns that single people out when somebody knows a few of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from steward_app.db import ReadSession, open_read, quote
from steward_app.kernel.progress import Context
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies
from steward_app.services.privacy.reach import known_table
from steward_app.services.privacy.risk.model import Suggestion, Why
from steward_app.services.schema import Schema, Table, read_schema
from steward_app.services.schema.model import Column

_SAMPLE = 100_000  # rows
_LEAST_DISTINCT = 2
_KEY_LIKE = (
    0.9  # more of the filled cells different than that: a name, a number, free text, which nobody groups by
)
_LONGEST = 60  # characters; longer text is not known by heart


def suggest(
    path: Path, table: str, context: Context, known: Mapping[str, str] | None = None
) -> tuple[Suggestion, ...]:
    """Columns of a table that should be taken for quasi-identifiers, most telling first.

    Args:
        known: the kind of personal data of each column that was found or decided, by its name; a column whose kind
            identifies by itself, or not at all, is not suggested.
    """
    with open_read(path, context) as session, session.snapshot(), session.under(context):
        return suggest_in(session, read_schema(session, context), table, context, known)


def suggest_in(
    session: ReadSession,
    schema: Schema,
    table: str,
    context: Context,
    known: Mapping[str, str] | None = None,
    said: Mapping[str, Identifies] | None = None,
) -> tuple[Suggestion, ...]:
    """The same, in a session that is open.

    Args:
        said: how columns identify, as it was decided; it counts before what their kind says.
    """
    found = known_table(schema, table)
    suggested = []
    for column in found.columns:
        context.checkpoint()
        kind = (known or {}).get(column.name, "")
        suggestion = _judge(session, found, column, kind, (said or {}).get(column.name))
        if suggestion is not None:
            suggested.append(suggestion)
    return tuple(sorted(suggested, key=lambda each: (each.why is not Why.KIND, -each.distinct)))


def _judge(
    session: ReadSession, table: Table, column: Column, kind: str, said: Identifies | None
) -> Suggestion | None:
    if column.hidden or is_key(table, column):
        return None
    known = kinds().get(kind)
    identifies = said or (known.identifies if known else None)
    if identifies not in (None, Identifies.INDIRECT):
        return None
    rows, filled, distinct, alone, longest = _counted(session, table, column)
    if distinct < _LEAST_DISTINCT:
        return None
    share = alone / rows
    if identifies is not None:
        title = known.title if known else "Decided"
        sentence = f"{title}: with other columns it leads to a person."
        return Suggestion(column.name, Why.KIND, distinct, share, sentence)
    if longest > _LONGEST or distinct > _KEY_LIKE * filled:
        return None
    return Suggestion(
        column.name,
        Why.DISTINCTNESS,
        distinct,
        share,
        f"{distinct:,} different values divide the rows into groups that somebody may know.",
    )


def is_key(table: Table, column: Column) -> bool:
    """Whether a column is part of a key of the table, or of one that it refers to."""
    key = table.primary_key.columns if table.primary_key else ()
    return (
        column.name in key
        or any(column.name in foreign.columns for foreign in table.foreign_keys)
        or any((column.name,) == unique.columns for unique in table.uniques)
    )


def _counted(session: ReadSession, table: Table, column: Column) -> tuple[int, int, int, int, int]:
    """Of the first rows: all, filled, different values, values that stand once, and the longest; a BLOB is too long."""
    name = quote(column.name)
    found = session.one(
        "SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (WHERE v IS NOT NULL), 0), count(v), "
        "coalesce(sum(n = 1), 0), coalesce(max(iif(typeof(v) = 'blob', 1000, length(v))), 0) "
        f"FROM (SELECT v, count(*) AS n FROM (SELECT {name} AS v FROM {quote(table.name)} LIMIT {_SAMPLE}) GROUP BY v)"
    )
    return cast("tuple[int, int, int, int, int]", found)
