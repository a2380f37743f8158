"""The palettes can be read, and light, dark and zoom reach every widget."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from steward_app.gui import fonts
from steward_app.gui.layout import fix, hbox, vbox
from steward_app.gui.look import colour, look, px
from steward_app.gui.stylesheet import stylesheet
from steward_app.gui.theme import ZOOM_STEPS, Theme
from steward_app.gui.tokens import Colours, Tone, colours, contrast, measures
from steward_app.storage.shipped import resource

SURFACES = ("base", "window", "hover")
WORDS = ("text", "muted", "accent", "danger", "warning", "success", "personal")
STATES = ("accent", "danger", "warning", "success", "personal")
PALETTES = ("light", "dark")


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("words", WORDS)
def test_words_on_surfaces_meet_aa(palette: str, surface: str, words: str) -> None:
    shown = colours(palette)
    assert contrast(getattr(shown, words), getattr(shown, surface)) >= 4.5


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("state", STATES)
def test_words_on_tints_meet_aa(palette: str, state: str) -> None:
    shown = colours(palette)
    tint = getattr(shown, f"{state}_tint")
    for words in ("text", "muted", state):
        assert contrast(getattr(shown, words), tint) >= 4.5


@pytest.mark.parametrize("palette", PALETTES)
def test_words_on_fills_meet_aa(palette: str) -> None:
    shown = colours(palette)
    for fill in ("selection", "selection_hover", "danger_fill"):
        assert contrast(shown.on_fill, getattr(shown, fill)) >= 4.5


@pytest.mark.parametrize("palette", PALETTES)
def test_edges_of_controls_and_what_is_disabled_can_be_seen(palette: str) -> None:
    shown = colours(palette)
    for surface in ("base", "window"):
        assert contrast(shown.control, getattr(shown, surface)) >= 3.0


def test_both_palettes_name_the_same_colours() -> None:
    names = {field.name for field in fields(Colours)}
    for palette in PALETTES:
        assert set(json.loads(resource("themes", f"{palette}.json").read_text())) == names


def test_contrast_is_as_the_standard_counts_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_dark_reaches_palette_sheet_and_painted_widgets(theme: Theme, qapp: QApplication) -> None:
    theme.set_mode("dark")
    assert look().dark
    assert qapp.palette().color(QPalette.ColorRole.Base).name() == colours("dark").base
    assert colours("dark").accent in qapp.styleSheet()
    assert colour("accent").name() == colours("dark").accent
    theme.set_mode("light")
    assert qapp.palette().color(QPalette.ColorRole.Base).name() == colours("light").base


def test_a_colour_cannot_be_changed_under_the_others(theme: Theme) -> None:
    colour("accent").setAlphaF(0.1)
    assert colour("accent").alphaF() == 1.0


def test_the_sheet_holds_no_colour_but_tokens() -> None:
    from steward_app.gui.look import Look

    sheet = stylesheet(Look(False, 1.0, colours("light"), measures()))
    known = {getattr(colours("light"), field.name) for field in fields(Colours)}
    import re

    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", sheet)) <= known


def test_zoom_goes_by_steps_and_stops_at_the_ends(theme: Theme) -> None:
    for _ in ZOOM_STEPS:
        theme.zoom_in()
    assert theme.zoom == 200
    assert px(24) == 48
    for _ in ZOOM_STEPS:
        theme.zoom_out()
    assert theme.zoom == 50
    theme.zoom_reset()
    assert theme.zoom == 100


def test_layouts_and_fixed_sizes_follow_the_zoom(theme: Theme, qtbot: QtBot) -> None:
    window, inner = QWidget(), fix(QWidget(), width=40, height=20)
    row = hbox(inner, 12, QLabel("x"), gap=8, margins=(4, 4, 4, 4))
    window.setLayout(vbox(row, margins=(24, 16, 24, 16)))
    qtbot.addWidget(window)
    theme.set_zoom(200)
    assert (inner.width(), inner.height()) == (80, 40)
    assert row.spacing() == 16
    assert window.layout().contentsMargins().left() == 48


def test_inter_and_jetbrains_mono_are_really_used(theme: Theme, qapp: QApplication) -> None:
    assert QFontInfo(qapp.font()).family() == "Inter"
    assert QFontInfo(fonts.mono(1.0)).family() == "JetBrains Mono"


def test_the_theme_lives_as_long_as_the_application(theme: Theme, qapp: QApplication) -> None:
    assert isinstance(theme.parent(), QObject)
    assert theme.parent() is qapp


def test_every_tone_is_a_colour() -> None:
    names = {field.name for field in fields(Colours)}
    assert {str(tone) for tone in Tone} <= names


def test_a_change_styles_each_widget_once_however_deep_it_stands(qtbot: QtBot, theme: Theme) -> None:
    outer = inner = QWidget()
    qtbot.addWidget(outer)
    for _ in range(12):
        around, inner = inner, QWidget(inner)
        QVBoxLayout(around).addWidget(inner)
    counted = _Counted(inner)
    outer.show()
    before = counted.changes
    theme.set_mode("dark")
    assert 1 <= counted.changes - before <= 3


class _Counted(QLabel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__("visit", parent)
        self.changes = 0

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt calls it so
        self.changes += event.type() == QEvent.Type.StyleChange
        super().changeEvent(event)
