"""A query of one's own. It can only read; SQLite's own authorizer sees to that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QMenu, QSplitter, QStackedWidget, QWidget

from steward_app.gui.format import plural, shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.pages.data.side import Side
from steward_app.gui.pages.data.words import place_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.data_table import DataTable, TableStatus
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.sql import SqlEditor, SqlView
from steward_app.gui.widgets.states import IconLabel, StateLabel
from steward_app.gui.widgets.surfaces import EmptyState, FootBar, Scroll
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import Refused, StewardError
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.services.rows import (
    BadQuery,
    PlanStep,
    QueryResult,
    Source,
    ask,
    explain,
    personal_in,
    source_of_query,
)

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage

_EARLIER = 20
_LONGEST_KEPT = 10_000
_LONGEST_LINE = 80
_STACKED_BELOW = 860


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query turned out to be: rows to page through, or a short listing (EXPLAIN, PRAGMA)."""

    source: Source | None
    listing: QueryResult | None


class Query(QWidget):
    """Editor above, result below.

    Signals:
        changed: there is another result.
    """

    changed = Signal()

    def __init__(self, page: DataPage) -> None:
        super().__init__()
        self._page = page
        self.personal: frozenset[str] = frozenset()
        self.earlier: list[str] = []
        self.editor = SqlEditor(self.tr("Query"))
        self.editor.setPlaceholderText(self.tr("SELECT … FROM …   Ctrl+Enter runs it; it can only read."))
        self.editor.run_wanted.connect(self.run)
        self.start = Button(self.tr("Run query"), self.run, icon="play", kind=Kind.PRIMARY)
        self.plan_button = Button(self.tr("Show plan"), self.show_plan, icon="workflow")
        self.earlier_button = Button(self.tr("Earlier queries"), self._show_earlier, icon="history")
        self.problem = Label(tone=Tone.DANGER, wrap=True)
        sign = vbox(3, IconLabel("circle-x", Tone.DANGER, 14), None)
        self._problem_row = boxed(hbox(sign, self.problem, gap=6))
        self._problem_row.hide()
        self.rows = DataTable(self.tr("Result of the query"), page.run, page.context.file.read, filters=False)
        self.side = Side(page, self.rows, lambda to, key: None, lambda children: None, lambda condition: None)
        self._listing: SimpleTable[tuple[str | None, ...]] | None = None
        self._plan = SqlView(name=self.tr("Plan"), most_lines=40)
        self._nothing = Scroll(
            EmptyState(
                "terminal",
                self.tr("Ask the file in SQL"),
                self.tr("A query here can only read. Its result can be sorted, copied and exported."),
            )
        )
        self.news = StateLabel("", Tone.MUTED, role="small", elide=True)
        self._warning = StateLabel("", Tone.WARNING, role="small", elide=True)
        self._count = link(self.tr("Count exactly"), self.rows.count)
        self._place = Label(tone=Tone.MUTED, role="small")
        self._build()
        self._connect()

    def _build(self) -> None:
        self._result = QStackedWidget()
        for content in (self._nothing, self.rows, boxed(vbox(self._plan, None, margins=(24, 12, 24, 12)))):
            self._result.addWidget(content)
        for label in (self.news, self._warning, self._count):
            label.hide()
        buttons = hbox(self.start, self.plan_button, self.earlier_button, None)
        upper = vbox(self.editor, self._problem_row, buttons, gap=8, margins=(24, 12, 24, 8))
        upper.setStretch(0, 1)
        lower = vbox(
            Beside(self._result, self.side, width=376, below=_STACKED_BELOW),
            FootBar(self.news, self._warning, None, self._place, self._count),
        )
        lower.setStretch(0, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(boxed(upper))
        split.addWidget(boxed(lower))
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 3)
        split.setChildrenCollapsible(False)
        split.setSizes([px(168), px(504)])
        self.setLayout(vbox(split))
        self._look_at_earlier()

    def _connect(self) -> None:
        self.rows.shown.connect(self._show_status)
        self.rows.filter_changed.connect(lambda _: self.changed.emit())
        self.rows.copied.connect(lambda words: self._say(words, Tone.SUCCESS, "copy-check"))
        self.rows.failed.connect(self._failed)
        self.rows.stopped.connect(self._stopped)

    # State

    def state(self) -> dict[str, Json]:
        """What is kept for the next time."""
        return {"query": self.editor.toPlainText()[:_LONGEST_KEPT], "earlier": list(self.earlier)}

    def restore(self, state: dict[str, Json]) -> None:
        """The inverse."""
        kept = state.get("earlier")
        self.editor.setPlainText(str(state.get("query") or ""))
        self.earlier = (
            [each for each in kept if isinstance(each, str)][:_EARLIER] if isinstance(kept, list) else []
        )
        self._look_at_earlier()

    @property
    def source(self) -> Source | None:
        """Where the rows that are shown come from."""
        return self.rows.source if self._result.currentWidget() is self.rows else None

    @property
    def revealed(self) -> bool:
        """True while columns that look personal are shown."""
        return bool(self.personal) and not any(column.hidden for column in self.rows.columns)

    def reveal(self) -> None:
        """Show the columns that look personal."""
        self.rows.reveal()

    def conceal(self) -> None:
        """Hide them again, at once."""
        if self.revealed:
            self.side.close_side()
        self.rows.conceal(self.personal)

    # Asking

    def show_query(self, sql: str) -> None:
        """Put a query into the editor and run it. What stood there is among the earlier ones."""
        self._write(sql)
        self.run()

    def run(self) -> None:
        """Run what stands in the editor: a job."""
        sql, file = self.editor.toPlainText(), self._page.context.file
        if not sql.strip():
            self._tell_problem(self.tr("Write a query first."))
            return
        self._tell_problem("")
        self._say(self.tr("Running …"), Tone.MUTED)

        def work(context: Context) -> Answer:
            with file.read() as session:
                try:
                    return Answer(source_of_query(session, sql), None)
                except Refused:  # EXPLAIN and PRAGMA are listed; what does not read is refused again
                    return Answer(None, ask(session, sql, context))

        self._page.run(
            self.tr("Running the query"),
            work,
            lambda answer: self._show(sql, answer),
            on_failure=self._failed,
            on_stopped=self._stopped,
        )

    def show_plan(self) -> None:
        """Show how SQLite would run it. The query is not run."""
        sql, file = self.editor.toPlainText(), self._page.context.file
        self._tell_problem("")

        def work(context: Context) -> tuple[PlanStep, ...]:
            with file.read() as session:
                return explain(session, sql)

        def show(steps: tuple[PlanStep, ...]) -> None:
            self.side.close_side()
            self._plan.show_sql("\n".join(_lines(steps)) or self.tr("Nothing is read."))
            self._result.setCurrentIndex(2)
            self._tell_place("")
            self._say(self.tr("The plan of SQLite. SCAN reads every row; SEARCH uses an index."), Tone.MUTED)
            self.changed.emit()

        self._page.run(self.tr("Asking for the plan"), work, show, on_failure=self._failed, quiet=True)

    def _show(self, sql: str, answer: Answer) -> None:
        self._remember(sql)
        self.side.close_side()
        if answer.source is not None:
            self.personal = personal_in(answer.source, self._page.context.file.path)
            if answer.source != self.rows.source:
                self.rows.clear()
            self.rows.show_source(answer.source, hidden=self.personal, then=lambda: self._say("", Tone.MUTED))
            self._result.setCurrentWidget(self.rows)
        elif answer.listing is not None:
            self.personal = frozenset()
            self._show_listing(answer.listing)
        self.changed.emit()

    def _show_listing(self, found: QueryResult) -> None:
        def cell(place: int) -> Column[tuple[str | None, ...]]:
            return Column(shown_name(found.columns[place]), lambda row: _listed(row[place]))

        if self._listing is not None:
            self._listing.hide()  # it leaves the stack when it is destroyed; removed before, it would be freed twice
            self._listing.deleteLater()
        self._listing = SimpleTable(self.tr("Result"), [cell(place) for place in range(len(found.columns))])
        self._listing.set_rows(
            [tuple(None if value is None else cell_text(value) for value in row) for row in found.rows]
        )
        self._result.addWidget(self._listing)
        self._result.setCurrentWidget(self._listing)
        more = self.tr(", and there are more") if found.cut else ""
        self._say("", Tone.MUTED)
        self._tell_place(plural(len(found.rows), self.tr("row"), self.tr("rows")) + more)

    # What is said

    def _show_status(self, status: TableStatus) -> None:
        if self.source is None:
            return
        sentence = status.cost.sentence if status.cost is not None and status.sort is not None else ""
        self._warning.show_state(sentence, Tone.WARNING)
        self._tell_place(place_words(status, len(self.rows.columns), len(self.source.columns)))
        self._warning.setVisible(bool(sentence))
        self._count.setVisible(not status.total.exact and bool(status.last))

    def _tell_place(self, words: str) -> None:
        self._place.say(words)
        self._count.hide()
        self._warning.hide()

    def _failed(self, error: StewardError) -> None:
        self._say("", Tone.MUTED)
        self._leave_empty()
        self._tell_problem(f"{error.message} {error.hint}".strip())
        if isinstance(error, BadQuery) and error.place is not None:
            self._put_cursor(error.place.line, error.place.column)

    def _stopped(self) -> None:
        self._leave_empty()
        self._say(self.tr("Stopped. Nothing was changed."), Tone.MUTED, "square")

    def _leave_empty(self) -> None:
        """Rows that did not come leave no empty table."""
        if self._result.currentWidget() is self.rows and self.rows.source is None:
            self._result.setCurrentWidget(self._nothing)
            self._tell_place("")
            self.changed.emit()

    def _tell_problem(self, words: str) -> None:
        self.problem.say(words)
        self._problem_row.setVisible(bool(words))
        self.editor.setAccessibleDescription(words)

    def _say(self, words: str, tone: Tone, icon: str = "info") -> None:
        self.news.show_state(words, tone, icon)
        self.news.setVisible(bool(words))

    def _put_cursor(self, line: int, column: int) -> None:
        cursor = self.editor.textCursor()
        block = self.editor.document().findBlockByNumber(line - 1)
        cursor.setPosition(min(block.position() + column - 1, block.position() + block.length() - 1))
        self.editor.setTextCursor(cursor)
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes what stands beside the result."""
        if event.key() == Qt.Key.Key_Escape and not self.side.isHidden():
            self.side.close_side()
        else:
            super().keyPressEvent(event)

    # Earlier queries

    def _write(self, sql: str, _: bool = False) -> None:
        """Another text in the editor, which Ctrl+Z takes back."""
        self._remember(self.editor.toPlainText())
        cursor = self.editor.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(sql)
        self.editor.setTextCursor(cursor)

    def _remember(self, sql: str) -> None:
        kept = sql.strip()
        if kept and len(kept) <= _LONGEST_KEPT:
            self.earlier = [kept, *(each for each in self.earlier if each != kept)][:_EARLIER]
        self._look_at_earlier()

    def _look_at_earlier(self) -> None:
        self.earlier_button.disable("" if self.earlier else self.tr("No query was run yet."))

    def _show_earlier(self) -> None:
        self.earlier_menu().popup(self.earlier_button.mapToGlobal(self.earlier_button.rect().bottomLeft()))

    def earlier_menu(self) -> QMenu:
        """The queries that were run, newest first; choosing one puts it into the editor."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for sql in self.earlier:
            line = shown_name(" ".join(sql.split()), _LONGEST_LINE).replace("&", "&&")
            menu.addAction(line).triggered.connect(partial(self._write, sql))
        return menu


def _listed(text: str | None) -> Cell:
    return Cell(text, mono=True) if text is not None else Cell(cell_text(None), tone=Tone.MUTED)


def _lines(steps: Iterable[PlanStep], depth: int = 0) -> list[str]:
    found = []
    for step in steps:
        found.append("  " * depth + step.detail)
        found += _lines(step.steps, depth + 1)
    return found
