"""A file that takes a migration back, proposed from what the migration does to an empty copy of the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from steward_app.db import Session, WriteSession
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.migration_files import Migration
from steward_app.db.migration_script import Script, confined, read_script
from steward_app.db.runner import unenforced
from steward_app.db.skeleton import in_memory, skeleton
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired.diff import diff
from steward_app.services.migrate.desired.model import Answers, Rename
from steward_app.services.migrate.lint.acts import Drop, DropColumn, read_act
from steward_app.services.migrate.model import Entry, State, Status
from steward_app.services.migrate.rehearsal.renames import told
from steward_app.services.migrate.run.carried import turned
from steward_app.services.migrate.run.placeholders import fill

_OPEN = (State.PENDING, State.REPEATS, State.LATE)
_OF_ROWS = {"UPDATE", "INSERT", "DELETE", "REPLACE", "WITH"}


@dataclass(frozen=True, slots=True)
class Proposed:
    """Statements that lead back to the schema before a migration.

    Attributes:
        statements: each without a semicolon at its end; () where none could be found.
        notes: what they do not bring back, or why there are none, a sentence each.
    """

    statements: tuple[str, ...]
    notes: tuple[str, ...] = ()


def proposed_undo(
    session: Session, found: Status, entry: Entry, values: Mapping[str, str], context: Context
) -> Proposed:
    """What could stand in the file that takes a migration back. Nothing is written.

    A migration that waits runs on the schema that the file has, one that is applied on what the files before it make
    of an empty database. Rows are not looked at: a person reads the file before it is needed.

    Args:
        session: the file.
        found: where it stands, with the entry in it.
    """
    if entry.migration is None or entry.migration.python:
        return Proposed((), ("What a program does cannot be told without running it.",))
    try:
        script = _script(entry.migration, values)
        with (
            closing(_before(session, found, entry, values)) as before,
            closing(_before(session, found, entry, values)) as after,
        ):
            _run(after, script)
            renames = turned(told(each.sql for each in script.statements))
            answers = Answers(tuple(Rename(each.table, each.before, each.after) for each in renames))
            back = diff(after, before, answers, asks=False, context=context)
    except SqliteSays:
        return Proposed((), ("The schema before it could not be made again from the files that are there.",))
    except StewardError as error:
        return Proposed((), (error.message,))
    return Proposed(back.statements, tuple(_notes(script, back.statements)))


def _script(migration: Migration, values: Mapping[str, str]) -> Script:
    return read_script(migration, fill(migration, values))


def _before(session: Session, found: Status, entry: Entry, values: Mapping[str, str]) -> WriteSession:
    """An empty database with the schema that the file has before a migration; the caller closes it."""
    waits = entry.state in _OPEN
    first = [
        each.migration
        for each in found.entries
        if each.migration and 0 < each.version < entry.version and (not waits or each.state in _OPEN)
    ]
    made = skeleton(session) if waits else in_memory()
    try:
        for migration in first:
            _run(made, _script(migration, values))
    except (SqliteSays, StewardError):
        made.close()
        raise
    return made


def _run(session: WriteSession, script: Script) -> None:
    with unenforced(session), confined(session), in_sqlites_words():
        for each in script.statements:
            session.run(each.sql)


def _notes(script: Script, back: Sequence[str]) -> Iterator[str]:
    if any(each.verb in _OF_ROWS for each in script.statements):
        yield "What it does to rows is not taken back by these statements: add what does."
    for each in script.statements:
        match read_act(each):
            case Drop(kind="table", name=name):
                yield f"The rows of {quoted(name)} do not come back with it."
            case DropColumn(table=table, column=column):
                yield f"The values of {quoted(table)}.{quoted(column)} do not come back with it."
    if not back:
        yield "It leaves the schema as it is."
