"""The operations that install, arm, seal and remove an audit, planned and carried out for window and commands."""

from __future__ import annotations

from typing import Any, TypeAlias

from steward_app.catalog import Catalog
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.audit.guard.columns import ChangeColumns, ColumnsRequest
from steward_app.services.audit.guard.install import Install, InstallRequest
from steward_app.services.audit.guard.rearm import Rearm, RearmRequest
from steward_app.services.audit.guard.remove import Remove, RemoveRequest
from steward_app.services.audit.seals.seal_log import SealLog, SealRequest
from steward_app.services.backup import take_point
from steward_app.services.operation import Confirmation, TransactionOperation, run
from steward_app.services.operation import rehearse as rehearse_operation
from steward_app.storage.secrets import open_secrets

Request: TypeAlias = InstallRequest | ColumnsRequest | RemoveRequest | RearmRequest | SealRequest


def plan_guarding(catalog: Catalog, request: Request, context: Context) -> Plan:
    """Plan what was asked for. Raises as the operation's `plan` does."""
    match request:
        case InstallRequest():
            return Install(catalog).plan(request, context)
        case ColumnsRequest():
            return ChangeColumns(catalog).plan(request, context)
        case RemoveRequest():
            return Remove(catalog).plan(request, context)
        case RearmRequest():
            return Rearm(catalog).plan(request, context)
        case SealRequest():
            return SealLog(open_secrets(catalog.directory)).plan(request, context)


def carry_out(
    catalog: Catalog, plan: Plan, context: Context, confirmation: Confirmation | None = None
) -> Receipt:
    """Carry a plan out. Raises as `operation.run` does."""
    return run(
        _operation(catalog, plan.operation),
        plan,
        catalog,
        context,
        confirmation=confirmation,
        take_point=take_point,
    )


def rehearse(catalog: Catalog, plan: Plan, context: Context) -> Rehearsal:
    """Carry a plan out on a copy of the file, and tell what came of it."""
    return rehearse_operation(_operation(catalog, plan.operation), plan, catalog, context)


def undoable(catalog: Catalog) -> tuple[Install, ChangeColumns, Remove]:
    """Those of the operations that their inverse undoes."""
    return Install(catalog), ChangeColumns(catalog), Remove(catalog)


def _operation(catalog: Catalog, name: str) -> TransactionOperation[Any]:
    every = (*undoable(catalog), Rearm(catalog), SealLog(open_secrets(catalog.directory)))
    return next(each for each in every if each.name == name)
