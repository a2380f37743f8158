"""The data page: choosing a table, its rows, their order and filter, and getting to one of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.clinic import HOSTILE, VISITS, a_clinic
from builders.data_page import CONTROL, Desk
from builders.processes import OtherProgram
from steward_app.services.rows import Sort

CHINOOK = Path(__file__).parents[2] / "data" / "chinook.sqlite"
Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_clinic(tmp_path / "clinic.db").build()


@pytest.fixture
def desk(open_page: Open, clinic: Path, qtbot: QtBot) -> Desk:
    return Desk.at(open_page, clinic, qtbot).open("visit")


def test_the_first_table_is_there_at_once(open_page: Open, qtbot: QtBot) -> None:
    desk = Desk.at(open_page, CHINOOK, qtbot)
    assert desk.page.tables.currentText() == "Album"
    assert desk.page.number.plain == "347 rows"
    assert desk.values("Title")[0] == "For Those About To Rock We Salute You"


def test_a_table_is_found_by_some_of_its_letters(open_page: Open, tmp_path: Path, qtbot: QtBot) -> None:
    builder = a_database(tmp_path / "many.db")
    for number in range(1000):
        builder.with_table(f"part_{number:04}", "id INTEGER PRIMARY KEY", rows=[(number,)])
    desk = Desk.at(open_page, builder.build(), qtbot)
    line = desk.page.tables.lineEdit()
    desk.page.focus_tables()
    line.selectAll()
    qtbot.keyClicks(line, "0777")
    assert desk.page.tables.completer().completionCount() == 1
    desk.press(Qt.Key.Key_Return, on=line)
    assert desk.rows.source is not None and desk.rows.source.name == "part_0777"
    assert desk.values("id") == [777]
    assert desk.page.tables.currentText() == "part_0777"


def test_a_name_no_table_has_is_said_and_taken_back(desk: Desk, qtbot: QtBot) -> None:
    line = desk.page.tables.lineEdit()
    line.setFocus()
    line.setText("zzz")
    desk.press(Qt.Key.Key_Return, on=line)
    assert "zzz" in desk.news and line.property("wrong")
    desk.rows.view.setFocus()
    qtbot.waitUntil(lambda: line.text() == "visit")
    assert not line.property("wrong") and not desk.news


def test_a_count_is_about_until_it_is_asked_for(
    desk: Desk, open_page: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    assert desk.page.number.plain == "1,200 rows" and not desk.page.count_link.isVisible()
    large = a_database(tmp_path / "large.db").with_table(
        "event", "id INTEGER PRIMARY KEY, v TEXT", rows=[(n * 3, "x") for n in range(30_000)]
    )
    other = Desk.at(open_page, large.build(), qtbot)
    assert other.page.number.plain.startswith("about ") and other.page.count_link.isVisible()
    other.page.count_link.click()
    other.rest()
    assert other.page.number.plain == "30,000 rows" and not other.page.count_link.isVisible()


def test_a_view_is_counted_when_asked(desk: Desk) -> None:
    desk.open("long_visit")
    assert desk.page.number.plain == "not counted yet"
    desk.page.count_link.click()
    desk.rest()
    assert desk.page.number.plain.endswith(" rows") and not desk.page.count_link.isVisible()


def test_sorting_warns_where_no_index_serves(desk: Desk) -> None:
    desk.rows.head.sectionClicked.emit(desk.column("score"))
    desk.rest()
    assert desk.values("score") == sorted(desk.values("score"))
    assert "No index serves this order: 1,200 rows are sorted first." in desk.browse._warning.text
    assert desk.browse._warning.isVisible()
    desk.rows.head.sectionClicked.emit(desk.column("id"))
    desk.rest()
    assert not desk.browse._warning.isVisible()


def test_sort_and_filter_by_keys_alone(desk: Desk) -> None:
    desk.choose(3, "kind")
    desk.browse.sort(descending=True)
    desk.rest()
    assert desk.rows.status().sort == Sort("kind", descending=True)
    desk.choose(0, "kind")
    desk.browse.focus_filter()
    field = desk.rows.head._fields[desk.column("kind")]
    assert field.hasFocus()
    desk.qtbot.keyClicks(field, "urgent")
    desk.press(Qt.Key.Key_Return, on=field)
    assert set(desk.values("kind")) == {"urgent"}


def test_a_filter_is_typed_said_and_cleared(desk: Desk) -> None:
    desk.type_filter("score", "> 90")
    assert all(value > 90 for value in desk.values("score"))
    assert desk.browse._words.plain == "Filter: score > 90"
    assert desk.page.number.plain != "1,200 rows"
    desk.browse._clear.click()
    desk.rest()
    assert desk.page.number.plain == "1,200 rows"
    assert desk.rows.head._fields[desk.column("score")].text() == ""


def test_a_wrong_filter_is_said_in_words_and_changes_nothing(desk: Desk) -> None:
    desk.type_filter("score", "between 3")
    assert "between" in desk.news
    assert desk.page.number.plain == "1,200 rows"
    field = desk.rows.head._fields[desk.column("score")]
    assert field.accessibleDescription()
    desk.press(Qt.Key.Key_Escape, on=field)
    assert not desk.news and field.text() == ""


def test_a_filter_that_fits_nothing_says_so_and_can_be_changed(desk: Desk) -> None:
    desk.type_filter("score", "> 1000")
    assert desk.browse._place.plain == "No row fits the filter."
    assert desk.page.number.plain == "0 rows"
    assert desk.rows.head.isVisible()


def test_a_filter_from_elsewhere_is_shown_as_it_is(desk: Desk) -> None:
    desk.type_filter("patient_id", "= 5")
    patient_7 = desk.rows.status().filter
    desk.type_filter("patient_id", "= 7")
    desk.rows.set_filter(patient_7)
    desk.rest()
    assert desk.rows.head._fields[desk.column("patient_id")].text() == "= 5"
    assert set(desk.values("patient_id")) == {5}


def test_only_rows_with_this_value(desk: Desk) -> None:
    desk.choose(4, "kind")
    value = desk.rows.current_cell
    desk.browse.narrow_to_cell()
    desk.rest()
    assert set(desk.values("kind")) == {value}
    desk.browse.clear_filter()
    desk.rest().choose(14, "patient_id")
    desk.browse.narrow_to_cell()
    desk.rest()
    assert desk.values("id") == [15]


def test_a_row_is_reached_by_its_key_and_by_its_number(desk: Desk) -> None:
    desk.go_to("777")
    assert desk.key == (777,) and desk.rows.view.hasFocus()
    desk.go_to("#300")
    assert desk.rows.current is not None and desk.rows.current.number == 300
    desk.go_to("#1,199")
    assert desk.key == (1199,)
    desk.go_to("#999999")
    assert desk.key == (VISITS,)
    desk.go_to("5000")
    assert "No row here has that id." in desk.news
    desk.go_to("#x")
    assert "#100" in desk.news
    desk.go_to("99999999999999999999999")
    assert "No row here has that id." in desk.news


def test_keys_of_text_and_of_two_columns(desk: Desk) -> None:
    desk.open("code").go_to("007")
    assert desk.key == ("007",)
    desk.open("invoice").go_to("B-7, 1")
    assert desk.key == ("B-7", 1)
    assert "no, line" in desk.page.bar.jump.placeholderText()
    desk.go_to("B-7")
    assert "2 parts: no, line" in desk.news
    desk.open("untyped").go_to("2")
    assert desk.key == (2,)


def test_the_last_rows_are_one_action_away_and_the_last_is_chosen(desk: Desk) -> None:
    desk.press(Qt.Key.Key_End, CONTROL)
    assert desk.key == (VISITS,)
    first, last = desk.rows.view.visible_rows()
    assert first <= desk.rows.view.currentIndex().row() <= last
    assert f"to {VISITS:,} of" in desk.browse._place.plain
    desk.press(Qt.Key.Key_Home, CONTROL)
    assert desk.key == (1,)


def test_what_leaves_is_no_longer_chosen_and_nothing_takes_its_place(desk: Desk) -> None:
    desk.choose(5)
    bar = desk.rows.view.verticalScrollBar()
    while desk.rows._model.keys[0] == (1,):
        bar.setValue(bar.maximum())
        desk.rest()
    assert desk.key is None and desk.rows.selected == ()
    desk.press(Qt.Key.Key_Down)
    first, last = desk.rows.view.visible_rows()
    assert first <= desk.rows.view.currentIndex().row() <= last


def test_the_chosen_row_stays_chosen_where_it_is_in_view(desk: Desk) -> None:
    desk.choose(2, "score")
    desk.browse.narrow_to_cell()
    desk.rest()
    assert desk.key == (3,) and desk.rows.current_column is not None
    assert desk.rows.current_column.name == "score"
    desk.browse.clear_filter()
    desk.rest()
    desk.rows.set_sort(Sort("id", descending=True))
    desk.rest()
    assert desk.key is None


def test_values_and_rows_are_copied_and_it_is_said(desk: Desk) -> None:
    desk.choose(2, "kind").press(Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == desk.values("kind")[2]
    assert desk.news == "Copied the value of kind."
    desk.rows.view.selectAll()
    desk.page.copy()
    assert len(QGuiApplication.clipboard().text().splitlines()) == len(desk.values("id"))
    assert "Copied" in desk.news


def test_a_long_value_is_copied_whole(open_page: Open, tmp_path: Path, qtbot: QtBot) -> None:
    text = "word " * 4_000
    path = a_database(tmp_path / "a.db").with_table("t", "v TEXT, b BLOB", rows=[(text, b"\x00\xff")]).build()
    desk = Desk.at(open_page, path, qtbot)
    desk.choose(0, "v").press(Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == text
    desk.choose(0, "b").press(Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == "00ff"


@pytest.mark.parametrize("table", ["invoice", "nokey", "untyped", "lost", "empty", "long_visit", HOSTILE])
def test_odd_tables_are_shown_like_others(desk: Desk, table: str) -> None:
    desk.open(table)
    assert desk.rows.source is not None and desk.rows.source.name == table
    assert not desk.banner
    if desk.rows._model.rows:
        desk.choose(0, desk.rows.columns[0].name).press(Qt.Key.Key_Return)
        assert desk.side()
    desk.page.grab()


def test_a_broken_view_says_so_and_shows_nothing_in_its_place(desk: Desk) -> None:
    desk.open("broken")
    assert "“broken” cannot be read" in desk.banner and "The file is unchanged." in desk.banner
    assert desk.rows.source is None and desk.rows.columns == ()
    assert desk.page.rows is None and desk.page.actions_of_page.export.reason
    assert desk.page.tables.currentText() == "broken"
    desk.open("patient")
    assert not desk.banner and desk.values("id")


def test_a_file_without_tables_says_so(open_page: Open, tmp_path: Path, qtbot: QtBot) -> None:
    desk = Desk.at(
        open_page, a_database(tmp_path / "a.db").with_sql("PRAGMA user_version = 1").build(), qtbot
    )
    assert desk.page._no_tables.isVisible()


def test_the_way_back_after_links_and_other_tables(desk: Desk) -> None:
    desk.type_filter("score", "> 90")
    desk.choose(4)
    stood = desk.key
    desk.page.open_row("patient", (3,))
    desk.rest().open("code")
    assert not desk.page.actions_of_page.back.reason
    desk.page.go_back()
    assert desk.rest().rows.source is not None
    assert desk.rows.source.name == "patient" and desk.key == (3,)
    desk.page.go_back()
    desk.rest()
    assert desk.rows.source.name == "visit" and desk.key == stood
    assert desk.browse._words.plain == "Filter: score > 90"


def test_another_program_changed_rows(desk: Desk, clinic: Path) -> None:
    desk.go_to("600")
    top = desk.rows.status().first
    with OtherProgram(clinic) as other:
        other.does("run('DELETE FROM visit WHERE id = 3', \"UPDATE visit SET kind = 'new' WHERE id = 600\")")
    desk.opened.document.poll()
    desk.page.refresh(())
    desk.rest()
    assert desk.key == (600,)
    assert desk.rows.current is not None and abs(desk.rows.status().first - top) <= 1
    assert "new" in desk.values("kind")


def test_the_chosen_row_was_deleted(desk: Desk, clinic: Path) -> None:
    desk.choose(4).press(Qt.Key.Key_Return)
    with OtherProgram(clinic) as other:
        other.does("run('DELETE FROM visit WHERE id = 5')")
    desk.page.refresh(())
    desk.rest()
    assert desk.key is None and "No row is chosen" in desk.side()


def test_another_program_changed_the_columns_or_removed_the_table(desk: Desk, clinic: Path) -> None:
    with OtherProgram(clinic) as other:
        other.does("run('ALTER TABLE visit ADD COLUMN remark TEXT')")
        desk.opened.document.poll()
        desk.page.refresh(())
        desk.rest()
        assert "remark" in [column.name for column in desk.rows.columns]
        other.does("run('DROP VIEW long_visit', 'DROP VIEW broken', 'DROP TABLE visit')")
    desk.opened.document.poll()
    desk.page.refresh(())
    desk.rest()
    assert "visit is no longer in the file" in desk.banner and desk.rows.source is None
    desk.open("patient")
    assert desk.values("id")


def test_what_was_shown_is_shown_again(desk: Desk, open_page: Open, clinic: Path, qtbot: QtBot) -> None:
    desk.page.show_way("query")
    desk.query.editor.setPlainText("SELECT 1 -- not run yet")
    state = desk.page.save_state()
    again = Desk.at(open_page, clinic, qtbot, state=state)
    assert again.page.way == "query"
    assert again.query.editor.toPlainText() == "SELECT 1 -- not run yet"
    again.page.show_way("rows")
    assert again.rows.source is not None and again.rows.source.name == "visit"
    odd = Desk.at(
        open_page, clinic, qtbot, state={"table": 5, "way": "?", "earlier": {"a": 1}, "query": None}
    )
    assert odd.rows.source is not None and odd.page.way == "rows"


def test_a_table_of_two_thousand_columns(open_page: Open, tmp_path: Path, qtbot: QtBot) -> None:
    columns = ", ".join(f"c{n} INT" for n in range(1, 2000))
    path = a_database(tmp_path / "wide.db").with_sql(
        f"CREATE TABLE wide (id INTEGER PRIMARY KEY, {columns})",
        "INSERT INTO wide (id, c1899) VALUES (1, 5), (2, 6)",
    )
    desk = Desk.at(open_page, path.build(), qtbot)
    assert not desk.banner
    assert len(desk.rows.columns) == 1900 and desk.values("c1899") == [5, 6]
    assert desk.browse._place.plain == "Rows 1 to 2 of 2, the first 1,900 of 2,000 columns"
    assert len(desk.rows.head._fields) < 40
    desk.choose(1, "c1899").press(Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == "6"
    desk.rows.set_sort(Sort("c1999", descending=True))
    desk.rest()
    assert desk.values("id") == [1, 2]
    desk.choose(0).press(Qt.Key.Key_Return)
    assert "wide 1" in desk.side() and "and 1,600 more columns" in desk.side()
