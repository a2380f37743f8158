"""The data page: one row whole, where its values point, and what points to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.clinic import a_clinic
from builders.data_page import CONTROL, Desk, words_of
from steward_app.gui.pages.data.value_view import ValueView, hexadecimal, picture
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.sql import SqlView

Open = Callable[..., Any]


@pytest.fixture
def desk(open_page: Open, tmp_path: Path, qtbot: QtBot) -> Desk:
    return Desk.at(open_page, a_clinic(tmp_path / "clinic.db").build(), qtbot).open("visit")


@pytest.fixture
def png(tmp_path: Path) -> bytes:
    image = QImage(640, 200, QImage.Format.Format_RGB32)
    image.fill(0xFF3366)
    assert image.save(str(tmp_path / "a.png"))
    return (tmp_path / "a.png").read_bytes()


@pytest.fixture
def values(open_page: Open, tmp_path: Path, png: bytes, qtbot: QtBot) -> Desk:
    rows = [
        (1, png, '{"b":1,"a":[1,2]}', "long " * 400, 5),
        (2, bytes(range(40)), "{not json", None, "five"),
        (3, None, None, "", None),
        (4, b"x" * 2_000_000, "y", "z" * 1_500_000, 0.5),
    ]
    path = (
        a_database(tmp_path / "values.db")
        .with_table("v", "id INTEGER PRIMARY KEY, content BLOB, json TEXT, long TEXT, n INTEGER", rows=rows)
        .with_sql("INSERT INTO v VALUES (5, NULL, NULL, CAST(x'4142ff43' AS TEXT), NULL)")
        .build()
    )
    return Desk.at(open_page, path, qtbot)


def button(desk: Desk, text: str, within: Any = None) -> Button:
    found = [
        b for b in (within or desk.browse.side).findChildren(Button) if b.text() == text and b.isVisible()
    ]
    assert found, f"no button {text}"
    return found[0]


def views(desk: Desk) -> list[ValueView]:
    return [view for view in desk.browse.side.findChildren(ValueView) if view.isVisible()]


def test_enter_shows_the_row_and_it_follows_the_chosen_one(desk: Desk) -> None:
    desk.choose(2).press(Qt.Key.Key_Return)
    assert "visit 3" in desk.side() and "check" in desk.side()
    desk.press(Qt.Key.Key_Down)
    assert "visit 4" in desk.side()
    for _ in range(5):
        desk.qtbot.keyClick(desk.rows.view, Qt.Key.Key_Down)
    desk.rest()
    assert desk.key == (9,) and "visit 9" in desk.side()
    desk.rows.head.sectionClicked.emit(desk.column("score"))
    desk.rest()
    assert desk.key is None and "No row is chosen" in desk.side()
    desk.choose(0)
    assert desk.key is not None and f"visit {desk.key[0]:,}" in desk.side().replace(
        "visit 1000", "visit 1,000"
    )


def test_esc_closes_what_stands_beside_and_keeps_the_choice(desk: Desk) -> None:
    desk.choose(2).press(Qt.Key.Key_Return).press(Qt.Key.Key_Escape)
    assert not desk.side() and desk.key == (3,)


def test_json_is_laid_out_and_a_picture_is_shown(values: Desk, png: bytes) -> None:
    values.choose(0).press(Qt.Key.Key_Return)
    shown = [view for view in values.browse.side.findChildren(SqlView) if view.isVisible()]
    assert any('"b": 1,\n' in view.toPlainText() for view in shown)
    pictures = [
        p for p in values.browse.side.findChildren(QLabel) if p.accessibleName().startswith("Picture")
    ]
    assert [p.accessibleName() for p in pictures] == ["Picture, 640 by 200 pixels"]
    assert pictures[0].pixmap().width() <= 320
    assert any(len(view.toPlainText()) > 1_500 for view in shown)
    assert "PNG image" in values.side()


def test_bytes_are_hexadecimal_and_odd_storage_is_said(values: Desk) -> None:
    values.choose(1).press(Qt.Key.Key_Return)
    shown = [view.toPlainText() for view in values.browse.side.findChildren(SqlView) if view.isVisible()]
    assert any("000000  00 01 02 03" in text for text in shown)
    pills = [pill.accessibleName() for pill in values.browse.side.findChildren(_pill()) if pill.isVisible()]
    assert "stored as text" in pills
    assert "{not json" in values.side() and "empty" in values.side()


def test_values_that_are_not_there_too_large_or_not_utf8(values: Desk) -> None:
    values.choose(2).press(Qt.Key.Key_Return)
    assert values.side().count("empty") == 3
    values.choose(3)
    assert values.side().count("too large to be read at once") == 2
    values.choose(4)
    assert "not valid UTF-8" in values.side()
    shown = [view.toPlainText() for view in values.browse.side.findChildren(SqlView) if view.isVisible()]
    assert shown == ["AB\ufffdC"]


def test_a_value_is_copied_and_saved_whole(
    values: Desk, png: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values.choose(0).press(Qt.Key.Key_Return)
    target = tmp_path / "saved.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **more: (str(target), ""))
    button(values, "Save", views(values)[0]).click()
    values.rest()
    assert target.read_bytes() == png
    assert values.opened.said.toasts[0].text == f"saved.png, {len(png)} B."
    button(values, "Copy", views(values)[2]).click()
    assert QGuiApplication.clipboard().text() == "long " * 400
    button(values, "Copy row").click()
    assert QGuiApplication.clipboard().text().splitlines()[0] == "id\t1"


def test_a_value_that_cannot_be_saved_says_so_and_the_database_is_never_written_over(
    values: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values.choose(0).press(Qt.Key.Key_Return)
    target = tmp_path / "no such folder" / "a.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **more: (str(target), ""))
    button(values, "Save", views(values)[0]).click()
    assert "There is no folder" in values.rest().banner
    own = values.opened.document.path
    before = own.read_bytes()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **more: (str(own), ""))
    button(values, "Save", views(values)[0]).click()
    assert "“values.db” belongs to the open database." in values.rest().banner
    assert own.read_bytes() == before


def test_pictures_that_are_none_and_bytes_by_line() -> None:
    assert picture(b"\x89PNG\r\n\x1a\n rubbish") is None
    assert picture(b"") is None
    assert hexadecimal(b"AB\x00") == "000000  41 42 00" + " " * 39 + "  AB·"
    assert len(hexadecimal(bytes(10_000)).splitlines()) == 16


def test_what_points_to_a_row_is_counted_and_opened(desk: Desk) -> None:
    desk.open("patient").choose(4).press(Qt.Key.Key_Return)
    assert "Rows that point here" in desk.side() and "30 rows" in desk.side()
    button(desk, "visit").click()
    desk.rest()
    assert desk.rows.source is not None and desk.rows.source.name == "visit"
    assert set(desk.values("patient_id")) == {5} and len(desk.values("id")) == 30
    assert desk.browse._words.plain == "Filter: patient_id = 5"


def test_a_row_that_nothing_points_to(desk: Desk) -> None:
    desk.open("invoice").choose(2, "no").press(Qt.Key.Key_Return)
    assert "payment" in desk.side() and "none" in desk.side()
    desk.open("code").choose(0, "code").press(Qt.Key.Key_Return)
    assert "Rows that point here" not in desk.side()


def test_a_click_on_a_link_shows_where_it_points_at_the_cell(desk: Desk) -> None:
    desk.click(4, "patient_id")
    shown = desk.peek()
    assert "patient 6" in shown and "ward 0" in shown and "Open row" in shown and "30 visit" in shown
    assert "Name6" not in shown  # it looks personal
    assert desk.rows.view.hasFocus()
    peek = desk.browse.follow.peek
    assert peek is not None
    cell = desk.rows.view.visualRect(desk.rows.view.currentIndex())
    corner = desk.rows.view.viewport().mapTo(desk.page, cell.bottomLeft())
    assert abs(peek.x() + 12 - corner.x()) <= 2 and 0 <= peek.y() + 12 - corner.y() <= 8
    desk.press(Qt.Key.Key_Escape)
    assert not desk.peek() and desk.key == (5,)


def test_space_looks_again_goes_in_and_ctrl_enter_follows(desk: Desk) -> None:
    desk.choose(4, "patient_id").press(Qt.Key.Key_Space)
    assert "patient 6" in desk.peek()
    desk.press(Qt.Key.Key_Space)
    peek = desk.browse.follow.peek
    assert peek is not None and peek.isAncestorOf(desk.page.focusWidget())
    desk.press(Qt.Key.Key_Escape, on=desk.page.focusWidget())
    assert not desk.peek() and desk.rows.view.hasFocus()
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert desk.rows.source is not None and desk.rows.source.name == "patient" and desk.key == (6,)


def test_a_look_goes_with_its_cell(desk: Desk) -> None:
    desk.click(4, "patient_id").press(Qt.Key.Key_Down)
    assert not desk.peek()
    desk.click(4, "patient_id").press(Qt.Key.Key_Return)
    assert not desk.peek() and "visit 5" in desk.side()
    desk.click(6, "patient_id")
    desk.page.show_way("query")
    assert not desk.peek()


def test_ctrl_click_goes_to_the_parent_of_the_clicked_cell(desk: Desk) -> None:
    desk.choose(2).click(8, "patient_id", CONTROL)
    assert desk.rows.source is not None and desk.rows.source.name == "patient" and desk.key == (10,)


def test_from_the_look_to_the_row_and_to_its_children(desk: Desk) -> None:
    desk.click(4, "patient_id")
    button(desk, "Open row", desk.browse.follow.peek).click()
    assert desk.rest().key == (6,)
    desk.open("visit").click(4, "patient_id")
    button(desk, "30 visit", desk.browse.follow.peek).click()
    desk.rest()
    assert set(desk.values("patient_id")) == {6}
    assert desk.rows.source is not None and desk.rows.source.name == "visit"


def test_a_link_to_a_row_of_the_same_table(desk: Desk) -> None:
    desk.choose(7, "before_id").press(Qt.Key.Key_Return, CONTROL)
    assert desk.key == (7,)
    assert desk.rows.source is not None and desk.rows.source.name == "visit"


def test_a_parent_that_is_gone(desk: Desk) -> None:
    desk.click(12, "patient_id")
    assert "The row of patient it points to is gone." in words_of_state(desk)
    desk.press(Qt.Key.Key_Escape).press(Qt.Key.Key_Return, CONTROL)
    assert "is gone" in desk.news and desk.key == (13,)


def test_links_of_two_columns(desk: Desk) -> None:
    desk.open("payment").click(0, "line")
    assert "invoice A-1, 2" in desk.peek() and "plaster" in desk.peek()
    desk.press(Qt.Key.Key_Escape).press(Qt.Key.Key_Return, CONTROL)
    assert desk.key == ("A-1", 2)
    desk.open("payment").click(1, "no")
    assert "points to nothing" in words_of_state(desk)
    desk.press(Qt.Key.Key_Escape).press(Qt.Key.Key_Return, CONTROL)
    assert "points to nothing" in desk.news
    desk.choose(2, "no").press(Qt.Key.Key_Return, CONTROL)
    assert "is gone" in desk.news


def test_a_link_that_cannot_be_followed_says_so(desk: Desk) -> None:
    desk.open("lost").click(0, "parent_id")
    assert "This link to nowhere cannot be followed" in desk.news
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert "cannot be followed" in desk.news


def test_a_link_in_the_record_is_followed(desk: Desk) -> None:
    desk.choose(4).press(Qt.Key.Key_Return)
    button(desk, "6").click()
    assert desk.rest().key == (6,)


def test_the_menu_of_a_cell_lists_what_can_be_done_with_keys(desk: Desk) -> None:
    from steward_app.gui.pages.data.commands import cell_menu

    desk.choose(4, "patient_id")
    menu = {action.title: action for action in cell_menu(desk.page) if action is not None}
    assert menu["Show where the value points"].shortcut == "Space"
    assert all(not action.reason for title, action in menu.items() if "point" in title)
    desk.choose(4, "kind")
    assert menu["Go where the value points"].reason == "The value does not point anywhere."
    desk.rows.view.choose_none()
    assert menu["Show the whole row"].reason == "Choose a cell first."
    desk.choose(5, "kind")
    menu["Show the whole row"].trigger()
    assert "visit 6" in desk.rest().side()


def test_a_right_click_makes_its_cell_the_current_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QApplication

    asked: list[Any] = []
    desk.rows.menu_wanted.disconnect()
    desk.rows.menu_wanted.connect(lambda at: asked.append((desk.key, desk.rows.current_column)))
    view = desk.rows.view
    place = view.visualRect(desk.rows._model.index(3, desk.column("kind"))).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, view.viewport().mapToGlobal(place))
    QApplication.sendEvent(view.viewport(), event)
    assert asked[0][0] == (4,) and asked[0][1].name == "kind"


def words_of_state(desk: Desk) -> str:
    peek = desk.browse.follow.peek
    assert peek is not None
    return words_of(peek)


def _pill() -> Any:
    from steward_app.gui.widgets.states import Pill

    return Pill
