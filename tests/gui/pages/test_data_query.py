"""The query box: it only reads, says what is wrong and where, shows the plan, and can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from builders.clinic import a_clinic
from builders.data_page import CONTROL, Desk, words_of
from builders.processes import OtherProgram

Open = Callable[..., Any]
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {} FROM n"


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_clinic(tmp_path / "clinic.db").build()


@pytest.fixture
def desk(open_page: Open, clinic: Path, qtbot: QtBot) -> Desk:
    desk = Desk.at(open_page, clinic, qtbot)
    desk.page.show_way("query")
    return desk


def ask(desk: Desk, sql: str) -> Desk:
    desk.query.editor.setPlainText(sql)
    desk.press(Qt.Key.Key_Return, CONTROL, on=desk.query.editor)
    return desk


def result(desk: Desk) -> list[Any]:
    return [row[0] for row in desk.query.rows._model.rows]


def test_a_result_is_paged_sorted_and_counted(desk: Desk) -> None:
    ask(desk, "SELECT score AS s, kind FROM visit ORDER BY id")
    assert len(result(desk)) >= 200
    assert desk.query._place.plain.endswith("not counted yet")
    desk.query._count.click()
    desk.rest()
    assert desk.query._place.plain.endswith("of 1,200") and not desk.query._count.isVisible()
    desk.query.rows.head.sectionClicked.emit(0)
    desk.rest()
    assert result(desk) == sorted(result(desk))
    assert "No index serves this order: all rows are sorted first." in desk.query._warning.text
    desk.press(Qt.Key.Key_End, CONTROL, on=desk.query.rows.view)
    assert desk.query.rows.current is not None and desk.query.rows.current.number == 1200


def test_a_row_of_the_result_is_shown_whole(desk: Desk) -> None:
    ask(desk, "SELECT id, '{\"a\":1}' AS j FROM visit")
    desk.query.rows.view.choose_row(2)
    desk.press(Qt.Key.Key_Return, on=desk.query.rows.view)
    assert "row 3" in words_of(desk.query.side)
    desk.press(Qt.Key.Key_Escape, on=desk.query.rows.view)
    assert desk.query.side.isHidden()


def test_what_is_wrong_is_said_with_line_and_column(desk: Desk) -> None:
    ask(desk, "SELECT id,\n       nope\nFROM visit")
    assert "no such column: nope (line 2, column 8)" in desk.query.problem.plain
    cursor = desk.query.editor.textCursor()
    assert (cursor.blockNumber(), cursor.positionInBlock()) == (1, 7)
    assert desk.query.editor.accessibleDescription()
    ask(desk, "SELECT 1; SELECT 2")
    assert "One statement at a time" in desk.query.problem.plain
    ask(desk, "   ")
    assert desk.query.problem.plain == "Write a query first."
    ask(desk, "SELECT 1")
    assert not desk.query.problem.isVisible() and result(desk) == [1]


def test_a_query_that_fails_on_its_way_leaves_no_empty_table(desk: Desk) -> None:
    ask(desk, "SELECT abs(-9223372036854775808) FROM visit")
    assert "integer overflow" in desk.query.problem.plain
    assert desk.page.rows is None and desk.query._nothing.isVisible()


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM visit",
        "UPDATE visit SET score = 0",
        "DROP TABLE visit",
        "PRAGMA journal_mode = WAL",
        "ATTACH 'x' AS y",
        "SELECT load_extension('x')",
        "WITH a AS (SELECT 1) INSERT INTO code SELECT 'x', 'y'",
        "VACUUM",
    ],
)
def test_what_would_change_something_is_refused(desk: Desk, clinic: Path, sql: str) -> None:
    before = clinic.read_bytes()
    ask(desk, sql)
    assert "This query was not run" in desk.query.problem.plain
    assert "The file is unchanged." in desk.query.problem.plain
    assert clinic.read_bytes() == before


def test_explain_and_pragma_are_listed(desk: Desk) -> None:
    ask(desk, "PRAGMA table_info(visit)")
    assert desk.query._place.plain == "5 rows"
    assert desk.query._listing is not None and desk.query._listing.isVisible()
    assert desk.page.rows is None and desk.page.actions_of_page.export.reason
    ask(desk, "EXPLAIN QUERY PLAN SELECT * FROM visit")
    assert desk.query._place.plain == "1 row"
    ask(desk, "SELECT 5")
    assert result(desk) == [5] and desk.page.rows is not None


def test_the_plan_is_shown_without_running(desk: Desk) -> None:
    desk.query.editor.setPlainText(
        "SELECT * FROM visit JOIN patient ON patient.id = patient_id WHERE ward IN (SELECT code FROM code)"
    )
    desk.query.plan_button.click()
    desk.rest()
    text = desk.query._plan.toPlainText()
    assert "SCAN visit" in text and "SEARCH patient" in text
    assert "SCAN reads every row" in desk.query.news.text
    assert desk.page.rows is None
    desk.query.editor.setPlainText("SELECT * FROM nowhere")
    desk.query.plan_button.click()
    assert "no such table" in desk.rest().query.problem.plain


def test_an_endless_query_is_stopped_and_says_so(desk: Desk) -> None:
    desk.query.editor.setPlainText(ENDLESS.format("max(i)"))
    desk.query.run()
    desk.qtbot.waitUntil(lambda: any(job.title == "Reading the query" for job in desk.opened.jobs.live()))
    assert desk.query.news.text == "Running …"
    desk.opened.jobs.cancel(desk.opened.jobs.live()[0].id)
    desk.rest()
    assert desk.query.news.text == "Stopped. Nothing was changed." and desk.query.news.isVisible()
    assert desk.page.rows is None


def test_the_first_rows_of_an_endless_result_come_and_its_count_can_be_stopped(desk: Desk) -> None:
    ask(desk, ENDLESS.format("i"))
    assert result(desk)[:3] == [1, 2, 3]
    desk.query.rows.count()
    desk.qtbot.waitUntil(lambda: bool(desk.opened.jobs.live()))
    desk.opened.jobs.cancel(desk.opened.jobs.live()[0].id)
    desk.rest()
    assert desk.query._place.plain.endswith("not counted yet") and result(desk)[:3] == [1, 2, 3]


def test_another_query_takes_the_place_of_one_that_runs(desk: Desk) -> None:
    desk.query.editor.setPlainText(ENDLESS.format("max(i)"))
    desk.query.run()
    desk.qtbot.waitUntil(lambda: any(job.title == "Reading the query" for job in desk.opened.jobs.live()))
    ask(desk, "SELECT 7")
    assert result(desk) == [7] and not desk.query.news.isVisible()


def test_earlier_queries_come_back_and_an_arriving_one_loses_nothing(desk: Desk) -> None:
    assert desk.query.earlier_button.accessibleDescription() == "No query was run yet."
    ask(desk, "SELECT 1")
    ask(desk, "SELECT 2")
    desk.query.editor.setPlainText("SELECT unfinished")
    desk.page.arrive(query="SELECT 3")
    desk.rest()
    assert desk.query.earlier == ["SELECT 3", "SELECT unfinished", "SELECT 2", "SELECT 1"]
    menu = desk.query.earlier_menu()
    menu.actions()[1].trigger()
    assert desk.query.editor.toPlainText() == "SELECT unfinished"
    desk.query.editor.undo()
    assert desk.query.editor.toPlainText() == "SELECT 3"
    kept = desk.query.state()
    desk.query.restore({})
    assert desk.query.earlier == []
    desk.query.restore(kept)
    assert desk.query.earlier[0] == "SELECT 3"


def test_the_result_is_read_again_when_another_program_changed_the_file(desk: Desk, clinic: Path) -> None:
    ask(desk, "SELECT count(*) FROM visit")
    with OtherProgram(clinic) as other:
        other.does("run('DELETE FROM visit WHERE id < 11')")
    desk.page.refresh(())
    assert result(desk.rest()) == [1190]


def test_a_result_with_nothing_in_it_says_so(desk: Desk) -> None:
    ask(desk, "SELECT id FROM visit WHERE 0")
    assert "There are no rows to show." in words_of(desk.query.rows)
