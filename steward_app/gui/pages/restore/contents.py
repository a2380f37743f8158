"""Which tables a restore point holds, and how many rows of each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLayout, QSizePolicy, QWidget

from steward_app.db.content import TableContent
from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.layout import Item, boxed, vbox
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label


def contents_table(tables: Sequence[TableContent]) -> QWidget:
    """A line a table, with their sum, as high as it needs to be."""
    rows = sum(table.rows for table in tables)
    total = TableContent(plural(len(tables), _tr("table"), _tr("tables")), rows, "")

    def name(table: TableContent) -> Cell:
        if table is total:
            return Cell(table.name, bold=True)
        return Cell(shown_name(table.name), mono=True)

    columns: list[Column[TableContent]] = [
        Column(_tr("Table"), name),
        Column(
            _tr("Rows"),
            lambda table: Cell(integer(table.rows), right=True, bold=table is total),
            120,
            right=True,
        ),
    ]
    shown: SimpleTable[TableContent] = SimpleTable(_tr("Rows, by table"), columns, side=0, row_height=25)
    shown.set_rows((*tables, total))
    shown.horizontalHeader().setSectionsClickable(False)
    shown.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    shown.show_whole()
    return shown


def section(title: str, *items: Item) -> QWidget:
    """A heading and what stands under it."""
    return boxed(vbox(Label(title, role="heading"), *items, gap=4))


def told_wide(words: QLayout) -> QWidget:
    """Words that wrap, as an item of a `Flow` that takes what is left of its row."""
    told = boxed(words)
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    told.setSizePolicy(policy)
    return told


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
