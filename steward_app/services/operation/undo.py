"""Undo: the opposite operation where there is one, the restore point where there is not."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from steward_app.catalog import Catalog, journal
from steward_app.catalog.journal import Phase, Record
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.operation.model import Confirmation, Operation, TakePoint
from steward_app.services.operation.pipeline import run

_UNCHANGED = "Nothing was changed."


def plan_undo(
    catalog: Catalog,
    operation_id: str,
    operations: Iterable[Operation[Any]],
    context: Context,
    *,
    path: Path | None = None,
) -> tuple[Operation[Any], Plan]:
    """The operation that undoes another, and its plan.

    Args:
        operation_id: of the operation to undo; a receipt's `undo` is that.
        operations: those that may be undone; the one that did it is asked for its inverse.
        path: where the database is now, should it have been moved since.

    Raises:
        UsageError: the journal does not know the operation.
        Refused: it did not finish, was undone already, or has no inverse; the hint says what there is instead.
    """
    record = _finished(catalog, operation_id)
    if path is not None:
        details = json.dumps({**record.started.data, "path": str(path.absolute())})
        record = replace(record, started=replace(record.started, details=details))
    done_by = next((each for each in operations if each.name == record.started.operation), None)
    undo = done_by.inverse(record) if done_by is not None else None
    if undo is None:
        raise Refused(ErrorCode.NOT_ALLOWED, "This cannot be undone by itself.", hint=_instead(record))
    return undo.operation, undo.plan(context)


def undo(
    catalog: Catalog,
    operation_id: str,
    operations: Iterable[Operation[Any]],
    context: Context,
    *,
    confirmation: Confirmation | None = None,
    take_point: TakePoint | None = None,
) -> Receipt:
    """Undo a finished operation by its inverse, which is itself planned, verified and journalled."""
    operation, plan = plan_undo(catalog, operation_id, operations, context)
    return run(
        operation,
        plan,
        catalog,
        context,
        confirmation=confirmation,
        take_point=take_point,
        undoes=operation_id,
    )


def _finished(catalog: Catalog, operation_id: str) -> Record:
    with catalog.reading() as session:
        record = journal.record(session, operation_id)
        undone = journal.undone_by(session, operation_id)
    if record is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT, f"The journal knows no operation {operation_id}.", hint=_UNCHANGED
        )
    if not record.happened:
        raise Refused(ErrorCode.NOT_ALLOWED, "There is nothing to undo: it did not finish.", hint=_UNCHANGED)
    if undone:
        raise Refused(ErrorCode.NOT_ALLOWED, f"This was undone already, by {undone}.", hint=_UNCHANGED)
    return record


def _instead(record: Record) -> str:
    point = (
        record.ended.data.get("restore_point")
        if record.ended and record.ended.phase is Phase.FINISHED
        else ""
    )
    if not point:
        return _UNCHANGED
    way = f"steward restore file {shlex.quote(str(record.started.data.get('path', '')))} --point {point}"
    return f"{_UNCHANGED} The restore point {point} holds the state before; “{way}” brings all of it back."
