"""`steward audit history`: what became of a table, a row, a column, in a span of time, by a writer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.audit.group import app
from steward_app.cli.audit.options import AsIs, Force, Limit, Personal, Row, Since, To, Until
from steward_app.cli.options import AsJson, Database, must_be_free
from steward_app.cli.output import Printer, show
from steward_app.cli.progress import work
from steward_app.cli.reading import reading
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted, size, visible

if TYPE_CHECKING:
    from steward_app.cli.audit.documents import ChangeDocument, HistoryDocument, MissedDocument
    from steward_app.db import Session
    from steward_app.kernel.progress import Context
    from steward_app.services.audit.past.history import Asked
    from steward_app.services.audit.past.history_export import HistoryExport, HistoryExported

_UNKNOWN = "unknown"
_ROWS = 20
"""Rows of a gap that are listed for people."""


@app.command()
def history(
    database: Database,
    table: Annotated[
        str,
        typer.Argument(
            metavar="[TABLE]", help="A table, by its name now; all by default.", show_default=False
        ),
    ] = "",
    row: Row = "",
    column: Annotated[
        str, typer.Option("--column", metavar="COLUMN", help="Only changes of this column.")
    ] = "",
    since: Since = "",
    until: Until = "",
    writer: Annotated[
        str,
        typer.Option("--writer", metavar="NAME", help="Only changes by this actor, or by “unknown” writers."),
    ] = "",
    transaction: Annotated[
        int,
        typer.Option(
            "--transaction",
            "--txn",
            min=0,
            metavar="N",
            help="Only changes of this transaction.",
            show_default=False,
        ),
    ] = 0,
    oldest_first: Annotated[
        bool, typer.Option("--oldest-first", help="In the order they were made.")
    ] = False,
    after: Annotated[
        int,
        typer.Option(
            "--after", min=0, metavar="ID", help="The changes that follow this one.", show_default=False
        ),
    ] = 0,
    limit: Limit = 50,
    to: To = None,
    force: Force = False,
    as_is: AsIs = False,
    personal: Personal = False,
    as_json: AsJson = False,
) -> None:
    """Show what was changed, by whom and when, with the values before and after, the newest first.

    Changes by programs that did not say who they are stand as by an unknown writer. What the log missed stands where it
    was found. With --to, all of it goes to a
    file: .csv, .json, .jsonl or .html.
    """
    asked = _asked(table, row, column, since, until, writer, transaction)
    title = f"Reading the history of {quoted(table or database.name)}"
    if to is not None:
        from steward_app.services.audit.past.history_export import HistoryExport

        must_be_free(to, force)
        wish = HistoryExport(
            personal=personal, formula_safe=not as_is, newest_first=not oldest_first, overwrite=force
        )
        _write(title, database, asked, to, wish, as_json)
        return
    document = work(
        title,
        lambda context: _page(
            database,
            asked,
            context,
            after=after or None,
            limit=limit,
            newest_first=not oldest_first,
            personal=personal,
        ),
    )
    show(
        "audit-history",
        document,
        as_json=as_json,
        human=lambda out: _print(out, document, newest_first=not oldest_first),
    )


def _asked(table: str, row: str, column: str, since: str, until: str, writer: str, transaction: int) -> Asked:
    from steward_app.cli.rows_documents import id_to_key
    from steward_app.services.audit.past.history import Asked

    if (row or column) and not table:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "A row or a column is of a table.", hint="Name the table, too."
        )
    return Asked(
        table=table,
        key=id_to_key(row) if row else None,
        column=column,
        since=clock.typed(since) if since else None,
        until=clock.typed(until) if until else None,
        writer=writer if writer not in ("", _UNKNOWN) else None,
        unknown=writer == _UNKNOWN,
        txn=transaction or None,
    )


def _of_row(session: Session, asked: Asked, context: Context) -> Asked:
    """The row that is meant, by its primary key, also where the log names rows by a number nobody sees."""
    from steward_app.services.audit.past.find_row import find_row

    if asked.key is None:
        return asked
    return replace(asked, key=find_row(session, asked.table, asked.key, context))


def _page(
    database: Path,
    asked: Asked,
    context: Context,
    *,
    after: int | None,
    limit: int,
    newest_first: bool,
    personal: bool,
) -> HistoryDocument:
    from steward_app.cli.audit.documents import HistoryDocument, change_document, missed_document
    from steward_app.cli.audit.shown import Hidden
    from steward_app.services.audit.past.history import History
    from steward_app.services.audit.past.missed import missed
    from steward_app.services.audit.seals import backwards
    from steward_app.services.audit.seals.proving import require_audited

    hides = Hidden(personal, database)
    with reading(database) as session, session.under(context), session.snapshot():
        require_audited(session)
        found, meant = History(session), _of_row(session, asked, context)
        page = found.page(meant, after=after, limit=limit, newest_first=newest_first)
        items = tuple(
            change_document(
                each,
                found.together(each),
                found.row_now(each.change),
                found.key_columns(each.change.tid),
                hides,
            )
            for each in page.entries
        )
        gaps = tuple(
            missed_document(each, hides)
            for each in missed(session, found, meant, after=after, until=page.next, newest_first=newest_first)
        )
    following = None if page.next is None else str(page.next)
    back = backwards.between((each.change.seq, each.change.at) for each in page.entries)
    notes = (backwards.sentence(back),) if back else ()
    return HistoryDocument(str(database), asked.table, hides.met, following, items, gaps, notes)


def _write(title: str, database: Path, asked: Asked, to: Path, wish: HistoryExport, as_json: bool) -> None:
    from steward_app.services.audit.past.history_export import export_history
    from steward_app.services.audit.seals.proving import require_audited

    def call(context: Context) -> HistoryExported:
        with reading(database) as session:
            require_audited(session)
            with session.under(context):
                meant = _of_row(session, asked, context)
            return export_history(session, meant, to, context, wish)

    done = work(title, call)
    show("audit-history-export", done, as_json=as_json, human=lambda out: _print_written(out, done))


def _print_written(out: Printer, done: HistoryExported) -> None:
    from steward_app.cli.audit.shown import say_hidden

    told = f"{plural(done.changes, 'change')}, {plural(done.lines, 'line')}"
    out.line(f"{told} in {visible(str(done.path))}, {size(done.size_bytes)}.")
    say_hidden(out, done.left_out)
    for note in done.notes:
        out.line(note)


def _print(out: Printer, page: HistoryDocument, *, newest_first: bool) -> None:
    from steward_app.cli.audit.documents import ChangeDocument
    from steward_app.cli.audit.shown import say_hidden

    if not page.items and not page.missed:
        out.line("Nothing like that is in the log.")
        return
    found: list[ChangeDocument | MissedDocument] = [*page.items, *page.missed]
    for each in sorted(found, key=lambda each: int(each.id), reverse=newest_first):
        if isinstance(each, ChangeDocument):
            _print_change(out, each)
        else:
            _print_missed(out, each)
    say_hidden(out, page.hidden)
    for note in page.notes:
        out.line(note)
    if page.next is not None:
        out.line(f"There are more: --after {page.next}")


def _print_missed(out: Printer, each: MissedDocument) -> None:
    out.heading(f"{each.id}  {each.time}  {each.sentence}")
    out.line(
        "That is when it was found. When it was done, by whom, and what was there, is not known.", indent=2
    )
    named = [row for row in each.rows if row.row is not None]
    out.facts([(row.row or "", row.how) for row in named[:_ROWS]], indent=4)
    if len(named) > _ROWS:
        out.line(f"and {plural(len(named) - _ROWS, 'other row')}, with --json", indent=4)


def _print_change(out: Printer, each: ChangeDocument) -> None:
    from steward_app.cli.audit.shown import one_line

    row = each.row or "(personal)"
    moved = f" → {each.new_row}" if each.new_row not in (None, each.row) else ""
    out.heading(f"{each.id}  {each.time}  {each.operation} {quoted(each.table)} {row}{moved}")
    writer = each.writer
    who = (
        "an unknown writer"
        if writer is None
        else " · ".join(part for part in (writer.actor, writer.application, writer.reason) if part)
    )
    within = "at the same moment" if writer is None else f"in transaction {writer.transaction}"
    others = f", with {plural(each.together - 1, 'other row')} {within}" if each.together > 1 else ""
    out.line(f"By {who or 'a writer without a name'}{others}.", indent=2)
    lines = [(c.column, one_line(c.old, c.note), one_line(c.new, c.note)) for c in each.cells]
    if each.operation == "update":
        out.facts([(name, f"{old} → {new}") for name, old, new in lines], indent=4)
    else:
        out.facts([(name, new if each.operation == "insert" else old) for name, old, new in lines], indent=4)
