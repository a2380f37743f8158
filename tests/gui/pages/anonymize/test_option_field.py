"""Options of techniques in the window: each has words, few values are chosen, the others typed."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from builders.walk import problems_of
from steward_app.gui.pages.anonymize.option_field import OptionField
from steward_app.gui.pages.anonymize.techniques_step import _UNSAID
from steward_app.gui.theme import Theme
from steward_app.gui.widgets.text import Label
from steward_app.kernel.plan import Json
from steward_app.services.privacy.transform.options import ALLOWED

OPTIONS = sorted({each for options in ALLOWED.values() for each in options} - _UNSAID)


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_asked_for_in_words(qtbot: QtBot, theme: Theme, option: str) -> None:
    field = OptionField(option, None, lambda _: None)
    qtbot.addWidget(field)
    field.resize(320, 80)
    field.show()
    (words,) = (each.plain for each in field.findChildren(Label) if each.plain and each.isVisible())
    assert "_" not in words and problems_of(field) == []


@pytest.mark.parametrize("option, value", [("month_first", True), ("clock", "julian"), ("clock", "odd")])
def test_what_is_chosen_is_said_and_as_usual_takes_it_back(
    qtbot: QtBot, theme: Theme, option: str, value: Json
) -> None:
    said: list[Json] = []
    field = OptionField(option, value, said.append)
    qtbot.addWidget(field)
    combo = field.findChild(QComboBox)
    before = combo.currentIndex()
    assert before > 0
    combo.setCurrentIndex(0)
    combo.setCurrentIndex(before)
    assert said == [None, value]


@pytest.mark.parametrize("typed, value", [("5", 5), ('["a", "b"]', ["a", "b"]), ("de", "de"), ("", None)])
def test_what_is_typed_is_a_number_a_list_or_a_text(
    qtbot: QtBot, theme: Theme, typed: str, value: Json
) -> None:
    said: list[Json] = []
    field = OptionField("domain", "before", said.append)
    qtbot.addWidget(field)
    edit = field.findChild(QLineEdit)
    edit.setText(typed)
    edit.editingFinished.emit()
    assert said == [value]
