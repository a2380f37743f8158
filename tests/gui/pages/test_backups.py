"""The backups page: points on their way to proven, by mouse, by keys and in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.points import a_point, damaged
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.catalog.points import PointState
from steward_app.gui.pages.backups.climb import ClimbCard
from steward_app.gui.pages.backups.page import BackupsPage
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context, Progress
from steward_app.services import backup
from steward_app.services.backup.retention import Rule
from steward_app.services.backup.status import Line

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, a TEXT", rows=[(n, "x" * 40) for n in range(400)])
        .build()
    )


@pytest.fixture
def several(catalog: Catalog, clinic: Path) -> list[backup.Point]:
    """Oldest first: two weeks, three days, two hours, now."""
    return [
        a_point(catalog, clinic, ago=timedelta(days=14)),
        a_point(catalog, clinic, ago=timedelta(days=3), prove=False),
        a_point(catalog, clinic, ago=timedelta(minutes=2), check=False, prove=False),
        a_point(catalog, clinic),
    ]


def words(widget: Any) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label))


def banners(page: BackupsPage) -> list[str]:
    return [banner.text for banner in page.findChildren(Banner)]


def test_without_a_point_there_is_one_thing_to_do(open_page: Open, clinic: Path, catalog: Catalog) -> None:
    page = open_page(BackupsPage, clinic, catalog=catalog).page
    assert page._stack.currentIndex() == 1
    assert "No restore point yet" in words(page.none)
    assert page.acts.verify_all.reason and page.acts.restore.reason
    assert not page.acts.create.reason
    assert problems_of(page) == []


def test_making_a_point_climbs_to_proven_and_chooses_it(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.acts.create.trigger()
    assert page.doing.climb.isVisibleTo(page) and page.acts.create.reason
    qtbot.waitUntil(lambda: opened.jobs.idle and page.chosen is not None)
    assert page.chosen.state is PointState.PROVEN
    assert not page.doing.climb.isVisibleTo(page) and not page.acts.create.reason
    assert opened.said.toasts[0].title == "Restore point made, checked and proven"
    assert "Restored to scratch and compared" in words(page.checks)
    assert problems_of(page) == []


def test_stopping_leaves_no_point(open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.acts.create.trigger()
    page.doing.stop()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    made = backup.list_points(catalog, clinic, Context())
    assert not opened.said.toasts or len(made) == 1  # it was too late to stop, and it says that it was made
    assert not page.doing.climb.isVisibleTo(page)


def test_the_ladder_shows_the_rung_that_was_reached(qtbot: QtBot, open_page: Open) -> None:
    card = ClimbCard(lambda: None)
    qtbot.addWidget(card)
    card.begin()
    card.show_progress(Progress(10, 100, "pages"))
    assert card.rung == 0
    card.show_progress(Progress(note="Taken. Comparing it with the database"))
    assert card.rung == 1
    card.show_progress(Progress(5, 10, "tables", "Checked rows"))
    assert card.rung == 1
    card.show_progress(Progress(note="Checked. Restoring it to scratch"))
    card.show_progress(Progress(note="Taken. Comparing it with the database"))
    assert card.rung == 2


def test_points_stand_in_lines_by_age_and_in_the_table(
    open_page: Open, clinic: Path, catalog: Catalog, several: list[backup.Point]
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    drawn = [moment.point.id for row in page.timeline.rows for moment in row.moments]
    assert sorted(drawn) == sorted(point.id for point in several)
    assert page.timeline.rows[-1].moments[0].points == (page.table.rows[-1],)
    assert [point.id for point in page.table.rows] == [point.id for point in reversed(several)]
    assert page.chosen.id == several[-1].id
    assert opened.said.counts == {"page": None}
    assert problems_of(page) == []


def test_a_click_on_a_dot_and_the_keys_choose(
    open_page: Open, clinic: Path, catalog: Catalog, several: list[backup.Point], qtbot: QtBot
) -> None:
    page = open_page(BackupsPage, clinic, catalog=catalog).page
    last = len(page.timeline.rows) - 1
    place = page.timeline.centre(last, 0).toPoint()
    QTest.mouseClick(page.timeline, Qt.MouseButton.LeftButton, pos=place)
    assert page.chosen.id == several[0].id
    assert page.table.current.id == several[0].id
    qtbot.keyPress(page.timeline, Qt.Key.Key_Up)
    assert page.chosen.id == several[1].id
    assert "Checked" in page.timeline.accessibleName()
    qtbot.keyPress(page.timeline, Qt.Key.Key_Up)
    qtbot.keyPress(page.timeline, Qt.Key.Key_End)
    assert page.chosen.id == several[-1].id
    page.table.choose(several[1])
    assert page.timeline.choice == several[1].id


def test_a_crowded_line_leaves_the_oldest_to_the_table(
    open_page: Open, clinic: Path, catalog: Catalog
) -> None:
    point = a_point(catalog, clinic)
    page = open_page(BackupsPage, clinic, catalog=catalog).page
    many = tuple(replace(point, id=f"pt_{n}") for n in reversed(range(200)))
    page.timeline.show_lines([Line("Every 5 minutes", Rule(5, 60), many)], "pt_0")
    (row,) = page.timeline.rows
    assert len(row.moments) + row.hidden == 200 and row.hidden > 0
    assert row.moments[-1].point.id == "pt_0"
    assert page.timeline.count == 200


def test_verifying_and_proving_the_chosen_point(
    open_page: Open, clinic: Path, catalog: Catalog, several: list[backup.Point], qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.choose(several[1].id)
    page.acts.prove.trigger()
    assert page.acts.verify_one.reason
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(opened.said.toasts))
    assert page.chosen.id == several[1].id
    assert page.chosen.state is PointState.PROVEN
    assert opened.said.toasts[0].title == "Proven: restored and compared"
    page.acts.verify_all.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and len(opened.said.toasts) == 2)
    assert opened.said.toasts[1].title == "All 4 restore points are as they were made"


def test_a_damaged_copy_is_told_loudly(
    open_page: Open, clinic: Path, catalog: Catalog, several: list[backup.Point], qtbot: QtBot
) -> None:
    damaged(several[0])
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.acts.verify_all.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(banners(page)))
    assert "cannot be relied on" in banners(page)[0] and "Your database is unchanged." in banners(page)[0]
    assert opened.said.toasts == []
    assert opened.said.counts["page"] == 1
    page.choose(several[0].id)
    assert page.chosen.state is PointState.FAILED
    assert page.acts.restore.reason
    assert problems_of(page) == []
    again = open_page(BackupsPage, clinic, catalog=catalog).page
    again.choose(several[0].id)
    assert "Not so" in words(again.checks)


def test_a_missing_copy_says_so(
    open_page: Open, clinic: Path, catalog: Catalog, several: list[backup.Point]
) -> None:
    several[1].path.unlink()
    page = open_page(BackupsPage, clinic, catalog=catalog).page
    page.choose(several[1].id)
    assert page.chosen.state is PointState.MISSING
    assert "no longer where it was put" in words(page.checks)
    assert page.acts.verify_one.reason and page.acts.restore.reason


def test_the_way_to_the_restore_and_to_the_folder(
    open_page: Open,
    clinic: Path,
    catalog: Catalog,
    several: list[backup.Point],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()))
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    opened.page.acts.folder.trigger()
    opened.page.acts.restore.trigger()
    assert shown == [str(several[-1].path.parent)]
    assert opened.said.went == [("restore", {"point": several[-1].id})]


def test_who_comes_for_a_point_finds_it_chosen(
    open_page: Open, clinic: Path, catalog: Catalog, several: list[backup.Point]
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    opened.page.arrive(point=several[0].id)
    assert opened.page.chosen.id == several[0].id


def test_a_point_that_cannot_be_made_is_told_with_the_state_of_the_file(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    clinic.rename(clinic.with_name("elsewhere.db"))
    page.acts.create.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(banners(page)))
    assert "clinic.db" in banners(page)[0]
    assert opened.said.toasts == []
    assert not page.doing.climb.isVisibleTo(page)


def test_a_narrow_page_keeps_everything_within_reach(
    open_page: Open, clinic: Path, catalog: Catalog, several: list[backup.Point], qtbot: QtBot
) -> None:
    page = open_page(BackupsPage, clinic, catalog=catalog).page
    page.resize(640, 820)
    qtbot.waitUntil(lambda: page.width() == 640)
    assert page.minimumSizeHint().width() <= 640
    assert problems_of(page) == []
