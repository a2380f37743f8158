"""What can be done on the data page with the history of its tables and rows, as actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.db import fold
from steward_app.gui.actions import Action
from steward_app.gui.pages.data.words import key_words
from steward_app.kernel.values import Key
from steward_app.services.rows import Source
from steward_app.services.schema.model import Table

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage

_ROWS = "rows"
_LONGEST_KEY = 24


def travel_action(page: DataPage) -> Action:
    """Opens and leaves the time line."""
    return Action("data.travel", _tr("Time travel"), page.travel.toggle, page.spec.title, "clock", "Ctrl+Shift+T",
                  lambda: _no_rows(page) or (page.travel.why_not if page.travel.asked is None else ""),
                  _tr("as it was earlier moment slider history past"))  # fmt: skip


def history_action(page: DataPage) -> Action:
    """Goes to the history of the current row."""
    return Action("data.history", _tr("History of this row"), lambda: go_to_history(page), page.spec.title,
                  "history", "Ctrl+H", lambda: why_no_history(page), _tr("who changed audit"))  # fmt: skip


def time_actions(page: DataPage) -> tuple[Action, ...]:
    """What has no button in the head."""
    group, travel = page.spec.title, page.travel

    def at_now() -> str:
        return "" if travel.asked is not None else _tr("You are looking at the rows as they are now.")

    def not_earlier() -> str:
        return "" if travel.past is not None else _tr("Go to an earlier moment first, with Time travel.")

    def comparing() -> str:
        return "" if travel.compare.found is not None else _tr("Compare two moments first.")

    return (
        Action("data.now", _tr("Back to now"), lambda: travel.go(None), group, "clock", enabled_when=at_now),
        Action("data.earlier", _tr("Before the last change"), lambda: travel.step(-1), group, "chevron-left",
               "Alt+Shift+Left", lambda: _no_rows(page) or travel.why_not, _tr("time travel step")),
        Action("data.later", _tr("After the next change"), lambda: travel.step(1), group, "chevron-right",
               "Alt+Shift+Right", at_now, _tr("time travel step")),
        Action("data.compare", _tr("Compare two moments"), travel.compare.open, group, "git-compare",
               "Ctrl+Shift+M", lambda: _no_rows(page) or not_earlier(), _tr("differences diff")),
        Action("data.differences", _tr("Export differences"), travel.compare.export, group, "download",
               enabled_when=comparing),
        Action("data.setup", _tr("Set up history of tables"),
               lambda: page.context.navigate("audit", view="setup"), group, "sliders-horizontal",
               enabled_when=lambda: _no_page(page), keywords=_tr("audit install time travel")),
    )  # fmt: skip


def cell_history(page: DataPage) -> Action:
    """Goes to the history of the current cell."""
    return Action("data.cell_history", _tr("History of this cell"), lambda: go_to_history(page, cell=True),
                  page.spec.title, "history", enabled_when=lambda: why_no_history(page))  # fmt: skip


def why_no_history(page: DataPage) -> str:
    """Why the current row has no history that could be shown; "" when it has."""
    if reason := _no_rows(page) or _no_page(page):
        return reason
    if page.browse.rows.current is None:
        return _tr("Choose a row first.")
    history = page.travel.history
    if history is None or not history.kept:
        return page.travel.why_not
    return "" if page.browse.key_columns else _tr("The rows here have no key to find them by.")


def go_to_history(page: DataPage, *, cell: bool = False) -> None:
    """Show the history of the current row, or of its current cell, on the Audit page."""
    rows, table = page.browse.rows, page.browse.table
    if rows.current is None or table is None or rows.source is None:
        return
    key = log_key(rows.source, table, rows.current.key)
    if cell and rows.current_column is not None:
        page.context.navigate("audit", table=table.name, key=key, column=rows.current_column.name)
    else:
        page.context.navigate("audit", table=table.name, key=key)


def log_key(source: Source, table: Table, key: Key) -> Key:
    """A key of a page as the log writes it: its parts in the order of the primary key."""
    declared = table.primary_key.columns if table.primary_key is not None else ()
    if source.key is None or source.key.rowid:
        return key
    named = [fold(name) for name in source.key.columns]
    wanted = [fold(name) for name in declared]
    return tuple(key[named.index(name)] for name in wanted) if sorted(named) == sorted(wanted) else key


def history_words(page: DataPage) -> str:
    """What the button says: "History of row 10,213,923"."""
    rows = page.browse.rows
    if rows.current is None or not page.browse.key_columns:
        return _tr("History of this row")
    hidden = [column.name for column in rows.columns if column.hidden]
    key = key_words(rows.current.key, page.browse.key_columns, hidden)
    if len(key) > _LONGEST_KEY:
        return _tr("History of this row")
    return _tr("History of row {key}").format(key=key)


def _no_rows(page: DataPage) -> str:
    return "" if page.way == _ROWS else _tr("This is for the rows of a table.")


def _no_page(page: DataPage) -> str:
    return "" if "audit" in page.context.pages else _tr("There is no page for that.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
