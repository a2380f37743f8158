"""What uses a column that takes the place of another: views, triggers and indexes, and how they go on.

SQLite renames the column in views and triggers. A view then gives it under the new name, unless it says what its
columns are called. So where others take the old name from a view, it says so: `CREATE VIEW list (id, tel) AS ...`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from steward_app.db.names import fold, quote
from steward_app.db.tokens import significant, tokenize
from steward_app.services.migrate.desired.course import is_ours
from steward_app.services.migrate.edit.model import CreateObject, DropObject, Edit
from steward_app.services.migrate.expand.model import Expansion
from steward_app.services.schema.columns_named import columns_named
from steward_app.services.schema.model import Index, Schema, Table, TableKind

Pairs = set[tuple[str, str]]
"""Tables with columns, folded."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A view that is to say what its columns are called, since others take the old name from it.

    Attributes:
        sql: its text with the names of its columns.
        stands_in: it names the new column, too, and is made again when the old one has taken that place.
    """

    view: Table
    sql: str
    stands_in: bool

    @property
    def edits(self) -> list[Edit]:
        """How it is made again, with the triggers that go with it."""
        triggers = [CreateObject(each.sql) for each in self.view.triggers if not each.temporary]
        return [DropObject("view", self.view.name), CreateObject(self.sql), *triggers]


def pins(schema: Schema, here: Table, expansion: Expansion) -> Mapping[str, Pin]:
    """The views from which others take the old column, by name."""
    new = {fold(each) for each in expansion.into}
    found = {}
    for view in schema.tables:
        if view.kind is not TableKind.VIEW or not _touches(
            view.reads, {(fold(here.name), fold(expansion.old))}
        ):
            continue
        gives = (fold(view.name), fold(expansion.old))
        names = [column.name for column in view.columns if fold(column.name) not in new]
        sql = _naming(view.sql, names) if any(fold(name) == gives[1] for name in names) else ""
        if sql and (
            view.triggers or any(_takes(other, gives) for other in schema.tables if other is not view)
        ):
            stands_in = _touches(view.reads, {(fold(here.name), each) for each in new})
            found[view.name] = Pin(view, sql, stands_in)
    return found


def users(
    schema: Schema, here: Table, expansion: Expansion, pinned: Mapping[str, Pin]
) -> list[tuple[Edit, Edit]]:
    """What names the new column and is made again when the old one takes its place: how it goes, and how it comes."""
    used = {(fold(here.name), fold(each)) for each in expansion.into}
    found: list[tuple[Edit, Edit]] = [
        (DropObject("index", index.name), CreateObject(index.sql))
        for index in here.indexes
        if index.sql and index.name not in expansion.indexes and _names(here, index) & used
    ]
    views = [view for view in schema.tables if view.kind is TableKind.VIEW and _touches(view.reads, used)]
    for view in views:
        sql = pinned[view.name].sql if view.name in pinned else view.sql
        found.append((DropObject("view", view.name), CreateObject(sql)))
    gone = {view.name for view in views}
    for table, trigger_name, sql in _triggers(schema, used, gone):
        found.append((DropObject("trigger", trigger_name, if_there=table in gone), CreateObject(sql)))
    return found


def _triggers(schema: Schema, used: Pairs, gone: set[str]) -> Iterator[tuple[str, str, str]]:
    """Triggers that name the new column, or stand on a view that goes: where, their names and texts."""
    for table in schema.tables:
        for trigger in table.triggers:
            names = {(fold(table.name), fold(each)) for each in trigger.of_columns}
            touched = _touches((*trigger.reads, *trigger.writes), used) or bool(names & used)
            if (touched or table.name in gone) and not trigger.temporary and not is_ours(trigger.name):
                yield table.name, trigger.name, trigger.sql


def _takes(other: Table, gives: tuple[str, str]) -> bool:
    """Whether a view, or a trigger of a table, takes a column from a view."""
    pairs = (*other.reads, *(pair for each in other.triggers for pair in (*each.reads, *each.writes)))
    return _touches(pairs, {gives})


def _naming(sql: str, names: list[str]) -> str:
    """The text of a view with the names of its columns; "" where it says them, or begins otherwise."""
    tokens = significant(tokenize(sql))
    at = next((number for number, token in enumerate(tokens) if token.word == "VIEW"), -1) + 2
    at += 2 if len(tokens) > at and tokens[at].text == "." else 0
    if at < 2 or len(tokens) <= at or tokens[at].word != "AS":
        return ""
    end = tokens[at - 1].end
    return f"{sql[:end]} ({', '.join(map(quote, names))}){sql[end:]}"


def _names(here: Table, index: Index) -> Pairs:
    """What an index names of its table: by itself, in an expression, or in its condition."""
    texts = [*(part.expression for part in index.columns), index.where]
    named = [column.name for text in texts if text for column in columns_named(here, text)]
    return {(fold(here.name), fold(each)) for each in (*(part.name for part in index.columns), *named)}


def _touches(pairs: tuple[tuple[str, str], ...], used: Pairs) -> bool:
    return any((fold(one), fold(two)) in used for one, two in pairs)
