"""The constraints page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QStackedWidget

from steward_app.gui.actions import Action
from steward_app.gui.context import Message, PageContext
from steward_app.gui.format import integer
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.page import Page, PageSpec
from steward_app.gui.pages.constraints.columns import ConstraintTable, finding_columns
from steward_app.gui.pages.constraints.inspector import ConstraintInspector
from steward_app.gui.pages.constraints.preview import Preview, read_preview
from steward_app.gui.pages.constraints.words import kind_words, subject_words, summary
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.controls import Combo, SearchField, Segments
from steward_app.gui.widgets.surfaces import EmptyState, FootBar, Toolbar
from steward_app.gui.widgets.table import SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel import clock
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.services.schema.check import (
    CheckedConstraint,
    CheckReport,
    ConstraintKind,
    ConstraintState,
    export_findings,
    unchecked,
)
from steward_app.services.schema.model import Schema
from steward_app.services.schema.snapshot import check_document, last_check, schema_of

_AT_ONCE_BYTES = 64_000_000
"""A file up to this size is checked when the page is first shown; a larger one when the steward asks."""
_ALL, _SCHEMA = "all", "schema"
_INSPECTOR, _NARROW = 432, 900  # width of the details; of the page under which they stand below the list


class ConstraintsPage(Page):
    """Every constraint in one list, filtered by state, kind and words, with details beside it."""

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__(spec, context)
        self._schema: Schema | None = None
        self._report: CheckReport | None = None
        self._running = False
        self._wanted: dict[str, str] = {}
        self._told = ""
        self._build()

    def _build(self) -> None:
        self.check_action = Action(
            "constraints.check",
            self.tr("Check now"),
            self.check,
            self.spec.title,
            "list-checks",
            "F5",
            enabled_when=lambda: self.tr("The check is running.") if self._running else "",
            keywords="foreign key integrity orphans",
        )
        self.export_action = Action(
            "constraints.export",
            self.tr("Export findings"),
            self.export,
            self.spec.title,
            "download",
            "Ctrl+E",
            enabled_when=lambda: (
                "" if self._report and self._report.started_at else self.tr("Nothing was checked yet.")
            ),
        )
        self.head_actions(self.export_action, primary=self.check_action)
        self.states = Segments(
            self.tr("State"),
            (_ALL, self.tr("All")),
            (ConstraintState.BROKEN.value, self.tr("Broken"), "circle-x"),
            (ConstraintState.NOT_ENFORCED.value, self.tr("Not enforced"), "triangle-alert"),
            (ConstraintState.HOLDS.value, self.tr("Holds"), "circle-check"),
            (_SCHEMA, self.tr("Schema"), "info"),
        )
        self.filter = SearchField(
            self.tr("Filter by table, column or kind"),
            self.tr("Table, column, kind"),
            icon="list-filter",
            width=192,
        )
        self.kinds = Combo(
            self.tr("Kind"), [self.tr("All kinds"), *(kind_words(kind) for kind in ConstraintKind)]
        )
        self.table = ConstraintTable(self.tr("Constraints"))
        self.findings: SimpleTable[Finding] = SimpleTable(
            self.tr("Findings about the schema"), finding_columns(), key=lambda found: found.id, row_height=32
        )
        self.inspector = ConstraintInspector(self._open_rows, self._show_on_map)
        self.inspector.show_nothing()
        self._none = EmptyState(
            "list-checks",
            self.tr("No constraint fits"),
            self.tr("No constraint of this file has that state, kind and name. Clear the filter to see all."),
        )
        self._no_rule = EmptyState(
            "list-checks",
            self.tr("No constraints"),
            self.tr("No table of this file has a key, a link or another rule that could be checked."),
        )
        self._no_finding = EmptyState(
            "info",
            self.tr("No finding about the schema"),
            self.tr("Links, indexes, views and triggers: what a check finds about them stands here."),
        )
        self._stack = QStackedWidget()
        for widget in (self.table, self._none, self._no_rule, self.findings, self._no_finding):
            self._stack.addWidget(widget)
        self._foot = Label(tone=Tone.MUTED, elide=True)
        left = vbox(self._stack, FootBar(self._foot))
        left.setStretch(0, 1)
        beside = Beside(boxed(left), self.inspector, width=_INSPECTOR, below=_NARROW, scrolls=True)
        self.content.addWidget(Toolbar(self.states, self.filter, self.kinds, None))
        self.content.addWidget(beside, 1)
        self.states.chosen.connect(lambda _: self._show_list())
        self.filter.textChanged.connect(lambda _: self._show_list())
        self.filter.returnPressed.connect(self._open_current)
        self.kinds.activated.connect(lambda _: self._show_list())
        for listed in (self.table, self.findings):
            listed.sort_by(0)
            listed.chosen.connect(lambda _: self._inspect_chosen())
            listed.opened.connect(self._opened)

    # What a page may say

    def commands(self) -> Sequence[Action]:
        return (self.check_action, self.export_action)

    def show_document(self) -> None:
        self._read()
        self.filter.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """From the filter, the arrows go on into the list."""
        if self.filter.hasFocus() and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._list.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    def refresh(self, touched: tuple[str, ...]) -> None:
        self._read()

    def arrive(self, *, table: str = "", finding: str = "", state: str = "", **others: Any) -> None:
        if self._report is None:
            self._wanted = {"table": table, "finding": finding, "state": state}
            return
        if state:
            self.states.choose(state)
        if table:
            self.states.choose(ConstraintState.BROKEN.value)
            self.filter.setText(table)
        if finding:
            self._choose_finding(finding)
        self._show_list()

    def save_state(self) -> dict[str, Json]:
        return {"state": self.states.value, "kind": self.kinds.currentIndex()}

    def restore_state(self, state: dict[str, Json]) -> None:
        if state.get("state") in (_ALL, *(each.value for each in ConstraintState)):
            self.states.choose(str(state["state"]))
        kind = state.get("kind")
        if isinstance(kind, int) and 0 <= kind < self.kinds.count():
            self.kinds.setCurrentIndex(kind)

    # Reading and checking

    def _read(self) -> None:
        file = self.context.file
        self.run(
            self.tr("Reading the schema"),
            lambda context: schema_of(file, context),
            self._show_schema,
            quiet=True,
        )

    def _show_schema(self, schema: Schema) -> None:
        self._schema = schema
        known = last_check(self.context.file)
        self._show_report(known or unchecked(schema))
        size = schema.settings.page_count * schema.settings.page_size_bytes
        if known is None and size <= _AT_ONCE_BYTES and not schema.safe_mode:
            self.check()

    def check(self) -> None:
        """Check every constraint, and the structure of the file."""
        if self._running:
            return
        file = self.context.file
        self._running = True
        self.reconsider()

        def work(context: Context) -> CheckReport:
            return check_document(file, context)

        self.run(self.tr("Checking constraints"), work, self._checked, on_end=self._ended)

    def _ended(self) -> None:
        self._running = False
        self.reconsider()

    def _checked(self, report: CheckReport) -> None:
        self.clear_banners()
        if not report.complete:
            self.show_banner(
                Banner(
                    Tone.WARNING,
                    self.tr("The check was stopped."),
                    self.tr("What was not reached says “Not checked yet”. The file is unchanged."),
                )
            )
        self._show_report(report)

    def _show_report(self, report: CheckReport) -> None:
        self._report = report
        broken = report.count(ConstraintState.BROKEN)
        schema_findings = self._schema_findings()
        self.states.set_text(_ALL, f"{self.tr('All')}  {integer(len(report.constraints))}")
        for state, words in (
            (ConstraintState.BROKEN, self.tr("Broken")),
            (ConstraintState.NOT_ENFORCED, self.tr("Not enforced")),
            (ConstraintState.HOLDS, self.tr("Holds")),
        ):
            number = f"  {integer(report.count(state))}" if report.started_at else ""
            self.states.set_text(state.value, f"{words}{number}")
        self.states.set_text(_SCHEMA, f"{self.tr('Schema')}  {integer(len(schema_findings))}")
        counted = broken if report.started_at else None
        self.context.count(self.spec.id, counted or None, Tone.DANGER)
        wanted, self._wanted = self._wanted, {}
        if wanted:
            self.arrive(**wanted)
        else:
            self._show_list()
        if self.table.current is None and self.table.rows and broken:
            self.table.choose(self.table.rows[0])
        self.reconsider()

    @property
    def _checked_once(self) -> bool:
        return self._report is not None and bool(self._report.started_at)

    def _schema_findings(self) -> list[Finding]:
        """Findings that are about no single constraint."""
        if self._report is None:
            return []
        shown = {checked.finding.id for checked in self._report.constraints if checked.finding}
        return [finding for finding in self._report.findings if finding.id not in shown]

    # Showing

    def _show_list(self) -> None:
        report = self._report
        if report is None:
            return
        self.kinds.setVisible(self.states.value != _SCHEMA)
        if self.states.value == _SCHEMA:
            found = [finding for finding in self._schema_findings() if self._is_about(finding)]
            self.findings.set_rows(found)
            self._stack.setCurrentWidget(self.findings if found else self._no_finding)
        else:
            rows = [checked for checked in report.constraints if self._fits(checked)]
            self.table.set_rows(rows)
            empty = self._none if report.constraints else self._no_rule
            self._stack.setCurrentWidget(self.table if rows else empty)
        words = f"{summary(report.constraints)}."
        if report.integrity != "not checked":
            words = self.tr("Structure of the file: {state}. ").format(state=report.integrity) + words
        self._foot.say(words)

    def _fits(self, checked: CheckedConstraint) -> bool:
        state, words = self.states.value, self.filter.text().strip().casefold()
        kind = self.kinds.currentIndex()
        constraint = checked.constraint
        return (
            state in (_ALL, checked.state.value)
            and (kind <= 0 or list(ConstraintKind)[kind - 1] is constraint.kind)
            and any(
                words in text.casefold()
                for text in (constraint.table, constraint.rule, kind_words(constraint.kind))
            )
        )

    def _is_about(self, finding: Finding) -> bool:
        words, subject = self.filter.text().strip().casefold(), finding.subject
        texts = (finding.title, subject.table, subject.name, subject_words(finding), *subject.columns)
        return any(words in text.casefold() for text in texts)

    @property
    def _list(self) -> SimpleTable[Any]:
        """The list that is shown, whose choice the inspector tells of."""
        return self.findings if self.states.value == _SCHEMA else self.table

    def _inspect_chosen(self) -> None:
        """Beside the list stands what is chosen in it, and nothing else."""
        schema, report = self._schema, self._report
        shown = self._list.current if schema is not None and report is not None else None
        finding = shown.finding if isinstance(shown, CheckedConstraint) else shown
        self._told = finding.id if finding is not None else ""
        if schema is None or report is None or shown is None:
            self.inspector.show_nothing()
            return
        if isinstance(shown, CheckedConstraint):
            moment = clock.from_text(report.started_at) if report.started_at else None
            self.inspector.show_constraint(shown, schema, moment)
        else:
            self.inspector.show_finding(shown)
        if finding is not None and finding.count:
            self._preview(schema, finding)

    def _preview(self, schema: Schema, finding: Finding) -> None:
        file = self.context.file

        def work(context: Context) -> Preview | None:
            with file.read() as session:
                return read_preview(session, schema, finding, context)

        def show(preview: Preview | None) -> None:
            if preview is not None and self._told == finding.id:
                self.inspector.show_rows(preview, finding.count or 0)

        self.run(self.tr("Reading the rows"), work, show, quiet=True)

    def _open_current(self) -> None:
        if self._list.current is not None:
            self._list.opened.emit(self._list.current)

    def _opened(self, shown: CheckedConstraint | Finding) -> None:
        """To the rows that a line is about, or to where it stands on the map."""
        finding = shown.finding if isinstance(shown, CheckedConstraint) else shown
        table = shown.constraint.table if isinstance(shown, CheckedConstraint) else shown.subject.table
        if finding is not None and finding.count and finding.query:
            self._open_rows(finding)
        elif table:
            self._show_on_map(table)

    def _choose_finding(self, finding_id: str) -> None:
        report = self._report
        if report is None:
            return
        for checked in report.constraints:
            if checked.finding is not None and checked.finding.id == finding_id:
                self.states.choose(_ALL)
                self.filter.clear()
                self._show_list()
                self.table.choose(checked)
                return
        self.states.choose(_SCHEMA)
        self.filter.clear()
        self._show_list()
        self.findings.choose(next((each for each in self.findings.rows if each.id == finding_id), None))

    # Leaving the page

    def _open_rows(self, finding: Finding) -> None:
        self.context.navigate("data", table=finding.subject.table, finding=finding)

    def _show_on_map(self, table: str) -> None:
        self.context.navigate("schema_map", table=table)

    def export(self) -> None:
        """Write the findings as a page that can be sent."""
        report, file = self._report, self.context.file
        if report is None:
            return
        start = str(file.path.with_name(f"{file.path.stem}-findings.html"))
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export findings"), start, self.tr("HTML page (*.html)")
        )
        if not chosen:
            return
        target = Path(chosen)

        def work(context: Context) -> None:
            export_findings(report, file.path.name, target)

        saved = Message(self.tr("The findings are saved"), str(target))
        self.run(self.tr("Exporting findings"), work, lambda _: self.context.toast(saved))
