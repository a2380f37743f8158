"""Undoing much, or against what stands in the way: sums, lines on demand, where a conflict is told, and what helps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.audit_page import Desk
from builders.histories import writing_as
from builders.sealed import by_hand, sealed, writing
from builders.under_audit import put_under_audit, run
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.gui.pages.audit.undo_plan import PlannedRows
from steward_app.services.audit.erasing.redact import redact
from steward_app.services.audit.undo import UndoMode
from steward_app.storage.secrets import open_secrets

Open = Callable[..., Any]
_MODES = list(UndoMode)


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_read(path) as session:
        return [tuple(row) for row in session.all(sql)]


def choose_mode(desk: Desk, mode: UndoMode) -> None:
    desk.panel.mode.setCurrentIndex(_MODES.index(mode))
    desk.panel.mode.activated.emit(_MODES.index(mode))
    desk.rest()


def undo_everything(desk: Desk) -> Desk:
    desk.page.undoing.everything.trigger()
    return desk.rest()


# Many rows


@pytest.fixture
def many(open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot) -> Desk:
    """600 visits of which all were changed and one was removed, and 60 places that came."""
    path = (
        a_database(tmp_path / "many.db")
        .with_table(
            "visit", "id INTEGER PRIMARY KEY, a, b", rows=[(number, number, number) for number in range(600)]
        )
        .with_sql("CREATE TABLE place (id INTEGER PRIMARY KEY, town)")
        .build()
    )
    put_under_audit(path, "visit", "place")
    numbers = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
    run(path, "UPDATE visit SET a = a + 1, b = b + 1")
    run(path, "DELETE FROM visit WHERE id = 5")
    run(path, f"INSERT INTO place {numbers} SELECT i, 'x' FROM n")
    return Desk.at(open_page, path, catalog, qtbot)


def test_sums_by_table_stand_before_rows_that_are_read_as_they_are_scrolled_to(many: Desk) -> None:
    undo_everything(many)
    assert many.undo[:2] == [
        "place, 60 rows removed, chosen",
        "visit, 599 rows changed, 1 row put back, chosen",
    ]
    table = many.panel.table
    assert len(table.lines) == 300 < 3 * 599
    table.scrollToBottom()
    many.rest()
    assert len(table.lines) == 600
    for _ in range(10):
        table.scrollToBottom()
        many.rest()
    assert len({line.key for line in table.lines}) == len(table.lines) == 2 + 60 * 3 + 599 * 3 + 4
    assert not table.model().canFetchMore(table.rootIndex())


def test_a_table_is_left_out_with_one_box_and_a_row_of_it_comes_back_with_another(many: Desk) -> None:
    undo_everything(many).tick(1)
    assert many.undo[1].endswith("not chosen") and many.panel.button.text() == "Undo 60 changes"
    table = many.panel.table
    first = next(number for number, line in enumerate(table.lines) if line.key[0] == "cell")
    many.tick(first)
    assert "not chosen" not in many.undo[first] and "not chosen" in many.undo[first + 1]
    assert "partly chosen" in many.undo[1]
    assert many.panel.button.text() == "Undo 61 changes"
    many.tick(1)
    assert many.panel.request.excluded == frozenset()
    assert many.panel.button.text() == "Undo 661 changes"


def test_all_boxes_of_many_rows_are_turned_without_looking_again(many: Desk) -> None:
    undo_everything(many).panel.table.every.emit(False)
    many.rest()
    assert many.page.undo_action.reason == "Nothing is ticked."
    assert all("not chosen" in line for line in many.undo[:2])
    many.panel.table.every.emit(True)
    many.rest()
    assert many.page.undo_action.reason == ""
    many.carry_out()
    assert rows(many.page.context.file.path, "SELECT count(*), sum(a = id AND b = id) FROM visit") == [
        (600, 600)
    ]


def test_looking_at_much_can_be_stopped(many: Desk) -> None:
    started: list[Any] = []
    many.page.context.jobs.changed.connect(started.append)
    many.page.undoing.everything.trigger()
    many.panel._job.cancel()
    many.rest()
    assert any(info.title == "Looking what the undo would do" for info in started)
    assert "stopped" in many.page.undo_action.reason or many.page.undo_action.reason == ""


def test_a_plan_says_what_is_undone_and_shows_the_first_rows(many: Desk) -> None:
    undo_everything(many).page.undo_action.trigger()
    many.rest()
    assert "Undo 661 changes in 2 tables" in many.words()
    assert "Undo everything that is logged" in many.words()
    shown = many.page.findChild(PlannedRows)
    assert shown is not None and shown.table.lines[0].spoken == "place 60 is removed"
    assert all(line.tick is None for line in shown.table.lines)
    assert "of 660 rows" in many.words() and "as before" not in many.words()


def test_values_in_a_plan_are_hidden_until_asked_for_and_again_when_the_page_is_left(desk: Desk) -> None:
    desk.choose(4).tick(1).page.undo_action.trigger()
    desk.rest()
    shown = desk.page.findChild(PlannedRows)
    assert shown is not None
    assert [line.old.hidden for line in shown.table.lines] == [False, True]
    desk.page.toggle_personal()
    assert shown.table.lines[1].old.text == "Nora"
    desk.page.hide()
    assert shown.table.lines[1].old.hidden
    desk.page.show()
    desk.rest()
    assert "desk" in desk.words() and "patient 1" in desk.words()


# What stands in the way


@pytest.fixture
def linked(open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot) -> Desk:
    """Three visits of two patients are moved to a third in one transaction; then the first patient is removed."""
    path = (
        a_database(tmp_path / "links.db")
        .with_sql("CREATE TABLE p (id INTEGER PRIMARY KEY, name)")
        .with_sql("CREATE TABLE v (id INTEGER PRIMARY KEY, p REFERENCES p, room)")
        .with_sql("INSERT INTO p VALUES (1, 'a'), (2, 'b')")
        .with_sql("INSERT INTO v VALUES (1, 2, 'x'), (2, 2, 'x'), (3, 1, 'x')")
        .build()
    )
    put_under_audit(path, "p", "v")
    with writing_as(path, "desk") as session:
        session.run("INSERT INTO p VALUES (3, 'c')")
        session.run("UPDATE v SET p = 3, room = 'y'")
    run(path, "DELETE FROM p WHERE id = 1")
    return Desk.at(open_page, path, catalog, qtbot)


def test_what_stands_in_the_way_is_told_below_its_row_and_before_all_others(linked: Desk) -> None:
    linked.choose(1)
    assert linked.undo[0] == "v 3, chosen"
    assert linked.undo[1].startswith("p, It would point to a row of p that is gone")
    assert "choose what becomes of later changes" in linked.page.undo_action.reason
    linked.tick(0)
    assert linked.undo[0] == "v 3, not chosen" or "partly" in linked.undo[0]
    assert "Rows of v point to this one" in " ".join(linked.undo)


def test_where_no_choice_about_later_changes_helps_none_is_offered(linked: Desk) -> None:
    path = linked.page.context.file.path
    run(path, "DELETE FROM v WHERE id = 3")
    by_hand(path, "INSERT INTO v VALUES (3, 3, 'h')")
    linked.page.refresh(())
    linked.rest().choose(0)
    assert linked.panel._mode_row.isHidden()
    assert linked.page.undo_action.reason == ("This cannot be undone: another row has its key now.")


def test_a_cell_that_is_put_back_over_a_later_change_stands_once(desk: Desk) -> None:
    desk.choose(4)
    choose_mode(desk, UndoMode.FORCE)
    assert [line.partition(",")[0] for line in desk.undo] == ["given_name", "room"]
    assert "Changed since, by desk" in desk.undo[1] and desk.undo[1].endswith("chosen")
    assert "whatever was changed later" in desk.panel._about.plain


def test_what_goes_back_with_a_later_change_is_said(linked: Desk) -> None:
    path = linked.page.context.file.path
    with writing_as(path, "desk") as session:
        session.run("UPDATE v SET room = 'z' WHERE id = 1")
    with writing_as(path, "ward") as session:
        session.run("UPDATE v SET room = 'q', p = 2 WHERE id = 1")
    linked.page.refresh(())
    linked.rest().choose(1)
    assert "Later changes to other cells stay" in linked.panel._about.plain
    choose_mode(linked, UndoMode.DEPENDENT)
    assert linked.panel._about.plain == "1 later change is undone, too, with all its cells."
    assert sorted(line.partition(",")[0] for line in linked.undo) == ["p", "room", "v 1"]
    assert any("with the later change" in line for line in linked.undo if line.startswith("p,"))


def test_tab_leads_to_the_boxes(desk: Desk) -> None:
    desk.choose(4)
    desk.panel.table.setFocus(Qt.FocusReason.TabFocusReason)
    assert desk.panel.table.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_what_was_erased_has_no_box_and_is_nothing_to_undo(desk: Desk, path: Path) -> None:
    sealed(path)
    seq = desk.choose(3).view.detail.seen.entry.change.seq
    with writing(path) as session:
        redact(session, open_secrets(), [seq], reason="request 7")
    desk.page.refresh(())
    desk.rest().choose(3)
    assert desk.undo == ["room, York, Erased since; it does not come back"]
    assert desk.page.undo_action.reason == "There is nothing to undo: what was changed was erased since."
    assert desk.panel._mode_row.isHidden() and desk.panel.table.whole is None
