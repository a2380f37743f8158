"""What the log missed, beside the list: which rows, and how they differed when it was found."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import when
from steward_app.gui.layout import fix
from steward_app.gui.pages.audit.proof.words import how_words
from steward_app.gui.pages.audit.read import Known
from steward_app.gui.pages.audit.shown import cells_hidden, key_text
from steward_app.gui.pages.audit.words import missed_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.surfaces import Card
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.services.audit.past.missed import Missed, MissedRow
from steward_app.services.audit.past.moments import from_milliseconds

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage

_ROW, _MOST = 32, 12  # rows of the table that are seen at once


def missed_items(one: Missed, known: Known, page: AuditPage) -> tuple[QWidget, ...]:
    """What it was, when it was found, and its rows; each of them leads to its history."""
    told = _tr("Found {when}. When it was done, by whom, and what was there, is not known.").format(
        when=when(from_milliseconds(one.at_ms), to_second=True)
    )
    items: list[QWidget] = [
        Label(missed_words(one), role="heading", wrap=True),
        Label(told, tone=Tone.MUTED, wrap=True),
    ]
    if one.rows:
        items.append(_rows(one, known, page))
    return tuple(items)


def _rows(one: Missed, known: Known, page: AuditPage) -> QWidget:
    of = known.table(one.table)
    personal = of.personal if of is not None else frozenset()
    hides = cells_hidden(dict.fromkeys(one.columns), personal)
    hidden = frozenset() if page.reveal else personal
    table: SimpleTable[MissedRow] = SimpleTable(
        _tr("Rows that the log missed"),
        (
            Column(_tr("Row"), lambda row: Cell(key_text(row.key, one.columns, hidden), mono=True)),
            Column(_tr("How"), lambda row: how_words(row.how), width=120),
        ),
        key=id,
        side=16,
    )
    table.set_rows(one.rows)
    table.opened.connect(partial(_open, page, one))
    if len(one.rows) > _MOST:
        fix(table, height=_ROW * (1 + _MOST))
    else:
        table.show_whole()
    if not hides:
        return Card(_tr("Rows"), table, flush=True)
    reveal = Button(action=page.reveal_action, small=True)
    reveal.set_words(page.reveal_words)
    return Card(_tr("Rows"), table, state=reveal, flush=True)


def _open(page: AuditPage, one: Missed, row: MissedRow) -> None:
    if one.columns:
        page.arrive(table=one.table, key=row.key)
    else:  # a number that no column holds
        page.arrive(view="row", table=one.table)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
