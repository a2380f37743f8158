"""The step of rows and conflicts: what differs, which of it comes back, what belongs to it, what stands in the way."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from steward_app.catalog.points import Point
from steward_app.db import fold
from steward_app.gui.actions import Action
from steward_app.gui.bridge import JobHandle
from steward_app.gui.flow import Flow
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.backups.words import STATES, capital, moment, state_word
from steward_app.gui.pages.restore.conflicts import ConflictCard
from steward_app.gui.pages.restore.difference import DifferenceCard, Line
from steward_app.gui.pages.restore.origin import Belongs, Origin, Row, Rows, Wish
from steward_app.gui.pages.restore.row_filter import RowFilter
from steward_app.gui.pages.restore.row_list import RowList
from steward_app.gui.pages.restore.words import age_words, back_words, kind_words, nothing_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.buttons import Kind as ButtonKind
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.controls import Segments, Tick
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import Card, Scroll
from steward_app.gui.widgets.text import Label
from steward_app.kernel.values import Key
from steward_app.services.restore import Choice, Difference, Extent, Kind, Outlook

_KINDS = (Kind.REMOVED, Kind.CHANGED, Kind.ADDED)
_SETTLE_MS = 120  # ticks that follow one another are counted once
_LIST, _NOTHING = range(2)


class RowsStep(QWidget):
    """What is chosen here is a `Wish`; nothing is changed.

    Args:
        page: runs the jobs.
        reveal: shows personal columns, or hides them.
        older, newer: compare with the point before, or after.

    Signals:
        changed: something else is chosen, or was counted.
        failed: a `StewardError`, and what to call again when that was mended.
    """

    changed = Signal()
    failed = Signal(object, object)

    def __init__(
        self,
        page: Page,
        reveal: Action,
        older: Action,
        newer: Action,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._run, self._database = page.run, page.context.file.path
        self.origin: Origin | None = None
        self.personal = self._concealed = False
        self.has_personal = False
        self.outlook: Outlook | None = None
        self._line: Line | None = None
        self._choices: dict[tuple[object, ...], Choice] = {}
        self._counting: JobHandle | None = None
        self._reading: JobHandle | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self._count)
        self._build(reveal, older, newer)

    def _build(self, reveal: Action, older: Action, newer: Action) -> None:
        self._moment = Label(role="strong")
        self._state = StateLabel("", Tone.MUTED)
        self.older, self.newer = Button(action=older, small=True), Button(action=newer, small=True)
        self._words = Label(tone=Tone.MUTED, elide=True)
        self._age = Label(tone=Tone.MUTED)
        beside = boxed(hbox(self.older, self.newer, gap=12))  # on one line, however narrow it is
        top = Flow(self._moment, self._age, self._state, self._words, beside, gap=12)
        self.difference = DifferenceCard()
        self.conflicts = ConflictCard()
        self.conflicts.database = self._database
        self.conflicts.hide()
        row = Columns(self.difference, self._rows_card(reveal), below=860, shares=(42, 58), gap=12)
        whole = vbox(boxed(top), row, self.conflicts, gap=12, margins=(24, 16, 24, 16))
        whole.setStretch(1, 1)
        self.setLayout(vbox(Scroll(boxed(whole))))
        self.difference.chosen.connect(self._table_chosen)
        self.conflicts.answered.connect(self._answered)

    def _rows_card(self, reveal: Action) -> Card:
        self.extent = Segments(
            _tr("How much of the table"),
            (Extent.ROWS.value, _tr("Chosen rows")),
            (Extent.MISSING.value, _tr("All missing")),
            (Extent.CONTENT.value, _tr("All it held")),
        )
        self.kind = Segments(
            _tr("Which rows are shown"), *((kind.value, kind_words(kind, 0)) for kind in _KINDS)
        )
        self.along = Tick(_tr("With what belongs to them"))
        self.along.setChecked(True)
        self.reveal = Button(action=reveal, kind=ButtonKind.QUIET, small=True)
        self._note = Label(role="small", tone=Tone.MUTED, wrap=True)
        self.rows = RowList()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.rows)
        self._nothing = Label(tone=Tone.MUTED, wrap=True)
        self._stack.addWidget(boxed(vbox(self._nothing, None, margins=(16, 12, 16, 12))))
        tools = boxed(Flow(self.extent, self.along, gap=12, margins=(16, 0, 16, 0)))
        shown = boxed(Flow(self.kind, None, self.reveal, gap=12, margins=(16, 0, 16, 0)))
        note = boxed(vbox(self._note, margins=(16, 0, 16, 0)))
        self.filter = RowFilter()
        self._title = Card(
            _tr("Rows to bring back"), tools, shown, note, self._stack, state=self.filter, flush=True, gap=8
        )
        self._title.body.setStretch(3, 1)
        self.extent.chosen.connect(lambda _: self._extent_chosen())
        self.kind.chosen.connect(lambda _: self._read_rows(keep=True))
        self.along.toggled.connect(lambda _: self.count_again())
        self.rows.ticked.connect(self.count_again)
        self.rows.opened.connect(self._open)
        self.rows.wanted.connect(self._read_more)
        self.filter.wanted.connect(lambda: self._read_rows(keep=True))
        self.filter.left.connect(self._enter_rows)
        return self._title

    # What is chosen

    @property
    def wish(self) -> Wish | None:
        """What shall come back; None where nothing is chosen."""
        line, extent = self._line, Extent(self.extent.value)
        if line is None or (extent is Extent.ROWS and not self.rows.keys):
            return None
        return Wish(
            line.table,
            extent,
            self.rows.keys if extent is Extent.ROWS else (),
            self.along.isChecked(),
            self.rows.without,
            tuple(self._choices.values()),
        )

    @property
    def point(self) -> Point | None:
        """The point that is compared with."""
        return self.origin.point if self.origin else None

    @property
    def table(self) -> str:
        """The table that is chosen, or ""."""
        return self._line.table if self._line else ""

    @property
    def extent_chosen(self) -> Extent:
        """How much of it comes back."""
        return Extent(self.extent.value)

    @property
    def count(self) -> int:
        """How many rows come back, get their old values, or go."""
        branches = self.outlook.branches if self.outlook else ()
        return sum(each.missing + each.overwritten + each.taken_out for each in branches)

    @property
    def reason(self) -> str:
        """Why no plan can be made of this; "" when one can."""
        if self._line is None:
            none = self.origin is not None and not self.difference.table.rows
            return _tr("There is nothing to bring back.") if none else _tr("Choose a table first.")
        if self.wish is None:
            return _tr("Choose a row first.")
        if self.outlook is None:
            return _tr("What comes back is being counted.")
        if any(each.blocks for each in self.outlook.conflicts):
            return _tr("Answer the conflicts first.")
        if not self.count:
            return _tr("Nothing would be brought back: every row is there, or stays as it is.")
        return ""

    # The comparison

    def show_difference(
        self, origin: Origin, found: Difference, extent: Extent, table: str = "", key: Key = ()
    ) -> None:
        """Show how the file differs from a point; `table` is chosen, or the one with most missing rows.

        Args:
            key: of a row of that table, which is chosen too.
        """
        self.origin, self._choices = origin, {}
        self._line = None  # whatever was chosen was of another moment
        self._show_point(origin.point)
        self.extent.choose(extent.value)
        lines = self.difference.show_difference(found)
        wanted = next((line for line in lines if fold(line.table) == fold(table)), None)
        missing = max(lines, key=lambda line: line.missing, default=None)
        self.difference.table.choose(wanted or (None if key else missing))
        self._table_chosen(self.difference.table.current)
        if key and wanted is not None:
            self.rows.choose(key)
        elif key:
            self._say_nothing(_tr("The table holds the same rows now as then, this one among them."))

    def _show_point(self, point: Point) -> None:
        told = _tr("{moment} compared with now").format(moment=capital(moment(point)))
        self._moment.say(told)
        tone, icon = STATES[point.state]
        self._state.show_state(state_word(point.state), tone, icon)
        self._age.say(age_words(point.made_at))
        self._age.setVisible(bool(self._age.plain))

    def _table_chosen(self, line: Line | None) -> None:
        if line is not None and self._line is not None and fold(line.table) == fold(self._line.table):
            self._line = line
            return
        self._line = line
        self._choices = {}
        self.has_personal = False
        self._title.say_beside(shown_name(line.table) if line else "")
        self.filter.empty()
        for kind in _KINDS:
            self.kind.set_text(kind.value, kind_words(kind, line.count(kind) if line else 0))
        first = next((kind for kind in _KINDS if line and line.count(kind)), Kind.REMOVED)
        self.kind.choose(first.value)
        if line is not None and line.gone and self.extent.value == Extent.ROWS.value:
            self.extent.choose(Extent.MISSING.value)
        self._extent_changed()
        self._read_rows(keep=False)
        self.count_again()

    def _extent_chosen(self) -> None:
        self._choices = {}  # what was answered was asked of other rows
        self._extent_changed()
        self.count_again()

    def _extent_changed(self) -> None:
        self.rows.set_tickable(self.extent.value == Extent.ROWS.value)

    # The rows

    def show_personal(self, shown: bool) -> None:
        """Show the values of columns that look personal, or hide them again."""
        self.personal = shown
        self._read_rows(keep=True)

    def conceal(self) -> None:
        """Forget what was shown of personal columns; the rows are read again by `show_again`."""
        self.personal, self._concealed = False, True
        self._stop(self._reading)
        self.rows.show_table(self.table, keep=True)

    def rest(self) -> None:
        """Nobody waits any more for what is read or counted."""
        self._timer.stop()
        for job in (self._reading, self._counting):
            self._stop(job)

    def show_again(self) -> None:
        """Somebody looks again."""
        if self._concealed:
            self._read_rows(keep=True)

    def _read_rows(self, *, keep: bool) -> None:
        line, self._concealed = self._line, False
        self._stop(self._reading)
        self.filter.setEnabled(line is not None and not line.gone)
        self.filter.tell("")
        self._say_note(line.note if line else "")
        self.rows.show_table(line.table if line else "", keep=keep)
        kind = Kind(self.kind.value)
        if line is None and not self.difference.table.rows:
            self._say_nothing(_tr("Every table holds the same rows now. There is nothing to bring back."))
        elif line is None:
            self._say_nothing(_tr("Choose a table to see its rows."))
        elif line.gone:
            self._say_nothing(_tr("The table is not there now, so its rows come back all together."))
        elif not line.count(kind):
            self._say_nothing(nothing_words(kind))
        else:
            self._stack.setCurrentIndex(_LIST)
            self._read(line.table, kind)

    def _read_more(self) -> None:
        if self._line is not None and self.rows.rows:
            self._read(self._line.table, Kind(self.kind.value))

    def _read(self, table: str, kind: Kind) -> None:
        origin, personal, find, after = self.origin, self.personal, self.filter.sought, self.rows.last
        if origin is None:
            return

        def show(found: Rows) -> None:
            self._reading = None
            self.has_personal = found.personal
            self.rows.add_rows(found)
            if find and not after:
                self._say_found(found)
            self.changed.emit()

        self._reading = self._run(
            _tr("Reading rows of {table}").format(table=shown_name(table)),
            lambda context: origin.rows(table, kind, after, context, personal=personal, find=find),
            show,
            on_failure=lambda error: self.failed.emit(error, lambda: self._read_rows(keep=True)),
            quiet=True,
        )

    def _say_found(self, found: Rows) -> None:
        if self._line is None:
            return
        every = self._line.count(found.kind)
        self.filter.say_found(found.matching, every)
        if not found.matching:
            self._say_nothing(self.filter.none_words(every))

    def _enter_rows(self) -> None:
        if self.rows.isVisible():
            self.rows.setFocus(Qt.FocusReason.TabFocusReason)

    def _open(self, row: Row) -> None:
        origin, line = self.origin, self._line
        if origin is None or line is None:
            return

        def show(found: tuple[Belongs, ...]) -> None:
            if self._line is line:
                self.rows.show_belongings(row, found)

        self._run(
            _tr("Looking for what belongs to a row"),
            lambda context: origin.belongings(line.table, row.key, context),
            show,
            on_failure=lambda error: self.failed.emit(error, lambda: self._open(row)),
            quiet=True,
        )

    def _say_note(self, words: str) -> None:
        self._note.say(words)
        self._note.setVisible(bool(words))

    def _say_nothing(self, words: str) -> None:
        self._nothing.say(words)
        self._stack.setCurrentIndex(_NOTHING)

    # What comes of it

    def _answered(self, choice: Choice) -> None:
        self._choices[choice.kind, fold(choice.table), choice.key] = choice
        self.count_again()

    def count_again(self) -> None:
        """Count anew what comes back, when the last tick was set."""
        self.outlook = None
        self._stop(self._counting)
        self._timer.start()
        self.changed.emit()

    def _count(self) -> None:
        wish, origin = self.wish, self.origin
        if wish is None or origin is None:
            self._show_outlook(Outlook((), ()))
            return
        self._counting = self._run(
            _tr("Counting what comes back"),
            lambda context: origin.outlook(wish, context),
            self._show_outlook,
            on_failure=lambda error: self.failed.emit(error, self.count_again),
            quiet=True,
        )

    def _show_outlook(self, found: Outlook) -> None:
        self._counting = None
        self.outlook = found
        back = {fold(each.table): each.missing + each.overwritten for each in found.branches}
        self.difference.show_back(back)
        self.conflicts.show_conflicts(found.conflicts)
        self._words.say(back_words(found, self._line.table) if self._line and self.wish else "")
        self.changed.emit()

    @staticmethod
    def _stop(job: JobHandle | None) -> None:
        if job is not None:
            job.drop()


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
