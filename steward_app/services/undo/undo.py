"""Undoing an operation by its inverse: whether there is one, its plan, its rehearsal, and carrying it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from steward_app.catalog import Catalog, journal
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import quoted
from steward_app.services import operation as operations
from steward_app.services.backup import database_id, take_point
from steward_app.services.operation import Confirmation, Operation, Undo
from steward_app.services.undo.operations import undoable

_UNCHANGED = "Nothing was changed."
_UNDOES = "undoes"


@dataclass(frozen=True, slots=True)
class Offer:
    """An operation of the journal that happened and has an inverse. Whether that still fits the file, a plan tells.

    Attributes:
        way: what undoes it.
        undone_by: id of the operation that undid it already, or "".
    """

    operation_id: str
    database_id: str
    way: Undo
    undone_by: str = ""

    @property
    def by(self) -> Operation[Any]:
        """The operation that undoes it: "restore.undo"."""
        return self.way.operation

    @property
    def names(self) -> tuple[str, ...]:
        """What its plan may be called."""
        return (self.by.name, *self.way.others)


def offers(catalog: Catalog, operation_ids: Iterable[str]) -> Mapping[str, Offer]:
    """Those of these operations that can be undone by themselves, or were, by their ids."""
    known = {each.name: each for each in undoable(catalog)}
    found: dict[str, Offer] = {}
    with catalog.reading() as session:
        for each in dict.fromkeys(operation_ids):
            record = journal.record(session, each)
            done_by = known.get(record.started.operation) if record is not None else None
            inverse = done_by.inverse(record) if done_by and record and record.happened else None
            if record is not None and inverse is not None:
                undone_by = journal.undone_by(session, each)
                found[each] = Offer(each, record.started.database_id, inverse, undone_by)
    return found


def plan_undo(catalog: Catalog, operation_id: str, context: Context, *, path: Path | None = None) -> Plan:
    """Plan to undo an operation.

    Args:
        operation_id: a receipt's `undo`, or as the journal lists it.
        path: where the database is now; without it, where it was when the operation was done.

    Raises:
        UsageError: the journal does not know the operation, or it was done with another database.
        Refused: it did not finish, was undone already, or has no inverse; the hint says what there is instead.
    """
    if path is not None:
        _require_of(catalog, path, operation_id, context)
    _, plan = operations.plan_undo(catalog, operation_id, undoable(catalog), context, path=path)
    return replace(plan, request={**plan.request, _UNDOES: operation_id})


def rehearse_undo(catalog: Catalog, operation_id: str, plan: Plan, context: Context) -> Rehearsal:
    """Carry such a plan out on a copy of the file, and tell what differs there."""
    way = _way(catalog, operation_id, plan)
    if way.by is not None:
        return way.by.rehearse(catalog, plan, context)
    return operations.rehearse(way.operation, plan, catalog, context)


def carry_out(
    catalog: Catalog,
    operation_id: str,
    plan: Plan,
    context: Context,
    confirmation: Confirmation | None = None,
    *,
    unrehearsed: str = "",
) -> Receipt:
    """Carry such a plan out. Raises as `operation.run` does, and `Refused` where it was undone meanwhile.

    Args:
        unrehearsed: why it is done without a rehearsal, where what undoes it wants one.
    """
    way = _way(catalog, operation_id, plan)
    if way.by is not None:
        return way.by.apply(catalog, plan, context, confirmation, unrehearsed=unrehearsed)
    return operations.run(
        way.operation,
        plan,
        catalog,
        context,
        confirmation=confirmation,
        take_point=take_point,
        undoes=operation_id,
    )


def undo(
    catalog: Catalog, operation_id: str, context: Context, confirmation: Confirmation | None = None
) -> Receipt:
    """Plan it and carry it out: for Undo on a message, where the button is the confirmation."""
    return carry_out(catalog, operation_id, plan_undo(catalog, operation_id, context), context, confirmation)


def _way(catalog: Catalog, operation_id: str, plan: Plan) -> Undo:
    offer = offers(catalog, (operation_id,)).get(operation_id)
    if offer is None or plan.operation not in offer.names or plan.request.get(_UNDOES) != operation_id:
        raise UsageError(
            ErrorCode.BAD_REQUEST, f"This plan does not undo {quoted(operation_id)}.", hint=_UNCHANGED
        )
    if offer.undone_by:
        raise Refused(
            ErrorCode.NOT_ALLOWED, f"This was undone already, by {offer.undone_by}.", hint=_UNCHANGED
        )
    return offer.way


def _require_of(catalog: Catalog, path: Path, operation_id: str, context: Context) -> None:
    """Raise `UsageError` where the operation was done with another database than the one at a path."""
    known_as = database_id(catalog, path, context)
    with catalog.reading() as session:
        record = journal.record(session, operation_id)
    if record is not None and record.started.database_id != known_as:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(operation_id)} was done with another database than {quoted(path.name)}.",
            hint=f"{_UNCHANGED} “steward journal list DATABASE” shows what was done with it.",
        )
