"""The inspector of one table: how it stands, its columns with what is logged of each, what it costs, its SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFrame, QWidget

from steward_app.db import fold
from steward_app.gui.format import integer, name_alone, plural, shown_name, when
from steward_app.gui.layout import Item, boxed, clear, fix, hbox, vbox
from steward_app.gui.pages.audit.setup.read import Line
from steward_app.gui.pages.audit.setup.words import (
    MODES,
    bytes_words,
    day_words,
    mode_words,
    not_tried,
    rate_words,
    state_meaning,
    state_words,
    time_words,
)
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.findings import FindingList
from steward_app.gui.widgets.plan_view import sql_card
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import EmptyState, KeyValueList, Scroll, Value
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard.forecast import Forecast

_ROW, _MOST_ROWS = 28, 8  # of columns that stand there without scrolling


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column, and what is or would be logged of it.

    Attributes:
        needed: it names the rows and is always logged in full.
        personal: it looks personal.
    """

    name: str
    mode: Mode
    needed: bool
    personal: bool


class TableInspector(QFrame):
    """What is known of one table, and the choice of what is logged of its columns.

    Signals:
        chosen: table, column names and the `Mode` the steward wants for them.
        sql_wanted: the table whose SQL the steward wants to see.
    """

    chosen = Signal(str, object, object)
    sql_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "inspector")
        self.setAccessibleName(_tr("The table"))
        self._line: Line | None = None
        self._head = vbox(gap=8)
        self._more = vbox(gap=12)
        self.columns: SimpleTable[ColumnLine] = SimpleTable(
            _tr("Columns"), _columns(), key=lambda column: column.name, several=True, side=0
        )
        self._what = Label(_tr("Of the chosen columns, log"), role="small", tone=Tone.MUTED)
        self.modes = Segments(_tr("What is logged"), *((mode.value, mode_words(mode)) for mode in MODES))
        self._why_not = Label(role="small", tone=Tone.MUTED, wrap=True)
        self._change = hbox()
        self._choice = boxed(
            vbox(self.columns, self._what, self.modes, self._why_not, boxed(self._change), gap=8)
        )
        self._none = EmptyState(
            "table-2",
            _tr("No table is chosen"),
            _tr("Choose one to see its columns, and what its audit costs."),
        )
        body = vbox(self._head, self._choice, self._more, None, gap=12, margins=(20, 16, 20, 16))
        self._body = Scroll(boxed(body))
        self.setLayout(vbox(self._body, self._none))
        self.modes.chosen.connect(self._choose)
        self.columns.chosen.connect(lambda _: self._show_choice())
        self.columns.selectionModel().selectionChanged.connect(lambda *_: self._show_choice())
        self.show_table(None, {}, None)

    def show_table(self, line: Line | None, modes: Mapping[str, Mode], cost: Forecast | None) -> None:
        """Show a table.

        Args:
            modes: what is or would be logged of its columns; those not named are logged in full.
            cost: what its audit would cost, when that was measured.
        """
        same = line is not None and self._line is not None and line.table == self._line.table
        self._line = line
        self._body.setVisible(line is not None)
        self._none.setVisible(line is None)
        if line is None:
            return
        clear(self._head)
        for item in self._about(line):
            self._head.addWidget(item)
        self._choice.setVisible(line.shape is not None and (line.can_be_audited or line.status is not None))
        shape = line.shape
        if shape is not None:
            self.columns.set_rows(
                ColumnLine(
                    column.name,
                    modes.get(column.name, Mode.FULL),
                    fold(column.name) in line.needed,
                    column.name in line.personal,
                )
                for column in shape.columns
            )
            fix(self.columns, height=_ROW * (1 + min(len(shape.columns), _MOST_ROWS)) + 4)
        if not same:
            self.columns.choose(None)
        self._show_choice()
        clear(self._more)
        if cost is not None:
            self._more.addWidget(_cost(cost))
        if line.can_be_audited:
            show = Button(
                _tr("Show the SQL"), lambda: self.sql_wanted.emit(line.table), icon="code", small=True
            )
            self._more.addWidget(boxed(hbox(show, None)))

    def add_change(self, button: Button) -> None:
        """Put the button that logs columns of an audited table otherwise below the choice; it shows when it can."""
        self._change.addWidget(button)
        self._change.addStretch(1)

    def show_sql(self, table: str, statements: tuple[str, ...]) -> None:
        """The exact SQL of a table, if that is still the one that is shown."""
        if self._line is None or self._line.table != table:
            return
        last = self._more.takeAt(self._more.count() - 1)
        if last is not None and (button := last.widget()) is not None:
            button.hide()
            button.deleteLater()
        card = sql_card(statements, opened=True)
        self._more.addWidget(card)

    @property
    def table(self) -> str:
        """The table that is shown, or ""."""
        return self._line.table if self._line is not None else ""

    def _about(self, line: Line) -> Iterator[QWidget]:
        yield Label(name_alone(line.table), role="mono-heading", elide=True)
        words, tone, icon = state_words(line)
        yield StateLabel(words, tone, icon)
        yield Label(state_meaning(line), tone=Tone.MUTED, wrap=True)
        status = line.status
        if status is not None:
            for why in status.why:
                yield Label(f"{why[:1].upper()}{why[1:]}.", wrap=True, tone=Tone.DANGER)
            facts: list[tuple[str, Value]] = [(_tr("Changes logged"), integer(status.changes))]
            if status.since:
                facts.append((_tr("Under audit since"), when(from_text(status.since))))
            yield KeyValueList(facts)
        findings = line.shape.findings if line.shape is not None else ()
        if findings:
            yield FindingList(findings, opened=True)

    # The choice of columns

    def _show_choice(self) -> None:
        line, chosen = self._line, self.columns.selected
        free = [column for column in chosen if not column.needed]
        reason = self._reason(line, chosen, free)
        self._why_not.say(reason)
        self._why_not.setVisible(bool(reason))
        self.modes.setEnabled(not reason)
        self.modes.setToolTip(reason)
        for button in self.modes.buttons:
            button.setAccessibleDescription(reason)
            button.setToolTip(reason)
        kinds = {column.mode for column in free}
        self.modes.choose(next(iter(kinds)).value if len(kinds) == 1 else "")
        count = plural(len(free), _tr("column"), _tr("columns"))
        self._what.say(
            _tr("Of {columns}, log").format(columns=count) if free else _tr("Of the chosen columns, log")
        )

    def _reason(self, line: Line | None, chosen: tuple[ColumnLine, ...], free: list[ColumnLine]) -> str:
        """Why nothing can be chosen now."""
        if line is None:
            return ""
        if line.status is not None and not line.is_armed:
            return _tr("Arm the table again first: it does not log as it should.")
        if not chosen:
            return _tr("Choose columns first: with Shift or Ctrl, several.")
        if not free:
            return _tr("What names the rows is always logged in full.")
        return ""

    def _choose(self, mode: str) -> None:
        names = tuple(column.name for column in self.columns.selected if not column.needed)
        if self._line is not None and names:
            self.chosen.emit(self._line.table, names, Mode(mode))


