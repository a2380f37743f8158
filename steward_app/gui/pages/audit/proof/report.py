"""The dialog that writes the auditor's report."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from steward_app.gui.format import shown_name
from steward_app.gui.pages.backups.dialog import JobDialog
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.controls import LabelledField, Tick
from steward_app.services.audit.report import AuditReport, ReportRequest, write_audit_report

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage


class ReportDialog(JobDialog):
    """Asks for the time it is about and whether rows are named, then for the file: a page for a browser, or a PDF."""

    page: AuditPage

    def __init__(self, page: AuditPage) -> None:
        words = _tr(
            "Who changed what, how much of it by unknown writers, gaps, seals, undos, erasures, and whether the log "
            "verifies. Values of rows are in none of it."
        )
        super().__init__(
            page,
            _tr("Write the auditor's report"),
            _tr("Write the report"),
            _tr("Writing the report"),
            "file-text",
            words,
        )
        self.since = LabelledField(_tr("From the day"), _tr("2026-01-01, or empty for the beginning"))
        self.until = LabelledField(_tr("To the day"), _tr("2026-12-31, or empty for today"))
        self.keys = Tick(_tr("Name rows that were changed behind the log by their keys"))
        self.add(self.since, self.until, self.keys)
        for field in (self.since, self.until):
            field.edit.textEdited.connect(lambda _, field=field: field.set_wrong(""))
        self.since.edit.setFocus()

    def submit(self) -> None:
        """Ask where to write it, when the days are days."""
        try:
            since = _day(self.since)
            until = _day(self.until)
        except ValueError:
            QTimer.singleShot(0, self, self.fit)  # the sentence at the field needs a line
            return
        if until is not None:
            until += timedelta(days=1)  # the whole of that day
        start = str(
            self.page.context.file.path.with_name(f"{self.page.context.file.path.stem}-audit-report.pdf")
        )
        chosen, _ = QFileDialog.getSaveFileName(
            self, _tr("Write the auditor's report"), start, _tr("PDF (*.pdf);;Page for a browser (*.html)")
        )
        if not chosen:
            return
        catalog, path, target = self.page.context.catalog, self.page.context.file.path, Path(chosen)
        asked = ReportRequest(since, until, self.keys.isChecked())
        self.start(
            _tr("Writing the auditor's report"),
            lambda context: write_audit_report(catalog, path, target, asked, context),
            lambda made: _written(self.page, made, target),
        )


def _written(page: AuditPage, made: AuditReport, target: Path) -> None:
    """Say where it is, and what it came to."""

    def open_it() -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(target)))

    show = Button(_tr("Open it"), open_it, small=True)
    holds = made.verdict.holds
    lead = _tr("The report is written.") if holds else _tr("The report is written; it tells of problems.")
    rest = shown_name(str(target))
    if not holds:
        rest = _tr("{path}. The log or the tables are not as they were sealed.").format(path=rest)
    tone = Tone.SUCCESS if holds else Tone.DANGER
    page.show_banner(Banner(tone, lead, rest, actions=(show,), on_close=page.clear_banners))


def _day(field: LabelledField) -> datetime | None:
    """The beginning of a day in local time; None where nothing was typed. Says at the field what is wrong."""
    text = field.edit.text().strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        field.set_wrong(_tr("Write it as 2026-11-20"))
        raise ValueError(text) from None


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
