"""The alarm of the audit: above every page, beside the page in the sidebar, among what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.guarding import install
from builders.operations import known
from builders.under_audit import run
from builders.walk import problems_of
from steward_app.app import PAGES
from steward_app.catalog import open_catalog
from steward_app.gui.shell.audit_alarm import alarm_words
from steward_app.gui.shell.window import Window
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.services.audit.guard.going_on import choose
from steward_app.services.audit.guard.status import audit_status

Open = Callable[..., Window]
REBUILD = (
    "CREATE TABLE other AS SELECT * FROM visit",
    "DROP TABLE visit",
    "CREATE TABLE visit (id INTEGER PRIMARY KEY, note)",
    "INSERT INTO visit SELECT id, 'changed' FROM other",
    "DROP TABLE other",
)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    made = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=[(1, "a"), (2, "b")])
        .with_table("bill", "id INTEGER PRIMARY KEY, sum", rows=[(1, 5)])
        .build()
    )
    with open_catalog() as catalog:
        install(catalog, made)
    yield made


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(5):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()


def alarms(window: Window) -> list[str]:
    QApplication.processEvents()
    return [
        each.text
        for each in window.findChildren(Banner)
        if each.isVisibleTo(window) and "audit of" in each.text
    ]


def press(window: Window, words: str) -> None:
    (button,) = [
        b
        for b in window.findChildren(Button)
        if b.text() == words and b.isVisibleTo(window) and b.isEnabled()
    ]
    button.click()


def todo(window: Window) -> list[str]:
    return [task.key for task in window.pages.page.tasks.items]  # type: ignore[union-attr]


def test_a_sound_audit_says_nothing(open_window: Open, path: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    assert alarms(window) == [] and window.sidebar._items["audit"]._count == ""
    assert "audit" not in todo(window) and "unsealed" not in todo(window)


def test_a_table_that_was_rebuilt_is_told_when_the_file_is_opened(
    open_window: Open, path: Path, qtbot: QtBot
) -> None:
    run(path, *REBUILD)
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    (told,) = alarms(window)
    assert told.startswith("The audit of “visit” is disarmed.")
    item = window.sidebar._items["audit"]
    assert (item._count, item._tone) == ("1", Tone.DANGER)
    assert todo(window)[0] == "audit"
    assert problems_of(window) == []
    window.clear_notice()
    assert alarms(window) == [told]


def test_the_alarm_leads_to_the_plan_and_ends_when_it_was_carried_out(
    open_window: Open, path: Path, qtbot: QtBot
) -> None:
    run(path, *REBUILD)
    window = open_window(PAGES, path)
    window.set_read_only(False)
    at_rest(window, qtbot)
    press(window, "Arm again")
    view = window.pages.page.views["setup"]  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: view.step.plan is not None, timeout=30_000)
    at_rest(window, qtbot)
    view.step.apply_action.trigger()
    qtbot.waitUntil(lambda: view.step.finished, timeout=30_000)
    at_rest(window, qtbot)
    assert alarms(window) == [] and window.sidebar._items["audit"]._count == ""
    assert {each.state.value for each in audit_status(path).tables} == {"armed"}


def test_a_clock_that_was_taken_away_leads_to_the_plan_for_every_table(
    open_window: Open, path: Path, qtbot: QtBot
) -> None:
    run(path, "DELETE FROM _steward_audit_clock")
    window = open_window(PAGES, path)
    window.set_read_only(False)
    at_rest(window, qtbot)
    told = [each.text for each in window.findChildren(Banner) if each.isVisibleTo(window)]
    assert any(text.startswith("The clock of the log is gone, so that nothing is logged.") for text in told)
    press(window, "Arm again")
    view = window.pages.page.views["setup"]  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: view.step.plan is not None, timeout=30_000)
    assert view.step.plan.button == "Arm 2 tables again"


def test_another_program_that_rebuilds_a_table_is_noticed(
    open_window: Open, path: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    run(path, *REBUILD, "DROP TRIGGER _steward_audit_2_insert")
    window.opening.look_outside()
    at_rest(window, qtbot)
    assert len(alarms(window)) == 1
    press(window, "Show")
    at_rest(window, qtbot)
    page = window.pages.page
    assert page is not None and page.views["setup"].tables.table.current.table == "visit"


def test_closing_the_banner_leaves_the_number_and_another_file_takes_both(
    open_window: Open, path: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    run(path, *REBUILD)
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    window.audit_alarm._close()
    assert alarms(window) == [] and window.sidebar._items["audit"]._count == "1"
    other = a_database(tmp_path / "other.db").with_table("dog", "id INTEGER PRIMARY KEY").build()
    window.opening.open(other)
    at_rest(window, qtbot)
    assert window.sidebar._items["audit"]._count == ""


def test_what_no_seal_protects_is_a_task(open_window: Open, path: Path, qtbot: QtBot) -> None:
    with open_catalog() as catalog:
        choose(catalog, known(catalog, path).id, on=False)
    run(path, "UPDATE bill SET sum = 6", "UPDATE bill SET sum = 7")
    window = open_window(PAGES, path)
    window.set_read_only(False)
    at_rest(window, qtbot)
    tasks = {task.key: task for task in window.pages.page.tasks.items}  # type: ignore[union-attr]
    assert tasks["unsealed"].title == "Seal 2 logged changes"
    window.pages.page._open_task("unsealed")  # type: ignore[union-attr]
    at_rest(window, qtbot)
    page = window.pages.page
    assert page is not None and page.view == "proof"
    page.views["proof"].seal_action.trigger()
    at_rest(window, qtbot)
    window.navigate("overview")
    at_rest(window, qtbot)
    assert "unsealed" not in todo(window)


def finding(code: str, table: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(
        code, severity, f"Changes of “{table}” are not logged", Subject("table", table), detail="Why."
    )


def test_the_words_of_the_alarm() -> None:
    one, two = finding("audit_disarmed", "a"), finding("audit_stale", "b", Severity.WARNING)
    lead, rest = alarm_words((one,))
    assert lead == "The audit of “a” is disarmed." and rest.startswith("Why. Armed again,")
    lead, rest = alarm_words((one, two))
    assert lead == "The audit of 2 tables is not as it should be." and rest.startswith(
        "First: Changes of “a”"
    )
    other = Finding(
        "audit_numbers_missing",
        Severity.ERROR,
        "3 changes are missing",
        Subject("audit"),
        detail="Every one.",
    )
    assert alarm_words((other,)) == ("3 changes are missing.", "Every one.")
    assert alarm_words((one, other))[1].endswith("3 changes are missing.")
