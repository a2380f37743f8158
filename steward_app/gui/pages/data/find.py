"""A value found wherever it stands in the file."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from steward_app.gui.bridge import JobHandle
from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.data.words import key_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.controls import Combo, SearchField, Tick
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import EmptyState, FootBar
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context, Progress
from steward_app.services.rows import Hit, Match, Searched, find, look_personal

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage

MOST_HITS = 20_000
_MATCHES = (Match.CONTAINS, Match.EXACT, Match.NUMBER)
_LOOK_EVERY_MS = 150


class _Found:
    """Hits on their way from the worker to the window."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hits: list[Hit] = []
        self._tables: list[Searched] = []

    def add(self, found: Hit | Searched) -> bool:
        """False when there are as many as can be listed."""
        with self._lock:
            if isinstance(found, Hit):
                self._hits.append(found)
            else:
                self._tables.append(found)
            return len(self._hits) < MOST_HITS

    def hits(self) -> list[Hit]:
        with self._lock:
            return list(self._hits)

    def tables(self) -> list[Searched]:
        with self._lock:
            return list(self._tables)

    def forget_values(self) -> None:
        with self._lock:
            self._hits = [replace(hit, value=None) for hit in self._hits]


class Find(QWidget):
    """Looks through every table; hits appear as they are found."""

    def __init__(self, page: DataPage) -> None:
        super().__init__()
        self._page = page
        self._found = _Found()
        self._running: JobHandle | None = None
        self._ending, self._tables = "", 0
        self.field = SearchField(
            self.tr("What to find"), self.tr("A name, a number, part of a text"), width=288
        )
        self.match = Combo(
            self.tr("How to compare"), [self.tr("Contains"), self.tr("Exactly"), self.tr("Number")]
        )
        self.values = Tick(self.tr("Show the values"))
        self.start = Button(self.tr("Find in all tables"), self.run, icon="search", kind=Kind.PRIMARY)
        self.stop = Button(self.tr("Stop"), self.cancel, icon="square")
        self.stop.hide()
        self.problem = StateLabel("", Tone.DANGER, elide=True)
        self.problem.hide()
        self._rule = Label(Match.CONTAINS.rule, tone=Tone.MUTED, role="small", elide=True)
        self.hits: SimpleTable[Hit] = SimpleTable(
            self.tr("Where it was found"),
            (
                Column(self.tr("Table"), lambda hit: Cell(shown_name(hit.table), mono=True), 200),
                Column(self.tr("Column"), lambda hit: Cell(shown_name(hit.column), mono=True), 200),
                Column(self.tr("Row"), lambda hit: _row_cell(hit, page.context.file.path), 200),
                Column(self.tr("Value"), _value_cell),
            ),
        )
        self._empty = EmptyState(
            "search",
            self.tr("Find a value in every table"),
            self.tr("The list tells table, column and row. Values stay hidden unless you ask for them."),
        )
        self._none = EmptyState(
            "search",
            self.tr("It stands in no table"),
            self.tr("Views and BLOBs are not searched. Accents and, with “Exactly”, capitals count."),
        )
        self._words = Label(tone=Tone.MUTED, role="small", elide=True)
        self._build()

    def _build(self) -> None:
        self._stack = QStackedWidget()
        for content in (self._empty, self.hits, self._none):
            self._stack.addWidget(content)
        bar = hbox(self.field, self.match, self.start, self.stop, self.values, None, gap=12)
        below = hbox(self.problem, self._rule)
        whole = vbox(
            boxed(vbox(bar, below, gap=6, margins=(24, 12, 24, 8))), self._stack, FootBar(self._words)
        )
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._show)
        self.field.returnPressed.connect(self.run)
        self.hits.opened.connect(self._open)
        self.match.currentIndexChanged.connect(lambda place: self._rule.say(_MATCHES[place].rule))
        self.values.toggled.connect(self._values_toggled)

    @property
    def running(self) -> bool:
        """True while it looks."""
        return self._running is not None

    def run(self) -> None:
        """Start looking: a job. What still looks for something else is stopped."""
        schema, file, what = self._page.schema, self._page.context.file, self.field.text()
        if schema is None:
            return
        if not what.strip():
            self._tell_problem(self.tr("Write what to find first."))
            return
        self.cancel()
        self._tell_problem("")
        found = self._found = _Found()
        match, values = _MATCHES[self.match.currentIndex()], self.values.isChecked()

        def work(context: Context) -> bool:
            with file.read() as session:
                return all(
                    found.add(each)
                    for each in find(session, schema, what, context, match=match, values=values)
                )

        self._ending, self._tables = "", 0
        self.hits.set_rows(())
        self._stack.setCurrentWidget(self.hits)
        self._timer.start()
        self.stop.show()
        handle = self._page.run(
            self.tr("Finding a value"),
            work,
            lambda whole: self._ended(found, self._all(whole), whole=whole),
            on_failure=lambda error: self._failed(found, error),
            on_stopped=lambda: self._ended(found, self.tr("Stopped. Nothing was changed.")),
            on_progress=self._progressed,
        )
        self._running = handle
        self._show()

    def cancel(self) -> None:
        """Stop looking; what was found stays."""
        if self._running is not None:
            self._running.cancel()

    def forget_values(self) -> None:
        """The values go from the list; where they stand stays."""
        self.values.blockSignals(True)
        self.values.setChecked(False)
        self.values.blockSignals(False)
        self._found.forget_values()
        self.hits.set_rows(self._found.hits())

    def _values_toggled(self, wanted: bool) -> None:
        if not wanted:
            self.forget_values()
        elif self._found.hits() or self.running:
            self.run()

    def _all(self, whole: bool) -> str:
        if not whole:
            return self.tr("Stopped there: the list is full.")
        return self.tr("All {tables} were searched.").format(
            tables=plural(len(self._found.tables()), self.tr("table"), self.tr("tables"))
        )

    def _failed(self, found: _Found, error: StewardError) -> None:
        self._ended(found, "")
        if found is self._found:
            self._tell_problem(f"{error.message} {error.hint}".strip())
            self._stack.setCurrentWidget(self.hits if found.hits() else self._empty)
            self._words.say("")

    def _progressed(self, progress: Progress) -> None:
        self._tables = progress.total or 0

    def _ended(self, found: _Found, ending: str, *, whole: bool = False) -> None:
        if found is not self._found:
            return
        self._running = None
        self._ending = ending
        self._timer.stop()
        self.stop.hide()
        self._show()
        if whole and not found.hits():
            self._stack.setCurrentWidget(self._none)

    def _tell_problem(self, words: str) -> None:
        self.problem.show_state(words, Tone.DANGER)
        self.problem.setVisible(bool(words))
        self._rule.setVisible(not words)
        self.field.setAccessibleDescription(words)

    def _show(self) -> None:
        hits, tables = self._found.hits(), self._found.tables()
        if len(hits) != len(self.hits.rows):
            self.hits.set_rows(hits)
        words = [self.tr("{cells} in {tables}.").format(
            cells=plural(len(hits), self.tr("cell"), self.tr("cells")),
            tables=plural(len({hit.table for hit in hits}), self.tr("table"), self.tr("tables")),
        )]  # fmt: skip
        if self.running:
            done, of = integer(len(tables)), integer(self._tables)
            words.append(self.tr("Searched {n} of {all} tables.").format(n=done, all=of))
        words.append(self._ending)
        if capped := [shown_name(each.table) for each in tables if each.capped]:
            words.append(self.tr("There are more in {tables}.").format(tables=", ".join(capped)))
        if unread := [shown_name(each.table) for each in tables if each.problem]:
            words.append(self.tr("Not readable: {tables}.").format(tables=", ".join(unread)))
        self._words.say(" ".join(filter(None, words)))

    def _open(self, hit: Hit) -> None:
        self._page.open_row(hit.table, hit.key, column=hit.column)


def _row_cell(hit: Hit, database: Path) -> Cell:
    hidden = {each.column for each in look_personal(hit.key_columns, hit.table, database)}
    if not hit.key:
        return Cell(QCoreApplication.translate("data", "has no key"), tone=Tone.MUTED)
    return Cell(key_words(hit.key, hit.key_columns, hidden), mono=True)


def _value_cell(hit: Hit) -> str | Cell:
    if hit.value is not None:
        return cell_text(hit.value)
    return Cell(QCoreApplication.translate("data", "hidden"), tone=Tone.MUTED)
