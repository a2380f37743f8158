"""The data page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QMenu, QWidget

from steward_app.gui.actions import Action
from steward_app.gui.context import PageContext
from steward_app.gui.format import shown_name
from steward_app.gui.look import px
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.data.arrivals import open_finding
from steward_app.gui.pages.data.browse import Browse
from steward_app.gui.pages.data.commands import FIND, QUERY, ROWS, own_actions, page_commands, show_cell_menu
from steward_app.gui.pages.data.export import ask_and_export
from steward_app.gui.pages.data.find import Find
from steward_app.gui.pages.data.narrow import Narrow
from steward_app.gui.pages.data.query import Query
from steward_app.gui.pages.data.saved import SavedFilters
from steward_app.gui.pages.data.tables import TableChoice
from steward_app.gui.pages.data.time_commands import history_words
from steward_app.gui.pages.data.time_travel import Shown, TimeTravel
from steward_app.gui.pages.data.toolbar import DataBar
from steward_app.gui.pages.data.trail import Trail
from steward_app.gui.pages.data.words import filter_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.data_table import DataTable
from steward_app.gui.widgets.surfaces import EmptyState, Views
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.rows import EVERY_ROW, Filter, Sort, look_personal
from steward_app.services.schema.model import Schema, Table, TableKind
from steward_app.services.schema.snapshot import schema_of

_SHOWN = (TableKind.TABLE, TableKind.VIRTUAL, TableKind.VIEW)
_WAYS = (ROWS, QUERY, FIND)
_COMPACT_BELOW, _NARROWEST = 900, 560


class DataPage(Page):
    """Three ways to the rows: a table, a query, a value."""

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self.schema: Schema | None = None
        self._wanted: dict[str, Any] = {}
        self._last_table = ""
        self.trail = Trail()
        self.way = ROWS
        self.browse = Browse(self)
        self.travel = TimeTravel(self)
        self.query = Query(self)
        self.search = Find(self)
        self.saved = SavedFilters(context.catalog, context.database_id, self.show_error)
        self.actions_of_page = own_actions(self)
        self._build()
        self._connect()
        Narrow(self, _COMPACT_BELOW, self._set_compact)

    def _build(self) -> None:
        self.tables = TableChoice(self.tr("Table"))
        self.number = Label(tone=Tone.MUTED)
        self.count_link = link(self.tr("Count exactly"), self.count)
        self.count_link.hide()
        self.head.add_beside(self.tables, self.number, self.count_link)
        own = self.actions_of_page
        self.head_buttons = [Button(action=each) for each in (own.reveal, own.export, own.history)]
        self.reveal_button, self.export_button, self.history_button = self.head_buttons
        self.head.set_actions(*self.head_buttons)
        self.bar = DataBar(own.back, own.column, own.travel, self.filters_menu)
        self.content.addWidget(self.bar)
        self.content.addWidget(self.travel.place)
        self._stack = Views()
        self._no_tables = EmptyState(
            "table-2", self.tr("No tables"), self.tr("There is no table and no view in this file.")
        )
        for view in (self.browse, self.query, self.search, self._no_tables, self.travel.compare):
            self._stack.addWidget(view)
        self.content.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.bar.way.chosen.connect(self.show_way)
        self.tables.chosen.connect(lambda name: self.open_table(name))
        self.tables.missed.connect(self._table_missed)
        self.bar.jump.returnPressed.connect(self._jump)
        self.browse.counted.connect(self._counted)
        self.browse.changed.connect(self._changed)
        self.browse.cell_changed.connect(self._cell_changed)
        self.browse.rows.menu_wanted.connect(lambda at: show_cell_menu(self, at))
        self.query.changed.connect(self._changed)

    # What a page may say

    def commands(self) -> Sequence[Action]:
        return page_commands(self)

    def show_document(self) -> None:
        self._read()

    def refresh(self, touched: tuple[str, ...]) -> None:
        self._read()

    def arrive(
        self,
        *,
        table: str = "",
        finding: Finding | None = None,
        key: Key | None = None,
        query: str = "",
        way: str = "",
        moment: datetime | None = None,
        **others: Any,
    ) -> None:
        """`moment`: of which time the table is to be shown."""
        if self.schema is None:
            given = {"table": table, "finding": finding, "key": key, "query": query, "way": way}
            self._wanted = {**given, "moment": moment}
            return
        if moment is not None:
            self.travel.asked = moment
        if way in _WAYS:
            self.show_way(way)
        if query:
            self.ask(query)
        elif finding is not None:
            open_finding(self, finding)
        elif table and key is not None:
            self.open_row(table, key)
        elif table:
            self.open_table(table)

    def save_state(self) -> dict[str, Json]:
        return {"table": self._last_table, "way": self.way, **self.query.state()}

    def restore_state(self, state: dict[str, Json]) -> None:
        self._last_table = str(state.get("table") or "")
        self.query.restore(state)
        way = state.get("way")
        if way in _WAYS:
            self.show_way(str(way))

    # Tables

    def _read(self) -> None:
        file = self.context.file

        def work(context: Context) -> Schema:
            look_personal(())  # reads the rules here, so that the window's thread never has to
            return schema_of(file, context)

        self.run(self.tr("Reading the schema"), work, self._show_schema, quiet=True)

    def _show_schema(self, schema: Schema) -> None:
        again, self.schema = self.schema is not None, schema
        listed = [table for table in schema.tables if table.kind in _SHOWN]
        self.tables.show_tables(listed)
        self.show_view()
        wanted, self._wanted = self._wanted, {}
        if any(wanted.values()):
            self.arrive(**wanted)
        elif again and self.browse.table is not None:
            self._renew(self.browse.table, schema.table(self.browse.table.name))
        else:
            first = schema.table(self._last_table) or next(iter(listed), None)
            if first is not None:
                self._show_table(first)
                self.browse.rows.view.setFocus(Qt.FocusReason.OtherFocusReason)
        if again and self.query.source is not None:
            self.query.rows.refresh()
        self.reconsider()

    def _renew(self, shown: Table, now: Table | None) -> None:
        """Another program changed the file: the same rows again, as far as they are still there."""
        if now is None:
            self.browse.leave()
            self.warn(
                self.tr("{table} is no longer in the file.").format(table=shown_name(shown.name)),
                self.tr("Another program removed or renamed it. Choose another table."),
            )
        elif not self.travel.renew(now):
            self._show_table(now)

    def open_table(
        self, name: str, *, chosen: Filter = EVERY_ROW, key: Key | None = None, column: str = ""
    ) -> None:
        """Show a table from its first row, or at a row of it; `back` leads to where the steward was."""
        table = self.schema.table(name) if self.schema else None
        if table is None:
            self.show_way(ROWS)
            self.browse.say(self.tr("There is no table {name}.").format(name=shown_name(name)), Tone.WARNING)
            return
        self.trail.remember(self.browse.rows)
        self._show_table(table, chosen=chosen, key=key, column=column)
        self.show_way(ROWS)
        self.browse.rows.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def open_row(self, table: str, key: Key, *, column: str = "") -> None:
        """Go to a row of a table and choose it, in a column."""
        shown = self.browse.rows.source
        if shown is None or shown.name != table or self.browse.rows.status().filter:
            self.open_table(table, key=key, column=column)
            return
        self.trail.remember(self.browse.rows)
        self.show_way(ROWS)
        self.browse.choose(key, column)
        self.browse.rows.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_table(
        self,
        table: Table,
        *,
        chosen: Filter = EVERY_ROW,
        sort: Sort | None = None,
        key: Key | None = None,
        column: str = "",
    ) -> None:
        self.clear_banners()
        self._last_table = table.name
        self.tables.show_name(table.name)
        then: Callable[[], None] | None = None
        if key is not None:
            then = lambda: self.browse.choose(key, column)  # noqa: E731  short enough
        try:
            self.travel.show(table, Shown(chosen, sort, then))
        except StewardError as error:
            self.show_error(error)
        self._changed()

    def warn(self, lead: str, rest: str) -> None:
        """Say under the head what the steward should know of what stands below."""
        self.show_banner(Banner(Tone.WARNING, lead, rest, on_close=self.clear_banners))

    def ask(self, query: str) -> None:
        """Put a query into its box and run it."""
        self.clear_banners()
        self.show_way(QUERY)
        self.query.show_query(query)

    def _table_missed(self, typed: str) -> None:
        words = self.tr("No table is called like “{typed}”.").format(typed=shown_name(typed, 60))
        self.browse.say(words if typed else "", Tone.DANGER)

    # The way back

    def go_back(self) -> None:
        """To the table, filter, order and row the steward came from."""
        stop = self.trail.back()
        table = self.schema.table(stop.table) if self.schema is not None and stop is not None else None
        if stop is not None and table is not None:
            self.show_way(ROWS)
            self._show_table(table, chosen=stop.filter, sort=stop.sort, key=stop.key)
            self.browse.rows.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.bar.back.reconsider()

    # Ways

    def show_way(self, key: str) -> None:
        """Show the rows of a table, the query, or the search."""
        self.way = key
        self.bar.show_way(key)
        self.browse.follow.dismiss()
        self.show_view()
        for widget in (self.tables, self.number):
            widget.setVisible(key == ROWS)
        self._show_count_link()
        if key == QUERY:
            self.query.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        elif key == FIND:
            self.search.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._changed()

    def show_view(self) -> None:
        """Show what the way that is taken leads to."""
        view: QWidget = {ROWS: self.browse, QUERY: self.query, FIND: self.search}[self.way]
        if self.way == ROWS and self.schema is not None and not self.tables.count():
            view = self._no_tables
        elif self.way == ROWS and self.travel.compare.wanted:
            view = self.travel.compare
        self._stack.setCurrentWidget(view)
        self.travel.show_way(rows=self.way == ROWS)

    def time_changed(self) -> None:
        """The rows that are shown are of another time."""
        self.show_view()
        self._changed()

    def focus_tables(self) -> None:
        """Put the cursor where a table is chosen."""
        self.show_way(ROWS)
        self.tables.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_jump(self) -> None:
        """Put the cursor where a row is asked for."""
        self.show_way(ROWS)
        self.bar.jump.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.jump.selectAll()

    def _jump(self) -> None:
        if wanted := self.bar.jump.text().strip():
            self.browse.rows.view.setFocus(Qt.FocusReason.OtherFocusReason)
            self.browse.go_to(wanted)

    @property
    def _view(self) -> Browse | Query:
        return self.query if self.way == QUERY else self.browse

    @property
    def rows(self) -> DataTable | None:
        """The rows a command acts on: those that are shown; None where there are none."""
        return self._view.rows if self.way != FIND and self._view.source is not None else None

    def count(self) -> None:
        """Count the rows that are shown exactly: a job."""
        if self.rows is not None:
            self.rows.count()

    def copy(self) -> None:
        """Copy what is chosen."""
        if self.rows is not None:
            self.rows.copy()

    # What is hidden

    @property
    def has_personal(self) -> bool:
        """Whether a column that is shown looks personal."""
        return self.rows is not None and bool(self._view.personal)

    def toggle_personal(self) -> None:
        """Show the columns that look personal, or hide them again."""
        self._view.conceal() if self._view.revealed else self._view.reveal()

    def hideEvent(self, event: QHideEvent) -> None:
        """Who leaves the page does not leave personal values open on it."""
        super().hideEvent(event)
        if not event.spontaneous():  # the window was made small, and is there again as it was
            self.browse.conceal()
            self.query.conceal()
            self.search.forget_values()

    # News

    def _counted(self, words: str, exact: bool) -> None:
        self.number.say(words)
        self._show_count_link()

    def _show_count_link(self) -> None:
        rows = self.browse.rows
        known = rows.source is None or rows.status().total.exact
        self.count_link.setVisible(self.way == ROWS and not known)

    def _changed(self) -> None:
        shown = self._view.revealed and self.way != FIND
        words = self.tr("Hide personal columns") if shown else self.tr("Show personal columns")
        self.reveal_button.set_words(words)
        self.reveal_button.show_icon_named("eye-off" if shown else "eye")
        self.bar.show_keys(self.browse.key_columns)
        self.travel.compare.refresh_hidden()
        self.reconsider()

    def _cell_changed(self) -> None:
        self.bar.about.reconsider()
        self.history_button.set_words(history_words(self))
        self.history_button.reconsider()

    def filters_menu(self) -> QMenu:
        """The filters that were kept for this table, and what can be done with the present one."""
        chosen = self.browse.rows.status().filter
        words = filter_words(chosen, self.browse.personal)
        return self.saved.menu(self, self._last_table, chosen, words, self.browse.rows.set_filter)

    def export(self) -> None:
        """Write the rows that are shown to a file."""
        if self.rows is not None:
            ask_and_export(self, self.rows, self._view.personal)

    def minimumSizeHint(self) -> QSize:
        """Narrow enough to come to the width at which icons stand for words."""
        return QSize(px(_NARROWEST), super().minimumSizeHint().height())

    def _set_compact(self, compact: bool) -> None:
        """Where the page is narrow, icons stand for words."""
        self.bar.set_compact(compact)
        for button in self.head_buttons:
            button.set_compact(compact)
