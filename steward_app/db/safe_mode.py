"""A schema that SQLite refuses: what is stored, row by row, and what it complains about.

One bad row of the schema table makes every statement on the file fail, and SQLite names only the first. Here the rows
are read as they lie, and each bad one is found by giving a copy of the schema, in memory and without data, to SQLite
and taking out the row it names, until it has nothing left to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

import apsw

from steward_app.db.errors import translated
from steward_app.db.session import Session
from steward_app.kernel.values import SqlValue

_NO_REASON = "it does not fit the rest of the schema"
_MOST_COMPLAINTS = 200  # each costs one reading of the whole schema
_PAGE_BYTES = 512
_BEYOND_THE_END = 0x7FFFFFFF
_ALL = (
    "SELECT rowid, CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), rootpage, CAST(sql AS BLOB)"
    " FROM main.sqlite_schema ORDER BY rowid"
)


@dataclass(frozen=True, slots=True)
class SchemaRow:
    """One row of the schema table, as it lies in the file: hostile, and perhaps nonsense.

    Attributes:
        row: place in the schema table.
        type, name, table, sql: text as stored; "" for NULL; bytes that are no text are shown as U+FFFD.
        root_page: where its rows begin, 0 for views and triggers.
        problem: why SQLite refuses it, in its words, or "".
    """

    row: int
    type: str
    name: str
    table: str
    root_page: int
    sql: str
    problem: str = ""


def schema_rows(session: Session) -> tuple[SchemaRow, ...]:
    """What the schema table holds, read without understanding it. Works in safe mode and in any other."""
    with translated(session.path):
        return tuple(_row(raw) for raw in _read(session._connection))


def judged_rows(session: Session) -> tuple[SchemaRow, ...]:
    """The same rows, each bad one with SQLite's complaint. Costs one reading of the schema for each bad row."""
    with translated(session.path):
        return judged(session._connection)


def judged(connection: apsw.Connection) -> tuple[SchemaRow, ...]:
    """`judged_rows`, for a connection that has no session yet."""
    left = _read(connection)
    rows = [_row(raw) for raw in left]
    page_count = _whole(connection.pragma("page_count"))
    problems: dict[int, str] = {}
    while len(problems) < _MOST_COMPLAINTS and (complaint := _first_complaint(left, page_count)):
        named = [(_said_of(raw), raw) for raw in left if complaint.startswith(_said_of(raw))]
        if not named:
            break
        said, culprit = max(named, key=lambda each: (len(each[0]), each[1].row))
        problems[culprit.row] = complaint.removeprefix(said).removeprefix(" - ") or _NO_REASON
        left.remove(culprit)
    return tuple(replace(row, problem=problems.get(row.row, "")) for row in rows)


class _Raw(NamedTuple):
    """A row as it lies: text, or bytes where they are no text."""

    row: int
    type: SqlValue
    name: SqlValue
    table: SqlValue
    root_page: SqlValue
    sql: SqlValue


def ends_early(connection: apsw.Connection) -> bool:
    """Whether pages of the schema table itself are damaged: what is listed there after them is not known."""
    try:
        for _ in connection.execute(_ALL):
            pass
    except apsw.CorruptError:
        return True
    return False


def _read(connection: apsw.Connection) -> list[_Raw]:
    """The rows of the schema table, up to a damaged page: as far as SQLite itself goes when it is made to go on."""
    encoding = str(connection.pragma("encoding"))
    found: list[_Raw] = []
    with suppress(apsw.CorruptError):
        for row, kind, name, table, root, sql in connection.execute(_ALL):
            kind, name, table, sql = (_decoded(value, encoding) for value in (kind, name, table, sql))
            found.append(_Raw(_whole(row), kind, name, table, root, sql))
    return found


def _decoded(value: SqlValue, encoding: str) -> SqlValue:
    try:
        return value.decode(encoding) if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value


def _row(raw: _Raw) -> SchemaRow:
    kind, name, table, sql = (_shown(v) for v in (raw.type, raw.name, raw.table, raw.sql))
    return SchemaRow(raw.row, kind, name, table, _whole(raw.root_page), sql)


def _shown(value: SqlValue) -> str:
    """Text as SQLite prints it: up to a NUL, and with a mark where bytes are no text."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
    return text.split("\x00", 1)[0]


def _said_of(raw: _Raw) -> str:
    """How SQLite's complaint about a row begins."""
    return f"malformed database schema ({_shown(raw.name)})"


def _first_complaint(rows: Sequence[_Raw], page_count: int) -> str:
    """What SQLite says first about the schema, or "" when it accepts it."""
    pages = {
        root: place for place, root in enumerate(sorted({_whole(row.root_page) for row in rows} - {0}), 2)
    }
    connection = apsw.Connection(":memory:")
    try:
        connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        _make_room(connection, len(pages))
        connection.executemany(
            "INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)",
            [(r.type, r.name, r.table, _root(_whole(r.root_page), pages, page_count), r.sql) for r in rows],
        )
        connection.execute("PRAGMA writable_schema = RESET")
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except apsw.CorruptError as error:
        return str(error)
    finally:
        connection.close(True)
    return ""


def _make_room(connection: apsw.Connection, pages: int) -> None:
    """Pages for the roots to point at: what lies in them is never read."""
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    connection.execute("CREATE TABLE room (filler)")
    connection.execute("INSERT INTO room VALUES (zeroblob(?))", ((pages + 2) * _PAGE_BYTES,))
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("DELETE FROM sqlite_schema")


def _root(page: int, pages: dict[int, int], page_count: int) -> int:
    if not page:
        return 0
    return pages[page] if 1 < page <= page_count else _BEYOND_THE_END


def _whole(value: SqlValue) -> int:
    return value if isinstance(value, int) else 0
