"""`steward audit erase`, `prune` and `retain`: what leaves the log, for good or for an archive."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.audit.group import app
from steward_app.cli.audit.options import run_of_changes
from steward_app.cli.confirm import Wish, carry_out, requested, wishing
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, Typed
from steward_app.cli.output import show
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.services.audit.engine.model import Key
    from steward_app.services.audit.erasing.erase import EraseRequest
    from steward_app.services.audit.leaving.prune_log import PruneRequest

_PERIOD = re.compile(r"([1-9][0-9]{0,5})([dwy])")
_DAYS = {"d": 1, "w": 7, "y": 365}
_NEVER = "off"
_UNCHANGED = "Nothing was changed."


@app.command()
@wishing
def erase(
    database: Database,
    table: Annotated[
        str,
        typer.Argument(metavar="[TABLE]", help="A table under audit, by its name now.", show_default=False),
    ] = "",
    row: Annotated[
        str,
        typer.Argument(
            metavar="[ROW]",
            help="A row of it: the value of its key, or an id as shown; all rows that had it one after another.",
            show_default=False,
        ),
    ] = "",
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--columns",
            metavar="COLUMN",
            help="Only values of this column; give it once for each. By default all, except what names the row.",
            show_default=False,
        ),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--change",
            metavar="N[-M]",
            help="Only this change, or this run of changes, as the history numbers them. May be repeated.",
        ),
    ] = None,
    life: Annotated[
        int | None,
        typer.Option(
            "--life",
            metavar="N",
            help="Of the rows that had this key, only the one that change N is of, from its beginning to its end.",
        ),
    ] = None,
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="TEXT", help="Why: the number of a request. Never who it is about."),
    ] = "",
    finish: Annotated[
        bool,
        typer.Option(
            "--finish", help="Erase nothing more; write the file anew, where that could not be done."
        ),
    ] = False,
    typed: Typed = "",
    *,
    wish: Wish,
) -> None:
    """Erase values inside the log for good: of a row, of columns, of some changes. The seals stay valid.

    No undo, no restore and no look at an earlier time brings them back. The tables are not touched.
    """
    from steward_app.services.audit.erasing import erase as erasing

    runs = tuple(map(run_of_changes, changes or ()))
    if finish and (table or row or columns or runs):
        raise UsageError(
            ErrorCode.BAD_REQUEST, "--finish erases nothing more.", hint="Give it with the database alone."
        )

    def request(database_id: str) -> EraseRequest:
        key = _key(database, table, row) if row else None
        return erasing.EraseRequest(
            database, database_id, table, key, life, tuple(columns or ()), runs, reason, finish
        )

    with keeping(database) as catalog:
        operation = requested(
            catalog,
            erasing.EraseLog.name,
            database,
            request,
            plan=erasing.plan_erase,
            apply=erasing.erase,
            rehearse=erasing.rehearse_erase,
        )
        carry_out(operation, replace(wish, typed=typed))


@app.command()
@wishing
def prune(
    database: Database,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FILE", help="The archive, a new file.", show_default=False, readable=False
        ),
    ] = None,
    older_than: Annotated[
        str,
        typer.Option(
            "--older-than",
            metavar="PERIOD",
            help="Changes that were sealed longer ago: “400d”, “60w” or “2y”. By default what “retain” was told.",
        ),
    ] = "",
    *,
    wish: Wish,
) -> None:
    """Move the oldest sealed changes from the log to a signed archive file, which other commands read as a log.

    The archive is verified before anything leaves the log. The seals stay, so that both verify.
    """
    from steward_app.services.audit.leaving import prune_log as pruning

    if to is None and wish.kept is None:
        raise UsageError(ErrorCode.BAD_REQUEST, "Where to? Give the archive with --to.", hint=_UNCHANGED)

    def request(database_id: str) -> PruneRequest:
        assert to is not None
        return pruning.PruneRequest(database, database_id, to, _period(database, older_than))

    with keeping(database) as catalog:
        operation = requested(
            catalog,
            pruning.PruneLog.name,
            database,
            request,
            plan=pruning.plan_prune_log,
            apply=pruning.prune_log,
            rehearse=pruning.rehearse_prune_log,
        )
        carry_out(operation, wish)


@app.command()
def retain(
    database: Database,
    period: Annotated[
        str,
        typer.Argument(
            metavar="[PERIOD]",
            help="“400d”, “60w” or “2y”; “off” takes the decision back. Without it, what was decided is shown.",
            show_default=False,
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Decide how long changes stay in the log. “status” then says what is due; nothing leaves by itself."""
    from steward_app.cli.audit.leaving_documents import Retention
    from steward_app.services.audit.leaving.retention import keep_days, set_keep_days

    if period:
        set_keep_days(database, None if period == _NEVER else _days(period))
    days = keep_days(database)
    told = (
        f"Changes stay in the log for {plural(days, 'day')}."
        if days
        else "Nobody has decided how long changes stay."
    )
    show(
        "audit-retention",
        Retention(str(database.absolute()), days),
        as_json=as_json,
        human=lambda out: out.line(told),
    )


def _key(database: Path, table: str, row: str) -> Key:
    """What names a row in the log."""
    from steward_app.cli.rows_documents import id_to_key
    from steward_app.db import open_read
    from steward_app.services.audit.engine.tables import is_audited
    from steward_app.services.audit.past.find_row import find_row

    key = id_to_key(row)
    with open_read(database) as session, session.snapshot():
        return find_row(session, table, key) if table and is_audited(session) else key


def _period(database: Path, text: str) -> timedelta:
    from steward_app.services.audit.leaving.retention import keep_days

    days = _days(text) if text else keep_days(database)
    if days is None:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "How old? Nobody has decided how long changes stay.",
            hint=f"{_UNCHANGED} Give --older-than, or decide it with “steward audit retain”.",
        )
    return timedelta(days=days)


def _days(text: str) -> int:
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(text)} is no period.",
            hint="Write it as “400d” (days), “60w” (weeks) or “2y” (years of 365 days).",
        )
    return int(found[1]) * _DAYS[found[2]]
