"""Time travel: which time the rows of the page are of, and how to come to another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt

from steward_app.gui.announce import announce
from steward_app.gui.bridge import JobHandle
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.data.time_band import TimeBand
from steward_app.gui.pages.data.time_compare import TimeCompare
from steward_app.gui.pages.data.time_history import History, history_of
from steward_app.gui.pages.data.time_past import Coming, Past, close_late, look_back, open_past
from steward_app.gui.pages.data.time_words import (
    at_most_words,
    differing_short,
    differing_words,
    is_now,
    kept_sentences,
    told,
)
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import link
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import frame
from steward_app.kernel import clock
from steward_app.kernel.errors import Refused, StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.audit.past.compare import Kind
from steward_app.services.audit.past.lineage import lineage
from steward_app.services.audit.past.steps import change_after, change_before
from steward_app.services.rows import EVERY_ROW, Filter, Sort
from steward_app.services.schema.model import Table

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """How a table is to be shown. `stay`: the same rows as now, at another time."""

    chosen: Filter = EVERY_ROW
    sort: Sort | None = None
    then: Callable[[], None] | None = None
    stay: bool = False


class TimeTravel:
    """Keeps the time of the page: all its tables are shown as they were then, until the steward goes back to now.

    Attributes:
        asked: the time; None for now.
        history: of the table that is shown; None before it was read.
    """

    def __init__(self, page: DataPage) -> None:
        self._page, self._browse = page, page.browse
        self.asked: datetime | None = None
        self.history: History | None = None
        self._looked_up = ""
        self._why_now = ""
        self.band = TimeBand()
        self._note = StateLabel("", Tone.WARNING, "clock", role="small", elide=True)
        self._note_row = frame("chrome", hbox(self._note, None, link(_tr("Back to now"), lambda: self.go(None)),
                                              margins=(24, 6, 24, 6)))  # fmt: skip
        self.place = boxed(vbox(self.band, self._note_row))
        self._wanted, self._on_rows = False, True
        self._place()
        self.compare = TimeCompare(page, self)
        self._counts: dict[Kind, int] | None = None
        self._turn = 0
        self._opening: JobHandle | None = None
        self._coming: Coming | None = None
        self._counting: JobHandle | None = None
        self._stepping: JobHandle | None = None
        coming = self._comings = [Coming()]  # what is on its way when the page goes is given back
        page.destroyed.connect(lambda: close_late(coming[-1]))
        self.band.asked.connect(self.go)
        self.band.left.connect(self.leave)
        self.band.setup_wanted.connect(lambda: page.context.navigate("audit", view="setup"))
        self.band.refused.connect(lambda words: self._browse.say(words, Tone.DANGER))
        self.band.differing_wanted.connect(self.compare.open)
        self.band.slider.stepped.connect(self.step)
        self.band.slider.paged.connect(self.step_day)
        self.band.slider.ended.connect(lambda last: self.go(None) if last else self.go_to_begin())
        self._browse.rows.shown.connect(lambda status: self._say())

    # What is known

    @property
    def past(self) -> Past | None:
        """The earlier time of which the rows that stand there are; None when they are those of now."""
        past = self._browse.rows.past
        return past if isinstance(past, Past) else None

    @property
    def why_not(self) -> str:
        """Why there is no earlier time of the table that is shown; "" when there is."""
        table = self._browse.table
        if table is None:
            return _tr("No table is shown.")
        if self.history is None:
            return _tr("Its history is being looked up.")
        return self.history.why_not

    @property
    def opening(self) -> bool:
        """True while an earlier time is on its way."""
        return self._opening is not None and self._opening.running

    # Showing a table

    def show(self, table: Table, how: Shown) -> None:
        """Show a table, as it was at the time of the page."""
        if self._browse.table is None or self._browse.table.name != table.name:
            self.compare.leave()
        self._look_up(table)
        if self.asked is None:
            self._stop_opening()
            self._browse.show_table(table, chosen=how.chosen, sort=how.sort, then=how.then)
            self._say()
        else:
            self._open(table, how)

    def renew(self, table: Table) -> bool:
        """Read again what is shown, of a table another program may have changed; False when it changed its form."""
        past = self.past
        if self.asked is None:
            self._look_up(table)
            return self._browse.renew(table)
        if past is None or past.table != table:
            return False
        if not self.opening:
            self._browse.rows.refresh()
            if self._counting is None or not self._counting.running:
                self._count()
        return True

    def _look_up(self, table: Table) -> None:
        """Find out whether there is a history, and how far back it goes: a short job."""
        file, name, days = self._page.context.file, table.name, self._wanted or self.asked is not None
        if self._looked_up != name:
            self.history, self._looked_up = None, name

        def work(context: Context) -> History:
            with file.read() as session, session.under(context), session.snapshot():
                return history_of(session, name, days=days)

        def show(found: History) -> None:
            if self._looked_up == name:
                self.history = found
                self.band.show_line(found.line)
                self._place()
                self._page.reconsider()

        self._page.run(_tr("Looking up the history"), work, show, on_failure=lambda error: None, quiet=True)

    # Going to another time

    def toggle(self) -> None:
        """Open the time line, or leave it and the earlier time with it."""
        if not self._wanted:
            self._wanted = True
            if self._browse.table is not None:
                self._look_up(self._browse.table)
            self._place()
            self.band.slider.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self._say()
        else:
            self.leave()

    def leave(self) -> None:
        """Back to now, without the time line."""
        self._wanted = False
        self.go(None)
        self._place()
        self._browse.rows.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def go(self, asked: datetime | None) -> None:
        """Show the table as it was at a time, None for now. What was on its way is dropped."""
        table = self._browse.table
        if table is None:
            return
        line = self.history.line if self.history is not None else None
        if asked is not None and is_now(asked):
            asked = None
        if asked is not None and line is not None and asked < line.begins:
            words = _tr("The history of {table} begins on {when}.")
            self._browse.say(words.format(table=shown_name(table.name), when=told(line.begins)), Tone.WARNING)
            asked = line.begins
        if asked is None and self.asked is None and not self.opening:
            self.band.show_at(None)
            return
        self.asked = asked
        self.band.show_at(asked)
        if asked is None:
            self._stop_opening()
            self._browse.show_table_again(None)
            self._shown_other()
        else:
            self._open(table, Shown(stay=True))

    def go_to_begin(self) -> None:
        """The table as it was when its history began."""
        if self.history is not None and self.history.line is not None:
            self.go(self.history.line.begins)

    def step_day(self, days: int) -> None:
        """The same time of another day; where the history begins and now are the ends."""
        begins = self.history.line.begins if self.history is not None and self.history.line else None
        if self.asked is None and days > 0:
            return
        asked = (self.asked or clock.now()) + days * _DAY
        self.go(max(asked, begins) if begins is not None else asked)

    def step(self, way: int) -> None:
        """Before the last change, or after the next one."""
        table, asked = self._browse.table, self.asked
        if table is None or (asked is None and way > 0) or (self._stepping and self._stepping.running):
            return
        page, name = self._page, table.name
        schema = page.schema
        if schema is None:
            return

        def work(context: Context) -> datetime | None:
            with look_back(page.context, schema, asked, context) as look, look.session.snapshot():
                find = change_before if way < 0 else change_after
                return find(look.session, lineage(look.session, name), look.moment)

        def arrive(found: datetime | None) -> None:
            if self.asked == asked:
                if found is None and way < 0:
                    self._browse.say(_tr("There is no earlier change."), Tone.MUTED, "info")
                else:
                    self.go(found)

        self._stepping = page.run(_tr("Looking for a change"), work, arrive, quiet=True)

    # Opening an earlier time

    def _open(self, table: Table, how: Shown) -> None:
        page, schema, asked = self._page, self._page.schema, self.asked
        assert schema is not None and asked is not None  # a table is shown, and an earlier time is meant
        self._stop_opening()
        turn, coming = self._turn, Coming()
        self._comings[:] = [coming]

        def work(context: Context) -> StewardError | None:
            try:
                coming.made(open_past(page.context, schema, table, asked, context))
            except (Refused, UsageError) as error:
                return error  # nothing went wrong: this table has no such time
            return None

        def arrive(none: StewardError | None) -> None:
            past = coming.take() if turn == self._turn else None
            if past is not None:
                self._arrived(past, how)
            elif turn == self._turn and none is not None:
                self._refused(table, how, none)

        def failed(error: StewardError) -> None:
            if turn == self._turn:
                page.show_error(error)
                self._stay()

        def stopped() -> None:
            if turn == self._turn:
                self._stay()

        title = _tr("Going back in {table}").format(table=shown_name(table.name))
        self._opening = page.run(title, work, arrive, on_failure=failed, on_stopped=stopped)
        self._say()

    def _stop_opening(self) -> None:
        self._turn += 1
        past = self._comings[-1].drop()
        if past is not None:  # it came, and was not looked at
            close = past.close
            self._page.run(_tr("Leaving an earlier time"), lambda context: close(), quiet=True)
        for handle in (self._opening, self._counting):
            if handle is not None and handle.running:
                handle.cancel()
        self._opening = None

    def _arrived(self, past: Past, how: Shown) -> None:
        self._opening, self._counts = None, None
        if how.stay and self._browse.table is not None and self._browse.table.name == past.table.name:
            self._browse.show_table_again(past)
        else:
            self._browse.show_table(past.table, chosen=how.chosen, sort=how.sort, then=how.then, past=past)
        self._shown_other()
        announce(self.band, told(past.moment.asked))
        self._count()

    def _refused(self, table: Table, how: Shown, error: StewardError) -> None:
        """No earlier time of this table is told: it is shown as it is now, and that is said."""
        self._opening = None
        if how.stay:
            self._browse.say(f"{error.message} {error.hint}".strip(), Tone.WARNING)
            self._stay()
            return
        self._why_now = _tr("Shown as it is now: {why}").format(why=error.message)
        self._browse.show_table(table, chosen=how.chosen, sort=how.sort, then=how.then)
        self._shown_other()

    def _stay(self) -> None:
        """What was asked for does not come: the time is that of the rows that stand there."""
        self._opening = None
        past = self.past
        self.asked = past.moment.asked if past is not None else None
        if self._browse.table is not None:
            self._page.tables.show_name(self._browse.table.name)
        self._shown_other()

    def _shown_other(self) -> None:
        self.band.show_at(self.asked)
        self._place()
        self._say()
        self.compare.follow()
        self._page.time_changed()

    # What is said

    def show_way(self, *, rows: bool) -> None:
        """The time line is for the rows of tables: a query and a search read the file as it is."""
        self._on_rows = rows
        self._place()

    def _place(self) -> None:
        """The time line is there for tables that have one, and as long as an earlier time is meant."""
        none = self.asked is None and self.history is not None and bool(self.history.why_not)
        self.band.setVisible(self._on_rows and (self.asked is not None or (self._wanted and not none)))
        self._note_row.setVisible(not self._on_rows and self.asked is not None)
        if self.asked is not None:
            words = _tr(
                "The rows of tables are shown as of {moment}. What stands here is read from the file as it is now."
            )
            self._note.show_state(words.format(moment=told(self.asked)), Tone.WARNING, "clock")

    def _say(self) -> None:
        past = self.past
        self.band.show_badge(earlier=past is not None)
        in_view = self._browse.rows.view.marks_in_view()
        if self.opening:
            self.band.say(_tr("Taking back what changed since …"))
        elif past is not None and self._counts is not None:
            rows = sum(self._counts.values())
            words = differing_words(rows, in_view)
            self.band.say("" if rows else words, words if rows else "", differing_short(rows))
        elif past is not None:
            self.band.say(at_most_words(past.touched, in_view))
        elif self.asked is not None:
            self.band.say(_tr("No earlier state of this table can be told."))
        else:
            self.band.say(_tr("Drag the handle, or type a moment."))
        why_now = (self._why_now,) if self._why_now and self.asked is not None and not self.opening else ()
        told_of = kept_sentences(past.kept, past.moment) if past is not None else why_now
        self.band.tell(told_of, setup=past is None and "audit" in self._page.context.pages)
        gone = self._counts[Kind.REMOVED] if self._counts is not None else 0
        new = self._counts[Kind.ADDED] if self._counts is not None else 0
        self._browse.show_legend(past is not None, gone, new)

    def _count(self) -> None:
        """Count the rows that differ: a job of its own, so that the rows are there before."""
        page, schema, asked = self._page, self._page.schema, self.asked
        if schema is None or asked is None:
            return
        if self._counting is not None and self._counting.running:
            self._counting.cancel()
        name = page.browse.table.name if page.browse.table is not None else ""

        def work(context: Context) -> dict[Kind, int]:
            return self.compare.count(schema, name, asked, context)

        def show(found: dict[Kind, int]) -> None:
            if self.asked == asked and page.browse.table is not None and page.browse.table.name == name:
                self._counts = found
                self._say()

        title = _tr("Counting what differs in {table}").format(table=shown_name(name))
        self._counting = page.run(title, work, show, on_failure=lambda error: None)


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
