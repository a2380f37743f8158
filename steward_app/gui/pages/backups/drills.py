"""The drills: the last one with all that was looked at, and those of the last days as squares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from steward_app.gui.actions import Action
from steward_app.gui.flow import Flow
from steward_app.gui.format import day, integer, plural, seconds, shown_name, size, when
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.look import colour, px
from steward_app.gui.pages.backups.damage import copy_words, damage_of, rows_of_drill, same_words, what_words
from steward_app.gui.pages.backups.read import PointsRead
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.plan_view import check_line
from steward_app.gui.widgets.states import IconLabel, StateLabel
from steward_app.gui.widgets.surfaces import Card, EmptyState, Figure, KeyValueList, Views, hairline
from steward_app.gui.widgets.text import Label, Part, markup
from steward_app.kernel import clock
from steward_app.kernel.clock import from_text
from steward_app.kernel.plan import Check
from steward_app.services.backup.damage import BROUGHT_BACK
from steward_app.services.backup.drills import Drill, newest_first
from steward_app.services.backup.status import DRILLS_DAYS

_BRIEF = 80  # letters of an explanation that stand in a banner
_A_LINE = 46  # letters of a title, or of its detail, that stand in one line
_FEW = 4  # checks that are shown; where all of them passed the rest is folded away


class DrillCard(Card):
    """How long it takes to bring the file back, and whether all of it held.

    Args:
        drill: makes a drill now.
        others: drills the stores in which none failed; offered where one did.
        repair: writes what a drill found damaged again.
        open_journal: leads to all that was done.
    """

    def __init__(
        self, drill: Action, others: Action, repair: Action, open_journal: Callable[[], None]
    ) -> None:
        self._drill: Drill | None = None
        self._unfolded = ""  # the drill whose checks are all shown
        self.state = StateLabel()
        self.state.hide()
        self._figure = Figure()
        self._told = Label(wrap=True, selectable=True)
        self._checks = vbox(gap=4)
        self._more = link("", self._unfold)
        self.repair = Button(action=repair, kind=Kind.PRIMARY)
        self._drill_again = Button(action=drill)
        self._again = boxed(Flow(self.repair, self._drill_again, Button(action=others), gap=8))
        self._rows = KeyValueList()
        pdf = link(_tr("Evidence"), lambda: self._open(".pdf"))
        signed = link(_tr("Signed document"), lambda: self._open(".json"))
        self._evidence = boxed(hbox(pdf, signed, None, gap=16))
        self._days = DrillDays()
        self._count = link("", open_journal)
        lately = vbox(
            hbox(Label(_tr("Drills, last 30 days"), role="strong"), None, self._count), self._days, gap=8
        )
        shown = vbox(
            self._figure,
            self._told,
            self._rows,
            self._checks,
            boxed(hbox(self._more, None)),
            self._again,
            self._evidence,
            None,
            hairline(),
            lately,
            gap=8,
        )
        never = EmptyState(
            "shield",
            _tr("Never drilled"),
            _tr(
                "A drill brings the newest point and an older one back to scratch and compares them, as you would have "
                "to on the worst day. Your database is not changed."
            ),
        )
        self._stack = Views()
        self._stack.addWidget(boxed(shown))
        self._stack.addWidget(never)
        super().__init__(_tr("Restore drill"), self._stack, icon="shield", state=self.state, gap=8)

    @property
    def drill(self) -> Drill | None:
        """The drill that is shown."""
        return self._drill

    def show_drills(self, read: PointsRead) -> None:
        """Show the one that failed and still stands, else the last; of several of a run that of the newest point."""
        drills = read.status.drills
        self._drill = next(iter(read.alarms or newest_first(drills)), None)
        self._stack.setCurrentIndex(0 if self._drill else 1)
        self.state.setVisible(self._drill is not None)
        self.say_beside("")
        if self._drill is not None:
            self._show(self._drill, read)
        self._days.show_drills(drills)
        passed = sum(each.passed for each in drills)
        self._count.set_words(
            _tr("{some} of {all} passed").format(some=integer(passed), all=integer(len(drills)))
        )

    def _show(self, drill: Drill, read: PointsRead) -> None:
        passed, name = drill.passed, store_name(drill, read)
        words = _tr("Passed") if passed else _tr("Failed")
        self.state.show_state(words, Tone.SUCCESS if passed else Tone.DANGER)
        self.say_beside(_tr("of {when}").format(when=when(from_text(drill.point_made_at))))
        self._figure.setVisible(passed)
        took = _tr("to bring {size} back from {store}")
        self._figure.show_figure(
            seconds(drill.rto_seconds), took.format(size=size(drill.size_bytes), store=name)
        )
        damage = damage_of(drill)
        self._told.setVisible(not passed)
        same = read.same.get(drill.point, ())
        rest = () if damage and same_words(same) else (elsewhere_words(read),)
        self._told.say(*_in_a_row(what_words(drill, name), rest))
        self._rows.setVisible(damage is not None)
        self._rows.set_rows(rows_of_drill(drill, read) if damage else ())
        count = len(read.damaged.get(drill.store_id, ()))
        self.repair.setVisible(bool(count))
        self.repair.set_words(copy_words(count))
        self._drill_again.setVisible(not count)
        self._again.setVisible(not passed)
        self._evidence.setVisible(bool(drill.evidence))
        self._show_checks(drill)

    def _show_checks(self, drill: Drill) -> None:
        """What did not hold first and in full; of what passed a few lines, the rest when it is asked for."""
        clear(self._checks)
        shown = sorted(drill.checks, key=lambda check: check.passed)
        few = max(_FEW, sum(not check.passed for check in shown))
        if damage_of(drill):  # told in other words above
            few = 0
        folded = len(shown) > few + 1 and self._unfolded != drill.id
        for check in shown[:few] if folded else shown:
            self._checks.addWidget(_check(check))
        self._more.setVisible(folded)
        self._more.set_words(_tr("Show all {n} checks").format(n=integer(len(shown))))
        if drill.passed and drill.rpo_seconds >= 1:
            lost = _tr("{time} of work would have been lost").format(time=seconds(drill.rpo_seconds))
            self._checks.addWidget(_line("clock", lost))

    def _unfold(self) -> None:
        if self._drill is not None:
            self._unfolded = self._drill.id
            self._show_checks(self._drill)

    def _open(self, suffix: str) -> None:
        if self._drill is not None:
            path = Path(self._drill.evidence).with_suffix(suffix)
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


class DrillDays(QWidget):
    """A square a day: filled where all drills passed, crossed where one failed, an outline where there was none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._days: list[tuple[date, int, int]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_drills(())

    def show_drills(self, drills: Sequence[Drill]) -> None:
        """Show these, of the last days."""
        today = clock.now().astimezone().date()
        at = [(from_text(each.at).astimezone().date(), each.passed) for each in drills]
        days = [today - timedelta(days=ago) for ago in reversed(range(DRILLS_DAYS))]
        self._days = [
            (
                each,
                sum(1 for on, _ in at if on == each),
                sum(1 for on, passed in at if on == each and not passed),
            )
            for each in days
        ]
        without = sum(not made for _, made, _ in self._days)
        failed = sum(bool(wrong) for _, _, wrong in self._days)
        words = _tr("Drills, last 30 days: {failed} days with a failed one, {without} days without any")
        self.setAccessibleName(words.format(failed=failed, without=without))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(12) * DRILLS_DAYS, px(12))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(6) * DRILLS_DAYS, px(12))

    def _square(self, number: int) -> QRectF:
        step = self.width() / len(self._days)
        edge = min(step - px(2), px(12))
        return QRectF(number * step, (self.height() - edge) / 2, edge, edge)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, (_, made, wrong) in enumerate(self._days):
            area = self._square(number)
            if not made:
                painter.setPen(QPen(colour("hairline"), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), px(2), px(2))
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(Tone.DANGER if wrong else Tone.SUCCESS))
            painter.drawRoundedRect(area, px(2), px(2))
            if wrong:
                painter.setPen(QPen(colour("base"), max(1.2, px(3) / 2)))
                inset = area.width() * 0.3
                inner = area.adjusted(inset, inset, -inset, -inset)
                painter.drawLine(inner.topLeft(), inner.bottomRight())
                painter.drawLine(inner.topRight(), inner.bottomLeft())
        painter.end()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = next((n for n in range(len(self._days)) if self._near(n, QPointF(event.pos()))), None)
            words = _day_words(*self._days[found]) if found is not None else ""
            QToolTip.showText(event.globalPos(), markup((words,)) if words else "", self)
            return True
        return super().event(event)

    def _near(self, number: int, position: QPointF) -> bool:
        area = self._square(number)
        return area.left() - 1 <= position.x() <= area.right() + 1


