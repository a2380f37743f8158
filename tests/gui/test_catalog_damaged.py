"""The window without a catalog that can be read: it opens, says so, and offers the way out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from steward_app.catalog import open_catalog, preferences
from steward_app.gui.shell.window import Window
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.kernel.errors import ErrorCode

Open = Callable[..., Window]
ASIDE, AGAIN = "Set the catalog aside", "Try again"


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_database(tmp_path / "clinic.db").with_table("visit", "a", rows=[(1,)]).build()


@pytest.fixture
def path(steward_home: Path) -> Path:
    open_catalog().close()
    return steward_home / "catalog.sqlite"


def words(window: Window) -> str:
    return " ".join(banner.text for banner in window.welcome.findChildren(Banner))


def press(qtbot: QtBot, window: Window, name: str) -> None:
    def shown() -> list[Button]:
        return [
            each for each in window.welcome.findChildren(Button) if each.text() == name and each.isVisible()
        ]

    qtbot.waitUntil(lambda: len(shown()) == 1)
    (button,) = shown()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.jobs.idle)


def test_a_damaged_catalog_is_set_aside_with_one_click(
    qtbot: QtBot, open_window: Open, path: Path, clinic: Path
) -> None:
    path.write_bytes(bytes(8192))
    window = open_window()
    assert window.desk.problem is not None and window.desk.problem.code is ErrorCode.DAMAGED
    window.opening.open(clinic)
    qtbot.waitUntil(lambda: ASIDE in {each.text() for each in window.welcome.findChildren(Button)})
    assert str(path) in words(window)
    assert problems_of(window) == []
    press(qtbot, window, ASIDE)
    (folder,) = path.parent.glob("catalog-set-aside-*")
    qtbot.waitUntil(lambda: str(folder) in words(window))
    assert (folder / path.name).read_bytes() == bytes(8192)
    assert window.desk.problem is None
    assert problems_of(window) == []
    window.opening.open(clinic)
    qtbot.waitUntil(lambda: window.file is not None)


def test_a_catalog_put_back_is_opened_when_tried_again(qtbot: QtBot, open_window: Open, path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(b"no database" * 1000)
    window = open_window()
    problem = window.desk.problem
    assert problem is not None
    window.welcome.show_error(problem, window.opening.again)
    press(qtbot, window, AGAIN)
    assert str(path) in words(window)
    path.write_bytes(whole)
    press(qtbot, window, AGAIN)
    qtbot.waitUntil(lambda: words(window) == "")
    assert window.desk.problem is None


def test_a_list_of_recent_files_that_cannot_be_read_does_not_keep_the_window_shut(
    qtbot: QtBot, open_window: Open, path: Path, clinic: Path
) -> None:
    with open_catalog() as catalog, catalog.unit() as unit:
        preferences.remember_file(unit, clinic)
        unit.commit()
    data, name = path.read_bytes(), str(clinic).encode()
    pages = [data[begin : begin + 4096] for begin in range(0, len(data), 4096)]
    path.write_bytes(b"".join(b"\xa5" * 4096 if name in page else page for page in pages))  # table and index
    window = open_window()
    assert window.desk.recent() == ()
    assert window.desk.problem is not None and window.desk.problem.code is ErrorCode.DAMAGED
    window.desk.keep_page_states("d", {"data": {"a": 1}})
    window.opening.set_aside()
    qtbot.waitUntil(lambda: "a new one was made" in words(window))
