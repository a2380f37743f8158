"""From a schema to a diagram: which tables are in view, which columns they show, how many rows stand at each end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.schema.erd.model import Box, BoxRow, Cardinality, ColumnsShown, Diagram, Link
from steward_app.services.schema.model import Column, ForeignKey, Generated, Schema, Table, TableKind
from steward_app.services.schema.relations import InferredRelation

MINIMUM_WIDTH = 160.0
MAXIMUM_WIDTH = 320.0
_SHOWN = (TableKind.TABLE, TableKind.VIRTUAL)
_ICON_GUTTER = 28.0  # the key or link icon at the left of a row
_RIGHT_PADDING = 10.0
_BETWEEN = 16.0  # between a name and its type


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a schema is in view.

    Attributes:
        tables: only these; () for all.
        focus: the table in the middle, or "".
        hops: with `focus`, how many links away from it a table may stand.
        columns: which columns the boxes show.
        views: whether views are drawn too.
    """

    tables: tuple[str, ...] = ()
    focus: str = ""
    hops: int = 1
    columns: ColumnsShown = ColumnsShown.ALL
    views: bool = False


def text_width(text: str, *, mono: bool) -> float:
    """Width of a text in pixels where no font can be asked: on the safe side for Latin text."""
    wide = sum(1 for character in text if ord(character) > 0x2E80)
    return (len(text) - wide) * (7.2 if mono else 6.2) + wide * 12.0


def width_of(
    table: str,
    rows: Iterable[BoxRow],
    badges: Iterable[str] = (),
    measure: Callable[..., float] = text_width,
) -> float:
    """How wide a box must be for its name, badges and rows, within what can be looked at."""
    widths = [
        _ICON_GUTTER
        + measure(row.name, mono=True)
        + _BETWEEN
        + measure(row.type, mono=False)
        + (_BETWEEN + measure(row.mark.word, mono=False) if row.mark else 0)
        + _RIGHT_PADDING
        for row in rows
    ]
    head = 24 + measure(table, mono=True) + 48 + sum(measure(badge, mono=False) + 12 for badge in badges)
    return float(round(min(MAXIMUM_WIDTH, max(MINIMUM_WIDTH, head, *widths))))


def build(
    schema: Schema,
    scope: Scope | None = None,
    *,
    inferred: Iterable[InferredRelation] = (),
    orphans: Mapping[tuple[str, int], int] | None = None,
    row_counts: Mapping[str, tuple[int, bool]] | None = None,
    measure: Callable[..., float] = text_width,
) -> Diagram:
    """The diagram of a schema.

    Args:
        inferred: relations that are not declared; drawn dashed.
        orphans: rows without a parent per (child table, foreign key id), where they were counted.
        row_counts: per table the number of rows and whether it is exact.
        measure: width of a text in pixels; the window asks its fonts.

    Raises:
        UsageError: when the scope names a table that is not in the file.
    """
    scope = scope or Scope()
    guesses = tuple(inferred)
    links = tuple(_links(schema, guesses, orphans or {}))
    kinds = (*_SHOWN, TableKind.VIEW) if scope.views else _SHOWN
    everything = [t for t in schema.tables if t.kind in kinds and (not t.ours or t.name in scope.tables)]
    names = _in_view(schema, everything, links, scope)
    counts = row_counts or {}
    linked = _linked_columns(links)
    boxes = [
        _box(table, scope.columns, linked.get(table.name, {}), counts.get(table.name), measure)
        for table in everything
        if table.name in names
    ]
    shown = [link for link in links if link.child in names and (link.parent in names or _missing(link))]
    boxes += [
        Box(name, (), max(MINIMUM_WIDTH, measure(name, mono=True) + 80), badges=("missing",), missing=True)
        for name in dict.fromkeys(link.parent for link in shown if _missing(link))
    ]
    return Diagram(tuple(boxes), tuple(shown), left_out=len(everything) - len(names))


def _missing(link: Link) -> bool:
    return link.problem == "no_table"


