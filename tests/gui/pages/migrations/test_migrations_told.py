"""What the overview tells of migrations, and that it leads to them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from builders.migrating import Migrating
from builders.walk import problems_of
from steward_app.app import PAGES
from steward_app.gui.pages.migrations.page import MigrationsPage
from steward_app.gui.pages.overview.page import OverviewPage
from steward_app.gui.shell.window import Window

OpenWindow = Callable[..., Window]


@pytest.fixture
def window(qtbot: QtBot, open_window: OpenWindow, clinic: Migrating) -> Callable[[], Window]:
    def opened() -> Window:
        window = open_window(
            tuple(spec for spec in PAGES if spec.id in ("overview", "migrations")), clinic.path
        )
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        return window

    return opened


def _tasks(window: Window) -> dict[str, str]:
    page = window.pages.currentWidget()
    assert isinstance(page, OverviewPage)
    return {task.key: f"{task.title}. {task.sentence}" for task in page.tasks.items}


def test_what_waits_is_a_task_that_leads_to_it(
    qtbot: QtBot, window: Callable[[], Window], clinic: Migrating
) -> None:
    clinic.write("V0001__rooms.sql", "CREATE TABLE room (x);")
    clinic.write("V0002__beds.sql", "CREATE TABLE bed (x);")
    opened = window()
    assert "Rehearse and apply 2 migrations" in _tasks(opened)["migrations"]
    overview = opened.pages.currentWidget()
    assert isinstance(overview, OverviewPage)
    overview.tasks.opened.emit("migrations")
    qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
    page = opened.pages.currentWidget()
    assert isinstance(page, MigrationsPage)
    assert page.list.current is not None and page.list.current.entry.file == "V0001__rooms.sql"


def test_what_is_in_the_way_is_named(window: Callable[[], Window], clinic: Migrating) -> None:
    clinic.write("V0001__rooms.sql", "CREATE TABLE room (x);")
    clinic.apply()
    clinic.write("V0001__rooms.sql", "CREATE TABLE room (y);")
    assert "1 migration is in the way" in _tasks(window())["migrations"]


def test_a_folder_that_cannot_be_read_is_told(window: Callable[[], Window], clinic: Migrating) -> None:
    clinic.write("anything.sql", "SELECT 1;")
    assert "anything.sql" in _tasks(window())["migrations"]


def test_nothing_is_told_where_all_is_applied(window: Callable[[], Window], clinic: Migrating) -> None:
    clinic.write("V0001__rooms.sql", "CREATE TABLE room (x);")
    clinic.apply()
    assert "migrations" not in _tasks(window())


@pytest.mark.parametrize(("mode", "zoom"), [("light", 100), ("dark", 200)])
def test_nothing_is_cut_or_without_a_name_whatever_is_shown(
    qtbot: QtBot, window: Callable[[], Window], clinic: Migrating, mode: str, zoom: int
) -> None:
    clinic.write("V0001__rooms.sql", "CREATE TABLE room (x);")
    clinic.apply()
    clinic.write(
        "V0002__give_everybody_a_place_for_mail_and_number_the_telephones_anew.sql",
        "-- Everybody gets a place for mail.\n"
        "ALTER TABLE patient ADD COLUMN mail TEXT; UPDATE patient SET phone = '020 ' || id;",
    )
    clinic.write("V0003__bad.sql", "INSERT INTO nowhere VALUES (1);")
    opened = window()
    opened.resize(1440, 900)
    opened.theme.set_mode(mode)
    opened.theme.set_zoom(zoom)
    opened.navigate("migrations")
    page = opened.pages.currentWidget()
    assert isinstance(page, MigrationsPage)

    def rests() -> None:
        qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)

    rests()
    assert problems_of(opened) == []
    page.own.rehearse.trigger()
    rests()
    assert page.looked is not None and page.looked.ready and problems_of(opened) == []
    for button in page.detail.schema.ways.buttons:
        button.click()
        rests()
        assert problems_of(opened) == [], button.text()
    for row in page.list.rows:
        page.list.choose(row.key)
        rests()
        assert problems_of(opened) == []
    page.list.choose((3, "bad"))
    rests()
    page.own.rehearse.trigger()
    rests()
    assert problems_of(opened) == []
