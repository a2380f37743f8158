"""Rows as the window and the command line see them: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from steward_app.kernel.values import Key, Row, SqlValue
from steward_app.services.rows.kinds import blob_kind


class Storage(StrEnum):
    """SQLite's storage classes, by the names `typeof` gives them."""

    NULL = "null"
    INTEGER = "integer"
    REAL = "real"
    TEXT = "text"
    BLOB = "blob"


@dataclass(frozen=True, slots=True)
class Preview:
    """A value that is not in the page whole: a BLOB, a long text, a text that is not valid UTF-8.

    Attributes:
        size_bytes: of the whole value, as stored.
        head: its beginning: up to 64 bytes of a BLOB, 256 characters of a text; empty where it could not be had
            without reading all of a large value.
        damaged: True for a text that is not valid UTF-8; what cannot be read stands as U+FFFD.
    """

    storage: Storage
    size_bytes: int
    head: str | bytes
    damaged: bool = False

    @property
    def kind(self) -> str:
        """What a BLOB is by its first bytes ("PNG image"), or ""."""
        return blob_kind(self.head) if isinstance(self.head, bytes) else ""


Cell: TypeAlias = int | float | str | Preview | None
"""A cell of a page: the value itself where it is short, else a preview. Never `bytes`."""


class Precision(StrEnum):
    EXACT = "exact"
    ABOUT = "about"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many rows. Never shown without its precision: `text` says it in words."""

    value: int
    precision: Precision = Precision.EXACT

    @property
    def exact(self) -> bool:
        return self.precision is Precision.EXACT

    @property
    def figure(self) -> str:
        """ "1,204", "about 10.2 million", "more than 100,000", "not counted yet"."""
        if self.precision is Precision.EXACT:
            return f"{self.value:,}"
        if self.precision is Precision.ABOUT:
            return f"about {_rounded(self.value)}"
        return f"more than {self.value:,}" if self.value else "not counted yet"

    @property
    def text(self) -> str:
        """The figure with its noun: "1 row", "about 10.2 million rows"; "not counted yet" as it is."""
        if self == UNKNOWN_COUNT:
            return self.figure
        return f"{self.figure} {'row' if self.exact and self.value == 1 else 'rows'}"


UNKNOWN_COUNT = RowCount(0, Precision.AT_LEAST)


@dataclass(frozen=True, slots=True)
class Sort:
    """A column to sort by, by its name."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class SortCost:
    """What an order costs.

    Attributes:
        served: True when an index (or the table itself) gives the order, so that any page comes at once.
        scans: True when the filter is tried on row after row, since no index serves it.
        rows: how many rows are sorted first when it is not served.
    """

    served: bool
    scans: bool
    rows: RowCount

    @property
    def sentence(self) -> str:
        """The warning, or "" when there is nothing to warn of."""
        if self.served:
            return ""
        rows = "all rows" if self.rows == UNKNOWN_COUNT else self.rows.text
        return (
            f"No index serves this order: {rows} {'is' if self.rows == RowCount(1) else 'are'} sorted first."
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows that follow one another.

    Attributes:
        rows: the cells, in the order of the grid's columns.
        keys: what names each row (`Grid.key_columns`); the row's number where rows have no key.
        first_row: number of the first row, from 1; 0 for a page without rows.
        exact: False when `first_row` is an estimate, to be shown with "about".
        has_before, has_after: whether there are rows on either side.
        start, end: the place of the first and last row in the order, for `Grid.page_before` and `page_after`.
    """

    rows: tuple[tuple[Cell, ...], ...]
    keys: tuple[Key, ...]
    first_row: int
    exact: bool
    has_before: bool
    has_after: bool
    start: Row = ()
    end: Row = ()

    @property
    def last_row(self) -> int:
        """Number of the last row, as exact as `first_row`."""
        return self.first_row + len(self.rows) - 1 if self.rows else self.first_row


EMPTY_PAGE = Page((), (), 0, True, False, False)


@dataclass(frozen=True, slots=True)
class CellValue:
    """One value, whole.

    Attributes:
        value: the value; None also when it is larger than was asked for (`complete` is then False).
        size_bytes: of a TEXT or BLOB as stored, else 0.
        damaged: True for a text that is not valid UTF-8; `value` then holds its bytes.
    """

    column: str
    storage: Storage
    value: SqlValue
    size_bytes: int = 0
    complete: bool = True
    damaged: bool = False

    @property
    def kind(self) -> str:
        """What a BLOB is by its first bytes ("PNG image"), or ""."""
        return blob_kind(self.value) if self.storage is Storage.BLOB and isinstance(self.value, bytes) else ""


def _rounded(value: int) -> str:
    """Three digits are enough for an estimate: 41,000; 10.2 million."""
    for size, word in ((10**9, " billion"), (10**6, " million")):
        if value >= size:
            return f"{value / size:.3g}{word}" if value < 1000 * size else f"{round(value / size):,}{word}"
    digits = max(0, len(str(value)) - 2)
    return f"{round(value, -digits) if value >= 1000 else value:,}"
