"""What the header says of restore points. Only a proven one makes it green."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from steward_app.gui.desk import Protection
from steward_app.gui.format import age
from steward_app.gui.tokens import Tone
from steward_app.kernel.clock import from_text
from steward_app.services.backup import Point, PointState


def protection_of(points: Iterable[Point]) -> Protection:
    """The best that can be said: the newest proven point, else the newest checked or taken one, else none."""
    every = tuple(points)
    ways = (
        (PointState.PROVEN, _tr("Proven backup"), Tone.SUCCESS, "shield-check"),
        (PointState.CHECKED, _tr("Checked backup"), Tone.MUTED, "shield"),
        (PointState.TAKEN, _tr("Backup, not looked into"), Tone.WARNING, "shield"),
    )
    for state, words, tone, icon in ways:
        made = [point.made_at for point in every if point.state is state]
        if made:
            return Protection(words, age(from_text(max(made))), tone, icon)
    return Protection(_tr("No backup yet"), "", Tone.WARNING, "shield-alert")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Protection", text)
