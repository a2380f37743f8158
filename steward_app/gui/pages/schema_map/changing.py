"""Changing the schema from the map: an editor for the first change, then the list of all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.gui.context import Message
from steward_app.gui.format import shown_name
from steward_app.kernel.errors import StewardError

if TYPE_CHECKING:
    from steward_app.gui.pages.schema_map.editor.start import Start
    from steward_app.gui.pages.schema_map.page import SchemaMapPage
    from steward_app.services.migrate.draft.change_list import ChangeList
    from steward_app.services.migrate.files import NewMigration


def change_table(page: SchemaMapPage) -> None:
    """Let the steward change the chosen table."""
    from steward_app.gui.pages.schema_map.editor.opening import open_table

    chosen = page.chosen
    if chosen is not None:
        _begin(page, lambda start: open_table(start, chosen))


def new_table(page: SchemaMapPage) -> None:
    """Let the steward make a table."""
    from steward_app.gui.pages.schema_map.editor.opening import open_new

    _begin(page, open_new)


def split_table(page: SchemaMapPage) -> None:
    """Let the steward move columns of the chosen table into a new one."""
    from steward_app.gui.pages.schema_map.editor.opening import open_split

    chosen = page.chosen
    if chosen is not None:
        _begin(page, lambda start: open_split(start, chosen))


def merge_tables(page: SchemaMapPage) -> None:
    """Let the steward merge a table into the chosen one."""
    from steward_app.gui.pages.schema_map.editor.opening import open_merge

    chosen = page.chosen
    if chosen is not None:
        _begin(page, lambda start: open_merge(start, chosen))


def _begin(page: SchemaMapPage, opens: Callable[[Start], None]) -> None:
    """Open an editor for the first change; the list of changes follows it."""
    from steward_app.gui.pages.schema_map.editor.start import Start
    from steward_app.services.migrate.draft.change_list import ChangeList

    schema = page.schema
    if schema is None:
        return
    none = ChangeList(schema.hash)
    try:
        opens(Start(schema, none, page.context, page, lambda changes: _list(page, changes)))
    except StewardError as error:
        page.show_error(error)


def _list(page: SchemaMapPage, changes: ChangeList) -> None:
    from steward_app.gui.pages.schema_map.editor.listing import ChangesDialog

    ChangesDialog(changes, page, lambda new: _show_written(page, new)).open()


def _show_written(page: SchemaMapPage, new: NewMigration) -> None:
    """Say where a migration is, and go to the page that runs it."""
    page.context.toast(Message(_tr("The migration is written"), shown_name(str(new.path))))
    if "migrations" in page.context.pages:
        page.context.navigate("migrations", file=new.path.name)


def _tr(text: str) -> str:
    return QCoreApplication.translate("schema map", text)
