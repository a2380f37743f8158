"""Toasts: what was done, for ten seconds at the bottom left of the page, with Undo where there is one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QWidget

from steward_app.gui.announce import announce
from steward_app.gui.context import Message
from steward_app.gui.format import as_here
from steward_app.gui.layout import fix, hbox, vbox
from steward_app.gui.look import look, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.popover import SHADOW, Floating
from steward_app.gui.widgets.states import TONE_ICONS, IconLabel
from steward_app.gui.widgets.text import Label

SHOWN_MS = 10_000
_MOST = 3
_WIDTH = 376
_FOOT = 56  # what stands at the foot of a page, its buttons above all, stays within reach


class Toast(Floating):
    """One message. Stays while the pointer or the focus is on it."""

    def __init__(self, message: Message, toasts: Toasts, window: QWidget) -> None:
        super().__init__(window)
        self.message = message
        self._toasts = toasts
        words = vbox(Label(as_here(message.title), role="strong", wrap=True))
        if message.text:
            words.addWidget(Label(as_here(message.text), role="small", tone=Tone.MUTED, wrap=True))
        row = hbox(IconLabel(message.icon or TONE_ICONS[message.tone], message.tone), words, gap=12,
                   margins=(16, 12, 12, 12))  # fmt: skip
        row.setStretch(1, 1)
        if message.undo is not None:
            row.addWidget(Button(self.tr("Undo"), self._undo, icon="undo-2", small=True))
        row.addWidget(Button(self.tr("Close"), self.close_now, kind=Kind.PLAIN_ICON, icon="x", small=True))
        self.setLayout(row)
        fix(self, width=_WIDTH)
        self.setAccessibleName(as_here(f"{message.title} {message.text}".strip()))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._expire)
        self._timer.start(SHOWN_MS)

    def _expire(self) -> None:
        focused = QApplication.focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            self._timer.start(SHOWN_MS)  # whoever came to it by keys is not left without a place
        else:
            self.close_now()

    def close_now(self) -> None:
        """Take it away."""
        self._timer.stop()
        self._toasts.remove(self)

    def _undo(self) -> None:
        self.close_now()
        if self.message.undo is not None:
            self.message.undo()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            QTimer.singleShot(0, self._toasts, self._toasts.place)  # when its words have their new size

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        self._timer.start(SHOWN_MS)


class Toasts(QObject):
    """The toasts of a window, the newest at the bottom, at most three.

    They stand at the left, over the lower end of a list: at the right are forms, details and the buttons of lines.

    Args:
        sidebar: they stand beside it.
    """

    def __init__(self, window: QWidget, sidebar: QWidget) -> None:
        super().__init__(window)
        self._window, self._sidebar = window, sidebar
        self._shown: list[Toast] = []

    def show_message(self, message: Message) -> None:
        """Show one more."""
        while len(self._shown) >= _MOST:
            self.remove(self._shown[0])
        toast = Toast(message, self, self._window)
        self._shown.append(toast)
        toast.ensurePolished()
        self.place()  # before it is shown: a pointer at the corner where it would begin is not on it
        toast.show()
        self.place()
        announce(toast, toast.accessibleName())

    def remove(self, toast: Toast) -> None:
        """Take one away."""
        if toast in self._shown:
            self._shown.remove(toast)
            toast.hide()
            toast.deleteLater()
            self.place()

    def clear(self) -> None:
        """Take all away."""
        for toast in tuple(self._shown):
            self.remove(toast)

    def place(self) -> None:
        """Stack them above the strip and the foot of the page, as after a resize."""
        beside = self._sidebar.width() if self._sidebar.isVisible() else 0
        bottom = self._window.height() - px(look().measures.strip) - px(_FOOT + 16) + SHADOW
        for toast in reversed(self._shown):
            width = min(px(_WIDTH), self._window.width() - 2 * px(16) + 2 * SHADOW)
            toast.setFixedWidth(width)
            toast.resize(width, toast.heightForWidth(width))
            most = self._window.width() - toast.width() - px(16) + SHADOW
            toast.move(min(beside + px(16) - SHADOW, most), bottom - toast.height())
            toast.raise_()
            bottom -= toast.height() - 2 * SHADOW + px(8)
