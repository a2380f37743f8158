"""What happened to the audit itself: put under audit, armed again, gaps, erasures. Values of rows are in none of it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import integer, plural
from steward_app.gui.layout import vbox
from steward_app.gui.pages.audit.proof.read import ProofRead
from steward_app.gui.pages.audit.proof.words import ALARMING, event_words, moment_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.parts import Parts
from steward_app.gui.widgets.surfaces import EmptyState, FootBar
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.services.audit.engine.model import Event
from steward_app.services.audit.seals.receipt import moment

_ALL, _GAPS = "all", "gaps"


class HappenedPart(QWidget):
    """Events of the audit, the newest first, or the gaps among them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._events: tuple[Event, ...] = ()
        self._names: Mapping[int, str] = {}
        self.what = Segments(_tr("Which events"), (_ALL, _tr("All")), (_GAPS, _tr("Gaps")))
        self.table: SimpleTable[Event] = SimpleTable(
            _tr("What happened to the audit"), self._columns(), key=lambda event: event.seq
        )
        self._none = EmptyState(
            "list-checks", _tr("No gap is known"), _tr("As far as is known, no change was missed.")
        )
        self._stack = Parts()
        for widget in (self.table, self._none):
            self._stack.addWidget(widget)
        self._count = Label(tone=Tone.MUTED, elide=True)
        top = vbox(self.what, margins=(24, 12, 24, 8))
        whole = vbox(top, self._stack, FootBar(self._count))
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.what.chosen.connect(lambda _: self._filter())

    def show_events(self, found: ProofRead) -> None:
        """Show these."""
        self._events, self._names = found.events, found.names
        gaps = sum(map(_alarms, self._events))
        self.what.set_text(_GAPS, _tr("Gaps {n}").format(n=integer(gaps)) if gaps else _tr("Gaps"))
        self._filter()

    def _filter(self) -> None:
        gaps = self.what.value == _GAPS
        shown = [event for event in self._events if not gaps or _alarms(event)]
        self.table.set_rows(shown)
        self._stack.setCurrentIndex(0 if shown else 1)
        self._count.say(plural(len(shown), _tr("event"), _tr("events")))

    def _columns(self) -> tuple[Column[Event], ...]:
        return (
            Column(_tr("Number"), lambda event: Cell(integer(event.seq)), width=104, order=lambda event: event.seq),
            Column(_tr("When"), lambda event: moment_words(moment(event.at_us)), width=176,
                   order=lambda event: event.at_us),
            Column(_tr("What"), self._what_cell, width=232),
            Column(_tr("More"), lambda event: event_words(event, self._names)[1]),
        )  # fmt: skip

    def _what_cell(self, event: Event) -> Cell:
        words, _ = event_words(event, self._names)
        if _alarms(event):
            return state_cell(words, Tone.DANGER, "triangle-alert")
        return Cell(words)


def _alarms(event: Event) -> bool:
    return event.is_gap or event.kind in ALARMING


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
