"""Saying what a table and its columns are, in the steward's own words, kept in the policy beside the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QDialog, QFormLayout, QWidget

from steward_app.catalog.policy import policy_path, read_policy
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, fix, hbox, measure, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import TextField
from steward_app.gui.widgets.surfaces import Scroll, frame
from steward_app.gui.widgets.text import Label, name
from steward_app.services.schema.model import Table

Comments = Mapping[tuple[str, str], str]
"""The steward's own words, by (table, column); the column is "" for the table itself."""


class DescribeDialog(QDialog):
    """A line for the table and one for each of its columns."""

    def __init__(self, table: Table, comments: Comments, file: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Describe {table}").format(table=shown_name(table.name)))
        self._before = {place: comments.get(place, "") for place in _places(table)}
        self._fields: dict[tuple[str, str], TextField] = {}
        form = QFormLayout()
        measure(form, (20, 8, 20, 8), (12, 8))
        for place, written in self._before.items():
            title = place[1] or self.tr("The table")
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
        where = self.tr("Kept in {file}, which the data dictionary reads.")
        head = vbox(
            Label(
                self.tr("What is {table}?").format(table=shown_name(table.name)), role="heading", wrap=True
            ),
            Label(where.format(file=policy_path(file).name), tone=Tone.MUTED, wrap=True),
            margins=(20, 16, 20, 4),
        )
        keep = Button(self.tr("Keep the descriptions"), self.accept, kind=Kind.PRIMARY)
        keep.setDefault(True)
        foot = frame(
            "foot", hbox(None, Button(self.tr("Cancel"), self.reject), keep, margins=(20, 12, 20, 12))
        )
        whole = vbox(boxed(head), Scroll(boxed(form)), foot)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        fix(self, width=560, height=min(640, 190 + 40 * len(self._fields)))

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
