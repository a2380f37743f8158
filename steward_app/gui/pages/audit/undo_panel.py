"""Undo: what would go back, with boxes; what stands in the way; the SQL; and the way to the plan."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from steward_app.db.script import ended
from steward_app.gui.bridge import JobHandle
from steward_app.gui.flow import Flow
from steward_app.gui.format import plural
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.audit import undo_read
from steward_app.gui.pages.audit.cell_table import CellTable
from steward_app.gui.pages.audit.read import Known, Seen
from steward_app.gui.pages.audit.undo_lines import Ticked, UndoLines, counted
from steward_app.gui.pages.audit.undo_plan import PlannedRows
from steward_app.gui.pages.audit.undo_read import Excluded, UndoRead
from steward_app.gui.pages.audit.undo_words import about_mode, chooses, in_the_way, refused
from steward_app.gui.pages.audit.whole_value import WholeValue, side
from steward_app.gui.pages.audit.words import mode_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import Combo
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import frame
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.audit.undo import Selection, UndoMode, UndoRequest

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage

_AT_ONCE = 1_000  # lines that are made anew in the window's own thread when a box is turned
_PAGE = 300  # lines that are made when others are scrolled to
_MODES = tuple(UndoMode)


class UndoPanel(QWidget):
    """One undo, of whatever was chosen. It reads in jobs and changes nothing; the plan's own button does.

    Attributes:
        foot: whether it can be done, and the way on; to be put where it is always seen.

    Signals:
        looked: an `UndoRead`: what would come of it is known now.
    """

    looked = Signal(object)

    def __init__(self, page: AuditPage) -> None:
        super().__init__()
        self._page = page
        self._selection: Selection | None = None
        self._seen: Seen | None = None
        self._known = Known((), ())
        self._excluded: Excluded = frozenset()
        self._found: UndoRead | None = None
        self._ticked: dict[Hashable, Ticked] = {}
        self._lines: UndoLines | None = None
        self._told, self._many = "", False
        self._job: JobHandle | None = None
        self._problem = ""
        self._title = Label(self.tr("Undo this change"), role="heading")
        self._about = Label(tone=Tone.MUTED, wrap=True)
        self.mode = Combo(self.tr("What becomes of later changes"), map(mode_words, _MODES))
        self._mode_words = Label(self.tr("Where later changes stand in the way"), tone=Tone.MUTED)
        self._mode_row = boxed(Flow(self._mode_words, self.mode, None, gap=8))
        titles = (self.tr("Column"), self.tr("Now"), self.tr("After the undo"))
        self.table = CellTable(self.tr("What the undo puts back"), titles, ticks=True)
        self._card = frame("card", vbox(self.table, margins=(1, 1, 1, 1)))
        self.sql = SqlView(most_lines=8)
        self._sql_button = Button(
            self.tr("Show the SQL"), kind=Kind.PLAIN_ICON, icon="chevron-down", small=True
        )
        self._sql_button.setCheckable(True)
        self._sql_button.setChecked(True)
        self._sql_button.toggled.connect(self._fold_sql)
        self._sql_words = Label(tone=Tone.MUTED, wrap=True)
        sql_head = hbox(self._sql_button, Label("SQL", role="heading"), self._sql_words, gap=8)
        sql_head.setStretch(2, 1)
        self._sql = boxed(vbox(sql_head, self.sql, gap=8))
        self._state = StateLabel(elide=True)
        self.allow = Button(self.tr("Allow changes"), page.context.allow_changes, icon="lock-open")
        self.button = Button(action=page.undo_action, kind=Kind.PRIMARY)
        line = hbox(self._state, self.allow, self.button, gap=12, margins=(24, 12, 24, 12))
        line.setStretch(0, 1)
        self.foot = frame("foot", line)
        self.setLayout(
            vbox(
                boxed(vbox(self._title, self._about, gap=2)),
                self._mode_row,
                self._card,
                self._sql,
                gap=12,
            )
        )
        self.mode.activated.connect(lambda _: self._other_mode())
        self.table.ticked.connect(self._tick)
        self.table.every.connect(self._tick_every)
        self.table.opened.connect(self._open)
        self.table.wanted.connect(self._show_more)
        self._show_all(shown=False)

    def _show_all(self, *, shown: bool) -> None:
        for part in (self, self.foot):
            part.setVisible(shown and part.parent() is not None)

    # What is shown

    @property
    def found(self) -> UndoRead | None:
        """What would come of it, or None as long as nobody looked."""
        return self._found

    @property
    def request(self) -> UndoRequest | None:
        """What the plan is made for: what is ticked, without what is as before already."""
        wanted = self._wanted
        if wanted is None or self._found is None:
            return wanted
        return replace(wanted, excluded=wanted.excluded | self._found.left_out)

    @property
    def _wanted(self) -> UndoRequest | None:
        if self._selection is None:
            return None
        context = self._page.context
        mode = _MODES[max(0, self.mode.currentIndex())]
        return UndoRequest(context.file.path, context.database_id, self._selection, mode, self._excluded)

    def planned_rows(self) -> PlannedRows | None:
        """What the plan shows of it: which changes, by whom, and the first rows; None where it is not known."""
        if self._found is None or not self._found.outlook.rows:
            return None
        title = self._title.plain
        return PlannedRows(title, self._found, self._known, self._seen, reveal=self._page.reveal)

    @property
    def words(self) -> str:
        """What its last line says."""
        return self._state.text

    def show_undo(
        self,
        selection: Selection,
        known: Known,
        *,
        title: str,
        about: str = "",
        seen: Seen | None = None,
        many: bool = False,
    ) -> None:
        """Look what undoing these changes would do.

        Args:
            seen: the change, where it is a single one.
            many: it may take long, so that it is shown in the strip, where it can be stopped.
        """
        again = selection == self._selection
        self._selection, self._seen, self._known = selection, seen, known
        self._title.say(title)
        self._told, self._many = about, many
        self._say_about()
        if not again:
            self._excluded = frozenset()
            self.mode.setCurrentIndex(0)
            self._found = None
            self._show_lines((), None)
        self._look(base=False)
        self._show_all(shown=True)

    def show_nothing(self) -> None:
        """Nothing is chosen."""
        self._stop()
        self._selection = self._found = None
        self._show_all(shown=False)
        self._page.reconsider()

    def why_not(self) -> str:
        """Why there is no undo now; "" when there can be one."""
        file = self._page.context.file
        if self._selection is None:
            return self.tr("Choose what to undo first.")
        if self._problem:
            return self._problem
        if self._found is None:
            return self.tr("What would come of it is being looked up.")
        if self._found.plan is None:
            return self.tr("Nothing is ticked.") if self._excluded else refused(self._found)
        if self._found.plan.blocking:
            return in_the_way(self._found)
        if self._found.unsure:
            return self._found.unsure
        if not file.state.writable:
            return self.tr("This file can only be read.")
        if file.read_only:
            return self.tr("The file is read-only. Allow changes first.")
        return ""

    def conceal(self) -> None:
        """Personal values are shown, or hidden, from now on."""
        if self._lines is not None:
            lines = self._lines.again(reveal=self._page.reveal)
            self._show_lines(lines.take(max(_PAGE, len(self._ticked))), lines)

    def reconsider(self) -> None:
        """The read-only switch was turned, or the plan is another."""
        if self._selection is None:
            return
        file, found = self._page.context.file, self._found
        can = found is not None and found.plan is not None and not found.plan.blocking
        self.allow.setVisible(can and file.state.writable and file.read_only)
        self.button.set_words(self._verb())
        reason = self.why_not()
        if found is None:
            tone = Tone.DANGER if self._problem else Tone.MUTED
            self._state.show_state(reason, tone)
        elif reason:
            blocked = found.plan is not None and bool(found.plan.blocking)
            self._state.show_state(reason, Tone.DANGER if blocked else Tone.MUTED)
        else:
            self._state.show_state(self._safe(found), Tone.SUCCESS)

    def _verb(self) -> str:
        found = self._found
        if found is None or found.plan is None or not found.outlook.rows:
            return self.tr("Undo")
        if self._seen is not None and len(found.outlook.rows) == 1:
            (row,) = found.outlook.rows
            if row.before is None or row.after is None:
                return self.tr("Bring the row back") if row.before is None else self.tr("Remove the row")
        cells = counted(found, self._ticked) if self._seen is not None else 0
        if cells:
            return self.tr("Undo {cells}").format(cells=plural(cells, self.tr("cell"), self.tr("cells")))
        return found.plan.button

    def _safe(self, found: UndoRead) -> str:
        if found.outlook.conflicts:
            return self.tr("What stands in the way is dealt with as chosen; every rule is kept")
        rows = len(found.outlook.rows)
        if rows == 1:
            return self.tr("No rule breaks, no other row is touched")
        return self.tr("No rule breaks; {rows} get back what they were").format(
            rows=plural(rows, self.tr("row"), self.tr("rows"))
        )

    # Looking

    def look_again(self) -> None:
        """The file was changed."""
        if self._selection is not None:
            self._look(base=False)

    def _other_mode(self) -> None:
        self._look(base=False)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.drop()
            self._job = None

    def _look(self, *, base: bool) -> None:
        """Ask what would come of it; `base`: what would come of all of it is known already."""
        request = self._wanted
        if request is None:
            return
        self._stop()
        before = self._found if base else None
        catalog, seen, known, reveal = self._page.context.catalog, self._seen, self._known, self._page.reveal
        most = max(_PAGE, len(self._ticked))

        def work(context: Context) -> tuple[UndoRead, tuple[Ticked, ...], UndoLines]:
            found = undo_read.look(catalog, request, before, seen, context)
            lines = UndoLines(found, request.excluded, known, seen, reveal=reveal)
            return found, lines.take(most), lines

        self._problem = ""
        self._job = self._page.run(
            self.tr("Looking what the undo would do"),
            work,
            self._show,
            on_failure=self._failed,
            on_stopped=self._stopped,
            quiet=not self._many,
        )
        self._page.reconsider()

    def _show(self, made: tuple[UndoRead, tuple[Ticked, ...], UndoLines]) -> None:
        self._job = None
        self._found = made[0]
        self._show_lines(*made[1:])
        self.looked.emit(self._found)
        self._page.reconsider()

    def _failed(self, error: StewardError) -> None:
        self._end_looking(error.message)

    def _stopped(self) -> None:
        self._end_looking(self.tr("It was stopped before it was known what would come of it."))

    def _end_looking(self, problem: str) -> None:
        self._job, self._found = None, None
        self._problem = problem
        self._show_lines((), None)
        self._page.reconsider()

    def _make_lines(self, found: UndoRead) -> None:
        lines = UndoLines(found, self._excluded, self._known, self._seen, reveal=self._page.reveal)
        self._show_lines(lines.take(max(_PAGE, len(self._ticked))), lines)

    def _show_lines(self, made: tuple[Ticked, ...], lines: UndoLines | None) -> None:
        self._ticked, self._lines = {each.line.key: each for each in made}, lines
        self.table.show_lines([each.line for each in made], more=lines is not None and lines.more)
        self._show_parts()

    def _show_more(self) -> None:
        """The list was scrolled to its end."""
        if self._lines is not None:
            made = self._lines.take(_PAGE)
            self._ticked |= {each.line.key: each for each in made}
            self.table.add([each.line for each in made], more=self._lines.more)

    def _say_about(self) -> None:
        about = about_mode(self._found, self._told)
        self._about.say(about)
        self._about.setVisible(bool(about))

    def _show_parts(self) -> None:
        found = self._found
        sql = found.plan.sql if found is not None and found.plan is not None else ()
        self._sql.setVisible(bool(sql))
        self._card.setVisible(bool(self._ticked))
        if sql:
            statements = plural(len(sql), self.tr("statement"), self.tr("statements"))
            self._sql_words.say(
                self.tr("{statements}. Nothing is done if a cell has changed meanwhile.").format(
                    statements=statements
                )
            )
            self.sql.show_sql("\n".join(map(ended, sql)))
        in_way = found is not None and chooses(found)
        self._mode_row.setVisible(in_way or self.mode.currentIndex() > 0)
        self._say_about()

    def _fold_sql(self, opened: bool) -> None:
        self.sql.setVisible(opened)
        self._sql_button.show_icon_named("chevron-down" if opened else "chevron-right")

    def _open(self, key: object) -> None:
        """Show both values of a cell whole."""
        found = self._found
        if found is None or not isinstance(key, tuple) or key[0] not in ("cell", "info"):
            return
        _, table, of, name = key
        row = next(
            (each for each in found.base.rows if each.table == table and of in (each.before, each.after)),
            None,
        )
        if row is None:
            return
        known = self._known.table(table)
        hidden = not self._page.reveal and known is not None and name in known.personal
        titles = ((self.tr("Now"), row.now), (self.tr("After the undo"), row.then))
        sides = [side(title, values[name], hidden=hidden) for title, values in titles if name in values]
        WholeValue(self._page, name, *sides).open()

    # Ticking

    def _tick(self, keys: Sequence[Hashable], on: bool) -> None:
        excluded = self._excluded
        for key in keys:
            if key in self._ticked and self._ticked[key].leaves:
                excluded = self._ticked[key].turned(excluded, on=on)
        self._leave_out(excluded)

    def _tick_every(self, on: bool) -> None:
        if self._found is not None:
            self._leave_out(frozenset() if on else self._found.whole)

    def _leave_out(self, excluded: Excluded) -> None:
        if excluded == self._excluded:
            return
        self._excluded = excluded
        if (
            self._found is not None
            and len(self._ticked) <= _AT_ONCE
            and len(self._found.base.rows) <= _AT_ONCE
        ):
            self._make_lines(self._found)
        self._look(base=True)
