"""One row, whole, beside the table: its values, where they point, and what points to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from steward_app.db import ReadSession
from steward_app.gui.format import integer, shown_name
from steward_app.gui.layout import Item, boxed, clear, hbox, vbox
from steward_app.gui.pages.data.fields import Field, field_grid
from steward_app.gui.pages.data.value_view import Save
from steward_app.gui.pages.data.words import key_columns, key_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.surfaces import Inspector
from steward_app.gui.widgets.text import Label, name
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.rows import (
    CellValue,
    Children,
    Link,
    Source,
    Storage,
    children_of,
    links_from,
    links_to,
    pretty_json,
)
from steward_app.services.schema.model import Schema

MOST_FIELDS = 300
Finder: TypeAlias = Callable[[], Callable[[Key], None] | None]
"""Gives what looks for a row of what is shown, by its key, in the restore points; None where that cannot be."""
_NUMBERS = ("INTEGER", "REAL", "NUMERIC")


@dataclass(frozen=True, slots=True)
class Record:
    """A row with its links. `fields` is empty when the row is gone; `title` names the table and `key` in words."""

    table: str
    key: Key
    key_columns: tuple[str, ...]
    title: str
    fields: tuple[Field, ...]

    @property
    def hidden(self) -> tuple[str, ...]:
        """Names of the columns that are not shown until asked for."""
        return tuple(field.column for field in self.fields if field.value is None)


def make_record(
    session: ReadSession,
    schema: Schema,
    source: Source,
    key: Key,
    values: Iterable[CellValue],
    hidden: Collection[str],
) -> Record:
    """A row as it is shown: values of hidden columns are left out.

    Args:
        values: of the columns that were read; none when the row is gone.
    """
    read = {value.column: value for value in values}
    links = _by_column(links_from(schema, source.name)) if source.table is not None else {}
    fields = [
        _field(session, source, column.name, read.get(column.name), links)
        if column.name not in hidden
        else Field(column.name, None, links.get(column.name))
        for column in source.columns
        if column.name in hidden or column.name in read
    ]
    named = key_columns(source)
    number = _tr("row {key}").format(key=key_words(key, named, hidden))
    title = number if not source.name else f"{shown_name(source.name)} {key_words(key, named, hidden)}"
    if source.name and source.key is None:
        title = f"{shown_name(source.name)}, {number}"
    return Record(source.name, key, named, title, tuple(fields) if read else ())


def _by_column(links: Iterable[Link]) -> Mapping[str, Link]:
    return {column: each for each in reversed(tuple(links)) for column in each.child_columns}


def _field(
    session: ReadSession, source: Source, column: str, value: CellValue | None, links: Mapping[str, Link]
) -> Field:
    assert value is not None
    laid_out = pretty_json(session, value.value) if isinstance(value.value, str) else None
    affinity = source.column(column).affinity
    odd = (affinity in _NUMBERS and value.storage in (Storage.TEXT, Storage.BLOB)) or (
        affinity == "TEXT" and value.storage is Storage.BLOB
    )
    remark = _tr("stored as {kind}").format(kind=value.storage.value) if odd else ""
    return Field(column, value, links.get(column), laid_out or "", remark)


def count_children(
    session: ReadSession,
    schema: Schema,
    source: Source,
    key: Key,
    context: Context,
    *,
    rows: Callable[[str], Source] | None = None,
) -> tuple[Children, ...]:
    """How many rows of each table point to the row; nothing where its rows have no key to be pointed to by.

    `rows` gives the rows of tables at another time.
    """
    if source.table is None or source.key is None:
        return ()
    return tuple(children_of(session, schema, source.name, key, context, rows=rows))


class RecordView(Inspector):
    """Shows one row. What is asked of it is told to the page.

    Args:
        follow: go to the row a link of this row points to.
        open_children: show the rows that point here.
        save: write a value to a file.
        finder: gives what looks for a row in the restore points.
    """

    def __init__(
        self,
        follow: Callable[[Link, Key], None],
        open_children: Callable[[Children], None],
        save: Save,
        close: Callable[[], None],
        finder: Finder,
    ) -> None:
        super().__init__(_tr("The chosen row"), width=368)
        self._follow, self._open_children, self._close = follow, open_children, close
        self._save, self._finder = save, finder
        self._children: QVBoxLayout = vbox(gap=4)
        self.record: Record | None = None

    def show_nothing(self) -> None:
        """No row is chosen."""
        self.record = None
        self.show_content(
            *self._head(_tr("No row is chosen")),
            Label(_tr("Choose one to see it here."), tone=Tone.MUTED),
            None,
        )
        self.show_actions()

    def show_record(self, record: Record, *, children: bool = True) -> None:
        """The values; the rows that point here follow with `show_children`, where there can be any."""
        self.record = record
        items = self._head(record.title)
        if not record.fields:
            items.append(Label(_tr("This row is gone from the file."), tone=Tone.WARNING, wrap=True))
            children = False
        items.append(
            field_grid(record.fields[:MOST_FIELDS], lambda to: self._follow(to, record.key), self._save)
        )
        if (rest := len(record.fields) - MOST_FIELDS) > 0:
            words = _tr("and {n} more columns, which stand in the table and are copied with the row")
            items.append(Label(words.format(n=integer(rest)), tone=Tone.MUTED, wrap=True))
        if children:
            self._children = vbox(Label(_tr("Looking for rows that point here …"), tone=Tone.MUTED), gap=4)
            items += [Label(_tr("Rows that point here"), role="strong"), self._children]
        self.show_content(*items, None)
        buttons = [Button(_tr("Copy row"), lambda: _copy(record), icon="copy")]
        find = self._finder()
        if find is not None:
            buttons.append(Button(_tr("Find in backups"), lambda: find(record.key), icon="history"))
        self.show_actions(*buttons)

    def show_children(self, found: Sequence[Children]) -> None:
        """What points to the row, a line a link."""
        clear(self._children)
        several = {child for child in (each.link.child for each in found) if _links_of(found, child) > 1}
        for children in found:
            self._children.addWidget(self._child_line(children, named=children.link.child in several))
        if not found:
            self._children.addWidget(Label(_tr("No table refers to this one."), tone=Tone.MUTED, wrap=True))

    def _head(self, title: str) -> list[Item]:
        close = Button(_tr("Close"), self._close, kind=Kind.PLAIN_ICON, icon="x", small=True)
        return [hbox(Label(title, role="mono-heading", elide=True), close)]

    def _child_line(self, children: Children, *, named: bool) -> QWidget:
        child = shown_name(children.link.child)
        by = Label(
            *([name(", ".join(children.link.child_columns), tone=Tone.MUTED)] if named else []), elide=True
        )
        if children.rows.value:
            return boxed(
                hbox(link(child, lambda: self._open_children(children)), by, Label(children.rows.text))
            )
        return boxed(hbox(Label(child, tone=Tone.MUTED), by, Label(_tr("none"), tone=Tone.MUTED)))


def has_children(schema: Schema, table: str) -> bool:
    """Whether any table refers to this one."""
    return bool(links_to(schema, table))


def _links_of(found: Iterable[Children], child: str) -> int:
    return sum(1 for each in found if each.link.child == child)


def _copy(record: Record) -> None:
    lines = (f"{field.column}\t{_copied(field.value)}" for field in record.fields)
    QGuiApplication.clipboard().setText("\n".join(lines))


def _copied(value: CellValue | None) -> str:
    if value is None:
        return _tr("hidden")
    if isinstance(value.value, bytes):
        return value.value.hex() if not value.damaged else value.value.decode("utf-8", "replace")
    return "" if value.value is None else str(value.value)


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
