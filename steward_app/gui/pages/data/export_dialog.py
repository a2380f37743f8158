"""How rows are exported: the format, and what goes with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import hbox, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import Segments, Tick
from steward_app.gui.widgets.text import Label
from steward_app.services.rows import Format


@dataclass(frozen=True, slots=True)
class Choice:
    """What the steward chose."""

    target: Path
    format: Format
    personal: bool
    formula_safe: bool


class ExportDialog(QDialog):
    """Asks for the format, then for the file. What looks personal stays out unless it is ticked."""

    def __init__(self, what: str, filter_words: str, personal: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export rows"))
        self.choice: Choice | None = None
        self._start = parent.window().windowFilePath()
        self._what = what
        self.format = Segments(
            self.tr("Format"),
            (Format.CSV.value, "CSV"),
            (Format.JSON.value, "JSON"),
            (Format.JSON_LINES.value, self.tr("JSON lines")),
            (Format.PARQUET.value, "Parquet"),
        )
        self.personal = Tick(self.tr("Include columns that look personal"))
        self.formula_safe = Tick(self.tr("Keep spreadsheets from running cells as formulas"))
        self.formula_safe.setChecked(True)
        self.format.chosen.connect(lambda key: self.formula_safe.setVisible(key == Format.CSV.value))
        names = Label(shown_name(", ".join(personal)), tone=Tone.PERSONAL, wrap=True)
        cancel = Button(self.tr("Cancel"), self.reject)
        go = Button(self.tr("Choose the file"), self._choose_file, kind=Kind.PRIMARY, icon="download")
        lines = vbox(
            Label(
                self.tr("Export the rows of {what}").format(what=shown_name(what)), role="heading", wrap=True
            ),
            Label(filter_words or self.tr("All rows, in the order shown."), tone=Tone.MUTED, wrap=True),
            self.format,
            self.formula_safe,
            self.personal,
            names,
            hbox(None, cancel, go),
            gap=12,
            margins=(20, 20, 20, 16),
        )
        self.personal.setVisible(bool(personal))
        names.setVisible(bool(personal))
        self.setLayout(lines)
        self.setMinimumWidth(420)

    def _choose_file(self) -> None:
        kind = Format(self.format.value)
        plain = "".join(c if c.isalnum() or c in "-_" else "-" for c in self._what) or "rows"
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export rows"), f"{plain}.{kind.value}", f"{kind.value.upper()} (*.{kind.value})"
        )
        if chosen:
            self.choice = Choice(Path(chosen), kind, self.personal.isChecked(), self.formula_safe.isChecked())
            self.accept()
