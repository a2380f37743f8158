"""Writing the register, the record of processing, from the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog

from steward_app.gui.context import Message
from steward_app.services.privacy.classify.register import Register
from steward_app.services.privacy.classify.register_file import write_register

if TYPE_CHECKING:
    from steward_app.gui.pages.personal.page import PersonalPage


class Record:
    """Of one page."""

    def __init__(self, page: PersonalPage) -> None:
        self._page = page

    def why_not(self) -> str:
        """Why there is nothing to write; "" when there is."""
        shown = self._page.shown
        decided = shown is not None and shown.standing.classification.decisions
        return "" if decided else _tr("Nothing is decided yet.")

    def write(self) -> None:
        """Ask for the file, and write it."""
        page = self._page
        path, catalog = page.context.file.path, page.context.catalog
        start = str(path.with_name(f"{path.stem}-register.html"))
        kinds = _tr("HTML page (*.html);;JSON (*.json);;CSV (*.csv)")
        chosen, _ = QFileDialog.getSaveFileName(page, _tr("Write register"), start, kinds)
        if not chosen:
            return
        target = Path(chosen) if Path(chosen).suffix else Path(f"{chosen}.html")

        def told(made: Register) -> None:
            missing = made.missing[0] if made.missing else str(target)
            page.context.toast(Message(_tr("The register is written"), missing))

        page.run(
            _tr("Writing the register"),
            lambda context: write_register(catalog, path, target, context),
            told,
        )


def _tr(text: str) -> str:
    return QCoreApplication.translate("personal", text)
