"""Applying migrations and taking them back, for the window and the command line."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import ErrorCode, Refused, StewardError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import quoted
from steward_app.services import restore
from steward_app.services.backup import take_point
from steward_app.services.migrate import history
from steward_app.services.migrate.folder import keep_folder
from steward_app.services.migrate.lint.endless import MAY_NOT_END
from steward_app.services.migrate.model import Applied, Entry, Origin, Status
from steward_app.services.migrate.run import by_point
from steward_app.services.migrate.run.alone import wait_until_alone
from steward_app.services.migrate.run.course import Course, Wanted, back, forward
from steward_app.services.migrate.run.kept import keep, kept_for
from steward_app.services.migrate.run.mend import Baseline, BaselineRequest, Repair, RepairRequest
from steward_app.services.migrate.run.point_back import PointBack
from steward_app.services.migrate.run.rehearsed import (
    Look,
    RehearsalResult,
    Rehearse,
    contents_now,
    rehearsal_of,
    rehearsed_on,
)
from steward_app.services.migrate.run.series import Apply, Series, TakeBack, wanted_of
from steward_app.services.migrate.run.steps import RunOpenStep
from steward_app.services.migrate.run.unbegin import Unbegin, without_files
from steward_app.services.migrate.run.unrepair import Unrepair
from steward_app.services.migrate.status import newest
from steward_app.services.operation import Confirmation, FileOperation, TransactionOperation, run
from steward_app.services.operation import rehearse as rehearse_operation

_UNCHANGED = "Nothing was changed."
_COMPARED_AT_ONCE_BYTES = 256_000_000
_UNDOES = "undoes"  # as `services.undo` calls it


def course_of(wanted: Wanted, context: Context) -> Course:
    """What an apply would run, step by step, with statements and what each needs. Raises as `forward`."""
    with open_read(wanted.path, context) as session, session.snapshot():
        return forward(session, wanted)


def plan_apply(catalog: Catalog, wanted: Wanted, context: Context) -> Plan:
    """Plan to apply what waits.

    Raises `UsageError` with the place of what cannot run, `Refused` (NOT_ALLOWED) where nothing waits and nothing is in
    the way.
    """
    with open_read(wanted.path, context) as session:
        course = forward(session, wanted)
    if not course.steps and not course.status.in_the_way:
        raise Refused(
            ErrorCode.NOT_ALLOWED, f"No migration waits for {quoted(wanted.path.name)}.", hint=_UNCHANGED
        )
    return Apply(catalog).plan(wanted, context)


def plan_undo(catalog: Catalog, wanted: Wanted, context: Context) -> Plan:
    """Plan to take the newest migration back, or all above the target.

    By the files that undo them where each has one, else by the restore point made before them: then it is a plan to
    restore, which says what is lost. Raises `Refused` where nothing is applied or nothing leads back.
    """
    with open_read(wanted.path, context) as session, session.snapshot():
        course, stuck = back(session, wanted)
        rows = history.read(session)
    if stuck:
        return plan_by_point(catalog, wanted, stuck, rows, course.status, context)
    fall = [step.entry.applied for step in course.steps if step.entry.applied]
    return _undoing(TakeBack(catalog).plan(wanted, context), rows, fall)


def rehearse(catalog: Catalog, plan: Plan, context: Context) -> Rehearsal:
    """Carry a plan out on a copy of the file. Of a series it stands in the journal and opens the way to apply it."""
    if plan.operation in (Apply.name, TakeBack.name):
        result = rehearse_fully(catalog, plan, context)
        return replace(result.rehearsal, findings=result.report.findings if result.report else ())
    if (history_operation := _history_operation(plan)) is not None:
        return rehearse_operation(history_operation, plan, catalog, context)
    if plan.operation == PointBack.name:
        return rehearse_operation(PointBack(catalog), plan, catalog, context)
    return restore.rehearse(catalog, plan, context)


def rehearse_fully(
    catalog: Catalog, plan: Plan, context: Context, *, look: Look | None = None
) -> RehearsalResult:
    """As `rehearse`, of a series, with the report of what it did to the rows, the schema and what hangs on it.

    The report is kept (`run.kept`). `look` sees both copies as long as they are there.
    """
    operation = Rehearse(_series(catalog, plan), look)
    receipt = run(operation, operation.plan(plan, context), catalog, context)
    assert operation.result is not None
    keep(catalog, plan, receipt.operation_id, operation.result)
    return operation.result


def is_rehearsed(catalog: Catalog, plan: Plan, context: Context) -> bool:
    """Whether exactly this plan went through a rehearsal on exactly what the file holds now."""
    return rehearsal_of(catalog, plan, context) is not None


def rehearsed_now(catalog: Catalog, database_id: str, path: Path, context: Context) -> dict[str, str] | None:
    """The rehearsals that went through on exactly what the file holds now: the digest of the plan of each, by its id.

    The file is copied to be compared: None for one so large that only applying will compare it.
    """
    if path.stat().st_size > _COMPARED_AT_ONCE_BYTES:
        return None
    return rehearsed_on(catalog, database_id, contents_now(catalog, path, context))


def apply(
    catalog: Catalog,
    plan: Plan,
    context: Context,
    confirmation: Confirmation | None = None,
    *,
    unrehearsed: str = "",
) -> Receipt:
    """Carry a plan of this module out.

    Args:
        unrehearsed: why it is applied without a rehearsal of this plan on what the file holds; goes into the journal.

    Raises:
        Refused: not rehearsed and no reason given, or as `operation.run`.
        Failure: another program is in the way; a migration failed, those before it stay.
    """
    undoes = str(plan.request.get(_UNDOES, ""))
    if (history_operation := _history_operation(plan)) is not None:
        with without_files(plan) if plan.operation == Unbegin.name else nullcontext():
            return run(history_operation, plan, catalog, context, confirmation=confirmation, undoes=undoes)
    if plan.operation not in (Apply.name, TakeBack.name):
        return _by_point(catalog, plan, context, confirmation, undoes)
    rehearsed = rehearsal_of(catalog, plan, context)
    if not rehearsed and not unrehearsed.strip():
        raise _not_rehearsed(catalog, plan)
    if not rehearsed:
        _require_end(plan)
    wanted = wanted_of(plan)
    if not wanted.beside:
        wait_until_alone(wanted.path, wanted.wait_seconds, context)
    said = (
        {"rehearsal": rehearsed.operation_id, "state": rehearsed.state}
        if rehearsed
        else {"unrehearsed": unrehearsed.strip()}
    )
    receipt = run(
        _series(catalog, plan),
        replace(plan, request={**plan.request, **said}),
        catalog,
        context,
        confirmation=confirmation,
        take_point=take_point,
        undoes=undoes,
    )
    with suppress(StewardError):  # what is wrong with the policy is told where it is opened
        keep_folder(wanted.path, wanted.folder)
    return receipt


def plan_repair(request: RepairRequest, context: Context, catalog: Catalog | None = None) -> Plan:
    """Plan to set the history right. Raises as `Repair.plan`.

    Args:
        catalog: has the restore points, which tell the schema before what stopped half-way.
    """
    return Repair(catalog).plan(request, context)


def plan_baseline(request: BaselineRequest, context: Context) -> Plan:
    """Plan to begin a history. Raises as `Baseline.plan`."""
    return Baseline().plan(request, context)


def settled_by() -> tuple[FileOperation[Any], ...]:
    """The operations that no single transaction makes, for whoever settles what a crash left open."""
    return (Apply(), TakeBack(), RunOpenStep(), Rehearse(), PointBack())


def _not_rehearsed(catalog: Catalog, plan: Plan) -> Refused:
    last = kept_for(catalog, plan)
    if last is not None and not last.passed:
        said = "The last rehearsal of this plan did not go through."
        todo = "Mend what it says and rehearse it again"
    else:
        said = f"This plan was not rehearsed on what {quoted(wanted_of(plan).path.name)} holds now."
        todo = "Rehearse it"
    hint = f"{_UNCHANGED} {todo}, or say why it is applied without: --unrehearsed REASON."
    return Refused(ErrorCode.NEEDS_CONFIRMATION, said, hint=hint)


def _require_end(plan: Plan) -> None:
    """Raise `Refused` for a plan with a statement that may run for ever, and that nobody saw end."""
    found = next((each for each in plan.findings if each.code == MAY_NOT_END), None)
    if found is not None:
        raise Refused(
            ErrorCode.NEEDS_CONFIRMATION,
            f"{found.title}.",
            hint=f"{_UNCHANGED} Rehearse it: it ends on a copy, or you stop it there, and nobody has to wait. Where it"
            f" is meant as it stands, say so above it: “-- steward: allows {MAY_NOT_END}”.",
        )


def _series(catalog: Catalog, plan: Plan) -> Series:
    return Apply(catalog) if plan.operation == Apply.name else TakeBack(catalog)


def _history_operation(plan: Plan) -> TransactionOperation[Any] | None:
    """What carries out a plan that concerns the history alone."""
    kinds: tuple[TransactionOperation[Any], ...] = (Repair(), Baseline(), Unbegin(), Unrepair())
    return next((each for each in kinds if each.name == plan.operation), None)


def _undoing(plan: Plan, rows: Iterable[Applied], fallen: Iterable[Applied]) -> Plan:
    """The plan; where it takes back all that one apply did, and nothing else, as the undo of that."""
    fall = {row.rank for row in fallen}
    done_by = {row.operation_id for row in rows if row.rank in fall}
    operation_id = done_by.pop() if len(done_by) == 1 else ""
    standing = [row for row in newest(tuple(rows)).values() if row.origin is Origin.RUN]
    whole = {row.rank for row in standing if row.operation_id == operation_id} == fall
    if not operation_id or not whole:
        return plan
    return replace(plan, request={**plan.request, _UNDOES: operation_id})


def _by_point(
    catalog: Catalog, plan: Plan, context: Context, confirmation: Confirmation | None, undoes: str
) -> Receipt:
    """Restore, in place with the policy."""
    if plan.operation != PointBack.name:
        return restore.restore(catalog, plan, context, confirmation, undoes=undoes)
    operation = PointBack(catalog)
    receipt = run(
        operation, plan, catalog, context, confirmation=confirmation, take_point=take_point, undoes=undoes
    )
    return replace(receipt, sentence="; ".join((receipt.sentence, *operation.said)))


def plan_by_point(
    catalog: Catalog,
    wanted: Wanted,
    stuck: Iterable[Entry],
    rows: tuple[Applied, ...],
    status: Status,
    context: Context,
) -> Plan:
    """Plan to take migrations back by the restore point made before the oldest of them; see `by_point`."""
    made, fallen = by_point.plan(catalog, wanted, list(stuck), rows, context)
    return _undoing(made, rows, fallen)
