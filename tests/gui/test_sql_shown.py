"""SQL on the screen: coloured whenever it is replaced, and marked line by line where it changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from steward_app.gui.layout import vbox
from steward_app.gui.theme import Theme
from steward_app.gui.widgets.plan_view import sql_card
from steward_app.gui.widgets.sql import SqlEditor, SqlView
from steward_app.gui.widgets.sql_diff import SqlDiff, compared, one_below_the_other

texts = st.lists(st.sampled_from(["a", "b", "c,", "  d", ")", "-- e"]), max_size=12).map("\n".join)


def coloured(view: QPlainTextEdit) -> set[str]:
    """The words that have a colour of their own."""
    found = set()
    block = view.document().firstBlock()
    while block.isValid():
        for span in block.layout().formats():
            found.add(block.text()[span.start : span.start + span.length])
        block = block.next()
    return found


def test_a_text_that_is_replaced_is_coloured_again(qtbot: QtBot) -> None:
    view, editor = SqlView("SELECT 1"), SqlEditor("A query")
    qtbot.addWidget(view)
    qtbot.addWidget(editor)
    for text, words in (
        ("SELECT 1", {"SELECT", "1"}),
        ("", set()),
        ("DROP TABLE t", {"DROP", "TABLE"}),
        ("x\nWHERE 'a'", {"WHERE", "'a'"}),
    ):
        view.show_sql(text)
        editor.setPlainText(text)
        assert coloured(view) == words
        assert coloured(editor) == words
    qtbot.keyClicks(editor, "SELECT ")
    assert "SELECT" in coloured(editor)


@settings(max_examples=50, deadline=None)
@given(before=texts, after=texts)
def test_both_texts_can_be_read_from_either_view(before: str, after: str) -> None:
    pairs = compared(before, after)
    assert "\n".join(old.text for old, _ in pairs if old.mark) == before
    assert "\n".join(new.text for _, new in pairs if new.mark) == after
    column = one_below_the_other(pairs)
    assert "\n".join(line.text for line in column if line.mark in "- ") == before
    assert "\n".join(line.text for line in column if line.mark in "+ ") == after
    for side in zip(*pairs, strict=True):
        numbers = [line.number for line in side if line.mark]
        assert numbers == list(range(1, len(numbers) + 1))


def test_lines_that_go_and_come_are_marked_and_numbered() -> None:
    lines = one_below_the_other(compared("a\nb\nc", "a\nB\nx\nc\nd"))
    assert [(line.number, line.mark, line.text) for line in lines] == [
        (1, " ", "a"),
        (2, "-", "b"),
        (2, "+", "B"),
        (3, "+", "x"),
        (4, " ", "c"),
        (5, "+", "d"),
    ]


def test_how_lines_end_is_shown_only_where_it_is_the_difference() -> None:
    """A text as Windows programs write it, of which one line changes, and one whose lines end otherwise."""
    lines = one_below_the_other(compared("a\r\nb\r\n\r\nc", "a\r\nB\r\nc"))
    assert [(line.text, line.mark) for line in lines] == [
        ("a", " "),
        ("b", "-"),
        ("", "-"),
        ("B", "+"),
        ("c", " "),
    ]
    assert [line.text for line in one_below_the_other(compared("a\r\nb", "a\nb"))] == ["a\r", "a", "b"]


def test_a_line_that_only_one_side_has_leaves_a_place_on_the_other() -> None:
    pairs = compared("a", "a\nb")
    assert [(old.mark, old.number, new.mark, new.number) for old, new in pairs] == [
        (" ", 1, " ", 1),
        ("", 0, "+", 2),
    ]


def test_what_goes_and_comes_stands_on_a_tint(qtbot: QtBot) -> None:
    view = SqlDiff("A change")
    qtbot.addWidget(view)
    view.show_change("a <b>", "a <b>\n\u202ec")
    assert view.toPlainText().splitlines()[0] == "  a <b>"
    assert view.toPlainText().splitlines()[1].startswith("+ ")
    assert "\u202e" not in view.toPlainText()
    tinted, mark = view.extraSelections()
    assert tinted.cursor.block().blockNumber() == 1 and mark.cursor.selectedText() == "+"


def test_numbers_stand_beside_the_text_and_are_not_copied_with_it(qtbot: QtBot) -> None:
    view = SqlDiff("A change", most_lines=5)
    qtbot.addWidget(view)
    view.resize(400, 200)
    view.show()
    view.show_change("", "x\n" * 120)
    view.copy_all()
    assert QGuiApplication.clipboard().text().splitlines()[:2] == ["+ x", "+ x"]
    narrow = view.viewport().geometry().left()
    view.show_change("", "x")
    assert 0 < view.viewport().geometry().left() < narrow


def test_a_plan_shows_each_statement_with_one_semicolon(qtbot: QtBot) -> None:
    card = sql_card(("DELETE FROM a", "-- V0001__b.sql\nDELETE FROM b;"), opened=True)
    qtbot.addWidget(card)
    (view,) = card.findChildren(SqlView)
    assert view.toPlainText() == "DELETE FROM a;\n-- V0001__b.sql\nDELETE FROM b;"


@pytest.mark.parametrize("number", [3, 60])
def test_a_text_is_wrapped_whole_beside_its_bar(qtbot: QtBot, theme: Theme, number: int) -> None:
    window = QWidget()
    view = SqlView("select a word " * number, name="Text", most_lines=14, prose=True)
    window.setLayout(vbox(view, None))
    qtbot.addWidget(window)
    window.resize(320, 400)
    window.show()

    def widest() -> float:
        line = view.document().firstBlock().layout().lineAt(0)
        return line.width() if line.isValid() else 1e9

    qtbot.waitUntil(lambda: widest() <= view.viewport().width())
    assert not view.horizontalScrollBar().isVisible()
    assert view.verticalScrollBar().isVisible() == (number == 60)
