"""SQL in a box to be edited: what nobody changes stays to the letter, however its lines end."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from steward_app.gui.widgets.edited_text import as_given
from steward_app.gui.widgets.sql import SqlEditor

PIECES = ("a", "'", " ", "\n", "\r\n", "\r", "\u2028", "\u2029", "\u00a0")
TRIGGER = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\r\n  SELECT 'one\n\u00a0two';\r\nEND"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_a_text_that_nobody_changes_is_the_text(qtbot: QtBot, text: str) -> None:
    editor = SqlEditor("A text")
    qtbot.addWidget(editor)
    editor.edit_sql(text)
    assert editor.edited == text


def test_what_is_typed_leaves_the_other_lines_alone(qtbot: QtBot) -> None:
    editor = SqlEditor("A text")
    qtbot.addWidget(editor)
    editor.edit_sql(TRIGGER)
    editor.moveCursor(QTextCursor.MoveOperation.EndOfLine)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClicks(editor, "  SELECT 0;")
    assert editor.edited == TRIGGER.replace("BEGIN\r\n", "BEGIN\r\n  SELECT 0;\r\n")
    editor.edit_sql("SELECT 1\nFROM a")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.edited == "\nSELECT 1\nFROM a"


@pytest.mark.parametrize(
    ("given_text", "edited", "meant"),
    [
        ("a\r\nb", "a\nc", "a\r\nc"),
        ("a\r\nb", "a\nb\nc", "a\r\nb\r\nc"),
        ("a\r\nb\r\n", "b\n", "b\r\n"),
        ("a\nb\r\nc", "a\nx\nc", "a\nx\r\nc"),
        ("a\r\nb", "", ""),
        ("", "a\nb", "a\nb"),
        ("a\u00a0b\nc", "a b\nd", "a\u00a0b\nd"),
    ],
)
def test_a_line_that_comes_ends_as_those_around_it(given_text: str, edited: str, meant: str) -> None:
    assert as_given(edited, given_text) == meant
