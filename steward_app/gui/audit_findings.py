"""What the alarm of the audit is made of, as the window tells it: above every page, and among what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from steward_app.kernel.finding import Finding

FORGED, BEHIND = "audit_not_as_sealed", "audit_rows_behind"
"""The codes of what verifying a log and comparing its tables found: those of `services.audit.guard.verified`."""

DRIFTING = "recipe_drifting"
"""The code of a recipe that is not as it should be: that of `services.audit.guard.recipe_alarm`."""


OF_FILE = ("audit_clock", "audit_planted")
"""What concerns every table of a file, and is set right by arming again: those of `services.audit.guard.armed`."""


def of_tables(alarms: Sequence[Finding]) -> list[Finding]:
    """Those that say of a table that it is not armed as it should be, or was changed unseen."""
    return [each for each in alarms if each.subject.kind == "table"]


def changed_unseen(alarms: Sequence[Finding]) -> tuple[str, ...]:
    """The tables whose rows are not what the log says, though they are armed."""
    return tuple(each.subject.table for each in alarms if each.code == BEHIND)


def where_shown(alarm: Finding, alarms: Sequence[Finding]) -> dict[str, Any]:
    """Where on the page of the audit an alarm is shown, of all there are."""
    if alarm.subject.kind == "table" or alarm.code in OF_FILE:
        return {"view": "setup", "show": "drifting", "tables": changed_unseen(alarms)}
    if alarm.subject.kind == "recipe":
        return {"view": "setup", "section": "recipes"}
    return {"view": "proof", "part": "verdict" if alarm.code == FORGED else "happened"}
