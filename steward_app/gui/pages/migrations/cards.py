"""The cards of one migration: its rehearsal, the rows that change, what is to be known, and how it is undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import as_here, integer, shown_name, when
from steward_app.gui.layout import Item, boxed, fix, hbox, shown_if, vbox
from steward_app.gui.pages.migrations.example_table import ExamplesDialog, ExampleTable, all_of, first_of
from steward_app.gui.pages.migrations.read import ExampleRows
from steward_app.gui.pages.migrations.words import result_lines, rows_changed, table_words, tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.findings import FindingList
from steward_app.gui.widgets.plan_view import rehearsed_line
from steward_app.gui.widgets.states import TONE_ICONS, IconLabel, StateLabel
from steward_app.gui.widgets.surfaces import Card, hairline
from steward_app.gui.widgets.text import Label, Part, bold, muted, name
from steward_app.kernel.clock import from_text
from steward_app.kernel.finding import Finding, Severity, gathered
from steward_app.services.migrate.rehearsal.model import Report
from steward_app.services.migrate.rehearsal.row_model import Fate, TableDifference
from steward_app.services.migrate.run.rehearsed import RehearsalResult

_MOST_TABLES, _MOST_SHOWN, _MOST_FINDINGS = 12, 5, 3
_TWO_COLUMNS = 560  # a card as wide as the page has room for two lines beside each other
_UNDER = 8  # below a table, so that its last row ends before the card does


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
            told = [vbox(hairline(), _line(*line)) for line in result_lines(report)]
            half = (len(told) + 1) // 2
            halves = (boxed(vbox(*some, None)) for some in (told[:half], told[half:]))
            lines.append(Columns(*halves, below=_TWO_COLUMNS, gap=0))
        failed = [check for check in rehearsal.checks if not check.passed]
        for check in failed if report is not None else rehearsal.checks:
            lines += [hairline(), _padded(rehearsed_line(check))]
        if not rehearsal.passed:
            lines += [hairline(), _padded(Label(tr("Your file is as it was."), tone=Tone.MUTED))]
        super().__init__(title, *lines, None, icon="flask-conical", state=state, flush=True, gap=0)


class NotRehearsedCard(Card):
    """That nobody tried it yet as it would be applied, and what a rehearsal does.

    Args:
        told: what a rehearsal of more than that, or of less, says, or "".
    """

    def __init__(self, changed: bool, told: str = "") -> None:
        words = told or (
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
        title = tr("Rehearsed, and not as it would run now") if told else tr("Not rehearsed yet")
        if changed:
            title = tr("Not rehearsed on what the file holds now")
        super().__init__(title, Label(words, tone=Tone.MUTED, wrap=True), icon="flask-conical")


class FindingsCard(Card):
    """What lint and the plan have to say.

    Errors are all shown, of the rest a few, and closed where they stop nothing: rows and schema stay in sight.
    """

    def __init__(self, title: str, findings: Sequence[Finding], open_rows: Callable[[object], None]) -> None:
        blocking = len(gathered([each for each in findings if each.blocks]))
        words = tr("{n} in the way").format(n=integer(blocking))
        state = StateLabel(words, Tone.DANGER) if blocking else None
        told = gathered(findings)
        errors = sum(each.severity is Severity.ERROR for each in told)
        alone = bool(blocking) and len(told) == 1
        shown = FindingList(findings, opened=alone, most=max(errors, _MOST_FINDINGS))
        shown.rows_wanted.connect(open_rows)
        super().__init__(title, shown, state=state)


class RowsCard(Card):
    """Rows that change, by table and column, with the first values before and after.

    Args:
        examples: values, where the rehearsal was made since the page was opened; else counts alone are shown.
        open_table: shows the rows of a table on the Data page; None where no table that changes is in the file.
    """

    def __init__(
        self, report: Report, examples: Sequence[ExampleRows], open_table: Callable[[], None] | None = None
    ) -> None:
        self._values = all_of(examples)
        self.table = ExampleTable(tr("First values that change"), first_of(self._values, _MOST_SHOWN))
        more = len(self._values) > len(self.table.rows)
        self.open_all = shown_if(more, link(tr("Open all"), self._open_all))
        elsewhere = open_table is not None and not self._values
        self.open_data = shown_if(elsewhere, link(tr("Open in Data"), open_table or (lambda: None)))
        rows = rows_changed(report)
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
            beside=""
            if changed and not rows
            else integer(rows),  # a column that goes changes no row that is left
            state=boxed(hbox(self.table.reveal, self.open_all, self.open_data, gap=12)),
            flush=True,
            gap=0,
        )
        self._fill(any(column.conversions for table in changed for column in table.columns))

    def _fill(self, converts: bool) -> None:
        if self._values:
            self.table.show_whole()
            self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.body.addWidget(self.table)
            self.body.addWidget(fix(QWidget(), height=_UNDER))
        else:
            self.table.setParent(self)
            self.table.hide()
            if converts:
                words = tr(
                    "Values are shown after a rehearsal that is made while this page is open; they are kept "
                    "nowhere."
                )
                self.body.addWidget(_padded(Label(words, role="small", tone=Tone.MUTED, wrap=True)))
        self.body.addStretch(1)

    def _open_all(self) -> None:
        ExamplesDialog(self.window(), self._values, revealed=self.table.revealed).open()


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


def undo_line(words: str, *below: Button) -> QWidget:
    """How it is undone, and below what can be done about that."""
    mark = boxed(vbox(IconLabel("undo-2", Tone.MUTED, 14), None, margins=(0, 3, 0, 0)))
    told = Label(as_here(words), tone=Tone.MUTED, wrap=True)
    row = hbox(mark, boxed(vbox(told, *below, gap=4)), gap=8)
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
