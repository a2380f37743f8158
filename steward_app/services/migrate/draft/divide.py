"""A table to be split or merged, before anything is written: what may be, and what it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from steward_app.db import Session
from steward_app.db.names import fold
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.desired.course import is_spared
from steward_app.services.migrate.draft.check import name_of_column, name_of_table
from steward_app.services.migrate.draft.matching import Matched
from steward_app.services.migrate.draft.model import Place, Problem
from steward_app.services.migrate.draft.preview import Preview, texts_of
from steward_app.services.migrate.edit.belonging import key_of
from steward_app.services.migrate.edit.merge import pair_of
from steward_app.services.migrate.edit.model import MergeTable, SplitTable
from steward_app.services.migrate.edit.write import writing
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table

Division: TypeAlias = SplitTable | MergeTable


@dataclass(frozen=True, slots=True)
class Partner:
    """A table that points to another and could be merged into it.

    Attributes:
        key: its column that points.
        why_not: why it cannot be, or "".
    """

    table: Table
    key: str
    why_not: str = ""


def cannot_be_split(table: Table) -> str:
    """Why no columns can move out of a table, or ""."""
    try:
        key_of(table)
    except StewardError as error:
        return error.message
    return "" if len(table.columns) > 1 else f"{quoted(table.name)} has no other column than its key."


def partners(schema: Schema, table: Table) -> tuple[Partner, ...]:
    """The tables that point to a table by one column, those first that can be merged into it."""
    found = []
    for other, link in schema.referring(table.name):
        if other.name == table.name or other.ours or len(link.columns) != 1:
            continue
        try:
            pair_of(schema, MergeTable(table.name, other.name, link.columns[0]))
        except StewardError as error:
            found.append(Partner(other, link.columns[0], error.message))
        else:
            found.append(Partner(other, link.columns[0]))
    return tuple(sorted(found, key=lambda each: bool(each.why_not)))


def preview_division(session: Session, edit: Division, context: Context | None = None) -> Preview:
    """Try it on an empty copy of the schema. No row is read."""
    schema = read_schema(session, context or Context())
    names = (edit.table, edit.into if isinstance(edit, SplitTable) else edit.merged)
    before = _both(schema, names)
    found = tuple(_problems(schema, edit))
    if found:
        return Preview(before, before, problems=found)
    with writing(session, spared=is_spared) as writer:
        try:
            writer.edit(edit)
            writer.finish()
        except StewardError as error:
            hint = (error.hint or "").removeprefix("Nothing was changed.").strip()
            problem = Problem(Place(), f"{error.message} {hint}".rstrip())
            return Preview(before, before, problems=(problem,))
        made = writer.written
        after = _both(read_schema(writer.empty), names)
        return Preview(before, after, made.statements, made.rebuilt, edits=(edit,))


def unmatched(edit: MergeTable, rows: Matched) -> Iterator[Problem]:
    """What is in the way of a merge in the rows."""
    if rows.alone:
        belong = "belongs" if rows.alone == 1 else "belong"
        words = (
            f"{plural(rows.alone, 'row')} of {quoted(edit.merged)} {belong} to no row of {quoted(edit.table)}"
        )
        yield Problem(Place("table", field="merged"), f"{words} and would be lost. Mend that first.")
    if edit.complete and rows.without:
        have = "has" if rows.without == 1 else "have"
        words = f"{plural(rows.without, 'row')} of {quoted(edit.table)} {have} none in {quoted(edit.merged)}."
        yield Problem(Place("table", field="complete"), words)


def remarks_of(edit: Division) -> list[str]:
    """What the head of a migration says of it."""
    table = quoted(edit.table)
    if isinstance(edit, SplitTable):
        moved = ", ".join(map(quoted, edit.columns))
        return [f"Moves {moved} of {table} into {quoted(edit.into)}, a row for each row. No value is lost."]
    merged = quoted(edit.merged)
    lost = f"It fails where a row of {merged} belongs to no row of {table}"
    if edit.complete:
        return [
            f"Moves the columns of {merged} into {table}.",
            f"{lost}, and where a row of {table} has none.",
        ]
    return [
        f"Moves the columns of {merged} into {table}. They may be NULL there, and are in rows that have none.",
        f"{lost}.",
    ]


def _both(schema: Schema, names: tuple[str, str]) -> str:
    return "\n\n".join(filter(None, (texts_of(schema, name) for name in names)))


def _problems(schema: Schema, edit: Division) -> Iterator[Problem]:
    """What can be said from the names alone."""
    if isinstance(edit, SplitTable):
        if not edit.columns:
            yield Problem(Place("table", field="columns"), "Choose the columns that move.")
        if wrong := name_of_table(edit.into, schema):
            yield Problem(Place("table", field="into"), wrong)
        if wrong := name_of_column(edit.key, edit.columns):
            yield Problem(Place("table", field="key"), wrong)
        return
    table, merged = schema.table(edit.table), schema.table(edit.merged)
    if table is None or merged is None:
        return
    called = {fold(before): name for before, name in edit.names}
    others = [column.name for column in table.columns]
    for column in merged.columns:
        if fold(column.name) == fold(edit.key):
            continue
        name = called.get(fold(column.name), column.name)
        if wrong := name_of_column(name, others):
            yield Problem(Place("column", column.position, "name"), wrong)
        others.append(name)
