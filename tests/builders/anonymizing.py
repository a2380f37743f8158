"""The Anonymize page in tests: open it, wait until nothing runs, and go to a step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from steward_app.app import PAGES
from steward_app.gui.pages.anonymize import reasons
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.gui.shell.window import Window


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=60_000)
        QApplication.processEvents()


def opened(open_window: Callable[..., Window], path: Path, qtbot: QtBot) -> AnonymizePage:
    """The page on a database, in a window of its own."""
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    window.navigate("anonymize")
    at_rest(window, qtbot)
    found = window.pages.page
    assert isinstance(found, AnonymizePage)
    return found


def rest(page: AnonymizePage, qtbot: QtBot) -> None:
    window = page.window()
    assert isinstance(window, Window)
    at_rest(window, qtbot)


def looked(page: AnonymizePage, qtbot: QtBot) -> None:
    page.own.look.trigger()
    rest(page, qtbot)
    assert page.step == reasons.COLUMNS


def balanced(page: AnonymizePage, qtbot: QtBot) -> None:
    looked(page, qtbot)
    for _ in range(2):
        page.own.onward.trigger()
        rest(page, qtbot)
    assert page.step == reasons.BALANCE
