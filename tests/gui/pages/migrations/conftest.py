"""The page of migrations on a clinic with a folder, everything the page started done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders.migrating import Migrating
from steward_app.catalog import Catalog, open_catalog
from steward_app.gui.pages.migrations.page import MigrationsPage
from steward_app.gui.widgets.text import Label

OpenPage = Callable[..., Any]


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
        known_as = clinic.wanted().database_id
        self.qtbot = qtbot
        self.opened = open_page(MigrationsPage, clinic.path, catalog=clinic.catalog, database_id=known_as)
        self.page: MigrationsPage = self.opened.page
        self.opened.document.allow_writing()
        self.rest()

    def rest(self) -> None:
        self.qtbot.waitUntil(lambda: self.opened.jobs.idle)
        QApplication.processEvents()  # what was just put into a layout is shown by an event of its own
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

    @property
    def pill(self) -> str:
        """The state of what is chosen."""
        return self.page.detail.pill.text

    def choose(self, version: int, name: str) -> None:
        """Choose another migration."""
        self.does(lambda: self.page.list.choose((version, name)))

    def dialog(self, kind: type[Any]) -> Any:
        found = [each for each in self.page.window().findChildren(kind) if each.isVisible()]
        assert found, f"no {kind.__name__} is open"
        return found[-1]


@pytest.fixture
def show(qtbot: QtBot, open_page: OpenPage, clinic: Migrating) -> Callable[[], Shown]:
    return lambda: Shown(qtbot, open_page, clinic)
