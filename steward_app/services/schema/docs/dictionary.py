"""What the dictionary says of each table, before it becomes HTML or Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from steward_app.services.schema.check import CheckReport, constraints, link_rule
from steward_app.services.schema.model import Column, Generated, Schema, Table, TableKind

Comments = Mapping[tuple[str, str], str]
"""What a steward wrote, by (table, column); the column is "" for the table itself."""

_KINDS = {
    TableKind.TABLE: "table",
    TableKind.VIEW: "view",
    TableKind.VIRTUAL: "virtual table",
}


@dataclass(frozen=True, slots=True)
class ColumnEntry:
    name: str
    type: str
    required: bool
    default: str
    marks: tuple[str, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class RuleEntry:
    kind: str
    text: str
    enforcement: str
    state: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A table of the dictionary. `rows` is text: "12,480", "about 10,200,000" or ""; `slug` names its files."""

    table: Table
    slug: str
    kind: str
    rows: str
    comment: str
    columns: tuple[ColumnEntry, ...]
    rules: tuple[RuleEntry, ...]
    referring: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dictionary:
    schema: Schema
    entries: tuple[Entry, ...]

    @property
    def links(self) -> int:
        return sum(len(table.foreign_keys) for table in self.schema.tables)

    def slug(self, table: str) -> str:
        return next((entry.slug for entry in self.entries if entry.table.name == table), "")


def make_dictionary(
    schema: Schema,
    *,
    comments: Comments | None = None,
    report: CheckReport | None = None,
    row_counts: Mapping[str, tuple[int, bool]] | None = None,
) -> Dictionary:
    """Everything a reader is told of the file's tables and views.

    Args:
        comments: the steward's own words, which stand before comments in the stored text.
        report: a check, whose states are shown beside the rules.
        row_counts: per table the number of rows, and whether it is exact.
    """
    shown = [table for table in schema.tables if table.kind in _KINDS]
    width = len(str(len(shown)))
    entries = tuple(
        _entry(
            schema,
            table,
            f"{number:0{width}d}{_readable(table.name)}",
            comments or {},
            report,
            row_counts or {},
        )
        for number, table in enumerate(shown, start=1)
    )
    return Dictionary(schema, entries)


def _entry(
    schema: Schema,
    table: Table,
    slug: str,
    comments: Comments,
    report: CheckReport | None,
    row_counts: Mapping[str, tuple[int, bool]],
) -> Entry:
    states = {checked.constraint.id: checked for checked in report.constraints} if report else {}
    rules = []
    for constraint in constraints(schema):
        if constraint.table == table.name:
            checked = states.get(constraint.id)
            state = ""
            if checked is not None:
                state = f"broken by {checked.broken_rows:,}" if checked.broken_rows else checked.state.value
            rules.append(RuleEntry(constraint.kind.value, constraint.rule, constraint.enforcement, state))
    count, exact = row_counts.get(table.name, (None, False))
    strict, bare = (", strict" if table.strict else ""), (", without rowid" if table.without_rowid else "")
    module = f" ({table.module})" if table.module else ""
    return Entry(
        table=table,
        slug=slug,
        kind=f"{_KINDS[table.kind]}{module}{strict}{bare}",
        rows="" if count is None else f"{'' if exact else 'about '}{count:,}",
        comment=comments.get((table.name, ""), "") or table.comment,
        columns=tuple(_column(table, column, comments) for column in table.columns if not column.hidden),
        rules=tuple(rules),
        referring=tuple((child.name, link_rule(key)) for child, key in schema.referring(table.name)),
    )


def _column(table: Table, column: Column, comments: Comments) -> ColumnEntry:
    key = f"key {column.key_position}" if table.primary_key and len(table.primary_key.columns) > 1 else "key"
    marks = tuple(
        mark
        for mark, holds in (
            (key, column.key_position > 0),
            ("rowid", column.rowid_alias),
            ("link", any(column.name in foreign.columns for foreign in table.foreign_keys)),
            ("unique", any(unique.columns == (column.name,) for unique in table.uniques)),
            (f"generated, {column.generated.value}", column.generated is not Generated.NO),
            (column.collation, column.collation != "BINARY"),
        )
        if holds
    )
    return ColumnEntry(
        column.name,
        column.declared_type,
        column.not_null or column.rowid_alias,
        column.default if column.default is not None else column.generated_expression,
        marks,
        comments.get((table.name, column.name), "") or column.comment,
    )


def _readable(name: str) -> str:
    """The letters of a name that are safe in a file name everywhere, for the reader's comfort only."""
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower()).strip("-")[:40]
    return f"-{plain}" if plain else ""
