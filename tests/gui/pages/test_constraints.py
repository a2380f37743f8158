"""The constraints page: every promise with its state, and the way to the rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from builders import a_database
from steward_app.gui.pages.constraints import page as module
from steward_app.gui.pages.constraints.page import ConstraintsPage
from steward_app.gui.widgets.text import Label
from steward_app.services.schema.check import ConstraintState

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table(
            "visit", "id INTEGER PRIMARY KEY, a INT, b INT, CHECK (a < b)", rows=[(1, 1, 2), (2, 1, 2)]
        )
        .with_table(
            "diagnosis", "id INTEGER PRIMARY KEY, visit_id INT REFERENCES visit", rows=[(7, 1), (8, 9)]
        )
        .with_sql("CREATE VIEW lost AS SELECT absent FROM visit")
        .build()
    )


@pytest.fixture
def opened(open_page: Open, clinic: Path, qtbot: QtBot) -> Any:
    opened = open_page(ConstraintsPage, clinic)
    qtbot.waitUntil(lambda: opened.page._checked_once)
    return opened


def words(page: ConstraintsPage) -> str:
    return " ".join(label.plain for label in page.inspector.findChildren(Label) if label.isVisible())


def test_a_small_file_is_checked_at_once_and_the_worst_stands_first(opened: Any) -> None:
    first = opened.page.table.rows[0]
    assert first.state is ConstraintState.BROKEN
    assert first.constraint.rule == "visit_id → visit.id"
    assert opened.page.table.current is first
    assert opened.said.counts == {"page": 1}


def test_a_file_without_rules_says_so(open_page: Open, tmp_path: Path, qtbot: QtBot) -> None:
    page = open_page(ConstraintsPage, a_database(tmp_path / "none.db").with_table("t", "a").build()).page
    qtbot.waitUntil(lambda: page._checked_once)
    assert page._stack.currentWidget() is page._no_rule
    page.filter.setText("x")
    assert page._stack.currentWidget() is page._no_rule


def test_nothing_is_counted_before_a_check(
    open_page: Open, clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE_BYTES", 0)
    page = open_page(ConstraintsPage, clinic).page
    assert [button.text() for button in page.states.findChildren(QToolButton)] == [
        "All  6", "Broken", "Not enforced", "Holds", "Schema  3",
    ]  # fmt: skip


def test_the_chosen_constraint_tells_rows_and_remedies(opened: Any, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "1 of 1" in words(opened.page))
    shown = words(opened.page)
    assert "Broken by 1 row" in shown
    assert "What can be done." in shown
    assert "1 of 1" in shown


def test_states_kinds_and_words_filter_the_list(opened: Any) -> None:
    page = opened.page
    page.states.choose("broken")
    page._show_list()
    assert len(page.table.rows) == 1
    page.states.choose("all")
    page.filter.setText("diagnosis")
    assert {row.constraint.table for row in page.table.rows} == {"diagnosis"}
    page.filter.setText("nothing like it")
    assert page._stack.currentIndex() == 1


def test_findings_about_the_schema_stand_in_a_list_of_their_own(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    qtbot.waitUntil(lambda: "Broken by 1 row" in words(page))
    page.states.choose("schema")
    page._show_list()
    assert page._stack.currentWidget() is page.findings
    assert page.kinds.isHidden()
    lost = next(finding for finding in page.findings.rows if "lost" in finding.title)
    qtbot.waitUntil(
        lambda: "Broken by 1 row" not in words(page)
    )  # what is not in the list is not told beside it
    page.findings.choose(lost)
    qtbot.waitUntil(lambda: lost.title in words(page))
    page.findings.opened.emit(lost)
    assert opened.said.went == [("schema_map", {"table": "lost"})]
    page.filter.setText("nothing like it")
    assert page._stack.currentWidget() is page._no_finding
    qtbot.waitUntil(lambda: lost.title not in words(page))


def test_somebody_who_comes_for_a_finding_about_the_schema_sees_it(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    page.filter.setText("diagnosis")
    lost = next(finding for finding in page._schema_findings() if "lost" in finding.title)
    page.arrive(finding=lost.id)
    assert page.findings.current == lost
    qtbot.waitUntil(lambda: lost.title in words(page))


def test_an_order_chosen_stays_when_the_file_is_checked_again(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    page.table.sort_by(2)
    before = [row.constraint.id for row in page.table.rows]
    page.check()
    qtbot.waitUntil(lambda: not page._running)
    assert [row.constraint.id for row in page.table.rows] == before


def test_a_thousand_findings_are_as_few_widgets_as_one(open_page: Open, tmp_path: Path, qtbot: QtBot) -> None:
    database = a_database(tmp_path / "many.db").with_table("parent", "id INTEGER PRIMARY KEY")
    for number in range(150):
        database.with_table(f"child_{number}", "id INTEGER PRIMARY KEY, parent_id INT REFERENCES parent")
    page = open_page(ConstraintsPage, database.build()).page
    qtbot.waitUntil(lambda: page._checked_once)
    page.states.choose("schema")
    page._show_list()
    assert len(page.findings.rows) >= 150
    assert len(page.findChildren(QWidget)) < 400


def test_the_way_to_the_rows_and_to_the_map(opened: Any) -> None:
    page = opened.page
    page.table.opened.emit(page.table.rows[0])
    page._show_on_map("diagnosis")
    (data, arguments), (second, at) = opened.said.went
    assert (data, arguments["table"], arguments["finding"].count) == ("data", "diagnosis", 1)
    assert (second, at) == ("schema_map", {"table": "diagnosis"})


def test_somebody_who_comes_for_a_table_sees_its_broken_rules(opened: Any) -> None:
    opened.page.arrive(table="diagnosis")
    assert [row.constraint.table for row in opened.page.table.rows] == ["diagnosis"]


def test_a_large_file_waits_to_be_asked(
    open_page: Open, clinic: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr("steward_app.gui.pages.constraints.page._AT_ONCE_BYTES", 0)
    opened = open_page(ConstraintsPage, clinic)
    assert {row.state for row in opened.page.table.rows} == {ConstraintState.NOT_CHECKED}
    assert opened.page.export_action.reason
    opened.page.check()
    assert opened.page.check_action.reason
    qtbot.waitUntil(lambda: opened.page._checked_once)
    assert not opened.page.export_action.reason


def test_the_last_check_is_shared_and_not_made_again(opened: Any, open_page: Open) -> None:
    from steward_app.services.schema.snapshot import last_check

    assert last_check(opened.document) is opened.page._report


def test_findings_are_written_as_a_page(
    opened: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    target = tmp_path / "findings.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **more: (str(target), ""))
    opened.page.export()
    qtbot.waitUntil(lambda: bool(opened.said.toasts))
    text = target.read_text(encoding="utf-8")
    assert "point" in text and "diagnosis" in text


def test_sql_is_shown_when_asked_for(opened: Any) -> None:
    page = opened.page
    assert page.inspector._sql is not None and not page.inspector._sql.isVisible()
    page.inspector._toggle_sql()
    assert page.inspector._sql.isVisible()
