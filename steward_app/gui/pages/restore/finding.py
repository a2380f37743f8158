"""Finding a row or a value in the restore points, and bringing back what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.catalog.points import Point
from steward_app.gui.format import shown_name
from steward_app.gui.pages.data.words import key_words
from steward_app.gui.pages.restore.choose import What
from steward_app.gui.pages.restore.find_step import FindStep
from steward_app.kernel.errors import StewardError
from steward_app.kernel.values import Key
from steward_app.services import restore
from steward_app.services.restore import FoundInPoints, RowQuestion, ValueQuestion
from steward_app.services.rows import look_personal

if TYPE_CHECKING:
    from steward_app.gui.pages.restore.page import RestorePage


class Finding:
    """Of one page: asks, and takes what is chosen to the step of rows and conflicts."""

    def __init__(self, page: RestorePage) -> None:
        self._page = page
        self.step = FindStep()
        self.step.database = page.context.file.path
        self.step.wanted.connect(self._look_for_value)
        self.step.unlock_wanted.connect(self._unlock)
        self._locked: Point | None = None
        self._again: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Show the step, to type a value."""
        self._page.show_find_step()
        self.step.value.setFocus()

    def look_for_row(self, table: str, key: Key, key_columns: Sequence[str]) -> None:
        """In which points a row is, and how it looked. `key_columns` are what its key names."""
        hidden = {each.column for each in look_personal(key_columns, table, self._page.context.file.path)}
        words = f"{shown_name(table)} {key_words(key, key_columns, hidden)}"
        self._page.show_find_step()
        self._look(RowQuestion(table, key), words)

    def _look_for_value(self, question: ValueQuestion) -> None:
        self._look(question, _tr("The value that was typed"))

    def _look(self, question: RowQuestion | ValueQuestion, words: str) -> None:
        """Look for something; what was looked for before is not looked for any more."""
        page, moment = self._page, self._page.choose.moment
        catalog, path, given = page.context.catalog, page.context.file.path, page.trouble.last_given
        self.step.show_asked(question, words)
        usable = moment.usable

        def failed(error: StewardError) -> None:
            stored = next((point for point in usable if point.store_id), None)
            page.trouble.show(error, stored, lambda: self._look(question, words))

        page.start(
            _tr("Looking into the restore points"),
            lambda context: restore.find_in_points(catalog, path, question, context, given=given),
            lambda found: self._show(found, question, words),
            on_failure=failed,
        )

    def _show(self, found: FoundInPoints, question: RowQuestion | ValueQuestion, words: str) -> None:
        missed = {each.point for each in found.not_searched}
        self._locked = self._page.choose.moment.locked_among(missed)
        self._again = lambda: self._look(question, words)
        self.step.show_found(found, locked=self._locked is not None)

    def _unlock(self) -> None:
        if self._locked is not None:
            self._page.trouble.ask(self._locked, self._again)

    def verb(self) -> str:
        """What is done with what is chosen."""
        place = self.step.chosen
        return (
            _tr("Bring this row back") if place is not None and place.key else _tr("Compare with that point")
        )

    def reason(self) -> str:
        """Why there is no way on from here; "" when there is."""
        return "" if self.step.chosen is not None else _tr("Look for a row or a value first.")

    def bring(self) -> None:
        """Compare with the newest point of what is chosen; a row is chosen there, too."""
        place, page = self.step.chosen, self._page
        if place is None:
            return
        page.choose.moment.choose(place.point)
        page.choose.choose_what(What.ROWS)
        page.comparing.compare(page.choose.point, place.table, place.key)


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
