"""Values of the log as the window shows them: typed as on the Data page, personal ones hidden until asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from steward_app.db import fold
from steward_app.gui.format import shown_name
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine.model import Key, NotKept, RawText, Value
from steward_app.services.rows import Preview, Storage

_HEAD_BYTES = 64
_MOST = 400


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as it stands in a cell.

    Attributes:
        faint: it is no value of the row: "empty", "erased", "not kept".
        hidden: it is not shown until asked for; `text` is then the word for that.
    """

    text: str
    faint: bool = False
    hidden: bool = False


NOTHING = Shown("")


def shown(value: Value | NotKept, *, hidden: bool = False, erased: bool = False) -> Shown:
    """A value in words; what hides it comes first, since even that it is empty may tell something."""
    if erased:
        return Shown(_tr("erased"), faint=True)
    if isinstance(value, NotKept):
        return Shown(_tr("value not kept"), faint=True)
    if hidden:
        return Shown(_tr("hidden"), hidden=True)
    if value is None:
        return Shown(_tr("empty"), faint=True)
    return Shown(value_text(value))


def value_text(value: Value) -> str:
    """A value that is shown, on one line."""
    if isinstance(value, RawText):
        text = value.stored[:_MOST].decode("utf-8", "replace")
        return _tr("{text} (not valid text)").format(text=shown_name(text))
    if isinstance(value, bytes):
        return cell_text(Preview(Storage.BLOB, len(value), value[:_HEAD_BYTES]))
    if isinstance(value, str) and len(value) > _MOST:
        return cell_text(value) + "…"
    return cell_text(value)


def key_text(key: Key, columns: Collection[str], hidden: Collection[str]) -> str:
    """What names a row: "312", "B-7, 2"; "hidden" for parts of it that are. No columns: a number nobody sees."""
    if not columns:
        return _tr("number {n}").format(n=value_text(key[0])) if key else ""
    private = {fold(name) for name in hidden}
    parts = (
        _tr("hidden") if fold(name) in private else value_text(value)
        for name, value in zip(columns, key, strict=False)
    )
    return ", ".join(parts)


def plain_key(key: Key) -> tuple[SqlValue, ...]:
    """A key for those who know five types of values: a text that is not valid as its bytes."""
    return tuple(each.stored if isinstance(each, RawText) else each for each in key)


def cells_hidden(values: Mapping[str, object], hidden: Collection[str]) -> bool:
    """Whether some of these columns are hidden."""
    private = {fold(name) for name in hidden}
    return any(fold(name) in private for name in values)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
