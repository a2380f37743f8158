"""A diagram as values: boxes for tables, links for foreign keys. Lengths are pixels at 100 % zoom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from steward_app.services.schema.diff_model import ChangeKind

HEAD_HEIGHT = 28.0
ROW_HEIGHT = 20.0
FOOT_PADDING = 4.0
"""Empty space under the last row of a box."""


class ColumnsShown(StrEnum):
    KEYS = "keys"
    ALL = "all"
    NONE = "none"


class Cardinality(StrEnum):
    """How many rows stand at one end of a link."""

    MANY = "many"
    NONE_OR_ONE = "none or one"
    EXACTLY_ONE = "exactly one"


_SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "\N{MINUS SIGN}", ChangeKind.CHANGED: "~"}


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of something, in a diagram of a schema before and after.

    Attributes:
        was: its name before, where that was another one.
        told: what differs, in words; none where it came or went as a whole.
    """

    kind: ChangeKind
    was: str = ""
    told: tuple[str, ...] = ()

    @property
    def sign(self) -> str:
        """One letter for it."""
        return _SIGNS[self.kind]

    @property
    def word(self) -> str:
        """What stands beside it: "added", "removed", "changed", "was tel"."""
        renamed = f"was {self.was}" if self.was else ""
        return ", ".join(filter(None, (renamed, self.kind.value if self.told or not renamed else "")))


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A line of a box: a column, or a sentence such as "4 more".

    Attributes:
        key: "key" for the primary key, "link" for a foreign key, "unique", or "".
        marks: further badges: "rowid", "generated".
        mark: what became of it, where the diagram shows two schemas and it is not the same in both.
    """

    name: str
    type: str = ""
    key: str = ""
    nullable: bool = False
    marks: tuple[str, ...] = ()
    column: bool = True
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A table in the diagram.

    Attributes:
        width: in pixels at 100 % zoom.
        badges: "strict", "without rowid", "view", "virtual", "missing".
        mark: what became of it, where the diagram shows two schemas and it is not the same in both.
    """

    table: str
    rows: tuple[BoxRow, ...]
    width: float
    badges: tuple[str, ...] = ()
    row_count: int | None = None
    row_count_exact: bool = False
    missing: bool = False
    mark: Mark | None = None

    @property
    def height(self) -> float:
        return HEAD_HEIGHT + ROW_HEIGHT * len(self.rows) + (FOOT_PADDING if self.rows else 0.0)

    def port(self, column: str) -> float:
        """Height of a column's row below the top of the box; the head where the column is not shown."""
        for number, row in enumerate(self.rows):
            if row.column and row.name == column:
                return HEAD_HEIGHT + ROW_HEIGHT * (number + 0.5)
        return HEAD_HEIGHT / 2


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key, composite ones as one, from the child's columns to the parent's.

    Attributes:
        number: place of the foreign key in the child's declaration; negative for an inferred relation.
        problem: why SQLite cannot use it, as one word of `Mismatch`, or "".
        orphans: child rows without a parent; None when not counted.
        confidence: 1.0 for a declared key, less for an inferred one.
        mark: what became of it, where the diagram shows two schemas and it is not the same in both.
    """

    child: str
    child_columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    number: int = 0
    child_end: Cardinality = Cardinality.MANY
    parent_end: Cardinality = Cardinality.EXACTLY_ONE
    problem: str = ""
    orphans: int | None = None
    inferred: bool = False
    confidence: float = 1.0
    mark: Mark | None = None

    @property
    def id(self) -> str:
        return f"{self.child}\x1f{self.number}"


@dataclass(frozen=True, slots=True)
class Diagram:
    """What is drawn, before it has a place.

    Attributes:
        left_out: how many tables of the file are not in view.
    """

    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    left_out: int = 0

    @property
    def marked(self) -> frozenset[str]:
        """The tables that are not the same before and after."""
        return frozenset(box.table for box in self.boxes if box.mark)

    def around(self, tables: Collection[str]) -> Diagram:
        """These tables, what they are linked with, and their links."""
        links = tuple(link for link in self.links if link.child in tables or link.parent in tables)
        near = {*tables, *(name for link in links for name in (link.child, link.parent))}
        boxes = tuple(box for box in self.boxes if box.table in near)
        gone = sum(not box.missing for box in self.boxes) - sum(not box.missing for box in boxes)
        return Diagram(boxes, links, self.left_out + gone)

    def box(self, table: str) -> Box | None:
        return next((box for box in self.boxes if box.table == table), None)


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Rect:
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def grown(self, by: float) -> Rect:
        return Rect(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def overlaps(self, other: Rect) -> bool:
        return (
            self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands: the top left corner of each box, and each link's corners from child to parent."""

    positions: dict[str, Point]
    routes: dict[str, tuple[Point, ...]] = field(default_factory=dict)

    def rect(self, box: Box) -> Rect:
        corner = self.positions[box.table]
        return Rect(corner.x, corner.y, box.width, box.height)
