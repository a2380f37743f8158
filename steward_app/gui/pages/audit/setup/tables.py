"""The tables of the file: tick them, see how they stand, choose what is logged of each, measure what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget

from steward_app.db import fold
from steward_app.gui.flow import Flow
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, fix, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.pages.audit.setup.columns import TableInspector
from steward_app.gui.pages.audit.setup.read import Line
from steward_app.gui.pages.audit.setup.ticked import TickedTable
from steward_app.gui.pages.audit.setup.words import (
    columns_words,
    day_words,
    hazard,
    not_tried,
    rows_words,
    state_words,
    time_words,
)
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.controls import Combo, SearchField
from steward_app.gui.widgets.parts import Parts
from steward_app.gui.widgets.surfaces import EmptyState
from steward_app.gui.widgets.table import Column
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.forecast import Forecast

_ROWS, _COLUMNS, _COST, _DAY = 3, 4, 5, 6
_WIDTHS = {_ROWS: 104, _COLUMNS: 128, _COST: 128, _DAY: 128}
_NARROWEST = 56 + 156 + 136  # of the design: box, state and a name that can be read
_EVERY = 0


class TablesSection(QWidget):
    """The list of tables and the inspector of one. It holds what was chosen; the view plans it.

    Signals:
        changed: other tables are ticked, or something else is logged of them.
        sql_wanted: the table whose SQL the steward wants to see.
    """

    changed = Signal()
    sql_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[Line, ...] = ()
        self._modes: dict[str, dict[str, Mode]] = {}
        self._costs: dict[str, Forecast] = {}
        self._begun = False
        self.measured = False  # something was, so that figures stand there, or that they are missing
        self.search = SearchField(_tr("Find a table"), _tr("Find a table"), width=136)
        self._kinds: tuple[tuple[str, Callable[[Line], bool]], ...] = (
            (_tr("All tables"), lambda line: True),
            (_tr("Not audited"), lambda line: line.status is None),
            (_tr("Audited"), lambda line: line.status is not None),
            (_tr("To arm again"), lambda line: line.status is not None and not line.is_armed),
            (_tr("With hazards"), lambda line: hazard(line) is not None),
        )
        self.kind = Combo(_tr("Which tables"), [words for words, _ in self._kinds])
        fix(self.kind, width=136)
        self.table: TickedTable[Line] = TickedTable(
            _tr("Tables"),
            self._columns(),
            identity=lambda line: fold(line.table),
            can_tick=lambda line: line.can_be_audited or line.status is not None,
            row_height=44,
        )
        self.inspector = TableInspector()
        self._none = EmptyState(
            "table-2", _tr("No table is shown"), _tr("The file has none that fits what you look for.")
        )
        self._stack = Parts()
        for widget in (self.table, self._none):
            self._stack.addWidget(widget)
        self._tools = Flow(self.search, self.kind, None, gap=12, margins=(24, 12, 24, 12))
        left = vbox(self._tools, self._stack)
        left.setStretch(1, 1)
        self.beside = Beside(boxed(left), self.inspector, width=384, below=880, scrolls=True)
        self.setLayout(vbox(self.beside))
        self.search.textChanged.connect(lambda _: self._filter())
        self.kind.activated.connect(lambda _: self._filter())
        self.table.viewport().installEventFilter(self)
        self.table.ticked.connect(self.changed)
        self.table.chosen.connect(lambda _: self._inspect())
        self.inspector.chosen.connect(self._choose_modes)
        self.inspector.sql_wanted.connect(self.sql_wanted)
        self._show_costs()

    def add_tools(self, *buttons: Button) -> None:
        """Put buttons above the list, at the right."""
        self._tools.add(boxed(hbox(*buttons, gap=12)))

    # What is chosen

    @property
    def to_install(self) -> tuple[Line, ...]:
        """The tables that are ticked and not under audit."""
        return tuple(line for line in self._lines if line.can_be_audited and self.table.is_ticked(line))

    @property
    def under_audit(self) -> tuple[Line, ...]:
        """The tables that are ticked and under audit."""
        return tuple(line for line in self._lines if line.status is not None and self.table.is_ticked(line))

    @property
    def audited(self) -> tuple[Line, ...]:
        """Every table that is under audit."""
        return tuple(line for line in self._lines if line.status is not None)

    @property
    def drifting(self) -> tuple[Line, ...]:
        """The tables that are under audit and not armed as they should be."""
        return tuple(line for line in self.audited if not line.is_armed)

    @property
    def current(self) -> Line | None:
        """The table whose columns are shown."""
        return self.table.current

    @property
    def personal(self) -> tuple[Line, ...]:
        """Of the tables to be put under audit, those with values that look personal and would be logged."""
        return tuple(line for line in self.to_install if self._personal(line))

    def columns_of(self, lines: Iterable[Line]) -> dict[str, Mode]:
        """What is to be logged of the columns of these tables, where that is not all: by "table.column"."""
        return {
            f"{line.table}.{column}": mode
            for line in lines
            for column, mode in self._modes.get(fold(line.table), {}).items()
            if mode is not Mode.FULL
        }

    @property
    def to_change(self) -> dict[str, Mode]:
        """What is to be logged otherwise of columns of tables that are under audit: by "table.column"."""
        return {
            f"{line.table}.{column}": mode
            for line in self.audited
            if line.status is not None
            for column, mode in self._modes.get(fold(line.table), {}).items()
            if mode is not line.status.columns.get(column, Mode.FULL)
        }

    def costs_of(self, lines: Iterable[Line]) -> tuple[Forecast, ...]:
        """What was measured of these tables."""
        return tuple(cost for line in lines if (cost := self._costs.get(fold(line.table))) is not None)

    # What is shown

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show the tables as they are now. At first, all that can be put under audit are ticked."""
        before = {fold(line.table): line.status is None for line in self._lines}
        self._lines = tuple(lines)
        self.table.tick(
            (each for each in lines if before.get(fold(each.table)) not in (None, each.status is None)), False
        )
        self.table.keep_ticks(fold(line.table) for line in lines)
        self._filter()
        if not self._begun and not self.audited:
            self.table.tick(self._lines, True)
        self._begun = True
        if self.table.current is None and self.table.rows:
            drifting = next((line for line in self.table.rows if line in self.drifting), self.table.rows[0])
            self.table.choose(drifting)
        self._inspect()
        self.changed.emit()

    def show_costs(self, costs: Iterable[Forecast]) -> None:
        """What the audit of tables will cost, as measured."""
        self._costs |= {fold(cost.table): cost for cost in costs}
        self.measured = True
        self._show_costs()
        self._inspect()

    def tick_only(self, lines: Iterable[Line]) -> None:
        """Tick these and no others."""
        self.table.tick(self._lines, False)
        self.table.tick(lines, True)

    def show_kind(self, drifting: bool) -> None:
        """Show every table; where some are not as they should be, the first of them is chosen."""
        self.search.clear()
        self.kind.setCurrentIndex(_EVERY)
        self._filter()
        if drifting and self.drifting:
            self.table.choose(self.drifting[0])

    def leave_personal_out(self) -> None:
        """Of columns that look personal, log only that they changed."""
        for line in self.personal:
            self._modes.setdefault(fold(line.table), {}).update(
                dict.fromkeys(self._personal(line), Mode.FLAG)
            )
            self._costs.pop(fold(line.table), None)
        self._modes_changed()

    def _personal(self, line: Line) -> tuple[str, ...]:
        modes = self._modes_of(line)
        return tuple(
            name
            for name in sorted(line.personal)
            if fold(name) not in line.needed and modes.get(name, Mode.FULL) is Mode.FULL
        )

    def _choose_modes(self, table: str, columns: tuple[str, ...], mode: Mode) -> None:
        self._modes.setdefault(fold(table), {}).update(dict.fromkeys(columns, mode))
        self._costs.pop(fold(table), None)  # it was measured for another choice
        self._modes_changed()

    def _modes_changed(self) -> None:
        self.table.viewport().update()
        self._inspect()
        self.changed.emit()

    def _modes_of(self, line: Line) -> Mapping[str, Mode]:
        logged = line.status.columns if line.status is not None else {}
        return {**logged, **self._modes.get(fold(line.table), {})}

    def _filter(self) -> None:
        wanted, fits = self.search.text().casefold(), self._kinds[max(0, self.kind.currentIndex())][1]
        lines = [line for line in self._lines if fits(line) and wanted in line.table.casefold()]
        self.table.set_rows(lines)
        self._stack.setCurrentIndex(0 if lines else 1)

    def _inspect(self) -> None:
        line = self.table.current
        modes = self._modes_of(line) if line is not None else {}
        cost = self._costs.get(fold(line.table)) if line is not None else None
        self.inspector.show_table(line, modes, cost)

    def _show_costs(self) -> None:
        """Costs stand there once they were measured; what there is no room for beside the names is hidden."""
        wanted = [_DAY, _COST, _ROWS] if self.measured else [_ROWS, _COLUMNS]
        room = self.table.viewport().width() - px(_NARROWEST)
        for column in (_ROWS, _COLUMNS, _COST, _DAY):
            self.table.setColumnHidden(column, True)
        for column in wanted:
            room -= px(_WIDTHS[column])
            self.table.setColumnHidden(column, room < 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._show_costs()
        return False

    def _columns(self) -> tuple[Column[Line], ...]:
        return (
            Column(_tr("Table"), _name_cell, order=lambda line: fold(line.table)),
            Column(_tr("State"), _state_cell, width=156, order=_state_order),
            Column(_tr("Rows"), lambda line: rows_words(line.rows), width=_WIDTHS[_ROWS], right=True,
                   order=lambda line: line.rows.rows if line.rows else -1),
            Column(_tr("Columns"), lambda line: columns_words(line, self._modes_of(line)),
                   width=_WIDTHS[_COLUMNS], right=True,
                   order=lambda line: len(line.shape.columns) if line.shape else 0),
            Column(_tr("An update"), lambda line: Cell(self._cost_words(line), right=True),
                   width=_WIDTHS[_COST], right=True,
                   order=self._cost_order),
            Column(_tr("Log per day"), self._day_cell, width=_WIDTHS[_DAY], right=True, order=self._day_order),
        )  # fmt: skip

    def _cost_words(self, line: Line) -> str:
        cost = self._costs.get(fold(line.table))
        if cost is None:
            return ""
        return _tr("not measured") if not_tried(cost) else time_words(cost.update)

    def _day_cell(self, line: Line) -> Cell:
        """What was measured for another choice of columns does not stand there any more, and that is said."""
        cost = self._costs.get(fold(line.table))
        if cost is None and line.can_be_audited and self.table.is_ticked(line):
            return Cell(_tr("measure again") if self._modes.get(fold(line.table)) else _tr("not measured"),
                        tone=Tone.MUTED, right=True)  # fmt: skip
        return Cell(day_words(cost), right=True)

    def _cost_order(self, line: Line) -> float:
        cost = self._costs.get(fold(line.table))
        of = cost.update if cost is not None else None
        return of.with_us - of.without_us if of is not None else -1.0

    def _day_order(self, line: Line) -> int:
        cost = self._costs.get(fold(line.table))
        return cost.bytes_a_day if cost is not None and cost.bytes_a_day is not None else -1


def _name_cell(line: Line) -> Cell:
    name = shown_name(line.table)
    if line.status is not None and line.status.why:
        why = line.status.why[0]
        return Cell(name, mono=True, second=f"{why[:1].upper()}{why[1:]}")
    found = hazard(line)
    if found is None:
        return Cell(name, mono=True)
    icon, tone = ("ban", Tone.MUTED) if found.blocks else ("triangle-alert", Tone.WARNING)
    return Cell(name, mono=True, icon=icon, icon_tone=tone, second=found.title)


def _state_cell(line: Line) -> Cell:
    return state_cell(*state_words(line))


def _state_order(line: Line) -> int:
    if line.status is not None:
        return list(State).index(line.status.state)
    return 10 if line.can_be_audited else 11


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
