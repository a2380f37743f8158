"""Icons are drawn in the colours of the present palette, and every name in the code exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

import steward_app
from steward_app.gui import icons
from steward_app.gui.look import look
from steward_app.gui.theme import Theme
from steward_app.gui.tokens import Tone
from steward_app.storage.shipped import resource


def inks(image: QImage) -> set[str]:
    return {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }


def drawn(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal, size: int = 96) -> set[str]:
    return inks(icon.pixmap(QSize(size, size), mode).toImage())


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_an_icon_has_the_colour_of_its_tone_state_and_palette(theme: Theme, mode: str) -> None:
    icon = icons.icon("square", Tone.DANGER)
    theme.set_mode(mode)
    shown = look().colours
    assert drawn(icon) == {shown.danger}
    assert drawn(icon, QIcon.Mode.Disabled) == {shown.control}
    assert drawn(icon, QIcon.Mode.Selected) == {shown.on_fill}


def test_a_button_is_redrawn_when_the_palette_changes(theme: Theme, qtbot: QtBot) -> None:
    button = QPushButton()
    button.setIcon(icons.icon("square"))
    button.setIconSize(QSize(64, 64))
    button.setStyleSheet("max-height: 100px")
    qtbot.addWidget(button)
    button.show()
    theme.set_mode("dark")
    QApplication.processEvents()
    assert look().colours.text in inks(button.grab().toImage())


@pytest.mark.parametrize("size", icons.SIZES)
def test_an_icon_is_crisp_on_a_screen_of_twice_the_density(theme: Theme, size: int) -> None:
    picture = icons.pixmap("key-round", Tone.TEXT, size, 2.0)
    assert picture.width() == 2 * size
    assert picture.devicePixelRatio() == 2.0


def test_an_unknown_icon_is_an_error_at_once() -> None:
    with pytest.raises(KeyError):
        icons.icon("no-such-icon")


def test_every_icon_named_in_the_code_travels_with_it() -> None:
    shipped = {path.stem for path in resource("icons").glob("*.svg")}
    named = set()
    for path in (Path(steward_app.__file__).parent / "gui").rglob("*.py"):
        text = path.read_text("utf-8")
        named |= set(re.findall(r'icon="([a-z0-9-]+)"', text))
        named |= set(re.findall(r'IconLabel\("([a-z0-9-]+)"', text))
    assert named <= shipped


def test_the_licences_travel_too() -> None:
    assert "ISC License" in resource("icons", "LICENSE").read_text("utf-8")
    for family in ("inter", "jetbrains-mono"):
        assert "SIL Open Font License" in resource("fonts", family, "OFL.txt").read_text("utf-8")
