"""`steward audit bin`: deleted rows that are not there now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.audit.group import app
from steward_app.cli.audit.options import Limit, Personal
from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import Printer, show
from steward_app.cli.progress import work
from steward_app.cli.reading import reading
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.cli.audit.documents import BinDocument
    from steward_app.kernel.progress import Context


@app.command("bin")
def recycle_bin(
    database: Database,
    table: Annotated[str, typer.Option("--table", metavar="TABLE", help="Only rows of this table.")] = "",
    after: Annotated[
        int,
        typer.Option(
            "--after", min=0, metavar="ID", help="The rows that follow this one.", show_default=False
        ),
    ] = 0,
    limit: Limit = 50,
    personal: Personal = False,
    as_json: AsJson = False,
) -> None:
    """Show deleted and replaced rows that are not there now, the newest first, with who removed them and when."""
    document = work(
        f"Looking for deleted rows in {quoted(database.name)}",
        lambda context: _page(database, table, after or None, limit, personal, context),
    )
    show("audit-bin", document, as_json=as_json, human=lambda out: _print(out, document))


def _page(
    database: Path, table: str, after: int | None, limit: int, personal: bool, context: Context
) -> BinDocument:
    from steward_app.cli.audit.documents import BinDocument, deleted_document
    from steward_app.cli.audit.shown import Hidden
    from steward_app.services.audit.past.missed import removed_unseen
    from steward_app.services.audit.past.recycle_bin import RecycleBin
    from steward_app.services.audit.seals.proving import require_audited

    hides = Hidden(personal, database)
    with reading(database) as session, session.under(context), session.snapshot():
        require_audited(session)
        page = RecycleBin(session).page(table, after=after, limit=limit)
        unseen = removed_unseen(session, table)
    items = tuple(deleted_document(row, hides) for row in page.rows)
    following = None if page.next is None else str(page.next)
    return BinDocument(str(database), hides.met, following, items, unseen)


def _print(out: Printer, page: BinDocument) -> None:
    from steward_app.cli.audit.shown import one_line, say_hidden

    if not page.items:
        out.line("No deleted row is in the log.")
        _print_unseen(out, page.unseen)
        return
    for row in page.items:
        how = "replaced" if row.replaced else "deleted"
        out.heading(f"{row.id}  {row.time}  {quoted(row.table)} {row.row}")
        out.line(
            f"{how.capitalize()} by {row.writer.actor if row.writer else 'an unknown writer'}.", indent=2
        )
        out.facts([(each.column, one_line(each.value, each.note)) for each in row.values], indent=4)
    say_hidden(out, page.hidden)
    if page.next is not None:
        out.line(f"There are more: --after {page.next}")
    _print_unseen(out, page.unseen)


def _print_unseen(out: Printer, rows: int) -> None:
    if rows:
        told = f"{plural(rows, 'row')} that {'was' if rows == 1 else 'were'} removed behind its back"
        out.line(f"The log names {told}, without values. “steward audit history” shows where.")
