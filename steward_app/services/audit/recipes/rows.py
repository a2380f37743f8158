"""SQL about rows of one table, for triggers: the same row, the same key, another value."""

from __future__ import annotations

from steward_app.db import quote
from steward_app.services.audit.engine.layout import layout_of
from steward_app.services.audit.engine.model import Column, KeyPart, Shape, ShapeColumn
from steward_app.services.audit.engine.pens import Pens


class Rows:
    """Writes SQL about the rows of one table."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.sql = quote(shape.table)
        self._identity = shape.key if not shape.rowid or (shape.key and not shape.alias) else ()

    @property
    def is_numbered(self) -> bool:
        """Whether the rowid says which row it is, be it hidden or a column."""
        return not self._identity

    @property
    def identity(self) -> tuple[str, ...]:
        """The names of what says which row it is, for whoever looks from outside: its primary key, else its rowid."""
        return tuple(quote(part.column) for part in self._identity) or (quote(self.shape.rowid),)

    @property
    def place(self) -> tuple[str, ...]:
        """The names of what says where a row stands: its rowid, else its primary key."""
        if self.shape.rowid:
            return (quote(self.shape.rowid),)
        return tuple(quote(part.column) for part in self.shape.key)

    def same(self, one: str, another: str) -> str:
        """Whether two rows stand in the same place. "" for the columns of the table a statement writes to."""
        if self.shape.rowid:
            return f"{_of(one, quote(self.shape.rowid))} = {another}.{quote(self.shape.rowid)}"
        return _equal(self.shape.key, one, another)

    def penned(self, pen: str, row: str) -> str:
        """Whether a row stands where one of a pen (`k0`, ...) stood."""
        return self._held(self.shape.key if not self.shape.rowid else (), pen, row)

    def penned_identity(self, pen: str, row: str) -> str:
        """Whether a row has the key of one of a pen."""
        return self._held(self._identity, pen, row)

    def conflicts(self) -> list[str]:
        """For each key, which rows `x` a row to be inserted would displace."""
        columns = [Column(each.name) for each in self.shape.columns]
        key = [part.column for part in self.shape.key]
        return Pens(self.shape, layout_of(0, columns, self.shape.alias, key)).conflicts()

    def column(self, name: str) -> ShapeColumn:
        """A stored column."""
        return next(each for each in self.shape.columns if each.name == name)

    def _held(self, key: tuple[KeyPart, ...], pen: str, row: str) -> str:
        if not key:
            return f"{pen}.k0 = {row}.{quote(self.shape.rowid)}"
        return " AND ".join(
            f"{pen}.k{at} = {row}.{quote(part.column)} COLLATE {quote(part.collation)}"
            for at, part in enumerate(key)
        )


def cells(side: str, names: tuple[str, ...]) -> str:
    """Columns of one row, quoted already, in a list."""
    return ", ".join(f"{side}.{name}" for name in names)


def _equal(key: tuple[KeyPart, ...], one: str, another: str) -> str:
    return " AND ".join(
        f"{_of(one, quote(part.column))} = {another}.{quote(part.column)} COLLATE {quote(part.collation)}"
        for part in key
    )


def _of(side: str, name_sql: str) -> str:
    return f"{side}.{name_sql}" if side else name_sql
