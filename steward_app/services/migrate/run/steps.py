"""One migration as a step of a series: an operation of its own in the journal, under the lease of the series."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Event
from steward_app.db import WriteSession, open_read, open_write
from steward_app.kernel import clock, ids
from steward_app.kernel.plan import Check, Fingerprint, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate import history
from steward_app.services.migrate.run.carry import Carried, Trace, carry, carry_openly
from steward_app.services.migrate.run.course import Step
from steward_app.services.migrate.run.without_log import LOG_ASIDE, around
from steward_app.services.operation import FileOperation, Outcome, Scope, Settlement, TransactionOperation


@dataclass(frozen=True, slots=True)
class StepRequest:
    """Run this migration; of a large file, with its write-ahead log set aside."""

    path: Path
    database_id: str
    step: Step
    log_aside: bool = False


@dataclass
class RunStep(TransactionOperation[StepRequest]):
    """Runs one migration in one transaction: the one that was planned last. Made anew for each."""

    catalog: Catalog
    trace: Trace
    steps: list[Step] = field(default_factory=list)
    done: list[Carried] = field(default_factory=list)

    name: ClassVar[str] = "migrate.step"

    def plan(self, request: StepRequest, context: Context) -> Plan:
        self.steps.append(request.step)
        return _plan(self.name, request)

    def around(self, plan: Plan, session: WriteSession) -> AbstractContextManager[None]:
        return around(session, plan)

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        self.done.append(carry(session, self.steps[-1], plan, self.catalog, context, self.trace))
        return _outcome(self.steps[-1], self.done[-1])

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        return self.done[-1].checks


@dataclass
class RunOpenStep(FileOperation[StepRequest]):
    """Runs one migration that asks for no transaction, as `RunStep`."""

    catalog: Catalog | None = None
    trace: Trace = field(default_factory=Trace)
    steps: list[Step] = field(default_factory=list)
    done: list[Carried] = field(default_factory=list)

    name: ClassVar[str] = "migrate.open_step"
    changes_database: ClassVar[bool] = True

    def plan(self, request: StepRequest, context: Context) -> Plan:
        self.steps.append(request.step)
        return _plan(self.name, request)

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        step = self.steps[-1]
        with open_write(scope.path) as session:
            done = carry_openly(session, step, plan, scope.catalog, context, self.trace, stamp=scope.stamp)
        self.done.append(done)
        return _outcome(step, done)

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        return self.done[-1].checks

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        """What ran stays: the history says that it did not come to its end."""

    def settle(self, started: Event, scope: Scope) -> Settlement:
        if not scope.has_happened():
            return Settlement(False, "It was not begun; the file is as it was before.")
        if self._is_complete(started, scope):
            return Settlement(True, "It came to its end.")
        return Settlement(False, "It stopped half-way. What it had done until then stays.")

    def _is_complete(self, started: Event, scope: Scope) -> bool:
        series = started.data.get("within")
        request = started.data.get("request")
        file = request.get("file") if isinstance(request, dict) else ""
        with open_read(scope.path) as session:
            rows = [row for row in history.read(session) if row.operation_id == series and row.file == file]
        return bool(rows) and rows[-1].complete


def operation_of(step: Step, catalog: Catalog, trace: Trace) -> RunStep | RunOpenStep:
    """The operation that runs a migration."""
    return RunStep(catalog, trace) if step.in_transaction else RunOpenStep(catalog, trace)


def _plan(name: str, request: StepRequest) -> Plan:
    """The plan of one step: what the series has planned already, for the journal."""
    step = request.step
    verb = "Take back" if step.takes_back else "Apply"
    return Plan(
        id=ids.new_id("pl"),
        operation=name,
        title=f"{verb} {quoted(step.entry.file)}" + (f" by {quoted(step.file)}" if step.takes_back else ""),
        path=str(request.path),
        database_id=request.database_id,
        made_at=clock.to_text(clock.now()),
        request={"file": step.file, "checksum": step.migration.checksum, LOG_ASIDE: request.log_aside},
        sentences=tuple(step.needs),
        sql=tuple(line.sql for line in step.statements),
        reversal=Reversal.NOT_NEEDED,
        reversal_text="Undone with the series it is a part of.",
        fingerprint=Fingerprint(""),
        button=verb,
        needs_confirmation=False,
    )


def _outcome(step: Step, done: Carried) -> Outcome:
    statements = plural(len(step.statements), "statement") if step.script else "a program"
    return Outcome(
        f"{quoted(step.file)} applied: {statements} in {done.seconds:.1f} s"
        + (f"; {done.audit}" if done.audit else ""),
        result={"file": step.file},
    )
