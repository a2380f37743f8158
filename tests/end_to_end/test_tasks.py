"""What a steward comes for, in the whole window: in how many actions after opening the file, by mouse and by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QListView, QScrollBar, QTableView

from end_to_end.files import ROWS, with_many_tables
from end_to_end.steward import Steward, rows_in_view
from steward_app.catalog import open_catalog
from steward_app.db import open_read
from steward_app.gui.look import look
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.schema.introspect import read_schema


def referring(path: Path, table: str) -> set[str]:
    """The tables that point to a table, as the file itself says."""
    with open_read(path) as session:
        return {child.name for child, _ in read_schema(session, Context()).referring(table)}


def says_who_refers_to_visit(steward: Steward, path: Path) -> bool:
    told = steward.words
    rest = told[told.index("Rows that point here") :]
    return referring(path, "visit") <= set(rest)


def test_who_refers_to_a_table_by_mouse(steward: Steward, riverside: Path) -> None:
    steward.opens(riverside)
    steward.clicks("Schema map")
    page = steward.window.pages.page
    box = page.scene.boxes["visit"].sceneBoundingRect()
    steward.clicks_item(page.view, page.view.mapFromScene(box).boundingRect())
    steward.sees("Rows that point here")
    assert says_who_refers_to_visit(steward, riverside)
    assert steward.actions == 2


def test_who_refers_to_a_table_by_keys(steward: Steward, riverside: Path) -> None:
    steward.opens(riverside)
    steward.presses("Ctrl+2")
    steward.types("visit")
    steward.sees("Rows that point here")
    assert says_who_refers_to_visit(steward, riverside)
    assert steward.actions == 2


def test_every_row_that_breaks_a_foreign_key_by_mouse(steward: Steward, riverside: Path) -> None:
    """The list has each key with its columns and how many rows; beside it the values; one click to all the rows."""
    steward.opens(riverside)
    steward.clicks("Constraints")
    says_the_broken_links(steward)
    steward.clicks("Show 17 rows")
    shows_the_rows_without_a_visit(steward, riverside)
    assert steward.actions == 2


def test_every_row_that_breaks_a_foreign_key_by_keys(steward: Steward, riverside: Path) -> None:
    steward.opens(riverside)
    steward.presses("Ctrl+3")
    says_the_broken_links(steward)
    steward.presses("Return")
    shows_the_rows_without_a_visit(steward, riverside)
    assert steward.actions == 2


def says_the_broken_links(steward: Steward) -> None:
    constraints = rows_in_view(steward.named(QTableView, "Constraints"))
    links = [
        (cells[0], cells[2], cells[3])
        for _, cells in constraints
        if cells[1] == "Link" and "Broken" in cells[0]
    ]
    assert links == [
        ("Broken by 17 rows", "diagnosis", "visit_id → visit.id"),
        ("Broken by 6 rows", "login_event", "device_id → device.id"),
        ("Broken by 5 rows", "allergy", "substance_code → medication.atc_code"),
        ("Broken by 1 row", "lab_result", "order_id → lab_order.id"),
    ]
    steward.sees("Last check")
    steward.sees("Structure of the file: ok.")
    rows = rows_in_view(steward.named(QTableView, "Rows that break it"))
    assert rows[0][1][:2] == ["3432", "1579"], "the row, and the visit that is gone"


def shows_the_rows_without_a_visit(steward: Steward, path: Path) -> None:
    with open_read(path) as session:
        orphans = session.all(
            "SELECT id, visit_id FROM diagnosis WHERE visit_id NOT IN (SELECT id FROM visit) ORDER BY id"
        )
    steward.sees("Rows 1 to 17 of 17")
    shown = [cells[:2] for _, cells in rows_in_view(steward.named(QTableView, "Rows"))]
    assert shown == [[f"{row:,}", f"{visit:,}"] for row, visit in orphans] or shown == [
        [str(row), str(visit)] for row, visit in orphans
    ]


def test_every_check_by_mouse(steward: Steward, riverside: Path) -> None:
    """Sorted by kind, the rules of CHECK stand first, together, with their text."""
    steward.opens(riverside)
    steward.clicks("Constraints")
    constraints = steward.named(QTableView, "Constraints")
    steward.clicks_head(constraints, "Kind")
    says_the_checks(steward)
    assert steward.actions == 2


def test_every_check_by_keys(steward: Steward, riverside: Path) -> None:
    steward.opens(riverside)
    steward.presses("Ctrl+3")
    steward.types("check")
    says_the_checks(steward)
    assert steward.actions == 2


def says_the_checks(steward: Steward) -> None:
    steward.sees("26 checks")
    constraints = steward.named(QTableView, "Constraints")
    model = constraints.model()
    kinds = [model.index(row, 1).data() for row in range(26)]
    assert kinds == ["Check"] * 26
    assert {"ended_at >= started_at", "days BETWEEN 1 AND 365"} <= {
        model.index(row, 3).data() for row in range(26)
    }


@pytest.fixture
def many_rows(steward: Steward, many_rows_file: Path) -> QTableView:
    """A table of many rows in view, from its first."""
    steward.opens(many_rows_file)
    steward.presses("Ctrl+4")
    steward.sees("Rows 1 to ")
    steward.actions = 0
    table = steward.named(QTableView, "Rows")
    assert isinstance(table, QTableView)
    return table


def last_row(table: QTableView) -> str:
    return rows_in_view(table)[-1][1][0].replace(",", "")


def test_the_last_rows_of_a_big_table_by_keys(steward: Steward, many_rows: QTableView) -> None:
    steward.presses("Ctrl+End")
    assert last_row(many_rows) == str(ROWS)
    assert steward.actions == 1


def test_the_last_rows_of_a_big_table_by_mouse(steward: Steward, many_rows: QTableView) -> None:
    bar = steward.named(QScrollBar, "Rows")
    steward.drags(bar, QPoint(bar.width() // 2, 4), QPoint(bar.width() // 2, bar.height() + 40))
    assert last_row(many_rows) == str(ROWS)
    assert steward.actions == 1


@pytest.mark.parametrize("way", ["mouse", "keys"])
def test_a_sort_is_stopped_and_says_so(steward: Steward, many_rows: QTableView, way: str) -> None:
    before = rows_in_view(many_rows)
    steward.clicks_head(many_rows, "slow", wait=False)
    steward.sees("Cancel")
    steward.actions = 0
    if way == "mouse":
        steward.clicks("Cancel")
    else:
        steward.presses("Ctrl+.")
    steward.sees("Stopped. Nothing was changed.")
    assert steward.actions == 1
    assert rows_in_view(many_rows) == before, "the rows that were there before"


@pytest.mark.parametrize("way", ["mouse", "keys"])
def test_one_table_of_a_thousand(steward: Steward, tmp_path: Path, way: str) -> None:
    """Found when it is the chosen line of the palette; Enter would open it."""
    steward.opens(with_many_tables(tmp_path / "thousand.db"))
    if way == "mouse":
        steward.clicks("Go to a table, page or action")
    else:
        steward.presses("Ctrl+K")
    steward.types("table_777")
    found = steward.named(QListView, "Found")
    assert found.currentIndex().data() == "table_777"
    assert steward.actions == 2
    steward.presses("Return")
    steward.sees("0 rows")
    assert "table_777" in steward.words


@pytest.mark.parametrize("way", ["mouse", "keys"])
def test_backing_up_and_restoring_to_a_new_file(steward: Steward, riverside: Path, way: str) -> None:
    steward.opens(riverside)
    if way == "mouse":
        steward.clicks("Back up now")
    else:
        steward.presses("Ctrl+B")
    steward.sees("Proven backup")
    assert steward.actions == 1
    steward.actions = 0
    if way == "mouse":
        for words in ("Restore", "Plan the restore", "Restore to “riverside-restored.db”"):
            steward.clicks(words)
    else:
        for keys in ("Ctrl+6", "Ctrl+Return", "Return"):
            steward.presses(keys)
    steward.sees("Restored to “riverside-restored.db”")
    assert steward.actions == 3
    with open_read(riverside.with_name("riverside-restored.db")) as session:
        assert session.count("SELECT count(*) FROM patient") == 1_403


def test_restoring_in_place_by_mouse(steward: Steward, riverside: Path) -> None:
    with open_catalog() as catalog:
        backup.create(catalog, backup.plan_create(catalog, riverside, Context()), Context())
    steward.opens(riverside)
    for words in ("Restore", "Allow changes", "In place", "Plan the restore", "Restore 32 tables"):
        steward.clicks(words)
    steward.sees("Every table holds the rows of the restore point")
    assert steward.actions == 5


def test_restoring_in_place_by_keys(steward: Steward, riverside: Path) -> None:
    with open_catalog() as catalog:
        backup.create(catalog, backup.plan_create(catalog, riverside, Context()), Context())
    steward.opens(riverside)
    for keys in ("Ctrl+6", "Ctrl+Shift+L", "Ctrl+I", "Ctrl+Return", "Return"):
        steward.presses(keys)
    steward.sees("Every table holds the rows of the restore point")
    assert steward.actions == 5


def test_the_dark_palette(steward: Steward, riverside: Path) -> None:
    steward.opens(riverside)
    steward.clicks("Settings")
    steward.clicks("Dark")
    assert look().dark
    assert steward.actions == 2
    steward.actions = 0
    steward.presses("Ctrl+Shift+D")
    assert not look().dark
    assert steward.actions == 1
