"""The first frame is there at once; what fills it comes after, and the window closes as one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from steward_app.gui import first_look
from steward_app.gui.first_look import FirstLook
from steward_app.gui.look import look
from steward_app.gui.shell.frame import Frame
from steward_app.gui.theme import Theme


def test_it_is_furnished_once_and_after_it_was_seen(qtbot: QtBot, theme: Theme) -> None:
    made: list[QWidget] = []

    def furnish() -> QWidget:
        made.append(QLabel("Furnished"))
        return made[-1]

    frame = Frame(FirstLook(width=800, height=600), furnish)
    qtbot.addWidget(frame)
    assert not made
    frame.show()
    qtbot.waitUntil(lambda: bool(made))
    frame.repaint()
    frame.fill()
    assert len(made) == 1
    qtbot.waitUntil(lambda: made[0].size() == frame.size())
    made[0].setWindowTitle("clinic.db")
    assert frame.windowTitle() == "clinic.db"


def test_the_first_frame_has_the_palette_that_was_chosen(qtbot: QtBot, theme: Theme) -> None:
    theme.set_mode("dark")
    frame = Frame(FirstLook(), QLabel)
    qtbot.addWidget(frame)
    picture = frame.grab().toImage()
    assert picture.pixelColor(700, 400).name() == look().colours.base
    assert picture.pixelColor(700, 10).name() == look().colours.window


def test_what_fills_it_decides_whether_it_closes(qtbot: QtBot, theme: Theme) -> None:
    class Busy(QWidget):
        def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
            event.ignore()

    frame = Frame(FirstLook(), Busy)
    qtbot.addWidget(frame)
    frame.show()
    frame.fill()
    assert not frame.close()
    assert frame.isVisible()
    frame.content = None


def test_the_first_look_is_kept_and_read(steward_home: Path) -> None:
    assert first_look.read() == FirstLook()
    wanted = FirstLook("dark", 125, 10, 20, 900, 700, True)
    first_look.keep(wanted)
    assert first_look.read() == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        '{"theme": "pink"}',
        '{"zoom": "large"}',
        '{"unknown": 1}',
        '{"x": null}',
        '{"zoom": 1.5}',
    ],
)
def test_what_cannot_be_understood_is_the_default(steward_home: Path, text: str) -> None:
    (steward_home / "first-look.json").write_text(text)
    assert first_look.read() == FirstLook()


def test_a_window_on_a_screen_that_is_gone_comes_back(qtbot: QtBot, theme: Theme, steward_home: Path) -> None:
    first_look.keep(FirstLook(x=90_000, y=90_000, width=700, height=500))
    frame = Frame(first_look.read(), QLabel)
    qtbot.addWidget(frame)
    frame.show()
    assert frame.screen().availableGeometry().intersects(frame.geometry())
    assert json.loads((steward_home / "first-look.json").read_text())["x"] == 90_000
