"""The page of personal data: what a scan found, what the steward decided, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu

from steward_app.gui.actions import Action, add_to_menu
from steward_app.gui.context import Message, PageContext
from steward_app.gui.format import full_stop, integer, plural
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.personal.commands import commands
from steward_app.gui.pages.personal.deciding import Deciding
from steward_app.gui.pages.personal.form import Given
from steward_app.gui.pages.personal.inspector import WIDTH, ColumnInspector
from steward_app.gui.pages.personal.read import Line, Shown, read
from steward_app.gui.pages.personal.record import Record
from steward_app.gui.pages.personal.responsible import Responsible
from steward_app.gui.pages.personal.summary import Summary
from steward_app.gui.pages.personal.table import ColumnTable
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.findings import FindingList
from steward_app.gui.widgets.foot import JobFoot
from steward_app.gui.widgets.parts import Parts
from steward_app.gui.widgets.surfaces import EmptyState, Scroll
from steward_app.kernel.errors import StewardError
from steward_app.kernel.finding import Finding, Severity, gathered
from steward_app.services.privacy.classify.model import Processing
from steward_app.services.privacy.classify.stated import said
from steward_app.services.privacy.discover.model import Scan
from steward_app.services.privacy.discover.samples import Samples, samples
from steward_app.services.privacy.discover.scan import scan

_NARROW = 960


class PersonalPage(Page):
    """To decide above decided, with the reasons beside them."""

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self.shown: Shown | None = None
        self._wanted: tuple[str, str] = ("", "")
        self.responsible: Responsible | None = None  # made when it is asked for
        self._filling = False
        self._inspected: tuple[object, ...] = ()
        self.begins_at_top = False
        self.foot = JobFoot(self.run)
        self.foot.hide()
        self._build()

    def _build(self) -> None:
        self.table = ColumnTable()
        self.deciding, self.record = Deciding(self), Record(self)
        self._can = commands(self)
        self._scan_button = Button(action=self._can.scan)
        ways = Button(
            self.tr("Ways to scan"), lambda: self._offer_ways(ways), kind=Kind.ICON, icon="chevron-down"
        )
        both = boxed(hbox(self._scan_button, ways, gap=4))
        more = Button(
            self.tr("More of the register"),
            lambda: self._offer_more(more),
            kind=Kind.ICON,
            icon="chevron-down",
        )
        register = boxed(hbox(Button(action=self._can.register), more, gap=4))
        self.head.set_actions(both, register)
        self.summary = Summary(self._can.confirm_sure, self._can.choose_unknown)
        self.inspector = ColumnInspector(
            self._can.confirm, self._can.later, self._can.take_back, self.reveal, self.deciding.carry
        )
        self.inspector.show_nothing()
        beside = Beside(self.table, self.inspector, width=WIDTH, below=_NARROW, scrolls=True)
        list_view = vbox(self.summary, beside)
        list_view.setStretch(1, 1)
        self._empty = EmptyState(
            "id-card",
            self.tr("Nobody looked for personal data yet"),
            self.tr(
                "A scan reads samples of every table. It changes nothing, and nothing leaves this computer."
            ),
            Button(action=self._can.scan, kind=Kind.PRIMARY),
        )
        self.findings = FindingList()
        back = Button(
            self.tr("Back to the columns"), lambda: self.views.setCurrentIndex(0), icon="arrow-left"
        )
        self.views = Parts()
        self.views.addWidget(boxed(list_view))
        self.views.addWidget(self._empty)
        self.views.addWidget(
            Scroll(boxed(vbox(hbox(back, None), self.findings, None, gap=12, margins=(24, 0, 24, 16))))
        )
        self.looking = EmptyState(
            "search",
            self.tr("Looking for personal data"),
            self.tr("The tables are read one after the other. You can go on working on other pages."),
        )
        self.views.addWidget(self.looking)
        self.content.addWidget(self.views, 1)
        self.content.addWidget(self.foot)
        self.views.setCurrentIndex(1)
        self.views.currentChanged.connect(lambda _: self.reconsider())
        self.table.chosen.connect(lambda _: self._inspect())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._inspect())
        self.table.opened.connect(lambda _: self.focus_form())
        self.table.confirm_wanted.connect(self._confirm_line)
        self.table.menu_wanted.connect(self._open_menu)
        self.inspector.form.changed.connect(self.reconsider)
        self.inspector.reason.textEdited.connect(lambda _: self._reason_typed())

    # What a page may say

    def commands(self) -> Sequence[Action]:
        return self._can.every

    def show_document(self) -> None:
        self.read()

    def refresh(self, touched: tuple[str, ...]) -> None:
        self.read()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.shown is not None and not self.foot.busy:  # scanned on another page since
            self.read()

    def refresh_guard(self) -> None:
        if self.shown is not None:
            self.read()

    def arrive(self, *, table: str = "", column: str = "", scan: bool = False, **others: Any) -> None:
        if scan:
            self.scan()
        if table:
            self._wanted = (table, column)
            self._choose_wanted()

    # Reading

    def read(self) -> None:
        """Read what was scanned and decided, and show it."""
        catalog, path, known_as = self.context.catalog, self.context.file.path, self.context.database_id
        self.run(
            self.tr("Reading what was decided"),
            lambda context: read(catalog, path, known_as, context),
            self._show,
            quiet=True,
        )

    def _show(self, shown: Shown) -> None:
        self.shown = shown
        self._filling = (
            True  # the table tells several times over what is chosen; it is looked at once, in the end
        )
        try:
            self._fill(shown)
        finally:
            self._filling = False
        self._inspect()

    def _fill(self, shown: Shown) -> None:
        now, counts = shown.standing, shown.counts
        self.table.show_lines(shown.lines)
        self.summary.show_counts(counts, len(self.deciding.sure), len(self.deciding.unknown))
        asked = self.responsible is not None and self.views.currentWidget() is self.responsible
        if not asked and (self.views.currentIndex() != 2 or not now.findings):
            self._show_list()
        self.findings.set_findings(now.findings)
        self.context.count(self.spec.id, (counts.to_decide or None) if now.checked else None, Tone.WARNING)
        self._say_findings(now.findings)
        self._can = commands(self)
        self._scan_button.set_words(self._can.scan.title)
        self._choose_wanted()
        if self.begins_at_top and self.table.open_lines:
            self.table.choose(self.table.open_lines[0])
            self.table.scrollToTop()
        self.begins_at_top = False

    def _say_findings(self, findings: Sequence[Finding]) -> None:
        """One banner for all of them; the list is behind its button."""
        serious = gathered(each for each in findings if each.severity is not Severity.NOTE)
        self.clear_banners()
        if not serious:
            return
        lead = full_stop(serious[0].title)
        rest = serious[0].detail.partition("\n")[0]
        if len(serious) > 1:
            lead = self.tr("{things} do not fit the classification.").format(
                things=plural(len(serious), self.tr("thing"), self.tr("things"))
            )
            rest = self.tr("First: {finding}").format(finding=full_stop(serious[0].title))
        show = Button(self.tr("Show"), lambda: self.views.setCurrentIndex(2), small=True)
        banner = Banner(Tone.WARNING, lead, rest, actions=(show,), on_close=self.clear_banners)
        self.show_banner(banner, news=False)  # what was just done can be undone from its toast

    def _choose_wanted(self) -> None:
        table, column = self._wanted
        if not table or self.shown is None:
            if self.table.current is None and self.table.open_lines:
                self.table.choose(self.table.open_lines[0])
            return
        fitting = [line for line in self.table.rows if line.place is not None and line.place.table == table]
        line = next((each for each in fitting if each.place and each.place.column == column), None)
        if line is not None or fitting:
            self._wanted = ("", "")
            self.table.choose(line or fitting[0])

    # What is chosen

    @property
    def chosen(self) -> tuple[Line, ...]:
        """The lines that a command acts on."""
        return self.table.chosen_lines

    @property
    def scanned(self) -> bool:
        """Whether there is a scan of this file."""
        return self.shown is not None and self.shown.standing.scan is not None

    def reconsider(self) -> None:
        if not self._filling:
            super().reconsider()

    def _inspect(self) -> None:
        lines = self.chosen
        seen = (self.shown, *(line.key for line in lines))
        if self._filling or (
            self._inspected[:1] and self._inspected[0] is seen[0] and self._inspected == seen
        ):
            return
        self._inspected = seen
        one = lines[0] if len(lines) == 1 else None
        if not lines:
            self.inspector.show_nothing()
        elif one is None:
            self.inspector.show_many(lines, self.deciding.words)
        elif self.shown is not None and one.place is not None:
            self.inspector.show_line(one, self._given(one), self._counter(one))
            if not one.gone:
                self._show_samples(one, reveal=False)
        self.reconsider()

    def _given(self, line: Line) -> Given:
        place, shown = line.place, self.shown
        assert place is not None
        assert shown is not None
        of_table = shown.standing.classification.table(place.table)
        stated = said(shown.document, place)
        return Given(
            line,
            shown.standing.schema.table(place.table),
            of_table.processing if of_table is not None else Processing(),
            stated,
        )

    def _counter(self, line: Line) -> str:
        keys = [each.key for each in self.table.open_lines]
        if line.key not in keys:
            return ""
        return self.tr("{n} of {all}").format(n=integer(keys.index(line.key) + 1), all=integer(len(keys)))

    def _show_samples(self, line: Line, *, reveal: bool) -> None:
        place, path, catalog = line.place, self.context.file.path, self.context.catalog
        assert place is not None

        def show(found: Samples) -> None:
            if self.inspector.place == place:  # another column, or several, may be shown by now
                self.inspector.show_samples(found, line.found)
                self.reconsider()

        def say_none(error: StewardError) -> None:
            if self.inspector.place == place:
                self.inspector.say_no_samples(error.message)

        self.run(
            self.tr("Reading samples"),
            lambda context: samples(path, place, context, reveal=reveal, catalog=catalog, kind=line.kind),
            show,
            on_failure=say_none,
            quiet=True,
        )

    @property
    def can_reveal(self) -> bool:
        """Whether there is a value that could be shown."""
        return self.inspector.samples is not None and bool(self.inspector.samples.values)

    def reveal(self) -> None:
        """Show the samples as they are, which the journal notes; or mask them again."""
        lines, known = self.chosen, self.inspector.samples
        if len(lines) == 1 and known is not None:
            self._show_samples(lines[0], reveal=known.masked)

    # Scanning

    def scan(self, full: bool = False) -> None:
        """Look through the file: samples, or every cell."""
        if self.foot.busy:
            return
        path, catalog = self.context.file.path, self.context.catalog
        self.clear_banners()

        def done(found: Scan) -> None:
            told = plural(len(found.tables), self.tr("table"), self.tr("tables"))
            self.context.toast(Message(self.tr("Looked through {tables}").format(tables=told)))
            self.begins_at_top = True
            self.read()

        self.foot.show()
        if not self.scanned:
            self.views.setCurrentWidget(self.looking)
        self.foot.start(
            self.tr("Looking through every cell") if full else self.tr("Looking for personal data"),
            lambda context: scan(path, context, full=full, catalog=catalog),
            done,
            on_failure=self.show_error,
            on_stopped=lambda: self.context.toast(
                Message(self.tr("Stopped. Nothing was changed."), tone=Tone.MUTED, icon="info")
            ),
            on_end=self._scan_ended,
        )
        self.reconsider()

    def _offer_ways(self, under: Button) -> None:
        menu = QMenu(self)
        add_to_menu(menu, (self._can.scan, self._can.scan_full, self._can.stop))
        menu.exec(under.mapToGlobal(under.rect().bottomLeft()))

    def _scan_ended(self) -> None:
        self.foot.hide()
        if self.views.currentWidget() is self.looking:
            self._show_list()
        self.reconsider()

    def _offer_more(self, under: Button) -> None:
        menu = QMenu(self)
        add_to_menu(menu, (self._can.register, self._can.responsible))
        menu.exec(under.mapToGlobal(under.rect().bottomLeft()))

    def show_responsible(self) -> None:
        """Ask who is responsible, in the place of the list."""
        if self.shown is not None:
            if self.responsible is None:
                self.responsible = Responsible(self, self._show_list)
                self.views.addWidget(self.responsible)
            self.views.setCurrentWidget(self.responsible)
            self.responsible.show_stated(self.shown.standing.classification.controller)

    def _show_list(self) -> None:
        checked = self.shown is not None and self.shown.standing.checked
        self.views.setCurrentIndex(0 if checked else 1)

    def _reason_typed(self) -> None:
        self.inspector.say_many(self.deciding.words)
        self.reconsider()

    def _confirm_line(self, line: Line) -> None:
        self.deciding.confirm_line(line)

    def focus_form(self) -> None:
        """Put the focus on the decision."""
        form = self.inspector.form
        if form.isVisible():
            chosen = form.personal if form.personal.isChecked() else form.reason
            chosen.setFocus(Qt.FocusReason.OtherFocusReason)

    # Leaving the page

    def _open_menu(self, line: Line, at: QPoint) -> None:
        if line.key not in {each.key for each in self.chosen}:
            self.table.choose(line)
        menu = QMenu(self)
        can = self._can
        confirm = replace(can.confirm, title=self.deciding.words)
        add_to_menu(
            menu,
            (confirm, can.confirm_sure, can.not_linked, can.later, can.take_back, can.on_map, can.in_data),
        )
        menu.exec(at)

    def show_on_map(self) -> None:
        """Where the table stands on the map, with the marks of personal data."""
        if self.chosen and self.chosen[0].place is not None:
            self.context.navigate("schema_map", table=self.chosen[0].place.table, personal=True)

    def show_in_data(self) -> None:
        """The rows of the table."""
        if self.chosen and self.chosen[0].place is not None:
            self.context.navigate("data", table=self.chosen[0].place.table)
