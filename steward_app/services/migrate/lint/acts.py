"""What a statement of a migration does, read from its tokens.

SQLite judges whether a statement is right; this only finds its way in one, and gives None where it cannot: the rules
that need to know more then say nothing. Names are without quotes, pieces of SQL as they stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from steward_app.db.script import Statement
from steward_app.services.schema.ddl import Cursor, UnreadableError, reading

_KINDS = ("TABLE", "INDEX", "VIEW", "TRIGGER")
_CONFLICTS = ("ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE")
_QUERIES = frozenset({"SELECT", "VALUES", "WITH"})
_CONSTRAINTS = frozenset({"CONSTRAINT", "CHECK"})


@dataclass(frozen=True, slots=True)
class Create:
    """CREATE TABLE, INDEX, VIEW or TRIGGER.

    Attributes:
        kind: "table", "virtual table", "index", "view" or "trigger".
        query_sql: what stands behind AS in CREATE TABLE ... AS, or "".
    """

    kind: str
    name: str
    if_not_exists: bool = False
    temporary: bool = False
    query_sql: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """DROP TABLE, INDEX, VIEW or TRIGGER; `kind` in small letters."""

    kind: str
    name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class RenameTable:
    """ALTER TABLE ... RENAME TO."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """ALTER TABLE ... RENAME COLUMN."""

    table: str
    column: str
    name: str


@dataclass(frozen=True, slots=True)
class AddColumn:
    """ALTER TABLE ... ADD COLUMN; `offset` is where the definition begins in the statement."""

    table: str
    column: str
    definition_sql: str
    offset: int


@dataclass(frozen=True, slots=True)
class DropColumn:
    """ALTER TABLE ... DROP COLUMN."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class SetNotNull:
    """ALTER TABLE ... ALTER COLUMN ... SET NOT NULL."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class AddCheck:
    """ALTER TABLE ... ADD CHECK."""

    table: str
    expression_sql: str


@dataclass(frozen=True, slots=True)
class Insert:
    """INSERT or REPLACE.

    Attributes:
        conflict: what it does where a row cannot be written: "" or a word of ON CONFLICT, "UPSERT" where it says more.
        columns: as written, or () where none are.
        query_sql: the query whose rows are written, VALUES too, or "" for DEFAULT VALUES.
        sets: of DO UPDATE, each column with the expression it gets.
    """

    table: str
    columns: tuple[str, ...]
    conflict: str
    query_sql: str
    sets: tuple[tuple[str, str], ...] = ()

    @property
    def lists(self) -> bool:
        """Whether it lists its rows: VALUES."""
        return self.query_sql[:6].upper() == "VALUES"


@dataclass(frozen=True, slots=True)
class Update:
    """UPDATE.

    Attributes:
        sets: each column with the expression it gets; of columns set at once from a query, each with that query.
        where_sql: the condition, or "".
        plain: whether `sets` and `where_sql` say all: no WITH, FROM, LIMIT or columns set at once from a query.
    """

    table: str
    known_as: str
    sets: tuple[tuple[str, str], ...]
    where_sql: str
    plain: bool
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """DELETE; `plain` as of an update."""

    table: str
    known_as: str
    where_sql: str
    plain: bool


Act: TypeAlias = (
    Create
    | Drop
    | RenameTable
    | RenameColumn
    | AddColumn
    | DropColumn
    | SetNotNull
    | AddCheck
    | Insert
    | Update
    | Delete
)


def read_act(statement: Statement) -> Act | None:
    """What the statement does, or None for one that no rule looks at."""
    reader = _READERS.get(statement.verb)
    return reading(reader, statement.sql) if reader else None


def _create(cursor: Cursor) -> Act | None:
    cursor.expect("CREATE")
    temporary = bool(cursor.accept_any("TEMP", "TEMPORARY"))
    cursor.accept("UNIQUE")
    virtual = cursor.accept("VIRTUAL")
    kind = cursor.accept_any(*_KINDS).lower()
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name, schema = _name(cursor)
    query = ""
    if kind == "table" and not virtual and cursor.accept("AS"):
        query = _rest(cursor)
    _skip(cursor)
    temporary = temporary or schema == "temp"
    return Create("virtual table" if virtual else kind, name, if_not_exists, temporary, query)


def _drop(cursor: Cursor) -> Act | None:
    cursor.expect("DROP")
    kind = cursor.accept_any(*_KINDS).lower()
    if_exists = cursor.accept("IF", "EXISTS")
    return Drop(kind, cursor.qualified_name(), if_exists)


def _alter(cursor: Cursor) -> Act | None:
    cursor.expect("ALTER", "TABLE")
    name = cursor.qualified_name()
    found: Act | None = None
    if cursor.accept("RENAME", "TO"):
        found = RenameTable(name, cursor.name())
    elif cursor.accept("RENAME"):
        cursor.accept("COLUMN")
        column = cursor.name()
        cursor.expect("TO")
        found = RenameColumn(name, column, cursor.name())
    elif cursor.accept("DROP", "CONSTRAINT"):
        pass
    elif cursor.accept("DROP"):
        cursor.accept("COLUMN")
        found = DropColumn(name, cursor.name())
    elif cursor.accept("ALTER"):
        cursor.accept("COLUMN")
        column = cursor.name()
        found = SetNotNull(name, column) if cursor.accept("SET", "NOT", "NULL") else None
    elif cursor.accept("ADD"):
        found = _added(cursor, name)
    _skip(cursor)
    return found


def _added(cursor: Cursor, table: str) -> Act | None:
    if cursor.word in _CONSTRAINTS and not cursor.looking_at("COLUMN"):
        if cursor.accept("CONSTRAINT"):
            cursor.name()
        cursor.expect("CHECK")
        return AddCheck(table, cursor.text(*cursor.group()))
    cursor.accept("COLUMN")
    offset = cursor.offset
    start = cursor.at
    column = cursor.name()
    _skip(cursor)
    return AddColumn(table, column, cursor.text(start, cursor.at), offset)


def _insert(cursor: Cursor, with_sql: str = "") -> Act | None:
    conflict = "REPLACE" if cursor.accept("REPLACE") else ""
    if not conflict:
        cursor.expect("INSERT")
        conflict = cursor.accept_any(*_CONFLICTS) if cursor.accept("OR") else ""
    cursor.expect("INTO")
    table, _ = _name(cursor)
    if cursor.accept("AS"):
        cursor.name()
    columns = cursor.names() if cursor.word == "(" else ()
    if cursor.word == "DEFAULT":
        _skip(cursor)
        return Insert(table, columns, conflict, "")
    query, stopped = _until(cursor, "ON", "RETURNING", inside_of="CONFLICT")
    sets: tuple[tuple[str, str], ...] = ()
    if stopped == "ON":
        conflict = "UPSERT"
        if _until(cursor, "SET")[1] and cursor.accept("SET"):
            sets, _ = _sets(cursor)
    _skip(cursor)
    return Insert(table, columns, conflict, f"{with_sql}\n{query}" if with_sql else query, sets)


def _update(cursor: Cursor) -> Update:
    cursor.expect("UPDATE")
    conflict = cursor.accept_any(*_CONFLICTS) if cursor.accept("OR") else ""
    table, known_as, _ = _target(cursor)
    cursor.expect("SET")
    sets, plain = _sets(cursor)
    where, rest = _condition(cursor)
    return Update(table, known_as, sets, where, plain and not rest, conflict)


def _delete(cursor: Cursor) -> Delete:
    cursor.expect("DELETE", "FROM")
    table, known_as, _ = _target(cursor)
    where, rest = _condition(cursor)
    return Delete(table, known_as, where, not rest)


def _with(cursor: Cursor) -> Act | None:
    """A statement behind WITH: what it writes to is told, and that more is to be known than is said here."""
    with_sql, word = _until(cursor, "INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT", "VALUES")
    found: Act | None = None
    if word in ("INSERT", "REPLACE"):
        found = _insert(cursor, with_sql)
    elif word == "DELETE":
        found = replace(_delete(cursor), plain=False)
    elif word == "UPDATE":
        found = replace(_update(cursor), plain=False)
    _skip(cursor)
    return found


_READERS: dict[str, Callable[[Cursor], Act | None]] = {
    "CREATE": _create,
    "DROP": _drop,
    "ALTER": _alter,
    "INSERT": _insert,
    "REPLACE": _insert,
    "UPDATE": _update,
    "DELETE": _delete,
    "WITH": _with,
}


def _name(cursor: Cursor) -> tuple[str, str]:
    """A name and, in small letters, the schema before it."""
    first = cursor.name()
    return (cursor.name(), first.lower()) if cursor.accept(".") else (first, "")


def _target(cursor: Cursor) -> tuple[str, str, str]:
    """The table that is written, what the statement calls it, and its schema."""
    table, schema = _name(cursor)
    known_as = cursor.name() if cursor.accept("AS") else table
    if cursor.accept("INDEXED"):
        cursor.expect("BY")
        cursor.name()
    cursor.accept("NOT", "INDEXED")
    return table, known_as, schema


def _sets(cursor: Cursor) -> tuple[tuple[tuple[str, str], ...], bool]:
    """What stands behind SET, and whether it says all: columns set at once from a query get all of it."""
    sets: list[tuple[str, str]] = []
    plain = True
    while True:
        names = cursor.names() if cursor.word == "(" else (cursor.name(),)
        cursor.expect("=")
        start = cursor.at
        expression, _ = _until(cursor, ",", "WHERE", "FROM", "ON", "RETURNING", "ORDER", "LIMIT")
        listed = [expression]
        if len(names) > 1:
            end, cursor.at = cursor.at, start
            parts = cursor.split(*cursor.group())
            listed = [cursor.text(*each) for each in parts] if len(parts) == len(names) else []
            if cursor.words[start + 1] in _QUERIES or not listed:
                listed, plain = [expression] * len(names), False
            cursor.at = end
        sets += zip(names, listed, strict=True)
        if not cursor.accept(","):
            return tuple(sets), plain


def _condition(cursor: Cursor) -> tuple[str, bool]:
    """The condition that follows, and whether anything but RETURNING stands before or behind it."""
    if cursor.word == "FROM":
        _, stopped = _until(cursor, "WHERE")
        where = _until(cursor, "RETURNING", "ORDER", "LIMIT")[0] if stopped and cursor.accept("WHERE") else ""
        _skip(cursor)
        return where, True
    where, stopped = "", cursor.word
    if cursor.accept("WHERE"):
        where, stopped = _until(cursor, "RETURNING", "ORDER", "LIMIT")
    _skip(cursor)
    return where, stopped in ("ORDER", "LIMIT")


def _until(cursor: Cursor, *words: str, inside_of: str = "") -> tuple[str, str]:
    """The text up to one of the words outside of brackets, and that word; to the end where none comes.

    With `inside_of`, a word ON counts only before that one.
    """
    start = cursor.at
    while not cursor.done():
        word = cursor.word
        if word in words and not (inside_of and word == "ON" and not cursor.looking_at("ON", inside_of)):
            return cursor.text(start, cursor.at), word
        if word == "(":
            cursor.group()
        else:
            cursor.take()
    text = cursor.text(start, cursor.at)
    if not text and not words:
        raise UnreadableError(cursor.offset)
    return text, ""


def _rest(cursor: Cursor) -> str:
    return _until(cursor)[0]


def _skip(cursor: Cursor) -> None:
    while not cursor.done():
        cursor.take()
