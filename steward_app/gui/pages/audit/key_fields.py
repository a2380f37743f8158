"""Fields for what names a row: one for each column of its key, or one for its number."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.pages.audit.read import TableKnown
from steward_app.gui.widgets.controls import SearchField
from steward_app.services.audit.engine.model import Key, RawText, Value

_NUMBERS = ("INTEGER", "REAL", "NUMERIC")


class KeyFields(QWidget):
    """What names a row, typed.

    Signals:
        entered: a whole key was typed, and Enter was pressed.
    """

    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place = vbox()
        self._parts: tuple[tuple[str, str], ...] = ()
        self.fields: tuple[SearchField, ...] = ()
        self.setLayout(self._place)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def show_table(self, table: TableKnown | None) -> None:
        """The fields of a table; what was typed stays where the key is the same."""
        parts = table.named_by if table is not None else ()
        if self.fields and parts == self._parts and table is not None:
            return
        clear(self._place)
        self._parts, self.fields = parts, ()
        if table is None:
            return
        names = [shown_name(name) for name, _ in parts] or [_tr("Row number")]
        self.fields = tuple(
            SearchField(name, name, icon="key-round", width=128 if len(names) < 3 else 104) for name in names
        )
        for field in self.fields:
            field.returnPressed.connect(self._enter)
        self._place.addWidget(boxed(hbox(*self.fields, gap=8)))

    def show_key(self, key: Key) -> None:
        """Show a key as typed."""
        for field, value in zip(self.fields, key, strict=False):
            field.setText(typed(value))

    def clear_fields(self) -> None:
        """Nothing typed."""
        for field in self.fields:
            field.clear()

    @property
    def key(self) -> Key | None:
        """What was typed, by the types of the columns; None where a part is missing."""
        texts = [field.text().strip() for field in self.fields]
        if not texts or not all(texts):
            return None
        kinds = [kind for _, kind in self._parts] or ["INTEGER"]
        return tuple(parsed(text, kind) for text, kind in zip(texts, kinds, strict=True))

    def _enter(self) -> None:
        for field in self.fields:
            if not field.text().strip():
                field.setFocus()
                return
        self.entered.emit()


def typed(value: Value) -> str:
    """A value as it is typed: a BLOB as x'00ff'."""
    if isinstance(value, bytes | RawText):
        raw = value.stored if isinstance(value, RawText) else value
        return f"x'{raw.hex()}'"
    return "" if value is None else str(value)


def parsed(text: str, affinity: str) -> Value:
    """What was typed, as its column stores it: x'00ff' is a BLOB, and what stands in quotes is text."""
    if text[:2].lower() == "x'" and text.endswith("'"):
        try:
            return bytes.fromhex(text[2:-1])
        except ValueError:
            return text
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if affinity == "TEXT":
        return text
    plain = (
        text.replace(",", "").replace("\u00a0", "").replace("\u202f", "") if affinity in _NUMBERS else text
    )
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        return float(plain)
    except ValueError:
        return text


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
