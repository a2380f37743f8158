"""Does the file hold together? SQLite's own checks, each cancellable, each told to its end.

https://www.sqlite.org/pragma.html#pragma_integrity_check and #pragma_foreign_key_check
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import apsw

from steward_app.db.content import content_tables
from steward_app.db.names import fold, quote
from steward_app.db.session import Session
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context

DEFAULT_LIMIT = 100
"""Problems listed before SQLite stops looking: the same number SQLite has for itself."""

_NO_LIMIT = 2**31 - 1
# "NULL value in t.c", "CHECK constraint failed in t", "TEXT value in t.c", "non-INTEGER value in t.c" (STRICT)
_ABOUT_DATA = re.compile(
    r"(?:CHECK constraint failed in|(?:NULL|TEXT|NUMERIC|non-\w+) value in|unable to validate) "
)
_STALE = re.compile(r"malformed inverted index for FTS4 table main\.(.*)", re.DOTALL)
_OWN_TEXTS = (
    "SELECT 1 FROM main.sqlite_schema WHERE name = ? || '_content' COLLATE NOCASE"  # then it is damage
)
_HEADING = "*** in database main ***"
_DAMAGE = (ErrorCode.DAMAGED, ErrorCode.MALFORMED_SCHEMA)


@dataclass(frozen=True, slots=True)
class Structure:
    """Whether the pages and indexes of a file hold together.

    Attributes:
        problems: what does not, in SQLite's words, a line each; () when all that was looked at does.
        unchecked: tables SQLite would not look at, each with its words why: what it needs (a function, a collation) is
            not there.
        stale: FTS4 indexes that do not hold the words of the table they read, which programs write and the index does
            not notice: data to correct. Of FTS5 SQLite does not look at this here.
    """

    problems: tuple[str, ...] = ()
    unchecked: tuple[tuple[str, str], ...] = ()
    stale: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """True when everything was looked at, and held together."""
        return not self.problems and not self.unchecked


@dataclass(frozen=True, slots=True)
class ForeignKeyCheck:
    """The foreign keys of one table, looked at row by row.

    Attributes:
        table: the child table.
        violations: rows that point to a parent that is not there, exact, one for each key they break.
        by_key: the same for each foreign key of the table, as (id in `PRAGMA foreign_key_list`, rows).
        problem: why the table cannot be checked, in SQLite's words ("foreign key mismatch ...") or "a page is damaged";
            else "".
    """

    table: str
    violations: int = 0
    by_key: tuple[tuple[int, int], ...] = ()
    problem: str = ""


def newly_broken(before: Iterable[ForeignKeyCheck], after: Iterable[ForeignKeyCheck]) -> dict[str, int]:
    """How many rows more of each table point to nothing than did before; only tables with more."""
    earlier = {check.table: check.violations for check in before}
    more = {check.table: check.violations - earlier.get(check.table, 0) for check in after}
    return {table: rows for table, rows in more.items() if rows > 0}


def integrity_check(session: Session, context: Context, *, limit: int = DEFAULT_LIMIT) -> tuple[str, ...]:
    """What does not hold together in the file, in SQLite's words; () when all is well.

    Looks at every page, every index entry and every NOT NULL, UNIQUE and STRICT rule. Not at foreign keys, and in a
    read session not at CHECK rules, which SQLite does not even load from a file it may not write
    (sqlite3AddCheckConstraint in build.c). At most `limit` problems are told.
    """
    with session.under(context):
        found = tuple(str(row[0]) for row in session.execute(f"PRAGMA main.integrity_check({limit})"))
    return () if found == ("ok",) else found


def foreign_key_check(
    session: Session, context: Context, *, about: Collection[str] | None = None
) -> tuple[ForeignKeyCheck, ...]:
    """The foreign keys of every table that has some, table by table.

    The pragma for the whole file stops at the first key that cannot be checked; this one tells it and goes on.

    Args:
        about: folded names: only tables that are among these or point to one of them.
    """
    tables = [
        name
        for name in content_tables(session)
        if (parents := _parents(session, name)) and (about is None or {fold(name), *parents} & set(about))
    ]
    checks = []
    with session.under(context):
        for done, table in enumerate(tables):
            context.checkpoint()
            context.report(done, len(tables), unit="tables", note=table)
            checks.append(_foreign_keys(session, table))
    return tuple(checks)


def structure_check(
    session: Session, context: Context, *, quick: bool = False, limit: int = DEFAULT_LIMIT
) -> Structure:
    """What `integrity_check` (or `quick_check`) says of the file itself.

    Rows that break a rule (NOT NULL, CHECK, STRICT) are data to correct in a file that is whole: they are left out, and
    however many there are, the look goes on to the end of the file or to the limit. Where a table needs a function or a
    collation that is not there, SQLite checks nothing at all: then the tables are checked one by one, and those that
    it refuses are told.
    """
    pragma = "quick_check" if quick else "integrity_check"
    stale: list[str] = []
    with session.under(context):
        try:
            found = tuple(islice(_damage(session, pragma, stale=stale), limit))
            return Structure(found, stale=tuple(stale))
        except apsw.SQLError:
            return _table_by_table(session, pragma, context, limit)


def is_about_data(problem: str) -> bool:
    """Whether a line of SQLite's checks tells of a row that breaks a rule, and not of the file."""
    return _ABOUT_DATA.match(problem) is not None


