"""Restoring in the window with nothing but a store: on a new computer, or when the catalog is lost."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from servers.passwords import PASSWORD, PasswordSftp
from servers.rclone import KEY_ID, SECRET, RcloneS3
from steward_app.app import PAGES
from steward_app.catalog import open_catalog
from steward_app.catalog.points import PointState
from steward_app.db import open_read, open_write
from steward_app.gui.pages.restore.store_only import DONE, PLAN, POINT, STORE
from steward_app.gui.shell.window import Window
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services import backup
from steward_app.services.backup.connect import opened
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store import records
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.backup.store.model import ProofState
from steward_app.storage.objects import Wanted

Open = Callable[..., Window]
_PASSPHRASE = 2  # of the ways to open a store


@pytest.fixture
def another(tmp_path: Path) -> Path:
    """The data directory of the computer that made the backups."""
    (tmp_path / "another").mkdir()
    return tmp_path / "another"


@pytest.fixture
def make_store(tmp_path: Path, another: Path) -> Callable[..., Path]:
    """`make_store(locked=True, points=2)`: a store that another computer filled; the database is gone then."""

    def make(*, locked: bool = False, points: int = 2, url: str = "") -> Path:
        path = (
            a_database(tmp_path / "gone", "clinic.db")
            .with_table("visit", "id INTEGER PRIMARY KEY, day", rows=[(n, f"day {n}") for n in range(30)])
            .build()
        )
        keys = (
            make_keys(KeyMode.PASSPHRASE, passphrase=Secret("open sesame"), sheet=False) if locked else None
        )
        place = tmp_path / "store"
        with open_catalog(another) as catalog:
            init_store(catalog, path, url or str(place), Context(), new_keys=keys, keep_key=False)
            for number in range(points):
                with open_write(path) as session:
                    session.run("DELETE FROM visit WHERE id = ?", (number,))
                backup.go_round(catalog, path, Context())
        shutil.rmtree(path.parent)
        return place

    (tmp_path / "gone").mkdir()
    return make


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()


def words(widget: Any) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget))


def banners(widget: QWidget) -> str:
    return " | ".join(banner.text for banner in widget.findChildren(Banner) if banner.isVisibleTo(widget))


def button(widget: QWidget, text: str) -> Button:
    return next(b for b in widget.findChildren(Button) if b.text() == text and b.isVisibleTo(widget))


def wizard_of(window: Window) -> Any:
    button(window.welcome, "Restore from a backup store").click()
    return window.from_store.wizard


def look_into(window: Window, url: object, qtbot: QtBot) -> Any:
    wizard = window.from_store.wizard or wizard_of(window)
    wizard.address.where.field.edit.setText(str(url))
    wizard.address.where.changed.emit()
    wizard.go_button.click()
    at_rest(window, qtbot)
    return wizard


def rows(path: Path) -> int:
    with open_read(path) as session:
        return session.count("SELECT count(*) FROM visit")


def test_from_the_store_to_the_open_file_by_keys_alone(
    open_window: Open, make_store: Callable[..., Path], tmp_path: Path, qtbot: QtBot
) -> None:
    place, window = make_store(), open_window(PAGES)
    wizard = wizard_of(window)
    assert problems_of(window) == []
    assert wizard.go_button.toolTip().endswith("Say first where the store is.")
    QTest.keyClicks(QApplication.focusWidget(), str(place))
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    at_rest(window, qtbot)
    assert wizard.step == POINT and len(wizard.points.table.rows) == 2
    assert wizard.points.table.hasFocus() and wizard.points.point == wizard.points.table.rows[0]
    assert "Not encrypted" in words(wizard.points) and "No check has looked into it" in words(wizard.points)
    assert wizard.points.target.name == "clinic.db" and problems_of(window) == []
    target = tmp_path / "back.db"
    wizard.points.field.edit.setText(str(target))
    wizard.points.field.edit.setModified(True)
    QTest.keyClick(wizard.points.table, Qt.Key.Key_Down)
    QTest.keyClick(wizard.points.table, Qt.Key.Key_Return)
    at_rest(window, qtbot)
    assert wizard.step == PLAN and wizard.go_button.hasFocus() and not target.exists()
    assert str(target) in words(wizard.plan_view) and problems_of(window) == []
    QTest.keyClick(wizard.go_button, Qt.Key.Key_Space)
    at_rest(window, qtbot)
    assert wizard.step == DONE and rows(target) == 29
    told = words(wizard.done)
    assert "The new file is the restore point, byte for byte" in told and "connect the store" in told
    assert problems_of(window) == []
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    at_rest(window, qtbot)
    assert window.file is not None and window.file.path == target
    assert window.from_store.wizard is None


def test_a_locked_store_tells_its_points_and_asks_for_what_opens_it(
    open_window: Open, make_store: Callable[..., Path], tmp_path: Path, steward_home: Path, qtbot: QtBot
) -> None:
    place, window = make_store(locked=True), open_window(PAGES)
    wizard = look_into(window, place, qtbot)
    assert wizard.step == POINT and len(wizard.points.table.rows) == 2 and wizard.unlock.isVisibleTo(window)
    assert "Encrypted, locked" in words(wizard.points) and problems_of(window) == []
    fields = wizard.unlock.fields
    assert fields.way.currentIndex() == _PASSPHRASE and not wizard.go_button.isEnabled()
    fields.passphrase.edit.setText("not this")
    wizard.unlock.submit()
    at_rest(window, qtbot)
    assert "The passphrase is not the one of this store." in words(fields.passphrase)
    fields.way.setCurrentIndex(0)
    fields.key_file.edit.setText(str(tmp_path / "no such.key"))
    wizard.unlock.submit()
    at_rest(window, qtbot)
    assert "“no such.key” is not there" in words(wizard.unlock)
    fields.way.setCurrentIndex(_PASSPHRASE)
    button(wizard.unlock, "Not now").click()
    wizard.points.field.edit.setText(str(tmp_path / "back.db"))
    wizard.go_button.click()
    at_rest(window, qtbot)
    assert wizard.step == POINT and wizard.unlock.isVisibleTo(window), "without it nothing can be planned"
    fields.passphrase.edit.setText("open sesame")
    wizard.unlock.submit()
    at_rest(window, qtbot)
    assert wizard.step == PLAN and not wizard.unlock.isVisibleTo(window)
    wizard.go_button.click()
    at_rest(window, qtbot)
    assert wizard.step == DONE and rows(tmp_path / "back.db") == 28
    assert not any(b"open sesame" in each.read_bytes() for each in steward_home.rglob("*") if each.is_file())


def test_what_is_no_store_or_holds_nothing_is_said_with_a_way_on(
    open_window: Open, make_store: Callable[..., Path], tmp_path: Path, qtbot: QtBot
) -> None:
    empty, window = make_store(points=0), open_window(PAGES)
    wizard = look_into(window, "gopher://somewhere", qtbot)
    assert wizard.step == STORE and wizard.address.where.field.edit.accessibleDescription()
    look_into(window, tmp_path / "nowhere", qtbot)
    assert "not there" in banners(wizard) and problems_of(window) == []
    (tmp_path / "folder").mkdir()
    look_into(window, tmp_path / "folder", qtbot)
    assert wizard.step == STORE and str(tmp_path / "folder") in banners(wizard)
    empty.rename(tmp_path / "nowhere")
    wizard.address.where.field.edit.setText(str(tmp_path / "nowhere"))
    button(wizard, "Try again").click()
    at_rest(window, qtbot)
    assert wizard.step == POINT and "There is no restore point in this store" in words(wizard.points)
    assert wizard.go_button.toolTip().endswith("There is no restore point in this store.")
    assert problems_of(window) == []
    button(wizard, "Choose another store").click()
    assert wizard.step == STORE and wizard.address.where.field.edit.hasFocus()
    button(wizard, "Cancel").click()
    assert window.from_store.wizard is None and window.welcome.isVisible()


def test_stopping_leaves_nothing_and_it_goes_on_from_there(
    open_window: Open, make_store: Callable[..., Path], tmp_path: Path, qtbot: QtBot
) -> None:
    window, target = open_window(PAGES), tmp_path / "back.db"
    wizard = look_into(window, make_store(), qtbot)
    wizard.points.field.edit.setText(str(target))
    wizard.go_button.click()
    at_rest(window, qtbot)
    wizard.go_button.click()
    button(wizard, "Stop").click()
    at_rest(window, qtbot)
    assert wizard.step == PLAN and wizard.foot.words == "Stopped. Nothing was changed."
    assert [each for each in tmp_path.iterdir() if "back" in each.name] == [] and problems_of(window) == []
    wizard.go_button.click()
    at_rest(window, qtbot)
    assert wizard.step == DONE and rows(target) == 28


def test_a_name_that_is_taken_is_said_at_its_field(
    open_window: Open, make_store: Callable[..., Path], tmp_path: Path, qtbot: QtBot
) -> None:
    taken = tmp_path / "taken.db"
    taken.write_bytes(b"mine")
    window = open_window(PAGES)
    wizard = look_into(window, make_store(), qtbot)
    wizard.points.field.edit.setText(str(taken))
    wizard.go_button.click()
    at_rest(window, qtbot)
    assert wizard.step == POINT and wizard.points.field.edit.hasFocus()
    assert "exists already" in wizard.points.field.edit.accessibleDescription()
    assert taken.read_bytes() == b"mine" and problems_of(window) == []


def test_damaged_points_are_told_and_nothing_half_is_left(
    open_window: Open, make_store: Callable[..., Path], another: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    place = make_store(points=1)
    with open_catalog(another) as catalog:
        (point,) = backup.list_in_store(catalog, str(place), Context())
    for pack in (place / "packs").rglob("*.*"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:-40] + bytes(40))
    window = open_window(PAGES)
    wizard = look_into(window, place, qtbot)
    assert wizard.points.point.id == point.id
    target = tmp_path / "back.db"
    wizard.points.field.edit.setText(str(target))
    wizard.go_button.click()
    at_rest(window, qtbot)
    wizard.go_button.click()
    at_rest(window, qtbot)
    assert wizard.step == PLAN and point.id in banners(wizard) and not target.exists()
    assert list(tmp_path.glob("*back*")) == [] and problems_of(window) == []


def test_a_point_that_failed_its_last_check_can_be_tried_where_there_is_no_other(
    open_window: Open, make_store: Callable[..., Path], another: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    place = make_store(points=1)
    (pack,) = [each for each in (place / "packs").rglob("*.*") if each.is_file()]
    whole = pack.read_bytes()
    pack.chmod(0o600)
    pack.write_bytes(whole[:-40] + bytes(40))
    with open_catalog(another) as catalog, opened(catalog, str(place), Context()) as found:
        (point,) = backup.list_in_store(catalog, str(place), Context())
        now = clock.to_text(clock.now())
        records.write_proof(found.store, point.id, now, ProofState.FAILED, {}, Context())
    pack.write_bytes(whole)  # somebody put the pack back
    window = open_window(PAGES)
    wizard = look_into(window, place, qtbot)
    assert wizard.points.point.state is PointState.FAILED
    assert "No point of this store passed its last check" in words(wizard.points)
    wizard.points.field.edit.setText(str(tmp_path / "back.db"))
    wizard.go_button.click()
    at_rest(window, qtbot)
    assert "no longer as it was made" in words(wizard.plan_view)
    wizard.go_button.click()
    at_rest(window, qtbot)
    assert wizard.step == DONE and rows(tmp_path / "back.db") == 29


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has no key for anything, and knows no server."""
    (tmp_path / "user/.ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    for name in [each for each in os.environ if each.startswith("AWS_") or each == "SSH_AUTH_SOCK"]:
        monkeypatch.delenv(name)
    return tmp_path / "user"


@pytest.fixture
def server(nobody: Path) -> Iterator[PasswordSftp]:
    with PasswordSftp() as server:
        yield server


def test_a_server_that_is_not_known_and_asks_for_a_password(
    open_window: Open, make_store: Callable[..., Path], server: PasswordSftp, tmp_path: Path, qtbot: QtBot
) -> None:
    place, window = make_store(), open_window(PAGES)
    wizard = look_into(window, server.url(place), qtbot)
    assert "host key" in banners(wizard) and problems_of(window) == []
    button(wizard, "Accept this key").click()
    at_rest(window, qtbot)
    assert wizard.login.isVisibleTo(window) and problems_of(window) == []
    wizard.login.submit()
    assert wizard.login.fields.secret.edit.accessibleDescription(), "nothing was typed"
    for password in ("wrong", PASSWORD):
        wizard.login.fields.secret.edit.setText(password)
        wizard.login.submit()
        at_rest(window, qtbot)
        assert wizard.login.isVisibleTo(window) is (password == "wrong")
    assert wizard.step == POINT and len(wizard.points.table.rows) == 2
    wizard.points.field.edit.setText(str(tmp_path / "back.db"))
    for _ in range(2):
        wizard.go_button.click()
        at_rest(window, qtbot)
    assert wizard.step == DONE and rows(tmp_path / "back.db") == 28


def test_a_bucket_asks_for_an_access_key(
    open_window: Open,
    make_store: Callable[..., Path],
    nobody: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    with RcloneS3(tmp_path / "served") as s3:
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
            elsewhere.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
            make_store(url=s3.url("clinic"))
        window = open_window(PAGES)
        wizard = look_into(window, s3.url("clinic"), qtbot)
        fields = wizard.login.fields
        assert fields.wanted is Wanted.ACCESS_KEY and problems_of(window) == []
        fields.key_id.edit.setText(KEY_ID)
        fields.key_secret.edit.setText(SECRET)
        wizard.login.submit()
        at_rest(window, qtbot)
        assert wizard.step == POINT and len(wizard.points.table.rows) == 2


@pytest.mark.parametrize(("mode", "zoom"), [("light", 100), ("dark", 100), ("light", 200)])
def test_every_step_holds_in_both_palettes_and_at_every_zoom(
    open_window: Open, make_store: Callable[..., Path], tmp_path: Path, qtbot: QtBot, mode: str, zoom: int
) -> None:
    window = open_window(PAGES)
    window.resize(1280, 800)
    window.theme.set_mode(mode)
    window.theme.set_zoom(zoom)
    wizard = wizard_of(window)
    assert problems_of(window) == []
    look_into(window, make_store(locked=True), qtbot)
    assert problems_of(window) == []
    fields = wizard.unlock.fields
    fields.way.setCurrentIndex(_PASSPHRASE)
    fields.passphrase.edit.setText("open sesame")
    wizard.unlock.submit()
    at_rest(window, qtbot)
    wizard.points.field.edit.setText(str(tmp_path / "back.db"))
    for _ in range(2):
        assert problems_of(window) == []
        wizard.go_button.click()
        at_rest(window, qtbot)
    assert wizard.step == DONE and problems_of(window) == []


def test_it_is_in_the_palette_and_a_page_is_gone_to_meanwhile(
    open_window: Open, make_store: Callable[..., Path], clinic_file: Path, qtbot: QtBot
) -> None:
    place, window = make_store(), open_window(PAGES, clinic_file)
    at_rest(window, qtbot)
    entry = next(each for each in window.entries() if each.title == "Restore from a backup store")
    entry.run()
    wizard = look_into(window, place, qtbot)
    assert wizard.step == POINT and "from_store.back" in {action.id for action in window.commands()}
    window.navigate("data")
    at_rest(window, qtbot)
    assert window.from_store.wizard is None and window.pages.page.spec.id == "data"
    window.from_store.open()
    assert window.from_store.wizard is wizard and wizard.step == POINT, "it is where it was left"
    button(wizard, "Cancel").click()
    at_rest(window, qtbot)
    assert window.from_store.wizard is None and window.pages.isVisible() and window.file is not None


@pytest.fixture
def clinic_file(tmp_path: Path) -> Path:
    return a_database(tmp_path, "open.db").with_table("visit", "id", rows=[(1,)]).build()
