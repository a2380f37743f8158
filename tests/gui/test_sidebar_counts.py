"""How many constraints are broken stays told in the sidebar, whatever page is shown and however narrow it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from steward_app.app import PAGES
from steward_app.gui.look import px
from steward_app.gui.pages.backups.page import BackupsPage
from steward_app.gui.shell.window import Window

Open = Callable[..., Window]


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()


def test_the_count_of_broken_constraints_stays_after_a_backup(
    open_window: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    path = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY")
        .with_table("bill", "id INTEGER PRIMARY KEY, visit_id INT REFERENCES visit", rows=[(1, 9)])
        .build()
    )
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    item = window.sidebar._items["constraints"]
    assert item.accessibleName() == "Constraints, 1"
    window.navigate("backups")
    at_rest(window, qtbot)
    page = window.pages.page
    assert isinstance(page, BackupsPage)
    page.acts.create.trigger()
    at_rest(window, qtbot)
    assert len(page.read.points if page.read else ()) == 1
    assert item.accessibleName() == "Constraints, 1"


def test_where_there_are_icons_alone_the_count_is_at_the_corner(
    open_window: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    path = a_database(tmp_path / "clinic.db").with_table("visit", "id INTEGER PRIMARY KEY").build()
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    window.resize(700, 600)
    at_rest(window, qtbot)
    assert window.sidebar.narrow
    item = window.sidebar._items["constraints"]
    bare = item.grab().toImage()
    window.sidebar.show_count("constraints", 14, window.sidebar._items["data"]._tone)
    told = item.grab().toImage()
    corner = told.pixelColor(told.width() - px(8), px(3))
    assert corner != bare.pixelColor(bare.width() - px(8), px(3))
