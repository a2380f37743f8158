"""Restoring to a new file: the restore point, byte for byte, under a name where nothing is."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from steward_app.catalog import identity, journal
from steward_app.catalog.journal import Event, Phase
from steward_app.db import open_read
from steward_app.db.copy import refuse_target
from steward_app.db.image import image_hash
from steward_app.kernel import clock, ids
from steward_app.kernel.plan import Check, Fingerprint, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.backup.examine import how_much
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.write_out import bring_out
from steward_app.services.operation import FileOperation, Outcome, Scope, Settlement
from steward_app.services.restore.model import RestoreRequest
from steward_app.services.restore.point import findings, moment, planned
from steward_app.services.restore.without import Without, erased_check
from steward_app.storage import sweep

_MARGIN_BYTES = 1 << 20
_WHOLE = "It holds what the database held then, byte for byte, and gets its name when all of it was compared."
_WITHOUT = "It holds what the database held then but for what was erased since, and gets its name when it was compared."


class RestoreToNewFile(FileOperation[RestoreRequest]):
    """Brings a restore point back as a new file. Works without the database itself, which may be gone."""

    name = "restore.new_file"
    needs_database = False
    verb: ClassVar[str] = "Restore"
    done: ClassVar[str] = "Restored"
    takes_place: ClassVar[bool] = True  # of a database that is gone

    def __init__(self, given: Unlocking | None = None) -> None:
        """`given` opens the store, where this machine does not keep its key."""
        self._given = given

    def plan(self, request: RestoreRequest, context: Context) -> Plan:
        """Raises `Refused` when something is at the target."""
        point, target = request.point, (request.target or request.path).absolute()
        refuse_target(target, target)
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"{self.verb} the point of {moment(point)} to {quoted(target.name)}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "point": point.id,
                "target": str(target),
                **({"url": request.url} if request.url else {}),
            },
            sentences=(
                f"A new file is made: {target}",
                _WITHOUT if request.erased.entries else _WHOLE,
                *request.erased.sentences,
            ),
            reversal=Reversal.NOT_NEEDED,
            reversal_text="Nothing that exists is changed.",
            fingerprint=Fingerprint(schema_hash=""),
            button=f"{self.verb} to {quoted(target.name)}",
            findings=(*findings(point), *request.erased.findings),
            disk_bytes=point.size_bytes * (2 if request.erased.entries else 1) + _MARGIN_BYTES,
            disk_path=str(target.parent),
            needs_confirmation=False,
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        target = Path(str(plan.request["target"]))
        with planned(scope.catalog, plan, context, self._given) as point:
            made = point.point
            without = Without(scope.catalog, scope.database_id, made, context)
            found = bring_out(
                *(point.source, target, context),
                before_it_is_there=without,
                known=lambda file_hash: _note(scope, file_hash),
            )
        self._take_its_place(scope, target)
        return Outcome(
            f"{self.done} to {quoted(target.name)}",
            result={
                "point": made.id,
                "file": str(target),
                "compared": how_much(found.tables),
                **without.result,
            },
        )

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        """Everything was compared before the file got its name; after that, nothing may fail any more."""
        told = str(outcome.result["compared"])
        erased = erased_check(outcome)
        if erased:
            return (
                Check("The new file is the restore point without what was erased since", True, told),
                *erased,
            )
        return (Check("The new file is the restore point, byte for byte", True, told),)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        """Only what has no name yet is ours to remove: what stands at the target may be somebody else's."""
        _sweep(Path(str(plan.request["target"])))

    def settle(self, started: Event, scope: Scope) -> Settlement:
        request = started.data["request"]
        assert isinstance(request, dict)
        target = Path(str(request["target"]))
        _sweep(target)
        if target.exists() and image_hash(target, Context()) == _noted(scope):
            self._take_its_place(scope, target)
            return Settlement(True, "The restored file is there.")
        return Settlement(False, "Nothing was restored.")

    def _take_its_place(self, scope: Scope, target: Path) -> None:
        """Where the database is made anew in its own place, it is the same database, and nobody needs to be asked."""
        if target != scope.path or not self.takes_place:
            return
        with open_read(target) as session, scope.catalog.unit() as unit:
            if identity.belongs(unit.session, scope.database_id, target):
                identity.seen(unit, scope.database_id, target, session)
                unit.commit()


def _sweep(target: Path) -> None:
    if target.parent.is_dir():
        sweep(target)


def _note(scope: Scope, file_hash: str) -> None:
    """Write down what is about to get its name: after a crash it is known without the point."""
    with scope.catalog.unit() as unit:
        journal.append(
            unit,
            Phase.NOTE,
            scope.operation,
            operation_id=scope.operation_id,
            database_id=scope.database_id,
            details={"sentence": "The new file was compared, and gets its name now", "file_hash": file_hash},
        )
        unit.commit()


def _noted(scope: Scope) -> str:
    with scope.catalog.reading() as session:
        notes = journal.events(session, operation_id=scope.operation_id, phases=(Phase.NOTE,), limit=1)
    return str(notes[0].data.get("file_hash", "")) if notes else ""
