"""Taking a repair of the history back: its rows stand again as they stood before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

from steward_app.catalog import stamp
from steward_app.catalog.journal import Record
from steward_app.db import Session, WriteSession, open_read
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.plan import Check, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate import history
from steward_app.services.migrate.model import Applied, Origin
from steward_app.services.migrate.run.correction import Correction
from steward_app.services.operation import Outcome, TransactionOperation, fingerprint, obstacles

_UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class UnrepairRequest:
    """Take a repair back.

    Attributes:
        repair: id of the operation that set the history right.
        made: what it changed.
        newest: the last place of the history when it was made.
    """

    path: Path
    database_id: str
    repair: str
    made: Correction
    newest: int


def repaired_by(done: Record) -> UnrepairRequest | None:
    """What a repair changed, as the journal tells it; None for one of old, which did not keep what stood before."""
    request = cast("dict[str, Any]", done.started.data["request"])
    if "before" not in request:
        return None
    path, started = Path(str(done.started.data["path"])), done.started
    made = Correction.asked(request)
    return UnrepairRequest(path, started.database_id, started.operation_id, made, int(str(request["newest"])))


class Unrepair(TransactionOperation[UnrepairRequest]):
    """Writes the rows of the history that a repair changed or took out as they were, while nothing followed it."""

    name: ClassVar[str] = "migrate.unrepair"

    def plan(self, request: UnrepairRequest, context: Context) -> Plan:
        """Raises `Refused` where the history went on since, or is not the one that was repaired."""
        with open_read(request.path, context) as session, session.snapshot():
            _require(session, request)
            rests_on = fingerprint.take(session, history.conditions(session))
            findings = obstacles.cannot_be_written(session)
        back = request.made.turned
        count = plural(len({_called(row) for row in back.after}), "migration")
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Put {count} in the history of {quoted(request.path.name)} back as before the repair",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request=back.request,
            sentences=tuple(dict.fromkeys(_told(row, request.made) for row in back.after)),
            findings=findings,
            reversal=Reversal.NOT_NEEDED,
            reversal_text="No table of yours is changed, only the history of migrations.",
            fingerprint=rests_on,
            button=f"Put {count} back",
            needs_confirmation=False,
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        correction = Correction.asked(plan.request)
        if not correction.fits(session):
            raise fingerprint.stale(plan, "the history went on")
        correction.make(session)
        count = plural(len({_called(row) for row in correction.after}), "migration")
        return Outcome(f"{count} in the history as before the repair")

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        made = Correction.asked(plan.request).is_made(session)
        return (Check("The history is as it was before the repair", made),)


def _require(session: Session, request: UnrepairRequest) -> None:
    name = quoted(session.path.name)
    if not stamp.has(session, request.repair):
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"The history of {name} was not repaired then: another state of the file was restored since.",
            hint=_UNCHANGED,
        )
    later = [row.file for row in history.read(session, forgotten=True) if row.rank > request.newest]
    if later:
        files = ", ".join(dict.fromkeys(map(quoted, later)))
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"The history of {name} went on after the repair: {files}.",
            hint=f"{_UNCHANGED} A repair is taken back only while nothing followed it.",
        )
    if not request.made.turned.fits(session):
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"The history of {name} is not as the repair left it: it was set right again since.",
            hint=f"{_UNCHANGED} Take that back first.",
        )


def _called(row: Applied) -> tuple[int, str]:
    return (row.version, row.name if row.repeatable else "")


def _told(row: Applied, made: Correction) -> str:
    """What becomes of a row that stands again as it stood."""
    repaired = next((each for each in made.after if each.rank == row.rank), None)
    if repaired is None or not row.complete:
        return (
            f"{quoted(row.file)}: it counts as stopped half-way again, and is in the way until it is settled."
        )
    if repaired.origin is Origin.FORGOTTEN:
        return f"{quoted(row.file)}: it counts in the history again."
    return f"{quoted(row.file)}: the text that was applied counts again, and not what it was changed into."
