"""The rows of one table: sorted, filtered, followed, looked at one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from steward_app.db import fold
from steward_app.gui.format import integer, shown_name
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.pages.data.follow import Follow
from steward_app.gui.pages.data.side import Side
from steward_app.gui.pages.data.time_past import Past
from steward_app.gui.pages.data.words import filter_words, key_columns, place_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import link
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.data_table import DataTable, TableStatus
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import FootBar
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.rows import (
    EVERY_ROW,
    ColumnStatistics,
    Condition,
    Filter,
    Grid,
    Operator,
    Preview,
    Sort,
    Source,
    column_statistics,
    hidden_columns,
    source_of,
)
from steward_app.services.schema.model import Table, TableKind

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage

_STACKED_BELOW = 860


class Browse(QWidget):
    """A `DataTable` with what belongs to it.

    Signals:
        changed: table, filter, order or what is hidden is another now.
        cell_changed: another cell is the current one.
        counted: words for the number of rows, and whether it is exact.
    """

    changed = Signal()
    cell_changed = Signal()
    counted = Signal(str, bool)

    def __init__(self, page: DataPage) -> None:
        super().__init__()
        self._page = page
        self.table: Table | None = None
        self.personal: frozenset[str] = frozenset()
        self.rows = DataTable(self.tr("Rows"), page.run, page.context.file.read)
        self.follow = Follow(page, self)
        self.side = Side(page, self.rows, self.follow.along, self.follow.back_to, self.narrow, self._finder)
        self._news = StateLabel("", Tone.WARNING, role="small", elide=True)
        self._words = Label(tone=Tone.MUTED, role="small", elide=True)
        self._clear = link(self.tr("Clear filter"), self.clear_filter)
        self._warning = StateLabel("", Tone.WARNING, role="small", elide=True)
        self._place = Label(tone=Tone.MUTED, role="small")
        for label in (self._news, self._words, self._clear, self._warning):
            label.hide()
        self._differs = StateLabel(
            self.tr("marked cells differ from now"), Tone.WARNING, "pencil", role="small"
        )
        self._gone = StateLabel("", Tone.DANGER, "trash-2", role="small")
        self._new = Label(tone=Tone.MUTED, role="small")
        for label in (self._differs, self._gone, self._new):
            label.hide()
        foot = FootBar(
            self._news, self._words, self._clear, self._warning, None,
            self._place, self._differs, self._gone, self._new,
        )  # fmt: skip
        left = vbox(self.rows, foot)
        left.setStretch(0, 1)
        self.setLayout(vbox(Beside(boxed(left), self.side, width=376, below=_STACKED_BELOW)))
        self._connect()

    def _connect(self) -> None:
        rows = self.rows
        rows.shown.connect(self._show_status)
        rows.filter_changed.connect(lambda _: self._reopened())
        rows.filter_refused.connect(lambda words: self.say(words, Tone.DANGER))
        rows.copied.connect(lambda words: self.say(words, Tone.SUCCESS))
        rows.chosen.connect(lambda _: self._cell_changed())
        rows.opened.connect(lambda _: self.follow.dismiss())
        rows.link_peeked.connect(self.follow.look)
        rows.link_wanted.connect(self.follow.go)
        rows.failed.connect(self._failed)
        rows.stopped.connect(self._stopped)

    # What is shown

    def show_table(
        self,
        table: Table,
        *,
        chosen: Filter = EVERY_ROW,
        sort: Sort | None = None,
        then: Callable[[], None] | None = None,
        past: Past | None = None,
    ) -> None:
        """Show a table or view from its first row on, as it was where a `past` says so. What looks personal is hidden.

        Raises `Failure` when it cannot be read; nothing is shown then.
        """
        self.side.close_side()
        self.follow.dismiss()
        self.table = table
        self.personal = hidden_columns(table, self._page.context.file.path)
        try:
            source = past.source if past is not None else source_of(table)
        except StewardError:
            self.rows.clear()
            raise
        if source != self.rows.source:
            self.rows.clear()
        chosen, sort = self._fitting(source, chosen, sort)
        self.rows.show_source(source, hidden=self.personal, filter=chosen, sort=sort, then=then, past=past)
        self.changed.emit()

    def show_table_again(self, past: Past | None) -> None:
        """The same rows at another time, None for now: filter, order, columns and place stay."""
        if self.table is None:
            return
        self.follow.dismiss()
        source = past.source if past is not None else source_of(self.table)
        status = self.rows.status()
        chosen, sort = self._fitting(source, status.filter, status.sort)
        hidden = frozenset() if self.revealed else self.personal
        self.rows.show_source(source, hidden=hidden, filter=chosen, sort=sort, past=past, stay=True)
        self.changed.emit()

    def _fitting(self, source: Source, chosen: Filter, sort: Sort | None) -> tuple[Filter, Sort | None]:
        """Filter and order without columns that the rows do not have at this time."""
        names = {fold(column.name) for column in source.columns}
        kept = tuple(each for each in chosen.conditions if fold(each.column) in names)
        if len(kept) < len(chosen.conditions):
            chosen = replace(chosen, conditions=kept)
        return chosen, sort if sort is not None and fold(sort.column) in names else None

    def renew(self, table: Table) -> bool:
        """Read again what is shown, of a table that may have changed its form; False when its columns did."""
        self.table = table
        shown = self.rows.source
        if table.problem or shown is None or source_of(table) != shown:
            return False
        self.follow.dismiss()
        if not self.side.shows_row:
            self.side.close_side()
        self.rows.refresh()
        return True

    def leave(self) -> None:
        """Show nothing: the table is gone."""
        self.side.close_side()
        self.follow.dismiss()
        self.table = None
        self.personal = frozenset()
        self.rows.clear()
        self.changed.emit()

    def choose(self, key: Key, column: str = "") -> None:
        """Go to a row by its key and choose it, in a column."""

        def missing() -> None:
            then = self.rows.past is not None
            words = (
                self.tr("That row was not there at this time.")
                if then
                else self.tr("That row is gone from the table.")
            )
            self.say(words, Tone.WARNING)

        if not self.key_columns or len(self.key_columns) != len(key):
            self.say(
                self.tr("The rows of this table have no key, so this one cannot be shown."), Tone.WARNING
            )
            return
        self.rows.go_to_key(self.key_columns, key, missing, column)

    @property
    def source(self) -> Source | None:
        """Where the rows that are shown come from."""
        return self.rows.source

    @property
    def revealed(self) -> bool:
        """True while columns that look personal are shown."""
        return bool(self.personal) and not any(column.hidden for column in self.rows.columns)

    def reveal(self) -> None:
        """Show the columns that look personal."""
        self.rows.reveal()

    def conceal(self) -> None:
        """Hide them again, at once, and what was told of them."""
        self.follow.dismiss()
        if self.revealed:
            self.side.close_side()
        self.rows.conceal(self.personal)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.table is not None and not self.revealed:  # more may have been decided to be personal since
            self.personal |= hidden_columns(self.table, self._page.context.file.path)
            self.rows.conceal(self.personal)

    def clear_filter(self) -> None:
        """Every row again."""
        self.rows.set_filter(EVERY_ROW)

    def narrow(self, condition: Condition) -> None:
        """Show only the rows that meet a condition too."""
        self.rows.set_filter(self.rows.status().filter.with_condition(condition))

    def narrow_to_cell(self) -> None:
        """Show only the rows with the value of the current cell."""
        column, cell = self.rows.current_column, self.rows.current_cell
        if column is None or column.hidden or isinstance(cell, Preview):
            return
        self.narrow(
            Condition(column.name, Operator.EMPTY)
            if cell is None
            else Condition(column.name, Operator.EQUAL, (cell,))
        )

    def sort(self, *, descending: bool) -> None:
        """Sort by the current column."""
        if (column := self.rows.current_column) is not None:
            self.rows.set_sort(Sort(column.name, descending))

    def focus_filter(self) -> None:
        """Put the cursor into the filter of the current column."""
        index = self.rows.view.currentIndex()
        self.rows.head.focus_filter(max(0, index.column()))

    def go_to(self, text: str) -> None:
        """Go to the row with a key ("B-7, 2" where it has parts), or with "#", to the row of a number."""
        number = text.removeprefix("#").replace(",", "").replace(" ", "")
        keys = self.key_columns
        if text.startswith("#") or not keys:
            if number.isdecimal():
                self.rows.go_to_row(max(1, int(number[:18])))
            else:
                self.say(self.tr("Write # and the number of a row, for example #100."), Tone.DANGER)
            return
        parts = [text] if len(keys) == 1 else [part.strip() for part in text.split(",")]
        if len(parts) != len(keys):
            words = self.tr("The key has {n} parts: {names}. Write a comma between them.")
            self.say(words.format(n=len(keys), names=shown_name(", ".join(keys))), Tone.DANGER)
            return
        self._locate(parts)

    def _locate(self, parts: list[str]) -> None:
        """By the text; a column without a type may hold the number it looks like."""
        keys = self.key_columns
        numbers = [int(part) if part.lstrip("-").isdecimal() and len(part) < 19 else part for part in parts]

        def missing() -> None:
            where = shown_name(", ".join(keys))
            self.say(self.tr("No row here has that {key}.").format(key=where), Tone.WARNING)

        def with_numbers() -> None:
            self.rows.go_to_key(keys, numbers, missing)

        self.rows.go_to_key(keys, parts, missing if numbers == parts else with_numbers)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """What names a row of the table that is shown; () where rows have no key."""
        return key_columns(self.rows.source)

    @property
    def why_not_in_backups(self) -> str:
        """Why rows that are shown cannot be found in restore points; "" when they can."""
        if "restore" not in self._page.context.pages:
            return self.tr("There is no page for that.")
        table = self.table
        named = table is not None and table.kind is TableKind.TABLE and bool(self.key_columns)
        return "" if named else self.tr("The rows here have no key to find them by.")

    def find_in_backups(self, key: Key) -> None:
        """Look for a row in the restore points, on the page that brings it back."""
        if self.table is not None and not self.why_not_in_backups:
            row = (self.table.name, key)
            self._page.context.navigate("restore", row=row, key_columns=self.key_columns)

    def _finder(self) -> Callable[[Key], None] | None:
        return None if self.why_not_in_backups else self.find_in_backups

    # What is said

    def say(self, words: str, tone: Tone, icon: str = "") -> None:
        """Say something below the rows; "" takes it back."""
        self._news.show_state(words, tone, icon)
        self._news.setVisible(bool(words))
        self._words.setVisible(bool(self._words.plain) and not words)

    def show_legend(self, earlier: bool, gone: int, new: int) -> None:
        """What the marks of an earlier time mean: how many rows of then are gone, how many of now were not there."""
        self._differs.setVisible(earlier)
        self._gone.show_state(self.tr("{n} deleted since").format(n=integer(gone)), Tone.DANGER, "trash-2")
        self._gone.setVisible(earlier and bool(gone))
        self._new.say(self.tr("{n} not there yet").format(n=integer(new)))
        self._new.setVisible(earlier and bool(new))

    def _reopened(self) -> None:
        """Other rows, or the same ones otherwise."""
        status = self.rows.status()
        self.say("", Tone.MUTED)
        hidden = frozenset(column.name for column in self.rows.columns if column.hidden)
        words = filter_words(status.filter, hidden)
        self._words.say(self.tr("Filter: {words}").format(words=words) if words else "")
        self._words.setVisible(bool(words))
        self._clear.setVisible(bool(words))
        self.changed.emit()

    def _show_status(self, status: TableStatus) -> None:
        if self.rows.source is None:
            self._place.say("")
            self.counted.emit("", True)
            return
        self.counted.emit(status.total.text, status.total.exact)
        sentence = status.cost.sentence if status.cost is not None and status.sort is not None else ""
        self._warning.show_state(sentence, Tone.WARNING)
        self._warning.setVisible(bool(sentence))
        self._place.say(place_words(status, len(self.rows.columns), len(self.rows.source.columns)))

    def _cell_changed(self) -> None:
        if self.follow.peek is not None and not self.follow.is_for(
            self.rows.current_column, self.rows.current
        ):
            self.follow.dismiss()
        self.cell_changed.emit()

    def _stopped(self) -> None:
        self.say(self.tr("Stopped. Nothing was changed."), Tone.MUTED, "square")

    def _failed(self, error: StewardError) -> None:
        self._page.show_error(error)
        self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes what floats or stands beside the rows; nothing is lost by it."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.follow.peek is not None:
            self.follow.dismiss()
        elif not self.side.isHidden():
            self.side.close_side()
        else:
            super().keyPressEvent(event)

    # One column

    def about_column(self) -> None:
        """Count what the current column holds: a job."""
        column, source, file = self.rows.current_column, self.rows.source, self._page.context.file
        if column is None or source is None or column.hidden:
            return
        chosen = self.rows.status().filter
        title = self.tr("Looking at {column}").format(column=shown_name(column.name))

        def work(context: Context) -> ColumnStatistics:
            with file.read() as session:
                return column_statistics(session, source, column.name, context, filter=chosen)

        def then(grid: Grid) -> ColumnStatistics:
            return column_statistics(grid.session, source, column.name, Context(), filter=chosen)

        def show(found: ColumnStatistics) -> None:
            if source == self.rows.source and not self._hides(column.name):
                self.side.column.show_statistics(source.name, found, chosen)
                self.side.show_column()

        if self.rows.past is not None:
            self.rows.read(title, then, show)
            return
        self._page.run(title, work, show, on_stopped=self._stopped)

    def _hides(self, name: str) -> bool:
        return any(column.name == name and column.hidden for column in self.rows.columns)
