"""One migration, carried out: looked at before, run, checked, written into the history of the file."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from steward_app.catalog import Catalog
from steward_app.db import Session, WriteSession
from steward_app.db.migration_script import NOTHING_APPLIED, STATEMENTS_STAY
from steward_app.db.runner import run_script
from steward_app.db.schema_hash import schema_hash
from steward_app.db.script import Statement
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused, StewardError, UsageError
from steward_app.kernel.plan import Check, Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.migrate import history
from steward_app.services.migrate.model import Applied, Origin
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.rehearsal.renames import told
from steward_app.services.migrate.run import watch
from steward_app.services.migrate.run.course import Step
from steward_app.services.migrate.run.program import run_program
from steward_app.services.migrate.run.texts_taken import takes_a_text
from steward_app.services.migrate.run.under_audit import UnderAudit
from steward_app.storage.process import user


@dataclass(frozen=True, slots=True)
class Trace:
    """What the history says of where a migration came from.

    Attributes:
        operation_id: of the whole series, or "" in a rehearsal.
        restore_point: the point taken before the series, or "".
    """

    operation_id: str = ""
    restore_point: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """One migration that ran.

    Attributes:
        audit: what was done to arm the audit again, or "".
        shaped: the statements that ran, or of a program those that changed the schema.
        moves: columns that it says it moved into other tables.
    """

    file: str
    seconds: float
    checks: tuple[Check, ...]
    audit: str = ""
    shaped: tuple[str, ...] = ()
    moves: tuple[Renamed, ...] = ()


def carry(
    session: WriteSession, step: Step, plan: Plan, catalog: Catalog, context: Context, trace: Trace
) -> Carried:
    """Run a migration and write it down, in the transaction that is open.

    Raises `UsageError` or `Failure` with the place of what went wrong; the caller rolls back.
    """
    began = time.perf_counter()
    _require_unchanged(session, step)
    schema_before = schema_hash(session, without_ours=True)
    before = watch.look(session, step, plan, catalog, context)
    under_audit = UnderAudit(session, before.logged, plan, catalog, context)
    if step.script is None:
        shaped = run_program(session, step.migration, context, under_audit)
        step = replace(step, renames=told(shaped, step.moves))
    else:

        def ahead(statement: Statement) -> None:
            _require_no_text_taken(session, step, statement)
            under_audit.ahead_of(statement)

        run_script(session, step.script, context, sparing_ours=True, before=ahead)
        shaped = tuple(each.sql for each in step.script.statements)
    audit = under_audit.end()
    found = watch.checks(session, step, replace(before, logged=under_audit.logged), context)
    _require_kept(found, step)
    seconds = time.perf_counter() - began
    row = _row(step, schema_before, schema_hash(session, without_ours=True), seconds, trace)
    history.record(session, row)
    return Carried(step.file, seconds, found, audit, shaped, step.moves)


def carry_openly(
    session: WriteSession,
    step: Step,
    plan: Plan,
    catalog: Catalog,
    context: Context,
    trace: Trace,
    *,
    stamp: Callable[[WriteSession], None] = lambda _: None,
) -> Carried:
    """Run a migration that asks for no transaction. Its row in the history stands before it begins, as not complete.

    Args:
        stamp: called in the transaction that writes that row.

    Raises as `carry`; what ran until then stays.
    """
    assert step.script is not None
    began = time.perf_counter()
    schema_before = schema_hash(session, without_ours=True)
    with session.transaction():
        before = watch.look(session, step, plan, catalog, context)
        _require_unchanged(session, step)
        rank = history.record(session, _row(step, schema_before, "", 0.0, trace, complete=False))
        stamp(session)
    try:
        ahead = partial(_require_no_text_taken, session, step)
        run_script(session, step.script, context, sparing_ours=True, before=ahead)
    except StewardError:
        with suppress(StewardError), session.transaction():
            pass  # what a full disk cut off is undone in the file at once
        raise
    with session.transaction():
        audit = UnderAudit(session, before.logged, plan, catalog, context).end()
        found = watch.checks(session, step, before, context)
        seconds = time.perf_counter() - began
        history.complete(session, rank, round(seconds * 1000), schema_hash(session, without_ours=True))
    _require(found, step, trace)
    shaped = tuple(each.sql for each in step.script.statements)
    return Carried(step.file, seconds, found, audit, shaped, step.moves)


def _require_no_text_taken(session: Session, step: Step, statement: Statement) -> None:
    """Raise `UsageError` where a statement that is about to run makes a column of a text."""
    refused = takes_a_text(session, statement)
    if refused and step.script is not None:
        place = step.script.place(statement, refused.offset)
        stands = NOTHING_APPLIED if step.in_transaction else STATEMENTS_STAY
        raise UsageError(ErrorCode.BAD_SQL, f"{place}: {refused.message}", hint=f"{stands} {refused.hint}")


def _require_unchanged(session: Session, step: Step) -> None:
    """Raise `Refused` where somebody else ran this migration, or took it back, since it was planned."""
    version, name = step.entry.version, step.entry.name
    rows = [row for row in history.read(session) if row.version == version and (version or row.name == name)]
    if (rows[-1] if rows else None) != step.entry.applied:
        raise Refused(
            ErrorCode.STALE_PLAN,
            f"{quoted(step.entry.file)} was applied or taken back by somebody else meanwhile.",
            hint=f"{NOTHING_APPLIED} Make the plan again.",
        )


def _require_kept(found: tuple[Check, ...], step: Step) -> None:
    failed = [check.detail or check.title for check in found if not check.passed]
    if failed:
        raise Failure(
            ErrorCode.VERIFY_FAILED,
            f"{quoted(step.file)} was rolled back: {'; '.join(failed)}.",
            hint=f"{NOTHING_APPLIED} Correct the file, and rehearse it: that shows the same on a copy.",
        )


def _require(found: tuple[Check, ...], step: Step, trace: Trace) -> None:
    failed = [check for check in found if not check.passed]
    if failed:
        told = "; ".join(f"{check.title}: {check.detail}" for check in failed)
        way_back = (
            f" The restore point {trace.restore_point} holds the state before." if trace.restore_point else ""
        )
        raise Failure(
            ErrorCode.VERIFY_FAILED,
            f"{quoted(step.file)} was applied, and not all is well. {told}.",
            hint=f"It asked for no transaction, so what it did stays.{way_back}",
        )


def _row(
    step: Step, before: str, after: str, seconds: float, trace: Trace, *, complete: bool = True
) -> Applied:
    migration = step.migration
    return Applied(
        rank=0,
        version=migration.version,
        name=step.entry.name,
        file=step.file,
        checksum=migration.checksum,
        origin=Origin.UNDO if step.takes_back else Origin.RUN,
        applied_at=clock.to_text(clock.now()),
        duration_ms=round(seconds * 1000),
        applied_by=user(),
        schema_before=before,
        schema_after=after,
        restore_point=trace.restore_point,
        operation_id=trace.operation_id,
        complete=complete,
        renames=tuple(each.parts for each in step.followed),
    )
