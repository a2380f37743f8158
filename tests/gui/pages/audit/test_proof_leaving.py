"""What leaves the log, from the window: retention, an archive, erased values; and the auditor's report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.guarding import install
from builders.sealed import by_hand
from builders.under_audit import run
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.gui.pages.audit.page import AuditPage
from steward_app.gui.pages.audit.proof import leaving
from steward_app.gui.pages.audit.proof.report import ReportDialog
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.confirm import Question
from steward_app.gui.widgets.text import Label
from steward_app.services.audit.leaving.retention import keep_days

Open = Callable[..., Any]


@pytest.fixture
def shop(tmp_path: Path, catalog: Catalog) -> Path:
    path = (
        a_database(tmp_path / "shop.db")
        .with_table("bill", "id INTEGER PRIMARY KEY, sum, note", rows=[(n, n, "x") for n in range(1, 6)])
        .build()
    )
    install(catalog, path)
    run(path, *(f"UPDATE bill SET sum = sum + 1, note = 'secret {n}' WHERE id = {n}" for n in range(1, 5)))
    return path


@pytest.fixture
def opened(open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot) -> Any:
    opened = open_page(AuditPage, shop, catalog=catalog)
    opened.document.allow_writing()
    opened.page.arrive(view="proof", part="leaving")
    at_rest(opened, qtbot)
    opened.page.reconsider()
    opened.view = opened.page.views["proof"]
    return opened


def at_rest(opened: Any, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
        qtbot.wait(1)


def words(widget: Any) -> str:
    QApplication.processEvents()
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget))


def dialog(kind: type[Any]) -> Any:
    (found,) = [
        each for each in QApplication.topLevelWidgets() if isinstance(each, kind) and each.isVisible()
    ]
    return found


def test_how_long_changes_stay_is_decided_in_the_policy(opened: Any, shop: Path, qtbot: QtBot) -> None:
    part = opened.view.leaving
    assert "Nobody has decided" in words(part)
    assert opened.view.prune_action.reason == "Decide first how long changes stay."
    assert problems_of(opened.page) == []
    part.days.setText("a year")
    part.decide.click()
    assert part.days.accessibleDescription() == "A number of days, from 1 to 365,000"
    part.days.setText("400")
    QTest.keyClick(part.days, Qt.Key.Key_Return)
    at_rest(opened, qtbot)
    assert keep_days(shop) == 400 and "Changes stay for 400 days. None is older." in words(part)
    assert opened.view.prune_action.reason == "No sealed change is older than that."
    part.undecide.click()
    at_rest(opened, qtbot)
    assert keep_days(shop) is None


def test_old_changes_leave_for_an_archive(
    opened: Any, shop: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, target = opened.view, tmp_path / "archive.db"
    view.seal_action.trigger()
    at_rest(opened, qtbot)
    opened.view.going.decide(1)
    at_rest(opened, qtbot)
    kept, real = leaving.due, timedelta
    monkeypatch.setattr(leaving, "due", lambda session, period: kept(session, real(0)))
    monkeypatch.setattr(leaving, "timedelta", lambda days: real(0))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(target), ""))
    opened.page.read_status()
    at_rest(opened, qtbot)
    assert "older and may leave" in words(view.leaving)
    view.prune_action.trigger()
    qtbot.waitUntil(lambda: view.step.plan is not None, timeout=30_000)
    assert problems_of(opened.page) == []
    view.step.apply_action.trigger()
    qtbot.waitUntil(lambda: view.step.finished, timeout=30_000)
    at_rest(opened, qtbot)
    assert target.exists() and "from the log to “archive.db”" in words(view.step)


def test_values_are_erased_only_when_the_name_was_typed(opened: Any, shop: Path, qtbot: QtBot) -> None:
    view, part = opened.view, opened.view.leaving
    assert view.erase_action.reason == "Name a row, or choose columns."
    part.key.fields[0].setText("2")
    part.columns.choose("note")
    assert view.erase_action.reason == ""
    view.erase_action.trigger()
    qtbot.waitUntil(lambda: view.step.plan is not None, timeout=30_000)
    assert "Nothing undoes it." in words(view.step)
    view.step.apply_action.trigger()
    question = dialog(Question)
    assert not question.verb.isEnabled()
    QTest.keyClicks(question.field, "shop.db")
    question.verb.click()
    qtbot.waitUntil(lambda: view.step.finished, timeout=30_000)
    at_rest(opened, qtbot)
    assert b"secret 2" not in run_values(shop) and b"secret 3" in run_values(shop)
    assert problems_of(opened.page) == []


def run_values(path: Path) -> bytes:
    """All that the log holds of notes."""
    import apsw

    connection = apsw.Connection(str(path))
    found = connection.execute("SELECT group_concat(n2, ' ') FROM _steward_audit_log_1").fetchone()
    connection.close()
    assert found is not None
    return str(found[0]).encode()


def test_the_report_is_written_for_a_time_and_says_what_it_came_to(
    opened: Any, shop: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    opened.view.report_action.trigger()
    asked = dialog(ReportDialog)
    high = asked.height()
    asked.since.edit.setText("x")
    asked.verb.click()
    qtbot.waitUntil(lambda: asked.height() > high)  # for the sentence at the field
    asked.since.edit.clear()
    asked.since.edit.setText("last year")
    asked.verb.click()
    assert asked.since.edit.accessibleDescription() == "Write it as 2026-11-20" and not target.exists()
    asked.since.edit.setText("2020-01-01")
    asked.until.edit.setText("2099-12-31")
    assert problems_of(asked) == []
    asked.verb.click()
    qtbot.waitUntil(target.exists, timeout=30_000)
    at_rest(opened, qtbot)
    (banner,) = opened.page.findChildren(Banner)
    assert "The report is written." in banner.text and "secret 2" not in target.read_text()
    assert [b.text() for b in banner.findChildren(Button)][:1] == ["Open it"]


def test_a_report_on_a_log_that_does_not_hold_says_so(
    opened: Any, shop: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(shop, "UPDATE bill SET sum = 9 WHERE id = 5")
    target = tmp_path / "report.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    opened.view.report_action.trigger()
    dialog(ReportDialog).verb.click()
    qtbot.waitUntil(target.exists, timeout=30_000)
    at_rest(opened, qtbot)
    assert "it tells of problems" in " ".join(banner.text for banner in opened.page.findChildren(Banner))


def test_somebody_comes_to_erase_a_row(open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot) -> None:
    opened = open_page(AuditPage, shop, catalog=catalog)
    opened.document.allow_writing()
    opened.page.arrive(view="proof", part="leaving", table="bill", key=(3,))
    at_rest(opened, qtbot)
    view = opened.page.views["proof"]
    assert view.leaving.key.key == (3,) and view.erase_action.reason == ""
    view.erase_action.trigger()
    qtbot.waitUntil(lambda: view.step.plan is not None, timeout=30_000)
    view.step.apply_button.setFocus()
    QTest.keyClick(view.step, Qt.Key.Key_Escape)
    assert view.step.plan is None and view.leaving.isVisibleTo(opened.page)
