"""Deciding, from the page: one column as its form says, or many as the scan proposes; taking back, carrying over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt

from steward_app.gui.context import Message
from steward_app.gui.format import plural
from steward_app.gui.pages.personal.read import Group, Line
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import undo
from steward_app.services.privacy.classify.carry import Rename, carry_renames
from steward_app.services.privacy.classify.decide import decide, proposal, withdraw
from steward_app.services.privacy.classify.model import Statement, why_without_name
from steward_app.services.privacy.classify.stated import said
from steward_app.services.privacy.model import Place

if TYPE_CHECKING:
    from steward_app.gui.pages.personal.page import PersonalPage

_SURE = 0.9


class Deciding:
    """Of one page. Every decision is an operation that the message about it undoes."""

    def __init__(self, page: PersonalPage) -> None:
        self._page = page
        self._sure: tuple[tuple[Line, ...], list[Line]] = ((), [])

    @property
    def _lines(self) -> tuple[Line, ...]:
        return self._page.chosen

    # Whether, and why not

    @property
    def words(self) -> str:
        """The words of the button; with the number where several are chosen."""
        lines = self._lines
        if len(lines) < 2:
            return _tr("Confirm and go to next")
        if self._page.inspector.reason.text().strip():
            named = sum(not line.nameless for line in lines)
            return _tr("Not linked: {columns}").format(columns=_columns(named))
        proposed = sum(line.proposed for line in lines)
        if not proposed:
            return _tr("Not linked to a person")
        return _tr("Confirm {columns}").format(columns=_columns(proposed))

    def why_not_confirm(self) -> str:
        """Why what is chosen cannot be decided as it stands in the form; "" when it can."""
        lines, inspector = self._lines, self._page.inspector
        if not lines:
            return _tr("Choose a column first.")
        if lines[0].place is not None and all(line.nameless for line in lines):
            return why_without_name(lines[0].place)
        if len(lines) > 1:
            if inspector.reason.text().strip() or any(line.proposed for line in lines):
                return ""
            return _tr("The scan proposes nothing for them. Say why they are not linked to a person.")
        if lines[0].gone:
            return _tr("It is not in the file any more.")
        return inspector.form.why_not

    def why_not_take_back(self) -> str:
        """Why nothing can be taken back; "" when something can."""
        if not self._lines:
            return _tr("Choose a column first.")
        stated = any(line.decision is not None and not line.decision.by_table for line in self._lines)
        return (
            "" if stated or any(line.gone for line in self._lines) else _tr("Nothing was decided about it.")
        )

    @property
    def sure(self) -> list[Line]:
        """What is to decide and the scan is sure of."""
        lines = self._page.table.open_lines
        if self._sure[0] is not lines:
            sure = [each for each in lines if each.proposed and each.found and each.found.confidence >= _SURE]
            self._sure = (lines, sure)
        return self._sure[1]

    @property
    def unknown(self) -> list[Line]:
        """What a copy waits for, since nobody can tell what it is: not what is gone, nor what the scan proposes."""
        return [each for each in self._page.table.open_lines if each.unknown]

    # Doing it

    def confirm(self) -> None:
        """Decide what is chosen, and go on to the next."""
        lines, inspector = self._lines, self._page.inspector
        if len(lines) > 1:
            reason = inspector.reason.text().strip()
            if reason:
                named = (each.place for each in lines if each.place and not each.nameless)
                self._decide([Statement(place, {"not_personal": reason}) for place in named])
            else:
                self._decide([proposal(each.found) for each in lines if each.proposed and each.found])
            return
        statement = inspector.form.statement()
        if statement is not None and lines:
            follow = self._page.table.next_after(lines[0]) if lines[0].group is Group.TO_DECIDE else None
            self._decide([statement], follow)

    def confirm_line(self, line: Line) -> None:
        """The button of a line: as the scan proposes; where it proposes nothing, the form asks."""
        if line.proposed and line.found is not None:
            self._decide([proposal(line.found)], self._page.table.next_after(line))
        else:
            self._page.table.choose(line)
            self._page.focus_form()

    def confirm_sure(self) -> None:
        """Confirm all of which the scan is sure."""
        self._decide([proposal(line.found) for line in self.sure if line.found])

    def take_back(self) -> None:
        """Take back what was decided about the chosen lines; of a table that is gone, all of it."""
        catalog, path = self._page.context.catalog, self._page.context.file.path
        shown = self._page.shown
        places: list[Place] = []
        for line in self._lines if shown is not None else ():
            assert shown is not None
            if line.place is not None and said(shown.document, line.place):
                places.append(line.place)
            if line.gone and line.place is not None and not line.place.column:
                decisions = shown.standing.classification.decisions
                places += [each.place for each in decisions if each.place.table == line.place.table]
        self._write(
            _tr("Taking back what was decided about {columns}"),
            len(places),
            lambda context: withdraw(catalog, path, places, context),
        )

    def carry(self) -> None:
        """Carry what was decided over to the new name of a column or table."""
        catalog, path = self._page.context.catalog, self._page.context.file.path
        renames = [
            Rename(line.place, line.waiting.now)
            for line in self._lines
            if line.waiting is not None and line.waiting.now and line.place is not None
        ]
        self._write(
            _tr("Carrying decisions over"),
            len(renames),
            lambda context: carry_renames(catalog, path, renames, context),
        )

    def go_to_next(self) -> None:
        """Leave it for later, and go on."""
        follow = self._page.table.next_after(self._lines[0]) if self._lines else None
        if follow is not None:
            self._page.table.choose(follow)

    def choose_unknown(self) -> None:
        """Choose all that nobody can tell, and ask why they are not linked to a person."""
        self._page.table.choose_all(self.unknown)
        self.ask_for_reason()

    def ask_for_reason(self) -> None:
        """Say of what is chosen that it is not linked to a person."""
        inspector = self._page.inspector
        if len(self._lines) > 1:
            inspector.reason.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self._lines and not self._lines[0].gone:
            inspector.form.ask_for_reason()

    def _decide(self, statements: Sequence[Statement], follow: Line | None = None) -> None:
        catalog, path = self._page.context.catalog, self._page.context.file.path
        self._write(
            _tr("Deciding about {columns}"),
            len(statements),
            lambda context: decide(catalog, path, statements, context),
            follow,
            many=len(statements) > 1,
        )

    def _write(
        self,
        title: str,
        count: int,
        work: Callable[[Context], Receipt],
        follow: Line | None = None,
        *,
        many: bool = False,
    ) -> None:
        page = self._page
        if not count:
            return

        def told(context: Context) -> tuple[str, str]:
            """What was said, and what undoes it; the receipt would have every page read the tables anew."""
            receipt = work(context)
            return receipt.sentence, receipt.undo

        def done(outcome: tuple[str, str]) -> None:
            sentence, back = outcome
            page.context.toast(Message(sentence, undo=lambda: self._undo(back)))
            if follow is not None:
                page.table.choose(follow)
            page.begins_at_top = many
            page.read()

        page.run(title.format(columns=_columns(count)), told, done, quiet=True)

    def _undo(self, operation_id: str) -> None:
        page, catalog = self._page, self._page.context.catalog
        page.run(
            _tr("Taking it back"),
            lambda context: undo.undo(catalog, operation_id, context).sentence,
            lambda _: page.read(),
            quiet=True,
        )


def _columns(count: int) -> str:
    return plural(count, _tr("column"), _tr("columns"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("personal", text)
