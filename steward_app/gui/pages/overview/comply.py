"""The compliance card: which columns are about people, how many of them are decided, and what does not fit any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QShowEvent

from steward_app.gui.format import full_stop, integer, plural, when
from steward_app.gui.page import Page
from steward_app.gui.pages.backups.words import capital
from steward_app.gui.pages.overview.cards import FactCard
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import link
from steward_app.gui.widgets.lists import Task
from steward_app.kernel.clock import from_text
from steward_app.services.privacy.classify.check import Standing, standing_of
from steward_app.services.privacy.classify.overlay import Mark, overlay

PAGE = "personal"


class ComplianceCard(FactCard):
    """Reads by itself, a few milliseconds: schema, policy and the last scan, no rows.

    Args:
        page: the page it stands on.
        told: called when it has read something else.
    """

    def __init__(self, page: Page, told: Callable[[], None]) -> None:
        onward = link(_tr("Open Personal data"), lambda: page.context.navigate(PAGE), onward=True)
        self._scan = link(_tr("Scan now"), lambda: page.context.navigate(PAGE, scan=True))
        super().__init__(_tr("Compliance"), "id-card", onward, self._scan)
        onward.setVisible(PAGE in page.context.pages)
        self._page, self._told = page, told
        self.standing: Standing | None = None
        self._scan.hide()
        self._say_unchecked()

    def read(self) -> None:
        """Read how it stands."""
        context, page = self._page.context, self._page
        if not context.database_id:
            return
        catalog, path, known_as = context.catalog, context.file.path, context.database_id
        page.run(
            _tr("Reading what was decided"),
            lambda job: standing_of(catalog, path, known_as, job),
            self._show,
            on_failure=lambda error: self._say_failure(error.message),
            quiet=True,
        )

    def showEvent(self, event: QShowEvent) -> None:
        """Something may have been decided on its page since."""
        super().showEvent(event)
        if self.standing is not None:
            self.read()

    def tasks(self) -> Iterator[tuple[Task, dict[str, str]]]:
        """What there is to do about it, with what its page is told."""
        now = self.standing
        if now is None or PAGE not in self._page.context.pages:
            return
        for finding in now.serious[:2]:
            icon = "id-card"
            yield (
                Task(
                    finding.id,
                    finding.title,
                    full_stop(finding.detail or finding.remedies[0]),
                    _tr("Personal data"),
                    Tone.WARNING,
                    icon,
                ),
                {"table": finding.subject.table},
            )
        if now.checked and now.to_decide:
            columns = plural(len(now.to_decide), _tr("column"), _tr("columns"))
            yield (
                Task(
                    "personal",
                    _tr("Decide about {columns} that may be personal").format(columns=columns),
                    _tr("A copy for release waits for those that nobody can tell."),
                    _tr("To decide"),
                    Tone.WARNING,
                    "id-card",
                ),
                {},
            )

    def _show(self, now: Standing) -> None:
        changed = now != self.standing
        self.standing = now
        self._scan.setVisible(not now.checked and PAGE in self._page.context.pages)
        if not now.checked:
            self._say_unchecked()
        else:
            self._say(now)
        count = len(now.to_decide) if now.checked else 0
        self._page.context.count(PAGE, count or None, Tone.WARNING)
        if changed:
            self._told()

    def _say(self, now: Standing) -> None:
        marks = [
            column
            for table in overlay(now.schema, now.scan, now.classification).values()
            for column in table.columns.values()
        ]
        personal = [each for each in marks if each.mark is not Mark.NONE]
        decided = sum(each.decided for each in personal)
        sensitive = sum(each.mark is Mark.SENSITIVE for each in personal)
        if now.to_decide:
            self.say(_tr("{n} to decide").format(n=integer(len(now.to_decide))), Tone.WARNING)
        elif now.serious:
            self.say(_tr("Does not fit"), Tone.WARNING)
        else:
            self.say(_tr("Classified"), Tone.SUCCESS)
        some = _tr("{some} of {all}").format(some=integer(decided), all=integer(len(personal)))
        self.figure.show_figure(some, _tr("personal columns decided"))
        scanned = capital(when(from_text(now.scan.made_at))) if now.scan is not None else _tr("Never")
        self.facts.set_rows(
            [
                (_tr("Sensitive"), plural(sensitive, _tr("column"), _tr("columns"))),
                (_tr("Does not fit"), plural(len(now.serious), _tr("thing"), _tr("things"))),
                (_tr("Last scan"), scanned),
            ]
        )

    def _say_unchecked(self) -> None:
        self.say(_tr("Not checked yet"), Tone.MUTED, "circle")
        self.figure.show_figure(_tr("Not known"), _tr("which are personal"))
        self.facts.set_rows([(_tr("Last scan"), _tr("Never"))])

    def _say_failure(self, why: str) -> None:
        self.standing = None
        self.say(_tr("Not known"), Tone.MUTED, "circle")
        self.figure.show_figure(_tr("Not known"), "")
        self.facts.set_rows([(_tr("Why"), why)])


def _tr(text: str) -> str:
    return QCoreApplication.translate("overview", text)
