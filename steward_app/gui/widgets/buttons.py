"""Buttons. One primary a page; a disabled one says why; one that works shows an arc and a gerund."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QIconEngine, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from steward_app.gui.actions import Action, hint
from steward_app.gui.icons import icon as make_icon
from steward_app.gui.look import colour, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.text import restyle, tip

_TURN_MS = 40
_TURN_DEGREES = 14


class Kind(StrEnum):
    SECOND = "second"
    PRIMARY = "primary"
    DANGER = "danger"
    QUIET = "quiet"
    LINK = "link"
    ICON = "icon"
    PLAIN_ICON = "plain-icon"


_ICON_TONES = {
    Kind.PRIMARY: Tone.ON_FILL,
    Kind.DANGER: Tone.ON_FILL,
    Kind.QUIET: Tone.ACCENT,
    Kind.LINK: Tone.ACCENT,
    Kind.PLAIN_ICON: Tone.MUTED,
}


class Button(QPushButton):
    """A button with a verb, from an `Action` or from words and a callable.

    Args:
        text: verb and object; for a kind without words it becomes the accessible name and the tooltip.
        run: what a click does.
        icon: name of an icon.
        small: 24 high instead of 28, inside banners, strips and cards.
        icon_after: the icon stands behind the words ("Open Backups ›").
    """

    def __init__(
        self,
        text: str = "",
        run: Callable[[], None] | None = None,
        *,
        kind: Kind = Kind.SECOND,
        icon: str = "",
        small: bool = False,
        icon_after: bool = False,
        action: Action | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind = self._wide_kind = kind
        self._action = action
        self._icon_name = icon or (action.icon if action else "")
        self._small = small
        self._busy: QTimer | None = None
        self._words = text or (action.title if action else "")
        self.setProperty("kind", str(kind))
        self.setProperty("small", small)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        if icon_after:
            self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        if kind is Kind.LINK:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._show_words(self._words)
        self._show_icon()
        self._run = run or (action.trigger if action is not None else None)
        if self._run is not None:
            self.clicked.connect(self._clicked)
        self.reconsider()

    @property
    def action(self) -> Action | None:
        """The action behind it, or None."""
        return self._action

    def reconsider(self) -> None:
        """Ask the action again whether it can be done, and say why not."""
        if self._action is None or self._busy is not None:
            return
        reason = self._action.reason
        self.setEnabled(not reason)
        self.setToolTip(hint(self._action) if reason or self._action.shortcut or not self.text() else "")
        self.setAccessibleDescription(reason)

    def disable(self, reason: str) -> None:
        """Disable it and say why; "" enables it again. For buttons that have no action."""
        self.setEnabled(not reason)
        self.setToolTip(reason or ("" if self.text() else self._words))
        self.setAccessibleDescription(reason)

    def set_words(self, text: str) -> None:
        """Another verb and number: "Archive 12,480 visits"."""
        self._words = text
        self._show_words(text)

    def set_compact(self, compact: bool) -> None:
        """Show the icon alone, with the words as its name and tooltip, where room is short; or the words again."""
        self._kind = Kind.ICON if compact else self._wide_kind
        self.setProperty("kind", str(self._kind))
        self.setText("")
        self.setAccessibleName("")
        self.setToolTip("")
        self._show_words(self._words)
        self._show_icon()
        restyle(self)
        self.reconsider()

    def show_icon_named(self, icon: str) -> None:
        """Another icon."""
        self._icon_name = icon
        self._show_icon()

    def set_busy(self, gerund: str = "") -> None:
        """Show that it works ("Backing up"), at no less than its width; "" ends it."""
        if gerund and self._busy is None:
            self._busy = QTimer(self)
            self._busy.timeout.connect(self._turn)
            self._busy.start(_TURN_MS)
            width = self.width() if self.isVisible() else 0
            self._arc = _ArcEngine()
            self.setIcon(QIcon(self._arc))
            self.setIconSize(QSize(px(17), px(14)))
            self._show_words(gerund)
            self.setMinimumWidth(max(width, self.sizeHint().width()))
        elif not gerund and self._busy is not None:
            self._busy.stop()
            self._busy.deleteLater()
            self._busy = None
            self.setMinimumWidth(0)
            self._show_icon()
            self._show_words(self._words)
        self.setEnabled(not gerund)
        self.setProperty("busy", bool(gerund))
        restyle(self)
        self.reconsider()

    def _clicked(self) -> None:
        if self._run is not None:
            self._run()

    def _turn(self) -> None:
        _ArcEngine.angle = (_ArcEngine.angle - _TURN_DEGREES) % 360
        self.update()

    def _show_words(self, text: str) -> None:
        if self._kind in (Kind.ICON, Kind.PLAIN_ICON):
            self.setAccessibleName(text)
            self.setToolTip(tip(text))
        else:
            self.setText(text.replace("&", "&&"))

    def _show_icon(self) -> None:
        if not self._icon_name:
            self.setIcon(QIcon())
            return
        self.setIcon(make_icon(self._icon_name, _ICON_TONES.get(self._kind, Tone.TEXT)))
        edge = 12 if self._small and self._kind not in (Kind.ICON, Kind.PLAIN_ICON) else 14
        edge = 16 if self._kind in (Kind.ICON, Kind.PLAIN_ICON) and not self._small else edge
        gap = 3 if self.text() and self.layoutDirection() is Qt.LayoutDirection.LeftToRight else 0
        self.setIconSize(QSize(px(edge + gap), px(edge)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter does what Space does; held down it does so once."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.click()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() != QEvent.Type.StyleChange:
            return
        if self._busy is None:
            self._show_icon()
        else:
            self.setIconSize(QSize(px(17), px(14)))
            self.setMinimumWidth(self.sizeHint().width())


def link(text: str, run: Callable[[], None], *, onward: bool = False, mono: bool = False) -> Button:
    """A link in words; `onward` adds the arrow of "Open Backups ›", `mono` writes it in the font of names."""
    made = Button(text, run, kind=Kind.LINK, icon="chevron-right" if onward else "", icon_after=onward)
    made.setProperty("mono", mono)
    return made


class _ArcEngine(QIconEngine):
    """The painted arc of a button that works."""

    angle = 0

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        edge = min(rect.width(), rect.height())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour("accent"), max(1.5, edge / 8)))
        inset = edge / 8
        area = QRectF(rect.x() + inset, rect.y() + inset, edge - 2 * inset, edge - 2 * inset)
        painter.drawArc(area, _ArcEngine.angle * 16, 250 * 16)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        return _ArcEngine()