def _columns() -> tuple[Column[ColumnLine], ...]:
    return (
        Column(_tr("Column"), _name_cell),
        Column(_tr("Logged"), _mode_cell, width=160, order=lambda column: MODES.index(column.mode)),
    )


def _name_cell(column: ColumnLine) -> Cell:
    if column.personal:
        name = shown_name(column.name)
        spoken = _tr("{name}, looks personal").format(name=name)
        return Cell(name, mono=True, icon="id-card", icon_tone=Tone.PERSONAL, spoken=spoken)
    return Cell(shown_name(column.name), mono=True)


def _mode_cell(column: ColumnLine) -> Cell:
    if column.needed:
        return Cell(_tr("Always"), tone=Tone.MUTED, icon="key-round")
    return Cell(mode_words(column.mode), tone=Tone.TEXT if column.mode is Mode.FULL else Tone.WARNING)


def _cost(cost: Forecast) -> QWidget:
    """What its audit costs, as measured."""
    items: list[Item] = [Label(_tr("What it costs"), role="strong")]
    if cost.problem:
        items.append(Label(_tr("It could not be measured: {why}").format(why=cost.problem), wrap=True))
        return boxed(vbox(*items, gap=4))
    if not cost.sampled:
        items.append(Label(_tr("It is empty, so nothing could be measured."), wrap=True))
        return boxed(vbox(*items, gap=4))
    kinds = ((_tr("An insert"), cost.insert), (_tr("An update"), cost.update), (_tr("A delete"), cost.delete))
    rows: list[tuple[str, Value]] = [
        (kind, f"{time_words(of)}, {bytes_words(of)}") for kind, of in kinds if of is not None
    ]
    if reason := not_tried(cost):
        rows.insert(1, (_tr("An update"), reason))
    rows.append((_tr("Changes a day"), rate_words(cost)))
    rows.append((_tr("Bytes a day"), day_words(cost)))
    items.append(KeyValueList(rows, key_width=104))
    told = _tr("Measured with {rows} in a copy in memory.").format(
        rows=plural(cost.sampled, _tr("row"), _tr("rows"))
    )
    items.append(Label(told, role="small", tone=Tone.MUTED, wrap=True))
    return boxed(vbox(*items, gap=4))


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
