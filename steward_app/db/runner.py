"""Runs migration files, each in one transaction, and remembers which it ran.

Applied files are recorded with their checksum: one that was edited or went missing afterwards is an error that names
it, never a silent difference. `migrate` is all that the catalog's own schema needs; what a steward's database needs
beyond that rests on the same files, scripts and `run_script`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import apsw

from steward_app.db.integrity import foreign_key_check, newly_broken
from steward_app.db.migration_files import Migration, bad, read_folder
from steward_app.db.migration_script import (
    NOT_ALLOWED,
    NOTHING_APPLIED,
    STATEMENTS_STAY,
    Script,
    confined,
    read_script,
)
from steward_app.db.names import quote
from steward_app.db.query import offset_of
from steward_app.db.refused import refused_rows
from steward_app.db.script import Statement
from steward_app.db.session import Session, WriteSession
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible

__all__ = ["Applied", "Migration", "history", "migrate", "pending", "read_folder", "run_script"]

_CORRECT: Final = "Correct the statement."
_OF_A_STATEMENT: Final = {
    ErrorCode.CONSTRAINT: "Correct the statement, or the rows in a statement before it.",
    ErrorCode.NO_PERMISSION: "Take that statement out of the file.",
    ErrorCode.TOO_LARGE: "Write smaller values, or fewer of them in one statement.",
}
"""What to do about an error that comes from a statement, and not from the file or the disk."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One file that was run. `applied_at` is RFC 3339 in UTC."""

    version: int
    name: str
    checksum: str
    applied_at: str
    duration_ms: int


def history(session: Session, table: str) -> tuple[Applied, ...]:
    """The migrations that were run on a file, in order; () when there is no such table yet."""
    if not session.value("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?", (table,)):
        return ()
    try:
        rows = session.all(
            f"SELECT version, name, checksum, applied_at, duration_ms FROM main.{quote(table)} ORDER BY version"
        )
    except apsw.SQLError as error:
        raise bad(
            f"The table {quoted(table)} in {quoted(session.path.name)} is not a list of migrations of this program.",
            "The file is unchanged. Rename that table if another program made it.",
        ) from error
    return tuple(Applied(*row) for row in rows)  # type: ignore[arg-type]  # as written by `_record`


def pending(session: Session, migrations: Sequence[Migration], table: str) -> tuple[Migration, ...]:
    """The migrations still to run, in order.

    Raises `Failure` when what was applied is no longer what the folder holds: a file edited or gone, a file
    added before one that was applied, or a database that a newer version of the program has changed.
    """
    done = {applied.version: applied for applied in history(session, table)}
    known = {migration.version: migration for migration in migrations}
    newest_known = max(known, default=0)
    for version, applied in done.items():
        _compare(applied, known.get(version), newest_known, session.path)
    newest_done = max(done, default=0)
    waiting = tuple(migration for migration in migrations if migration.version not in done)
    late = next((migration for migration in waiting if migration.version < newest_done), None)
    if late is not None:
        raise bad(
            f"{quoted(late.path.name)} was added after version {newest_done} had been applied to "
            f"{quoted(session.path.name)}.",
            "Nothing was changed. Give it a version above the newest.",
        )
    return waiting


def migrate(
    session: WriteSession, migrations: Sequence[Migration], table: str, context: Context | None = None
) -> tuple[Applied, ...]:
    """Run what is pending, a file a transaction; what was run now. Safe to call from several processes at once.

    Every pending file is looked through before the first one runs: a transaction statement in any of them is
    refused with nothing applied. A statement that fails, and a foreign key that is newly broken, roll the whole file
    back; files before it stay applied.

    Args:
        session: a session that may write, outside a transaction.
        migrations: all of them, from `read_folder`.
        table: the table of `main` that records what was run; made when it is missing.
    """
    context = context or Context()
    waiting = [read_script(migration) for migration in pending(session, migrations, table)]
    ran: list[Applied] = []
    for number, script in enumerate(waiting):
        context.checkpoint()
        context.report(number, len(waiting), unit="migrations", note=script.migration.name)
        with session.transaction():
            if script.migration in pending(
                session, migrations, table
            ):  # not run by another process meanwhile
                ran.append(_run(session, script, table, context))
    return tuple(ran)


