"""What a draft would do: the statements, and the text of the table before and after; and the migration it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from steward_app.db import Session
from steward_app.db.names import fold
from steward_app.db.script import ended
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.services.migrate import history
from steward_app.services.migrate.desired.course import is_ours
from steward_app.services.migrate.draft.check import problems, without_value
from steward_app.services.migrate.draft.edits import Step, steps_of
from steward_app.services.migrate.draft.model import Draft, Place, Problem
from steward_app.services.migrate.draft.read import draft_of, name_in
from steward_app.services.migrate.edit.write import Writer, writing
from steward_app.services.migrate.files import NewMigration, from_edits, save
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft leads to.

    Attributes:
        statements: of the migration, without semicolons.
        rebuilt: tables that are written anew, row by row.
        before, after: the texts of the table and of what belongs to it.
        problems: what is in the way; there are no statements where it could not even be tried.
    """

    before: str
    after: str
    statements: tuple[str, ...] = ()
    rebuilt: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def preview(session: Session, base: Draft, draft: Draft, context: Context | None = None) -> Preview:
    """Try a draft on an empty copy of the schema. No row is read. Raises as `steps_of`."""
    context = context or Context()
    schema = read_schema(session, context)
    before = texts_of(schema, base.was)
    found = problems(draft, schema)
    if found:
        return Preview(before, before, problems=found)
    steps = steps_of(session, base, draft)
    context.checkpoint()
    with writing(session, spared=is_ours) as writer:
        problem = _walk(writer, steps)
        if problem is not None:
            return Preview(before, before, problems=(problem,))
        after = read_schema(writer.empty)
        made = writer.written
    broken = tuple(_broken(after, draft, name) for name in after.broken_since(schema))
    gone = draft.gone or not draft.name
    text = "" if gone else texts_of(after, draft.name)
    return Preview(before, text, made.statements, made.rebuilt, broken)


def write_migration(
    session: Session, base: Draft, draft: Draft, folder: Path, title: str, context: Context | None = None
) -> NewMigration | tuple[Problem, ...]:
    """Write the files of a draft's migration; or what is in the way, and nothing is written.

    Raises as `preview`, `files.from_edits` and `files.save`.
    """
    context = context or Context()
    with session.under(context):
        found = preview(session, base, draft, context).problems or without_value(session, base, draft)
    if found:
        return found
    edits = [step.edit for step in steps_of(session, base, draft)]
    above = max((applied.version for applied in history.read(session)), default=0)
    new = from_edits(session, edits, folder, title, above=above, context=context)
    save(new)
    return new


def title_of(base: Draft, draft: Draft) -> str:
    """What a draft does, in few words, to name its migration."""
    if not draft.was:
        return f"Add {draft.name}"
    if draft.gone:
        return f"Drop {draft.was}"
    if draft.name != draft.was:
        return f"Rename {draft.was} to {draft.name}"
    new = [column.name for column in draft.columns if not column.was]
    kept = {column.was for column in draft.columns}
    gone = [column.was for column in base.columns if column.was not in kept]
    if len(new) == 1 and not gone:
        return f"Add {new[0]} to {draft.name}"
    if len(gone) == 1 and not new:
        return f"Drop {gone[0]} of {draft.name}"
    return f"Change {draft.name}"


def _walk(writer: Writer, steps: Sequence[Step]) -> Problem | None:
    place = Place()
    try:
        for step in steps:
            place = step.place
            writer.edit(step.edit)
        place = Place()
        writer.flush()
        writer.require_read()
    except StewardError as error:
        return Problem(place, error.message)
    return None


def _broken(after: Schema, draft: Draft, name: str) -> Problem:
    """What reads something that goes."""
    made = [(table.name, table.problem) for table in after.tables]
    made += [(each.name, each.problem) for table in after.tables for each in table.triggers]
    why = next(problem for each, problem in made if each == name and problem)
    words = f"{quoted(name)} would not work: {visible(why, 120)}. Change it, or drop it too."
    return Problem(_place_of(draft, name), words)


def _place_of(draft: Draft, name: str) -> Place:
    """Where an object stands in a draft, if it is one of its own."""
    places = (
        Place("object", number, "sql")
        for number, each in enumerate(draft.objects)
        if fold(name_in(each.sql)) == fold(name)
    )
    return next(places, Place())


def texts_of(schema: Schema, name: str) -> str:
    """The text of a table and of what belongs to it, in the order of a draft; "" where there is none yet."""
    table = schema.table(name) if name else None
    if table is None:
        return ""
    owned = draft_of(schema, table).objects
    return "\n\n".join(ended(sql) for sql in (table.sql, *(each.sql for each in owned)))
