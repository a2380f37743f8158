"""The register of copies: a list, and forms for what is recorded of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from steward_app.gui.format import as_here, integer, shown_name, size, when
from steward_app.gui.layout import fix, vbox
from steward_app.gui.pages.anonymize.cards import more_attacks, strongest_first
from steward_app.gui.pages.anonymize.words import STATES, key_state, tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.cells import Cell, name_cell, state_cell
from steward_app.gui.widgets.controls import LabelledField
from steward_app.gui.widgets.dialog import FormDialog
from steward_app.gui.widgets.surfaces import EmptyState, KeyValueList, Views
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.services.privacy.along import groups_in_words
from steward_app.services.privacy.anonymize.model import CopyRisk, Release, ReleaseState, Sheet
from steward_app.services.privacy.report.model import ReleaseReport
from steward_app.services.privacy.report.words import holders
from steward_app.services.privacy.risk.model import Risk

_MOST_ATTACKS = 12
_MOST_TOLD = 2
"""Sentences that stand above the verb of the sheet, which must leave room for its fields."""


class RegisterView(QWidget):
    """All copies of this database.

    Signals:
        opened: a `Release` that is looked at.
    """

    opened = Signal(object)

    def __init__(self, begin: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = SimpleTable[Release](
            self.tr("Copies for release"),
            (
                Column[Release](self.tr("Copy"), lambda each: name_cell(shown_name(each.path.name))),
                Column[Release](self.tr("State"), _state, width=96),
                Column[Release](self.tr("Called"), lambda each: Cell(each.words, tone=Tone.MUTED), width=232),
                Column[Release](self.tr("Recipient"), lambda each: each.recipient),
                Column[Release](self.tr("Until"), lambda each: each.until, width=112),
                Column[Release](self.tr("Made"), lambda each: when(from_text(each.made_at)), width=108,
                                order=lambda each: each.made_at),
                Column[Release](self.tr("Rows"), lambda each: integer(each.rows), width=72, right=True,
                                order=lambda each: each.rows),
                Column[Release](self.tr("Size"), lambda each: size(each.size_bytes), width=80, right=True,
                                order=lambda each: each.size_bytes),
            ),
            key=lambda each: each.id,
            row_height=30,
        )  # fmt: skip
        self._views = Views()
        self._views.addWidget(self.table)
        self._views.addWidget(
            EmptyState(
                "package",
                self.tr("No copy was made yet"),
                self.tr(
                    "Every copy for release stands here: what it holds, for whom, under which rules, until when."
                ),
                Button(self.tr("Make a copy"), begin),
            )
        )
        self.setLayout(vbox(self._views))
        self.table.opened.connect(self.opened)

    def show_releases(self, releases: Sequence[Release]) -> None:
        """Show other copies."""
        self.table.set_rows(releases)
        if self.table.current is None and releases:
            self.table.choose(releases[0])
        self._views.setCurrentIndex(0 if releases else 1)


class NoteDialog(FormDialog):
    """One sentence for the record: to whom a copy was given, how it was destroyed, why a key goes.

    Args:
        known: stands there from the start, to be changed.
        against: what speaks against it, in a sentence; it is told, and stops nobody.
    """

    def __init__(
        self,
        window: QWidget,
        title: str,
        sentence: str,
        label: str,
        verb: str,
        run: Callable[[str], None],
        *,
        known: str = "",
        against: str = "",
    ) -> None:
        self.field = LabelledField(label)
        self.field.edit.setText(known)
        told = (Banner(Tone.WARNING, against),) if against else ()
        super().__init__(window, title, sentence, verb, *told, self.field)
        self.field.edit.textChanged.connect(lambda _: self._check())
        self._run = run
        self._check()

    def submit(self) -> None:
        """Record it."""
        self.accept()
        self._run(self.field.edit.text().strip())

    def _check(self) -> None:
        self.verb.disable("" if self.field.edit.text().strip() else tr("Say it in a few words first."))


class SheetDialog(FormDialog):
    """The assessment sheet. All that it says is said by the person who signs for it.

    What the register knows stands above the fields, and in those that ask for the same, to be changed.

    Args:
        source: name of the original.
        report: what attacks and measures showed; None where nobody attacked the copy.
        why_not: why a sheet that says all cannot be recorded; "" when it can.
        known_otherwise: where a sheet says otherwise than what is known; it is shown, and recorded with the sheet.
    """

    def __init__(
        self,
        window: QWidget,
        release: Release,
        source: str,
        report: ReleaseReport | None,
        why_not: Callable[[Sheet], str],
        known_otherwise: Callable[[Sheet], Sequence[str]],
        run: Callable[[Sheet], None],
    ) -> None:
        self._release, self._why_not, self._known_otherwise = release, why_not, known_otherwise
        self.against: tuple[str, ...] = ()
        self.known = KeyValueList(_known(release, report))
        self.who = LabelledField(tr("Who answers for it"))
        self.recipient = LabelledField(tr("For whom it is anonymous"))
        self.until = LabelledField(tr("Until which day"), tr("2027-12-31"))
        self.reasons = _Lines(tr("Why nobody there can reasonably find a person again"))
        self.measures = _Lines(tr("What was measured, a line each"))
        self.attacks = _Lines(tr("Which attacks were tried, and what came of them, a line each"))
        self.original = LabelledField(tr("Who still holds the original"))
        self.other = LabelledField(tr("What else the recipient holds or can get"))
        self.contract = LabelledField(tr("What binds the recipient"), tr("empty for nothing"))
        items = (self.known, self.who, self.recipient, self.until, self.reasons, self.measures, self.attacks,
                 self.original, self.other, self.contract)  # fmt: skip
        super().__init__(
            window,
            tr("Assess this copy as anonymous"),
            tr("The program asserts none of this. It is recorded with your name, signed by this computer, and can be "
               "withdrawn."),
            tr("Record the assessment"),
            *items,
            wide=560,
        )  # fmt: skip
        given = release.note if release.state is ReleaseState.GIVEN else ""
        self.recipient.edit.setText(release.recipient or given)
        self.until.edit.setText(release.until)
        controller = report.controller.name if report is not None else ""
        self.original.edit.setText(as_here(holders(release, source, controller)))
        self.measures.say(_measures(report) if report is not None else _risks(release))
        if report is not None:
            self.attacks.say(_attacks(report))
        for field in (self.who, self.recipient, self.until, self.original, self.other):
            field.edit.textChanged.connect(lambda _: self._check())
        for lines in (self.reasons, self.measures, self.attacks):
            lines.edit.textChanged.connect(self._check)
        self._run = run
        self._check()

    def submit(self) -> None:
        """Record what was said."""
        said = self.sheet
        self.accept()
        self._run(said)

    @property
    def sheet(self) -> Sheet:
        """What was said."""
        return Sheet(
            self.who.edit.text().strip(),
            self.recipient.edit.text().strip(),
            self.until.edit.text().strip(),
            " ".join(self.reasons.lines),
            self.measures.lines,
            self.attacks.lines,
            self.original.edit.text().strip(),
            self.other.edit.text().strip(),
            self.contract.edit.text().strip(),
        )

    def _check(self) -> None:
        sheet = self.sheet
        said = (sheet.assessed_by, sheet.recipient, sheet.until, sheet.reasons, sheet.measures, sheet.attacks,
                sheet.holds_original, sheet.other_data)  # fmt: skip
        wrong = self._why_not(sheet) if all(said) else ""
        self.verb.disable(wrong if all(said) else tr("All but the contract must be said."))
        other = self._release.recipient not in ("", sheet.recipient)
        self.recipient.set_wrong(wrong if other else "")
        self.until.set_wrong("" if other else wrong)
        self._say_otherwise(tuple(self._known_otherwise(sheet)))

    def _say_otherwise(self, against: tuple[str, ...]) -> None:
        """Above the verb, which stays in sight however long the sheet is."""
        if against == self.against:
            return
        self.against = against
        lead = tr("The sheet says otherwise than what is known here; both are recorded.")
        more = len(against) - _MOST_TOLD
        rest = (tr("And {more} more like this.").format(more=integer(more)),) if more > 0 else ()
        self.tell(Banner(Tone.WARNING, lead, " ".join((*against[:_MOST_TOLD], *rest))) if against else None)
        self.verb.set_words(tr("Record it all the same") if against else tr("Record the assessment"))


class _Lines(QWidget):
    """Some lines of text under a label."""

    def __init__(self, label: str) -> None:
        super().__init__()
        words = Label(label, wrap=True)
        self.edit = QPlainTextEdit()
        self.edit.setProperty("kind", "field")
        self.edit.setAccessibleName(label)
        self.edit.setTabChangesFocus(True)
        fix(self.edit, height=64)
        words.setBuddy(self.edit)
        self.setLayout(vbox(words, self.edit, gap=6))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that say something."""
        return tuple(line.strip() for line in self.edit.toPlainText().splitlines() if line.strip())

    def say(self, lines: Sequence[str]) -> None:
        """Show other lines."""
        self.edit.setPlainText("\n".join(lines))


