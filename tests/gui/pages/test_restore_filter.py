"""Finding a value among the rows that differ: in every column, over all rows, counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.erasing import Ledger
from builders.points import a_point
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.db import open_write
from steward_app.gui.pages.restore import page as module
from steward_app.gui.pages.restore.page import RestorePage
from steward_app.gui.widgets.text import Label
from steward_app.kernel import clock
from steward_app.services import backup
from steward_app.services.erasure import own_key
from steward_app.storage.secrets import open_secrets

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    rows = [(n, f"Ward {n % 7}", f"note {n}" if n != 333 else "the needle") for n in range(1, 401)]
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, ward, note", rows=rows)
        .with_table("room", "id INTEGER PRIMARY KEY, name", rows=[(1, "blue"), (2, "red")])
        .build()
    )


@pytest.fixture
def point(catalog: Catalog, clinic: Path) -> backup.Point:
    return a_point(catalog, clinic, ago=timedelta(hours=2))


def change(path: Path, *statements: str) -> None:
    with open_write(path) as session:
        for sql in statements:
            session.run(sql)


def at_rest(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    qtbot.waitUntil(lambda: opened.jobs.idle and (page.step != module._ROWS or page.rows.outlook is not None))
    qtbot.waitUntil(lambda: opened.jobs.idle)


def compared(open_page: Open, path: Path, catalog: Catalog, qtbot: QtBot, table: str = "visit") -> Any:
    opened = open_page(RestorePage, path, catalog=catalog)
    opened.document.allow_writing()
    opened.page.arrive(what="rows", table=table)
    opened.page.plan_action.trigger()
    at_rest(opened, qtbot)
    return opened


def find(opened: Any, text: str, qtbot: QtBot) -> list[object]:
    field = opened.page.rows.filter
    field.setText(text)
    qtbot.waitUntil(lambda: field.sought == text)
    at_rest(opened, qtbot)
    return [row.key[0] for row in opened.page.rows.rows.rows]


def words(widget: Any) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget))


def test_rows_far_down_are_found_counted_and_brought_back(
    open_page: Open, clinic: Path, catalog: Catalog, point: backup.Point, qtbot: QtBot
) -> None:
    change(clinic, "DELETE FROM visit WHERE id > 1")
    opened = compared(open_page, clinic, catalog, qtbot)
    rows = opened.page.rows
    assert len(rows.rows.rows) == 100, "the first rows are read, and not all"
    opened.page.own.narrow.trigger()
    assert rows.filter.hasFocus()
    QTest.keyClicks(rows.filter, "NEEDLE")
    QTest.keyClick(rows.filter, Qt.Key.Key_Down)
    at_rest(opened, qtbot)
    assert [row.key for row in rows.rows.rows] == [(333,)] and rows.rows.hasFocus()
    assert "1 of 399" in words(rows.filter) and rows.filter.accessibleDescription() == "1 of 399"
    assert problems_of(opened.page) == []
    rows.rows.tick(0)
    at_rest(opened, qtbot)
    assert find(opened, "note 33", qtbot) == [33, *range(330, 333), *range(334, 340)]
    assert rows.rows.keys == ((333,),), "what was ticked stays, shown or not"
    assert len(find(opened, "ward 3", qtbot)) == 57 and "57 of 399" in words(rows.filter)
    QTest.keyClick(rows.filter, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: rows.filter.sought == "")
    at_rest(opened, qtbot)
    assert len(rows.rows.rows) == 100 and words(rows.filter) == ""
    assert opened.page.foot.plan_button.text() == "Plan the restore of 1 row"


def test_more_than_a_page_of_what_is_found_is_scrolled_to(
    open_page: Open, clinic: Path, catalog: Catalog, point: backup.Point, qtbot: QtBot
) -> None:
    change(clinic, "DELETE FROM visit WHERE id > 1")
    opened = compared(open_page, clinic, catalog, qtbot)
    rows = opened.page.rows
    assert len(find(opened, "note 3", qtbot)) == 100
    while rows.rows.model().canFetchMore(rows.rows.rootIndex()):
        rows.rows.model().fetchMore(rows.rows.rootIndex())
        at_rest(opened, qtbot)
    assert f"{len(rows.rows.rows)} of 399" in words(rows.filter)
    assert len({row.key for row in rows.rows.rows}) == len(rows.rows.rows)
    assert all("3" in str(row.key[0]) for row in rows.rows.rows)


def test_what_no_row_holds_is_said_and_another_kind_is_looked_through_too(
    open_page: Open, clinic: Path, catalog: Catalog, point: backup.Point, qtbot: QtBot
) -> None:
    change(clinic, "DELETE FROM visit WHERE id = 5", "UPDATE visit SET note = 'moved' WHERE id IN (8, 9)")
    opened = compared(open_page, clinic, catalog, qtbot)
    rows = opened.page.rows
    assert find(opened, "moved", qtbot) == []
    assert "None of the 1 row holds “moved” in any column" in words(rows) and "0 of 1" in words(rows.filter)
    assert problems_of(opened.page) == []
    rows.kind._buttons["changed"].click()
    at_rest(opened, qtbot)
    assert [row.key[0] for row in rows.rows.rows] == [8, 9] and "2 of 2" in words(rows.filter)
    assert find(opened, "note 9", qtbot) == [9], "what it held then counts as well"


def test_another_table_begins_with_all_its_rows(
    open_page: Open, clinic: Path, catalog: Catalog, point: backup.Point, qtbot: QtBot
) -> None:
    change(clinic, "DELETE FROM visit WHERE id < 9", "DELETE FROM room WHERE id = 2")
    opened = compared(open_page, clinic, catalog, qtbot)
    rows = opened.page.rows
    assert find(opened, "note 7", qtbot) == [7]
    line = next(each for each in rows.difference.table.rows if each.table == "room")
    rows.difference.table.choose(line)
    at_rest(opened, qtbot)
    assert (rows.filter.text(), [row.key[0] for row in rows.rows.rows]) == ("", [2])


def test_a_row_that_stays_out_does_not_tell_what_it_holds(
    open_page: Open, clinic: Path, catalog: Catalog, point: backup.Point, qtbot: QtBot
) -> None:
    change(clinic, "DELETE FROM visit WHERE id = 7")
    ledger = Ledger(catalog, point.database_id, own_key(open_secrets(), point.database_id))
    ledger.erase(clinic, "visit", "id = 8", at=clock.to_text(clock.now()))
    change(clinic, "DELETE FROM visit WHERE id = 8")
    opened = compared(open_page, clinic, catalog, qtbot)
    assert [row.key[0] for row in opened.page.rows.rows.rows] == [7, 8]
    assert find(opened, "note 8", qtbot) == []
    assert "0 of 2" in words(opened.page.rows.filter) and "rows that stay out, are not" in words(
        opened.page.rows
    )
    assert find(opened, "note 7", qtbot) == [7]
