"""A low window: what there is no room for is scrolled to, and nothing lies on anything else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from steward_app.app import PAGES
from steward_app.gui.page import PageSpec
from steward_app.gui.shell.reach import Reach
from steward_app.gui.shell.window import Window
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.surfaces import Toolbar

Open = Callable[..., Window]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_database(tmp_path / "clinic.db").with_table("visit", "id INTEGER PRIMARY KEY").build()


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()


def reach(window: Window) -> Reach:
    (found,) = window.findChildren(Reach)
    return found


@pytest.mark.parametrize("spec", PAGES, ids=lambda spec: spec.id)
def test_a_page_under_a_notice_in_a_low_window(
    open_window: Open, clinic: Path, qtbot: QtBot, spec: PageSpec
) -> None:
    window = open_window(PAGES, clinic)
    window.navigate(spec.id)
    window.theme.set_zoom(200)
    window.resize(1280, 800)
    window.show_notice(Tone.DANGER, "Some pages are damaged. " * 6, "The file is unchanged. " * 6)
    window.strip.toggle()
    at_rest(window, qtbot)
    assert problems_of(window) == []
    for bar in window.findChildren(Toolbar):
        if bar.isVisible():
            assert bar.height() >= bar.heightForWidth(bar.width())
            assert lowest(bar) <= bar.height()


def test_with_room_nothing_is_scrolled(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, clinic)
    window.resize(1280, 800)
    for spec in PAGES:
        window.navigate(spec.id)
        at_rest(window, qtbot)
        assert not reach(window).verticalScrollBar().isVisible(), spec.id
        page = window.pages.page
        assert page is not None and page.height() == reach(window).height()


def lowest(root: QWidget) -> int:
    """Where the lowest of what stands in it ends."""
    inside = [child for child in root.findChildren(QWidget) if child.isVisible() and child.parent() is root]
    return max(child.geometry().bottom() for child in inside)
