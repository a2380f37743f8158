"""What is chosen in a list: a change with its row before and after, or what was done at once; and its undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.db import fold
from steward_app.gui.bridge import JobHandle
from steward_app.gui.flow import Flow
from steward_app.gui.format import as_here, day, integer, plural, shown_name, time
from steward_app.gui.layout import Item, boxed, clear, hbox, vbox
from steward_app.gui.pages.audit import read
from steward_app.gui.pages.audit.cell_line import CellLine
from steward_app.gui.pages.audit.cell_table import CellTable
from steward_app.gui.pages.audit.gap_detail import missed_items
from steward_app.gui.pages.audit.read import Known, Seen, Span
from steward_app.gui.pages.audit.shown import NOTHING, Shown, shown
from steward_app.gui.pages.audit.undo_lines import undone
from steward_app.gui.pages.audit.undo_panel import UndoPanel
from steward_app.gui.pages.audit.undo_read import UndoRead
from steward_app.gui.pages.audit.whole_value import WholeValue, side
from steward_app.gui.pages.audit.words import actor_words, row_words, span_words, title_of
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.states import Pill
from steward_app.gui.widgets.surfaces import Card, KeyValueList, Scroll, Value, frame
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label, bold, muted
from steward_app.kernel.errors import StewardError
from steward_app.services.audit.engine.model import Op, Txn
from steward_app.services.audit.past.history import Entry
from steward_app.services.audit.past.missed import Missed
from steward_app.services.audit.past.moments import from_milliseconds
from steward_app.services.audit.undo import Selection

_MOST_COLUMNS = 9  # shown at once, changed or not
_MANY = 1_000  # changes, from which on it is said that their undo is looked at

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage


class Detail(QWidget):
    """The right side of a view.

    Args:
        after: what the focus comes from: what is shown of a change is put behind it.
    """

    def __init__(self, page: AuditPage, after: QWidget) -> None:
        super().__init__()
        self._page, self._after = page, after
        self._job: JobHandle | None = None
        self._known = Known((), ())
        self.seen: Seen | None = None
        self.span: Span | None = None
        self.gap: Missed | None = None
        self._title, self._by = Label(role="heading"), Label()
        self.badge = Pill("", Tone.WARNING, "undo-2")
        self._first = boxed(Flow(self._title, self.badge, None, self._by, gap=8))
        self._second = vbox()
        self.table = CellTable(
            _tr("The row before and after the change"), (_tr("Column"), _tr("Before"), _tr("After"))
        )
        self.table.opened.connect(self._open)
        self._more = link("", self._show_whole)
        self._more_row = boxed(hbox(self._more, None, margins=(16, 6, 16, 6)))
        self._card = frame("card", vbox(self.table, self._more_row, margins=(1, 1, 1, 1)))
        self._whole = False
        self._facts = vbox(gap=12)
        self.panel = UndoPanel(page)
        self.panel.looked.connect(self._badge)
        self._top, self._told = boxed(vbox(self._first, self._second, gap=4)), boxed(self._facts)
        column = vbox(
            self._top,
            self._told,
            self._card,
            self.panel,
            None,
            gap=12,
            margins=(24, 16, 24, 24),
        )
        whole = vbox(Scroll(boxed(column)), self.panel.foot)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.show_nothing()

    # What is shown

    def show_nothing(self, words: str = "") -> None:
        """Nothing is chosen, or there is nothing to be told."""
        self._drop()
        self._empty()
        if words:
            self._second.addWidget(Label(words, tone=Tone.MUTED, wrap=True))
            self._top.show()
        self.panel.show_nothing()

    def _empty(self) -> None:
        self.seen = self.span = self.gap = None
        clear(self._second)
        clear(self._facts)
        for part in (self._top, self._told, self._first, self._card):
            part.hide()

    def show_change(self, entry: Entry, known: Known) -> None:
        """A single change: its row is read."""
        self._drop()
        self._known = known
        path, seq, table = self._page.context.file.path, entry.change.seq, entry.table
        self._job = self._page.run(
            _tr("Reading the change"),
            lambda context: read.seen(path, seq, table, context),
            self._show_seen,
            on_failure=self._failed,
            quiet=True,
        )

    def show_at_once(self, seq: int, known: Known) -> None:
        """What was done at once with a change."""
        self._drop()
        self._known = known
        path = self._page.context.file.path
        self._job = self._page.run(
            _tr("Reading the changes"),
            lambda context: read.span_of(path, context, seq=seq),
            self._show_span,
            on_failure=self._failed,
            quiet=True,
        )

    def show_missed(self, one: Missed, known: Known) -> None:
        """What the log missed: nothing of it can be undone."""
        self.show_nothing()
        self._known, self.gap = known, one
        items = missed_items(one, known, self._page)
        for item in items:
            self._facts.addWidget(item)
        self._told.show()
        self._reach(*(table for item in items for table in item.findChildren(SimpleTable)))

    def conceal(self) -> None:
        """Personal values are shown, or hidden, from now on."""
        if self.gap is not None:
            self.show_missed(self.gap, self._known)
        if self.seen is not None:
            self._fill(self.seen)
        self.panel.conceal()

    def _drop(self) -> None:
        if self._job is not None:
            self._job.drop()
            self._job = None

    def _failed(self, error: StewardError) -> None:
        self.show_nothing(f"{error.message} {error.hint}".strip())

    # A change

    def _show_seen(self, seen: Seen | None) -> None:
        self._job = None
        if seen is None:
            self.show_nothing(_tr("The log has no such change any more."))
            return
        again = self.seen is not None and self.seen.entry.change.seq == seen.entry.change.seq
        self._empty()
        self.seen = seen
        if not again:
            self.badge.hide()
        self._fill(seen)
        change = seen.entry.change
        about = {
            Op.INSERT: _tr("The row is removed again."),
            Op.UPDATE: _tr("Only the ticked cells go back. Later changes to other cells stay."),
            Op.DELETE: _tr("The row comes back as it was."),
            Op.DISPLACED: _tr("The row comes back as it was, where its place is free."),
        }[change.op]
        title = _tr("Bring the row back") if change.new_key is None else _tr("Undo this change")
        self.panel.show_undo(
            Selection(ranges=((change.seq, change.seq),)), self._known, title=title, about=about, seen=seen
        )

    def _fill(self, seen: Seen) -> None:
        entry, reveal = seen.entry, self._page.reveal
        clear(self._second)
        moment = from_milliseconds(entry.change.at)
        title = _tr("{what} {day}, {time}").format(
            what=title_of(entry), day=day(moment), time=time(moment, to_second=True)
        )
        told = [muted(_tr("by ")), bold(actor_words(entry.writer))]
        if entry.writer is not None and entry.writer.application:
            told.append(muted(f", {shown_name(entry.writer.application)}"))
        self._title.say(title)
        self._by.say(*told)
        self._top.show()
        self._first.show()
        where = row_words(entry.table, entry.change, self._known, reveal=reveal)
        items: list[Item] = [
            link(where, lambda: self._page.show_row_of(seen), mono=True),
            Label(_beside(seen), tone=Tone.MUTED),
        ]
        if seen.together.changes > 1 and self._page.view != "txn":
            words = _tr("Show all {n} changes made at once").format(n=integer(seen.together.changes))
            items.append(link(words, lambda: self._page.show_span_of(entry.change.seq)))
        if seen.personal:
            reveal_button = Button(action=self._page.reveal_action, kind=Kind.QUIET, small=True)
            reveal_button.set_words(self._page.reveal_words)
            items.append(reveal_button)
        self._second.addWidget(boxed(Flow(*items, gap=8)))
        self._reach(*(item for item in items if isinstance(item, Button)))
        if entry.writer is not None and entry.writer.reason:
            reason = shown_name(as_here(entry.writer.reason))
            self._second.addWidget(
                Label(_tr("Reason: {reason}").format(reason=reason), tone=Tone.MUTED, wrap=True)
            )
        self._show_difference()
        self._card.show()

    def _reach(self, *made: QWidget) -> None:
        """Let Tab come to what was just made where it stands, not after all that was there before."""
        before = self._after
        for widget in made:
            QWidget.setTabOrder(before, widget)
            before = widget

    def _show_difference(self) -> None:
        """The row; of one with many columns only those that changed, until the others are asked for."""
        seen = self.seen
        if seen is None:
            return
        lines = difference(seen, reveal=self._page.reveal)
        folds = len(lines) > _MOST_COLUMNS and any(not line.changed for line in lines)
        changed = [line for line in lines if line.changed or line.key in seen.named]
        self.table.show_lines(changed if folds and not self._whole else lines)
        left = plural(len(lines) - len(changed), _tr("more column"), _tr("more columns"))
        words = _tr("Show only what changed") if self._whole else _tr("Show {columns}").format(columns=left)
        self._more.set_words(words)
        self._more_row.setVisible(folds)

    def _open(self, column: object) -> None:
        """Show both values of a cell whole."""
        seen = self.seen
        if seen is None:
            return
        name = str(column)
        hidden = not self._page.reveal and fold(name) in {fold(each) for each in seen.personal}
        titles = ((_tr("Before"), seen.before), (_tr("After"), seen.after))
        sides = [
            side(title, row[name], hidden=hidden, erased=name in seen.erased)
            for title, row in titles
            if row is not None and name in row
        ]
        WholeValue(self._page, name, *sides).open()

    def _show_whole(self) -> None:
        self._whole = not self._whole
        self._show_difference()

    def _badge(self, found: UndoRead) -> None:
        """Say that the change was undone, or a part of it."""
        if self.seen is None:
            return
        said = undone(found, self.seen)
        if said:
            self.badge.show_state(_tr("Undone"), Tone.MUTED, "undo-2")
        elif said is None:
            self.badge.show_state(_tr("Partly undone"), Tone.WARNING, "undo-2")
        self.badge.setVisible(said is not False)

    # What was done at once

    def _show_span(self, span: Span | None) -> None:
        self._job = None
        if span is None:
            self.show_nothing(_tr("The log has no such change any more."))
            return
        self._empty()
        self.span = span
        self._told.show()
        for item in span_items(span):
            self._facts.addWidget(item)
        show = link(_tr("Show every change"), lambda: self._page.show_span_of(span.last_seq), onward=True)
        self._facts.addWidget(boxed(hbox(show, None)))
        self._reach(*self._told.findChildren(SimpleTable), show)
        self.panel.show_undo(
            span_selection(span),
            self._known,
            title=_tr("Undo this transaction") if span.writer else _tr("Undo this statement"),
            about=_tr("Only what is ticked goes back."),
            many=span.changes > _MANY,
        )


def span_selection(span: Span) -> Selection:
    """The changes of a span, as they are undone."""
    if span.writer is not None:
        return Selection(txns=(span.writer.txn,))
    return Selection(ranges=((span.first_seq, span.last_seq),))


def span_items(span: Span) -> tuple[QWidget, ...]:
    """Who, when and why, and how many changes each table had."""
    moment = from_milliseconds(span.at)
    title = _tr("{what}, {day}, {time}").format(
        what=span_words(span), day=day(moment), time=time(moment, to_second=True)
    )
    table: SimpleTable[tuple[str, int]] = SimpleTable(
        _tr("Changes, by table"),
        [
            Column(_tr("Table"), lambda row: Cell(shown_name(row[0]), mono=True)),
            Column(
                _tr("Changes"),
                lambda row: Cell(integer(row[1]), right=True),
                108,
                right=True,
                order=lambda row: row[1],
            ),
        ],
        side=16,
    )
    table.set_rows(span.counts)
    table.show_whole()
    facts = KeyValueList(writer_facts(span.writer), key_width=96)
    tables = Card(_tr("Changes, by table"), table, flush=True, beside=integer(span.changes))
    return Label(title, role="heading", wrap=True), facts, tables


def writer_facts(writer: Txn | None) -> list[tuple[str, Value]]:
    """What is known of a writer."""
    if writer is None:
        told = _tr("Unknown writer: the program did not say who it is.")
        return [(_tr("Who"), told)]
    facts: list[tuple[str, Value]] = [(_tr("Who"), bold(actor_words(writer)))]
    for words, text in (
        (_tr("With"), writer.application),
        (_tr("Why"), as_here(writer.reason)),
        (_tr("Computer"), writer.host),
        (_tr("Process"), str(writer.pid) if writer.pid is not None else ""),
        (_tr("Undoes"), writer.undo_of),
    ):
        if text:
            facts.append((words, shown_name(text)))
    return facts


def difference(seen: Seen, *, reveal: bool) -> list[CellLine]:
    """The row before and after, a line a column."""
    private = {fold(name) for name in seen.personal} if not reveal else set()
    update = seen.entry.change.op is Op.UPDATE

    def side(row: Mapping[str, object] | None, name: str) -> Shown:
        if row is None or name not in row:
            return NOTHING
        erased = name in seen.erased
        return shown(row[name], hidden=fold(name) in private, erased=erased)  # type: ignore[arg-type]

    lines = []
    for name in seen.columns:
        changed = name in seen.changed if update else True
        before, after = side(seen.before, name), side(seen.after, name)
        if changed and before.faint and after.faint and before.text == after.text == _tr("value not kept"):
            words = _tr("changed, value not kept") if update else _tr("value not kept")
            lines.append(CellLine(name, shown_name(name), changed=changed, told=words))
            continue
        lines.append(CellLine(name, shown_name(name), before, after, changed=changed))
    return lines


def _beside(seen: Seen) -> str:
    """ "transaction 88,214, 3 cells in 1 row"."""
    entry = seen.entry
    cells = plural(len(seen.changed), _tr("cell"), _tr("cells"))
    if entry.writer is None:
        return cells
    return _tr("transaction {n}, {cells}").format(n=integer(entry.writer.txn), cells=cells)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
