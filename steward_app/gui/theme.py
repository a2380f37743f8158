"""Light and dark, zoom, and how both reach Qt: one palette, one style sheet, one font, made from the tokens."""

from __future__ import annotations

from enum import StrEnum
from math import floor

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from steward_app.gui import fonts, layout
from steward_app.gui.look import Look, look, show
from steward_app.gui.stylesheet import stylesheet
from steward_app.gui.tokens import Colours, colours, measures

ZOOM_STEPS = (50, 67, 80, 90, 100, 110, 125, 150, 175, 200)
_STYLED = "steward_styled"
_BODY_PIXELS = 13  # what a system font of ordinary size measures; a larger one scales everything with it


class Mode(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """Follows the system's light or dark unless told otherwise, and holds the zoom.

    Signals:
        changed: after palette, style sheet and fonts are in place.
    """

    changed = Signal()

    def __init__(self, app: QApplication, *, mode: Mode = Mode.SYSTEM, zoom: int = 100) -> None:
        super().__init__(app)
        self._app = app
        self._mode = mode
        self._zoom = _nearest_step(zoom)
        if app.property(_STYLED) is None:
            app.setStyle(
                "Fusion"
            )  # once: under a style sheet, Qt keeps widgets of the style before that are gone
            app.setProperty(_STYLED, True)
        fonts.install()
        self._system_scale = _system_scale(app)
        app.styleHints().colorSchemeChanged.connect(self._system_changed)
        self._apply()

    @property
    def mode(self) -> Mode:
        """What the steward chose."""
        return self._mode

    @property
    def zoom(self) -> int:
        """Percent, one of `ZOOM_STEPS`."""
        return self._zoom

    @Slot(str)
    def set_mode(self, mode: str) -> None:
        """Light, dark, or as the system."""
        if mode != self._mode:
            self._mode = Mode(mode)
            self._apply()

    def set_zoom(self, percent: int) -> None:
        """The nearest step to `percent`."""
        step = _nearest_step(percent)
        if step != self._zoom:
            self._zoom = step
            self._apply()

    @Slot()
    def zoom_in(self) -> None:
        self.set_zoom(next((step for step in ZOOM_STEPS if step > self._zoom), self._zoom))

    @Slot()
    def zoom_out(self) -> None:
        self.set_zoom(next((step for step in reversed(ZOOM_STEPS) if step < self._zoom), self._zoom))

    @Slot()
    def zoom_reset(self) -> None:
        self.set_zoom(100)

    @Slot()
    def _system_changed(self) -> None:
        if self._mode is Mode.SYSTEM:
            self._apply()

    def _dark(self) -> bool:
        if self._mode is Mode.SYSTEM:
            return self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self._mode is Mode.DARK

    def _apply(self) -> None:
        dark = self._dark()
        scale = self._zoom / 100 * self._system_scale
        show(Look(dark, scale, colours("dark" if dark else "light"), measures()))
        self._app.setPalette(_palette(look().colours))
        self._app.setFont(fonts.body(scale))
        self._app.setStyleSheet("")  # else Qt styles each widget once more for every one that it stands in
        self._app.setStyleSheet(stylesheet(look()))
        for window in self._app.topLevelWidgets():
            layout.rescale(window)
        self.changed.emit()


def _nearest_step(percent: int) -> int:
    return min(ZOOM_STEPS, key=lambda step: abs(step - percent))


def _system_scale(app: QGuiApplication) -> float:
    """1.0 for a system font of ordinary size, up to 2.0 where the steward chose a larger one."""
    return min(2.0, max(1.0, floor(QFontInfo(app.font()).pixelSize() / _BODY_PIXELS * 10) / 10))


def _palette(shown: Colours) -> QPalette:
    role = QPalette.ColorRole
    active = {
        role.Window: shown.window,
        role.WindowText: shown.text,
        role.Base: shown.base,
        role.AlternateBase: shown.window,
        role.Text: shown.text,
        role.PlaceholderText: shown.muted,
        role.Button: shown.base,
        role.ButtonText: shown.text,
        role.BrightText: shown.on_fill,
        role.Highlight: shown.selection,
        role.HighlightedText: shown.on_fill,
        role.Accent: shown.selection,
        role.Link: shown.accent,
        role.LinkVisited: shown.accent,
        role.ToolTipBase: shown.base,
        role.ToolTipText: shown.text,
        role.Light: shown.hover,
        role.Midlight: shown.hover,
        role.Mid: shown.hairline,
        role.Dark: shown.control,
        role.Shadow: shown.control,
    }
    palette = QPalette()
    for kind, value in active.items():
        palette.setColor(kind, QColor(value))
    for kind in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, kind, QColor(shown.control))
    return palette
