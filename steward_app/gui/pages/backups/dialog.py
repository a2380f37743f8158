"""A dialog whose verb is a job: it stays until the job went well, and says in itself what was in the way."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QWidget

from steward_app.gui.bridge import JobHandle
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.page import Page
from steward_app.gui.pages.backups.host_keys import accept_button
from steward_app.gui.widgets.banner import error_banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.surfaces import Scroll, frame
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context

T = TypeVar("T")
_WIDTH = 520


class JobDialog(QDialog):
    """Over the window, never in the way of its event loop. Cancel stops the job, or closes the dialog.

    Args:
        page: whose job it is.
        title: what it is for: "Add a store".
        verb, gerund: of its button: "Make the store", "Making the store".
    """

    def __init__(self, page: Page, title: str, verb: str, gerund: str, icon: str) -> None:
        super().__init__(page)
        self.page = page
        self._gerund = gerund
        self._job: JobHandle | None = None
        self.setWindowTitle(title)
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._wrong = vbox()
        self.body = vbox(Label(title, role="question"), gap=12, margins=(20, 20, 20, 16))
        self.go = Button(verb, self.submit, kind=Kind.PRIMARY, icon=icon)
        self.go.setDefault(True)
        self._cancel = Button(_tr("Cancel"), self.reject)
        self._content = boxed(vbox(boxed(self.body), None))
        whole = vbox(
            Scroll(self._content),
            boxed(self._wrong),
            frame("foot", hbox(None, self._cancel, self.go, margins=(20, 12, 20, 12))),
        )
        whole.setStretch(0, 1)
        self.setLayout(whole)

    def add(self, *widgets: QWidget) -> None:
        """Put these below what is there."""
        for widget in widgets:
            self.body.addWidget(widget)

    @abstractmethod
    def submit(self) -> None:
        """Do what the dialog is for; a subclass calls `start`."""

    def start(self, title: str, work: Callable[[Context], T], done: Callable[[T], None]) -> None:
        """Run the job. When it went well the dialog is closed and `done` called with what came back."""

        def ended_well(result: T) -> None:
            self.accept()
            done(result)

        clear(self._wrong)
        self.go.set_busy(self._gerund)
        self._job = self.page.run(
            title,
            work,
            ended_well,
            on_failure=self.show_wrong,
            on_end=self._ended,
        )

    def show_wrong(self, error: StewardError) -> None:
        """Say what was in the way; a server that is not known can be accepted here."""
        clear(self._wrong)
        accept = accept_button(self.page.run, self.address, error, self.submit, self.show_wrong)
        banner = error_banner(error, *accept)
        self._wrong.addWidget(boxed(vbox(banner, margins=(20, 0, 20, 12))))
        self.fit()

    @property
    def address(self) -> str:
        """The store it is about, or ""."""
        return ""

    def reject(self) -> None:
        if self._job is not None:
            self._job.cancel()
        else:
            super().reject()

    def _ended(self) -> None:
        self._job = None
        self.go.set_busy("")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()

    def fit(self) -> None:
        """As high as its content, and no higher than the window; the rest is scrolled to."""
        width = px(_WIDTH)
        content = self._content.layout()
        needed = self._content.sizeHint().height()
        if content is not None and content.hasHeightForWidth():
            needed = content.totalHeightForWidth(width)
        around = self.sizeHint().height() - self.layout().itemAt(0).sizeHint().height()  # type: ignore[union-attr]
        most = self.page.window().height() - px(48)
        self.resize(width, min(needed + around, most))


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
