"""The window: header, sidebar, page, job strip. One file at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QStackedWidget, QWidget

from steward_app.gui.actions import Action, Shortcuts
from steward_app.gui.bridge import JobCenter
from steward_app.gui.context import Message, PageContext
from steward_app.gui.desk import Desk, FileFacts, OpenedFile
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.page import Group, PageSpec
from steward_app.gui.palette import Entry, Palette
from steward_app.gui.shell import commands as own
from steward_app.gui.shell import notices
from steward_app.gui.shell.audit_alarm import AuditAlarm
from steward_app.gui.shell.from_store import FromStore
from steward_app.gui.shell.guard import Guard
from steward_app.gui.shell.header import Header
from steward_app.gui.shell.job_strip import JobList, JobStrip
from steward_app.gui.shell.opening import Opening
from steward_app.gui.shell.own_seals import OwnSeals
from steward_app.gui.shell.pages import PageHost
from steward_app.gui.shell.reach import Reach
from steward_app.gui.shell.settings import Settings
from steward_app.gui.shell.sidebar import Sidebar
from steward_app.gui.shell.toast import Toasts
from steward_app.gui.shell.welcome import Welcome
from steward_app.gui.theme import Theme
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.kernel.errors import StewardError
from steward_app.kernel.receipt import Receipt

if TYPE_CHECKING:
    from steward_app.services.document import Document

NARROW_BELOW = 1200
_AGES_EVERY_MS = 60_000  # "22 min ago" is told anew
_LOOK_EVERY_MS = 2_000  # how often the file is asked whether another program changed it


class Window(QWidget):
    """Made in `app.py`, which gives it the pages there are.

    Signals:
        closed: it was closed for good, once.
    """

    closed = Signal()

    def __init__(self, desk: Desk, jobs: JobCenter, theme: Theme, specs: Sequence[PageSpec]) -> None:
        super().__init__()
        self.desk, self.jobs, self.theme, self.specs = desk, jobs, theme, tuple(specs)
        self.facts: FileFacts | None = None
        self.told: frozenset[str] = frozenset()  # problems of the schedule that were said already
        self._closing = self._shut = False
        self.setObjectName("window")
        self.setWindowTitle("Data Steward")
        self.setAcceptDrops(True)
        self.setMinimumSize(640, 420)  # not what the widest page would like: the sidebar gives way first
        self.resize(1440, 900)
        self.header = Header()
        self.sidebar = Sidebar(self.specs)
        self.pages = PageHost(self.specs)
        self.welcome = Welcome()
        # In the order of Tab, which goes round, these come first and pages, built later, last: the strip follows them.
        self._jobs_list = JobList(jobs, self)
        self.strip = JobStrip(jobs, self)
        self._jobs_list.hide()
        self._alarm, self._notice = vbox(), vbox()
        self._middle = QStackedWidget()
        self._middle.addWidget(self.welcome)
        self._middle.addWidget(boxed(self._with_sidebar()))
        whole = vbox(self.header, self._middle, self._jobs_list, self.strip)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.opening = Opening(desk, jobs, self)
        self.guard = Guard(desk, jobs, self)
        self.own_seals = OwnSeals(desk, jobs, self.opening, self)
        self.audit_alarm = AuditAlarm(self, self._alarm)
        self.toasts = Toasts(self, self.sidebar)
        self.palette_view = Palette(self)
        self.from_store = FromStore(self, self._middle)
        self.settings = Settings(self.header.settings_button, theme, lambda: own.about(self))
        self._keys = Shortcuts(self)
        self._outside = QTimer(self, interval=_LOOK_EVERY_MS)
        self._ages = QTimer(self, interval=_AGES_EVERY_MS)
        self._connect()
        self.show_recent()
        self.use_keys()

    def _with_sidebar(self) -> Any:
        row = hbox(self.sidebar, Reach(vbox(self._alarm, self._notice), self.pages), gap=0)
        row.setStretch(1, 1)
        return row

    def _connect(self) -> None:
        self.header.jump.connect(self.open_palette)
        self.header.settings.connect(self.settings.open)
        self.header.read_only_wanted.connect(self.set_read_only)
        self.header.protection_wanted.connect(lambda: self.navigate("backups"))
        self.sidebar.chosen.connect(self.navigate)
        self.pages.shown.connect(self.sidebar.show_page)
        self.pages.commands_changed.connect(self.use_keys)
        self.strip.opened.connect(self._show_jobs)
        self.welcome.open_wanted.connect(self.choose_file)
        self.welcome.sample_wanted.connect(self.opening.open_sample)
        self.welcome.file_wanted.connect(self.opening.open)
        self.welcome.forget_wanted.connect(self._forget)
        self.welcome.aside_wanted.connect(self.opening.set_aside)
        self.opening.opened.connect(self._show_file)
        self.opening.failed.connect(self._show_failure)
        self.opening.catalog_opened.connect(self._show_catalog)
        self.opening.facts_read.connect(self._show_facts)
        self.jobs.received.connect(self._received)
        self.opening.changed_outside.connect(lambda change: notices.show_change(self, change))
        self._outside.timeout.connect(self.opening.look_outside)
        self._ages.timeout.connect(self.opening.read_facts)
        self.guard.next_known.connect(lambda moment: self.strip.show_next(notices.next_words(moment)))
        self.guard.tended.connect(lambda done: notices.show_tended(self, done))
        self.guard.failed.connect(lambda error: notices.show_not_tended(self, error))
        self.theme.changed.connect(self._fit)

    # Files

    @property
    def file(self) -> Document | None:
        """The open file, or None."""
        return self.opening.file

    def choose_file(self) -> None:
        """Ask for a file and open it."""
        start = str(self.file.path.parent) if self.file is not None else ""
        chosen, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Open a SQLite file"),
            start,
            self.tr("SQLite files (*.db *.db3 *.sqlite *.sqlite3 *.s3db *.sl3);;All files (*)"),
        )
        if chosen:
            self.opening.open(Path(chosen))

    def close_file(self) -> None:
        """Back to the welcome page; the results of the file go with it."""
        self._leave_file()
        self.opening.close()
        self.header.show_nothing()
        self.welcome.clear_error()
        self.show_recent()
        self._middle.setCurrentIndex(0)
        self.setWindowTitle("Data Steward")
        self.use_keys()

    def _leave_file(self) -> None:
        """Keep what the pages want kept, and take away everything that belongs to the file."""
        if self.opening.current is not None:
            states = {page.spec.id: page.save_state() for page in self.pages.built}
            self.desk.keep_page_states(self.opening.current.database_id, states)
        self.pages.end()
        self.sidebar.clear_counts()
        self.toasts.clear()
        self.strip.forget()
        self.clear_notice()
        self._outside.stop()
        self._ages.stop()
        self.guard.end()
        self.own_seals.end()
        self.facts, self.told = None, frozenset()

    @Slot(object)
    def _show_file(self, opened: OpenedFile) -> None:
        self._leave_file()
        self.opening.take(opened)
        self.pages.begin(
            PageContext(
                file=opened.document,
                jobs=self.jobs,
                navigate=self.navigate,
                toast=self.toast,
                clear_toasts=self.toasts.clear,
                count=self.sidebar.show_count,
                catalog=self.desk.catalog,
                pages=frozenset(spec.id for spec in self.specs),
                database_id=opened.database_id,
                open_file=self.opening.open,
                allow_changes=lambda: self.set_read_only(False),
                guarded=self.guarded,
            )
        )
        self.header.show_file(opened.document.path)
        self.header.show_read_only(opened.document.read_only)
        self.setWindowTitle(f"{shown_name(opened.document.path.name)} – Data Steward")
        self._middle.setCurrentIndex(1)
        self._outside.start()
        self._ages.start()
        self.guard.begin(opened)
        self.own_seals.begin(opened)
        if self.specs:
            self.navigate(self.specs[0].id)
        self.use_keys()
        notices.show_opening(self, opened)

    @Slot(object)
    def _show_failure(self, error: StewardError) -> None:
        """A file did not open: on the welcome page, or beside the file that stays open."""
        if self.file is None:
            self.show_recent()
            self.welcome.show_error(error, self.opening.again)
            self._middle.setCurrentIndex(0)
        else:
            self.show_notice(Tone.DANGER, error.message, error.hint)

    @Slot(object)
    def _show_catalog(self, set_aside: Path | None) -> None:
        """The catalog can be read again."""
        self.welcome.clear_error()
        if set_aside is not None:
            self.welcome.show_set_aside(set_aside)
        self.show_recent()

    @Slot(object)
    def _show_facts(self, facts: FileFacts) -> None:
        self.facts = facts
        self.header.show_facts(facts)

    @Slot(object)
    def _forget(self, path: Path) -> None:
        self.desk.forget(path)
        self.show_recent()

    def show_recent(self) -> None:
        """Read the list of recent files again."""
        self.welcome.show_recent(self.desk.recent())

    # Pages

    def navigate(self, page: str, **arguments: Any) -> None:
        """Go to a page; where there is none of that name, nothing happens."""
        if self.opening.current is None or page not in {spec.id for spec in self.specs}:
            return
        self.palette_view.dismiss()
        state = {} if self.pages.has(page) else self.desk.page_state(self.opening.current.database_id, page)
        shown = self.pages.show_page(page, state, **arguments)
        focused = QApplication.focusWidget()
        if focused is None or not any(part.isAncestorOf(focused) for part in (shown, self.sidebar)):
            shown.setFocus(Qt.FocusReason.OtherFocusReason)  # the next Tab leads to its first control
        self.use_keys()

    def refresh(self) -> None:
        """Read everything again."""
        if self.file is not None:
            self.clear_notice()
            for page in self.pages.built:
                page.clear_banners()  # what still holds is found again
            self.sidebar.clear_counts(Group.SEE)
            self.opening.read_facts()
            self.pages.touched(())

    @Slot(object)
    def _received(self, receipt: Receipt) -> None:
        """An operation changed tables of the open file."""
        file = self.file
        if file is not None and Path(receipt.path) in (file.path, file.identity.file):
            file.touched(receipt.tables)
            self.sidebar.clear_counts(Group.SEE)  # they are of the rows before; a check counts again
            self.opening.read_facts()
            self.pages.touched(receipt.tables)

    @Slot()
    def guarded(self) -> None:
        """Restore points, stores or drills of the open file are others now, or what is known of its audit."""
        if self.file is not None:
            self.own_seals.check()
            self.opening.read_facts()
            self.guard.look()
            for page in self.pages.built:
                page.refresh_guard()

    def show_notice(self, tone: Tone, lead: str, rest: str, *actions: Button) -> None:
        """Say something above the page, about the file and not about the page."""
        clear(self._notice)
        banner = Banner(tone, lead, rest, actions=actions, on_close=self.clear_notice)
        around = boxed(vbox(banner, margins=(24, 12, 24, 0)))
        around.setProperty("kind", "page")  # it stands on the page's ground
        around.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._notice.addWidget(around)

    def clear_notice(self) -> None:
        """Take the notice away."""
        clear(self._notice)

    @Slot(bool)
    def set_read_only(self, read_only: bool) -> None:
        """Allow changes, or not; the file answers, and the switch shows its answer."""
        file = self.file
        if file is None:
            return
        try:
            file.forbid_writing() if read_only else file.allow_writing()
        except StewardError as error:
            self.show_notice(Tone.WARNING, error.message, error.hint)
        self.header.show_read_only(file.read_only)
        for page in self.pages.built:
            page.reconsider()
        self.use_keys()

    def toast(self, message: Message) -> None:
        """Say that something was done."""
        self.toasts.show_message(message)

    # What can be done

    def commands(self) -> tuple[Action, ...]:
        """Everything that can be done now: the window's own and the page's."""
        page = self.from_store.wizard or (self.pages.page if self.file is not None else None)
        return (*(page.commands() if page is not None else ()), *own.window_actions(self))

    def use_keys(self) -> None:
        """Let the keys do what can be done now."""
        self._keys.use(self.commands())

    def open_palette(self) -> None:
        """Tables, actions and pages in one list."""
        self.palette_view.open(self.entries())

    def entries(self) -> tuple[Entry, ...]:
        """The lines of the palette."""
        return own.palette_entries(self)

    # Qt

    @Slot(bool)
    def _show_jobs(self, shown: bool) -> None:
        self._jobs_list.setVisible(shown)
        if shown:
            self._jobs_list.show_jobs()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self.toasts.place()

    def _fit(self) -> None:
        """Where there is little room, for the window or for the zoom, the sidebar shows icons alone."""
        narrow = self.width() < px(NARROW_BELOW)
        if narrow != self.sidebar.narrow:
            self.sidebar.set_narrow(narrow)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.opening.open(paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._closing or not self.jobs.live():
            self.shut()
            event.accept()
        else:
            event.ignore()
            own.ask_to_quit(self, self._quit)

    def _quit(self) -> None:
        self._closing = True
        self.window().close()

    def leave(self) -> None:
        """Close the window, asking first when something runs."""
        self.window().close()

    def shut(self) -> None:
        """Keep what is to be kept and stop everything."""
        if self._shut:
            return
        self._shut = True
        self.window().hide()
        self.own_seals.end_soon()
        self._leave_file()
        self.jobs.close()
        self.opening.close()
        self.closed.emit()
        self.desk.close()
