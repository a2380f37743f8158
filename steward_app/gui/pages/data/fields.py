"""A row as names and values, one under another, with the ways onward."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from steward_app.gui.format import shown_name, size
from steward_app.gui.layout import Item, boxed, fix, grid, hbox
from steward_app.gui.look import colour, px
from steward_app.gui.pages.data.value_view import Save, ValueView
from steward_app.gui.pages.data.words import as_cell
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import link
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.states import Pill
from steward_app.gui.widgets.text import Label, name
from steward_app.services.rows import CellValue, Link, Storage

_SHOWN_CHARACTERS = 600
_LINK_CHARACTERS = 40
_NAME_WIDTH = 116


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a row.

    Attributes:
        value: None when the column is hidden until asked for.
        link: where the value points, or None.
        laid_out: the value as JSON with a member a line, or "".
        remark: what is odd about it: "stored as text".
    """

    column: str
    value: CellValue | None
    link: Link | None = None
    laid_out: str = ""
    remark: str = ""

    @property
    def large(self) -> bool:
        """True for what takes more than some lines: JSON, BLOBs, long texts, what is not valid UTF-8."""
        value = self.value
        if value is None or (value.value is None and value.complete):
            return False
        blob = value.storage is Storage.BLOB or value.damaged or not value.complete
        return blob or bool(self.laid_out) or len(str(value.value)) > _SHOWN_CHARACTERS


Follow = Callable[[Link], None]


def field_grid(fields: Iterable[Field], follow: Follow, save: Save | None = None) -> QGridLayout:
    """The fields, names at the left.

    Args:
        follow: go where a value points.
        save: write a value to a file; None for one line a field, whatever it holds.
    """
    brief = save is None
    made, top = grid(gap=(12, 6 if not brief else 4)), Qt.AlignmentFlag.AlignTop
    for field in fields:
        row = made.rowCount()
        label = fix(
            Label(shown_name(field.column), role="mono", tone=Tone.MUTED, elide=True), width=_NAME_WIDTH
        )
        made.addWidget(label, row, 0, top | Qt.AlignmentFlag.AlignLeft)
        if field.large and field.value is not None and save is not None:
            made.addWidget(ValueView(field.value, field.laid_out, save), row + 1, 0, 1, 2)
        else:
            # one narrow widget would keep the whole column narrow, were it not put at the left
            side = top | Qt.AlignmentFlag.AlignLeft if field.value is None else top
            made.addWidget(_line(field, follow, brief=brief), row, 1, side)
    made.setColumnStretch(1, 1)
    return made


def _line(field: Field, follow: Follow, *, brief: bool) -> QWidget:
    value, to = field.value, field.link
    if value is None:
        return Hidden()
    if value.value is None and value.complete:
        return Label(_tr("empty"), tone=Tone.MUTED)
    if to is not None:
        text = cell_text(as_cell(value.value))
        short = text if len(text) <= _LINK_CHARACTERS else text[: _LINK_CHARACTERS - 1] + "…"
        items: list[Item] = [link(short, lambda: follow(to))]
        if not brief:
            items.append(Label("→ ", name(to.parent), tone=Tone.MUTED))
        return boxed(hbox(*items, None, gap=6))
    if not value.complete or field.large:
        return Label(value.kind or value.storage.value, f", {size(value.size_bytes)}", tone=Tone.MUTED)
    if brief:
        return Label(_plain(value), elide=True)
    words = Label(_plain(value), wrap=True, selectable=True)
    if not field.remark:
        return words
    return boxed(hbox(words, Pill(field.remark, Tone.WARNING, "triangle-alert"), None))


def _plain(value: CellValue) -> str:
    shown = value.value
    return cell_text(shown) if isinstance(shown, int | float) else shown_name(str(shown))


class Hidden(QWidget):
    """The dashed block of a value that is hidden. As wide for one value as for another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_tr("hidden"))
        self.setToolTip(_tr("Hidden until you ask for it."))

    def sizeHint(self) -> QSize:
        return QSize(px(96), px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        dashes = QPen(colour("personal"), 1, Qt.PenStyle.DashLine)
        dashes.setDashPattern([3.0, 2.0])
        painter.setPen(dashes)
        painter.setBrush(colour("personal_tint"))
        top = (self.height() - px(12)) / 2
        painter.drawRoundedRect(QRectF(0.5, top + 0.5, self.width() - 1, px(12) - 1), 2, 2)
        painter.end()


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
