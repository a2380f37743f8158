"""A pair of hands: clicks at a point of the screen, keys, typing. Qt's own, or those of an X server where one runs.

Neither knows a widget: what lies on top gets the click, and what has the focus gets the key, as with a person.
"""

from __future__ import annotations

import os
import subprocess
from typing import Protocol

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

X_KEYS = {"Ctrl": "ctrl", "Shift": "shift", "Space": "space", ".": "period"}


class Hands(Protocol):
    """What a person does with a window."""

    def click(self, at: QPoint) -> None:
        """Press and let go of the left button at a point of the screen."""

    def drag(self, start: QPoint, end: QPoint) -> None:
        """Press at one point, let go at another."""

    def press(self, keys: str) -> None:
        """Press keys together: "Ctrl+End"."""

    def write(self, text: str) -> None:
        """Type letters."""


def hands() -> Hands:
    """Those of the X server where the tests run on one (`make test-window`), else Qt's."""
    return XHands() if QGuiApplication.platformName() == "xcb" else QtHands()


class QtHands:
    """Events given to the window as its platform would give them."""

    def click(self, at: QPoint) -> None:
        self.drag(at, at)

    def drag(self, start: QPoint, end: QPoint) -> None:
        window = next(w for w in _windows() if w.geometry().contains(start))
        button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mouseMove(window, window.mapFromGlobal(start))
        QTest.mousePress(window, button, none, window.mapFromGlobal(start))
        QTest.mouseMove(window, window.mapFromGlobal(end))
        QTest.mouseRelease(window, button, none, window.mapFromGlobal(end))

    def press(self, keys: str) -> None:
        QTest.keySequence(_focused(), QKeySequence(keys))

    def write(self, text: str) -> None:
        for letter in text:
            QTest.sendKeyEvent(
                QTest.KeyAction.Click, _focused(), Qt.Key.Key_unknown, letter, Qt.KeyboardModifier.NoModifier
            )


class XHands:
    """A real pointer and a real keyboard: `xdotool` asks the X server, which asks the window manager, which asks us."""

    def click(self, at: QPoint) -> None:
        self._do("mousemove", str(at.x()), str(at.y()), "click", "1")

    def drag(self, start: QPoint, end: QPoint) -> None:
        self._do("mousemove", str(start.x()), str(start.y()), "mousedown", "1")
        self._do("mousemove", str(end.x()), str(end.y()), "mouseup", "1")

    def press(self, keys: str) -> None:
        self._do(
            "key", "+".join(X_KEYS.get(key, key.lower() if len(key) == 1 else key) for key in keys.split("+"))
        )

    def write(self, text: str) -> None:
        self._do("type", "--delay", "5", text)

    def _do(self, *words: str) -> None:
        with subprocess.Popen(["xdotool", *words], env={**os.environ}) as child:
            while child.poll() is None:
                QApplication.processEvents()
        assert child.returncode == 0, words


def _windows() -> list[QWindow]:
    """What can be clicked, the topmost first: menus and lists that popped up, dialogs, the window."""
    seen = [window for window in QGuiApplication.topLevelWindows() if window.isVisible()]
    modal = QGuiApplication.modalWindow()
    popup = QApplication.activePopupWidget()
    above = popup.windowHandle() if popup is not None else modal
    return sorted(seen, key=lambda window: window is not above)


def _focused() -> QWindow:
    popup = QApplication.activePopupWidget()
    window = popup.windowHandle() if popup is not None else QGuiApplication.focusWindow()
    assert window is not None, "no window has the focus"
    return window