def _state(release: Release) -> Cell:
    word, tone, icon = STATES[release.state]
    return state_cell(tr(word), tone, icon)


def _known(release: Release, report: ReleaseReport | None) -> tuple[tuple[str, str], ...]:
    """What the register says of the copy, to have it in sight while the sheet is filled."""
    return (
        (tr("Copy"), shown_name(release.path.name)),
        (tr("Recipient"), release.recipient or tr("nobody named")),
        (tr("Purpose"), release.purpose or tr("none named")),
        (tr("To be used until"), release.until or tr("no day named")),
        (tr("Key"), key_state(release)),
        (tr("Attacked"), when(from_text(report.made_at)) if report else tr("not yet")),
    )


def _risks(release: Release) -> list[str]:
    """What was measured when the copy was made, without a report."""
    return _least([each for each in release.risks if not each.why_not and each.counts])


def _least(risks: Sequence[CopyRisk | Risk]) -> list[str]:
    """The smallest group of each table, one line each: whoever signs reads them all. The report has every measure."""
    least: dict[str, CopyRisk | Risk] = {}
    for each in risks:
        if each.table not in least or each.k < least[each.table].k:
            least[each.table] = each
    line = tr("{table}: k = {k} over {columns}")
    return [
        line.format(table=table, k=each.k, columns=groups_in_words(each.by, each.leading_to))
        for table, each in least.items()
    ]


def _measures(report: ReleaseReport) -> list[str]:
    return _least([each.after for each in report.risks])


def _attacks(report: ReleaseReport) -> list[str]:
    """The strongest attacks, one line each, and how many more the report tells of."""
    found = strongest_first(report.attacks.attacks)
    lines = [
        tr("{title}: {right} of {tried} found").format(
            title=each.title, right=integer(round(each.likely)), tried=integer(each.tried)
        )
        for each in found[:_MOST_ATTACKS]
    ]
    if rest := found[_MOST_ATTACKS:]:
        lines.append(tr("{attacks}: the report tells of each").format(attacks=more_attacks(rest)))
    return lines
