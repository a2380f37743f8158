"""What a column holds: how many values, how many different ones, the smallest, the largest, the most frequent.

A table of up to two million rows is read whole. Of a larger one, stretches of rows evenly spread over it are read
and the result says how many; every row is read when that is asked for.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass

from steward_app.db import ReadSession
from steward_app.db.query import readable
from steward_app.kernel.progress import Context
from steward_app.services.rows.anchors import even_rowids
from steward_app.services.rows.cells import cell_sql, decode_cell, tolerant
from steward_app.services.rows.counting import estimate_rows
from steward_app.services.rows.filter import EVERY_ROW, Filter, compile_filter
from steward_app.services.rows.keyset import KeysetReader
from steward_app.services.rows.model import Cell, Precision, RowCount, Storage
from steward_app.services.rows.order import Fragment, where
from steward_app.services.rows.source import Source

READ_WHOLE = 2_000_000
_STRETCHES = 1_000
_STRETCH_ROWS = 50
_COUNTED_DISTINCT = 2_000_000
_TOP = 10


@dataclass(frozen=True, slots=True)
class TopValue:
    """A frequent value (a preview of a long one) and how many rows hold it."""

    value: Cell
    rows: int


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """What a column holds. Numbers are of the rows looked at; `smallest`, `largest` and `top` are values of rows.

    Attributes:
        rows: rows looked at.
        sampled: True when that is a part of the rows, spread over the table.
        of_rows: how many rows there are in all, as far as known.
        empty: rows without a value (NULL).
        storages: rows for each storage class found, most frequent first.
        distinct: different values in all rows, NULL not counted: "about" from a sample, "more than" above two million.
        smallest, largest: by SQLite's order; None where there is no value.
        mean: of the numbers among the values, or None.
        shortest, longest: lengths of texts in characters and of BLOBs in bytes, or None.
        top: the most frequent values, NULL not counted; empty where no value stands twice.
    """

    column: str
    rows: int
    sampled: bool
    of_rows: RowCount
    empty: int
    storages: tuple[tuple[Storage, int], ...]
    distinct: RowCount
    smallest: Cell
    largest: Cell
    mean: float | None
    shortest: int | None
    longest: int | None
    top: tuple[TopValue, ...]


def column_statistics(
    session: ReadSession,
    source: Source,
    column: str,
    context: Context,
    *,
    filter: Filter = EVERY_ROW,  # noqa: A002  the word for it
    whole: bool = False,
) -> ColumnStatistics:
    """Look at one column of a source: a job.

    Args:
        whole: read every row, however many there are.

    Raises `Cancelled`.
    """
    chosen = source.column(column)
    condition = compile_filter(filter, source)
    with session.under(context), session.snapshot(), readable(source.name or "query"):
        of_rows = estimate_rows(session, source)
        sample = Fragment() if whole or of_rows.value <= READ_WHOLE else _sample(session, source)
        limits = where(condition, sample)
        read = Fragment(f"FROM {source.sql}{limits.sql}", limits.bindings)
        looked = _Look(session, source.sql_of(chosen), read)
        context.report(0, 3, note=column)
        facts = looked.facts()
        context.report(1, 3, note=column)
        distinct = looked.distinct(of_rows if sample else None)
        context.report(2, 3, note=column)
        top = looked.top()
        smallest, largest = looked.edge("min"), looked.edge("max")
        context.report(3, 3, note=column)
    return ColumnStatistics(
        column=chosen.name,
        rows=facts.rows,
        sampled=bool(sample),
        of_rows=of_rows if sample or filter else RowCount(facts.rows),
        empty=facts.rows - facts.filled,
        storages=tuple(facts.storages.most_common()),
        distinct=distinct,
        smallest=smallest,
        largest=largest,
        mean=facts.mean,
        shortest=facts.shortest,
        longest=facts.longest,
        top=top,
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    rows: int
    filled: int
    storages: Counter[Storage]
    mean: float | None
    shortest: int | None
    longest: int | None


class _Look:
    """The questions asked of one column over the rows read."""

    def __init__(self, session: ReadSession, column: str, read: Fragment) -> None:
        self._session = session
        self._column = column
        self._read = read

    def facts(self) -> _Facts:
        """Counts, mean and lengths, in one pass."""
        column = self._column
        lengths = f"CASE typeof({column}) WHEN 'text' THEN length({column}) WHEN 'blob' THEN octet_length({column}) END"
        numbers = f"CASE WHEN typeof({column}) IN ('integer', 'real') THEN {column} END"
        classes = ", ".join(f"total(typeof({column}) = '{storage}')" for storage in Storage)
        row = self._session.one(
            f"SELECT count(*), count({column}), avg({numbers}), min({lengths}), max({lengths}), {classes} "
            f"{self._read.sql}",
            self._read.bindings,
        )
        assert row is not None
        rows, filled, mean, shortest, longest, *counts = row
        found = {storage: int(float(str(number))) for storage, number in zip(Storage, counts, strict=True)}
        return _Facts(
            int(str(rows)),
            int(str(filled)),
            Counter({storage: number for storage, number in found.items() if number}),
            mean if isinstance(mean, float) and math.isfinite(mean) else None,
            shortest if isinstance(shortest, int) else None,
            longest if isinstance(longest, int) else None,
        )

    def distinct(self, sampled_of: RowCount | None) -> RowCount:
        """How many different values there are; from a sample, about how many there are in all rows.

        By the estimator of Haas and Stokes (1998) that PostgreSQL uses too: n*d / (n - f + f*n/N), for d values in a
        sample of n out of N rows, f of them seen once.
        """
        groups = (
            f"SELECT count(*) AS n {self._read.sql} GROUP BY {self._column} HAVING {self._column} IS NOT NULL"
        )
        row = self._session.one(
            f"SELECT count(*), total(n = 1), total(n) FROM ({groups} LIMIT {_COUNTED_DISTINCT + 1})",
            self._read.bindings,
        )
        values, once, rows = (int(float(str(number))) for number in row or (0, 0, 0))
        if sampled_of is not None and rows:
            all_rows = max(rows, sampled_of.value)
            return RowCount(round(rows * values / (rows - once + once * rows / all_rows)), Precision.ABOUT)
        if values > _COUNTED_DISTINCT:
            return RowCount(_COUNTED_DISTINCT, Precision.AT_LEAST)
        return RowCount(values)

    def top(self) -> tuple[TopValue, ...]:
        """The most frequent values, a preview of each; none when no value stands twice."""
        grouped = (
            f"SELECT {self._column} AS steward_value, count(*) AS steward_rows {self._read.sql} "
            f"GROUP BY 1 HAVING steward_value IS NOT NULL ORDER BY 2 DESC, 1 LIMIT {_TOP}"
        )

        def read(raw: bool) -> tuple[TopValue, ...]:
            sql = f"SELECT {cell_sql('steward_value', raw=raw)}, steward_rows FROM ({grouped})"
            rows = self._session.execute(sql, self._read.bindings)
            return tuple(TopValue(decode_cell(value), int(str(count))) for value, count in rows)

        found = tolerant(read)
        return found if any(each.rows > 1 for each in found) else ()

    def edge(self, which: str) -> Cell:
        """The smallest or largest value, a preview of it."""
        only = f"SELECT {which}({self._column}) AS steward_value {self._read.sql}"

        def read(raw: bool) -> Cell:
            sql = f"SELECT {cell_sql('steward_value', raw=raw)} FROM ({only})"
            return decode_cell(self._session.value(sql, self._read.bindings))

        return tolerant(read)


def _sample(session: ReadSession, source: Source) -> Fragment:
    """A condition for stretches of rows spread evenly over a table; empty where it has no rowid."""
    key = source.key
    if key is None or not key.rowid:
        return Fragment()
    starts = even_rowids(KeysetReader(session, source, (), key.terms, Fragment()), _STRETCHES)
    rowid = key.terms[0].sql
    stretch = f"SELECT {rowid} FROM {source.sql} WHERE {rowid} >= ? ORDER BY {rowid} LIMIT {_STRETCH_ROWS}"
    found = sorted(
        {row[0] for start in starts for row in session.execute(stretch, (start,)) if row[0] is not None}
    )
    return Fragment(f"{rowid} IN (SELECT value FROM json_each(?))", (json.dumps(found),))
