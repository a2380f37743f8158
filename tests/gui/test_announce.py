"""What appears by itself is told to who listens; what is counted is of the rows as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAccessible, QCursor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from builders import a_database
from steward_app.app import PAGES
from steward_app.db import open_write
from steward_app.gui import announce as module
from steward_app.gui.context import Message
from steward_app.gui.shell.toast import Toast
from steward_app.gui.shell.window import Window
from steward_app.gui.tokens import Tone

Open = Callable[..., Window]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table(
            "visit", "id INTEGER PRIMARY KEY, a INTEGER, up INTEGER REFERENCES visit", rows=[(1, -1, 9)]
        )
        .build()
    )


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []

    class Listener(QAccessible):
        @staticmethod
        def updateAccessibility(event: object) -> None:  # noqa: N802  Qt calls it so
            said.append(event.message())  # type: ignore[attr-defined]

    monkeypatch.setattr(module, "QAccessible", Listener)
    return said


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()


def test_toasts_and_notices_are_announced_once(
    open_window: Open, clinic: Path, heard: list[str], qtbot: QtBot
) -> None:
    window = open_window(PAGES, clinic)
    at_rest(window, qtbot)
    window.toast(Message("Restore point made", "clinic.db"))
    assert heard == ["Restore point made clinic.db"]
    window.show_notice(Tone.DANGER, "The file was moved.", "Open it again.")
    qtbot.waitUntil(lambda: heard[-1] == "The file was moved. Open it again.")
    window.hide()
    window.show()
    assert len(heard) == 2


def test_a_toast_is_as_high_as_its_words(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, clinic)
    at_rest(window, qtbot)
    for title in ("Done", "Restored \u201cwalk-light-and-long-name.db\u201d to 2026-11-20 15:08 UTC"):
        window.toast(Message(title))
    for toast in window.findChildren(Toast):
        assert toast.height() == toast.heightForWidth(toast.width())


def test_a_toast_goes_though_the_pointer_is_where_it_began(
    open_window: Open, clinic: Path, qtbot: QtBot
) -> None:
    """It is laid out at the corner of the window before it has its place: nobody points at it there."""
    window = open_window(PAGES, clinic)
    at_rest(window, qtbot)
    QCursor.setPos(window.mapToGlobal(QPoint(8, 8)))
    window.toast(Message("Done"))
    (toast,) = window.findChildren(Toast)
    assert not toast.underMouse()
    assert toast._timer.isActive()


def test_counts_of_rows_that_changed_are_taken_back(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, clinic)
    at_rest(window, qtbot)
    badge: QWidget = window.sidebar._items["constraints"]
    assert badge.accessibleName() == "Constraints, 1"
    window.navigate("journal")
    at_rest(window, qtbot)
    with open_write(clinic) as session:
        session.run("DELETE FROM visit WHERE a < 0")
    window.refresh()
    at_rest(window, qtbot)
    assert badge.accessibleName() == "Constraints"
    window.navigate("constraints")
    at_rest(window, qtbot)
    assert badge.accessibleName() == "Constraints"
