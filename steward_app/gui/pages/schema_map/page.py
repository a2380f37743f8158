"""The schema map page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from steward_app.catalog.policy import read_policy
from steward_app.gui.actions import Action, add_to_menu
from steward_app.gui.context import Message, PageContext
from steward_app.gui.format import integer
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.schema_map import changing, outlets
from steward_app.gui.pages.schema_map.commands import map_commands, menu_of
from steward_app.gui.pages.schema_map.describe import Comments
from steward_app.gui.pages.schema_map.groups import Group, groups
from steward_app.gui.pages.schema_map.inspector import TableInspector
from steward_app.gui.pages.schema_map.personal import PersonalOverlay
from steward_app.gui.pages.schema_map.read import (
    Drawing,
    Places,
    Read,
    count_roughly,
    draw,
    guess_relations,
    summary,
)
from steward_app.gui.pages.schema_map.scene import MapScene
from steward_app.gui.pages.schema_map.toolbar import MapToolbar
from steward_app.gui.pages.schema_map.view import MapView
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.surfaces import EmptyState
from steward_app.gui.widgets.text import Label
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.services.schema.check import CheckReport
from steward_app.services.schema.erd.build import Scope
from steward_app.services.schema.erd.layout import arrange, routed
from steward_app.services.schema.erd.model import ColumnsShown, Layout, Point
from steward_app.services.schema.model import Schema, Table, TableKind
from steward_app.services.schema.relations import InferredRelation
from steward_app.services.schema.snapshot import last_check, schema_of

_INSPECTOR, _NARROW = 320, 760  # width of the details; of the page under which they stand below the map
_MANY = 20
"""From this many tables on, boxes show their keys alone until asked for more."""


class SchemaMapPage(Page):
    """Tables as boxes, foreign keys as lines between their columns."""

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self.scene = MapScene()
        self.view = MapView(self.scene)
        self.schema: Schema | None = None
        self._counts: dict[str, tuple[int, bool]] = {}
        self._relations: tuple[InferredRelation, ...] = ()
        self._report: CheckReport | None = None
        self._comments: Comments = {}
        self._places = Places(context.catalog, context.database_id)
        self._positions: dict[str, Point] = {}
        self.earlier: list[dict[str, Point]] = []
        self.scope = Scope()
        self._columns_chosen = False
        self._groups: tuple[Group, ...] = ()
        self._wanted, self._looked_up = "", False
        self._fitted = False
        self.inspector = TableInspector(
            self.choose,
            self._open_data,
            self._show_broken,
            self.focus_on,
            self._open_rows,
            lambda: changing.change_table(self),
        )
        self._build()
        self._connect()

    def _build(self) -> None:
        self.toolbar = MapToolbar(self.view, self.leave_focus, self._show_menu)
        self.search, self.columns = self.toolbar.search, self.toolbar.columns
        self.likely = self.toolbar.likely
        self.summary = Label(tone=Tone.MUTED)
        self.head.set_actions(self.summary)
        self._empty = EmptyState(
            "workflow",
            self.tr("No tables yet"),
            self.tr("This file holds no tables. There is nothing to draw."),
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        self.overlay = PersonalOverlay(self)
        left = vbox(self._stack, self.overlay.legend)
        left.setStretch(0, 1)
        self.content.addWidget(self.toolbar)
        self.content.addWidget(
            Beside(boxed(left), self.inspector, width=_INSPECTOR, below=_NARROW, scrolls=True), 1
        )
        self.inspector.show_nothing(self.tr("Choose a table to see its links, columns, rules and indexes."))

    def _connect(self) -> None:
        self.search.textChanged.connect(self._search)
        self.search.textEdited.connect(self._look_up)
        self.search.returnPressed.connect(self._next_match)
        self.columns.chosen.connect(self._show_columns)
        self.likely.toggled.connect(self._likely_toggled)
        self.toolbar.group.activated.connect(self._show_group)
        self.toolbar.hops.activated.connect(lambda index: self.focus_on(self.scope.focus, index + 1))
        self.scene.chosen.connect(self._inspect)
        self.scene.link_chosen.connect(self._inspect_link)
        self.scene.opened.connect(self._open_data)
        self.scene.moved.connect(self._moved)
        self.scene.filled.connect(self._filled)

    # What a page may say

    def commands(self) -> Sequence[Action]:
        return map_commands(self)

    def show_document(self) -> None:
        self._read()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, touched: tuple[str, ...]) -> None:
        self._read()

    def arrive(self, *, table: str = "", focus: bool = False, personal: bool = False, **others: Any) -> None:
        if personal:
            self.overlay.switch.setChecked(True)
        if self.schema is None or not self.scene.settled:
            self._wanted = table
            return
        self.focus_on(table) if focus else self.choose(table)

    def save_state(self) -> dict[str, Json]:
        return {"columns": self.scope.columns.value if self._columns_chosen else ""}

    def restore_state(self, state: dict[str, Json]) -> None:
        columns = state.get("columns")
        if columns in tuple(ColumnsShown):
            self._columns_chosen = True
            self.scope = replace(self.scope, columns=ColumnsShown(str(columns)))
            self.columns.choose(str(columns))

    def showEvent(self, event: QShowEvent) -> None:
        """A check made on another page since shows its orphans here."""
        super().showEvent(event)
        if self.schema is not None and (report := last_check(self.context.file)) is not self._report:
            self._report = report
            self._draw()

    # Reading and drawing

    def _read(self) -> None:
        file, places = self.context.file, self._places

        def work(context: Context) -> Read:
            schema = schema_of(file, context)
            with file.read() as session:
                counts = count_roughly(session, schema, context)
            return Read(schema, counts, places.load(schema), read_policy(file.path).comments())

        self.run(self.tr("Reading the schema"), work, self._show_schema, quiet=True)

    def _show_schema(self, found: Read) -> None:
        self.schema, self._counts = found.schema, found.counts
        self._positions = found.positions | self._positions
        self._comments = found.comments
        self._report = last_check(self.context.file)
        tables = [table for table in self.schema.tables if table.kind in (TableKind.TABLE, TableKind.VIRTUAL)]
        if not self._columns_chosen and len(tables) > _MANY:
            self.scope = replace(self.scope, columns=ColumnsShown.KEYS)
            self.columns.choose("keys")
        self._stack.setCurrentWidget(self.view if tables else self._empty)
        self._draw()

    def _draw(self) -> None:
        schema = self.schema
        if schema is None:
            return
        scope, positions, counts = self.scope, dict(self._positions), dict(self._counts)
        relations = self._relations if self.likely.isChecked() else ()
        report = self._report

        def work(context: Context) -> Drawing:
            return draw(schema, scope, positions, counts, relations, report, context)

        self.run(self.tr("Drawing the map"), work, self._show_drawing, quiet=True)

    def _show_drawing(self, drawing: Drawing) -> None:
        if not self.scope.focus:
            new = {name: at for name, at in drawing.layout.positions.items() if name not in self._positions}
            self._keep(new)  # what was pushed aside for boxes that show more comes back when they show less
            self._groups = groups(drawing.diagram)
            self.toolbar.show_groups(self._groups)
        chosen = self.scene.choice
        self.scene.show_diagram(drawing.diagram, drawing.layout)
        if drawing.fresh or not self._fitted:
            self.view.fit()
            self._fitted = True
        self.summary.say(summary(drawing.diagram))
        if chosen and self.scene.choice:
            self._inspect(chosen)
        self.reconsider()

    def _filled(self) -> None:
        wanted, self._wanted = self._wanted, ""
        if wanted:
            self.choose(wanted)
        self._search(self.search.text())

    # Choosing

    def choose(self, table: str) -> None:
        """Choose a table and bring it into view."""
        self.scene.choose(table)
        self.view.show_table(table)

    def _inspect(self, table: str) -> None:
        schema = self.schema
        found = schema.table(table) if schema and table else None
        if schema is None or found is None:
            words = self.tr("Choose a table to see its links, columns, rules and indexes.")
            self.inspector.show_nothing(words)
        else:
            links = self.scene.links_of(table)
            self.inspector.show_table(
                schema, found, links, self._counts.get(found.name), self._report, self._comments
            )
        self.reconsider()

    def _inspect_link(self, key: str) -> None:
        if self.schema is not None:
            self.inspector.show_link(self.schema, self.scene.links[key].link, self._report)

    def _search(self, text: str) -> None:
        wanted = text.strip().casefold()
        found = self.scene.matches(wanted)
        self.scene.mark_matches(found)
        self.search.tell(integer(len(found)) if wanted else "")

    def _look_up(self, text: str) -> None:
        """While letters are typed the best match is chosen where it stands; Enter goes to it, then to the next."""
        found = self.scene.matches(text.strip().casefold())
        self._looked_up = bool(found)
        self.scene.choose(found[0] if found else "")

    def _next_match(self) -> None:
        found = self.scene.matches(self.search.text().strip().casefold())
        if found:
            step, self._looked_up = 0 if self._looked_up else 1, False
            place = found.index(self.scene.choice) + step if self.scene.choice in found else 0
            self.choose(found[place % len(found)])
            self.search.tell(self.tr("{n} of {all}").format(n=place % len(found) + 1, all=len(found)))

    # Scope

    def focus_on(self, table: str, hops: int = 1) -> None:
        """Show one table and those within a number of links of it."""
        if table:
            self.scope = replace(self.scope, focus=table, hops=hops)
            self.scene.choice = table
            self.toolbar.show_focus(table, hops)
            self._draw()

    def leave_focus(self) -> None:
        """Show all tables again, where they were."""
        self.scope = replace(self.scope, focus="")
        self.toolbar.show_focus("", 1)
        self._fitted = False
        self._draw()

    def _show_columns(self, key: str) -> None:
        self._columns_chosen = True
        self.scope = replace(self.scope, columns=ColumnsShown(key))
        self._draw()

    def _show_group(self, index: int) -> None:
        self.scene.choose("")
        self.scene.keep_bright(self._groups[index - 1].tables if index > 0 else None)

    def toggle_likely(self) -> None:
        """Draw relations that nobody declared, or leave them out again."""
        self.likely.toggle()

    def _likely_toggled(self, wanted: bool) -> None:
        schema, file = self.schema, self.context.file
        if schema is None:
            return
        if not wanted or self._relations:
            self._draw()
            return

        def work(context: Context) -> tuple[InferredRelation, ...]:
            with file.read() as session:
                return guess_relations(session, schema, context)

        def show(found: tuple[InferredRelation, ...]) -> None:
            self._relations = found
            if not found:
                self.context.toast(Message(self.tr("No further links found"), tone=Tone.MUTED, icon="info"))
            self._draw()

        self.run(
            self.tr("Looking for likely links"), work, show, on_stopped=lambda: self.likely.setChecked(False)
        )

    # Places

    def _keep(self, places: Mapping[str, Point]) -> None:
        """Remember where tables stand, now and for the next time this file is opened."""
        schema, keeper = self.schema, self._places
        if schema is not None and any(self._positions.get(name) != point for name, point in places.items()):
            self._positions |= places
            self.run(self.tr("Keeping places"), lambda context: keeper.save(schema, places), quiet=True)

    def _moved(self, before: dict[str, Point]) -> None:
        self.earlier.append(before)
        self._keep_moved(before, self.scene.positions())
        self.reconsider()

    def _keep_moved(self, before: Mapping[str, Point], now: Mapping[str, Point]) -> None:
        if not self.scope.focus:
            self._keep({name: place for name, place in now.items() if before.get(name) != place})

    def arrange(self) -> None:
        """Place every table anew; the places before can be had back."""
        diagram, before = self.scene.diagram, self.scene.positions()

        def show(layout: Layout) -> None:
            self.scene.show_layout(layout)
            self._moved(before)
            self.view.fit()
            self.context.toast(Message(self.tr("The map is arranged anew"), undo=self.undo))

        self.run(self.tr("Arranging the map"), lambda context: arrange(diagram, context), show)

    def undo(self) -> None:
        """Put the tables where they were before the last move."""
        if self.earlier:
            before, now = self.earlier.pop(), self.scene.positions()
            places = now | {name: place for name, place in before.items() if name in self.scene.boxes}
            self.scene.show_layout(routed(self.scene.diagram, places))
            self._keep_moved(now, places)
            self.reconsider()

    # Leaving the page

    def _show_menu(self, under: QWidget) -> None:
        menu = QMenu(self)
        add_to_menu(menu, menu_of(self.commands()))
        menu.exec(under.mapToGlobal(under.rect().bottomLeft()))

    def export(self) -> None:
        """Save the map as it is drawn."""
        outlets.save_picture(self, self.scene)

    def print(self) -> None:
        """Print the map as it is drawn."""
        outlets.print_out(self)

    def describe(self) -> None:
        """Say what the chosen table and its columns are."""
        if self.chosen is not None:
            outlets.describe(self, self.chosen, self._comments)

    @property
    def chosen(self) -> Table | None:
        """The chosen table."""
        return self.schema.table(self.scene.choice) if self.schema and self.scene.choice else None

    def show_comments(self, comments: Comments) -> None:
        """Other descriptions are kept now."""
        self._comments = comments
        self._inspect(self.scene.choice)

    def write_dictionary(self) -> None:
        """Write a data dictionary of the whole file to a folder."""
        outlets.write_docs(self, self._comments)

    def _open_data(self, table: str) -> None:
        self.context.navigate("data", table=table)

    def _show_broken(self, table: str) -> None:
        self.context.navigate("constraints", table=table)

    def _open_rows(self, finding: Finding) -> None:
        self.context.navigate("data", table=finding.subject.table, finding=finding)
