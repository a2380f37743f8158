"""Small operations for tests of the pipeline: one in a transaction with its inverse, one that makes a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steward_app import storage
from steward_app.catalog import Catalog, identity
from steward_app.catalog.journal import Event, Record
from steward_app.db import WriteSession, open_read
from steward_app.kernel import clock, ids
from steward_app.kernel.plan import Check, Plan, Reversal, TableChange
from steward_app.kernel.progress import Context
from steward_app.services import operation
from steward_app.services.operation import Confirmation, Outcome, Scope, Settlement, Undo, fingerprint


def known(catalog: Catalog, path: Path) -> identity.Database:
    """The database of a file, met now when it was not met before."""
    with open_read(path) as session:
        found = identity.recognise(catalog, path, session)
    assert isinstance(found, identity.Recognised)
    return found.database


@dataclass
class Request:
    """What the operations of this file are asked: how many visits to add or remove, or where to write a file."""

    path: Path
    database_id: str
    count: int = 1
    to: Path | None = None


def a_plan(name: str, asked: Request, **changed: Any) -> Plan:
    """A plan with everything filled in; `changed` replaces fields."""
    fields: dict[str, Any] = {
        "id": ids.new_id("pl"),
        "operation": name,
        "title": f"{name} on {asked.path.name}",
        "path": str(asked.path),
        "database_id": asked.database_id,
        "made_at": clock.to_text(clock.now()),
        "request": {"count": asked.count, "to": str(asked.to) if asked.to else None},
        "sentences": (f"{asked.count} visits.",),
        "reversal": Reversal.INVERSE,
        "reversal_text": "Undo takes them away again.",
        "fingerprint": fingerprint.Fingerprint(""),
        "button": "Do it",
        "needs_confirmation": False,
    }
    return Plan(**fields | changed)


@dataclass
class AddVisits(operation.TransactionOperation[Request]):
    """Adds rows to the table `visit`. `during` is called when they are there, before anything is verified."""

    name = "test.add"
    during: Callable[[], object] = lambda: None
    wrong_by: int = 0

    def plan(self, request: Request, context: Context) -> Plan:
        with open_read(request.path) as session:
            before = session.count("SELECT count(*) FROM visit")
            rests_on = fingerprint.take(session, ["SELECT count(*) FROM visit"])
        change = TableChange("visit", before, before + request.count, inserted=request.count)
        return a_plan(self.name, request, fingerprint=rests_on, changes=(change,))

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        (change,) = plan.changes
        count = change.inserted + self.wrong_by
        session.run_many("INSERT INTO visit (note) VALUES (?)", [(f"added {n}",) for n in range(count)])
        self.during()
        done = TableChange("visit", change.rows_before, change.rows_after, inserted=change.inserted)
        return Outcome(f"Added {change.inserted} visits", (done,), {"last": count})

    def inverse(self, done: Record) -> Undo | None:
        request = done.started.data["request"]
        assert isinstance(request, dict)
        back = Request(
            Path(str(done.started.data["path"])), done.started.database_id, int(str(request["count"]))
        )
        return Undo(RemoveVisits(), lambda context: RemoveVisits().plan(back, context))


class RemoveVisits(operation.TransactionOperation[Request]):
    """Removes the newest rows of the table `visit`."""

    name = "test.remove"

    def plan(self, request: Request, context: Context) -> Plan:
        with open_read(request.path) as session:
            before = session.count("SELECT count(*) FROM visit")
            rests_on = fingerprint.take(session)
        change = TableChange("visit", before, before - request.count, deleted=request.count)
        return a_plan(self.name, request, fingerprint=rests_on, changes=(change,))

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        (change,) = plan.changes
        deleted = session.run(
            "DELETE FROM visit WHERE id IN (SELECT id FROM visit ORDER BY id DESC LIMIT ?)", (change.deleted,)
        )
        done = TableChange("visit", change.rows_before, change.rows_after, deleted=deleted)
        return Outcome(f"Removed {deleted} visits", (done,))


@dataclass
class WriteList(operation.FileOperation[Request]):
    """Writes how many visits there are to a file. `during` is called when the file stands."""

    name = "test.list"
    during: Callable[[], object] = lambda: None
    passes: bool = True
    settled: list[str] = field(default_factory=list)

    def plan(self, request: Request, context: Context) -> Plan:
        return a_plan(self.name, request, reversal=Reversal.NOT_NEEDED)

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        target = Path(str(plan.request["to"]))
        with open_read(scope.path) as session:
            text = str(session.count("SELECT count(*) FROM visit"))
        with storage.staged(target) as new:
            new.write(text.encode())
            context.checkpoint()
            new.finish()
        self.during()
        return Outcome("List written", result={"file": str(target)})

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        return (Check("The list is there", self.passes and Path(str(plan.request["to"])).exists()),)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        storage.delete(Path(str(plan.request["to"])))

    def settle(self, started: Event, scope: Scope) -> Settlement:
        request = started.data["request"]
        assert isinstance(request, dict)
        target = Path(str(request["to"]))
        self.settled.append(started.operation_id)
        storage.sweep(target)
        return Settlement(target.exists(), "The list is there." if target.exists() else "There is no list.")


def yes(plan: Plan) -> Confirmation:
    """Everything the plan asks for."""
    return Confirmation.of(plan)
