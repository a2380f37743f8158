"""A file that takes a migration back, proposed from what the migration does to an empty copy of the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from operator import itemgetter

from steward_app.catalog import Catalog
from steward_app.db import Session, WriteSession
from steward_app.db.bounded import MOST_ON_EMPTY, bounded
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.image import open_image
from steward_app.db.migration_files import Migration
from steward_app.db.migration_script import Script, confined, read_script
from steward_app.db.names import fold
from steward_app.db.runner import unenforced
from steward_app.db.script import ended
from steward_app.db.skeleton import in_memory, skeleton
from steward_app.kernel.errors import Cancelled, ErrorCode, Refused, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired.diff import diff
from steward_app.services.migrate.desired.model import Answers, Rename
from steward_app.services.migrate.lint.acts import Create, Delete, Insert, Update, read_act
from steward_app.services.migrate.model import Entry, State, Status
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.rehearsal.renames import Names, told
from steward_app.services.migrate.run.carried import turned
from steward_app.services.migrate.run.placeholders import asked_by, escaped, fill, names
from steward_app.services.restore.point_image import point_image
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Generated, TableKind

_OPEN = (State.PENDING, State.REPEATS, State.LATE)
_DOES_NOT_RUN = "It does not run on the schema that the file has."
_NOT_KNOWN = (
    "The schema before it could not be made again: its restore point is gone, and the files that are there do not make"
    " it of an empty database."
)


@dataclass(frozen=True, slots=True)
class Proposed:
    """Statements that lead back to the schema before a migration.

    Attributes:
        statements: each without a semicolon at its end; () where none could be found.
        notes: what they do not bring back, or why there are none, a sentence each.
    """

    statements: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The statements as a file says them."""
        return "\n\n".join(ended(escaped(each)) for each in self.statements)


def proposed_undo(
    session: Session,
    found: Status,
    entry: Entry,
    values: Mapping[str, str],
    context: Context,
    catalog: Catalog | None = None,
) -> Proposed:
    """What could stand in the file that takes a migration back. Nothing is written.

    A migration that waits runs on the schema that the file has, one that is applied on that of the restore point made
    before it; where that is gone, on what the files before it make of an empty database. Rows are not looked at: a
    person reads the file before it is needed.

    Args:
        session: the file.
        found: where it stands, with the entry in it.
        catalog: has the restore points.
    """
    if entry.migration is None or entry.migration.python:
        return Proposed((), ("What a program does cannot be told without running it.",))
    try:
        script = _script(entry.migration, values)
        with (
            closing(_before(session, found, entry, values, context, catalog)) as before,
            closing(_before(session, found, entry, values, context, catalog)) as after,
        ):
            _run(after, script, context)
            renames = told(each.sql for each in script.statements)
            lost = tuple(_lost(before, after, renames, context))
            answers = Answers(tuple(Rename(each.table, each.before, each.after) for each in turned(renames)))
            back = diff(after, before, answers, asks=False, context=context)
    except Cancelled:
        raise
    except SqliteSays:
        return Proposed((), (_DOES_NOT_RUN if entry.state in _OPEN else _NOT_KNOWN,))
    except StewardError as error:
        return Proposed((), (error.message,))
    return Proposed(back.statements, tuple(_notes(script, lost, back.statements)))


def asks_for(found: Status, entry: Entry) -> tuple[str, ...]:
    """The placeholders that want a value before a way back can be proposed, each once."""
    return asked_by([entry.migration, *_first(found, entry, _has_point(entry))])


def schema_after(
    session: Session, found: Status, entry: Entry, context: Context, catalog: Catalog | None = None
) -> WriteSession:
    """An empty database with the schema that a migration leaves which has begun; the caller closes it.

    Raises `SqliteSays`, `StewardError`: it does not run there, or the schema before it could not be made again.
    """
    if entry.migration is None or entry.migration.python:
        raise Refused(ErrorCode.BLOCKED, "What a program does cannot be told without running it.")
    made = _before(session, found, entry, {}, context, catalog)
    try:
        _run(made, _script(entry.migration, {}), context)
    except (SqliteSays, StewardError, Cancelled):
        made.close()
        raise
    return made


