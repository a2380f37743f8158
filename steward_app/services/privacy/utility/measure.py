"""What a copy for release is still good for, in figures, and in one: usefulness kept.

Usefulness kept is the mean of up to four parts, of those that there are:

    columns        the mean over all columns of how far each is what it was
    correlations   1 less the changes of all relations of two columns, as a share of how strong they are; those that
                   are weaker than 0.1 in both files, or than chance alone gives, are left out; where the original
                   has none beyond chance, there is no such part
    links          the mean over the foreign keys of what joins still give
    queries        1 less the mean relative error of the saved queries
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from steward_app.db import ReadSession, open_read
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.columns import read_columns
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.utility.alike import BothFiles
from steward_app.services.privacy.utility.compare import compare_columns
from steward_app.services.privacy.utility.links import compare_links
from steward_app.services.privacy.utility.model import (
    ColumnUtility,
    Correlation,
    LinkUtility,
    QueryUtility,
    TableRows,
    UtilityReport,
)
from steward_app.services.privacy.utility.queries import SavedQuery, ask_both
from steward_app.services.privacy.utility.relations import correlations, kept
from steward_app.services.schema import Schema, Table, TableKind, read_schema

MOST_CELLS: Final = 12_000_000
"""Cells of a table that are looked at at once: 200 MB a file."""
MOST_ROWS: Final = 1_000_000
_MOST_COLUMNS: Final = 500
_MOST_CORRELATIONS: Final = 200
_NO_RELATIONS: Final = (
    "No two columns of the original are related beyond what chance gives: there was no relation to keep."
)


def measure(
    source: Path,
    copy: Path,
    context: Context,
    rules: ReleaseRules | None = None,
    queries: Sequence[SavedQuery] = (),
    *,
    most_rows: int = MOST_ROWS,
) -> UtilityReport:
    """Compare a copy with its original.

    Args:
        rules: by which it was made: columns of pseudonyms are then compared by the information they hold.
        queries: asked of both.
        most_rows: of a table that are looked at; of a larger one so many are drawn at random.

    Raises `StewardError` of opening the files; `Cancelled`.
    """
    started = time.monotonic()
    columns: list[ColumnUtility] = []
    related: list[Correlation] = []
    tables: list[TableRows] = []
    missing: list[str] = []
    with ExitStack() as opened:
        one, two = (opened.enter_context(open_read(path, context)) for path in (source, copy))
        for session in (one, two):
            opened.enter_context(session.under(context))
            opened.enter_context(session.snapshot())
        before, after = read_schema(one), read_schema(two)
        for table in before.tables:
            if table.kind is not TableKind.TABLE or table.ours or table.problem:
                continue
            there = after.table(table.name)
            if there is None:
                missing.append(f"The copy has no table {quoted(table.name)}.")
                continue
            found = _table(one, two, table, there, before, rules, context, most_rows)
            tables.append(found[0])
            columns += found[1]
            related += found[2]
            missing += found[3]
        links = tuple(compare_links(one, two, before, after, context))
        asked = tuple(ask_both(one, two, before, after, queries, context))
    parts = _parts(columns, related, links, asked)
    if related and "correlations" not in dict(parts):
        missing.append(_NO_RELATIONS)
    counting = sum(each.counts for each in related)
    return UtilityReport(
        str(source),
        str(copy),
        clock.to_text(clock.now()),
        time.monotonic() - started,
        sum(share for _, share in parts) / len(parts) if parts else 1.0,
        parts,
        tuple(tables),
        tuple(columns),
        tuple(sorted(related, key=lambda each: (not each.counts, -each.change))[:_MOST_CORRELATIONS]),
        counting,
        len(related) - counting,
        links,
        asked,
        tuple(missing),
    )


def _table(
    source: ReadSession,
    copy: ReadSession,
    table: Table,
    there: Table,
    schema: Schema,
    rules: ReleaseRules | None,
    context: Context,
    most_rows: int,
) -> tuple[TableRows, list[ColumnUtility], list[Correlation], list[str]]:
    every = [column.name for column in table.columns if not column.hidden]
    both = [name for name in every if there.column(name) is not None]
    chosen = both[:_MOST_COLUMNS]
    most = max(1_000, min(most_rows, MOST_CELLS // max(1, len(chosen))))
    before, after = (
        read_columns(session, of, chosen, context, most=most, spread=True)
        for session, of in ((source, table), (copy, there))
    )
    keys = {name for key in table.foreign_keys for name in key.columns}
    keys |= set(table.primary_key.columns) if table.primary_key else set()
    keys |= {name for _, key in schema.referring(table.name) for name in key.parent_columns}
    missing = [
        f"The copy has no column {quoted(f'{table.name}.{name}')}." for name in every if name not in both
    ]
    if len(both) > len(chosen):
        missing.append(
            f"{plural(len(both) - len(chosen), 'column')} of {quoted(table.name)}: it has too many."
        )
    both_files = BothFiles((source, table, before), (copy, there, after))
    rows = TableRows(table.name, before.rows, after.rows, before.read, after.read)
    return (
        rows,
        list(compare_columns(before, after, keys, rules)),
        list(correlations(both_files, keys, context)) if after.read else [],
        missing,
    )


def _parts(
    columns: Sequence[ColumnUtility],
    related: Sequence[Correlation],
    links: Sequence[LinkUtility],
    asked: Sequence[QueryUtility],
) -> tuple[tuple[str, float], ...]:
    parts: list[tuple[str, float]] = []
    if columns:
        parts.append(("columns", sum(each.kept for each in columns) / len(columns)))
    if (relations := kept(related)) is not None:
        parts.append(("correlations", relations))
    if links:
        parts.append(("links", sum(each.kept for each in links) / len(links)))
    errors = [min(1.0, each.error) for each in asked if each.error is not None]
    if errors:
        parts.append(("queries", 1 - sum(errors) / len(errors)))
    return tuple(parts)
