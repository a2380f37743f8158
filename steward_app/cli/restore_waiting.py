"""Rows that a restore left out, since they may be erased ones: listed, and decided on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import Printer, show
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.services.erasure import WaitingRow


def waiting(database: Database, as_json: AsJson = False) -> None:
    """List the rows that restores left out because they may be erased ones, the longest waiting first.

    Decide on each with “steward restore decide”. Look at one in its restore point first.
    """
    from steward_app.services import backup, erasure

    with keeping(database) as catalog:
        rows = work(
            "Looking for rows that wait",
            lambda context: erasure.list_waiting(catalog, backup.database_id(catalog, database, context)),
        )
    show("restore-waiting", rows, as_json=as_json, human=lambda out: _print_waiting(out, rows))


def decide(
    database: Database,
    row: Annotated[str, typer.Argument(metavar="ROW", help="Its id, as “steward restore waiting” shows it.")],
    keep: Annotated[
        bool, typer.Option("--keep", help="It is another row: it comes back with the next restore.")
    ] = False,
    erase: Annotated[
        bool, typer.Option("--erase", help="It is the erased one: it is erased wherever it is found.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say of a row that a restore left out whether it is another row or the erased one.

    Nothing that was restored before is changed. The decision cannot be taken back.
    """
    from steward_app.services import backup, erasure

    if keep == erase:
        raise UsageError(ErrorCode.BAD_REQUEST, "Say either --keep or --erase.", hint="Nothing was changed.")
    verdict = erasure.Verdict.KEEP if keep else erasure.Verdict.ERASE
    with keeping(database) as catalog:
        decision = work(
            "Writing the decision down",
            lambda context: erasure.decide_row(
                catalog, backup.database_id(catalog, database, context), row, verdict
            ),
        )
    show("restore-decision", decision, as_json=as_json, human=lambda out: out.line(decision.sentence))


def _print_waiting(out: Printer, rows: Sequence[WaitingRow]) -> None:
    if not rows:
        out.line("No row waits for a decision.")
        return
    for row in rows:
        named = ", ".join(row.key_columns) or "rowid"
        key = ", ".join(map(str, row.key))
        out.line(f"{row.id}  {quoted(row.table)}, {named} {key}, in the point {row.point}: {row.reason}.")
    out.line(f"{plural(len(rows), 'row waits', 'rows wait')} for a decision.")
