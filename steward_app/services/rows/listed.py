"""Rows put in order once, into a temporary table, and read from there by number.

For an order no index serves it holds the keys alone; for a view or a query, which have no key, the values. The table
lives in SQLite's temporary file, which goes with the session: memory stays constant, the user's file as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count

from steward_app.db import ReadSession, quote
from steward_app.db.query import readable, reading_only, understandable
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.rows.cells import Cells, cell_sql, decode_cell, stream_values, tolerant
from steward_app.services.rows.keyset import Slice
from steward_app.services.rows.order import Fragment, every, mark, order_by, where
from steward_app.services.rows.source import Source, Term
from steward_app.services.schema.model import Column

_numbers = count(1)


class Listing:
    """Rows by number, from 1. The places of its slices are numbers.

    Args:
        session: its own; the list goes when the session closes.
        values: expressions over the source to keep: its key, or all its columns; `width` of them.
        terms: the order to keep them in; empty for the order in which the source gives them.
        condition: which rows.
    """

    def __init__(
        self,
        session: ReadSession,
        source: Source,
        values: Sequence[str],
        width: int,
        terms: Sequence[Term],
        condition: Fragment,
    ) -> None:
        self.session = session
        self.source = source
        self.total = 0
        self.cut = False
        self._values = values
        self._terms = terms
        self._condition = condition
        self._name = f"steward_rows_{next(_numbers)}"
        self._table = f"temp.{quote(self._name)}"
        self._kept = ", ".join(f"c{place}" for place in range(width))
        self._made = False

    def build(self, context: Context, *, limit: int | None = None) -> None:
        """Make the list, or make it again. With a `limit`, `cut` says whether there are more rows than that.

        Raises `Cancelled`; the list is then empty and can be built again.
        """
        filtered = where(self._condition)
        order = f" ORDER BY {order_by(self._terms)}" if self._terms else ""
        cap = Fragment(" LIMIT ?", (limit + 1,)) if limit is not None else Fragment()
        sql = (
            f"INSERT INTO {self._table} ({self._kept}) SELECT {', '.join(self._values)} "
            f"FROM {self.source.sql}{filtered.sql}{order}{cap.sql}"
        )
        self.total, self.cut = 0, False
        with self.session.under(context), self.session.temporary():
            self._clear()
            with self._guarded():
                self.session.all(sql, (*filtered.bindings, *cap.bindings))
            self.total = self.session.count(f"SELECT coalesce(max(rowid), 0) FROM {self._table}")
            if limit is not None and self.total > limit:
                self.session.all(f"DELETE FROM {self._table} WHERE rowid > ?", (limit,))
                self.total, self.cut = limit, True

    def keys(self, first: int, limit: int) -> list[Key]:
        """The kept values of up to `limit` rows from a number on."""
        rest = Fragment(f"FROM {self._table} WHERE rowid >= ? ORDER BY rowid LIMIT ?", (first, limit))
        return list(stream_values(self.session, self._kept.split(", "), rest))

    def read(self, first: int, limit: int, places: Sequence[int]) -> Slice:
        """Up to `limit` rows from a number on; `places` says which of the kept values are the cells."""

        def rows(raw: bool) -> list[tuple[Key, Cells]]:
            cells = ", ".join(cell_sql(f"c{place}", raw=raw) for place in places)
            sql = f"SELECT rowid, {cells} FROM {self._table} WHERE rowid >= ? ORDER BY rowid LIMIT ?"
            return [
                ((row[0],), tuple(map(decode_cell, row[1:])))
                for row in self.session.execute(sql, (first, limit))
            ]

        found = tolerant(rows)
        keys = tuple(key for key, _ in found)
        return Slice(tuple(cells for _, cells in found), keys, *((keys[0], keys[-1]) if keys else ()))

    def number_of(self, key: Key) -> int | None:
        """The number of the row that was kept with these values, or None. Reads the list through."""
        marks = [mark(value) for value in key]
        same = every(*(Fragment(f"c{place} IS {m.sql}", m.bindings) for place, m in enumerate(marks)))
        number = self.session.value(f"SELECT rowid FROM {self._table} WHERE {same.sql}", same.bindings)
        return number if isinstance(number, int) else None

    def row(self, number: int) -> Fragment:
        """FROM and WHERE for a row of the list."""
        return Fragment(f"FROM {self._table} WHERE rowid = ?", (number,))

    def drop(self) -> None:
        """Give the space back. The list can be built again."""
        if self._made:
            with self.session.temporary():
                self.session.all(f"DROP TABLE {self._table}")
            self._made = False
            self.total = 0

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """A query of the steward's reads and fills this list; a table or view is named when it cannot be read."""
        if self.source.query is None:
            with readable(self.source.name):
                yield
        else:
            with reading_only(self.session, into=self._name), understandable(self.source.query.sql):
                yield

    def _clear(self) -> None:
        if self._made:
            self.session.all(f"DELETE FROM {self._table}")
        else:
            # a row's number is its rowid: a column more would be one too many beside 2,000
            self.session.all(f"CREATE TEMP TABLE {quote(self._name)} ({self._kept})")
            self._made = True


def listing_of_keys(
    session: ReadSession, source: Source, terms: Sequence[Term], condition: Fragment
) -> Listing:
    """A list of the keys of a source that has one."""
    assert source.key is not None
    values = [term.sql for term in source.key.terms]
    return Listing(session, source, values, len(values), terms, condition)


def listing_of_values(
    session: ReadSession, source: Source, terms: Sequence[Term], condition: Fragment
) -> Listing:
    """A list of all the values of a source without a key."""
    return Listing(session, source, ["*"], len(source.columns), terms, condition)


def places_of(source: Source, columns: Sequence[Column]) -> list[int]:
    """Where columns stand among the values of `listing_of_values`."""
    return [source.columns.index(column) for column in columns]
