"""A steward's tasks in the whole window: back up in one action, restore in three, and what the pages say after."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.points import a_point
from builders.walk import problems_of
from steward_app.app import PAGES
from steward_app.db import open_read, open_write
from steward_app.gui.pages.restore import page as restoring
from steward_app.gui.shell.window import Window
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label

Open = Callable[..., Window]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, a TEXT", rows=[(n, "x") for n in range(1, 41)])
        .build()
    )


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()


def page(window: Window, qtbot: QtBot, name: str) -> Any:
    window.navigate(name)
    at_rest(window, qtbot)
    return window.pages.page


def press(root: Any, words: str) -> None:
    (button,) = (b for b in root.findChildren(Button) if b.text() == words and b.isVisibleTo(root))
    button.click()


def said(root: Any) -> str:
    return " | ".join(label.plain for label in root.findChildren(Label) if label.isVisibleTo(root))


def visits(path: Path) -> int:
    with open_read(path) as session:
        return session.count("SELECT count(*) FROM visit")


def test_backing_up_is_one_action_after_opening(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, clinic)
    at_rest(window, qtbot)
    assert "No backup yet" in said(window.header)
    press(window.pages.page, "Back up now")
    at_rest(window, qtbot)
    assert "Proven backup just now" in said(window.header)
    assert "Protected" in said(window.pages.page)
    backups = page(window, qtbot, "backups")
    assert len(backups.table.rows) == 1
    journal = page(window, qtbot, "journal")
    assert "Restore point made, checked and proven" in said(journal.inspector)


def test_the_same_by_keys_alone(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, clinic)
    at_rest(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    at_rest(window, qtbot)
    assert "Proven backup just now" in said(window.header)


def test_restoring_to_a_new_file_is_three_actions_and_the_file_opens(
    open_window: Open, clinic: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, clinic)
    a_point(window.desk.catalog, clinic)
    restore = page(window, qtbot, "restore")  # one
    press(restore, "Plan the restore")  # two
    at_rest(window, qtbot)
    press(restore, "Restore to “clinic-restored.db”")  # three
    at_rest(window, qtbot)
    assert restore.step == restoring._DONE
    press(restore, "Open it")
    at_rest(window, qtbot)
    assert window.file is not None and window.file.path == clinic.with_name("clinic-restored.db")
    assert visits(window.file.path) == 40
    assert "No backup yet" in said(window.header)


def test_restoring_in_place_is_five_actions_and_every_page_knows(
    open_window: Open, clinic: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, clinic)
    a_point(window.desk.catalog, clinic)
    with open_write(clinic) as session:
        session.run("DELETE FROM visit WHERE id > 3")
    window.refresh()
    at_rest(window, qtbot)
    assert "3 rows" in said(window.pages.page)
    restore = page(window, qtbot, "restore")  # one
    press(restore, "Allow changes")  # two
    assert "Changes allowed" in said(window.header)
    restore.choose.in_place.click()  # three
    press(restore, "Plan the restore")  # four
    at_rest(window, qtbot)
    press(restore, "Restore 1 table")  # five
    at_rest(window, qtbot)
    assert restore.step == restoring._DONE
    assert problems_of(window) == []
    assert visits(clinic) == 40
    overview = page(window, qtbot, "overview")
    assert "40 rows" in said(overview) or "rows" in overview.space.summary.plain
    backups = page(window, qtbot, "backups")
    assert len(backups.table.rows) == 2
    assert any(point.reason.startswith("Before: ") for point in backups.table.rows)


def keys(window: Window, qtbot: QtBot, *combinations: str) -> int:
    """Press keys where the focus is, as a steward does; gives how many times."""
    for combination in combinations:
        pressed = QKeySequence(combination)[0]
        qtbot.keyClick(QApplication.focusWidget() or window, pressed.key(), pressed.keyboardModifiers())
        at_rest(window, qtbot)
    return len(combinations)


def test_restoring_in_place_by_keys_alone_is_five_actions(
    open_window: Open, clinic: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, clinic)
    a_point(window.desk.catalog, clinic)
    with open_write(clinic) as session:
        session.run("DELETE FROM visit WHERE id > 3")
    window.refresh()
    at_rest(window, qtbot)
    actions = keys(window, qtbot, "Ctrl+6", "Ctrl+Shift+L", "Ctrl+I", "Ctrl+Return")
    assert visits(clinic) == 3  # the plan is read first
    restore: Any = window.pages.page
    assert restore.foot.apply_button.hasFocus()
    assert restore.foot.apply_button.text() == "Restore 1 table"
    actions += keys(window, qtbot, "Return")
    assert restore.step == restoring._DONE
    assert visits(clinic) == 40
    assert actions == 5
    focused = QApplication.focusWidget()
    assert focused is not None and restore.done.isAncestorOf(focused)


def test_after_a_rehearsal_the_focus_is_on_the_way_on(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, clinic)
    a_point(window.desk.catalog, clinic)
    keys(window, qtbot, "Ctrl+6", "Ctrl+Shift+L", "Ctrl+I", "Ctrl+Return", "Shift+Tab", "Return")
    restore: Any = window.pages.page
    assert "Passed" in said(restore.plan_view)
    assert restore.foot.apply_button.hasFocus()


def test_in_place_by_keys_needs_changes_allowed(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, clinic)
    a_point(window.desk.catalog, clinic)
    restore = page(window, qtbot, "restore")
    assert restore.in_place_action.reason == "The file is read-only. Allow changes first."
    keys(window, qtbot, "Ctrl+I")
    assert restore.choose.to_new.isChecked()
    restore.choose._allow.setFocus()
    keys(window, qtbot, "Return")  # Enter on a button does what Space does
    assert "Changes allowed" in said(window.header)
    assert restore.choose.in_place.hasFocus()
    keys(window, qtbot, "Space")
    assert restore.choose.target is None
    keys(window, qtbot, "Ctrl+Return")
    assert restore.in_place_action.reason == "The place is chosen in the first step."


def test_the_switch_in_the_header_reaches_the_restore_page(
    open_window: Open, clinic: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, clinic)
    a_point(window.desk.catalog, clinic)
    restore = page(window, qtbot, "restore")
    assert not restore.choose.in_place.isEnabled()
    window.set_read_only(False)
    assert restore.choose.in_place.isEnabled()
    window.set_read_only(True)
    assert not restore.choose.in_place.isEnabled()


def test_a_copy_of_a_database_we_wrote_to_is_asked_about(
    open_window: Open, clinic: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, clinic)
    a_point(window.desk.catalog, clinic)
    restore = page(window, qtbot, "restore")
    press(restore, "Allow changes")
    restore.choose.in_place.click()
    press(restore, "Plan the restore")
    at_rest(window, qtbot)
    press(restore, "Restore 1 table")
    at_rest(window, qtbot)
    copy = clinic.with_name("copy.db")
    shutil.copy(clinic, copy)
    window.opening.open(copy)
    at_rest(window, qtbot)
    overview = window.pages.page
    assert any("Say first which database this is." in b.text for b in overview.findChildren(Banner))
    assert "Not known" in said(overview.protection)
    press(window, "A new one")
    at_rest(window, qtbot)
    assert "0 | restore points" in said(window.pages.page.protection)


def test_a_job_of_another_page_is_known(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, clinic)
    backups = page(window, qtbot, "backups")
    overview = page(window, qtbot, "overview")
    overview.backup_action.trigger()
    assert backups.acts.create.reason == "A restore point is being made."
    at_rest(window, qtbot)
    assert backups.acts.create.reason == ""
    assert len(page(window, qtbot, "backups").table.rows) == 1


def test_every_task_leads_to_a_page_there_is(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, clinic)
    at_rest(window, qtbot)
    overview = window.pages.page
    ids = {spec.id for spec in PAGES}
    assert {todo.page for todo in overview._todos.values()} <= ids
    overview.tasks.opened.emit("protect")
    at_rest(window, qtbot)
    assert window.pages.page.spec.id == "backups"
