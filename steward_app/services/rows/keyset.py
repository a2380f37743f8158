"""Reads a source in an order that it has or can sort, from any place on, by key."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from steward_app.db import Session
from steward_app.kernel.values import Key, Row
from steward_app.services.rows.cells import (
    Cells,
    cell_sql,
    decode_cell,
    decode_value,
    stream_values,
    tolerant,
    value_sql,
    with_heads,
)
from steward_app.services.rows.order import Fragment, equals, every, order_by, ranges, where
from steward_app.services.rows.source import RowKey, Source, Term
from steward_app.services.schema.model import Column


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows read, with their keys and the places of the first and last in the order."""

    rows: tuple[Cells, ...] = ()
    keys: tuple[Key, ...] = ()
    start: Row = ()
    end: Row = ()


class KeysetReader:
    """Reads by key. The source must have one.

    Args:
        session: belongs to the reader while it reads.
        columns: the columns to read.
        terms: the order; the last ones are those of the key.
        condition: which rows; empty for all.
    """

    def __init__(
        self,
        session: Session,
        source: Source,
        columns: Sequence[Column],
        terms: Sequence[Term],
        condition: Fragment,
    ) -> None:
        assert source.key is not None
        self.session = session
        self.source = source
        self.key: RowKey = source.key
        self.columns = columns
        self.terms = tuple(terms)
        self.condition = condition
        self._names = [column.name for column in columns]
        self._columns_sql = [source.sql_of(column) for column in columns]
        self._expressions = tuple(dict.fromkeys(term.sql for term in (*self.terms, *self.key.terms)))
        self._in_place = [self._expressions.index(term.sql) for term in self.terms]
        self._in_key = [self._expressions.index(term.sql) for term in self.key.terms]

    def read(
        self, place: Row | None, limit: int, *, backward: bool = False, inclusive: bool = False
    ) -> Slice:
        """Up to `limit` rows after a place (before it when `backward`), in the order; from its end for None."""
        return tolerant(lambda raw: self._read(place, limit, backward, inclusive, raw))

    def places(self, place: Row | None, *, backward: bool = False, inclusive: bool = False) -> Generator[Row]:
        """The places of the rows from a place on, without their cells. Close the iterator or exhaust it."""
        chosen = [term.sql for term in self.terms]
        for condition in self._ranges(place, backward, inclusive):
            yield from stream_values(self.session, chosen, self._rest(condition, backward))

    def exists(self, place: Row, *, backward: bool) -> bool:
        """Whether there are rows beyond a place."""
        rows = self.places(place, backward=backward)
        try:
            return any(True for _ in islice(rows, 1))
        finally:
            rows.close()

    def places_among(self, rowids: Sequence[int]) -> Iterator[Row]:
        """The places of those of some rows that meet the condition, in the order."""
        among = Fragment(
            f"{self.key.terms[0].sql} IN (SELECT value FROM json_each(?))", (json.dumps(rowids),)
        )
        return stream_values(
            self.session, [term.sql for term in self.terms], self._rest(among, backward=False)
        )

    def one(self, key: Key) -> Cells | None:
        """The cells of one row, by its key; None when it is gone."""

        def read(raw: bool) -> Cells | None:
            cells = ", ".join(cell_sql(column_sql, raw=raw) for column_sql in self._columns_sql)
            row = self.row(key)
            values = self.session.one(f"SELECT {cells} {row.sql}", row.bindings)
            return None if values is None else self._cells(values, key)

        return tolerant(read)

    def place_of(self, key: Key) -> Row | None:
        """The place of the row with that key, filtered or not; None when there is no such row."""
        if tuple(term.sql for term in self.terms) == tuple(term.sql for term in self.key.terms):
            return key
        return self.row_values(key, [term.sql for term in self.terms])

    def row_values(self, key: Key, expressions: Sequence[str]) -> Row | None:
        """Whole values of one row, by its key."""
        return next(iter(stream_values(self.session, expressions, self.row(key))), None)

    def row(self, key: Key) -> Fragment:
        """FROM and WHERE for the row with that key."""
        same = every(*(equals(term, value) for term, value in zip(self.key.terms, key, strict=True)))
        return Fragment(f"FROM {self.source.sql} WHERE {same.sql} LIMIT 1", same.bindings)

    def page_sql(self) -> Fragment:
        """The query of the first page, for asking SQLite how it would run it."""
        return self._select(Fragment(), 1, backward=False, raw=False)

    def _read(self, place: Row | None, limit: int, backward: bool, inclusive: bool, raw: bool) -> Slice:
        width = len(self.columns)
        rows: list[Cells] = []
        keys: list[Key] = []
        first: Row = ()
        last: Row = ()
        for condition in self._ranges(place, backward, inclusive):
            query = self._select(condition, limit - len(rows), backward=backward, raw=raw)
            for row in self.session.execute(query.sql, query.bindings):
                last = row[width:]
                first = first or last
                keys.append(_chosen(last, self._in_key, raw))
                rows.append(self._cells(row[:width], keys[-1]))
            if len(rows) >= limit:
                break
        start, end = (_chosen(values, self._in_place, raw) if values else () for values in (first, last))
        if backward:
            return Slice(tuple(reversed(rows)), tuple(reversed(keys)), end, start)
        return Slice(tuple(rows), tuple(keys), start, end)

    def _cells(self, values: Row, key: Key) -> Cells:
        cells = tuple(map(decode_cell, values))
        if not self.source.stored or not self.key.rowid or not isinstance(key[0], int):
            return cells
        return with_heads(self.session, self.source.name, self._names, key[0], cells)

    def _ranges(self, place: Row | None, backward: bool, inclusive: bool) -> Iterator[Fragment]:
        if place is None:
            return iter((Fragment(),))
        return ranges(self.terms, place, backward=backward, inclusive=inclusive)

    def _select(self, condition: Fragment, limit: int, *, backward: bool, raw: bool) -> Fragment:
        cells = [cell_sql(column_sql, raw=raw) for column_sql in self._columns_sql]
        values = [value_sql(expression, raw=raw) for expression in self._expressions]
        rest = self._rest(condition, backward)
        return Fragment(f"SELECT {', '.join([*cells, *values])} {rest.sql} LIMIT ?", (*rest.bindings, limit))

    def _rest(self, condition: Fragment, backward: bool) -> Fragment:
        filtered = where(self.condition, condition)
        order = order_by(self.terms, backward=backward)
        return Fragment(f"FROM {self.source.sql}{filtered.sql} ORDER BY {order}", filtered.bindings)


def _chosen(values: Row, places: Sequence[int], raw: bool) -> Row:
    return tuple(decode_value(values[place], raw=raw) for place in places)
