"""A few columns with their techniques: of those that stay only what is said of them changes."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders.anonymizing import balanced
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.gui.pages.anonymize.reasons import COLUMNS, TECHNIQUES
from steward_app.gui.pages.anonymize.technique_table import Row, TechniqueTable
from steward_app.gui.tab_order import stops
from steward_app.gui.widgets.surfaces import KeyValueList
from steward_app.gui.widgets.text import Label
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Rule


def row(column: str, technique: Technique, lost: float | None = None) -> Row:
    place = Place("patient", column)
    return Row(place, Rule(place, technique), lost)


@pytest.fixture
def table(qtbot: QtBot) -> TechniqueTable:
    made = TechniqueTable()
    qtbot.addWidget(made)
    made.show()
    return made


def words(widget: object) -> list[str]:
    assert isinstance(widget, TechniqueTable | KeyValueList)
    QApplication.processEvents()
    return [label.plain for label in widget.findChildren(Label) if label.isVisible()]


def test_columns_that_stay_keep_their_combos_in_another_order_too(table: TechniqueTable) -> None:
    table.show_rows([row("a", Technique.KEEP), row("b", Technique.ROUND, 0.25), row("c", Technique.MASK)])
    before = dict(table.combos)
    told: list[object] = []
    table.changed.connect(lambda place, technique: told.append((place.column, technique)))
    table.show_rows([row("b", Technique.REMOVE, 0.5), row("a", Technique.KEEP), row("d", Technique.FIXED)])
    after = table.combos
    assert [place.column for place in after] == ["b", "a", "d"]
    assert all(after[place] is before[place] for place in before if place.column in "ab")
    assert after[Place("patient", "b")].technique is Technique.REMOVE
    assert "patient.c" not in words(table)
    assert "50 %" in words(table)
    assert "25 %" not in words(table)
    assert [each for each in stops(table.window()) if each in after.values()] == list(after.values())
    assert told == [], "nobody chose anything"
    after[Place("patient", "a")].setCurrentIndex(0)
    assert [name for name, _ in told] in (["a"], []), "one choice is told once"


def test_a_technique_of_json_is_offered_where_there_is_one(table: TechniqueTable) -> None:
    table.show_rows([row("a", Technique.JSON)])
    table.show_rows([row("a", Technique.MASK)])
    combo = table.combos[Place("patient", "a")]
    assert combo.technique is Technique.MASK
    assert combo.findData(Technique.JSON) < 0


def test_values_change_beside_keys_that_stay(qtbot: QtBot) -> None:
    rows = KeyValueList((("one", "1"), ("two", "2")))
    qtbot.addWidget(rows)
    rows.show()
    labels = rows.findChildren(Label)
    rows.set_rows((("one", "1"), ("two", "3")))
    assert rows.findChildren(Label) == labels
    assert words(rows) == ["one", "1", "two", "3"]
    rows.set_rows((("one", "1"), ("two", ("3", "4"))))
    assert words(rows) == ["one", "1", "two", "34"]
    rows.set_rows((("one", "1"),))
    assert words(rows) == ["one", "1"]


def test_a_step_of_the_slider_changes_the_words_alone(page: AnonymizePage, qtbot: QtBot) -> None:
    """Every step makes nothing anew, and what nobody sees waits until it is come to."""
    balanced(page, qtbot)
    combos = page.balance.table.combos
    labels = page.balance.choice.findChildren(Label)
    unseen = page.techniques.table.rows
    page.balance.slider.setValue(0)
    again = page.balance.table.combos
    assert all(again[place] is combo for place, combo in combos.items() if place in again)
    assert page.balance.choice.findChildren(Label) == labels
    assert page.techniques.table.rows == unseen
    page.go(TECHNIQUES)
    assert page.rules is not None
    shown = {each.place: each.rule for each in page.techniques.table.rows}
    assert all(shown[rule.place] == rule for rule in page.rules.rules)
    page.go(COLUMNS)
    assert {line.place for line in page.columns.table.rows} >= {rule.place for rule in page.rules.rules}
