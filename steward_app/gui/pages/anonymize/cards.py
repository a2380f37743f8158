"""The cards at the right of the balance: this choice, what is left behind, attacks on the copy."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from steward_app.gui.format import as_here, integer, plural, shown_name, time, when
from steward_app.gui.layout import Item, boxed, clear, hbox, vbox
from steward_app.gui.pages.anonymize.words import attack_words, least_people, people, place_words, share, tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.states import IconLabel, StateLabel
from steward_app.gui.widgets.surfaces import Card, Figure, KeyValueList, hairline
from steward_app.gui.widgets.text import Label, tip
from steward_app.kernel.clock import from_text
from steward_app.services.privacy.attack import AttackReport
from steward_app.services.privacy.attack.model import Attack
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.report.trial import Trial
from steward_app.services.privacy.residue.model import ResidueReport, Where
from steward_app.services.privacy.risk import Frontier, Node
from steward_app.services.privacy.utility import UtilityReport
from steward_app.services.privacy.utility.model import Measure

_OUTSIDE_ROWS = (
    Where.GAP, Where.FREEBLOCK, Where.FREELIST, Where.OVERFLOW, Where.UNREACHED, Where.RESERVED,
    Where.STATISTICS, Where.INDEX, Where.FULL_TEXT, Where.SCHEMA,
)  # fmt: skip

_REPLACING = frozenset(
    {
        Technique.PSEUDONYM,
        Technique.PERMUTE,
        Technique.TOKEN,
        Technique.FIXED,
        Technique.REMOVE,
        Technique.MASK,
    }
)


class ResultRow(QWidget):
    """One thing that was looked at: a state, what it is, a second line, and a figure at the right.

    Args:
        whole: all that is said of it, for the tooltip.
        wrap: the second line becomes several where it is long, since its end tells rows apart.
        wrap_title: so does the first.
    """

    def __init__(
        self,
        title: str,
        second: str,
        figure: str,
        tone: Tone,
        whole: str = "",
        *,
        wrap: bool = False,
        wrap_title: bool = False,
    ) -> None:
        super().__init__()
        self.setToolTip(tip(as_here(whole)) if whole else "")
        icon = {Tone.SUCCESS: "circle-check", Tone.WARNING: "triangle-alert", Tone.DANGER: "circle-x"}
        mark = boxed(vbox(IconLabel(icon.get(tone, "circle"), tone, 14), None, margins=(0, 2, 0, 0)))
        value = Label(figure, role="strong", tone=tone)
        words = vbox(
            Label(as_here(title), elide=not wrap_title, wrap=wrap_title),
            Label(as_here(second), role="small", tone=Tone.MUTED, elide=not wrap, wrap=wrap),
        )
        row = hbox(mark, words, boxed(vbox(value, None)), gap=8, margins=(16, 5, 16, 5))
        row.setStretch(1, 1)
        self.setLayout(vbox(hairline(), row))


class ChoiceCard(Card):
    """What the chosen way does."""

    def __init__(self) -> None:
        self._state = StateLabel()
        super().__init__(self.tr("This choice"), state=self._state)
        self._risk, self._kept = Figure(), Figure()
        figures = hbox(self._risk, self._kept, gap=8)
        figures.setStretch(0, 2)
        figures.setStretch(1, 3)
        self._rows = KeyValueList()
        self.body.addLayout(figures)
        self.body.addWidget(self._rows)

    def show_choice(
        self, node: Node | None, frontier: Frontier | None, limit: float, trial: Trial | None
    ) -> None:
        """Show another way; figures of a trial only where it was made by these rules."""
        if node is None or frontier is None:
            self._state.show_state(self.tr("Nothing chosen"), Tone.MUTED)
            self._risk.show_figure("–", self.tr("risk"))
            self._kept.show_figure("–", self.tr("usefulness kept"))
            self._rows.set_rows(())
            return
        within = node.risk <= limit + 1e-9
        words = self.tr("Under your limit of {limit}") if within else self.tr("Above your limit of {limit}")
        self._state.show_state(words.format(limit=share(limit)), Tone.SUCCESS if within else Tone.WARNING)
        self._risk.show_figure(share(node.risk), self.tr("risk"))
        self._kept.show_figure(share(node.kept), self.tr("usefulness kept"))
        left_out, of = (trial.left_out, trial.rows) if trial else (node.left_out, frontier.records)
        not_yet = self.tr("after a trial copy")
        out = self.tr("{some} of {all}").format(some=integer(left_out), all=integer(of))
        told = (
            (self.tr("Sensitive values in the poorest group"), integer(node.diversity)),
            (self.tr("Farthest group from the whole"), share(node.closeness or 0.0)),
        ) if node.diversity is not None else ()  # fmt: skip
        self._rows.set_rows(
            (
                (self.tr("Smallest group that looks alike"), least_people(node.k)),
                *told,
                *_smallest(trial),
                (self.tr("Rows left out") if trial else self.tr("Records left out"), out),
                *(_averages(trial) if trial else ((self.tr("Averages move at most"), not_yet),)),
                (self.tr("Links between tables kept"), _links(trial.utility) if trial else not_yet),
            )
        )


def _smallest(trial: Trial | None) -> tuple[tuple[str, str], ...]:
    """The smallest group of all tables about persons, by what somebody may know; a trial alone can tell."""
    known = [each for each in trial.risks if each.counts] if trial else []
    least = min(known, key=lambda each: each.k, default=None)
    if least is None:
        return ()
    count = people(least.k) if least.person else plural(least.k, tr("record"), tr("records"))
    words = tr("{count}, in {table}").format(count=count, table=shown_name(least.table))
    return ((tr("Smallest group of all tables"), words),)


class _Results(Card):
    """A card of rows, or words and a button while there are none."""

    def __init__(self, title: str, icon: str, empty: str, button: Button | None = None) -> None:
        self.state = StateLabel()
        super().__init__(title, icon=icon, state=self.state, flush=True, gap=0)
        self._empty, self._button = empty, button
        self._rows = vbox()
        self.body.addLayout(self._rows)
        words: list[Item] = [Label(empty, tone=Tone.MUTED, wrap=True)]
        if button is not None:
            words.append(hbox(button, None))
        self._nothing = boxed(vbox(*words, gap=8, margins=(16, 4, 16, 12)))
        self.body.addWidget(self._nothing)
        self.body.addStretch(1)
        self.show_nothing()

    def show_nothing(self) -> None:
        """Nothing was looked at yet."""
        clear(self._rows)
        self._nothing.show()
        self.state.show_state(self.tr("Not looked at yet"), Tone.MUTED, "circle")

    def show_rows(self, rows: list[QWidget], words: str, tone: Tone) -> None:
        """Show what was found."""
        clear(self._rows)
        self._nothing.hide()
        for row in rows:
            self._rows.addWidget(row)
        self.state.show_state(words, tone)


class ResidueCard(_Results):
    """Original values that are left anywhere in a copy.

    Args:
        button: makes the trial copy that is searched; None where the copy was made.
    """

    def __init__(self, button: Button | None = None) -> None:
        trial = self.tr("A trial copy is made in scratch space, searched for original values, and removed.")
        made = self.tr("It was searched when it was made, and is searched again together with the attacks.")
        super().__init__(self.tr("What is left behind"), "search", made if button is None else trial, button)

    def show_residue(self, report: ResidueReport, made_at: str, *, trial: bool = True) -> None:
        """Show what a search found."""
        places = sum(each.values > 0 for each in report.originals)
        columns = plural(places, self.tr("column"), self.tr("columns"))
        rows: list[QWidget] = [
            ResultRow(
                self.tr("Old values found, in the places searched"),
                self.tr("{columns} with values to search, {values} values").format(
                    columns=columns, values=integer(report.values)
                ),
                integer(report.hits),
                Tone.SUCCESS if report.is_clean else Tone.DANGER,
            )
        ]
        outside = sum(report.of(where) for where in _OUTSIDE_ROWS)
        rows.append(
            ResultRow(
                self.tr("Free pages, indexes, statistics"),
                self.tr("Copy written fresh, nothing carried over")
                if not outside
                else self.tr("Old values stand there"),
                integer(outside),
                Tone.DANGER if outside else Tone.SUCCESS,
            )
        )
        allowed = sum(each.hits for each in report.allowed)
        if allowed:
            reasons = ", ".join(sorted({each.reason for each in report.allowed}))
            rows.append(
                ResultRow(
                    self.tr("Old values that the rules let stand"),
                    reasons,
                    integer(allowed),
                    Tone.WARNING,
                    wrap=True,
                )
            )
        short = sum(each.not_searched + each.as_cells for each in report.originals)
        if short or report.not_searched:
            what = [each.what for each in report.not_searched]
            said = what[0] if what else self.tr("Too short or too common to be told from chance")
            if len(what) > 1:
                said = self.tr("{first}; and {more} more: the release report names them").format(
                    first=said, more=integer(len(what) - 1)
                )
            rows.append(
                ResultRow(
                    self.tr("Not searched everywhere"),
                    said,
                    integer(short or len(what)),
                    Tone.WARNING,
                    whole="; ".join(what),
                    wrap=True,
                )
            )
        at = from_text(made_at)
        words = self.tr("trial copy, {time}").format(time=time(at)) if trial else when(at)
        self.show_rows(rows, words, Tone.SUCCESS if report.is_clean else Tone.DANGER)


class AttackCard(_Results):
    """Attacks that were really carried out."""

    def __init__(self, button: Button | None = None) -> None:
        super().__init__(
            self.tr("Attacks on the copy"),
            "shield",
            self.tr("Attacks are carried out on the copy, with the original as what the attacker knows."),
            button,
        )

    def show_attacks(self, report: AttackReport, *, most: int = 6) -> None:
        """Show the attacks, the strongest first."""
        found = strongest_first(report.attacks)
        judged = [each for each in found if each.judged]
        above = sum(each.beats for each in judged)
        rows: list[QWidget] = [attack_row(each) for each in found[:most]]
        if len(found) > most:
            more = Label(more_attacks(found[most:]), role="small", tone=Tone.MUTED, wrap=True)
            rows.append(boxed(vbox(more, margins=(38, 5, 16, 8))))
        for line in report.basis:  # what was known, or was not tried: it stands beside the figures
            told = Label(as_here(line), role="small", tone=Tone.MUTED, wrap=True)
            rows.append(boxed(vbox(told, margins=(38, 0, 16, 8))))
        words = (
            self.tr("{some} of {all} above the limit")
            if above
            else self.tr("{some} of {all} below the limit")
        )
        said = words.format(some=above or len(judged), all=len(judged))
        self.show_rows(rows, said, Tone.DANGER if above else Tone.SUCCESS)


def strongest_first(attacks: Sequence[Attack]) -> list[Attack]:
    """Those above their limit before the others, and what is not judged in the end."""
    return sorted(attacks, key=lambda each: (not each.beats, not each.judged, -each.rate))


def more_attacks(attacks: Sequence[Attack]) -> str:
    """The attacks that have no row of their own: "12 more attacks, 3 above the limit, 4 told and not judged"."""
    above, told = sum(each.beats for each in attacks), sum(not each.judged for each in attacks)
    parts = [plural(len(attacks), tr("more attack"), tr("more attacks"))]
    if above:
        parts.append(tr("{count} above the limit").format(count=integer(above)))
    if told:
        parts.append(tr("{count} told and not judged").format(count=integer(told)))
    return ", ".join(parts)


def attack_row(attack: Attack) -> ResultRow:
    """One attack: what was tried, on how many, and the share it got right beside guessing."""
    guess = share(attack.guessing / attack.tried) if attack.tried else share(0.0)
    second = tr("{right} of {tried} found; guessing alone finds {guess}").format(
        right=integer(round(attack.likely)), tried=integer(attack.tried), guess=guess
    )
    tone = Tone.DANGER if attack.beats else Tone.SUCCESS if attack.judged else Tone.WARNING
    return ResultRow(attack_words(attack), second, share(attack.rate), tone, attack.title, wrap_title=True)


def _averages(trial: Trial) -> tuple[tuple[str, str], ...]:
    """Which mean of numbers or dates moved most, and by how much of its spread; of columns that kept their own."""
    replaced = {rule.place for rule in trial.rules.rules if rule.technique in _REPLACING}
    moved = [
        (abs(each.after.mean - each.before.mean) / each.before.deviation, each.place)
        for each in trial.utility.columns
        if each.before.mean is not None
        and each.after.mean is not None
        and each.before.deviation
        and each.place not in replaced
        and each.measure is Measure.NUMBERS
    ]
    title = tr("Averages move at most")
    if not moved:
        return ((title, tr("none is left")),)
    most, place = max(moved)
    told = tr("{share} of their spread").format(share=share(most))
    return ((title, told), (tr("The one that moves most"), place_words(place)))


def _links(utility: UtilityReport) -> str:
    """Foreign keys by which no smaller share of the rows finds its parent than before."""
    kept = sum(
        each.joined_after * each.rows_before >= each.joined_before * each.rows_after for each in utility.links
    )
    return tr("{some} of {all}").format(some=integer(kept), all=integer(len(utility.links)))
