"""The pipeline: one way in which anything is done.

    friction -> lease and "started" -> still fits? -> restore point -> apply -> verify -> commit -> "finished"
        -> what follows

The journal's first event and the lease are one transaction of the catalog, and so are its last event and the lease's
end. Whatever goes wrong between leaves the file as it was, and the journal says so; what a crash leaves open is
settled by `settle.py`. What follows (`services.afterwards`) comes when all of that is over, and changes nothing of it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from steward_app import __version__
from steward_app.catalog import Catalog, Unit, identity, journal, lease
from steward_app.catalog.journal import Phase
from steward_app.db import Session, open_read, open_write
from steward_app.db.attribution import attributed, this_program
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused, StewardError
from steward_app.kernel.plan import Check, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import afterwards
from steward_app.services.operation import fingerprint, friction, promise
from steward_app.services.operation.model import (
    Confirmation,
    FileOperation,
    Operation,
    Outcome,
    Scope,
    TakePoint,
    TransactionOperation,
)

_log = logging.getLogger(__name__)


def run(
    operation: Operation[Any],
    plan: Plan,
    catalog: Catalog,
    context: Context,
    *,
    confirmation: Confirmation | None = None,
    take_point: TakePoint | None = None,
    held: Session | None = None,
    within: Scope | None = None,
    undoes: str = "",
) -> Receipt:
    """Carry out a plan: all of it, verified and journalled, or nothing.

    Args:
        confirmation: what the steward said; nothing by default.
        take_point: makes the restore point that an operation without an inverse needs first.
        held: the session that made the plan, where it is still open: a commit of another program since then, of
            any kind, makes the plan stale.
        within: the scope of an operation that this one is a step of; its lease serves both.
        undoes: id of the operation that this one undoes.

    Raises:
        Refused: blocked, not confirmed, read-only, stale, or another operation works on this database.
        Failure: the world was in the way, or a check did not pass. The file is as it was before.
        Cancelled: the file is as it was before.
    """
    friction.require(operation, plan, confirmation or Confirmation())
    if friction.needs_point(operation, plan) and take_point is None:
        raise Refused(
            ErrorCode.BLOCKED,
            "Not done: this needs a restore point first, and none can be made here.",
            hint="Nothing was changed.",
        )
    began = time.perf_counter()
    scope = lease.when_brief_is_over(
        catalog,
        plan.database_id,
        lambda: _begin(operation, plan, catalog, within, undoes),
        context,
    )
    applying = False
    try:
        with nullcontext() if within else lease.renewing(catalog, scope.lease):
            _check_fits(plan, scope, held)
            if take_point is not None and friction.needs_point(operation, plan):
                with context.step() as step:
                    scope = replace(scope, restore_point=take_point(scope, plan, step))
            applying = True
            outcome, checks = _carry_out(operation, plan, scope, context)
        receipt = _receipt(plan, scope, outcome, checks, time.perf_counter() - began)
    except BaseException as error:
        withdraw = operation.withdraw if applying and isinstance(operation, FileOperation) else None
        certain = withdraw is None or _withdrawn(withdraw, plan, scope)
        certain = certain and not _in_the_dark(operation, context, error)
        _end_badly(scope, error if certain else None, nested=within is not None)
        raise
    else:
        _end_well(operation, receipt, scope, nested=within is not None)
    finally:
        if within is None:
            lease.over(scope.lease)
    if not operation.changes_database or within is not None:
        return receipt
    return replace(receipt, findings=afterwards.follow(catalog, receipt, context))


def _begin(
    operation: Operation[Any], plan: Plan, catalog: Catalog, within: Scope | None, undoes: str
) -> Scope:
    """Take the lease and journal the start, in one transaction."""
    operation_id = ids.new_id("op")
    details = {
        "title": plan.title,
        "path": plan.path,
        "request": plan.request,
        "reversal": plan.reversal.value,
        "transaction": isinstance(operation, TransactionOperation),
        **({"undoes": undoes} if undoes else {}),
        **({"within": within.operation_id} if within else {}),
    }
    with catalog.unit() as unit:
        if operation.needs_database:
            identity.check_place(unit.session, plan.database_id, Path(plan.path))
        held = within.lease if within else lease.take(unit, plan.database_id, operation_id, operation.name)
        journal.append(
            unit,
            Phase.STARTED,
            operation.name,
            operation_id=operation_id,
            database_id=plan.database_id,
            plan_id=plan.id,
            details=details,
        )
        unit.commit()
    return Scope(
        catalog, operation_id, operation.name, plan.database_id, Path(plan.path), held, undoes=undoes
    )


def _check_fits(plan: Plan, scope: Scope, held: Session | None) -> None:
    """Refuse a stale plan before a restore point is taken for nothing."""
    if held is not None and not fingerprint.same_data(plan, held):
        raise fingerprint.stale(plan, "its data was changed")
    if plan.fingerprint.schema_hash or plan.fingerprint.conditions:
        with open_read(scope.path) as reader:
            fingerprint.check(plan, reader)


def _carry_out(
    operation: Operation[Any], plan: Plan, scope: Scope, context: Context
) -> tuple[Outcome, tuple[Check, ...]]:
    match operation:
        case TransactionOperation():
            return _in_one_transaction(operation, plan, scope, context)
        case FileOperation():
            outcome = operation.apply(plan, scope, context)
            checks = operation.verify(plan, outcome, scope, context)
            promise.require_passed(checks, "What was made was removed again.")
            return outcome, checks
    raise TypeError(f"{type(operation).__name__} is neither a TransactionOperation nor a FileOperation")


def _in_one_transaction(
    operation: TransactionOperation[Any], plan: Plan, scope: Scope, context: Context
) -> tuple[Outcome, tuple[Check, ...]]:
    writer = this_program(
        __version__, reason=plan.title, operation_id=scope.operation_id, undo_of=scope.undoes
    )
    with (
        open_write(scope.path) as session,
        operation.around(plan, session),
        session.transaction(context),
        session.under(context),
    ):
        fingerprint.check(plan, session)  # before the audit is told, which is a change, too
        with attributed(session, writer):
            outcome = operation.apply(plan, session, context)
            checks = (
                *promise.checks(plan, outcome, session),
                *operation.verify(plan, outcome, session, context),
            )
            promise.require_passed(checks, "Everything was rolled back; the file is as it was before.")
            scope.stamp(session)
            scope.confirm_lease()
    return outcome, checks


def _end_well(operation: Operation[Any], receipt: Receipt, scope: Scope, *, nested: bool) -> None:
    details: dict[str, Json] = {
        "sentence": receipt.sentence,
        "seconds": round(receipt.seconds, 3),
        "checks": [asdict(check) for check in receipt.checks],
        "changes": [asdict(change) for change in receipt.changes],
        "restore_point": receipt.restore_point,
        "result": receipt.result,
    }
    try:
        with scope.catalog.unit() as unit:
            if operation.changes_database:
                with open_read(scope.path) as session:
                    identity.seen(unit, scope.database_id, scope.path, session)
            append_end(unit, scope, Phase.FINISHED, details)
            if not nested:
                lease.release(unit, scope.lease)
            unit.commit()
    except StewardError as error:
        raise Failure(
            error.code,
            f"{receipt.sentence}. The journal could not be told: {error.message}",
            hint="What was done is kept. The journal is put right when the file is opened next.",
        ) from error


def _withdrawn(withdraw: Callable[[Plan, Scope], None], plan: Plan, scope: Scope) -> bool:
    """Take back what was made. Where that fails the operation stays open, to be settled."""
    try:
        withdraw(plan, scope)
    except StewardError as error:
        _log.error("operation %s could not be withdrawn: %s", scope.operation_id, error.code)
        return False
    return True


def _end_badly(scope: Scope, error: BaseException | None, *, nested: bool) -> None:
    """Journal why nothing was done, or leave the operation open (`error` None), and give the lease back."""
    try:
        with scope.catalog.unit() as unit:
            if error is not None:
                _append_failure(unit, scope, error)
            if not nested:
                lease.release(unit, scope.lease)
            unit.commit()
    except StewardError as second:
        _log.error("operation %s could not be ended in the journal: %s", scope.operation_id, second.code)


def _in_the_dark(operation: Operation[Any], context: Context, error: BaseException) -> bool:
    """A disk that fails during COMMIT does not say whether the commit will be there after the next start."""
    io_error = isinstance(error, StewardError) and error.code is ErrorCode.IO_ERROR
    return isinstance(operation, TransactionOperation) and io_error and not context.can_cancel


def _append_failure(unit: Unit, scope: Scope, error: BaseException) -> None:
    stopped = isinstance(error, Cancelled | KeyboardInterrupt)
    details: dict[str, Json] = {"error": type(error).__name__, "restore_point": scope.restore_point}
    if isinstance(error, StewardError):  # the message of any other may hold a value of a row
        details |= {"error": error.code.value, "message": error.message}
    append_end(unit, scope, Phase.CANCELLED if stopped else Phase.FAILED, details)


def append_end(unit: Unit, scope: Scope, phase: Phase, details: Mapping[str, Json]) -> None:
    """Journal how an operation ended."""
    journal.append(
        unit,
        phase,
        scope.operation,
        operation_id=scope.operation_id,
        database_id=scope.database_id,
        details=details,
    )


def _receipt(
    plan: Plan, scope: Scope, outcome: Outcome, checks: tuple[Check, ...], seconds: float
) -> Receipt:
    return Receipt(
        operation_id=scope.operation_id,
        operation=scope.operation,
        sentence=outcome.sentence,
        path=plan.path,
        database_id=plan.database_id,
        finished_at=clock.to_text(clock.now()),
        seconds=seconds,
        checks=checks,
        changes=outcome.changes,
        restore_point=scope.restore_point or outcome.restore_point,
        result=dict(outcome.result) or None,
        undo=scope.operation_id if plan.reversal is Reversal.INVERSE else "",
    )
