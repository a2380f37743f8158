"""Which rehearsal opens the way for a plan: one of exactly these migrations, on exactly what the file holds now.

A rehearsal is an operation of its own in the journal, with a digest of the plan and a hash of the pages it ran on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, TypeAlias

from blake3 import blake3

from steward_app.catalog import Catalog, journal
from steward_app.catalog.journal import Event, Phase
from steward_app.db.copy import copy_database
from steward_app.db.image import contents_hash
from steward_app.kernel import clock, ids
from steward_app.kernel.plan import Check, Fingerprint, Plan, Rehearsal, Reversal, TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.migrate.rehearsal.model import Report
from steward_app.services.migrate.rehearsal.model import Step as Ran
from steward_app.services.migrate.rehearsal.renames import told_in_order
from steward_app.services.migrate.rehearsal.report import report
from steward_app.services.migrate.rehearsal.row_model import Fate, TableDifference
from steward_app.services.migrate.run.series import Rehearsed, Series, rehearse_in
from steward_app.services.operation import FileOperation, Outcome, Scope, Settlement
from steward_app.storage import scratch_directory

_MOST_LOOKED_AT = 1_000

Look: TypeAlias = Callable[[Path, Path, Report, Context], None]
"""Is called with the copy before, the copy afterwards and the report, as long as both copies are there."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The rehearsal that opens the way for a plan.

    Attributes:
        operation_id: in the journal.
        state: hash of the pages it ran on.
    """

    operation_id: str
    state: str


@dataclass(frozen=True, slots=True)
class RehearsalResult:
    """What came of a rehearsal.

    Attributes:
        rehearsal: what was looked at, and how long it took.
        report: what the migrations did to the copy; None where they did not go through.
    """

    rehearsal: Rehearsal
    report: Report | None


@dataclass
class Rehearse(FileOperation[Plan]):
    """Rehearses a plan of a series and writes down that it did. The file itself is only read.

    Attributes:
        series: the operation of the plan; None only to settle what a crash left.
        look: is called with both copies and the report, as long as they are there.
        asked: the plan that is rehearsed, once this was planned.
        result: what came of it.
    """

    series: Series | None = None
    look: Look | None = None
    asked: Plan | None = None
    result: RehearsalResult | None = None

    name: ClassVar[str] = "migrate.rehearse"

    def plan(self, request: Plan, context: Context) -> Plan:
        self.asked = request
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Rehearse: {request.title}",
            path=request.path,
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={"plan": digest(request)},
            sentences=(f"{quoted(Path(request.path).name)} is copied, and the migrations run on the copy.",),
            reversal=Reversal.NOT_NEEDED,
            reversal_text="The file is only read.",
            fingerprint=Fingerprint(""),
            button="Rehearse",
            needs_confirmation=False,
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        assert self.series is not None and self.asked is not None
        with scratch_directory(scope.catalog.scratch) as scratch:
            found = rehearse_in(self.series, self.asked, scratch, context)
            state = contents_hash(found.before, context)
            self.result = self._looked_at(found, scope, context)
        passed = self.result.rehearsal.passed
        return Outcome(
            f"Rehearsed on a copy: {'it goes through' if passed else 'it does not go through'}",
            result={"plan": str(plan.request["plan"]), "state": state, "passed": passed},
        )

    def _looked_at(self, found: Rehearsed, scope: Scope, context: Context) -> RehearsalResult:
        """What the migrations did to the copy, where they went through."""
        if not found.rehearsal.passed:
            return RehearsalResult(found.rehearsal, None)
        told = report(
            found.before,
            found.after,
            context,
            database=scope.path,
            steps=[Ran(each.file, each.seconds) for each in found.steps],
            renames=(
                *told_in_order((each.shaped, each.moves) for each in found.steps),
                *found.course.twins,
            ),
            catalog=scope.catalog,
            database_id=scope.database_id,
        )
        if self.look is not None:
            self.look(found.before, found.after, told, context)
        checks = {check.title: check for check in (*found.rehearsal.checks, *told.checks)}
        changes = tuple(map(_change, told.changed_tables))
        return RehearsalResult(replace(found.rehearsal, checks=tuple(checks.values()), changes=changes), told)

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        return ()  # what did not pass on the copy is the result, not a fault of the rehearsal

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        """Nothing: the copies go with their folder."""

    def settle(self, started: Event, scope: Scope) -> Settlement:
        return Settlement(False, "The file was only read.")


def _change(table: TableDifference) -> TableChange:
    fate = {Fate.NEW: "a new table", Fate.GONE: "the table is gone"}.get(table.fate, "")
    if table.moved_to:
        fate = f"the table is gone, its rows moved to {quoted(table.moved_to)}"
    columns = (f"{each.name or each.was}: {each.words}" for each in table.columns if each.words)
    return TableChange(
        table.title,
        table.rows_before,
        table.rows_after,
        inserted=table.added,
        updated=table.changed,
        deleted=table.lost,
        why=table.problem or fate or "; ".join(columns),
    )


def digest(plan: Plan) -> str:
    """What makes a plan this plan, in hex: files with their checksums, values for them, the schema it is for."""
    said = [
        plan.operation,
        plan.request["steps"],
        plan.request["values"],
        plan.fingerprint.schema_hash,
        [[each.sql, each.expected] for each in plan.fingerprint.conditions],
    ]
    return blake3(json.dumps(said, sort_keys=True).encode()).hexdigest()


def contents_now(catalog: Catalog, path: Path, context: Context) -> str:
    """What tells the contents of a file from any other, as rehearsals keep it. The file is copied for that."""
    with scratch_directory(catalog.scratch) as scratch:
        copy = scratch / "now.sqlite"
        copy_database(path, copy, context, lasting=False)
        return contents_hash(copy, context)


def rehearsed_on(catalog: Catalog, database_id: str, contents: str) -> dict[str, str]:
    """The rehearsals that went through on some contents of a file: the digest of the plan of each, by its id."""
    return {each: plan for each, plan, state in _passed(catalog, database_id) if state == contents}


def _passed(catalog: Catalog, database_id: str) -> Iterator[tuple[str, str, str]]:
    """The rehearsals that went through, the oldest first: id, digest of the plan, contents of the file."""
    with catalog.reading() as session:
        ended = journal.events(
            session,
            database_id=database_id,
            operation=Rehearse.name,
            phases=(Phase.FINISHED,),
            limit=_MOST_LOOKED_AT,
        )
    for event in reversed(ended):
        result = event.data.get("result")
        if isinstance(result, dict) and result.get("passed") is True:
            yield event.operation_id, str(result.get("plan")), str(result.get("state"))


def rehearsal_of(catalog: Catalog, plan: Plan, context: Context) -> Opened | None:
    """The newest rehearsal of this plan that went through on what the file holds now, or None.

    The file is copied to be compared, where there is a rehearsal of the plan at all.
    """
    asked = digest(plan)
    known = {state: each for each, of, state in _passed(catalog, plan.database_id) if of == asked}
    if not known:
        return None
    state = contents_now(catalog, Path(plan.path), context)
    return Opened(known[state], state) if state in known else None
