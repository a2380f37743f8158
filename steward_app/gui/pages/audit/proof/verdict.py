"""What verifying or comparing gave: the verdict, each problem by its kind, the rows that differ, table by table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from steward_app.gui.actions import Action
from steward_app.gui.flow import Flow
from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.layout import boxed, clear, fix, vbox
from steward_app.gui.pages.audit.proof.read import MOST_ROWS, Compared, RowLine, Verified
from steward_app.gui.pages.audit.proof.words import (
    behind_words,
    how_words,
    kind_words,
    moment_words,
    verdict_words,
)
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.controls import Tick
from steward_app.gui.widgets.surfaces import Card, EmptyState, KeyValueList, Scroll, Value
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label, Span
from steward_app.services.audit.seals.verdict import Problem

_ROW, _MOST_ROWS = 28, 12
_PROBLEM_ROW = 3  # the column of the problems that names the row


class VerdictPart(QWidget):
    """What is to be verified, and what came of it.

    Args:
        verify, compare: the actions that begin.
        reveal: shows or hides keys that look personal.
        rearm: leads to where these tables are armed again.

    Signals:
        opened: a `RowLine` whose history the steward wants to see.
    """

    opened = Signal(object)

    def __init__(
        self,
        verify: Action,
        compare: Action,
        reveal: Action,
        rearm: Callable[[Sequence[str]], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._verify, self._compare, self._reveal, self._rearm = verify, compare, reveal, rearm
        self.files: tuple[Path, ...] = ()
        self.revealed = False
        self._compared: Compared | None = None
        self.live = Tick(_tr("Compare the tables with the log"))
        self.live.setChecked(True)
        self.full = Tick(_tr("Walk the whole log"))
        self._receipts = Label(tone=Tone.MUTED, elide=True)
        self._forget = link(_tr("Without receipts"), lambda: self.use_receipts(()))
        add = Button(_tr("Check against a receipt"), self._choose_receipts, icon="file-text", small=True)
        tools = Flow(self.live, self.full, add, self._receipts, self._forget, gap=16, margins=(24, 12, 24, 8))
        self._column = vbox(gap=16, margins=(24, 8, 24, 24))
        self.rows: SimpleTable[RowLine] | None = None
        self.problems: SimpleTable[Problem] | None = None
        self._rows_of_problems: tuple[RowLine, ...] = ()
        whole = vbox(tools, Scroll(boxed(self._column)))
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.use_receipts(())
        self._say_nothing()

    # What is to be verified

    def use_receipts(self, files: Sequence[Path]) -> None:
        """Compare with the receipts in these files, besides those that this computer keeps."""
        self.files = tuple(dict.fromkeys(files))
        names = ", ".join(shown_name(path.name) for path in self.files)
        self._receipts.say(names or _tr("Receipts that this computer keeps are used as well."))
        self._forget.setVisible(bool(self.files))

    def _choose_receipts(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(
            self, _tr("Receipts to check against"), "", _tr("Receipts (*.json);;All files (*)")
        )
        if chosen:
            self.use_receipts((*self.files, *map(Path, chosen)))

    # What came of it

    def _say_nothing(self) -> None:
        clear(self._column)
        self._column.addWidget(
            EmptyState(
                "shield-check",
                _tr("Not verified yet"),
                _tr("Verifying computes every hash again from the log as it stands, and looks for rows that were "
                    "changed behind its back. Nothing is changed."),
                Button(action=self._verify),
                Button(action=self._compare),
            )
        )  # fmt: skip

    def show_verified(self, found: Verified) -> None:
        """A verdict, with each problem and each row that differs."""
        self._compared, self._rows_of_problems = found.compared, tuple(found.rows.values())
        self.problems = None
        verdict = found.verdict
        compared = found.compared or Compared({}, ())
        lead, rest, tone = verdict_words(verdict, compared.total, compared.renumbered)
        rearm = () if verdict.problems or not verdict.differences else (self._rearm_button(),)
        items: list[QWidget] = [Banner(tone, lead, rest, actions=rearm, copy=not verdict.holds)]
        if verdict.problems:
            items.append(self._problems(found))
        items += self._rows(found.compared)
        items.append(_facts(found))
        if verdict.notes:
            items.append(Card(_tr("Worth knowing"), *(Label(note, wrap=True) for note in verdict.notes)))
        self._fill(items)

    def show_compared(self, found: Compared) -> None:
        """The rows that differ, alone."""
        self._compared, self._rows_of_problems = found, ()
        self.problems = None
        if not found.total and not found.renumbered:
            banner = Banner(Tone.SUCCESS, _tr("Every row is what the log says."))
        else:
            lead, rest, tone = behind_words(found.total, found.renumbered)
            banner = Banner(tone, lead, rest, actions=(self._rearm_button(),))
        self._fill([banner, *self._rows(found)])

    def show_keys(self, on: bool) -> None:
        """Show the keys that look personal, or hide them."""
        self.revealed = on
        for table in (self.rows, self.problems):
            if table is not None:
                table.viewport().update()

    @property
    def has_hidden(self) -> bool:
        """Whether a key is hidden because it looks personal."""
        rows = (*(self._compared.rows if self._compared else ()), *self._rows_of_problems)
        return any(row.masked != row.shown for row in rows)

    def _fill(self, items: Sequence[QWidget]) -> None:
        clear(self._column)
        for item in items:
            self._column.addWidget(item)
        self._column.addStretch(1)

    def _rearm_button(self) -> Button:
        found = self._compared
        tables = tuple(dict.fromkeys(table for table, _ in found.counts)) if found is not None else ()
        return Button(_tr("Arm again"), lambda: self._rearm(tables), small=True)

    def _rows(self, found: Compared | None) -> list[QWidget]:
        """The rows that differ: how many of each table, then one by one."""
        self.rows = None
        if found is None or not found.total:
            return []
        counts: list[tuple[str, Value]] = []
        for (table, how), count in found.counts.items():
            words = _tr("{rows} {how}").format(
                rows=plural(count, _tr("row"), _tr("rows")), how=how_words(how).lower()
            )
            counts.append((shown_name(table), words))
        self.rows = SimpleTable[RowLine](_tr("Rows that differ"), self._columns(), key=id, side=16)
        self.rows.set_rows(found.rows)
        self.rows.opened.connect(self.opened)
        fix(self.rows, height=_ROW * (1 + min(len(found.rows), _MOST_ROWS)) + 4)
        told = (
            _tr("The first {n} are listed.").format(n=integer(MOST_ROWS)) if found.total > MOST_ROWS else ""
        )
        reveal = Button(action=self._reveal, small=True) if self.has_hidden else None
        by_table = Card(_tr("By table"), KeyValueList(counts))
        listed = Card(_tr("Rows that differ"), self.rows, beside=told, state=reveal, flush=True)
        return [by_table, listed]

    def _problems(self, found: Verified) -> QWidget:
        """Each problem; one that is about a change of a row opens what became of that row."""
        problems, rows = found.verdict.problems, found.rows

        def row_of(one: Problem) -> str:
            row = rows.get(one)
            if row is None:
                return ""
            return f"{shown_name(row.table)} {row.shown if self.revealed else row.masked}"

        table: SimpleTable[Problem] = SimpleTable(
            _tr("What is not as it was sealed"),
            (
                Column(_tr("What"), lambda one: state_cell(kind_words(one.kind), Tone.DANGER, "circle-x"), width=160),
                Column(_tr("Seal"), lambda one: Cell(integer(one.seal) if one.seal else "", right=True), width=80,
                       right=True, order=lambda one: one.seal),
                Column(_tr("Number"), lambda one: Cell(integer(one.seq) if one.seq else "", right=True), width=104,
                       right=True, order=lambda one: one.seq),
                Column(_tr("Row"), row_of, width=200),
                Column(_tr("What it is"), lambda one: one.sentence),
            ),
            key=id,
            side=16,
        )  # fmt: skip
        table.set_rows(problems)
        table.setColumnHidden(_PROBLEM_ROW, not rows)
        table.opened.connect(lambda one: self.opened.emit(rows[one]) if one in rows else None)
        fix(table, height=_ROW * (1 + min(len(problems), _MOST_ROWS)) + 4)
        self.problems = table
        count = plural(len(problems), _tr("problem"), _tr("problems"))
        hidden = any(row.masked != row.shown for row in self._rows_of_problems)
        reveal = Button(action=self._reveal, small=True) if hidden else None
        return Card(_tr("What is not as it was sealed"), table, beside=count, state=reveal, flush=True)

    def _columns(self) -> tuple[Column[RowLine], ...]:
        return (
            Column(_tr("Table"), lambda row: Cell(shown_name(row.table), mono=True), width=200),
            Column(_tr("Row"), lambda row: row.shown if self.revealed else row.masked),
            Column(_tr("How"), lambda row: how_words(row.how), width=120),
        )


def _facts(found: Verified) -> QWidget:
    verdict = found.verdict
    receipt: Value = _tr("None: whoever holds file and key can rewrite both")
    if verdict.receipt is not None:
        receipt = _tr("Seal {n}, {when}").format(
            n=integer(verdict.receipt.n), when=moment_words(verdict.receipt.sealed_at)
        )
    keys = ", ".join(
        _tr("{key} ({seals})").format(key=key, seals=plural(count, _tr("seal"), _tr("seals")))
        for key, count in verdict.keys.items()
    )
    rows: list[tuple[str, Value]] = [
        (_tr("Seals"), integer(verdict.seals)),
        (_tr("Changes they cover"), integer(verdict.sealed)),
        (_tr("Left for an archive"), integer(verdict.pruned)),
        (_tr("Not protected yet"), integer(verdict.unsealed)),
        (_tr("Tables compared"), _tr("Yes") if verdict.differences is not None else _tr("No")),
        (_tr("Receipt compared"), receipt),
        (_tr("Signed by"), Span(keys, mono=True) if keys else _tr("nobody")),
    ]
    return Card(_tr("What was verified"), KeyValueList(rows, key_width=168))


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
