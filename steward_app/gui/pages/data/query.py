"""A query of one's own. It can only read; SQLite's own authorizer sees to that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from steward_app.gui.format import plural, shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.data_table import DataTable, TableStatus
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.sql import SqlEditor, SqlView
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import EmptyState, FootBar
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import Refused, StewardError
from steward_app.kernel.progress import Context
from steward_app.services.rows import (
    BadQuery,
    PlanStep,
    QueryResult,
    Source,
    ask,
    explain,
    look_personal,
    source_of_query,
)

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage


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
        self.source: Source | None = None
        self.revealed = False
        self.personal: frozenset[str] = frozenset()
        self.editor = SqlEditor(self.tr("Query"))
        self.editor.setPlaceholderText(self.tr("SELECT … FROM …   Ctrl+Enter runs it; it can only read."))
        self.editor.run_wanted.connect(self.run)
        self.start = Button(self.tr("Run query"), self.run, icon="play")
        self.plan_button = Button(self.tr("Show plan"), self.show_plan, icon="workflow", kind=Kind.SECOND)
        self._problem = StateLabel("", Tone.DANGER, elide=False)
        self._problem.hide()
        self.rows = DataTable(self.tr("Result of the query"), page.run, page.context.file.read, filters=False)
        self._listing: SimpleTable[tuple[str, ...]] | None = None
        self._plan = SqlView(name=self.tr("Plan"), most_lines=40)
        self._result = QStackedWidget()
        self._result.addWidget(
            EmptyState(
                "terminal",
                self.tr("Ask the file in SQL"),
                self.tr("A query here can only read. Its result can be sorted, copied and exported."),
            )
        )
        self._result.addWidget(self.rows)
        self._result.addWidget(boxed(vbox(self._plan, None, margins=(24, 12, 24, 12))))
        self._words = Label(tone=Tone.MUTED, role="small", elide=True)
        buttons = hbox(self.start, self.plan_button, self._problem, None, margins=(24, 8, 24, 8))
        upper = vbox(boxed(vbox(self.editor, margins=(24, 12, 24, 0))), buttons)
        upper.setStretch(0, 1)
        lower = vbox(self._result, FootBar(self._words))
        lower.setStretch(0, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(boxed(upper))
        split.addWidget(boxed(lower))
        split.setStretchFactor(1, 3)
        split.setChildrenCollapsible(False)
        self.setLayout(vbox(split))
        self.rows.shown.connect(self._show_status)
        self.rows.failed.connect(self._failed)

    def show_query(self, sql: str) -> None:
        """Put a query into the editor and run it."""
        self.editor.setPlainText(sql)
        self.run()

    def run(self) -> None:
        """Run what stands in the editor: a job."""
        sql, file = self.editor.toPlainText(), self._page.context.file
        if not sql.strip():
            self._say(self.tr("Write a query first."))
            return
        self._problem.hide()

        def work(context: Context) -> Answer:
            with file.read() as session:
                try:
                    return Answer(source_of_query(session, sql), None)
                except Refused:
                    return Answer(None, ask(session, sql, context))

        self._page.run(self.tr("Running the query"), work, self._show, on_failure=self._failed)

    def show_plan(self) -> None:
        """Show how SQLite would run it. The query is not run."""
        sql, file = self.editor.toPlainText(), self._page.context.file
        self._problem.hide()

        def work(context: Context) -> tuple[PlanStep, ...]:
            with file.read() as session:
                return explain(session, sql)

        def show(steps: tuple[PlanStep, ...]) -> None:
            self._plan.show_sql("\n".join(_lines(steps)) or self.tr("Nothing is read."))
            self._result.setCurrentIndex(2)
            self._words.say(self.tr("SCAN reads every row; SEARCH uses an index."))

        self._page.run(self.tr("Asking for the plan"), work, show, on_failure=self._failed, quiet=True)

    def reveal(self, revealed: bool) -> None:
        """Show the columns that look personal, or hide them again."""
        self.revealed = revealed
        if self.source is not None:
            self.rows.show_source(self.source, hidden=self.hidden)
            self.changed.emit()

    @property
    def hidden(self) -> frozenset[str]:
        """Names of the columns whose values are not read."""
        return frozenset() if self.revealed else self.personal

    def _show(self, answer: Answer) -> None:
        self.revealed = False
        self.source = answer.source
        if answer.source is not None:
            names = [column.name for column in answer.source.columns]
            self.personal = frozenset(each.column for each in look_personal(names))
            self.rows.show_source(answer.source, hidden=self.hidden)
            self._result.setCurrentWidget(self.rows)
        elif answer.listing is not None:
            self.personal = frozenset()
            self._show_listing(answer.listing)
        self.changed.emit()

    def _show_listing(self, found: QueryResult) -> None:
        def cell(place: int) -> Column[tuple[str, ...]]:
            return Column(shown_name(found.columns[place]), lambda row: Cell(row[place], mono=True))

        if self._listing is not None:
            self._result.removeWidget(self._listing)
            self._listing.deleteLater()
        self._listing = SimpleTable(self.tr("Result"), [cell(place) for place in range(len(found.columns))])
        self._listing.set_rows([tuple(cell_text(value) for value in row) for row in found.rows])
        self._result.addWidget(self._listing)
        self._result.setCurrentWidget(self._listing)
        more = self.tr(", and there are more") if found.cut else ""
        self._words.say(plural(len(found.rows), self.tr("row"), self.tr("rows")) + more)

    def _show_status(self, status: TableStatus) -> None:
        self._words.say(status.total.text)

    def _failed(self, error: StewardError) -> None:
        where = ""
        if isinstance(error, BadQuery) and error.place is not None:
            where = self.tr("Line {line}, column {column}: ").format(
                line=error.place.line, column=error.place.column
            )
        self._say(where + error.message)

    def _say(self, words: str) -> None:
        self._problem.show_state(words, Tone.DANGER)
        self._problem.show()


def _lines(steps: Iterable[PlanStep], depth: int = 0) -> list[str]:
    found = []
    for step in steps:
        found.append("  " * depth + step.detail)
        found += _lines(step.steps, depth + 1)
    return found
