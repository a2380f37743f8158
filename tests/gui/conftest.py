"""The window's tests: a theme that leaves no trace, and a window on a desk of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from steward_app.gui.bridge import JobCenter
from steward_app.gui.desk import Desk
from steward_app.gui.page import PageSpec
from steward_app.gui.shell.window import Window
from steward_app.gui.theme import Theme
from steward_app.jobs import JobRunner


class PatientBot(QtBot):
    """Waits as long as a busy machine may need: five seconds are not enough for each."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = 60_000) -> None:  # noqa: N802
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def keys_let_go(qapp: QApplication) -> Iterator[None]:
    """No test holds Ctrl or Shift for the next: after a key click Qt takes them as held until another one comes."""
    yield
    if QApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        QTest.keyRelease(QWidget(), Qt.Key.Key_Control)


@pytest.fixture(autouse=True)
def english_numbers() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("en_GB"))
    yield
    QLocale.setDefault(before)


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp)
    yield made
    made.set_mode("light")
    made.set_zoom(100)
    made.deleteLater()


@pytest.fixture
def open_window(qtbot: QtBot, theme: Theme) -> Iterator[Callable[..., Window]]:
    """`open_window(specs, path)`: a window, with a file open when one is given."""
    made: list[Window] = []

    def open_it(specs: tuple[PageSpec, ...] = (), path: Path | None = None) -> Window:
        window = Window(Desk(), JobCenter(JobRunner()), theme, specs)
        qtbot.addWidget(window)
        made.append(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        if path is not None:
            window.opening.open(path)
            qtbot.waitUntil(lambda: window.jobs.idle and window.file is not None)
        return window

    yield open_it
    for window in made:
        window.hide()
        window.shut()
