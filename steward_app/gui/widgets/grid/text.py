"""A value as a cell shows it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import locale, shown_name, size
from steward_app.services.rows import Cell, Preview

_GROUPED_FROM = 10_000  # years, and numbers of three digits and a half, read better as they are
_MOST_CHARACTERS = 400


def cell_text(cell: Cell) -> str:
    """What a cell shows: "empty" for NULL, numbers grouped, a BLOB by what it is and its size."""
    match cell:
        case None:
            return QCoreApplication.translate("grid", "empty")
        case int():
            grouped = abs(cell) >= _GROUPED_FROM and -(2**63) <= cell < 2**63
            return locale().toString(cell) if grouped else str(cell)
        case float():
            return repr(cell)
        case str():
            return shown_name(cell[:_MOST_CHARACTERS])
        case Preview():
            return preview_text(cell)


def preview_text(preview: Preview) -> str:
    """A long value in a cell: its beginning, or what it is and how large."""
    if isinstance(preview.head, str) and preview.head:
        return shown_name(preview.head) + "…"
    kind = preview.kind or ("BLOB" if isinstance(preview.head, bytes) else "text")
    return f"{kind}, {size(preview.size_bytes)}"


def copied_text(cell: Cell) -> str:
    """A value as it is copied: as it is, NULL as nothing; a long one by its preview."""
    match cell:
        case None:
            return ""
        case int() | str():
            return str(cell)
        case float():
            return repr(cell)
        case Preview():
            return preview_text(cell)
