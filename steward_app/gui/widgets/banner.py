"""Banners: what happened, on the page, in words that can be copied. Never a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QWidget

from steward_app.gui.announce import announce
from steward_app.gui.flow import Flow
from steward_app.gui.format import as_here
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.states import TONE_ICONS, IconLabel
from steward_app.gui.widgets.text import Label, Part, bold
from steward_app.kernel.errors import ErrorCode, StewardError

_NARROW = 680  # width of the design


class Banner(QFrame):
    """A flat tint with an icon, a sentence in semibold, more words, and what can be done.

    Args:
        tone: danger, warning, success, or accent for what is only worth knowing.
        lead: what happened, one sentence.
        rest: the state of the data and what to do.
        actions: small buttons at the right.
        copy: True adds "Copy text".
        on_close: adds a button that closes it, and is called then.
    """

    def __init__(
        self,
        tone: Tone,
        lead: str,
        *rest: Part,
        actions: tuple[Button, ...] = (),
        copy: bool = False,
        icon: str = "",
        on_close: Callable[[], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "banner")
        self.setProperty("tone", str(tone))
        others = (as_here(part) if isinstance(part, str) else part for part in rest)
        parts = (bold(as_here(lead)), *((" ",) if lead and rest else ()), *others)
        self._words = Label(*parts, wrap=True, selectable=True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(self.text)
        buttons = list(actions)
        if copy:
            buttons.append(Button(self.tr("Copy text"), self._copy, icon="copy", small=True))
        if on_close is not None:
            close = Button(self.tr("Close"), on_close, kind=Kind.PLAIN_ICON, icon="x", small=True)
            buttons.append(close)
        mark = boxed(vbox(IconLabel(icon or TONE_ICONS[tone], tone), None, margins=(0, 2, 0, 0)))
        side = boxed(vbox(boxed(Flow(*buttons, gap=8)) if actions else hbox(*buttons, gap=8), None))
        told = hbox(mark, self._words, gap=12)
        told.setStretch(1, 1)
        self._row = hbox(boxed(told), side, gap=12, margins=(16, 12, 16, 12))
        self._row.setStretch(0, 1)
        self._stacks = bool(actions)
        self.setLayout(self._row)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._announced = False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._announced:
            self._announced = True
            announce(self, self.text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What can be done stands under the words where both beside one another would be narrow."""
        super().resizeEvent(event)
        stacked = self._stacks and self.width() < px(_NARROW)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        if stacked != (self._row.direction() is down):
            self._row.setDirection(down if stacked else across)

    @property
    def text(self) -> str:
        """All its words."""
        return self._words.plain

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)


def error_banner(error: StewardError, *actions: Button, on_close: Callable[[], None] | None = None) -> Banner:
    """An error as a steward reads it: the sentence, what is untouched, what to do next."""
    rest = (error.hint,) if error.hint else ()
    tone = Tone.WARNING if error.code is ErrorCode.STALE_PLAN else Tone.DANGER
    return Banner(tone, error.message, *rest, actions=actions, copy=True, on_close=on_close)
