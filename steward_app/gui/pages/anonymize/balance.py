"""The step in which risk and usefulness are weighed: chart, slider, techniques, and what a trial copy showed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import integer, locale, plural, seconds, shown_name
from steward_app.gui.layout import boxed, fix, hbox, stretch, vbox
from steward_app.gui.pages.anonymize.cards import AttackCard, ChoiceCard, ResidueCard
from steward_app.gui.pages.anonymize.chart import FrontierChart
from steward_app.gui.pages.anonymize.draft import DEFAULT_LIMIT
from steward_app.gui.pages.anonymize.limits_bar import SHARES_LEFT_OUT, LimitsBar
from steward_app.gui.pages.anonymize.slider import BalanceSlider
from steward_app.gui.pages.anonymize.technique_table import Row, TechniqueTable
from steward_app.gui.pages.anonymize.words import least_people, place_words, rule_words, share
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.surfaces import Card, EmptyState, Scroll, Views
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.services.privacy.report.trial import Trial
from steward_app.services.privacy.risk import Frontier, Node
from steward_app.services.privacy.rules import Limits, Rule

_OTHERS, _MOST_ROWS, _SIDE, _NARROW = 60, 8, 416, 960
_L, _T = 3, 4  # columns of the table of ways, where something sensitive is told


class BalanceStep(QWidget):
    """Where on the line between safe and useful the copy shall be.

    Signals:
        moved: the `Node` that is chosen now.
        technique: a place, and the technique chosen for it.
        all_wanted: the techniques of all columns.
        given_up: a way may replace the rules that were said.
    """

    moved = Signal(object)
    technique = Signal(object, object)
    all_wanted = Signal()
    given_up = Signal()

    def __init__(self, trial: Button, columns: Button, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frontier: Frontier | None = None
        self.nodes: tuple[Node, ...] = ()
        self._at, self._limit = 0, DEFAULT_LIMIT
        self.chart = FrontierChart()
        self.slider = BalanceSlider(self.tr("Safer or more useful"))
        self.limits = LimitsBar()
        self.table = TechniqueTable()
        self.choice, self.residue, self.attacks = ChoiceCard(), ResidueCard(trial), AttackCard()
        self.turn = link(self.tr("Show as a table"), self._turn)
        self.points = SimpleTable[Node](
            self.tr("Risk and usefulness, point by point"),
            (
                Column[Node](self.tr("Risk"), lambda node: share(node.risk), width=80, right=True),
                Column[Node](
                    self.tr("Usefulness kept"), lambda node: share(node.kept), width=120, right=True
                ),
                Column[Node](
                    self.tr("Smallest group"), lambda node: least_people(node.k), width=150, right=True
                ),
                Column[Node](self.tr("l"), lambda node: _or_dash(node.diversity), width=50, right=True),
                Column[Node](self.tr("t"), lambda node: _or_dash(node.closeness), width=60, right=True),
                Column[Node](self.tr("Left out"), lambda node: integer(node.left_out), width=90, right=True),
                Column[Node](self.tr("Levels"), self._levels),
            ),
            side=0,
            row_height=26,
        )
        fix(self.points, height=214)
        self._tried = Label(tone=Tone.MUTED, elide=True)
        self.advice = Label(tone=Tone.WARNING, wrap=True)
        self.leave_out = link("", self._leave_out)
        self.accept = link("", self._accept)
        self._would_help = 0.0
        self.replaced = Label(tone=Tone.WARNING, wrap=True)
        self.give_up = link("", self.given_up.emit)
        self._views = Views()
        self._build(columns)
        self.chart.chosen.connect(self.choose)
        self.slider.valueChanged.connect(self.choose)
        self.points.chosen.connect(self._point_chosen)
        self.table.changed.connect(self.technique)

    def _build(self, columns: Button) -> None:
        drag = hbox(
            Label(self.tr("Safer"), tone=Tone.MUTED),
            self.slider,
            Label(self.tr("More useful"), tone=Tone.MUTED),
            gap=12,
        )
        drag.setStretch(1, 1)
        self._shown = Views()
        self._shown.addWidget(self.chart)
        self._shown.addWidget(self.points)
        self._chart = boxed(
            vbox(
                self._shown,
                drag,
                self.advice,
                self.replaced,
                hbox(self.give_up, None),
                hbox(self.leave_out, self.accept, None, self.turn, gap=16),
                gap=8,
            )
        )
        self._views.addWidget(boxed(vbox(self.limits, self._chart, gap=8)))
        self._views.addWidget(
            EmptyState(
                "users",
                self.tr("Nobody can be found by a few columns"),
                self.tr(
                    "No column of these rules is known to others. Name some, and all ways to coarsen them are tried."
                ),
                columns,
            )
        )
        self._line = Card(self.tr("Risk and usefulness"), self._views, state=stretch(self._tried))
        self._techniques = Card(
            self.tr("Technique for each column"),
            self.table,
            None,
            state=link(self.tr("Show all"), self.all_wanted.emit),
            flush=True,
            gap=0,
        )
        left = vbox(self._line, self._techniques, gap=12)
        left.setStretch(1, 1)
        right = vbox(self.choice, self.residue, self.attacks, gap=12)
        right.setStretch(2, 1)
        row = Beside(boxed(left), boxed(right), width=_SIDE, below=_NARROW, gap=12)
        self.setLayout(vbox(Scroll(boxed(vbox(row, margins=(24, 12, 24, 12))))))

    # What is shown

    @property
    def node(self) -> Node | None:
        """The way that is chosen."""
        return self.nodes[self._at] if self.nodes else None

    def show_limits(self, limits: Limits, *, sensitive: bool) -> None:
        """What is asked of the table that is weighed, which stands there before anything was tried."""
        most = self.limits.most_left_out if limits.left_out is None else limits.left_out
        self.limits.show_limits(limits, most, sensitive=sensitive)
        self._limit = DEFAULT_LIMIT if limits.risk is None else limits.risk

    def show_frontier(self, frontier: Frontier | None, *, tables: bool) -> None:
        """Show the ways of other columns, with the most useful one within the limits chosen.

        Args:
            tables: there are tables to weigh; else what has to be done first is told.
        """
        self.frontier = frontier
        self._views.setCurrentIndex(0 if tables else 1)
        self._chart.setVisible(frontier is not None)
        self._tried.setVisible(frontier is not None)
        most = self.limits.most_left_out
        self.nodes = frontier.points(most) if frontier else ()
        if frontier is None:
            self._tried.say("")
            self.choice.show_choice(None, None, self._limit, None)
            return
        tried = plural(frontier.tried, self.tr("way"), self.tr("ways"))
        words = self.tr("{ways} tried on {rows} rows of {table}, in {time}")
        if frontier.is_bounded:
            words = self.tr("{ways} within your rules, {rows} rows of {table}, {time}")
        self._tried.say(
            words.format(
                ways=tried,
                rows=integer(frontier.records),
                table=shown_name(frontier.table),
                time=seconds(frontier.seconds),
            )
        )
        within = [at for at, node in enumerate(self.nodes) if node.risk <= self._limit + 1e-9]
        self._at = within[-1] if within else 0
        self._advise(frontier, most, needed=not within)
        self.chart.show_points(self.nodes, frontier.others(_OTHERS, most), self._limit, self._at)
        self.points.blockSignals(True)
        self.points.set_rows(self.nodes)
        for sensitive in (_L, _T):
            self.points.setColumnHidden(sensitive, all(node.diversity is None for node in self.nodes))
        self.points.blockSignals(False)
        self._show_at()

    def _advise(self, frontier: Frontier, most: float, *, needed: bool) -> None:
        """Where no way stays under the limit: what to do, and the button that does it where leaving out more helps."""
        self._would_help = self._enough(frontier, most) if needed else 0.0
        self.advice.setVisible(needed)
        self.advice.say(self._advised(most) if needed else "")
        self.leave_out.setVisible(bool(self._would_help))
        words = self.tr("Let {more} be left out") if self._would_help else ""
        self.leave_out.set_words(words.format(more=share(self._would_help)))

    def _leave_out(self) -> None:
        combo = self.limits.left_out
        combo.setCurrentIndex(combo.findData(self._would_help))

    def _accept(self) -> None:
        """Take the risk of the chosen way for the limit: nothing exceeds one without anybody's word."""
        if self.node is not None:
            self.limits.limited.emit("risk", self.node.risk)

    def _enough(self, frontier: Frontier, most: float) -> float:
        """The share of the records with which some way stays under the limit; 0 where none of those offered does."""
        if frontier.space.sensitive or frontier.space.whose is not None:
            return 0.0  # every answer takes a moment
        offered = (each for each in SHARES_LEFT_OUT if each > most)
        return next((each for each in offered if frontier.best(self._limit, each) is not None), 0.0)

    def _advised(self, most: float) -> str:
        told = self.tr("No way stays under {limit} with at most {most} of the records left out.").format(
            limit=share(self._limit), most=share(most)
        )
        if self._would_help:
            helps = self.tr("One does where {more} may be left out.").format(more=share(self._would_help))
        else:
            helps = self.tr("Let more be left out, or remove a column that others know, or ask for less.")
        return f"{told} {helps}"

    def choose(self, at: int) -> None:
        """Choose another point."""
        if not 0 <= at < len(self.nodes) or at == self._at:
            return
        self._at = at
        self._show_at()
        self.moved.emit(self.node)

    def _point_chosen(self, node: Node | None) -> None:
        if node in self.nodes:
            self.choose(self.nodes.index(node))

    def _turn(self) -> None:
        """The same as a table, or as a chart again."""
        as_table = self._shown.currentIndex() == 0
        self._shown.setCurrentIndex(int(as_table))
        self.turn.set_words(self.tr("Show the chart") if as_table else self.tr("Show as a table"))

    def _levels(self, node: Node) -> str:
        levels = self.frontier.levels(node) if self.frontier is not None else ()
        return ", ".join(f"{shown_name(each.column)} {each.level}/{each.top}" for each in levels)

    def _show_at(self) -> None:
        """Show the chosen point everywhere."""
        self.chart.show_choice(self._at)
        above = self.node is not None and self.node.risk > self._limit + 1e-9
        self.accept.setVisible(above)
        words = self.tr("Accept a risk of {risk}") if above else ""
        self.accept.set_words(words.format(risk=share(self.node.risk if self.node else 0.0)))
        self.slider.show_stops(len(self.nodes), self._at)
        self.slider.setAccessibleDescription(self.chart.accessibleDescription())
        self.points.blockSignals(True)
        self.points.choose(self.node)
        self.points.blockSignals(False)

    def choose_levels(self, levels: Sequence[int], k: int) -> None:
        """Show the point that rules stand for, where there is one; tells nobody."""
        for at, node in enumerate(self.nodes):
            if node.levels == tuple(levels) and node.k == k:
                self._at = at
                self._show_at()
                return

    def show_replaced(self, replaced: Sequence[tuple[Rule, Rule | None]]) -> None:
        """Which rules of the steward the chosen ways replace by others, and the button that lets them."""
        for part in (self.replaced, self.give_up):
            part.setVisible(bool(replaced))
        told = self.tr("{column}: {now}; your rule says {before}.")
        self.replaced.say(
            " ".join(
                told.format(column=place_words(before.place), now=rule_words(now), before=rule_words(before))
                for before, now in replaced
            )
        )
        one = len(replaced) == 1
        self.give_up.set_words(self.tr("Replace this rule") if one else self.tr("Replace these rules"))

    def show_rows(self, rows: Sequence[Row], of: int) -> None:
        """The columns that matter most."""
        self.table.show_rows(rows[:_MOST_ROWS])
        some = min(_MOST_ROWS, len(rows))
        words = (
            self.tr("{some} of {all}, the ones that matter most").format(some=some, all=of)
            if some < of
            else plural(of, self.tr("column"), self.tr("columns"))
        )
        self._techniques.say_beside(words if rows else "")

    def show_trial(self, trial: Trial | None, *, fits: bool) -> None:
        """What a trial copy showed; only one made by these rules counts."""
        self.choice.show_choice(self.node, self.frontier, self._limit, trial if fits else None)
        if trial is None or not fits:
            self.residue.show_nothing()
            self.attacks.show_nothing()
            return
        self.residue.show_residue(trial.residue, trial.made_at)
        self.attacks.show_attacks(trial.attacks)


def _or_dash(value: float | None) -> str:
    """l or t of what stays; a dash where nothing is asked of sensitive columns."""
    return "–" if value is None else locale().toString(float(value), "g", 3)
