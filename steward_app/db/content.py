"""What a table holds, as one number: the content hash.

Two tables have the same content hash exactly when they hold the same rows: the same values with the same storage
classes in the same columns, whatever the page size, the text encoding of the file, the order of insertion and the
history of the file. `docs/content-hash.md` describes it byte by byte, so that anybody can compute it again.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

import apsw
from blake3 import blake3

from steward_app.db.names import quote
from steward_app.db.row_bytes import encoded, encoded_rows, sized
from steward_app.db.session import Session
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue

HEADER = b"steward/content-hash/v1"

_CODECS = {"UTF-8": None, "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}
_UTF8 = "steward_utf8"
DAMAGED_PAGE = "a page is damaged"
"""The problem of a table that is damaged, and not only of a kind that cannot be read here."""

_NAME = "a name in it is not valid text"

_COUNT = struct.Struct("<I").pack

_ROWS_AT_ONCE, _BYTES_OF_A_ROW = 500, 1 << 14
"""Rows that are read before they are encoded, where none takes more bytes than that; else one."""
_ROWS_BETWEEN_REPORTS = 5_000

_TABLES = """
    SELECT CAST(name AS BLOB) FROM pragma_table_list
    WHERE schema = 'main' AND type IN ('table', 'shadow')
      AND (name NOT LIKE 'sqlite\\_%' ESCAPE '\\' OR name = 'sqlite_sequence')
