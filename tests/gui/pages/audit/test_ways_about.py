"""Where the focus goes on the Audit page, what Tab comes to, and what is said at the field of a mistake."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from builders.audit_page import Desk
from steward_app.app import PAGES
from steward_app.catalog import Catalog
from steward_app.gui.shell.window import Window
from steward_app.gui.widgets.buttons import Button


def focused() -> QWidget | None:
    return QApplication.focusWidget()


def test_who_arrives_at_a_row_has_the_focus_in_its_list(desk: Desk) -> None:
    desk.page.activateWindow()
    desk.arrive(table="patient", key=(1,))
    assert desk.titles == ["Changed 1 cell", "Changed 2 cells"] and focused() is desk.view.list
    desk.arrive(table="patient", key=(2,))  # on the page that is open
    assert desk.titles == ["Changed 1 cell"] and focused() is desk.view.list


def test_who_comes_to_no_row_yet_types_its_key(desk: Desk) -> None:
    desk.page.activateWindow()
    desk.view.list.setFocus()
    desk.show("row")
    assert focused() is desk.view.key.fields[0]
    assert "No row is chosen" in desk.words() and "type the key of a row" in desk.words()
    desk.arrive(view="txn")
    assert focused() is desk.view.number and "No transaction is chosen" in desk.words()


def test_who_goes_on_typing_is_not_disturbed(desk: Desk) -> None:
    desk.page.activateWindow()
    desk.show("row")
    desk.page.arrive(table="patient", key=(1,))
    desk.page.views["row"].key.fields[0].setFocus()  # before it was read
    desk.rest()
    assert desk.titles and focused() is desk.view.key.fields[0]


def test_a_number_that_is_none_is_said_at_its_field(desk: Desk) -> None:
    desk.arrive(txn=1)
    number = desk.view.number
    for typed, told in (
        ("9999", "The log has no change of transaction 9,999."),
        ("a", "A transaction has a number, such as 88214."),
    ):
        number.setText(typed)
        desk.press(Qt.Key.Key_Return, number)
        assert number.text() == typed and number.accessibleDescription() == told
        assert told in desk.words() and desk.banner == ""
        assert desk.titles == ["Changed patient 1, 2 cells"]
    QTest.keyClicks(number, "1")
    assert "such as" not in desk.words() and number.accessibleDescription() == ""


def test_what_is_said_of_one_view_goes_with_it(desk: Desk) -> None:
    desk.arrive(txn=1)
    desk.view.older.trigger()
    desk.rest()
    assert desk.banner
    desk.show("all")
    assert desk.banner == ""


def test_the_undo_of_a_copy_is_looked_at_before_it_is_said_which_database_it_is(
    desk: Desk, path: Path, tmp_path: Path, open_page: Any, catalog: Catalog, qtbot: QtBot
) -> None:
    desk.page.undo_action.trigger()  # what is done by us gives the file its identity
    desk.rest().page.undo_flow.step.apply_action.trigger()
    desk.rest()
    named = shutil.copy(path, tmp_path / "copy.db")
    copied = Desk.at(open_page, Path(named), catalog, qtbot)
    copied.choose(3)
    assert copied.undo and copied.page.undo_action.reason.startswith("Say first which database this is.")
    assert "Nothing is done" not in copied.banner


def test_a_plan_in_a_low_window_has_its_buttons_in_view(
    open_window: Callable[..., Window], path: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, path)
    window.theme.set_zoom(200)
    window.resize(1440, 900)
    window.navigate("audit", view="setup")

    def at_rest() -> None:
        for _ in range(4):
            qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
            QApplication.processEvents()

    at_rest()
    page: Any = window.pages.page
    setup = page.views["setup"]
    setup.drop_action.trigger()
    at_rest()
    assert setup.step.plan is not None and not page.toolbar.isVisible()
    button = setup.step.apply_button
    assert not button.visibleRegion().isEmpty()
    assert button.visibleRegion().boundingRect().height() == button.height()
    setup.step.leave()
    assert page.toolbar.isVisible()
    window.theme.set_zoom(100)
    setup.drop_action.trigger()
    at_rest()
    assert page.toolbar.isVisible()


def test_tab_comes_to_everything_in_the_order_it_stands(desk: Desk) -> None:
    desk.page.resize(1200, 800)
    desk.page.activateWindow()
    desk.choose(2)
    view = desk.view
    view.writer.setFocus()
    came = [focused()]
    for _ in range(6):
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
        came.append(focused())
    assert came[:3] == [view.writer, view.time.choice, view.list] or came[:3] == [
        view.writer,
        desk.page.trust.button,
        view.time.choice,
    ]
    after = came[came.index(view.list) + 1 :]
    assert isinstance(after[0], Button) and after[0].text().startswith("patient 1")
    assert view.detail.table in after


@pytest.mark.parametrize("view", ["all", "row"])
def test_the_line_of_trust_stands_in_the_row_of_the_views(
    open_window: Callable[..., Window], path: Path, qtbot: QtBot, view: str
) -> None:
    window = open_window(PAGES, path)
    window.resize(1440, 900)
    window.navigate("audit", view=view)
    for _ in range(4):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()
    page: Any = window.pages.page
    assert abs(page.trust.geometry().center().y() - page.segments.geometry().center().y()) <= 2
    shown = page.trust.button
    assert shown.text() == page.trust.text or shown.toolTip() == page.trust.text
    head = page.history_view
    assert abs(head.time.choice.geometry().center().y() - head._count.geometry().center().y()) <= 2
