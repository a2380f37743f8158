"""What an edit does, in a plain sentence; and what several do, in few words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.kernel.text import quoted
from steward_app.services.migrate.draft.read import kind_and_name_in
from steward_app.services.migrate.edit import native
from steward_app.services.migrate.edit.model import (
    FIRST,
    AddColumn,
    AddConstraint,
    CreateObject,
    DropColumn,
    DropConstraint,
    DropObject,
    Edit,
    FillFullText,
    MergeTable,
    MoveColumn,
    RenameColumn,
    RenameTable,
    ReplaceObject,
    RewriteTable,
    RewriteVirtual,
    SetCollation,
    SetDefault,
    SetGenerated,
    SetNotNull,
    SetOption,
    SetPrimaryKey,
    Settle,
    SetType,
    SplitTable,
)

_MOST_NAMED = 3


def sentence_of(edit: Edit) -> str:
    """What an edit does: "Rename column “a” of “t” to “b”"."""
    match edit:
        case AddColumn(table, definition):
            return f"Add column {quoted(native.definition(definition).name)} to {quoted(table)}"
        case DropColumn(table, column):
            return f"Drop column {quoted(column)} of {quoted(table)}, with its values"
        case RenameColumn(table, column, name):
            return f"Rename column {quoted(column)} of {quoted(table)} to {quoted(name)}"
        case MoveColumn(table, column, after):
            place = "before all others" if after == FIRST else f"behind {quoted(after)}"
            return f"Move column {quoted(column)} of {quoted(table)} {place}"
        case RenameTable(table, name):
            return f"Rename table {quoted(table)} to {quoted(name)}"
        case SplitTable(table, into, columns):
            moved = ", ".join(map(quoted, columns))
            return f"Move {moved} of {quoted(table)} into the new table {quoted(into)}"
        case MergeTable(table, merged):
            return f"Merge table {quoted(merged)} into {quoted(table)}"
        case CreateObject(sql):
            kind, name = kind_and_name_in(sql)
            return f"Make {kind} {quoted(name)}"
        case DropObject(kind, name):
            return f"Drop {kind} {quoted(name)}{', with its rows' if kind == 'table' else ''}"
        case ReplaceObject(kind, name):
            return f"Change {kind} {quoted(name)}"
        case RewriteTable(table) | RewriteVirtual(table):
            return f"Write table {quoted(table)} anew"
        case FillFullText(table):
            return f"Fill the full-text table {quoted(table)} anew"
        case Settle():
            return "Finish what was said so far"
    return _of_table(edit)


def _of_table(edit: Edit) -> str:
    """What an edit does that says something else of a column, or of the table as a whole."""
    match edit:
        case SetType(table, column, declared):
            to = f"the type {quoted(declared)}" if declared else "no type"
            return f"Give column {quoted(column)} of {quoted(table)} {to}"
        case SetDefault(table, column, default):
            to = f"the default {quoted(default)}" if default else "no default"
            return f"Give column {quoted(column)} of {quoted(table)} {to}"
        case SetNotNull(table, column, on):
            may = "must have a value" if on else "may be empty"
            return f"Column {quoted(column)} of {quoted(table)} {may}"
        case SetCollation(table, column, collation):
            return f"Compare column {quoted(column)} of {quoted(table)} by {quoted(collation or 'BINARY')}"
        case SetGenerated(table, column, computed):
            how = "is computed" if computed else "holds values of its own"
            return f"Column {quoted(column)} of {quoted(table)} {how}"
        case AddConstraint(table, rule):
            return f"Add the rule {quoted(rule)} to {quoted(table)}"
        case DropConstraint(table, name, rule):
            return f"Drop the rule {quoted(name or rule)} of {quoted(table)}"
        case SetPrimaryKey(table, columns):
            key = ", ".join(map(quoted, columns))
            return f"The primary key of {quoted(table)} is {key or 'none'}"
        case SetOption(table, option, on):
            return f"Table {quoted(table)} is {option if on else f'not {option} any more'}"
    raise TypeError(f"{type(edit).__name__} is no change of a table")


def title_of(edits: Sequence[Edit]) -> str:
    """What edits do together, in few words, to name their migration."""
    tables = list(dict.fromkeys(_named(edits)))
    if len(tables) == 1:
        return _of_one(edits, tables[0])
    more = len(tables) - _MOST_NAMED
    named = tables if more <= 0 else [*tables[:_MOST_NAMED], f"{more} more"]
    return f"Change {', '.join(named[:-1])} and {named[-1]}" if named else ""


def _of_one(edits: Sequence[Edit], name: str) -> str:
    """What several edits do that are about one table, or one object alone."""
    for edit in edits:
        match edit:
            case SplitTable(table, into):
                return f"Split {into} off {table}" if len(edits) == 1 else f"Change {name}"
            case MergeTable(table, merged):
                return f"Merge {merged} into {table}" if len(edits) == 1 else f"Change {name}"
            case RenameTable(table):
                return f"Rename {table} to {name}"
            case CreateObject() if _object(edit) == name:
                return f"Add {name}"
            case DropObject() if _object(edit) == name:
                return f"Drop {name}"
    new = [edit for edit in edits if isinstance(edit, AddColumn)]
    gone = [edit for edit in edits if isinstance(edit, DropColumn)]
    if len(new) == 1 and not gone:
        return f"Add {native.definition(new[0].definition).name} to {name}"
    if len(gone) == 1 and not new:
        return f"Drop {gone[0].column} of {name}"
    return f"Change {name}"


def _named(edits: Sequence[Edit]) -> Iterator[str]:
    """The tables that edits are about, by the names they have in the end; else the objects."""
    tables = [_table(edit) for edit in edits]
    now: dict[str, str] = {}
    for edit in edits:
        if isinstance(edit, RenameTable):
            now = {was: edit.name if name == edit.table else name for was, name in now.items()}
            now[edit.table] = edit.name
    found = [now.get(name, name) for name in tables if name]
    yield from found or [_object(edit) for edit in edits]


def _table(edit: Edit) -> str:
    match edit:
        case DropObject("table", name):
            return name
        case CreateObject(sql):
            kind, name = kind_and_name_in(sql)
            return name if kind == "table" else ""
        case DropObject() | ReplaceObject() | Settle():
            return ""
    return edit.table


def _object(edit: Edit) -> str:
    return kind_and_name_in(edit.sql)[1] if isinstance(edit, CreateObject) else getattr(edit, "name", "")
