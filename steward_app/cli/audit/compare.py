"""`steward audit compare`: what became of the rows of a table between two times."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.audit.group import app
from steward_app.cli.audit.options import AsIs, Force, Limit, Personal, Table
from steward_app.cli.options import AsJson, Database, must_be_free, one_of
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.cli.rows_output import print_export
from steward_app.kernel import clock
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.cli.audit.documents import TimesDocument
    from steward_app.kernel.progress import Context
    from steward_app.services.rows import Exported

_KINDS = ("added", "removed", "changed")


@app.command()
def compare(
    database: Database,
    table: Table,
    earlier: Annotated[
        str, typer.Option("--from", metavar="MOMENT", help="The earlier time, in UTC or with an offset.")
    ],
    later: Annotated[
        str, typer.Option("--to", metavar="MOMENT", help="The later time; now by default.")
    ] = "",
    kind: Annotated[
        str, typer.Option("--rows", metavar="KIND", help="Only rows that were added, removed or changed.")
    ] = "",
    after: Annotated[
        int, typer.Option("--after", min=0, metavar="ID", help="The rows after this one.", show_default=False)
    ] = 0,
    limit: Limit = 50,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="Write all rows that differ to this file: .csv, .json or .jsonl.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    force: Force = False,
    as_is: AsIs = False,
    personal: Personal = False,
    as_json: AsJson = False,
) -> None:
    """Show which rows of a table were added, removed or changed between two times, with their cells.

    The exit code is 1 when any row differs.
    """
    chosen = one_of("--rows", kind, _KINDS) if kind else ""
    for moment in (earlier, later or earlier):
        clock.typed(moment)  # before any work
    if file is not None:
        target = file
        must_be_free(target, force)
        done = work(
            f"Comparing {quoted(table)}",
            lambda context: _write(
                database, table, earlier, later, chosen, target, force, as_is, personal, context
            ),
        )
        show("rows-export", done, as_json=as_json, human=lambda out: print_export(out, done))
        found(done.rows)
        return
    result = work(
        f"Comparing {quoted(table)}",
        lambda context: _compare(database, table, earlier, later, chosen, after, limit, personal, context),
    )
    show("audit-compare", result, as_json=as_json, human=lambda out: _print(out, result))
    found(result.added + result.removed + result.changed)


def _compare(
    database: Path,
    table: str,
    earlier: str,
    later: str,
    kind: str,
    after: int,
    limit: int,
    personal: bool,
    context: Context,
) -> TimesDocument:
    from steward_app.cli.audit.documents import TimesDocument, difference_document
    from steward_app.cli.audit.looking import looking
    from steward_app.cli.audit.shown import kept_document
    from steward_app.services.audit.past.compare import Kind
    from steward_app.services.audit.past.compare import compare as compare_times
    from steward_app.services.rows import hidden_columns

    times = (clock.typed(earlier), clock.typed(later) if later else None)
    with looking(database, table, times, context) as look:
        begin, end = look.moments
        both = compare_times(look.session, look.table, begin, end, context, judge=look.judge)
        with both as result, look.session.under(context):
            hidden = frozenset[str]() if personal else hidden_columns(look.table, database)
            page = result.page(Kind(kind) if kind else None, after=after, limit=limit + 1)
            return TimesDocument(
                str(database),
                table,
                kept_document(result.earlier),
                kept_document(result.later),
                result.counts[Kind.ADDED],
                result.counts[Kind.REMOVED],
                result.counts[Kind.CHANGED],
                tuple(name for name in result.columns if name not in hidden),
                tuple(name for name in result.columns if name in hidden),
                str(page[limit - 1].number) if len(page) > limit else None,
                tuple(difference_document(each, result, hidden) for each in page[:limit]),
            )


def _write(
    database: Path,
    table: str,
    earlier: str,
    later: str,
    kind: str,
    target: Path,
    force: bool,
    as_is: bool,
    personal: bool,
    context: Context,
) -> Exported:
    from steward_app.cli.audit.looking import looking
    from steward_app.services.audit.past.compare import Kind
    from steward_app.services.audit.past.compare import compare as compare_times
    from steward_app.services.audit.past.compare_export import export_comparison
    from steward_app.services.rows import Export

    times = (clock.typed(earlier), clock.typed(later) if later else None)
    wish = Export(personal=personal, formula_safe=not as_is, overwrite=force)
    with looking(database, table, times, context) as look:
        begin, end = look.moments
        both = compare_times(look.session, look.table, begin, end, context, judge=look.judge)
        with both as result:
            return export_comparison(
                look.session, result, target, context, wish, kind=Kind(kind) if kind else None
            )


def _print(out: Printer, result: TimesDocument) -> None:
    from steward_app.cli.audit.shown import one_line, say_hidden, say_kept, second

    times = f"{second(result.earlier.time)} and {second(result.later.time)}"
    out.line(f"{quoted(result.table)} between {times}:")
    out.facts((("added", result.added), ("removed", result.removed), ("changed", result.changed)), indent=2)
    rows: list[tuple[str, ...]] = []
    for row in result.items:
        if row.before:
            rows.append((row.row, row.kind, "before", *map(one_line, row.before)))
        if row.after:
            label = ("", "") if row.before else (row.row, row.kind)
            rows.append((*label, "after", *map(one_line, row.after)))
    if rows:
        out.table(("row", "", "", *result.columns), rows)
    say_hidden(out, result.hidden)
    if result.next is not None:
        out.line(f"There are more: --after {result.next}")
    say_kept(out, result.earlier)