def store_name(drill: Drill, read: PointsRead) -> str:
    """Where the point of a drill lies, for people."""
    if not drill.store_id:
        return _tr("a whole copy on this computer")
    return shown_name(read.stores.get(drill.store_id, _tr("a store that is not connected any more")))


def failed_words(drill: Drill) -> str:
    """What did not hold in a drill, in a sentence; a long explanation is left to the card of the drill."""
    wrong = next((check for check in drill.checks if not check.passed), None)
    if wrong is None:
        return f"{drill.sentence.rstrip('.')}."
    if wrong.title == BROUGHT_BACK:
        return _tr("It could not be brought back.")
    detail = f" {wrong.detail.rstrip('.')}." if 0 < len(wrong.detail) <= _BRIEF else ""
    return _tr("This is not so: {title}.").format(title=_small(wrong.title)) + detail


def elsewhere_words(read: PointsRead) -> str:
    """The newest point that is proven: what can be relied on instead."""
    proven = read.status.protection.proven
    if proven is None:
        return _tr("No other point is proven.")
    moment, name = when(from_text(proven.made_at)), read.stores.get(proven.store_id, "")
    if not name:
        return _tr("The whole copy of {when} on this computer is proven.").format(when=moment)
    return _tr("The point of {when} in {place} is proven.").format(when=moment, place=shown_name(name))


