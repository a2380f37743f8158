"""The cards of one migration: its rehearsal, the rows that change, what is to be known, and how it is undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import as_here, integer, shown_name, when
from steward_app.gui.layout import Item, boxed, hbox, vbox
from steward_app.gui.pages.data.words import key_words
from steward_app.gui.pages.migrations.read import ExampleRows
from steward_app.gui.pages.migrations.words import result_lines, rows_changed, table_words, tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.findings import FindingList
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.plan_view import check_line
from steward_app.gui.widgets.states import TONE_ICONS, IconLabel, StateLabel
from steward_app.gui.widgets.surfaces import Card, hairline
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label, Part, bold, muted, name
from steward_app.kernel.clock import from_text
from steward_app.kernel.finding import Finding, gathered
from steward_app.services.migrate.rehearsal.examples import Example
from steward_app.services.migrate.rehearsal.model import Report
from steward_app.services.migrate.rehearsal.row_model import Fate, TableDifference
from steward_app.services.migrate.run.rehearsed import RehearsalResult
from steward_app.services.rows import Cell as Value
from steward_app.services.rows.model import Storage

_MOST_TABLES, _MOST_SHOWN, _OF_A_COLUMN = 12, 10, 3


class RehearsalCard(Card):
    """What the migration did to a copy of the real data."""

    def __init__(self, result: RehearsalResult) -> None:
        rehearsal, report = result.rehearsal, result.report
        state = (
            StateLabel(tr("Passed"), Tone.SUCCESS)
            if rehearsal.passed
            else StateLabel(tr("Failed"), Tone.DANGER)
        )
        title = tr("Rehearsal, {when}").format(when=when(from_text(rehearsal.finished_at)))
        lines: list[Item] = []
        if report is not None:
            for what, words, tone in result_lines(report):
                lines += [hairline(), _line(what, words, tone)]
        failed = [check for check in rehearsal.checks if not check.passed]
        for check in failed if report is not None else rehearsal.checks:
            lines += [hairline(), _padded(check_line(check))]
        if not rehearsal.passed:
            lines += [hairline(), _padded(Label(tr("Your file is as it was."), tone=Tone.MUTED))]
        super().__init__(title, *lines, icon="flask-conical", state=state, flush=True, gap=0)


class NotRehearsedCard(Card):
    """That nobody tried it yet, and what a rehearsal does."""

    def __init__(self, changed: bool) -> None:
        words = (
            tr(
                "The file or the migration is another one than when it was rehearsed. Rehearse again to see what "
                "it does now."
            )
            if changed
            else tr(
                "A rehearsal runs it on a copy of your file and tells what it does to every row. Your file is only "
                "read."
            )
        )
        super().__init__(tr("Not rehearsed on what the file holds now") if changed else tr("Not rehearsed yet"),
                         Label(words, tone=Tone.MUTED, wrap=True), icon="flask-conical")  # fmt: skip


class FindingsCard(Card):
    """What lint and the plan have to say."""

    def __init__(self, title: str, findings: Sequence[Finding], open_rows: Callable[[object], None]) -> None:
        blocking = len(gathered([each for each in findings if each.blocks]))
        words = tr("{n} in the way").format(n=integer(blocking))
        state = StateLabel(words, Tone.DANGER) if blocking else None
        shown = FindingList(findings, opened=len(gathered(findings)) <= 1)
        shown.rows_wanted.connect(open_rows)
        super().__init__(title, shown, state=state)


@dataclass(frozen=True, slots=True)
class _Shown:
    example: Example
    rows: ExampleRows


class RowsCard(Card):
    """Rows that change, by table and column, with the first values before and after.

    Args:
        examples: values, where the rehearsal was made since the page was opened; else counts alone are shown.
    """

    def __init__(self, report: Report, examples: Sequence[ExampleRows]) -> None:
        self._examples = tuple(examples)
        self._revealed = False
        self._shown = [each for rows in self._examples for each in _first(rows)][:_MOST_SHOWN]
        several = len({each.rows.table.title for each in self._shown}) > 1
        self._table = SimpleTable[_Shown](
            tr("First values that change"), _columns(self, several), side=16, row_height=26
        )
        self._reveal = link(tr("Show personal values"), self.turn)
        changed = [each for each in report.changed_tables if each.rows_differ or each.columns]
        items: list[Item] = []
        for table in changed[:_MOST_TABLES]:
            items += [hairline(), _padded(_table_block(table))]
        if (rest := len(changed) - _MOST_TABLES) > 0:
            words = tr("{n} more tables change.").format(n=integer(rest))
            items += [hairline(), _padded(Label(words, tone=Tone.MUTED))]
        if not changed:
            items.append(_padded(Label(tr("No row changes."), tone=Tone.MUTED)))
        super().__init__(
            tr("Rows that change"),
            *items,
            beside=integer(rows_changed(report)),
            state=self._reveal,
            flush=True,
            gap=0,
        )
        self._fill(any(column.conversions for table in changed for column in table.columns))

    def _fill(self, converts: bool) -> None:
        self._reveal.setVisible(any(map(_hidden, self._shown)))
        if self._shown:
            self._table.set_rows(self._shown)
            self._table.show_whole()
            self._table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.body.addWidget(self._table)
        else:
            self._table.setParent(self)
            self._table.hide()
            if converts:
                words = tr(
                    "Values are shown after a rehearsal that is made while this page is open; they are kept "
                    "nowhere."
                )
                self.body.addWidget(_padded(Label(words, role="small", tone=Tone.MUTED, wrap=True)))

    @property
    def table(self) -> SimpleTable[_Shown]:
        """The values before and after."""
        return self._table

    def turn(self) -> None:
        """Show what is hidden, or hide it again."""
        self._revealed = not self._revealed
        self._reveal.set_words(tr("Hide personal values") if self._revealed else tr("Show personal values"))
        self._table.viewport().update()

    def key_cell(self, shown: _Shown) -> str:
        """The key of a row."""
        hidden = frozenset[str]() if self._revealed else shown.rows.personal
        return key_words(shown.example.key, shown.rows.table.key, hidden)

    def value_cell(self, shown: _Shown, value: Value, tone: Tone) -> Cell:
        """A value; what is personal is not shown until it is asked for."""
        if not self._revealed and _hidden(shown):
            return Cell(tr("Hidden, {kind}").format(kind=_kind(value)), tone=Tone.PERSONAL, icon="eye-off",
                        icon_tone=Tone.PERSONAL)  # fmt: skip
        kinds = {_kind(shown.example.before), _kind(shown.example.after)}
        words = cell_text(value)
        return Cell(
            f"{words}  ({_kind(value)})" if len(kinds) > 1 and value is not None else words, tone=tone
        )


def _columns(card: RowsCard, several: bool) -> tuple[Column[_Shown], ...]:
    table = Column[_Shown](
        tr("Table"), lambda each: Cell(shown_name(each.rows.table.title), mono=True), width=110
    )
    return (
        *((table,) if several else ()),
        Column[_Shown](tr("Row"), card.key_cell, width=90),
        Column[_Shown](
            tr("Column"), lambda each: Cell(shown_name(each.example.column), mono=True), width=110
        ),
        Column[_Shown](tr("Before"), lambda each: card.value_cell(each, each.example.before, Tone.DANGER)),
        Column[_Shown](tr("After"), lambda each: card.value_cell(each, each.example.after, Tone.SUCCESS)),
    )


def _first(rows: ExampleRows) -> list[_Shown]:
    """The first values of each column."""
    seen: Counter[str] = Counter()
    found = []
    for each in rows.rows:
        seen[each.column] += 1
        if seen[each.column] <= _OF_A_COLUMN:
            found.append(_Shown(each, rows))
    return found


def _hidden(shown: _Shown) -> bool:
    return shown.example.column in shown.rows.personal


def _kind(value: Value) -> str:
    match value:
        case None:
            return tr("empty")
        case int() | float():
            return tr("number")
        case str():
            return tr("text")
        case _:
            return tr("text") if value.storage is Storage.TEXT else tr("BLOB")


def _table_block(table: TableDifference) -> QWidget:
    items: list[Item] = [Label(name(table.title, bold=True), "  ", muted(table_words(table)), wrap=True)]
    if table.problem:
        items.append(Label(as_here(table.problem), tone=Tone.WARNING, wrap=True))
    for column in table.columns:
        count = integer(column.rows)
        lost = column.lost
        words = f" {column.words}"
        if column.was and column.name and column.was != column.name:
            words += tr(", was {name}").format(name=shown_name(column.was))
        parts: list[Part] = [name(column.name or column.was), "  ", muted(words)]
        if column.fate is Fate.CHANGED:
            parts.insert(2, bold(count))
        if lost:
            mark = boxed(vbox(IconLabel("triangle-alert", Tone.WARNING, 14), None, margins=(0, 3, 0, 0)))
            gone = tr("; {n} cannot be had back").format(n=integer(lost))
            row = hbox(mark, Label(*parts, gone, wrap=True), gap=6)
            row.setStretch(1, 1)
            items.append(row)
        else:
            items.append(Label(*parts, wrap=True))
    return boxed(vbox(*items, gap=2))


def undo_line(words: str) -> QWidget:
    """How it is undone."""
    mark = boxed(vbox(IconLabel("undo-2", Tone.MUTED, 14), None, margins=(0, 3, 0, 0)))
    row = hbox(mark, Label(as_here(words), tone=Tone.MUTED, wrap=True), gap=8)
    row.setStretch(1, 1)
    return boxed(row)


def problem_card(message: str, hint: str, *buttons: Button) -> Card:
    """Why it cannot run."""
    items: list[Item] = [Label(message, wrap=True, selectable=True)]
    if hint:
        items.append(Label(hint, tone=Tone.MUTED, wrap=True))
    if buttons:
        items.append(hbox(*buttons, None))
    return Card(tr("It cannot run"), *items, state=StateLabel(tr("In the way"), Tone.DANGER))


def _line(what: str, words: str, tone: Tone) -> QWidget:
    icon = TONE_ICONS[tone]
    figure = Label(words, tone=Tone.MUTED if tone is not Tone.DANGER else Tone.DANGER)
    row = hbox(IconLabel(icon, tone, 14), Label(what, elide=True), figure, gap=8, margins=(16, 6, 16, 6))
    row.setStretch(1, 1)
    return boxed(row)


def _padded(widget: QWidget) -> QWidget:
    return boxed(vbox(widget, margins=(16, 8, 16, 8)))
