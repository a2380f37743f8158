"""The events in a table, the newest first, under a head for each day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDate, QLocale
from PySide6.QtGui import QResizeEvent

from steward_app.catalog.journal import Event
from steward_app.gui.format import integer, plural, shown_name, time
from steward_app.gui.look import px
from steward_app.gui.pages.journal.read import Line, by_day
from steward_app.gui.pages.journal.words import result, what
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.kernel import clock

_BY, _FILE, _HASH = 3, 4, 6
_NARROW = 720


class EventTable(SimpleTable[Line]):
    """Heads of days reach over the whole line. Nothing is sorted: the order is that of the chain."""

    def __init__(self) -> None:
        self._files: Mapping[str, Path] = {}
        super().__init__(
            _tr("Events of the journal"), self._columns(), key=lambda line: line.key, row_height=32
        )
        self.horizontalHeader().setSectionsClickable(False)
        self.show_files(False)

    def show_events(self, events: Sequence[Event], files: Mapping[str, Path], *, more: bool) -> None:
        """Show these."""
        self._files = files
        self.clearSpans()
        lines = by_day(events, more=more)
        self.set_rows(lines)
        for number, line in enumerate(lines):
            if line.event is None:
                self.setSpan(number, 0, 1, self.model().columnCount())

    def show_files(self, shown: bool) -> None:
        """Show the column that names the file, where events of several are listed."""
        self.setColumnHidden(_FILE, not shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, who did it and its hash are left to the details."""
        super().resizeEvent(event)
        for column in (_BY, _HASH):
            self.setColumnHidden(column, self.width() < px(_NARROW))

    def _columns(self) -> list[Column[Line]]:
        return [
            Column(_tr("No."), _number, 76, right=True),
            Column(_tr("Time"), lambda line: _of(line, lambda e: Cell(time(clock.from_text(e.at)))), 64),
            Column(_tr("What"), lambda line: _of(line, _what)),
            Column(
                _tr("By"), lambda line: _of(line, lambda e: Cell(shown_name(e.actor), tone=Tone.MUTED)), 112
            ),
            Column(_tr("File"), lambda line: _of(line, self._file), 148),
            Column(_tr("Result"), lambda line: _of(line, lambda e: state_cell(*result(e))), 136),
            Column(_tr("Hash"), lambda line: _of(line, _hash), 84),
        ]

    def _file(self, event: Event) -> Cell:
        path = self._files.get(event.database_id)
        return Cell(shown_name(path.name), tone=Tone.MUTED) if path else Cell("")


def _of(line: Line, cell: Callable[[Event], Cell]) -> Cell:
    return cell(line.event) if line.event else Cell("")


def _number(line: Line) -> Cell:
    if line.event is not None:
        return Cell(integer(line.event.seq), tone=Tone.MUTED, right=True)
    count = "" if line.count is None else plural(line.count, _tr("event"), _tr("events"))
    return Cell(count, tone=Tone.MUTED, lead=day_words(line.day))


def _what(event: Event) -> Cell:
    lead, text = what(event)
    return Cell(shown_name(text), lead=lead)


def _hash(event: Event) -> Cell:
    return Cell(event.hash[:6], mono=True, tone=Tone.MUTED)


def day_words(text: str) -> str:
    """A day as the head says it: "Today", "Yesterday", "Tuesday 17 November 2026"."""
    day = date.fromisoformat(text)
    passed = (clock.now().astimezone().date() - day).days
    if passed == 0:
        return _tr("Today")
    if passed == 1:
        return _tr("Yesterday")
    return QLocale().toString(QDate(day.year, day.month, day.day), _tr("dddd d MMMM yyyy"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("journal", text)
