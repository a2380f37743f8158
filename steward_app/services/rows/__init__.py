"""See: the rows of a file, a page at a time, from any place, filtered, found, followed, exported."""

from steward_app.db.query import BadQuery, PlanStep
from steward_app.services.rows.anchors import Anchors
from steward_app.services.rows.conditions import Condition, Operator
from steward_app.services.rows.cost import sort_cost
from steward_app.services.rows.counting import count_rows, estimate_rows
from steward_app.services.rows.export import Export, Exported, Format, export_rows, format_of, save_value
from steward_app.services.rows.export_text import harmless
from steward_app.services.rows.filter import (
    EVERY_ROW,
    Filter,
    RowSet,
    filter_from_json,
    filter_of_finding,
    filter_to_json,
)
from steward_app.services.rows.find import Hit, Match, Searched, find
from steward_app.services.rows.kinds import blob_kind, looks_like_json, pretty_json
from steward_app.services.rows.links import (
    Children,
    Link,
    Parent,
    ParentState,
    children_of,
    links_from,
    links_to,
    parent_of,
    parent_with,
)
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
from steward_app.services.rows.personal import (
    PersonalColumn,
    guarded_in,
    hidden_columns,
    look_personal,
    personal_columns,
    personal_in,
    until_asked_for,
)
from steward_app.services.rows.query import QueryResult, ask, explain
from steward_app.services.rows.source import Source, source_of, source_of_query
from steward_app.services.rows.statistics import ColumnStatistics, TopValue, column_statistics

__all__ = [
    "EVERY_ROW",
    "PAGE_ROWS",
    "Anchors",
    "BadQuery",
    "Cell",
    "CellValue",
    "Children",
    "ColumnStatistics",
    "Condition",
    "Export",
    "Exported",
    "Filter",
    "Format",
    "Grid",
    "Hit",
    "Link",
    "Match",
    "Operator",
    "Page",
    "Parent",
    "ParentState",
    "PersonalColumn",
    "PlanStep",
    "Precision",
    "Preview",
    "QueryResult",
    "RowCount",
    "RowSet",
    "Searched",
    "Sort",
    "SortCost",
    "Source",
    "Storage",
    "TopValue",
    "ask",
    "blob_kind",
    "children_of",
    "column_statistics",
    "count_rows",
    "estimate_rows",
    "explain",
    "export_rows",
    "filter_from_json",
    "filter_of_finding",
    "filter_to_json",
    "find",
    "format_of",
    "guarded_in",
    "harmless",
    "hidden_columns",
    "links_from",
    "links_to",
    "look_personal",
    "looks_like_json",
    "parent_of",
    "parent_with",
    "parse_condition",
    "parse_where",
    "personal_columns",
    "personal_in",
    "pretty_json",
    "save_value",
    "sort_cost",
    "source_of",
    "source_of_query",
    "until_asked_for",
]
