"""Find in backups: from a row of the Data page, or a value that is typed, to bringing it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.points import a_point
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.db import open_read, open_write
from steward_app.gui.pages.data.page import DataPage
from steward_app.gui.pages.restore import page as module
from steward_app.gui.pages.restore.page import RestorePage
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.services import backup

Open = Callable[..., Any]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "shop.db")
        .with_table("customer", "id INTEGER PRIMARY KEY, email TEXT, grade",
                    rows=[(n, f"c{n}@example.org", "gold") for n in range(1, 4)])
        .with_table("bill", "id INTEGER PRIMARY KEY, customer INT REFERENCES customer", rows=[(10, 1), (11, 2)])
        .with_sql("CREATE VIEW golden AS SELECT * FROM customer")
        .build()
    )  # fmt: skip


@pytest.fixture
def points(catalog: Catalog, shop: Path) -> list[backup.Point]:
    """Customer 1 was gold, then iron, then gone."""
    made = [a_point(catalog, shop, ago=timedelta(days=3)), a_point(catalog, shop, ago=timedelta(days=2))]
    change(shop, "UPDATE customer SET grade = 'iron' WHERE id = 1")
    made.append(a_point(catalog, shop, ago=timedelta(days=1)))
    change(shop, "DELETE FROM bill WHERE customer = 1", "DELETE FROM customer WHERE id = 1")
    made.append(a_point(catalog, shop, ago=timedelta(hours=1)))
    return made


def change(path: Path, *statements: str) -> None:
    with open_write(path) as session:
        for sql in statements:
            session.run(sql)


def words(widget: Any) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget))


def at_rest(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    qtbot.waitUntil(lambda: opened.jobs.idle and (page.step != module._ROWS or page.rows.outlook is not None))
    qtbot.waitUntil(lambda: opened.jobs.idle)


def test_a_row_is_found_as_it_was_and_brought_back(
    open_page: Open, shop: Path, catalog: Catalog, points: list[backup.Point], qtbot: QtBot
) -> None:
    opened = open_page(RestorePage, shop, catalog=catalog)
    opened.document.allow_writing()
    page, step = opened.page, opened.page.finding.step
    page.arrive(row=("customer", (1,)), key_columns=("id",))
    at_rest(opened, qtbot)
    assert page.step == module._FIND and problems_of(page) == []
    assert "customer 1" in words(step) and "It is in 3 of 4 restore points." in words(step)
    assert "does not go by itself" in words(step)
    states = [(state.points, state.there) for state in step.states.rows]
    assert states == [(1, False), (1, True), (2, True)]
    told = " ".join(
        column.shown(row).text for row in step.states.rows for column in step.states._table.columns
    )
    assert "grade iron" in told and "grade gold" in told and "c1@example.org" not in told
    assert step.chosen is not None and step.chosen.point == points[2].id
    step.states.choose(step.states.rows[0])
    assert page.plan_action.reason
    step.states.choose(step.states.rows[2])
    assert page.foot.plan_button.text() == "Bring this row back"
    page.plan_action.trigger()
    at_rest(opened, qtbot)
    assert page.step == module._ROWS and page.rows.point.id == points[1].id
    assert page.rows.table == "customer" and page.rows.rows.keys == ((1,),)
    assert page.foot.plan_button.text() == "Plan the restore of 2 rows"
    page.plan_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.step == module._PLAN)
    page.apply_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.step == module._DONE)
    with open_read(shop) as session:
        assert session.value("SELECT grade FROM customer WHERE id = 1") == "gold"


def test_a_value_is_found_wherever_it_stood(
    open_page: Open, shop: Path, catalog: Catalog, points: list[backup.Point], qtbot: QtBot
) -> None:
    opened = open_page(RestorePage, shop, catalog=catalog)
    page, step = opened.page, opened.page.finding.step
    page.own.find.trigger()
    assert page.step == module._FIND and page.plan_action.reason == "Look for a row or a value first."
    assert problems_of(page) == []
    step.value.setText("iron")
    step.value.returnPressed.emit()
    at_rest(opened, qtbot)
    (place,) = step.places.rows
    assert (place.table, place.column, place.points) == ("customer", "grade", 1)
    assert problems_of(page) == []
    page.plan_action.trigger()
    at_rest(opened, qtbot)
    assert page.step == module._ROWS and page.rows.point.id == points[2].id
    page.back_action.trigger()
    assert page.step == module._CHOOSE
    page.own.find.trigger()
    step.value.setText("nowhere to be found")
    step.value.returnPressed.emit()
    at_rest(opened, qtbot)
    assert "It is in none of 4 restore points." in words(step)
    page.back_action.trigger()
    assert page.step == module._CHOOSE


def test_a_row_that_is_as_it_was_needs_nothing(
    open_page: Open, shop: Path, catalog: Catalog, points: list[backup.Point], qtbot: QtBot
) -> None:
    opened = open_page(RestorePage, shop, catalog=catalog)
    page = opened.page
    page.arrive(row=("bill", (11,)), key_columns=("id",))
    at_rest(opened, qtbot)
    page.plan_action.trigger()
    at_rest(opened, qtbot)
    assert page.plan_action.reason
    assert "holds the same rows now" in words(page.rows)


def test_stopping_leaves_the_question(
    open_page: Open, shop: Path, catalog: Catalog, points: list[backup.Point], qtbot: QtBot
) -> None:
    opened = open_page(RestorePage, shop, catalog=catalog)
    opened.page.arrive(row=("customer", (1,)), key_columns=("id",))
    opened.page._stop()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    found = bool(opened.page.finding.step.states.rows)
    assert found or opened.page.foot.words == "Stopped. Nothing was changed."


def test_the_data_page_leads_here_from_a_row(
    open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    opened = open_page(DataPage, shop, catalog=catalog)
    page = opened.page
    page.open_table("customer")
    qtbot.waitUntil(lambda: opened.jobs.idle and page.browse.rows.source is not None)
    page.browse.rows.view.setCurrentIndex(page.browse.rows.view.model().index(1, 0))
    find = next(action for action in page.commands() if action.id == "data.backups")
    find.trigger()
    assert opened.said.went[-1] == ("restore", {"row": ("customer", (2,)), "key_columns": ("id",)})
    page.browse.side.show_row(page.browse.rows.current)
    qtbot.waitUntil(lambda: opened.jobs.idle and page.browse.side.record.record is not None)
    (button,) = (b for b in page.browse.side.findChildren(Button) if b.text() == "Find in backups")
    button.click()
    assert len(opened.said.went) == 2
    page.open_table("golden")
    qtbot.waitUntil(lambda: opened.jobs.idle)
    find = next(action for action in page.commands() if action.id == "data.backups")
    assert find.reason


def test_another_question_takes_the_place_of_the_first(
    open_page: Open, shop: Path, catalog: Catalog, points: list[backup.Point], qtbot: QtBot
) -> None:
    opened = open_page(RestorePage, shop, catalog=catalog)
    page, step = opened.page, opened.page.finding.step
    page.own.find.trigger()
    for text in ("gold", "iron"):
        step.value.setText(text)
        step.value.returnPressed.emit()
    at_rest(opened, qtbot)
    assert not page.busy and [place.points for place in step.places.rows] == [1]
