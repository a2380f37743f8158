"""A series of migrations as one operation: applied in order, or taken back, each a step of its own in the journal.

A step that fails is rolled back; those before it are applied and stay, and the error says so. The series therefore has
nothing to withdraw, and after a crash the history in the file tells how far it came.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

from steward_app.catalog import Catalog, points
from steward_app.catalog.journal import Event, Record
from steward_app.db import ReadSession, open_read, open_write
from steward_app.db.copy import copy_database
from steward_app.db.image import contents_hash
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, StewardError
from steward_app.kernel.plan import Check, Json, Plan, Rehearsal, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate import history
from steward_app.services.migrate.model import Applied
from steward_app.services.migrate.run.alone import wait_until_alone
from steward_app.services.migrate.run.carried import follow, follow_after, renames_of, told
from steward_app.services.migrate.run.carry import Carried, Trace, carry, carry_openly
from steward_app.services.migrate.run.course import Course, Step, Wanted, back, forward
from steward_app.services.migrate.run.foresee import findings
from steward_app.services.migrate.run.lost import losses, other_letters
from steward_app.services.migrate.run.steps import StepRequest, operation_of
from steward_app.services.migrate.run.stopped import when_cancelled, why_stopped
from steward_app.services.migrate.run.without_log import (
    LOG_ASIDE,
    SENTENCE,
    around,
    is_set_up,
    is_worth_it,
    require_log,
    telling_of_log,
)
from steward_app.services.operation import FileOperation, Outcome, Scope, Settlement, Undo, fingerprint, run

_MARGIN_BYTES = 1 << 20


@dataclass(frozen=True)
class Series(FileOperation[Wanted]):
    """Runs files of a folder in order. `Apply` and `TakeBack` say which."""

    catalog: Catalog | None = None

    changes_database: ClassVar[bool] = True
    verb: ClassVar[str]
    past: ClassVar[str]

    @abstractmethod
    def course(self, session: ReadSession, wanted: Wanted) -> Course:
        """What runs."""

    def plan(self, request: Wanted, context: Context) -> Plan:
        """Raises as `course` does."""
        with open_read(request.path, context) as session, session.snapshot(), session.under(context):
            course = self.course(session, request)
            return self._plan(session, course, request, context)

    def _plan(self, session: ReadSession, course: Course, wanted: Wanted, context: Context) -> Plan:
        name, count = quoted(wanted.path.name), plural(len(course.steps), "migration")
        found = findings(session, course, wanted, context)
        rests_on = fingerprint.take(session, history.conditions(session))
        size_bytes = session.count("PRAGMA page_count") * session.count("PRAGMA page_size")
        log_aside = not wanted.beside and is_worth_it(session, course.steps, size_bytes)
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"{self.verb} {count} {'to' if self.verb == 'Apply' else 'of'} {name}",
            path=str(wanted.path.absolute()),
            database_id=wanted.database_id,
            made_at=clock.to_text(clock.now()),
            request={**_as_json(wanted, course), LOG_ASIDE: log_aside},
            sentences=(
                *self._sentences(course),
                *told(wanted.path, (*course.renames, *course.twins)),
                *self._losses(session, course, context),
                *([SENTENCE] if log_aside else []),
            ),
            sql=_sql(course),
            findings=found,
            reversal=Reversal.RESTORE_POINT,
            reversal_text=_reversal(course),
            fingerprint=rests_on,
            button=f"{self.verb} {count}",
            disk_bytes=size_bytes * 2 + _MARGIN_BYTES,
            disk_path=str(wanted.path.absolute().parent),
        )

    def _losses(self, session: ReadSession, course: Course, context: Context) -> tuple[str, ...]:
        """What goes, a sentence each; of what is applied, lint tells it."""
        return ()

    def _sentences(self, course: Course) -> tuple[str, ...]:
        said = []
        for step in course.steps:
            what = plural(len(step.statements), "statement") if step.script else "a program"
            by = f" by {quoted(step.file)}" if step.takes_back else ""
            said.append(" ".join((f"{quoted(step.entry.file)}{by}: {what}.", *step.needs)))
        if course.left_out:
            said.append(f"{plural(len(course.left_out), 'migration')} beyond the target are left out.")
        alone = [quoted(step.file) for step in course.steps if not step.in_transaction]
        each = f"Each but {', '.join(alone)}" if alone else "Each"
        return (
            *said,
            f"{each} runs in one transaction of its own, and what was applied before one that fails stays.",
        )

    def rehearse(self, plan: Plan, scratch: Path, context: Context) -> Rehearsal:
        """Run them on a copy; see `rehearse_in`, which also keeps both files."""
        return rehearse_in(self, plan, scratch, context).rehearsal

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        wanted, course = self._again(plan)
        if not wanted.beside:
            wait_until_alone(scope.path, 0.0, context)
        _require_state(plan, scope, context)
        with telling_of_log(scope.path, plan.request) as log:
            done, policy = self._run_all(course, plan, wanted, scope, context)
        told = "".join(f"; {each}" for each in (*policy, *log) if each)
        return Outcome(
            f"{plural(len(done), 'migration')} {self.past} {quoted(scope.path.name)}{told}",
            result={"files": cast("Json", done)},
        )

    def _run_all(
        self, course: Course, plan: Plan, wanted: Wanted, scope: Scope, context: Context
    ) -> tuple[list[str], list[str]]:
        """The files that ran, and what became of the policy with each. Raises where one stopped the series."""
        trace = Trace(scope.operation_id, scope.restore_point)
        done: list[str] = []
        policy: list[str] = []
        for number, step in enumerate(course.steps):
            context.report(number, len(course.steps), unit="migrations", note=step.file)
            failed = self._run(step, plan, wanted, scope, trace, context)
            kept = _kept(step, scope)
            stands = failed is None or kept is not None
            if stands:
                done.append(step.file)
                policy.append(follow(scope, step.file, renames_of(kept) if kept else step.followed))
            if isinstance(failed, Cancelled):
                if len(done) < len(course.steps):  # else it came too late: all of it is kept
                    raise Cancelled(when_cancelled(done)) from None
            elif failed is not None:
                raise why_stopped(failed, done, step, stands=stands) from failed
        return done, policy

    def _run(
        self, step: Step, plan: Plan, wanted: Wanted, scope: Scope, trace: Trace, context: Context
    ) -> StewardError | None:
        """Run a step; what came between, be it after the step was kept."""
        operation = operation_of(step, scope.catalog, trace)
        try:
            with context.step() as inner:
                planned = operation.plan(
                    StepRequest(scope.path, scope.database_id, step, bool(plan.request.get(LOG_ASIDE))), inner
                )
                _waiting_for_locks(
                    lambda: run(operation, planned, scope.catalog, inner, within=scope),
                    wanted.wait_seconds,
                    context,
                )
        except StewardError as error:
            return error
        return None

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        files = cast("list[str]", outcome.result["files"])
        with open_read(scope.path) as session:
            recorded = [
                row.file
                for row in history.read(session)
                if row.operation_id == scope.operation_id and row.complete
            ]
        return (Check("Every migration stands in the history of the file", recorded == files),)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        """Nothing: each step was kept or rolled back by itself. A log that a full disk left aside is to be settled."""
        require_log(scope.path, plan.request)

    def settle(self, started: Event, scope: Scope) -> Settlement | None:
        request = cast("dict[str, Any]", started.data.get("request") or {})
        if not is_set_up(scope.path, request):
            return None
        with open_read(scope.path) as session:
            rows = [row for row in history.read(session) if row.operation_id == scope.operation_id]
        steps = request.get("steps") or []
        whole = [row.file for row in rows if row.complete]
        half = [row.file for row in rows if not row.complete]
        note = f"{len(whole)} of {plural(len(steps), 'migration')} {self.past} the file"
        note += f": {', '.join(map(quoted, whole))}" if whole else ""
        note += f". {quoted(half[0])} stopped half-way" if half else ""
        if rows and rows[-1].complete:  # what the policy says of those before it went with them
            carried = follow_after(scope, rows[-1].file, renames_of(rows[-1]))
            note += f"; {carried}" if carried else ""
        return Settlement(len(whole) == len(steps), f"{note}.")

    def _again(self, plan: Plan) -> tuple[Wanted, Course]:
        """What a plan asks for, read anew. Raises `Refused` where its files or the history are not as planned."""
        wanted = wanted_of(plan)
        with open_read(wanted.path) as session:
            course = self.course(session, wanted)
        if _files(course.steps) != plan.request["steps"]:
            raise fingerprint.stale(plan, "its migrations were changed")
        return wanted, course


class Apply(Series):
    """Applies what waits."""

    name = "migrate.apply"
    verb = "Apply"
    past = "applied to"

    def course(self, session: ReadSession, wanted: Wanted) -> Course:
        return forward(session, wanted)

    def inverse(self, done: Record) -> Undo | None:
        from steward_app.services.migrate.run.undoing import undo_of_apply  # it plans with this class

        return undo_of_apply(self.catalog, done)


class TakeBack(Series):
    """Takes migrations back by the files that undo them."""

    name = "migrate.undo"
    verb = "Take back"
    past = "taken back in"

    def course(self, session: ReadSession, wanted: Wanted) -> Course:
        return back(session, wanted)[0]

    def _losses(self, session: ReadSession, course: Course, context: Context) -> tuple[str, ...]:
        return (*losses(session, course, context), *other_letters(session, course, context))


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came of a rehearsal, with the two files it compared, as long as the folder stands."""

    rehearsal: Rehearsal
    steps: tuple[Carried, ...]
    course: Course
    before: Path
    after: Path


