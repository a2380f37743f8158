"""One value that does not fit on a line: a long text, JSON, a picture, bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtCore import QBuffer, QCoreApplication, QIODevice, Qt
from PySide6.QtGui import QGuiApplication, QImageReader, QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from steward_app.gui.format import integer, size
from steward_app.gui.layout import Item, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.text import Label
from steward_app.services.rows import CellValue, Storage

Save: TypeAlias = Callable[[CellValue], None]

_HEX_BYTES = 256
_LARGEST_PICTURE_PIXELS = 40_000_000
_SHOWN_CHARACTERS = 20_000
_WIDEST = 320


class ValueView(QWidget):
    """Shows a value by what it is; bytes of a picture as the picture, other bytes as hexadecimal.

    Args:
        laid_out: the value as JSON with a member a line, or "".
        save: called to write the value to a file.
    """

    def __init__(self, value: CellValue, laid_out: str, save: Save) -> None:
        super().__init__()
        self._value, self._laid_out = value, laid_out
        self._part = ""
        items: list[Item] = [self._content()]
        about = [size(value.size_bytes)] if value.size_bytes else []
        if value.kind:
            about.insert(0, value.kind)
        if value.damaged:
            about.append(_tr("not valid UTF-8"))
        if not value.complete:
            about.append(_tr("too large to be read at once"))
        if self._part:
            about.append(self._part)
        row: list[Item] = [Label(", ".join(about), tone=Tone.MUTED, role="small", elide=True)]
        if value.complete and value.value is not None:
            row.append(Button(_tr("Copy"), self._copy, small=True, icon="copy"))
            row.append(Button(_tr("Save"), lambda: save(value), small=True, icon="download"))
        items.append(hbox(*row, gap=6))
        self.setLayout(vbox(*items, gap=4))

    def _content(self) -> QWidget:
        value = self._value.value
        if isinstance(value, bytes) and self._value.storage is Storage.BLOB:
            if (shown := picture(value)) is not None:
                return shown
            if len(value) > _HEX_BYTES:
                self._part = _tr("its first {n} bytes").format(n=_HEX_BYTES)
            return SqlView(hexadecimal(value), name=_tr("Bytes"), most_lines=10)
        if isinstance(value, bytes | str):
            text = value if isinstance(value, str) else value.decode("utf-8", "replace")
            text = self._laid_out or text
            if len(text) > _SHOWN_CHARACTERS:
                self._part = _tr("its first {n} characters").format(n=integer(_SHOWN_CHARACTERS))
            return SqlView(text[:_SHOWN_CHARACTERS], name=_tr("Text"), most_lines=14, prose=True)
        return Label(_tr("Not shown"), tone=Tone.MUTED)

    def _copy(self) -> None:
        value = self._value.value
        QGuiApplication.clipboard().setText(value.hex() if isinstance(value, bytes) else str(value))


def picture(data: bytes) -> QLabel | None:
    """The picture the bytes are, no wider than the pane; None when they are none, or one made to exhaust memory."""
    buffer = QBuffer()
    buffer.setData(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    extent = reader.size()
    if (
        not reader.canRead()
        or not extent.isValid()
        or extent.width() * extent.height() > _LARGEST_PICTURE_PIXELS
    ):
        return None
    if extent.width() > px(_WIDEST):
        reader.setScaledSize(extent.scaled(px(_WIDEST), px(_WIDEST), Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        return None
    label = QLabel()
    label.setPixmap(QPixmap.fromImage(image))
    label.setAccessibleName(_tr("Picture, {w} by {h} pixels").format(w=extent.width(), h=extent.height()))
    return label


def hexadecimal(data: bytes) -> str:
    """The first bytes, sixteen a line, with the letters they would be."""
    lines = []
    for start in range(0, min(len(data), _HEX_BYTES), 16):
        piece = data[start : start + 16]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in piece)
        lines.append(f"{start:06x}  {piece.hex(' '):<47}  {letters}")
    return "\n".join(lines)


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
