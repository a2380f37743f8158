"""The Anonymize page in tests: wait until nothing runs, and go to a step."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from steward_app.gui.pages.anonymize import reasons
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.gui.shell.window import Window


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=60_000)
        QApplication.processEvents()


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
