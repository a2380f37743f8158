"""Bars of changes by day over the list."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from builders.audit_page import Desk, a_file_with_history
from builders.sealed import by_hand
from steward_app.db import open_read
from steward_app.gui.pages.audit.days import DayBars
from steward_app.kernel import clock
from steward_app.services.audit.engine import tables
from steward_app.services.audit.past.moments import Day, milliseconds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A change a day."""
    made = a_file_with_history(tmp_path / "clinic.db")
    with open_read(made) as session:
        tids, last = [each.tid for each in tables.tables(session)], tables.last_seq(session)
    now = milliseconds(clock.now())
    for tid in tids:
        by_hand(made, f"UPDATE _steward_audit_log_{tid} SET at = ? - 86400000 * (? - seq)", now, last)
    return made


@pytest.fixture
def bars(qtbot: QtBot, qapp: Any) -> DayBars:
    made = DayBars()
    qtbot.addWidget(made)
    made.resize(200, 36)
    days = [Day(date(2026, 11, 1) + timedelta(days=n), n) for n in range(10)]
    made.show_days([*days[:-1], Day(days[-1].day, 1204, exact=False)])
    return made


def test_a_day_narrows_the_list(desk: Desk) -> None:
    view = desk.view
    assert view.days.isVisible() and len(view.days.days) == 6
    whole = len(desk.lines)
    view.days.setFocus()
    desk.press(Qt.Key.Key_Home, view.days)
    desk.press(Qt.Key.Key_Return, view.days)
    assert whole == 6 and len(desk.lines) == 1 and view._count.plain == "1 change"
    assert view.time.choice.currentText() == "Between"
    assert view.days.accessibleDescription().startswith("1 change on ")


def test_bars_are_walked_and_told(bars: DayBars, qtbot: Any) -> None:
    assert bars.accessibleDescription() == "about 1,200 changes on 10 Nov 2026 (UTC)"
    qtbot.keyClick(bars, Qt.Key.Key_Left)
    assert bars.accessibleDescription() == "8 changes on 9 Nov 2026 (UTC)"
    qtbot.keyClick(bars, Qt.Key.Key_Home)
    qtbot.keyClick(bars, Qt.Key.Key_Left)
    assert bars.accessibleDescription() == "0 changes on 1 Nov 2026 (UTC)"
    qtbot.keyClick(bars, Qt.Key.Key_End)
    bars.show_days(bars.days[2:])
    assert bars.accessibleDescription().startswith("about 1,200")


def test_a_click_chooses_a_day(bars: DayBars, qtbot: Any) -> None:
    chosen: list[Any] = []
    bars.chosen.connect(chosen.append)
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(int(bars._step * 2.5), 30))
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(199, 30))
    assert chosen == [(datetime(2026, 11, 3, tzinfo=UTC), datetime(2026, 11, 4, tzinfo=UTC))]


def test_one_day_has_no_bars(bars: DayBars) -> None:
    bars.show_days([Day(date(2026, 11, 1), 5)])
    assert bars.isHidden()
    bars.show_days([])
    assert bars.isHidden()
