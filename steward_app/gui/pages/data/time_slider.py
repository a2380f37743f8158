"""The slider of the time line: bars of changes a day above a track from where the history begins to now."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from steward_app.gui import fonts
from steward_app.gui.format import day as day_words
from steward_app.gui.format import plural
from steward_app.gui.look import colour, look, px
from steward_app.gui.pages.data.time_words import told
from steward_app.kernel import clock
from steward_app.services.audit.past.moments import Day
from steward_app.services.audit.past.steps import TimeLine

_SETTLES_MS = 180  # a handle that rests this long is where it is meant to be
_MOST = timedelta(days=366)
_SIDE, _TRACK, _BARS, _HANDLE = 8, 22, 16, 14
_KEYS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
}


class TimeSlider(QWidget):
    """Arrow keys go from change to change, Page keys by a day, Home and End to the ends.

    Signals:
        moved: where the handle is drawn to, a moment or None for now; nothing is to be read yet.
        settled: where it came to rest.
        stepped: to the next change (1) or the one before (-1).
        paged: by a day.
        ended: to where the history begins (False) or to now (True).
    """

    moved = Signal(object)
    settled = Signal(object)
    stepped = Signal(int)
    paged = Signal(int)
    ended = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._line: TimeLine | None = None
        self._now = clock.now()
        self._at: datetime | None = None
        self._dragging = False
        self._least = 180.0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_SETTLES_MS)
        self._rest.timeout.connect(self._settle)
        self.setAccessibleName(self.tr("Time"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._describe()

    @property
    def at(self) -> datetime | None:
        """Where the handle stands; None for now."""
        return self._at

    @property
    def dragging(self) -> bool:
        """True while the handle is held."""
        return self._dragging

    def show_line(self, line: TimeLine | None) -> None:
        """The time line of another table, or of the same one later."""
        self._line, self._now = line, clock.now()
        self.update()

    def show_at(self, at: datetime | None) -> None:
        """Put the handle somewhere; while it is held it stays in the hand."""
        if not self._dragging:
            self._at = at
            self._describe()
            self.update()

    def _describe(self) -> None:
        self.setAccessibleDescription(self.tr("Now") if self._at is None else told(self._at))

    # Where things are

    @property
    def _begins(self) -> datetime:
        if self._line is None:
            return self._now - timedelta(days=1)
        return min(max(self._line.begins, self._now - _MOST), self._now - timedelta(seconds=1))

    @property
    def _room(self) -> int:
        return max(1, self.width() - 2 * px(_SIDE))

    def x_of(self, moment: datetime | None) -> float:
        """Where a moment stands."""
        if moment is None:
            return px(_SIDE) + self._room
        share = (moment - self._begins) / (self._now - self._begins)
        return px(_SIDE) + self._room * min(1.0, max(0.0, share))

    def moment_at(self, x: float) -> datetime | None:
        """Which moment stands there; None for now."""
        share = (x - px(_SIDE)) / self._room
        if share >= 1 - 2 / self._room:
            return None
        found = self._begins + (self._now - self._begins) * max(0.0, share)
        return max(found.replace(microsecond=0), self._begins)

    # What is done

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._dragging = True
            self._drag(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._drag(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging and event.button() is Qt.MouseButton.LeftButton:
            self._dragging = False
            self._settle()

    def _drag(self, x: float) -> None:
        self._at = self.moment_at(x)
        self._describe()
        self.update()
        self.moved.emit(self._at)
        self._rest.start()

    def _settle(self) -> None:
        self._rest.stop()
        self.settled.emit(self._at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _KEYS:
            self.stepped.emit(_KEYS[key])
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.paged.emit(1 if key == Qt.Key.Key_PageUp else -1)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.ended.emit(key == Qt.Key.Key_End)
        else:
            super().keyPressEvent(event)

    # How it looks

    def sizeHint(self) -> QSize:
        return QSize(px(360), px(48))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(self._least), px(48))

    def set_least(self, width: float) -> None:
        """How narrow it may be, of the design."""
        self._least = width
        self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        handle, right = self.x_of(self._at), px(_SIDE) + self._room
        for area, _, _ in self.bars():
            shade = colour("accent" if area.center().x() <= handle else "control")
            shade.setAlphaF(0.5)
            painter.setBrush(shade)
            painter.drawRoundedRect(area, 1, 1)
        top = px(_TRACK) - px(4) / 2
        for end, token in ((right, "pressed"), (handle, "accent")):
            painter.setBrush(colour(token))
            painter.drawRoundedRect(QRectF(px(_SIDE), top, max(0.0, end - px(_SIDE)), px(4)), px(2), px(2))
        painter.setBrush(colour("base"))
        painter.setPen(QPen(colour("accent"), 2.5 * look().scale))
        size = px(_HANDLE)
        painter.drawEllipse(QRectF(handle - size / 2, px(_TRACK) - size / 2, size, size))
        self._paint_words(painter)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        font = fonts.body(look().scale, size=look().measures.caption)
        painter.setFont(font)
        painter.setPen(colour("muted"))
        now, metrics = self.tr("Now"), QFontMetrics(font)
        line = QRect(px(2), px(32), self.width() - px(4), px(16))
        begins = ""
        if self._line is not None:
            room = line.width() - metrics.horizontalAdvance(now) - px(12)
            begins = self.tr("{day}, history begins").format(day=day_words(self._line.begins))
            if metrics.horizontalAdvance(begins) > room:
                begins = metrics.elidedText(day_words(self._line.begins), Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft), begins)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight), now)
        middle = self.tr("Changes a day")
        taken = 2 * max(metrics.horizontalAdvance(begins), metrics.horizontalAdvance(now)) + px(24)
        if line.width() - taken > metrics.horizontalAdvance(middle):
            painter.drawText(line, int(Qt.AlignmentFlag.AlignHCenter), middle)

    def bars(self) -> list[tuple[QRectF, Day, int]]:
        """A bar for every day, or for several where they are too narrow: its place, the first day, how many days."""
        days = self._line.days if self._line is not None else ()
        if not days:
            return []
        width = self._room * (timedelta(days=1) / (self._now - self._begins))
        together = max(1, round(px(4) / max(width, 0.01)))
        groups = [days[start : start + together] for start in range(0, len(days), together)]
        most = max(sum(each.changes for each in group) for group in groups) or 1
        found = []
        for group in groups:
            changes = sum(each.changes for each in group)
            first = datetime.combine(group[0].day, time(), UTC)
            left, right = self.x_of(first), self.x_of(first + timedelta(days=len(group)))
            if not changes:
                continue
            height = max(px(2), px(_BARS) * (changes / most) ** 0.5)
            day = (
                right - left - px(2)
            )  # of one that is most of the line, no place in it is where the changes were
            wide = max(px(2), day if day > self._room / 2 else min(px(12), day))
            left += (right - left - wide) / 2
            area = QRectF(left, px(_TRACK) - px(4) - height, wide, height)
            found.append((area, Day(group[0].day, changes, all(each.exact for each in group)), len(group)))
        return found

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._words_at(event.pos().x()), self)
            return True
        return super().event(event)

    def _words_at(self, x: int) -> str:
        """What a tooltip says of a place: its moment, and how many changes its day had."""
        moment = self.moment_at(x)
        words = [self.tr("Now") if moment is None else told(moment)]
        for area, day, _ in self.bars():
            if abs(area.center().x() - x) <= max(area.width(), px(4)):
                changes = plural(day.changes, self.tr("change"), self.tr("changes"))
                words.append(changes if day.exact else self.tr("about {n}").format(n=changes))
                break
        return ", ".join(words)
