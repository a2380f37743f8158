"""`steward audit as-of`: a table or a row as it was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.audit.group import app
from steward_app.cli.audit.options import AsIs, Force, Limit, Personal, Row, Table, Time, To
from steward_app.cli.options import AsJson, Database, PlainExport, must_be_free
from steward_app.cli.output import Printer, show
from steward_app.cli.progress import work
from steward_app.cli.rows_output import print_export
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.cli.audit.documents import AsOfDocument, RowAsOfDocument
    from steward_app.kernel.progress import Context
    from steward_app.services.rows import Export, Exported, Filter, Source


@app.command("as-of")
def as_of(
    database: Database,
    table: Table,
    time: Time,
    row: Row = "",
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where", metavar="CONDITION", help="Column and condition: “value > 0”. May be repeated."
        ),
    ] = None,
    sort: Annotated[
        list[str] | None,
        typer.Option(
            "--sort", metavar="COLUMN", help="Sort by this column; “-COLUMN” downwards. May be repeated."
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="NAME", help="This column only, personal or not. May be repeated."),
    ] = None,
    after: Annotated[str, typer.Option("--after", metavar="ID", help="The rows after this one.")] = "",
    limit: Limit = 20,
    to: To = None,
    force: Force = False,
    as_is: AsIs = False,
    personal: Personal = False,
    plain: PlainExport = False,
    as_json: AsJson = False,
) -> None:
    """Show a table, or one row of it, as it was at a time.

    What was changed since is taken back in a temporary place; the file stays as it is. With --to, the whole table goes
    to a file: .csv, .json, .jsonl or .parquet.
    """
    from steward_app.services.rows import Export, Sort

    clock.typed(time)  # before any work
    if row:
        if where or sort or columns or after or to:
            raise UsageError(
                ErrorCode.BAD_REQUEST, "--row shows one row, whole.", hint="Leave the other options out."
            )
        found = work(
            f"Looking for a row of {quoted(table)}",
            lambda context: _row(database, table, time, row, personal, context),
        )
        show("audit-row-as-of", found, as_json=as_json, human=lambda out: _print_row(out, found))
        return
    wish = Export(
        columns=tuple(columns) if columns else None,
        sort=tuple(Sort(name.removeprefix("-"), name.startswith("-")) for name in sort or ()),
        personal=personal,
        plain=plain,
        formula_safe=not as_is,
        overwrite=force,
    )
    title = f"Taking back what changed in {quoted(table)}"
    if to is not None:
        must_be_free(to, force)
        target = to
        done = work(title, lambda context: _write(database, table, time, target, wish, where, context))
        show("rows-export", done, as_json=as_json, human=lambda out: print_export(out, done))
        return
    page = work(title, lambda context: _page(database, table, time, wish, where, after, limit, context))
    show("audit-as-of", page, as_json=as_json, human=lambda out: _print(out, page))


def _filter(source: Source, where: list[str] | None) -> Filter:
    from steward_app.services.rows import Filter, parse_where

    return Filter(tuple(parse_where(source.columns, text) for text in where or ()))


def _page(
    database: Path,
    table: str,
    time: str,
    wish: Export,
    where: list[str] | None,
    after: str,
    limit: int,
    context: Context,
) -> AsOfDocument:
    from steward_app.cli.audit.documents import AsOfDocument
    from steward_app.cli.audit.looking import looking
    from steward_app.cli.audit.shown import kept_document
    from steward_app.cli.rows import row_key
    from steward_app.cli.rows_documents import page_items
    from steward_app.services.audit.past.as_of import table_as_of
    from steward_app.services.rows import Grid, until_asked_for

    with looking(database, table, (clock.typed(time),), context) as look:
        session = look.session
        with (
            table_as_of(session, look.table, look.moments[0], context, judge=look.judge) as then,
            then.at_one_moment(),
            session.under(context),
        ):
            source = then.source
            whole = wish.personal or wish.columns is not None
            kept, hidden = (source.columns, ()) if whole else until_asked_for(source, database)
            shown = wish.columns or ([column.name for column in kept] if hidden else None)
            chosen = _filter(source, where)
            grid = Grid(session, source, columns=shown, sort=wish.sort, filter=chosen, page_rows=limit)
            if after:
                grid.page_rows = 1
                before = grid.page_from(row_key(grid, after))
                grid.page_rows = limit
                page = grid.page_after(before)
            else:
                page = grid.first_page()
            return AsOfDocument(
                str(database),
                table,
                kept_document(then),
                tuple(column.name for column in grid.columns),
                grid.key_columns,
                hidden,
                grid.total,
                page.has_after,
                page_items(page),
            )


def _write(
    database: Path, table: str, time: str, to: Path, wish: Export, where: list[str] | None, context: Context
) -> Exported:
    from dataclasses import replace

    from steward_app.cli.audit.looking import looking
    from steward_app.cli.audit.shown import kept_sentences
    from steward_app.services.audit.past.as_of import table_as_of
    from steward_app.services.rows import export_rows

    with looking(database, table, (clock.typed(time),), context) as look:
        moment = look.moments[0]
        with (
            table_as_of(look.session, look.table, moment, context, judge=look.judge) as then,
            then.at_one_moment(),
        ):
            source = then.source
            done = export_rows(
                look.session, source, to, context, replace(wish, filter=_filter(source, where))
            )
            return replace(done, notes=(*kept_sentences(then), *done.notes))


def _row(
    database: Path, table: str, time: str, row: str, personal: bool, context: Context
) -> RowAsOfDocument:
    from steward_app.cli.audit.documents import RowAsOfDocument, row_id, value_document
    from steward_app.cli.audit.looking import looking
    from steward_app.cli.audit.shown import Hidden
    from steward_app.cli.rows_documents import id_to_key
    from steward_app.services.audit.past.as_of_row import RowsAsOf
    from steward_app.services.audit.past.find_row import find_row

    hides = Hidden(personal, database)
    with looking(database, table, (clock.typed(time),), context) as look:
        key = find_row(look.session, look.table.name, id_to_key(row), context)
        found = RowsAsOf(look.session, look.table.name, judge=look.judge).row(key, look.moments[0])
    return RowAsOfDocument(
        str(database),
        table,
        clock.to_text(found.moment.asked),
        found.moment.seq,
        row_id(found.key),
        found.there,
        found.erased,
        tuple(value_document(table, name, value, hides) for name, value in found.values.items()),
    )


def _print(out: Printer, page: AsOfDocument) -> None:
    from steward_app.cli.audit.shown import one_line, say_hidden, say_kept, second

    out.line(f"{quoted(page.table)} as of {second(page.then.time)}:")
    keys = [name for name in page.key_columns if name not in page.columns]
    if page.items:
        rows = [(*([row.id] if keys else []), *map(one_line, row.cells)) for row in page.items]
        out.table((*keys, *page.columns), rows)
    else:
        out.line("No rows.")
    if page.has_after:
        out.line(f"There are more ({page.total.figure} in all): --after {page.items[-1].id}")
    say_hidden(out, page.hidden)
    say_kept(out, page.then)


def _print_row(out: Printer, found: RowAsOfDocument) -> None:
    from steward_app.cli.audit.shown import one_line, second

    label = f"Row {found.row} of {quoted(found.table)}, {second(found.time)}"
    if not found.there:
        out.line(
            f"{label}: it was there, and was erased since." if found.erased else f"{label}: it was not there."
        )
        return
    out.line(f"{label}:")
    out.facts([(each.column, one_line(each.value, each.note)) for each in found.values], indent=2)
