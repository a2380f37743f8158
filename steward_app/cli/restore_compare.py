"""`steward restore compare`: what differs now from a restore point."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.backup.options import KeyFile, PassphraseFile, unlocking
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, one_of
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.cli.restore_options import Point, image
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.cli.restore_documents import CompareDocument, CompareRowsDocument
    from steward_app.services.restore.compare import TableDifference

_KINDS = ("removed", "added", "changed")


def compare(
    database: Database,
    point: Point,
    table: Annotated[str, typer.Option("--table", metavar="TABLE", help="Only this table.")] = "",
    rows: Annotated[
        str,
        typer.Option(
            "--rows", metavar="KIND", help="Show rows of the table that were removed, added or changed since."
        ),
    ] = "",
    find: Annotated[
        str,
        typer.Option(
            "--find",
            metavar="TEXT",
            help="Only rows with this text in a value, then or now.",
            show_default=False,
        ),
    ] = "",
    after: Annotated[str, typer.Option("--after", metavar="ID", help="The rows after this one.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many rows at most.")] = 50,
    personal: Annotated[
        bool, typer.Option("--personal", help="With the columns that look personal.")
    ] = False,
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Show how a database differs now from a restore point, table by table, or row by row.

    The exit code is 1 when anything differs.
    """
    from steward_app.cli.restore_documents import compare_document, rows_document
    from steward_app.cli.rows_documents import id_to_key
    from steward_app.services import restore

    if rows and not table:
        raise UsageError(ErrorCode.BAD_REQUEST, "Rows are shown of one table.", hint="Give --table, too.")
    if find and not rows:
        raise UsageError(ErrorCode.BAD_REQUEST, "A text is found among rows.", hint="Give --rows, too.")
    with keeping(database) as catalog, ExitStack() as stack:
        then = image(catalog, database, point, stack, unlocking(key_file, passphrase_file))
        if rows:
            kind = restore.Kind(one_of("--rows", rows, _KINDS))
            key = id_to_key(after) if after else ()
            page = work(
                f"Comparing {quoted(table)}",
                lambda context: restore.difference_page(
                    database, then.path, table, kind, context, after=key, limit=limit, find=find
                ),
            )
            document = rows_document(str(database), then.point.id, page, personal=personal)
            show(
                "restore-compare-rows",
                document,
                as_json=as_json,
                human=lambda out: _print_rows(out, document),
            )
            found(len(document.items))
            return
        difference = work(
            f"Comparing {quoted(database.name)}",
            lambda context: restore.compare(database, then.path, context, table=table),
        )
    result = compare_document(str(database), then.point.id, then.point.made_at, difference)
    show("restore-compare", result, as_json=as_json, human=lambda out: _print(out, result))
    found(sum(not each.same for each in result.items) + len(result.gone) + len(result.new))


def _print(out: Printer, result: CompareDocument) -> None:
    differing = [each for each in result.items if not each.same]
    out.line(f"{quoted(result.database, 200)} now, and the restore point of {clock.shown(result.made_at)}:")
    if differing:
        columns = ("table", "then", "now", "removed", "added", "changed", "")
        out.table(
            columns,
            [
                (t.table, t.rows_then, t.rows_now, t.removed, t.added, t.changed, t.problem or _drift(t))
                for t in differing
            ],
        )
    for one in result.gone:
        out.line(f"{quoted(one.table)} is gone; it had {plural(one.rows, 'row')}.")
    for one in result.new:
        out.line(f"{quoted(one.table)} is new, and has {plural(one.rows, 'row')}.")
    same = len(result.items) - len(differing)
    if same:
        out.line(f"{plural(same, 'table is', 'tables are')} the same.")
    for each in result.left_out:
        out.line(f"{quoted(each.table)} was not compared: {each.why}.")


def _drift(table: TableDifference) -> str:
    """The columns that were not compared, since only one of the two has them."""
    parts = [f"gone: {', '.join(map(quoted, table.gone_columns))}"] if table.gone_columns else []
    parts += [f"new: {', '.join(map(quoted, table.new_columns))}"] if table.new_columns else []
    return "; ".join(parts)


def _print_rows(out: Printer, page: CompareRowsDocument) -> None:
    if not page.items:
        out.line(f"No row of {quoted(page.table)} was {page.kind} since.")
        return
    rows = []
    for row in page.items:
        if row.then and row.now:
            rows.append((row.id, "then", *map(shown, row.then)))
            rows.append(("", "now", *map(shown, row.now)))
        else:
            rows.append((row.id, "then" if row.then else "now", *map(shown, row.then or row.now)))
    out.table(("id", "", *page.columns), rows)
    if page.hidden:
        out.line(f"Not shown, since they look personal: {', '.join(page.hidden)}. Show them with --personal.")
    if page.more:
        out.line(f"There are more: --after {page.items[-1].id}")


def shown(cell: object) -> str:
    """A cell for people."""
    from steward_app.services.rows import Preview

    if isinstance(cell, Preview):
        head = cell.head if isinstance(cell.head, str) else cell.head.hex()
        return f"{cell.storage.value}, {cell.size_bytes:,} bytes: {head}"
    return "NULL" if cell is None else str(cell)
