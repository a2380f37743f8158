"""Long work on the data page is a job that can be stopped, and after a stop everything is as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.data_page import Desk
from steward_app.gui.pages.data.export import export
from steward_app.gui.pages.data.export_dialog import Choice
from steward_app.services.rows import Format, Sort

Open = Callable[..., Any]
ROWS = 300_000
NUMBERS = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})"
STOPPED = "Stopped. Nothing was changed."


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return (
        a_database(tmp_path_factory.mktemp("large") / "large.db")
        .with_sql(
            "CREATE TABLE event (id INTEGER PRIMARY KEY, value REAL, note TEXT)",
            f"INSERT INTO event {NUMBERS} SELECT i, i * 7919 % 100003 / 10.0, 'note ' || (i * 31 % 977) FROM n",
            "CREATE TABLE small (id INTEGER PRIMARY KEY)",
            "INSERT INTO small VALUES (1)",
            "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT max(i) AS i FROM n",
        )
        .build()
    )


@pytest.fixture
def desk(open_page: Open, large: Path, qtbot: QtBot) -> Desk:
    return Desk.at(open_page, large, qtbot).open("event")


def stop(desk: Desk, title: str) -> Desk:
    """Stop the job of that title as soon as it works, as the strip does."""

    def working() -> list[Any]:
        return [job for job in desk.opened.jobs.live() if job.title.startswith(title)]

    desk.qtbot.waitUntil(lambda: bool(working()))
    desk.opened.jobs.cancel(working()[0].id)
    return desk.rest()


def test_a_sort_is_stopped_and_the_table_is_as_it_was(desk: Desk) -> None:
    desk.go_to("#150000")
    chosen, before, place = desk.key, desk.values("id"), desk.browse._place.plain
    desk.rows.head.sectionClicked.emit(desk.column("value"))
    stop(desk, "Sorting event by value")
    assert desk.news == STOPPED
    assert (desk.key, desk.values("id"), desk.browse._place.plain) == (chosen, before, place)
    assert desk.rows.status().sort is None and desk.rows.head.sort is None
    assert not desk.browse._warning.isVisible()
    desk.press(Qt.Key.Key_Down)
    assert desk.key == (chosen[0] + 1,)


def test_a_sort_that_is_not_stopped_comes_with_its_warning(desk: Desk) -> None:
    desk.rows.set_sort(Sort("value"))
    desk.rest()
    assert desk.values("value") == sorted(desk.values("value"))
    assert "are sorted first." in desk.browse._warning.text and desk.browse._warning.isVisible()
    desk.rows.set_sort(Sort("note"))
    stop(desk, "Sorting event by note")
    assert desk.rows.status().sort == Sort("value") and desk.news == STOPPED
    assert desk.values("value") == sorted(desk.values("value"))


def test_a_count_is_stopped_and_stays_about(desk: Desk) -> None:
    about = desk.page.number.plain
    assert about.startswith("about ")
    desk.page.count()
    stop(desk, "Counting event")
    assert desk.page.number.plain == about and desk.page.count_link.isVisible()


def test_a_view_without_end_is_stopped_and_shows_nothing(desk: Desk) -> None:
    desk.page.open_table("endless")
    stop(desk, "Reading endless")
    assert desk.news == STOPPED
    assert desk.rows.source is None and desk.page.rows is None and desk.key is None
    assert desk.page.tables.currentText() == "endless"
    desk.open("small")
    assert desk.values("id") == [1]


def test_another_table_while_one_is_still_being_read(desk: Desk) -> None:
    desk.page.open_table("endless")
    desk.qtbot.waitUntil(lambda: any(job.title == "Reading endless" for job in desk.opened.jobs.live()))
    desk.open("small")
    assert desk.values("id") == [1] and not desk.news
    assert desk.page.tables.currentText() == "small"


def test_statistics_are_stopped(desk: Desk) -> None:
    desk.choose(0, "value")
    desk.browse.about_column()
    stop(desk, "Looking at value")
    assert desk.news == STOPPED and not desk.side()


def test_an_export_is_stopped_and_leaves_no_file(desk: Desk, tmp_path: Path) -> None:
    export(desk.page, desk.rows, Choice(tmp_path / "event.csv", Format.CSV))
    stop(desk, "Exporting event")
    assert list(tmp_path.iterdir()) == []
    assert desk.opened.said.toasts[-1].title == STOPPED
    assert desk.opened.said.toasts[-1].text == "event.csv was not written."
