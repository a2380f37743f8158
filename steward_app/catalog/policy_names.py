"""New names of tables and columns, for the policy to go along with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Said = tuple[tuple[str, ...], Any]
"""A path of keys and what stands there."""


class Twin(StrEnum):
    """What becomes of a column that another one says the same as, or a part of it.

    A column that holds a part is classified alike, and a rule for copies holds for it only where any value will do.
    """

    NO = ""
    BESIDE = "beside"  # `name` stands beside it from now on
    PART_BESIDE = "part beside"
    GOES = "goes"  # it goes, and `name` stays
    PART_GOES = "part goes"
    AGAIN = "again"  # `name`, which had gone, is there again, and what named it means it again
    PART_AGAIN = "part again"

    @property
    def goes(self) -> bool:
        """Whether the column goes."""
        return self in (Twin.GOES, Twin.PART_GOES)

    @property
    def is_part(self) -> bool:
        """Whether one of the two holds other values than the other."""
        return self in (Twin.PART_BESIDE, Twin.PART_GOES, Twin.PART_AGAIN)

    @property
    def back(self) -> Twin:
        """What takes it back; the two columns change their places."""
        return {
            Twin.NO: Twin.NO,
            Twin.GOES: Twin.AGAIN,
            Twin.PART_GOES: Twin.PART_AGAIN,
            Twin.PART_BESIDE: Twin.PART_GOES,
            Twin.PART_AGAIN: Twin.PART_GOES,
        }.get(self, Twin.GOES)


@dataclass(frozen=True, slots=True)
class NewName:
    """What a table or column is called from now on.

    Attributes:
        table: by its name before.
        column: by its name before; SQLite allows an empty one. "" where the table itself is meant.
        name: the new one.
        into: of a column that moved into another table, that one, by its name afterwards.
        comes_by, goes_by: the column of `into` that points to `table`, or that of `table` which pointed to `into`.
        twin: whether `column` and `name` are two columns, and what becomes of them.
        of_table: the table itself has another name.
    """

    table: str
    column: str
    name: str
    into: str = ""
    comes_by: str = ""
    goes_by: str = ""
    twin: Twin = Twin.NO
    of_table: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key of the file as it is now: over several of them, rules lead to persons."""

    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...] = ()
