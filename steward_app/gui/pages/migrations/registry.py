"""Forms of tables that were registered: which there are, whether the file keeps its promises, and what lies between."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtWidgets import QWidget

from steward_app.catalog.schema_versions import Mode
from steward_app.db.script import ended
from steward_app.gui.format import as_here, integer, shown_name, when
from steward_app.gui.layout import boxed, clear, fix, hbox, vbox
from steward_app.gui.pages.migrations.registry_answers import QuestionRow, together, told
from steward_app.gui.pages.migrations.registry_read import (
    Registers,
    compare_two,
    read_registers,
    register_tables,
    way_between,
)
from steward_app.gui.pages.migrations.words import tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner, error_banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.controls import Combo, Tabs
from steward_app.gui.widgets.dialog import PageDialog, dialog_foot
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import Scroll, hairline
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel import clock
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import undo
from steward_app.services.migrate.desired.model import Answers, Desired
from steward_app.services.schema.registry.model import Direction
from steward_app.services.schema.registry.register import Compared

if TYPE_CHECKING:
    from steward_app.gui.pages.migrations.page import MigrationsPage

_WIDTH, _HEIGHT, _FORM = 980.0, 680.0, 150
_REASONS, _WAY, _DOCUMENT = "reasons", "way", "document"
_MOST_REASONS, _MOST_LINES = 200, 16


class RegistryDialog(PageDialog):
    """Tables with their versions above; below what the chosen ones have against each other."""

    def __init__(self, page: MigrationsPage, found: Sequence[Registers]) -> None:
        super().__init__(page, tr("Registered forms of tables"))
        self._page = page
        self.table = SimpleTable[Registers](tr("Tables"), _columns(), key=lambda row: row.table, side=20)
        self.older, self.newer = (
            fix(Combo(words), width=_FORM) for words in (tr("Older form"), tr("Newer form"))
        )
        self.tabs = Tabs(
            tr("What is shown of them"),
            (_REASONS, tr("What differs")),
            (_WAY, tr("SQL that leads there")),
            (_DOCUMENT, tr("JSON Schema of the older")),
        )
        self._answers: dict[tuple[str, tuple[int, int]], Answers] = {}
        self._below = vbox(gap=6, margins=(20, 8, 20, 12))
        self._said = vbox(margins=(20, 0, 20, 0))
        self.stay = Button(tr("Close"), self.reject)
        self.one = Button(tr("Register this table"), self.register_chosen, icon="bookmark")
        self.every = Button(tr("Register every table"), self.register_every, kind=Kind.PRIMARY)
        self._build()
        self.show_tables(found)

    def _build(self) -> None:
        words = Label(
            tr(
                "A version is the form that a table had when it was registered, as JSON Schema. The policy says under"
                " “compatibility” which programs must go on; a migration that breaks it is blocked. The file is only"
                " read."
            ),
            tone=Tone.MUTED,
            wrap=True,
        )
        head = vbox(
            Label(tr("Registered forms of tables"), role="question"), words, gap=6, margins=(20, 16, 20, 8)
        )
        between = hbox(self.older, Label(tr("and")), self.newer, None, gap=8)
        self._choice = boxed(vbox(between, self.tabs, gap=8, margins=(20, 8, 20, 0)))
        foot = dialog_foot(None, self.stay, self.one, self.every)
        inner = boxed(self._below)
        whole = vbox(
            boxed(head), boxed(self._said), self.table, hairline(), self._choice, Scroll(inner), foot
        )
        whole.setStretch(2, 5)
        whole.setStretch(5, 6)
        self.setLayout(whole)
        self.take(_WIDTH, _HEIGHT)
        self.table.chosen.connect(lambda _: self._show_versions())
        self.older.activated.connect(lambda _: self._show_below())
        self.newer.activated.connect(lambda _: self._show_below())
        self.tabs.chosen.connect(lambda _: self._show_below())

    @property
    def chosen(self) -> Registers | None:
        """The table that is current."""
        return self.table.current

    def show_tables(self, found: Sequence[Registers]) -> None:
        """Show the tables as they are now."""
        self._answers.clear()  # a number may stand for another form now
        self.table.set_rows(tuple(found))
        if self.chosen is None and found:
            self.table.choose(found[0])
        self._show_versions()
        there = any(each.there for each in self.table.rows)
        self.every.disable("" if there else tr("There is no table."))

    # What is below

    def _show_versions(self) -> None:
        found = self.chosen
        self.one.disable("" if found and found.there else tr("Choose a table that is in the file."))
        numbers = [each.number for each in found.versions] if found else []
        for combo in (self.older, self.newer):
            combo.clear()
            combo.addItems([tr("Version {n}").format(n=integer(number)) for number in numbers])
        self._choice.setVisible(bool(numbers))  # there is nothing to choose from before
        if numbers:
            self.older.setCurrentIndex(len(numbers) - 1)
            self.newer.addItem(tr("As it is now"))
            self.newer.setCurrentIndex(len(numbers))
        self._show_below()

    @property
    def _numbers(self) -> tuple[int, int] | None:
        """The two versions that are chosen, 0 for the form that the table has now; None without a version."""
        found = self.chosen
        if found is None or not found.versions:
            return None
        numbers = [*(each.number for each in found.versions), 0]
        return numbers[max(0, self.older.currentIndex())], numbers[max(0, self.newer.currentIndex())]

    def _show_below(self) -> None:
        clear(self._below)
        found, numbers = self.chosen, self._numbers
        if found is None or numbers is None:
            self._say(tr("It is not registered yet. Registering it makes version 1."))
        elif self.tabs.value == _DOCUMENT:
            document = next(each.document for each in found.versions if each.number == numbers[0])
            self._code(json.dumps(document, indent=2, ensure_ascii=False), tr("JSON Schema"))
        elif self.tabs.value == _WAY:
            self._show_way(found, numbers)
        else:
            self._show_reasons(found, numbers)
        self._below.addStretch(1)

    def _show_reasons(self, found: Registers, numbers: tuple[int, int]) -> None:
        older, newer = numbers
        if not newer and older != found.versions[-1].number:
            self._say(
                tr(
                    "What the table has now is compared with its newest version. Choose that one, or two versions."
                )
            )
            return
        if newer and older >= newer:
            self._say(tr("Choose a newer version to compare it with."))
            return
        try:
            compared = compare_two(found, older, newer) if newer else found.compared
        except StewardError as error:
            self._below.addWidget(error_banner(error))
            return
        if compared is not None:
            for item in _reasons(compared):
                self._below.addWidget(item)

    def _show_way(self, found: Registers, numbers: tuple[int, int]) -> None:
        older, newer = numbers
        if not newer or older == newer:
            self._say(tr("Choose two versions. To the form that the table has now, no way is needed."))
            return
        self._say(tr("Looking for the way…"))

        answers = self._answers.get((found.table, numbers), Answers())

        def show(way: Desired) -> None:
            if self._numbers != numbers or self.chosen != found or self.tabs.value != _WAY:
                return
            clear(self._below)
            self._show_answers(found, numbers, answers)
            for question in way.questions:
                self._below.addWidget(
                    QuestionRow(question, lambda said: self._answer(found, numbers, together(answers, said)))
                )
            if way.nothing:
                self._say(tr("The two are the same."))
            for loss in way.losses:
                self._below.addWidget(StateLabel(loss, Tone.WARNING, "triangle-alert"))
            if way.statements:
                self._code("\n\n".join(map(ended, way.statements)), tr("SQL that leads there"))
            self._below.addStretch(1)

        self._page.context.jobs.run(
            self,
            tr("Looking for the way"),
            lambda context: way_between(found, older, newer, answers, context),
            show,
            on_failure=self._show_wrong,
            file=self._page.context.file.id,
            quiet=True,
        )

    def _show_answers(self, found: Registers, numbers: tuple[int, int], answers: Answers) -> None:
        """What was answered, and how to answer anew."""
        for sentence in told(answers):
            self._say(shown_name(sentence))
        if answers != Answers():
            self.anew = Button(
                tr("Answer anew"), lambda: self._answer(found, numbers, Answers()), icon="undo-2"
            )
            self._below.addWidget(boxed(hbox(self.anew, None)))

    def _answer(self, found: Registers, numbers: tuple[int, int], answers: Answers) -> None:
        self._answers[found.table, numbers] = answers
        self._show_below()

    def _say(self, words: str) -> None:
        self._below.addWidget(Label(words, tone=Tone.MUTED, wrap=True))

    def _code(self, text: str, words: str) -> None:
        self._below.addWidget(SqlView(text, name=words, most_lines=_MOST_LINES))

    # Registering

    def register_chosen(self) -> None:
        """Keep the form that the chosen table has now."""
        if self.chosen is not None:
            self._register(self.one, (self.chosen.table,))

    def register_every(self) -> None:
        """Keep the forms that all tables have now."""
        self._register(self.every, ())

    def _register(self, button: Button, tables: tuple[str, ...]) -> None:
        catalog, path = self._page.context.catalog, self._page.context.file.path
        self._do(button, tr("Registering"), lambda context: register_tables(catalog, path, tables, context))

    def _take_back(self, button: Button, operation_id: str) -> None:
        catalog = self._page.context.catalog
        self._do(button, tr("Taking back"), lambda context: undo.undo(catalog, operation_id, context))

    def _do(self, button: Button, gerund: str, work: Callable[[Context], Receipt | None]) -> None:
        """Do it, then show the tables as they are."""
        catalog, path = self._page.context.catalog, self._page.context.file.path
        button.set_busy(gerund)
        self.running = self._page.context.jobs.run(
            self,
            tr("Registering the forms of tables"),
            lambda context: (work(context), read_registers(catalog, path, context)),
            self._done,
            on_failure=self._show_wrong,
            on_end=lambda: self._ended(button),
            file=self._page.context.file.id,
        )

    def _ended(self, button: Button) -> None:
        self.running = None
        if shiboken6.isValid(button):
            button.set_busy("")

    def _done(self, found: tuple[Receipt | None, tuple[Registers, ...]]) -> None:
        receipt, now = found
        self.show_tables(now)
        self._tell(
            receipt.sentence if receipt else tr("Every table has the form of its newest version"),
            receipt.undo if receipt else "",
        )

    def _tell(self, sentence: str, operation_id: str) -> None:
        """What was done, with Undo where it can be taken back."""
        clear(self._said)
        back = Button(tr("Undo"), lambda: self._take_back(back, operation_id), icon="undo-2", small=True)
        banner = Banner(Tone.SUCCESS, f"{sentence}.", actions=(back,) if operation_id else ())
        self._said.addWidget(banner)

    def _show_wrong(self, error: StewardError) -> None:
        clear(self._said)
        self._said.addWidget(error_banner(error, on_close=lambda: clear(self._said)))


def show_registry(page: MigrationsPage) -> None:
    """Read the versions of tables, and show them."""
    catalog, path = page.context.catalog, page.context.file.path
    page.run(
        tr("Reading the forms of tables"),
        lambda context: read_registers(catalog, path, context),
        lambda found: RegistryDialog(page, found).open(),
    )


def _reasons(compared: Compared) -> list[QWidget]:
    items: list[QWidget] = [_promise(compared)]
    if not compared.incompatibilities:
        items.append(Label(tr("Programs and rows of both understand each other."), wrap=True))
    words = {
        Direction.BACKWARD: tr("Programs of the newer form and rows of the older"),
        Direction.FORWARD: tr("Programs of the older form and rows of the newer"),
    }
    for direction, heading in words.items():
        mine = [each for each in compared.incompatibilities if each.direction is direction]
        if mine:
            items.append(Label(heading, role="strong", wrap=True))
        for each in mine[:_MOST_REASONS]:
            place = f"{each.rule}, {each.path or '/'}"
            items.append(Label(f"{shown_name(each.message)} ({shown_name(place)})", wrap=True))
        if len(mine) > _MOST_REASONS:
            items.append(
                Label(tr("and {n} more").format(n=integer(len(mine) - _MOST_REASONS)), tone=Tone.MUTED)
            )
    earlier = [each for each in compared.breaches if each.version != compared.version]
    for breach in earlier[:_MOST_REASONS]:
        said = tr("Version {n}: {what}").format(
            n=integer(breach.version), what=breach.incompatibility.message
        )
        items.append(Label(shown_name(said), tone=Tone.DANGER, wrap=True))
    return items


def _promise(compared: Compared) -> QWidget:
    if compared.breaches:
        words = tr("Breaks the promise “{mode}”.").format(mode=compared.mode)
        return StateLabel(words, Tone.DANGER, "circle-x")
    if compared.mode is Mode.NONE:
        return StateLabel(tr("Nothing is promised of this table."), Tone.MUTED, "info")
    return StateLabel(
        tr("Keeps the promise “{mode}”.").format(mode=compared.mode), Tone.SUCCESS, "circle-check"
    )


def _columns() -> tuple[Column[Registers], ...]:
    return (
        Column(tr("Table"), lambda row: Cell(shown_name(row.table), mono=True)),
        Column(
            tr("Version"),
            _newest,
            80,
            order=lambda row: row.versions[-1].number if row.versions else 0,
        ),
        Column(tr("Registered"), _registered, 130),
        Column(tr("Promised"), lambda row: "" if row.mode is Mode.NONE else str(row.mode), 130),
        Column(tr("Form now"), _now, 160),
    )


def _newest(row: Registers) -> str:
    return integer(row.versions[-1].number) if row.versions else tr("none")


def _registered(row: Registers) -> str:
    if not row.versions:
        return ""
    newest = row.versions[-1]
    return as_here(when(clock.from_text(newest.registered_at)))


def _now(row: Registers) -> Cell:
    if not row.there:
        return state_cell(tr("The table is gone"), Tone.WARNING, "circle-x")
    if row.compared is None:
        return Cell(tr("Not registered"), tone=Tone.MUTED)
    if row.compared.breaches:
        return state_cell(tr("Breaks the promise"), Tone.DANGER, "circle-x")
    if row.compared.incompatibilities:
        return state_cell(tr("Another form"), Tone.WARNING, "git-compare")
    return state_cell(tr("As registered"), Tone.SUCCESS, "circle-check")
