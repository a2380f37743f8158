"""Stores on the backups page: made, filled, drilled, held, thinned out, unplugged, opened with a key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.points import at_time
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.catalog.points import PointState
from steward_app.db import open_write
from steward_app.gui.pages.backups.connect import ConnectDialog, UnlockDialog
from steward_app.gui.pages.backups.holding import HoldDialog, PruneDialog
from steward_app.gui.pages.backups.new_store import KEY_FILE, PASSPHRASE, PLAIN, NewStoreDialog
from steward_app.gui.pages.backups.page import BackupsPage
from steward_app.gui.pages.backups.schedule import ScheduleDialog
from steward_app.gui.pages.backups.store_fields import KEY_FILE as BY_KEY_FILE
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.confirm import Question
from steward_app.gui.widgets.text import Label
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services import backup
from steward_app.services.backup.retention import Rule
from steward_app.storage.objects import wrapping

Open = Callable[..., Any]
D = TypeVar("D", bound=QDialog)


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, a TEXT", rows=[(n, "x" * 40) for n in range(400)])
        .in_wal_mode()
        .build()
    )


@pytest.fixture
def store(catalog: Catalog, clinic: Path, tmp_path: Path) -> Path:
    """A store with a key kept here, and one point."""
    backup.new_store(catalog, clinic, str(tmp_path / "nas"), Context())
    backup.go_round(catalog, clinic, Context(), keep_days=0)
    return tmp_path / "nas"


def write(path: Path) -> None:
    with open_write(path) as session, session.transaction(Context()):
        session.run("UPDATE visit SET a = a || 'y' WHERE id = 7")


def words(widget: Any) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label))


def banners(page: Any) -> str:
    return " | ".join(banner.text for banner in page.findChildren(Banner))


def dialog(page: Any, kind: type[D]) -> D:
    """The one that is open."""
    (found,) = (each for each in page.findChildren(kind) if each.isVisible())
    return found


def at_rest(opened: Any, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
        qtbot.wait(1)


def press(root: Any, text: str) -> None:
    (button,) = (b for b in root.findChildren(Button) if b.text() == text and b.isVisibleTo(root))
    button.click()


def state_of(page: BackupsPage) -> list[str]:
    table = page.stores.table.model()
    return [table.index(row, 3).data() for row in range(table.rowCount())]


def test_a_store_is_made_with_a_sheet_and_filled(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.store_acts.add_store.trigger()
    asked = dialog(page, NewStoreDialog)
    asked.where.field.edit.setText(str(tmp_path / "nas"))
    asked.name.edit.setText("Clinic NAS")
    asked.sheet_file.edit.setText(str(tmp_path / "sheet.html"))
    assert problems_of(asked) == []
    asked.verb.click()
    at_rest(opened, qtbot)
    assert "Clinic NAS is made. The key " in banners(page) and "Print the sheet" in banners(page)
    assert (tmp_path / "sheet.html").exists()
    assert state_of(page) == ["Empty"] and "Nothing lies in a store yet" in words(page.points_card)
    assert problems_of(page) == []
    page.acts.create.trigger()
    at_rest(opened, qtbot)
    assert opened.said.toasts[-1].title == "Backup finished"
    assert state_of(page) == ["In step"] and page.chosen.state is PointState.TAKEN
    page.acts.create.trigger()
    at_rest(opened, qtbot)
    assert opened.said.toasts[-1].title == "Nothing has changed"
    assert len(page.read.points) == 1 and problems_of(page) == []


@pytest.mark.parametrize("way", [PASSPHRASE, KEY_FILE, PLAIN])
def test_what_becomes_of_the_key_is_said_before(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot, way: str
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    opened.page.store_acts.add_store.trigger()
    asked = dialog(opened.page, NewStoreDialog)
    asked.ways[way].setChecked(True)
    asked.sheet.setChecked(False)
    told = {
        PASSPHRASE: "Nobody can bring a forgotten passphrase back",
        KEY_FILE: "bring it to a safe place",
        PLAIN: "Whoever can read the store can read the data",
    }
    assert told[way] in words(asked) and problems_of(asked) == []
    asked.verb.click()
    assert "A store needs an address." in words(asked)
    asked.where.field.edit.setText(str(tmp_path / "nas"))
    if way == PASSPHRASE:
        asked.verb.click()
        assert "A passphrase is needed." in words(asked)
        asked.passphrase.edit.setText("seven horses")
        asked.verb.click()
        assert "It is not the same." in words(asked)
        asked.again.edit.setText("seven horses")
    if way == KEY_FILE:
        asked.key_file.edit.setText(str(tmp_path / "nas.key"))
    asked.verb.click()
    at_rest(opened, qtbot)
    (made,) = opened.page.read.status.stores
    assert (made.store.encryption.value == "none") is (way == PLAIN)
    assert (tmp_path / "nas.key").exists() is (way == KEY_FILE)


def test_what_is_in_the_way_is_said_in_the_dialog_which_stays(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    opened.page.store_acts.add_store.trigger()
    asked = dialog(opened.page, NewStoreDialog)
    asked.sheet.setChecked(False)
    asked.where.field.edit.setText(str(tmp_path / "not" / "there"))
    asked.verb.click()
    at_rest(opened, qtbot)
    assert asked.isVisible() and "there" in banners(asked)
    assert asked.verb.isEnabled() and problems_of(asked) == []
    asked.reject()
    assert opened.page.read.status.stores == ()


def test_a_drill_passes_and_its_card_tells_how_long_it_took(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    assert "Never drilled" in words(page.drills)
    page.acts.drill.trigger()
    assert page.doing.view.isVisibleTo(page) and "Drilling" in page.acts.create.reason
    at_rest(opened, qtbot)
    assert opened.said.toasts[-1].title == "The drill passed"
    told = words(page.drills)
    assert page.drills.state.text == "Passed" and "back from nas" in told
    assert "1 of 1 passed" in {button.text() for button in page.drills.findChildren(Button)}
    assert page.chosen.state is PointState.PROVEN
    assert Path(page.drills.drill.evidence).exists()
    assert problems_of(page) == []


def test_a_failed_drill_stays_until_one_passes(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    for pack in store.glob("packs/*/*"):
        pack.chmod(0o600)
        pack.write_bytes(b"broken")
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.acts.drill.trigger()
    at_rest(opened, qtbot)
    assert "The drill of today" in banners(page) and "Your database is unchanged." in banners(page)
    assert page.drills.state.text == "Failed" and "No other point is proven." in words(page.drills)
    assert state_of(page) == ["1 chunk damaged"] and opened.said.counts["page"] == 1
    assert page.acts.restore.reason and page.acts.drill_others.reason == "There is no other store."
    assert problems_of(page) == []
    press(page._alarm.itemAt(0).widget(), "Show the damaged point")
    assert page.chosen.state is PointState.FAILED
    page.stores.table.opened.emit(page.stores.table.rows[0])
    assert page.chosen.state is PointState.FAILED
    press(page.drills, "0 of 1 passed")
    assert opened.said.went == [("journal", {})]


def test_copies_of_a_moment_are_one_dot_and_each_can_be_chosen(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    backup.new_store(catalog, clinic, str(tmp_path / "stick"), Context(), encrypt=False)
    write(clinic)
    with at_time(clock.now() + timedelta(minutes=20)):
        backup.go_round(catalog, clinic, Context())
        opened = open_page(BackupsPage, clinic, catalog=catalog)
        at_rest(opened, qtbot)
        page = opened.page
        assert page.timeline.count == 2 and len(page.read.points) == 3
        newest = page.timeline.rows[0].moments[-1]
        assert {page.read.stores[point.store_id] for point in newest.points} == {"nas", "stick"}
        assert page.foot.places.isVisibleTo(page) and page.foot.places.count() == 2
        before = page.chosen.id
        other = next(n for n, point in enumerate(newest.points) if point.id != before)
        page.foot.places.activated.emit(other)
        assert page.chosen.id == newest.points[other].id and page.table.current.id == page.chosen.id
        qtbot.keyPress(page.timeline, Qt.Key.Key_Left)
        assert not page.foot.places.isVisibleTo(page)
        assert problems_of(page) == []


def test_a_store_that_is_unplugged_is_said_to_be_and_keeps_no_other_from_being_filled(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    backup.new_store(catalog, clinic, str(tmp_path / "stick"), Context(), encrypt=False)
    store.rename(tmp_path / "unplugged")
    write(clinic)
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    at_rest(opened, qtbot)
    assert state_of(page) == ["Does not answer", "Empty"]
    assert "nas does not answer." in words(page.stores)
    page.acts.create.trigger()
    at_rest(opened, qtbot)
    assert "No point was made in nas." in banners(page) and "1 other store holds" in banners(page)
    assert state_of(page) == ["Does not answer", "In step"]
    assert problems_of(page) == []
    (tmp_path / "unplugged").rename(store)
    page.refresh(())
    at_rest(opened, qtbot)
    assert state_of(page) == ["Behind", "In step"]


def test_a_key_that_is_not_kept_is_asked_for(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    key = tmp_path / "nas.key"
    backup.new_store(catalog, clinic, str(tmp_path / "nas"), Context(), key_to=key)
    backup.go_round(catalog, clinic, Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.acts.drill.trigger()
    at_rest(opened, qtbot)
    asked = dialog(page, UnlockDialog)
    assert "this computer does not keep its key" in words(asked) and problems_of(asked) == []
    asked.verb.click()
    assert "This is needed to open the store." in words(asked)
    asked.keys.key_file.edit.setText(str(key))
    asked.verb.click()
    at_rest(opened, qtbot)
    assert page.drills.state.text == "Passed"


def test_a_store_that_needs_its_key_keeps_no_other_from_its_drill(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    given = Secret("seven horses")
    backup.new_store(catalog, clinic, str(tmp_path / "vault"), Context(), name="vault", passphrase=given)
    backup.go_round(catalog, clinic, Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.acts.drill.trigger()
    at_rest(opened, qtbot)
    assert "Not drilled: “vault”." in banners(page) and "does not keep its key" in banners(page)
    assert page.drills.state.text == "Passed" and problems_of(page) == []
    press(page, "Give the key")
    asked = dialog(page, UnlockDialog)
    asked.keys.way.setCurrentIndex(2)
    asked.keys.passphrase.edit.setText("seven horses")
    asked.submit()
    at_rest(opened, qtbot)
    assert "Not drilled" not in banners(page) and opened.said.toasts[-1].title == "The drill passed"


def test_a_store_is_disconnected_and_connected_again_with_its_key(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    key = tmp_path / "nas.key"
    backup.new_store(catalog, clinic, str(tmp_path / "nas"), Context(), key_to=key)
    backup.go_round(catalog, clinic, Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.store_acts.disconnect.trigger()
    (question,) = page.window().findChildren(Question)
    question.verb.click()
    at_rest(opened, qtbot)
    assert page.read.status.stores == () and page.read.points == ()
    page.store_acts.connect.trigger()
    asked = dialog(page, ConnectDialog)
    asked.where.field.edit.setText(str(tmp_path / "nas"))
    asked.verb.click()
    at_rest(opened, qtbot)
    assert "does not keep its key" in banners(asked)
    asked.keys.way.setCurrentIndex(BY_KEY_FILE)
    asked.keys.key_file.edit.setText(str(key))
    asked.keep.setChecked(True)
    assert problems_of(asked) == []
    asked.verb.click()
    at_rest(opened, qtbot)
    assert len(page.read.points) == 1 and opened.said.toasts[-1].title == "The store is connected"
    page.acts.drill.trigger()
    at_rest(opened, qtbot)
    assert page.drills.state.text == "Passed"


def test_the_schedule_is_set_in_words_and_in_rules_of_ones_own(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    assert "Made by hand only" in words(page.stores)
    page.store_acts.schedule.trigger()
    asked = dialog(page, ScheduleDialog)
    asked.every.setCurrentText("Every 15 minutes")
    asked.keep.setCurrentText("Rules of your own")
    asked.own.edit.setText("nonsense")
    asked.own.edit.textEdited.emit("nonsense")
    asked.verb.click()
    assert "is no rule" in words(asked) and asked.isVisible()
    asked.own.edit.setText("15min:24h, 1d:30d")
    asked.own.edit.textEdited.emit("")
    assert "Every 15 minutes for 24 hours, daily for 30 days." in words(asked)
    assert problems_of(asked) == []
    asked.verb.click()
    at_rest(opened, qtbot)
    assert page.read.status.schedule.every_minutes == 15
    assert page.read.status.rules == (Rule(15, 1440), Rule(1440, 43200))
    assert "Next run" in words(page.stores)


def test_a_point_is_held_and_let_go(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.acts.hold.trigger()
    asked = dialog(page, HoldDialog)
    asked.verb.click()
    assert "Say why it stays." in words(asked)
    asked.why.edit.setText("Case 12")
    asked.verb.click()
    at_rest(opened, qtbot)
    assert page.chosen.held == "Case 12" and "On legal hold: Case 12." in words(page.foot)
    assert page.acts.hold.reason and page.acts.let_go in page.acts.of_point()
    page.acts.let_go.trigger()
    (question,) = page.window().findChildren(Question)
    question.verb.click()
    at_rest(opened, qtbot)
    assert page.chosen.held == ""


def test_what_the_rules_let_go_is_shown_before_it_goes(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    backup.set_schedule(catalog, clinic, Context(), keep=(Rule(24 * 60, 30 * 24 * 60),))
    for _ in range(2):
        write(clinic)
        backup.go_round(catalog, clinic, Context(), keep_days=0)  # as by schedule
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.store_acts.thin.trigger()
    at_rest(opened, qtbot)
    shown = dialog(page, PruneDialog)
    assert "2 points of 3 go" in words(shown) and problems_of(shown) == []
    press(shown, "Remove 2 points")
    for question in page.window().findChildren(Question):
        question.field.setText(clinic.name)
        question.verb.click()
    at_rest(opened, qtbot)
    assert len(page.read.points) == 1
    page.store_acts.thin.trigger()
    at_rest(opened, qtbot)
    assert "no point goes" in words(dialog(page, PruneDialog))


def test_verifying_reads_stores_too(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.acts.verify_all.trigger()
    at_rest(opened, qtbot)
    assert page.chosen.state is PointState.CHECKED
    page.acts.prove.trigger()
    at_rest(opened, qtbot)
    assert page.chosen.state is PointState.PROVEN
    assert opened.said.toasts[-1].title == "Proven: restored and compared"
    for pack in store.glob("packs/*/*"):
        pack.chmod(0o600)
        pack.write_bytes(b"broken")
    page.acts.verify_all.trigger()
    at_rest(opened, qtbot)
    assert "cannot be relied on" in banners(page)
    assert page.chosen.state is PointState.FAILED and problems_of(page) == []


def test_a_round_can_be_stopped_and_leaves_no_half_point(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    backup.new_store(catalog, clinic, str(tmp_path / "nas"), Context(), passphrase=Secret("seven horses"))
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    at_rest(opened, qtbot)
    page.acts.create.trigger()
    page.doing.stop()
    at_rest(opened, qtbot)
    assert not page.doing.busy and not page.acts.create.reason
    page.acts.create.trigger()
    at_rest(opened, qtbot)
    assert len(page.read.points) == 1


class Waiting:
    """A store that does not answer before somebody stops to ask."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def list(self, prefix: str, context: Context) -> Any:
        context.wait(30)
        return self._inner.list(prefix, context)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self._inner.close()


def test_asking_the_stores_is_said_and_can_be_stopped(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    at_rest(opened, qtbot)
    with wrapping(Waiting):
        page.refresh(())
        qtbot.waitUntil(lambda: page.stores._stop.isVisibleTo(page))
        assert "asking them" in words(page.stores)
        page.stores._stop.click()
        qtbot.waitUntil(lambda: opened.jobs.idle)
    assert not page.stores._stop.isVisibleTo(page) and state_of(page) == ["In step"]
