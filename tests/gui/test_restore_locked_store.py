"""A store under a passphrase: asked for in the right field, and what was typed goes with the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from steward_app.app import PAGES
from steward_app.catalog import open_catalog
from steward_app.gui.pages.backups.connect import UnlockDialog
from steward_app.gui.pages.backups.store_fields import KEY_FILE, PASSPHRASE
from steward_app.gui.shell.window import Window
from steward_app.gui.widgets.buttons import Button
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services import backup

Open = Callable[..., Window]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """With a point in a store under a passphrase."""
    path = a_database(tmp_path / "clinic.db").with_table("visit", "id", rows=[(1,), (2,)]).build()
    with open_catalog() as catalog:
        place = str(tmp_path / "nas")
        backup.new_store(catalog, path, place, Context(), passphrase=Secret("open sesame"))
        backup.go_round(catalog, path, Context())
    return path


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()


def test_what_was_typed_for_a_store_is_gone_on_the_way_back(
    open_window: Open, clinic: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES)
    (begin,) = (
        each for each in window.welcome.findChildren(Button) if each.text() == "Restore from a backup store"
    )
    begin.click()
    wizard: Any = window.from_store.wizard
    wizard.address.where.field.edit.setText(str(tmp_path / "nas"))
    wizard.go_on()
    at_rest(window, qtbot)
    fields = wizard.unlock.fields
    assert fields.chosen == PASSPHRASE and wizard.reason() == "Open the store above first."
    fields.passphrase.edit.setText("open")
    wizard.back()
    assert fields.passphrase.edit.text() == "" and fields.chosen == KEY_FILE


def test_a_drill_asks_for_the_passphrase_and_says_at_the_field_that_it_was_wrong(
    open_window: Open, clinic: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, clinic)
    window.navigate("backups")
    at_rest(window, qtbot)
    page: Any = window.pages.page

    def asked() -> Any:
        at_rest(window, qtbot)
        (found,) = (each for each in page.findChildren(UnlockDialog) if each.isVisible())
        return found

    page.acts.drill.trigger()
    dialog = asked()
    assert dialog.keys.chosen == PASSPHRASE
    before = dialog.height()
    dialog.verb.click()
    assert dialog.height() > before, "there is room for what is wrong"
    dialog.keys.passphrase.edit.setText("open barley")
    dialog.verb.click()
    dialog = asked()
    field = dialog.keys.passphrase
    assert field.edit.accessibleDescription() == "The passphrase is not the one of this store."
    assert field.edit.text() == ""
    field.edit.setText("open sesame")
    dialog.verb.click()
    at_rest(window, qtbot)
    assert page.drills.state.text == "Passed"
