"""Which tables a soft delete reaches: from one table down its foreign keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from steward_app.db import fold, quote
from steward_app.services.audit.recipes.model import SoftDelete
from steward_app.services.schema.model import ForeignKey, Mismatch, Schema, Table

STOPS = frozenset({"NO ACTION", "RESTRICT"})


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key between two tables.

    Attributes:
        number: of the links of a recipe, from 1: what stands in the column that says by which link a row followed.
    """

    number: int
    child: Table
    parent: Table
    key: ForeignKey

    @property
    def to_itself(self) -> bool:
        """Whether the table refers to itself."""
        return self.child.name == self.parent.name

    def match(self, parent_row: str, child_row: str) -> str:
        """Whether a child points to a parent; compared as the parent's column does, like SQLite's own keys."""
        return " AND ".join(
            f"{parent_row}.{quote(above)} = {_of(child_row, quote(below))} COLLATE {quote(self.collation(above))}"
            for above, below in self.pairs()
        )

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The columns above and below."""
        for above, below in zip(self.key.parent_columns, self.key.columns, strict=True):
            found = self.parent.column(above)
            yield (found.name if found else above), below

    def collation(self, above: str) -> str:
        """How the column above compares."""
        found = self.parent.column(above)
        return found.collation if found else "BINARY"


@dataclass(frozen=True, slots=True)
class Family:
    """The tables of a soft delete.

    Attributes:
        tables: the one it was asked for first, parents before children.
        links: by which rows follow.
        guards: links of rows that keep a row above them from being deleted.
        circle: tables that refer to each other in a circle, which cannot be followed; or ().
    """

    tables: tuple[Table, ...]
    links: tuple[Link, ...]
    guards: tuple[Link, ...]
    circle: tuple[str, ...] = ()

    def followers(self, table: Table) -> list[Link]:
        """The links by which others follow a row of this table."""
        return [link for link in self.links if link.parent.name == table.name]

    def leaders(self, table: Table) -> list[Link]:
        """The links by which rows of this table follow."""
        return [link for link in self.links if link.child.name == table.name]


def via(column: str) -> str:
    """The column that says by which link a row was deleted with another one."""
    return f"{column}_via"


def family_of(schema: Schema, root: Table, spec: SoftDelete) -> Family:
    """The tables that are deleted softly with rows of one table."""
    follow = {fold(name) for name in spec.follow}
    reached, links = {root.name: root}, list[Link]()
    waiting = [root]
    while waiting:
        parent = waiting.pop(0)
        for child, key in schema.referring(parent.name):
            if key.on_delete == "CASCADE" or fold(child.name) in follow:
                links.append(Link(len(links) + 1, child, parent, key))
                if child.name not in reached:
                    reached[child.name] = child
                    waiting.append(child)
    order, circle = _in_order(reached, links)
    followed = {(link.child.name, link.key.id) for link in links}
    guards = [
        Link(0, child, parent, key)
        for parent in order
        for child, key in schema.referring(parent.name)
        if key.on_delete in STOPS and (child.name, key.id) not in followed and usable(key) and not child.ours
    ]
    return Family(tuple(order), tuple(links), tuple(guards), circle)


def usable(key: ForeignKey) -> bool:
    """Whether SQLite can use a foreign key."""
    return key.mismatch in (Mismatch.NONE, "") and len(key.parent_columns) == len(key.columns)


def _in_order(reached: dict[str, Table], links: Sequence[Link]) -> tuple[list[Table], tuple[str, ...]]:
    """Parents before children, and what goes round in a circle."""
    left, order = dict(reached), list[Table]()
    while left:
        free = [
            name
            for name in left
            if not any(
                link.child.name == name and link.parent.name in left and not link.to_itself for link in links
            )
        ]
        if not free:
            return list(reached.values()), tuple(left)
        order += [left.pop(name) for name in free]
    return order, ()


def _of(side: str, name_sql: str) -> str:
    return f"{side}.{name_sql}" if side else name_sql
