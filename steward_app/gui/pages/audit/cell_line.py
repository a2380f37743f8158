"""A line of cells that are compared, as a frozen value."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt

from steward_app.gui.pages.audit.shown import NOTHING, Shown
from steward_app.gui.tokens import Tone


@dataclass(frozen=True, slots=True)
class CellLine:
    """A line: a cell of a row, or the row that the lines below are of.

    Attributes:
        key: what makes it the same line after a refresh.
        name: of the column, or of the row.
        old, new: the values at its left and right.
        changed: whether they differ, and are marked so.
        tick: None where there is nothing to tick.
        can_tick: whether the box can be turned.
        head: the row itself.
        told: words in the place of `new`: why not, or that it was done.
        tone: of these words.
        note: words after `new`: what else is to be known of it.
    """

    key: Hashable
    name: str
    old: Shown = NOTHING
    new: Shown = NOTHING
    changed: bool = False
    tick: Qt.CheckState | None = None
    can_tick: bool = True
    head: bool = False
    told: str = ""
    tone: Tone = Tone.MUTED
    icon: str = ""
    note: str = ""

    @property
    def spoken(self) -> str:
        """In one line, for a screen reader."""
        states = {
            Qt.CheckState.Checked: _tr("chosen"),
            Qt.CheckState.Unchecked: _tr("not chosen"),
            Qt.CheckState.PartiallyChecked: _tr("partly chosen"),
        }
        after = self.told or (_tr("to {value}").format(value=self.new.text) if self.changed else "")
        parts = (
            self.name,
            self.old.text,
            after,
            self.note,
            states.get(self.tick, "") if self.tick is not None else "",
        )
        return ", ".join(part for part in parts if part)


def together(lines: Iterable[CellLine]) -> Qt.CheckState | None:
    """Whether all that can be ticked is; None where there are no boxes."""
    states = {line.tick for line in lines if line.tick is not None and line.can_tick}
    if not states:
        return None
    return states.pop() if len(states) == 1 else Qt.CheckState.PartiallyChecked


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
