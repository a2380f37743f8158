"""`steward restore`: bringing back what a restore point holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from steward_app.cli import restore_rows, restore_waiting
from steward_app.cli.confirm import Operation, Wish, carry_out
from steward_app.cli.frame import group
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, PlanFile, PlanOnly, Rehearse, Yes

app = group("Bring back what a restore point holds.")
app.command("compare")(restore_rows.compare)
app.command("table")(restore_rows.table)
app.command("rows")(restore_rows.rows)
app.command("waiting")(restore_waiting.waiting)
app.command("decide")(restore_waiting.decide)


@app.command()
def file(
    database: Database,
    point: Annotated[
        str,
        typer.Option(
            "--point",
            metavar="ID",
            help="The restore point, as “steward backup list” shows it; the start of its id will do.",
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE",
            help="A new file; without it the database is restored in place.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    plan: PlanOnly = False,
    rehearse: Rehearse = False,
    yes: Yes = False,
    plan_file: PlanFile = None,
    as_json: AsJson = False,
) -> None:
    """Bring a whole file back, as a new file or in place.

    In place, what the file holds now is made a restore point first. A database that is gone is made anew at its place.
    """
    from steward_app.services import restore
    from steward_app.services.operation import Confirmation
    from steward_app.storage import is_there

    in_place = to is None and is_there(database)
    with keeping(database) as catalog:
        carry_out(
            Operation(
                name=(restore.RestoreInPlace if in_place else restore.RestoreToNewFile).name,
                database=database,
                plan=lambda context: restore.plan_restore(catalog, database, point, context, to=to),
                apply=lambda plan, context: restore.restore(catalog, plan, context, Confirmation.of(plan)),
                rehearse=(lambda plan, context: restore.rehearse(catalog, plan, context))
                if in_place
                else None,
            ),
            Wish(plan, rehearse, yes, plan_file, as_json),
        )
