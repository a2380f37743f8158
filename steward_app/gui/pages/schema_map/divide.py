"""Splitting a table, and merging another into it: what may be."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from steward_app.services.schema.model import Schema, Table


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


def _tr(text: str) -> str:
    return QCoreApplication.translate("schema map", text)
