"""Pages by themselves, on real files, with everything the window would give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from steward_app.gui.bridge import JobCenter
from steward_app.gui.context import Message, PageContext
from steward_app.gui.page import Group, Page, PageSpec
from steward_app.gui.pages.schema_map.editor.trying import ChangeDialog
from steward_app.gui.pages.schema_map.page import SchemaMapPage
from steward_app.gui.theme import Theme
from steward_app.gui.tokens import Tone
from steward_app.jobs import JobRunner
from steward_app.services.document import Document, open_document

P = TypeVar("P", bound=Page)


@dataclass
class Said:
    """What a page said to the window."""

    went: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    toasts: list[Message] = field(default_factory=list)
    counts: dict[str, int | None] = field(default_factory=dict)


@dataclass
class Opened:
    """A page on a file."""

    page: Any
    said: Said
    document: Document
    jobs: JobCenter
    bot: QtBot

    def settle(self) -> None:
        """Until no job runs, and what the fields of its dialogs lead to is shown."""
        dialogs = self.page.findChildren
        self.bot.waitUntil(lambda: self.jobs.idle and all(each.settled for each in dialogs(ChangeDialog)))


@pytest.fixture(autouse=True)
def numbers_as_in_english() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    yield
    QLocale.setDefault(before)


@pytest.fixture
def open_page(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[..., Opened]]:
    """`open_page(SchemaMapPage, path)`: the page, shown, its first jobs done."""
    theme = Theme(qapp)
    opened: list[Opened] = []

    def open_it(
        kind: type[P],
        path: Path,
        *,
        catalog: Any = None,
        database_id: str = "",
        more_pages: frozenset[str] = frozenset(),
        state: dict[str, Any] | None = None,
    ) -> Opened:
        jobs, document, said = JobCenter(JobRunner()), open_document(path), Said()

        def count(page: str, number: int | None, tone: Tone) -> None:
            said.counts[page] = number

        context = PageContext(
            file=document,
            jobs=jobs,
            navigate=lambda page, **arguments: said.went.append((page, arguments)),
            toast=said.toasts.append,
            count=count,
            catalog=catalog,
            pages=frozenset(
                {"overview", "schema_map", "constraints", "data", "backups", "restore", "audit", "journal"}
            )
            | more_pages,
            database_id=database_id,
        )
        spec = PageSpec("page", "A page", "For a test.", "table-2", Group.SEE, kind)
        page = kind(spec, context)
        qtbot.addWidget(page)
        page.resize(1232, 820)
        if state is not None:
            page.restore_state(state)
        page.show()
        page.show_document()
        opened.append(Opened(page, said, document, jobs, qtbot))
        qtbot.waitUntil(jobs.idle if callable(jobs.idle) else lambda: jobs.idle)
        return opened[-1]

    yield open_it
    for each in opened:
        each.jobs.close()
        each.page.hide()
        each.document.close()
    theme.deleteLater()


@pytest.fixture
def open_map(open_page: Callable[..., Opened], qtbot: QtBot) -> Callable[[Path, str], Opened]:
    """`open_map(path, "visit")`: the map of a schema, drawn, with a table chosen."""

    def open_it(path: Path, table: str) -> Opened:
        opened = open_page(SchemaMapPage, path)
        qtbot.waitUntil(lambda: bool(opened.page.scene.boxes) and opened.page.scene.settled)
        opened.page.choose(table)
        return opened

    return open_it
