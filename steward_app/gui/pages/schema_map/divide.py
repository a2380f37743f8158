"""Splitting the chosen table, and merging another into it: what may be, and the dialogs that write the migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.gui.pages.schema_map.outlets import show_written
from steward_app.services.schema.model import Schema, Table

if TYPE_CHECKING:
    from steward_app.gui.pages.schema_map.page import SchemaMapPage


def why_not_split(table: Table) -> str:
    """Why a table cannot be split, or ""."""
    from steward_app.services.migrate.draft.divide import cannot_be_split

    return cannot_be_split(table)


def why_not_merged(schema: Schema, table: Table) -> str:
    """Why no table can be merged into a table, or ""."""
    from steward_app.services.migrate.draft.divide import partners

    found = partners(schema, table)
    if not found:
        return _tr("No table points to it by one column.")
    return found[0].why_not


def split_table(page: SchemaMapPage) -> None:
    """Let the steward move columns of the chosen table into a new one."""
    from steward_app.gui.pages.schema_map.editor.divide import SplitDialog

    if page.chosen is not None:
        SplitDialog(page.chosen, page.context, page, lambda new: show_written(page, new)).open()


def merge_tables(page: SchemaMapPage) -> None:
    """Let the steward merge a table into the chosen one."""
    from steward_app.gui.pages.schema_map.editor.divide import MergeDialog
    from steward_app.services.migrate.draft.divide import partners

    if page.schema is not None and page.chosen is not None:
        found = partners(page.schema, page.chosen)
        MergeDialog(page.chosen, found, page.context, page, lambda new: show_written(page, new)).open()


def _tr(text: str) -> str:
    return QCoreApplication.translate("schema map", text)
