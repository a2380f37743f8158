"""Every widget of the kit, in both palettes, at 100 % and 200 %."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from builders import gallery
from builders.walk import problems_of
from steward_app.gui.theme import Theme
from steward_app.gui.widgets.buttons import Button


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp)
    yield made
    made.set_mode("light")
    made.set_zoom(100)
    made.deleteLater()


def shown(widget: QWidget, qtbot: QtBot) -> QWidget:
    qtbot.addWidget(widget)
    widget.show()
    QApplication.processEvents()
    widget.resize(widget.minimumSizeHint().expandedTo(widget.size()))
    QApplication.processEvents()
    return widget


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("zoom", [100, 200])
def test_the_sheet_of_components_has_no_fault(theme: Theme, qtbot: QtBot, mode: str, zoom: int) -> None:
    theme.set_mode(mode)
    theme.set_zoom(zoom)
    sheet = shown(gallery.components_sheet(), qtbot)
    sheet.resize(1600 * zoom // 100, 1000 * zoom // 100)
    QApplication.processEvents()
    found = [problem for problem in problems_of(sheet) if "primary buttons" not in problem]
    assert found == []


def test_what_is_shown_follows_a_change_of_zoom_and_palette(theme: Theme, qtbot: QtBot) -> None:
    sheet = shown(gallery.components_sheet(), qtbot)
    before = [button.height() for button in sheet.findChildren(Button) if button.text()]
    theme.set_zoom(200)
    theme.set_mode("dark")
    QApplication.processEvents()
    sheet.resize(sheet.minimumSizeHint())
    QApplication.processEvents()
    after = [button.height() for button in sheet.findChildren(Button) if button.text()]
    assert all(new == 2 * old for old, new in zip(before, after, strict=True))
    assert [problem for problem in problems_of(sheet) if "primary buttons" not in problem] == []


def test_the_typed_confirmation_has_no_fault(theme: Theme, qtbot: QtBot) -> None:
    window = shown(QWidget(), qtbot)
    asked = gallery.question(window)
    asked.show()
    assert problems_of(asked) == []


def test_the_palette_and_the_toast_have_no_fault(theme: Theme, qtbot: QtBot) -> None:
    window = QWidget()
    window.resize(1200, 800)
    shown(window, qtbot)
    palette, toast = gallery.palette(window), gallery.toast(window)
    toast.show()
    QApplication.processEvents()
    assert problems_of(palette) == []
    assert problems_of(toast) == []


def test_the_walk_finds_what_it_is_there_for(theme: Theme, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton

    bad = QWidget()
    row = QHBoxLayout(bad)
    row.addWidget(QLineEdit())
    row.addWidget(QToolButton())
    off = Button("Off", gallery.nothing)
    off.setEnabled(False)
    row.addWidget(off)
    row.addWidget(Button("Dead"))
    found = " ".join(problems_of(shown(bad, qtbot)))
    for words in ("QLineEdit “” ", "no accessible name", "does not say why", "Dead", "does nothing"):
        assert words in found
