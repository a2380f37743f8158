"""The three cards of the overview: health, protection, the file. Each says what is known, and what is not yet."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QStackedWidget

from steward_app.db import OpenMode
from steward_app.gui.format import day, integer, plural, size, when
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.backups.read import PointsRead
from steward_app.gui.pages.backups.words import capital, moment, standing_figure, standing_words
from steward_app.gui.pages.overview.read import AuditRead, FileRead
from steward_app.gui.pages.overview.words import row_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.progress import ProgressBar, progress_text
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import Card, Figure, KeyValueList, Value
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.kernel.progress import Progress
from steward_app.services.backup.drills import newest_first
from steward_app.services.backup.status import StoreStanding
from steward_app.services.schema.check import CheckReport, ConstraintState
from steward_app.services.schema.model import TableKind

Open = Callable[[str], None]


class FactCard(Card):
    """A figure, rows of facts, and a link; a line of progress stands in the link's place while a job runs."""

    def __init__(self, title: str, icon: str, *links: Button) -> None:
        self.state = StateLabel(icon="circle")
        self.figure = Figure()
        self.facts = KeyValueList()
        self.bar = ProgressBar()
        self.words = Label(role="small", tone=Tone.MUTED, elide=True)
        self.stop = Button(_tr("Stop"), small=True)
        self._foot = QStackedWidget()
        self._foot.addWidget(boxed(vbox(hbox(*links, None, gap=16), None, margins=(0, 4, 0, 0))))
        running = hbox(vbox(self.words, self.bar, gap=4), self.stop, gap=12)
        self._foot.addWidget(boxed(running))
        super().__init__(title, self.figure, self.facts, None, self._foot, icon=icon, state=self.state, gap=6)
        self.state.hide()

    def say(self, word: str, tone: Tone, icon: str = "") -> None:
        """The state at the right of the head."""
        self.state.show_state(word, tone, icon)
        self.state.show()

    def run(self, gerund: str, progress: Progress | None = None) -> None:
        """Show that a job runs, and how far it is."""
        text = progress_text(progress) if progress else ""
        self.words.say(f"{gerund}, {text}" if text else gerund)
        self.bar.show_progress(progress or Progress())
        self._foot.setCurrentIndex(1)

    def rest(self) -> None:
        """No job runs."""
        self._foot.setCurrentIndex(0)


