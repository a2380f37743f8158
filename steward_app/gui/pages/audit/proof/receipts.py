"""The receipt of a seal, taken away: copied, saved, printed, mailed. It proves something where nobody can change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QUrl, QUrlQuery
from PySide6.QtGui import QDesktopServices, QGuiApplication, QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog

from steward_app.gui import fonts
from steward_app.gui.actions import Action
from steward_app.gui.context import Message
from steward_app.gui.format import integer, shown_name
from steward_app.gui.pages.audit.proof import read
from steward_app.gui.pages.audit.proof.read import SealLine
from steward_app.services.audit.seals.proving import Form

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage

_PRINTED_SIZE = 9  # points


class Receipts:
    """What can be done with the receipt of the seal that is chosen.

    Args:
        chosen: gives that seal, or None.
    """

    def __init__(self, page: AuditPage, chosen: Callable[[], SealLine | None]) -> None:
        self._page, self._chosen = page, chosen
        group = page.spec.title

        def action(key: str, title: str, run: Callable[[], None], icon: str, keywords: str = "") -> Action:
            return Action(f"audit.receipt.{key}", title, run, group, icon, "", self._why_not, keywords)

        self.copy = action("copy", _tr("Copy as text"), self.copy_text, "copy", "receipt clipboard")
        self.save = action("save", _tr("Save receipt"), self.save_file, "save", "json file evidence")
        self.pdf = action("pdf", _tr("Save as PDF"), self.save_pdf, "file-text", "receipt")
        self.print = action("print", _tr("Print receipt"), self.print_text, "printer", "paper")
        self.mail = action("mail", _tr("Mail receipt"), self.send_mail, "external-link", "e-mail send")
        self.every = (self.copy, self.save, self.pdf, self.print, self.mail)

    def _why_not(self) -> str:
        return "" if self._chosen() is not None else _tr("Choose a seal first.")

    def copy_text(self) -> None:
        """Put the receipt on the clipboard, to be pasted where it is kept."""

        def copied(data: bytes) -> None:
            QGuiApplication.clipboard().setText(data.decode())
            self._page.context.toast(Message(_tr("The receipt is on the clipboard"), _keep_words()))

        self._made("text", copied)

    def save_file(self) -> None:
        """Save the signed receipt, which `verify` reads."""
        self._save("json", _tr("Receipts (*.json)"))

    def save_pdf(self) -> None:
        """Save the receipt to be printed."""
        self._save("pdf", _tr("PDF (*.pdf)"))

    def print_text(self) -> None:
        """Print the receipt on a printer that is chosen."""
        self._made("text", lambda data: self._print(data.decode()))

    def send_mail(self) -> None:
        """Open a mail with the receipt in it."""
        self._made("text", lambda data: QDesktopServices.openUrl(self.mail_url(data.decode())))

    def mail_url(self, text: str) -> QUrl:
        """The address of a mail with a receipt in it, for whoever is chosen there."""
        name = shown_name(self._page.context.file.path.name)
        query = QUrlQuery()
        for key, value in (
            ("subject", _tr("Receipt of the audit of {name}").format(name=name)),
            ("body", text),
        ):
            query.addQueryItem(
                key, bytes(QUrl.toPercentEncoding(value.replace("\n", "\r\n")).data()).decode()
            )
        url = QUrl("mailto:")
        url.setQuery(query)
        return url

    def _print(self, text: str) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self._page)
        dialog.setWindowTitle(_tr("Print receipt"))

        def go() -> None:
            self.printed(text).print_(printer)
            self._page.context.toast(Message(_tr("The receipt was sent to the printer"), _keep_words()))

        dialog.accepted.connect(go)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        QDialog.open(dialog)

    def printed(self, text: str) -> QTextDocument:
        """The receipt as it is printed."""
        made = QTextDocument()
        font = fonts.mono(1.0)
        font.setPointSize(_PRINTED_SIZE)
        made.setDefaultFont(font)
        made.setPlainText(text)
        return made

    def _save(self, form: Form, kinds: str) -> None:
        seal, context = self._chosen(), self._page.context
        if seal is None:
            return
        name = f"{context.file.path.stem}-audit-seal-{seal.n}.{form}"
        start = str(context.file.path.with_name(name))
        chosen, _ = QFileDialog.getSaveFileName(self._page, _tr("Save receipt"), start, kinds)
        if not chosen:
            return
        target, number = Path(chosen), seal.n

        def saved(path: Path) -> None:
            context.toast(Message(_tr("The receipt is saved"), f"{shown_name(str(path))}. {_keep_words()}"))

        self._page.run(
            _tr("Writing the receipt of seal {n}").format(n=integer(number)),
            lambda job: read.save(context.catalog, context.file, number, form, target, job),
            saved,
        )

    def _made(self, form: Form, done: Callable[[bytes], object]) -> None:
        seal, context = self._chosen(), self._page.context
        if seal is None:
            return
        number = seal.n

        def take(data: bytes) -> None:
            done(data)

        self._page.run(
            _tr("Writing the receipt of seal {n}").format(n=integer(number)),
            lambda job: read.document(context.catalog, context.file, number, form, job),
            take,
        )


def _keep_words() -> str:
    return _tr("Keep it where nobody who can write the database can change it.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
