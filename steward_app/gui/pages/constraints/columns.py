"""The columns of the page's two lists: constraints, and findings about the schema itself."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QResizeEvent

from steward_app.gui.format import name_alone, shown_name
from steward_app.gui.look import px
from steward_app.gui.pages.constraints.words import (
    TONES,
    kind_words,
    rows_checked,
    severity_words,
    state_words,
    subject_words,
)
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.states import SEVERITIES
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.kernel.finding import Finding
from steward_app.services.schema.check import CheckedConstraint

_ROOM_FOR_ALL = 720  # width of the design


class ConstraintTable(SimpleTable[CheckedConstraint]):
    """Constraints. Where there is little room the rule has it; how many rows were checked stands in the details."""

    def __init__(self, name: str) -> None:
        super().__init__(name, constraint_columns(), key=lambda checked: checked.constraint.id, row_height=32)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setColumnHidden(len(constraint_columns()) - 1, self.width() < px(_ROOM_FOR_ALL))


def constraint_columns() -> list[Column[CheckedConstraint]]:
    """State, kind, table, rule, rows."""

    def state(checked: CheckedConstraint) -> Cell:
        tone, icon = TONES[checked.state]
        return state_cell(state_words(checked), tone, icon)

    return [
        Column(_tr("State"), state, 176, order=_worst_first),
        Column(_tr("Kind"), lambda c: kind_words(c.constraint.kind), 96),
        Column(_tr("Table"), lambda c: Cell(name_alone(c.constraint.table), mono=True), 136),
        Column(_tr("Rule"), lambda c: Cell(shown_name(c.constraint.rule), mono=True)),
        Column(_tr("Rows checked"), rows_checked, 116, right=True, order=lambda c: c.rows_checked or 0),
    ]


def finding_columns() -> list[Column[Finding]]:
    """How much it matters, what it is about, in one sentence."""

    def state(finding: Finding) -> Cell:
        icon, tone = SEVERITIES[finding.severity]
        return state_cell(severity_words(finding.severity), tone, icon)

    return [
        Column(_tr("State"), state, 112, order=lambda finding: finding.severity.rank),
        Column(_tr("About"), subject_words, 96),
        Column(_tr("Finding"), lambda finding: finding.title),
    ]


def _worst_first(checked: CheckedConstraint) -> tuple[int, int, int, str]:
    severity = checked.finding.severity.rank if checked.finding else 9
    return checked.state.rank, severity, -checked.broken_rows, checked.constraint.table


def _tr(text: str) -> str:
    return QCoreApplication.translate("constraints", text)
