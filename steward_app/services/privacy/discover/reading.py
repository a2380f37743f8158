"""The cells of a table, column by column in batches, whatever is in them.

What is larger than `MOST_BYTES` is not loaded: its beginning is read, and it comes as a `Part`. So does text that is
not valid UTF-8. Batches are as long as memory allows: some megabytes, a few rows of large cells, thousands of small.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from steward_app.db import ReadSession, literal, qualified, quote
from steward_app.db.any_text import legible
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.discover.sampling import AllRows, ByChance, Rows, SomeRows
from steward_app.services.rows.cells import codec_of, decode_value, value_sql
from steward_app.services.schema.model import Column, Generated, Table, TableKind

MOST_BYTES = 65_536
_LOADED_AT_MOST = 1 << 24  # where a beginning cannot be read alone, of no larger value
_HEAD_BYTES = 8_192
_BATCH_BYTES = 1 << 23
_FIRST_ROWS, _MOST_ROWS = 256, 4_096
_MOST_ROWIDS = 500  # in one statement
_MOST_COLUMNS = 100
_WEIGHED = 16  # rows of a batch whose size is taken for that of all


@dataclass(frozen=True, slots=True)
class Part:
    """A value that did not come as it is.

    Attributes:
        value: its beginning, or the whole of it as `legible` says what is not UTF-8.
        size: in bytes, all of it.
        cut: there is more of it.
        damaged: it is text that is not valid UTF-8.
    """

    value: str | bytes
    size: int
    cut: bool = False
    damaged: bool = False


Cell: TypeAlias = SqlValue | Part
Batch: TypeAlias = list[Sequence[Cell]]
"""The cells of each column, row by row."""


def groups(columns: Sequence[Column]) -> Iterator[tuple[Column, ...]]:
    """Columns that are read together: SQLite gives no more than 2,000 at once."""
    for start in range(0, len(columns), _MOST_COLUMNS):
        yield tuple(columns[start : start + _MOST_COLUMNS])


class Reader:
    """Reads some columns of a table."""

    def __init__(self, session: ReadSession, table: Table, columns: Sequence[Column]) -> None:
        self._session = session
        self._table = table
        self._names = [column.name for column in columns]
        self._source = qualified(table.name)
        self._codec = codec_of(session)
        self._mark = secrets.token_hex(16)  # no value can have been written that begins so
        computed = any(column.generated is not Generated.NO for column in table.columns)
        self._piecewise = table.kind is TableKind.TABLE and not table.without_rowid and not computed

    def batches(self, rows: Rows) -> Iterator[Batch]:
        """The cells of the rows. Raises `Failure` where the table is damaged, after what could be read before."""
        match rows:
            case SomeRows(rowid, rowids):
                for start, end in self._pieces(len(rowids)):
                    listed = ", ".join(map(str, rowids[start:end]))
                    yield self._read(rowid, f"WHERE {rowid} IN ({listed})")
            case AllRows(rowid) if rowid:
                yield from self._onwards(rowid)
            case AllRows():
                yield from self._stream("")
            case ByChance(wanted, of):
                yield from self._stream(f"WHERE abs(random() % {of:d}) < {wanted:d}")

    def _pieces(self, count: int) -> Iterator[tuple[int, int]]:
        start = 0
        self._rows = _FIRST_ROWS
        while start < count:
            end = min(start + min(self._rows, _MOST_ROWIDS), count)
            yield start, end
            start = end

    def _onwards(self, rowid: str) -> Iterator[Batch]:
        """By rowid, from where the batch before ended."""
        after = ""
        self._rows = _FIRST_ROWS
        while True:
            wanted = self._rows
            batch = self._read(rowid, f"{after} ORDER BY {rowid} LIMIT {wanted}")
            yield batch
            if self._read_rows < wanted:
                return
            after = f"WHERE {rowid} > {self._last}"

    def _read(self, rowid: str, rest_sql: str) -> Batch:
        def read(*, raw: bool) -> list[Row]:
            return self._session.all(f"SELECT {rowid}, {self._terms(raw=raw)} FROM {self._source} {rest_sql}")

        try:
            rows, raw = read(raw=False), False
        except UnicodeDecodeError:  # not chained: the error holds the value
            rows, raw = [], True
        if raw:
            rows = read(raw=True)
        self._read_rows = len(rows)
        self._last = int(str(rows[-1][0])) if rows else 0
        return self._columns(rows, raw=raw)

    def _stream(self, where_sql: str) -> Iterator[Batch]:
        """In the order of the source; from the start again, past what was read, where text is not UTF-8."""
        read = 0
        self._rows = _FIRST_ROWS
        for raw in (False, True):
            found = self._session.execute(
                f"SELECT NULL, {self._terms(raw=raw)} FROM {self._source} {where_sql}"
            )
            rows = islice(found, 0 if where_sql else read, None)
            try:
                while some := list(islice(rows, self._rows)):
                    read += len(some)
                    yield self._columns(some, raw=raw)
                return
            except UnicodeDecodeError:
                if raw:
                    raise
            finally:
                found.close()

    def _terms(self, *, raw: bool) -> str:
        return ", ".join(self._term(quote(name), raw=raw) for name in self._names)

    def _term(self, name_sql: str, *, raw: bool) -> str:
        head = "''"
        if not self._piecewise:
            start = f"hex(substr(CAST({name_sql} AS BLOB), 1, {_HEAD_BYTES}))"
            head = f"iif(octet_length({name_sql}) <= {_LOADED_AT_MOST}, {start}, '')"
        said = (
            f"{literal(self._mark)} || typeof({name_sql}) || ':' || octet_length({name_sql}) || ':' || {head}"
        )
        whole = value_sql(name_sql, raw=raw)
        return f"iif(octet_length({name_sql}) > {MOST_BYTES}, CAST({said} AS BLOB), {whole})"

    def _columns(self, rows: Sequence[Row], *, raw: bool) -> Batch:
        self._weigh(rows)
        columns: list[Sequence[SqlValue]] = list(zip(*rows, strict=True)) if rows else []
        if not columns:
            return [()] * len(self._names)
        rowids = columns[0]
        return [
            self._cells(column, name, rowids, raw=raw)
            for column, name in zip(columns[1:], self._names, strict=True)
        ]

    def _weigh(self, rows: Sequence[Row]) -> None:
        looked_at = rows[:: max(1, len(rows) // _WEIGHED)]
        size = sum(len(value) if isinstance(value, str | bytes) else 8 for row in looked_at for value in row)
        average = size // max(1, len(looked_at)) + 1
        self._rows = max(16, min(_MOST_ROWS, _BATCH_BYTES // average, 4 * self._rows))

    def _cells(
        self, column: Sequence[SqlValue], name: str, rowids: Sequence[SqlValue], *, raw: bool
    ) -> Sequence[Cell]:
        if bytes not in set(map(type, column)):
            return column
        return [
            self._cell(value, name, rowid, raw=raw) if isinstance(value, bytes) else value
            for value, rowid in zip(column, rowids, strict=True)
        ]

    def _cell(self, value: bytes, name: str, rowid: SqlValue, *, raw: bool) -> Cell:
        if len(value) > 32 and (said := value.replace(b"\x00", b"")).startswith(self._mark.encode()):
            storage, size, head = said[len(self._mark) :].decode("ascii").split(":")
            return self._part(storage, int(size), bytes.fromhex(head), name, rowid)
        found = decode_value(value, raw=raw)
        if isinstance(found, str) and not found.isascii():
            plain = legible(found)
            if plain != found:
                return Part(plain, len(value) // 2, damaged=True)
        return found

    def _part(self, storage: str, size: int, head: bytes, name: str, rowid: SqlValue) -> Part:
        if self._piecewise and isinstance(rowid, int):
            wanted = MOST_BYTES if storage == "text" else _HEAD_BYTES
            head = self._session.read_bytes(self._table.name, name, rowid, wanted) or b""
        return Part(head.decode(self._codec, "replace") if storage == "text" else head, size, cut=True)
