"""Who is responsible, as the record of processing names them: a form in the place of the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.context import Message
from steward_app.gui.layout import boxed, fix, hbox, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import TextField
from steward_app.gui.widgets.surfaces import Scroll
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services import undo
from steward_app.services.privacy.classify.model import Controller
from steward_app.services.privacy.classify.responsible import WORDS, state_controller

if TYPE_CHECKING:
    from steward_app.gui.pages.personal.page import PersonalPage

_WIDTH = 560


class Responsible(Scroll):
    """Of one page. What it writes, the message about it undoes."""

    def __init__(self, page: PersonalPage, back: Callable[[], None]) -> None:
        content = QWidget()
        super().__init__(content)
        self._page, self._back = page, back
        self._stated = Controller()
        self.fields = {word: TextField(title, hint) for word, (title, hint) in _words().items()}
        self.save = Button(_tr("Save"), self._save, kind=Kind.PRIMARY)
        rows: list[QWidget] = [Label(_tr("Who is responsible"), role="heading")]
        rows.append(
            Label(
                _tr(
                    "The record of processing names them (Art. 30 GDPR). It is kept in the policy beside the file."
                ),
                tone=Tone.MUTED,
                wrap=True,
            )
        )
        for word, (title, _) in _words().items():
            label = Label(title)
            label.setBuddy(self.fields[word])
            rows.append(boxed(vbox(label, self.fields[word], gap=4)))
            self.fields[word].textEdited.connect(lambda _: self._consider())
        buttons = hbox(self.save, Button(_tr("Cancel"), back), None)
        form = boxed(vbox(*rows, boxed(buttons), gap=12))
        fix(form, width=_WIDTH)
        content.setLayout(vbox(hbox(form, None), None, margins=(24, 0, 24, 16)))

    def show_stated(self, stated: Controller) -> None:
        """Start from what the policy says."""
        self._stated = stated
        for word, text in asdict(stated).items():
            self.fields[word].setText(text)
        self._consider()
        self.fields[WORDS[0]].setFocus()

    @property
    def _changed(self) -> dict[str, str]:
        before = asdict(self._stated)
        typed = {word: field.text().strip() for word, field in self.fields.items()}
        # A field of one line shows several joined: what was not typed into stays as it is.
        return {
            word: text
            for word, text in typed.items()
            if text != before[word] and self.fields[word].isModified()
        }

    def _consider(self) -> None:
        self.save.disable("" if self._changed else _tr("Nothing was changed yet."))

    def _save(self) -> None:
        page, words = self._page, self._changed
        path, catalog = page.context.file.path, page.context.catalog

        def done(told: tuple[str, str]) -> None:
            sentence, operation_id = told
            page.context.toast(Message(sentence, undo=lambda: self._undo(operation_id)))
            self._back()
            page.read()

        def say(context: Context) -> tuple[str, str]:
            receipt = state_controller(catalog, path, words, context)
            return receipt.sentence, receipt.undo

        page.run(_tr("Saying who is responsible"), say, done, quiet=True)

    def _undo(self, operation_id: str) -> None:
        page, catalog = self._page, self._page.context.catalog
        page.run(
            _tr("Taking it back"),
            lambda context: undo.undo(catalog, operation_id, context).sentence,
            lambda _: page.read(),
            quiet=True,
        )


def _words() -> dict[str, tuple[str, str]]:
    return {
        "name": (_tr("Controller"), _tr("Riverside Clinic")),
        "contact": (_tr("Contact"), _tr("An address, or an e-mail address")),
        "representative": (_tr("Representative in the Union"), _tr("Where there is one")),
        "protection_officer": (_tr("Data protection officer"), _tr("Name and how to reach them")),
        "transfers": (_tr("Transfers to third countries"), _tr("Which, and the safeguards; or: none")),
        "security": (_tr("Security in general"), _tr("Beside what the program knows of")),
    }


def _tr(text: str) -> str:
    return QCoreApplication.translate("personal", text)
