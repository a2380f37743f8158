"""Expanding a column in the window: which one, into what, and the files that do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from steward_app.db import open_read
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, fix, hbox, vbox
from steward_app.gui.pages.migrations.asking import Asking, show_migrations
from steward_app.gui.pages.migrations.words import tr
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.controls import Combo, LabelledField, TextField
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.migrate import history
from steward_app.services.migrate.desired.course import is_ours
from steward_app.services.migrate.expand.expand import Expanding, expand
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, TableKind

if TYPE_CHECKING:
    from steward_app.gui.pages.migrations.page import MigrationsPage

_MOST_COLUMNS = 6


class NewColumnRow(QWidget):
    """A new column: its name, its type, and how it is made from the old one."""

    def __init__(self, number: int, remove: Button) -> None:
        super().__init__()
        self.name = TextField(tr("Name of new column {n}").format(n=number), tr("Name"))
        self.type = TextField(tr("Type of new column {n}").format(n=number), tr("Type as before"))
        self.value = TextField(tr("How new column {n} is made").format(n=number), tr("Value as before"))
        self.remove = remove
        fix(self.type, width=130)
        row = hbox(self.name, self.type, self.value, remove, gap=8)
        row.setStretch(0, 1)
        row.setStretch(2, 2)
        self.setLayout(row)

    @property
    def wanted(self) -> Wanted:
        """What was typed."""
        return Wanted(self.name.text().strip(), self.type.text().strip() or None, self.value.text().strip())


class ExpandDialog(Asking):
    """Asks which column gets new ones beside it, and shows the files that do it."""

    def __init__(self, page: MigrationsPage, schema: Schema) -> None:
        self._page = page
        self._tables = [
            each for each in schema.tables if each.kind is TableKind.TABLE and not is_ours(each.name)
        ]
        self.table = Combo(tr("Table"), [shown_name(each.name) for each in self._tables], mono=True)
        self.column = Combo(tr("Column"), mono=True)
        self.table.currentIndexChanged.connect(lambda _: self._show_columns())
        self.rows: list[NewColumnRow] = []
        self._new = vbox(gap=6)
        self._more = link(tr("Another new column, to split it"), self.add_row)
        self.back = LabelledField(tr("How the old column is made from the new ones"), tr("Value as it is"))
        super().__init__(
            page,
            tr("Change a column while old and new programs run"),
            tr(
                "New columns are put beside the old one, and triggers keep both alike, whichever a program writes. When"
                " the old programs are gone, the old column is taken away by another migration. Two files are written;"
                " the database is not changed."
            ),
            tr("Show the files"),
            _pair(tr("Table"), self.table, tr("Column"), self.column),
            boxed(
                vbox(
                    Label(tr("New columns: name, type, and an expression over the old one")), self._new, gap=6
                )
            ),
            boxed(hbox(self._more, None)),
            self.back,
        )
        self.add_row()
        self._show_columns()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def choose(self, table: str, column: str) -> None:
        """Choose a column by name."""
        self.table.setCurrentIndex([each.name for each in self._tables].index(table))
        names = [each.name for each in self._tables[self.table.currentIndex()].columns]
        self.column.setCurrentIndex(names.index(column))

    def add_row(self) -> None:
        """A field for one more new column."""
        remove = Button(tr("Leave this column out"), kind=Kind.PLAIN_ICON, icon="x", small=True)
        row = NewColumnRow(len(self.rows) + 1, remove)
        remove.clicked.connect(lambda: self._take_out(row))
        self.rows.append(row)
        self._new.addWidget(row)
        self._reconsider_rows()

    def _take_out(self, row: NewColumnRow) -> None:
        self.rows.remove(row)
        self._new.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._reconsider_rows()

    def _reconsider_rows(self) -> None:
        for row in self.rows:
            row.remove.setVisible(len(self.rows) > 1)
        self._more.setVisible(len(self.rows) < _MOST_COLUMNS)
        self.fit()

    def _show_columns(self) -> None:
        at = self.table.currentIndex()
        self.column.clear()
        if at >= 0:
            self.column.addItems([shown_name(each.name) for each in self._tables[at].columns])

    def submit(self) -> None:
        """Have the files made, without writing them."""
        standing, at = self._page.standing, self.table.currentIndex()
        wanted = tuple(row.wanted for row in self.rows if row.name.text().strip())
        for row in self.rows:
            row.name.set_wrong("" if row.name.text().strip() else tr("Give it a name."))
        if standing is None or at < 0 or len(wanted) < len(self.rows):
            self.show_wrong(UsageError(ErrorCode.BAD_REQUEST, tr("Give every new column a name.")))
            return
        table = self._tables[at]
        column = table.columns[self.column.currentIndex()].name
        path, folder, back = standing.status.path, standing.status.folder, self.back.edit.text().strip()

        def work(context: Context) -> Expanding:
            with open_read(path) as session, session.under(context):
                above = max((row.version for row in history.read(session)), default=0)
                return expand(session, table.name, column, wanted, folder, back=back, above=above)

        self.ask(tr("Trying it on an empty copy"), work, self._show)

    def _show(self, made: Expanding) -> None:
        self.accept()
        show_migrations(
            self._page,
            tr("Two migrations, to be applied one after the other"),
            tr(
                "The first makes the new columns and the triggers, the second fills the rows that are there, batch by"
                " batch, so that other programs can write in between. The database is not changed yet."
            ),
            made.expand,
            made.fill,
        )


def expand_column(page: MigrationsPage) -> None:
    """Ask which column gets new ones beside it."""
    path = page.context.file.path

    def work(context: Context) -> Schema:
        with open_read(path) as session:
            return read_schema(session, context)

    page.run(tr("Reading the schema"), work, lambda schema: ExpandDialog(page, schema).open())


def _pair(one: str, first: QWidget, other: str, second: QWidget) -> QWidget:
    row = hbox(_labelled(one, first), _labelled(other, second), gap=12)
    row.setStretch(0, 1)
    row.setStretch(1, 1)
    return boxed(row)


def _labelled(words: str, control: QWidget) -> QWidget:
    label = Label(words)
    label.setBuddy(control)
    return boxed(vbox(label, control, gap=6))
