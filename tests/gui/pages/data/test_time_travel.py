"""The data page at an earlier time: the rows as they were, what differs from now, and how to come and go."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from builders.data_page import Desk, words_of
from builders.time_travel import CHANGES, a_past, a_present, at, write_history
from builders.under_audit import run
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.gui.actions import Action
from steward_app.gui.pages.data.export import export
from steward_app.gui.pages.data.export_dialog import Choice
from steward_app.gui.pages.data.time_band import TimeBand
from steward_app.gui.pages.data.time_slider import TimeSlider
from steward_app.gui.pages.data.time_words import (
    differing_short,
    differing_words,
    kept_sentences,
    read_moment,
    written,
)
from steward_app.services.audit.engine.model import Event, Mode
from steward_app.services.audit.past.as_of import Kept
from steward_app.services.audit.past.compare import Kind
from steward_app.services.audit.past.moments import Day, Moment
from steward_app.services.audit.past.steps import TimeLine
from steward_app.services.rows import Format, Sort

Open = Callable[..., Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_past(tmp_path / "clinic.db")


@pytest.fixture
def desk(open_page: Open, path: Path, catalog: Catalog, qtbot: QtBot) -> Desk:
    return Desk.at(open_page, path, qtbot, catalog=catalog).open("visit")


def go(desk: Desk, change: float) -> Desk:
    """To the time after a change."""
    desk.page.travel.go(at(change) + timedelta(minutes=1))
    return desk.rest()


def action(desk: Desk, name: str) -> Action:
    return next(each for each in desk.page.commands() if each.id == f"data.{name}")


def marks(desk: Desk) -> dict[int, tuple[Kind, set[str]]]:
    """By id, how the loaded rows differ from now."""
    model = desk.rows._model
    found = {}
    for row, number in enumerate(desk.values("id")):
        mark = model.mark(row)
        if mark is not None:
            found[number] = (mark.kind, set(mark.columns))
    return found


def test_the_time_line_is_folded_away_until_it_is_asked_for(desk: Desk) -> None:
    band = desk.page.travel.band
    assert not band.isVisible() and desk.rows.past is None
    action(desk, "travel").trigger()
    assert band.isVisible() and band.slider.hasFocus()
    assert band.badge.text == "As it is now" and not band.to_now.isEnabled()
    desk.press(Qt.Key.Key_Escape, on=band.slider)
    assert not band.isVisible() and desk.rows.view.hasFocus()


def test_a_table_is_shown_as_it_was_with_what_differs_from_now(desk: Desk) -> None:
    go(desk, 0)
    assert desk.values("id") == list(range(1, 31))
    assert desk.values("score")[:3] == [0.5, 1.0, 1.5]
    assert marks(desk) == {
        1: (Kind.CHANGED, {"score"}),
        2: (Kind.REMOVED, set()),
        3: (Kind.CHANGED, {"kind", "score"}),
        4: (Kind.CHANGED, {"patient_id"}),
    }
    band = desk.page.travel.band
    assert band.badge.text == "As it was"
    assert band.differing.text() == "5 rows differ from now, 4 of them in view"
    seen = words_of(desk.browse)
    assert "marked cells differ from now" in seen and "1 deleted since" in seen and "1 not there yet" in seen
    go(desk, 5)
    assert 2 not in desk.values("id") and 50 in desk.values("id")
    assert marks(desk) == {4: (Kind.CHANGED, {"patient_id"})}


def test_marks_are_told_in_words_too(desk: Desk) -> None:
    go(desk, 0)
    model, column = desk.rows._model, desk.column("score")
    spoken = Qt.ItemDataRole.AccessibleTextRole
    assert model.data(model.index(0, column), spoken) == "0.5, differs from now"
    assert model.headerData(1, Qt.Orientation.Vertical, Qt.ItemDataRole.ToolTipRole) == "deleted since"
    assert desk.rows.view.verticalHeader().isVisible()
    desk.rows.view.grab()
    desk.page.travel.go(None)
    desk.rest()
    assert not desk.rows.view.verticalHeader().isVisible() and marks(desk) == {}


def test_now_is_where_it_was_left(desk: Desk) -> None:
    desk.rows.set_sort(Sort("score", descending=True))
    desk.rest().type_filter("score", "> 3").choose(2)
    key = desk.key
    go(desk, 0)
    assert desk.rows.status().sort == Sort("score", descending=True) and desk.rows.status().filter
    assert desk.values("score")[0] == 15.0 and desk.key == key
    desk.page.travel.band.to_now.click()
    desk.rest()
    assert desk.rows.past is None and desk.values("score")[0] == 99.0 and desk.key == key
    assert desk.page.travel.band.badge.text == "As it is now"


def test_keys_go_from_change_to_change_by_days_and_to_the_ends(desk: Desk) -> None:
    travel = desk.page.travel
    action(desk, "travel").trigger()
    slider = travel.band.slider
    desk.press(Qt.Key.Key_Left, on=slider)
    assert travel.asked == at(6) - timedelta(milliseconds=1)
    desk.press(Qt.Key.Key_Left, on=slider)  # change 4 was of another table
    assert travel.asked == at(5) - timedelta(milliseconds=1)
    desk.press(Qt.Key.Key_Left, on=slider)
    assert travel.asked == at(3) - timedelta(milliseconds=1)
    desk.press(Qt.Key.Key_Right, on=slider)
    assert travel.asked == at(3) and 50 in desk.values("id")
    desk.press(Qt.Key.Key_Home, on=slider)
    assert travel.asked is not None and travel.asked < at(1) and desk.values("score")[0] == 0.5
    begins = travel.asked
    desk.press(Qt.Key.Key_Left, on=slider)
    assert travel.asked == begins and desk.news == "There is no earlier change."
    desk.press(Qt.Key.Key_PageUp, on=slider)
    assert travel.asked == begins + timedelta(days=1)
    desk.press(Qt.Key.Key_PageDown, on=slider)
    assert travel.asked == begins
    desk.press(Qt.Key.Key_End, on=slider)
    assert travel.asked is None and desk.rows.past is None


def test_a_moment_is_typed(desk: Desk, qtbot: QtBot) -> None:
    action(desk, "travel").trigger()
    band = desk.page.travel.band
    band.field.setFocus()
    qtbot.keyClicks(band.field, "yesterday")
    desk.press(Qt.Key.Key_Return, on=band.field)
    assert "2026-11-20 10:05" in desk.news and desk.rows.past is None and band.field.property("wrong")
    band.field.setText(written(at(2.5)))
    desk.press(Qt.Key.Key_Return, on=band.field)
    assert desk.page.travel.asked == at(2.5) and 2 not in desk.values("id")
    assert band.field.text() == written(at(2.5)) and not band.field.property("wrong")
    band.field.setText("2001")
    desk.press(Qt.Key.Key_Escape, on=band.field)
    assert band.field.text() == written(at(2.5)) and desk.rows.past is not None


def test_before_the_history_begins_there_is_nothing_to_show(desk: Desk) -> None:
    go(desk, -500)
    assert "begins on" in desk.news or desk.page.travel.asked is not None
    assert desk.page.travel.asked == at(1) - timedelta(milliseconds=1)
    assert desk.values("score")[0] == 0.5


def test_dragging_reads_once_it_rests(desk: Desk, qtbot: QtBot) -> None:
    action(desk, "travel").trigger()
    slider, started = desk.page.travel.band.slider, []
    opened = desk.page.travel._open
    desk.page.travel._open = lambda *given: (started.append(given), opened(*given))  # type: ignore[method-assign]
    y = slider.height() // 2
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() - 20, y))
    for x in range(slider.width() - 20, slider.width() // 2, -5):
        qtbot.mouseMove(slider, QPoint(x, y))
    assert not started and desk.page.travel.band.field.text()
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, y))
    desk.rest()
    assert len(started) == 1 and desk.rows.past is not None
    shown = desk.page.travel.asked
    assert shown is not None and slider.at == shown


def test_the_newest_wish_wins(desk: Desk) -> None:
    for change in (5, 4, 3, 0):
        desk.page.travel.go(at(change) + timedelta(minutes=1))
    desk.rest()
    past = desk.page.travel.past
    assert past is not None and past.moment.seq == 0 and marks(desk)[2] == (Kind.REMOVED, set())


def test_what_is_stopped_leaves_what_was_shown(desk: Desk) -> None:
    go(desk, 5)
    desk.page.travel.go(at(0.5))
    opening = desk.page.travel._opening
    assert opening is not None
    opening.cancel()
    desk.rest()
    past = desk.page.travel.past
    assert past is not None and desk.page.travel.asked == past.moment.asked


def test_sessions_come_back(desk: Desk) -> None:
    for change in (0, 3, 5, 1):
        go(desk, change)
    desk.page.travel.go(None)
    desk.rest()
    pool = desk.opened.document._current().pool
    assert len(pool._lent) <= 2  # of the two tables of rows on the page


def test_other_tables_are_of_the_same_time(desk: Desk) -> None:
    go(desk, 3)
    desk.open("patient")
    assert desk.rows.past is not None and desk.values("ward")[2] == "south"
    assert marks(desk) == {3: (Kind.CHANGED, {"ward"})}
    desk.open("staff")
    assert desk.rows.past is None and desk.values("role") == ["nurse"] * 3
    assert "Shown as it is now" in desk.page.travel.band.told.text
    assert desk.page.travel.band.setup.isVisible()
    desk.page.travel.band.setup.click()
    assert desk.opened.said.went[-1] == ("audit", {"view": "setup"})
    desk.open("visit")
    assert desk.rows.past is not None


def test_a_table_without_a_history_says_how_it_gets_one(desk: Desk) -> None:
    desk.open("staff")
    travel = action(desk, "travel")
    assert "not under audit" in travel.reason and "Audit page" in travel.reason
    travel.trigger()
    assert not desk.page.travel.band.isVisible()


def test_links_are_followed_at_that_time(desk: Desk) -> None:
    go(desk, 3)
    desk.choose(2, "patient_id")  # visit 4, which points to patient 5 at that time
    assert desk.values("id")[2] == 4
    desk.browse.follow.look(desk.rows.current_column, desk.rows.current)
    desk.rest()
    assert "patient 5" in desk.peek() and "as it is now" not in desk.peek()
    desk.browse.follow.dismiss()
    desk.browse.follow.go(desk.rows.current_column, desk.rows.current)
    desk.rest()
    assert desk.rows.source is not None and desk.rows.source.name == "patient" and desk.key == (5,)
    assert desk.rows.past is not None
    desk.page.go_back()
    desk.rest().choose(2, "staff_id")
    desk.browse.follow.look(desk.rows.current_column, desk.rows.current)
    desk.rest()
    assert "staff" in desk.peek() and "shown as it is now" in desk.peek()


def test_a_row_is_shown_whole_as_it_was(desk: Desk) -> None:
    go(desk, 0)
    desk.choose(1).press(Qt.Key.Key_Return)
    assert "visit 2" in desk.side() and "check" in desk.side()
    desk.open("patient").choose(0).press(Qt.Key.Key_Return)
    assert "6 rows" in desk.side()  # visits of patient 1 then; 7 now


def test_a_column_is_counted_and_rows_are_as_they_were(desk: Desk) -> None:
    go(desk, 0)
    desk.choose(0, "kind")
    desk.browse.about_column()
    desk.rest()
    assert "check" in desk.side() and "late" not in desk.side()
    desk.page.count()
    desk.rest()
    assert desk.page.number.plain == "30 rows"


def test_rows_are_exported_as_they_were(desk: Desk, tmp_path: Path) -> None:
    go(desk, 0)
    target = tmp_path / "then.csv"
    export(desk.page, desk.rows, Choice(target, Format.CSV))
    desk.rest()
    with target.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30 and rows[0]["score"] == "0.5" and rows[1]["id"] == "2"


def test_what_others_write_meanwhile_does_not_come_into_the_past(desk: Desk, path: Path) -> None:
    go(desk, 0)
    assert run(path, "DELETE FROM visit WHERE id > 20", "UPDATE visit SET score = -1") == []
    desk.page.refresh(())
    desk.rest()
    assert desk.values("score") == [n / 2 for n in range(1, 31)]
    assert len(marks(desk)) == 30
    assert desk.page.travel.band.differing.text().startswith("30 rows differ")


def test_what_cannot_be_told_is_left_out_and_said(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    path = write_history(a_present(tmp_path / "kept.db", {"score": Mode.NONE}), *CHANGES)
    desk = Desk.at(open_page, path, qtbot, catalog=catalog).open("visit")
    desk.rows.set_sort(Sort("score"))
    desk.rest().type_filter("score", "> 3").type_filter("kind", "check")
    go(desk, 0)
    assert [column.name for column in desk.rows.columns] == ["id", "patient_id", "staff_id", "kind"]
    assert [each.column for each in desk.rows.status().filter.conditions] == ["kind"]
    assert desk.rows.status().sort is None
    assert "Cannot be told" in desk.page.travel.band.told.text and "score" in desk.page.travel.band.told.text
    assert problems_of(desk.page) == []


def test_every_reason_why_something_cannot_be_told_has_words() -> None:
    gap = Event(9, int(at(1).timestamp() * 1_000_000), "gap", None, {})
    kept = Kept(("a",), ("b",), ("c",), erased=1, emptied=2, unlogged=3, gaps=(gap,), before_log=True)
    said = kept_sentences(kept, Moment(at(1), 1, 0, under_way=True))
    assert len(said) == 9 and all(each.endswith(".") for each in said)
    assert kept_sentences(Kept(), Moment(at(1), 1, 0)) == ()


def test_a_moment_is_read_as_it_is_written() -> None:
    for moment in (at(3), at(3) + timedelta(milliseconds=7)):
        assert read_moment(written(moment)) == moment
    assert read_moment("2026-11-20T10:05+01:00") == read_moment("2026-11-20 09:05+00:00")
    assert read_moment("2026-13-01") is None and read_moment("") is None


def test_a_bar_for_every_day_that_has_changes(desk: Desk) -> None:
    action(desk, "travel").trigger()
    slider = desk.rest().page.travel.band.slider
    bars = slider.bars()
    assert sum(day.changes for _, day, _ in bars) == 5 and all(area.width() > 0 for area, _, _ in bars)
    assert "change" in slider._words_at(int(bars[0][0].center().x()))
    assert slider.moment_at(slider.width()) is None and slider.x_of(None) > slider.x_of(at(3))
    desk.page.travel.band.grab()


def test_the_bar_of_a_day_that_is_most_of_the_line_is_as_wide_as_that_day(qtbot: QtBot) -> None:
    slider, now = TimeSlider(), datetime(2026, 11, 20, 22, 45, tzinfo=UTC)
    qtbot.addWidget(slider)
    slider.resize(500, 48)
    slider.show_line(TimeLine(now - timedelta(minutes=15), (Day(now.date(), 9, True),)))
    slider._now = now
    ((area, _, _),) = slider.bars()
    assert area.width() > 450  # not a mark in the middle, where nothing was changed


def test_a_number_that_has_no_room_is_said_in_short(qtbot: QtBot) -> None:
    band = TimeBand()
    qtbot.addWidget(band)
    band.resize(1040, 80)
    band.show()
    long = differing_words(89_999, 23)
    band.say("", long, differing_short(89_999))
    assert band.differing.text() == long and band.differing.sizeHint().width() <= band._left.width()
    band.say("", differing_words(123_456_789_012, 1_000), differing_short(123_456_789_012))
    assert band.differing.text() == "123,456,789,012 rows differ"
    assert band.differing.toolTip() == differing_words(123_456_789_012, 1_000)


def test_a_query_is_of_now_and_says_so(desk: Desk) -> None:
    go(desk, 0)
    desk.page.show_way("query")
    assert not desk.page.travel.band.isVisible()
    assert "as it is now" in words_of(desk.page.travel.place)
    desk.page.show_way("rows")
    assert desk.page.travel.band.isVisible()


def test_the_history_of_a_row_and_of_a_cell_is_a_step_away(desk: Desk) -> None:
    assert "Choose a row" in action(desk, "history").reason
    desk.choose(2, "score")
    assert desk.page.history_button.text() == "History of row 4"
    desk.page.history_button.click()
    action(desk, "cell_history").trigger()
    assert desk.opened.said.went[-2:] == [
        ("audit", {"table": "visit", "key": (4,)}),
        ("audit", {"table": "visit", "key": (4,), "column": "score"}),
    ]
    desk.open("staff").choose(0)
    assert "not under audit" in action(desk, "history").reason


def test_nothing_is_cut_and_everything_has_a_name(desk: Desk) -> None:
    go(desk, 0)
    assert problems_of(desk.page) == []
    desk.page.resize(700, 700)
    desk.rest()
    assert problems_of(desk.page) == []


def test_who_comes_for_a_moment_finds_it(desk: Desk) -> None:
    desk.page.arrive(table="patient", key=(3,), moment=at(3))
    desk.rest()
    assert desk.rows.past is not None and desk.key == (3,) and desk.values("ward")[2] == "south"
    desk.page.open_row("visit", (50,))
    desk.rest()
    assert desk.key == (50,)  # it came with change 3
    go(desk, 2)
    desk.page.open_row("visit", (50,))
    desk.rest()
    assert desk.news == "That row was not there at this time."
