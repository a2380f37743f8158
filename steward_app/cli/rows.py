"""`steward rows`: look at rows, find values, ask queries, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from steward_app.cli.frame import group
from steward_app.cli.options import AsJson, Database, PlainExport, must_be_free, one_of
from steward_app.cli.output import show
from steward_app.cli.progress import work
from steward_app.cli.reading import reading
from steward_app.cli.rows_output import print_export, print_hits, print_page, print_plan, print_query
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.cli.rows_documents import FindDocument, PageDocument
    from steward_app.db import ReadSession
    from steward_app.kernel.progress import Context
    from steward_app.kernel.values import Key
    from steward_app.services.rows import Exported, Filter, Grid, Page, QueryResult, Sort, Source

app = group("Look at rows, find values, ask queries, export.")

Table: TypeAlias = Annotated[str, typer.Argument(metavar="TABLE", help="A table or view.")]
Where: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="CONDITION",
        help="Column and condition: “value > 0”, “note is empty”. May be repeated.",
    ),
]
SortBy: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--sort", metavar="COLUMN", help="Sort by this column; “-COLUMN” downwards. May be repeated."
    ),
]
Columns: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="NAME", help="This column only, personal or not. May be repeated."),
]
Personal: TypeAlias = Annotated[bool, typer.Option("--personal", help="With the columns that look personal.")]
Force: TypeAlias = Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")]
FormatName: TypeAlias = Annotated[
    str,
    typer.Option(
        "--format", metavar="FORMAT", help="csv, json, jsonl or parquet; else by the ending of FILE."
    ),
]
AsIs: TypeAlias = Annotated[
    bool,
    typer.Option("--as-is", help="In CSV, leave texts that a spreadsheet program would run as formulas."),
]


@app.command()
def page(
    database: Database,
    table: Table,
    where: Where = None,
    sort: SortBy = None,
    columns: Columns = None,
    personal: Personal = False,
    rows: Annotated[int, typer.Option("--rows", min=1, max=10_000, help="How many rows.")] = 20,
    at: Annotated[int, typer.Option("--at", min=1, metavar="N", help="From row number N on.")] = 1,
    from_row: Annotated[
        str, typer.Option("--from", metavar="ID", help="From this row on: the value of its key.")
    ] = "",
    after: Annotated[str, typer.Option("--after", metavar="ID", help="The rows after this one.")] = "",
    last: Annotated[bool, typer.Option("--last", help="The last rows.")] = False,
    count: Annotated[bool, typer.Option("--count", help="Count all rows exactly.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show rows of a table or view."""
    from steward_app.cli.rows_documents import PageDocument, page_items
    from steward_app.services.rows import Grid, count_rows, until_asked_for

    if (at > 1) + bool(from_row) + bool(after) + last > 1:
        raise UsageError(ErrorCode.BAD_REQUEST, "Give one of --at, --from, --after and --last.")

    def call(context: Context) -> PageDocument:
        with reading(database) as session:
            source = _source(session, table, context)
            kept, hidden = (source.columns, ()) if personal or columns else until_asked_for(source, database)
            shown = columns or ([column.name for column in kept] if hidden else None)
            chosen = _filter(source, where)
            with session.under(context):
                grid = Grid(session, source, columns=shown, sort=_sorts(sort), filter=chosen, page_rows=rows)
                if from_row:
                    found = grid.page_from(row_key(grid, from_row))
                elif after:
                    found = _after(grid, row_key(grid, after))
                else:
                    found = grid.last_page() if last else grid.page_at(at)
                total = count_rows(session, source, context, chosen) if count else grid.total
            return PageDocument(
                str(database),
                table,
                tuple(column.name for column in grid.columns),
                grid.key_columns,
                hidden,
                0 if columns else len(kept) - len(grid.columns),
                found.first_row,
                found.exact,
                found.has_before,
                found.has_after,
                total,
                page_items(found),
            )

    document = work(f"Reading {quoted(table)}", call)
    show("rows-page", document, as_json=as_json, human=lambda out: print_page(out, document))


