"""What can be undone from where one is: a change, a cell, a row, a transaction, a writer's work, a span, everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.gui.actions import Action
from steward_app.gui.format import day, shown_name, time
from steward_app.gui.pages.audit.changes_view import ChangesView
from steward_app.gui.pages.audit.detail import span_selection
from steward_app.gui.pages.audit.row_view import RowView
from steward_app.gui.pages.audit.shown import value_text
from steward_app.gui.pages.audit.span_view import SpanView
from steward_app.gui.pages.audit.words import actor_words, span_words
from steward_app.kernel.errors import UsageError
from steward_app.services.audit.engine.model import Key
from steward_app.services.audit.past.history import Asked, Entry
from steward_app.services.audit.past.history_groups import Group
from steward_app.services.audit.past.moments import from_milliseconds, milliseconds
from steward_app.services.audit.past.recycle_bin import Deleted
from steward_app.services.audit.undo import Selection

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage

_NOTHING = "Choose a change in the list first."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be undone, and how it is called."""

    selection: Selection
    title: str


class UndoActions:
    """The actions of a page; each shows what would come of it before anything is planned."""

    def __init__(self, page: AuditPage) -> None:
        self._page = page
        self.change = self._action("undo_change", _tr("Undo this change"), self._change, keywords="revert")
        self.span = self._action(
            "undo_at_once", _tr("Undo all that was done at once"), self._span, keywords="transaction"
        )
        self.cell = self._action(
            "undo_cell", _tr("Undo all changes of this cell"), self._cell, keywords="column"
        )
        self.row = self._action("undo_row", _tr("Undo all changes of this row"), self._row)
        self.row_since = self._action(
            "undo_row_since", _tr("Undo the changes of this row from here on"), self._row_since
        )
        self.writer = self._action(
            "undo_writer", _tr("Undo everything by this writer from here on"), self._writer, keywords="actor"
        )
        self.since = self._action(
            "undo_since", _tr("Undo everything from here on"), self._since, keywords="range"
        )
        self.listed = self._action(
            "undo_listed",
            _tr("Undo everything the filters show"),
            self._listed,
            keywords="range writer time table",
        )
        self.everything = self._action(
            "undo_all", _tr("Undo everything that is logged"), self._everything, keywords="all"
        )

    @property
    def every(self) -> tuple[Action, ...]:
        """All of them."""
        return (
            self.change, self.span, self.cell, self.row, self.row_since, self.writer, self.since, self.listed,
            self.everything,
        )  # fmt: skip

    @property
    def menu(self) -> tuple[Action | None, ...]:
        """For the menu of a line: what can be done with it, and then more."""
        useful = [each for each in (self.cell, self.row, self.row_since) if not each.reason]
        return (self.change, self.span, None, *useful, *([None] if useful else []), self.writer, self.since)

    def _action(
        self, name: str, title: str, wanted: Callable[[], Wanted | str], keywords: str = ""
    ) -> Action:
        def run() -> None:
            found = wanted()
            if isinstance(found, Wanted):
                self._page.show_scope(found.selection, found.title)

        def why_not() -> str:
            found = self._page.why_no_log() or wanted()
            return found if isinstance(found, str) else ""

        return Action(
            f"audit.{name}", title, run, self._page.spec.title, "undo-2", "", why_not, f"undo {keywords}"
        )

    # What is chosen

    @property
    def _chosen(self) -> Entry | Group | Deleted | None:
        view = self._page.history_view
        line = view.list.current if view is not None and not self._page.is_over else None
        item = line.item if line is not None else None
        return item if isinstance(item, Entry | Group | Deleted) else None

    @property
    def _entry(self) -> Entry | None:
        """The single change that is chosen."""
        item = self._chosen
        if isinstance(item, Group):
            return item.newest if item.changes == 1 else None
        return Entry(item.change, item.table, item.writer) if isinstance(item, Deleted) else item

    @property
    def _row_key(self) -> tuple[str, Key] | None:
        """The row of the change that is chosen: its table, and what names it in the log now."""
        view, entry = self._page.history_view, self._entry
        if isinstance(view, RowView) and view.row is not None:
            return view.row
        if entry is None or view is None:
            return None
        seen = view.detail.seen
        if seen is not None and seen.entry.change.seq == entry.change.seq:
            return entry.table, seen.key_now
        return entry.table, entry.change.new_key or entry.change.key

    def _row_words(self, row: tuple[str, Key]) -> str:
        """Its table, and its key where that is no value of a personal column."""
        of = self._page.history_view.known.table(row[0]) if self._page.history_view is not None else None
        plain = of is None or not (set(of.key) & of.personal)
        key = ", ".join(map(value_text, row[1])) if plain and (of is None or of.key) else ""
        return f"{shown_name(row[0])} {key}".strip()

    # Each of them

    def _change(self) -> Wanted | str:
        entry = self._entry
        if entry is None:
            return _tr("Choose a single change in the list first.")
        seq = entry.change.seq
        return Wanted(
            Selection(ranges=((seq, seq),)),
            _tr("Undo the change of {when}").format(when=_when(entry.change.at)),
        )

    def _span(self) -> Wanted | str:
        view, item = self._page.history_view, self._chosen
        if isinstance(view, SpanView) and view.span is not None:
            title = _tr("Undo: {what}").format(what=span_words(view.span))
            return Wanted(span_selection(view.span), title)
        if item is None:
            return _tr(_NOTHING)
        entry = item.newest if isinstance(item, Group) else self._entry
        assert entry is not None
        if entry.writer is not None:
            words = _tr("Undo transaction {n}").format(n=f"{entry.writer.txn:,}")
            return Wanted(Selection(txns=(entry.writer.txn,)), words)
        seen = view.detail.seen if view is not None else None
        span = view.detail.span if view is not None else None
        if span is not None and span.first_seq <= entry.change.seq <= span.last_seq:
            first, last = span.first_seq, span.last_seq
        elif seen is not None and seen.entry.change.seq == entry.change.seq:
            first, last = seen.together.first_seq, seen.together.last_seq
        else:
            return _tr("The change is being read.")
        words = _tr("Undo the statement of {when}").format(when=_when(entry.change.at))
        return Wanted(Selection(ranges=((first, last),)), words)

    def _cell(self) -> Wanted | str:
        view = self._page.history_view
        if not isinstance(view, RowView) or view.row is None or not view.cell:
            return _tr("Choose a row and a column under One row first.")
        table, key = view.row
        name = f"{self._row_words(view.row)}, {shown_name(view.cell)}"
        words = _tr("Undo all changes of {cell}").format(cell=name)
        return Wanted(Selection(table=table, key=key, column=view.cell), words)

    def _row(self) -> Wanted | str:
        row = self._row_key
        if row is None:
            return _tr(_NOTHING)
        words = _tr("Undo all changes of {row}").format(row=self._row_words(row))
        return Wanted(Selection(table=row[0], key=row[1]), words)

    def _row_since(self) -> Wanted | str:
        row, entry = self._row_key, self._entry
        if row is None or entry is None:
            return _tr("Choose a single change in the list first.")
        words = _tr("Undo the changes of {row} since {when}").format(
            row=self._row_words(row), when=_when(entry.change.at)
        )
        return Wanted(Selection(table=row[0], key=row[1], ranges=((entry.change.seq, self._last),)), words)

    @property
    def _last(self) -> int:
        status = self._page.status
        return status.last_seq if status is not None else 0

    @property
    def _first(self) -> tuple[int, int, Entry] | None:
        """Where what is chosen begins: its number and time, and a change of it."""
        item = self._chosen
        if isinstance(item, Group):
            return item.first_seq, item.newest.change.at, item.newest
        entry = self._entry
        return (entry.change.seq, entry.change.at, entry) if entry is not None else None

    def _writer(self) -> Wanted | str:
        first = self._first
        if first is None:
            return _tr(_NOTHING)
        seq, at, entry = first
        known = entry.writer is not None and bool(entry.writer.actor)
        selection = Selection(
            writer=entry.writer.actor if known and entry.writer is not None else None,
            unknown_writer=not known,
            ranges=((seq, self._last),),
        )
        words = _tr("Undo everything by {writer} since {when}").format(
            writer=actor_words(entry.writer) if known else _tr("unknown writers"), when=_when(at)
        )
        return Wanted(selection, words)

    def _since(self) -> Wanted | str:
        first = self._first
        if first is None:
            return _tr(_NOTHING)
        words = _tr("Undo everything since {when}").format(when=_when(first[1]))
        return Wanted(Selection(ranges=((first[0], self._last),)), words)

    def _listed(self) -> Wanted | str:
        view = self._page.history_view
        if not isinstance(view, ChangesView):
            return _tr("The filters are under All changes.")
        try:
            asked = view.asked
        except UsageError as error:
            return error.message
        if asked == Asked():
            return _tr("Choose a table, a writer or a time first.")
        selection = Selection(
            table=asked.table,
            column=asked.column,
            writer=asked.writer,
            unknown_writer=asked.unknown,
            since_ms=milliseconds(asked.since) if asked.since else None,
            until_ms=milliseconds(asked.until) + 1 if asked.until else None,
        )
        return Wanted(selection, _tr("Undo the changes that the filters show"))

    def _everything(self) -> Wanted | str:
        return Wanted(Selection(everything=True), _tr("Undo everything that is logged"))


def _when(at: int) -> str:
    moment = from_milliseconds(at)
    return f"{day(moment)}, {time(moment, to_second=True)}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
