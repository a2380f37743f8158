"""What verifying and comparing found: an alarm of the window until it is found right again, and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.guarding import install
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from builders.walk import problems_of
from steward_app.app import PAGES
from steward_app.catalog import open_catalog
from steward_app.gui.shell.window import Window
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard import own_seals
from steward_app.services.audit.guard.status import audit_status

Open = Callable[..., Window]


@pytest.fixture(autouse=True)
def compared_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compared soon after a file was opened is compared at once."""
    monkeypatch.setattr("steward_app.gui.shell.own_seals.COMPARE_AFTER_MS", 0)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Two tables under audit, a sealed change in each."""
    made = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=[(1, "a"), (2, "b"), (3, "c")])
        .with_table("bill", "id INTEGER PRIMARY KEY, sum", rows=[(1, 5)])
        .build()
    )
    with open_catalog() as catalog:
        install(catalog, made)
        run(made, "UPDATE visit SET note = 'y' WHERE id = 1", "UPDATE bill SET sum = 6")
        own_seals.seal_new(catalog, made, known(catalog, made).id, Context())
    yield made


def at_rest(window: Window, qtbot: QtBot) -> None:
    for _ in range(5):
        qtbot.waitUntil(lambda: window.jobs.idle, timeout=30_000)
        QApplication.processEvents()


def alarm(window: Window) -> str:
    """The words of the banner above the page, or ""."""
    QApplication.processEvents()
    banners = [window._alarm.itemAt(n).widget().findChild(Banner) for n in range(window._alarm.count())]  # type: ignore[union-attr]
    return " ".join(each.text for each in banners if isinstance(each, Banner))


def press(window: Window, words: str) -> None:
    (button,) = [
        each
        for n in range(window._alarm.count())
        for each in window._alarm.itemAt(n).widget().findChildren(Button)  # type: ignore[union-attr]
        if each.text() == words
    ]
    button.click()


def todo(window: Window) -> dict[str, str]:
    return {task.key: task.title for task in window.pages.page.tasks.items}  # type: ignore[union-attr]


def audit_page(window: Window, qtbot: QtBot, view: str) -> Any:
    window.navigate("audit", view=view)
    at_rest(window, qtbot)
    return window.pages.page


def test_rows_changed_with_triggers_off_are_noticed_when_the_file_is_opened_and_armed_again(
    open_window: Open, path: Path, qtbot: QtBot
) -> None:
    by_hand(path, "UPDATE visit SET note = 'other' WHERE id > 1")
    window = open_window(PAGES, path)
    window.set_read_only(False)
    at_rest(window, qtbot)
    assert alarm(window).startswith("2 rows of “visit” are not what the log says.")
    item = window.sidebar._items["audit"]
    assert (item._count, item._tone) == ("1", Tone.DANGER)
    assert todo(window)["audit"] == "Arm the audit of “visit” again"
    press(window, "Arm again")
    view = window.pages.page.views["setup"]  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: view.step.plan is not None, timeout=30_000)
    at_rest(window, qtbot)
    assert problems_of(window) == []
    view.step.apply_action.trigger()
    qtbot.waitUntil(lambda: view.step.finished, timeout=30_000)
    at_rest(window, qtbot)
    assert "are not what the log says" not in alarm(window)
    assert audit_status(path).gaps == 1


def test_what_comparing_found_leads_to_a_plan(open_window: Open, path: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, path)
    window.set_read_only(False)
    at_rest(window, qtbot)
    by_hand(path, "UPDATE visit SET note = 'other' WHERE id > 1")
    page = audit_page(window, qtbot, "proof")
    proof = page.views["proof"]
    proof.compare_action.trigger()
    at_rest(window, qtbot)
    assert alarm(window).startswith("2 rows of “visit” are not what the log says.")
    assert page.trust.text == "2 rows are not what the log says"
    (arm,) = [each for each in proof.verdict.findChildren(Button) if each.text() == "Arm again"]
    arm.click()
    at_rest(window, qtbot)
    setup = page.views["setup"]
    assert setup.step.plan is not None and "“visit”" in " ".join(setup.step.plan.sentences)
    by_hand(path, "UPDATE visit SET note = 'b' WHERE id = 2")
    by_hand(path, "UPDATE visit SET note = 'c' WHERE id = 3")
    setup.step.leave()
    proof.compare_action.trigger()
    at_rest(window, qtbot)
    assert alarm(window) == "" and "not what the log says" not in page.trust.text


def test_a_forged_log_stays_an_alarm_until_it_is_verified_and_holds(
    open_window: Open, path: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, path)
    at_rest(window, qtbot)
    page = audit_page(window, qtbot, "proof")
    assert page.trust.text == "2 changes, not verified yet"
    page.views["proof"].verify_action.trigger()
    at_rest(window, qtbot)
    assert page.trust.text.startswith("History is unbroken: 2 changes, verified ")
    tid = next(table.id for table in audit_status(path).tables if table.table == "visit")
    by_hand(path, f"UPDATE _steward_audit_log_{tid} SET n1 = 'forged'")
    page.views["proof"].verify_action.trigger()
    at_rest(window, qtbot)
    assert alarm(window).startswith("The audit log is not as it was sealed: 1 problem.")
    assert page.trust.text == "The history is not as it was sealed"
    assert window.sidebar._items["audit"]._count == "1"
    window.close_file()
    window.opening.open(path)
    at_rest(window, qtbot)
    assert alarm(window).startswith("The audit log is not as it was sealed: 1 problem.")
    assert "The audit log is not as it was sealed: 1 problem" in todo(window).values()
    press(window, "Show")
    at_rest(window, qtbot)
    page = window.pages.page
    proof = page.views["proof"]  # type: ignore[union-attr]
    assert page.view == "proof" and proof.tabs.value == "verdict"  # type: ignore[union-attr]
    assert page.trust.text == "The history is not as it was sealed"  # type: ignore[union-attr]
    assert problems_of(window) == []
    by_hand(path, f"UPDATE _steward_audit_log_{tid} SET n1 = 'y'")
    proof.verify_action.trigger()
    at_rest(window, qtbot)
    assert alarm(window) == "" and window.sidebar._items["audit"]._count == ""
    assert page.trust.text.startswith("History is unbroken")  # type: ignore[union-attr]
