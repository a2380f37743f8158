"""Reads columns of a table as different combinations of values, each once, with how often it stands there.

A batch of rows comes from SQLite as one text of JSON lines, which costs a fraction of reading every cell as an object
of its own. Memory follows the number of different combinations, not of rows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from steward_app.db import ReadSession
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.reach import Source
from steward_app.services.privacy.risk.grouping import labels

if TYPE_CHECKING:
    from steward_app.services.privacy.risk.grouping import Codes, Whole

MOST_TUPLES = 4_000_000  # 32 bytes each with 6 columns, and as much again while they are merged
MOST_VALUES = 1_500_000
_BATCH_BYTES = 1 << 21
_FIRST_BATCH = 2_000  # rows; later ones follow from how long these were
_LINES_AT_ONCE = 100_000
_FIRST_ROWID = -(1 << 63)


class TooMany(Exception):
    """There are more different combinations than memory is given for."""


@dataclass(frozen=True, slots=True)
class Tuples:
    """Different combinations of values.

    Attributes:
        values: for each column its different values; a code is a place in this list.
        codes: a row for each combination, a column for each column.
        weights: how many rows of the table hold the combination.
    """

    values: tuple[tuple[SqlValue, ...], ...]
    codes: Codes
    weights: Whole

    @property
    def cards(self) -> tuple[int, ...]:
        """How many different values each column has."""
        return tuple(map(len, self.values))

    @property
    def rows(self) -> int:
        """Rows that were read."""
        return int(self.weights.sum())

    def columns(self, numbers: Sequence[int]) -> list[Codes]:
        """The codes of some columns."""
        return [self.codes[:, number] for number in numbers]


def read_tuples(session: ReadSession, source: Source, context: Context, *, most: int = MOST_TUPLES) -> Tuples:
    """The different combinations of a source's columns. Raises `TooMany` where memory would not stay bounded."""
    collected = _Collected(len(source.columns_sql), most)
    # Between two batches is often enough to stop; a look within would wait for the thread that counts.
    with session.under(context) if not source.rowid_sql else nullcontext():
        for lines in _one_ahead(_batches(session, source, context)):
            collected.add(lines)
    return collected.tuples()


def lines_sql(session: ReadSession, source: Source) -> str:
    """The same as bytes, where the file holds UTF-8; invalid ones come as they are."""
    return _cast(json_sql(source), session)


def lines_as_codes(lines: Collection[bytes], numbers: Sequence[dict[SqlValue, int]]) -> Codes:
    """A row of codes for each line. A value that was not met before gets the next number of its column."""
    import numpy as np

    text = "[" + b",".join(lines).decode(errors="surrogateescape") + "]"
    codes = np.zeros((len(lines), len(numbers)), dtype=np.int32)
    for at, column in enumerate(zip(*json.loads(text), strict=True)):
        codes[:, at] = np.fromiter(_numbered(column, numbers[at]), np.int32, len(codes))
    return codes


def numbers_of(tuples: Tuples) -> list[dict[SqlValue, int]]:
    """Of each column the code of every value."""
    return [{value: code for code, value in enumerate(values)} for values in tuples.values]


def json_sql(source: Source) -> str:
    """The columns of a row as one line of JSON, a BLOB as a list of its hexadecimal text."""
    return f"json_array({', '.join(map(_cell, source.columns_sql))})"


def _cell(column_sql: str) -> str:
    # Only a BLOB is not below the empty BLOB; to compare is quicker than to ask for the type.
    return f"iif({column_sql} >= x'', json_array(hex({column_sql})), {column_sql})"


