"""Personal data on the schema map and on Overview: what is decided, proposed and to decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.operations import known
from builders.scans import a_scan, found
from builders.walk import problems_of
from steward_app.app import PAGES
from steward_app.catalog import open_catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.gui.pages.data.export_dialog import Choice, ExportDialog
from steward_app.gui.pages.data.page import DataPage
from steward_app.gui.pages.overview.page import OverviewPage
from steward_app.gui.pages.personal.page import PersonalPage
from steward_app.gui.pages.schema_map.page import SchemaMapPage
from steward_app.gui.shell.window import Window
from steward_app.gui.theme import Theme
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.overlay import Mark
from steward_app.services.privacy.discover import kept
from steward_app.services.privacy.discover.model import Verdict
from steward_app.services.schema.introspect import read_schema

OpenWindow = Callable[..., Window]
SPECS = tuple(spec for spec in PAGES if spec.id in ("overview", "schema_map", "personal"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "patient", "id INTEGER PRIMARY KEY, email TEXT, colour TEXT", rows=[(1, "a@b.example", "")]
        )
        .build()
    )


def _scanned(path: Path) -> None:
    with open_read(path) as session:
        schema = read_schema(session, Context())
    scan = a_scan(
        found("patient.email", "email", 0.99), found("patient.colour", verdict=Verdict.UNKNOWN), schema=schema
    )
    with open_catalog() as catalog:
        kept.keep(catalog, known(catalog, path).id, scan, {})


def test_the_map_marks_personal_data_while_the_switch_is_on(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    _scanned(path)
    policy_path(path).write_text(
        "version: 1\nclassification: {tables: {patient: {columns: {id: {type: person_number}}}}}\n", "utf-8"
    )
    window = open_window(SPECS, path)
    window.navigate("schema_map")
    page = window.pages.currentWidget()
    assert isinstance(page, SchemaMapPage)
    qtbot.waitUntil(lambda: window.jobs.idle and bool(page.scene.boxes) and page.scene.settled)
    assert page.scene.marks == {}
    page.overlay.toggle()
    qtbot.waitUntil(lambda: window.jobs.idle and bool(page.scene.marks))
    columns = page.scene.marks["patient"].columns
    assert (columns["id"].mark, columns["id"].decided) == (Mark.DIRECT, True)
    assert (columns["email"].mark, columns["email"].decided) == (Mark.DIRECT, False)
    assert columns["colour"].to_decide
    assert any(entry.isVisible() for entry in page.overlay.legend._personal)
    page.view.grab()
    page.overlay.toggle()
    assert page.scene.marks == {}
    assert not any(entry.isVisible() for entry in page.overlay.legend._personal)


def test_the_map_shows_the_marks_to_whoever_comes_from_personal_data(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    _scanned(path)
    window = open_window(SPECS, path)
    window.navigate("personal")
    page = window.pages.currentWidget()
    assert isinstance(page, PersonalPage)
    qtbot.waitUntil(lambda: window.jobs.idle and bool(page.chosen))
    page.show_on_map()
    there = window.pages.currentWidget()
    assert isinstance(there, SchemaMapPage)
    qtbot.waitUntil(lambda: window.jobs.idle and bool(there.scene.marks))
    assert there.overlay.switch.isChecked()


def test_overview_tells_what_nobody_looked_at_and_what_is_to_decide(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    window = open_window(SPECS, path)
    page = window.pages.currentWidget()
    assert isinstance(page, OverviewPage)
    qtbot.waitUntil(lambda: window.jobs.idle and page.comply.standing is not None)
    assert page.comply.state.text == "Not checked yet"
    assert not any(todo.page == "personal" for todo in page._todos.values())
    _scanned(path)
    page.comply.read()
    qtbot.waitUntil(lambda: window.jobs.idle and page.comply.state.text == "2 to decide")
    todo = page._todos["personal"]
    assert todo.task.title == "Decide about 2 columns that may be personal"
    page._open_task("personal")
    qtbot.waitUntil(lambda: window.jobs.idle)
    assert window.pages.currentWidget() is not page


def test_rows_hide_at_once_what_was_decided_on_another_page(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    specs = tuple(spec for spec in PAGES if spec.id in ("data", "personal"))
    window = open_window(specs, path)
    window.navigate("data", table="patient")
    page = window.pages.currentWidget()
    assert isinstance(page, DataPage)
    qtbot.waitUntil(lambda: window.jobs.idle and bool(page.browse.rows.columns))
    assert page.browse.personal == {"email"}
    window.navigate("personal")
    policy_path(path).write_text(
        "version: 1\nclassification: {tables: {patient: {columns: {colour: {type: ethnic_origin}}}}}\n",
        "utf-8",
    )
    window.navigate("data")
    qtbot.waitUntil(lambda: window.jobs.idle)
    hidden = {column.name for column in page.browse.rows.columns if column.hidden}
    assert hidden == {"email", "colour"}
    page.browse.reveal()
    qtbot.waitUntil(lambda: window.jobs.idle)
    assert page.browse.revealed


@pytest.mark.parametrize(("mode", "zoom"), [("light", 100), ("dark", 200)])
def test_nothing_is_cut_nameless_or_without_reason(
    qtbot: QtBot, open_window: OpenWindow, theme: Theme, path: Path, mode: str, zoom: int
) -> None:
    _scanned(path)
    theme.set_mode(mode)
    theme.set_zoom(zoom)
    window = open_window(SPECS, path)
    window.resize(1280, 800)
    window.navigate("personal")
    page = window.pages.currentWidget()
    assert isinstance(page, PersonalPage)
    qtbot.waitUntil(lambda: window.jobs.idle and page.shown is not None)
    assert problems_of(page) == []
    page.inspector.form._toggle_more()
    page.deciding.ask_for_reason()
    assert problems_of(page) == []
    page.table.selectAll()
    assert problems_of(page) == []
    page.views.setCurrentIndex(2)
    assert problems_of(page) == []


def test_the_export_asks_again_for_what_its_level_keeps_from_plain_files(
    qtbot: QtBot, open_window: OpenWindow, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(SPECS, path)
    dialog = ExportDialog("patient", "", ("email",), path.parent, window, guarded=("email",))
    assert not dialog.plain.isEnabled()
    assert dialog.plain.toolTip() == "Include personal columns first."
    dialog.personal.setChecked(True)
    dialog.plain.setChecked(True)
    dialog.personal.setChecked(False)
    assert not dialog.plain.isChecked()
    dialog.personal.setChecked(True)
    dialog.plain.setChecked(True)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path.with_name("o.csv")), ""))
    chosen: list[Choice] = []
    dialog.chosen.connect(chosen.append)
    dialog.submit()
    assert [(each.personal, each.plain) for each in chosen] == [(True, True)]
    assert problems_of(dialog) == []
