"""The keys of this computer are locked with a passphrase nobody gave: said so, asked for, and gone on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.gui.pages.backups.locked import PassphraseDialog
from steward_app.gui.pages.backups.page import BackupsPage
from steward_app.gui.pages.overview.page import OverviewPage
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.storage.secrets import PASSPHRASE_FILE

Open = Callable[..., Any]


@pytest.fixture
def clinic(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a point in a store whose key lies in a key file, locked with a passphrase that is not at hand."""
    words = tmp_path / "words"
    words.write_text("correct horse\n", encoding="utf-8")
    monkeypatch.setenv(PASSPHRASE_FILE, str(words))
    path = a_database(tmp_path / "clinic.db").with_table("visit", "id", rows=[(1,), (2,)]).build()
    backup.new_store(catalog, path, str(tmp_path / "nas"), Context())
    backup.go_round(catalog, path, Context())
    monkeypatch.delenv(PASSPHRASE_FILE)
    return path


def at_rest(opened: Any, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
        qtbot.wait(1)


def words(widget: Any) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget))


def dialog(page: Any) -> PassphraseDialog:
    (found,) = (each for each in page.findChildren(PassphraseDialog) if each.isVisible())
    assert problems_of(found) == []
    return found


def test_the_passphrase_is_asked_for_and_the_stores_answer_again(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    page = opened.page
    state = page.stores.table.model().index(0, 3)
    assert state.data() == "Keys locked" and "does not answer" not in words(page.stores)
    assert "The keys of this computer are locked. So nas cannot be used now." in words(page.stores)
    assert problems_of(page) == []
    (give,) = (each for each in page.findChildren(Button) if each.text() == "Give the passphrase")
    give.click()
    asked = dialog(page)
    asked.passphrase.edit.setText("wrong")
    asked.verb.click()
    at_rest(opened, qtbot)
    assert "This passphrase does not open the key file." in words(asked)
    asked.passphrase.edit.setText("correct horse")
    asked.verb.click()
    at_rest(opened, qtbot)
    assert page.stores.table.model().index(0, 3).data() == "In step" and page.read.locked == ""
    assert "locked" not in words(page.stores)


def test_work_that_needs_the_keys_asks_and_goes_on(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    opened.page.acts.drill.trigger()
    at_rest(opened, qtbot)
    asked = dialog(opened.page)
    asked.passphrase.edit.setText("correct horse")
    asked.verb.click()
    at_rest(opened, qtbot)
    assert opened.page.drills.state.text == "Passed"


def test_the_overview_says_what_is_locked(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    backup.refresh_all(catalog, clinic, Context())
    opened = open_page(OverviewPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    keys = [each.key for each in opened.page.tasks.items]
    assert "locked" in keys and not any(key.startswith("silent") for key in keys)
