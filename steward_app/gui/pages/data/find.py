"""A value found wherever it stands in the file."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.controls import Combo, SearchField, Tick
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.surfaces import EmptyState, FootBar
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.rows import Hit, Match, Searched, find

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage

_MATCHES = (Match.CONTAINS, Match.EXACT, Match.NUMBER)
_LOOK_EVERY_MS = 150


class _Found:
    """Hits on their way from the worker to the window."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hits: list[Hit] = []
        self.tables: list[Searched] = []

    def add(self, found: Hit | Searched) -> None:
        with self._lock:
            if isinstance(found, Hit):
                self._hits.append(found)
            else:
                self.tables.append(found)

    def hits(self) -> list[Hit]:
        with self._lock:
            return list(self._hits)


class Find(QWidget):
    """Looks through every table; hits appear as they are found."""

    def __init__(self, page: DataPage) -> None:
        super().__init__()
        self._page = page
        self._found = _Found()
        self._running = False
        self._complete = False
        self.field = SearchField(
            self.tr("What to find"), self.tr("A name, a number, part of a text"), width=288
        )
        self.match = Combo(
            self.tr("How to compare"), [self.tr("Contains"), self.tr("Exactly"), self.tr("Number")]
        )
        self.values = Tick(self.tr("Show the values"))
        self.start = Button(self.tr("Find in all tables"), self.run, icon="search")
        self._rule = Label(Match.CONTAINS.rule, tone=Tone.MUTED, role="small", elide=True)
        self.hits: SimpleTable[Hit] = SimpleTable(
            self.tr("Where it was found"),
            (
                Column(self.tr("Table"), lambda hit: Cell(shown_name(hit.table), mono=True), 200),
                Column(self.tr("Column"), lambda hit: Cell(shown_name(hit.column), mono=True), 200),
                Column(self.tr("Row"), _key_words, 200),
                Column(self.tr("Value"), lambda hit: cell_text(hit.value) if hit.value is not None else ""),
            ),
        )
        self.hits.opened.connect(self._open)
        self._stack = QStackedWidget()
        self._empty = EmptyState(
            "search",
            self.tr("Find a value in every table"),
            self.tr("The list tells table, column and row. Values stay hidden unless you ask for them."),
        )
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.hits)
        self._words = Label(tone=Tone.MUTED, role="small", elide=True)
        bar = hbox(
            self.field, self.match, self.values, self.start, self._rule, gap=12, margins=(24, 12, 24, 12)
        )
        whole = vbox(boxed(bar), self._stack, FootBar(self._words))
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._show)
        self.field.returnPressed.connect(self.run)
        self.match.currentIndexChanged.connect(lambda place: self._rule.say(_MATCHES[place].rule))

    def run(self) -> None:
        """Start looking: a job."""
        schema, file, what = self._page.schema, self._page.context.file, self.field.text()
        if schema is None or self._running:
            return
        if not what.strip():
            self._words.say(self.tr("Say what to find first."))
            return
        self._found, self._running, self._complete = _Found(), True, False
        found, match, values = self._found, _MATCHES[self.match.currentIndex()], self.values.isChecked()

        def work(context: Context) -> None:
            with file.read() as session:
                for each in find(session, schema, what, context, match=match, values=values):
                    found.add(each)

        self.hits.set_rows(())
        self._stack.setCurrentWidget(self.hits)
        self._timer.start()
        self._page.run(
            self.tr("Finding a value"),
            work,
            self._finished,
            on_failure=self._failed,
            on_stopped=lambda: None,
            on_end=self._ended,
        )

    def _finished(self, _: None) -> None:
        self._complete = True

    def _failed(self, error: StewardError) -> None:
        self._page.show_error(error)

    def _ended(self) -> None:
        self._running = False
        self._timer.stop()
        self._show()

    def _show(self) -> None:
        hits, tables = self._found.hits(), tuple(self._found.tables)
        if len(hits) != len(self.hits.rows):
            self.hits.set_rows(hits)
        words = self.tr("{cells} in {tables}").format(
            cells=plural(len(hits), self.tr("cell"), self.tr("cells")),
            tables=plural(sum(1 for each in tables if each.rows), self.tr("table"), self.tr("tables")),
        )
        capped = [shown_name(each.table) for each in tables if each.capped]
        if capped:
            words += self.tr(". There are more in {tables}").format(tables=", ".join(capped))
        unread = [shown_name(each.table) for each in tables if each.problem]
        if unread:
            words += self.tr(". Not readable: {tables}").format(tables=", ".join(unread))
        if not self._running:
            searched = integer(len(tables))
            ending = (
                self.tr(". All {n} tables were searched.")
                if self._complete
                else self.tr(". Stopped after {n} tables.")
            )
            words += ending.format(n=searched)
        self._words.say(words)

    def _open(self, hit: Hit) -> None:
        self._page.open_row(hit.table, hit.key)


def _key_words(hit: Hit) -> Cell:
    parts = [cell_text(part) if isinstance(part, int | float | str) else "…" for part in hit.key]
    return Cell(", ".join(parts), mono=True)
