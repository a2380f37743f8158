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
    _say_more_columns(out, page.more_columns, "Name them with --column")
    _say_left_out(out, "Hidden", page.hidden, "Show")


def print_hits(out: Printer, found: FindDocument, values: bool) -> None:
    """What was found, and what was searched."""
    out.line(found.rule)
    if found.items:
        heads = ("Table", "Column", "Key", *(["Value"] if values else []))
        out.table(
            heads,
            [(hit.table, hit.column, hit.id, *([_cell(hit.value)] if values else [])) for hit in found.items],
        )
    unread = [table for table in found.tables if table.problem]
    searched = plural(len(found.tables) - len(unread), "table")
    tables = sum(1 for table in found.tables if table.rows and not table.problem)
    out.line(f"Found in {tables:,} of {searched}." if tables else f"Not found in {searched}.")
    for table in found.tables:
        if table.capped:
            out.line(f"{quoted(table.table)} has more; the first {table.rows:,} rows are listed.")
    if unread:
        out.line(f"Not searched to the end, {plural(len(unread), 'table')}:")
    for table in unread:
        out.line(f"{quoted(table.table)}: {table.problem}", indent=2)


def print_query(out: Printer, result: QueryResult, limit: int) -> None:
    """The result of a query."""
    if result.columns:
        out.table(result.columns, [tuple(map(_cell, row)) for row in result.rows])
    if result.cut:
        out.line(
            f"The first {limit:,} rows. There are more: --rows shows more, --to writes all of them to a file."
        )
    else:
        out.line(plural(len(result.rows), "row"))
    _say_more_columns(out, result.more_columns, "Name them in the query")
    _say_left_out(out, "Hidden", result.hidden, "Show")


def print_plan(out: Printer, steps: tuple[StepDocument, ...]) -> None:
    """The steps of a plan."""
    for step in steps:
        out.line(step.detail, indent=2 * step.depth)
    if not steps:
        out.line("SQLite gives no plan for this statement.")


def print_export(out: Printer, done: Exported) -> None:
    """What was written."""
    out.line(f"{plural(done.rows, 'row')} in {visible(str(done.path))}, {size(done.size_bytes)}.")
    _say_left_out(out, "Left out", done.left_out, "Write")
    for note in done.notes:
        out.line(note)


def _say_left_out(out: Printer, what: str, columns: tuple[str, ...], how: str) -> None:
    if columns:
        looks = "it looks" if len(columns) == 1 else "they look"
        out.line(f"{what} since {looks} personal: {', '.join(columns)}. {how} with --personal.")


def _say_more_columns(out: Printer, count: int, how: str) -> None:
    if count:
        out.line(f"{plural(count, 'column')} more than fit are not shown. {how}.")


def _where(page: PageDocument) -> str:
    """Which rows these are, as exactly as it is known."""
    from steward_app.services.rows import Precision, RowCount
    from steward_app.services.rows.model import UNKNOWN_COUNT

    last = page.first_row + len(page.items) - 1
    of = "; how many there are was not counted" if page.total == UNKNOWN_COUNT else f" of {page.total.figure}"
    if page.exact:
        return f"Rows {page.first_row:,} to {last:,}{of}."
    if not page.has_after:
        return f"The last {plural(len(page.items), 'row')}{of}."
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
