"""The line that says how far the history can be trusted."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from steward_app.gui.format import integer, plural, when
from steward_app.gui.layout import hbox
from steward_app.gui.look import px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.states import IconLabel
from steward_app.kernel import clock
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.status import AuditStatus

_PROOF, _SETUP = "proof", "setup"


def trust(status: AuditStatus) -> tuple[str, Tone, str, str]:
    """What is said of a file, its tone, its icon, and the view that tells more."""
    wrong = [each for each in status.tables if each.state is not State.ARMED]
    if not status.audited:
        return _tr("No history is kept"), Tone.MUTED, "shield", _SETUP
    if not status.tables:
        return _tr("No table is under audit any more"), Tone.WARNING, "shield-alert", _SETUP
    if wrong:
        tables = plural(len(wrong), _tr("table is"), _tr("tables are"))
        words = (
            _tr("{tables} not watched as it should be")
            if len(wrong) == 1
            else _tr("{tables} not watched as they should be")
        )
        return words.format(tables=tables), Tone.DANGER, "shield-alert", _SETUP
    if status.problems:
        return _tr("The history is not as it was sealed"), Tone.DANGER, "shield-alert", _PROOF
    if status.behind:
        rows = plural(status.behind, _tr("row is"), _tr("rows are"))
        words = _tr("{rows} not what the log says").format(rows=rows)
        return words, Tone.DANGER, "shield-alert", _PROOF
    if not status.seals and status.last_seq:
        return _tr("The history has no seal, and no proof"), Tone.DANGER, "shield-alert", _PROOF
    if status.context_left_behind:
        return (
            _tr("A program did not sign off: later changes may bear its name"),
            Tone.WARNING,
            "shield-alert",
            _PROOF,
        )
    if status.gaps:
        words = plural(status.gaps, _tr("gap in the history"), _tr("gaps in the history"))
        return words, Tone.WARNING, "shield-alert", _PROOF
    tone, icon = (Tone.SUCCESS, "shield-check") if status.verified_at else (Tone.MUTED, "shield")
    if status.unsealed:
        tone, icon = Tone.WARNING, "shield-alert"
    return _told(status), tone, icon, _PROOF


def _told(status: AuditStatus) -> str:
    """How many changes there are, and what is proved of them: no more than somebody verified."""
    changes = plural(sum(each.changes for each in status.tables), _tr("change"), _tr("changes"))
    if status.verified_at:
        at = when(clock.from_text(status.verified_at))
        words = _tr("History is unbroken: {changes}, verified {when}").format(changes=changes, when=at)
    else:
        words = _tr("{changes}, not verified yet").format(changes=changes)
    if status.unsealed:
        words = _tr("{words}, {n} not yet protected").format(words=words, n=integer(status.unsealed))
    return words


class TrustLine(QWidget):
    """An icon and words; a click goes to what tells more.

    Where room is short, the words end at their first colon or comma.

    Signals:
        chosen: the view to go to.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._goes, self._broken = _PROOF, ""
        self._icon = IconLabel("shield", Tone.MUTED, 14)
        self.button = Button(_tr("Reading the history"), self._go, kind=Kind.LINK)
        self._words = self.button.text()
        self.setLayout(hbox(None, self._icon, self.button, gap=6))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._words

    def show_status(self, status: AuditStatus) -> None:
        """Say how it stands."""
        words, tone, icon, self._goes = trust(status)
        if self._broken:
            words, tone, icon, self._goes = self._broken, Tone.DANGER, "shield-alert", _PROOF
        self._say(words, tone, icon)
        self.setVisible(status.audited)

    def show_verdict(self, holds: bool) -> None:
        """What verifying gave stands before all else, until it is verified again."""
        self._broken = "" if holds else _tr("The history is not as it was sealed")
        if self._broken:
            self._goes = _PROOF
            self._say(self._broken, Tone.DANGER, "shield-alert")

    def _say(self, words: str, tone: Tone, icon: str) -> None:
        self._words = words
        self._icon.show_icon(icon, tone)
        self._fit()
        self.updateGeometry()

    def _fit(self) -> None:
        """All of the words, or as many as there is room for."""
        short = self._wide(self._words) > self.width()
        self.button.set_words(_short(self._words) if short else self._words)
        self.button.setToolTip(self._words if short else "")
        self.button.setAccessibleName(self._words)

    def _wide(self, words: str) -> int:
        """How wide it is with these words."""
        other = self.button.sizeHint().width() - self.button.fontMetrics().horizontalAdvance(
            self.button.text()
        )
        beside = self._icon.sizeHint().width() + px(6)
        return self.button.fontMetrics().horizontalAdvance(words) + other + beside

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(self._wide(self._words), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._wide(_short(self._words)), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _go(self) -> None:
        self.chosen.emit(self._goes)


def _short(words: str) -> str:
    return words.partition(":")[0].partition(",")[0]


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
