"""Two moments of a table compared on the data page: which rows differ, what they held, and to a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from builders.data_page import Desk
from builders.time_travel import CHANGES, a_past, at
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.gui.pages.data import time_compare
from steward_app.gui.pages.data.time_compare import TimeCompare
from steward_app.gui.pages.data.time_words import written
from steward_app.services.audit.past.compare import Kind

Open = Callable[..., Any]
NAMES = "UPDATE patient SET given_name = 'Ada', ward = 'north' WHERE id = 1"


@pytest.fixture
def desk(open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot) -> Desk:
    path = a_past(tmp_path / "clinic.db", *CHANGES, NAMES)
    desk = Desk.at(open_page, path, qtbot, catalog=catalog).open("visit")
    desk.page.travel.go(at(0.5))
    return desk.rest()


def compare(desk: Desk) -> TimeCompare:
    """The comparison, opened from the band."""
    desk.page.travel.band.differing.click()
    desk.rest()
    return desk.page.travel.compare


def listed(shown: TimeCompare) -> list[tuple[str, Any]]:
    return [(row.kind.value, row.key[0]) for row in shown.list.rows]


def pairs(shown: TimeCompare) -> dict[str, tuple[str, str]]:
    """What stands beside the list, by column."""
    columns = shown.pairs._table.columns
    return {
        pair.column: (columns[1].shown(pair).text, columns[2].shown(pair).text) for pair in shown.pairs.rows
    }


def test_the_rows_that_differ_are_listed_with_both_sides(desk: Desk) -> None:
    shown = compare(desk)
    assert shown.isVisible() and not desk.browse.isVisible() and shown.list.hasFocus()
    assert listed(shown) == [
        ("changed", 1), ("removed", 2), ("changed", 3), ("changed", 4), ("added", 50)
    ]  # fmt: skip
    assert pairs(shown)["score"] == ("0.5", "99.0") or pairs(shown)["score"][1].startswith("99")
    desk.press(Qt.Key.Key_Down, on=shown.list)
    assert pairs(shown)["kind"] == ("check", "not there")
    desk.press(Qt.Key.Key_Down, on=shown.list)
    assert pairs(shown)["kind"] == ("check", "late") and pairs(shown)["score"][1] == "empty"
    desk.press(Qt.Key.Key_Escape, on=shown.list)
    assert desk.browse.isVisible() and desk.rows.view.hasFocus() and desk.rows.past is not None


def test_one_kind_alone(desk: Desk, qtbot: QtBot) -> None:
    shown = compare(desk)
    assert shown.kinds._buttons["changed"].text() == "Changed 3"
    qtbot.mouseClick(shown.kinds._buttons["added"], Qt.MouseButton.LeftButton)
    desk.rest()
    assert listed(shown) == [("added", 50)] and pairs(shown)["kind"] == ("not there", "new")


def test_the_second_moment_may_be_another_one(desk: Desk, qtbot: QtBot) -> None:
    shown = compare(desk)
    shown.field.setText("soon")
    desk.press(Qt.Key.Key_Return, on=shown.field)
    assert "2026-11-20 10:05" in shown.news.text and shown.field.property("wrong")
    shown.field.setText(written(at(2.5)))
    desk.press(Qt.Key.Key_Return, on=shown.field)
    assert listed(shown) == [("changed", 1), ("removed", 2)]
    desk.page.travel.go(at(3.5))  # the band over it holds the first moment
    desk.rest()
    assert listed(shown) == [("added", 50)]  # in the order of time, whichever moment was chosen first
    shown.field.clear()
    desk.press(Qt.Key.Key_Return, on=shown.field)
    assert listed(shown) == [("changed", 3), ("changed", 4)]
    desk.page.travel.go(None)
    desk.rest()
    assert not shown.wanted and desk.browse.isVisible()


def test_however_many_differ_they_can_all_be_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_compare, "AT_ONCE", 2)
    shown = compare(desk)
    assert len(listed(shown)) == 2 and shown.place.plain == "the first 2 of 5 rows"
    for _ in range(2):
        shown.more.click()
        desk.rest()
    assert [key for _, key in listed(shown)] == [1, 2, 3, 4, 50] and not shown.more.isVisible()


def test_personal_values_stay_hidden_until_they_are_asked_for(desk: Desk) -> None:
    desk.open("patient")
    shown = compare(desk)
    assert shown.found is not None and shown.found.all[Kind.CHANGED] == 2
    assert pairs(shown)["given_name"] == ("hidden", "hidden") and pairs(shown)["ward"] == ("south", "north")
    desk.page.toggle_personal()
    desk.rest()
    assert pairs(shown)["given_name"] == ("Name1", "Ada")


def test_differences_go_to_a_file(desk: Desk, tmp_path: Path) -> None:
    shown = compare(desk)
    shown.write(tmp_path / "visit.csv")
    desk.rest()
    with (tmp_path / "visit.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["row"], line["became"], line["side"]) for line in lines[:3]] == [
        ("1", "changed", "before"), ("1", "changed", "after"), ("2", "removed", "before")
    ]  # fmt: skip
    assert [line["score"] for line in lines[:2]] == ["0.5", "99.0"] and len(lines) == 8
    assert desk.opened.said.toasts[-1].title == "Exported 8 lines"
    desk.open("patient")
    compare(desk).write(tmp_path / "patient.jsonl")
    desk.rest()
    told = [json.loads(line) for line in (tmp_path / "patient.jsonl").read_text().splitlines()]
    assert len(told) == 4 and "given_name" not in told[0] and told[0]["ward"] == "south"
    assert "given_name" in desk.opened.said.toasts[-1].text


def test_another_table_ends_the_comparison(desk: Desk) -> None:
    shown = compare(desk)
    desk.open("patient")
    assert not shown.wanted and desk.browse.isVisible() and shown.found is None


def test_nothing_differs_and_that_is_said(desk: Desk) -> None:
    desk.page.travel.go(at(7) + timedelta(hours=1))
    desk.rest()
    assert desk.page.travel.band.words.plain == "No row differs from now"
    assert not desk.page.travel.band.differing.isVisible()


def test_the_command_says_when_it_cannot(desk: Desk) -> None:
    command = next(each for each in desk.page.commands() if each.id == "data.compare")
    assert command.reason == ""
    desk.page.travel.go(None)
    desk.rest()
    assert "earlier moment" in command.reason


def test_nothing_of_it_is_cut(desk: Desk) -> None:
    compare(desk)
    assert problems_of(desk.page) == []
    desk.page.resize(700, 700)
    desk.rest()
    assert problems_of(desk.page) == []


def test_a_row_of_the_list_is_opened(desk: Desk) -> None:
    shown = compare(desk)
    shown.list.choose(shown.list.rows[-1])
    desk.press(Qt.Key.Key_Return, on=shown.list)
    assert desk.opened.said.went[-1] == ("audit", {"table": "visit", "key": (50,)})
    shown.list.choose(shown.list.rows[1])
    desk.press(Qt.Key.Key_Return, on=shown.list)
    assert not shown.wanted and desk.key == (2,) and desk.rows.past is not None
