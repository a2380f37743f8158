"""The data page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QCompleter, QStackedWidget

from steward_app.gui.actions import Action
from steward_app.gui.context import Message, PageContext
from steward_app.gui.format import plural, shown_name, size
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.data.browse import Browse
from steward_app.gui.pages.data.export_dialog import Choice, ExportDialog
from steward_app.gui.pages.data.find import Find
from steward_app.gui.pages.data.query import Query
from steward_app.gui.pages.data.saved import SavedFilters
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.controls import Combo, Segments, TextField
from steward_app.gui.widgets.surfaces import Toolbar
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.rows import (
    EVERY_ROW,
    Export,
    Exported,
    Filter,
    export_rows,
    filter_of_finding,
)
from steward_app.services.schema.model import Schema, Table, TableKind
from steward_app.services.schema.snapshot import schema_of

_SHOWN = (TableKind.TABLE, TableKind.VIRTUAL, TableKind.VIEW)
ROWS, QUERY, FIND = "rows", "query", "find"


class DataPage(Page):
    """Three ways to the rows: a table, a query, a value."""

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self.schema: Schema | None = None
        self._wanted: dict[str, Any] = {}
        self._last_table = ""
        self.browse = Browse(self)
        self.query = Query(self)
        self.search = Find(self)
        self._filters = SavedFilters(context.catalog, context.database_id)
        self._build()

    def _build(self) -> None:
        self.way = Segments(
            self.tr("Way to the rows"),
            (ROWS, self.tr("Rows"), "table-2"),
            (QUERY, self.tr("Query"), "terminal"),
            (FIND, self.tr("Find"), "search"),
        )
        self.reveal_action = Action(
            "data.reveal",
            self.tr("Show personal columns"),
            self.toggle_personal,
            self.spec.title,
            "eye",
            enabled_when=self._why_not_reveal,
        )
        self.export_action = Action(
            "data.export",
            self.tr("Export rows"),
            self.export,
            self.spec.title,
            "download",
            "Ctrl+E",
            enabled_when=lambda: "" if self._source is not None else self.tr("There are no rows to export."),
        )
        self.reveal_button = Button(action=self.reveal_action)
        self.head.set_actions(self.reveal_button, Button(action=self.export_action))
        self.tables = Combo(self.tr("Table"), mono=True)
        self.tables.setEditable(True)
        self.tables.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        self.tables.setMinimumContentsLength(18)
        completer = QCompleter(self.tables.model(), self.tables)
        self.tables.setCompleter(completer)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.number = Label(tone=Tone.MUTED)
        self.count_link = link(self.tr("Count exactly"), self.browse.rows.count)
        self.count_link.hide()
        self.jump = TextField(self.tr("Go to a row"), self.tr("Key, or # and a number"))
        self.filters = Button(self.tr("Filters"), self._show_filters, icon="list-filter")
        self.about = Button(self.tr("About this column"), self.browse.about_column, icon="sigma")
        self._of_rows = (self.tables, self.number, self.jump, self.filters, self.about)
        self.content.addWidget(
            Toolbar(
                self.way, self.tables, self.number, self.count_link, None, self.jump, self.filters, self.about
            )
        )
        self._stack = QStackedWidget()
        for view in (self.browse, self.query, self.search):
            self._stack.addWidget(view)
        self.content.addWidget(self._stack, 1)
        self.way.chosen.connect(self.show_way)
        self.tables.activated.connect(self._table_chosen)
        self.jump.returnPressed.connect(lambda: self.browse.go_to(self.jump.text().strip()))
        self.browse.counted.connect(self._counted)
        self.browse.changed.connect(self._changed)
        self.query.changed.connect(self._changed)

    # What a page may say

    def commands(self) -> Sequence[Action]:
        group = self.spec.title
        return (
            Action("data.rows", self.tr("Browse a table"), lambda: self.show_way(ROWS), group, "table-2"),
            Action("data.query", self.tr("Ask the file in SQL"), lambda: self.show_way(QUERY), group, "terminal",
                   "Ctrl+Shift+Q"),
            Action("data.find", self.tr("Find a value in all tables"), lambda: self.show_way(FIND), group, "search",
                   "Ctrl+Shift+F"),
            Action("data.jump", self.tr("Go to a row"), self._focus_jump, group, "target", "Ctrl+G"),
            Action("data.column", self.tr("About this column"), self.browse.about_column, group, "sigma"),
            Action("data.copy", self.tr("Copy what is chosen"), self._rows.copy, group, "copy"),
            self.reveal_action,
            self.export_action,
        )  # fmt: skip

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
        **others: Any,
    ) -> None:
        if self.schema is None:
            self._wanted = {"table": table, "finding": finding, "key": key, "query": query, "way": way}
            return
        if way:
            self.show_way(way)
        if query:
            self.show_way(QUERY)
            self.query.show_query(query)
        elif finding is not None and finding.subject.table:
            self._open_finding(finding)
        elif table and key is not None:
            self.open_row(table, key)
        elif table:
            self.open_table(table)

    def save_state(self) -> dict[str, Json]:
        return {"table": self._last_table, "query": self.query.editor.toPlainText()}

    def restore_state(self, state: dict[str, Json]) -> None:
        self._last_table = str(state.get("table") or "")
        self.query.editor.setPlainText(str(state.get("query") or ""))

    # Tables

    def _read(self) -> None:
        file = self.context.file
        self.run(
            self.tr("Reading the schema"),
            lambda context: schema_of(file, context),
            self._show_schema,
            quiet=True,
        )

    def _show_schema(self, schema: Schema) -> None:
        self.schema = schema
        shown = self.browse.table.name if self.browse.table else ""
        self.tables.clear()
        for table in schema.tables:
            if table.kind in _SHOWN:
                self.tables.addItem(shown_name(table.name), table.name)
        wanted, self._wanted = self._wanted, {}
        if any(wanted.values()):
            self.arrive(**wanted)
        elif shown and (again := schema.table(shown)) is not None:
            self.browse.table = again
            self.browse.rows.refresh()
        else:
            first = schema.table(self._last_table) or next(
                (t for t in schema.tables if t.kind in _SHOWN), None
            )
            if first is not None:
                self.open_table(first.name)
        self._show_chosen_table()
        self.reconsider()

    def open_table(self, name: str, *, chosen: Filter = EVERY_ROW, key: Key | None = None) -> None:
        """Show a table from its first row, or at a row of it."""
        table = self.schema.table(name) if self.schema else None
        if table is None:
            return
        self.show_way(ROWS)
        self.clear_banners()
        try:
            self.browse.show_table(table, chosen=chosen, then=self._to_key(table, key))
        except StewardError as error:
            self.show_error(error)
            return
        self._last_table = table.name
        self._show_chosen_table()
        self.browse.rows.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def open_row(self, table: str, key: Key) -> None:
        """Go to a row of a table and choose it."""
        shown = self.browse.table
        if shown is not None and shown.name == table and not self.browse.rows.status().filter:
            self.show_way(ROWS)
            go = self._to_key(shown, key)
            if go is not None:
                go()
        else:
            self.open_table(table, key=key)

    def _to_key(self, table: Table, key: Key | None) -> Any:
        columns = table.key_columns
        if key is None or len(columns) != len(key):
            return None

        def missing() -> None:
            self.context.toast(Message(self.tr("That row is gone"), tone=Tone.WARNING))

        return lambda: self.browse.rows.go_to_key(columns, key, missing)

    def _open_finding(self, finding: Finding) -> None:
        try:
            chosen = filter_of_finding(finding)
        except StewardError:
            chosen = None
        if chosen is None:
            self.show_way(QUERY)
            self.query.show_query(finding.query)
        else:
            self.open_table(finding.subject.table, chosen=chosen)

    def _table_chosen(self, place: int) -> None:
        name = self.tables.itemData(place)
        if isinstance(name, str):
            self.open_table(name)

    def _show_chosen_table(self) -> None:
        place = self.tables.findData(self._last_table)
        if place >= 0:
            self.tables.setCurrentIndex(place)

    # Ways

    def show_way(self, key: str) -> None:
        """Show the rows of a table, the query, or the search."""
        self.way.choose(key)
        self._stack.setCurrentIndex((ROWS, QUERY, FIND).index(key))
        for widget in self._of_rows:
            widget.setVisible(key == ROWS)
        if key != ROWS:
            self.count_link.hide()
        if key == QUERY:
            self.query.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        elif key == FIND:
            self.search.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._changed()

    def _focus_jump(self) -> None:
        self.show_way(ROWS)
        self.jump.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @property
    def _view(self) -> Browse | Query:
        return self.query if self.way.value == QUERY else self.browse

    @property
    def _rows(self) -> Any:
        return self._view.rows

    @property
    def _source(self) -> Any:
        return None if self.way.value == FIND else self._view.source

    # What is hidden

    def _why_not_reveal(self) -> str:
        if self.way.value == FIND:
            return self.tr("Tick “Show the values” to see what is found.")
        return "" if self._view.personal else self.tr("No column here looks personal.")

    def toggle_personal(self) -> None:
        """Show the columns that look personal, or hide them again."""
        self._view.reveal(not self._view.revealed)

    def hideEvent(self, event: QHideEvent) -> None:
        """Who leaves the page does not leave personal values open on it."""
        super().hideEvent(event)
        for view in (self.browse, self.query):
            if view.revealed:
                view.reveal(False)

    # News

    def _counted(self, words: str, exact: bool) -> None:
        self.number.say(words)
        self.count_link.setVisible(not exact and self.way.value == ROWS)

    def _changed(self) -> None:
        shown = self._view.revealed
        self.reveal_button.set_words(
            self.tr("Hide personal columns") if shown else self.tr("Show personal columns")
        )
        self.reconsider()

    def _show_filters(self) -> None:
        rows = self.browse.rows
        self._filters.show_menu(self.filters, self._last_table, rows.status().filter, rows.set_filter)

    # Export

    def export(self) -> None:
        """Write the rows that are shown to a file."""
        view, source = self._view, self._source
        if source is None:
            return
        status = view.rows.status()
        personal = tuple(sorted(view.personal))
        dialog = ExportDialog(source.name or self.tr("the query"), status.filter.words, personal, self)
        dialog.personal.setChecked(view.revealed)
        if dialog.exec() and dialog.choice is not None:
            self.export_to(dialog.choice, status.filter, (status.sort,) if status.sort else ())

    def export_to(self, choice: Choice, chosen: Filter, sort: tuple[Any, ...]) -> None:
        """Write rows as they were chosen: a job."""
        source, file = self._source, self.context.file
        wish = Export(
            choice.format,
            filter=chosen,
            sort=sort,
            personal=choice.personal,
            formula_safe=choice.formula_safe,
            overwrite=True,
        )

        def work(context: Context) -> Exported:
            with file.read() as session:
                return export_rows(session, source, choice.target, context, wish)

        self.run(self.tr("Exporting rows"), work, self._exported)

    def _exported(self, done: Exported) -> None:
        rows = plural(done.rows, self.tr("row"), self.tr("rows"))
        words = [f"{done.path.name}, {size(done.size_bytes)}"]
        if done.left_out:
            words.append(self.tr("Left out: {names}").format(names=shown_name(", ".join(done.left_out))))
        self.context.toast(
            Message(self.tr("Exported {rows}").format(rows=rows), ". ".join([*words, *done.notes]))
        )
