"""The menu of the migrations page: a file that takes back, columns in two steps, histories, forms of tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from builders.adopting import FLYWAY, Adopting
from builders.migrating import Migrating
from builders.walk import problems_of
from steward_app.db import open_read
from steward_app.gui.pages.migrations.adopting import AdoptDialog, AdoptPlan
from steward_app.gui.pages.migrations.asking import FilesDialog
from steward_app.gui.pages.migrations.contracting import ContractDialog
from steward_app.gui.pages.migrations.dialogs import ValuesDialog
from steward_app.gui.pages.migrations.expanding import ExpandDialog
from steward_app.gui.pages.migrations.page import MigrationsPage
from steward_app.gui.pages.migrations.plan_shown import MigrationPlan
from steward_app.gui.pages.migrations.registry import RegistryDialog
from steward_app.gui.pages.migrations.registry_answers import QuestionRow
from steward_app.gui.pages.migrations.undo_file import UndoFileDialog
from steward_app.gui.pages.undoing import UndoDialog
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.text import Label
from steward_app.services.migrate.expand.expand import expand
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.migrate.files import save
from steward_app.services.migrate.model import State

MAIL = "ALTER TABLE patient ADD COLUMN mail TEXT;\nUPDATE patient SET phone = '2';\n"


def words(widget: Any) -> str:
    QApplication.processEvents()  # what was put into a layout is shown then
    labels = [each.plain for each in widget.findChildren(Label) if not each.isHidden()]
    return "\n".join([*labels, *(each.text for each in widget.findChildren(StateLabel))])


def test_a_file_that_takes_back_is_proposed_and_written(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__mail.sql", MAIL)
    clinic.apply()
    clinic.write("V0002__fax.sql", "ALTER TABLE patient ADD COLUMN fax TEXT;")
    shown = show()
    shown.does(shown.page.own.undo_file.trigger)
    dialog = shown.dialog(UndoFileDialog)
    assert problems_of(dialog) == []
    assert dialog.sql.toPlainText() == 'ALTER TABLE "main"."patient" DROP COLUMN "fax";'
    assert not dialog.notes
    dialog.sql.clear()
    shown.does(dialog.submit)
    assert dialog.isVisible() and dialog.findChildren(Banner)
    dialog.sql.setPlainText("ALTER TABLE patient DROP COLUMN fax;")
    shown.does(dialog.submit)
    assert "DROP COLUMN fax;" in (clinic.folder / "U0002__fax.sql").read_text()
    assert shown.page.own.undo_file.reason == "It has a file that takes it back already."
    assert not [each for each in shown.page.window().findChildren(UndoFileDialog) if each.isVisible()]


def test_of_an_applied_one_it_is_proposed_from_the_files_before_it(clinic: Migrating, show: Any) -> None:
    for number, table in ((1, "bed"), (2, "ward")):
        clinic.write(f"V000{number}__{table}.sql", f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, beds);")
    clinic.write("V0003__wards.sql", "ALTER TABLE ward RENAME TO wards; INSERT INTO wards VALUES (1, 2);")
    clinic.apply()
    shown = show()
    shown.does(shown.page.own.undo_file.trigger)
    dialog = shown.dialog(UndoFileDialog)
    assert dialog.sql.toPlainText() == 'ALTER TABLE "main"."wards" RENAME TO ward;'
    assert "What it does to rows is not taken back" in words(dialog)


def test_a_way_back_is_proposed_once_its_placeholders_have_values(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__mail.sql", "ALTER TABLE patient ADD COLUMN ${column!identifier} TEXT;")
    shown = show()
    shown.does(shown.page.own.undo_file.trigger)
    values = shown.dialog(ValuesDialog)
    assert problems_of(values) == [] and not values.verb.isEnabled()
    values.fields["column"].edit.setText("mail")
    assert values.verb.isEnabled()
    shown.does(values.submit)
    dialog = shown.dialog(UndoFileDialog)
    assert 'DROP COLUMN "mail"' in dialog.sql.toPlainText()
    assert "with others it may not lead back" in words(dialog)


def test_files_that_take_back_are_given_their_values_first(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__mail.sql", "ALTER TABLE patient ADD COLUMN mail TEXT;")
    clinic.write("U0001__mail.sql", "ALTER TABLE patient DROP COLUMN ${column!identifier};")
    clinic.apply()
    shown = show()
    shown.does(shown.page.own.take_back.trigger)
    values = shown.dialog(ValuesDialog)
    values.fields["column"].edit.setText("mail")
    shown.does(values.submit)
    plan = shown.dialog(MigrationPlan).plan
    assert "“patient”.“mail” goes; it is empty." in plan.sentences


def test_a_column_is_expanded_and_contracted(clinic: Migrating, show: Any) -> None:
    shown = show()
    page = shown.page
    assert page.own.contract.reason == "No column of this file is expanded."
    shown.does(page.own.expand.trigger)
    dialog = shown.dialog(ExpandDialog)
    assert problems_of(dialog) == []
    dialog.choose("patient", "phone")
    shown.does(dialog.submit)
    assert "Give every new column a name." in words(dialog)
    dialog.add_row()
    assert len(dialog.rows) == 2 and dialog.rows[0].remove.isVisibleTo(dialog)
    dialog.rows[1].remove.click()
    dialog.rows[0].name.setText("name")
    shown.does(dialog.submit)  # there is one of that name
    assert dialog.isVisible() and dialog.findChildren(Banner)
    dialog.rows[0].name.setText("telephone")
    shown.does(dialog.submit)
    files = shown.dialog(FilesDialog)
    assert problems_of(files) == []
    assert not any(clinic.folder.iterdir())
    assert "telephone" in files.view.toPlainText()
    assert [each.path.name[:2] for each in files.files] == ["V0", "U0", "V0", "U0"]
    shown.does(files.submit)
    assert len(list(clinic.folder.iterdir())) == 4
    clinic.apply()
    shown.does(page.read_again)

    shown.does(page.own.contract.trigger)
    dialog = shown.dialog(ContractDialog)
    assert problems_of(dialog) == []
    assert [each.code for each in dialog.against] == ["young", "undeclared"]
    assert "Say that the old programs are gone." in words(dialog) and not dialog.verb.isEnabled()
    dialog.days.edit.setText("some")
    assert not dialog.verb.isEnabled() and "Write a number of days." in words(dialog)
    dialog.days.edit.setText("0")
    dialog.gone.edit.setText("The old desk is switched off")
    assert dialog.verb.isEnabled() and dialog.against == ()
    shown.does(dialog.submit)
    files = shown.dialog(FilesDialog)
    assert "The old desk is switched off" in files.view.toPlainText()
    shown.does(files.submit)
    clinic.apply()
    assert [name for (name,) in clinic.all("SELECT name FROM pragma_table_info('patient')")] == [
        "id",
        "name",
        "telephone",
    ]


def test_values_that_the_old_column_alone_holds_are_asked_for(clinic: Migrating, show: Any) -> None:
    short = Wanted("short", "TEXT", "substr(name, 1, 1)")
    with open_read(clinic.path) as session:
        made = expand(session, "patient", "name", [short], clinic.folder, back="short")
    save(made.expand)
    save(made.fill)
    clinic.apply()
    shown = show()
    shown.does(shown.page.own.contract.trigger)
    dialog = shown.dialog(ContractDialog)
    assert problems_of(dialog) == []
    dialog.days.edit.setText("0")
    dialog.gone.edit.setText("The old desk is switched off")
    assert [each.code for each in dialog.against] == ["richer"] and not dialog.verb.isEnabled()
    asked = "Say what becomes of the values that the old column alone holds."
    assert asked in words(dialog) and dialog.meant.isVisible()
    dialog.meant.setChecked(True)
    assert dialog.verb.isEnabled() and dialog.against == ()
    assert "which the new one does not lead back to" in dialog.meant.text()
    clinic.sql("INSERT INTO patient (id, name) VALUES (9, 'Zoe')")
    shown.does(dialog.submit)
    assert "The rows have changed meanwhile." in words(dialog) and "--loses" not in words(dialog)
    assert dialog.found.richer == 3 and not dialog.meant.isChecked() and not dialog.verb.isEnabled()
    dialog.meant.setChecked(True)
    shown.does(dialog.submit)
    assert "The steward says that this is meant." in shown.dialog(FilesDialog).view.toPlainText()


def test_another_tools_history_is_adopted_and_that_taken_back(
    clinic: Migrating, show: Any, tmp_path: Path
) -> None:
    (tmp_path / "zoo").mkdir()
    zoo = Adopting(tmp_path / "zoo", clinic.catalog, FLYWAY)
    clinic.path, clinic.folder = zoo.path, zoo.into
    shown = show()
    assert shown.page.own.adopt.reason == ""
    shown.does(shown.page.own.adopt.trigger)
    dialog = shown.dialog(AdoptDialog)
    assert problems_of(dialog) == []
    shown.does(dialog.submit)
    assert dialog.isVisible()  # no folder is named yet
    dialog.folder.edit.setText(str(zoo.into))
    shown.does(dialog.submit)
    assert dialog.isVisible() and dialog.findChildren(Banner)
    dialog.folder.edit.setText(str(zoo.folder))
    dialog.values.edit.setText("no value")
    shown.does(dialog.submit)
    assert dialog.isVisible()
    dialog.values.edit.setText("")
    shown.does(dialog.submit)
    plan = shown.dialog(AdoptPlan)
    assert problems_of(plan) == []
    shown.does(plan.rehearse)
    assert not zoo.history()
    shown.does(plan.apply)
    assert zoo.history() and State.APPLIED in zoo.states().values()
    assert shown.page.own.adopt.reason == "This file has a history of migrations already."

    undo, files = shown.opened.said.toasts[-1].undo, sorted(zoo.texts())
    (
        zoo.into / next(each for each in files if each.startswith("V"))
    ).unlink()  # as where it could not be written
    shown.does(shown.page.read_again)
    assert shown.page.own.adopt.reason == ""
    shown.does(shown.page.own.adopt.trigger)
    dialog = shown.dialog(AdoptDialog)
    dialog.folder.edit.setText(str(zoo.folder))
    shown.does(dialog.submit)
    assert sorted(zoo.texts()) == files

    shown.does(undo)
    plan = shown.dialog(UndoDialog)
    assert str(len(files)) in plan.plan.sentences[1]
    shown.does(plan.apply)
    assert not zoo.history() and not zoo.texts()


def test_forms_of_tables_are_registered_and_compared(clinic: Migrating, show: Any) -> None:
    shown = show()
    shown.does(shown.page.own.registry.trigger)
    dialog = shown.dialog(RegistryDialog)
    assert problems_of(dialog) == []
    assert [(each.table, each.versions) for each in dialog.table.rows] == [("patient", ()), ("visit", ())]
    shown.does(dialog.register_every)
    assert [len(each.versions) for each in dialog.table.rows] == [1, 1]
    clinic.sql("ALTER TABLE patient ADD COLUMN mail TEXT NOT NULL DEFAULT ''")
    shown.does(dialog.register_chosen)
    assert [len(each.versions) for each in dialog.table.rows] == [2, 1]
    assert "understand each other" in words(dialog)
    dialog.older.setCurrentIndex(0)
    dialog.newer.setCurrentIndex(1)
    dialog.tabs.buttons[0].click()
    assert "Programs of the" in words(dialog)
    shown.does(dialog.tabs.buttons[1].click)
    assert "ADD COLUMN mail" in dialog.findChildren(SqlView)[-1].toPlainText()
    dialog.tabs.buttons[2].click()
    assert '"properties"' in dialog.findChildren(SqlView)[-1].toPlainText()
    assert problems_of(dialog) == []


def test_what_is_asked_between_two_forms_is_answered(clinic: Migrating, show: Any) -> None:
    shown = show()
    shown.does(shown.page.own.registry.trigger)
    dialog = shown.dialog(RegistryDialog)
    dialog.table.choose(dialog.table.rows[0])
    shown.does(dialog.register_chosen)
    clinic.sql("ALTER TABLE patient RENAME phone TO number")
    shown.does(dialog.register_chosen)
    dialog.older.setCurrentIndex(0)
    dialog.newer.setCurrentIndex(1)
    shown.does(dialog.tabs.buttons[1].click)

    def answered(number: int) -> str:
        [row] = dialog.findChildren(QuestionRow)
        assert row.answer.count() == 3
        row.answer.setCurrentIndex(number)
        shown.does(lambda: row.answer.activated.emit(number))
        assert not [each for each in dialog.findChildren(QuestionRow) if each.isVisible()]
        return str(dialog.findChildren(SqlView)[-1].toPlainText()).upper()

    assert problems_of(dialog) == []
    assert "RENAME COLUMN" in answered(1)
    assert "“phone” of “patient” is renamed to “number”" in words(dialog)
    assert problems_of(dialog) == []
    shown.does(dialog.anew.click)
    assert "RENAME COLUMN" not in answered(2)
    assert "“phone” goes." in words(dialog)


@pytest.mark.parametrize(
    ("rule", "gone", "sql", "told"),
    [
        (
            "CREATE UNIQUE INDEX bed_name ON bed(name)",
            "DROP INDEX bed_name",
            "DROP INDEX",
            "“bed_name” goes.",
        ),
        (
            "DROP TABLE bed; CREATE TABLE bed (name TEXT UNIQUE)",
            "DROP TABLE bed; CREATE TABLE bed (name TEXT)",
            "DROP TABLE",
            "“bed(name)” goes.",
        ),
    ],
)
def test_a_rule_that_goes_between_two_forms_is_asked_for(
    clinic: Migrating, show: Any, rule: str, gone: str, sql: str, told: str
) -> None:
    for statement in ("CREATE TABLE bed (name TEXT)", *rule.split("; ")):
        clinic.sql(statement)
    shown = show()
    shown.does(shown.page.own.registry.trigger)
    dialog = shown.dialog(RegistryDialog)
    dialog.table.choose(dialog.table.rows[0])
    shown.does(dialog.register_chosen)
    for statement in gone.split("; "):
        clinic.sql(statement)
    shown.does(dialog.register_chosen)
    dialog.older.setCurrentIndex(0)
    dialog.newer.setCurrentIndex(1)
    shown.does(dialog.tabs.buttons[1].click)
    [row] = dialog.findChildren(QuestionRow)
    assert [row.answer.itemText(at) for at in range(row.answer.count())] == ["Choose an answer", "It goes"]
    assert problems_of(dialog) == []
    shown.does(lambda: row.answer.activated.emit(1))
    assert sql in dialog.findChildren(SqlView)[-1].toPlainText()
    assert told in words(dialog)


def test_forms_that_were_registered_are_taken_out_again(clinic: Migrating, show: Any) -> None:
    shown = show()
    shown.does(shown.page.own.registry.trigger)
    dialog = shown.dialog(RegistryDialog)
    shown.does(dialog.register_every)
    [said] = dialog.findChildren(Banner)
    assert said.text == "Registered the form of 2 tables."
    assert [len(each.versions) for each in dialog.table.rows] == [1, 1]
    [back] = said.findChildren(Button)
    shown.does(back.click)
    assert [len(each.versions) for each in dialog.table.rows] == [0, 0]
    assert "Took the form of 2 tables out of the registry." in [
        each.text for each in dialog.findChildren(Banner)
    ]
    assert problems_of(dialog) == []


def test_a_promise_that_is_broken_is_told_and_not_registered(clinic: Migrating, show: Any) -> None:
    clinic.path.with_name("clinic.db.steward.yaml").write_text(
        "version: 1\ncompatibility:\n  default: full\n"
    )
    shown = show()
    shown.does(shown.page.own.registry.trigger)
    dialog = shown.dialog(RegistryDialog)
    shown.does(dialog.register_every)
    clinic.sql("ALTER TABLE patient ADD COLUMN mail TEXT NOT NULL DEFAULT ''")
    shown.does(dialog.register_every)
    assert dialog.findChildren(Banner)
    assert [len(each.versions) for each in dialog.table.rows] == [1, 1]


def test_the_menu_holds_what_is_not_needed_every_day(clinic: Migrating, show: Any) -> None:
    page = show().page
    inside = [each for each in page.own.menu if each]
    assert all(each in page.commands() for each in inside)
    assert problems_of(page) == []


def test_the_buttons_of_a_migration_stand_in_one_row(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__add_a_phone_number_to_patients.sql", "ALTER TABLE patient ADD COLUMN mail TEXT;")
    shown = show()
    page, document = shown.page, shown.opened.document
    shown.does(lambda: page.resize(1072, 752))
    assert page.own.apply_anyway.reason == "" and page.own.apply_anyway in page.own.menu
    document.forbid_writing()
    shown.rest()
    assert page.detail.allow.isVisible() and in_one_row(page)
    shown.does(page.own.rehearse.trigger)
    assert page.detail.apply.isVisible() and in_one_row(page)
    document.allow_writing()
    shown.rest()
    assert page.detail.again.isVisible() and in_one_row(page)
    assert page.own.apply_anyway.reason == "It is rehearsed already, and can be applied."


def in_one_row(page: MigrationsPage) -> bool:
    QApplication.processEvents()  # what was hidden or shown is laid out then
    shown = [page.detail.pill, *(each for each in page.detail._buttons if each.isVisible())]
    assert len(shown) > 2
    middles = [each.mapTo(page.detail, each.rect().center()).y() for each in shown]
    return max(middles) - min(middles) < 8
