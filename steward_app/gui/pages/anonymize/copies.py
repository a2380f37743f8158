"""Copies that were made: attacking one, its report, and what is recorded of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from steward_app.gui.context import Message
from steward_app.gui.format import integer, name_alone
from steward_app.gui.pages.anonymize.register import NoteDialog, SheetDialog
from steward_app.gui.pages.anonymize.words import against_giving
from steward_app.gui.widgets.confirm import Question
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import assess, keys, register
from steward_app.services.privacy.anonymize.contradictions import contradictions, held_here
from steward_app.services.privacy.anonymize.file_now import compared
from steward_app.services.privacy.anonymize.model import Release, ReleaseState, Sheet
from steward_app.services.privacy.report.collect import release_report
from steward_app.services.privacy.report.kept import kept_report
from steward_app.services.privacy.report.model import ReleaseReport
from steward_app.services.privacy.report.release import write_release_report

if TYPE_CHECKING:
    from steward_app.gui.pages.anonymize.page import AnonymizePage


class Copies(QObject):
    """What can be done with the copy that is looked at."""

    def __init__(self, page: AnonymizePage) -> None:
        super().__init__(page)
        self._page = page

    @property
    def release(self) -> Release | None:
        """The copy that is looked at."""
        return self._page.copy.release if self._page.at_copy else None

    # Why not

    def why_not_attack(self) -> str:
        """Why it cannot be attacked; "" when it can."""
        if self.release is None:
            return self.tr("No copy is looked at.")
        if self.release.in_place:
            return self.tr("The file itself was anonymized: there is no original beside it to compare with.")
        if self._page.running:
            return self._page.running
        return "" if self.release.path.exists() else self.tr("The file is not where it was made.")

    def why_not_report(self) -> str:
        """Why no report can be written; "" when one can."""
        if self.release is not None and self._page.copy.report is None:
            return self._page.running or self.tr("Attack the copy first.")
        return self.why_not_attack()

    def why_not_record(self) -> str:
        """Why nothing can be recorded; "" when it can."""
        if self.release is None:
            return self.tr("No copy is looked at.")
        if self.release.state is ReleaseState.DESTROYED:
            return self.tr("This copy is recorded as destroyed.")
        return self._page.running

    def why_not_destroy_key(self) -> str:
        """Why there is no key to destroy; "" when there is."""
        if self.release is None:
            return self.tr("No copy is looked at.")
        if not self.release.key_name:
            return self.tr("This copy was made without a key.")
        return (
            self.tr("Its key is destroyed.") if self.release.key_state == "destroyed" else self._page.running
        )

    # Attack and report

    def attack(self) -> None:
        """Attack the copy, search it, and measure what it is good for."""
        release = self.release
        if release is None:
            return
        catalog, source = self._page.context.catalog, self._page.context.file.path
        self._page.start(
            self.tr("Attacking the copy"),
            lambda context: release_report(catalog, source, release.path, context),
            self._attacked,
        )

    def read_kept(self, release: Release) -> None:
        """Show again what attacks showed of a copy when they were carried out last."""
        catalog = self._page.context.catalog

        def show(report: ReleaseReport | None) -> None:
            shown = self._page.copy
            if report is not None and shown.report is None and self.release and self.release.id == release.id:
                shown.show_report(report, news=False)
                self._page.reconsider()

        self._page.run(
            self.tr("Reading what attacks showed"),
            lambda _: kept_report(catalog, release),
            show,
            quiet=True,
        )

    def compare(self, release: Release) -> None:
        """Say where another file lies in the place of a copy that somebody assessed."""
        if not release.assessments or release.in_place:
            return

        def show(found: tuple[Release, ...]) -> None:
            if self.release is not None and self.release.id == release.id:
                self._page.copy.show_release(found[0])

        self._page.run(
            self.tr("Comparing the copy with the register"),
            lambda context: compared((release,), context),
            show,
            quiet=True,
        )

    def _attacked(self, report: ReleaseReport) -> None:
        self._page.copy.show_report(report)
        self._page.reconsider()

    def write_report(self) -> None:
        """Write what was found as HTML, PDF or JSON, for whoever signs it."""
        report, release = self._page.copy.report, self.release
        if report is None or release is None:
            return
        start = str(release.path.with_name(f"{release.path.stem}-report.pdf"))
        name, _ = QFileDialog.getSaveFileName(
            self._page, self.tr("Write the report"), start, self.tr("Reports (*.pdf *.html *.json)")
        )
        if not name:
            return
        catalog = self._page.context.catalog
        self._page.start(
            self.tr("Writing the report"),
            lambda context: write_release_report(catalog, report, Path(name), context),
            lambda _: self._page.context.toast(
                Message(self.tr("Report written: {file}").format(file=name_alone(Path(name).name)))
            ),
        )

    # The record

    def record_given(self) -> None:
        """Record to whom the copy was given."""
        if (release := self.release) is not None:
            self._note(
                self.tr("Record that the copy was given"),
                self.tr("The register keeps to whom, and when."),
                self.tr("To whom"),
                lambda catalog, text: register.record_given(catalog, release, text),
                known=release.recipient,
                against=against_giving(self._page.copy.report),
            )

    def record_destroyed(self) -> None:
        """Record that the copy is gone everywhere."""
        if (release := self.release) is not None:
            self._note(
                self.tr("Record that the copy is gone"),
                self.tr(
                    "The file itself is not touched. Record it when the copy is deleted wherever it was."
                ),
                self.tr("How it was destroyed, and who says so"),
                lambda catalog, text: register.record_destroyed(catalog, release, text),
            )

    def assess(self) -> None:
        """Record that a person assessed the copy as anonymous for a recipient."""
        release, catalog = self.release, self._page.context.catalog
        if release is None:
            return

        def ask(held: tuple[str, ...]) -> None:
            dialog = SheetDialog(
                self._page.window(),
                release,
                self._page.context.file.path.name,
                self._page.copy.report,
                lambda sheet: assess.why_not(release, sheet),
                lambda sheet: contradictions(release, sheet, held),
                lambda sheet: self._assessed(release, sheet),
            )
            dialog.open()

        self._page.run(
            self.tr("Looking who holds the original"), lambda _: held_here(catalog, release), ask, quiet=True
        )

    def _assessed(self, release: Release, sheet: Sheet) -> None:
        """The dialog told what is known otherwise, and the person records it all the same."""
        catalog = self._page.context.catalog
        self._record(release, lambda context: assess.record(catalog, release, sheet, context, despite=True))

    def destroy_key(self) -> None:
        """Destroy the key of the pseudonyms for good."""
        release = self.release
        if release is None:
            return
        name, situation = release.key_name, self._page.situation
        own = situation is not None and name == situation.database_id  # which nobody should have to type
        every = situation.keys if situation is not None else ()
        key = next((each for each in every if each.name == name), None)
        called, title = (key.id, key.title) if key else (name, name)
        with_it = sum(each.key_name == name for each in situation.releases) if situation is not None else 1

        def ask(reason: str) -> None:
            question = Question(
                self._page.window(),
                self.tr("Destroy the key?"),
                self.tr("No pseudonym can be made again or turned back after that. Nothing can undo this."),
                self.tr("Destroy the key"),
                lambda: self._record(
                    release,
                    lambda _: keys.destroy_key(
                        self._page.context.catalog, called, reason=reason, typed=title
                    ),
                ),
                type_to_confirm=self._page.context.file.path.name if own else title,
            )
            question.open()

        self._ask(
            self.tr("Destroy the key of the pseudonyms"),
            self._about_its_key(release, with_it),
            self.tr("Why it goes"),
            self.tr("Go on"),
            ask,
        )

    def _about_its_key(self, release: Release, copies: int) -> str:
        """What it does that the key of a copy goes, and whether that is too early."""
        told = self.tr(
            "With the key and the original each person can be found again in the {copies} made with it. Without it no "
            "pseudonym leads back; what else such a copy holds may still tell who somebody is."
        ).format(
            copies=self.tr("copy") if copies == 1 else self.tr("{count} copies").format(count=integer(copies))
        )
        if self._page.copy.report is not None or release.in_place:
            return told
        early = self.tr(
            "Nobody attacked this copy yet: without the key it may not be known which row is whose."
        )
        return f"{told} {early}"

    def _note(
        self,
        title: str,
        sentence: str,
        label: str,
        record: Callable[..., Release],
        *,
        known: str = "",
        against: str = "",
    ) -> None:
        release, catalog = self.release, self._page.context.catalog
        assert release is not None
        verb = self.tr("Record it all the same") if against else self.tr("Record it")
        self._ask(title, sentence, label, verb, lambda text: self._record(release, lambda _: record(catalog, text)),
                  known=known, against=against)  # fmt: skip

    def _ask(
        self,
        title: str,
        sentence: str,
        label: str,
        verb: str,
        run: Callable[[str], None],
        *,
        known: str = "",
        against: str = "",
    ) -> None:
        NoteDialog(
            self._page.window(), title, sentence, label, verb, run, known=known, against=against
        ).open()

    def _record(self, release: Release, record: Callable[[Context], object]) -> None:
        catalog = self._page.context.catalog

        def work(context: Context) -> Release:
            record(context)
            return register.find_release(catalog, release.id)

        self._page.start(self.tr("Recording it"), work, self._recorded, writes=True)

    def _recorded(self, release: Release) -> None:
        self._page.copy.show_release(release)
        self._page.read_again()
        self.compare(release)