def _table_by_table(session: Session, pragma: str, context: Context, limit: int) -> Structure:
    problems: list[str] = []
    unchecked: list[tuple[str, str]] = []
    stale: list[str] = []
    for table in content_tables(session):
        context.checkpoint()
        try:
            problems += islice(_damage(session, pragma, table, stale), limit - len(problems))
        except apsw.SQLError as error:
            unchecked.append((table, str(error)))
    return Structure(tuple(problems), tuple(unchecked), tuple(stale))


def _damage(
    session: Session, pragma: str, table: str | None = None, stale: list[str] | None = None
) -> Iterator[str]:
    """What is wrong with the file. Damage may also stop the check itself. To `stale` goes what `Structure` says."""
    try:
        for told in _told(session, pragma, table):
            for line in told.splitlines():
                if line in ("ok", _HEADING) or is_about_data(line):
                    continue
                index = _STALE.match(line)
                if index is None or session.value(_OWN_TEXTS, (index[1],)):
                    yield line
                elif stale is not None:
                    stale.append(index[1])
    except Failure as error:
        if error.code not in _DAMAGE:
            raise
        yield "the check was stopped by a damaged page"


def _told(session: Session, pragma: str, table: str | None) -> Iterator[str]:
    """The lines of a check of a table, or of all. Of a file in which names are not valid UTF-8, the first of them."""
    told = 0
    try:
        with closing(
            session.execute(f"PRAGMA main.{pragma}({_NO_LIMIT if table is None else quote(table)})")
        ) as rows:
            for (line,) in rows:
                yield str(line)
                told += 1
    except UnicodeDecodeError:
        by_bytes = f"SELECT CAST({pragma} AS BLOB) FROM pragma_{pragma}(?, 'main')"
        for (line,) in islice(session.execute(by_bytes, (table,)), told, None):
            yield line.decode("utf-8", "replace") if isinstance(line, bytes) else str(line)


def table_check(session: Session, table: str, context: Context) -> tuple[str, ...]:
    """What SQLite's quick check says of one table and its indexes; rows that break a rule are left out."""
    with session.under(context):
        return tuple(islice(_damage(session, "quick_check", table), DEFAULT_LIMIT))


def _parents(session: Session, table: str) -> set[str]:
    """The folded names of the tables that the foreign keys of a table point to."""
    asked = "SELECT {} FROM pragma_foreign_key_list(?, 'main')"
    try:
        keys = session.all(asked.format('"table"'), (table,))
    except UnicodeDecodeError:  # a name that is no UTF-8
        keys = session.all(asked.format('CAST("table" AS BLOB)'), (table,))
    names = (name for (name,) in keys)
    return {fold(name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)) for name in names}


def _foreign_keys(session: Session, table: str) -> ForeignKeyCheck:
    counts: dict[int, int] = {}
    try:
        for (key,) in session.execute("SELECT fkid FROM pragma_foreign_key_check(?, 'main')", (table,)):
            if isinstance(key, int):
                counts[key] = counts.get(key, 0) + 1
    except apsw.SQLError as error:
        return ForeignKeyCheck(table, problem=str(error))
    except Failure as error:
        if error.code is not ErrorCode.DAMAGED:
            raise
        return ForeignKeyCheck(table, problem="a page is damaged")
    return ForeignKeyCheck(table, sum(counts.values()), tuple(sorted(counts.items())))
