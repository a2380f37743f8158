"""Bringing back rows or a table from the window: compared, chosen, answered, planned, done and undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.clinic import HOSTILE
from builders.points import a_point
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.db import open_read, open_write
from steward_app.gui.pages.restore import page as module
from steward_app.gui.pages.restore.page import RestorePage
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.jobs import JobState
from steward_app.services import backup
from steward_app.services.restore import Answer, Extent

Open = Callable[..., Any]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "shop.db")
        .with_table("customer", "id INTEGER PRIMARY KEY, email TEXT, grade, since",
                    rows=[(n, f"c{n}@example.org", "gold", 2000 + n) for n in range(1, 6)])
        .with_table("bill", "id INTEGER PRIMARY KEY, customer INT NOT NULL REFERENCES customer, day",
                    rows=[(10, 1, "mon"), (11, 1, "tue"), (12, 2, "wed")])
        .with_table("line", "bill INT REFERENCES bill, no INT, what, PRIMARY KEY (bill, no)",
                    rows=[(10, 1, "pen"), (10, 2, "ink"), (11, 1, "cap"), (12, 1, "nib")])
        .with_table("town", "name TEXT PRIMARY KEY", rows=[("Bonn",), ("Trier",)])
        .build()
    )  # fmt: skip


@pytest.fixture
def point(catalog: Catalog, shop: Path) -> backup.Point:
    """A proven point; since then customer 1 went with all that belonged to it."""
    made = a_point(catalog, shop, ago=timedelta(hours=2))
    change(
        shop,
        "DELETE FROM line WHERE bill IN (10, 11)",
        "DELETE FROM bill WHERE customer = 1",
        "DELETE FROM customer WHERE id = 1",
    )
    return made


@pytest.fixture
def opened(open_page: Open, shop: Path, catalog: Catalog, point: backup.Point) -> Any:
    opened = open_page(RestorePage, shop, catalog=catalog)
    opened.document.allow_writing()
    opened.page.reconsider()
    return opened


def change(path: Path, *statements: str) -> None:
    with open_write(path) as session:
        session.run("PRAGMA foreign_keys = OFF")
        for sql in statements:
            session.run(sql)


def ids(path: Path, sql: str = "SELECT id FROM customer ORDER BY 1") -> list[object]:
    with open_read(path) as session:
        return [row[0] for row in session.all(sql)]


def words(widget: Any) -> str:
    labels = [label.plain for label in widget.findChildren(Label)]
    return " | ".join(labels + [button.text() for button in widget.findChildren(Button)])


def banner(page: RestorePage) -> str:
    return " ".join(each.text for each in page.findChildren(Banner))


def compared(opened: Any, qtbot: QtBot, what: str = "rows", table: str = "customer") -> Any:
    """The page at the step of rows and conflicts, a table of it chosen."""
    page = opened.page
    page.arrive(what=what)
    page.plan_action.trigger()
    at_rest(opened, qtbot)
    assert page.step == module._ROWS
    line = next(each for each in page.rows.difference.table.rows if each.table == table)
    page.rows.difference.table.choose(line)
    at_rest(opened, qtbot)
    return page


def at_rest(opened: Any, qtbot: QtBot) -> None:
    """Nothing runs, and what was ticked is counted."""
    page = opened.page
    qtbot.waitUntil(lambda: opened.jobs.idle and (page.step != module._ROWS or page.rows.outlook is not None))
    qtbot.waitUntil(lambda: opened.jobs.idle)


def tick(opened: Any, qtbot: QtBot, text: str) -> None:
    """Tick the line that begins so."""
    rows = opened.page.rows.rows
    rows.tick(next(n for n, line in enumerate(rows.lines) if line.spoken.startswith(text)))
    at_rest(opened, qtbot)


def planned(opened: Any, qtbot: QtBot) -> None:
    opened.page.plan_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and opened.page.step == module._PLAN)


def carried_out(opened: Any, qtbot: QtBot) -> None:
    opened.page.apply_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and opened.page.step == module._DONE)


def test_a_row_comes_back_with_what_belonged_to_it_and_goes_again(
    opened: Any, shop: Path, qtbot: QtBot
) -> None:
    page = compared(opened, qtbot)
    assert page.foot.words == "Choose a row first."
    missing = {line.table: line.missing for line in page.rows.difference.table.rows}
    assert missing == {"customer": 1, "bill": 2, "line": 3}
    assert problems_of(page) == []
    tick(opened, qtbot, "customer 1")
    told = [line.spoken for line in page.rows.rows.lines]
    assert told[1:] == ["bill, 2 rows, chosen", "line, 3 rows, chosen"]
    assert page.foot.plan_button.text() == "Plan the restore of 6 rows"
    assert "1 row of customer and 5 rows that belong to it" in words(page.rows)
    assert problems_of(page) == []
    planned(opened, qtbot)
    assert page.steps.now == 2 and page.foot.apply_button.text() == "Bring back 6 rows"
    assert problems_of(page) == []
    page.rehearse_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and "Passed" in words(page.plan_view))
    assert ids(shop) == [2, 3, 4, 5]
    carried_out(opened, qtbot)
    assert ids(shop) == [1, 2, 3, 4, 5] and len(ids(shop, "SELECT 1 FROM line")) == 4
    assert problems_of(page) == []
    toast = opened.said.toasts[-1]
    assert toast.undo is not None and "6 rows brought back" in toast.title
    toast.undo()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert ids(shop) == [2, 3, 4, 5] and len(ids(shop, "SELECT 1 FROM line")) == 1
    assert "Undone" in words(page.done)


def test_a_branch_is_left_out_and_so_is_what_belongs_to_them(opened: Any, shop: Path, qtbot: QtBot) -> None:
    page = compared(opened, qtbot)
    tick(opened, qtbot, "customer 1")
    tick(opened, qtbot, "line")
    assert page.rows.rows.without == ("line",) and page.rows.count == 3
    assert "left out, of every row" in page.rows.rows.lines[2].spoken
    page.rows.along.setChecked(False)
    at_rest(opened, qtbot)
    assert page.foot.plan_button.text() == "Plan the restore of 1 row"
    page.rows.along.setChecked(True)
    at_rest(opened, qtbot)
    planned(opened, qtbot)
    carried_out(opened, qtbot)
    assert ids(shop, "SELECT id FROM bill ORDER BY 1") == [10, 11, 12]
    assert len(ids(shop, "SELECT 1 FROM line")) == 1


def test_rows_are_chosen_and_opened_by_keys_and_by_mouse(opened: Any, qtbot: QtBot) -> None:
    page = compared(opened, qtbot)
    rows = page.rows.rows
    rows.setFocus()
    rows.setCurrentIndex(rows.model().index(0, 0))
    QTest.keyClick(rows, Qt.Key.Key_Right)
    at_rest(opened, qtbot)
    assert len(rows.lines) == 3 and rows.keys == ()
    QTest.keyClick(rows, Qt.Key.Key_Down)
    QTest.keyClick(rows, Qt.Key.Key_Left)
    assert rows.currentIndex().row() == 0
    QTest.keyClick(rows, Qt.Key.Key_Left)
    assert len(rows.lines) == 1
    QTest.keyClick(rows, Qt.Key.Key_Space)
    assert rows.keys == ((1,),)
    at_rest(opened, qtbot)
    QTest.keyClick(rows, Qt.Key.Key_Space)
    assert rows.keys == ()
    area = rows.visualRect(rows.model().index(0, 0))
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=area.topLeft() + QPoint(44, 14))
    assert rows.keys == ((1,),)
    at_rest(opened, qtbot)


def test_a_table_gets_back_what_is_missing_or_all_that_it_held(opened: Any, shop: Path, qtbot: QtBot) -> None:
    change(shop, "INSERT INTO customer VALUES (9, 'new@example.org', 'iron', 2026)")
    change(shop, "UPDATE customer SET grade = 'iron' WHERE id = 2")
    page = compared(opened, qtbot, "table")
    assert page.rows.wish.extent is Extent.MISSING
    assert page.foot.plan_button.text() == "Plan the restore of 6 rows"
    page.rows.extent._buttons["content"].click()
    at_rest(opened, qtbot)
    assert "1 of now go" in words(page.rows)
    planned(opened, qtbot)
    carried_out(opened, qtbot)
    assert ids(shop) == [1, 2, 3, 4, 5]
    assert ids(shop, "SELECT DISTINCT grade FROM customer") == ["gold"]


def test_what_stands_in_the_way_is_answered_first(opened: Any, shop: Path, qtbot: QtBot) -> None:
    change(shop, "INSERT INTO customer VALUES (1, 'other@example.org', 'iron', 2026)")
    page = compared(opened, qtbot)
    assert page.rows.kind.value == "changed"
    tick(opened, qtbot, "customer 1")
    assert page.plan_action.reason == "Answer the conflicts first."
    assert "customer 1 has a number that another row seems to have now." in words(page.rows.conflicts)
    assert "1 to answer" in words(page.rows.conflicts)
    assert problems_of(page) == []
    page.plan_action.trigger()
    assert page.step == module._ROWS
    (asked,) = page.rows.conflicts.asked
    page.rows.conflicts.answer(asked, Answer.NEW_NUMBER)
    at_rest(opened, qtbot)
    assert "All answered" in words(page.rows.conflicts)
    planned(opened, qtbot)
    assert "--answer" not in words(page.plan_view)
    page.back_action.trigger()
    at_rest(opened, qtbot)
    assert page.step == module._ROWS and page.rows.rows.keys == ((1,),)
    planned(opened, qtbot)
    carried_out(opened, qtbot)
    assert ids(shop) == [1, 2, 3, 4, 5, 6]
    assert ids(shop, "SELECT DISTINCT customer FROM bill WHERE id < 12") == [6]


def test_nothing_of_now_is_overwritten_unless_asked_for(opened: Any, shop: Path, qtbot: QtBot) -> None:
    change(shop, "UPDATE customer SET grade = 'iron' WHERE id IN (2, 3)")
    page = compared(opened, qtbot)
    page.rows.kind._buttons["changed"].click()
    at_rest(opened, qtbot)
    tick(opened, qtbot, "customer 2")
    assert page.plan_action.reason.startswith("Nothing would be brought back")
    assert "grade gold → iron" in page.rows.rows.lines[0].spoken
    (asked,) = page.rows.conflicts.asked
    page.rows.conflicts._answers[asked.id].setCurrentIndex(1)
    page.rows.conflicts._answers[asked.id].activated.emit(1)
    at_rest(opened, qtbot)
    planned(opened, qtbot)
    carried_out(opened, qtbot)
    assert ids(shop, "SELECT id FROM customer WHERE grade = 'iron'") == [3]


def test_personal_values_are_hidden_until_asked_for_and_again_when_the_page_closes(
    opened: Any, qtbot: QtBot
) -> None:
    page = compared(opened, qtbot)

    def shown() -> str:
        return " ".join(line.spoken for line in page.rows.rows.lines)

    assert "c1@example.org" not in shown() and "gold" in shown()
    assert page.rows.rows.rows[0].hidden
    page.own.reveal.trigger()
    at_rest(opened, qtbot)
    assert "c1@example.org" in shown()
    assert page.rows.reveal.text() == "Hide personal columns"
    page.hide()
    at_rest(opened, qtbot)
    assert "c1@example.org" not in shown()


def test_many_rows_are_read_as_they_are_scrolled_to(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    path = (
        a_database(tmp_path / "many.db")
        .with_table("t", "id INTEGER PRIMARY KEY", rows=[(n,) for n in range(1, 351)])
        .build()
    )
    a_point(catalog, path)
    change(path, "DELETE FROM t")
    opened = open_page(RestorePage, path, catalog=catalog)
    page = compared(opened, qtbot, table="t")
    assert 100 <= len(page.rows.rows.rows) < 350
    while len(page.rows.rows.rows) < 350:
        page.rows.rows.scrollToBottom()
        qtbot.waitUntil(lambda: opened.jobs.idle)
    assert [row.key for row in page.rows.rows.rows] == [(n,) for n in range(1, 351)]


def test_a_table_that_is_gone_is_made_again(opened: Any, shop: Path, qtbot: QtBot) -> None:
    change(shop, "DROP TABLE town")
    page = compared(opened, qtbot, table="town")
    assert page.rows.extent.value == Extent.MISSING.value
    assert "made again with its rows" in words(page.rows)
    assert problems_of(page) == []
    planned(opened, qtbot)
    carried_out(opened, qtbot)
    assert ids(shop, "SELECT name FROM town ORDER BY 1") == ["Bonn", "Trier"]


def test_another_program_changes_the_file_meanwhile(opened: Any, shop: Path, qtbot: QtBot) -> None:
    page = compared(opened, qtbot)
    change(shop, "DELETE FROM customer WHERE id = 3")
    page.refresh(())
    assert "The file was changed." in banner(page)
    (again,) = (b for b in page.findChildren(Button) if b.text() == "Compare again")
    again.click()
    at_rest(opened, qtbot)
    assert banner(page) == "" and page.rows.table == "customer"
    assert {line.table: line.missing for line in page.rows.difference.table.rows}["customer"] == 2


def test_the_point_beside_is_compared_with(
    open_page: Open, shop: Path, catalog: Catalog, point: backup.Point, qtbot: QtBot
) -> None:
    newer = a_point(catalog, shop)
    opened = open_page(RestorePage, shop, catalog=catalog)
    page = opened.page
    page.own.rows.trigger()
    page.plan_action.trigger()
    at_rest(opened, qtbot)
    assert page.rows.point.id == newer.id and "Every table holds the same rows now." in words(page.rows)
    assert page.own.newer.reason and problems_of(page) == []
    page.own.older.trigger()
    at_rest(opened, qtbot)
    assert page.rows.point.id == point.id == page.choose.point.id
    assert page.own.older.reason


def test_reading_stays_possible_while_the_file_is_read_only(opened: Any, shop: Path, qtbot: QtBot) -> None:
    page = compared(opened, qtbot)
    tick(opened, qtbot, "customer 1")
    opened.document.forbid_writing()
    planned(opened, qtbot)
    assert page.apply_action.reason == page.foot.words == "The file is read-only. Allow changes first."
    assert page.foot.allow_button.isVisibleTo(page)
    opened.document.allow_writing()
    page.reconsider()
    assert not page.foot.allow_button.isVisibleTo(page) and not page.apply_action.reason


def test_stopping_a_comparison_changes_nothing(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    page.arrive(what="rows")
    page.plan_action.trigger()
    page._stop()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    stopped = page.step == module._CHOOSE
    assert not stopped or page.foot.words == "Stopped. Nothing was changed."


def test_a_narrow_page_keeps_rows_and_conflicts_within_reach(opened: Any, shop: Path, qtbot: QtBot) -> None:
    change(shop, "INSERT INTO customer VALUES (1, 'other@example.org', 'iron', 2026)")
    page = compared(opened, qtbot)
    tick(opened, qtbot, "customer 1")
    page.resize(640, 820)
    qtbot.waitUntil(lambda: page.width() == 640)
    assert problems_of(page) == []


def test_hostile_names_are_shown_as_what_they_are(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    path = (
        a_database(tmp_path / "odd.db")
        .with_sql(
            f'CREATE TABLE "{HOSTILE.replace(chr(34), 2 * chr(34))}" ("k<b>" TEXT PRIMARY KEY, "v&\n" TEXT)'
        )
        .with_rows(HOSTILE, [("\u202ekey<b>", "<img src=x onerror=1>"), ("other", "=cmd|")])
        .build()
    )
    a_point(catalog, path)
    change(path, f'DELETE FROM "{HOSTILE.replace(chr(34), 2 * chr(34))}"')
    opened = open_page(RestorePage, path, catalog=catalog)
    opened.document.allow_writing()
    page = compared(opened, qtbot, table=HOSTILE)
    assert len(page.rows.rows.lines) == 2
    assert all("\u202e" not in line.spoken and "\n" not in line.spoken for line in page.rows.rows.lines)
    page.rows.rows.tick(0)
    at_rest(opened, qtbot)
    assert problems_of(page) == []
    planned(opened, qtbot)
    carried_out(opened, qtbot)
    with open_read(path) as session:
        assert session.count("SELECT count(*) FROM sqlite_schema WHERE type = 'table'") >= 1
    assert "1 row brought back" in opened.said.toasts[-1].title


def test_moments_are_walked_by_keys_on_the_line_and_in_the_table(
    open_page: Open, shop: Path, catalog: Catalog, point: backup.Point, qtbot: QtBot
) -> None:
    newer = a_point(catalog, shop)
    page = open_page(RestorePage, shop, catalog=catalog).page
    moment = page.choose.moment
    assert page.choose.point.id == newer.id == moment.timeline.choice
    QTest.keyClick(moment.timeline, Qt.Key.Key_Left)
    assert page.choose.point.id == point.id
    moment.table.choose(moment.table.rows[0])
    assert moment.timeline.choice == newer.id


def test_a_long_comparison_is_stopped_at_once(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    path = a_database(tmp_path / "large.db").with_table("t", "id INTEGER PRIMARY KEY, a, b").build()
    change(
        path,
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) "
        "INSERT INTO t SELECT i, i * 7 || 'x', hex(randomblob(20)) FROM n",
    )
    a_point(catalog, path, check=False, prove=False)
    change(path, "UPDATE t SET a = a || 'y'")
    opened = open_page(RestorePage, path, catalog=catalog)
    page = opened.page
    page.arrive(what="rows")
    page.plan_action.trigger()
    qtbot.waitUntil(lambda: any(info.state is JobState.RUNNING for info in opened.jobs.live()))
    page._stop()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert page.step == module._CHOOSE and page.foot.words == "Stopped. Nothing was changed."


def test_a_plan_that_no_longer_fits_is_made_again(opened: Any, shop: Path, qtbot: QtBot) -> None:
    page = compared(opened, qtbot)
    tick(opened, qtbot, "customer 1")
    planned(opened, qtbot)
    change(shop, "INSERT INTO customer VALUES (1, 'other@example.org', 'iron', 2026)")
    page.refresh(())
    assert "This plan is out of date." in banner(page)
    page.apply_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and "Plan again" in words(page))
    assert page.step == module._PLAN and ids(shop) == [1, 2, 3, 4, 5]
    (again,) = (b for b in page.findChildren(Button) if b.text() == "Plan again")
    again.click()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert "This cannot be restored" in banner(page) and page.apply_action.reason
    assert "--answer" not in banner(page)
    page.back_action.trigger()
    at_rest(opened, qtbot)
    assert page.step == module._ROWS and banner(page) == ""
    assert "1 to answer" in words(page.rows.conflicts)
