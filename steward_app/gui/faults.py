"""Our own bugs: said once, in a window of its own, with what can be sent. The only dialog that tells of an error."""

from __future__ import annotations

import logging
import sys
from types import TracebackType

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from steward_app import __version__
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.dialog import PageDialog, dialog_foot
from steward_app.gui.widgets.text import Label
from steward_app.storage.log import without_values

_log = logging.getLogger(__name__)


class FaultDialog(PageDialog):
    """What went wrong, without any value of a row, ready to be copied."""

    def __init__(self, error: BaseException, window: QWidget) -> None:
        super().__init__(window, _tr("A fault in Data Steward"))
        self._details = (
            f"Data Steward {__version__}, Python {sys.version.split()[0]}\n{without_values(error)}"
        )
        text = QPlainTextEdit(self._details)
        text.setReadOnly(True)
        text.setProperty("kind", "sql")
        text.setTabChangesFocus(True)
        text.setAccessibleName(_tr("Details"))
        close = Button(_tr("Go on"), self.accept)
        close.setDefault(True)
        words = _tr(
            "This is our fault, not yours. A change that was being made was undone. "
            "The details hold no values of your rows; please send them to us."
        )
        said = boxed(
            vbox(
                Label(_tr("Something did not work"), role="question"),
                Label(words, wrap=True),
                text,
                gap=8,
                margins=(20, 20, 20, 16),
            )
        )
        copy = Button(_tr("Copy details"), self._copy, icon="copy")
        self.setLayout(vbox(said, dialog_foot(copy, None, close)))
        close.setFocus()
        self.take(560, 400)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)


def install(window: QWidget) -> None:
    """Show what no code has caught, in a slot or on the way to one, instead of letting it pass unseen."""

    def unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        _log.error("not caught: %s", without_values(error))
        show(error, window)

    sys.excepthook = unexpected


def show(error: BaseException, window: QWidget) -> None:
    """Show a fault, unless one is shown already."""
    if not window.findChildren(FaultDialog):
        FaultDialog(error, window).open()


def _tr(text: str) -> str:
    return QCoreApplication.translate("faults", text)
