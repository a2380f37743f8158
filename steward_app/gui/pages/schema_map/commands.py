"""What can be done on the map, as data for menus, keys and the palette."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.gui.actions import Action
from steward_app.gui.pages.schema_map.changing import change_table, merge_tables, new_table, split_table
from steward_app.gui.pages.schema_map.divide import why_not_merged, why_not_split
from steward_app.services.schema.model import Table, TableKind

if TYPE_CHECKING:
    from steward_app.gui.pages.schema_map.page import SchemaMapPage


_MENU = (
    ("map.change", "map.new_table", "map.split", "map.merge"),
    ("map.focus", "map.unfocus"),
    ("map.arrange", "map.undo"),
    ("map.describe", "map.docs"),
    ("map.export", "map.print"),
)


def menu_of(commands: Sequence[Action]) -> list[Action | None]:
    """The actions behind the button with the three dots, in groups."""
    by_id = {action.id: action for action in commands}
    groups = [[by_id[key] for key in keys] for keys in _MENU]
    return [each for group in groups for each in (*group, None)][:-1]


def cannot_change(table: Table | None) -> str:
    """Why a table cannot be changed, or ""."""
    if table is None:
        return _tr("Choose a table first.")
    if table.ours:
        return _tr("This program keeps its own records in this table.")
    return "" if table.kind is TableKind.TABLE else _tr("Only a table that holds rows itself can be changed.")


def map_commands(page: SchemaMapPage) -> Sequence[Action]:
    """The actions of the page."""
    group = page.spec.title
    return (
        Action("map.find", _tr("Find a table on the map"), page.search.setFocus, group, "search", "Ctrl+F"),
        Action("map.fit", _tr("Show the whole map"), page.view.fit, group, "maximize"),
        Action(
            "map.focus",
            _tr("Show the chosen table and its neighbours"),
            lambda: page.focus_on(page.scene.choice),
            group,
            "crosshair",
            "F",
            enabled_when=lambda: "" if page.scene.choice else _tr("Choose a table first."),
        ),
        Action(
            "map.unfocus",
            _tr("Show all tables"),
            page.leave_focus,
            group,
            "x",
            enabled_when=lambda: "" if page.scope.focus else _tr("All tables are shown."),
        ),
        Action("map.likely", _tr("Show links that are likely but not declared"), page.toggle_likely, group,
               "wand-sparkles"),
        Action("map.personal", _tr("Show personal data on the map"), page.overlay.toggle, group, "id-card",
               keywords="privacy classified overlay sensitive"),
        Action("map.arrange", _tr("Arrange the map anew"), page.arrange, group, "layers"),
        Action(
            "map.undo",
            _tr("Put the tables back"),
            page.undo,
            group,
            "undo-2",
            "Ctrl+Z",
            enabled_when=lambda: "" if page.earlier else _tr("No table was moved."),
        ),
        Action(
            "map.describe",
            _tr("Describe the chosen table"),
            page.describe,
            group,
            "pencil",
            enabled_when=lambda: "" if page.scene.choice else _tr("Choose a table first."),
        ),
        Action(
            "map.change",
            _tr("Change the chosen table"),
            lambda: change_table(page),
            group,
            "columns-3",
            keywords="alter schema editor column rename drop migration index trigger view",
            enabled_when=lambda: cannot_change(page.chosen),
        ),
        Action("map.new_table", _tr("Make a new table"), lambda: new_table(page), group, "plus",
               keywords="create schema editor migration"),
        Action("map.split", _tr("Split the chosen table"), lambda: split_table(page), group, "arrow-left-right",
               keywords="divide extract normalise move columns new table migration",
               enabled_when=lambda: cannot_change(page.chosen) or _with(page.chosen, why_not_split)),
        Action("map.merge", _tr("Merge a table into the chosen one"), lambda: merge_tables(page), group,
               "group", keywords="join combine one to one tables migration",
               enabled_when=lambda: cannot_change(page.chosen) or _with(page.chosen, partial(_not_merged, page))),
        Action("map.docs", _tr("Write a data dictionary"), page.write_dictionary, group, "book-text"),
        Action("map.export", _tr("Save the map as picture or text"), page.export, group, "download", "Ctrl+E"),
        Action("map.print", _tr("Print the map"), page.print, group, "printer", "Ctrl+P"),
    )  # fmt: skip


def _with(table: Table | None, why_not: Callable[[Table], str]) -> str:
    return why_not(table) if table is not None else ""


def _not_merged(page: SchemaMapPage, table: Table) -> str:
    return why_not_merged(page.schema, table) if page.schema is not None else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("schema map", text)