def schema_since(
    session: Session, found: Status, entry: Entry, context: Context, catalog: Catalog | None = None
) -> WriteSession:
    """The same with all that was applied after the migration; the caller closes it. Raises as above."""
    assert entry.applied is not None, "it was applied"
    made = schema_after(session, found, entry, context, catalog)
    followed = [each for each in found.entries if each.applied and each.applied.rank > entry.applied.rank]
    try:
        for each in sorted(followed, key=lambda each: each.applied.rank if each.applied else 0):
            if each.migration is None or each.migration.python:
                raise Refused(ErrorCode.BLOCKED, f"What {quoted(each.file)} did after it cannot be told.")
            _run(made, _script(each.migration, {}), context)
    except (SqliteSays, StewardError, Cancelled):
        made.close()
        raise
    return made


def _script(migration: Migration, values: Mapping[str, str]) -> Script:
    return read_script(migration, fill(migration, values))


def _before(
    session: Session,
    found: Status,
    entry: Entry,
    values: Mapping[str, str],
    context: Context,
    catalog: Catalog | None,
) -> WriteSession:
    """An empty database with the schema that the file has before a migration; the caller closes it."""
    made = _of_point(found, entry, context, catalog)
    files = _first(found, entry, made is not None)
    if made is None:
        made = skeleton(session) if entry.state in _OPEN else in_memory()
    try:
        for migration in files:
            _run(made, _script(migration, values), context)
    except (SqliteSays, StewardError, Cancelled):
        made.close()
        raise
    return made


def _of_point(found: Status, entry: Entry, context: Context, catalog: Catalog | None) -> WriteSession | None:
    """An empty database with the schema of the restore point made before a migration; None where none is at hand."""
    if catalog is None or not _has_point(entry):
        return None
    assert entry.applied is not None
    try:
        with (
            point_image(catalog, found.path, entry.applied.restore_point, context, as_it_was=True) as image,
            open_image(image.path) as then,
        ):
            return skeleton(then)
    except Cancelled:
        raise
    except StewardError:
        return None


def _has_point(entry: Entry) -> bool:
    return entry.state not in _OPEN and entry.applied is not None and bool(entry.applied.restore_point)


def _first(found: Status, entry: Entry, from_point: bool) -> list[Migration]:
    """The files that run before a migration to make the schema that it finds."""
    waits = entry.state in _OPEN
    if from_point and entry.applied is not None:
        point, rank = entry.applied.restore_point, entry.applied.rank
        together = [
            (each.applied.rank, each.migration)
            for each in found.entries
            if each.applied and each.applied.restore_point == point and each.applied.rank < rank
        ]
        return [migration for _, migration in sorted(together, key=itemgetter(0)) if migration]
    return [
        each.migration
        for each in found.entries
        if each.migration and 0 < each.version < entry.version and (not waits or each.state in _OPEN)
    ]


def _run(session: WriteSession, script: Script, context: Context) -> None:
    with session.under(context), unenforced(session), confined(session), in_sqlites_words():
        for each in script.statements:
            with bounded(session, MOST_ON_EMPTY):
                session.run(each.sql)


def _notes(script: Script, lost: Sequence[str], back: Sequence[str]) -> Iterator[str]:
    if given := names(script.migration.text):
        values = ", ".join(map(quoted, given))
        yield f"It was tried with the values given for {values}: with others it may not lead back."
    acts = [read_act(each) for each in script.statements]
    made = {fold(each.name) for each in acts if isinstance(each, Create)}
    written = (each.table for each in acts if isinstance(each, Insert | Update | Delete))
    if any(fold(table) not in made and not fold(table).startswith("sqlite_") for table in written):
        yield "What it does to rows is not taken back by these statements: add what does."
    yield from lost
    if not back:
        yield "It leaves the schema as it is."


def _lost(before: Session, after: Session, renames: Sequence[Renamed], context: Context) -> Iterator[str]:
    """Tables and columns that go, with what they held."""
    was, now = read_schema(before, context), read_schema(after, context)
    names = Names(renames, was, now)
    for table in was.tables:
        if table.kind is TableKind.VIEW:
            continue
        here = now.table(names.table(table.name))
        if here is None:
            yield f"The rows of {quoted(table.name)} do not come back with it."
            continue
        for column in table.columns:
            gone = here.column(names.column(table.name, column.name)) is None
            if gone and column.generated is Generated.NO:
                yield f"The values of {quoted(table.name)}.{quoted(column.name)} do not come back with it."
