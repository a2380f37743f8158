"""See: the rows of a file, a page at a time, from any place, filtered, found, followed, exported."""

from steward_app.services.rows.anchors import Anchors
from steward_app.services.rows.conditions import Condition, Operator
from steward_app.services.rows.cost import sort_cost
from steward_app.services.rows.filter import (
    EVERY_ROW,
    Filter,
    RowSet,
    filter_from_json,
    filter_of_finding,
    filter_to_json,
)
from steward_app.services.rows.kinds import blob_kind, looks_like_json, pretty_json
from steward_app.services.rows.model import (
    Cell,
    CellValue,
    Page,
    Precision,
    Preview,
    RowCount,
    Sort,
    SortCost,
    Storage,
)
from steward_app.services.rows.page import PAGE_ROWS, Grid
from steward_app.services.rows.parse import parse_condition, parse_where
from steward_app.services.rows.source import Source, source_of, source_of_query

__all__ = [
    "EVERY_ROW",
    "PAGE_ROWS",
    "Anchors",
    "Cell",
    "CellValue",
    "Condition",
    "Filter",
    "Grid",
    "Operator",
    "Page",
    "Precision",
    "Preview",
    "RowCount",
    "RowSet",
    "Sort",
    "SortCost",
    "Source",
    "Storage",
    "blob_kind",
    "filter_from_json",
    "filter_of_finding",
    "filter_to_json",
    "looks_like_json",
    "parse_condition",
    "parse_where",
    "pretty_json",
    "sort_cost",
    "source_of",
    "source_of_query",
]
