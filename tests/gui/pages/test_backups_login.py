"""What logs in to a server, on the backups page: given with a new store, and again where it was refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from servers.rclone import KEY_ID, SECRET, RcloneS3
from steward_app.catalog import Catalog
from steward_app.catalog.stores import Store
from steward_app.gui.pages.backups.login import LoginDialog, LoginPart, again_words
from steward_app.gui.pages.backups.new_store import PLAIN, NewStoreDialog
from steward_app.gui.pages.backups.page import BackupsPage
from steward_app.gui.pages.backups.store_fields import SFTP
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services import backup
from steward_app.services.backup import credentials
from steward_app.storage.objects import Credentials, Wanted
from steward_app.storage.secrets import open_secrets

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_database(tmp_path / "clinic.db").with_table("visit", "id", rows=[(1,)]).build()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RcloneS3]:
    """A bucket that this computer has no key of."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    with RcloneS3(tmp_path / "s3") as server:
        yield server


def words(widget: Any) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget))


def at_rest(opened: Any, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
        qtbot.wait(1)


def a_key(secret: str = SECRET) -> Credentials:
    return Credentials(access_key_id=KEY_ID, secret_access_key=Secret(secret))


def dialog(page: Any, kind: Any) -> Any:
    (found,) = (each for each in page.findChildren(kind) if each.isVisible())
    return found


def test_a_bucket_is_made_a_store_with_keys_that_are_typed(
    open_page: Open, clinic: Path, catalog: Catalog, server: RcloneS3, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    page.store_acts.add_store.trigger()
    asked = dialog(page, NewStoreDialog)
    assert not asked.login.isVisibleTo(asked)
    qtbot.keyClicks(asked.where.field.edit, server.url("nas"))
    asked.ways[PLAIN].setChecked(True)
    assert asked.login.isVisibleTo(asked) and not asked.login.fields.isVisibleTo(asked)
    asked.verb.click()
    at_rest(opened, qtbot)
    assert asked.isVisible() and asked.login.fields.key_id.isVisibleTo(asked)  # the server wants a key
    asked.verb.click()
    assert "This is needed to log in." in words(asked)
    asked.login.fields.key_id.edit.setText(KEY_ID)
    asked.login.fields.key_secret.edit.setText(SECRET)
    assert problems_of(asked) == []
    asked.verb.click()
    at_rest(opened, qtbot)
    assert "nas is made." in " ".join(banner.text for banner in page.findChildren(Banner))
    (store,) = backup.stores_of(catalog, clinic, Context())
    assert credentials.are_kept(catalog, store)
    assert "no limit in nas" in words(page.stores)


def test_where_the_login_is_refused_it_is_given_again(
    open_page: Open, clinic: Path, catalog: Catalog, server: RcloneS3, qtbot: QtBot
) -> None:
    made = backup.new_store(catalog, clinic, server.url("nas"), Context(), encrypt=False, credentials=a_key())
    backup.go_round(catalog, clinic, Context())
    credentials.keep(open_secrets(catalog.directory), made.store.id, a_key("quite another"))
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    page = opened.page
    assert "nas refused the login." in words(page.stores)
    assert page.stores.table.model().index(0, 3).data() == "Login refused"
    (again,) = (b for b in page.stores.findChildren(Button) if b.text() == "Give the keys again")
    assert problems_of(page) == []
    again.click()
    asked = dialog(page, LoginDialog)
    asked.fields.key_id.edit.setText(KEY_ID)
    asked.fields.key_secret.edit.setText("wrong")
    asked.verb.click()
    at_rest(opened, qtbot)
    assert asked.isVisible() and asked.findChildren(Banner)
    assert problems_of(asked) == []
    asked.fields.key_secret.edit.setText(SECRET)
    asked.verb.click()
    at_rest(opened, qtbot)
    assert page.stores.table.model().index(0, 3).data() == "In step"
    assert "refused" not in words(page.stores)


def test_an_sftp_server_is_given_a_password_or_the_passphrase_of_the_key_file_in_its_address(
    qtbot: QtBot,
) -> None:
    part = LoginPart()
    qtbot.addWidget(part)
    part.show_place(SFTP, "sftp://user@nas/srv")
    assert part.given("sftp://user@nas/srv") is None
    part.way.setCurrentIndex(1)
    assert part.fields.secret.isVisibleTo(part) and not part.fields.phrase.isVisibleTo(part)
    part.show_place(SFTP, "sftp://user@nas/srv?key_file=~/.ssh/backups")
    assert part.fields.phrase.isVisibleTo(part) and not part.fields.secret.isVisibleTo(part)
    part.fields.phrase.edit.setText("open sesame")
    given = part.given("sftp://user@nas/srv?key_file=~/.ssh/backups")
    assert given is not None and given.key_passphrase == Secret("open sesame") and given.password is None


@pytest.mark.parametrize(
    ("wanted", "problem", "verb"),
    [
        (Wanted.PASSWORD, "refused", "Give the password again"),
        (Wanted.KEY_PASSPHRASE, "refused", "Give the passphrase again"),
        (Wanted.ACCESS_KEY, "refused", "Give the keys again"),
        (Wanted.NOTHING, "refused", ""),
        (Wanted.PASSWORD, "", ""),
    ],
)
def test_what_can_be_given_again_is_offered(wanted: Wanted, problem: str, verb: str) -> None:
    store = Store("id", "db", "nas", "sftp://nas/srv", "none", "", problem=problem, login_wanted=wanted.value)  # type: ignore[arg-type]
    assert again_words(store) == verb
