"""A restore point without what was erased since it was made: the step that no way of restoring a whole file skips."""

from __future__ import annotations

from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.kernel.plan import Check, Json
from steward_app.kernel.progress import Context
from steward_app.services.backup import Point
from steward_app.services.backup.write_out import Reworked
from steward_app.services.erasure import ReplayReport, foresee, hand_over
from steward_app.services.operation import Outcome
from steward_app.services.restore import audited

_LOG_LEFT_OUT = "The audit log of this state may hold values of rows that were erased since. It was left out."


class Without:
    """Takes out of a file what was erased since its point was made; `report` tells afterwards what that was."""

    def __init__(
        self, catalog: Catalog, database_id: str, made: Point, context: Context, *, rehearsing: bool = False
    ) -> None:
        """
        Args:
            rehearsing: nobody will get the file, so no row is listed for a person to decide on.
        """
        self.report = ReplayReport(made.made_at)
        self._catalog = catalog
        self._database_id = database_id
        self._made = made
        self._context = context
        self._rehearsing = rehearsing
        self._log_left_out = False

    def __call__(self, file: Path) -> Reworked:
        """What was done to the file."""
        made = self._made
        if foresee(self._catalog, self._database_id, made.made_at).entries:
            self._log_left_out = audited.drop_log(file, self._context)
        self.report = hand_over(
            *(self._catalog, file, self._database_id, made.made_at, made.id, self._context),
            rehearsing=self._rehearsing,
        )
        if self._log_left_out:
            return Reworked.OBJECTS
        return Reworked.ROWS if self.report.entries else Reworked.NOTHING

    @property
    def checks(self) -> tuple[Check, ...]:
        """That no erased row came back. () where nothing was erased since."""
        return (self.report.check,) if self.report.entries else ()

    @property
    def result(self) -> dict[str, Json]:
        """For the receipt and the journal: counts and sentences, no rows. Empty where nothing was erased since."""
        report = self.report
        if not report.entries:
            return {}
        return {
            "erased_again": report.erased,
            "waiting_for_decision": report.quarantined,
            "erased": report.detail,
            "brought_back": report.brought_back,
            "erasure_notes": [*report.notes, *([_LOG_LEFT_OUT] if self._log_left_out else [])],
        }


def erased_check(outcome: Outcome) -> tuple[Check, ...]:
    """For the receipt: that no erased row came back. () where nothing was erased since."""
    if "erased" not in outcome.result:
        return ()
    brought_back = outcome.result["brought_back"]
    return (
        Check(f"Erased rows brought back: {brought_back}", brought_back == 0, str(outcome.result["erased"])),
    )