"""


@dataclass(frozen=True, slots=True)
class TableContent:
    """What one table holds.

    Attributes:
        name: the table's name.
        rows: how many rows it has.
        hash: content hash, BLAKE3 as 64 hexadecimal digits; "" when the table could not be read.
        problem: why it could not be read to its end, in words that do not name the file; else "".
    """

    name: str
    rows: int
    hash: str
    problem: str = ""


def table_contents(
    session: Session, context: Context, *, known: Callable[[str], bool] = lambda table: False
) -> tuple[TableContent, ...]:
    """The content of every ordinary table of the file, by name; but for those whose content is `known`.

    Shadow tables of full-text and other virtual tables are ordinary tables here, and so is `sqlite_sequence`;
    virtual tables themselves, views and SQLite's statistics are not. Run it inside `snapshot()` for one moment.
    A table that is damaged is told with its problem and does not stop the others.
    """
    return tuple(
        table_content(session, name, context) if sayable else TableContent(name, 0, "", problem=_NAME)
        for name, sayable in sorted(_names(session))
        if not (sayable and known(name))
    )


def content_tables(session: Session) -> tuple[str, ...]:
    """The names of the tables that `table_contents` reads, in its order."""
    return tuple(name for name, known in sorted(_names(session)) if known)


def table_content(session: Session, table: str, context: Context) -> TableContent:
    """The content of one ordinary table. Raises `Cancelled`, and `Failure` for all but a damaged table."""
    try:
        with session.under(context):
            rows, digest = _hash(session, table, context)
    except Failure as error:
        if error.code is not ErrorCode.DAMAGED:
            raise
        return TableContent(table, 0, "", problem=DAMAGED_PAGE)
    except UnicodeDecodeError:  # of a column; rows are read as they are
        return TableContent(table, 0, "", problem=_NAME)
    except apsw.SQLError as error:
        if "no query solution" not in str(error):
            raise
        problem = "its primary key uses a collation that this program does not have"
        return TableContent(table, 0, "", problem=problem)
    return TableContent(table, rows, digest)


def table_rows(session: Session, table: str) -> int | None:
    """How many rows an ordinary table has; None where SQLite needs what is not here (a collation) to count them."""
    for how in ("", " NOT INDEXED"):  # it may be an index alone that needs it
        with suppress(apsw.SQLError):
            return session.count(f"SELECT count(*) FROM {quote(table)}{how}")
    return None


def _names(session: Session) -> Iterator[tuple[str, bool]]:
    """The names of the tables, and whether SQL can say them: any bytes may stand in a file as a name."""
    codec = _codec(session) or "utf-8"
    for (stored,) in session.execute(_TABLES):
        assert isinstance(stored, bytes)
        name = stored.decode(codec, "replace")
        yield name, name.encode(codec) == stored


def _codec(session: Session) -> str | None:
    """What reads the text of a UTF-16 file; None for UTF-8, which apsw reads."""
    return _CODECS[str(session.value("PRAGMA encoding"))]


def _hash(session: Session, table: str, context: Context) -> tuple[int, str]:
    columns, key = stored_columns(session, table)
    codec = _codec(session)
    order = _order(session, table, key, codec)
    if codec is None:
        try:
            return _read(session, table, _query(table, columns, order), len(columns), encoded_rows, context)
        except UnicodeDecodeError:  # text that is not UTF-8, which SQLite stores all the same
            pass
    encode = partial(_encoded_raw_rows, codec=codec)
    return _read(session, table, _query(table, columns, order, raw=True), len(columns), encode, context)


def stored_columns(session: Session, table: str) -> tuple[list[str], list[str]]:
    """The stored columns in order of declaration, and those of the primary key in order of the key."""
    info = session.all("SELECT name, pk, hidden FROM pragma_table_xinfo(?, 'main')", (table,))
    stored = [(str(name), pk) for name, pk, hidden in info if hidden == 0 and isinstance(pk, int)]
    key = sorted((pk, name) for name, pk in stored if pk)
    return [name for name, _ in stored], [name for _, name in key]


def _order(session: Session, table: str, key: list[str], codec: str | None) -> str:
    """ORDER BY terms: the primary key by its own collations, then the rowid where the key may hold NULL.

    BINARY means the bytes of UTF-8; SQLite itself would compare those of UTF-16 in a UTF-16 file. A collation
    that this program does not have is replaced by BINARY (a WITHOUT ROWID table with one cannot be read at all).
    """
    if codec is not None:
        to_utf8 = partial(_to_utf8, codec=codec)
        session._connection.create_scalar_function(_UTF8, to_utf8, 1, deterministic=True)
    terms = []
    for name in key:
        column, collation = quote(name), session.column_metadata(table, name).collation.upper()
        if collation != "BINARY" and _has(session, collation):
            terms.append(column)
        elif codec is None:
            terms.append(f"{column} COLLATE BINARY")
        else:
            text = f"iif(typeof({column}) = 'text', {_UTF8}(CAST({column} AS BLOB)), {column})"
            terms += [f"typeof({column}) = 'blob'", text]
    rowid = rowid_name(session, table)
    return ", ".join([*terms, rowid] if rowid else terms)


def _has(session: Session, collation: str) -> bool:
    try:
        return session.value(f"SELECT 'a' = 'b' COLLATE {quote(collation)}") == 0
    except apsw.SQLError:  # no such collation sequence
        return False


def rowid_name(session: Session, table: str) -> str:
    """A name that reaches the rowid, or "" for WITHOUT ROWID and where columns have taken all three names."""
    without = session.value("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", (table,))
    names = session.execute("SELECT lower(name) FROM pragma_table_xinfo(?, 'main')", (table,))
    taken = {name for (name,) in names}
    return "" if without else next((each for each in ("rowid", "_rowid_", "oid") if each not in taken), "")


def _query(table: str, columns: list[str], order: str, *, raw: bool = False) -> str:
    terms = (quote(name) for name in columns)
    if raw:
        terms = (f"iif(typeof({c}) = 'text', CAST({c} AS BLOB), {c}), typeof({c}) = 'text'" for c in terms)
    # Without a key SQLite could answer from an index that holds every column, in another order.
    return f"SELECT {', '.join(terms)} FROM {quote(table)} {f'ORDER BY {order}' if order else 'NOT INDEXED'}"


def _read(
    session: Session,
    table: str,
    query: str,
    columns: int,
    encode: Callable[[Sequence[Row]], bytes],
    context: Context,
) -> tuple[int, str]:
    digest = blake3(HEADER + _COUNT(columns))
    count = told = 0
    at_once = _rows_at_once(session, table)
    rows = session.execute(query)
    while some := list(islice(rows, at_once)):
        digest.update(encode(some))
        count += len(some)
        if count - told >= _ROWS_BETWEEN_REPORTS:
            told = count
            context.checkpoint()
            context.report(count, unit="rows")
    return count, digest.hexdigest()


def _rows_at_once(session: Session, table: str) -> int:
    """How many rows may be held in memory together. SQLite tells the largest one of each page without reading any."""
    larger_sql = "SELECT 1 FROM dbstat WHERE name = ? AND mx_payload > ? LIMIT 1"
    try:
        known = session.value(larger_sql, (table, -1)) is not None
        small = known and session.value(larger_sql, (table, _BYTES_OF_A_ROW)) is None
    except (Failure, apsw.SQLError):  # of a damaged page; what can be read is read
        return 1
    return _ROWS_AT_ONCE if small else 1


def _encoded_raw_rows(rows: Sequence[Row], *, codec: str | None) -> bytes:
    """Rows of pairs (value, is text), where text is the bytes in the file; `codec` reads those of UTF-16."""
    pairs = chain.from_iterable(zip(row[::2], row[1::2], strict=True) for row in rows)
    return b"".join(_text(value, codec) if text else encoded(value) for value, text in pairs)


def _text(stored: SqlValue, codec: str | None) -> bytes:
    assert isinstance(stored, bytes)
    content = stored if codec is None else _to_utf8(stored, codec=codec)
    return sized(b"t", content)


def _to_utf8(stored: SqlValue, *, codec: str) -> bytes:
    """Text of a UTF-16 file in UTF-8; as it is where it is not UTF-16 at all (an odd number of bytes)."""
    assert isinstance(stored, bytes)
    try:
        return stored.decode(codec, "surrogatepass").encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return stored


class ValueReader:
    """Reads values of a file as the content hash takes them, also text that is not valid in the file's encoding."""

    def __init__(self, session: Session) -> None:
        self._codec = _codec(session)

    def terms(self, values_sql: Sequence[str]) -> str:
        """What to SELECT for these columns or expressions."""
        return ", ".join(
            f"iif(typeof({sql}) = 'text', CAST({sql} AS BLOB), {sql}), typeof({sql}) = 'text'"
            for sql in values_sql
        )

    def read(self, row: Sequence[SqlValue]) -> tuple[bytes, ...]:
        """The bytes of each value of a row that was selected with `terms`."""
        pairs = zip(row[::2], row[1::2], strict=True)
        return tuple(_text(value, self._codec) if text else encoded(value) for value, text in pairs)

    def shown(self, row: Sequence[SqlValue]) -> tuple[SqlValue, ...]:
        """The values of a row that was selected with `terms`, for a person: what is no valid text is mended."""
        pairs = zip(row[::2], row[1::2], strict=True)
        codec = self._codec or "utf-8"
        return tuple(
            value.decode(codec, "replace") if text and isinstance(value, bytes) else value
            for value, text in pairs
        )
