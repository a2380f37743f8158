"""Before a file is open: open one, go on with one, look at the sample. And the page of a file that does not open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from steward_app.catalog import CatalogDamaged
from steward_app.catalog.preferences import RecentFile
from steward_app.catalog.set_aside import AFTERWARDS
from steward_app.gui.flow import Flow
from steward_app.gui.format import age, shown_name
from steward_app.gui.layout import boxed, clear, fix, hbox, stretch, vbox
from steward_app.gui.look import px
from steward_app.gui.shell.header import short_folder
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner, error_banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import Card, Scroll, hairline
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.kernel.errors import StewardError

_WIDTH = 560
_AIRY_FROM = 560  # height of the window


class Welcome(QWidget):
    """What the window shows when no file is open.

    Signals:
        open_wanted: the file dialog.
        sample_wanted: the sample database.
        restore_wanted: a file out of a backup store.
        file_wanted: a `Path` of the recent files.
        forget_wanted: take a `Path` off the list.
        aside_wanted: put the damaged catalog out of the way.
    """

    open_wanted = Signal()
    sample_wanted = Signal()
    restore_wanted = Signal()
    file_wanted = Signal(object)
    forget_wanted = Signal(object)
    aside_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Welcome"))
        self._notice = vbox()
        self._recent = vbox()
        self._card = Card(self.tr("Opened before"), boxed(self._recent), flush=True)
        self.open_button = Button(
            self.tr("Open a file"), self.open_wanted.emit, kind=Kind.PRIMARY, icon="folder-open"
        )
        sample = Button(self.tr("Look at the sample"), self.sample_wanted.emit, icon="flask-conical")
        restore = Button(self.tr("Restore from a backup store"), self.restore_wanted.emit, icon="rotate-ccw")
        column = vbox(
            Label(self.tr("Data Steward"), role="title"),
            Label(
                self.tr(
                    "Open a SQLite file to see what is in it, what it promises, and which rows break it. "
                    "A file is opened read-only; looking at it changes nothing."
                ),
                tone=Tone.MUTED,
                wrap=True,
            ),
            8,
            self._notice,
            Flow(self.open_button, sample, restore, gap=8),
            Label(self.tr("Or drop a file on this window."), role="small", tone=Tone.MUTED),
            16,
            self._card,
            gap=8,
        )
        middle = fix(boxed(column), width=_WIDTH)
        self._above = fix(QWidget(), height=72)
        outer = vbox(self._above, hbox(None, middle, None), None, margins=(24, 24, 24, 24))
        self.setLayout(vbox(Scroll(boxed(outer))))
        self.show_recent(())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Air above is the first to give way: what can be done stays in view."""
        super().resizeEvent(event)
        self._above.setVisible(self.height() >= px(_AIRY_FROM))

    def show_recent(self, files: Sequence[RecentFile]) -> None:
        """The list of files opened before."""
        clear(self._recent)
        for number, file in enumerate(files):
            if number:
                self._recent.addWidget(hairline())
            self._recent.addWidget(self._row(file))
        self._card.setVisible(bool(files))

    def show_error(self, error: StewardError, again: Callable[[], None] | None) -> None:
        """A file did not open: which, why, what is untouched, what to do."""
        self.clear_error()
        actions = [Button(self.tr("Try again"), again, small=True)] if again is not None else []
        if isinstance(error, CatalogDamaged):
            actions.append(Button(self.tr("Set the catalog aside"), self.aside_wanted.emit, small=True))
        self._notice.addWidget(error_banner(error, *actions))

    def show_set_aside(self, folder: Path) -> None:
        """A damaged catalog was set aside: where it is, and what to do now."""
        self.clear_error()
        lead = self.tr("The catalog is in “{folder}”, and a new one was made.")
        self._notice.addWidget(
            Banner(Tone.SUCCESS, lead.format(folder=shown_name(str(folder))), AFTERWARDS, copy=True)
        )

    def clear_error(self) -> None:
        """Another file is tried."""
        clear(self._notice)

    def _row(self, file: RecentFile) -> QWidget:
        row = _FileRow(file)
        row.clicked.connect(lambda: self.file_wanted.emit(file.path))
        row.setEnabled(not file.missing)
        forget = Button(
            self.tr("Take {name} off the list").format(name=shown_name(file.path.name)),
            lambda: self.forget_wanted.emit(file.path),
            kind=Kind.PLAIN_ICON,
            icon="x",
            small=True,
        )
        line = hbox(row, forget, gap=4, margins=(0, 0, 12, 0))
        line.setStretch(0, 1)
        return boxed(line)


class _FileRow(QPushButton):
    """A file opened before: name, folder, when."""

    def __init__(self, file: RecentFile) -> None:
        super().__init__()
        self.setProperty("kind", "row")
        self.setAutoDefault(False)
        when = self.tr("not there any more") if file.missing else age(from_text(file.opened_at))
        name, folder = shown_name(file.path.name), shown_name(short_folder(file.path))
        self.setAccessibleName(f"{name}, {folder}, {when}")
        words = vbox(
            Label(name, role="strong", elide=True, tone=Tone.DIM if file.missing else Tone.TEXT),
            Label(folder, role="small", tone=Tone.MUTED, elide=True),
        )
        moment = Label(when, role="small", tone=Tone.MUTED)
        row = hbox(IconLabel("database", Tone.MUTED), words, moment, gap=12, margins=(16, 4, 8, 4))
        row.setStretch(1, 1)
        self.setLayout(row)
        for label in self.findChildren(QWidget):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        stretch(self)
