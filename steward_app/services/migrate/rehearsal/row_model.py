"""What a rehearsal says of rows: table by table, column by column. Keys and counts, never values of rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import Key
from steward_app.services.rows.model import Storage

_NUMBERS = (Storage.INTEGER, Storage.REAL)
_WORDS = {
    Storage.NULL: "nothing",
    Storage.INTEGER: "number",
    Storage.REAL: "number",
    Storage.TEXT: "text",
    Storage.BLOB: "BLOB",
}


class Fate(StrEnum):
    """What became of something."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"
    BROKEN = "broken"  # it worked before and does not now


class Matched(StrEnum):
    """By what a row of the one file was found in the other."""

    KEY = "key"  # the primary key
    ROWID = "rowid"
    VALUES = "values"  # all that both tables have, as often as it stands there
    NOT = "not"  # it was not looked for: the table is new or gone, or holds nothing to look for


@dataclass(frozen=True, slots=True)
class Conversion:
    """What values of one storage class became, in rows that stand in both files.

    Attributes:
        rows: how many.
        lost: of these, how many are other values than before when they are turned back into the class they had:
            "007" that became 7, 1.5 that became 1. Of values that stay in their class, and of numbers that were
            reckoned (`fee * 100`), those that are the same now as others that were different; of a large table, among
            its first rows.
        sample_keys: keys of the first rows, as they are afterwards; of lost ones where some are lost.
    """

    before: Storage
    after: Storage
    rows: int
    lost: int = 0
    sample_keys: tuple[Key, ...] = ()

    @property
    def words(self) -> str:
        """For a person: "number becomes text", "filled", "emptied", "other text"."""
        if self.before is Storage.NULL:
            return "filled"
        if self.after is Storage.NULL:
            return "emptied"
        if self.before is self.after:
            return f"other {_WORDS[self.after]}"
        if self.before in _NUMBERS and self.after in _NUMBERS:
            return "whole number becomes decimal" if self.after is Storage.REAL else "decimal becomes whole"
        return f"{_WORDS[self.before]} becomes {_WORDS[self.after]}"


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """What became of one column.

    Attributes:
        name: its name afterwards, "" where it is gone.
        was: its name before, "" where it is new.
        rows: rows that stand in both files and have another value or storage class; of a new column rows that have a
            value in it, of one that is gone rows that had one.
        conversions: of a column that is in both, what became what; the most frequent first.
        moved_to: of one that is gone, the column of another table that holds each of its values; "" where none does.
    """

    name: str
    was: str
    rows: int
    conversions: tuple[Conversion, ...] = ()
    moved_to: str = ""

    @property
    def fate(self) -> Fate:
        """NEW, GONE, CHANGED or SAME."""
        if not self.was:
            return Fate.NEW
        if not self.name:
            return Fate.GONE
        return Fate.CHANGED if self.rows else Fate.SAME

    @property
    def lost(self) -> int:
        """Rows whose value cannot be had back from what it became."""
        if self.fate is Fate.GONE:
            return 0 if self.moved_to else self.rows
        return sum(each.lost for each in self.conversions)

    @property
    def words(self) -> str:
        """For a person: "number becomes text", "new, empty"."""
        match self.fate:
            case Fate.NEW:
                return f"new, {plural(self.rows, 'value')}" if self.rows else "new, empty"
            case Fate.GONE if self.moved_to:
                return f"moved to {quoted(self.moved_to)}"
            case Fate.GONE:
                return f"gone with {plural(self.rows, 'value')}" if self.rows else "gone, was empty"
            case _:
                renamed = ["renamed"] if self.name != self.was else []
                return ", ".join(dict.fromkeys([*renamed, *(each.words for each in self.conversions)]))


@dataclass(frozen=True, slots=True)
class TableDifference:
    """What became of one table.

    Attributes:
        name: its name afterwards, "" where it is gone.
        was: its name before, "" where it is new.
        rows_before, rows_after: exact.
        matched: how rows were found again.
        key: the columns that name a row afterwards, those of the sample keys.
        added, changed, lost: rows that are only in the file afterwards, in both with another value, only in the one
            before. A row under another key is lost and added, and counted in `renumbered`.
        renumbered: rows that are the same but for the key that names them.
        rowids: rows with another rowid, of a table in which it is not the key.
        columns: of those that came, went, were renamed or have other values; in the order of the table.
        sequence_before, sequence_after: the highest number AUTOINCREMENT gave out, or None.
        sample_added, sample_lost: keys of the first such rows; lost ones by their key before.
        sql_before, sql_after: its stored text with its indexes and triggers, statement by statement.
        problem: why its rows could not be compared, or "".
        moved_to: of one that is gone, the table into which its columns moved; rows whose moved values all stand there,
            beside their key, are not lost. "" where none did.
    """

    name: str
    was: str
    rows_before: int
    rows_after: int
    matched: Matched = Matched.NOT
    key: tuple[str, ...] = ()
    added: int = 0
    changed: int = 0
    lost: int = 0
    renumbered: int = 0
    rowids: int = 0
    columns: tuple[ColumnDifference, ...] = ()
    sequence_before: int | None = None
    sequence_after: int | None = None
    sample_added: tuple[Key, ...] = ()
    sample_lost: tuple[Key, ...] = ()
    sql_before: tuple[str, ...] = ()
    sql_after: tuple[str, ...] = ()
    problem: str = ""
    moved_to: str = ""

    @property
    def title(self) -> str:
        """The name it has, or had."""
        return self.name or self.was

    @property
    def fate(self) -> Fate:
        """NEW, GONE, CHANGED or SAME; SAME only where rows, texts, rowids and sequence are."""
        if not self.was:
            return Fate.NEW
        if not self.name:
            return Fate.GONE
        texts = self.sql_before != self.sql_after or self.name != self.was
        numbers = self.rowids or self.sequence_before != self.sequence_after
        return Fate.CHANGED if texts or numbers or self.rows_differ or self.columns else Fate.SAME

    @property
    def rows_differ(self) -> bool:
        """Whether a row came, went or has another value in a column that was there before."""
        return bool(self.added or self.changed or self.lost)
