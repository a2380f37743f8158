"""The journal page: what was done, by day; the chain is said to hold only after it was verified."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.migrating import Migrating
from builders.points import a_point, at_time, damaged
from builders.walk import problems_of
from steward_app.catalog import Catalog, journal
from steward_app.catalog.journal import Phase
from steward_app.db import open_write
from steward_app.gui.pages.journal import read
from steward_app.gui.pages.journal.page import JournalPage
from steward_app.gui.pages.journal.words import result, what
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.migrate.run import service

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY", rows=[(1,), (2,)])
        .build()
    )


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return a_database(tmp_path / "other.db").with_table("dog", "id INTEGER PRIMARY KEY").build()


@pytest.fixture
def opened(open_page: Open, clinic: Path, other: Path, catalog: Catalog) -> Any:
    """Two points of the file of two days, one of another file."""
    a_point(catalog, clinic, ago=timedelta(days=2))
    a_point(catalog, other)
    a_point(catalog, clinic)
    return open_page(JournalPage, clinic, catalog=catalog)


def words(widget: Any) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label))


def numbers(page: JournalPage) -> list[int]:
    return [line.event.seq for line in page.table.rows if line.event]


def test_the_newest_stands_first_under_the_head_of_its_day(opened: Any) -> None:
    page = opened.page
    heads = [line for line in page.table.rows if line.event is None]
    assert [line.count for line in heads] == [1, 1]
    assert page.table.rows[0] is heads[0]
    assert page.table.columnSpan(0, 0) == page.table.model().columnCount()
    assert page.table.columnSpan(1, 0) == 1
    assert numbers(page) == [6, 2]
    assert problems_of(page) == []


def test_nothing_is_said_of_the_chain_before_it_was_verified(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    assert page.chain.text == "Not verified yet"
    page.verify_action.trigger()
    assert page.verify_action.reason
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert page.chain.text == "Chain unbroken, 6 events"
    assert "numbers between are of events that are not listed" in page._foot.plain
    assert page.findChildren(Banner) == []


def test_events_written_later_are_not_said_to_be_verified(
    opened: Any, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    opened.page.verify_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    a_point(catalog, clinic)
    opened.page.refresh(())
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert opened.page.chain.text == "Chain unbroken up to event 6"


def test_a_changed_event_is_told_loudly_and_shown(opened: Any, catalog: Catalog, qtbot: QtBot) -> None:
    tamper(catalog, "UPDATE journal SET actor = 'somebody else' WHERE seq = 3")
    page = opened.page
    page.verify_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(page.findChildren(Banner)))
    assert page.chain.text == "Broken at event 3"
    (banner,) = page.findChildren(Banner)
    assert "Event 3 was changed after it was written." in banner.text
    assert "Your databases are not affected." in banner.text
    (show,) = (b for b in banner.findChildren(Button) if b.text() == "Show event 3")
    show.click()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.table.current is not None)
    assert page.table.current.event.seq == 3
    page._newest.click()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert page._wanted.before is None
    assert problems_of(page) == []


def test_a_removed_event_and_details_that_cannot_be_read(opened: Any, catalog: Catalog, qtbot: QtBot) -> None:
    tamper(catalog, "UPDATE journal SET details = '{' WHERE seq = 6", "DELETE FROM journal WHERE seq = 4")
    opened.page.refresh(())
    opened.page.verify_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(opened.page.findChildren(Banner)))
    assert "Event 4 is missing." in opened.page.findChildren(Banner)[0].text
    opened.page.table.choose(next(line for line in opened.page.table.rows if line.event))
    assert "Its place in the chain" in words(opened.page.inspector)


def test_all_files_are_shown_when_asked_for(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    assert page.table.isColumnHidden(4)
    page.scope.choose("every")
    page._filter()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert numbers(page) == [6, 4, 2]
    assert not page.table.isColumnHidden(4)
    assert page.save_state() == {"scope": "every"}


def test_results_and_operations_filter(opened: Any, clinic: Path, catalog: Catalog, qtbot: QtBot) -> None:
    page = opened.page
    backup.verify(catalog, clinic, Context())
    page.result.setCurrentIndex(6)
    page._filter()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert {line.event.phase for line in page.table.rows if line.event} == {Phase.NOTE}
    page.result.setCurrentIndex(7)
    page._filter()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert Phase.STARTED in {line.event.phase for line in page.table.rows if line.event}
    page.operation.setCurrentIndex(2)
    page._filter()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert page._stack.currentIndex() == 1 and "No event fits" in words(page._none)
    assert problems_of(page) == []


def test_the_chosen_event_is_told_in_full_and_leads_to_its_point(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    event = page.table.current.event
    told = words(page.inspector)
    assert "Restore point made, checked and proven" in told
    assert "backup.create" in told and event.hash[:32] in told
    assert "Restored to scratch and compared" in told
    (show,) = (b for b in page.inspector.findChildren(Button) if b.text() == "Show the restore point")
    show.click()
    where, arguments = opened.said.went[0]
    assert where == "backups" and arguments["point"] == event.data["result"]["point"]
    (copy,) = (b for b in page.inspector.findChildren(Button) if b.text() == "Copy")
    copy.click()
    assert json.loads(QGuiApplication.clipboard().text())["seq"] == event.seq


def test_a_failed_verification_stands_as_failed(open_page: Open, clinic: Path, catalog: Catalog) -> None:
    damaged(a_point(catalog, clinic))
    backup.verify(catalog, clinic, Context())
    page = open_page(JournalPage, clinic, catalog=catalog).page
    first = next(line.event for line in page.table.rows if line.event)
    assert result(first)[0] == "Failed"
    assert what(first)[0] == "Verified"
    assert "Not so" in words(page.inspector)


def test_a_rehearsal_that_does_not_go_through_is_not_done(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    clinic = Migrating(tmp_path, catalog)
    clinic.write("V0001__gone.sql", "DELETE FROM patient WHERE id = 1;")  # visits point to it
    service.rehearse(catalog, clinic.plan(), Context())
    clinic.write("V0001__gone.sql", "CREATE TABLE fine (x);")
    service.rehearse(catalog, clinic.plan(), Context())
    opened = open_page(JournalPage, clinic.path, catalog=catalog)
    page = opened.page

    def results(choice: int) -> list[str]:
        page.result.setCurrentIndex(choice)
        page._filter()
        qtbot.waitUntil(lambda: bool(opened.jobs.idle))
        found = [line.event for line in page.table.rows if line.event]
        return [result(each)[0] for each in found if each.operation == "migrate.rehearse"]

    assert results(0) == ["Done", "Did not pass"]
    assert results(1) == ["Done"]
    assert results(2) == ["Did not pass"]


def test_drills_are_named_and_stand_as_passed_or_failed(
    open_page: Open, clinic: Path, catalog: Catalog
) -> None:
    point = a_point(catalog, clinic)
    restore.drill(catalog, clinic, Context())
    damaged(point)
    restore.drill(catalog, clinic, Context())
    page = open_page(JournalPage, clinic, catalog=catalog).page
    events = [line.event for line in page.table.rows if line.event and line.event.operation == "backup.drill"]
    assert [result(event)[0] for event in events] == ["Failed", "Passed"]
    assert {what(event)[0] for event in events} == {"Drill"}


def test_a_long_journal_is_read_page_by_page(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "PAGE", 5)
    database_id = backup.database_id(catalog, clinic, Context())
    with catalog.unit() as unit:
        for number in range(12):
            journal.append(
                unit, Phase.NOTE, "other.thing", database_id=database_id, details={"note": f"{number}"}
            )
        unit.commit()
    opened = open_page(JournalPage, clinic, catalog=catalog)
    page = opened.page
    assert numbers(page) == [12, 11, 10, 9, 8]
    (head,) = (line for line in page.table.rows if line.event is None)
    assert head.count is None
    page._older.click()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    page._older.click()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert numbers(page) == list(range(12, 0, -1))
    assert not page._older.isVisibleTo(page)
    assert "Other" in [page.operation.itemText(n) for n in range(page.operation.count())]


def test_days_are_those_of_the_steward(catalog: Catalog) -> None:
    made = []
    with catalog.unit() as unit:
        for hour in (8, 9):
            with at_time(datetime(2026, 11, 17, hour, tzinfo=UTC)):
                made.append(journal.append(unit, Phase.NOTE, "a.b"))
        with at_time(datetime(2026, 11, 19, 12, tzinfo=UTC)):
            made.append(journal.append(unit, Phase.NOTE, "a.b"))
        unit.commit()
    lines = read.by_day(list(reversed(made)), more=False)
    assert [(line.day, line.count) for line in lines if line.event is None] == [
        ("2026-11-19", 1),
        ("2026-11-17", 2),
    ]


def test_the_whole_journal_is_exported_as_it_is(
    opened: Any, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "journal.jsonl"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **more: (str(target), ""))
    opened.page.export_action.trigger()
    qtbot.waitUntil(lambda: bool(opened.said.toasts))
    lines = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert opened.said.toasts[0].text == str(target)


def test_without_events_the_page_says_what_stands_here(
    open_page: Open, clinic: Path, catalog: Catalog
) -> None:
    page = open_page(JournalPage, clinic, catalog=catalog, state={"scope": "nonsense"}).page
    assert page._stack.currentIndex() == 1
    assert "Nothing was done yet" in words(page._none)
    assert problems_of(page) == []


def test_a_narrow_page_puts_the_details_under_the_list(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    page.resize(640, 820)
    qtbot.waitUntil(lambda: page.width() == 640 and page.inspector.x() == 0)
    assert problems_of(page) == []


def tamper(catalog: Catalog, *statements: str) -> None:
    """Change the catalog behind the program's back: its triggers forbid it to everybody who asks nicely."""
    with open_write(catalog.path) as session:
        triggers = session.all(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'journal'"
        )
        for (name,) in triggers:
            session.run(f'DROP TRIGGER "{name}"')
        for statement in statements:
            session.run(statement)
