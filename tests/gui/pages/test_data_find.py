"""The data page: a value found in every table, what a column holds, filters that are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.clinic import a_clinic
from builders.data_page import Desk
from steward_app import db
from steward_app.catalog import Catalog, identity, saved_filters
from steward_app.gui.pages.data import find as find_module
from steward_app.gui.pages.data.saved import KeepDialog
from steward_app.gui.widgets.lists import BarList

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_clinic(tmp_path / "clinic.db").build()


@pytest.fixture
def desk(open_page: Open, clinic: Path, qtbot: QtBot) -> Desk:
    return Desk.at(open_page, clinic, qtbot)


def look_for(desk: Desk, what: str, match: int = 0) -> Desk:
    desk.page.show_way("find")
    desk.search.match.setCurrentIndex(match)
    desk.search.field.setText(what)
    return desk.press(Qt.Key.Key_Return, on=desk.search.field)


def said(desk: Desk) -> str:
    return desk.search._words.plain


# Find


def test_a_value_is_found_in_every_table_and_opened(desk: Desk) -> None:
    look_for(desk, "splint")
    assert [(hit.table, hit.column, hit.key) for hit in desk.search.hits.rows] == [
        ("invoice", "text", ("B-7", 1))
    ]
    assert said(desk).startswith("1 cell in 1 table. All ")
    desk.search.hits.opened.emit(desk.search.hits.rows[0])
    desk.rest()
    assert desk.page.way == "rows" and desk.key == ("B-7", 1)
    assert desk.rows.current_column is not None and desk.rows.current_column.name == "text"


def test_exactly_and_as_a_number(desk: Desk) -> None:
    look_for(desk, "A-1", 1)
    assert {(hit.table, hit.column) for hit in desk.search.hits.rows} == {
        ("invoice", "no"),
        ("payment", "no"),
    }
    look_for(desk, "7", 2)
    assert {hit.table for hit in desk.search.hits.rows} >= {"patient", "visit", "code"}
    look_for(desk, "seven", 2)
    assert "“seven” is not a number." in desk.search.problem.text and desk.search.problem.isVisible()
    assert said(desk) == "" and desk.search._empty.isVisible()


def test_nothing_found_and_nothing_asked(desk: Desk) -> None:
    look_for(desk, "nowhere to be found")
    assert desk.search._none.isVisible() and "0 cells in 0 tables." in said(desk)
    look_for(desk, "  ")
    assert desk.search.problem.text == "Write what to find first."


def test_caps_are_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    look_for(desk, ".")
    assert "There are more in visit." in said(desk)
    monkeypatch.setattr(find_module, "MOST_HITS", 50)
    look_for(desk, ".")
    assert len(desk.search.hits.rows) == 50 and "Stopped there: the list is full." in said(desk)


def test_rows_without_a_key_are_found_and_say_so(desk: Desk) -> None:
    look_for(desk, "e", 1)
    assert [hit.table for hit in desk.search.hits.rows] == ["nokey"]
    desk.search.hits.opened.emit(desk.search.hits.rows[0])
    desk.rest()
    assert desk.rows.source is not None and desk.rows.source.name == "nokey"
    assert "have no key" in desk.news


def test_a_table_that_cannot_be_read_is_named(open_page: Open, tmp_path: Path, qtbot: QtBot) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_table("t", "v TEXT", rows=[("x" * 300,) for _ in range(900)])
        .build()
    )
    data = bytearray(path.read_bytes())
    page = int.from_bytes(data[16:18], "big")
    data[5 * page : 6 * page] = bytes([77]) * page
    path.write_bytes(data)
    desk = Desk.at(open_page, path, qtbot)
    look_for(desk, "absent")
    assert "Not readable: t." in said(desk)


def test_finding_is_stopped_and_says_so(open_page: Open, tmp_path: Path, qtbot: QtBot) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
    builder = a_database(tmp_path / "large.db").with_sql(
        "CREATE TABLE t (a TEXT, b TEXT)", f"INSERT INTO t {numbers} SELECT 'some text ' || i, i FROM n"
    )
    desk = Desk.at(open_page, builder.build(), qtbot)
    desk.page.show_way("find")
    desk.search.field.setText("text 299999")
    desk.search.run()
    assert desk.search.stop.isVisible() and desk.search.running
    desk.search.stop.click()
    desk.rest()
    assert "Stopped. Nothing was changed." in said(desk) and not desk.search._none.isVisible()
    assert not desk.search.running and not desk.search.stop.isVisible()


def test_another_search_takes_the_place_of_one_that_runs(desk: Desk) -> None:
    desk.page.show_way("find")
    desk.search.field.setText("check")
    desk.search.run()
    desk.search.field.setText("splint")
    desk.search.run()
    desk.rest()
    assert [hit.table for hit in desk.search.hits.rows] == ["invoice"] and "Stopped" not in said(desk)


# What a column holds


def test_what_a_column_holds_and_its_values_lead_to_their_rows(desk: Desk) -> None:
    desk.open("visit").choose(0, "kind")
    desk.page.bar.about.click()
    desk.rest()
    shown = desk.side()
    assert "Rows looked at 1,200" in shown and "Different values 3" in shown and "Stored as text" in shown
    bars = desk.browse.side.findChildren(BarList)[0]
    value = bars.items[0].name
    bars.opened.emit(bars.items[0].key)
    desk.rest()
    assert set(desk.values("kind")) == {value}


def test_a_column_of_filtered_rows_says_of_which(desk: Desk) -> None:
    desk.open("visit").type_filter("score", "> 99")
    desk.choose(0, "score")
    desk.browse.about_column()
    desk.rest()
    assert "rows with score > 99" in desk.side() and "Mean of numbers" in desk.side()
    desk.press(Qt.Key.Key_Escape)
    assert not desk.side()


def test_no_cell_no_column(desk: Desk) -> None:
    desk.open("visit")
    assert desk.page.actions_of_page.column.reason == "Choose a cell of the column first."
    assert not desk.page.bar.about.isEnabled() and desk.page.bar.about.toolTip()


# Filters that are kept


@pytest.fixture
def keeping(open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot) -> Desk:
    with db.open_read(clinic) as session:
        known = identity.recognise(catalog, clinic, session)
    assert isinstance(known, identity.Recognised)
    desk = Desk.at(open_page, clinic, qtbot, catalog=catalog, database_id=known.database.id)
    return desk.open("visit")


def entries(desk: Desk) -> dict[str, Any]:
    return {action.text(): action for action in desk.page.filters_menu().actions()}


def test_a_filter_is_kept_used_and_removed(keeping: Desk, catalog: Catalog) -> None:
    keep = entries(keeping)["Keep this filter …  No filter is set."]
    assert not keep.isEnabled()
    keeping.type_filter("score", "> 90")
    entries(keeping)["Keep this filter …"].trigger()
    dialog = keeping.page.findChildren(KeepDialog)[0]
    assert not dialog.verb.isEnabled() and dialog.verb.toolTip() == "Give it a name first."
    keeping.qtbot.keyClicks(dialog.name, "High & mighty")
    dialog.verb.click()
    keeping.browse.clear_filter()
    keeping.rest()
    entries(keeping)["High && mighty"].trigger()
    keeping.rest()
    assert all(value > 90 for value in keeping.values("score"))
    assert keeping.browse._words.plain == "Filter: score > 90"
    assert "High && mighty" not in entries(keeping.open("patient"))
    remove = entries(keeping.open("visit"))["Remove"].menu()
    remove.actions()[0].trigger()
    with catalog.reading() as session:
        assert saved_filters.of_table(session, keeping.page.context.database_id, "visit") == ()


def test_a_kept_filter_that_no_longer_fits_says_so(keeping: Desk, catalog: Catalog) -> None:
    with catalog.unit() as unit:
        gone = {"conditions": [{"column": "gone", "operator": "=", "values": [1]}]}
        saved_filters.save(unit, keeping.page.context.database_id, "visit", "gone", gone)
        saved_filters.save(unit, keeping.page.context.database_id, "visit", "odd", {"what": 1})
        unit.commit()
    entries(keeping)["gone"].trigger()
    keeping.rest()
    assert "There is no column “gone”" in keeping.banner and keeping.page.number.plain == "1,200 rows"
    entries(keeping)["odd"].trigger()
    assert "This saved filter cannot be read." in keeping.rest().banner


def test_without_an_identity_nothing_is_kept_and_the_menu_says_why(desk: Desk) -> None:
    desk.open("visit").type_filter("score", "> 90")
    assert "Keep this filter …  Say first which database this is." in entries(desk)


def test_the_dialog_can_be_left(keeping: Desk) -> None:
    kept: list[str] = []
    dialog = KeepDialog(keeping.page, "score > 5", kept.append)
    dialog.name.setText("  ")
    dialog.submit()
    dialog.reject()
    assert kept == [] and dialog.result() == QDialog.DialogCode.Rejected