def run_script(
    session: WriteSession,
    script: Script,
    context: Context,
    *,
    sparing_ours: bool = False,
    before: Callable[[Statement], None] = lambda _: None,
    after: Callable[[int], None] = lambda _: None,
) -> None:
    """Run the statements of a file, one at a time and each to its end, with foreign keys not enforced.

    Whoever calls it opens the transaction where the script wants one, and looks at the foreign keys before it commits.

    Args:
        sparing_ours: refuse statements that touch the tables in which this program keeps its records.
        before: called with each statement that is about to run.
        after: called with the number of each statement that has run, from 1.

    Raises `UsageError` or `Failure` with the file, line and column of the statement that failed.
    """
    confining = confined(session, in_transaction=script.in_transaction, sparing_ours=sparing_ours)
    with session.under(context), unenforced(session), confining:
        for number, statement in enumerate(script.statements, 1):
            context.report(number - 1, len(script.statements), unit="statements")
            before(statement)
            _run_statement(session, script, statement)
            after(number)


@contextmanager
def unenforced(session: WriteSession) -> Iterator[None]:
    """In the block, foreign keys neither refuse nor act, and tables are renamed as SQLite does it by default.

    The switch works inside a transaction, where the pragma does nothing: a table that others point to can be written
    anew without its children being deleted. https://www.sqlite.org/c3ref/c_dbconfig_defensive.html
    """
    connection = session._connection
    switches = {apsw.SQLITE_DBCONFIG_ENABLE_FKEY: 0, apsw.SQLITE_DBCONFIG_LEGACY_ALTER_TABLE: 0}
    before = {switch: connection.config(switch, -1) for switch in switches}
    for switch, value in switches.items():
        connection.config(switch, value)
    try:
        yield
    finally:
        if not session._closed:
            for switch, value in before.items():
                connection.config(switch, value)


def _run(session: WriteSession, script: Script, table: str, context: Context) -> Applied:
    began = time.perf_counter()
    before = list(foreign_key_check(session, context))
    run_script(session, script, context)
    broken = newly_broken(before, foreign_key_check(session, context))
    if broken:
        tables = ", ".join(map(quoted, broken))
        raise Failure(
            ErrorCode.CONSTRAINT,
            f"{quoted(script.migration.path.name)} leaves rows of {tables} that point to nothing.",
            hint=f"{NOTHING_APPLIED} Bring the rows that are missing, or point these elsewhere, in the same file.",
        )
    applied = Applied(
        script.migration.version,
        script.migration.name,
        script.migration.checksum,
        clock.to_text(clock.now()),
        round((time.perf_counter() - began) * 1000),
    )
    _record(session, table, applied)
    return applied


def _run_statement(session: WriteSession, script: Script, statement: Statement) -> None:
    stands = NOTHING_APPLIED
    if not script.in_transaction:
        stands = STATEMENTS_STAY
    try:
        session.run(statement.sql)
    except apsw.Error as error:
        place = script.place(statement, offset_of(error, statement.sql) or 0)
        reason = visible(str(error).rstrip("."), 200)
        raise UsageError(ErrorCode.BAD_SQL, f"{place}: {reason}.", hint=f"{stands} {_CORRECT}") from error
    except StewardError as error:
        if to_do := _OF_A_STATEMENT.get(error.code):
            said = f"{NOT_ALLOWED}." if isinstance(error.__cause__, apsw.AuthError) else error.message
            if error.code is ErrorCode.CONSTRAINT:
                said = refused_rows(session, statement) or said
            hint = f"{stands} {to_do}"
            raise Failure(error.code, f"{script.place(statement)}: {said}", hint=hint) from error
        raise


def _record(session: WriteSession, table: str, applied: Applied) -> None:
    session.run(
        f"CREATE TABLE IF NOT EXISTS main.{quote(table)} (version INTEGER PRIMARY KEY, name TEXT NOT NULL,"
        " checksum TEXT NOT NULL, applied_at TEXT NOT NULL, duration_ms INTEGER NOT NULL)"
    )
    session.run(
        f"INSERT INTO main.{quote(table)} (version, name, checksum, applied_at, duration_ms) VALUES (?, ?, ?, ?, ?)",
        (applied.version, applied.name, applied.checksum, applied.applied_at, applied.duration_ms),
    )


def _compare(applied: Applied, known: Migration | None, newest_known: int, path: Path) -> None:
    file = f"V{applied.version:04}__{applied.name}.sql"
    if known is None and applied.version > newest_known:
        raise Failure(
            ErrorCode.NEWER_FORMAT,
            f"{quoted(path.name)} was changed by a newer version of the program ({file}).",
            hint="The file is unchanged. Install the newer version to work with it.",
        )
    if known is None:
        raise bad(
            f"{quoted(file)} was applied to {quoted(path.name)} and is gone from the folder.", "Put it back."
        )
    if known.checksum != applied.checksum:
        raise bad(
            f"{quoted(known.path.name)} was edited after it had been applied to {quoted(path.name)}.",
            "Put its text back and write the change as a new file.",
        )
