"""How the rows of two tables belong together that are to be merged: in the file, or behind what waits for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from steward_app.db import ReadSession, Session
from steward_app.db.names import qualified, quote
from steward_app.kernel.progress import Context
from steward_app.services.migrate.ahead import Ahead
from steward_app.services.migrate.draft.origins import Origins
from steward_app.services.migrate.edit.merge import Pair, pair_of
from steward_app.services.migrate.edit.model import Edit, MergeTable
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from steward_app.services.migrate.lint.rows import Rows


@dataclass(frozen=True, slots=True)
class Matched:
    """How the rows of two tables belong together.

    Attributes:
        alone: rows of the table that goes which belong to none; they would be lost.
        without: rows of the table that stays to which none belongs.
    """

    alone: int
    without: int


def matched(
    session: ReadSession,
    begin: Ahead,
    edits: Sequence[Edit],
    edit: MergeTable,
    schema: Schema,
    context: Context | None = None,
) -> Matched | None:
    """Count how the rows of two tables belong together, or None where nobody can say before what comes first has run.

    Reads every key of both.

    Args:
        session: the file with the rows.
        begin: what the changes begin with.
        edits: the changes before the merge.
        schema: as these leave it.
    """
    context = context or Context()
    with session.under(context):
        counting = _counting(session, begin, context)
        origins = Origins.of(read_schema(begin.schema, context), edits)
        return _matched(counting, origins, edit, schema) if counting else None


def _matched(counting: _Counting, origins: Origins, edit: MergeTable, schema: Schema) -> Matched | None:
    pair = pair_of(schema, edit)
    stays, goes = origins.table(edit.table), origins.table(edit.merged)
    key, points = origins.column(edit.table, pair.key.name), origins.column(edit.merged, edit.key)
    if not (stays and goes and points and points.column):  # without rows, or none that points anywhere
        known = not goes or not stays or points is not None
        alone, without = (counting.count(each) if each and known else 0 for each in (goes, stays))
    elif key is None or not key.column:
        return None
    else:
        known = True
        here = replace(
            pair,
            table=replace(pair.table, name=stays),
            merged=replace(pair.merged, name=goes),
            key=replace(pair.key, name=key.column),
            points=replace(pair.points, name=points.column),
        )
        alone, without = counting.alone(here), counting.without(here)
    return None if not known or alone is None or without is None else Matched(alone, without)


def _counting(session: ReadSession, begin: Ahead, context: Context) -> _Counting | None:
    if not begin.waiting:
        return _InFile(session)
    from steward_app.services.migrate.lint.lint import rows_after

    rows = rows_after(session, begin.waiting, context)
    return _Behind(rows) if rows else None


class _Counting(Protocol):
    """Counts rows; None where that cannot be said."""

    def count(self, table: str) -> int | None: ...

    def alone(self, pair: Pair) -> int | None: ...

    def without(self, pair: Pair) -> int | None: ...


class _InFile:
    """The rows as they are."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def count(self, table: str) -> int:
        return self._session.count(f"SELECT count(*) FROM {qualified(table)}")

    def alone(self, pair: Pair) -> int:
        return self._session.count(f"SELECT count(*) FROM ({pair.alone_sql})")

    def without(self, pair: Pair) -> int:
        return self._session.count(f"SELECT count(*) FROM ({pair.without_sql})")


class _Behind:
    """The rows that what waits leaves, as far as SQL can say what it does to them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def count(self, table: str) -> int | None:
        found = self._rows.count(table)
        return found if found or not self._is_open(table) else None

    def alone(self, pair: Pair) -> int | None:
        keys, points = self._values(pair)
        collated = f"{points} COLLATE {quote(pair.points.collation)}"
        nowhere = f"m.{quote(pair.points.name)} IS NULL OR {collated} NOT IN ({keys})"
        return self._count(pair.merged.name, "m", nowhere, pair.table.name)

    def without(self, pair: Pair) -> int | None:
        _, points = self._values(pair)
        held = self._rows.from_sql(pair.merged.name, "m")
        pointing = f"SELECT {points} FROM {held} WHERE m.{quote(pair.points.name)} IS NOT NULL"
        key = f"t.{quote(pair.key.name)} COLLATE {quote(pair.points.collation)}"
        return self._count(pair.table.name, "t", f"{key} NOT IN ({pointing})", pair.merged.name)

    def _values(self, pair: Pair) -> tuple[str, str]:
        """A query for the keys that are there, and what points to one, as the key keeps it."""
        from steward_app.services.migrate.lint.sources import as_kept

        held, key = self._rows.from_sql(pair.table.name, "t"), f"t.{quote(pair.key.name)}"
        return f"SELECT {key} FROM {held} WHERE {key} IS NOT NULL", as_kept(
            pair.key, f"m.{quote(pair.points.name)}"
        )

    def _count(self, table: str, known_as: str, condition: str, other: str) -> int | None:
        """How many rows of a table meet a condition about those of the other one."""
        if not self._rows.source(table) or not self._rows.source(other):
            return None
        found = self._rows.counts(self._rows.from_sql(table, known_as), [condition])[0]
        unsure = self._is_open(table) or (
            found and self._is_open(other)
        )  # a partner may be among more that come
        return None if unsure else found

    def _is_open(self, table: str) -> bool:
        source = self._rows.source(table)
        return source is None or source.more or source.uncounted
