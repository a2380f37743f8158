"""`steward backup find`: in which restore points a row or a value exists, and when the last of them goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.backup.group import app
from steward_app.cli.backup.looking import look_into_stores
from steward_app.cli.backup.options import KeyFile, PassphraseFile, StoreName, unlocking
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, one_of
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.cli.restore_compare import shown
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.cli.backup.find_document import BackupFindDocument
    from steward_app.services.restore import RowQuestion, ValueQuestion

_MATCHES = ("exact", "contains", "number")


@app.command()
def find(
    database: Database,
    table: Annotated[
        str,
        typer.Option("--table", metavar="TABLE", help="The table of the row, or the only one to look in."),
    ] = "",
    key: Annotated[
        str, typer.Option("--key", metavar="ID", help="A row: the value of its key, or an id as shown.")
    ] = "",
    value: Annotated[
        str, typer.Option("--value", metavar="TEXT", help="A value, wherever it stands, or in --table.")
    ] = "",
    column: Annotated[
        str, typer.Option("--column", metavar="COLUMN", help="With --value: only in columns of this name.")
    ] = "",
    match: Annotated[
        str, typer.Option("--match", metavar="HOW", help="With --value: exact, contains or number.")
    ] = "exact",
    store: StoreName = "",
    personal: Annotated[
        bool, typer.Option("--personal", help="With the columns that look personal.")
    ] = False,
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Say in which restore points a row or a value exists, how the row looked, and when the last of them goes.

    Rows of people who were erased since are counted, and not shown. Exit code 1 when it was found.
    """
    from steward_app.cli.backup.find_document import find_document
    from steward_app.services import restore

    question = _question(table, key, value, column, match)
    given = unlocking(key_file, passphrase_file)
    with keeping(database) as catalog:
        look_into_stores(catalog, database)
        result = work(
            f"Looking into the restore points of {quoted(database.name)}",
            lambda context: restore.find_in_points(
                catalog, database, question, context, store=store, given=given
            ),
        )
    document = find_document(str(database), table, result, personal=personal)
    show("backup-find", document, as_json=as_json, human=lambda out: _print(out, document))
    found(document.holding)


def _question(table: str, key: str, value: str, column: str, match: str) -> RowQuestion | ValueQuestion:
    from steward_app.cli.rows_documents import id_to_key
    from steward_app.services import restore
    from steward_app.services.rows import Match

    if bool(key) == bool(value) or (key and not table) or (key and column):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Look for what?",
            hint="Give --table and --key for a row; or --value, with or without --table and --column.",
        )
    if key:
        return restore.RowQuestion(table, id_to_key(key))
    return restore.ValueQuestion(value, table, column, Match(one_of("--match", match, _MATCHES)))


def _print(out: Printer, result: BackupFindDocument) -> None:
    points = plural(result.searched, "restore point")
    if not result.holding or result.first is None or result.last is None:
        out.line(f"It is in none of {points}.")
    else:
        out.line(f"It is in {result.holding:,} of {points}.")
        out.line(f"First: {result.first.point}, of {clock.shown(result.first.made_at)}", indent=2)
        out.line(f"Last: {result.last.point}, of {clock.shown(result.last.made_at)}", indent=2)
        out.line(_expiry(result), indent=2)
    for state in result.states:
        stretch = f"{clock.shown(state.first.made_at)} to {clock.shown(state.last.made_at)}"
        told = plural(state.points, "point")
        out.line(f"{stretch}, {told}{':' if state.there else ': not there'}")
        if state.there:
            out.table(state.columns, [tuple(map(shown, state.cells))])
    if result.places:
        columns = ("table", "column", "first", "last", "points", "rows at most")
        out.table(
            columns,
            [
                (
                    each.table,
                    each.column,
                    clock.shown(each.first.made_at),
                    clock.shown(each.last.made_at),
                    each.points,
                    f"{each.rows:,} or more" if each.capped else each.rows,
                )
                for each in result.places
            ],
        )
    if result.hidden:
        out.line(
            f"Not shown, since they look personal: {', '.join(result.hidden)}. Show them with --personal."
        )
    if result.erased:
        held = plural(result.erased, "point holds", "points hold")
        out.line(f"{held} it and it was erased since: no restore brings it back.")
    for each in result.not_searched:
        out.line(f"Not searched, {each.point} of {clock.shown(each.made_at)}: {each.why}")


def _expiry(result: BackupFindDocument) -> str:
    if not result.expires_at:
        return f"The last of them never goes by itself: {result.expires_why}."
    return f"The last of them goes by {clock.shown(result.expires_at)} at the latest: {result.expires_why}."
