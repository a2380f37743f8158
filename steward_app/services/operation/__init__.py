"""How anything changes: plan, rehearse, apply, verify, receipt, undo. docs/operations.md tells the whole way."""

from steward_app.services.operation.friction import needs_confirmation
from steward_app.services.operation.model import (
    Carrier,
    Confirmation,
    FileOperation,
    Operation,
    Outcome,
    Scope,
    Settlement,
    TakePoint,
    TransactionOperation,
    Undo,
    typed_name,
)
from steward_app.services.operation.pipeline import run
from steward_app.services.operation.plans import load_plan, save_plan
from steward_app.services.operation.rehearse import rehearse, rehearse_on_copy
from steward_app.services.operation.settle import settle, settled_sentence
from steward_app.services.operation.undo import plan_undo, undo

__all__ = [
    "Carrier",
    "Confirmation",
    "FileOperation",
    "Operation",
    "Outcome",
    "Scope",
    "Settlement",
    "TakePoint",
    "TransactionOperation",
    "Undo",
    "load_plan",
    "needs_confirmation",
    "plan_undo",
    "rehearse",
    "rehearse_on_copy",
    "run",
    "save_plan",
    "settle",
    "settled_sentence",
    "typed_name",
    "undo",
]
