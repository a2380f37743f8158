"""What of the loaded rows goes to the clipboard, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QGuiApplication

from steward_app.gui.format import plural, shown_name
from steward_app.gui.widgets.grid.model import GridModel
from steward_app.gui.widgets.grid.text import copied_text
from steward_app.gui.widgets.grid.view import GridView
from steward_app.services.rows import CellValue, Grid, Preview


class Copier(QObject):
    """Copies what is chosen in a view. Hidden stays hidden.

    Signals:
        copied: what was put on the clipboard, or why nothing was, a sentence.
    """

    copied = Signal(str)

    def __init__(self, view: GridView, model: GridModel, read: Callable[..., None]) -> None:
        super().__init__(view)
        self._view, self._model, self._read = view, model, read

    def copy(self) -> None:
        """The chosen rows, or the current cell, read whole, when one row is chosen."""
        index, rows = self._view.currentIndex(), self._view.chosen_rows()
        if len(rows) > 1:
            self._put(clip_rows(self._model, rows))
        elif index.isValid():
            self._copy_cell(index.row(), index.column())

    def _copy_cell(self, row: int, column: int) -> None:
        name = self._model.columns[column].name
        if self._model.columns[column].hidden:
            self.copied.emit(self.tr("{name} is hidden. Nothing was copied.").format(name=shown_name(name)))
        elif isinstance(self._model.cell(row, column), Preview):
            key = self._model.keys[row]

            def whole(grid: Grid) -> Any:
                return grid.read_cell(key, name)

            self._read(self.tr("Copying a value"), whole, self._put_whole)
        else:
            self._put(clip_cell(self._model, row, column))

    def _put_whole(self, value: CellValue | None) -> None:
        clip = clip_value(value) if value is not None else None
        if clip is not None:
            self._put(clip)
        else:
            why = self.tr("too large to be copied") if value is not None else self.tr("gone")
            self.copied.emit(self.tr("The value is {why}. Nothing was copied.").format(why=why))

    def _put(self, clip: Clip) -> None:
        QGuiApplication.clipboard().setText(clip.text)
        self.copied.emit(clip.sentence)


@dataclass(frozen=True, slots=True)
class Clip:
    """A text for the clipboard, and a sentence on what it is."""

    text: str
    sentence: str


def clip_rows(model: GridModel, rows: Sequence[int]) -> Clip:
    """Rows as lines, with tabs between their cells. Hidden stays hidden; long values are cut, which is said."""
    cells = [[_copied(model, row, column) for column in range(len(model.columns))] for row in rows]
    cut = any(isinstance(cell, Preview) for row in rows for cell in model.rows[row])
    sentence = _tr("Copied {rows}.").format(rows=plural(len(rows), _tr("row"), _tr("rows")))
    if cut:
        sentence += " " + _tr("Long values are cut; an export has them whole.")
    return Clip("\n".join("\t".join(row) for row in cells), sentence)


def clip_cell(model: GridModel, row: int, column: int) -> Clip:
    """One short value, as it is."""
    return Clip(copied_text(model.cell(row, column)), _of(model.columns[column].name))


def clip_value(value: CellValue) -> Clip | None:
    """One value that was read whole: bytes as hexadecimal. None when it is too large for that."""
    if not value.complete:
        return None
    if isinstance(value.value, bytes):
        text = value.value.decode("utf-8", "replace") if value.damaged else value.value.hex()
        return Clip(text, _of(value.column))
    return Clip("" if value.value is None else str(value.value), _of(value.column))


def _copied(model: GridModel, row: int, column: int) -> str:
    if model.columns[column].hidden:
        return _tr("hidden")
    return copied_text(model.cell(row, column)).replace("\t", " ").replace("\n", " ")


def _of(name: str) -> str:
    return _tr("Copied the value of {name}.").format(name=shown_name(name))


def _tr(text: str) -> str:
    return QCoreApplication.translate("grid", text)
