"""What a migration made: that the file that takes it back drops it again is what that file is for, and no loss to mend.

The migration has run by then, so it is read and not tried: what it adds by name, and the columns that a table gets when
it is written anew with more of them than are copied.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace

from steward_app.db import fold
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.migration_files import Kind, Migration, read_beside
from steward_app.db.migration_script import Script
from steward_app.db.skeleton import in_memory
from steward_app.kernel.errors import StewardError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.lint.acts import (
    Act,
    AddColumn,
    Create,
    Drop,
    DropColumn,
    Insert,
    RenameColumn,
    RenameTable,
    read_act,
)
from steward_app.services.migrate.lint.model import Problem

_LOSSES = frozenset({"table_dropped", "column_dropped", "column_not_copied"})


class Made:
    """The tables, columns and indexes that a migration left new, by their names of the moment.

    Args:
        file: name of the migration.
    """

    def __init__(self, file: str = "") -> None:
        self._file = file
        self._tables: set[str] = set()
        self._columns: set[tuple[str, str]] = set()
        self._indexes: set[str] = set()
        self._dropped: set[str] = set()
        self._copied: dict[str, set[str]] = {}

    @classmethod
    def taken_back_by(cls, migration: Migration, reading: Callable[[Migration], Script]) -> Made:
        """What the migration made that a file takes back; nothing where there is none, or it cannot be read."""
        made = cls()
        if migration.kind is Kind.UNDO:
            with suppress(StewardError):
                twin = read_beside(migration)
                if twin is not None and not twin.python:
                    made = cls(twin.path.name)
                    for statement in reading(twin).statements:
                        made._run(read_act(statement), statement.sql)
        return made

    def meant(self, problem: Problem) -> Problem:
        """The problem; accepted, and with its reason, where it is about what the migration made."""
        finding = problem.finding
        table, columns = fold(finding.subject.table), finding.subject.columns
        made = table in self._tables or any((table, fold(column)) in self._columns for column in columns)
        unique = finding.code == "unique_dropped" and fold(finding.subject.name) in self._indexes
        if not unique and (finding.code not in _LOSSES or not made):
            return problem
        title = f"{finding.title}: {quoted(self._file)} made it"
        return replace(problem, finding=replace(finding, title=title), accepted=True)

    def follow(self, act: Act | None) -> None:
        """Names change and go, by a statement of the file that takes it back."""
        match act:
            case RenameTable(table, name):
                old, new = fold(table), fold(name)
                self._tables = {new if each == old else each for each in self._tables}
                self._columns = {(new if of == old else of, column) for of, column in self._columns}
            case RenameColumn(table, column, name):
                old = fold(column)
                self._columns = {
                    (of, fold(name) if (of, each) == (fold(table), old) else each)
                    for of, each in self._columns
                }
            case Drop(kind="table", name=name):
                self._tables.discard(fold(name))
                self._columns = {each for each in self._columns if each[0] != fold(name)}
            case DropColumn(table, column):
                self._columns.discard((fold(table), fold(column)))

    def _run(self, act: Act | None, sql: str) -> None:
        """A statement of the migration itself."""
        match act:
            case Create(kind="table" | "virtual table", name=name, if_not_exists=False, temporary=False):
                self._created(fold(name), sql)
            case Create(kind="index", name=name):
                self._indexes.add(fold(name))
            case Insert(table=table, columns=columns) if fold(table) in self._copied:
                self._copied[fold(table)] -= {fold(column) for column in columns}
            case AddColumn(table=table, column=column):
                self._columns.add((fold(table), fold(column)))
            case Drop(kind="table", name=name):
                self._dropped.add(fold(name))
                self._tables.discard(fold(name))
                return  # its new columns are those of the table that takes its place
            case RenameTable(table, name) if (
                fold(name) in self._dropped
            ):  # it takes the place of one there was
                self._tables.discard(fold(table))
                new = self._copied.pop(fold(table), set())
                self._columns |= {(fold(name), column) for column in new}
        self.follow(act)

    def _created(self, table: str, sql: str) -> None:
        if table in self._dropped:
            return
        self._tables.add(table)
        with closing(in_memory()) as empty, suppress(SqliteSays), in_sqlites_words():
            empty.run(sql)
            names = empty.all("SELECT name FROM pragma_table_info(?, 'main')", (table,))
            self._copied[table] = {fold(str(name)) for (name,) in names}
