"""`steward journal undo`: taking an operation back by its opposite."""

from __future__ import annotations

from typing import Annotated

import typer

from steward_app.cli.confirm import Operation, Wish, carry_out, wishing
from steward_app.cli.keeping import keeping
from steward_app.cli.options import Database


@wishing
def undo(
    database: Database,
    operation: Annotated[
        str,
        typer.Argument(
            metavar="OPERATION", help="The id of the operation (op_...), as its receipt shows it."
        ),
    ],
    unrehearsed: Annotated[
        str,
        typer.Option(
            "--unrehearsed",
            metavar="REASON",
            help="Why migrations are taken back without a rehearsal. It stands in the journal.",
            show_default=False,
        ),
    ] = "",
    *,
    wish: Wish,
) -> None:
    """Undo an operation: what it added is removed, what it replaced is put back.

    What was changed since is not undone over: then nothing is. The undo can be undone, too, but not that of migrations,
    which are applied again instead.
    """
    from steward_app.services import undo as undoing
    from steward_app.services.operation import Confirmation, load_plan

    with keeping(database) as catalog:
        offer = undoing.offers(catalog, (operation,)).get(operation)
        kept = load_plan(wish.kept).operation if wish.kept else ""
        names = offer.names if offer else ("",)
        carry_out(
            Operation(
                name=kept if kept in names else names[0],
                database=database,
                plan=lambda context: undoing.plan_undo(catalog, operation, context, path=database),
                apply=lambda plan, context: undoing.carry_out(
                    catalog, operation, plan, context, Confirmation.of(plan), unrehearsed=unrehearsed
                ),
                rehearse=lambda plan, context: undoing.rehearse_undo(catalog, operation, plan, context),
            ),
            wish,
        )
