"""A low window: what there is no room for is scrolled to, and nothing lies on anything else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.points import a_point
from builders.walk import problems_of
from steward_app.app import PAGES
from steward_app.gui.context import Message
from steward_app.gui.focus_ring import FocusRing
from steward_app.gui.page import PageSpec
from steward_app.gui.shell.reach import Reach
from steward_app.gui.shell.toast import Toast
from steward_app.gui.shell.window import Window
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.popover import SHADOW
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
    (found,) = (each for each in window.findChildren(Reach) if each.isVisible())
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


def test_at_200_percent_every_page_stands_whole_in_an_ordinary_window(
    open_window: Open, clinic: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, clinic)
    window.theme.set_zoom(200)
    window.resize(1280, 800)
    for spec in PAGES:
        window.navigate(spec.id)
        at_rest(window, qtbot)
        try:  # words that come with a job's result are laid out in a turn of their own
            qtbot.waitUntil(lambda: reach(window).verticalScrollBar().maximum() == 0)
        except qtbot.TimeoutError:
            pytest.fail(f"{spec.id} is scrolled")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (700, 480)])
def test_the_palette_and_toasts_stay_in_the_window(
    open_window: Open, clinic: Path, qtbot: QtBot, width: int, height: int
) -> None:
    window = open_window(PAGES, clinic)
    window.theme.set_zoom(200)
    window.resize(width, height)
    at_rest(window, qtbot)
    window.open_palette()
    window.toast(Message("Restore point made, checked and proven", "clinic.db"))
    last = window.palette_view.list
    assert window.rect().contains(window.palette_view.geometry().adjusted(SHADOW, 0, -SHADOW, -SHADOW))
    assert last.mapTo(window, last.rect().bottomLeft()).y() < window.height()
    for toast in window.findChildren(Toast):
        assert window.rect().contains(toast.geometry().adjusted(SHADOW, 0, -SHADOW, 0))


def test_where_a_key_puts_the_focus_is_in_view(
    open_window: Open, clinic: Path, qtbot: QtBot, qapp: QApplication
) -> None:
    window = open_window(PAGES, clinic)
    ring = FocusRing(qapp)
    a_point(window.desk.catalog, clinic)
    window.theme.set_zoom(200)
    window.resize(1280, 800)
    window.navigate("restore")
    at_rest(window, qtbot)
    window.set_read_only(False)
    page: Any = window.pages.page
    qtbot.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    place = page.choose.in_place
    assert place.hasFocus() and place.isChecked()
    assert page.choose.rect().contains(place.mapTo(page.choose, place.rect().center()))
    qapp.removeEventFilter(ring)
    ring.deleteLater()


def lowest(root: QWidget) -> int:
    """Where the lowest of what stands in it ends."""
    inside = [child for child in root.findChildren(QWidget) if child.isVisible() and child.parent() is root]
    return max((child.geometry().bottom() for child in inside), default=0)
