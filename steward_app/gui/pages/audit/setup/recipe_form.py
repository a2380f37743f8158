"""The form in which a trigger recipe is chosen: its kind, its table, and what that kind asks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from steward_app.db import fold
from steward_app.gui.flow import Flow
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, fix, vbox
from steward_app.gui.pages.audit.setup.recipe_read import RecipesRead, TableChoice
from steward_app.gui.pages.audit.setup.ticked import TickedTable
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.controls import Combo, TextField, Tick
from steward_app.gui.widgets.surfaces import Card, Scroll
from steward_app.gui.widgets.table import Column
from steward_app.gui.widgets.text import Label
from steward_app.services.audit.recipes import (
    AppendOnly,
    Form,
    Immutable,
    OnDelete,
    SoftDelete,
    Spec,
    StatusLog,
    UpdatedAt,
    What,
)

_ROW, _MOST_ROWS = 28, 6
_KINDS = tuple(What)
_FORMS: tuple[Form | None, ...] = (None, *Form)
_MOST_DAYS = 36_500
_USUAL = "2026-11-20T21:31:24.123Z"  # of a column that is made for it
_STATUS = ("status", "state", "stage", "phase")


class RecipeForm(QWidget):
    """What is chosen: `spec`, or `reason` why there is none yet.

    Signals:
        changed: something else is chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found = RecipesRead((), ())
        self.kind = Combo(_tr("Recipe"), [kind_words(what) for what in _KINDS])
        self.table = Combo(_tr("Table"), mono=True)
        self.column = Combo(_tr("Column"), mono=True)
        self.column.setEditable(True)
        self.pick = Combo(_tr("Column"), mono=True)
        self.form = Combo(_tr("How moments are written"), [_form_words(form) for form in _FORMS])
        self.days = TextField(_tr("Days of grace"))
        self.on_delete = Combo(_tr("What a DELETE does"), [_tr("Marks the row"), _tr("Fails")])
        self.once = Tick(_tr("An empty cell may still be filled"))
        self.log = TextField(_tr("Table of the log"), _tr("Named after table and column"))
        self.signed = Combo(
            _tr("Say who"),
            [_tr("Say who where the file has an audit"), _tr("Say who"), _tr("Do not say who")],
        )
        self.columns = _names(_tr("Columns that never change"))
        self.followers = _names(_tr("Tables whose rows follow"))
        for combo in (self.kind, self.table, self.column, self.pick, self.form, self.on_delete, self.signed):
            fix(combo, width=264)
        fix(self.log, width=264)
        fix(self.days, width=104)
        self.days.setText("30")
        self._means = Label(tone=Tone.MUTED, wrap=True)
        self._parts = {
            "column": _line(_tr("Column"), self.column),
            "pick": _line(_tr("Column"), self.pick),
            "form": _line(_tr("Moments are written"), self.form),
            "days": _line(_tr("Days until a row may be purged"), self.days),
            "on_delete": _line(_tr("A DELETE"), self.on_delete),
            "children": boxed(vbox(Label(_tr("Rows of these tables follow, too")), self.followers, gap=4)),
            "columns": boxed(vbox(Label(_tr("Columns that never change")), self.columns, gap=4)),
            "once": self.once,
            "log": _line(_tr("Table of the log"), self.log),
            "signed": _line(_tr("The log"), self.signed),
        }
        card = Card(
            _tr("A recipe"),
            _line(_tr("Recipe"), self.kind),
            self._means,
            _line(_tr("Table"), self.table),
            *self._parts.values(),
            None,
            icon="zap",
            gap=12,
        )
        self.setLayout(vbox(Scroll(boxed(vbox(card, None, margins=(24, 16, 24, 24))))))
        self._connect()
        self._show_kind()

    def _connect(self) -> None:
        self.kind.currentIndexChanged.connect(lambda _: self._show_kind())
        self.table.currentIndexChanged.connect(lambda _: self._show_table())
        for combo in (self.pick, self.form, self.on_delete, self.signed):
            combo.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.column.currentTextChanged.connect(lambda _: self.changed.emit())
        for field in (self.days, self.log):
            field.textChanged.connect(lambda _: self.changed.emit())
        self.column.currentTextChanged.connect(lambda _: self._say_form())
        for table in (self.columns, self.followers):
            table.ticked.connect(self.changed)

    # What is shown

    def show_tables(self, found: RecipesRead) -> None:
        """The tables there are; what was chosen stays."""
        before = self._table.name if self._table is not None else ""
        self._found = found
        names = [each.name for each in found.tables]
        self.table.blockSignals(True)
        self.table.clear()
        self.table.addItems([shown_name(name) for name in names])
        if before in names:
            self.table.setCurrentIndex(names.index(before))
        self.table.blockSignals(False)
        self._show_table()

    def begin(self, table: str = "") -> None:
        """Start with the kind; on a table where one is named."""
        names = [each.name for each in self._found.tables]
        if table in names:
            self.table.setCurrentIndex(names.index(table))
        self.kind.setFocus()

    def _show_kind(self) -> None:
        what = self.what
        self._means.say(kind_meaning(what))
        wanted = {
            What.UPDATED_AT: {"column", "form"},
            What.SOFT_DELETE: {"column", "form", "days", "on_delete", "children"},
            What.IMMUTABLE: {"columns", "once"},
            What.APPEND_ONLY: set(),
            What.STATUS_LOG: {"pick", "form", "log", "signed"},
        }[what]
        for name, part in self._parts.items():
            part.setVisible(name in wanted)
        usual = {What.UPDATED_AT: "updated_at", What.SOFT_DELETE: "deleted_at"}.get(what, "")
        if usual:
            self.column.setCurrentText(usual)
        self._show_children()
        self._say_form()
        self.changed.emit()

    def _show_table(self) -> None:
        table = self._table
        names = table.columns if table is not None else ()
        typed = self.column.currentText()
        for combo in (self.column, self.pick):
            combo.blockSignals(True)
            combo.clear()
            combo.addItems([shown_name(name) for name in names])
            combo.blockSignals(False)
        self.column.setCurrentText(typed)
        self.pick.setCurrentIndex(max(0, _status_of(names)))
        self.columns.set_rows(names)
        self.columns.keep_ticks(names)
        _size(self.columns)
        self._show_children()
        self._say_form()
        self.changed.emit()

    def _show_children(self) -> None:
        children = self._table.children if self._table is not None else ()
        self.followers.set_rows(children)
        self.followers.keep_ticks(children)
        _size(self.followers)
        self._parts["children"].setVisible(self.what is What.SOFT_DELETE and bool(children))

    def _say_form(self) -> None:
        """What is written where nothing else is chosen: there are values to go by only in a column that is there."""
        table = self._table
        there = table is not None and self._named(self.column, table) in table.columns
        self.form.setItemText(0, _form_words(None) if there and self.what is not What.STATUS_LOG else _USUAL)

    # What is chosen

    @property
    def what(self) -> What:
        """The kind."""
        return _KINDS[max(0, self.kind.currentIndex())]

    @property
    def _table(self) -> TableChoice | None:
        at = self.table.currentIndex()
        return self._found.tables[at] if 0 <= at < len(self._found.tables) else None

    @property
    def reason(self) -> str:
        """Why there is no recipe yet; "" when there is."""
        if self._table is None:
            return _tr("The file has no table that a recipe can stand on.")
        what = self.what
        if what in (What.UPDATED_AT, What.SOFT_DELETE) and not self.column.currentText().strip():
            return _tr("Name the column.")
        if what is What.SOFT_DELETE and self._days is None:
            return _tr("The days are a number from 0 to 36,500.")
        if what is What.IMMUTABLE and not _ticked(self.columns):
            return _tr("Tick the columns that never change.")
        return ""

    @property
    def spec(self) -> Spec | None:
        """The recipe that is chosen, or None."""
        table = self._table
        if table is None or self.reason:
            return None
        column, form = self._named(self.column, table), _FORMS[max(0, self.form.currentIndex())]
        match self.what:
            case What.UPDATED_AT:
                return UpdatedAt(table.name, column, form)
            case What.SOFT_DELETE:
                how = (OnDelete.STAMP, OnDelete.REFUSE)[max(0, self.on_delete.currentIndex())]
                return SoftDelete(table.name, column, form, self._days or 0, _ticked(self.followers), how)
            case What.IMMUTABLE:
                return Immutable(table.name, _ticked(self.columns), self.once.isChecked())
            case What.APPEND_ONLY:
                return AppendOnly(table.name)
            case What.STATUS_LOG:
                signed = (None, True, False)[max(0, self.signed.currentIndex())]
                return StatusLog(
                    table.name, self._named(self.pick, table), self.log.text().strip(), form, signed
                )

    def _named(self, combo: Combo, table: TableChoice) -> str:
        """A column as the file writes it, or a new one as it was typed."""
        text = combo.currentText().strip()
        return next((name for name in table.columns if shown_name(name) == text), text)

    @property
    def _days(self) -> int | None:
        try:
            days = int(self.days.text())
        except ValueError:
            return None
        return days if 0 <= days <= _MOST_DAYS else None


