"""What the dictionary says of each table, before it becomes HTML or Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from steward_app.kernel.text import size
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
    """A table of the dictionary. `rows` and `size` are text: "12,480", "1.2 MB", or "" where they are not known; `slug`
    names its files, and `referring` gives the child table and the rule of each link that leads here."""

    table: Table
    slug: str
    kind: str
    rows: str
    size: str
    comment: str
    columns: tuple[ColumnEntry, ...]
    rules: tuple[RuleEntry, ...]
    referring: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All of it. `damaged`: the file itself was found to be damaged, so that things may be missing here."""

    schema: Schema
    entries: tuple[Entry, ...]
    damaged: bool = False

    @property
    def links(self) -> int:
        return sum(len(table.foreign_keys) for table in self.schema.tables)


def make_dictionary(
    schema: Schema,
    *,
    comments: Comments | None = None,
    report: CheckReport | None = None,
    row_counts: Mapping[str, int] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Dictionary:
    """Everything a reader is told of the file's tables and views.

    Args:
        comments: the steward's own words, which stand before comments in the stored text.
        report: a check, whose states are shown beside the rules.
        row_counts: per table the exact number of rows, where it was counted.
        sizes: per table what it takes in the file with its indexes, in bytes.
    """
    shown = [table for table in schema.tables if table.kind in _KINDS]
    width = len(str(len(shown)))
    rules, referring = _rules(schema, report), _referring(schema)
    words, counts, bytes_of = comments or {}, row_counts or {}, sizes or {}
    entries = []
    for number, table in enumerate(shown, start=1):
        name = table.name
        entries.append(
            Entry(
                table=table,
                slug=f"{number:0{width}d}{_readable(name)}",
                kind=_kind(table),
                rows=f"{counts[name]:,}" if name in counts else "",
                size=size(bytes_of[name]) if name in bytes_of else "",
                comment=words.get((name, ""), "") or table.comment,
                columns=tuple(_column(table, column, words) for column in table.columns if not column.hidden),
                rules=tuple(rules.get(name, ())),
                referring=tuple(referring.get(name, ())),
            )
        )
    damaged = schema.safe_mode or (report is not None and report.integrity == "damaged")
    return Dictionary(schema, tuple(entries), damaged)


def _rules(schema: Schema, report: CheckReport | None) -> dict[str, list[RuleEntry]]:
    """Per table its rules, with what a check said of them."""
    states = {checked.constraint.id: checked for checked in report.constraints} if report else {}
    rules: dict[str, list[RuleEntry]] = {}
    for constraint in constraints(schema):
        checked = states.get(constraint.id)
        state = ""
        if checked is not None:
            state = f"broken by {checked.broken_rows:,}" if checked.broken_rows else checked.state.value
        rules.setdefault(constraint.table, []).append(
            RuleEntry(constraint.kind.value, constraint.rule, constraint.enforcement, state)
        )
    return rules


def _referring(schema: Schema) -> dict[str, list[tuple[str, str]]]:
    """Per table the links that lead to it: the child table, and the rule."""
    referring: dict[str, list[tuple[str, str]]] = {}
    for child in schema.tables:
        for key in child.foreign_keys:
            referring.setdefault(key.parent_table, []).append((child.name, link_rule(key)))
    return referring


def _kind(table: Table) -> str:
    module = f" ({table.module})" if table.module else ""
    strict, bare = (", strict" if table.strict else ""), (", without rowid" if table.without_rowid else "")
    return f"{_KINDS[table.kind]}{module}{strict}{bare}"


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
