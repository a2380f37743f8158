"""Bringing rows back in the whole window: by keys alone, in both palettes, at every zoom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.points import a_point
from builders.walk import problems_of
from steward_app.app import PAGES
from steward_app.catalog import open_catalog
from steward_app.db import open_read, open_write
from steward_app.gui.pages.restore import page as restoring
from steward_app.gui.shell.window import Window

Open = Callable[..., Window]
_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop that lost customer 1 with two bills since its restore point; another customer has taken the number."""
    path = (
        a_database(tmp_path / "shop.db")
        .with_table("customer", "id INTEGER PRIMARY KEY, email TEXT, grade, since",
                    rows=[(n, f"c{n}@example.org", "gold", 2000 + n) for n in range(1, 6)])
        .with_table("bill", "id INTEGER PRIMARY KEY, customer INT REFERENCES customer, day",
                    rows=[(10, 1, "mon"), (11, 1, "tue"), (12, 2, "wed")])
        .build()
    )  # fmt: skip
    with open_catalog() as catalog:
        a_point(catalog, path, ago=timedelta(hours=2))
    with open_write(path) as session:
        session.run("PRAGMA foreign_keys = OFF")
        session.run("DELETE FROM bill WHERE customer = 1")
        session.run("DELETE FROM customer WHERE id IN (1, 4)")
        session.run("INSERT INTO customer VALUES (1, 'x@example.org', 'iron', 2026)")
    return path


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()


def page_of(window: Window, qtbot: QtBot) -> Any:
    window.navigate("restore")
    at_rest(window, qtbot)
    return window.pages.page


def counted(window: Window, page: Any, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.jobs.idle and page.rows.outlook is not None)
    at_rest(window, qtbot)


def customers(path: Path) -> list[object]:
    with open_read(path) as session:
        return [row[0] for row in session.all("SELECT id FROM customer ORDER BY 1")]


def test_a_row_is_brought_back_by_keys_alone(open_window: Open, shop: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, shop)
    at_rest(window, qtbot)
    page = page_of(window, qtbot)
    QTest.keyClick(window, Qt.Key.Key_L, _CTRL | _SHIFT)
    QTest.keyClick(window, Qt.Key.Key_R, _CTRL | _SHIFT)
    QTest.keyClick(window, Qt.Key.Key_Return, _CTRL)
    qtbot.waitUntil(lambda: page.step == restoring._ROWS)
    counted(window, page, qtbot)
    assert QApplication.focusWidget() is page.rows.difference.table
    assert page.rows.table == "bill"  # most rows are missing there
    QTest.keyClick(page.rows.difference.table, Qt.Key.Key_Up)
    counted(window, page, qtbot)
    assert page.rows.table == "customer"
    page.rows.rows.setFocus()
    QTest.keyClick(page.rows.rows, Qt.Key.Key_Space)
    counted(window, page, qtbot)
    QTest.keyClick(window, Qt.Key.Key_Return, _CTRL)
    qtbot.waitUntil(lambda: page.step == restoring._PLAN)
    at_rest(window, qtbot)
    assert QApplication.focusWidget() is page.foot.apply_button
    QTest.keyClick(page.foot.apply_button, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.step == restoring._DONE)
    at_rest(window, qtbot)
    assert customers(shop) == [1, 2, 3, 4, 5]


def test_rows_and_conflicts_have_no_fault_at_any_zoom(open_window: Open, shop: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, shop)
    at_rest(window, qtbot)
    page = page_of(window, qtbot)
    page.arrive(what="rows")
    page.plan_action.trigger()
    qtbot.waitUntil(lambda: page.step == restoring._ROWS)
    counted(window, page, qtbot)
    line = next(each for each in page.rows.difference.table.rows if each.table == "customer")
    page.rows.difference.table.choose(line)
    page.rows.kind._buttons["changed"].click()
    counted(window, page, qtbot)
    page.rows.rows.tick(0)
    counted(window, page, qtbot)
    assert page.rows.conflicts.isVisibleTo(page)
    assert faults(window, qtbot) == []


def test_every_other_step_has_no_fault_at_any_zoom(open_window: Open, shop: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, shop)
    at_rest(window, qtbot)
    window.set_read_only(False)
    page = page_of(window, qtbot)
    page.choose.moment.say_wrong("Write it as 2026-11-20 10:05, or 10:05 for today.")
    page.trouble.ask(page.choose.point, page.plan, "The passphrase is not the one of this store.")
    found = {"what and when": faults(window, qtbot)}
    page.trouble.clear()
    page.arrive(row=("customer", (4,)), key_columns=("id",))
    at_rest(window, qtbot)
    found["find"] = faults(window, qtbot)
    page.plan_action.trigger()
    qtbot.waitUntil(lambda: page.step == restoring._ROWS)
    counted(window, page, qtbot)
    page.plan_action.trigger()
    qtbot.waitUntil(lambda: page.step == restoring._PLAN)
    found["plan"] = faults(window, qtbot)
    page.apply_action.trigger()
    qtbot.waitUntil(lambda: page.step == restoring._DONE)
    found["receipt"] = faults(window, qtbot)
    assert {step: problems for step, problems in found.items() if problems} == {}


def faults(window: Window, qtbot: QtBot) -> list[str]:
    """What is wrong in either palette, at 100 and at 200 %."""
    found: list[str] = []
    for mode, zoom, width, height in (
        ("light", 100, 1440, 900),
        ("dark", 100, 1280, 800),
        ("dark", 200, 1440, 900),
        ("light", 200, 1280, 800),
    ):
        window.theme.set_mode(mode)
        window.theme.set_zoom(zoom)
        window.resize(width, height)
        at_rest(window, qtbot)
        assert window.width() <= width
        found += [f"{mode}, {zoom} %: {problem}" for problem in problems_of(window)]
    window.theme.set_zoom(100)
    at_rest(window, qtbot)
    return found