def rehearse_in(series: Series, plan: Plan, scratch: Path, context: Context) -> Rehearsed:
    """Run a plan on a copy in `scratch`. What goes wrong there is a check that did not pass, not an error.

    Raises `Refused` when the plan is stale, `Failure` when the copy cannot be made.
    """
    catalog = series.catalog
    assert catalog is not None, "a rehearsal needs the catalog"
    _, course = series._again(plan)
    before = scratch / "before.sqlite"
    after = scratch / "after" / Path(plan.path).name  # as errors of SQLite tell it
    after.parent.mkdir()
    copy_database(Path(plan.path), before, context, lasting=False)
    with open_read(before) as session:
        fingerprint.check(plan, session)
    copy_database(before, after, context)
    began = time.perf_counter()
    carried, checks = _try_all(course, plan, catalog, after, context)
    seconds = time.perf_counter() - began
    rehearsal = Rehearsal(plan.id, clock.to_text(clock.now()), seconds, _gathered(checks))
    return Rehearsed(rehearsal, carried, course, before, after)


def _try_all(
    course: Course, plan: Plan, catalog: Catalog, path: Path, context: Context
) -> tuple[tuple[Carried, ...], tuple[Check, ...]]:
    """What came of each migration on a copy, up to the first that does not go through."""
    carried: list[Carried] = []
    checks: list[Check] = []
    for number, step in enumerate(course.steps):
        context.report(number, len(course.steps), unit="migrations", note=step.file)
        try:
            carried.append(_try(step, plan, catalog, path, context))
        except Cancelled:
            raise
        except StewardError as error:
            checks.append(Check(f"{quoted(step.file)} goes through", False, error.message))
            break
        checks += (Check(f"{quoted(step.file)} goes through", True), *carried[-1].checks)
    return tuple(carried), tuple(checks)


