"""What a page says when the catalog cannot tell which database the file is: the window asks that, above the page."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from steward_app.gui.page import Page
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.kernel.errors import ErrorCode, StewardError


def show_failure(page: Page, error: StewardError) -> None:
    """Show an error on the page, in the window's words where it is the question which database this is."""
    if error.code is not ErrorCode.WHICH_DATABASE:
        page.show_error(error)
        return
    path = page.context.file.path
    ask = Button(_tr("Ask again"), lambda: page.context.open_file(path), small=True)
    words = _tr("Its restore points and its journal are found by that. The file is opened again to ask you.")
    page.show_banner(Banner(Tone.WARNING, _tr("Say first which database this is."), words, actions=(ask,)))


def _tr(text: str) -> str:
    return QCoreApplication.translate("which_database", text)
