"""How the file differs now from an earlier moment, table by table, and what of it would come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from steward_app.db import fold
from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.layout import fix
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.surfaces import Card
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.services.restore import Difference, Kind, TableDifference


@dataclass(frozen=True, slots=True)
class Line:
    """A table that differs.

    Attributes:
        missing: rows that were there then and are not now.
        gone: whether the table itself is not there any more.
        note: what to know of it, a sentence, or "".
    """

    table: str
    missing: int
    new: int
    changed: int
    gone: bool = False
    note: str = ""

    def count(self, kind: Kind) -> int:
        """How many of its rows differ in one way."""
        return {Kind.REMOVED: self.missing, Kind.CHANGED: self.changed, Kind.ADDED: self.new}[kind]


class DifferenceCard(Card):
    """The tables that differ. The one that is chosen shows its rows beside.

    Signals:
        chosen: a `Line`, or None.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._back: Mapping[str, int] = {}
        self.table: SimpleTable[Line] = SimpleTable(
            _tr("Tables that differ"), self._columns(), key=lambda line: fold(line.table), side=16
        )
        fix(self.table, least=120)
        self._rest = Label(role="small", tone=Tone.MUTED, elide=True)
        self._sum = Label(role="small", elide=True)
        super().__init__(
            _tr("Compared with now"), self.table, flush=True, foot=(self._sum, self._rest), parent=parent
        )
        self.body.setStretch(0, 1)
        self.table.chosen.connect(self.chosen)

    def show_difference(self, found: Difference) -> tuple[Line, ...]:
        """Show the tables that differ; gives them."""
        lines = lines_of(found)
        self._back = {}
        self.table.set_rows(lines)
        missing, new, changed = (
            sum(getattr(line, each) for line in lines) for each in ("missing", "new", "changed")
        )
        told = _tr("{missing} missing, {new} new, {changed} changed")
        self._sum.say(told.format(missing=integer(missing), new=integer(new), changed=integer(changed)))
        same = sum(table.same and not table.problem for table in found.tables)
        self._rest.say(plural(same, _tr("table is the same"), _tr("tables are the same")))
        self._rest.setVisible(bool(same))
        return lines

    def show_back(self, back: Mapping[str, int]) -> None:
        """How many rows of each table come back, by folded names."""
        self._back = dict(back)
        self.table.viewport().update()

    def _columns(self) -> list[Column[Line]]:
        def back(line: Line) -> Cell:
            count = self._back.get(fold(line.table), 0)
            return Cell(integer(count) if count else "", right=True, bold=True)

        return [
            Column(_tr("Table"), lambda line: Cell(shown_name(line.table), mono=True)),
            Column(_tr("Missing"), lambda line: _figure(line.missing, Tone.DANGER, bold=True), 72, right=True,
                   order=lambda line: line.missing),
            Column(_tr("New"), lambda line: _figure(line.new, Tone.MUTED), 52, right=True, order=lambda line: line.new),
            Column(_tr("Changed"), lambda line: _figure(line.changed, Tone.MUTED), 76, right=True,
                   order=lambda line: line.changed),
            Column(_tr("Bring back"), back, 92, right=True,
                   order=lambda line: self._back.get(fold(line.table), 0)),
        ]  # fmt: skip


def lines_of(found: Difference) -> tuple[Line, ...]:
    """The tables that differ, those that are gone first."""
    gone = [
        Line(
            each.table,
            each.rows,
            0,
            0,
            gone=True,
            note=_tr("The table is gone. It is made again with its rows."),
        )
        for each in found.gone
    ]
    lines = [
        Line(each.table, each.removed, each.added, each.changed, note=_note(each))
        for each in found.tables
        if not each.same
    ]
    return (*gone, *lines)


def _note(table: TableDifference) -> str:
    if table.problem:
        return _tr("Its rows cannot be compared: {why}.").format(why=table.problem)
    parts = []
    if table.keyless:
        parts.append(_tr("Its rows have no key, so they are compared as wholes."))
    if table.gone_columns:
        names = shown_name(", ".join(table.gone_columns))
        parts.append(
            _tr("What stood in {names} does not come back: the table has lost that.").format(names=names)
        )
    if table.new_columns:
        names = shown_name(", ".join(table.new_columns))
        parts.append(_tr("{names} came since, and is not compared.").format(names=names))
    return " ".join(parts)


def _figure(count: int, tone: Tone, *, bold: bool = False) -> Cell:
    return Cell(integer(count) if count else "", right=True, tone=tone, bold=bold)


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
