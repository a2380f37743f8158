"""How rows are exported: the format, and what goes with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, hbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import Segments, Tick
from steward_app.gui.widgets.dialog import FormDialog
from steward_app.gui.widgets.text import Label, name
from steward_app.services.rows import Format


@dataclass(frozen=True, slots=True)
class Choice:
    """What the steward chose.

    Attributes:
        replace: True when the file dialog asked whether the file may be replaced.
        plain: write what its level keeps from plain files, too.
    """

    target: Path
    format: Format
    personal: bool = False
    formula_safe: bool = True
    replace: bool = True
    plain: bool = False


class ExportDialog(FormDialog):
    """Asks for the format, then for the file. What looks personal stays out unless it is ticked.

    Args:
        what: name of the table or view, "" for a query.
        filter_words: the filter that holds, in words.
        personal: names of the columns that look personal.
        folder: where the file dialog starts.
        moment: of which the rows are, in words; "" for now.
        guarded: names of the columns that their level keeps from plain files.

    Signals:
        chosen: a `Choice`.
    """

    chosen = Signal(object)

    def __init__(
        self,
        what: str,
        filter_words: str,
        personal: tuple[str, ...],
        folder: Path,
        parent: QWidget,
        *,
        moment: str = "",
        guarded: tuple[str, ...] = (),
    ) -> None:
        scope = _tr("Rows with {filter}, in the order shown.").format(filter=filter_words)
        if not filter_words:
            scope = _tr("All rows, in the order shown.")
        if moment:
            scope = _tr("{scope} As they were on {moment}.").format(scope=scope, moment=moment)
        super().__init__(
            parent,
            _tr("Export rows"),
            scope,
            _tr("Choose the file"),
            heading=(_tr("Export the rows of "), name(what))
            if what
            else (_tr("Export the result of the query"),),
            icon="download",
            wide=440,
        )
        self._what, self._folder = what, folder
        self.format = Segments(
            _tr("Format"),
            (Format.CSV.value, "CSV"),
            (Format.JSON.value, "JSON"),
            (Format.JSON_LINES.value, _tr("JSON lines")),
            (Format.PARQUET.value, "Parquet"),
        )
        self.personal = Tick(_tr("Include columns that look personal"))
        self.plain = Tick(_tr("Also those that their level keeps from plain files"))
        self.formula_safe = Tick(_tr("Keep spreadsheets from running cells as formulas"))
        self.formula_safe.setChecked(True)
        self._about = Label(tone=Tone.MUTED, role="small", wrap=True)
        self.format.chosen.connect(self._show_about)
        self.add(boxed(hbox(self.format, None)), self._about, self.formula_safe)
        if personal:
            self.add(self.personal, _names(personal))
        if guarded:
            self.plain.setEnabled(False)
            self.plain.setToolTip(_tr("Include personal columns first."))
            self.personal.toggled.connect(self._offer_plain)
            self.add(self.plain, _names(guarded))
        self._show_about(self.format.value)

    def _show_about(self, key: str) -> None:
        kind = Format(key)
        self.formula_safe.setVisible(kind is Format.CSV)
        self._about.say(
            {
                Format.CSV: _tr("For spreadsheets and most other programs."),
                Format.JSON: _tr("One list of objects, with every digit of every number. BLOBs are base64."),
                Format.JSON_LINES: _tr("One object a line, for programs that read row by row."),
                Format.PARQUET: _tr("For analysis. A column of mixed types becomes two: values and types."),
            }[kind]
        )
        self.fit()

    def _offer_plain(self, personal: bool) -> None:
        """They are personal, too: nobody asks for them alone."""
        self.plain.setEnabled(personal)
        self.plain.setToolTip("" if personal else _tr("Include personal columns first."))
        if not personal:
            self.plain.setChecked(False)

    def submit(self) -> None:
        """Ask for the file; the file dialog asks before one is replaced."""
        kind = Format(self.format.value)
        plain = "".join(c if c.isalnum() or c in "-_" else "-" for c in self._what)[:80] or "rows"
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            _tr("Export rows"),
            str(self._folder / f"{plain}.{kind.value}"),
            f"{kind.value.upper()} (*.{kind.value})",
        )
        if not chosen:
            return
        target, asked = Path(chosen), True
        if not target.suffix:
            target, asked = target.with_name(f"{target.name}.{kind.value}"), False
        choice = Choice(
            target,
            kind,
            self.personal.isChecked(),
            self.formula_safe.isChecked(),
            asked,
            self.plain.isChecked(),
        )
        self.accept()
        self.chosen.emit(choice)


def _names(columns: tuple[str, ...]) -> Label:
    return Label(shown_name(", ".join(columns)), tone=Tone.PERSONAL, role="small", wrap=True)


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
