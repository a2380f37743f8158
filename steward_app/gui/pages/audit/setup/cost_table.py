"""What the audit of several tables will cost, beside the plan that puts them under audit."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import full_stop, shown_name
from steward_app.gui.layout import boxed, fix, vbox
from steward_app.gui.pages.audit.setup.words import bytes_words, day_words, sum_words, time_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.services.audit.guard.forecast import Forecast

_MOST_ROWS = 12  # that stand there without scrolling


def cost_table(costs: Sequence[Forecast]) -> QWidget:
    """A line for each table: time and bytes of a change, bytes a day."""
    table: SimpleTable[Forecast] = SimpleTable(
        _tr("What it costs, by table"),
        (
            Column(_tr("Table"), lambda cost: Cell(shown_name(cost.table), mono=True)),
            Column(
                _tr("An insert"),
                lambda cost: Cell(time_words(cost.insert), right=True),
                width=128,
                right=True,
            ),
            Column(
                _tr("An update"),
                lambda cost: Cell(time_words(cost.update), right=True),
                width=128,
                right=True,
            ),
            Column(
                _tr("Log per change"),
                lambda cost: Cell(bytes_words(cost.insert), right=True),
                width=112,
                right=True,
            ),
            Column(_tr("Log per day"), lambda cost: Cell(day_words(cost), right=True), width=120, right=True),
        ),
        key=lambda cost: cost.table,
        side=0,
        row_height=25,
    )
    table.set_rows(costs)
    if len(costs) <= _MOST_ROWS:
        table.show_whole()
    else:
        fix(table, height=25 * (_MOST_ROWS + 1))
    told = (
        full_stop(_tr("The log will grow by {sum}").format(sum=sum_words(costs))) if sum_words(costs) else ""
    )
    return boxed(
        vbox(
            Label(_tr("What it costs, by table"), role="heading"),
            table,
            Label(told, role="small", tone=Tone.MUTED, wrap=True),
            gap=4,
        )
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
