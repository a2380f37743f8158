"""The foot of the restore: the buttons of the step that is shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.pages.restore.commands import Own
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.foot import FootLine


class Foot(FootLine):
    """Buttons of the step that is shown."""

    def __init__(
        self,
        own: Own,
        stop: Callable[[], None],
        allow: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        self.plan_button = Button(action=own.plan, kind=Kind.PRIMARY)
        self.apply_button = Button(action=own.apply, kind=Kind.PRIMARY)
        self.rehearse_button = Button(action=own.rehearse)
        self.back_button, self.cancel_button = Button(action=own.back), Button(action=own.cancel)
        self.allow_button = Button(_tr("Allow changes"), allow, icon="lock-open")
        super().__init__(
            stop,
            self.back_button,
            self.rehearse_button,
            self.allow_button,
            self.plan_button,
            self.apply_button,
            before=(self.cancel_button,),
            parent=parent,
        )
        self.show_choosing(own.plan.title)

    def show_choosing(self, verb: str, *, first: bool = True) -> None:
        """A step before the plan; `verb` leads on, and `first` has no way back."""
        self.plan_button.set_words(verb)
        self.show_buttons(*(() if first else (self.back_button,)), self.plan_button)
        self.cancel_button.setVisible(not first)

    def show_plan(self, verb: str, *, can_rehearse: bool) -> None:
        """The step of the plan; `verb` is the plan's own button."""
        self.apply_button.set_words(verb)
        rehearse = (self.rehearse_button,) if can_rehearse else ()
        self.show_buttons(self.back_button, *rehearse, self.apply_button)
        self.cancel_button.show()

    def offer_switch(self, offered: bool) -> None:
        """Whether changes of the file can be allowed from here."""
        came_from_it = self.allow_button.hasFocus()
        self.allow_button.setVisible(offered)
        if came_from_it and not offered:
            self.take_focus()


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
