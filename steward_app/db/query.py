"""Queries a steward writes: one statement, reading only, explained when SQLite does not take them.

A query is checked before it runs: prepared under an authorizer that lets it read and nothing else, and with every
"x" read as a name (SQLite takes a mistyped column in double quotes for text, which then matches nothing). It runs
under the same authorizer. https://www.sqlite.org/c3ref/set_authorizer.html https://www.sqlite.org/quirks.html#dblquote
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import apsw
import apsw.ext

from steward_app.db.columns_read import Place
from steward_app.db.errors import preparing
from steward_app.db.origins import origins_of
from steward_app.db.session import Session
from steward_app.db.tokens import Position, position, significant, tokenize, unquote
from steward_app.kernel.errors import ErrorCode, Failure, Refused, StewardError, UsageError
from steward_app.kernel.text import quoted, visible
from steward_app.kernel.values import Row

_READING: Final = frozenset({apsw.SQLITE_SELECT, apsw.SQLITE_READ, apsw.SQLITE_RECURSIVE})
_QUOTED: Final = re.compile(
    r"""'(?:[^']++|'')*+'?|`(?:[^`]++|``)*+`?|\[[^]]*+]?|--[^\n]*+|/\*.*?(?:\*/|\Z)|"(?:[^"]++|"")*+"?""",
    re.DOTALL,
)
"""What is quoted in any way, and remarks: found by this, a long query need not be taken apart token by token."""
ASKING: Final = frozenset(
    {
        "foreign_key_check",
        "foreign_key_list",
        "index_info",
        "index_list",
        "index_xinfo",
        "integrity_check",
        "quick_check",
        "table_info",
        "table_list",
        "table_xinfo",
    }
)
"""Pragmas that take an argument and set nothing; one that sets may do so when it is prepared."""
_PRAGMAS: Final = ASKING | {
    "collation_list",
    "compile_options",
    "database_list",
    "function_list",
    "module_list",
    "pragma_list",
}
_PRAGMAS_WITHOUT_VALUE: Final = frozenset(  # these read when they stand alone and write when given a value
    {
        "application_id",
        "auto_vacuum",
        "data_version",
        "encoding",
        "freelist_count",
        "journal_mode",
        "page_count",
        "page_size",
        "schema_version",
        "user_version",
    }
)
FUNCTIONS_REFUSED: Final = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"})


class BadQuery(UsageError):
    """A query SQLite does not accept. `place` is where, as editors count, when SQLite says."""

    def __init__(self, message: str, *, hint: str = "", place: Position | None = None) -> None:
        super().__init__(
            ErrorCode.BAD_SQL, message, hint=hint or "Nothing was run. Correct the query and run it again."
        )
        self.place = place


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was checked.

    Attributes:
        sql: its one statement, without the semicolon.
        columns: names of the result's columns, as SQLite gives them; they may repeat.
        nests: True when it can stand in brackets after FROM (not so for EXPLAIN and PRAGMA).
        origins: for each column of the result the columns of tables that its values come of, through views, other
            names and whatever is computed.
    """

    sql: str
    columns: tuple[str, ...]
    nests: bool
    origins: tuple[frozenset[Place], ...] = ()


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A line of SQLite's plan, with the steps below it."""

    detail: str
    steps: tuple[PlanStep, ...] = ()


def check_query(session: Session, sql: str) -> Query:
    """Make sure that a text is one query that only reads. It is prepared, never run.

    Raises:
        BadQuery: SQLite does not accept it, it is empty, or it is more than one statement.
        Refused: it would change something or reach outside the file (`NOT_ALLOWED`).
    """
    if "\x00" in sql:
        raise BadQuery("The query holds a NUL character, which SQL cannot.")
    if any("\ud800" <= character <= "\udfff" for character in sql):
        raise BadQuery("The query holds half of a character, which cannot be sent to SQLite.")
    words = [token for token in significant(tokenize(sql)) if token.text != ";"]
    if not words:
        raise BadQuery("There is no query here.", hint="Write a SELECT statement.")
    sql = sql[: words[-1].end]  # what follows, a semicolon or a comment, would be in the way in brackets
    details = _prepare(session, sql)
    if details.query_remaining and details.query_remaining.strip():
        place = position(sql, len(sql) - len(details.query_remaining.lstrip()))
        raise BadQuery(f"One statement at a time: a second one begins in line {place.line}.", place=place)
    if not details.is_readonly or not details.description:
        raise _refused("it does not read rows")
    if details.bindings_count:
        raise BadQuery("The query has placeholders (? or :name).", hint="Write the values into the query.")
    nests = not details.is_explain and words[0].word != "PRAGMA"
    return Query(
        sql=sql,
        columns=tuple(column[0] for column in details.description),
        nests=nests,
        origins=origins_of(session, sql, words) if nests else (),
    )


def run_query(session: Session, query: Query) -> Generator[Row]:
    """The rows of a checked query, one by one. Close the iterator or exhaust it."""
    with reading_only(session), understandable(query.sql):
        yield from session.execute(query.sql)


