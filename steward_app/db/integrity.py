"""Does the file hold together? SQLite's own checks, each cancellable, each told to its end.

https://www.sqlite.org/pragma.html#pragma_integrity_check and #pragma_foreign_key_check
"""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass

import apsw

from steward_app.db.content import content_tables
from steward_app.db.names import quote
from steward_app.db.session import Session
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context

DEFAULT_LIMIT = 100
"""Problems listed before SQLite stops looking: the same number SQLite has for itself."""

_NO_LIMIT = 2**31 - 1
# "NULL value in t.c", "CHECK constraint failed in t", "TEXT value in t.c", "non-INTEGER value in t.c" (STRICT)
_ABOUT_DATA = re.compile(r"(?:CHECK constraint failed|(?:NULL|TEXT|NUMERIC|non-[A-Z]+) value) in ")


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


def integrity_check(session: Session, context: Context, *, limit: int = DEFAULT_LIMIT) -> tuple[str, ...]:
    """What does not hold together in the file, in SQLite's words; () when all is well.

    Looks at every page, every index entry and every NOT NULL, UNIQUE and STRICT rule. Not at foreign keys, and in a
    read session not at CHECK rules, which SQLite does not even load from a file it may not write
    (sqlite3AddCheckConstraint in build.c). At most `limit` problems are told.
    """
    return _check(session, "integrity_check", context, limit)


def quick_check(session: Session, context: Context, *, limit: int = DEFAULT_LIMIT) -> tuple[str, ...]:
    """Like `integrity_check`, without comparing indexes with their tables: several times as fast."""
    return _check(session, "quick_check", context, limit)


def foreign_key_check(session: Session, context: Context) -> tuple[ForeignKeyCheck, ...]:
    """The foreign keys of every table that has some, table by table.

    The pragma for the whole file stops at the first key that cannot be checked; this one tells it and goes on.
    """
    tables = [name for name in content_tables(session) if _has_foreign_keys(session, name)]
    checks = []
    with session.under(context):
        for done, table in enumerate(tables):
            context.checkpoint()
            context.report(done, len(tables), unit="tables", note=table)
            checks.append(_foreign_keys(session, table))
    return tuple(checks)


def structure_check(
    session: Session, context: Context, *, quick: bool = False, limit: int = DEFAULT_LIMIT
) -> tuple[str, ...]:
    """What `integrity_check` (or `quick_check`) says of the file itself; () when its pages and indexes hold together.

    Rows that break a rule (NOT NULL, CHECK, STRICT) are data to correct in a file that is whole: they are left out, and
    however many there are, the look goes on to the end of the file or to the limit.
    """
    found: list[str] = []
    with session.under(context):
        pragma = "quick_check" if quick else "integrity_check"
        rows = session.execute(f"PRAGMA main.{pragma}({_NO_LIMIT})")
        with closing(rows):  # type: ignore[type-var]  # a generator
            for (problem,) in rows:
                if len(found) == limit:
                    break
                if problem != "ok" and not _ABOUT_DATA.match(str(problem)):
                    found.append(str(problem))
    return tuple(found)


def _check(session: Session, pragma: str, context: Context, limit: int) -> tuple[str, ...]:
    with session.under(context):
        found = tuple(str(row[0]) for row in session.execute(f"PRAGMA main.{pragma}({limit})"))
    return () if found == ("ok",) else found


def _has_foreign_keys(session: Session, table: str) -> bool:
    return bool(session.value("SELECT 1 FROM pragma_foreign_key_list(?, 'main')", (table,)))


def _foreign_keys(session: Session, table: str) -> ForeignKeyCheck:
    counts: dict[int, int] = {}
    try:
        for _, _, _, key in session.execute(f"PRAGMA main.foreign_key_check({quote(table)})"):
            if isinstance(key, int):
                counts[key] = counts.get(key, 0) + 1
    except apsw.SQLError as error:
        return ForeignKeyCheck(table, problem=str(error))
    except Failure as error:
        if error.code is not ErrorCode.DAMAGED:
            raise
        return ForeignKeyCheck(table, problem="a page is damaged")
    return ForeignKeyCheck(table, sum(counts.values()), tuple(sorted(counts.items())))
