"""The first step: which columns there are, what they are, and by which of them somebody could be found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import plural, shown_name
from steward_app.gui.layout import boxed, clear, vbox
from steward_app.gui.pages.anonymize.words import IDENTIFIES, place_words, tr
from steward_app.gui.tab_order import put_behind, stops
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.cells import Cell, name_cell
from steward_app.gui.widgets.controls import Combo, SearchField, Segments
from steward_app.gui.widgets.surfaces import Toolbar
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.services.privacy.anonymize.situation import Line
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.rules import ReleaseRules

PERSONAL, EVERY, WAITING = "personal", "every", "waiting"


class ColumnsStep(QWidget):
    """Columns of the copy; those that others may know, and those about which something could be learnt.

    Signals:
        chosen: other rows are chosen.
        rules_chosen: the name of other rules of the policy.
    """

    chosen = Signal()
    rules_chosen = Signal(str)

    def __init__(self, known: Button, sensitive: Button, decide: Callable[[], None] | None) -> None:
        super().__init__()
        self._decide = decide
        self._lines: tuple[Line, ...] = ()
        self._rules = ReleaseRules("", ())
        self._banner = vbox()
        self.rules = Combo(self.tr("Rules"))
        self.which = Segments(
            self.tr("Which columns"),
            (PERSONAL, self.tr("Personal")),
            (WAITING, self.tr("To decide")),
            (EVERY, self.tr("All")),
        )
        self.search = SearchField(self.tr("Find a column"), self.tr("Find a column"), width=200)
        self.table = SimpleTable[Line](
            self.tr("Columns of the copy"),
            (
                Column[Line](self.tr("Column"), lambda line: name_cell(_full(line))),
                Column[Line](self.tr("What it is"), self._what, width=212),
                Column[Line](self.tr("Identifies"), self._identifies, width=120),
                Column[Line](self.tr("Known to others"), self._known, width=140),
                Column[Line](self.tr("Sensitive"), self._sensitive, width=106),
                Column[Line](self.tr("Waits for"), _waits, width=128),
            ),
            key=lambda line: line.place,
            several=True,
            row_height=30,
        )
        bar = Toolbar(self.rules, self.which, self.search, None, known, sensitive)
        whole = vbox(self._banner, 12, bar, self.table)
        whole.setStretch(3, 1)
        self.setLayout(whole)
        self.which.chosen.connect(lambda _: self._show())
        self.search.textChanged.connect(lambda _: self._show())
        self.table.chosen.connect(lambda _: self.chosen.emit())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        self.rules.currentIndexChanged.connect(
            lambda _: self.rules_chosen.emit(self.rules.currentData() or "")
        )

    # Cells

    def _what(self, line: Line) -> Cell:
        rule = self._rules.at(line.place) if not line.what else None
        if rule is None:
            return Cell(line.what)
        keeps = rule.technique is Technique.KEEP
        words = self.tr("Not told; the rules keep it") if keeps else self.tr("Not told; the rules change it")
        return Cell(words, tone=Tone.MUTED)

    def _identifies(self, line: Line) -> Cell:
        return Cell(tr(IDENTIFIES[line.identifies]) if line.what and line.identifies is not None else "")

    def _known(self, line: Line) -> Cell:
        if (
            line.place.column in self._rules.quasi_identifiers.get(line.place.table, ())
            and not line.place.path
        ):
            return Cell(self.tr("Known"), icon="users", icon_tone=Tone.ACCENT)
        return Cell("")

    def _sensitive(self, line: Line) -> Cell:
        if line.place.column in self._rules.sensitive.get(line.place.table, ()) and not line.place.path:
            return Cell(self.tr("Sensitive"), icon="eye-off", icon_tone=Tone.PERSONAL)
        return Cell("")

    # What is shown

    def show_lines(self, lines: Sequence[Line], rules: ReleaseRules) -> None:
        """Show other columns or rules."""
        self._lines, self._rules = tuple(lines), rules
        waiting = sum(bool(line.waits) for line in self._lines)
        self.which.set_text(
            WAITING, self.tr("To decide {count}").format(count=waiting) if waiting else self.tr("To decide")
        )
        clear(self._banner)
        if waiting:
            banner = self._waiting(waiting)
            self._banner.addWidget(boxed(vbox(banner, margins=(24, 12, 24, 0))))
            put_behind(self.rules, tuple(stops(banner)))
        self._show()

    def show_names(self, names: Sequence[str], chosen: str) -> None:
        """The rules that the policy has, or the proposal."""
        self.rules.blockSignals(True)
        self.rules.clear()
        for name in names:
            self.rules.addItem(self.tr("Rules {name}").format(name=shown_name(name)), name)
        if not names:
            self.rules.addItem(self.tr("Proposed rules"), "")
        self.rules.setCurrentIndex(max(0, self.rules.findData(chosen)))
        self.rules.blockSignals(False)

    @property
    def selected(self) -> tuple[Line, ...]:
        """The columns that are chosen, without paths."""
        return tuple(line for line in self.table.selected if not line.place.path)

    def _waiting(self, count: int) -> Banner:
        words = plural(count, self.tr("column waits"), self.tr("columns wait"))
        actions = (
            (Button(self.tr("Decide in Personal data"), self._decide, small=True),) if self._decide else ()
        )
        return Banner(
            Tone.WARNING,
            self.tr("{columns} for your decision.").format(columns=words),
            self.tr("No copy is made before it is said what it holds.")
            if count == 1
            else self.tr("No copy is made before it is said what they hold."),
            actions=actions,
        )

    def _show(self) -> None:
        which, wanted = self.which.value, self.search.text().casefold()
        ruled = {rule.place for rule in self._rules.rules}
        self.table.set_rows(
            line
            for line in self._lines
            if (
                which == EVERY
                or (line.waits if which == WAITING else line.what or line.place in ruled or line.waits)
            )
            and (not wanted or wanted in _full(line).casefold())
        )


def _full(line: Line) -> str:
    of_table = line.waits and not (line.place.column or line.what)  # that is gone
    return shown_name(line.place.table) if of_table else place_words(line.place)


def _waits(line: Line) -> Cell:
    if not line.waits:
        return Cell("")
    return Cell(
        tr("To decide"), tone=Tone.WARNING, icon="circle-help", icon_tone=Tone.WARNING, spoken=line.waits
    )
