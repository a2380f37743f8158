"""The schema editor: a table field by field, the migration beside it, and no change of the database itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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
from steward_app.gui.pages.schema_map.commands import cannot_change
from steward_app.gui.pages.schema_map.editor.dialog import SchemaEditor
from steward_app.gui.pages.schema_map.editor.listing import ChangesDialog
from steward_app.gui.pages.schema_map.editor.objects import ObjectsTab
from steward_app.gui.pages.schema_map.editor.rules import RulesTab
from steward_app.gui.theme import Theme
from steward_app.gui.widgets.confirm import Question
from steward_app.services.migrate.draft.model import RuleKind

Open = Callable[..., Any]
ODD = '<img src=x> "q" =cmd|'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_sql(
            "CREATE TABLE clinic(id INTEGER PRIMARY KEY, name TEXT)",
            """CREATE TABLE visit(
    id INTEGER PRIMARY KEY, -- never used twice
    day TEXT,
    fee INT CHECK (fee > 0),
    clinic INTEGER REFERENCES clinic(id),
    "<img src=x> ""q"" =cmd|" TEXT
)""",
            "CREATE INDEX by_day ON visit(day)",
            "CREATE VIEW dear AS SELECT day, fee FROM visit",
            "INSERT INTO visit(id, day, fee) VALUES (1, 'd', 5), (2, NULL, 6)",
        )
        .build()
    )


@pytest.fixture
def opened(open_map: Open, path: Path) -> Any:
    return open_map(path, "visit")


@pytest.fixture
def editor(opened: Any) -> SchemaEditor:
    change_table(opened.page)
    return shown(opened)


def shown(opened: Any) -> SchemaEditor:
    opened.settle()
    dialog = opened.page.findChild(SchemaEditor)
    assert isinstance(dialog, SchemaEditor)
    opened.settle()
    return dialog


def listed(opened: Any) -> ChangesDialog:
    """The list of changes, once an editor was left with one."""
    opened.settle()
    dialog = opened.page.findChild(ChangesDialog)
    assert isinstance(dialog, ChangesDialog)
    return dialog


def written(editor: SchemaEditor, opened: Any) -> None:
    """Add what an editor holds to the changes, and write them."""
    editor.submit()
    listed(opened).submit()
    opened.bot.waitUntil(lambda: bool(opened.said.toasts))


def files(path: Path) -> list[str]:
    folder = path.parent / "migrations"
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


def test_a_table_is_shown_as_it_is_and_nothing_can_be_written(editor: SchemaEditor) -> None:
    assert [row.what.name for row in editor.columns.list.rows] == ["id", "day", "fee", "clinic", ODD]
    assert "CREATE TABLE visit(" in editor.preview.diff.toPlainText()
    assert not editor.verb.isEnabled()
    assert editor.verb.toolTip() == "Nothing is changed yet."


def test_a_renamed_column_becomes_a_migration_and_the_file_stays(
    editor: SchemaEditor, opened: Any, qtbot: QtBot, path: Path
) -> None:
    before = path.read_bytes()
    editor.columns.choose(2)
    editor.columns.name.edit.setText("price")
    opened.settle()
    lines = editor.preview.diff.toPlainText().splitlines()
    assert "-     fee INT CHECK (fee > 0)," in lines
    assert "+     price INT CHECK (price > 0)," in lines
    assert 'RENAME COLUMN "fee" TO price' in editor.preview.statements.toPlainText()
    editor.submit()
    changes = listed(opened)
    assert changes.title.edit.text() == "Change visit"
    changes.title.edit.setText("")
    qtbot.keyClicks(changes.title.edit, "The fee is a price")
    changes.submit()
    qtbot.waitUntil(lambda: bool(opened.said.toasts))
    assert files(path) == ["U0001__the_fee_is_a_price.sql", "V0001__the_fee_is_a_price.sql"]
    assert path.read_bytes() == before
    assert opened.said.toasts[0].text.endswith("V0001__the_fee_is_a_price.sql")
    assert opened.said.went == []


def test_what_is_wrong_is_said_at_its_field_and_leads_there(editor: SchemaEditor, opened: Any) -> None:
    editor.columns.choose(1)
    editor.columns.name.edit.setText("FEE")
    editor.columns.default.edit.setText("1, 2")
    opened.settle()
    assert editor.columns.default.wrong.startswith("This cannot stand here")
    assert not editor.verb.isEnabled()
    editor.columns.choose(2)
    assert editor.columns.name.wrong == "Another column has this name. Capitals do not count."
    assert [row.wrong != "" for row in editor.columns.list.rows] == [False, True, True, False, False]
    editor.columns.choose(1)
    editor.columns.name.edit.setText("date")
    editor.columns.default.edit.setText("'x'")
    opened.settle()
    assert editor.columns.default.wrong == ""
    assert editor.verb.isEnabled()


def test_a_column_that_goes_can_be_put_back(editor: SchemaEditor, opened: Any) -> None:
    editor.columns.choose(4)
    editor.columns.drop.click()
    assert [(row.what.name, row.state) for row in editor.columns.list.rows][-1] == (ODD, "gone")
    opened.settle()
    assert "DROP COLUMN" in editor.preview.statements.toPlainText()
    editor.columns.list.choose(editor.columns.list.rows[-1])
    assert editor.columns.drop.text() == "Put back"
    editor.columns.drop.click()
    assert editor.draft == editor.base


def test_columns_are_added_moved_and_begun_again(editor: SchemaEditor, opened: Any) -> None:
    editor.columns.new.click()
    editor.columns.name.edit.setText(ODD + "2")
    editor.columns.up.click()
    editor.columns.key.setChecked(True)
    assert [column.name for column in editor.draft.columns][-2:] == [ODD + "2", ODD]
    assert [column.name for column in editor.draft.key] == ["id", ODD + "2"]
    opened.settle()
    assert editor.preview.preview is not None
    assert editor.preview.preview.rebuilt == ("visit",)
    changed = editor.draft
    editor.anew.click()
    editor.findChildren(Question)[-1].stay.click()
    assert editor.draft == changed
    editor.anew.click()
    editor.findChildren(Question)[-1].verb.click()
    assert editor.draft == editor.base
    assert not editor.anew.isEnabled()


def test_rows_without_a_value_are_found_before_anything_is_written(
    editor: SchemaEditor, opened: Any, qtbot: QtBot, path: Path
) -> None:
    editor.columns.choose(1)
    editor.columns.not_null.setChecked(True)
    opened.settle()
    editor.submit()
    opened.settle()
    assert editor.columns.fill_with.wrong == "There are rows without a value. Say what they get."
    assert files(path) == []
    editor.columns.fill_with.edit.setText("'unknown'")
    opened.settle()
    written(editor, opened)
    assert files(path) == ["V0001__change_visit.sql"]


def test_a_table_that_another_program_changed_is_not_written(
    editor: SchemaEditor, opened: Any, path: Path
) -> None:
    with open_write(path) as session, session.transaction():
        session.run("ALTER TABLE visit ADD COLUMN late TEXT")
    editor.columns.name.edit.setText("number")
    opened.settle()
    assert not editor.verb.isEnabled()
    assert "changed by another program" in editor.verb.toolTip()
    editor.submit()
    opened.settle()
    assert files(path) == []
    assert "changed by another program" in editor.preview.said


def test_a_new_table_is_made_column_by_column(opened: Any, qtbot: QtBot, path: Path) -> None:
    new_table(opened.page)
    editor = shown(opened)
    assert editor.preview.said == ""
    qtbot.keyClicks(editor.name.edit, "note")
    editor.columns.new.click()
    editor.columns.name.edit.setText("id")
    editor.columns.type.edit.setText("INTEGER")
    editor.columns.key.setChecked(True)
    editor.strict.setChecked(True)
    editor.counts.setChecked(True)
    opened.settle()
    text = "CREATE TABLE note (\n    id INTEGER PRIMARY KEY AUTOINCREMENT\n) STRICT;"
    assert editor.preview.statements.toPlainText() == text
    written(editor, opened)
    assert files(path) == ["U0001__add_note.sql", "V0001__add_note.sql"]


def test_a_table_can_go_whole(editor: SchemaEditor, opened: Any) -> None:
    editor.gone.setChecked(True)
    opened.settle()
    assert "“dear” would not work: no such table" in editor.preview.said
    editor.go(editor.problems[0].place)
    assert editor.views["view"].isVisibleTo(editor)
    editor.views["view"].drop.click()
    opened.settle()
    gone = 'DROP VIEW "main"."dear";\n\nDROP TABLE "main"."visit";'
    assert editor.preview.statements.toPlainText() == gone
    assert not editor.name.isEnabled()
    assert not editor.columns.isEnabled()


def test_once_it_is_written_the_page_of_migrations_shows_it(opened: Any, qtbot: QtBot) -> None:
    opened.page.context = replace(opened.page.context, pages=frozenset({"migrations"}))
    change_table(opened.page)
    editor = shown(opened)
    editor.columns.name.edit.setText("number")
    opened.settle()
    written(editor, opened)
    assert opened.said.went == [("migrations", {"file": "V0001__change_visit.sql"})]


def test_rules_are_added_changed_and_dropped(
    editor: SchemaEditor, opened: Any, qtbot: QtBot, path: Path
) -> None:
    rules = editor.views["rules"]
    assert isinstance(rules, RulesTab)
    assert [row.what.sql for row in rules.list.rows] == [
        "CHECK (fee > 0)",
        "FOREIGN KEY (clinic) REFERENCES clinic(id)",
    ]
    rules.choose(0)
    qtbot.keyClicks(rules.body.edit, " AND fee < 99")
    rules.choose(1)
    rules.on_delete.combo.setCurrentIndex(rules.on_delete.combo.findData("CASCADE"))
    rules.on_delete.combo.activated.emit(0)
    rules.new[RuleKind.UNIQUE].click()
    qtbot.keyClicks(rules.columns.edit, "day, fee")
    qtbot.keyClicks(rules.name.edit, "once")
    opened.settle()
    assert [row.state for row in rules.list.rows] == ["changed", "changed", "new"]
    text = editor.preview.diff.toPlainText()
    assert "+     CHECK (fee > 0 AND fee < 99)," in text
    assert "+     FOREIGN KEY (clinic) REFERENCES clinic(id) ON DELETE CASCADE," in text
    assert "+     CONSTRAINT once UNIQUE (day, fee)" in text
    rules.new[RuleKind.CHECK].click()
    opened.settle()
    assert rules.body.wrong == "A condition is missing."
    rules.drop.click()
    opened.settle()
    written(editor, opened)
    assert files(path) == ["U0001__change_visit.sql", "V0001__change_visit.sql"]


def test_indexes_triggers_and_views_are_changed_as_text(
    editor: SchemaEditor, opened: Any, path: Path
) -> None:
    index, trigger, view = (editor.views[kind] for kind in ("index", "trigger", "view"))
    assert isinstance(index, ObjectsTab)
    assert isinstance(trigger, ObjectsTab)
    assert isinstance(view, ObjectsTab)
    index.sql.setPlainText("CREATE UNIQUE INDEX by_day ON visit(day, fee)")
    index.new.click()
    trigger.new.click()
    view.drop.click()
    view.new.click()
    opened.settle()
    assert editor.preview.preview is not None
    assert editor.preview.preview.problems == ()
    assert [statement.split("\n")[0] for statement in editor.preview.preview.statements] == [
        'DROP VIEW "main"."dear"',
        'DROP INDEX "main"."by_day"',
        "CREATE UNIQUE INDEX by_day ON visit(day, fee)",
        "CREATE INDEX visit_by_1 ON visit (id)",
        "CREATE VIEW visit_seen_1 AS",
        "CREATE TRIGGER visit_on_1 AFTER UPDATE ON visit",
    ]
    trigger.sql.setPlainText("CREATE TRIGGER odd AFTER UPDATE ON nothing BEGIN SELECT 1; END")
    opened.settle()
    assert "nothing" in trigger.text.wrong
    assert index.text.wrong == ""
    assert not editor.verb.isEnabled()


def test_triggers_on_a_view_of_the_table_stand_among_its_triggers(
    open_map: Open, path: Path, qtbot: QtBot
) -> None:
    with open_write(path) as session, session.transaction():
        session.run("CREATE TRIGGER instead INSTEAD OF DELETE ON dear BEGIN SELECT 1; END")
    opened = open_map(path, "visit")
    change_table(opened.page)
    triggers = shown(opened).views["trigger"]
    assert isinstance(triggers, ObjectsTab)
    assert [each.was for each in triggers.parts(triggers.draft)] == ["instead"]


def test_a_text_from_windows_keeps_its_line_ends_where_it_is_edited(
    open_map: Open, path: Path, qtbot: QtBot
) -> None:
    text = "CREATE TRIGGER told AFTER DELETE ON visit BEGIN\r\n  SELECT 'one\r\ntwo';\r\nEND"
    with open_write(path) as session, session.transaction():
        session.run(text)
    opened = open_map(path, "visit")
    change_table(opened.page)
    editor = shown(opened)
    triggers = editor.views["trigger"]
    assert isinstance(triggers, ObjectsTab)
    triggers.sql.selectAll()
    triggers.sql.insertPlainText(triggers.sql.toPlainText().replace("DELETE", "UPDATE"))
    opened.settle()
    assert editor.preview.preview is not None
    assert editor.preview.preview.statements[-1] == text.replace("DELETE", "UPDATE")


def test_what_was_changed_is_not_thrown_away_unasked(editor: SchemaEditor, qtbot: QtBot) -> None:
    editor.columns.choose(2)
    editor.columns.name.edit.setText("price")
    qtbot.keyPress(editor, Qt.Key.Key_Escape)
    question = editor.findChild(Question)
    assert isinstance(question, Question)
    question.stay.click()
    assert editor.isVisible()
    editor.reject()
    with qtbot.waitSignal(editor.rejected):
        editor.findChildren(Question)[-1].verb.click()


def test_an_editor_without_changes_is_left_at_once(editor: SchemaEditor, qtbot: QtBot) -> None:
    with qtbot.waitSignal(editor.rejected):
        qtbot.keyPress(editor, Qt.Key.Key_Escape)


def test_only_tables_with_rows_of_their_own_are_changed(opened: Any) -> None:
    schema = opened.page.schema
    assert cannot_change(None) == "Choose a table first."
    assert cannot_change(schema.table("visit")) == ""
    assert cannot_change(schema.table("dear")) == "Only a table that holds rows itself can be changed."


@pytest.mark.parametrize(("mode", "zoom"), [("light", 100), ("dark", 200)])
def test_the_editor_has_no_fault(
    editor: SchemaEditor, opened: Any, qapp: QApplication, mode: str, zoom: int
) -> None:
    theme = Theme(qapp)
    theme.set_mode(mode)
    theme.set_zoom(zoom)
    editor.resize(1200 * zoom // 100, 820 * zoom // 100)
    editor.columns.choose(1)
    editor.columns.default.edit.setText("1, 2")
    opened.settle()
    for key in editor.views:
        editor.show_part(key)
        assert problems_of(editor) == []
    theme.set_mode("light")
    theme.set_zoom(100)
    theme.deleteLater()
