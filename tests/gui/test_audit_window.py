"""The Audit page in the window: on an audited file in every size, and after what others do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders.audit_page import a_file_with_history
from builders.under_audit import run
from builders.walk import problems_of
from steward_app.app import PAGES
from steward_app.gui.pages.audit.page import AuditPage
from steward_app.gui.shell.window import Window

Open = Callable[..., Window]


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(4):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=60_000)
        QApplication.processEvents()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_file_with_history(tmp_path / "clinic.db")


def opened(open_window: Open, path: Path, qtbot: QtBot) -> tuple[Window, AuditPage]:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    window.navigate("audit")
    at_rest(window, qtbot)
    page = window.pages.page
    assert isinstance(page, AuditPage)
    return window, page


SIZES = (("light", 100, 1440, 900), ("dark", 200, 1440, 900), ("light", 200, 1280, 800))


@pytest.mark.parametrize("view", ["all", "row", "txn", "deleted", "everything"])
def test_a_view_has_no_fault(open_window: Open, path: Path, qtbot: QtBot, view: str) -> None:
    window, page = opened(open_window, path, qtbot)
    match view:
        case "row":
            page.arrive(table="patient", key=(1,))
        case "txn":
            page.arrive(txn=1)
        case "everything":
            page.undoing.everything.trigger()
        case _:
            page.show_view(view)
    at_rest(window, qtbot)
    found: list[str] = []
    for mode, zoom, width, height in SIZES:
        window.theme.set_mode(mode)
        window.theme.set_zoom(zoom)
        window.resize(width, height)
        at_rest(window, qtbot)
        found += [f"{mode}, {zoom} %: {problem}" for problem in problems_of(window)]
    assert found == []


def test_it_fits_a_small_window(open_window: Open, path: Path, qtbot: QtBot) -> None:
    window, page = opened(open_window, path, qtbot)
    window.resize(1024, 700)
    for view in ("all", "row", "deleted"):
        page.show_view(view)
        at_rest(window, qtbot)
        assert window.width() <= 1024 and problems_of(window) == []


def test_every_view_is_in_the_palette_soon(open_window: Open, path: Path, qtbot: QtBot) -> None:
    window, page = opened(open_window, path, qtbot)
    qtbot.waitUntil(lambda: len(page.views) == 6, timeout=20_000)
    names = {action.id for action in window.commands()}
    assert {"audit.all", "audit.row", "audit.txn", "audit.deleted", "audit.undo", "audit.older"} <= names
    assert len(names) == len([action.id for action in window.commands()])


def test_an_undo_renews_every_page_and_can_be_taken_back(open_window: Open, path: Path, qtbot: QtBot) -> None:
    window, page = opened(open_window, path, qtbot)
    page.context.allow_changes()
    at_rest(window, qtbot)
    view = page.history_view
    assert view is not None
    view.list.setFocus()
    for _ in range(3):
        qtbot.keyClick(view.list, Qt.Key.Key_Down)  # type: ignore[no-untyped-call]
    at_rest(window, qtbot)
    assert page.undo_action.reason == ""
    page.undo_action.trigger()
    at_rest(window, qtbot)
    page.undo_flow.step.apply_action.trigger()
    at_rest(window, qtbot)
    page.undo_flow.step.leave()
    at_rest(window, qtbot)
    assert view.list.lines[0].title == "Undo"
    assert page.trust.text.startswith("7 changes") or "alarm" in page.trust.text


def test_what_another_program_did_is_read_on_refresh(open_window: Open, path: Path, qtbot: QtBot) -> None:
    window, page = opened(open_window, path, qtbot)
    run(path, "UPDATE patient SET room = 'Bath' WHERE id = 3")
    window.refresh()
    at_rest(window, qtbot)
    view = page.history_view
    assert view is not None and view.list.lines[0].about == "patient 3, 1 cell"
    window.navigate("overview")
    at_rest(window, qtbot)
    run(path, "UPDATE patient SET room = 'Hull' WHERE id = 3")
    window.refresh()
    at_rest(window, qtbot)
    window.navigate("audit", table="patient", key=(3,))
    at_rest(window, qtbot)
    assert page.view == "row" and page.history_view is not None
    assert len(page.history_view.list.lines) == 2
