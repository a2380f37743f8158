"""Undo on the Journal page, and on a message: the plan is shown where more is at stake than its inverse undoes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.guarding import install
from builders.migrating import Migrating
from builders.points import a_point
from builders.under_audit import run
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.gui.pages.journal.page import JournalPage
from steward_app.gui.pages.migrations.plan_shown import MigrationPlan
from steward_app.gui.pages.undoing import UndoDialog, done_message, take_it_back
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services.audit import undo as changes
from steward_app.services.audit.undo import Selection, UndoRequest
from steward_app.services.backup import database_id
from steward_app.services.operation import Confirmation

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path, catalog: Catalog) -> Path:
    path = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, fee", rows=[(1, 10), (2, 20)])
        .build()
    )
    install(catalog, path)
    run(path, "UPDATE visit SET fee = 99 WHERE id = 1")
    return path


def fees(path: Path) -> list[object]:
    with open_read(path) as session:
        return [fee for (fee,) in session.all("SELECT fee FROM visit ORDER BY id")]


def undone(catalog: Catalog, path: Path) -> str:
    """Undo all that is logged; the id of the operation."""
    known = database_id(catalog, path, Context())
    plan = changes.plan_undo(catalog, UndoRequest(path, known, Selection(everything=True)), Context())
    return changes.undo_changes(catalog, plan, Context(), Confirmation.of(plan)).undo


def dialog_of(opened: Any, qtbot: QtBot, kind: type[Any] = UndoDialog) -> Any:
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(opened.page.findChildren(kind)))
    (dialog,) = opened.page.findChildren(kind)
    qtbot.waitUntil(dialog.isVisible)
    return dialog


def buttons(widget: Any) -> list[str]:
    return [button.text() for button in widget.findChildren(Button) if button.isVisible()]


def choose(opened: Any, operation_id: str, qtbot: QtBot) -> None:
    opened.page.refresh(())
    qtbot.waitUntil(lambda: opened.jobs.idle)
    rows = opened.page.table.rows
    opened.page.table.choose(
        next(row for row in rows if row.event and row.event.operation_id == operation_id)
    )


def test_an_operation_is_undone_after_its_plan_was_seen(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    done = undone(catalog, clinic)
    assert fees(clinic) == [10, 20]
    opened = open_page(JournalPage, clinic, catalog=catalog)
    page = opened.page
    choose(opened, done, qtbot)
    qtbot.waitUntil(lambda: "Undo…" in buttons(page.inspector))
    opened.document.allow_writing()
    page.undo_action.trigger()
    dialog = dialog_of(opened, qtbot)
    assert dialog.view.plan is not None
    assert [change.table for change in dialog.view.plan.changes] == ["visit"]
    assert problems_of(dialog) == []
    dialog.rehearse_button.click()
    qtbot.waitUntil(lambda: opened.jobs.idle and "Rehearse" in buttons(dialog))
    assert fees(clinic) == [10, 20]
    dialog.verb.click()
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(opened.said.toasts))
    assert fees(clinic) == [99, 20]
    choose(opened, done, qtbot)
    assert page.undo_action.reason == "This was undone already."
    assert problems_of(page) == []


def test_undo_on_the_message_needs_no_question_where_its_inverse_undoes_it(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    done = undone(catalog, clinic)
    opened = open_page(JournalPage, clinic, catalog=catalog)
    opened.document.allow_writing()
    take_it_back(opened.page, done)
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(opened.said.toasts))
    assert fees(clinic) == [99, 20]
    (message,) = opened.said.toasts
    assert message.undo is not None
    message.undo()
    qtbot.waitUntil(lambda: opened.jobs.idle and len(opened.said.toasts) == 2)
    assert fees(clinic) == [10, 20]


def test_a_read_only_file_is_planned_and_says_how_to_go_on(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    done = undone(catalog, clinic)
    opened = open_page(JournalPage, clinic, catalog=catalog)
    take_it_back(opened.page, done)
    dialog = dialog_of(opened, qtbot)
    assert dialog.foot.words == "The file is read-only."
    assert not dialog.verb.isEnabled()
    assert {"Allow changes", "Rehearse"} <= set(buttons(dialog))
    opened.document.allow_writing()
    dialog.allow.click()
    assert dialog.verb.isEnabled()
    assert "Allow changes" not in buttons(dialog)
    dialog.stay.click()
    assert fees(clinic) == [10, 20]


def test_what_was_changed_since_blocks_and_the_plan_says_so(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    done = undone(catalog, clinic)
    run(clinic, "UPDATE visit SET fee = 5 WHERE id = 1")
    opened = open_page(JournalPage, clinic, catalog=catalog)
    opened.document.allow_writing()
    choose(opened, done, qtbot)
    opened.page.undo_action.trigger()
    dialog = dialog_of(opened, qtbot)
    assert not dialog.verb.isEnabled()
    assert dialog.foot.words
    assert problems_of(dialog) == []
    assert fees(clinic) == [5, 20]


def test_what_has_no_inverse_and_what_was_done_elsewhere(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    point = a_point(catalog, clinic)
    other = a_database(tmp_path / "other.db").with_table("dog", "id INTEGER PRIMARY KEY").build()
    elsewhere = install(catalog, other)
    opened = open_page(JournalPage, clinic, catalog=catalog, state={"scope": "every"})
    opened.page.table.choose(
        next(row for row in opened.page.table.rows if row.event and row.event.operation == "backup.create")
    )
    assert point
    assert opened.page.undo_action.reason.startswith("This is not undone by itself.")
    assert "Undo…" not in buttons(opened.page.inspector)
    choose(opened, elsewhere.operation_id, qtbot)
    assert opened.page.undo_action.reason == "This was done with another file. Open that file to undo it."
    assert problems_of(opened.page) == []


def test_what_cannot_be_planned_is_said_on_the_page(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    opened = open_page(JournalPage, clinic, catalog=catalog)
    take_it_back(opened.page, "op_none")
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(opened.page.findChildren(Banner)))
    receipt = install(catalog, a_database(clinic.parent, "third.db").with_table("t", "id").build())
    assert done_message(opened.page, receipt).undo is not None


def test_migrations_are_taken_back_from_the_journal(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    clinic = Migrating(tmp_path, catalog)
    clinic.write("V0001__mail.sql", "ALTER TABLE patient ADD COLUMN mail TEXT;")
    first = clinic.apply()
    clinic.write("V0002__fax.sql", "ALTER TABLE patient ADD COLUMN fax TEXT;")
    clinic.write("U0002__fax.sql", "ALTER TABLE patient DROP COLUMN fax;")
    second = clinic.apply()
    opened = open_page(JournalPage, clinic.path, catalog=catalog)
    opened.document.allow_writing()
    choose(opened, first.operation_id, qtbot)
    opened.page.undo_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(opened.page.findChildren(Banner)))
    said = " ".join(each.plain for each in opened.page.findChildren(Banner)[0].findChildren(Label))
    assert "“V0002__fax.sql” was applied after it." in said

    choose(opened, second.operation_id, qtbot)
    assert problems_of(opened.page) == []
    opened.page.undo_action.trigger()
    by_files = dialog_of(opened, qtbot, MigrationPlan)
    assert problems_of(by_files) == [] and not by_files.verb.isEnabled()
    by_files.rehearse()
    qtbot.waitUntil(lambda: opened.jobs.idle and by_files.verb.isEnabled())
    by_files.apply()
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(opened.said.toasts))
    choose(opened, second.operation_id, qtbot)
    assert opened.page.undo_action.reason == "This was undone already."

    choose(opened, first.operation_id, qtbot)
    opened.page.undo_action.trigger()
    by_point = dialog_of(opened, qtbot)
    assert by_point.plan.operation == "restore.in_place"
    by_point.apply()
    qtbot.waitUntil(lambda: opened.jobs.idle and len(opened.said.toasts) == 2)
    assert clinic.history() == ()
