"""The settings: light, dark or as the system; zoom; about. A popover, since there is little to set."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import fix, hbox, vbox
from steward_app.gui.theme import Theme
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.popover import SHADOW, Popover
from steward_app.gui.widgets.surfaces import hairline
from steward_app.gui.widgets.text import Label


class Settings(Popover):
    """Below the button in the header."""

    def __init__(self, anchor: QWidget, theme: Theme, about: Callable[[], None]) -> None:
        super().__init__(anchor)
        self._theme = theme
        self._about = about
        self._mode = Segments(
            self.tr("Theme"),
            ("system", self.tr("System")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        )
        self._mode.choose(str(theme.mode))
        self._mode.chosen.connect(theme.set_mode)
        self._percent = Label()
        self._smaller = Button(self.tr("Smaller"), theme.zoom_out, kind=Kind.ICON, icon="minus")
        self._larger = Button(self.tr("Larger"), theme.zoom_in, kind=Kind.ICON, icon="plus")
        reset = Button(self.tr("100 %"), theme.zoom_reset, kind=Kind.QUIET)
        about_button = Button(self.tr("About and licences"), self._show_about, kind=Kind.QUIET, icon="info")
        self.setLayout(
            vbox(
                Label(self.tr("Theme"), role="small", tone=Tone.MUTED),
                self._mode,
                Label(self.tr("Size of text and controls"), role="small", tone=Tone.MUTED),
                hbox(self._smaller, self._percent, self._larger, reset, None),
                hairline(),
                hbox(about_button, None),
                gap=8,
                margins=(16, 16, 16, 12),
            )
        )
        fix(self, width=272 + 2 * SHADOW)
        theme.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        self._mode.choose(str(self._theme.mode))
        self._percent.say(f"{self._theme.zoom} %")
        if self.isVisible():
            self.open()

    def _show_about(self) -> None:
        self.dismiss()
        self._about()
