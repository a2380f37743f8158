"""History to a file, from the window: what the list shows, in a format that is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from steward_app.db import open_read
from steward_app.gui.context import Message
from steward_app.gui.format import plural, shown_name, size
from steward_app.gui.layout import boxed, hbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import Segments, Tick
from steward_app.gui.widgets.dialog import FormDialog
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services.audit.past.history import Asked
from steward_app.services.audit.past.history_export import (
    Format,
    HistoryExport,
    HistoryExported,
    export_history,
)

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage


@dataclass(frozen=True, slots=True)
class Choice:
    """What the steward chose. `replace`: the file dialog asked whether a file that is there may go."""

    target: Path
    wish: HistoryExport


class ExportDialog(FormDialog):
    """Asks for the format, then for the file. What looks personal stays out unless it is ticked.

    Signals:
        chosen: a `Choice`.
    """

    chosen = Signal(object)

    def __init__(self, words: str, folder: Path, parent: QWidget) -> None:
        super().__init__(
            parent,
            _tr("Export history"),
            words,
            _tr("Choose the file"),
            heading=(_tr("Export the history"),),
            icon="download",
            wide=440,
        )
        self._folder = folder
        self.format = Segments(
            self.tr("Format"),
            (Format.CSV.value, "CSV"),
            (Format.JSON.value, "JSON"),
            (Format.JSON_LINES.value, self.tr("JSON lines")),
            (Format.HTML.value, "HTML"),
        )
        self.personal = Tick(self.tr("Include values of columns that look personal"))
        self.formula_safe = Tick(self.tr("Keep spreadsheets from running cells as formulas"))
        self.formula_safe.setChecked(True)
        self._about = Label(tone=Tone.MUTED, role="small", wrap=True)
        self.format.chosen.connect(self._show_about)
        self.add(boxed(hbox(self.format, None)), self._about, self.formula_safe, self.personal)
        self._show_about(self.format.value)

    def _show_about(self, key: str) -> None:
        self.formula_safe.setVisible(Format(key) is Format.CSV)
        self._about.say(
            {
                Format.CSV: self.tr("A line for every cell that changed, for spreadsheets."),
                Format.JSON: self.tr("One list, with every digit of every number. BLOBs are base64."),
                Format.JSON_LINES: self.tr("A line for every cell that changed, for programs."),
                Format.HTML: self.tr("A page to read and print, which needs no other file."),
            }[Format(key)]
        )
        self.fit()

    def submit(self) -> None:
        """Ask for the file; the file dialog asks before one is replaced."""
        kind = Format(self.format.value)
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Export history"),
            str(self._folder / f"history.{kind.value}"),
            f"{kind.value.upper()} (*.{kind.value})",
        )
        if not chosen:
            return
        target, asked = Path(chosen), True
        if not target.suffix:
            target, asked = target.with_name(f"{target.name}.{kind.value}"), False
        wish = HistoryExport(
            kind, self.personal.isChecked(), self.formula_safe.isChecked(), newest_first=True, overwrite=asked
        )
        self.accept()
        self.chosen.emit(Choice(target, wish))


def ask_and_export(page: AuditPage, asked: Asked, words: str) -> None:
    """Ask for format and file, then write."""
    dialog = ExportDialog(words, page.context.file.path.parent, page)
    dialog.chosen.connect(lambda choice: export(page, asked, choice))
    dialog.open()


def export(page: AuditPage, asked: Asked, choice: Choice) -> None:
    """Write the history that is asked for: a job."""
    path = page.context.file.path

    def work(context: Context) -> HistoryExported:
        with open_read(path, context) as session:
            return export_history(session, asked, choice.target, context, choice.wish)

    stopped = Message(
        _tr("Stopped. Nothing was changed."),
        _tr("{name} was not written.").format(name=shown_name(choice.target.name)),
        tone=Tone.MUTED,
    )
    page.run(
        _tr("Exporting the history"),
        work,
        lambda done: page.context.toast(_told(done)),
        on_stopped=lambda: page.context.toast(stopped),
    )


def _told(done: HistoryExported) -> Message:
    words = [f"{shown_name(done.path.name)}, {size(done.size_bytes)}."]
    if done.left_out:
        names = shown_name(", ".join(done.left_out))
        words.append(_tr("Values left out, since they look personal: {names}.").format(names=names))
    changes = plural(done.changes, _tr("change"), _tr("changes"))
    return Message(_tr("Exported {changes}").format(changes=changes), " ".join([*words, *done.notes]))


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
