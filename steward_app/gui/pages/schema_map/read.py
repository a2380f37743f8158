"""What the map needs from the file, read on a worker thread, and how much of it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from steward_app.catalog import Catalog, layouts
from steward_app.db import ReadSession
from steward_app.gui.format import integer, plural
from steward_app.kernel.progress import Context
from steward_app.services.schema.check import CheckReport, ConstraintKind
from steward_app.services.schema.erd.build import Scope, build
from steward_app.services.schema.erd.layout import arrange, keep
from steward_app.services.schema.erd.model import Diagram, Layout, Point
from steward_app.services.schema.model import Schema, TableKind
from steward_app.services.schema.relations import InferredRelation, infer_relations
from steward_app.services.schema.statistics import estimate_rows

RowCounts = Mapping[str, tuple[int, bool]]


@dataclass(frozen=True, slots=True)
class Read:
    """What the map starts from: the schema, about how many rows tables have, where they stood, what they are."""

    schema: Schema
    counts: dict[str, tuple[int, bool]]
    positions: dict[str, Point]
    comments: Mapping[tuple[str, str], str]


class Places:
    """Where tables stand, kept in the catalog; nothing is kept for a file that is not known yet."""

    def __init__(self, catalog: Catalog, database_id: str) -> None:
        self._catalog, self._database_id = catalog, database_id

    def load(self, schema: Schema) -> dict[str, Point]:
        """The kept places of the tables that are there now, renamed ones too."""
        if not self._database_id:
            return {}
        with self._catalog.reading() as session:
            kept = layouts.load(session, self._database_id, _shapes(schema))
        return {name: Point(place.x, place.y) for name, place in kept.items()}

    def save(self, schema: Schema, positions: Mapping[str, Point]) -> None:
        """Keep the places of tables; those of others stay."""
        if self._database_id:
            shapes = _shapes(schema)
            places = {n: layouts.Place(p.x, p.y, shapes.get(n, "")) for n, p in positions.items()}
            with self._catalog.unit() as unit:
                layouts.save(unit, self._database_id, places)
                unit.commit()


def _shapes(schema: Schema) -> dict[str, str]:
    """Every box and what it is recognised by; a table that is only named by a link has a box, and no columns."""
    shapes = {table.name: layouts.shape(column.name for column in table.columns) for table in schema.tables}
    named = {key.parent: "" for table in schema.tables for key in table.foreign_keys}
    return named | shapes


@dataclass(frozen=True, slots=True)
class Drawing:
    """A diagram with its places. `fresh` is True when every table was placed anew."""

    diagram: Diagram
    layout: Layout
    fresh: bool


def count_roughly(session: ReadSession, schema: Schema, context: Context) -> dict[str, tuple[int, bool]]:
    """About how many rows each table has, in a few seeks a table."""
    counts: dict[str, tuple[int, bool]] = {}
    with session.under(context):
        for table in schema.tables:
            context.checkpoint()
            if table.kind is TableKind.TABLE and (found := estimate_rows(session, table)) is not None:
                counts[table.name] = (found.rows, found.certainty == "exact")
    return counts


def draw(
    schema: Schema,
    scope: Scope,
    positions: Mapping[str, Point],
    counts: RowCounts,
    relations: tuple[InferredRelation, ...],
    report: CheckReport | None,
    context: Context,
) -> Drawing:
    """The diagram of a scope: boxes where they were, new ones beside their neighbours.

    Under a focus everything is arranged anew, since few tables stand far apart on the whole map.
    """
    diagram = build(schema, scope, inferred=relations, orphans=orphans(report), row_counts=counts)
    if scope.focus or not positions:
        return Drawing(diagram, arrange(diagram, context), fresh=True)
    return Drawing(diagram, keep(diagram, positions, context), fresh=False)


def guess_relations(session: ReadSession, schema: Schema, context: Context) -> tuple[InferredRelation, ...]:
    """Relations that nobody declared."""
    return infer_relations(session, schema, context)


def orphans(report: CheckReport | None) -> dict[tuple[str, int], int]:
    """Rows without a parent by (child table, foreign key), where a check has counted them."""
    if report is None:
        return {}
    return {
        (checked.constraint.table, checked.constraint.number): checked.broken_rows
        for checked in report.constraints
        if checked.constraint.kind is ConstraintKind.LINK and checked.broken_rows
    }


def summary(diagram: Diagram) -> str:
    """How much of the file a diagram shows."""
    links = plural(len(diagram.links), _tr("link"), _tr("links"))
    shown = sum(not box.missing for box in diagram.boxes)  # a table that a link names and nobody made is none
    if diagram.left_out:
        words = _tr("{some} of {all} tables in view, {links}")
        words = words.format(some=integer(shown), all=integer(shown + diagram.left_out), links=links)
    else:
        words = f"{plural(shown, _tr('table'), _tr('tables'))}, {links}"
    broken = sum(1 for link in diagram.links if link.orphans or link.problem)
    return words + (_tr(", {n} of them broken").format(n=integer(broken)) if broken else "")


def _tr(text: str) -> str:
    return QCoreApplication.translate("schema map", text)
