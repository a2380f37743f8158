"""What a list of changes leads to as a whole: texts, statements and the map; and the one migration it becomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from steward_app.db import ReadSession, Session
from steward_app.db.names import fold
from steward_app.db.script import ended
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.migrate import history
from steward_app.services.migrate.ahead import ahead
from steward_app.services.migrate.desired.course import is_spared
from steward_app.services.migrate.draft.change_list import ChangeList, require_same_schema, said, tried
from steward_app.services.migrate.draft.divide import remarks_of
from steward_app.services.migrate.draft.in_rows import in_rows
from steward_app.services.migrate.draft.model import Place, Problem
from steward_app.services.migrate.draft.preview import Preview
from steward_app.services.migrate.draft.sentences import sentence_of
from steward_app.services.migrate.edit.model import Edit, MergeTable, SplitTable
from steward_app.services.migrate.edit.write import write
from steward_app.services.migrate.files import NewMigration, from_edits, listed, save
from steward_app.services.migrate.idle import idle
from steward_app.services.migrate.moves import moves_of
from steward_app.services.migrate.rehearsal.map import drawn_together
from steward_app.services.migrate.rehearsal.pairs import pairs, without_ours
from steward_app.services.migrate.rehearsal.renames import Names, told
from steward_app.services.schema.erd.model import Diagram
from steward_app.services.schema.model import Schema, Table, TableKind

_WITH_TEXT = (TableKind.TABLE, TableKind.VIRTUAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook(Preview):
    """What changes lead to.

    Attributes:
        schema: as they leave it; as it is where they cannot be made together.
        map: the tables and links before and after in one, with marks on what is not the same.
        idle: numbers of changes in the list that change nothing, since it is so already, or by then.
        waits: what runs before them, in few words, or "".
    """

    schema: Schema
    map: Diagram
    idle: tuple[int, ...] = ()
    waits: str = ""


@dataclass(frozen=True, slots=True)
class _Behind:
    """Changes behind what waits: why they cannot be made there, or ""; which change nothing; and what waits."""

    why_not: str
    idle: tuple[int, ...] = ()
    waits: str = ""


def outlook(session: Session, changes: ChangeList, folder: Path, context: Context | None = None) -> Outlook:
    """Make all changes on an empty copy of the schema. No row is read. Raises as `require_same_schema`.

    Args:
        folder: of the migrations. What waits there comes first, and its changes must leave room for these.
    """
    made = tried(session, changes, context)
    behind = _Behind(made.why_not) if made.why_not else _behind_what_waits(session, changes, folder, context)
    if behind.why_not:
        wrong = (Problem(Place(), behind.why_not),)
        return Outlook("", "", problems=wrong, edits=changes.edits, schema=made.before, map=Diagram((), ()))
    was, now = without_ours(made.before), without_ours(made.after)
    names = Names(told(made.written.statements, moves_of(made.before, changes.edits)), was, now)
    texts = [pair for pair in _texts(was, now, names) if pair[0] != pair[1]]
    return Outlook(
        before=_joined(old for old, _ in texts),
        after=_joined(new for _, new in texts),
        statements=made.written.statements,
        rebuilt=made.written.rebuilt,
        edits=changes.edits,
        schema=made.after,
        map=drawn_together(was, now, names, names.compare(was, now)),
        idle=behind.idle,
        waits=behind.waits,
    )


def _behind_what_waits(
    session: Session, changes: ChangeList, folder: Path, context: Context | None
) -> _Behind:
    """What becomes of the changes once the migrations that wait have run."""
    told = ""
    try:
        with ahead(session, folder, context) as begin:
            if begin.waiting and changes.parts:
                told = f"After {begin.told}: "
                write(begin.schema, changes.edits, spared=is_spared)
            return _Behind("", idle(begin.schema, changes.edits), begin.told)
    except (Refused, UsageError) as error:
        return _Behind(f"{told}{said(error)}")


def write_all(
    session: ReadSession, changes: ChangeList, folder: Path, title: str, context: Context | None = None
) -> NewMigration | tuple[Problem, ...]:
    """Write the files of the one migration that makes all changes; or what is in the way in the rows, and nothing.

    Raises as `require_same_schema`, `files.from_edits` and `files.save`.
    """
    require_same_schema(session, changes)
    if wrong := in_rows(session, changes, context):
        return wrong
    above = max((applied.version for applied in history.read(session)), default=0)
    remarks = list(_remarks(changes.shown))
    new = from_edits(session, changes.edits, folder, title, remarks=remarks, above=above, context=context)
    save(new)
    return new


def _remarks(edits: Sequence[Edit]) -> Iterator[str]:
    """What the head of the migration says: each change where there are several, and what a split or merge means."""
    if len(edits) > 1:
        yield from ("", "What changes:", *listed([f"{sentence_of(edit)}." for edit in edits]))
    divisions = [edit for edit in edits if isinstance(edit, SplitTable | MergeTable)]
    if divisions and len(edits) > 1:
        yield ""
    for edit in divisions:
        yield from remarks_of(edit)


def _texts(was: Schema, now: Schema, names: Names) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The texts of each table and view before and after, with those of its indexes and triggers."""
    for pair in pairs(was, now, names, _WITH_TEXT):
        yield _text(pair.old), _text(pair.new)
    old, new = (
        {fold(each.name): each for each in schema.tables if each.kind is TableKind.VIEW}
        for schema in (was, now)
    )
    for name in dict.fromkeys((*new, *old)):
        yield _text(old.get(name)), _text(new.get(name))


def _text(table: Table | None) -> tuple[str, ...]:
    if table is None:
        return ()
    indexes = (each.sql for each in table.indexes if each.sql)
    triggers = (each.sql for each in table.triggers if not each.temporary)
    return (table.sql, *indexes, *triggers)


def _joined(texts: Iterator[tuple[str, ...]]) -> str:
    return "\n\n".join(ended(sql) for each in texts for sql in each)
