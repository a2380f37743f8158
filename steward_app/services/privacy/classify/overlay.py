"""What the schema map shows of personal data: per column what it is and whether that is decided, per table the sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from steward_app.services.privacy.classify.decide import proposes
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.classify.undecided import stored_tables, to_decide
from steward_app.services.privacy.discover.model import ColumnScan, Scan
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Category, Identifies, Place
from steward_app.services.schema.model import Schema


class Mark(StrEnum):
    """What a column is to a person. In order: the heaviest first."""

    SENSITIVE = "sensitive"  # of a category that the law protects beyond the ordinary
    DIRECT = "direct"
    INDIRECT = "indirect"
    ABOUT = "about"  # it says something about a person and does not lead to them
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ColumnMark:
    """A column on the map.

    Attributes:
        decided: by the steward; else it is what the scan proposes, or nothing where `mark` is NONE.
        to_decide: the steward has yet to say what it is.
    """

    mark: Mark
    decided: bool
    to_decide: bool


@dataclass(frozen=True, slots=True)
class TableMark:
    """A table on the map: its heaviest column, how many are personal, and how many are to decide."""

    mark: Mark
    personal: int
    to_decide: int
    columns: Mapping[str, ColumnMark] = field(default_factory=dict)


def overlay(schema: Schema, scan: Scan | None, classification: Classification) -> Mapping[str, TableMark]:
    """What the map shows, by the names of tables."""
    open_places = {(each.table, each.column) for each in to_decide(schema, scan, classification)}
    proposed = {each.place: each for each in (scan.columns if scan else ()) if proposes(each)}
    found: dict[str, TableMark] = {}
    for table in stored_tables(schema, scan):
        columns = {
            column.name: _column(Place(table.name, column.name), proposed, classification, open_places)
            for column in table.columns
            if not column.hidden
        }
        personal = [each for each in columns.values() if each.mark is not Mark.NONE]
        order = list(Mark)
        found[table.name] = TableMark(
            min((each.mark for each in personal), key=order.index, default=Mark.NONE),
            len(personal),
            sum(each.to_decide for each in columns.values()),
            columns,
        )
    return found


def mark_of(identifies: Identifies, category: Category) -> Mark:
    """The mark of personal data."""
    if category is not Category.ORDINARY:
        return Mark.SENSITIVE
    return {Identifies.DIRECT: Mark.DIRECT, Identifies.INDIRECT: Mark.INDIRECT}.get(identifies, Mark.ABOUT)


def _column(
    place: Place,
    proposed: Mapping[Place, ColumnScan],
    classification: Classification,
    open_places: set[tuple[str, str]],
) -> ColumnMark:
    waits = (place.table, place.column) in open_places
    decided = classification.at(place)
    if decided is not None:
        mark = mark_of(decided.identifies, decided.category) if decided.personal else Mark.NONE
        return ColumnMark(mark, True, waits)
    found = proposed.get(place)
    if found is None:
        return ColumnMark(Mark.NONE, False, waits)
    kind = kinds()[found.kind]
    return ColumnMark(mark_of(kind.identifies, kind.category), False, waits)
