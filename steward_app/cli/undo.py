"""`steward journal undo`: taking an operation back by its opposite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.confirm import Operation, Wish, carry_out
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, PlanFile, PlanOnly, Rehearse, Yes
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from pathlib import Path

    from steward_app.catalog import Catalog
    from steward_app.kernel.plan import Plan
    from steward_app.kernel.progress import Context


def undo(
    database: Database,
    operation: Annotated[
        str,
        typer.Argument(
            metavar="OPERATION", help="The id of the operation (op_...), as its receipt shows it."
        ),
    ],
    plan: PlanOnly = False,
    rehearse: Rehearse = False,
    yes: Yes = False,
    plan_file: PlanFile = None,
    as_json: AsJson = False,
) -> None:
    """Undo an operation: what it added is removed, what it replaced is put back.

    What was changed since is not undone over: then nothing is. The undo can be undone, too.
    """
    from steward_app.services import operation as operations
    from steward_app.services import restore
    from steward_app.services.audit.undo import UndoChanges
    from steward_app.services.backup import take_point
    from steward_app.services.operation import Confirmation

    with keeping(database) as catalog:
        undoing = UndoChanges(catalog) if _of_audit(catalog, operation) else restore.Revert(catalog)

        def planned(context: Context) -> Plan:
            _require_of(catalog, database, operation, context)
            return operations.plan_undo(
                catalog, operation, (*restore.undoable(catalog), UndoChanges(catalog)), context, path=database
            )[1]

        carry_out(
            Operation(
                name=undoing.name,
                database=database,
                plan=planned,
                apply=lambda plan, context: operations.run(
                    undoing,
                    plan,
                    catalog,
                    context,
                    confirmation=Confirmation.of(plan),
                    take_point=take_point,
                    undoes=operation,
                ),
                rehearse=lambda plan, context: operations.rehearse(undoing, plan, catalog, context),
            ),
            Wish(plan, rehearse, yes, plan_file, as_json),
        )


def _of_audit(catalog: Catalog, operation_id: str) -> bool:
    """Whether an operation undid changes of the audit log."""
    from steward_app.catalog import journal
    from steward_app.services.audit.undo import UndoChanges

    with catalog.reading() as session:
        record = journal.record(session, operation_id)
    return record is not None and record.started.operation == UndoChanges.name


def _require_of(catalog: Catalog, database: Path, operation_id: str, context: Context) -> None:
    """Raise `UsageError` where the operation was done with another database, or with none that is known."""
    from steward_app.catalog import journal
    from steward_app.services.backup import database_id

    known_as = database_id(catalog, database, context)
    with catalog.reading() as session:
        record = journal.record(session, operation_id)
    if record is not None and record.started.database_id != known_as:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(operation_id)} was done with another database than {quoted(database.name)}.",
            hint="Nothing was changed. “steward journal list DATABASE” shows what was done with it.",
        )