class HealthCard(FactCard):
    """Which promises of the file hold."""

    def __init__(self, open_state: Open, check: Button) -> None:
        self._open_state = open_state
        self.check_button = check
        onward = link(_tr("Open Constraints"), lambda: open_state(""), onward=True)
        super().__init__(_tr("Health"), "chart-column", onward, check)

    def show_file(self, file: FileRead) -> None:
        """Nothing was checked yet."""
        self.figure.show_figure(integer(file.constraints), _tr("constraints, not checked yet"))
        if file.damaged:
            self.say(_tr("Damaged"), Tone.DANGER)
        else:
            self.say(_tr("Not checked yet"), Tone.MUTED)
        unknown = _tr("Not checked yet")
        self.facts.set_rows(
            [
                (_tr("Broken"), unknown),
                (_tr("Not enforced by SQLite"), unknown),
                (_tr("Integrity check"), unknown),
                (_tr("Views and triggers"), self._views(file)),
            ]
        )
        self.check_button.show()

    def show_report(self, file: FileRead, report: CheckReport) -> None:
        """What the last check found."""
        whole, holds = len(report.constraints), report.count(ConstraintState.HOLDS)
        self.figure.show_figure(
            _tr("{some} of {all}").format(some=integer(holds), all=integer(whole)),
            _tr("constraints hold"),
        )
        self._say_state(file, report)
        self.facts.set_rows(
            [
                (_tr("Broken"), self._broken(report)),
                (_tr("Not enforced by SQLite"), self._not_enforced(report)),
                (_tr("Integrity check"), self._integrity(report)),
                (_tr("Views and triggers"), self._views(file)),
            ]
        )
        self.check_button.setVisible(not report.complete)

    def _say_state(self, file: FileRead, report: CheckReport) -> None:
        broken, left = report.count(ConstraintState.BROKEN), report.count(ConstraintState.NOT_CHECKED)
        if report.integrity == "damaged" or file.damaged:
            self.say(_tr("Damaged"), Tone.DANGER)
        elif broken:
            words = plural(report.broken_rows, _tr("row to look at"), _tr("rows to look at"))
            self.say(words, Tone.WARNING)
        elif left or not report.complete:
            self.say(_tr("Check stopped"), Tone.MUTED, "square")
        elif report.count(ConstraintState.NOT_CHECKABLE):
            self.say(_tr("Partly not checkable"), Tone.WARNING)
        else:
            self.say(_tr("None broken"), Tone.SUCCESS)

    def _broken(self, report: CheckReport) -> Value:
        broken = report.count(ConstraintState.BROKEN)
        if not broken:
            return _tr("None") if report.complete else _tr("None so far")
        rows = plural(report.broken_rows, _tr("row"), _tr("rows"))
        words = _tr("{count}, by {rows}").format(count=integer(broken), rows=rows)
        return link(words, lambda: self._open_state(ConstraintState.BROKEN.value))

    def _not_enforced(self, report: CheckReport) -> Value:
        count = report.count(ConstraintState.NOT_ENFORCED)
        if not count:
            return _tr("None") if report.complete else _tr("None so far")
        return link(integer(count), lambda: self._open_state(ConstraintState.NOT_ENFORCED.value))

    def _integrity(self, report: CheckReport) -> Value:
        if report.integrity == "not checked":
            return _tr("Not checked yet")
        moment = when(from_text(report.finished_at))
        if report.integrity == "ok":
            return _tr("Passed, {when}").format(when=moment)
        told = (
            _tr("Partly checked, {when}") if report.integrity == "partly checked" else _tr("Damaged, {when}")
        )
        words = told.format(when=moment)
        return link(words, lambda: self._open_state("schema"))

    def _views(self, file: FileRead) -> Value:
        views = [table for table in file.schema.tables if table.kind is TableKind.VIEW]
        triggers = [trigger for table in file.schema.tables for trigger in table.triggers]
        problems = [*(view.problem for view in views), *(trigger.problem for trigger in triggers)]
        broken = sum(1 for problem in problems if problem)
        whole = len(views) + len(triggers)
        if not whole:
            return _tr("None")
        if not broken:
            return _tr("It works") if whole == 1 else _tr("All {count} work").format(count=integer(whole))
        words = _tr("{some} of {all} broken").format(some=integer(broken), all=integer(whole))
        return link(words, lambda: self._open_state("schema"))


