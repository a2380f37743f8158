"""SQL on the screen: coloured whenever it is replaced, and marked line by line where it changes."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from steward_app.gui.widgets.sql import SqlEditor, SqlView
from steward_app.gui.widgets.sql_diff import SqlDiff, marked_lines


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


def test_lines_that_go_and_come_are_marked() -> None:
    assert list(marked_lines("a\nb\nc", "a\nB\nc\nd")) == [
        (" ", "a"),
        ("-", "b"),
        ("+", "B"),
        (" ", "c"),
        ("+", "d"),
    ]


def test_what_goes_and_comes_stands_on_a_tint(qtbot: QtBot) -> None:
    view = SqlDiff("A change")
    qtbot.addWidget(view)
    view.show_change("a <b>", "a <b>\n\u202ec")
    assert view.toPlainText().splitlines()[0] == "  a <b>"
    assert "\u202e" not in view.toPlainText()
    assert len(view.extraSelections()) == 1
