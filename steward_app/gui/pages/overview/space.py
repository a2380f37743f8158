"""Where the space in the file is: a bar a table, measured by reading every page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QStackedWidget

from steward_app.gui.format import integer, name_alone, size
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.overview.read import AUDIT
from steward_app.gui.pages.overview.words import row_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.lists import Bar, BarList
from steward_app.gui.widgets.progress import ProgressBar
from steward_app.gui.widgets.surfaces import Card
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Progress
from steward_app.services.schema.statistics import RowCount, Space

_LINES = 13  # of this card and the one below it together, which fills the column
Rows = Mapping[str, RowCount]


class SpaceCard(Card):
    """Bars of the largest tables; before they were measured, the button that measures."""

    def __init__(self, measure: Button, stop: Callable[[], None], open_table: Callable[[str], None]) -> None:
        self._shown: tuple[tuple[Space, ...], Rows, frozenset[str]] = ((), {}, frozenset())
        self._taken = 1
        self._measure = measure
        self.bars = BarList(_tr("Where the space is"))
        self.summary = Label(role="small", tone=Tone.MUTED)
        self._words = Label(tone=Tone.MUTED, wrap=True)
        self._progress = Label(role="small", tone=Tone.MUTED, elide=True)
        self._bar = ProgressBar()
        self._stop = Button(_tr("Stop"), stop, small=True)
        self._stack = QStackedWidget()
        self._stack.addWidget(boxed(vbox(self.bars, None)))
        self._stack.addWidget(boxed(vbox(self._words, hbox(measure, None), None, gap=12)))
        running = hbox(vbox(self._progress, self._bar, gap=4), self._stop, gap=12)
        self._stack.addWidget(boxed(vbox(running, None)))
        super().__init__(_tr("Where the space is"), self._stack, state=self.summary)
        self.bars.opened.connect(lambda key: open_table(key) if key else None)

    def show_unmeasured(self, sentence: str, *, can_measure: bool = True) -> None:
        """Nothing was measured, and why."""
        self._measure.setVisible(can_measure)
        self._words.say(sentence)
        self._stack.setCurrentIndex(1)

    def show_progress(self, progress: Progress | None = None) -> None:
        """It is being measured."""
        text = _tr("Measuring")
        if progress is not None and progress.total:
            text = _tr("Measuring, {done} of {all}").format(
                done=size(progress.done), all=size(progress.total)
            )
        self._progress.say(text)
        self._bar.show_progress(progress or Progress())
        self._stack.setCurrentIndex(2)

    def show_space(self, spaces: Sequence[Space], rows: Rows, summary: str, tables: frozenset[str]) -> None:
        """A bar a table, the small ones as one.

        Args:
            rows: about how many each table has.
            tables: those that can be opened.
        """
        self.summary.say(summary)
        self._shown = (tuple(spaces), rows, tables)
        self._fill()
        self._stack.setCurrentIndex(0)

    def leave_room(self, lines: int) -> None:
        """The card below shows so many lines; this one as many fewer."""
        self._taken = max(1, lines)
        self._fill()

    def _fill(self) -> None:
        spaces, rows, tables = self._shown
        most = _LINES - self._taken
        named = len(spaces) if len(spaces) <= most else most - 1
        bars = [self._bar_of(space, rows, tables) for space in spaces[:named]]
        rest = spaces[named:]
        if rest:
            others = _tr("{count} others").format(count=integer(len(rest)))
            taken = sum(space.bytes for space in rest)
            bars.append(Bar("", others, float(taken), size(taken), ""))
        self.bars.set_items(bars)

    def _bar_of(self, space: Space, rows: Rows, tables: frozenset[str]) -> Bar:
        known = rows.get(space.table)
        words = row_words(known) if known is not None else ""
        key = space.table if space.table in tables else ""
        name = _tr("Audit log") if space.table == AUDIT else name_alone(space.table)
        return Bar(key, name, float(space.bytes), size(space.bytes), words)


def summary(size_bytes: int, rows: RowCount | None) -> str:
    """The whole in a line: "8.2 MB, 50,120 rows"."""
    if rows is None:
        return size(size_bytes)
    noun = _tr("row") if rows.rows == 1 else _tr("rows")
    return f"{size(size_bytes)}, {row_words(rows)} {noun}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("overview", text)
