"""The list of seals, and the receipt of the one that is chosen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.actions import Action
from steward_app.gui.flow import Flow
from steward_app.gui.format import integer, plural
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.pages.audit.proof.read import ProofRead, SealLine
from steward_app.gui.pages.audit.proof.words import moment_words, range_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.parts import Parts
from steward_app.gui.widgets.surfaces import EmptyState, FootBar, Inspector, KeyValueList
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label, Span


class SealsPart(QWidget):
    """Seals, the newest first.

    Args:
        older: reads older ones.
        receipts: what can be done with the receipt of the chosen one.
    """

    def __init__(
        self,
        older: Callable[[], None],
        receipts: tuple[Action, ...],
        seal: Action,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._receipts = receipts
        self._key_id = ""
        self.table: SimpleTable[SealLine] = SimpleTable(_tr("Seals"), _columns(), key=lambda line: line.n)
        self.inspector = Inspector(_tr("The seal"), width=360)
        self._none = EmptyState(
            "shield",
            _tr("Nothing is sealed yet"),
            _tr("A seal hashes, chains and signs what was logged, so that nobody can change it unseen."),
            Button(action=seal),
        )
        self._count = Label(tone=Tone.MUTED, elide=True)
        self._older = link(_tr("Show older seals"), older)
        self._older.hide()
        listed = vbox(self.table, FootBar(self._count, self._older))
        listed.setStretch(0, 1)
        left = boxed(listed)
        self._stack = Parts()
        for widget in (Beside(left, self.inspector, width=360, below=880, scrolls=True), self._none):
            self._stack.addWidget(widget)
        self.setLayout(vbox(self._stack))
        self.table.chosen.connect(self._inspect)

    @property
    def current(self) -> SealLine | None:
        """The seal that is chosen."""
        return self.table.current

    @property
    def shown(self) -> tuple[SealLine, ...]:
        """The seals that were read."""
        return self.table.rows

    def show_seals(self, found: ProofRead, *, older: bool = False) -> None:
        """Show seals; `older`: these come after those that are there."""
        known = {line.n for line in self.table.rows} if older else set()
        kept = self.table.rows if older else ()
        self.table.set_rows((*kept, *(line for line in found.seals if line.n not in known)))
        self._key_id = found.key.key_id if found.key is not None else ""
        self._stack.setCurrentIndex(0 if self.table.rows else 1)
        count = plural(len(self.table.rows), _tr("seal"), _tr("seals"))
        self._count.say(_tr("The newest {seals}").format(seals=count) if found.more else count)
        self._older.setVisible(found.more)
        if self.table.current is None and self.table.rows:
            self.table.choose(self.table.rows[0])
        self._inspect(self.table.current)

    def _inspect(self, seal: SealLine | None) -> None:
        if seal is None:
            self.inspector.show_content(None)
            return
        signed = seal.key_id or _tr("nobody")
        if seal.key_id and seal.key_id == self._key_id:
            signed = _tr("{key}, of this computer").format(key=seal.key_id)
        facts = KeyValueList(
            (
                (_tr("Covers"), _tr("entries {range}").format(range=range_words(seal))),
                (_tr("Entries"), integer(seal.changes)),
                (_tr("Sealed"), moment_words(seal.sealed_at)),
                (_tr("Signed by"), Span(signed, mono=True)),
            ),
            key_width=80,
        )
        words = _tr(
            "A receipt names this seal, and with it all before. Kept elsewhere, it shows whether somebody wrote "
            "the log anew."
        )
        self.inspector.show_content(
            Label(_tr("Seal {n}").format(n=integer(seal.n)), role="heading"),
            facts,
            Label(
                _tr("An entry of the log is a change of a row, or what happened to the audit itself."),
                role="small",
                tone=Tone.MUTED,
                wrap=True,
            ),
            Label(_tr("Receipt"), role="strong"),
            Label(words, tone=Tone.MUTED, wrap=True),
            boxed(Flow(*(Button(action=action, small=True) for action in self._receipts), gap=8)),
            None,
        )


def _columns() -> tuple[Column[SealLine], ...]:
    return (
        Column(_tr("Seal"), lambda line: Cell(integer(line.n)), width=80, order=lambda line: line.n),
        Column(_tr("Sealed"), lambda line: moment_words(line.sealed_at), width=168,
               order=lambda line: line.sealed_at),
        Column(_tr("From, to"), range_words, order=lambda line: line.first_seq),
        Column(_tr("Entries"), lambda line: Cell(integer(line.changes), right=True), width=80, right=True,
               order=lambda line: line.changes),
        Column(_tr("Signed by"), lambda line: Cell(line.key_id, mono=True), width=168),
    )  # fmt: skip


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
