"""A recipe that drifted is told above every page, in the sidebar, among what to do next, and made again from there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.recipes import add
from builders.under_audit import run
from builders.walk import problems_of
from steward_app.app import PAGES
from steward_app.catalog import open_catalog
from steward_app.gui.shell.window import Window
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.services.audit.recipes import AppendOnly, recipe_status

Open = Callable[..., Window]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=[(1, "a")])
        .build()
    )
    with open_catalog() as catalog:
        add(catalog, made, AppendOnly("visit"))
    return made


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(5):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()


def told(window: Window) -> list[str]:
    QApplication.processEvents()
    return [
        each.text for each in window.findChildren(Banner) if each.isVisibleTo(window) and "ecipe" in each.text
    ]


def press(window: Window, words: str) -> None:
    (button,) = [
        each
        for each in window.findChildren(Button)
        if each.text() == words and each.isVisibleTo(window) and each.isEnabled()
    ]
    button.click()


def test_a_recipe_that_drifted_is_made_again(open_window: Open, path: Path, qtbot: QtBot) -> None:
    run(path, "DROP TRIGGER _steward_recipe_1_update")
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    (banner,) = told(window)
    assert "Recipe 1 on “visit” is not as it should be" in banner and "is gone" in banner
    assert window.sidebar._items["audit"]._count == "1" and problems_of(window) == []
    tasks = window.pages.page.tasks.items  # type: ignore[union-attr]
    assert any("Recipe 1" in task.title for task in tasks)
    press(window, "Make again")
    at_rest(window, qtbot)
    page = window.pages.page
    page.context.allow_changes()  # type: ignore[union-attr]
    step = page.views["setup"].step  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: step.plan is not None, timeout=30_000)
    step.apply_action.trigger()
    qtbot.waitUntil(lambda: step.finished, timeout=30_000)
    at_rest(window, qtbot)
    assert [each.state.value for each in recipe_status(path)] == ["armed"]
    assert told(window) == []


def test_a_list_that_somebody_edited_is_shown(open_window: Open, path: Path, qtbot: QtBot) -> None:
    run(path, "UPDATE _steward_recipe SET spec = '{'")
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    (banner,) = told(window)
    assert "cannot be read" in banner
    press(window, "Show")
    at_rest(window, qtbot)
    part = window.pages.page.views["setup"].recipes  # type: ignore[union-attr]
    assert part.isVisibleTo(window) and [each.what for each in part.recipes] == [None]
    assert part.renew_action.reason.startswith("What cannot be read") and problems_of(window) == []
