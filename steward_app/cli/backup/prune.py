"""Removing points that the rules let go, and keeping one whatever the rules say."""

from __future__ import annotations

from typing import Annotated

import typer

from steward_app.cli.backup.group import app
from steward_app.cli.backup.options import StoreName
from steward_app.cli.confirm import Operation, Wish, carry_out
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, PlanOnly, Typed, Yes
from steward_app.cli.output import show
from steward_app.cli.progress import work

PointId = Annotated[
    str,
    typer.Option(
        "--point",
        metavar="ID",
        help="The restore point, as “steward backup list” shows it; the start of its id will do.",
        show_default=False,
    ),
]


@app.command()
def prune(
    database: Database,
    store: StoreName = "",
    here: Annotated[
        bool, typer.Option("--here", help="Whole-file copies on this computer, too; the schedule never does.")
    ] = False,
    plan: PlanOnly = False,
    typed: Typed = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove the points that “steward backup schedule --keep” lets go, and what only they needed in the stores.

    The newest point, the newest proven one and those on hold always stay. Nothing in a store that is younger than seven
    days is removed but the points themselves.
    """
    from steward_app.services import backup
    from steward_app.services.operation import Confirmation

    with keeping(database) as catalog:
        carry_out(
            Operation(
                name=backup.PrunePoints.name,
                database=database,
                plan=lambda context: backup.plan_prune(catalog, database, context, store=store, here=here),
                apply=lambda made, context: backup.prune(catalog, made, context, Confirmation.of(made)),
            ),
            Wish(plan_only=plan, yes=yes, as_json=as_json, typed=typed),
        )


@app.command()
def hold(
    database: Database,
    point: PointId,
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help="Who asked for it, and what for.", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Put a restore point on legal hold: it is not removed until it is released, on no computer."""
    from steward_app.services import backup

    with keeping(database) as catalog:
        held = work("Putting it on hold", lambda context: backup.hold(catalog, database, point, why, context))
    told = f"The restore point {held.id} is on legal hold: {held.held}"
    show("backup-hold", held, as_json=as_json, human=lambda out: out.line(told))


@app.command()
def release(database: Database, point: PointId, as_json: AsJson = False) -> None:
    """Release a restore point that was on hold. From then on the rules decide, at the next prune."""
    from steward_app.services import backup

    with keeping(database) as catalog:
        released = work("Releasing it", lambda context: backup.release(catalog, database, point, context))
    told = f"The restore point {released.id} is no longer on hold."
    show("backup-hold", released, as_json=as_json, human=lambda out: out.line(told))
