"""Answers as they are typed, by what there is: names may hold dots and equals signs, and are never quoted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired.course import Objects, objects
from steward_app.services.migrate.desired.model import Answers, Key, Place, Rename
from steward_app.services.migrate.desired.rules import keys_of
from steward_app.services.schema.model import Schema

_NOTHING = "Nothing was written."


def read_answers(
    before: Schema,
    after: Schema,
    *,
    renames: Sequence[str] = (),
    gone: Sequence[str] = (),
    fills: Sequence[str] = (),
    values: Sequence[str] = (),
) -> Answers:
    """What the steward decided.

    Args:
        before, after: the schema of the file, and the desired one.
        renames: "table=name" and "table.column=name".
        gone: "table", "table.column", the name of an index, and "table(column, column)" for what is unique there.
        fills, values: "table.column=expression".

    Raises:
        UsageError: one of them names nothing that is there.
    """
    reader = _Reader(objects(before), objects(after))
    return Answers(
        tuple(map(reader.rename, renames)),
        tuple(reader.gone(each) for each in gone if not (reader.is_index(each) or reader.key(each))),
        tuple(map(reader.filled, fills)),
        tuple(map(reader.filled, values)),
        tuple(filter(reader.is_index, gone)),
        tuple(filter(None, map(reader.key, gone))),
    )


class _Reader:
    def __init__(self, before: Objects, after: Objects) -> None:
        self.before, self.after = before.tables, after.tables
        self.virtual, self.indexes = before.virtual, before.indexes

    def rename(self, said: str) -> Rename:
        for left, right in _cuts(said, "="):
            if fold(left) in self.before and fold(right) in self.after:
                return Rename("", left, right)
            for table, column in _cuts(left, "."):
                here = self.before.get(fold(table))
                if (here is not None and here.column(column)) or (here is None and fold(table) in self.after):
                    return Rename(table, column, self._new_name(right))
        raise _unknown("--rename", said, "table=new_name or table.column=new_name")

    def is_index(self, said: str) -> bool:
        """Whether it is the name of an index: no table can have it, too."""
        return fold(said) in self.indexes

    def key(self, said: str) -> Key | None:
        """What no two rows of a table have the same in, unless a table has just this name."""
        if fold(said) in self.before:
            return None
        keys = (key for table in self.before.values() for key in keys_of(table))
        return next((key for key in keys if _spaced(key.said) == _spaced(said)), None)

    def gone(self, said: str) -> Place:
        if fold(said) in self.before or fold(said) in self.virtual:
            return Place(said)
        place = self._column(said)
        if place is None:
            raise _unknown("--gone", said, "table, table.column, index or table(column, column)")
        return place

    def filled(self, said: str) -> tuple[Place, str]:
        for left, right in _cuts(said, "="):
            place = self._column(left)
            if place is not None and right.strip():
                return place, right.strip()
        raise _unknown("This", said, "table.column=expression")

    def _column(self, said: str) -> Place | None:
        """A column of a table in either schema."""
        for table, column in _cuts(said, "."):
            tables = [each.get(fold(table)) for each in (self.before, self.after, self.virtual)]
            if any(each is not None and each.column(column) for each in tables):
                return Place(table, column)
        return None

    def _new_name(self, said: str) -> str:
        """The new name of a column, with or without its table before it."""
        for table, column in _cuts(said, "."):
            there = self.after.get(fold(table))
            if there is not None and there.column(column):
                return column
        return said


def _cuts(said: str, at: str) -> Iterator[tuple[str, str]]:
    """The text in two, at each place where it can be cut."""
    for place, character in enumerate(said):
        if character == at:
            yield said[:place], said[place + 1 :]


def _spaced(said: str) -> str:
    """A text without what a typist may leave out."""
    return fold("".join(said.split()))


def _unknown(what: str, said: str, form: str) -> UsageError:
    return UsageError(
        ErrorCode.UNKNOWN_OBJECT,
        f"{what} names nothing that is there: {quoted(said)}.",
        hint=f"{_NOTHING} Write it as {form}, with names as “steward schema show” lists them.",
    )
