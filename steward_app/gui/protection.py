"""What the header says of restore points. Only a proven one that is not old makes it green."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from steward_app.gui.desk import Protection
from steward_app.gui.format import age
from steward_app.gui.tokens import Tone
from steward_app.kernel.clock import from_text
from steward_app.services.backup import Point, PointState
from steward_app.services.backup.protection import Standing, protection


def protection_of(points: Sequence[Point], *, drill_failed: bool = False) -> Protection:
    """The best that can be said of points: of the proven one, else of the newest that is sound.

    Args:
        points: newest first.
        drill_failed: a drill failed and still stands, which is said before all else.
    """
    found = protection(points)
    if drill_failed:
        if found.proven is None:
            return Protection(_tr("The last drill failed"), "", Tone.DANGER, "shield-alert")
        told = age(from_text(found.proven.made_at))
        return Protection(_tr("Drill failed. Last proven backup"), told, Tone.DANGER, "shield-alert")
    if not found.sound and found.wrong:
        return Protection(_tr("No backup can be relied on"), "", Tone.DANGER, "shield-alert")
    if not found.sound:
        return Protection(_tr("No backup yet"), "", Tone.WARNING, "shield-alert")
    told = age(from_text((found.proven or found.sound[0]).made_at))
    match found.standing:
        case Standing.PROVEN:
            return Protection(_tr("Proven backup"), told, Tone.SUCCESS, "shield-check")
        case Standing.OLD:
            return Protection(_tr("Last proven backup"), told, Tone.WARNING, "shield-alert")
    if found.sound[0].state is PointState.CHECKED:
        return Protection(_tr("Checked backup"), told, Tone.MUTED, "shield")
    return Protection(_tr("Backup, not looked into"), told, Tone.WARNING, "shield")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Protection", text)
