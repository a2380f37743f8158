"""What a draft would do: the statements, and the text of the table before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steward_app.db import Session
from steward_app.db.names import fold
from steward_app.db.script import ended
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.services.migrate.desired.course import is_spared
from steward_app.services.migrate.draft.check import problems
from steward_app.services.migrate.draft.edits import Step, steps_of
from steward_app.services.migrate.draft.model import Draft, Place, Problem
from steward_app.services.migrate.draft.read import draft_of, name_in
from steward_app.services.migrate.edit.model import Edit
from steward_app.services.migrate.edit.write import Writer, writing
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
        edits: that lead there.
    """

    before: str
    after: str
    statements: tuple[str, ...] = ()
    rebuilt: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    edits: tuple[Edit, ...] = ()


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
    with writing(session, spared=is_spared) as writer:
        why = _walk(writer, steps)
        if why:
            wrong = Problem(_blamed(session, steps, why), why)
            return Preview(before, before, problems=(wrong,))
        after = read_schema(writer.empty)
        made = writer.written
        broken = tuple(_broken(after, draft, name) for name in after.broken_since(schema))
        broken += tuple(_text(draft, *each) for each in writer.texts_for_names(after))
        broken = broken or _unworking(writer, schema)
    gone = draft.gone or not draft.name
    text = "" if gone else texts_of(after, draft.name)
    edits = tuple(step.edit for step in steps)
    return Preview(before, text, made.statements, made.rebuilt, broken, edits)


def _walk(writer: Writer, steps: Sequence[Step]) -> str:
    """Why the steps cannot be made, or ""."""
    try:
        writer.make([step.edit for step in steps])
        writer.require_read()
    except StewardError as error:
        return error.message
    return ""


def _blamed(session: Session, steps: Sequence[Step], why: str) -> Place:
    """Where the step stands for which the steps cannot be made.

    A table is written anew once for all that is to change in it, when something else follows; so each is tried alone.
    """
    with writing(session, spared=is_spared) as writer:
        for step in steps:
            try:
                writer.edit(step.edit)
                writer.flush()
            except StewardError as error:
                if error.message == why:
                    return step.place
    return Place()


def _unworking(writer: Writer, before: Schema) -> tuple[Problem, ...]:
    """What would not work any more besides views and triggers."""
    try:
        writer.require_working(before)
    except StewardError as error:
        return (Problem(Place(), error.message),)
    return ()


def _broken(after: Schema, draft: Draft, name: str) -> Problem:
    """What reads something that goes."""
    made = [(table.name, table.problem) for table in after.tables]
    made += [(each.name, each.problem) for table in after.tables for each in table.triggers]
    why = next(problem for each, problem in made if each == name and problem)
    words = f"{quoted(name)} would not work: {visible(why, 120)}. Change it, or drop it too."
    return Problem(_place_of(draft, name), words)


def _text(draft: Draft, name: str, word: str) -> Problem:
    """What names something that goes, so that SQLite would not miss it."""
    words = f"{quoted(name)} names {quoted(word)} in double quotes, which SQLite would take for a text. Change that."
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
