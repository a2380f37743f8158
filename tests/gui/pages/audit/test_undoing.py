"""Undoing from the Audit page: boxes, what stands in the way, modes, plan, receipt, and what else can be undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.audit_page import Desk
from builders.histories import writing_as
from builders.under_audit import put_under_audit, run
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.gui.actions import Action
from steward_app.gui.widgets.buttons import Button
from steward_app.services.audit.undo import UndoMode

Open = Callable[..., Any]
_MODES = list(UndoMode)


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_read(path) as session:
        return [tuple(row) for row in session.all(sql)]


def choose_mode(desk: Desk, mode: UndoMode) -> None:
    desk.panel.mode.setCurrentIndex(_MODES.index(mode))
    desk.panel.mode.activated.emit(_MODES.index(mode))
    desk.rest()


# A change


def test_a_change_is_undone_from_its_boxes_to_its_receipt(desk: Desk, path: Path) -> None:
    desk.choose(3)
    assert desk.undo == ["room, York, to room 2, chosen"]
    assert desk.panel.button.text() == "Undo 1 cell"
    assert desk.panel.words == "No rule breaks, no other row is touched"
    assert "UPDATE" in desk.panel.sql.toPlainText()
    desk.carry_out()
    assert rows(path, "SELECT room FROM patient WHERE id = 2") == [("room 2",)]
    assert desk.page.undo_flow.step.finished and desk.said.toasts[-1].undo is not None
    desk.page.undo_flow.step.leave()
    desk.rest()
    assert desk.titles[0] == "Undo patient 2, 1 cell"
    assert not desk.view.detail.badge.isHidden() and desk.view.detail.badge.text == "Undone"
    assert any("Already put back" in line for line in desk.undo)
    assert "nothing to undo" in desk.page.undo_action.reason


def test_an_undo_is_taken_back_from_the_toast(desk: Desk, path: Path) -> None:
    desk.choose(3).carry_out()
    desk.said.toasts[-1].undo()
    desk.rest()
    assert rows(path, "SELECT room FROM patient WHERE id = 2") == [("York",)]


def test_what_was_changed_since_stands_in_the_way_until_it_is_unticked(desk: Desk, path: Path) -> None:
    desk.choose(4)
    assert [line.partition(",")[0] for line in desk.undo] == ["given_name", "room"]
    assert "Changed since, by desk" in desk.undo[1]
    assert "Something stands in the way" in desk.page.undo_action.reason
    assert not desk.panel._mode_row.isHidden()
    desk.tick(1)
    assert "not chosen" in desk.undo[1] and desk.page.undo_action.reason == ""
    assert desk.panel.button.text() == "Undo 1 cell"
    desk.carry_out()
    assert rows(path, "SELECT given_name, room FROM patient WHERE id = 1") == [("Name 1", "Leeds")]
    desk.page.undo_flow.step.leave()
    desk.rest()
    assert desk.view.detail.badge.text == "Partly undone"


@pytest.mark.parametrize(
    ("mode", "left"),
    [
        (UndoMode.SKIP, ("Name 1", "Leeds")),
        (UndoMode.DEPENDENT, ("Name 1", "room 1")),
        (UndoMode.FORCE, ("Name 1", "room 1")),
    ],
)
def test_what_becomes_of_later_changes_is_chosen(
    desk: Desk, path: Path, mode: UndoMode, left: tuple[str, str]
) -> None:
    desk.choose(4)
    choose_mode(desk, mode)
    desk.carry_out()
    assert rows(path, "SELECT given_name, room FROM patient WHERE id = 1") == [left]


def test_all_boxes_are_turned_at_once(desk: Desk) -> None:
    desk.choose(4)
    desk.panel.table.every.emit(False)
    desk.rest()
    assert desk.page.undo_action.reason == "Nothing is ticked."
    assert all("not chosen" in line for line in desk.undo)
    desk.panel.table.every.emit(True)
    desk.rest()
    assert all("not chosen" not in line for line in desk.undo)


def test_several_boxes_are_turned_by_key(desk: Desk) -> None:
    desk.choose(4)
    table = desk.panel.table
    table.setFocus()
    table.setCurrentIndex(table.model().index(0, 1))
    desk.press(Qt.Key.Key_A, table, Qt.KeyboardModifier.ControlModifier)
    desk.press(Qt.Key.Key_Space, table)
    assert all("not chosen" in line for line in desk.undo)


def test_a_click_in_the_box_turns_it(desk: Desk) -> None:
    desk.choose(3)
    table = desk.panel.table
    place: QPoint = table.visualRect(table.model().index(0, 0)).center()
    desk.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    desk.rest()
    assert "not chosen" in desk.undo[0]
    head = table.horizontalHeader()
    desk.qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(head.sectionSize(0) // 2, 8))
    desk.rest()
    assert "not chosen" not in desk.undo[0]


def test_a_value_that_was_set_back_by_hand_is_as_before_already(desk: Desk, path: Path) -> None:
    with writing_as(path, "night") as session:
        session.run("UPDATE patient SET room = 'room 2' WHERE id = 2")
    desk.page.refresh(())
    desk.rest().choose(4)
    assert any("As it was before again" in line and "by night" in line for line in desk.undo)
    assert desk.view.detail.badge.isHidden()


def test_an_undo_that_was_undone_counts_no_more(desk: Desk) -> None:
    desk.choose(3).carry_out()
    desk.said.toasts[-1].undo()
    desk.rest()
    desk.page.undo_flow.step.leave()
    desk.page.refresh(())
    desk.rest().choose(5)
    assert desk.titles[:2] == ["Undo patient 2, 1 cell"] * 2
    assert desk.view.detail.badge.isHidden()
    choose_mode(desk, UndoMode.DEPENDENT)
    assert desk.page.undo_action.reason == ""


# Rows that come and go


def test_a_deleted_row_is_brought_back(desk: Desk, path: Path) -> None:
    desk.show("deleted").choose(1)
    assert desk.undo == ["visit 1 comes back, chosen"]
    assert desk.panel.button.text() == "Bring the row back"
    desk.carry_out()
    assert rows(path, "SELECT id, reason FROM visit ORDER BY id") == [(1, "reason 1"), (3, "reason 3")]
    desk.page.undo_flow.step.leave()
    desk.rest()
    assert desk.titles == ["Deleted visit 2"]
    desk.arrive(table="visit", key=(1,)).choose(1)
    assert desk.view.detail.badge.text == "Undone"
    assert any("Already undone" in line for line in desk.undo)


def test_an_added_row_is_removed_again(desk: Desk, path: Path) -> None:
    desk.choose(0)
    assert desk.undo == ["place Hull, 2 is removed, chosen"]
    desk.carry_out()
    assert rows(path, "SELECT * FROM place") == []
    desk.page.undo_flow.step.leave()
    desk.rest().choose(1)
    assert any("Already undone" in line for line in desk.undo)


def test_a_row_that_others_point_to_stays(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    path = (
        a_database(tmp_path / "links.db")
        .with_sql("CREATE TABLE p (id INTEGER PRIMARY KEY)")
        .with_sql("CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p)")
        .build()
    )
    put_under_audit(path, "p", "c")
    run(path, "INSERT INTO p VALUES (1)")
    run(path, "INSERT INTO c VALUES (1, 1)")
    desk = Desk.at(open_page, path, catalog, qtbot)
    desk.arrive(table="p", key=(1,))
    assert any("Rows of c point to this one" in line for line in desk.undo)
    assert desk.page.undo_action.reason != ""
    choose_mode(desk, UndoMode.DEPENDENT)
    assert desk.page.undo_action.reason == ""


# More than one


def test_a_statement_is_undone_whole_or_in_part(desk: Desk, path: Path) -> None:
    desk.choose(1)
    assert desk.undo[0] == "visit 2 comes back, chosen" and "reason" in "".join(desk.undo)
    desk.tick(0)
    desk.carry_out()
    assert rows(path, "SELECT id FROM visit ORDER BY id") == [(1,), (3,)]


def test_everything_can_be_undone_at_once(desk: Desk, path: Path) -> None:
    desk.page.undoing.everything.trigger()
    desk.rest()
    assert desk.page.is_over and "Undo everything that is logged" in desk.words()
    assert problems_of(desk.page) == []
    desk.carry_out()
    assert rows(path, "SELECT given_name, room FROM patient WHERE id = 1") == [("Name 1", "room 1")]
    assert len(rows(path, "SELECT * FROM visit")) == 3 and rows(path, "SELECT * FROM place") == []


def scope_of(desk: Desk, action: Action) -> str:
    assert action.reason == "", action.reason
    action.trigger()
    desk.rest()
    words: str = desk.panel._title.plain
    return words


def test_one_writers_work_is_undone_from_a_change_on(desk: Desk, path: Path) -> None:
    desk.choose(4)
    assert scope_of(desk, desk.page.undoing.writer).startswith("Undo everything by desk since ")
    desk.carry_out()
    assert rows(path, "SELECT id, given_name, room FROM patient WHERE id < 3") == [
        (1, "Name 1", "room 1"),
        (2, "Name 2", "York"),
    ]


def test_unknown_writers_are_one(desk: Desk, path: Path) -> None:
    desk.choose(3)
    assert "unknown writers" in scope_of(desk, desk.page.undoing.writer)
    desk.carry_out()
    assert len(rows(path, "SELECT * FROM visit")) == 3
    assert rows(path, "SELECT room FROM patient WHERE id < 3") == [("Leeds",), ("room 2",)]


def test_a_row_and_a_cell_of_it_are_undone(desk: Desk, path: Path) -> None:
    desk.arrive(table="patient", key=(1,), column="room")
    assert scope_of(desk, desk.page.undoing.cell) == "Undo all changes of patient 1, room"
    desk.page.undo_flow.leave()
    assert scope_of(desk, desk.page.undoing.row) == "Undo all changes of patient 1"
    desk.page.undo_flow.leave()
    desk.rest()
    scope_of(desk, desk.page.undoing.cell)
    desk.carry_out()
    assert rows(path, "SELECT given_name, room FROM patient WHERE id = 1") == [("Nora", "room 1")]


def test_everything_from_a_change_on_is_undone(desk: Desk, path: Path) -> None:
    desk.choose(2)
    assert scope_of(desk, desk.page.undoing.since).startswith("Undo everything since ")
    desk.carry_out()
    assert rows(path, "SELECT given_name, room FROM patient WHERE id < 3") == [
        ("Nora", "Hull"),
        ("Name 2", "York"),
    ]
    assert len(rows(path, "SELECT * FROM visit")) == 3


def test_what_the_filters_show_is_undone(desk: Desk, path: Path) -> None:
    assert "Choose a table" in desk.page.undoing.listed.reason
    desk.view.table.setCurrentIndex(desk.view.table.findText("visit"))
    desk.view.table.activated.emit(desk.view.table.currentIndex())
    desk.rest()
    scope_of(desk, desk.page.undoing.listed)
    desk.carry_out()
    assert len(rows(path, "SELECT * FROM visit")) == 3 and len(rows(path, "SELECT * FROM place")) == 1


def test_a_transaction_is_undone_from_its_view(desk: Desk, path: Path) -> None:
    desk.arrive(txn=3)
    assert "ward" in desk.words()
    scope_of(desk, desk.page.undoing.span)
    desk.carry_out()
    assert rows(path, "SELECT * FROM place") == []


def test_the_menu_of_a_line_offers_what_can_be_undone(desk: Desk) -> None:
    desk.choose(4)
    titles = [each.title for each in desk.page.undo_actions if each is not None]
    assert titles[:2] == ["Undo this change", "Undo all that was done at once"]
    assert (
        "Undo all changes of this row" in titles and "Undo everything by this writer from here on" in titles
    )
    shown: list[Any] = []
    desk.view.list.menu_wanted.connect(shown.append)
    desk.press(Qt.Key.Key_Down, desk.view.list)
    assert desk.page.undoing.row_since.reason == ""


def test_every_undo_is_in_the_palette_with_its_reason(desk: Desk) -> None:
    named = {action.id: action for action in desk.page.commands()}
    for each in desk.page.undoing.every:
        assert each.id in named
    desk.show("row")
    assert named["audit.undo_change"].reason == "Choose a single change in the list first."


# What keeps it off


def test_a_file_that_is_switched_to_read_only_says_so(
    open_page: Open, path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    desk = Desk.at(open_page, path, catalog, qtbot, writable=False)
    desk.choose(3)
    assert desk.page.undo_action.reason == "The file is read-only. Allow changes first."
    assert not desk.panel.allow.isHidden() and desk.panel.words.startswith("The file is read-only")
    desk.allow()
    assert desk.panel.allow.isHidden() and desk.page.undo_action.reason == ""


def test_a_change_in_between_is_noticed(desk: Desk, path: Path) -> None:
    desk.choose(3)
    desk.page.undo_action.trigger()
    desk.rest()
    run(path, "UPDATE patient SET room = 'Bath' WHERE id = 2")
    desk.page.undo_flow.step.apply_action.trigger()
    desk.rest()
    assert rows(path, "SELECT room FROM patient WHERE id = 2") == [("Bath",)]
    assert any(button.text() == "Plan again" for button in desk.page.findChildren(Button))


def test_back_from_a_plan_leads_to_where_it_was_made(desk: Desk) -> None:
    desk.choose(4)
    scope_of(desk, desk.page.undoing.since)
    desk.page.undo_action.trigger()
    desk.rest()
    desk.page.undo_flow.step.leave()
    desk.rest()
    assert desk.panel is desk.page.undo_flow.scope.panel
    desk.page.undo_flow.scope.back.click()
    desk.rest()
    assert not desk.page.is_over and desk.page.toolbar.isVisible()
