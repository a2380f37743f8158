"""A cell before and after, whole: long texts, BLOBs, pictures, as on the Data page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from steward_app.gui.context import Message
from steward_app.gui.format import shown_name, size
from steward_app.gui.layout import Item, boxed, hbox, vbox
from steward_app.gui.pages.audit.shown import Shown, shown
from steward_app.gui.pages.data.value_view import ValueView
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.dialog import PageDialog, dialog_foot
from steward_app.gui.widgets.surfaces import Scroll
from steward_app.gui.widgets.text import Label, name
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine.model import NotKept, RawText, Value
from steward_app.services.rows import CellValue, Storage, save_value

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage

_WIDTH, _HEIGHT = 720, 420


class WholeValue(PageDialog):
    """Both sides of a cell.

    Args:
        sides: what stands over a side ("Before"), the value, and how the table shows it.
    """

    def __init__(self, page: AuditPage, column: str, *sides: tuple[str, Value | NotKept, Shown]) -> None:
        super().__init__(page, _tr("A value, whole"))
        self._page = page
        columns: list[Item] = [
            boxed(vbox(Label(title, role="heading"), self._side(column, value, words), None, gap=8))
            for title, value, words in sides
        ]
        row = hbox(*columns, gap=16)
        for number in range(len(columns)):
            row.setStretch(number, 1)
        body = vbox(Label(name(column), role="question"), row, None, gap=12, margins=(20, 20, 20, 16))
        self.close_button = Button(_tr("Close"), self.reject)
        self.close_button.setDefault(True)
        foot = dialog_foot(None, self.close_button)
        whole = vbox(Scroll(boxed(body)), foot)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.take(_WIDTH, _HEIGHT)

    def _side(self, column: str, value: Value | NotKept, words: Shown) -> QWidget:
        if words.hidden or isinstance(value, NotKept) or not isinstance(value, str | bytes | RawText):
            return Label(words.text or _tr("nothing"), tone=Tone.MUTED, wrap=True)
        return ValueView(as_value(column, value), "", self._save)

    def _save(self, value: CellValue) -> None:
        """Ask for a file, which asks before one is replaced, and write the value to it: a job."""
        page, file = self._page, self._page.context.file
        chosen, _ = QFileDialog.getSaveFileName(self, _tr("Save this value"), str(file.path.parent / "value"))
        if not chosen:
            return
        target = Path(chosen)

        def work(context: Context) -> int:
            with file.read() as session:
                return save_value(session, value, target, "")

        def told(written: int) -> None:
            page.context.toast(
                Message(_tr("Saved the value"), f"{shown_name(target.name)}, {size(written)}.")
            )

        page.run(_tr("Saving a value"), work, told)


def as_value(column: str, value: str | bytes | RawText) -> CellValue:
    """A value of the log as the Data page shows one."""
    if isinstance(value, RawText):
        return CellValue(column, Storage.TEXT, value.stored, len(value.stored), damaged=True)
    if isinstance(value, bytes):
        return CellValue(column, Storage.BLOB, value, len(value))
    return CellValue(column, Storage.TEXT, value, len(value.encode("utf-8", "surrogatepass")))


def side(
    title: str, value: Value | NotKept, *, hidden: bool, erased: bool = False
) -> tuple[str, Value | NotKept, Shown]:
    """One side of a cell; a value that is hidden or erased is not handed on."""
    words = shown(value, hidden=hidden, erased=erased)
    return title, None if words.hidden or erased else value, words


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
