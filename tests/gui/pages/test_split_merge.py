"""The dialogs that split a table and merge another into it: they write a migration, and say what is in the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from steward_app.db import open_write
from steward_app.db.runner import unenforced
from steward_app.gui.actions import Action
from steward_app.gui.pages.schema_map.changing import merge_tables, split_table
from steward_app.gui.pages.schema_map.editor.divide import MergeDialog, SplitDialog
from steward_app.gui.pages.schema_map.editor.fields import CodeField
from steward_app.gui.pages.schema_map.editor.listing import ChangesDialog
from steward_app.gui.pages.schema_map.editor.trying import ChangeDialog
from steward_app.gui.pages.schema_map.page import SchemaMapPage
from steward_app.gui.theme import Theme
from steward_app.services.migrate.draft.model import Place

Open = Callable[..., Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_sql(
            "CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, street TEXT, city TEXT, born DATE)",
            "CREATE TABLE consent(id INTEGER PRIMARY KEY, person_id INTEGER UNIQUE REFERENCES person,"
            " day TEXT NOT NULL)",
            "CREATE TABLE badge(person_id INTEGER PRIMARY KEY REFERENCES person, colour TEXT)",
            "CREATE TABLE visit(id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person)",
            "CREATE INDEX by_city ON person(city, street)",
            "CREATE VIEW born_in AS SELECT name, born FROM person",
            "INSERT INTO person VALUES (1, 'Ann', 'Elm 1', 'York', NULL), (2, 'Bob', NULL, 'Hull', '2001')",
            "INSERT INTO consent VALUES (7, 2, 'mo'), (8, 1, 'tu')",
            "INSERT INTO badge VALUES (1, 'red')",
        )
        .build()
    )


@pytest.fixture
def opened(open_map: Open, path: Path) -> Any:
    return open_map(path, "person")


@pytest.fixture
def splitting(opened: Any) -> SplitDialog:
    split_table(opened.page)
    opened.settle()
    dialog = opened.page.findChild(SplitDialog)
    assert isinstance(dialog, SplitDialog)
    opened.settle()
    return dialog


@pytest.fixture
def merging(opened: Any) -> MergeDialog:
    merge_tables(opened.page)
    opened.settle()
    dialog = opened.page.findChild(MergeDialog)
    assert isinstance(dialog, MergeDialog)
    opened.settle()
    return dialog


def files(path: Path) -> list[str]:
    folder = path.parent / "migrations"
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


def written(dialog: ChangeDialog[Any], opened: Any) -> None:
    """Add what a dialog holds to the changes, and write them."""
    dialog.submit()
    opened.settle()
    changes = opened.page.findChild(ChangesDialog)
    assert isinstance(changes, ChangesDialog)
    changes.submit()
    opened.bot.waitUntil(lambda: bool(opened.said.toasts))


def action(page: SchemaMapPage, key: str) -> Action:
    return next(each for each in page.commands() if each.id == key)


def test_chosen_columns_become_a_migration_that_can_be_taken_back(
    splitting: SplitDialog, opened: Any, qtbot: QtBot, path: Path
) -> None:
    before = path.read_bytes()
    assert splitting.verb.toolTip() == "Nothing is changed yet."
    assert not splitting.ticks["id"].isEnabled()
    splitting.ticks["street"].setChecked(True)
    splitting.ticks["city"].setChecked(True)
    splitting.into.edit.setText("address")
    opened.settle()
    assert splitting.preview.said == ""
    lines = splitting.preview.diff.toPlainText()
    assert "CREATE TABLE address (" in lines
    assert "CREATE INDEX by_city ON address(city, street)" in lines
    written(splitting, opened)
    assert files(path) == [
        "U0001__split_address_off_person.sql",
        "V0001__split_address_off_person.sql",
    ]
    assert path.read_bytes() == before


def test_what_is_in_the_way_of_a_split_is_said_and_nothing_is_written(
    splitting: SplitDialog, opened: Any, path: Path
) -> None:
    splitting.into.edit.setText("visit")
    splitting.key.edit.setText("")
    opened.settle()
    assert splitting.into.wrong == "There is a table or view of this name already."
    assert splitting.key.wrong == "A name is missing."
    assert "Choose the columns that move." in splitting.preview.said
    assert not splitting.verb.isEnabled()
    splitting.begin_again()
    splitting.ticks["born"].setChecked(True)
    opened.settle()
    assert splitting.preview.said == (
        "“born_in” would not work any more (no such column: born). Drop or change it first."
    )
    splitting.ticks["born"].setChecked(False)
    splitting.ticks["city"].setChecked(True)
    opened.settle()
    assert (
        "The index “by_city” is about columns that go and about columns that stay" in splitting.preview.said
    )
    assert files(path) == []


def test_a_table_is_merged_with_new_names_for_what_both_have(
    merging: MergeDialog, opened: Any, qtbot: QtBot, path: Path
) -> None:
    assert [merging.merged.combo.itemText(at) for at in range(3)] == ["none chosen", "consent", "badge"]
    assert merging.verb.toolTip() == "Nothing is changed yet."
    merging.merged.combo.setCurrentIndex(1)
    opened.settle()
    assert merging.counted.plain == "Each row of person has one in consent."
    assert merging.complete.isChecked()
    name = merging.fields[Place("column", 0, "name")]
    assert isinstance(name, CodeField)
    assert name.edit.text() == "consent_id"
    name.edit.setText("name")
    opened.settle()
    assert name.wrong == "Another column has this name. Capitals do not count."
    name.edit.setText("agreed")
    opened.settle()
    assert "agreed INTEGER UNIQUE, day TEXT NOT NULL" in merging.preview.diff.toPlainText()
    written(merging, opened)
    assert files(path) == ["U0001__merge_consent_into_person.sql", "V0001__merge_consent_into_person.sql"]


def test_rows_without_a_partner_are_told_and_rows_that_would_be_lost_are_in_the_way(
    merging: MergeDialog, opened: Any, path: Path
) -> None:
    merging.merged.combo.setCurrentIndex(2)
    opened.settle()
    assert merging.counted.plain == "1 row of person has none in badge. What comes along is empty there."
    assert not merging.complete.isEnabled()
    assert merging.verb.isEnabled()
    with open_write(path) as session, unenforced(session), session.transaction():
        session.run("INSERT INTO badge VALUES (99, 'blue')")
    merging.submit()
    opened.settle()
    said = "1 row of “badge” belongs to no row of “person” and would be lost. Mend that first."
    assert merging.merged.wrong == said
    merging.merged.combo.setCurrentIndex(1)
    merging.merged.combo.setCurrentIndex(2)
    opened.settle()
    assert merging.preview.said == said
    assert files(path) == []


def test_what_cannot_be_merged_says_why(merging: MergeDialog) -> None:
    from steward_app.gui.widgets.text import Label

    told = [label.plain for label in merging.findChildren(Label)]
    assert "visit: Several rows of “visit” may belong to one of “person”: “person_id” is not unique." in told


def test_the_menu_says_what_cannot_be_done(opened: Any) -> None:
    page = opened.page
    assert action(page, "map.split").enabled_when() == ""
    assert action(page, "map.merge").enabled_when() == ""
    page.choose("visit")
    assert action(page, "map.merge").enabled_when() == "No table points to it by one column."
    page.scene.choose("")
    assert action(page, "map.split").enabled_when() == "Choose a table first."


@pytest.mark.parametrize(("mode", "zoom"), [("light", 100), ("dark", 200)])
@pytest.mark.parametrize("kind", ["split", "merge"])
def test_the_dialogs_have_no_fault(
    request: pytest.FixtureRequest,
    opened: Any,
    qapp: QApplication,
    mode: str,
    zoom: int,
    kind: str,
) -> None:
    theme = Theme(qapp)
    theme.set_mode(mode)
    theme.set_zoom(zoom)
    if kind == "split":
        dialog: ChangeDialog[Any] = request.getfixturevalue("splitting")
        assert isinstance(dialog, SplitDialog)
        dialog.ticks["city"].setChecked(True)
        dialog.into.edit.setText("")
    else:
        dialog = request.getfixturevalue("merging")
        assert isinstance(dialog, MergeDialog)
        dialog.merged.combo.setCurrentIndex(1)
    dialog.resize(1200 * zoom // 100, 820 * zoom // 100)
    opened.settle()
    assert problems_of(dialog) == []
    theme.set_mode("light")
    theme.set_zoom(100)
    theme.deleteLater()
