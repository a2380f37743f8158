"""`steward audit undo`: logged changes taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.audit.group import app
from steward_app.cli.audit.options import Personal, Since, Until, is_number, run_of_changes
from steward_app.cli.confirm import Wish, carry_out, requested, wishing
from steward_app.cli.keeping import keeping
from steward_app.cli.options import Database, one_of
from steward_app.cli.output import Printer
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible

if TYPE_CHECKING:
    from steward_app.services.audit.undo import Outlook, RowUndo, Selection, UndoRequest

_UNKNOWN = "unknown"
_MODES = ("strict", "skip", "dependent", "force")
_SHOWN = 5
_WIDE = 40  # characters of a value


@app.command()
@wishing
def undo(
    database: Database,
    table: Annotated[
        str, typer.Option("--table", metavar="TABLE", help="Only changes of this table, by its name now.")
    ] = "",
    row: Annotated[
        str,
        typer.Option(
            "--row",
            metavar="ID",
            help='Only this row: the value of its key, of several a list: ["North", 2]. Its newest change, where'
            " nothing else says which.",
        ),
    ] = "",
    column: Annotated[
        str, typer.Option("--column", metavar="COLUMN", help="Only this column; with --row, one cell.")
    ] = "",
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--change",
            metavar="N[-M]",
            help="This change, or this run of changes, as the history numbers them. May be repeated.",
        ),
    ] = None,
    transactions: Annotated[
        list[int] | None,
        typer.Option("--transaction", "--txn", metavar="N", help="This transaction. May be repeated."),
    ] = None,
    since: Since = "",
    until: Until = "",
    writer: Annotated[
        str,
        typer.Option("--writer", metavar="NAME", help="Only changes by this actor, or by “unknown” writers."),
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="All that is logged of what was chosen.")] = False,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="N[:COLUMN]",
            help="Leave out this change, or one cell of it. May be repeated.",
        ),
    ] = None,
    mode: Annotated[
        str,
        typer.Option(
            "--mode",
            metavar="MODE",
            help="What to do about later changes that stand in the way: “strict” undoes all or nothing, “skip” leaves"
            " them as they are, “dependent” undoes them, too, “force” puts the values before in their place.",
        ),
    ] = "strict",
    personal: Personal = False,
    *,
    wish: Wish,
) -> None:
    """Undo logged changes: of a cell, a row, a transaction, a writer, a span of time, or all of them.

    The plan tells what stands in the way; with --plan, the first rows are shown before and after. What was erased does
    not come back. The undo is logged, and “steward journal undo” takes it back.
    """
    from steward_app.services.audit import undo as undoing
    from steward_app.services.audit.undo import UndoMode, UndoRequest
    from steward_app.services.backup import database_id

    one_of("--mode", mode, _MODES)
    selection = _selection(
        table,
        row,
        column,
        changes,
        transactions,
        since,
        until,
        writer,
        everything,
        kept=wish.kept is not None,
    )
    left_out = frozenset(map(_left_out, without or ()))

    def request(database_id: str) -> UndoRequest:
        return UndoRequest(database, database_id, selection, UndoMode(mode), left_out)

    with keeping(database) as catalog:
        operation = requested(
            catalog,
            undoing.UndoChanges.name,
            database,
            request,
            plan=undoing.plan_undo,
            apply=undoing.undo_changes,
            rehearse=undoing.rehearse_undo,
        )
        carry_out(operation, wish)
        if wish.plan_only and not wish.as_json:
            context = Context()
            asked = request(database_id(catalog, database, context))
            _show_rows(Printer(), undoing.preview(catalog, asked, context), database, personal)


def _selection(
    table: str,
    row: str,
    column: str,
    changes: list[str] | None,
    transactions: list[int] | None,
    since: str,
    until: str,
    writer: str,
    everything: bool,
    *,
    kept: bool,
) -> Selection:
    from steward_app.cli.rows_documents import id_to_key
    from steward_app.services.audit.past.moments import milliseconds
    from steward_app.services.audit.undo import Selection

    if (row or column) and not table:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "A row or a column is of a table.", hint="Name it with --table, too."
        )
    narrowed = bool(changes or transactions or since or until or writer or everything)
    if not (narrowed or row or kept):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Which changes?",
            hint="Give --row, --change, --transaction, --since, --writer or --all. Nothing was changed.",
        )
    return Selection(
        table=table,
        key=id_to_key(row) if row else None,
        column=column,
        ranges=tuple(map(run_of_changes, changes or ())),
        txns=tuple(transactions or ()),
        writer=writer if writer not in ("", _UNKNOWN) else None,
        unknown_writer=writer == _UNKNOWN,
        since_ms=milliseconds(clock.typed(since)) if since else None,
        until_ms=milliseconds(clock.typed(until)) if until else None,
        newest=not narrowed,
        everything=everything,
    )


def _left_out(text: str) -> tuple[int, str]:
    number, _, column = text.partition(":")
    if is_number(number):
        return int(number), column
    raise UsageError(
        ErrorCode.BAD_REQUEST,
        f"{quoted(text, 60)} is no number of a change.",
        hint="Write it as 120, or as 120:COLUMN.",
    )


def _show_rows(out: Printer, outlook: Outlook, database: Path, personal: bool) -> None:
    """The first rows, before and after."""
    from steward_app.cli.audit.shown import Hidden, say_hidden

    hides = Hidden(personal, database)
    lines = [
        (each.table, _key(each), name, _side(each.now, name), _side(each.then, name))
        for each in outlook.rows[:_SHOWN]
        for name in dict.fromkeys((*each.now, *each.then))
        if not hides(each.table, name)
    ]
    if lines:
        rest = len(outlook.rows) - _SHOWN
        out.heading(f"The first {_SHOWN} of {len(outlook.rows):,} rows" if rest > 0 else "The rows")
        out.table(("Table", "Row", "Column", "Now", "Then"), lines)
    say_hidden(out, hides.met)


def _key(row: RowUndo) -> str:
    return ", ".join(_value(value) for value in row.before or row.after or ())


def _side(values: object, name: str) -> str:
    assert isinstance(values, dict)
    return _value(values[name]) if name in values else "(no row)"


def _value(value: object) -> str:
    from steward_app.services.audit.engine.model import NotKept

    match value:
        case None:
            return "NULL"
        case NotKept():
            return "(default)"
        case bytes():
            return f"BLOB, {len(value):,} bytes"
        case int() | float():
            return repr(value)
    return visible(str(value), _WIDE)
