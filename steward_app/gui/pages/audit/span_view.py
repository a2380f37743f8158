"""One transaction, or one statement of an unknown writer: who, why, and every row it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.actions import Action
from steward_app.gui.format import integer, when
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.pages.audit import read
from steward_app.gui.pages.audit.detail import span_selection, writer_facts
from steward_app.gui.pages.audit.history_view import HistoryView, Read
from steward_app.gui.pages.audit.line_list import Line
from steward_app.gui.pages.audit.read import Known, Span
from steward_app.gui.pages.audit.words import entry_line, span_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import SearchField
from steward_app.gui.widgets.surfaces import EmptyState, KeyValueList
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services.audit.past.history import Asked, Entry
from steward_app.services.audit.past.moments import from_milliseconds
from steward_app.services.audit.undo import Selection

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage


class SpanView(HistoryView):
    """A number is typed, or one comes here from a change; the ones before and after are a key away."""

    def __init__(self, page: AuditPage) -> None:
        nothing = (_tr("Nothing is left of it"), _tr("The log has no change of this transaction any more."))
        self._facts, self._wrong = vbox(gap=4), Label(role="small", tone=Tone.DANGER, wrap=True)
        self._undo = boxed(hbox(Button(action=page.undo_span_action, small=True), None))
        unasked = EmptyState(
            "hash",
            _tr("No transaction is chosen"),
            _tr("Type the number of a transaction and press Enter, or come here from a change."),
        )
        below = (self._wrong, boxed(self._facts), self._undo)
        super().__init__(page, _tr("Changes of the transaction"), nothing, unasked=unasked, below=below)
        for part in (self._wrong, self._undo):
            part.hide()
        self.span: Span | None = None
        self._wanted: dict[str, int | None] | None = None
        group = page.spec.title
        self.number = SearchField(_tr("Number of the transaction"), _tr("Number"), icon="hash", width=128)
        self.older = Action(
            "audit.older", _tr("The transaction before"), lambda: self._step(newer=False), group, "chevron-left",
            "Alt+Left", lambda: self._why_no_step(), "previous earlier",
        )  # fmt: skip
        self.newer = Action(
            "audit.newer", _tr("The transaction after"), lambda: self._step(newer=True), group, "chevron-right",
            "Alt+Right", lambda: self._why_no_step(), "next later",
        )  # fmt: skip
        steps = boxed(
            hbox(Button(action=self.older, kind=Kind.ICON), Button(action=self.newer, kind=Kind.ICON), gap=4)
        )
        self.tools: tuple[QWidget, ...] = (self.number, steps)
        self.number.returnPressed.connect(self._typed)
        self.number.textEdited.connect(lambda _: self._say_wrong(""))

    def commands(self) -> tuple[Action, ...]:
        return (self.older, self.newer)

    def arrive(self, *, txn: int | None = None, seq: int | None = None, **others: Any) -> None:
        if txn is not None or seq is not None:
            self._wanted = {"txn": txn} if txn is not None else {"seq": seq}

    def _show_known(self, known: Known) -> None:
        self.known = known
        wanted = self._wanted  # until it is found
        if wanted is None and self.span is not None:
            wanted = {"seq": self.span.last_seq}
        if wanted is None:
            self.read_again()
        else:
            self._find(**wanted)

    def _typed(self) -> None:
        text = self.number.text().strip().replace(",", "")
        if text.isdecimal():
            self._find(txn=int(text))
        else:
            self._say_wrong(_tr("A transaction has a number, such as 88214."))

    def _say_wrong(self, words: str) -> None:
        """Say at the field what is wrong with it; "" when it is right."""
        self.number.set_wrong(words)
        self.number.setToolTip(words)
        self._wrong.say(words)
        self._wrong.setVisible(bool(words))

    @property
    def begins_at(self) -> QWidget | None:
        return self.number if self._wanted is None else None

    def _find(self, *, txn: int | None = None, seq: int | None = None) -> None:
        path = self.page.context.file.path
        self._wanted = {"txn": txn} if txn is not None else {"seq": seq} if seq is not None else None
        self._drop()
        self._reading = self.page.run(
            _tr("Looking for the transaction"),
            lambda context: read.span_of(path, context, txn=txn, seq=seq),
            lambda span: self._show_span(span, txn),
            on_failure=self._failed,
            quiet=True,
        )

    def _why_no_step(self) -> str:
        return "" if self.span is not None and self.page.view == "txn" else _tr("No transaction is shown.")

    def _step(self, *, newer: bool) -> None:
        span, path = self.span, self.page.context.file.path
        if span is None:
            return

        def show(found: Span | None) -> None:
            if found is not None:
                self._show_span(found, None)
            else:
                self.page.show_problem(
                    _tr("This is the newest one.") if newer else _tr("This is the oldest one.")
                )

        self._drop()
        self._reading = self.page.run(
            _tr("Looking for the transaction"),
            lambda context: read.neighbour(path, span, context, newer=newer),
            show,
            on_failure=self._failed,
            quiet=True,
        )

    def _show_span(self, span: Span | None, txn: int | None) -> None:
        self._reading = self._wanted = None
        self.page.clear_banners()
        if span is None and txn is not None:
            self.number.setText(str(txn))
            words = _tr("The log has no change of transaction {n}.")
            self._say_wrong(words.format(n=integer(txn)))
            if self.span is None:
                self.read_again()
            return
        self._say_wrong("")
        self.span = span if span is not None else self.span
        self.read_again()

    def read_again(self) -> None:
        self._say_facts()
        super().read_again()

    def _say_facts(self) -> None:
        clear(self._facts)
        span = self.span
        self._undo.setVisible(span is not None)
        if span is None:
            return
        if span.writer is not None:
            self.number.setText(str(span.writer.txn))
        else:
            self.number.clear()
        moment = when(from_milliseconds(span.at), to_second=True)
        self._facts.addWidget(Label(span_words(span), role="medium", elide=True))
        self._facts.addWidget(Label(moment[:1].upper() + moment[1:], tone=Tone.MUTED))
        self._facts.addWidget(KeyValueList(writer_facts(span.writer), key_width=80))

    def source(self) -> Read | None:
        span, path = self.span, self.page.context.file.path
        if span is None:
            return None

        def work(after: int | None, context: Context) -> read.Some:
            return read.between(path, span, after, context)

        return work

    def exported(self) -> tuple[Asked, str] | None:
        span = self.span
        if span is None or span.writer is None:
            return None
        return Asked(txn=span.writer.txn), _tr("The changes of this transaction.")

    @property
    def selection(self) -> Selection | None:
        """All of it, as it is undone."""
        return span_selection(self.span) if self.span is not None else None

    def line_of(self, item: Entry) -> Line:
        return entry_line(item, self.known, reveal=self.page.reveal, with_row=True)

    def show_chosen(self, item: Entry) -> None:
        self.detail.show_change(item, self.known)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
