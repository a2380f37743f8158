"""The schema that the next migration begins with: that of the file, once all that waits for it has run.

What waits is run on an empty copy, so no row is looked at. A migration that is written for the file as it is would
take back what a waiting one makes, or make it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from steward_app.db import Session, WriteSession
from steward_app.db.bounded import MOST_ON_EMPTY, bounded
from steward_app.db.migration_files import Migration
from steward_app.db.migration_script import read_script
from steward_app.db.runner import run_script
from steward_app.kernel.errors import Cancelled, ErrorCode, Refused, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.desired.letters import take_statistics
from steward_app.services.migrate.model import State
from steward_app.services.migrate.run.placeholders import fill
from steward_app.services.migrate.status import status
from steward_app.services.migrate.without_audit import without_audit

_WAITING = (State.PENDING, State.LATE)


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a migration that is written now begins with.

    Attributes:
        schema: the file itself where nothing waits; else an empty copy that what waits has run on.
        file: the file, of which rows are counted.
        waiting: what waits, in order; files that run again whenever they change come behind every version.
        taken_up: the newest, where it does not count since its writing is taken up again.
    """

    schema: Session
    file: Session
    waiting: tuple[Migration, ...] = ()
    taken_up: Migration | None = None

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the head of the migration says of it."""
        if not self.waiting:
            return ()
        return ("", f"Begins with the schema that comes after {self.told}.")

    @property
    def told(self) -> str:
        """What waits, in few words: "“V0001__x.sql”, which waits to be applied"; or ""."""
        if not self.waiting:
            return ""
        last, more = self.waiting[-1].path.name, len(self.waiting) - 1
        if not more:
            return f"{quoted(last)}, which waits to be applied"
        return f"{quoted(last)} and {plural(more, 'migration')} before it, which wait to be applied"


@contextmanager
def ahead(
    session: Session, folder: Path, context: Context | None = None, *, taken_up: str = ""
) -> Iterator[Ahead]:
    """What the next migration of a folder begins with, for as long as the block runs.

    Args:
        session: the file; only read.
        taken_up: the name of a migration whose writing may have been interrupted: the newest, if that is it, does not
            count.

    Raises:
        Refused: what waits leaves a schema that is not known before it runs.
        Failure: (BAD_MIGRATION) a folder or a history that cannot be read.
    """
    context = context or Context()
    waiting = _waiting(session, folder)
    newest = waiting[-1] if taken_up and waiting and waiting[-1].name == taken_up else None
    waiting = waiting[:-1] if newest else waiting
    if not waiting:
        yield Ahead(session, session, taken_up=newest)
        return
    with closing(without_audit(session)) as empty:
        for each in waiting:
            context.checkpoint()
            _run(empty, each, context)
        take_statistics(empty, session)
        yield Ahead(empty, session, waiting, newest)


def _waiting(session: Session, folder: Path) -> tuple[Migration, ...]:
    if not folder.is_dir():
        return ()
    entries = status(session, folder).entries
    return tuple(e.migration for e in entries if e.migration and e.version and e.state in _WAITING)


def _run(empty: WriteSession, migration: Migration, context: Context) -> None:
    if migration.python:
        raise _unknown(migration, "is a program")
    try:
        script = read_script(migration, fill(migration, {}))
        with bounded(empty, MOST_ON_EMPTY), context.step() as inner:
            run_script(empty, script, inner, sparing_ours=True)
    except Cancelled:
        raise
    except StewardError as error:
        raise _unknown(migration, f"does not run on an empty copy: {error.message.rstrip('.')}") from error


def _unknown(migration: Migration, why: str) -> Refused:
    return Refused(
        ErrorCode.BLOCKED,
        f"{quoted(migration.path.name)} waits to be applied, and what it leaves is not known: it {why}.",
        hint="Nothing was written. Apply what waits first, take its file out of the folder, or, where the database has"
        " what it makes already, say so with “steward migrate baseline”.",
    )
