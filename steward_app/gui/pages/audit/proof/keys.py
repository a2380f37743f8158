"""The key that signs seals, and the dialog that writes its recovery."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from steward_app.gui.actions import Action
from steward_app.gui.context import Message
from steward_app.gui.format import shown_name, when
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.pages.audit.proof.read import ProofRead
from steward_app.gui.pages.backups.dialog import JobDialog
from steward_app.gui.pages.backups.store_fields import hidden
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.controls import LabelledField
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import Card, KeyValueList, Scroll, Value
from steward_app.gui.widgets.text import Label, Span
from steward_app.kernel.clock import from_text
from steward_app.kernel.secret import Secret
from steward_app.services.audit.seals.key_recovery import LEAST, KeyFile, export_key

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage


class KeyPart(QWidget):
    """What is known of the key, and the way to its recovery."""

    def __init__(self, export: Action, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._export = export
        self._column = vbox(gap=16, margins=(24, 16, 24, 24))
        self.setLayout(vbox(Scroll(boxed(self._column))))

    def show_key(self, found: ProofRead) -> None:
        """Show what is known of the key of this computer."""
        clear(self._column)
        for item in (self._card(found), None):
            self._column.addWidget(item) if item is not None else self._column.addStretch(1)

    def _card(self, found: ProofRead) -> QWidget:
        title, key = _tr("The key that signs seals"), found.key
        if key is None:
            return Card(title, Label(found.key_problem, wrap=True), icon="key-round",
                        state=StateLabel(_tr("Cannot be read"), Tone.WARNING))  # fmt: skip
        if not key.key_id:
            words = _tr("This computer has signed nothing yet. The first seal makes a key.")
            return Card(title, Label(words, wrap=True), icon="key-round")
        written = when(from_text(key.exported_at)) if key.exported_at else _tr("never")
        facts: list[tuple[str, Value]] = [
            (_tr("Fingerprint"), Span(key.key_id, mono=True)),
            (_tr("Recovery written"), written),
        ]
        words = _tr(
            "Seals name the key by its fingerprint: note it where an auditor looks for it. The recovery is the key "
            "itself, in a file that a passphrase opens. With it, another computer goes on signing as this one did. "
            "Keep it away from the databases: whoever has both can write a log anew."
        )
        state = (
            StateLabel(_tr("Recovery written"), Tone.SUCCESS)
            if key.exported_at
            else StateLabel(_tr("No recovery yet"), Tone.WARNING)
        )
        return Card(
            title,
            KeyValueList(facts, key_width=136),
            Label(words, tone=Tone.MUTED, wrap=True),
            hbox(Button(action=self._export), None, margins=(0, 8, 0, 0)),
            icon="key-round",
            state=state,
        )


class ExportDialog(JobDialog):
    """Asks for a passphrase, twice, and where to write the recovery."""

    def __init__(self, page: AuditPage) -> None:
        words = _tr(
            "The file holds the key that signs seals. Nobody opens it without the passphrase, you neither."
        )
        super().__init__(
            page,
            _tr("Write the recovery of the key"),
            _tr("Write the file"),
            _tr("Writing the file"),
            "key-round",
            words,
        )
        self.phrase = hidden(LabelledField(_tr("Passphrase")))
        self.again = hidden(LabelledField(_tr("The same once more")))
        self.add(self.phrase, self.again)
        self._catalog, self._start = page.context.catalog, page.context.file.path
        self._context = page.context
        self._done = page.read_status
        self.phrase.edit.setFocus()

    def submit(self) -> None:
        """Ask where to write it, when the passphrase fits."""
        phrase = self.phrase.edit.text()
        if len(phrase) < LEAST:
            self.phrase.set_wrong(_tr("At least {n} characters").format(n=LEAST))
            return
        if phrase != self.again.edit.text():
            self.again.set_wrong(_tr("This is not the same"))
            return
        start = str(self._start.with_name("audit-signing-key.age"))
        chosen, _ = QFileDialog.getSaveFileName(
            self, _tr("Write the recovery of the key"), start, _tr("Recovery of a key (*.age)")
        )
        if not chosen:
            return
        target, secret, catalog = Path(chosen), Secret(phrase), self._catalog
        self.start(
            _tr("Writing the recovery of the key"),
            lambda context: export_key(catalog, target, secret),
            self._written,
        )

    def _written(self, found: KeyFile) -> None:
        rest = _tr("{path}. Keep it away from the databases.").format(path=shown_name(found.path))
        self._context.toast(Message(_tr("The recovery of the key is written"), rest))
        self._done()


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
