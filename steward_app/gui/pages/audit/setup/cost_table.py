"""What the audit of several tables will cost, beside the plan that puts them under audit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, fix, vbox
from steward_app.gui.pages.audit.setup.words import (
    bytes_words,
    day_words,
    growth_sentences,
    not_tried,
    time_words,
)
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.services.audit.guard.forecast import Forecast

_MOST_ROWS = 12  # that stand there without scrolling


_Line = tuple[str, Forecast | None]  # a table, and what was measured of it


def cost_table(tables: Sequence[str], costs: Sequence[Forecast]) -> QWidget:
    """A line for each table: time and bytes of a change, bytes a day.

    Args:
        costs: what was measured of them as they will be logged; a table may be missing.
    """
    found = {cost.table: cost for cost in costs}
    table: SimpleTable[_Line] = SimpleTable(
        _tr("What it costs, by table"),
        (
            Column(_tr("Table"), lambda line: Cell(shown_name(line[0]), mono=True)),
            Column(
                _tr("An insert"),
                lambda line: _cell(line, lambda cost: time_words(cost.insert)),
                width=128,
                right=True,
            ),
            Column(
                _tr("An update"),
                lambda line: _cell(line, _update_words),
                width=128,
                right=True,
            ),
            Column(
                _tr("Log per change"),
                lambda line: _cell(line, lambda cost: bytes_words(cost.insert)),
                width=112,
                right=True,
            ),
            Column(
                _tr("Log per day"),
                lambda line: _cell(line, day_words, _tr("not measured")),
                width=120,
                right=True,
            ),
        ),
        key=lambda line: line[0],
        side=0,
        row_height=25,
    )
    table.set_rows((name, found.get(name)) for name in tables)
    if len(tables) <= _MOST_ROWS:
        table.show_whole()
    else:
        fix(table, height=25 * (_MOST_ROWS + 1))
    return boxed(
        vbox(
            Label(_tr("What it costs, by table"), role="heading"),
            table,
            Label(growth_sentences(costs, len(tables)), role="small", tone=Tone.MUTED, wrap=True),
            gap=4,
        )
    )


def _cell(line: _Line, words: Callable[[Forecast], str], otherwise: str = "") -> Cell:
    cost = line[1]
    return Cell(words(cost), right=True) if cost is not None else Cell(otherwise, tone=Tone.MUTED, right=True)


def _update_words(cost: Forecast) -> str:
    return _tr("not measured") if not_tried(cost) else time_words(cost.update)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
