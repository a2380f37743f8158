"""Runs ordered migration files, each in one transaction, and remembers which it ran.

A file is named `V0001__what_it_does.sql`. Applied files are recorded with their checksum: one that was edited or
went missing afterwards is an error that names it, never a silent difference. The same runner serves the catalog's
own schema and the steward's databases.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw
from blake3 import blake3

from steward_app.db.names import quote
from steward_app.db.script import Statement, split
from steward_app.db.session import Session, WriteSession
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, StewardError, UsageError
from steward_app.kernel.progress import Context

_FILE = re.compile(r"V(\d{4,})__([A-Za-z0-9_]+)\.sql")
_TRANSACTION = frozenset({"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"})
_OUTSIDE = frozenset({"ATTACH", "DETACH", "VACUUM"})
_NO_EFFECT = re.compile(
    r"PRAGMA\s+(?:\w+\s*\.\s*)?(foreign_keys|journal_mode|synchronous|page_size|auto_vacuum|encoding)\b",
    re.IGNORECASE,
)
_DENIED = frozenset({apsw.SQLITE_TRANSACTION, apsw.SQLITE_SAVEPOINT, apsw.SQLITE_ATTACH, apsw.SQLITE_DETACH})


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `checksum` is BLAKE3 over its text with line ends as LF, in hex."""

    version: int
    name: str
    path: Path
    sql: str
    checksum: str


@dataclass(frozen=True, slots=True)
class Applied:
    """One file that was run. `applied_at` is RFC 3339 in UTC."""

    version: int
    name: str
    checksum: str
    applied_at: str
    duration_ms: int


def read_folder(folder: Path) -> tuple[Migration, ...]:
    """The migrations of a folder, in order of version. Other files than .sql are passed over.

    Raises `Failure` for an .sql file whose name is not of the form V0001__name.sql, and for a version used twice.
    """
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        migration = _read(path)
        twin = found.setdefault(migration.version, migration)
        if twin is not migration:
            raise _bad(
                f"“{twin.path.name}” and “{path.name}” have the same version.", "Number one of them anew."
            )
    return tuple(found[version] for version in sorted(found))


def history(session: Session, table: str) -> tuple[Applied, ...]:
    """The migrations that were run on a file, in order; () when there is no such table yet."""
    if not session.value("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?", (table,)):
        return ()
    try:
        rows = session.all(
            f"SELECT version, name, checksum, applied_at, duration_ms FROM main.{quote(table)} ORDER BY version"
        )
    except apsw.SQLError as error:
        raise _bad(
            f"The table “{table}” in “{session.path.name}” is not a list of migrations of this program.",
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
        raise _bad(
            f"“{late.path.name}” was added after version {newest_done} had been applied to “{session.path.name}”.",
            "Nothing was changed. Give it a version above the newest.",
        )
    return waiting


def migrate(
    session: WriteSession, migrations: Sequence[Migration], table: str, context: Context | None = None
) -> tuple[Applied, ...]:
    """Run what is pending, a file a transaction; what was run now. Safe to call from several processes at once.

    Every pending file is looked through before the first one runs: a transaction statement in any of them is
    refused with nothing applied. A statement that fails rolls its whole file back; files before it stay applied.

    Args:
        session: a session that may write, outside a transaction.
        migrations: all of them, from `read_folder`.
        table: the table of `main` that records what was run; made when it is missing.
    """
    context = context or Context()
    waiting = [(migration, _checked(migration)) for migration in pending(session, migrations, table)]
    ran: list[Applied] = []
    for number, (migration, statements) in enumerate(waiting):
        context.checkpoint()
        context.report(number, len(waiting), unit="migrations", note=migration.name)
        with session.transaction():
            if migration in pending(session, migrations, table):  # not run by another process meanwhile
                ran.append(_run(session, migration, statements, table, context))
    return tuple(ran)


def _run(
    session: WriteSession,
    migration: Migration,
    statements: Sequence[Statement],
    table: str,
    context: Context,
) -> Applied:
    began = time.perf_counter()
    with session.under(context), _inside_one_transaction(session):
        for statement in statements:
            _run_statement(session, migration, statement)
    applied = Applied(
        migration.version,
        migration.name,
        migration.checksum,
        clock.to_text(clock.now()),
        round((time.perf_counter() - began) * 1000),
    )
    _record(session, table, applied)
    return applied


def _run_statement(session: WriteSession, migration: Migration, statement: Statement) -> None:
    place = f"“{migration.path.name}”, line {statement.line}"
    hint = "Nothing of this file was applied; files before it were."
    try:
        session.run(statement.sql)
    except apsw.Error as error:
        raise UsageError(ErrorCode.BAD_SQL, f"{place}: {error}.", hint=hint) from error
    except StewardError as error:
        if error.code in (ErrorCode.CONSTRAINT, ErrorCode.NO_PERMISSION):  # what this statement did
            raise Failure(error.code, f"{place}: {error.message}", hint=hint) from error
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


@contextmanager
def _inside_one_transaction(session: WriteSession) -> Iterator[None]:
    """Refuse to prepare whatever would leave the transaction, should the look at the text have missed it."""
    connection = session._connection
    before = connection.authorizer

    def judge(action: int, one: str | None, two: str | None, schema: str | None, through: str | None) -> int:
        if action in _DENIED:
            return apsw.SQLITE_DENY
        return before(action, one, two, schema, through) if before else apsw.SQLITE_OK

    connection.authorizer = judge
    try:
        yield
    finally:
        connection.authorizer = before


def _checked(migration: Migration) -> tuple[Statement, ...]:
    statements = split(migration.sql, migration.path.name)
    for statement in statements:
        place = f"“{migration.path.name}”, line {statement.line}"
        if statement.verb in _TRANSACTION:
            raise UsageError(
                ErrorCode.BAD_SQL,
                f"{place}: {statement.verb} cannot stand in a migration.",
                hint="Nothing was applied. Each file runs in one transaction of its own; leave the statement out.",
            )
        setting = _NO_EFFECT.match(statement.sql)
        if statement.verb in _OUTSIDE or setting:
            what = f"PRAGMA {setting.group(1)}" if setting else statement.verb
            raise UsageError(
                ErrorCode.BAD_SQL,
                f"{place}: {what} does not work inside a transaction.",
                hint="Nothing was applied. Leave the statement out.",
            )
    return statements


def _compare(applied: Applied, known: Migration | None, newest_known: int, path: Path) -> None:
    file = f"V{applied.version:04}__{applied.name}.sql"
    if known is None and applied.version > newest_known:
        raise Failure(
            ErrorCode.NEWER_FORMAT,
            f"“{path.name}” was changed by a newer version of the program ({file}).",
            hint="The file is unchanged. Install the newer version to work with it.",
        )
    if known is None:
        raise _bad(f"“{file}” was applied to “{path.name}” and is gone from the folder.", "Put it back.")
    if known.checksum != applied.checksum:
        raise _bad(
            f"“{known.path.name}” was edited after it had been applied to “{path.name}”.",
            "Put its text back and write the change as a new file.",
        )


def _read(path: Path) -> Migration:
    named = _FILE.fullmatch(path.name)
    if named is None:
        raise _bad(f"“{path.name}” is not named like a migration.", "Name it like V0001__what_it_does.sql.")
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise _bad(f"“{path.name}” is not text in UTF-8.", "Save it as UTF-8.") from error
    return Migration(int(named[1]), named[2], path, text, blake3(text.encode()).hexdigest())


def _bad(message: str, hint: str) -> Failure:
    return Failure(ErrorCode.BAD_MIGRATION, message, hint=hint)
