"""Whether a file has the schema that its migrations make: they run on an empty database, which is compared with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from steward_app.db import Session, WriteSession
from steward_app.db.bounded import MOST_ON_EMPTY, TooLong, bounded
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.migration_script import NOT_ALLOWED, confined, refusal
from steward_app.db.names import fold
from steward_app.db.runner import unenforced
from steward_app.db.script import Statement, split
from steward_app.db.skeleton import in_memory
from steward_app.db.tokens import position
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.services.migrate.adopt.rewritten import Rewritten, rule_text
from steward_app.services.migrate.desired.form import TableForm, same_object, same_table, table_form

_WITHOUT_MEANING_HERE = frozenset(
    {
        "ANALYZE",
        "BEGIN",
        "COMMIT",
        "END",
        "PRAGMA",
        "REINDEX",
        "RELEASE",
        "ROLLBACK",
        "SAVEPOINT",
        "SELECT",
        "VACUUM",
    }
)
"""Statements that say nothing about the schema."""
_OF_ROWS = frozenset({"DELETE", "INSERT", "REPLACE", "UPDATE", "WITH"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One object of the schema that is not as the migrations make it.

    Attributes:
        kind: table, index, view or trigger.
        how: a sentence about it.
        lost: the tool itself lost it, and the migrations are what was meant.
    """

    kind: str
    name: str
    table: str
    how: str
    lost: bool = False


@contextmanager
def made_by(scripts: Sequence[tuple[str, str]], context: Context) -> Iterator[Session]:
    """An empty database in memory on which scripts ran, for as long as the block runs. They can reach nothing else.

    Args:
        scripts: name of the file and SQL of each, in order.

    Raises `UsageError` (BAD_SQL) with the place of a statement that does not run.
    """
    session = in_memory()
    try:
        with session.under(context), unenforced(session), confined(session):
            for number, (file, sql) in enumerate(scripts):
                context.report(number, len(scripts), unit="migrations")
                for statement in split(sql, file):
                    if statement.verb not in _WITHOUT_MEANING_HERE:
                        _run(session, file, sql, statement)
        yield session
    finally:
        session.close()


def differences(
    held: Session, made: Session, spared: Callable[[str], bool], anew: Rewritten | None = None
) -> tuple[tuple[Difference, ...], int]:
    """What is not the same in a file and in what its migrations make; and how many objects were compared.

    Args:
        spared: whether a table is not looked at, with all that belongs to it.
        anew: tables that the tool made anew, and may have lost something of.
    """
    anew = anew or Rewritten()
    there, wanted = _objects(held, spared), _objects(made, spared)
    found = []
    for key in sorted(there.keys() | wanted.keys(), key=lambda each: (each[0] != "table", *each)):
        one, other = there.get(key), wanted.get(key)
        kind = key[0]
        name, table, _ = one or other or ("", "", "")
        lost = anew.lost(kind, table, one[2] if one else None, other[2] if other else None)
        if one and other and (same_table if kind == "table" else same_object)(one[2], other[2]):
            continue
        if lost:
            found.append(Difference(kind, name, table, lost, lost=True))
        elif one is None and other is not None:
            found.append(
                Difference(kind, other[0], other[1], "is made by the migrations, and is not in the file")
            )
        elif one is not None and other is None:
            found.append(Difference(kind, one[0], one[1], "is in the file, and no migration makes it"))
        elif one is not None and other is not None:
            found.append(Difference(kind, one[0], one[1], _how(kind, one[2], other[2], anew)))
    return tuple(found), len(there.keys() | wanted.keys())


def _run(session: WriteSession, file: str, sql: str, statement: Statement) -> None:
    place = position(sql, statement.offset)
    where = f"{quoted(file, 200)}, line {place.line}, column {place.column}"
    hint = (
        "Nothing was changed. The migrations run on an empty database here, which can reach no other, to see whether"
        " they make this schema. Where they cannot, name a database that the tool itself made anew: --against FILE."
    )
    try:
        with bounded(session, MOST_ON_EMPTY), in_sqlites_words():
            _run_on_no_rows(session, statement)
    except TooLong as error:
        raise UsageError(ErrorCode.TOO_LARGE, f"{where}: it may never end.", hint=hint) from error
    except SqliteSays as says:
        text = quoted(" ".join(statement.sql.split()), 80)
        said = visible(str(says).rstrip("."), 200)
        if refused := refusal(statement):
            said = refused.message.rstrip(".")
        elif said == "not authorized":
            said = NOT_ALLOWED
        raise UsageError(ErrorCode.BAD_SQL, f"{where}: {said}. The statement is {text}.", hint=hint) from says


def _run_on_no_rows(session: WriteSession, statement: Statement) -> None:
    """Run a statement. One about rows may fail for want of rows on an empty database: the schema is the same."""
    try:
        session.run(statement.sql)
    except Failure as failure:
        if statement.verb not in _OF_ROWS or failure.code is not ErrorCode.CONSTRAINT:
            raise


def _objects(session: Session, spared: Callable[[str], bool]) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Name, table and text of each object that somebody made."""
    rows = session.all("SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL")
    return {
        (str(kind), fold(str(name))): (str(name), str(table), str(sql))
        for kind, name, table, sql in rows
        if not spared(str(table)) and not spared(str(name)) and not fold(str(name)).startswith("sqlite_")
    }


def _how(kind: str, held: str, made: str, anew: Rewritten) -> str:
    one, other = (table_form(held), table_form(made)) if kind == "table" else (None, None)
    if one is None or other is None:
        return "says something else in the file than in the migrations"
    here = {fold(column.name): column for column in one.columns}
    there = {fold(column.name): column for column in other.columns}
    more = [column.name for key, column in here.items() if key not in there]
    fewer = [column.name for key, column in there.items() if key not in here]
    changed = [column.name for key, column in here.items() if key in there and there[key] != column]
    said = [
        f"{what} {', '.join(names)}"
        for what, names in (
            ("has in the file alone", [*map(quoted, more), *_rules(one, other)]),
            ("has in the migrations alone", [*map(quoted, fewer), *_rules(other, one)]),
            ("declares otherwise", list(map(quoted, changed))),
        )
        if names
    ]
    if astray := anew.astray(one):
        said.append(
            f"points to {quoted(astray)}, a name that its parent had while the tool made it anew, and that is gone"
        )
    if not said and list(here) != list(there):
        return "has its columns in another order than in the migrations"
    return "; ".join(said) or "has another primary key in the file than in the migrations"


def _rules(one: TableForm, other: TableForm) -> list[str]:
    """What a table has of constraints, key and options that the other has not."""
    return [
        *(quoted(rule_text(each), 120) for each in (one.constraints - other.constraints).elements()),
        *sorted(one.options - other.options),
    ]
