"""Rows as Parquet, a group at a time, with a type for every column.

SQLite lets every cell of a column be of another type; Parquet does not. The types come from the storage classes that
are really there. A column that holds several becomes two: the values as text, and beside it the storage class of each.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from steward_app import __version__
from steward_app.db import ReadSession
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.rows.export_text import Texts, real
from steward_app.services.rows.model import Storage
from steward_app.services.rows.order import Fragment
from steward_app.services.rows.source import Source
from steward_app.services.schema.model import Column

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_A_GROUP = 50_000
_BYTES_A_GROUP = 32 << 20
_COLUMNS_AT_ONCE = 500
_EXACT_AS_REAL = 1 << 53
_OF_AFFINITY = {"INTEGER": "int64", "REAL": "float64"}
_OF_STORAGE = {
    Storage.INTEGER: "int64",
    Storage.REAL: "float64",
    Storage.TEXT: "string",
    Storage.BLOB: "binary",
}


@dataclass(frozen=True, slots=True)
class ColumnType:
    """How a column is written: an Arrow type by name; `split` into text and storage class where it is mixed."""

    column: str
    type: str
    split: bool = False


def column_types(
    session: ReadSession, source: Source, columns: Sequence[Column], read: Fragment
) -> tuple[ColumnType, ...]:
    """The types of columns by the storage classes found in the rows to be written. Reads the rows once.

    Args:
        read: FROM and WHERE of the rows.
    """
    found: list[ColumnType] = []
    for start in range(0, len(columns), _COLUMNS_AT_ONCE):
        part = columns[start : start + _COLUMNS_AT_ONCE]
        classes = ", ".join(f"group_concat(DISTINCT typeof({source.sql_of(column)}))" for column in part)
        row = session.one(f"SELECT {classes} {read.sql}", read.bindings) or ()
        for column, names in zip(part, row, strict=True):
            storages = {Storage(name) for name in str(names or "").split(",") if name} - {Storage.NULL}
            found.append(_type(session, source, column, storages, read))
    return tuple(found)


def refuse_mixed(types: Sequence[ColumnType]) -> None:
    """Raise `Refused` when a column holds several storage classes."""
    mixed = [each.column for each in types if each.split]
    if mixed:
        names = ", ".join(quoted(name, 40) for name in mixed[:5]) + (", …" if len(mixed) > 5 else "")
        raise Refused(
            ErrorCode.BLOCKED,
            f"Nothing was written: {names} {'holds' if len(mixed) == 1 else 'hold'} values of several types.",
            hint="Leave the column out, correct the values, or have such columns written as text and type.",
        )


class ParquetWriter:
    """Writes rows to a sink of bytes, in groups that keep memory constant."""

    def __init__(self, sink: Callable[[bytes], None], types: Sequence[ColumnType], source: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.texts = Texts()
        self._types = types
        self._schema = _schema(types, source)
        self._sink = _Sink(sink)
        self._file = pa.PythonFile(self._sink, mode="w")
        self._writer = pq.ParquetWriter(self._file, self._schema, compression="zstd")
        self._rows: list[Row] = []
        self._bytes = 0

    def row(self, values: Row) -> None:
        """Take one row."""
        self._rows.append(values)
        self._bytes += sum(len(value) for value in values if isinstance(value, str | bytes))
        if len(self._rows) >= _ROWS_A_GROUP or self._bytes >= _BYTES_A_GROUP:
            self._flush()

    def end(self) -> None:
        """Write what is left and the footer."""
        self._flush()
        self._writer.close()
        self._file.close()

    def abandon(self) -> None:
        """Write no more, whatever pyarrow still does when it tidies up."""
        self._sink.abandoned = True
        self._writer.close()

    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the file."""
        split = [each.column for each in self._types if each.split]
        found = list(self.texts.notes())
        if split:
            names = ", ".join(quoted(name, 40) for name in split[:5]) + (", …" if len(split) > 5 else "")
            found.append(
                f"{names}: values of several types, written as text, with the type of each in a column beside."
            )
        return tuple(found)

    def _flush(self) -> None:
        import pyarrow as pa

        if not self._rows:
            return
        arrays: list[Any] = []
        for place, each in enumerate(self._types):
            values = [row[place] for row in self._rows]
            if each.split:
                arrays.append(pa.array([self._as_text(value) for value in values], pa.string()))
                arrays.append(pa.array([_storage(value) for value in values], pa.string()))
            elif each.type == "string":
                arrays.append(pa.array([self._text(value) for value in values], pa.string()))
            elif each.type == "float64":
                arrays.append(pa.array([None if v is None else float(v) for v in values], pa.float64()))
            else:
                arrays.append(pa.array(values, self._schema.field(len(arrays)).type))
        self._writer.write_table(
            pa.Table.from_arrays(arrays, schema=self._schema), row_group_size=len(self._rows)
        )
        self._rows = []
        self._bytes = 0

    def _text(self, value: SqlValue) -> str | None:
        return self.texts.readable(value) if isinstance(value, str) else None

    def _as_text(self, value: SqlValue) -> str | None:
        match value:
            case str():
                return self.texts.readable(value)
            case bytes():
                return base64.b64encode(value).decode("ascii")
            case float():
                return real(value)
            case None:
                return None
            case _:
                return str(value)


class _Sink:
    """What pyarrow needs of a file that is only written to."""

    closed = False
    abandoned = False

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._length = 0

    def write(self, data: bytes) -> int:
        if not self.abandoned:
            self._write(bytes(data))
        self._length += len(data)
        return len(data)

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        """Nothing is kept back here."""

    def close(self) -> None:
        self.closed = True


def _type(
    session: ReadSession, source: Source, column: Column, storages: set[Storage], read: Fragment
) -> ColumnType:
    if not storages:
        return ColumnType(column.name, _OF_AFFINITY.get(column.affinity, "string"))
    if len(storages) == 1:
        return ColumnType(column.name, _OF_STORAGE[next(iter(storages))])
    if storages == {Storage.INTEGER, Storage.REAL} and not _loses_digits(
        session, source.sql_of(column), read
    ):
        return ColumnType(column.name, "float64")
    return ColumnType(column.name, "string", split=True)


def _loses_digits(session: ReadSession, column_sql: str, read: Fragment) -> bool:
    too_large = f"typeof({column_sql}) = 'integer' AND {column_sql} NOT BETWEEN {-_EXACT_AS_REAL} AND {_EXACT_AS_REAL}"
    return bool(session.value(f"SELECT total({too_large}) > 0 {read.sql}", read.bindings))


def _schema(types: Sequence[ColumnType], source: str) -> pa.Schema:
    import pyarrow as pa

    taken = {each.column for each in types}
    fields = []
    split: dict[str, str] = {}
    for each in types:
        fields.append(pa.field(each.column, pa.type_for_alias(each.type)))
        if each.split:
            name = next(n for n in _type_names(each.column) if n not in taken)
            taken.add(name)
            split[each.column] = name
            fields.append(pa.field(name, pa.string()))
    facts = {"source": source, "types_of": split, "program": f"Data Steward {__version__}"}
    return pa.schema(fields, metadata={"steward": json.dumps(facts)})


def _type_names(column: str) -> Any:
    yield f"{column} type"
    number = 2
    while True:
        yield f"{column} type {number}"
        number += 1


def _storage(value: SqlValue) -> str:
    match value:
        case None:
            return Storage.NULL.value
        case int():
            return Storage.INTEGER.value
        case float():
            return Storage.REAL.value
        case str():
            return Storage.TEXT.value
        case bytes():
            return Storage.BLOB.value
