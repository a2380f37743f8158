"""Planning and carrying out a restore, in place or to a new file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from steward_app.catalog import Catalog
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.backup import CreatePoint, database_id, find_point, take_point
from steward_app.services.erasure import foresee
from steward_app.services.operation import Confirmation, FileOperation, run, settled_sentence
from steward_app.services.operation import rehearse as rehearse_operation
from steward_app.services.operation import settle as settle_operations
from steward_app.services.restore.in_place import RestoreInPlace
from steward_app.services.restore.model import RestoreRequest
from steward_app.services.restore.new_file import RestoreToNewFile
from steward_app.storage import is_there

OPERATIONS: tuple[FileOperation[Any], ...] = (CreatePoint(), RestoreInPlace(), RestoreToNewFile())
"""The operations of restore points, for `operation.settle` when a file is opened."""


def settle(catalog: Catalog, path: Path, context: Context, *, known_as: str = "") -> tuple[str, ...]:
    """Settle what a crash left open of the operations on a database; a sentence for each, for the steward.

    Call it when a database is opened. Of one that is gone nothing can be settled.

    Args:
        known_as: the database's id in the catalog, where that is known already.
    """
    if not is_there(path):
        return ()
    known_as = known_as or database_id(catalog, path, context)
    settled = settle_operations(catalog, known_as, path, OPERATIONS)
    return tuple(settled_sentence(catalog, event) for event in settled)


def plan_restore(
    catalog: Catalog, path: Path, point: str, context: Context, *, to: Path | None = None
) -> Plan:
    """Plan to restore a point of the database at a path.

    Args:
        point: its id, or the beginning of it.
        to: a new file; without it the database is restored in place, or made anew where it is gone.

    Raises `UsageError` for a point that is not known, `Refused` when something is at `to`.
    """
    chosen = find_point(catalog, path, point, context)
    erased = foresee(catalog, chosen.database_id, chosen.made_at)
    request = RestoreRequest(path, chosen.database_id, chosen, catalog.directory, to, erased)
    operation = RestoreInPlace() if to is None and is_there(path) else RestoreToNewFile()
    return operation.plan(request, context)


def rehearse(catalog: Catalog, plan: Plan, context: Context) -> Rehearsal:
    """Restore a copy of the live file in place and tell which tables differ. Only for a plan in place."""
    return rehearse_operation(_operation(plan), plan, catalog, context)


def restore(
    catalog: Catalog, plan: Plan, context: Context, confirmation: Confirmation | None = None
) -> Receipt:
    """Carry a plan of `plan_restore` out. Raises as `operation.run` does; in place needs a confirmation."""
    return run(_operation(plan), plan, catalog, context, confirmation=confirmation, take_point=take_point)


def _operation(plan: Plan) -> FileOperation[Any]:
    return next(each for each in OPERATIONS if each.name == plan.operation)
