"""Changing the schema from the map: an editor for the first change, then the list of all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.gui.context import Message
from steward_app.gui.format import shown_name
from steward_app.kernel.errors import ErrorCode, StewardError, UsageError
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.gui.pages.schema_map.editor.start import Start
    from steward_app.gui.pages.schema_map.page import SchemaMapPage
    from steward_app.kernel.progress import Context
    from steward_app.services.migrate.draft.change_list import ChangeList
    from steward_app.services.migrate.files import NewMigration
    from steward_app.services.schema.model import Schema, Table


def change_table(page: SchemaMapPage) -> None:
    """Let the steward change the chosen table."""
    from steward_app.gui.pages.schema_map.editor.opening import open_table

    chosen = page.chosen
    if chosen is not None:
        _begin(page, lambda start: open_table(start, _there(start, chosen)))


def new_table(page: SchemaMapPage) -> None:
    """Let the steward make a table."""
    from steward_app.gui.pages.schema_map.editor.opening import open_new

    _begin(page, open_new)


def split_table(page: SchemaMapPage) -> None:
    """Let the steward move columns of the chosen table into a new one."""
    from steward_app.gui.pages.schema_map.editor.opening import open_split

    chosen = page.chosen
    if chosen is not None:
        _begin(page, lambda start: open_split(start, _there(start, chosen)))


def merge_tables(page: SchemaMapPage) -> None:
    """Let the steward merge a table into the chosen one."""
    from steward_app.gui.pages.schema_map.editor.opening import open_merge

    chosen = page.chosen
    if chosen is not None:
        _begin(page, lambda start: open_merge(start, _there(start, chosen)))


def _begin(page: SchemaMapPage, opens: Callable[[Start], None]) -> None:
    """Open an editor for the first change, where what waits to be applied leads; the list of changes follows it."""
    from steward_app.gui.pages.schema_map.editor.start import Start
    from steward_app.services.migrate.draft.change_list import beginning, begun
    from steward_app.services.migrate.folder import folder_of
    from steward_app.services.schema.introspect import read_schema

    file = page.context.file

    def work(context: Context) -> tuple[ChangeList, Schema, str]:
        with file.read() as session:
            none = begun(session, folder_of(file.path, must_be_there=False), context)
            with beginning(session, none) as begin:
                return none, read_schema(begin.schema, context), begin.told

    def show(found: tuple[ChangeList, Schema, str]) -> None:
        none, schema, waits = found
        try:
            opens(Start(schema, none, page.context, page, lambda changes: _list(page, changes), waits))
        except StewardError as error:
            page.show_error(error)

    page.run(_tr("Looking at what waits to be applied"), work, show, quiet=True)


def _there(start: Start, chosen: Table) -> Table:
    """The chosen table as what waits leaves it. Raises `UsageError` where it is not there any more."""
    table = start.schema.table(chosen.name)
    if table is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"{quoted(chosen.name)} is not there any more after {start.waits}.",
            hint="Nothing was changed. Apply what waits first; the map then shows what it is called.",
        )
    return table


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
