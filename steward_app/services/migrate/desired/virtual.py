"""What becomes of the rows of a virtual table that is to say something else: SQLite alters none, so it is made anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from steward_app.db.names import fold
from steward_app.kernel.errors import UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired.counting import Held
from steward_app.services.migrate.desired.course import Course, Objects
from steward_app.services.migrate.desired.model import Answers, Asks, Place, Question, counted
from steward_app.services.migrate.edit.model import (
    CreateObject,
    DropObject,
    Edit,
    FillFullText,
    RewriteVirtual,
)
from steward_app.services.schema.fulltext import content_of, is_full_text
from steward_app.services.schema.model import Schema, Table

_OF_PLACES: Final = frozenset({"rtree", "rtree_i32", "geopoly"})


class Fate(Enum):
    """What becomes of what a virtual table holds."""

    COPIED = auto()  # its rows are copied
    FILLED = auto()  # its words come from another table again
    NOTHING = auto()  # it shows what is elsewhere and holds nothing
    LOST = auto()  # nobody can read what it holds, or write it into the new one


@dataclass(frozen=True, slots=True)
class Anew:
    """A virtual table that says something else.

    Attributes:
        texts_go: the texts it keeps itself go, since the new one keeps none.
    """

    old: Table
    new: Table
    fate: Fate
    texts_go: bool = False

    @property
    def gone(self) -> tuple[str, ...]:
        """Columns whose values the new one has no place for."""
        there = {fold(column.name) for column in self.new.columns if not column.hidden}
        kept = [column.name for column in self.old.columns if not column.hidden]
        return tuple(name for name in kept if fold(name) not in there) if self.fate is Fate.COPIED else ()


def anew(schema: Schema, changed: Sequence[tuple[Table, Table]]) -> tuple[Anew, ...]:
    """What becomes of virtual tables.

    Args:
        schema: the schema of the file, where tables that belong to a virtual one are known.
        changed: what each says, and is to say.
    """
    owning = {fold(table.owner) for table in schema.tables if table.owner}
    return tuple(_fate(old, new, holds=fold(old.name) in owning) for old, new in changed)


def _fate(old: Table, new: Table, *, holds: bool) -> Anew:
    if not (is_full_text(old) and is_full_text(new)):
        alike = {old.module.lower(), new.module.lower()} <= _OF_PLACES
        return Anew(old, new, Fate.COPIED if alike else Fate.LOST if holds else Fate.NOTHING)
    texts_go = content_of(old) is None and content_of(new) is not None
    if content_of(new):
        return Anew(old, new, Fate.FILLED, texts_go)
    return Anew(old, new, Fate.LOST if content_of(old) == "" else Fate.COPIED, texts_go)


def leaving(held: Held, now: Objects, wanted: Objects, answers: Answers) -> Iterator[Question]:
    """What goes with what it holds, and nobody said so; an index of texts that are elsewhere holds none."""
    said = {fold(place.table) for place in answers.gone if not place.column}
    for folded, table in now.virtual.items():
        if folded in wanted.virtual or folded in said or (is_full_text(table) and content_of(table)):
            continue
        if (rows := held.count(table.name)) != 0:
            yield Question(Asks.LOST, Place(table.name), rows=rows)


def questions(held: Held, tables: Sequence[Anew], answers: Answers) -> Iterator[Question]:
    """What holds something that cannot come along, and nobody said that it goes."""
    said = {(fold(place.table), fold(place.column)) for place in answers.gone}
    for each in tables:
        name = each.old.name
        if (fold(name), "") in said:
            continue
        if each.fate is Fate.LOST or each.texts_go:
            if (rows := held.count(name)) != 0:
                yield Question(Asks.GONE, Place(name), rows=rows)
            continue
        for column in each.gone:
            rows = 0 if (fold(name), fold(column)) in said else held.count(name, column)
            if rows != 0:
                yield Question(Asks.GONE, Place(name, column), rows=rows)


def losses(held: Held, tables: Sequence[Anew]) -> Iterator[str]:
    """A sentence for each thing that is lost."""
    for each in tables:
        rows = held.count(each.old.name) if each.fate is Fate.LOST or each.texts_go else 0
        if each.fate is Fate.LOST:
            yield (
                f"The virtual table {quoted(each.old.name)} is made anew and is empty at first; what it held of"
                f" {counted(rows, 'row')} goes."
            )
        elif each.texts_go:
            yield f"{quoted(each.old.name)} keeps its texts no longer; those of {counted(rows, 'row')} go."
        for column in each.gone:
            yield f"Column {quoted(column)} of {quoted(each.old.name)} goes, with its values."


def edits(tables: Sequence[Anew]) -> Iterator[Edit]:
    """How they are made anew."""
    for each in tables:
        if each.fate in (Fate.COPIED, Fate.FILLED):
            yield RewriteVirtual(each.old.name, each.new.sql, copied=each.fate is Fate.COPIED)
        else:
            yield DropObject("table", each.old.name)
            yield CreateObject(each.new.sql)


def fill(course: Course, now: Objects, wanted: Objects, tables: Sequence[Anew]) -> Iterator[str]:
    """Fill what is new and takes its texts from another table; a sentence for each that SQLite cannot fill."""
    made = {fold(each.new.name) for each in tables if each.fate is Fate.FILLED}
    for folded, table in wanted.virtual.items():
        if is_full_text(table) and content_of(table) and (folded in made or folded not in now.virtual):
            try:
                course.go([FillFullText(table.name)])
            except UsageError as error:
                why = error.message.partition(": ")[2].rstrip(".")
                yield f"{quoted(table.name)} is empty at first, since it cannot be filled: {why}."
