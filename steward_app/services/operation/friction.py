"""How much is asked before something is done. It follows from how it can be undone, whatever a plan says of itself.

undone by its inverse, or nothing changed     nothing
undone by a restore point                     a confirmation
not undoable                                  a confirmation, and the name typed
"""

from __future__ import annotations

from pathlib import Path

from steward_app import storage
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.plan import Plan, Reversal
from steward_app.kernel.text import quoted, size
from steward_app.services.operation.model import Confirmation, Operation, typed_name

_UNCHANGED = "Nothing was changed."


def require(operation: Operation[object], plan: Plan, confirmation: Confirmation) -> None:
    """Raise unless this plan may be carried out by this operation as things stand.

    Raises:
        Refused: a finding blocks it, the file is switched to read-only, or a confirmation is missing.
        Failure: the disk has too little space.
    """
    if plan.operation != operation.name:
        raise ValueError(f"a plan for {plan.operation} was given to {operation.name}")
    if plan.blocking:
        reasons = "; ".join(finding.title for finding in plan.blocking)
        raise Refused(ErrorCode.BLOCKED, f"Not done: {reasons}.", hint=_UNCHANGED)
    if operation.changes_database and confirmation.read_only:
        raise Refused(
            ErrorCode.READ_ONLY,
            f"{quoted(Path(plan.path).name)} is switched to read-only.",
            hint=f"{_UNCHANGED} Switch it to read and write, then try again.",
        )
    if needs_confirmation(plan) and not confirmation.given:
        raise Refused(ErrorCode.NEEDS_CONFIRMATION, "This needs a confirmation.", hint=_UNCHANGED)
    name = typed_name(plan)
    if name and confirmation.typed != name:
        raise Refused(
            ErrorCode.NEEDS_CONFIRMATION,
            f"Nothing can undo this. It is done only when {quoted(name, 0)} was typed.",
            hint=_UNCHANGED,
        )
    _require_space(plan)


def needs_confirmation(plan: Plan) -> bool:
    """Whether the steward must say yes first."""
    return plan.needs_confirmation or plan.reversal in (Reversal.RESTORE_POINT, Reversal.NONE)


def needs_point(operation: Operation[object], plan: Plan) -> bool:
    """Whether a restore point must be taken first."""
    loses = plan.reversal in (Reversal.RESTORE_POINT, Reversal.NONE)
    return operation.changes_database and loses and not operation.destroys


def _require_space(plan: Plan) -> None:
    if not plan.disk_bytes:
        return
    free = storage.free_bytes(Path(plan.disk_path or plan.path))
    if free < plan.disk_bytes:
        raise Failure(
            ErrorCode.DISK_FULL,
            f"The disk has too little space: this needs {size(plan.disk_bytes)}, and {size(free)} are free.",
            hint=f"{_UNCHANGED} Free some space, then try again.",
        )
