"""The page of migrations on real files: what stands there, a rehearsal, applying it, and taking it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from builders.migrating import Migrating
from builders.processes import OtherProgram
from steward_app.catalog import Catalog, journal
from steward_app.catalog.policy import read_policy
from steward_app.gui.pages.migrations.cards import RowsCard
from steward_app.gui.pages.migrations.dialogs import NewDialog, ReasonDialog, ValuesDialog
from steward_app.gui.pages.migrations.plan_shown import MigrationPlan
from steward_app.gui.pages.undoing import UndoDialog
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.services.migrate.model import State

MAIL = """-- Everybody gets a place for mail.
ALTER TABLE patient ADD COLUMN mail TEXT;
UPDATE patient SET phone = '2';
"""


def test_without_a_folder_and_without_files_it_says_what_to_do(clinic: Migrating, show: Any) -> None:
    shown = show()
    assert shown.page.views.currentIndex() == 1
    clinic.folder.rmdir()
    shown.does(shown.page.read_again)
    assert shown.page.views.currentIndex() == 2
    assert shown.opened.said.counts["page"] is None


def test_what_waits_is_rehearsed_applied_and_taken_back(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__give_mail.sql", MAIL)
    clinic.write("U0001__give_mail.sql", "ALTER TABLE patient DROP COLUMN mail;")
    shown = show()
    page = shown.page
    assert shown.states == [("0001", "Not rehearsed")]
    assert shown.opened.said.counts["page"] == 1
    assert "Everybody gets a place for mail." in shown.words
    assert "Not rehearsed yet" in shown.words and not page.detail.apply.isVisible()
    assert page.detail.rehearse.isVisible()
    assert page.own.apply.reason == "Rehearse it first on what the file holds now."

    shown.does(page.own.rehearse.trigger)
    assert page.looked is not None and page.looked.ready
    assert [word for _, word in shown.states] == ["Rehearsed"]
    assert page.detail.apply.isVisible() and page.detail.apply.text() == "Change 2 rows"
    assert "Links" in shown.words and "0 old orphans, 0 new" in shown.words

    shown.does(page.own.apply.trigger)
    assert clinic.states()["V0001__give_mail.sql"] is State.APPLIED
    assert [word for _, word in shown.states] == ["Applied"]
    assert shown.opened.said.counts["page"] is None
    assert page.detail.take_back.isVisible() and not page.detail.apply.isVisible()

    shown.does(page.own.take_back.trigger)
    dialog = shown.dialog(MigrationPlan)
    assert not dialog.verb.isEnabled()
    shown.does(dialog.rehearse)
    assert dialog.verb.isEnabled()
    assert dialog.foot.words == "Rehearsed on a copy: it goes through."
    assert "Rows, by table, as on the copy" in [each.plain for each in dialog.view.findChildren(Label)]
    shown.does(dialog.apply)
    assert [word for _, word in shown.states] == ["Taken back"]
    assert "mail" not in str(clinic.all("SELECT sql FROM sqlite_schema WHERE name = 'patient'"))


def test_remarks_become_a_sentence_beside_when_it_was_applied(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__rooms.sql", "-- Places for beds\nCREATE TABLE room (id INTEGER PRIMARY KEY);")
    clinic.apply()
    assert "Places for beds. Applied " in show().words


def test_undo_on_the_message_plans_to_take_back_all_that_was_applied_with_it(
    clinic: Migrating, show: Any
) -> None:
    clinic.write("V0001__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY);")
    clinic.apply()
    for number, what in ((2, "mail"), (3, "fax")):
        clinic.write(f"V000{number}__{what}.sql", f"ALTER TABLE patient ADD COLUMN {what} TEXT;")
        clinic.write(f"U000{number}__{what}.sql", f"ALTER TABLE patient DROP COLUMN {what};")
    shown = show()
    shown.choose(3, "fax")
    shown.does(shown.page.own.rehearse.trigger)
    shown.does(shown.page.own.apply.trigger)
    undo = shown.opened.said.toasts[-1].undo
    assert undo is not None
    shown.does(undo)
    dialog = shown.dialog(MigrationPlan)
    shown.does(dialog.rehearse)
    shown.does(dialog.apply)
    shown.does(lambda: shown.page.refresh(()))  # as the window does for every receipt
    assert shown.states == [("0003", "Taken back"), ("0002", "Taken back"), ("0001", "Applied")]
    assert "room" in clinic.objects()


def test_what_is_in_the_way_stands_first_and_the_history_is_set_right(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY);")
    clinic.write("V0003__beds.sql", "CREATE TABLE bed (id INTEGER PRIMARY KEY);")
    clinic.apply()
    clinic.write("V0001__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY, floor);")
    (clinic.folder / "V0003__beds.sql").unlink()
    clinic.write("V0002__late.sql", "CREATE TABLE late (id);")
    shown = show()
    assert shown.states == [("0003", "File missing"), ("0002", "Late"), ("0001", "Edited since")]
    assert shown.pill == "File missing"
    assert shown.page.detail.repair.isVisible()

    shown.does(shown.page.own.repair.trigger)
    shown.does(shown.dialog(MigrationPlan).apply)
    assert shown.states == [("0002", "Not rehearsed"), ("0001", "Applied")]
    assert clinic.states()["V0001__rooms.sql"] is State.APPLIED
    undo = shown.opened.said.toasts[-1].undo
    assert undo is not None
    shown.does(undo)
    assert clinic.states()["V0001__rooms.sql"] is State.EDITED
    assert clinic.states()["V0003__beds.sql"] is State.MISSING


def test_a_late_one_can_be_applied_all_the_same(clinic: Migrating, show: Any) -> None:
    clinic.write("V0002__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY);")
    clinic.apply()
    clinic.write("V0001__late.sql", "CREATE TABLE late (id);")
    shown = show()
    assert shown.pill == "Late" and "Give it a version above the newest" in shown.words
    shown.does(shown.page.own.rehearse.trigger)
    assert shown.page.looked is not None and shown.page.looked.ready
    shown.does(shown.page.own.apply.trigger)
    assert "late" in clinic.objects()
    undo = shown.opened.said.toasts[-1].undo
    assert undo is not None
    shown.does(undo)  # by the restore point, since what stands above it is to stay
    dialog = shown.dialog(UndoDialog)
    shown.does(dialog.apply)
    shown.does(lambda: shown.page.refresh(()))
    assert shown.states == [("0002", "Applied"), ("0001", "Late")]
    assert "late" not in clinic.objects()


def test_a_history_begins_at_the_version_that_is_chosen(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__patients.sql", "CREATE TABLE patient (id);")
    clinic.write("V0002__rooms.sql", "CREATE TABLE room (id);")
    shown = show()
    shown.choose(1, "patients")
    shown.does(shown.page.own.baseline.trigger)
    shown.does(shown.dialog(MigrationPlan).apply)
    assert [(row.version, row.origin) for row in clinic.history()] == [(1, "baseline")]
    assert shown.page.own.baseline.reason == "This file has a history of migrations already."
    undo = shown.opened.said.toasts[-1].undo
    assert undo is not None
    shown.does(undo)
    shown.does(lambda: shown.page.refresh(()))
    assert clinic.history() == () and shown.page.own.baseline.reason == ""


def test_one_that_does_not_go_through_says_where_and_nothing_is_changed(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__bad.sql", "CREATE TABLE a (x);\nINSERT INTO nowhere VALUES (1);")
    shown = show()
    before = clinic.objects()
    shown.does(shown.page.own.rehearse.trigger)
    assert shown.states == [("0001", "Rehearsal failed")] and shown.pill == "Rehearsal failed"
    assert "line 2, column 1: no such table: nowhere" in shown.words
    assert "Your file is as it was." in shown.words
    assert shown.page.own.apply.reason and clinic.objects() == before


def test_one_that_cannot_run_says_why_in_its_place(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__journal.sql", "PRAGMA journal_mode = WAL;")
    shown = show()
    assert "It cannot run" in shown.words and "V0001__journal.sql" in shown.words
    assert shown.page.own.rehearse.reason == "It cannot run as it is."


def test_after_a_change_of_the_file_it_is_rehearsed_again(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__give_mail.sql", MAIL)
    shown = show()
    shown.does(shown.page.own.rehearse.trigger)
    clinic.sql("UPDATE patient SET name = 'Cy' WHERE id = 1")
    shown.does(shown.page.read_again)
    assert shown.pill == "File changed since the rehearsal"
    assert shown.states == [("0001", "File changed since")]
    assert shown.page.own.apply.reason == "Rehearse it first on what the file holds now."
    shown.does(shown.page.own.rehearse.trigger)
    assert shown.pill == "Ready" and shown.states == [("0001", "Rehearsed")]


def test_after_a_change_of_the_file_no_rehearsal_in_the_list_counts(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__give_mail.sql", MAIL)
    clinic.write("V0002__more.sql", "CREATE TABLE more (x);")
    shown = show()
    shown.choose(2, "more")
    shown.does(shown.page.own.rehearse.trigger)
    assert [state for _, state in shown.states] == ["Rehearsed", "Rehearsed"]
    clinic.sql("UPDATE patient SET name = 'Cy' WHERE id = 1")
    shown.does(shown.page.read_again)
    assert [state for _, state in shown.states] == ["File changed since", "File changed since"]


def test_without_a_rehearsal_a_reason_is_asked_and_kept(clinic: Migrating, show: Any, kept: Catalog) -> None:
    clinic.write("V0001__give_mail.sql", MAIL)
    shown = show()
    shown.page.own.apply_anyway.trigger()
    dialog = shown.dialog(ReasonDialog)
    assert not dialog.verb.isEnabled()
    dialog.reason.edit.setText("Nobody works here at night")
    shown.does(dialog.submit)
    assert clinic.states()["V0001__give_mail.sql"] is State.APPLIED
    with kept.reading() as session:
        events = journal.events(session, operation="migrate.apply")
    asked = [event.data["request"] for event in events if "request" in event.data]
    assert [each.get("unrehearsed") for each in asked if isinstance(each, dict)] == [
        "Nobody works here at night"
    ]


def test_personal_values_are_hidden_until_asked_for_and_gone_with_the_page(
    clinic: Migrating, show: Any
) -> None:
    clinic.write("V0001__phones.sql", "UPDATE patient SET phone = '020 ' || phone WHERE phone IS NOT NULL;")
    shown = show()
    shown.does(shown.page.own.rehearse.trigger)
    card = shown.page.detail.findChild(RowsCard)
    cells = [card.table.value_cell(row, row.example.after, "text").text for row in card.table.rows]
    assert cells and all(cell.startswith("Hidden") for cell in cells)
    card.table.turn()
    assert [card.table.value_cell(row, row.example.after, "text").text for row in card.table.rows] == [
        "020 1"
    ]

    again = show()
    assert again.page.looked is not None and again.page.looked.ready
    assert "are kept nowhere" in again.words and again.page.detail.findChild(RowsCard).table.rows == ()


def test_the_switch_is_asked_for_before_anything_is_written(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__give_mail.sql", MAIL)
    shown = show()
    shown.does(shown.page.own.rehearse.trigger)
    shown.opened.document.forbid_writing()
    shown.page.reconsider()
    assert shown.page.own.apply.reason == "The file is read-only. Allow changes first."
    assert shown.page.detail.allow.isVisible()


def test_values_are_asked_for_where_files_have_placeholders(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__room.sql", "CREATE TABLE ${table!identifier} (id INTEGER PRIMARY KEY);")
    shown = show()
    assert "Give a value for each placeholder." in shown.words
    assert shown.page.detail.values.isVisible()
    shown.page.doing.give_values()
    dialog = shown.dialog(ValuesDialog)
    dialog.fields["table"].edit.setText('odd "room"')
    shown.does(dialog.submit)
    shown.does(shown.page.own.rehearse.trigger)
    shown.does(shown.page.own.apply.trigger)
    assert 'odd "room"' in clinic.objects()


def test_a_new_migration_is_a_file_that_is_chosen_at_once(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__give_mail.sql", MAIL)
    shown = show()
    shown.page.own.new.trigger()
    dialog = shown.dialog(NewDialog)
    dialog.submit()
    assert dialog.isVisible()  # it does not say yet what it does
    dialog.description.edit.setText("Add rooms")
    dialog.sql.setPlainText("CREATE TABLE room (id INTEGER PRIMARY KEY);")
    shown.does(dialog.submit)
    path = clinic.folder / "V0002__add_rooms.sql"
    assert path.read_text() == "-- Add rooms\n\nCREATE TABLE room (id INTEGER PRIMARY KEY);\n"
    assert shown.page.list.current is not None and shown.page.list.current.entry.file == path.name
    assert "It needs what comes before it: V0001__give_mail.sql." in shown.words
    assert "room" not in clinic.objects()


def test_another_folder_is_kept_in_the_policy(
    clinic: Migrating, show: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = clinic.folder.with_name("schema")
    other.mkdir()
    (other / "V0001__other.sql").write_text("CREATE TABLE other (x);")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(other))
    shown = show()
    shown.does(shown.page.own.folder.trigger)
    assert [row.title for row in shown.page.list.rows] == ["Other"]
    section = read_policy(clinic.path).policy.migrations
    assert section is not None and Path(section.folder) == Path("schema")


def test_the_list_shows_open_or_applied_ones_alone(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.apply()
    clinic.write("V0002__b.sql", "CREATE TABLE b (x);")
    clinic.write("R__c.sql", "DROP VIEW IF EXISTS c; CREATE VIEW c AS SELECT 1;")
    shown = show()
    assert [number for number, _ in shown.states] == ["R", "0002", "0001"]
    for key, numbers in (("open", ["R", "0002"]), ("applied", ["0001"])):
        shown.page.shown.choose(key)
        shown.does(lambda key=key: shown.page.shown.chosen.emit(key))
        assert [number for number, _ in shown.states] == numbers


def test_without_an_undo_file_the_restore_point_is_brought_back(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__give_mail.sql", MAIL)
    clinic.apply()
    shown = show()
    assert "Taken back by the restore point" in shown.words
    before = clinic.objects()
    shown.does(shown.page.own.take_back.trigger)
    dialog = shown.dialog(MigrationPlan)
    assert dialog.plan.operation == "restore.in_place"
    shown.does(dialog.apply)
    assert clinic.history() == () and clinic.objects() == before
    assert clinic.all("SELECT phone FROM patient ORDER BY id") == [("1",), (None,)]
    assert shown.states == [("0001", "Not rehearsed")]


def test_a_file_that_was_edited_elsewhere_is_read_when_somebody_comes_back(
    clinic: Migrating, show: Any
) -> None:
    path = clinic.write("V0001__give_mail.sql", MAIL)
    shown = show()
    path.write_text("-- Something else than before.\nCREATE TABLE other (x);\n")
    shown.page.hide()
    shown.does(shown.page.show)
    assert "Something else than before." in shown.words


def test_a_program_in_the_way_is_named_and_one_may_go_on_beside_it(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__give_mail.sql", MAIL)
    shown = show()
    shown.does(shown.page.own.rehearse.trigger)
    with OtherProgram(clinic.path) as other:
        other.does("run('SELECT count(*) FROM patient')")
        shown.does(shown.page.own.apply.trigger)
        assert clinic.states()["V0001__give_mail.sql"] is State.PENDING
        (banner,) = shown.page.findChildren(Banner)
        assert "Nothing was changed." in banner.text and "--" not in banner.text
        beside = next(each for each in banner.findChildren(Button) if each.text() == "Go on beside it")
        shown.does(beside.click)
    assert clinic.states()["V0001__give_mail.sql"] is State.APPLIED


def test_nothing_on_the_page_names_a_command(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__mail.sql", "ALTER TABLE patient ADD COLUMN email TEXT;")
    clinic.write("V0002__late.sql", "DROP TABLE visit;")
    shown = show()
    shown.choose(2, "late")
    shown.does(shown.page.own.rehearse.trigger)
    assert "“steward " not in shown.words and "--" not in shown.words.replace("-- ", "")


def test_where_one_before_it_stopped_the_rehearsal_that_is_said(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__wrong.sql", "DROP TABLE nowhere;")
    clinic.write("V0002__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY);")
    shown = show()
    shown.choose(2, "rooms")
    shown.does(shown.page.own.rehearse.trigger)
    assert shown.pill == "Rehearsal failed before it"
    shown.does(shown.page.own.rehearse.trigger)
    assert shown.states == [("0002", "Not rehearsed"), ("0001", "Rehearsal failed")]


def test_each_of_several_that_were_rehearsed_together_says_so(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__give_mail.sql", MAIL)
    clinic.write("V0002__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY);")
    shown = show()
    shown.choose(2, "rooms")
    shown.does(shown.page.own.rehearse.trigger)
    assert shown.states == [("0002", "Rehearsed"), ("0001", "Rehearsed")]
    shown.choose(1, "give_mail")
    assert shown.pill == "Rehearsed with others"
    assert "It went through a rehearsal together with V0002__rooms.sql" in shown.words
    assert "To apply all of them, choose V0002__rooms.sql." in shown.words
    shown.choose(2, "rooms")
    shown.does(shown.page.own.apply.trigger)
    shown.choose(1, "give_mail")
    assert "It was rehearsed together with V0002__rooms.sql." in shown.words


def test_one_that_was_rehearsed_without_what_would_run_with_it_now_says_so(
    clinic: Migrating, show: Any
) -> None:
    clinic.write("V0001__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY);")
    last = clinic.write("V0002__beds.sql", "CREATE TABLE bed (id INTEGER PRIMARY KEY);")
    clinic.write("R__views.sql", "CREATE VIEW rooms AS SELECT id FROM room;")
    shown = show()
    shown.choose(1, "rooms")
    shown.does(shown.page.own.rehearse.trigger)
    assert shown.pill == "Ready"
    last.unlink()
    shown.does(lambda: shown.page.refresh(()))
    shown.choose(1, "rooms")
    assert ("0001", "Rehearsed") in shown.states
    assert shown.pill == "Rehearsed otherwise"
    assert "Rehearsed, and not as it would run now" in shown.words
    assert "Not rehearsed yet" not in shown.words
