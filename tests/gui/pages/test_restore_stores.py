"""Restoring in the window from stores that are locked or silent, of a moment that is typed, and past who was erased."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.erasing import Ledger
from builders.points import a_point, at_time
from builders.walk import problems_of
from servers.passwords import PASSWORD, PasswordSftp
from steward_app.catalog import Catalog
from steward_app.catalog.quarantine import Verdict
from steward_app.db import open_read, open_write
from steward_app.gui.pages.restore import page as module
from steward_app.gui.pages.restore.page import RestorePage
from steward_app.gui.pages.restore.read import moment_typed
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel import clock
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services import backup, restore
from steward_app.services.backup import credentials
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.erasure import Fate, list_waiting, own_key
from steward_app.storage.secrets import open_secrets

Open = Callable[..., Any]
_PASSPHRASE = 3


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT", rows=[(n, f"Person {n}") for n in range(1, 7)])
        .with_table("visit", "id INTEGER PRIMARY KEY, patient_id INT REFERENCES patient, day TEXT",
                    rows=[(n, 1 + n % 6, f"day {n}") for n in range(1, 31)])
        .build()
    )  # fmt: skip


def change(path: Path, sql: str) -> None:
    with open_write(path) as session:
        session.run("PRAGMA foreign_keys = OFF")
        session.run(sql)


def visits(path: Path) -> int:
    with open_read(path) as session:
        return session.count("SELECT count(*) FROM visit")


def words(widget: Any) -> str:
    labels = [label.plain for label in widget.findChildren(Label)]
    return " | ".join(labels + [button.text() for button in widget.findChildren(Button)])


def button(page: RestorePage, text: str) -> Button:
    return next(each for each in page.findChildren(Button) if each.text() == text)


def at_rest(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    qtbot.waitUntil(lambda: opened.jobs.idle and (page.step != module._ROWS or page.rows.outlook is not None))
    qtbot.waitUntil(lambda: opened.jobs.idle)


def on_page(open_page: Open, path: Path, catalog: Catalog) -> Any:
    opened = open_page(RestorePage, path, catalog=catalog)
    opened.document.allow_writing()
    opened.page.reconsider()
    return opened


def stored(catalog: Catalog, clinic: Path, place: Path, *, locked: bool) -> None:
    """A store with the clinic in it; a locked one is opened by a passphrase that nobody kept."""
    keys = make_keys(KeyMode.PASSPHRASE, passphrase=Secret("open sesame"), sheet=False) if locked else None
    init_store(catalog, clinic, str(place), Context(), new_keys=keys, keep_key=False)


def test_a_locked_store_asks_for_its_passphrase_on_the_page(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    stored(catalog, clinic, tmp_path / "safe", locked=True)
    backup.go_round(catalog, clinic, Context())
    change(clinic, "DELETE FROM visit WHERE id > 20")
    opened = on_page(open_page, clinic, catalog)
    page = opened.page
    page.choose.rows.click()
    page.plan_action.trigger()
    at_rest(opened, qtbot)
    assert page.step == module._CHOOSE and page.trouble.card.isVisibleTo(page)
    assert "keeps no key that reads the store safe" in words(page.trouble.card)
    assert problems_of(page) == []
    fields = page.trouble.card.fields
    fields.way.setCurrentIndex(_PASSPHRASE - 1)
    page.trouble.card.submit()
    assert fields.passphrase.edit.accessibleDescription()
    fields.passphrase.edit.setText("not this")
    page.trouble.card.submit()
    at_rest(opened, qtbot)
    assert page.trouble.card.isVisibleTo(page) and "is not the one of this store" in words(page.trouble.card)
    fields.passphrase.edit.setText("open sesame")
    fields.passphrase.edit.returnPressed.emit()
    at_rest(opened, qtbot)
    assert page.step == module._ROWS and not page.trouble.card.isVisibleTo(page)
    assert {line.table: line.missing for line in page.rows.difference.table.rows} == {"visit": 10}
    page.rows.extent._buttons["missing"].click()
    at_rest(opened, qtbot)
    page.plan_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.step == module._PLAN)
    page.apply_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.step == module._DONE)
    assert visits(clinic) == 30


def test_a_whole_file_comes_out_of_a_locked_store_once_it_is_open(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    stored(catalog, clinic, tmp_path / "safe", locked=True)
    backup.go_round(catalog, clinic, Context())
    opened = on_page(open_page, clinic, catalog)
    page = opened.page
    page.plan_action.trigger()
    at_rest(opened, qtbot)
    button(page, "Not now").click()
    assert not page.trouble.card.isVisibleTo(page)
    page.plan_action.trigger()
    at_rest(opened, qtbot)
    page.trouble.card.fields.way.setCurrentIndex(_PASSPHRASE - 1)
    page.trouble.card.fields.passphrase.edit.setText("open sesame")
    page.trouble.card.submit()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.step == module._PLAN)
    page.apply_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.step == module._DONE)
    assert visits(clinic.with_name("clinic-restored.db")) == 30


def test_a_store_that_does_not_answer_leaves_the_copy_elsewhere(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    for name in ("one", "two"):
        stored(catalog, clinic, tmp_path / name, locked=False)
    backup.go_round(catalog, clinic, Context())
    change(clinic, "DELETE FROM visit WHERE id > 20")
    opened = on_page(open_page, clinic, catalog)
    page = opened.page
    gone = page.choose.moment.place(page.choose.point)
    other = "two" if gone == "one" else "one"
    shutil.move(tmp_path / gone, tmp_path / "unplugged")
    page.choose.rows.click()
    page.plan_action.trigger()
    at_rest(opened, qtbot)
    assert page.step == module._CHOOSE and page.findChildren(Banner)
    assert problems_of(page) == []
    button(page, "Try again").click()
    at_rest(opened, qtbot)
    button(page, f"Take the copy in {other}").click()
    at_rest(opened, qtbot)
    assert page.step == module._ROWS and page.choose.moment.place(page.rows.point) == other
    page.back_action.trigger()
    page.refresh(())
    at_rest(opened, qtbot)
    page.choose.moment.choose(
        next(p.id for p in page.choose.table.rows if page.choose.moment.place(p) == gone)
    )
    assert "did not answer" in words(page.choose.moment)


def test_rows_of_an_erased_person_are_shown_by_their_number_alone_and_stay_out(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    point = a_point(catalog, clinic, ago=timedelta(hours=2))
    ledger = Ledger(catalog, point.database_id, own_key(open_secrets(), point.database_id))
    change(clinic, "DELETE FROM visit WHERE id IN (7, 8)")
    ledger.erase(clinic, "visit", "id = 9", at=clock.to_text(clock.now()))
    opened = on_page(open_page, clinic, catalog)
    page = opened.page
    page.arrive(what="rows", table="visit")
    page.plan_action.trigger()
    at_rest(opened, qtbot)
    lines = {line.row.key: line for line in page.rows.rows.lines}
    assert lines[9,].row.fate is Fate.ERASED and lines[9,].tick is None and lines[9,].row.values == ()
    assert lines[9,].spoken == "visit 9, Erased person, stays out"
    assert "day 7" in lines[7,].spoken
    page.rows.extent._buttons["missing"].click()
    at_rest(opened, qtbot)
    assert "visit 9 belongs to somebody who was erased since." in words(page.rows.conflicts)
    assert "Stays out, cannot be chosen" in words(page.rows.conflicts)
    assert page.foot.plan_button.text() == "Plan the restore of 2 rows"
    assert problems_of(page) == []


def test_rows_that_wait_are_decided_on_here(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    change(clinic, "UPDATE visit SET day = 'another' WHERE id IN (8, 9)")
    point = a_point(catalog, clinic, ago=timedelta(hours=2))
    change(clinic, "UPDATE visit SET day = 'what was erased' WHERE id IN (8, 9)")
    ledger = Ledger(catalog, point.database_id, own_key(open_secrets(), point.database_id))
    ledger.erase(clinic, "visit", "id IN (8, 9)", at=clock.to_text(clock.now()))
    plan = restore.plan_restore(catalog, clinic, point.id, Context(), to=clinic.with_name("b.db"))
    restore.restore(catalog, plan, Context())
    assert len(list_waiting(catalog, point.database_id)) == 2
    opened = on_page(open_page, clinic, catalog)
    page = opened.page
    card = page.waiting
    assert card.isVisibleTo(page) and "visit 8" in words(card) and "another" not in words(card)
    assert problems_of(page) == []
    first, second = card._answers.values()
    assert not button(page, "Decide").isEnabled()
    first._buttons[Verdict.KEEP.value].click()
    second._buttons[Verdict.ERASE.value].click()
    button(page, "Decide on 2 rows").click()
    at_rest(opened, qtbot)
    assert not card.isVisibleTo(page) and list_waiting(catalog, point.database_id) == ()
    assert opened.said.toasts[-1].title == "Decided on 2 rows"


def test_a_moment_is_typed(open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot) -> None:
    noon = datetime(2026, 11, 18, 12).astimezone()
    with at_time(noon + timedelta(days=1)):
        a_point(catalog, clinic)
    with at_time(noon):
        point = a_point(catalog, clinic)
    opened = on_page(open_page, clinic, catalog)
    page = opened.page
    assert page.choose.point.id != point.id
    page.choose.moment.typed.setText("2026-11-18 13:05")
    page.choose.moment.typed.returnPressed.emit()
    at_rest(opened, qtbot)
    assert page.choose.point.id == point.id == page.choose.moment.timeline.choice
    assert "1 h 5 min before" in words(page.choose.moment)
    page.choose.moment.typed.setText("when it was fine")
    button(page, "Go").click()
    at_rest(opened, qtbot)
    assert "Write it as 2026-11-20 10:05" in words(page.choose.moment)
    assert problems_of(page) == []
    page.choose.moment.typed.setText("2020-01-01 10:00")
    button(page, "Go").click()
    at_rest(opened, qtbot)
    assert "There is no usable restore point" in words(page.choose.moment)


def test_a_moment_is_local_unless_it_says_otherwise() -> None:
    assert moment_typed(" 2026-11-20 10:05 ") == datetime(2026, 11, 20, 10, 5).astimezone()
    assert moment_typed("2026-11-20 10:05+02:00").utcoffset() == timedelta(hours=2)
    assert (moment_typed("9:05").hour, moment_typed("9:05").minute) == (9, 5)
    with pytest.raises(UsageError):
        moment_typed("99:99")


def test_what_could_not_be_looked_into_is_opened_from_there(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    a_point(catalog, clinic, ago=timedelta(hours=2))
    stored(catalog, clinic, tmp_path / "safe", locked=True)
    backup.go_round(catalog, clinic, Context())
    opened = on_page(open_page, clinic, catalog)
    page, step = opened.page, opened.page.finding.step
    page.arrive(row=("visit", (3,)), key_columns=("id",))
    at_rest(opened, qtbot)
    assert "It is in 1 of 1 restore point." in words(step) and "was not looked into" in words(step)
    assert problems_of(page) == []
    step.unlock.click()
    page.trouble.card.fields.way.setCurrentIndex(_PASSPHRASE - 1)
    page.trouble.card.fields.passphrase.edit.setText("open sesame")
    page.trouble.card.submit()
    at_rest(opened, qtbot)
    assert "It is in 2 of 2 restore points." in words(step) and not step.unlock.isVisibleTo(page)


def test_a_server_that_is_not_known_and_refuses_the_login_is_answered_on_the_page(
    open_page: Open,
    clinic: Path,
    catalog: Catalog,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    (tmp_path / "user/.ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    known_hosts = tmp_path / "user/.ssh/known_hosts"
    with PasswordSftp() as server:
        url = server.url(tmp_path / "nas")
        known_hosts.write_text(server.known_hosts_line)
        given = credentials.for_login(url, Secret(PASSWORD))
        made = backup.new_store(catalog, clinic, url, Context(), encrypt=False, credentials=given)
        backup.go_round(catalog, clinic, Context())
        credentials.forget(catalog, made.store)
        known_hosts.unlink()
        opened = on_page(open_page, clinic, catalog)
        page = opened.page
        page.plan_action.trigger()
        at_rest(opened, qtbot)
        assert "host key" in " ".join(each.text for each in page.findChildren(Banner))
        button(page, "Accept this key").click()
        at_rest(opened, qtbot)
        assert page.trouble.login.isVisibleTo(page) and problems_of(page) == []
        for password in ("wrong", PASSWORD):
            page.trouble.login.fields.secret.edit.setText(password)
            page.trouble.login.submit()
            at_rest(opened, qtbot)
            assert page.trouble.login.isVisibleTo(page) is (password == "wrong")
        assert page.step == module._PLAN and credentials.are_kept(catalog, made.store)
