"""An undo of more than is chosen: a page-wide preview, with the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.audit.read import Known
from steward_app.gui.pages.audit.undo_panel import UndoPanel
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.surfaces import Scroll
from steward_app.services.audit.undo import Selection

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage


class Scope(QWidget):
    """Stands in the place of the views.

    Signals:
        left: the steward goes back; nothing was changed.
    """

    left = Signal()

    def __init__(self, page: AuditPage) -> None:
        super().__init__()
        self.back = Button(_tr("Back to the history"), self.left.emit, kind=Kind.QUIET, icon="arrow-left")
        self.panel = UndoPanel(page)
        column = vbox(hbox(self.back, None), self.panel, None, gap=12, margins=(24, 12, 24, 24))
        whole = vbox(Scroll(boxed(column)), self.panel.foot)
        whole.setStretch(0, 1)
        self.setLayout(whole)

    def begin(self, selection: Selection, known: Known, title: str) -> None:
        """Look what it would do."""
        about = _tr(
            "Everything that is ticked goes back to what it was. Nothing is changed before you confirm the plan."
        )
        self.panel.show_undo(selection, known, title=title, about=about, many=True)
        self.back.setFocus(Qt.FocusReason.OtherFocusReason)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
