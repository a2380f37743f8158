"""Where what a list of changes leaves stands in the file, whose rows are as they were before all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from steward_app.db.names import fold
from steward_app.services.migrate.edit import native
from steward_app.services.migrate.edit.model import (
    AddColumn,
    DropColumn,
    DropObject,
    Edit,
    MergeTable,
    RenameColumn,
    RenameTable,
    SetGenerated,
    SetNotNull,
    SetType,
    SplitTable,
)
from steward_app.services.migrate.edit.spans import ClauseKind
from steward_app.services.schema.model import Schema, TableKind


@dataclass(frozen=True, slots=True)
class Origin:
    """A column of the file; with `column` "" one that the changes add, which is NULL in each row of `table`."""

    table: str
    column: str


@dataclass(slots=True)
class Origins:
    """Where tables and columns come from, by their names after the changes."""

    _tables: dict[str, str] = field(default_factory=dict)
    _columns: dict[tuple[str, str], Origin | None] = field(default_factory=dict)

    @classmethod
    def of(cls, schema: Schema, edits: Iterable[Edit] = ()) -> Origins:
        """Those of a list of changes, by the schema before it."""
        made = cls()
        for table in schema.tables:
            if table.kind is TableKind.TABLE:
                made._tables[fold(table.name)] = table.name
                for column in table.columns:
                    made._columns[fold(table.name), fold(column.name)] = Origin(table.name, column.name)
        for edit in edits:
            made._follow(edit)
        return made

    def table(self, name: str) -> str:
        """The table of the file that the rows of a table come from, or "" for a new one without rows."""
        return self._tables.get(fold(name), "")

    def column(self, table: str, name: str) -> Origin | None:
        """The column of the file that holds the values of a column, or None where the changes make other ones."""
        return self._columns.get((fold(table), fold(name)))

    def _follow(self, edit: Edit) -> None:
        match edit:
            case RenameTable(table, name):
                self._rename_table(fold(table), fold(name))
            case RenameColumn(table, column, name):
                found = self._columns.pop((fold(table), fold(column)), None)
                self._columns[fold(table), fold(name)] = found
            case AddColumn(table, definition):
                said = native.definition(definition)
                filled = said.clause(ClauseKind.DEFAULT) or said.clause(ClauseKind.GENERATED)
                empty = None if filled else Origin(self.table(table), "")
                self._columns[fold(table), fold(said.name)] = empty
            case DropColumn(table, column):
                self._columns.pop((fold(table), fold(column)), None)
            case SetType(table, column, using=said) | SetNotNull(table, column, fill=said) if said:
                self._columns[fold(table), fold(column)] = None
            case SetGenerated(table, column):
                self._columns[fold(table), fold(column)] = None
            case DropObject("table", name):
                self._forget(fold(name))
            case SplitTable():
                self._split(edit)
            case MergeTable():
                self._merge(edit)

    def _rename_table(self, was: str, now: str) -> None:
        if was in self._tables:
            self._tables[now] = self._tables.pop(was)
        for table, column in [key for key in self._columns if key[0] == was]:
            self._columns[now, column] = self._columns.pop((table, column))

    def _forget(self, table: str) -> None:
        self._tables.pop(table, None)
        for key in [key for key in self._columns if key[0] == table]:
            del self._columns[key]

    def _split(self, edit: SplitTable) -> None:
        """A row of the new table belongs to each row of the old one."""
        table, into = fold(edit.table), fold(edit.into)
        if table in self._tables:
            self._tables[into] = self._tables[table]
        for column in map(fold, edit.columns):
            self._columns[into, column] = self._columns.pop((table, column), None)

    def _merge(self, edit: MergeTable) -> None:
        """A row without a partner is NULL in what comes along, unless each has one."""
        called = {fold(was): fold(name) for was, name in edit.names}
        for table, column in [key for key in self._columns if key[0] == fold(edit.merged)]:
            if column != fold(edit.key):
                found = self._columns[table, column]
                self._columns[fold(edit.table), called.get(column, column)] = found if edit.complete else None
        self._forget(fold(edit.merged))
