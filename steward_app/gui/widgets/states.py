"""States: always an icon and a word, never a colour alone."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from steward_app.gui import fonts, icons
from steward_app.gui.layout import hbox
from steward_app.gui.look import colour, look, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.text import Label
from steward_app.kernel.finding import Severity

SEVERITIES: dict[Severity, tuple[str, Tone]] = {
    Severity.ERROR: ("circle-x", Tone.DANGER),
    Severity.WARNING: ("triangle-alert", Tone.WARNING),
    Severity.NOTE: ("info", Tone.ACCENT),
}
"""Icon and tone of each severity."""

TONE_ICONS: dict[Tone, str] = {
    Tone.DANGER: "circle-x",
    Tone.WARNING: "triangle-alert",
    Tone.SUCCESS: "circle-check",
    Tone.ACCENT: "info",
    Tone.PERSONAL: "id-card",
    Tone.MUTED: "circle",
}
"""The icon a state has when none is given."""


class IconLabel(QWidget):
    """An icon alone, beside words that say the same."""

    def __init__(
        self, icon: str, tone: Tone = Tone.MUTED, size: int = 16, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon, self._tone, self._size = icon, tone, size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_icon(self, icon: str, tone: Tone) -> None:
        """Show another icon or tone."""
        self._icon, self._tone = icon, tone
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(self._size), px(self._size))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._icon:
            painter = QPainter(self)
            icons.paint(painter, self._icon, self._tone, 0, 0, self._size)
            painter.end()


class StateLabel(QWidget):
    """A state in a line: icon and word, in the state's tone."""

    def __init__(
        self,
        text: str = "",
        tone: Tone = Tone.MUTED,
        icon: str = "",
        *,
        role: str = "medium",
        elide: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon = IconLabel(icon or TONE_ICONS[tone], tone, 14)
        self._label = Label(text, role=role, tone=tone, elide=elide)
        self.setLayout(hbox(self._icon, self._label, gap=6))

    def show_state(self, text: str, tone: Tone, icon: str = "") -> None:
        """Show another state."""
        self._icon.show_icon(icon or TONE_ICONS[tone], tone)
        self._label.say(text)
        self._label.set_tone(tone)

    @property
    def text(self) -> str:
        """The word of the state."""
        return self._label.plain


class Pill(QWidget):
    """A small flat mark: a word on a tint, with an icon where it is a state."""

    def __init__(
        self, text: str, tone: Tone = Tone.MUTED, icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._text, self._tone, self._icon = text, tone, icon
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    @property
    def text(self) -> str:
        return self._text

    def show_state(self, text: str, tone: Tone, icon: str = "") -> None:
        """Show another state."""
        self._text, self._tone, self._icon = text, tone, icon
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        icon = px(12) + px(4) if self._icon else 0
        return QSize(2 * px(6) + icon + QFontMetrics(_pill_font()).horizontalAdvance(self._text), px(20))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_pill(painter, QRectF(self.rect()), self._text, self._tone, self._icon)
        painter.end()


def paint_pill(painter: QPainter, area: QRectF, text: str, tone: Tone, icon: str = "") -> None:
    """Paint a pill into an area; for cells of tables."""
    tint = "hover" if tone in (Tone.MUTED, Tone.TEXT) else f"{tone}_tint"
    radius = px(look().measures.radius_mark)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(tint))
    painter.drawRoundedRect(area, radius, radius)
    x = area.x() + px(6)
    if icon:
        icons.paint(painter, icon, tone, x, area.y() + (area.height() - px(12)) / 2, 12)
        x += px(12) + px(4)
    painter.setFont(_pill_font())
    painter.setPen(colour(tone))
    painter.drawText(
        QRectF(x, area.y(), area.right() - x, area.height()), int(Qt.AlignmentFlag.AlignVCenter), text
    )


def _pill_font() -> QFont:
    return fonts.body(look().scale, size=look().measures.small, weight=QFont.Weight.Medium)
