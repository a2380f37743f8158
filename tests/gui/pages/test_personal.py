"""The page of personal data: deciding with the reasons in sight, by mouse and by keys, and taking it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.operations import known
from builders.scans import a_scan, found
from steward_app.app import PAGES
from steward_app.catalog import journal, open_catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read, open_write
from steward_app.gui.context import Message
from steward_app.gui.pages.personal.page import PersonalPage
from steward_app.gui.pages.personal.read import Group, Line
from steward_app.gui.pages.personal.table import _DECISION, _Delegate
from steward_app.gui.shell.toast import Toast
from steward_app.gui.shell.window import Window
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.popover import SHADOW
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.discover import kept
from steward_app.services.privacy.discover.model import ColumnScan, Scan, Verdict
from steward_app.services.privacy.model import Place
from steward_app.services.schema.introspect import read_schema

OpenWindow = Callable[..., Window]
WITHOUT_BACKUPS = """  handling:
    confidential: {encrypted_backups: false}
    restricted: {encrypted_backups: false}
"""
EMAIL, NOTES = Place("patient", "email"), Place("visit", "notes")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, email TEXT, colour TEXT",
            rows=[(n, f"ann{n}@clinic.example", "red") for n in range(1, 9)],
        )
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient, notes TEXT",
            rows=[(n, n, "Asthma, stable") for n in range(1, 9)],
        )
        .build()
    )


def scanned(path: Path, *more: ColumnScan) -> Scan:
    """As if somebody had scanned the file, and had found `more` in it."""
    with open_read(path) as session:
        schema = read_schema(session, Context())
    scan = a_scan(
        found("patient.email", "email", 0.99),
        found("visit.notes", "health_text", 0.8, subject=("patient_id",)),
        found("patient.colour", verdict=Verdict.UNKNOWN),
        *more,
        schema=schema,
    )
    with open_catalog() as catalog:
        kept.keep(catalog, known(catalog, path).id, scan, {})
    return scan


def shown(qtbot: QtBot, open_window: OpenWindow, path: Path) -> tuple[Window, PersonalPage]:
    window = open_window(tuple(spec for spec in PAGES if spec.id in ("personal", "journal")), path)
    page = window.pages.currentWidget()
    assert isinstance(page, PersonalPage)
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: window.jobs.idle and page.shown is not None)
    return window, page


def settle(qtbot: QtBot, window: Window) -> None:
    qtbot.waitUntil(lambda: window.jobs.idle)


def _names(page: PersonalPage, group: Group) -> list[str]:
    lines = [line for line in page.table.rows if line.group is group and line.place is not None]
    return [f"{line.place.table}.{line.place.column}" for line in lines if line.place]


def test_before_the_first_scan_the_page_says_what_to_do(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    window, page = shown(qtbot, open_window, path)
    assert page.views.currentIndex() == 1
    page.scan()
    assert page.foot.busy
    qtbot.waitUntil(lambda: window.jobs.idle and page.scanned, timeout=30_000)
    assert page.views.currentIndex() == 0
    assert "patient.email" in _names(page, Group.TO_DECIDE)
    assert not page.foot.isVisible()


def test_a_scan_can_be_stopped(qtbot: QtBot, open_window: OpenWindow, path: Path) -> None:
    window, page = shown(qtbot, open_window, path)
    page.scan(full=True)
    page.foot.stop()
    settle(qtbot, window)
    assert not page.foot.busy
    assert not page.scanned or page.views.currentIndex() == 0


def test_to_decide_stands_above_decided_with_reasons_and_counts(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    scanned(path)
    _, page = shown(qtbot, open_window, path)
    assert _names(page, Group.TO_DECIDE) == ["patient.email", "visit.notes", "patient.colour"]
    assert page.summary.figure.plain == "2"
    assert "1 identifies" in page.summary.parts_words.plain
    assert "1 is sensitive" in page.summary.parts_words.plain
    assert page.summary.left.text == "3 to decide"
    assert page.chosen[0].place == EMAIL, "the first to decide is chosen"
    assert page.inspector.form.kind.currentText() == "E-mail address"


def test_places_in_json_are_counted_beside_the_columns(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    """Columns and places in JSON together are what the scan counted; both choices of one are in sight."""
    scanned(path, found("visit.notes:$.who", "person_name", 0.9))
    _, page = shown(qtbot, open_window, path)
    assert page.summary.figure.plain == "2"
    assert page.summary.figure_words.plain == "of 6 columns, and 1 place in JSON"
    assert page.summary.left.text == "4 to decide"
    form = page.inspector.form
    assert form.personal.mapTo(form, QPoint()).y() == form.other.mapTo(form, QPoint()).y()


def test_samples_are_masked_until_they_are_revealed_which_the_journal_notes(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    assert page.inspector.samples is not None
    assert page.inspector.samples.masked
    assert not any("ann" in value for value in page.inspector.samples.values)
    page.reveal()
    settle(qtbot, window)
    assert page.inspector.samples is not None
    assert any("@clinic.example" in value for value in page.inspector.samples.values)
    with window.desk.catalog.reading() as session:
        (event,) = journal.events(session, operation="privacy.reveal")
    assert "patient.email" in event.details
    assert "@" not in event.details
    page.reveal()
    settle(qtbot, window)
    assert page.inspector.samples.masked


def test_samples_that_come_late_are_not_shown_beside_other_columns(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    page.reveal()
    page.table.selectAll()
    settle(qtbot, window)
    assert page.inspector.samples is None
    assert page.deciding.words == "Confirm 2 columns"


def test_confirming_by_key_goes_on_to_the_next_and_the_message_takes_it_back(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, window)
    decided = classification(path).at(EMAIL)
    assert decided is not None
    assert decided.kind == "email"
    assert [line.place for line in page.chosen] == [NOTES], "the key that is still held adds nothing"
    assert _names(page, Group.DECIDED) == ["patient.email"]
    toast = window.findChildren(Toast)[-1]
    assert toast.message.title == "Decided about “patient.email”"
    toast.findChildren(Button)[0].click()
    settle(qtbot, window)
    assert classification(path).decisions == ()
    assert _names(page, Group.TO_DECIDE)[0] == "patient.email"


def test_the_form_says_more_than_the_scan(qtbot: QtBot, open_window: OpenWindow, path: Path) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    page.arrive(table="visit", column="notes")
    settle(qtbot, window)
    form = page.inspector.form
    assert form.belongs.currentText() == "patient_id → patient"
    form.level.setCurrentIndex(2)
    form.purpose.setText("Care")
    form.recipients.setText("insurers, labs")
    page.deciding.confirm()
    settle(qtbot, window)
    decided = classification(path).at(NOTES)
    assert decided is not None
    assert (decided.kind, decided.level, decided.belongs_to) == (
        *("health_text", "confidential"),
        ("patient_id",),
    )
    assert (decided.processing.purpose, decided.processing.recipients) == ("Care", ("insurers", "labs"))


def test_what_is_not_linked_needs_a_reason(qtbot: QtBot, open_window: OpenWindow, path: Path) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    page.arrive(table="patient", column="colour")
    settle(qtbot, window)
    page.deciding.ask_for_reason()
    assert page.deciding.why_not_confirm() == "Say why it is not linked to a person."
    page.deciding.confirm()
    settle(qtbot, window)
    assert classification(path).decisions == ()
    page.inspector.form.reason.setText("The colour of the folder")
    page.deciding.confirm()
    settle(qtbot, window)
    decided = classification(path).at(Place("patient", "colour"))
    assert decided is not None
    assert decided.not_personal == "The colour of the folder"
    page.arrive(table="patient", column="colour")
    settle(qtbot, window)
    page.deciding.take_back()
    settle(qtbot, window)
    assert classification(path).decisions == ()


def test_several_are_decided_at_once(qtbot: QtBot, open_window: OpenWindow, path: Path) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    page.table.selectAll()
    assert page.deciding.words == "Confirm 2 columns"
    page.deciding.confirm()
    settle(qtbot, window)
    assert [each.id for each in classification(path).decisions] == ["patient.email", "visit.notes"]
    assert _names(page, Group.TO_DECIDE) == ["patient.colour"]


def test_several_are_not_linked_for_one_reason(qtbot: QtBot, open_window: OpenWindow, path: Path) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    page.table.selectAll()
    qtbot.keyClicks(page.inspector.reason, "Made up for training")
    assert page.deciding.words == "Not linked: 6 columns"
    page.deciding.confirm()
    settle(qtbot, window)
    assert {each.not_personal for each in classification(path).decisions} == {"Made up for training"}
    assert len(classification(path).decisions) == 6


def test_all_that_nobody_can_tell_is_chosen_and_decided_for_one_reason(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    with open_read(path) as session:
        schema = read_schema(session, Context())
    unknown = [found(name, verdict=Verdict.UNKNOWN) for name in ("patient.colour", "visit.notes")]
    with open_catalog() as catalog:
        scan = a_scan(found("patient.email", "email", 0.99), *unknown, schema=schema)
        kept.keep(catalog, known(catalog, path).id, scan, {})
    window, page = shown(qtbot, open_window, path)
    button = next(each for each in page.summary.findChildren(Button) if each.text() == "Choose 2 unknown")
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert {each.place and each.place.column for each in page.chosen} == {"colour", "notes"}
    assert page.deciding.why_not_confirm()
    qtbot.keyClicks(page.inspector.reason, "Codes of the house")
    page.deciding.confirm()
    settle(qtbot, window)
    assert [each.not_personal for each in classification(path).decisions] == ["Codes of the house"] * 2
    assert not button.isVisible()


def test_the_findings_are_listed_behind_the_banner(qtbot: QtBot, open_window: OpenWindow, path: Path) -> None:
    scanned(path)
    policy_path(path).write_text(
        "version: 1\nclassification: {tables: {patient: {columns: {email: {type: email, level: restricted}}}}}\n",
        "utf-8",
    )
    _, page = shown(qtbot, open_window, path)
    assert page.has_banner
    page.views.setCurrentIndex(2)
    assert page.findings.isVisible()
    assert (
        [each.code for each in page.shown.standing.findings]
        == ["privacy_no_encrypted_backup", "privacy_not_audited"]
        if page.shown
        else False
    )


def test_what_is_said_of_several_tables_alike_is_one_thing(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    scanned(path)
    policy_path(path).write_text(
        f"version: 1\nclassification:\n{WITHOUT_BACKUPS}  tables:\n"
        "    patient: {columns: {email: {type: email, level: restricted}}}\n"
        "    visit: {columns: {notes: {type: health_text, level: restricted}}}\n",
        "utf-8",
    )
    _, page = shown(qtbot, open_window, path)
    (banner,) = page.findChildren(Banner)
    said = " ".join(label.plain for label in banner.findChildren(Label))
    assert "Changes of 2 tables are not logged." in said
    assert "do not fit" not in said


def test_the_button_of_a_line_confirms_it(qtbot: QtBot, open_window: OpenWindow, path: Path) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    index = page.table.model().index(2, 5)
    line = page.table.rows[2]
    assert line.place == NOTES
    button, _ = page.table._delegate.buttons(page.table.visualRect(index), line)
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=button.center())
    settle(qtbot, window)
    assert [each.id for each in classification(path).decisions] == ["visit.notes"]


def test_what_no_longer_fits_is_said_and_carried_over(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    scanned(path)
    policy_path(path).write_text(
        f"version: 1\nclassification:\n{WITHOUT_BACKUPS}"
        "  tables: {patient: {columns: {email: {type: email}}}}\n",
        "utf-8",
    )
    with open_write(path) as session:
        session.run("ALTER TABLE patient RENAME COLUMN email TO mail")
    window, page = shown(qtbot, open_window, path)
    assert page.has_banner
    page.arrive(table="patient", column="email")
    settle(qtbot, window)
    assert page.chosen[0].gone
    page.deciding.carry()
    settle(qtbot, window)
    assert [each.id for each in classification(path).decisions] == ["patient.mail"]
    assert not page.has_banner


def test_the_register_is_written(
    qtbot: QtBot, open_window: OpenWindow, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    assert page.record.why_not() == "Nothing is decided yet."
    page.deciding.confirm()
    settle(qtbot, window)
    target = path.with_name("register.json")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    page.record.write()
    settle(qtbot, window)
    assert json.loads(target.read_text("utf-8"))["activities"][0]["data"][0]["title"] == "E-mail address"


def test_sorting_keeps_the_groups(qtbot: QtBot, open_window: OpenWindow, path: Path) -> None:
    scanned(path)
    _, page = shown(qtbot, open_window, path)
    page.table._sort_clicked(0)
    assert _names(page, Group.TO_DECIDE) == ["patient.colour", "patient.email", "visit.notes"]
    heads = [line.group for line in page.table.rows if line.place is None]
    assert heads == [Group.TO_DECIDE, Group.NOTHING]


def test_a_column_is_shown_once_when_the_page_was_read_again(
    qtbot: QtBot, open_window: OpenWindow, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    settle(qtbot, window)
    told: list[object] = []
    show_line = page.inspector.show_line

    def show(line: Line, *rest: Any) -> None:
        told.append(line.key)
        show_line(line, *rest)

    monkeypatch.setattr(page.inspector, "show_line", show)
    page.read()
    settle(qtbot, window)
    assert len(told) == 1
    page.table.choose(page.table.open_lines[1])
    assert len(told) == 2


def test_who_is_responsible_is_said_on_the_page_and_taken_back(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    page.show_responsible()
    form = page.responsible
    assert form is not None
    assert page.views.currentWidget() is form
    assert not form.save.isEnabled()
    deciding = {"confirm", "later", "not_linked", "take_back", "confirm_sure", "choose_unknown", "reveal"}
    reasons = {each.id: each.reason for each in page.commands()}
    assert {reasons[f"personal.{name}"] for name in deciding} == {"Go to the list of columns first."}
    qtbot.keyClicks(form.fields["name"], "Riverside Clinic")
    page.read()  # what is read meanwhile does not take the form away
    settle(qtbot, window)
    assert page.views.currentWidget() is form
    form.save.click()
    settle(qtbot, window)
    assert classification(path).controller.name == "Riverside Clinic"
    assert page.views.currentIndex() == 0
    assert next(each for each in page.commands() if each.id == "personal.confirm").reason == ""
    window.findChildren(Toast)[-1].findChildren(Button)[0].click()
    settle(qtbot, window)
    assert classification(path).controller.name == ""


def test_a_message_covers_neither_the_form_nor_the_buttons_of_the_lines(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    window.resize(1280, 800)
    settle(qtbot, window)
    window.toast(Message("Looked through 28 tables", undo=lambda: None))
    (toast,) = (each for each in window.findChildren(Toast) if each.isVisible())
    view = page.table.viewport()
    decision = view.mapTo(window, page.table.visualRect(page.table.model().index(1, _DECISION)).topLeft()).x()
    assert toast.geometry().right() < decision < page.inspector.mapTo(window, QPoint(0, 0)).x()
    assert toast.x() + SHADOW >= window.sidebar.width()


def test_a_name_too_long_for_a_line_stands_on_two(
    qtbot: QtBot, open_window: OpenWindow, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_write(path) as session:
        session.run("CREATE TABLE insurance_policy (the_holder_of_it TEXT)")
    scanned(path, found("insurance_policy.the_holder_of_it", "full_name", 0.9))
    window, page = shown(qtbot, open_window, path)
    painted: list[str] = []
    paint = _Delegate._paint_small
    monkeypatch.setattr(
        _Delegate,
        "_paint_small",
        lambda self, painter, area, words: (painted.append(words), paint(self, painter, area, words))[1],
    )
    window.resize(1280, 800)
    settle(qtbot, window)
    page.table.viewport().grab()
    assert set(painted) == {"insurance_policy."}, "short names stay on one line"


def test_the_reason_stands_below_the_type_where_there_is_no_room_beside_it(
    qtbot: QtBot, open_window: OpenWindow, path: Path
) -> None:
    scanned(path)
    window, page = shown(qtbot, open_window, path)
    window.resize(1280, 800)
    settle(qtbot, window)
    number = next(at for at, line in enumerate(page.table.rows) if line.place == EMAIL)
    cell = page.table.model().index(number, 1).data(Qt.ItemDataRole.UserRole)
    assert page.table.isColumnHidden(3)
    assert cell.second
    low = page.table.rowHeight(number)
    window.resize(1900, 900)
    settle(qtbot, window)
    assert not page.table.isColumnHidden(3)
    assert page.table.model().index(number, 1).data(Qt.ItemDataRole.UserRole).second == ""
    assert page.table.rowHeight(number) < low
    assert page.table.rowHeight(0) < page.table.rowHeight(number)  # the head of a group
