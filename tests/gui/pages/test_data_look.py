"""The data page in every state, both palettes, at 100 % and 200 %: names, words that are not cut, keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from builders.clinic import a_clinic
from builders.data_page import CONTROL, Desk
from builders.walk import problems_of
from steward_app.gui.theme import Theme

Open = Callable[..., Any]


def at_rows(desk: Desk) -> None:
    desk.open("visit")


def at_a_record(desk: Desk) -> None:
    desk.open("patient").choose(3).press(Qt.Key.Key_Return)


def at_a_look(desk: Desk) -> None:
    desk.open("visit").click(4, "patient_id")


def at_a_sorted_filter(desk: Desk) -> None:
    desk.open("visit").type_filter("score", "> 50")
    desk.rows.head.sectionClicked.emit(desk.column("kind"))


def at_a_wrong_filter(desk: Desk) -> None:
    desk.open("visit").type_filter("score", "between 3")


def at_a_column(desk: Desk) -> None:
    desk.open("visit").choose(2, "kind")
    desk.browse.about_column()


def at_a_broken_view(desk: Desk) -> None:
    desk.open("broken")


def at_an_empty_table(desk: Desk) -> None:
    desk.open("empty")


def at_a_result(desk: Desk) -> None:
    desk.page.arrive(query="SELECT kind, count(*) AS n, given_name FROM visit, patient GROUP BY 1")


def at_a_wrong_query(desk: Desk) -> None:
    desk.page.arrive(query="SELECT nope FROM visit")


def at_a_plan(desk: Desk) -> None:
    desk.page.show_way("query")
    desk.query.editor.setPlainText("SELECT * FROM visit")
    desk.query.show_plan()


def at_a_listing(desk: Desk) -> None:
    desk.page.arrive(query="PRAGMA table_info(visit)")


def at_found(desk: Desk) -> None:
    desk.page.show_way("find")
    desk.search.field.setText("splint")
    desk.search.run()


STATES = [
    at_rows,
    at_a_record,
    at_a_look,
    at_a_sorted_filter,
    at_a_wrong_filter,
    at_a_column,
    at_a_broken_view,
    at_an_empty_table,
    at_a_result,
    at_a_wrong_query,
    at_a_plan,
    at_a_listing,
    at_found,
]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_clinic(tmp_path / "clinic.db").build()


@pytest.fixture
def theme(qapp: QApplication) -> Any:
    made = Theme(qapp)
    yield made
    made.set_mode("light")
    made.set_zoom(100)
    made.deleteLater()


def in_a_window(desk: Desk, width: int, height: int) -> QWidget:
    """The page in a window of a size, which it cannot enlarge."""
    window = QWidget()
    room = QVBoxLayout(window)
    room.setContentsMargins(0, 0, 0, 0)
    room.addWidget(desk.page)
    desk.qtbot.addWidget(window)
    window.resize(width, height)
    window.show()
    window.activateWindow()
    desk.qtbot.waitUntil(window.isActiveWindow)
    return window


@pytest.mark.parametrize(
    ("mode", "zoom", "size"),
    [("light", 100, (1072, 688)), ("dark", 100, (1400, 820)), ("dark", 200, (1184, 660))],
)
def test_every_state_has_names_and_no_cut_words(
    open_page: Open, clinic: Path, theme: Theme, qtbot: QtBot, mode: str, zoom: int, size: tuple[int, int]
) -> None:
    theme.set_mode(mode)
    theme.set_zoom(zoom)
    desk = Desk.at(open_page, clinic, qtbot)
    window = in_a_window(desk, *size)
    assert window.width() == size[0], "the page makes the window wider than it is"
    found: dict[str, list[str]] = {}
    for state in STATES:
        state(desk)
        desk.rest()
        if problems := problems_of(window):
            found[state.__name__] = problems
        window.grab()
        desk.press(Qt.Key.Key_Escape)
    assert found == {}
    desk.page.setParent(None)


def test_the_page_follows_the_zoom_while_it_is_open(
    open_page: Open, clinic: Path, theme: Theme, qtbot: QtBot
) -> None:
    desk = Desk.at(open_page, clinic, qtbot)
    window = in_a_window(desk, 1184, 660)
    at_a_record(desk)
    desk.rest()
    theme.set_zoom(200)
    theme.set_mode("dark")
    desk.rest()
    assert problems_of(window) == []
    assert desk.rows.view.verticalHeader().defaultSectionSize() == 48
    assert window.width() == 1184
    theme.set_zoom(100)
    desk.rest()
    assert problems_of(window) == [] and desk.page.reveal_button.text()
    desk.page.setParent(None)


def test_the_whole_page_without_a_mouse(open_page: Open, clinic: Path, theme: Theme, qtbot: QtBot) -> None:
    desk = Desk.at(open_page, clinic, qtbot)
    desk.page.focus_tables()
    line = desk.page.tables.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "visi")
    desk.press(Qt.Key.Key_Return, on=line)
    assert desk.rows.source is not None and desk.rows.source.name == "visit"
    assert desk.rows.view.hasFocus()
    desk.press(Qt.Key.Key_Down).press(Qt.Key.Key_Down).press(Qt.Key.Key_Right)
    assert desk.key == (2,)
    desk.press(Qt.Key.Key_Space)
    assert "patient 3" in desk.peek()
    desk.press(Qt.Key.Key_Escape).press(Qt.Key.Key_Return)
    assert "visit 2" in desk.side()
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert desk.rows.source is not None and desk.rows.source.name == "patient"
    desk.page.actions_of_page.back.trigger()
    desk.rest()
    assert desk.rows.source is not None and desk.rows.source.name == "visit" and desk.key == (2,)


def test_everything_that_takes_the_focus_is_reached_by_tab(
    open_page: Open, clinic: Path, theme: Theme, qtbot: QtBot
) -> None:
    desk = Desk.at(open_page, clinic, qtbot).open("visit")
    desk.choose(2).press(Qt.Key.Key_Return)
    wanted = {
        desk.page.tables,
        desk.page.reveal_button,
        desk.page.export_button,
        desk.page.bar.back,
        desk.page.bar.jump,
        desk.page.bar.filters,
        desk.page.bar.about,
        desk.rows.view,
        *desk.rows.head._fields.values(),
    }
    wanted = {widget for widget in wanted if widget.isEnabled() and widget.isVisible()}
    seen: set[Any] = set()
    desk.page.tables.setFocus()
    for _ in range(80):
        focused = QApplication.focusWidget()
        seen.add(focused)
        desk.qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert {type(widget).__name__ + widget.accessibleName() for widget in wanted - seen} == set()


def test_every_command_has_a_title_and_a_reason_when_it_is_off(
    open_page: Open, clinic: Path, qtbot: QtBot
) -> None:
    desk = Desk.at(open_page, clinic, qtbot)
    for way in ("rows", "query", "find"):
        desk.page.show_way(way)
        actions = desk.page.commands()
        assert len({action.id for action in actions}) == len(actions)
        keys = [action.shortcut for action in actions if action.shortcut]
        assert len(set(keys)) == len(keys)
        for action in actions:
            assert action.title[0].isupper() and (not action.reason or action.reason.endswith("."))
            assert action.icon
