"""`steward journal undo`: taking an operation back by its opposite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

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
    from steward_app.kernel.receipt import Receipt
    from steward_app.services.operation import Operation as AnyOperation


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
    from steward_app.services.audit import guarding
    from steward_app.services.audit.undo import UndoChanges
    from steward_app.services.backup import take_point
    from steward_app.services.operation import Confirmation

    with keeping(database) as catalog:
        undoable = (*restore.undoable(catalog), UndoChanges(catalog), *guarding.undoable(catalog))
        undoing = _inverse(catalog, operation, undoable) or restore.Revert(catalog)

        def planned(context: Context) -> Plan:
            _require_of(catalog, database, operation, context)
            return operations.plan_undo(catalog, operation, undoable, context, path=database)[1]

        def applied(plan: Plan, context: Context) -> Receipt:
            agreed = Confirmation.of(plan)
            if undoing.name in guarding.NAMES:
                return guarding.carry_out(catalog, plan, context, confirmation=agreed, undoes=operation)
            return operations.run(
                undoing, plan, catalog, context, confirmation=agreed, take_point=take_point, undoes=operation
            )

        carry_out(
            Operation(
                name=undoing.name,
                database=database,
                plan=planned,
                apply=applied,
                rehearse=lambda plan, context: operations.rehearse(undoing, plan, catalog, context),
            ),
            Wish(plan, rehearse, yes, plan_file, as_json),
        )


def _inverse(
    catalog: Catalog, operation_id: str, undoable: Sequence[AnyOperation[Any]]
) -> AnyOperation[Any] | None:
    """The operation that undoes this one, or None where there is none."""
    from steward_app.catalog import journal

    with catalog.reading() as session:
        record = journal.record(session, operation_id)
    if record is None:
        return None
    done_by = next((each for each in undoable if each.name == record.started.operation), None)
    undo = done_by.inverse(record) if done_by is not None and record.happened else None
    return undo.operation if undo is not None else None


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
