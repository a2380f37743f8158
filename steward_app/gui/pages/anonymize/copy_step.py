"""One copy of the register: what it is, whether attacks find anybody in it, and what it is still good for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from steward_app.gui.flow import Flow
from steward_app.gui.format import as_here, integer, plural, shown_name, size, when
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.pages.anonymize.cards import AttackCard, ResidueCard, ResultRow
from steward_app.gui.pages.anonymize.words import STATES, key_state, share, tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.plan_view import check_line
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import Card, KeyValueList, Scroll, Value
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.services.privacy.along import in_words
from steward_app.services.privacy.anonymize.file_now import FileNow
from steward_app.services.privacy.anonymize.model import CopyRisk, Release
from steward_app.services.privacy.report.model import ReleaseReport
from steward_app.services.privacy.utility import UtilityReport

_SIDE, _NARROW = 416, 960
_MOST_RISKS = 6


class CopyStep(QWidget):
    """A copy, and what attacking it showed.

    Args:
        actions: buttons on the card of the copy.
        show_point: shows a restore point, given its id.
    """

    def __init__(
        self, actions: Sequence[Button], show_point: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._go_to_point, self._point = show_point, ""
        self.release: Release | None = None
        self.report: ReleaseReport | None = None
        self._state = StateLabel()
        self._words = Label(role="heading", wrap=True, selectable=True)
        self._facts = KeyValueList()
        self._checks = vbox(gap=6)
        self._good = Card(self.tr("What it is still good for"), icon="chart-column", flush=True, gap=0)
        self._useful = vbox()
        self._show_nothing_useful()
        self._good.body.addLayout(self._useful)
        self._found = Card(self.tr("How easily somebody is found"), icon="users", flush=True, gap=0)
        self._risks = vbox(margins=(0, 0, 0, 8))
        self._found.body.addLayout(self._risks)
        self._assessed = Card(self.tr("Assessment"), icon="pencil")
        self.residue, self.attacks = ResidueCard(), AttackCard()
        copy = Card(
            self.tr("What was made"),
            self._words,
            self._facts,
            boxed(Flow(*actions, gap=8)),
            state=self._state,
            gap=12,
        )
        checked = Card(self.tr("Checked when it was made"), self._checks, icon="shield-check")
        left = vbox(copy, checked, self._assessed, self._found, None, gap=12)
        right = vbox(self.attacks, self.residue, self._good, None, gap=12)
        row = Beside(boxed(left), boxed(right), width=_SIDE, below=_NARROW, gap=12)
        self._content = boxed(vbox(row, margins=(24, 12, 24, 12)))
        self._scroll = Scroll(self._content)
        self.setLayout(vbox(self._scroll))

    def show_release(self, release: Release) -> None:
        """Show a copy; what attacks showed of another one goes."""
        if self.release is None or release.id != self.release.id:
            self.report = None
            self.attacks.show_nothing()
            self.residue.show_nothing()
            self._show_nothing_useful()
            self._point = ""
        self.release = release
        word, tone, icon = STATES[release.state]
        self._state.show_state(tr(word), tone, icon)
        self._words.say(as_here(release.words[:1].upper() + release.words[1:]))
        self._facts.set_rows(self._told(release))
        clear(self._checks)
        for check in release.checks:
            self._checks.addWidget(check_line(check))
        self._show_risks(release)
        clear(self._assessed.body)
        for line in self._assessment(release):
            self._assessed.body.addWidget(line)

    def show_point(self, point: str) -> None:
        """The restore point of what the file held before it was anonymized itself; "" for a copy."""
        if self.release is not None and point != self._point:
            self._point = point
            self._facts.set_rows(self._told(self.release))

    def _told(self, release: Release) -> list[tuple[str, Value]]:
        rows = plural(release.rows, self.tr("row"), self.tr("rows"))
        tables = plural(release.tables, self.tr("table"), self.tr("tables"))
        facts: list[tuple[str, Value]] = [
            (self.tr("File"), shown_name(str(release.path))),
            (self.tr("Holds"), f"{rows}, {tables}, {size(release.size_bytes)}"),
            (self.tr("Made"), when(from_text(release.made_at))),
            (self.tr("Rules"), shown_name(release.rules)),
            (self.tr("Recipient"), release.recipient or self.tr("nobody named")),
            (self.tr("Purpose"), release.purpose or self.tr("none named")),
            (self.tr("To be used until"), release.until or self.tr("no day named")),
            (self.tr("Key"), key_state(release)),
            (
                self.tr("Attacked"),
                when(from_text(self.report.made_at)) if self.report else self.tr("not yet"),
            ),
            (self.tr("In the register as"), release.id),
        ]
        if point := self._point:
            shown = link(self.tr("Kept as a restore point"), lambda: self._go_to_point(point))
            facts.insert(1, (self.tr("What it held before"), shown))
        return facts

    def show_report(self, report: ReleaseReport, *, news: bool = True) -> None:
        """What attacking, searching and measuring showed.

        Args:
            news: just now; else what was kept of it is shown again.
        """
        self.report = report
        if self.release is not None:
            self._facts.set_rows(self._told(self.release))
        self.attacks.show_attacks(report.attacks, most=12)
        if report.residue is not None:
            self.residue.show_residue(report.residue, report.made_at, trial=False)
        self._show_utility(report.utility)
        if news:
            top = self.attacks.mapTo(self._content, QPoint(0, -px(12))).y()
            self._scroll.verticalScrollBar().setValue(top)  # where it stands below, it is not in sight

    def _show_nothing_useful(self) -> None:
        clear(self._useful)
        words = Label(self.tr("Measured together with the attacks."), tone=Tone.MUTED, wrap=True)
        self._useful.addWidget(boxed(vbox(words, margins=(16, 4, 16, 8))))

    def _show_risks(self, release: Release) -> None:
        clear(self._risks)
        first, rest = worst_first(release.risks)
        for each in first:
            self._risks.addWidget(_risk_row(each))
        if rest:
            self._fold(rest)
        if not release.risks:
            words = self.tr("Not measured: no table was known to be about persons when it was made.")
            self._risks.addWidget(
                boxed(vbox(Label(words, tone=Tone.MUTED, wrap=True), margins=(16, 4, 16, 8)))
            )

    def _fold(self, rest: Sequence[CopyRisk]) -> None:
        """Measures that somebody may ask for: rows of them are made then."""

        def unfold() -> None:
            fold.hide()
            for each in rest:
                self._risks.addWidget(_risk_row(each))

        words = self.tr("Show {measures}").format(
            measures=plural(len(rest), self.tr("more measure"), self.tr("more measures"))
        )
        fold = boxed(hbox(link(words, unfold), None, margins=(38, 8, 16, 0)))
        self._risks.addWidget(fold)

    def _show_utility(self, utility: UtilityReport) -> None:
        clear(self._useful)
        names = {
            "columns": self.tr("Columns are distributed as they were"),
            "correlations": self.tr("Columns go together as they did"),
            "links": self.tr("Joins give what they gave"),
            "queries": self.tr("Your saved queries answer alike"),
        }
        counts = {
            "columns": len(utility.columns),
            "correlations": utility.correlations_compared,
            "links": len(utility.links),
            "queries": len(utility.queries),
        }
        for part, kept in utility.parts:
            second = self.tr("{count} compared").format(count=integer(counts.get(part, 0)))
            tone = Tone.SUCCESS if kept >= 0.8 else Tone.WARNING
            self._useful.addWidget(ResultRow(names.get(part, part), second, share(kept), tone))

    def _assessment(self, release: Release) -> list[Label]:
        if not release.assessments:
            words = self.tr(
                "For whoever holds the original or the key this copy is personal data. Only a person can assess that "
                "it is anonymous for one recipient, until a day."
            )
            return [Label(words, tone=Tone.MUTED, wrap=True)]
        lines = []
        for each in release.assessments:
            said = self.tr("For {recipient}, until {until}, by {who}.").format(
                recipient=each.sheet.recipient, until=each.sheet.until, who=each.sheet.assessed_by
            )
            state = "" if each.holds else self.tr(" It does not hold any more.")
            if each.file_now == FileNow.OTHER.value:
                state = self.tr(" It does not hold for the file there, which is another one now.")
            if each.key_destroyed_since:
                state += self.tr(" The key was kept when this was recorded; it is destroyed now.")
            lines.append(
                Label(as_here(said + state), wrap=True, tone=Tone.TEXT if each.holds else Tone.MUTED)
            )
        return lines


def worst_first(risks: Sequence[CopyRisk]) -> tuple[list[CopyRisk], list[CopyRisk]]:
    """The worst measure of each table where somebody can be found most easily, a few of them; and all the others."""
    ordered = sorted(risks, key=lambda each: (bool(each.why_not), not _warns(each), each.k))
    worst = {each.table: each for each in reversed(ordered)}.values()
    first = [each for each in ordered if any(each is one for one in worst)][:_MOST_RISKS]
    return first, [each for each in ordered if not any(each is one for one in first)]


def _warns(risk: CopyRisk) -> bool:
    """Whether somebody can be found by what was measured: these stand first, since there may be many."""
    return bool(risk.direct or (risk.uniques and risk.counts))


def _risk_row(risk: CopyRisk) -> ResultRow:
    """A table, by what somebody could be found in it, and its smallest group."""
    if risk.why_not:
        words = tr("not measured")
        return ResultRow(shown_name(risk.table), as_here(risk.why_not), words, Tone.MUTED, risk.sentence)
    second = tr("{count} of {all} alone, by {columns}").format(
        count=integer(risk.uniques),
        all=plural(risk.records, tr("record"), tr("records")),
        columns=in_words(
            (tr("{column} (moved)").format(column=name) if name in risk.moved else name for name in risk.by),
            shown_name,
        ),
    )
    if risk.leading_to:
        names = in_words(risk.leading_to, shown_name)
        second = tr("{found}, of rows that lead to {columns}").format(found=second, columns=names)
    if risk.direct:
        names = ", ".join(map(shown_name, risk.direct))
        one = len(risk.direct) == 1
        told = (
            tr("{columns} leads to a person, and is kept")
            if one
            else tr("{columns} lead to a person, and are kept")
        )
        second = tr("says nothing: {why}").format(why=told.format(columns=names))
    tone = Tone.WARNING if _warns(risk) else Tone.TEXT
    figure = f"k = {integer(risk.k)}"
    return ResultRow(shown_name(risk.table), second, figure, tone, risk.sentence, wrap=True)
