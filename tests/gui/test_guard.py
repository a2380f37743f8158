"""While the window is open the schedule is followed: points, drills, what the strip and the header say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from steward_app.app import PAGES
from steward_app.catalog import Catalog
from steward_app.db import open_write
from steward_app.gui.bridge import Told
from steward_app.gui.format import when
from steward_app.gui.making import tell_tended
from steward_app.gui.pages.backups.page import BackupsPage
from steward_app.gui.shell.notices import show_tended
from steward_app.gui.shell.toast import Toast
from steward_app.gui.shell.window import Window
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.text import Label
from steward_app.kernel import clock
from steward_app.kernel.clock import from_text
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup import drills
from steward_app.services.restore import Tended

Open = Callable[..., Window]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path / "clinic.db").with_table("visit", "id", rows=[(1,)]).in_wal_mode().build()


@pytest.fixture
def store(catalog: Catalog, path: Path, tmp_path: Path) -> Path:
    """A store, and a point every five minutes."""
    place = tmp_path / "store"
    backup.new_store(catalog, path, str(place), Context(), encrypt=False)
    backup.set_schedule(catalog, path, Context(), every_minutes=5)
    return place


def status(catalog: Catalog, path: Path) -> backup.Status:
    return backup.status(catalog, backup.database_id(catalog, path, Context()))


def words(widget: Any) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.plain)


def banners(window: Window) -> list[str]:
    return [banner.text for banner in window.findChildren(Banner) if banner.isVisibleTo(window)]


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()


def write(path: Path) -> None:
    with open_write(path) as session, session.transaction(Context()):
        session.run("INSERT INTO visit VALUES (2)")


def later(minutes: int) -> Callable[[], Any]:
    """The clock as it will stand then."""
    moment = clock.now()
    return lambda: moment.replace(microsecond=0) + timedelta(minutes=minutes)


def test_what_is_due_is_done_at_once_and_the_strip_says_when_next(
    open_window: Open, path: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    told = status(catalog, path)
    assert len(told.points) == 1 and told.points[0].reason == "By schedule"
    assert "Next backup " in words(window.strip)
    assert len(told.drills) == 1 and told.drills[0].passed
    assert "Proven backup" in words(window.header)


def test_nobody_wrote_so_nothing_is_scanned(
    open_window: Open,
    path: Path,
    catalog: Catalog,
    store: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    tended: list[Any] = []
    window.guard.tended.connect(tended.append)
    monkeypatch.setattr(clock, "_source", later(6))
    window.guard.look()
    at_rest(window, qtbot)
    told = status(catalog, path)
    assert [each.visits for each in tended] == [()] and len(told.points) == 1
    assert told.stores[0].store.current_at > told.points[0].made_at
    write(path)
    monkeypatch.setattr(clock, "_source", later(6))
    window.guard.look()
    at_rest(window, qtbot)
    assert len(tended[1].visits) == 1 and len(status(catalog, path).points) == 2


def test_a_store_that_is_gone_is_told_once_and_a_file_without_a_schedule_costs_nothing(
    open_window: Open,
    path: Path,
    catalog: Catalog,
    store: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.rename(store.with_name("unplugged"))
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    assert any("The schedule could not be followed." in text for text in banners(window))
    window.clear_notice()
    monkeypatch.setattr(clock, "_source", later(6))
    window.guard.look()
    at_rest(window, qtbot)
    assert not any("The schedule could not be followed." in text for text in banners(window))


def test_a_file_that_is_gone_is_told_once(
    open_window: Open,
    path: Path,
    catalog: Catalog,
    store: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    path.rename(path.with_name("elsewhere.db"))
    for told in (True, False):
        monkeypatch.setattr(clock, "_source", later(6))
        window.guard.look()
        at_rest(window, qtbot)
        assert any("The schedule could not be followed." in text for text in banners(window)) is told
        window.clear_notice()


def test_by_hand_only_nothing_is_made(
    open_window: Open, path: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    backup.new_store(catalog, path, str(tmp_path / "store"), Context(), encrypt=False)
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    assert status(catalog, path).points == ()
    assert "Next backup" not in words(window.strip)
    backup.set_schedule(catalog, path, Context(), every_minutes=5)
    window.guard.look()
    at_rest(window, qtbot)
    assert len(status(catalog, path).points) == 1
    window.close_file()
    assert "Next backup" not in words(window.strip)


def test_a_drill_that_fails_is_the_loudest_thing_in_the_window(
    open_window: Open, path: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    (visit,) = backup.go_round(catalog, path, Context())
    for pack in store.glob("packs/*/*"):
        pack.chmod(0o600)
        pack.write_bytes(b"broken")
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    told = status(catalog, path)
    assert [drill.point for drill in drills.unanswered(told.drills, [each.id for each in told.stores])] == [
        visit.point
    ]
    assert "The last drill failed" in words(window.header)
    (notice,) = (text for text in banners(window) if text.startswith("A restore drill failed."))
    assert "packs/" not in notice and "Your database is unchanged." in notice
    window.navigate("backups")
    at_rest(window, qtbot)
    page = window.pages.page
    assert isinstance(page, BackupsPage)
    alarm = next(text for text in banners(window) if text.startswith("The drill of today"))
    assert "Your database is unchanged." in alarm
    assert page.drills.state.text == "Failed"
    for mode, zoom, width in (("light", 100, 1280), ("dark", 200, 1440), ("light", 200, 1024)):
        window.theme.set_mode(mode)
        window.theme.set_zoom(zoom)
        window.resize(width, 800)
        at_rest(window, qtbot)
        assert problems_of(window) == [], f"{mode}, {zoom} %, {width}"


def test_what_a_check_of_the_schedule_finds_is_no_schedule_that_was_not_followed(
    open_window: Open, path: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    show_tended(window, Tended(problems=("“store”, the point of 2026-11-20 10:20 UTC: it is damaged",)))
    at_rest(window, qtbot)
    (told,) = banners(window)
    moment = when(from_text("2026-11-20T10:20:00.000Z"))
    assert told.startswith(f"The schedule met a problem. “store”, the point of {moment}: it")
    assert tell_tended(Tended(problems=("one", "two"))) == Told("2 problems", wrong=True)


def test_a_toast_goes_when_other_work_begins_or_fails(
    open_window: Open, path: Path, store: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, path)
    window.navigate("backups")
    at_rest(window, qtbot)
    page = window.pages.page
    assert isinstance(page, BackupsPage)

    def toasts() -> list[str]:
        return [each.message.title for each in window.findChildren(Toast) if not each.isHidden()]

    page.acts.verify_all.trigger()
    at_rest(window, qtbot)
    assert len(toasts()) == 1
    page.acts.drill.trigger()
    assert toasts() == []
    at_rest(window, qtbot)
    assert toasts() == ["The drill passed"]
    page.show_error(Failure(ErrorCode.OFFLINE, "It does not answer."))
    assert toasts() == []
