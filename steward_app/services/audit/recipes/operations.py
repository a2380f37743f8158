"""The operations on recipes, planned and carried out for window and commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from steward_app.catalog import Catalog
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.audit.recipes.add import AddRecipe
from steward_app.services.audit.recipes.model import (
    AddRequest,
    PurgeRequest,
    RemoveRequest,
    RenewRequest,
    Request,
    RestoreRequest,
)
from steward_app.services.audit.recipes.purge import Purge
from steward_app.services.audit.recipes.remove import RemoveRecipes
from steward_app.services.audit.recipes.renew import RenewRecipes
from steward_app.services.audit.recipes.restore import RestoreRows
from steward_app.services.audit.recipes.under_audit import Ahead, looked_ahead
from steward_app.services.backup import take_point
from steward_app.services.operation import Confirmation, TransactionOperation, run
from steward_app.services.operation import rehearse as rehearse_operation


def plan_recipes(catalog: Catalog, request: Request, context: Context) -> Plan:
    """Plan what was asked for. Raises as the operation's `plan` does."""
    match request:
        case AddRequest():
            return AddRecipe(catalog).plan(request, context)
        case RemoveRequest():
            return RemoveRecipes(catalog).plan(request, context)
        case RenewRequest():
            return RenewRecipes(catalog).plan(request, context)
        case PurgeRequest():
            return Purge(catalog).plan(request, context)
        case RestoreRequest():
            return RestoreRows(catalog).plan(request, context)


def carry_out(
    catalog: Catalog, plan: Plan, context: Context, confirmation: Confirmation | None = None
) -> Receipt:
    """Carry a plan out. Raises as `operation.run` does."""
    tables = plan.request.get("tables")
    with looked_ahead(
        Path(plan.path), list(map(str, tables)) if isinstance(tables, list) else (), context
    ) as ahead:
        return run(
            _operation(catalog, plan.operation, ahead),
            plan,
            catalog,
            context,
            confirmation=confirmation,
            take_point=take_point,
        )


def rehearse(catalog: Catalog, plan: Plan, context: Context) -> Rehearsal:
    """Carry a plan out on a copy of the file, and tell what came of it."""
    return rehearse_operation(_operation(catalog, plan.operation), plan, catalog, context)


def undoable(catalog: Catalog) -> tuple[AddRecipe, RemoveRecipes, Purge, RestoreRows]:
    """Those of the operations that can be undone."""
    return AddRecipe(catalog), RemoveRecipes(catalog), Purge(catalog), RestoreRows(catalog)


def _operation(catalog: Catalog, name: str, ahead: Ahead | None = None) -> TransactionOperation[Any]:
    every: tuple[TransactionOperation[Any], ...] = (
        AddRecipe(catalog, ahead),
        RemoveRecipes(catalog, ahead),
        RenewRecipes(catalog, ahead),
        Purge(catalog),
        RestoreRows(catalog),
    )
    return next(each for each in every if each.name == name)
