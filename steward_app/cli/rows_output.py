"""How `steward rows` prints for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from steward_app.cli.output import Printer
from steward_app.kernel.text import plural, quoted, size, visible

if TYPE_CHECKING:
    from steward_app.cli.rows_documents import FindDocument, PageDocument, StepDocument
    from steward_app.services.rows import Cell, Exported, QueryResult


def print_page(out: Printer, page: PageDocument) -> None:
    """Rows in a table, and where they stand."""
    if not page.items:
        out.line(f"No rows in {quoted(page.table)}." if page.total.exact else "No rows here.")
    else:
        keys = [name for name in page.key_columns if name not in page.columns] and ["key"]
        rows = [(*([row.id] if keys else []), *map(_cell, row.cells)) for row in page.items]
        out.table((*keys, *page.columns), rows)
        out.line(_where(page))
    if page.hidden:
        out.line(
            f"Hidden since {'it looks' if len(page.hidden) == 1 else 'they look'} personal: {', '.join(page.hidden)}. "
            "Show with --personal."
        )


def print_hits(out: Printer, found: FindDocument, values: bool) -> None:
    """What was found, and what was searched."""
    out.line(found.rule)
    if found.items:
        heads = ("Table", "Column", "Key", *(["Value"] if values else []))
        out.table(
            heads,
            [(hit.table, hit.column, hit.id, *([_cell(hit.value)] if values else [])) for hit in found.items],
        )
    searched = plural(len(found.tables), "table")
    tables = sum(1 for table in found.tables if table.rows)
    out.line(f"Found in {tables:,} of {searched}." if found.items else f"Not found in {searched}.")
    for table in found.tables:
        if table.capped:
            out.line(f"{quoted(table.table)} has more; the first {table.rows:,} rows are listed.")
        if table.problem:
            out.line(table.problem)


def print_query(out: Printer, result: QueryResult, limit: int) -> None:
    """The result of a query."""
    out.table(result.columns, [tuple(map(_cell, row)) for row in result.rows])
    if result.cut:
        out.line(
            f"The first {limit:,} rows. There are more: --rows shows more, --to writes all of them to a file."
        )
    else:
        out.line(plural(len(result.rows), "row"))


def print_plan(out: Printer, steps: tuple[StepDocument, ...]) -> None:
    """The steps of a plan."""
    for step in steps:
        out.line(step.detail, indent=2 * step.depth)
    if not steps:
        out.line("SQLite gives no plan for this statement.")


def print_export(out: Printer, done: Exported) -> None:
    """What was written."""
    out.line(f"{plural(done.rows, 'row')} in {visible(str(done.path))}, {size(done.size_bytes)}.")
    if done.left_out:
        out.line(
            f"Left out since {'it looks' if len(done.left_out) == 1 else 'they look'} personal: "
            f"{', '.join(done.left_out)}. Write with --personal."
        )
    for note in done.notes:
        out.line(note)


def _where(page: PageDocument) -> str:
    """Which rows these are, as exactly as it is known."""
    from steward_app.services.rows import Precision, RowCount

    last = page.first_row + len(page.items) - 1
    if page.exact:
        return f"Rows {page.first_row:,} to {last:,} of {page.total.figure}."
    if not page.has_after:
        return f"The last {plural(len(page.items), 'row')} of {page.total.figure}."
    about = RowCount(page.first_row, Precision.ABOUT).figure.replace("about", "about row")
    return f"{plural(len(page.items), 'row')} from {about} on."


def _cell(value: Cell) -> str:
    """A cell on one line; numbers as they are, so that they can be typed again."""
    from steward_app.services.rows import Preview, Storage

    if isinstance(value, Preview):
        if value.storage is Storage.BLOB:
            return f"{value.kind or 'BLOB'}, {size(value.size_bytes)}"
        cut = "" if value.damaged and value.size_bytes < 256 else "…"
        return f"{value.head!s}{cut}"
    return "" if value is None else str(value)