def _try(step: Step, plan: Plan, catalog: Catalog, path: Path, context: Context) -> Carried:
    with open_write(path) as session, context.step() as inner:
        if not step.in_transaction:
            return carry_openly(session, step, plan, catalog, inner, Trace())
        with around(session, plan), session.transaction(inner), session.under(inner):
            return carry(session, step, plan, catalog, inner, Trace())


def _require_state(plan: Plan, scope: Scope, context: Context) -> None:
    """Raise `Refused` where the restore point holds another state than the one that was rehearsed on."""
    state = plan.request.get("state")
    if state is None or not scope.restore_point:
        return
    with scope.catalog.reading() as session:
        point = points.find(session, scope.restore_point)
    if contents_hash(point.path, context) != state:
        raise fingerprint.stale(plan, "its data was changed")


def wanted_of(plan: Plan) -> Wanted:
    """What a plan asks for."""
    asked = plan.request
    target, values = asked["target"], cast("Mapping[str, str]", asked["values"])
    return Wanted(
        Path(plan.path),
        plan.database_id,
        Path(str(asked["folder"])),
        None if target is None else int(str(target)),
        {str(name): str(value) for name, value in values.items()},
        late=bool(asked["late"]),
        beside=bool(asked["beside"]),
        wait_seconds=float(str(asked["wait_seconds"])),
    )


def _sql(course: Course) -> tuple[str, ...]:
    """What runs, each file with its name above its first statement."""
    return tuple(
        line.sql if number else f"-- {step.file}\n{line.sql}"
        for step in course.steps
        for number, line in enumerate(step.statements)
    )


def _as_json(wanted: Wanted, course: Course) -> dict[str, Json]:
    return {
        "folder": str(wanted.folder.absolute()),
        "target": wanted.target,
        "values": dict(wanted.values),
        "late": wanted.late,
        "beside": wanted.beside,
        "wait_seconds": wanted.wait_seconds,
        "steps": cast("Json", _files(course.steps)),
    }


def _files(steps: Sequence[Step]) -> list[dict[str, str]]:
    return [{"file": step.file, "checksum": step.migration.checksum} for step in steps]


def _reversal(course: Course) -> str:
    undo = [step.entry.undo for step in course.steps if not step.takes_back]
    if undo and all(undo):
        return "Undone by the files that take each of them back, or by the restore point that is made first."
    return (
        "Undone by the restore point that is made first; what is written to the file after it is lost then."
    )


def _waiting_for_locks(work: Any, wait_seconds: float, context: Context) -> None:
    """Do it, and again while another program has the file locked, until the time is over."""
    until = time.monotonic() + wait_seconds
    while True:
        try:
            work()
            return
        except Failure as error:
            if error.code is not ErrorCode.LOCKED or time.monotonic() >= until:
                raise
        context.wait(0.2)


def _kept(step: Step, scope: Scope) -> Applied | None:
    """The row of a step that is kept, be it that something came between: the history in the file tells."""
    with suppress(StewardError), open_read(scope.path) as session:
        mine = [row for row in history.read(session) if row.operation_id == scope.operation_id]
        return next((row for row in mine if row.file == step.file and row.complete), None)
    return None


def _gathered(checks: Sequence[Check]) -> tuple[Check, ...]:
    """One of each title; the one that failed where one did."""
    found: dict[str, Check] = {}
    for check in checks:
        if check.title not in found or not check.passed:
            found[check.title] = check
    return tuple(found.values())
