"""What migrations that wait do to names and values, as edits: so a column is found in the file by its name there.

Values that they write are taken for unknown, and tables that they make for empty, so nobody is asked about these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db.migration_files import Migration
from steward_app.db.migration_script import read_script
from steward_app.services.migrate.edit.model import (
    AddColumn,
    DropColumn,
    DropObject,
    Edit,
    RenameColumn,
    RenameTable,
    SetType,
)
from steward_app.services.migrate.run.placeholders import fill


def edits_of(waiting: Sequence[Migration]) -> tuple[Edit, ...]:
    """The edits, in order."""
    return tuple(edit for each in waiting for edit in _of(each))


def _of(migration: Migration) -> Iterator[Edit]:
    from steward_app.services.migrate.lint import acts

    for statement in read_script(migration, fill(migration, {})).statements:
        match acts.read_act(statement):
            case acts.RenameTable(table, name):
                yield RenameTable(table, name)
            case acts.RenameColumn(table, column, name):
                yield RenameColumn(table, column, name)
            case acts.AddColumn(table, _, definition):
                yield AddColumn(table, definition)
            case acts.DropColumn(table, column):
                yield DropColumn(table, column)
            case acts.Drop("table", name):
                yield DropObject("table", name)
            case acts.Update(table, sets=sets):
                for column, expression in sets:
                    yield SetType(table, column, "", expression)
