"""What a statement of a migration does, read from its tokens.

SQLite judges whether a statement is right; this only finds its way in one, and gives None where it cannot: the rules
that need to know more then say nothing. Names are without quotes, pieces of SQL as they stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from steward_app.db.script import Statement
from steward_app.services.migrate.lint.parts import Upsert, read_upsert, set_to, until
from steward_app.services.schema.ddl import Cursor, reading

_KINDS = ("TABLE", "INDEX", "VIEW", "TRIGGER")
_CONFLICTS = ("ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE")
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
        known_as: what the statement calls the table.
        upsert: what it does where the row is there, or None where that is not read or it updates in more than one case.
    """

    table: str
    columns: tuple[str, ...]
    conflict: str
    query_sql: str
    sets: tuple[tuple[str, str], ...] = ()
    known_as: str = ""
    upsert: Upsert | None = None

    @property
    def lists(self) -> bool:
        """Whether it lists its rows: VALUES."""
        return self.query_sql[:6].upper() == "VALUES"


@dataclass(frozen=True, slots=True)
class Update:
    """UPDATE.

    Attributes:
        sets: each column with the expression it gets; of columns set at once from a query, each with its part of it.
        where_sql: the condition, or "".
        plain: whether `sets` and `where_sql` say all: no WITH, FROM or LIMIT.
        with_sql, from_sql: what stands behind WITH and FROM with that word, where these say the rest.
    """

    table: str
    known_as: str
    sets: tuple[tuple[str, str], ...]
    where_sql: str
    plain: bool
    conflict: str = ""
    with_sql: str = ""
    from_sql: str = ""

    @property
    def told(self) -> bool:
        """Whether it is known which rows it chooses: no LIMIT."""
        return self.plain or bool(self.with_sql or self.from_sql)


@dataclass(frozen=True, slots=True)
class Delete:
    """DELETE; `plain` and `with_sql` as of an update."""

    table: str
    known_as: str
    where_sql: str
    plain: bool
    with_sql: str = ""

    @property
    def told(self) -> bool:
        """Whether it is known which rows it chooses: no LIMIT."""
        return self.plain or bool(self.with_sql)


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
    known_as = cursor.name() if cursor.accept("AS") else table
    columns = cursor.names() if cursor.word == "(" else ()
    if cursor.word == "DEFAULT":
        _skip(cursor)
        return Insert(table, columns, conflict, "")
    query, stopped = until(cursor, "ON", "RETURNING", inside_of="CONFLICT")
    sets: tuple[tuple[str, str], ...] = ()
    upsert: Upsert | None = None
    if stopped == "ON":
        conflict = "UPSERT"
        sets, upsert = read_upsert(cursor)
    _skip(cursor)
    query = f"{with_sql}\n{query}" if with_sql else query
    return Insert(table, columns, conflict, query, sets, known_as, upsert)


def _update(cursor: Cursor, with_sql: str = "") -> Update:
    cursor.expect("UPDATE")
    conflict = cursor.accept_any(*_CONFLICTS) if cursor.accept("OR") else ""
    table, known_as, _ = _target(cursor)
    cursor.expect("SET")
    sets = set_to(cursor)
    where, from_sql, limited = _condition(cursor)
    plain = not (with_sql or from_sql or limited)
    if limited:
        return Update(table, known_as, sets, where, plain, conflict)
    return Update(table, known_as, sets, where, plain, conflict, with_sql, from_sql)


def _delete(cursor: Cursor, with_sql: str = "") -> Delete:
    cursor.expect("DELETE", "FROM")
    table, known_as, _ = _target(cursor)
    where, _, limited = _condition(cursor)
    return Delete(table, known_as, where, not (with_sql or limited), "" if limited else with_sql)


def _with(cursor: Cursor) -> Act | None:
    """A statement behind WITH, with that."""
    with_sql, word = until(cursor, "INSERT", "REPLACE", "UPDATE", "DELETE", "SELECT", "VALUES")
    found: Act | None = None
    if word in ("INSERT", "REPLACE"):
        found = _insert(cursor, with_sql)
    elif word == "DELETE":
        found = _delete(cursor, with_sql)
    elif word == "UPDATE":
        found = _update(cursor, with_sql)
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


def _condition(cursor: Cursor) -> tuple[str, str, bool]:
    """The condition that follows, FROM before it, and whether ORDER or LIMIT stands behind it."""
    from_sql, stopped, where = "", cursor.word, ""
    if cursor.word == "FROM":
        from_sql, stopped = until(cursor, "WHERE", "RETURNING", "ORDER", "LIMIT")
    if cursor.accept("WHERE"):
        where, stopped = until(cursor, "RETURNING", "ORDER", "LIMIT")
    _skip(cursor)
    return where, from_sql, stopped in ("ORDER", "LIMIT")


def _rest(cursor: Cursor) -> str:
    return until(cursor)[0]


def _skip(cursor: Cursor) -> None:
    while not cursor.done():
        cursor.take()
