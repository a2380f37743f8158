"""The editors, each opened where the changes before it have led."""

from __future__ import annotations

from steward_app.gui.pages.schema_map.editor.dialog import SchemaEditor
from steward_app.gui.pages.schema_map.editor.divide import MergeDialog, SplitDialog
from steward_app.gui.pages.schema_map.editor.start import Start
from steward_app.services.migrate.draft.model import Draft
from steward_app.services.migrate.draft.read import draft_of
from steward_app.services.schema.model import Table


def open_table(start: Start, table: Table) -> None:
    """Change a table field by field. Raises `Refused` where its text cannot be taken apart."""
    SchemaEditor(draft_of(start.schema, table), start).open()


def open_new(start: Start) -> None:
    """Make a table."""
    SchemaEditor(Draft(""), start).open()


def open_split(start: Start, table: Table) -> None:
    """Move columns of a table into a new one."""
    SplitDialog(table, start).open()


def open_merge(start: Start, table: Table) -> None:
    """Merge a table into this one."""
    MergeDialog(table, start).open()