def _day_words(on: date, made: int, wrong: int) -> str:
    moment = day(from_text(f"{on.isoformat()}T12:00:00.000Z"))
    if not made:
        return _tr("{day}: no drill").format(day=moment)
    if wrong:
        return _tr("{day}: {wrong} of {made} failed").format(day=moment, wrong=wrong, made=made)
    return _tr("{day}: {drills} passed").format(day=moment, drills=plural(made, _tr("drill"), _tr("drills")))


def _check(check: Check) -> QWidget:
    """One thing that was looked at: in a line where all is well and few words tell it, and there is room for them."""
    if not check.passed or max(len(check.title), len(check.detail)) > _A_LINE:
        return check_line(check)
    mark = boxed(vbox(IconLabel("circle-check", Tone.SUCCESS, 14), None, margins=(0, 3, 0, 0)))
    title = boxed(hbox(Label(check.title), margins=(0, 0, 6, 0)))
    detail = [Label(check.detail, role="small", tone=Tone.MUTED)] if check.detail else []
    row = hbox(mark, boxed(Flow(title, *detail, gap=2)), gap=8)
    row.setStretch(1, 1)
    return boxed(row)


def _line(icon: str, words: str) -> QWidget:
    row = hbox(IconLabel(icon, Tone.MUTED, 14), Label(words, elide=True), gap=8)
    row.setStretch(1, 1)
    return boxed(row)


def _in_a_row(told: tuple[Part, ...], rest: tuple[str, ...]) -> tuple[Part, ...]:
    return (*told, " ", *rest) if told and rest else (*told, *rest)


def _small(sentence: str) -> str:
    """Its first letter small, to stand within another."""
    return sentence[:1].lower() + sentence[1:]


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
