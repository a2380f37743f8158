"""What is shown as chosen is what a command acts on, whatever a steward did before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from builders.clinic import VISITS, a_clinic
from builders.data_page import CONTROL, Desk
from steward_app.db import open_read
from steward_app.services.rows import EVERY_ROW, Sort

Open = Callable[..., Any]

choosing = st.tuples(st.just("choose"), st.integers(0, 199))
sorting = st.tuples(st.just("sort"), st.sampled_from(["id", "score", "kind", ""]))
filtering = st.tuples(st.just("filter"), st.sampled_from(["> 20", "> 99", "< 5", ""]))
scrolling = st.tuples(st.just("scroll"), st.floats(0, 1))
dragging = st.tuples(st.just("drag"), st.floats(0, 1))
jumping = st.tuples(st.just("jump"), st.integers(1, VISITS + 50))
pressing = st.tuples(
    st.just("press"), st.sampled_from([Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_Right])
)
edges = st.tuples(st.just("edge"), st.sampled_from([Qt.Key.Key_End, Qt.Key.Key_Home]))
extending = st.tuples(
    st.just("extend"), st.sampled_from([Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown])
)
toggling = st.tuples(st.just("toggle"), st.integers(0, 2))
refreshing = st.tuples(st.just("refresh"), st.none())
steps = st.one_of(
    choosing,
    sorting,
    filtering,
    scrolling,
    dragging,
    jumping,
    pressing,
    edges,
    extending,
    toggling,
    refreshing,
)


@pytest.fixture
def desk(open_page: Open, tmp_path: Path, qtbot: QtBot) -> Desk:
    desk = Desk.at(open_page, a_clinic(tmp_path / "clinic.db").build(), qtbot).open("visit")
    return desk.choose(0).press(Qt.Key.Key_Return)


def do(desk: Desk, step: str, how: Any) -> None:
    rows, view = desk.rows, desk.rows.view
    if step == "choose" and rows._model.rows:
        view.choose_row(how % len(rows._model.rows), 3)
    elif step == "sort":
        rows.set_sort(Sort(how) if how else None)
    elif step == "filter":
        desk.type_filter("score", how) if how else rows.set_filter(EVERY_ROW)
    elif step == "scroll":
        bar = view.verticalScrollBar()
        bar.setValue(round(bar.maximum() * how))
    elif step == "drag":
        rows._bar.setSliderDown(True)
        rows._bar.setSliderPosition(round(rows._bar.maximum() * how))
        rows._bar.setSliderDown(False)
        desk.qtbot.waitUntil(lambda: not rows._bar._settle.isActive())
    elif step == "jump":
        desk.go_to(f"#{how}")
    elif step == "press":
        desk.press(how)
    elif step == "extend":
        desk.press(how, Qt.KeyboardModifier.ShiftModifier)
    elif step == "toggle":
        first, last = view.visible_rows()
        if rows._model.rows and first + how < last:
            desk.click(first + how, "kind", CONTROL)
    elif step == "edge":
        desk.press(how, CONTROL)
    else:
        desk.page.refresh(())
    desk.rest()


def check(desk: Desk, truth: dict[int, float]) -> None:
    rows, view = desk.rows, desk.rows.view
    index, chosen = view.currentIndex(), view.chosen_rows()
    assert not chosen or index.row() in chosen, "the current row is among the highlighted ones"
    assert (rows.current is None) == (not index.isValid()) == (not chosen)
    record = desk.browse.side.record.record
    if rows.current is None:
        assert record is None and rows.selected == ()
        return
    key = rows.current.key[0]
    painted = rows._model.data(rows._model.index(index.row(), 0))
    assert str(painted).replace(",", "") == str(key), "the row painted as current is the one acted on"
    assert rows._model.cell(index.row(), desk.column("score")) == truth[int(str(key))]
    assert record is not None and record.key == rows.current.key, "the record beside it is of that row"
    if rows.current.exact and rows.status().sort is None and not rows.status().filter:
        assert rows.current.number == key
    rows.copy()
    copied, cell = QGuiApplication.clipboard().text(), rows.current_cell
    if len(chosen) == 1:
        assert copied == ("" if cell is None else str(cell))
    else:
        assert [line.partition("\t")[0] for line in copied.split("\n")] == [
            str(ref.key[0]) for ref in rows.selected
        ]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=3, max_size=8))
def test_a_command_acts_on_what_is_shown(desk: Desk, taken: list[tuple[str, Any]]) -> None:
    with open_read(desk.opened.document.path) as session:
        truth = {int(str(n)): float(str(score)) for n, score in session.all("SELECT id, score FROM visit")}
    for step, how in taken:
        do(desk, step, how)
        check(desk, truth)
