"""The list of changes: over several tables, each editor from where the last one ended, one migration in the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from steward_app.db import open_write
from steward_app.gui.pages.schema_map.changing import change_table, new_table
from steward_app.gui.pages.schema_map.editor.dialog import SchemaEditor
from steward_app.gui.pages.schema_map.editor.divide import MergeDialog, SplitDialog
from steward_app.gui.pages.schema_map.editor.listing import ChangesDialog
from steward_app.gui.pages.schema_map.editor.trying import AddingDialog
from steward_app.gui.theme import Theme
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.confirm import Question
from steward_app.gui.widgets.text import Label

Open = Callable[..., Any]
ODD = '<img src=x> "q" =cmd|'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_sql(
            "CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, phone TEXT)",
            "CREATE TABLE badge(person INTEGER PRIMARY KEY REFERENCES person(id), colour TEXT)",
            "CREATE TABLE visit(id INTEGER PRIMARY KEY, day TEXT, fee INT)",
            "CREATE VIEW dear AS SELECT day, fee FROM visit",
            "INSERT INTO person VALUES (1, 'Ann', '5')",
            "INSERT INTO badge VALUES (1, 'red')",
            "INSERT INTO visit VALUES (1, NULL, 5)",
        )
        .build()
    )


@pytest.fixture
def opened(open_map: Open, path: Path) -> Any:
    return open_map(path, "visit")


def editor(opened: Any, kind: type[AddingDialog] = SchemaEditor) -> Any:
    """The editor that is open."""
    opened.settle()
    found = [each for each in opened.page.findChildren(kind) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def add(opened: Any, dialog: AddingDialog) -> None:
    """Add what an editor holds, once it was tried."""
    opened.settle()
    dialog.submit()
    opened.settle()


@pytest.fixture
def changes(opened: Any) -> ChangesDialog:
    """The list, with column fee of visit renamed to price."""
    change_table(opened.page)
    dialog = editor(opened)
    dialog.columns.choose(2)
    dialog.columns.name.edit.setText("price")
    add(opened, dialog)
    found = opened.page.findChild(ChangesDialog)
    assert isinstance(found, ChangesDialog)
    return found


def pick(changes: ChangesDialog, table: str) -> None:
    changes.table.setCurrentIndex(changes.table.findData(table))


def sentences(changes: ChangesDialog) -> list[str]:
    return [line.sentence for line in changes.list.rows]


def files(path: Path) -> list[str]:
    folder = path.parent / "migrations"
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


def rename_table(opened: Any, changes: ChangesDialog, table: str, name: str) -> None:
    pick(changes, table)
    changes.change.click()
    dialog = editor(opened)
    dialog.name.edit.clear()
    opened.bot.keyClicks(dialog.name.edit, name)
    add(opened, dialog)


def test_changes_of_several_tables_are_shown_together_and_written_as_one_file(
    changes: ChangesDialog, opened: Any, qtbot: QtBot, path: Path
) -> None:
    before = path.read_bytes()
    rename_table(opened, changes, "visit", "stay")
    pick(changes, "person")
    changes.split.click()
    split = editor(opened, SplitDialog)
    split.ticks["phone"].setChecked(True)
    split.into.edit.setText("contact")
    add(opened, split)
    assert sentences(changes) == [
        "Rename column “fee” of “visit” to “price”",
        "Rename table “visit” to “stay”",
        "Move “phone” of “person” into the new table “contact”",
    ]
    names = [changes.table.itemData(at) for at in range(changes.table.count())]
    assert sorted(names) == ["badge", "contact", "person", "stay"]
    assert changes.map.diagram.marked == {"stay", "person", "contact"}
    assert "+ CREATE TABLE contact (" in changes.preview.diff.toPlainText()
    statements = changes.preview.statements.toPlainText()
    assert 'RENAME COLUMN "fee" TO price' in statements
    assert "CREATE TABLE contact (" in statements
    assert changes.title.edit.text() == "Change stay and person"
    changes.submit()
    qtbot.waitUntil(lambda: bool(opened.said.toasts))
    assert files(path) == [
        "U0001__change_stay_and_person.sql",
        "V0001__change_stay_and_person.sql",
    ]
    assert path.read_bytes() == before


def test_the_next_editor_begins_from_what_the_changes_leave(changes: ChangesDialog, opened: Any) -> None:
    changes.new.click()
    dialog = editor(opened)
    opened.bot.keyClicks(dialog.name.edit, "pass")
    dialog.columns.new.click()
    dialog.columns.name.edit.setText(ODD)
    add(opened, dialog)
    pick(changes, "visit")
    changes.change.click()
    dialog = editor(opened)
    assert [column.name for column in dialog.base.columns] == ["id", "day", "price"]
    assert "price" in dialog.preview.diff.toPlainText()
    dialog.reject()
    pick(changes, "pass")
    changes.change.click()
    dialog = editor(opened)
    assert [column.name for column in dialog.base.columns] == [ODD]


def test_rows_are_asked_under_the_names_they_have_in_the_file(changes: ChangesDialog, opened: Any) -> None:
    rename_table(opened, changes, "visit", "stay")
    pick(changes, "stay")
    changes.change.click()
    dialog = editor(opened)
    dialog.columns.choose(1)
    dialog.columns.not_null.setChecked(True)
    add(opened, dialog)
    assert dialog.columns.fill_with.wrong == "There are rows without a value. Say what they get."
    assert len(changes.list.rows) == 2
    pick(changes, "person")
    dialog.begin_again()
    dialog.reject()
    changes.merge.click()
    merge = editor(opened, MergeDialog)
    merge.merged.combo.setCurrentIndex(1)
    opened.settle()
    assert merge.counted.plain == "Each row of person has one in badge."


def test_the_last_is_taken_back_and_one_that_is_needed_stays(changes: ChangesDialog, opened: Any) -> None:
    pick(changes, "visit")
    changes.change.click()
    dialog = editor(opened)
    dialog.columns.choose(2)
    dialog.columns.default.edit.setText("'-'")
    add(opened, dialog)
    changes.list.choose(changes.list.rows[0])
    changes.away.click()
    opened.settle()
    assert (
        "Change 2 of the list needs change 1: Give column “price” of “visit” the default"
        in changes.preview.said
    )
    assert len(changes.list.rows) == 2
    assert changes.verb.isEnabled()
    changes.list.choose(changes.list.rows[1])
    changes.away.click()
    opened.settle()
    assert sentences(changes) == ["Rename column “fee” of “visit” to “price”"]
    assert changes.preview.said == ""
    changes.back.click()
    opened.settle()
    assert sentences(changes) == []
    assert changes.verb.toolTip() == "Nothing is changed yet."
    assert not changes.back.isEnabled()
    assert changes.change.isEnabled()


def test_what_cannot_stand_beside_a_split_is_in_the_way_in_its_editor(
    changes: ChangesDialog, opened: Any
) -> None:
    rename_table(opened, changes, "person", "human")
    pick(changes, "human")
    changes.split.click()
    split = editor(opened, SplitDialog)
    split.ticks["phone"].setChecked(True)
    opened.settle()
    assert split.preview.said == (
        "“human” loses a column or name and is split in the same migration. Write a migration for each."
    )
    assert not split.verb.isEnabled()
    assert len(changes.list.rows) == 2


WAITS = "It begins with the schema that comes after “V0001__price.sql”, which waits to be applied."


def test_an_editor_begins_with_what_waits(opened: Any, path: Path) -> None:
    folder = path.parent / "migrations"
    folder.mkdir()
    text = "DROP VIEW dear; ALTER TABLE visit RENAME COLUMN fee TO price; ALTER TABLE visit ADD COLUMN note;"
    (folder / "V0001__price.sql").write_text(text, encoding="utf-8")
    change_table(opened.page)
    dialog = editor(opened)
    assert [row.what.name for row in dialog.columns.list.rows] == ["id", "day", "price", "note"]
    assert WAITS in [label.plain for label in dialog.findChildren(Label) if label.isVisible()]
    dialog.columns.choose(1)
    dialog.columns.not_null.setChecked(True)
    add(opened, dialog)
    assert (
        dialog.columns.fill_with.wrong
        == "There are rows without a value once what waits has run. Say what they get."
    )
    dialog.columns.fill_with.edit.setText("'?'")
    add(opened, dialog)
    changes = opened.page.findChild(ChangesDialog)
    assert isinstance(changes, ChangesDialog)
    opened.settle()
    assert changes.waits.plain == WAITS and changes.waits.isVisible()
    changes.submit()
    opened.bot.waitUntil(lambda: bool(opened.said.toasts))
    (new,) = folder.glob("V0002*")
    assert "comes after “V0001__price.sql”" in new.read_text(encoding="utf-8")


def test_a_table_that_waits_to_go_is_not_changed(opened: Any, path: Path) -> None:
    folder = path.parent / "migrations"
    folder.mkdir()
    (folder / "V0001__gone.sql").write_text("DROP VIEW dear; DROP TABLE visit;", encoding="utf-8")
    change_table(opened.page)
    opened.settle()
    assert opened.page.findChildren(SchemaEditor) == []
    assert "“visit” is not there any more after “V0001__gone.sql”" in opened.page.findChild(Banner).text


def test_neither_the_list_nor_an_editor_is_left_or_emptied_unasked(
    changes: ChangesDialog, opened: Any, qtbot: QtBot, path: Path
) -> None:
    changes.anew.click()
    question = changes.findChildren(Question)[-1]
    question.stay.click()
    assert len(changes.list.rows) == 1
    qtbot.keyPress(changes, Qt.Key.Key_Escape)
    question = changes.findChildren(Question)[-1]
    question.stay.click()
    assert changes.isVisible()
    changes.anew.click()
    changes.findChildren(Question)[-1].verb.click()
    opened.settle()
    assert sentences(changes) == []
    with qtbot.waitSignal(changes.rejected):
        qtbot.keyPress(changes, Qt.Key.Key_Escape)
    assert files(path) == []


def test_another_schema_meanwhile_is_said_and_nothing_is_written(
    changes: ChangesDialog, opened: Any, path: Path
) -> None:
    with open_write(path) as session, session.transaction():
        session.run("CREATE TABLE late(a)")
    changes.submit()
    opened.settle()
    assert (
        "The schema was changed by another program meanwhile, or another migration waits."
        in changes.preview.said
    )
    assert files(path) == []


def test_rows_that_came_meanwhile_are_in_the_way_when_it_is_written(
    changes: ChangesDialog, opened: Any, path: Path
) -> None:
    pick(changes, "visit")
    changes.change.click()
    dialog = editor(opened)
    dialog.columns.choose(2)
    dialog.columns.not_null.setChecked(True)
    add(opened, dialog)
    with open_write(path) as session, session.transaction():
        session.run("INSERT INTO visit VALUES (2, 'd', NULL)")
    changes.submit()
    opened.settle()
    assert changes.preview.said == (
        "Change 2, Column “price” of “visit” must have a value: there are rows without a value."
    )
    assert changes.verb.toolTip() == "1 thing is in the way."
    assert files(path) == []
    changes.back.click()
    opened.settle()
    assert changes.verb.isEnabled()


def test_a_title_that_was_typed_stays(changes: ChangesDialog, opened: Any, qtbot: QtBot) -> None:
    assert changes.title.edit.text() == "Change visit"
    changes.title.edit.clear()
    qtbot.keyClicks(changes.title.edit, "Prices")
    rename_table(opened, changes, "badge", "sign")
    assert changes.title.edit.text() == "Prices"


def test_an_editor_that_is_left_leaves_no_list(opened: Any, qtbot: QtBot) -> None:
    new_table(opened.page)
    dialog = editor(opened)
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyPress(dialog, Qt.Key.Key_Escape)
    assert opened.page.findChild(ChangesDialog) is None


@pytest.mark.parametrize(("mode", "zoom", "width"), [("light", 100, 950), ("dark", 200, 2400)])
def test_the_list_has_no_fault(
    changes: ChangesDialog, opened: Any, qapp: QApplication, mode: str, zoom: int, width: int
) -> None:
    theme = Theme(qapp)
    theme.set_mode(mode)
    theme.set_zoom(zoom)
    changes.resize(width, 820 * zoom // 100)
    opened.settle()
    for button in changes.preview.views.buttons:
        button.click()
        assert problems_of(changes) == []
    theme.set_mode("light")
    theme.set_zoom(100)
    theme.deleteLater()
