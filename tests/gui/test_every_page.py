"""Every page there is, on the sample and on real databases: in both palettes, at 100 % and 200 %."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from builders.walk import problems_of
from steward_app.app import PAGES
from steward_app.gui.page import PageSpec
from steward_app.gui.shell.window import Window
from steward_app.services import sample

CHINOOK = Path(__file__).parents[1] / "data" / "chinook.sqlite"
Open = Callable[..., Window]


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "riverside.db"
    sample.build(path)
    return path


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=60_000)
        QApplication.processEvents()


@pytest.mark.parametrize("spec", PAGES, ids=lambda spec: spec.id)
def test_a_page_has_no_fault(open_window: Open, clinic: Path, qtbot: QtBot, spec: PageSpec) -> None:
    window = open_window(PAGES, clinic)
    at_rest(window, qtbot)
    window.navigate(spec.id)
    at_rest(window, qtbot)
    found: list[str] = []
    for mode, zoom, width, height in (
        ("light", 100, 1440, 900),
        ("dark", 200, 1440, 900),
        ("light", 200, 1280, 800),
    ):
        window.theme.set_mode(mode)
        window.theme.set_zoom(zoom)
        window.resize(width, height)
        at_rest(window, qtbot)
        found += [f"{mode}, {zoom} %: {problem}" for problem in problems_of(window)]
    assert found == []


class _Windows(QObject):
    """Notes what is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[QWidget] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(watched)
        return False


def test_nothing_is_a_window_of_its_own_while_a_page_is_made(
    open_window: Open, clinic: Path, qtbot: QtBot, qapp: QApplication
) -> None:
    """It would flash, and take the focus away."""
    window = open_window(PAGES, clinic)
    at_rest(window, qtbot)
    windows = _Windows()
    qapp.installEventFilter(windows)
    try:
        for spec in PAGES:
            window.navigate(spec.id)
            at_rest(window, qtbot)
    finally:
        qapp.removeEventFilter(windows)
    assert windows.seen == []
    assert QApplication.focusWidget() is not None


@pytest.mark.parametrize("spec", PAGES, ids=lambda spec: spec.id)
def test_a_page_fits_a_small_window(open_window: Open, qtbot: QtBot, spec: PageSpec) -> None:
    window = open_window(PAGES, CHINOOK)
    window.navigate(spec.id)
    at_rest(window, qtbot)
    window.resize(1024, 700)
    at_rest(window, qtbot)
    assert window.width() <= 1024
    assert problems_of(window) == []


def test_every_page_is_in_palette_and_sidebar(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(PAGES, CHINOOK)
    at_rest(window, qtbot)
    titles = {entry.title for entry in window.entries() if entry.kind == "Pages"}
    assert titles == {spec.title for spec in PAGES}
    assert set(window.sidebar._items) == {spec.id for spec in PAGES}


def test_no_two_actions_of_a_page_have_the_same_keys(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(PAGES, CHINOOK)
    for spec in PAGES:
        window.navigate(spec.id)
        at_rest(window, qtbot)
        page = window.pages.page
        assert page is not None
        keys = [action.shortcut for action in page.commands() if action.shortcut]
        assert len(keys) == len(set(keys)), f"{spec.id}: {sorted(keys)}"
        names = [action.id for action in window.commands()]
        assert len(names) == len(set(names)), spec.id
