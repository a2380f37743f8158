"""`steward audit install`, `remove`, `rearm` and `seal`: operations on the audit itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from steward_app.cli.audit.group import app
from steward_app.cli.confirm import Wish, carry_out, requested, wishing
from steward_app.cli.keeping import keeping
from steward_app.cli.options import Database, one_of
from steward_app.cli.output import Printer, show
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.kernel.progress import Context
    from steward_app.services.audit.engine.model import Mode
    from steward_app.services.audit.guard.going_on import Standing
    from steward_app.services.audit.guard.guarding import Request

_MODES = ("full", "flag", "none")


def _tables(told: str) -> Any:
    return typer.Option("--tables", metavar="TABLE", help=told, show_default=False)


@app.command()
@wishing
def install(
    database: Database,
    tables: Annotated[
        list[str] | None,
        _tables("A table to be audited; give it once for each. All that are not yet, by default."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--columns",
            metavar="TABLE.COLUMN=MODE",
            help="What is logged of a column: full (its values, the default), flag (only that it changed) or none;"
            " give it once for each.",
            show_default=False,
        ),
    ] = None,
    forecast: Annotated[
        bool, typer.Option("--forecast/--no-forecast", help="Measure first what it will cost.")
    ] = True,
    *,
    wish: Wish,
) -> None:
    """Put tables under audit: every change of a row is logged in the file, whichever program makes it."""
    from steward_app.services.audit.guard.install import InstallRequest

    modes = _modes(columns or [])
    _carry_out(
        "audit.install",
        database,
        lambda database_id: InstallRequest(
            database, database_id, tuple(tables or ()), modes, measured=forecast
        ),
        wish,
    )


@app.command()
@wishing
def columns(
    database: Database,
    chosen: Annotated[
        list[str],
        typer.Argument(
            metavar="TABLE.COLUMN=MODE...",
            help="What is logged of a column from now on: full (its values), flag (only that it changed) or none.",
        ),
    ],
    *,
    wish: Wish,
) -> None:
    """Choose anew what is logged of columns of tables that are under audit. The log until now stays as it is."""
    from steward_app.services.audit.guard.columns import ColumnsRequest

    modes = _modes(chosen)
    _carry_out(
        "audit.columns",
        database,
        lambda database_id: ColumnsRequest(database, database_id, modes),
        wish,
    )


@app.command()
@wishing
def remove(
    database: Database,
    tables: Annotated[
        list[str] | None, _tables("A table to be taken out; give it once for each. All by default.")
    ] = None,
    drop_log: Annotated[
        bool, typer.Option("--drop-log", help="Remove the log and its seals too: nothing of the audit stays.")
    ] = False,
    *,
    wish: Wish,
) -> None:
    """Take tables out of the audit. Their log stays and can be read, unless --drop-log is given."""
    from steward_app.services.audit.guard.remove import RemoveRequest

    _carry_out(
        "audit.remove",
        database,
        lambda database_id: RemoveRequest(database, database_id, tuple(tables or ()), drop_log=drop_log),
        wish,
    )


@app.command()
@wishing
def rearm(
    database: Database,
    tables: Annotated[
        list[str] | None,
        _tables(
            "A table to be armed again, whether or not it seems to need it; give it once for each."
            " By default all that are not armed as they should be."
        ),
    ] = None,
    *,
    wish: Wish,
) -> None:
    """Arm the audit again where a table was rebuilt or a trigger is gone, and log which rows were missed."""
    from steward_app.services.audit.guard.rearm import RearmRequest

    _carry_out(
        "audit.rearm",
        database,
        lambda database_id: RearmRequest(database, database_id, tuple(tables or ())),
        wish,
    )


@app.command()
@wishing
def seal(
    database: Database,
    by_itself: Annotated[
        str | None,
        typer.Option(
            "--by-itself",
            metavar="on|off",
            help="Seal nothing now, and choose instead whether new changes are sealed by themselves: after every"
            " operation, and while the window has the file open. It is on unless it was turned off.",
            show_default=False,
        ),
    ] = None,
    *,
    wish: Wish,
) -> None:
    """Hash, chain and sign what the log has gained since the last seal, and keep the receipt outside the file."""
    from steward_app.services.audit.seals.seal_log import SealRequest

    if by_itself is not None:
        _choose(database, one_of("--by-itself", by_itself, ("on", "off")) == "on", as_json=wish.as_json)
        return
    _carry_out(
        "audit.seal",
        database,
        lambda database_id: SealRequest(database, database_id),
        wish,
    )


def _choose(database: Path, on: bool, *, as_json: bool) -> None:
    from steward_app.catalog import open_catalog
    from steward_app.services.audit.guard import going_on
    from steward_app.services.backup import database_id

    def chosen(context: Context) -> Standing:
        with open_catalog() as catalog:
            known_as = database_id(catalog, database, context)
            going_on.choose(catalog, known_as, on=on)
            return going_on.standing(catalog, database, known_as, context)

    standing = work(f"Looking at {quoted(database.name)}", chosen)
    show("audit-sealing", standing, as_json=as_json, human=lambda out: _print_choice(out, standing))


def _print_choice(out: Printer, standing: Standing) -> None:
    out.line(
        "New changes are sealed by themselves." if standing.on else "New changes are sealed by hand only."
    )
    if standing.on and not standing.able:
        out.line(f"Not yet: {standing.why}", style="yellow")
    if standing.unsealed:
        out.line(f"{plural(standing.unsealed, 'change')} not protected yet.")


def _carry_out(name: str, database: Path, request: Callable[[str], Request], wish: Wish) -> None:
    from steward_app.services.audit.guard import guarding

    with keeping(database) as catalog:
        operation = requested(
            catalog,
            name,
            database,
            request,
            plan=guarding.plan_guarding,
            apply=guarding.carry_out,
            rehearse=guarding.rehearse,
        )
        carry_out(operation, wish)


def _modes(texts: list[str]) -> dict[str, Mode]:
    from steward_app.services.audit.engine.model import Mode

    found = {}
    for text in texts:
        column, sign, mode = text.rpartition("=")
        if not sign:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"--columns does not know {quoted(text)}.",
                hint="Write it as table.column=full, =flag or =none.",
            )
        found[column] = Mode(one_of("--columns", mode, _MODES))
    return found
