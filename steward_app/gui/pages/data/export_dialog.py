"""How rows are exported: the format, and what goes with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, fix, hbox, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import Segments, Tick
from steward_app.gui.widgets.surfaces import frame
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


class ExportDialog(QDialog):
    """Asks for the format, then for the file. What looks personal stays out unless it is ticked.

    Args:
        what: name of the table or view, "" for a query.
        filter_words: the filter that holds, in words.
        personal: names of the columns that look personal.
        folder: where the file dialog starts.
        moment: of which the rows are, in words; "" for now.
        guarded: names of the columns that their level keeps from plain files.
    """

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
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export rows"))
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.choice: Choice | None = None
        self._what, self._folder = what, folder
        self.format = Segments(
            self.tr("Format"),
            (Format.CSV.value, "CSV"),
            (Format.JSON.value, "JSON"),
            (Format.JSON_LINES.value, self.tr("JSON lines")),
            (Format.PARQUET.value, "Parquet"),
        )
        self.personal = Tick(self.tr("Include columns that look personal"))
        self.plain = Tick(self.tr("Also those that their level keeps from plain files"))
        self.formula_safe = Tick(self.tr("Keep spreadsheets from running cells as formulas"))
        self.formula_safe.setChecked(True)
        self._about = Label(tone=Tone.MUTED, role="small", wrap=True)
        self.format.chosen.connect(self._show_about)
        title = (
            Label(self.tr("Export the rows of "), name(what), role="question")
            if what
            else Label(self.tr("Export the result of the query"), role="question")
        )
        scope = self.tr("Rows with {filter}, in the order shown.").format(filter=filter_words)
        if not filter_words:
            scope = self.tr("All rows, in the order shown.")
        if moment:
            scope = self.tr("{scope} As they were on {moment}.").format(scope=scope, moment=moment)
        body = vbox(
            title,
            Label(
                scope,
                tone=Tone.MUTED,
                wrap=True,
            ),
            hbox(self.format, None),
            self._about,
            self.formula_safe,
            gap=12,
            margins=(20, 20, 20, 16),
        )
        if personal:
            body.addWidget(self.personal)
            body.addWidget(
                Label(shown_name(", ".join(personal)), tone=Tone.PERSONAL, role="small", wrap=True)
            )
        if guarded:
            self.plain.setEnabled(False)
            self.plain.setToolTip(self.tr("Include personal columns first."))
            self.personal.toggled.connect(self._offer_plain)
            body.addWidget(self.plain)
            body.addWidget(Label(shown_name(", ".join(guarded)), tone=Tone.PERSONAL, role="small", wrap=True))
        cancel = Button(self.tr("Cancel"), self.reject)
        self.go = Button(self.tr("Choose the file"), self.choose_file, kind=Kind.PRIMARY, icon="download")
        self.go.setDefault(True)
        foot = frame("foot", hbox(None, cancel, self.go, margins=(20, 12, 20, 12)))
        self.setLayout(vbox(boxed(body), foot))
        fix(self, width=440)
        self._show_about(self.format.value)

    def _show_about(self, key: str) -> None:
        kind = Format(key)
        self.formula_safe.setVisible(kind is Format.CSV)
        self._about.say(
            {
                Format.CSV: self.tr("For spreadsheets and most other programs."),
                Format.JSON: self.tr(
                    "One list of objects, with every digit of every number. BLOBs are base64."
                ),
                Format.JSON_LINES: self.tr("One object a line, for programs that read row by row."),
                Format.PARQUET: self.tr(
                    "For analysis. A column of mixed types becomes two: values and types."
                ),
            }[kind]
        )

    def _offer_plain(self, personal: bool) -> None:
        """They are personal, too: nobody asks for them alone."""
        self.plain.setEnabled(personal)
        self.plain.setToolTip("" if personal else self.tr("Include personal columns first."))
        if not personal:
            self.plain.setChecked(False)

    def choose_file(self) -> None:
        """Ask for the file; the file dialog asks before one is replaced."""
        kind = Format(self.format.value)
        plain = "".join(c if c.isalnum() or c in "-_" else "-" for c in self._what)[:80] or "rows"
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Export rows"),
            str(self._folder / f"{plain}.{kind.value}"),
            f"{kind.value.upper()} (*.{kind.value})",
        )
        if not chosen:
            return
        target, asked = Path(chosen), True
        if not target.suffix:
            target, asked = target.with_name(f"{target.name}.{kind.value}"), False
        self.choice = Choice(
            target,
            kind,
            self.personal.isChecked(),
            self.formula_safe.isChecked(),
            asked,
            self.plain.isChecked(),
        )
        self.accept()
