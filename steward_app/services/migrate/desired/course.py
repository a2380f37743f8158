"""The way to a schema, walked on an empty copy: each step is tried there, and the next is made for what it left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from steward_app.db import Session, WriteSession
from steward_app.db.names import fold
from steward_app.services.migrate.edit.model import Edit, TableEdit
from steward_app.services.migrate.edit.write import Writer, writing
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Index, Schema, Table, TableKind, Trigger

T = TypeVar("T")


def is_ours(name: str) -> bool:
    """Whether this program made an object for its own records, and sees to it itself."""
    return fold(name).startswith("_steward_")


def is_spared(name: str) -> bool:
    """Whether a trigger is not made again with its table, since whoever runs the statements arms it again.

    Those of an expansion are a table's like any other: without them columns would come apart.
    """
    return is_ours(name) and not fold(name).startswith("_steward_expand_")


@dataclass(slots=True)
class Course:
    """The steps so far, and the empty copy as they leave it."""

    writer: Writer
    edits: list[Edit] = field(default_factory=list)
    _schema: Schema | None = None

    @property
    def empty(self) -> WriteSession:
        """The schema without rows."""
        return self.writer.empty

    def go(self, edits: Sequence[Edit]) -> None:
        """Take steps. Raises `UsageError` where SQLite does not accept one."""
        if edits:
            self._schema = None
            self.writer.make(edits)
            self.edits += edits

    def go_natively(self, edits: Sequence[TableEdit], accept: Callable[[str], bool]) -> bool:
        """Take steps of a table if SQLite makes them itself and the text of the table is accepted then; else none."""
        self._schema = None
        taken = self.writer.natively(edits, lambda table: accept(table.sql))
        if taken:
            self.edits += edits
        return taken

    def schema(self) -> Schema:
        """What the steps so far lead to."""
        if self._schema is None:
            self._schema = read_schema(self.empty)
        return self._schema


@contextmanager
def course_of(session: Session) -> Iterator[Course]:
    """A course that begins with the schema of a file."""
    with writing(session, spared=is_spared) as writer:
        yield Course(writer)


@dataclass(frozen=True, slots=True)
class Objects:
    """What a schema holds of the steward's own, each kind by its folded name, in the order of the file."""

    tables: dict[str, Table]
    virtual: dict[str, Table]
    views: dict[str, Table]
    indexes: dict[str, Index]
    triggers: dict[str, Trigger]

    def by_kind(self) -> dict[str, Mapping[str, Table | Index | Trigger]]:
        """Everything, in an order in which it can be made."""
        return {
            "table": self.tables,
            "virtual table": self.virtual,
            "index": self.indexes,
            "view": self.views,
            "trigger": self.triggers,
        }

    def texts(self) -> dict[tuple[str, str], str]:
        """The text of everything, by kind and folded name."""
        return {
            (kind, folded): found.sql
            for kind, each in self.by_kind().items()
            for folded, found in each.items()
        }

    def without(self, left: Set[tuple[str, str]]) -> Objects:
        """The same but for some, by kind and folded name."""

        def kept(kind: str, each: dict[str, T]) -> dict[str, T]:
            return {folded: found for folded, found in each.items() if (kind, folded) not in left}

        return Objects(
            kept("table", self.tables),
            kept("virtual table", self.virtual),
            kept("view", self.views),
            kept("index", self.indexes),
            kept("trigger", self.triggers),
        )


def objects(schema: Schema) -> Objects:
    """The objects of a schema without SQLite's and this program's own."""
    found = Objects({}, {}, {}, {}, {})
    by_kind = {
        TableKind.TABLE: found.tables,
        TableKind.VIRTUAL: found.virtual,
        TableKind.VIEW: found.views,
    }
    for table in schema.tables:
        if table.kind not in by_kind or table.ours:
            continue
        by_kind[table.kind][fold(table.name)] = table
        for index in table.indexes:
            if index.sql and not is_ours(index.name):
                found.indexes[fold(index.name)] = index
        for trigger in table.triggers:
            if not trigger.temporary and not is_ours(trigger.name):
                found.triggers[fold(trigger.name)] = trigger
    return found