def _batches(session: ReadSession, source: Source, context: Context) -> Iterator[list[bytes]]:
    """JSON lines of all rows. Text of another encoding comes as UTF-8, invalid bytes come as they are."""
    line_sql = json_sql(source)
    if not source.rowid_sql:
        yield from _row_by_row(
            session, f"SELECT {lines_sql(session, source)} FROM {source.rows_sql}", context
        )
        return
    joined_sql = _cast("group_concat(line, char(10))", session)

    def batch_sql(compare: str) -> str:
        return (
            f"SELECT {joined_sql}, max(id), count(*) FROM (SELECT {source.rowid_sql} AS id, {line_sql} AS line "
            f"FROM {source.but(f'{source.rowid_sql} {compare} ?').rows_sql} ORDER BY {source.rowid_sql} LIMIT ?)"
        )

    after, compare, done, rows = _FIRST_ROWID, ">=", 0, _FIRST_BATCH
    while True:
        context.checkpoint()
        try:
            found = session.one(batch_sql(compare), (after, rows))
        except Failure as error:
            if error.code is not ErrorCode.TOO_LARGE or rows == 1:
                raise
            rows = max(1, rows // 16)
            continue
        if found is None or found[0] is None:
            return
        after, compare, done = cast(int, found[1]), ">", done + cast(int, found[2])
        text = _bytes(found[0])
        yield text.split(b"\n")
        rows = max(1, min(2 * rows, _BATCH_BYTES * cast(int, found[2]) // len(text)))
        context.report(done, unit="rows")


def _one_ahead(batches: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
    """The next batch is read by another thread while the last one is counted."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (lines := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield lines


def _row_by_row(session: ReadSession, sql: str, context: Context) -> Iterator[list[bytes]]:
    lines: list[bytes] = []
    done = 0
    for (line,) in session.execute(sql):
        lines.append(_bytes(line))
        if len(lines) == _FIRST_BATCH:
            done += len(lines)
            yield lines
            lines = []
            context.report(done, unit="rows")
    yield lines


def _cast(text_sql: str, session: ReadSession) -> str:
    return f"CAST({text_sql} AS BLOB)" if session.value("PRAGMA encoding") == "UTF-8" else text_sql


def _bytes(value: SqlValue) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


class _Collected:
    """Counts lines, and turns them into codes before they are many."""

    def __init__(self, columns: int, most: int) -> None:
        self._lines: Counter[bytes] = Counter()
        self._numbers: list[dict[SqlValue, int]] = [{} for _ in range(columns)]
        self._parts: list[tuple[Codes, Whole]] = []
        self._most = most

    def add(self, lines: list[bytes]) -> None:
        self._lines.update(lines)
        if len(self._lines) > _LINES_AT_ONCE:
            self._encode()

    def tuples(self) -> Tuples:
        self._encode()
        self._merge()
        codes, weights = self._parts[0]
        return Tuples(tuple(tuple(numbers) for numbers in self._numbers), codes, weights)

    def _encode(self) -> None:
        import numpy as np

        codes = lines_as_codes(self._lines, self._numbers)
        self._parts.append((codes, np.fromiter(self._lines.values(), dtype=np.int64, count=len(self._lines))))
        self._lines.clear()
        if sum(map(len, self._numbers)) > MOST_VALUES:
            raise TooMany
        if sum(len(part) for part, _ in self._parts) > self._most:
            self._merge()
            if len(self._parts[0][0]) > self._most // 2:
                raise TooMany

    def _merge(self) -> None:
        """Combinations that several parts hold become one, and those written in two ways, as 1 and 1.0 are."""
        import numpy as np

        codes = np.concatenate([part for part, _ in self._parts])
        weights = np.concatenate([part for _, part in self._parts])
        cards = [len(numbers) for numbers in self._numbers]
        label, groups = labels([codes[:, at] for at in range(len(cards))], cards, len(codes))
        first = np.zeros(groups, dtype=np.int64)
        first[label] = np.arange(len(codes))
        counted = np.bincount(label, weights=weights, minlength=groups).astype(np.int64)
        self._parts = [(codes[first], counted)]


def _numbered(column: Sequence[object], numbers: dict[SqlValue, int]) -> Iterator[int]:
    """The code of each value; a value met first gets the next."""
    try:
        different: Sequence[object] = tuple(dict.fromkeys(column))
    except TypeError:  # a BLOB stands as a list, which is no key of a dictionary
        column = [bytes.fromhex(value[0]) if isinstance(value, list) else value for value in column]
        different = tuple(dict.fromkeys(column))
    for value in cast("Sequence[SqlValue]", different):
        numbers.setdefault(value, len(numbers))
    return map(numbers.__getitem__, cast("Sequence[SqlValue]", column))
