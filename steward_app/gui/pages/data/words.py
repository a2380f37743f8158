"""What the data page says of rows and filters. Values of hidden columns are in none of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import integer, shown_name
from steward_app.gui.widgets.grid.status import TableStatus
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.kernel.values import Key, SqlValue
from steward_app.services.rows import Cell, Filter, Preview, Source, Storage

_NOT_COUNTED = "not counted yet"


def place_words(status: TableStatus, columns: int, of_columns: int) -> str:
    """ "Rows 1 to 23 of about 41,000"; "" where there are none. Where not all columns are shown, how many."""
    rows = _rows_words(status)
    if columns >= of_columns:
        return rows
    shown = _tr("the first {n} of {all} columns").format(n=integer(columns), all=integer(of_columns))
    return f"{rows}, {shown}" if rows else shown


def _rows_words(status: TableStatus) -> str:
    if not status.last:
        return _tr("No row fits the filter.") if status.filter else ""
    about = "" if status.exact else _tr("about ")
    first, last, rows = integer(status.first), integer(status.last), status.total.figure
    if rows == _NOT_COUNTED:
        return _tr("Rows {about}{first} to {last}, not counted yet").format(
            about=about, first=first, last=last
        )
    return _tr("Rows {about}{first} to {last} of {rows}").format(
        about=about, first=first, last=last, rows=rows
    )


def filter_words(chosen: Filter, hidden: Collection[str]) -> str:
    """The filter in words; of a condition on a hidden column only that there is one."""
    parts = [
        _tr("{name} (hidden)").format(name=shown_name(condition.column))
        if condition.column in hidden
        else condition.words
        for condition in chosen.conditions
    ]
    if chosen.rows is not None:
        parts.append(shown_name(Filter(rows=chosen.rows).words))
    return _tr(" and ").join(parts)


def key_words(key: Key, columns: Iterable[str], hidden: Collection[str]) -> str:
    """A row's key: "312,460", "B-7, 2"; "hidden" for the parts of it that are."""
    named = (*columns, *("" for _ in key))
    parts = (
        _tr("hidden") if name in hidden else cell_text(as_cell(part))
        for part, name in zip(key, named, strict=False)
    )
    return ", ".join(parts)


def key_columns(source: Source | None) -> tuple[str, ...]:
    """What names a row of a source; () where rows have no key."""
    return source.key.columns if source is not None and source.key is not None else ()


def as_cell(value: SqlValue) -> Cell:
    """A value as a cell holds it."""
    if isinstance(value, bytes):
        return Preview(Storage.BLOB, len(value), value[:64])
    return value


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
