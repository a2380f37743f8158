"""Saying what a table and its columns are, in the steward's own words, kept in the policy beside the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFormLayout, QWidget

from steward_app.catalog.policy import policy_path, read_policy
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, measure
from steward_app.gui.widgets.controls import TextField
from steward_app.gui.widgets.dialog import FormDialog
from steward_app.gui.widgets.text import Label, name
from steward_app.services.schema.model import Table

Comments = Mapping[tuple[str, str], str]
"""The steward's own words, by (table, column); the column is "" for the table itself."""


class DescribeDialog(FormDialog):
    """A line for the table and one for each of its columns.

    Signals:
        kept: what was written otherwise than before, as `changed`.
    """

    kept = Signal(object)

    def __init__(self, table: Table, comments: Comments, file: Path, parent: QWidget) -> None:
        title = shown_name(table.name)
        where = _tr("Kept in {file}, which the data dictionary reads.").format(file=policy_path(file).name)
        super().__init__(
            parent,
            _tr("Describe {table}").format(table=title),
            where,
            _tr("Keep the descriptions"),
            heading=(_tr("What is {table}?").format(table=title),),
            wide=560,
        )
        self._before = {place: comments.get(place, "") for place in _places(table)}
        self._fields: dict[tuple[str, str], TextField] = {}
        form = QFormLayout()
        measure(form, (0, 0, 0, 0), (12, 8))
        for place, written in self._before.items():
            title = place[1] or _tr("The table")
            stated = (
                table.comment
                if not place[1]
                else next(c.comment for c in table.columns if c.name == place[1])
            )
            field = TextField(shown_name(title), stated)
            field.setText(written)
            self._fields[place] = field
            label = Label(name(place[1])) if place[1] else Label(title, role="strong")
            label.setBuddy(field)
            form.addRow(label, field)
        self.add(boxed(form))

    def submit(self) -> None:
        """Hand over what was written."""
        changed = self.changed
        self.accept()
        if changed:
            self.kept.emit(changed)

    @property
    def changed(self) -> dict[tuple[str, str], str]:
        """What was written otherwise than before; "" takes a description back."""
        return {
            place: field.text().strip()
            for place, field in self._fields.items()
            if field.text().strip() != self._before[place]
        }


def keep_descriptions(file: Path, changed: Comments) -> Comments:
    """Write descriptions into the policy beside a file; gives all there are now.

    Raises `UsageError` when the policy is not valid, `Failure` when it changed on disk meanwhile or cannot be written.
    """
    policy = read_policy(file)
    for (table, column), comment in changed.items():
        policy.set_comment(table, column, comment)
    policy.save()
    return policy.comments()


def _places(table: Table) -> list[tuple[str, str]]:
    return [(table.name, ""), *((table.name, column.name) for column in table.columns if not column.hidden)]


def _tr(text: str) -> str:
    return QCoreApplication.translate("schema_map", text)