def kind_words(what: What | None) -> str:
    """The kind of a recipe; None of one whose entry in the list cannot be read."""
    if what is None:
        return _tr("Cannot be read")
    return {
        What.UPDATED_AT: _tr("Stamp of the last change"),
        What.SOFT_DELETE: _tr("Soft delete"),
        What.IMMUTABLE: _tr("Columns that never change"),
        What.APPEND_ONLY: _tr("Append-only table"),
        What.STATUS_LOG: _tr("Log of a status"),
    }[what]


def kind_meaning(what: What) -> str:
    """What such a recipe does, whichever program writes."""
    return {
        What.UPDATED_AT: _tr(
            "A column says when its row was last changed. It is added where it is not there."
        ),
        What.SOFT_DELETE: _tr(
            "A deleted row stays, with the moment in a column. So do rows that ON DELETE CASCADE would delete with it, "
            "and those of the tables ticked below. After the days of grace they may be purged."
        ),
        What.IMMUTABLE: _tr("The values of some columns cannot be changed once the row is there."),
        What.APPEND_ONLY: _tr("Rows are added, and never changed, replaced or deleted."),
        What.STATUS_LOG: _tr("A table of its own tells each value that a column had, and from when."),
    }[what]


def _form_words(form: Form | None) -> str:
    return {
        None: _tr("As the values that are there"),
        Form.ISO: _USUAL,
        Form.DATETIME: _tr("2026-11-20 21:31:24"),
        Form.UNIX: _tr("Seconds since 1970"),
        Form.UNIX_MS: _tr("Milliseconds since 1970"),
        Form.JULIAN: _tr("Julian days"),
    }[form]


def _names(title: str) -> TickedTable[str]:
    return TickedTable(
        title,
        (Column(_tr("Name"), lambda name: Cell(shown_name(name), mono=True)),),
        identity=str,
        can_tick=lambda name: True,
        row_height=_ROW,
    )


def _size(table: TickedTable[str]) -> None:
    fix(table, height=_ROW * (1 + min(len(table.rows), _MOST_ROWS)) + 4)


def _ticked(table: TickedTable[str]) -> tuple[str, ...]:
    return tuple(name for name in table.rows if table.is_ticked(name))


def _status_of(columns: Sequence[str]) -> int:
    """Where a status most likely stands; -1 where no name says so."""
    named = [fold(name) for name in columns]
    fitting = (at for word in _STATUS for at, name in enumerate(named) if word in name.split("_"))
    return next(fitting, -1)


def _line(words: str, *widgets: QWidget) -> QWidget:
    label = Label(words)
    fix(label, width=208)
    items: Sequence[QWidget] = (label, *widgets)
    return boxed(Flow(*items, gap=12))


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
