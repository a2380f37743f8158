"""Rows that were left out of what was restored, since they may be erased ones: a person decides here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from steward_app.catalog.quarantine import Verdict
from steward_app.gui.context import Message
from steward_app.gui.flow import Flow
from steward_app.gui.format import integer, plural, shown_name, when
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.data.words import key_words
from steward_app.gui.pages.restore.contents import told_wide
from steward_app.gui.pages.restore.read import decide
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import Card, hairline
from steward_app.gui.widgets.text import Label, bold, muted
from steward_app.kernel.clock import from_text
from steward_app.services.erasure import WaitingRow
from steward_app.services.rows import look_personal

_OPEN, _MOST = "open", 6


class WaitingCard(Card):
    """Only there when something waits. An answer is given first, and said with the button: it is not taken back.

    Args:
        page: runs the job.
        decided: called when something was decided.
    """

    def __init__(self, page: Page, decided: Callable[[], None], parent: QWidget | None = None) -> None:
        self._lines = vbox()
        self._do = Button(_tr("Decide"), self._decide)
        self._words = Label(role="small", tone=Tone.MUTED, elide=True)
        super().__init__(
            _tr("Rows that wait for a decision"),
            Label(
                _tr(
                    "They were left out of what was restored, since they may belong to somebody who was erased. "
                    "A decision is kept in the journal and cannot be taken back."
                ),
                tone=Tone.MUTED,
                wrap=True,
            ),
            boxed(self._lines),
            icon="hourglass",
            foot=(self._words, self._do),
            parent=parent,
        )
        self._page, self._decided, self._database_id = page, decided, ""
        self._rows: tuple[WaitingRow, ...] = ()
        self._answers: dict[str, Segments] = {}
        self.hide()

    def show_rows(self, rows: Sequence[WaitingRow], database_id: str) -> None:
        """Show the first of them; none hides the card."""
        self._rows, self._database_id = tuple(rows), database_id
        self._answers = {}
        clear(self._lines)
        for row in self._rows[:_MOST]:
            if self._answers:
                self._lines.addWidget(hairline())
            self._lines.addWidget(self._line(row))
        self.say_beside(integer(len(rows)))
        rest = len(rows) - _MOST
        told = _tr("{n} more follow when these are decided.").format(n=integer(rest)) if rest > 0 else ""
        self._words.say(told)
        self.setVisible(bool(rows))
        self._answered()

    def _line(self, row: WaitingRow) -> QWidget:
        which = f"{shown_name(row.table)} {_key(row, self._page.context.file.path)}"
        answers = Segments(
            _tr("What is {row}").format(row=which),
            (_OPEN, _tr("Not decided")),
            (Verdict.KEEP.value, _tr("It is another row")),
            (Verdict.ERASE.value, _tr("It is the erased one")),
        )
        answers.chosen.connect(lambda _: self._answered())
        self._answers[row.id] = answers
        words = Label(bold(which), f" {_capital(row.reason)}. ", muted(_found(row)), wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        line = hbox(
            boxed(vbox(IconLabel("circle-help", Tone.WARNING, 14), None, margins=(0, 3, 0, 0))), words, gap=8
        )
        line.setStretch(1, 1)
        return boxed(Flow(told_wide(line), answers, gap=12, margins=(0, 6, 0, 6)))

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """What was answered, by ids of rows."""
        return {key: Verdict(each.value) for key, each in self._answers.items() if each.value != _OPEN}

    def _answered(self) -> None:
        count = len(self.verdicts)
        rows = plural(count, _tr("row"), _tr("rows"))
        self._do.set_words(_tr("Decide on {rows}").format(rows=rows) if count else _tr("Decide"))
        self._do.disable("" if count else _tr("Say of a row first what it is."))

    def _decide(self) -> None:
        verdicts, known_as, page = self.verdicts, self._database_id, self._page
        catalog = page.context.catalog
        rows = plural(len(verdicts), _tr("row"), _tr("rows"))

        def done(_: object) -> None:
            page.context.toast(Message(_tr("Decided on {rows}").format(rows=rows)))
            self._decided()

        title = _tr("Deciding on {rows}").format(rows=rows)
        page.run(title, lambda context: decide(catalog, known_as, verdicts), done)


def _key(row: WaitingRow, database: Path) -> str:
    hidden = {each.column for each in look_personal(row.key_columns, row.table, database)}
    return key_words(row.key, row.key_columns, hidden)


def _found(row: WaitingRow) -> str:
    return _tr("Found in the restore point of {moment}.").format(moment=when(from_text(row.made_at)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
