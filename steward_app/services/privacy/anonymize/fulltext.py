"""Virtual tables of a copy: how each is filled, so that no word of the original stands in an index of words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from steward_app.db import Session, any_of, fold, qualified, quote
from steward_app.db.tokens import unquote
from steward_app.services.schema.ddl import read_virtual
from steward_app.services.schema.model import Schema, Table, TableKind

_FULL_TEXT: Final = frozenset({"fts3", "fts4", "fts5"})
_WITH_ROWS: Final = frozenset({"rtree", "rtree_i32", "geopoly"})
_OVER_OTHERS: Final = frozenset({"fts5vocab", "fts4aux"})


class Fill(StrEnum):
    """How a virtual table of the copy gets what it holds."""

    REBUILT = "rebuilt"  # from the table that holds its texts, by itself
    COPIED_FROM = "copied_from"  # from a table of the copy that holds the same texts
    ROWS = "rows"  # its own rows, by the rules of its columns
    NOTHING = "nothing"  # it holds nothing of its own
    EMPTY = "empty"  # nobody knows from where: it is made without rows
    LEFT_OUT = "left_out"  # its module is not here


@dataclass(frozen=True, slots=True)
class Virtual:
    """A virtual table and its fill.

    Attributes:
        source: the table it is filled from, or "".
        columns: those that are filled.
    """

    table: Table
    fill: Fill
    source: str = ""
    columns: tuple[str, ...] = ()

    @property
    def holds_texts(self) -> bool:
        """Whether it is a full-text table whose own rows go along."""
        return self.fill is Fill.ROWS and self.table.module.lower() in _FULL_TEXT


def virtual_tables(session: Session, schema: Schema, ruled: Iterable[str]) -> tuple[Virtual, ...]:
    """How each virtual table of a file is filled in a copy.

    Args:
        session: on the original: whether a table holds the same texts is looked up, row by row.
        ruled: tables whose columns have rules of their own.
    """
    with_rules = {fold(name) for name in ruled}
    return tuple(
        _virtual(session, schema, table, fold(table.name) in with_rules)
        for table in schema.tables
        if table.kind is TableKind.VIRTUAL and not table.ours
    )


def _virtual(session: Session, schema: Schema, table: Table, ruled: bool) -> Virtual:
    module, columns = table.module.lower(), tuple(each.name for each in table.columns if not each.hidden)
    if table.problem:
        return Virtual(table, Fill.LEFT_OUT)
    if module in _OVER_OTHERS:
        return Virtual(table, Fill.NOTHING)
    if module in _WITH_ROWS:
        return Virtual(table, Fill.ROWS, columns=columns)
    if module not in _FULL_TEXT:
        return Virtual(table, Fill.LEFT_OUT)
    content = _content(table)
    if content:
        return Virtual(table, Fill.REBUILT, content, columns)
    if content is None:
        source = next(
            (each for each in _sources(schema, table, columns) if _mirrors(session, each, table, columns)),
            None,
        )
        if source is not None:
            return Virtual(table, Fill.COPIED_FROM, source.name, columns)
        return Virtual(table, Fill.ROWS if ruled else Fill.EMPTY, columns=columns)
    source = next(_sources(schema, table, columns), None)
    if source is None:
        return Virtual(table, Fill.EMPTY, columns=columns)
    return Virtual(table, Fill.COPIED_FROM, source.name, columns)


def with_own_rows(session: Session, schema: Schema, ruled: Iterable[str]) -> frozenset[str]:
    """The tables whose rows go along, folded: ordinary ones, and full-text tables that hold their texts themselves.

    Args: as of `virtual_tables`.
    """
    ordinary = {fold(each.name) for each in schema.tables if each.kind is TableKind.TABLE and not each.ours}
    virtual = virtual_tables(session, schema, ruled)
    return frozenset({*ordinary, *(fold(each.table.name) for each in virtual if each.holds_texts)})


def fill_sql(virtual: Virtual, source: Table | None) -> tuple[str, ...]:
    """The statements that fill a virtual table of the copy from other tables of it."""
    name, own = qualified(virtual.table.name), quote(virtual.table.name)
    if virtual.fill is Fill.REBUILT:
        return (f"INSERT INTO {name} ({own}) VALUES ('rebuild')",)
    if virtual.fill is Fill.COPIED_FROM and source is not None:
        columns = ", ".join(map(quote, virtual.columns))
        rowid = source.rowid_name
        return (
            f"INSERT INTO {name} (rowid, {columns}) SELECT {rowid}, {columns} FROM {qualified(source.name)} ORDER BY 1",
            f"INSERT INTO {name} ({own}) VALUES ('optimize')",
        )
    return ()


def _content(table: Table) -> str | None:
    """The table that holds its texts; "" for none at all (contentless); None where it holds them itself."""
    said = read_virtual(table.sql)
    for argument in said.arguments if said else ():
        name, sign, value = argument.partition("=")
        if sign and name.strip().lower() == "content":
            return unquote(value.strip())
    return None


def _sources(schema: Schema, table: Table, columns: tuple[str, ...]) -> Iterator[Table]:
    """Tables with the same columns, first those whose triggers write to the full-text table."""
    able = [
        each
        for each in schema.tables
        if each.kind is TableKind.TABLE and not each.ours and each.rowid_name
        if columns and all(each.column(name) is not None for name in columns)
    ]

    def feeds(each: Table) -> bool:
        return any(
            fold(written) == fold(table.name) for trigger in each.triggers for written, _ in trigger.writes
        )

    yield from sorted(able, key=lambda each: not feeds(each))


def _mirrors(session: Session, source: Table, table: Table, columns: tuple[str, ...]) -> bool:
    """Whether every row of the full-text table holds the texts of the row of that number, and none is missing."""
    rowid = f"b.{source.rowid_name}"
    differs = any_of([f"{rowid} IS NULL", *(f"f.{quote(name)} IS NOT b.{quote(name)}" for name in columns)])
    there, own = qualified(source.name), qualified(table.name)
    return session.count(f"SELECT count(*) FROM {there}") == session.count(
        f"SELECT count(*) FROM {own}"
    ) and not (
        session.value(
            f"SELECT 1 FROM {own} AS f LEFT JOIN {there} AS b ON {rowid} = f.rowid WHERE {differs} LIMIT 1"
        )
    )