def query_plan(session: Session, query: Query) -> tuple[PlanStep, ...]:
    """How SQLite would run a checked query (EXPLAIN QUERY PLAN), as a tree."""
    if not query.nests:
        return ()
    with reading_only(session), understandable(query.sql):
        rows = session.all(f"EXPLAIN QUERY PLAN {query.sql}")
    return _children(rows, 0)


@contextmanager
def reading_only(session: Session, *, into: str = "") -> Iterator[None]:
    """In the block, this session's statements read and do nothing else; what else they try is refused.

    `into` names a temporary table that may be filled all the same.
    """
    connection = session._connection
    refusals: list[str] = []

    def allow(action: int, one: str | None, two: str | None, schema: str | None, _through: str | None) -> int:
        if action in _READING or (into and schema == "temp" and one == into):
            return apsw.SQLITE_OK
        refusal = _reason(action, one or "", two)
        if refusal:
            refusals.append(refusal)
            return apsw.SQLITE_DENY
        return apsw.SQLITE_OK

    before = connection.authorizer
    connection.authorizer = allow
    try:
        yield
    except (apsw.Error, StewardError):
        if refusals:
            raise _refused(refusals[0]) from None
        raise
    finally:
        if not session._closed:
            connection.authorizer = before


@contextmanager
def understandable(sql: str) -> Iterator[None]:
    """In the block, what SQLite says against a steward's query becomes a `BadQuery` with its place."""
    try:
        yield
    except apsw.SQLError as error:
        raise _bad(error, sql) from error


@contextmanager
def readable(name: str) -> Iterator[None]:
    """In the block, a table or view that SQLite cannot run (a function, module or column it uses is missing)
    is a `Failure` that names it."""
    try:
        yield
    except apsw.SQLError as error:
        missing = any(word in str(error) for word in ("function", "module", "collation", "tokenizer"))
        raise Failure(
            ErrorCode.MISSING_MODULE if missing else ErrorCode.MALFORMED_SCHEMA,
            f"{quoted(name)} cannot be read: {visible(str(error).rstrip('.'), 200)}.",
            hint="The file is unchanged. The other tables can be read; the program that made this one knows more.",
        ) from error


def _prepare(session: Session, sql: str) -> apsw.ext.QueryDetails:
    with reading_only(session), understandable(sql):
        _details(session, with_names_only(sql))
        return _details(session, sql)


def _details(session: Session, sql: str) -> apsw.ext.QueryDetails:
    with preparing(session.path):
        return apsw.ext.query_info(session._connection, sql)


def with_names_only(sql: str) -> str:
    """The query with "x" as `x`, which SQLite never takes for text; the views of the file stay as they are.

    As long as the query itself, so that places stay where they are.
    """
    return _QUOTED.sub(_as_name, sql)


def _as_name(found: re.Match[str]) -> str:
    text = found[0]
    if not text.startswith('"'):
        return text
    return ("`" + unquote(text).replace("`", "``") + "`").ljust(len(text))


def _reason(action: int, one: str, two: str | None) -> str:
    """Why something is not allowed, or "" when it is."""
    if action == apsw.SQLITE_FUNCTION:
        return f"it calls {two}()" if (two or "").lower() in FUNCTIONS_REFUSED else ""
    if action == apsw.SQLITE_PRAGMA:
        name = one.lower()
        if name in _PRAGMAS or (name in _PRAGMAS_WITHOUT_VALUE and two is None):
            return ""
        return f"PRAGMA {visible(one, 40)} does more than read"
    if action in (apsw.SQLITE_ATTACH, apsw.SQLITE_DETACH):
        return "it opens another file"
    if action in (apsw.SQLITE_TRANSACTION, apsw.SQLITE_SAVEPOINT):
        return "it controls a transaction"
    return "it would change the file"


def _refused(reason: str) -> Refused:
    return Refused(
        ErrorCode.NOT_ALLOWED,
        f"This query was not run: {reason}.",
        hint="The file is unchanged. The query box only reads: SELECT, WITH, VALUES, EXPLAIN.",
    )


def _bad(error: apsw.SQLError, sql: str) -> BadQuery:
    offset = offset_of(error, sql)
    place = position(sql, offset) if offset is not None else None
    where = f" (line {place.line}, column {place.column})" if place else ""
    reason = visible(str(error).rstrip("."), 200)
    if offset is not None and sql[offset : offset + 1] == '"' and reason.startswith("no such column"):
        return BadQuery(
            f"There is no column {reason.removeprefix('no such column: ')}{where}.",
            hint="Nothing was run. Double quotes mark names; text stands in single quotes: 'text'.",
            place=place,
        )
    return BadQuery(f"SQLite does not accept this query: {reason}{where}.", place=place)


def offset_of(error: apsw.Error, sql: str) -> int | None:
    """Where the error is, in characters; SQLite counts bytes, and gives -1 when it does not know."""
    offset = getattr(error, "error_offset", -1)
    encoded = sql.encode("utf-8", "surrogatepass")
    if not 0 <= offset <= len(encoded):
        return None
    return len(encoded[:offset].decode("utf-8", "replace"))


def _children(rows: list[Row], parent: int) -> tuple[PlanStep, ...]:
    return tuple(
        PlanStep(str(detail), _children(rows, int(str(own))))
        for own, above, _, detail in rows
        if above == parent
    )
