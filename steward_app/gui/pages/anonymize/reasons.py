"""Why something cannot be done on the Anonymize page now; "" where it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from steward_app.gui.pages.anonymize.words import place_words, tr
from steward_app.services.privacy.along import in_words

if TYPE_CHECKING:
    from steward_app.gui.pages.anonymize.page import AnonymizePage

BLANK, NOTHING, COLUMNS, TECHNIQUES, BALANCE, MAKE, COPY, REGISTER = range(8)
"""What the page shows."""
STEP_OF = {TECHNIQUES: 1, BALANCE: 2, MAKE: 3, COPY: 4}


class Reasons:
    """Asked by buttons, keys and the palette."""

    def __init__(self, page: AnonymizePage) -> None:
        self._page = page

    def look(self) -> str:
        """Why nothing is looked for; "" when it can be."""
        return self._page.running

    def turn(self) -> str:
        """Why columns cannot be taken for known or sensitive; "" when they can."""
        if self._page.step != COLUMNS or self._page.rules is None:
            return tr("The columns are not shown.")
        return self._page.running or ("" if self._page.columns.selected else tr("Choose columns first."))

    def trial(self) -> str:
        """Why no trial copy can be made; "" when it can."""
        if self._page.rules is None or self._page.situation is None:
            return tr("There are no rules yet.")
        return self._page.running

    def go_on(self) -> str:
        """Why there is no way on; "" when there is."""
        if self._page.step not in (COLUMNS, TECHNIQUES, BALANCE, MAKE) or self._page.rules is None:
            return tr("There are no rules yet.")
        if self._page.running:
            return self._page.running
        situation = self._page.situation
        waits = situation is not None and situation.waiting(self._page.rules)
        if self._page.step in (BALANCE, MAKE) and waits:
            return tr("Columns wait for your decision. Decide about them in Personal data.")
        if self._page.step == BALANCE and (beyond := self._page.draft.beyond):
            return tr(
                "The risk of {tables} is above your limit. Choose a safer way, or accept the risk."
            ).format(tables=in_words(beyond))
        if self._page.step == BALANCE and (replaced := self._page.draft.replaced):
            return tr(
                "This way replaces rules that you wrote: {columns}. Let it, or choose their techniques below."
            ).format(columns=in_words(place_words(before.place) for before, _ in replaced))
        return self._page.making.why_not_on() if self._page.step == MAKE else ""

    def back(self) -> str:
        """Why there is no way back; "" when there is."""
        if self._page.step not in (TECHNIQUES, BALANCE, MAKE, COPY):
            return tr("There is no step before this one.")
        return self._page.running

    def cancel(self) -> str:
        """Why there is nothing to give up; "" when there is."""
        return self._page.running or ("" if self._page.step > COLUMNS else tr("Nothing was begun."))

    def copies(self) -> str:
        """Why the register cannot be shown; "" when it can."""
        return self._page.running or (
            "" if self._page.situation is not None else tr("The register is being read.")
        )

    def open(self) -> str:
        """Why no copy can be looked at; "" when one can."""
        if self._page.step != REGISTER:
            return tr("The copies made are not shown.")
        return self._page.running or ("" if self._page.register.table.current else tr("Choose a copy first."))
