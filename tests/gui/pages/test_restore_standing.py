"""The first step of restoring when something is wrong with all points, or a store is away: what can be done is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.points import a_point, damaged
from builders.walk import problems_of
from steward_app.catalog import Catalog, points
from steward_app.catalog.points import PointState
from steward_app.db import open_read
from steward_app.gui.pages.restore import page as module
from steward_app.gui.pages.restore.page import RestorePage
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup.init import init_store

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY", rows=[(1,), (2,)])
        .build()
    )


def store(catalog: Catalog, clinic: Path, place: Path, *, filled: bool = True) -> None:
    init_store(catalog, clinic, str(place), Context(), new_keys=None)
    if filled:
        backup.go_round(catalog, clinic, Context())


def told(page: RestorePage) -> str:
    return " | ".join(each.text for each in page.findChildren(Banner) if each.isVisibleTo(page))


def words(widget: QWidget) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget))


def buttons(page: RestorePage, text: str) -> list[Button]:
    return [each for each in page.findChildren(Button) if each.text() == text and each.isVisibleTo(page)]


def at_rest(opened: Any, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: opened.jobs.idle)


def test_a_proven_point_needs_no_words(open_page: Open, clinic: Path, catalog: Catalog) -> None:
    a_point(catalog, clinic)
    page = open_page(RestorePage, clinic, catalog=catalog).page
    assert told(page) == "" and not page.standing.isVisibleTo(page)


@pytest.mark.parametrize(
    ("check", "sentence"), [(True, "They were checked"), (False, "Nobody has looked into them")]
)
def test_points_that_nobody_proved_are_said_to_be_so(
    open_page: Open, clinic: Path, catalog: Catalog, check: bool, sentence: str
) -> None:
    a_point(catalog, clinic, check=check, prove=False)
    opened = open_page(RestorePage, clinic, catalog=catalog)
    page = opened.page
    assert "No restore point is proven yet." in told(page) and sentence in told(page)
    assert page.plan_action.reason == "" and problems_of(page) == []
    buttons(page, "Open Backups")[0].click()
    assert opened.said.went == [("backups", {})]


def test_where_every_copy_is_damaged_it_is_said_and_none_can_be_planned(
    open_page: Open, clinic: Path, catalog: Catalog
) -> None:
    damaged(a_point(catalog, clinic))
    backup.verify(catalog, clinic, Context())
    page = open_page(RestorePage, clinic, catalog=catalog).page
    assert "No restore point can be used." in told(page) and "Your file is unchanged" in told(page)
    assert page.plan_action.reason and problems_of(page) == []
    page.choose.moment.table.choose(page.choose.moment.table.rows[0])  # as the focus does that comes to it
    assert page.plan_action.reason


def test_the_only_point_of_a_store_that_failed_can_be_tried(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    store(catalog, clinic, tmp_path / "nas")
    with catalog.unit() as unit:
        (point,) = points.of_database(unit.session, backup.database_id(catalog, clinic, Context()))
        points.update(unit, point.id, PointState.FAILED)
        unit.commit()
    opened = open_page(RestorePage, clinic, catalog=catalog)
    page = opened.page
    assert "Every restore point failed when it was looked into last." in told(page)
    assert "may be tried" in told(page) and buttons(page, "Look again") and problems_of(page) == []
    page.choose.table.choose(page.choose.table.rows[0])
    page.choose.field.edit.setText(str(tmp_path / "back.db"))
    page.plan_action.trigger()
    at_rest(opened, qtbot)
    assert page.step == module._PLAN and "no longer as it was made" in words(page.plan_view)
    page.apply_action.trigger()
    at_rest(opened, qtbot)
    with open_read(tmp_path / "back.db") as session:
        assert session.count("SELECT count(*) FROM visit") == 2


def test_a_store_that_is_away_is_named_with_what_can_be_restored_meanwhile(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    a_point(catalog, clinic, ago=timedelta(hours=2))
    store(catalog, clinic, tmp_path / "nas")
    (tmp_path / "nas").rename(tmp_path / "unplugged")
    backup.refresh_all(catalog, clinic, Context())
    opened = open_page(RestorePage, clinic, catalog=catalog)
    page = opened.page
    assert "“nas” did not answer the last time; it did just now." in told(page)
    assert "What lies elsewhere can be restored now." in told(page) and problems_of(page) == []
    (tmp_path / "unplugged").rename(tmp_path / "nas")
    buttons(page, "Look again")[0].click()
    at_rest(opened, qtbot)
    assert "did not answer" not in told(page)


def test_without_a_point_the_stores_are_told_of(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    store(catalog, clinic, tmp_path / "nas", filled=False)
    (tmp_path / "nas").rename(tmp_path / "unplugged")
    backup.refresh_all(catalog, clinic, Context())
    opened = open_page(RestorePage, clinic, catalog=catalog)
    page = opened.page
    assert page.step == module._NONE and "“nas” did not answer" in words(page.standing.nothing)
    assert problems_of(page) == []
    (tmp_path / "unplugged").rename(tmp_path / "nas")
    buttons(page, "Look again")[0].click()
    at_rest(opened, qtbot)
    sentence = "This database has 1 store, with no restore point in it."
    qtbot.waitUntil(lambda: sentence in words(page.standing.nothing))
    backup.go_round(catalog, clinic, Context())
    buttons(page, "Look again")[0].click()
    at_rest(opened, qtbot)
    assert page.step == module._CHOOSE and problems_of(page) == []
