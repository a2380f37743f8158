"""Disconnecting a store in the window: what becomes of its key is said, and the only one is not lost by the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.gui.pages.backups.page import BackupsPage
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.confirm import Question
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.backup.store.keys import Unlocking

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_database(tmp_path / "clinic.db").with_table("visit", "id", rows=[(1,), (2,)]).build()


def at_rest(opened: Any, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
        qtbot.wait(1)


def asked(opened: Any, qtbot: QtBot) -> Question:
    at_rest(opened, qtbot)
    (question,) = (each for each in opened.page.window().findChildren(Question) if each.isVisible())
    assert problems_of(question) == []
    return question


def words(widget: Any) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label))


def test_the_only_key_of_a_store_goes_by_name_alone(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    backup.new_store(catalog, clinic, str(tmp_path / "nas"), Context())
    backup.go_round(catalog, clinic, Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    page = opened.page
    page.store_acts.disconnect.trigger()
    question = asked(opened, qtbot)
    assert "The only key of the store “nas” is the one on this computer" in words(question)
    assert "nobody can read the points" in words(question) and not question.verb.isEnabled()
    question.field.setText("nas")
    question.verb.click()
    at_rest(opened, qtbot)
    assert page.read.status.stores == ()


def test_its_key_can_be_written_first(
    open_page: Open,
    clinic: Path,
    catalog: Catalog,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backup.new_store(catalog, clinic, str(tmp_path / "nas"), Context())
    key = tmp_path / "nas.key"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(key), ""))
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    page = opened.page
    page.store_acts.disconnect.trigger()
    question = asked(opened, qtbot)
    (write,) = (each for each in question.findChildren(Button) if each.text() == "Write the key")
    write.click()
    question = asked(opened, qtbot)
    assert "Its key is in nas.key. This computer forgets it." in words(question)
    question.verb.click()
    at_rest(opened, qtbot)
    assert page.read.status.stores == ()
    backup.connect(catalog, clinic, str(tmp_path / "nas"), Context(), given=Unlocking(key_file=key))


def test_of_a_store_that_is_not_encrypted_no_key_is_spoken(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    backup.new_store(catalog, clinic, str(tmp_path / "nas"), Context(), encrypt=False)
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    opened.page.store_acts.disconnect.trigger()
    told = words(asked(opened, qtbot))
    assert "What lies in the store stays." in told and "key" not in told