@app.command()
def find(
    database: Database,
    what: Annotated[str, typer.Argument(metavar="TEXT", help="What to look for.", show_default=False)],
    match: Annotated[
        str,
        typer.Option("--match", metavar="HOW", help="contains (capitals do not matter), exact, or number."),
    ] = "contains",
    tables: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="TABLE", help="Look in this table only. May be repeated."),
    ] = None,
    values: Annotated[
        bool, typer.Option("--values", help="Show the values found, not only where they are.")
    ] = False,
    rows: Annotated[int, typer.Option("--rows", min=1, help="Rows listed for each table, at most.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Find a value in every column of every table. BLOBs and views are not searched."""
    from steward_app.cli.rows_documents import FindDocument, hit_item
    from steward_app.services.rows import Hit, Match, Searched
    from steward_app.services.rows import find as find_values
    from steward_app.services.schema.introspect import read_schema

    chosen = Match(one_of("--match", match, tuple(Match)))

    def call(context: Context) -> FindDocument:
        with reading(database) as session:
            schema = read_schema(session, context)
            found = list(
                find_values(
                    session,
                    schema,
                    what,
                    context,
                    match=chosen,
                    tables=tables or (),
                    values=values,
                    rows_a_table=rows,
                )
            )
        return FindDocument(
            str(database),
            chosen.value,
            chosen.rule,
            tuple(each for each in found if isinstance(each, Searched)),
            tuple(hit_item(each) for each in found if isinstance(each, Hit)),
        )

    document = work(f"Looking through {quoted(database.name)}", call)
    show("rows-find", document, as_json=as_json, human=lambda out: print_hits(out, document, values))


@app.command()
def query(
    database: Database,
    sql: Annotated[
        str, typer.Argument(metavar="SQL", help="One query; “-” reads it from the input.", show_default=False)
    ],
    rows: Annotated[int, typer.Option("--rows", min=1, max=1_000_000, help="Rows shown, at most.")] = 1_000,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show how SQLite would run it, and do not run it.")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FILE", help="Write all rows to FILE instead.", show_default=False, readable=False
        ),
    ] = None,
    kind: FormatName = "",
    personal: Personal = False,
    plain: PlainExport = False,
    as_is: AsIs = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Ask one query. It reads and can do nothing else. Columns that look personal are left out unless asked for."""
    from steward_app.cli.rows_documents import PlanDocument, QueryDocument, plan_items, query_items
    from steward_app.services.rows import ask, explain, source_of_query

    text = sys.stdin.read() if sql == "-" else sql
    title = f"Asking {quoted(database.name)}"
    if plan:
        with reading(database) as session:
            steps = PlanDocument(str(database), plan_items(explain(session, text)))
        show("rows-query-plan", steps, as_json=as_json, human=lambda out: print_plan(out, steps.items))
        return
    if to is not None:
        target = to

        def write(context: Context) -> Exported:
            with reading(database) as session:
                source = source_of_query(session, text)
                return _export(
                    *(session, source, target, context),
                    kind=kind,
                    personal=personal,
                    plain=plain,
                    as_is=as_is,
                    force=force,
                )

        _show_export(work(title, write), as_json)
        return

    def call(context: Context) -> QueryResult:
        with reading(database) as session:
            return ask(session, text, context, limit=rows, personal=personal)

    result = work(title, call)
    document = QueryDocument(
        str(database), result.columns, result.hidden, result.more_columns, result.cut, query_items(result)
    )
    show("rows-query", document, as_json=as_json, human=lambda out: print_query(out, result, rows))


@app.command()
def export(
    database: Database,
    table: Table,
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            metavar="FILE",
            help="Where it goes; the ending says the format.",
            show_default=False,
            readable=False,
        ),
    ],
    kind: FormatName = "",
    where: Where = None,
    sort: SortBy = None,
    columns: Columns = None,
    personal: Personal = False,
    plain: PlainExport = False,
    as_is: AsIs = False,
    refuse_mixed: Annotated[
        bool,
        typer.Option(
            "--refuse-mixed", help="In Parquet, refuse a column of several types instead of splitting it."
        ),
    ] = False,
    salvage: Annotated[
        bool,
        typer.Option("--salvage", help="Of a damaged table, write the rows before the damage. CSV and JSON."),
    ] = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write rows to a file. Columns that look personal are left out unless they are named or asked for."""

    def call(context: Context) -> Exported:
        with reading(database) as session:
            source = _source(session, table, context)
            return _export(
                session,
                source,
                to,
                context,
                kind=kind,
                columns=columns,
                chosen=_filter(source, where),
                sorts=_sorts(sort),
                personal=personal,
                plain=plain,
                as_is=as_is,
                split_mixed=not refuse_mixed,
                salvage=salvage,
                force=force,
            )

    _show_export(work(f"Exporting {quoted(table)}", call), as_json)


def _source(session: ReadSession, name: str, context: Context) -> Source:
    from steward_app.services.rows import source_of
    from steward_app.services.schema.introspect import read_schema

    table = read_schema(session, context).table(name)
    if table is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no table or view {quoted(name)} in this file.",
            hint="“steward schema show” lists what there is.",
        )
    return source_of(table)


