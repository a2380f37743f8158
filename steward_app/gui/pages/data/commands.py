"""What can be done on the data page, as actions: for buttons, keys, the palette and the menu of a cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import QMenu

from steward_app.gui.actions import Action, add_to_menu
from steward_app.gui.format import shown_name
from steward_app.gui.pages.data.time_commands import cell_history, history_action, time_actions, travel_action
from steward_app.services.rows import Preview

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage

FIND, QUERY, ROWS = "find", "query", "rows"


@dataclass(frozen=True, slots=True)
class Own:
    """The actions that have a button of their own."""

    reveal: Action
    export: Action
    back: Action
    column: Action
    travel: Action
    history: Action


def own_actions(page: DataPage) -> Own:
    """Made once, before the buttons."""
    group, rows = page.spec.title, page.browse.rows

    def no_personal() -> str:
        if page.way == FIND:
            return _tr("Tick “Show the values” to see what is found.")
        return "" if page.has_personal else _tr("No column here looks personal.")

    def no_rows() -> str:
        return "" if page.rows is not None else _tr("There are no rows to export.")

    def no_way_back() -> str:
        return "" if page.trail else _tr("There is nothing to go back to yet.")

    def no_column() -> str:
        column = rows.current_column
        if page.way != ROWS or column is None:
            return _tr("Choose a cell of the column first.")
        return _tr("{name} is hidden.").format(name=shown_name(column.name)) if column.hidden else ""

    return Own(
        Action("data.reveal", _tr("Show personal columns"), page.toggle_personal, group, "eye", "Ctrl+Shift+P",
               no_personal, _tr("hide reveal hidden")),
        Action("data.export", _tr("Export rows"), page.export, group, "download", "Ctrl+E", no_rows,
               "csv json parquet save"),
        Action("data.back", _tr("Back to where you came from"), page.go_back, group, "arrow-left", "Alt+Left",
               no_way_back),
        Action("data.column", _tr("About this column"), page.browse.about_column, group, "sigma", "Ctrl+I",
               no_column, _tr("statistics count values")),
        travel_action(page),
        history_action(page),
    )  # fmt: skip


def page_commands(page: DataPage) -> tuple[Action, ...]:
    """Everything that can be done on the page."""
    group, own = page.spec.title, page.actions_of_page

    def show(way: str) -> Callable[[], None]:
        return lambda: page.show_way(way)

    return (
        Action("data.rows", _tr("Browse a table"), show(ROWS), group, "table-2", "Ctrl+Shift+B"),
        Action("data.table", _tr("Choose another table"), page.focus_tables, group, "table-2", "Ctrl+T"),
        Action("data.query", _tr("Ask the file in SQL"), show(QUERY), group, "terminal", "Ctrl+Shift+Q"),
        Action("data.find", _tr("Find a value in all tables"), show(FIND), group, "search", "Ctrl+Shift+F"),
        Action("data.jump", _tr("Go to a row"), page.focus_jump, group, "target", "Ctrl+G"),
        own.back,
        own.reveal,
        own.export,
        own.column,
        own.travel,
        own.history,
        *time_actions(page),
        Action("data.count", _tr("Count the rows exactly"), page.count, group, "hash",
               enabled_when=lambda: "" if page.rows is not None else _tr("There are no rows here.")),
        *cell_actions(page),
    )  # fmt: skip


def cell_actions(page: DataPage) -> tuple[Action, ...]:
    """What can be done with the current cell of the table that is browsed, and with its row and column."""
    browse, group = page.browse, page.spec.title
    rows = browse.rows

    def no_cell() -> str:
        if page.way != ROWS:
            return _tr("This is for the rows of a table.")
        return "" if rows.current is not None else _tr("Choose a cell first.")

    def no_value() -> str:
        column = rows.current_column
        if reason := no_cell():
            return reason
        if column is not None and column.hidden:
            return _tr("{name} is hidden.").format(name=shown_name(column.name))
        return ""

    def no_short_value() -> str:
        return no_value() or (
            _tr("The value is too long for a filter.") if isinstance(rows.current_cell, Preview) else ""
        )

    def no_link() -> str:
        if reason := no_value():
            return reason
        linked = browse.follow.link_of(rows.current_column) is not None and rows.current_cell is not None
        return "" if linked else _tr("The value does not point anywhere.")

    def no_named_row() -> str:
        return no_cell() or browse.why_not_in_backups

    def with_cell(do: Callable[..., None]) -> Callable[[], None]:
        def done() -> None:
            if rows.current is not None and rows.current_column is not None:
                do(rows.current_column, rows.current)

        return done

    return (
        Action("data.record", _tr("Show the whole row"), with_cell(lambda column, ref: browse.side.show_row(ref)),
               group, "rows-3", enabled_when=no_cell),
        Action("data.backups", _tr("Find this row in backups"),
               with_cell(lambda column, ref: browse.find_in_backups(ref.key)),
               group, "history", enabled_when=no_named_row),
        cell_history(page),
        Action("data.look", _tr("Show where the value points"), with_cell(browse.follow.look), group, "link",
               enabled_when=no_link),
        Action("data.go", _tr("Go where the value points"), with_cell(browse.follow.go), group, "arrow-right",
               enabled_when=no_link),
        Action("data.only", _tr("Show only rows with this value"), browse.narrow_to_cell, group, "list-filter",
               enabled_when=no_short_value),
        Action("data.filter", _tr("Filter by this column"), browse.focus_filter, group, "list-filter", "Ctrl+L",
               enabled_when=no_value),
        Action("data.clear", _tr("Clear the filter"), browse.clear_filter, group, "x",
               enabled_when=lambda: "" if rows.status().filter else _tr("No filter is set.")),
        Action("data.up", _tr("Sort by this column, smallest first"), lambda: browse.sort(descending=False),
               group, "arrow-up", "Ctrl+Up", enabled_when=no_cell),
        Action("data.down", _tr("Sort by this column, largest first"), lambda: browse.sort(descending=True),
               group, "arrow-down", "Ctrl+Down", enabled_when=no_cell),
        Action("data.unsort", _tr("Back to the table's own order"), lambda: rows.set_sort(None), group, "undo-2",
               enabled_when=lambda: "" if rows.status().sort else _tr("It is in its own order.")),
        Action("data.copy", _tr("Copy what is chosen"), page.copy, group, "copy",
               enabled_when=lambda: "" if page.rows is not None and page.rows.current is not None
               else _tr("Choose a cell first.")),
    )  # fmt: skip


_KEYS_OF_ROWS = {
    "data.record": "Return",
    "data.look": "Space",
    "data.go": "Ctrl+Return",
    "data.copy": "Ctrl+C",
}
"""Keys the table itself answers to: bound for the window they would be taken from every field."""


def cell_menu(page: DataPage) -> tuple[Action | None, ...]:
    """The same for the menu of a cell, with a line between what belongs together."""
    made = {
        action.id: replace(action, shortcut=_KEYS_OF_ROWS.get(action.id, action.shortcut))
        for action in (*cell_actions(page), page.actions_of_page.column, page.actions_of_page.history)
    }
    order = (
        "record",
        "history",
        "cell_history",
        "backups",
        "",
        "look",
        "go",
        "",
        "only",
        "filter",
        "clear",
        "",
        "up",
        "down",
        "unsort",
        "",
        "column",
        "copy",
    )
    return tuple(made[f"data.{name}"] if name else None for name in order)


def show_cell_menu(page: DataPage, at: QPoint) -> None:
    """The menu of the current cell, at a place on the screen."""
    menu = QMenu(page)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    add_to_menu(menu, cell_menu(page))
    menu.popup(at)


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