def _links(
    schema: Schema, inferred: tuple[InferredRelation, ...], orphans: Mapping[tuple[str, int], int]
) -> Iterable[Link]:
    for table in schema.tables:
        for key in table.foreign_keys:
            yield Link(
                child=table.name,
                child_columns=key.columns,
                parent=key.parent_table or key.parent,
                parent_columns=key.parent_columns,
                number=key.id,
                child_end=_child_end(table, key.columns),
                parent_end=_parent_end(table, key),
                problem=key.mismatch.value,
                orphans=orphans.get((table.name, key.id)),
            )
    for number, relation in enumerate(inferred, start=1):
        child = schema.table(relation.child)
        if child is not None:
            yield Link(
                child=relation.child,
                child_columns=relation.child_columns,
                parent=relation.parent,
                parent_columns=relation.parent_columns,
                number=-number,
                child_end=_child_end(child, relation.child_columns),
                parent_end=Cardinality.NONE_OR_ONE,
                inferred=True,
                confidence=relation.confidence,
            )


def _child_end(table: Table, columns: tuple[str, ...]) -> Cardinality:
    wanted = set(columns)
    keys: list[set[str]] = [set(table.primary_key.columns)] if table.primary_key else []
    keys += [
        {column.name for column in index.columns}
        for index in table.indexes
        if index.unique and not index.where
    ]
    return Cardinality.NONE_OR_ONE if any(key and key <= wanted for key in keys) else Cardinality.MANY


def _parent_end(table: Table, key: ForeignKey) -> Cardinality:
    columns = [table.column(name) for name in key.columns]
    filled = all(column is not None and (column.not_null or column.rowid_alias) for column in columns)
    return Cardinality.EXACTLY_ONE if filled else Cardinality.NONE_OR_ONE


def _in_view(schema: Schema, tables: list[Table], links: tuple[Link, ...], scope: Scope) -> set[str]:
    names = {table.name for table in tables}
    if scope.tables:
        names &= {_named(schema, name) for name in scope.tables}
    if scope.focus:
        neighbours: dict[str, set[str]] = {}
        for link in links:
            neighbours.setdefault(link.child, set()).add(link.parent)
            neighbours.setdefault(link.parent, set()).add(link.child)
        reached = {_named(schema, scope.focus)}
        for _ in range(scope.hops):
            reached |= {other for name in reached for other in neighbours.get(name, ())}
        names &= reached
    return names


def _named(schema: Schema, name: str) -> str:
    table = schema.table(name)
    if table is None:
        raise UsageError(ErrorCode.UNKNOWN_OBJECT, f"There is no table {quoted(name)} in this file.")
    return table.name


def _linked_columns(links: tuple[Link, ...]) -> dict[str, dict[str, str]]:
    """Per table, the columns that a link leaves from ("link") or arrives at ("target")."""
    linked: dict[str, dict[str, str]] = {}
    for link in links:
        for column in link.parent_columns:
            linked.setdefault(link.parent, {}).setdefault(column, "target")
        for column in link.child_columns:
            linked.setdefault(link.child, {})[column] = "link"
    return linked


def _box(
    table: Table,
    shown: ColumnsShown,
    linked: Mapping[str, str],
    count: tuple[int, bool] | None,
    measure: Callable[..., float],
) -> Box:
    unique = {u.columns[0] for u in table.uniques if len(u.columns) == 1}
    rows = [
        _row(column, linked.get(column.name, ""), unique) for column in table.columns if not column.hidden
    ]
    if shown is ColumnsShown.NONE:
        rows = []
    elif shown is ColumnsShown.KEYS:
        kept = [row for row in rows if row.key or row.name in linked]
        if more := len(rows) - len(kept):
            kept.append(BoxRow(f"+ {more} more", column=False))
        rows = kept
    badges = tuple(
        badge
        for badge, holds in (
            ("strict", table.strict),
            ("without rowid", table.without_rowid),
            ("virtual", table.kind is TableKind.VIRTUAL),
            ("view", table.kind is TableKind.VIEW),
        )
        if holds
    )
    width = width_of(table.name, rows, badges, measure)
    number, exact = count or (None, False)
    return Box(table.name, tuple(rows), width, badges, number, exact)


def _row(column: Column, link: str, unique: set[str]) -> BoxRow:
    key = (
        "key"
        if column.key_position
        else "link"
        if link == "link"
        else "unique"
        if column.name in unique
        else ""
    )
    marks = tuple(
        mark
        for mark, holds in (
            ("rowid", column.rowid_alias),
            ("generated", column.generated is not Generated.NO),
        )
        if holds
    )
    nullable = not (column.not_null or column.rowid_alias)
    return BoxRow(column.name, column.declared_type.lower(), key, nullable, marks)
