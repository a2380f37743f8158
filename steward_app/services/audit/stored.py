"""Reads values exactly as they are stored: with their types, and text that is not valid in the encoding of the file.

SQLite keeps any bytes as text. Most logs hold none that is not valid, so rows are read as usual first; a batch with
such a text is read again by its bytes. In a UTF-16 file SQLite would mend text on the way: there it is bytes always.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from steward_app.db import Session
from steward_app.db.session import Bindings
from steward_app.kernel.values import Row
from steward_app.services.audit.model import RawText, Value

BATCH = 2_000
"""Rows that are read at once."""
_FLAGS = 60  # in one integer
_GROUP = 1_900  # values in one query: SQLite gives 2,000 columns at most


class StoredReader:
    """Reads the rows of one query in batches, in the order of its first column."""

    def __init__(self, session: Session, heads_sql: Sequence[str], values_sql: Sequence[str]) -> None:
        """Args:
        heads_sql: terms that are integers or NULL; the first is the place of the row.
        values_sql: terms that may be anything.
        """
        self._session = session
        self._heads = tuple(heads_sql)
        values = tuple(values_sql)
        self._groups = [values[at : at + _GROUP] for at in range(0, len(values), _GROUP)] or [()]
        encoding = str(session.value("PRAGMA main.encoding"))
        self._codec = {"UTF-8": "utf-8", "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}[encoding]

    def rows(
        self, select: Callable[[str], str], bindings: Bindings, after: int, batch: int = BATCH
    ) -> Iterator[tuple[Value, ...]]:
        """The rows, as heads and values.

        Args:
            select: makes the whole query of its terms; its bindings are `bindings`, the place after which it
                begins and the most rows it gives.
        """
        while True:
            found = self._batch(select, (*bindings, after, batch))
            yield from found
            if len(found) < batch:
                return
            after = int(str(found[-1][0]))

    def few(self, source_sql: str, bindings: Bindings = ()) -> list[tuple[Value, ...]]:
        """The rows of a source, in any order. For those that are known to be few.

        Args:
            source_sql: from FROM on.
        """
        return self._batch(lambda terms: f"SELECT {terms} {source_sql}", bindings)

    def all(self, source_sql: str) -> Iterator[tuple[Value, ...]]:
        """Every row of a source, without keeping them in memory.

        Args:
            source_sql: from FROM on, in an order of its own.
        """
        found = [
            map(
                partial(self._typed, group),
                self._session.execute(f"SELECT {self._by_bytes(group)} {source_sql}"),
            )
            for group in self._groups
        ]
        yield from map(self._joined, zip(*found, strict=True))

    def _batch(self, select: Callable[[str], str], bindings: Bindings) -> list[tuple[Value, ...]]:
        if self._codec == "utf-8":
            try:
                plain = [
                    self._session.all(select(", ".join((*self._heads, *group))), bindings)
                    for group in self._groups
                ]
                return plain[0] if len(plain) == 1 else list(map(self._joined, zip(*plain, strict=True)))  # type: ignore[return-value]
            except UnicodeDecodeError:
                pass
        found = [
            [self._typed(group, row) for row in self._session.all(select(self._by_bytes(group)), bindings)]
            for group in self._groups
        ]
        return list(map(self._joined, zip(*found, strict=True)))

    def _joined(self, parts: Sequence[tuple[Value, ...]]) -> tuple[Value, ...]:
        """One row of its parts, each of which has the heads."""
        if len(parts) == 1:
            return parts[0]
        return (*parts[0], *(value for part in parts[1:] for value in part[len(self._heads) :]))

    def _by_bytes(self, group: Sequence[str]) -> str:
        return ", ".join((*self._heads, *_flags(group), *map(_bytes, group)))

    def _typed(self, group: Sequence[str], row: Row) -> tuple[Value, ...]:
        heads = len(self._heads)
        flags = row[heads : heads - (-len(group) // _FLAGS)]
        values = row[heads + len(flags) :]
        return (*row[:heads], *(self._value(value, flags, at) for at, value in enumerate(values)))

    def _value(self, value: Value, flags: Row, at: int) -> Value:
        is_text = int(str(flags[at // _FLAGS])) >> (at % _FLAGS) & 1
        if not is_text or not isinstance(value, bytes):
            return value
        try:
            return value.decode(self._codec)
        except UnicodeDecodeError:
            return RawText(value)


def _flags(group: Sequence[str]) -> Iterator[str]:
    """Which values are text, a bit each."""
    for start in range(0, len(group), _FLAGS):
        of_these = group[start : start + _FLAGS]
        yield " + ".join(f"((typeof({sql}) = 'text') << {at})" for at, sql in enumerate(of_these))


def _bytes(value_sql: str) -> str:
    return f"CASE typeof({value_sql}) WHEN 'text' THEN CAST({value_sql} AS BLOB) ELSE {value_sql} END"


def bound(value: Value) -> tuple[str, int | float | str | bytes | None]:
    """The mark that stands for a value in SQL, and what is bound to it."""
    if isinstance(value, RawText):
        return "CAST(? AS TEXT)", value.stored
    return "?", value


def same(one: object, other: object) -> bool:
    """Whether two values are the same in type and in bytes; 0.0 and -0.0 are, which SQLite does not keep apart."""
    return type(one) is type(other) and one == other
