"""One migration: what it does, what a rehearsal found, what it changes, and the buttons that go with its state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from steward_app.gui.flow import Flow
from steward_app.gui.format import as_here, shown_name, when
from steward_app.gui.layout import boxed, clear, hbox, stretch, vbox
from steward_app.gui.look import px
from steward_app.gui.pages.migrations.cards import (
    FindingsCard,
    NotRehearsedCard,
    RehearsalCard,
    RowsCard,
    problem_card,
    undo_line,
)
from steward_app.gui.pages.migrations.commands import Commands
from steward_app.gui.pages.migrations.read import OPEN, ExampleRows, Looked, Standing, has_no_way_back
from steward_app.gui.pages.migrations.schema_view import SchemaCard
from steward_app.gui.pages.migrations.words import (
    about,
    applied_words,
    in_window_words,
    number,
    pill_words,
    state_sentence,
    title,
    tr,
    verb,
)
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.states import Pill
from steward_app.gui.widgets.surfaces import Card, Scroll
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.kernel.finding import Finding, Severity
from steward_app.services.migrate.model import State
from steward_app.services.migrate.rehearsal.model import Report
from steward_app.services.migrate.run.kept import others_of

if TYPE_CHECKING:
    from steward_app.gui.pages.migrations.page import MigrationsPage

_NARROW, _LEAST_TITLE = 720, 240
_REPAIRED = (State.EDITED, State.FAILED, State.MISSING)


class _Title(Label):
    """Cut at its end, before the buttons beside it go to a row of their own."""

    def __init__(self) -> None:
        super().__init__(role="heading", elide=True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(min(hint.width(), px(_LEAST_TITLE)), hint.height())


class Detail(QFrame):
    """What is chosen in the list, whole."""

    def __init__(self, page: MigrationsPage, own: Commands) -> None:
        super().__init__()
        self.setProperty("kind", "inspector")
        self._page, self._own = page, own
        self._title, self.pill = _Title(), Pill("")
        self._about = Label(tone=Tone.MUTED, wrap=True)
        self.open_file = Button(action=own.open_file, kind=Kind.ICON)
        self.values = Button(tr("Give values"), page.doing.give_values, icon="braces")
        self.repair = Button(action=own.repair)
        self.take_back = Button(action=own.take_back)
        self.allow = Button(tr("Allow changes"), page.context.allow_changes, icon="lock-open")
        self.again = Button(tr("Rehearse again"), action=own.rehearse)
        self.rehearse = Button(action=own.rehearse, kind=Kind.PRIMARY)
        self.apply = Button(action=own.apply, kind=Kind.PRIMARY)
        self._buttons = (
            self.open_file, self.values, self.repair, self.take_back, self.allow, self.again, self.rehearse, self.apply,
        )  # fmt: skip
        named = stretch(boxed(hbox(self._title, self.pill, gap=8)))
        head = vbox(Flow(named, None, *self._buttons, gap=8), self._about, gap=8)
        self._cards = vbox(gap=12)
        self.schema = SchemaCard(page)
        column = vbox(
            boxed(head), boxed(self._cards), self.schema, gap=12, margins=(20, 16, 24, 24),
        )  # fmt: skip
        self._below = vbox(gap=12)
        column.addLayout(self._below)
        column.addStretch(1)
        self.setLayout(vbox(Scroll(boxed(column))))

    def show_looked(self, looked: Looked, standing: Standing, examples: Sequence[ExampleRows]) -> None:
        """Show a migration and all that is known of it."""
        entry = looked.entry
        self._title.say(f"{number(entry)} {title(entry)}")
        pill = pill_words(looked, standing)
        self.pill.show_state(pill.word, pill.tone, pill.icon)
        words = [about(entry), "" if entry.state in OPEN else applied_words(entry), state_sentence(entry)]
        self._about.say(" ".join(word for word in words if word))
        self._about.setVisible(any(words))
        clear(self._cards)
        for card in self._cards_of(looked, examples):
            self._cards.addWidget(card)
        self._show_schema(looked)
        self._show_way_back(looked)
        self.apply.set_words(verb(looked))
        self.show_buttons(looked)

    def show_buttons(self, looked: Looked) -> None:
        """Show the buttons that go with its state."""
        entry, ready = looked.entry, looked.ready
        waits = entry.state in OPEN
        runs = waits and looked.plan is not None
        rehearsed = looked.kept is not None
        locked = self._page.reasons.waits_for_switch
        shown = {
            self.open_file: entry.migration is not None,
            self.values: waits and bool(looked.placeholders),
            self.repair: entry.state in _REPAIRED,
            self.take_back: not has_no_way_back(entry),
            self.allow: locked,
            self.again: runs and ready and not locked,
            self.rehearse: runs and not ready,
            self.apply: runs and ready,
        }
        self.rehearse.set_words(tr("Rehearse again") if rehearsed else tr("Rehearse"))
        for button, there in shown.items():
            button.setVisible(there)

    def _cards_of(self, looked: Looked, examples: Sequence[ExampleRows]) -> Iterator[QWidget]:
        """What stands above the schema: what is in the way, and what a rehearsal showed."""
        result, waits = looked.result, looked.entry.state in OPEN
        if looked.problem is not None:
            hint = looked.problem.hint
            told = tr("Give a value for each placeholder.") if "--set" in hint else as_here(hint)
            yield problem_card(looked.problem.message, told)
            return
        if len(files := _files(looked)) > 1:
            yield _together(files, looked.entry.file)
        elif not waits and looked.kept is not None and (others := others_of(looked.kept, looked.entry)):
            told = tr("It was rehearsed together with {files}. What is told here is of all of them.")
            yield Card("", Label(told.format(files=_shown(others)), wrap=True))
        yield from self._findings(tr("To be settled first"), looked, lambda each: each.blocks)
        outdated = waits and looked.fits is False and result is not None and result.rehearsal.passed
        if outdated or (waits and result is None):
            yield NotRehearsedCard(changed=outdated, told=_among(looked))
        elif result is not None and result.report is not None:
            rows = RowsCard(result.report, examples, self._to_table(result.report, waits))
            yield Columns(RehearsalCard(result), rows, below=_NARROW, shares=(38, 62), gap=12)
            if grave := [
                each for each in in_window_words(result.report.findings) if each.severity is not Severity.NOTE
            ]:
                yield FindingsCard(tr("What the rehearsal found"), grave, self._open_rows)
        elif result is not None:
            yield RehearsalCard(result)
        yield from self._findings(
            tr("What to know first"),
            looked,
            lambda each: not each.blocks and each.severity is not Severity.NOTE,
        )

    def _notes(self, looked: Looked) -> Iterator[QWidget]:
        """What stands below the schema: what is only worth knowing."""
        if looked.problem is None and looked.fits is not False and looked.result and looked.result.report:
            notes = [
                each
                for each in in_window_words(looked.result.report.findings)
                if each.severity is Severity.NOTE
            ]
            if notes:
                yield FindingsCard(tr("What the rehearsal noticed"), notes, self._open_rows)
        yield from self._findings(
            tr("Worth knowing"), looked, lambda each: not each.blocks and each.severity is Severity.NOTE
        )

    def _findings(self, heading: str, looked: Looked, wanted: Callable[[Finding], bool]) -> Iterator[QWidget]:
        if looked.plan is None:
            return
        findings = [each for each in in_window_words(looked.plan.findings) if wanted(each)]
        if findings:
            yield FindingsCard(heading, findings, self._open_rows)

    def _open_rows(self, finding: object) -> None:
        subject = getattr(finding, "subject", None)
        if subject is not None and "data" in self._page.context.pages:
            self._page.context.navigate("data", table=subject.table, finding=finding)

    def _to_table(self, report: Report, waits: bool) -> Callable[[], None] | None:
        """The way to the first table that changes, by the name that it has in the file now."""
        if "data" not in self._page.context.pages:
            return None
        found = [each.was if waits else each.name for each in report.changed_tables if each.rows_differ]
        there = [each for each in found if each]
        return (lambda: self._page.context.navigate("data", table=there[0])) if there else None

    def _show_schema(self, looked: Looked) -> None:
        report = looked.result.report if looked.result is not None else None
        fresh = looked.fits is not False
        statements: tuple[str, ...] = looked.plan.sql if looked.plan is not None else ()
        migration = looked.entry.migration
        text = migration.text if migration is not None and not statements else ""
        self.schema.setVisible(bool(statements or text) or report is not None)
        self.schema.show_schema(report if fresh else None, statements, text)

    def _show_way_back(self, looked: Looked) -> None:
        clear(self._below)
        words = ""
        if looked.plan is not None:
            words = looked.plan.reversal_text
        elif not has_no_way_back(looked.entry):
            undo = looked.entry.undo if looked.entry.state is not State.FAILED else None
            words = (
                tr("Taken back by {file}.").format(file=undo.path.name)
                if undo is not None
                else tr(
                    "Taken back by the restore point that was made before it; the plan says what is lost."
                )
            )
        if words:
            propose = link(tr("Write a file that takes it back"), self._own.undo_file.trigger)
            self._below.addWidget(undo_line(words, *(() if self._own.undo_file.reason else (propose,))))
        for card in self._notes(looked):
            self._below.addWidget(card)


def _files(looked: Looked) -> list[str]:
    """The files that run, in order."""
    steps = looked.plan.request.get("steps") if looked.plan is not None else None
    return [str(each["file"]) for each in steps if isinstance(each, dict)] if isinstance(steps, list) else []


def _among(looked: Looked) -> str:
    """That it went through a rehearsal of other files than would be applied with it, and what that opens; or ""."""
    if looked.among is None:
        return ""
    if looked.among.files[-1][0] == looked.entry.file:
        alone = tr("It went through a rehearsal {when}, and something else would run with it now.")
        return alone.format(when=when(from_text(looked.among.finished_at)))
    told = tr("It went through a rehearsal together with {files}, {when}.")
    opens = tr(
        "To apply all of them, choose {last}. To apply this one without what comes after it, rehearse it."
    )
    others, last = others_of(looked.among, looked.entry), looked.among.files[-1][0]
    words = told.format(files=_shown(others), when=when(from_text(looked.among.finished_at)))
    return f"{words} {opens.format(last=shown_name(last))}" if looked.among.passed else words


def _shown(files: Sequence[str]) -> str:
    return ", ".join(map(shown_name, files))


def _together(files: Sequence[str], own: str) -> QWidget:
    """What runs with a migration: those that wait before it, and after it what repeats."""
    at = files.index(own) if own in files else len(files)
    parts = (
        (tr("It needs what comes before it: {files}."), files[:at]),
        (tr("What repeats runs after it: {files}."), files[at + 1 :]),
    )
    told = [words.format(files=", ".join(some)) for words, some in parts if some]
    return Card("", Label(" ".join([*told, tr("All of it is rehearsed and applied together.")]), wrap=True))