def _filter(source: Source, where: list[str] | None) -> Filter:
    from steward_app.services.rows import Filter, parse_where

    return Filter(tuple(parse_where(source.columns, text) for text in where or ()))


def _sorts(columns: list[str] | None) -> tuple[Sort, ...]:
    from steward_app.services.rows import Sort

    return tuple(Sort(name.removeprefix("-"), descending=name.startswith("-")) for name in columns or ())


def row_key(grid: Grid, text: str) -> Key:
    """The key of the row an id names: as our commands print it, or the values of its primary key."""
    from steward_app.cli.rows_documents import id_to_key

    key = id_to_key(text)
    if not grid.key_columns:
        return key
    table = grid.source.table
    names = [grid.key_columns, table.primary_key.columns if table and table.primary_key else ()]
    for columns in names:
        found = grid.locate(columns, key) if len(columns) == len(key) else None
        if found is not None:
            return found
    asked = " and ".join(quoted(name) for name in names[1] or names[0])
    raise UsageError(
        ErrorCode.UNKNOWN_OBJECT,
        f"There is no row of that name in {grid.source.label}.",
        hint=f'Give the value of {asked}; of several, a list: ["North", 2].',
    )


def _after(grid: Grid, key: Key) -> Page:
    rows, grid.page_rows = grid.page_rows, 1
    before = grid.page_from(key)
    grid.page_rows = rows
    return grid.page_after(before)


def _export(
    session: ReadSession,
    source: Source,
    to: Path,
    context: Context,
    *,
    kind: str,
    personal: bool,
    plain: bool,
    as_is: bool,
    force: bool,
    columns: list[str] | None = None,
    chosen: Filter | None = None,
    sorts: tuple[Sort, ...] = (),
    split_mixed: bool = True,
    salvage: bool = False,
) -> Exported:
    from steward_app.services.rows import EVERY_ROW, Export, Format, export_rows

    must_be_free(to, force)
    wish = Export(
        format=Format(one_of("--format", kind, tuple(Format))) if kind else None,
        columns=tuple(columns) if columns else None,
        filter=chosen or EVERY_ROW,
        sort=sorts,
        personal=personal,
        plain=plain,
        formula_safe=not as_is,
        split_mixed=split_mixed,
        overwrite=force,
        salvage=salvage,
    )
    return export_rows(session, source, to, context, wish)


def _show_export(done: Exported, as_json: bool) -> None:
    show("rows-export", done, as_json=as_json, human=lambda out: print_export(out, done))
