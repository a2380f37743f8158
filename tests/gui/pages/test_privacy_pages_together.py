"""What happens on one page of personal data is known on the others: scans, decisions, and where one begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.operations import known
from builders.scans import a_scan, found
from steward_app.app import PAGES
from steward_app.catalog import open_catalog
from steward_app.db import open_read
from steward_app.gui.pages.anonymize import reasons
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.gui.pages.personal.page import PersonalPage
from steward_app.gui.pages.schema_map.personal import paint_table
from steward_app.gui.shell.window import Window
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.overlay import Mark, TableMark
from steward_app.services.privacy.discover import kept
from steward_app.services.privacy.discover.model import Verdict
from steward_app.services.schema.introspect import read_schema

OpenWindow = Callable[..., Window]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table("code", "id INTEGER PRIMARY KEY, mark TEXT", rows=[(1, "x9")])
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, email TEXT, sex TEXT",
            rows=[(n, f"ann{n}@clinic.example", "FM"[n % 2]) for n in range(1, 9)],
        )
        .build()
    )


def _scanned(path: Path) -> None:
    with open_read(path) as session:
        schema = read_schema(session, Context())
    scan = a_scan(
        found("patient.email", "email", 0.99),
        found("patient.sex", "sex", 0.95),
        found("code.mark", verdict=Verdict.UNKNOWN),
        schema=schema,
    )
    with open_catalog() as catalog:
        kept.keep(catalog, known(catalog, path).id, scan, {})


def _rest(qtbot: QtBot, window: Window) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=60_000)
        QApplication.processEvents()


def _page(qtbot: QtBot, window: Window, name: str) -> object:
    window.navigate(name)
    _rest(qtbot, window)
    return window.pages.page


def _sure_confirmed(qtbot: QtBot, open_window: OpenWindow, path: Path) -> PersonalPage:
    _scanned(path)
    window = open_window(PAGES, path)
    page = _page(qtbot, window, "personal")
    assert isinstance(page, PersonalPage)
    page.deciding.confirm_sure()
    _rest(qtbot, window)
    return page


def test_rules_follow_what_was_scanned_and_decided_meanwhile(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    window = open_window(PAGES, path)
    copies = _page(qtbot, window, "anonymize")
    assert isinstance(copies, AnonymizePage)
    assert copies.step == reasons.NOTHING
    personal = _page(qtbot, window, "personal")
    assert isinstance(personal, PersonalPage)
    _scanned(path)
    _page(qtbot, window, "anonymize")
    assert copies.step == reasons.COLUMNS, "somebody has looked since"
    assert copies.situation is not None
    assert copies.situation.waiting(copies.situation.rules)
    _page(qtbot, window, "personal")
    assert personal.scanned, "this page, too, reads again when it is come back to"
    personal.table.selectAll()
    personal.inspector.reason.setText("Made up for training")
    personal.deciding.confirm()
    _rest(qtbot, window)
    _page(qtbot, window, "anonymize")
    assert copies.situation is not None
    assert not copies.situation.waiting(copies.situation.rules)


def test_a_first_scan_says_that_it_looks_and_begins_at_the_top(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    window = open_window(PAGES, path)
    page = _page(qtbot, window, "personal")
    assert isinstance(page, PersonalPage)
    page.scan()
    assert page.looking.isVisible(), "not that nobody looked yet"
    _rest(qtbot, window)
    assert page.table.isVisible()
    assert [line.key for line in page.chosen] == [page.table.open_lines[0].key]
    assert page.table.verticalScrollBar().value() == 0


def test_many_decided_at_once_lead_back_to_what_is_still_to_decide(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    page = _sure_confirmed(qtbot, open_window, path)
    assert [line.key for line in page.chosen] == [page.table.open_lines[0].key]


def test_where_nothing_is_proposed_nothing_is_offered_to_confirm(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    page = _sure_confirmed(qtbot, open_window, path)
    page.table.selectAll()
    assert page.deciding.words == "Not linked to a person"
    assert page.deciding.why_not_confirm()


def test_the_limit_stands_whole_in_its_card(qtbot: QtBot, open_window: OpenWindow, path: Path) -> None:
    _scanned(path)
    window = open_window(PAGES, path)
    window.resize(1280, 800)
    page = _page(qtbot, window, "anonymize")
    assert isinstance(page, AnonymizePage)
    for _ in range(2):
        page.own.onward.trigger()
        _rest(qtbot, window)
    assert page.step == reasons.BALANCE
    limit = page.balance.limits.risk
    assert limit.isVisible()
    beside = limit.parentWidget()
    assert beside is not None
    assert beside.rect().contains(limit.geometry()), "no edge is cut off"
    assert page.balance.choice.mapTo(page, page.balance.choice.rect().topLeft()).x() > 500, "beside the chart"


def test_a_table_far_away_on_the_map_shows_that_it_is_about_people() -> None:
    from PySide6.QtCore import QRectF, Qt
    from PySide6.QtGui import QImage, QPainter

    def painted(mark: TableMark) -> QImage:
        image = QImage(100, 60, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        paint_table(painter, mark, QRectF(0, 0, 100, 60), 0.4)
        painter.end()
        return image

    nothing = painted(TableMark(Mark.NONE, 0, 0))
    assert painted(TableMark(Mark.DIRECT, 3, 0)) != nothing
    assert painted(TableMark(Mark.NONE, 0, 2)) != nothing


def test_what_was_typed_about_the_copy_stays_while_other_pages_are_looked_at(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    _scanned(path)
    window = open_window(PAGES, path)
    page = _page(qtbot, window, "anonymize")
    assert isinstance(page, AnonymizePage)
    page.making.form.recipient.edit.setText("University")
    _page(qtbot, window, "personal")
    _page(qtbot, window, "anonymize")
    assert page.making.form.recipient.edit.text() == "University"
    page.start_again()
    _rest(qtbot, window)
    assert page.making.form.recipient.edit.text() == ""


def test_the_persons_are_weighed_and_not_what_is_recorded_of_them(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path
) -> None:
    people = [
        (n, f"ann{n}@clinic.example", "FM"[n % 2], f"19{50 + n % 40}-02-0{1 + n % 9}") for n in range(1, 31)
    ]
    logins = [(n, 1 + n % 30, f"192.0.2.{n % 200}", f"2024-01-{1 + n % 28:02d}") for n in range(1, 301)]
    path = (
        a_database(tmp_path, "logins.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, email, sex TEXT, birth_date TEXT", rows=people)
        .with_table(
            "login_event",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient, ip TEXT, at TEXT",
            rows=logins,
        )
        .build()
    )
    window = open_window(PAGES, path)
    page = _page(qtbot, window, "anonymize")
    assert isinstance(page, AnonymizePage)
    page.own.look.trigger()
    _rest(qtbot, window)
    assert page.situation is not None
    assert page.situation.sizes == {"patient": 30}
    assert page.draft.table == "patient"
