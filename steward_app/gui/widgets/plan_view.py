"""A plan, read in one order: what will happen, rows by table, the SQL; beside it rehearsal, findings, undo.

Shows a `kernel.plan.Plan` and, when there is one, its `Rehearsal`. It holds no rule: whether a plan may be applied
is the service's answer, which the page gives to `show_state`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from steward_app.db.script import ended
from steward_app.gui.format import as_here, integer, plural, seconds, shown_name, size, when
from steward_app.gui.layout import Item, boxed, clear, hbox, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.findings import FindingList
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.states import IconLabel, StateLabel
from steward_app.gui.widgets.surfaces import Card, KeyValueList, Scroll
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label, bold, muted
from steward_app.kernel.clock import from_text
from steward_app.kernel.finding import gathered
from steward_app.kernel.plan import Check, Plan, Rehearsal, Reversal, TableChange

_SIDE_WIDTH, _NARROW = 376, 840
_FIGURE, _NARROW_FIGURE = 108, 76
_WORDS, _SHORT = 12, 20  # letters of a reason that narrow columns have room for
_MOST_SQL = 100_000  # characters that are shown
_REVERSAL_ICONS = {
    Reversal.NOT_NEEDED: "info",
    Reversal.INVERSE: "undo-2",
    Reversal.RESTORE_POINT: "undo-2",
    Reversal.NONE: "triangle-alert",
}


class PlanView(QWidget):
    """The body of a plan page.

    Signals:
        rows_wanted: a `Finding` whose rows the steward wants to see.
    """

    rows_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan: Plan | None = None
        self._left = vbox(gap=20)
        self._right = vbox(gap=16)
        self._rehearsal, self._on_copy = vbox(), vbox()
        self._fits = StateLabel()
        row = Beside(boxed(self._left), boxed(self._right), width=_SIDE_WIDTH, below=_NARROW, gap=24)
        self.setLayout(vbox(Scroll(boxed(vbox(row, None, margins=(24, 16, 24, 24))))))

    @property
    def plan(self) -> Plan | None:
        """The plan that is shown."""
        return self._plan

    def show_plan(
        self, plan: Plan, *extra: QWidget, disk_free: int | None = None, titled: bool = False
    ) -> None:
        """Show a plan. `extra` stands before the SQL: first rows before and after, choices.

        Args:
            titled: whether the plan's title stands over it, where the page does not say it.
            disk_free: bytes free where the plan needs room, when that was looked at.
        """
        self._plan = plan
        clear(self._left)
        clear(self._right)
        if titled:
            self._left.addWidget(Label(as_here(plan.title), role="title", wrap=True))
        self._fill_left(plan, extra)
        self._rehearsal = vbox()
        self._right.addLayout(self._rehearsal)
        if plan.findings:
            self._right.addWidget(self._findings_card(plan))
        self._right.addWidget(self._undo_card(plan))
        self._right.addWidget(self._plan_card(plan, disk_free))
        self._right.addStretch(1)

    def show_rehearsal(self, rehearsal: Rehearsal | None) -> None:
        """Show what the plan did to a copy; None: it was not rehearsed."""
        clear(self._rehearsal)
        clear(self._on_copy)
        if rehearsal is not None:
            self._rehearsal.addWidget(rehearsal_card(rehearsal))
            if rehearsal.changes and self._plan is not None and not self._plan.changes:
                title = self.tr("Rows, by table, as on the copy")
                self._on_copy.addWidget(_section(title, changes_table(rehearsal.changes)))

    def show_state(self, fits: bool, words: str = "") -> None:
        """Whether the plan fits the file as it is now."""
        text = words or (self.tr("Fits the file as it is now") if fits else self.tr("Out of date"))
        self._fits.show_state(text, Tone.SUCCESS if fits else Tone.WARNING)
        self._fits.show()

    def _fill_left(self, plan: Plan, extra: Iterable[QWidget]) -> None:
        self._left.addWidget(
            _section(self.tr("What will happen"), *_paragraphs(tuple(map(as_here, plan.sentences))))
        )
        if plan.changes:
            self._left.addWidget(_section(self.tr("Rows, by table"), changes_table(plan.changes)))
        self._on_copy = vbox()
        self._left.addLayout(self._on_copy)
        for widget in extra:
            self._left.addWidget(widget)
        if plan.sql:
            self._left.addWidget(sql_card(plan.sql))
        self._left.addStretch(1)

    def _findings_card(self, plan: Plan) -> QWidget:
        blocking = len(gathered(plan.blocking))
        if blocking:
            words = plural(blocking, self.tr("blocks this"), self.tr("block this"))
            state: QWidget = StateLabel(words, Tone.DANGER)
        else:
            state = Label(self.tr("none blocks"), tone=Tone.MUTED)
        findings = FindingList(plan.findings, opened=len(gathered(plan.findings)) <= 3)
        findings.rows_wanted.connect(self.rows_wanted)
        return Card(self.tr("Findings"), findings, state=state)

    def _undo_card(self, plan: Plan) -> QWidget:
        tone = Tone.WARNING if plan.reversal is Reversal.NONE else Tone.TEXT
        return Card(
            self.tr("How it can be undone"),
            Label(as_here(plan.reversal_text), wrap=True, tone=tone),
            icon=_REVERSAL_ICONS[plan.reversal],
        )

    def _plan_card(self, plan: Plan, disk_free: int | None) -> QWidget:
        self._fits = StateLabel()
        self._fits.hide()
        rows = [(self.tr("Made"), when(_moment(plan.made_at)))]
        if plan.disk_bytes:
            needed = size(plan.disk_bytes)
            if disk_free is not None:
                needed = self.tr("{needed} of {free}").format(needed=needed, free=size(disk_free))
            rows.append((self.tr("Free disk needed"), needed))
        return Card(self.tr("This plan"), KeyValueList(rows), state=self._fits)


def sql_card(statements: tuple[str, ...], *, opened: bool = False) -> Card:
    """The exact SQL, folded away until asked for. Of very much of it the beginning is shown; Copy takes all."""
    whole = "\n".join(map(ended, statements))
    shown = whole if len(whole) <= _MOST_SQL else whole[: whole.rindex("\n", 0, _MOST_SQL)]
    view = SqlView(most_lines=16)
    told = _tr("The first {some} of {all} lines are shown. Copy takes all.").format(
        some=integer(shown.count("\n") + 1), all=integer(whole.count("\n") + 1)
    )
    rest = Label(told, role="small", tone=Tone.MUTED, wrap=True)

    def unfold(on: bool) -> None:
        if on and not view.toPlainText():
            view.show_sql(shown)
        view.setVisible(on)
        rest.setVisible(on and shown != whole)
        toggle.show_icon_named("chevron-down" if on else "chevron-right")

    toggle = Button(_tr("Show the SQL"), kind=Kind.PLAIN_ICON, icon="chevron-right", small=True)
    toggle.setCheckable(True)
    toggle.toggled.connect(unfold)
    copy = Button(
        _tr("Copy"),
        lambda: QGuiApplication.clipboard().setText(whole),
        kind=Kind.QUIET,
        icon="copy",
        small=True,
    )
    count = plural(len(statements), _tr("statement"), _tr("statements"))
    card = Card("", hbox(toggle, Label(bold("SQL "), muted(count)), None, copy, gap=8), view, rest)
    toggle.setChecked(opened)
    unfold(opened)
    return card


def rehearsal_card(rehearsal: Rehearsal) -> QWidget:
    """What the plan did to a copy of the real data."""
    state = (
        StateLabel(_tr("Passed"), Tone.SUCCESS)
        if rehearsal.passed
        else StateLabel(_tr("Failed"), Tone.DANGER)
    )
    done = _tr("Done on a copy of your file, {when}, in {time}.").format(
        when=when(_moment(rehearsal.finished_at)), time=seconds(rehearsal.seconds)
    )
    checks = [rehearsed_line(check) for check in rehearsal.checks]
    return Card(_tr("Rehearsal"), Label(done, tone=Tone.MUTED, wrap=True), *checks, icon="flask-conical",
                state=state, gap=4)  # fmt: skip


def rehearsed_line(check: Check) -> QWidget:
    """What came of one thing on a copy. Its title says what should hold, so that one that does not says that too."""
    failed = _tr("Failed: {what}").format(what=check.title)
    return check_line(check if check.passed else replace(check, title=failed))


def check_line(check: Check) -> QWidget:
    """One thing that was looked at: a mark and what came of it."""
    icon, tone = ("circle-check", Tone.SUCCESS) if check.passed else ("circle-x", Tone.DANGER)
    words: list[Item] = [Label(as_here(check.title), wrap=True)]
    if check.detail:
        words.append(Label(as_here(check.detail), wrap=True, tone=Tone.MUTED))
    mark = boxed(vbox(IconLabel(icon, tone, 14), None, margins=(0, 3, 0, 0)))
    row = hbox(mark, vbox(*words), gap=8)
    row.setStretch(1, 1)
    return boxed(row)


def changes_table(changes: tuple[TableChange, ...], *, done: bool = False) -> QWidget:
    """Rows by table: what comes, changes and goes, and how many there are before and after. With their sums.

    `done`: these are the numbers of a receipt, so that "now" is after.
    """
    total = TableChange(
        plural(len(changes), _tr("table"), _tr("tables")),
        sum(change.rows_before for change in changes),
        sum(change.rows_after for change in changes),
        sum(change.inserted for change in changes),
        sum(change.updated for change in changes),
        sum(change.deleted for change in changes),
    )
    columns = [Column[TableChange](_tr("Table"), lambda change: _table_cell(change, total), width=0)]
    fields = ((_tr("New"), "inserted"), (_tr("Changed"), "updated"), (_tr("Leave"), "deleted"))
    counted = [(title, field) for title, field in fields if getattr(total, field)]
    longest = max((len(change.why) for change in changes), default=0)
    narrow = bool(longest) and len(counted) > 1  # so many figures leave the reasons room in few words only
    width = _NARROW_FIGURE if narrow else _FIGURE
    before, after = (
        (_tr("Before"), _tr("In file now")) if done else (_tr("In file now"), _tr("In file after"))
    )
    if narrow:
        before, after = (_tr("Before"), _tr("Now")) if done else (_tr("Now"), _tr("After"))
    columns += [_figure(title, field, total, Tone.TEXT, width) for title, field in counted]
    columns.append(_figure(before, "rows_before", total, Tone.MUTED, width))
    columns.append(_figure(after, "rows_after", total, Tone.TEXT, width))
    if longest:
        width = 240 if longest > _SHORT and len(columns) <= 3 else 140 if longest > _WORDS else 104
        columns.append(Column(_tr("Why"), lambda change: Cell(change.why, tone=Tone.MUTED), width=width))
    rows = (*changes, total) if len(changes) > 1 else changes
    table = SimpleTable[TableChange](_tr("Rows, by table"), columns, side=0, row_height=25)
    table.set_rows(rows)
    table.setSortingEnabled(False)
    table.horizontalHeader().setSectionsClickable(False)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.show_whole()
    return table


def _figure(title: str, field: str, total: TableChange, tone: Tone, width: int) -> Column[TableChange]:
    def cell(change: TableChange) -> Cell:
        is_total = change is total
        return Cell(
            integer(getattr(change, field)), right=True, bold=is_total, tone=Tone.TEXT if is_total else tone
        )

    return Column(title, cell, width=width, right=True)


def _table_cell(change: TableChange, total: TableChange) -> Cell:
    if change is total:
        return Cell(change.table, bold=True)
    return Cell(shown_name(change.table), mono=True)


def _section(title: str, *items: Item) -> QWidget:
    return boxed(vbox(Label(title, role="heading"), *items, gap=4))


def _paragraphs(sentences: Iterable[str]) -> list[Item]:
    return [Label(sentence, wrap=True) for sentence in sentences]


def _moment(text: str) -> datetime:
    return from_text(text)


def _tr(text: str) -> str:
    return QCoreApplication.translate("PlanView", text)
