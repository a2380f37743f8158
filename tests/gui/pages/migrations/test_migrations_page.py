"""The page of migrations on real files: what stands there, a rehearsal, applying it, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from builders.migrating import Migrating
from steward_app.catalog import Catalog, open_catalog
from steward_app.gui.pages.migrations.page import MigrationsPage
from steward_app.gui.pages.migrations.plan_dialog import PlanDialog
from steward_app.gui.widgets.text import Label
from steward_app.services.migrate.model import State

OpenPage = Callable[..., Any]
MAIL = """-- Everybody gets a place for mail.
ALTER TABLE patient ADD COLUMN mail TEXT;
UPDATE patient SET phone = '2';
"""


@pytest.fixture
def kept(steward_home: Path) -> Iterator[Catalog]:
    with open_catalog() as opened:
        yield opened


@pytest.fixture
def clinic(tmp_path: Path, kept: Catalog) -> Migrating:
    return Migrating(tmp_path, kept)


class Shown:
    """A page on the clinic, with the switch on."""

    def __init__(self, qtbot: QtBot, open_page: OpenPage, clinic: Migrating) -> None:
        self.qtbot, self.opened = qtbot, open_page(MigrationsPage, clinic.path, catalog=clinic.catalog)
        self.page: MigrationsPage = self.opened.page
        self.opened.document.allow_writing()
        self.rest()

    def rest(self) -> None:
        self.qtbot.waitUntil(lambda: self.opened.jobs.idle, timeout=30_000)
        self.page.reconsider()

    def does(self, what: Callable[[], None]) -> None:
        what()
        self.rest()

    @property
    def words(self) -> str:
        """All that the details say."""
        labels = self.page.detail.findChildren(Label)
        return "\n".join(label.plain for label in labels if not label.isHidden())

    @property
    def states(self) -> list[tuple[str, str]]:
        return [(row.number, row.state.word) for row in self.page.list.rows]

    def dialog(self, kind: type[Any]) -> Any:
        found = [each for each in self.page.window().findChildren(kind) if each.isVisible()]
        assert found, f"no {kind.__name__} is open"
        return found[-1]


@pytest.fixture
def show(qtbot: QtBot, open_page: OpenPage, clinic: Migrating) -> Callable[[], Shown]:
    return lambda: Shown(qtbot, open_page, clinic)


def test_without_a_folder_and_without_files_it_says_what_to_do(
    clinic: Migrating, show: Callable[[], Shown]
) -> None:
    shown = show()
    assert shown.page.views.currentIndex() == 1
    clinic.folder.rmdir()
    shown.does(shown.page.read_again)
    assert shown.page.views.currentIndex() == 2
    assert shown.opened.said.counts["page"] is None


def test_what_waits_is_rehearsed_applied_and_taken_back(clinic: Migrating, show: Callable[[], Shown]) -> None:
    clinic.write("V0001__give_mail.sql", MAIL)
    clinic.write("U0001__give_mail.sql", "ALTER TABLE patient DROP COLUMN mail;")
    shown = show()
    page = shown.page
    assert shown.states == [("0001", "Not rehearsed")]
    assert shown.opened.said.counts["page"] == 1
    assert "Everybody gets a place for mail." in shown.words
    assert (
        "Not rehearsed yet" in page.detail.findChildren(Label)[0].plain or not page.detail.apply.isVisible()
    )
    assert page.detail.rehearse.isVisible()
    assert page.own.apply.reason == "Rehearse it first on what the file holds now."

    shown.does(page.own.rehearse.trigger)
    assert page.looked is not None and page.looked.ready
    assert [word for _, word in shown.states] == ["Rehearsed"]
    assert page.detail.apply.isVisible() and page.detail.apply.text() == "Change 2 rows"
    assert "Links" in shown.words and "0 old orphans, 0 new" in shown.words

    shown.does(page.own.apply.trigger)
    assert clinic.states()["V0001__give_mail.sql"] is State.APPLIED
    assert [word for _, word in shown.states] == ["Applied"]
    assert shown.opened.said.counts["page"] is None
    assert page.detail.take_back.isVisible() and not page.detail.apply.isVisible()

    shown.does(page.own.take_back.trigger)
    dialog = shown.dialog(PlanDialog)
    assert not dialog.verb.isEnabled()
    shown.does(dialog.rehearse)
    assert dialog.verb.isEnabled()
    shown.does(dialog.apply)
    assert [word for _, word in shown.states] == ["Taken back"]
    assert "mail" not in str(clinic.all("SELECT sql FROM sqlite_schema WHERE name = 'patient'"))
