"""The first rows that break a constraint, with the columns it is about. Read on a worker thread."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.db import ReadSession
from steward_app.kernel.errors import StewardError
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.rows import Cell, Grid, filter_of_finding, hidden_columns, source_of
from steward_app.services.schema.model import Schema

ROWS = 8
_MORE_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Preview:
    """Some rows of a finding.

    Attributes:
        columns: names, those of the key first, then those the constraint is about, then a few more.
        concerned: the columns the constraint is about.
        hidden: columns that look personal: their cells are None and were not read.
    """

    finding_id: str
    columns: tuple[str, ...]
    concerned: frozenset[str]
    hidden: frozenset[str]
    rows: tuple[tuple[Cell, ...], ...]


def read_preview(session: ReadSession, schema: Schema, finding: Finding, context: Context) -> Preview | None:
    """The first rows of a finding, or None where its rows are not rows of one table (values that stand twice)."""
    table = schema.table(finding.subject.table)
    if table is None or not finding.query:
        return None
    hidden = hidden_columns(table, session.path)
    key = tuple(name for name in table.key_columns if table.column(name) is not None)
    concerned = tuple(name for name in finding.subject.columns if table.column(name) is not None)
    others = [c.name for c in table.columns if not c.hidden and c.name not in (*key, *concerned, *hidden)]
    columns = tuple(dict.fromkeys((*key, *concerned, *others[:_MORE_COLUMNS])))
    read = [name for name in columns if name not in hidden] or [table.columns[0].name]
    try:
        chosen = filter_of_finding(finding)
        with session.under(context):
            grid = Grid(session, source_of(table), columns=read, filter=chosen, page_rows=ROWS)
            try:
                page = grid.first_page()
            finally:
                grid.close()
    except StewardError:
        return None
    place = {name: number for number, name in enumerate(read)}
    rows = tuple(tuple(row[place[name]] if name in place else None for name in columns) for row in page.rows)
    return Preview(finding.id, columns, frozenset(concerned), frozenset(hidden) & frozenset(columns), rows)