class ProtectionCard(FactCard):
    """Which copies there are, and how far they are proven."""

    def __init__(self, open_backups: Callable[[], None]) -> None:
        onward = link(_tr("Open Backups"), open_backups, onward=True)
        super().__init__(_tr("Protection"), "shield", onward)
        self._rows: list[tuple[str, Value]] = []
        self.history = ""

    def show_guard(self, read: PointsRead) -> None:
        """What the restore points are worth, where they lie, and when they were last tried."""
        found = read.status.protection
        if read.alarms:
            self.say(_tr("Drill failed"), Tone.DANGER, "circle-x")
        else:
            self.say(*standing_words(found.standing))
        self.figure.show_figure(*standing_figure(found))
        newest = found.sound[0] if found.sound else None
        nothing = _tr("None to rely on") if found.wrong else _tr("None yet")
        self._rows = [
            (_tr("Kept"), self._kept(read)),
            (_tr("Newest"), capital(moment(newest)) if newest else nothing),
            (_tr("Stores"), self._stores(read)),
            (_tr("Last drill"), self._drill(read)),
        ]
        self._fill()

    def show_audit(self, read: AuditRead) -> None:
        """Whether a history of changes is kept, and when it was last proved."""
        self.history = _tr("Not kept")
        if read.tables:
            tables = plural(read.tables, _tr("table"), _tr("tables"))
            proved = _tr("not verified yet")
            if read.alarms:
                proved = _tr("something is wrong")
            elif read.verified_at:
                proved = _tr("verified {when}").format(when=when(from_text(read.verified_at)))
            self.history = _tr("Of {tables}, {proved}").format(tables=tables, proved=proved)
        self._fill()

    def _fill(self) -> None:
        history: list[tuple[str, Value]] = [(_tr("History"), self.history)] if self.history else []
        self.facts.set_rows([*self._rows, *history])

    def show_failure(self) -> None:
        """Restore points could not be read; the page says why."""
        self.say(_tr("Not known"), Tone.MUTED)
        self.figure.show_figure(_tr("Not known"), "")
        self._rows = []
        self._fill()

    def _kept(self, read: PointsRead) -> str:
        found = read.status.protection
        if not found.points:
            return _tr("None yet")
        oldest = found.sound[-1] if found.sound else found.wrong[-1]
        return _tr("{count}, back to {day}").format(
            count=integer(read.moments), day=day(from_text(oldest.made_at))
        )

    def _stores(self, read: PointsRead) -> str:
        stores = read.status.stores
        if not stores:
            return _tr("None, {size} free here").format(size=size(read.free_bytes))
        in_step = sum(each.standing is StoreStanding.IN_STEP for each in stores)
        return _tr("{some} of {all} in step").format(some=integer(in_step), all=integer(len(stores)))

    def _drill(self, read: PointsRead) -> str:
        if not read.status.drills:
            return _tr("Never")
        # one that failed is not hidden by another store's that passed
        last = (read.alarms or newest_first(read.status.drills))[0]
        word = _tr("passed") if last.passed else _tr("failed")
        return _tr("{when}, {word}").format(when=capital(when(from_text(last.at))), word=word)


class FileCard(FactCard):
    """What kind of file it is and how it was opened."""

    def __init__(self, open_map: Callable[[], None]) -> None:
        onward = link(_tr("Open Schema map"), open_map, onward=True)
        super().__init__(_tr("The file"), "database", onward)

    def show_file(self, file: FileRead) -> None:
        """Everything the file says of itself."""
        tables = file.count(TableKind.TABLE, TableKind.VIRTUAL)
        views = file.count(TableKind.VIEW)
        holds = plural(tables, _tr("table"), _tr("tables"))
        if views:
            holds += f", {plural(views, _tr('view'), _tr('views'))}"
        self.figure.show_figure(size(file.size_bytes), _tr("in {tables}").format(tables=holds))
        self.say(*self._mode(file))
        self.facts.set_rows(
            [
                (_tr("Rows"), capital(row_words(file.all_rows))),
                (_tr("Free inside the file"), self._free(file)),
                (_tr("Pages and text"), self._pages(file)),
                (_tr("Journal of SQLite"), self._journal(file)),
            ]
        )

    def _mode(self, file: FileRead) -> tuple[str, Tone, str]:
        match file.state.mode:
            case OpenMode.SAFE:
                return _tr("Safe mode"), Tone.DANGER, "shield-alert"
            case OpenMode.COPY:
                return _tr("A copy is shown"), Tone.WARNING, "copy"
            case OpenMode.IMMUTABLE:
                return _tr("Read without locks"), Tone.WARNING, "lock-open"
        return _tr("Opened as it is"), Tone.MUTED, "circle-check"

    def _free(self, file: FileRead) -> str:
        free = file.settings.free_pages
        if not free:
            return _tr("Nothing")
        pages = plural(free, _tr("page"), _tr("pages"))
        return _tr("{size}, {pages}").format(size=size(free * file.settings.page_size_bytes), pages=pages)

    def _pages(self, file: FileRead) -> str:
        return _tr("{size} bytes, {encoding}").format(
            size=integer(file.settings.page_size_bytes), encoding=file.settings.encoding
        )

    def _journal(self, file: FileRead) -> str:
        wal = file.state.journal_mode == "wal"
        if not wal:
            return _tr("Rollback journal")
        if file.state.wal_bytes:
            return _tr("WAL, {size}").format(size=size(file.state.wal_bytes))
        return _tr("WAL")


def _tr(text: str) -> str:
    return QCoreApplication.translate("overview", text)
