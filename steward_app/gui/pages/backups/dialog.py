"""A dialog whose verb is a job: it stays until the job went well, and says in itself what was in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from steward_app.gui.page import Page
from steward_app.gui.pages.backups.host_keys import accept_button
from steward_app.gui.widgets.banner import error_banner
from steward_app.gui.widgets.dialog import FormDialog
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context

T = TypeVar("T")


class JobDialog(FormDialog):
    """Cancel stops its job, or closes the dialog.

    Args:
        page: whose job it is.
        title: what it is for: "Add a store".
        verb, gerund: of its button: "Make the store", "Making the store".
        sentence: what comes of it; "" for nothing.
    """

    def __init__(self, page: Page, title: str, verb: str, gerund: str, icon: str, sentence: str = "") -> None:
        super().__init__(page, title, sentence, verb, icon=icon)
        self.page = page
        self._gerund = gerund

    def start(self, title: str, work: Callable[[Context], T], done: Callable[[T], None]) -> None:
        """Run the job. When it went well the dialog is closed and `done` called with what came back."""

        def ended_well(result: T) -> None:
            self.accept()
            done(result)

        self.tell(None)
        self.verb.set_busy(self._gerund)
        self.running = self.page.run(
            title,
            work,
            ended_well,
            on_failure=self.show_wrong,
            on_end=self._ended,
        )

    def show_wrong(self, error: StewardError) -> None:
        """Say what was in the way; a server that is not known can be accepted here."""
        accept = accept_button(self.page.run, self.address, error, self.submit, self.show_wrong)
        self.tell(error_banner(error, *accept))

    @property
    def address(self) -> str:
        """The store it is about, or ""."""
        return ""

    def _ended(self) -> None:
        self.running = None
        self.verb.set_busy("")
