"""What a migration made: that the file that takes it back drops it again is what that file is for, and no loss to mend.

The migration has run by then, so it is read and not tried: what it adds by name, and the columns that a table gets when
it is written anew with more of them than are copied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
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
from steward_app.services.migrate.lint.selects import read_select

_LOSSES = frozenset({"table_dropped", "column_dropped", "column_not_copied"})
_SAME = re.compile(r"\s*(NULL|[-+]?[\d.]+|'([^']|'')*')\s*", re.IGNORECASE)
"""A value that does not come from a row."""


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
        self._dropped: set[str] = set()  # names of tables that were there and went
        self._away: dict[str, str] = {}  # those that were renamed: the first name by the one of the moment
        self._own: dict[str, list[str]] = {}  # the columns of tables that it makes
        self._new: dict[str, set[str]] = {}  # of these, those that are not copied from others

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
        """The problem; accepted, and with its reason, where it is about what the migration made.

        That a table is otherwise than the migration left it is what such a file is for.
        """
        finding = problem.finding
        constraint = finding.code == "unique_dropped" and finding.subject.kind != "index"
        if self._file and (constraint or finding.code in ("rebuilt_otherwise", "rule_dropped")):
            return replace(problem, accepted=True)
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
            case Insert(table=table) if fold(table) in self._new:
                self._new[fold(table)] -= _copied(act, self._own[fold(table)])
            case AddColumn(table=table, column=column):
                self._columns.add((fold(table), fold(column)))
            case Drop(kind="table", name=name):
                self._gone(fold(name))
                return  # its new columns are those of the table that takes its place
            case RenameTable(table, name):
                self._renamed(fold(table), fold(name))
                if fold(name) in self._dropped:
                    self._takes_the_place(fold(table), fold(name))
        self.follow(act)

    def _created(self, table: str, sql: str) -> None:
        if table in self._dropped:
            return
        self._tables.add(table)
        with closing(in_memory()) as empty, suppress(SqliteSays), in_sqlites_words():
            empty.run(sql)
            names = empty.all("SELECT name FROM pragma_table_info(?, 'main')", (table,))
            self._own[table] = [fold(str(name)) for (name,) in names]
            self._new[table] = set(self._own[table])

    def _renamed(self, table: str, name: str) -> None:
        """A table that was there is put out of the way, or back."""
        if table not in self._tables:
            first = self._away.pop(table, table)
            if first != name:
                self._away[name] = first

    def _gone(self, table: str) -> None:
        """A table is dropped: one that was there leaves its place to another."""
        if table in self._tables:
            self._tables.discard(table)
            return
        first = self._away.pop(table, table)
        self._dropped.add(first)
        self._columns = {(first if of == table else of, column) for of, column in self._columns}
        if first in self._tables:
            self._takes_the_place(first, first)

    def _takes_the_place(self, table: str, name: str) -> None:
        self._tables.discard(table)
        self._columns |= {(name, column) for column in self._new.pop(table, set())}


def _copied(act: Insert, own: Sequence[str]) -> set[str]:
    """The columns that an INSERT fills from somewhere, folded: all but those that get the same in each row.

    Args:
        own: those of the table, in order.
    """
    names = [fold(each) for each in act.columns] or own
    select = read_select(act.query_sql)
    if select is None or any(item.column == "*" for item in select.items):
        return set(names)
    return {name for name, item in zip(names, select.items, strict=False) if not _SAME.fullmatch(item.sql)}
