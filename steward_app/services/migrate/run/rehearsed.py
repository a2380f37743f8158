"""Which rehearsal opens the way for a plan: one of exactly these migrations, on exactly what the file holds now.

A rehearsal is an operation of its own in the journal, with a digest of the plan and a hash of the pages it ran on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from blake3 import blake3

from steward_app.catalog import Catalog, journal
from steward_app.catalog.journal import Event, Phase
from steward_app.db.copy import copy_database
from steward_app.db.image import contents_hash
from steward_app.kernel import clock, ids
from steward_app.kernel.plan import Check, Fingerprint, Plan, Rehearsal, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.migrate.rehearsal.model import Report
from steward_app.services.migrate.run.series import Series, rehearse_in
from steward_app.services.operation import FileOperation, Outcome, Scope, Settlement
from steward_app.storage import scratch_directory

_MOST_LOOKED_AT = 1_000


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
        asked: the plan that is rehearsed, once this was planned.
        result: what came of it.
    """

    series: Series | None = None
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
            self.result = RehearsalResult(found.rehearsal, None)
        passed = self.result.rehearsal.passed
        return Outcome(
            f"Rehearsed on a copy: {'it goes through' if passed else 'it does not go through'}",
            result={"plan": str(plan.request["plan"]), "state": state, "passed": passed},
        )

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        return ()  # what did not pass on the copy is the result, not a fault of the rehearsal

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        """Nothing: the copies go with their folder."""

    def settle(self, started: Event, scope: Scope) -> Settlement:
        return Settlement(False, "The file was only read.")


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


def rehearsal_of(catalog: Catalog, plan: Plan, context: Context) -> str:
    """Id of the newest rehearsal of this plan that went through on what the file holds now, or "".

    The file is copied to be compared, where there is a rehearsal of the plan at all.
    """
    with catalog.reading() as session:
        ended = journal.events(
            session,
            database_id=plan.database_id,
            operation=Rehearse.name,
            phases=(Phase.FINISHED,),
            limit=_MOST_LOOKED_AT,
        )
    asked = digest(plan)
    known = {}
    for event in reversed(ended):
        result = event.data.get("result")
        if isinstance(result, dict) and result.get("plan") == asked and result.get("passed") is True:
            known[str(result.get("state"))] = event.operation_id
    if not known:
        return ""
    with scratch_directory(catalog.scratch) as scratch:
        copy = scratch / "now.sqlite"
        copy_database(Path(plan.path), copy, context)
        return known.get(contents_hash(copy, context), "")
