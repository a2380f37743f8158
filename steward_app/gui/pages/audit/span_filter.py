"""Any time, a span that ends now, or one between two moments that are typed."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import hbox
from steward_app.gui.pages.restore.read import moment_typed
from steward_app.gui.widgets.controls import Combo, TextField
from steward_app.kernel import clock
from steward_app.kernel.errors import UsageError

_ANY, _HOUR, _TODAY, _WEEK, _MONTH, _BETWEEN = range(6)


class SpanFilter(QWidget):
    """Which time is looked at. It shows the two moments; `choice` stands where there is room for it.

    Signals:
        changed: another one is.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        names = (
            _tr("Any time"), _tr("The last hour"), _tr("Today"), _tr("Last 7 days"), _tr("Last 30 days"),
            _tr("Between"),
        )  # fmt: skip
        self.choice = Combo(_tr("Time"), names)
        self.since = TextField(_tr("From"), "2026-11-20 10:05")
        self.until = TextField(_tr("To"), _tr("now"))
        self.setLayout(hbox(self.since, self.until, gap=8))
        self._between(shown=False)
        self.choice.activated.connect(self._choose)
        for field in (self.since, self.until):
            field.editingFinished.connect(self._typed)

    @property
    def span(self) -> tuple[datetime | None, datetime | None]:
        """From when, until when; None where there is no end."""
        now = clock.now()
        match self.choice.currentIndex():
            case 1:
                return now - timedelta(hours=1), None
            case 2:
                return now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0), None
            case 3:
                return now - timedelta(days=7), None
            case 4:
                return now - timedelta(days=30), None
            case 5:
                return _moment(self.since), _moment(self.until)
        return None, None

    def clear(self) -> None:
        """Any time."""
        self.choice.setCurrentIndex(_ANY)
        self._between(shown=False)

    def show_span(self, since: datetime, until: datetime) -> None:
        """Show a span between two moments."""
        self.choice.setCurrentIndex(_BETWEEN)
        for field, moment in ((self.since, since), (self.until, until)):
            field.setText(moment.astimezone().strftime("%Y-%m-%d %H:%M"))
        self._between(shown=True)
        self.changed.emit()

    def _choose(self, number: int) -> None:
        self._between(shown=number == _BETWEEN)
        if number == _BETWEEN:
            self.since.setFocus()
        self.changed.emit()

    def _between(self, *, shown: bool) -> None:
        self.setVisible(shown and self.parentWidget() is not None)

    def _typed(self) -> None:
        for field in (self.since, self.until):
            try:
                _moment(field)
            except UsageError as error:
                field.set_wrong(error.message)
                field.setToolTip(error.message)
                return
            field.set_wrong("")
            field.setToolTip("")
        self.changed.emit()


def _moment(field: TextField) -> datetime | None:
    """What was typed, in local time. Raises `UsageError` for what is no moment."""
    return moment_typed(field.text()) if field.text().strip() else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
