"""Values of a file, read without losing anything of them: with their types, and text that is not valid in its encoding.

SQLite keeps any bytes as text. Most files hold none that is not valid, so rows are read as usual first, and by their
bytes where that fails. In a file of UTF-16 SQLite would mend text on the way: there it is read by its bytes always.

`StoredValues` gives such text as `RawText`, for whoever shows, compares or writes it. `Values` gives it as a text of
lone surrogates, since rows are hashed as `marshal` writes them: U+DC00 plus the byte. In a file of UTF-16 a lone
surrogate stands for itself; text of an odd number of bytes comes as U+D800 and U+DC00, which cannot stand beside each
other otherwise, and then each byte as the character of its number.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import chain as joined
from typing import Generic, TypeVar, cast

from steward_app.db import Session
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.audit.engine.model import RawText, Value

V = TypeVar("V")
_ODD = "\ud800\udc00"
_FLAGS = 60  # in one integer
_MOST_TERMS = 1_900  # of one query; SQLite gives up to 2,000
_SURROGATES = re.compile("[\ud800-\udfff]")
_CODECS = {"UTF-8": "utf-8", "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}


class Reader(ABC, Generic[V]):
    """Reads through a session. What a text becomes is said below."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._codec = _CODECS[str(session.value("PRAGMA main.encoding"))]

    def rows(
        self, terms_sql: Sequence[str], rest_sql: str, first: int, *others: SqlValue
    ) -> Iterator[tuple[V, ...]]:
        """The rows of `SELECT terms rest`, which come in the order of the first term, an integer no two rows share.

        Args:
            rest_sql: from FROM on; `first`, its first binding, is the least value of the first term.
        """
        if self._codec == "utf-8":
            row: Row = ()
            try:
                for row in self._joined([terms_sql], rest_sql, (first, *others)):
                    yield cast("tuple[V, ...]", row)
                return
            except UnicodeDecodeError:  # from here on as bytes
                first = row[0] + 1 if row and isinstance(row[0], int) else first
        yield from self.exactly(terms_sql, rest_sql, first, *others)

    def some(self, terms_sql: Sequence[str], rest_sql: str, *bindings: SqlValue) -> list[tuple[V, ...]]:
        """The rows of `SELECT terms rest`, where there are few."""
        if self._codec == "utf-8":
            try:
                return cast("list[tuple[V, ...]]", list(self._joined([terms_sql], rest_sql, bindings)))
            except UnicodeDecodeError:
                pass
        return list(self.exactly(terms_sql, rest_sql, *bindings))

    def exactly(
        self, terms_sql: Sequence[str], rest_sql: str, *bindings: SqlValue
    ) -> Iterator[tuple[V, ...]]:
        """The rows of `SELECT terms rest`, in any order: what `rows` does where text is not valid."""
        marks = []  # which terms are text, in integers
        for start in range(0, len(terms_sql), _FLAGS):
            some = terms_sql[start : start + _FLAGS]
            marks.append(" + ".join(f"((typeof({term}) = 'text') << {at})" for at, term in enumerate(some)))
        told = [f"iif(typeof({term}) = 'text', CAST({term} AS BLOB), {term})" for term in terms_sql]
        for row in self._joined([marks, told], rest_sql, bindings):
            flags = cast("tuple[int, ...]", row[: len(marks)])
            yield tuple(
                self._text(cast(bytes, value)) if flags[at // _FLAGS] >> at % _FLAGS & 1 else cast(V, value)
                for at, value in enumerate(row[len(marks) :])
            )

    @abstractmethod
    def _text(self, stored: bytes) -> V:
        """What stands for a text, of its bytes."""

    def _joined(
        self, terms_sql: Sequence[Sequence[str]], rest_sql: str, bindings: Sequence[SqlValue]
    ) -> Iterator[Row]:
        """The rows of all the terms, which may be more than SQLite gives in one row: then of several queries beside
        one another, which come in one order since they read the table itself."""
        every = [term for terms in terms_sql for term in terms]
        if len(every) <= _MOST_TERMS:
            return self.session.execute(f"SELECT {', '.join(every)} {rest_sql}", bindings)
        parts = [every[at : at + _MOST_TERMS] for at in range(0, len(every), _MOST_TERMS)]
        queries = [self.session.execute(f"SELECT {', '.join(part)} {rest_sql}", bindings) for part in parts]
        return (tuple(joined.from_iterable(rows)) for rows in zip(*queries, strict=True))


class StoredValues(Reader[Value]):
    """Gives text that is not valid as `RawText`."""

    def _text(self, stored: bytes) -> Value:
        try:
            return stored.decode(self._codec)
        except UnicodeDecodeError:
            return RawText(stored)


class Values(Reader[SqlValue]):
    """Gives text that is not valid as surrogates, for hashing."""

    def stored(self, value: SqlValue) -> bytes | None:
        """The bytes of a text that SQLite takes only as bytes (`CAST(? AS TEXT)`); None for all else."""
        if not isinstance(value, str) or value.isascii() or not _SURROGATES.search(value):
            return None
        if self._codec == "utf-8":
            return value.encode("utf-8", "surrogateescape")
        if value.startswith(_ODD):
            return value[len(_ODD) :].encode("latin-1")
        return value.encode(self._codec, "surrogatepass")

    def text(self, value: Value) -> SqlValue:
        """The same of a value as `StoredValues` gives it."""
        return self._text(value.stored) if isinstance(value, RawText) else value

    def _text(self, stored: bytes) -> str:
        if self._codec == "utf-8":
            return stored.decode("utf-8", "surrogateescape")
        if len(stored) % 2:
            return _ODD + stored.decode("latin-1")
        return stored.decode(self._codec, "surrogatepass")


def bound(value: Value) -> tuple[str, SqlValue]:
    """The mark that stands for a value in SQL, and what is bound to it."""
    if isinstance(value, RawText):
        return "CAST(? AS TEXT)", value.stored
    return "?", value


def same(one: object, other: object) -> bool:
    """Whether two values are the same in type and in bytes; 0.0 and -0.0 are, which SQLite does not keep apart."""
    return type(one) is type(other) and one == other
