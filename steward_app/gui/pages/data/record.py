"""One row, whole, beside the table: its values, where they point, and what points to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from steward_app.db import ReadSession
from steward_app.gui.format import shown_name, size
from steward_app.gui.layout import Item, boxed, clear, hbox, vbox
from steward_app.gui.pages.data.value_view import ValueView
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.states import Pill, StateLabel
from steward_app.gui.widgets.surfaces import Inspector
from steward_app.gui.widgets.text import Label, name
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.rows import (
    CellValue,
    Children,
    Link,
    Preview,
    Storage,
    children_of,
    links_from,
    pretty_json,
)
from steward_app.services.schema.model import Schema

_SHOWN_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class Record:
    """A row with its links.

    Attributes:
        values: of every column that may be shown, in order.
        hidden: names of the columns that are not shown until asked for.
        title: what the row is called: "visit 312,460".
        laid_out: by column, the values that are JSON, a member a line.
    """

    table: str
    key: Key
    title: str
    values: tuple[CellValue, ...]
    hidden: frozenset[str]
    links: tuple[Link, ...]
    laid_out: Mapping[str, str]


def title_of(table: str, key: Key) -> str:
    """A row's name: its table and its key."""
    parts = ", ".join(shown_name(cell_text(_as_cell(part))) for part in key)
    return f"{shown_name(table)} {parts}" if parts else shown_name(table)


def make_record(
    session: ReadSession,
    schema: Schema,
    table: str,
    key: Key,
    values: Iterable[CellValue],
    hidden: Collection[str],
) -> Record:
    """A row as it is shown: values of hidden columns are left out."""
    concealed = frozenset(hidden)
    shown = tuple(value for value in values if value.column not in concealed)
    laid_out = {
        value.column: text
        for value in shown
        if isinstance(value.value, str) and (text := pretty_json(session, value.value)) is not None
    }
    return Record(table, key, title_of(table, key), shown, concealed, links_from(schema, table), laid_out)


def count_children(
    session: ReadSession, schema: Schema, record: Record, context: Context
) -> tuple[Children, ...]:
    """How many rows of each table point to the row."""
    return tuple(children_of(session, schema, record.table, record.key, context))


class RecordView(Inspector):
    """Shows one row. What is asked of it is told to the page.

    Args:
        follow: go to the row a link of this row points to.
        open_children: show the rows that point here.
    """

    def __init__(
        self,
        follow: Callable[[Link, Key], None],
        open_children: Callable[[Children], None],
        close: Callable[[], None],
    ) -> None:
        super().__init__(_tr("The chosen row"), width=368)
        self._follow, self._open_children, self._close = follow, open_children, close
        self._children: QVBoxLayout = vbox(gap=4)

    def show_record(self, record: Record) -> None:
        """The values; the rows that point here follow with `show_children`."""
        close = Button(_tr("Close"), self._close, kind=Kind.PLAIN_ICON, icon="x", small=True)
        title = Label(name(record.title, bold=True), role="mono-heading", elide=True, selectable=True)
        items: list[Item] = [hbox(title, close)]
        by_column = {column: each for each in reversed(record.links) for column in each.child_columns}
        items += [self._value(record, value, by_column.get(value.column)) for value in record.values]
        if record.hidden:
            names = ", ".join(sorted(shown_name(column) for column in record.hidden))
            items.append(
                Label(
                    _tr("Hidden until asked for: {names}").format(names=names), tone=Tone.PERSONAL, wrap=True
                )
            )
        self._children = vbox(Label(_tr("Looking for rows that point here …"), tone=Tone.MUTED), gap=4)
        items += [Label(_tr("Rows that point here"), role="strong"), self._children, None]
        self.show_content(*items)
        self.show_actions(Button(_tr("Copy row"), lambda: _copy(record), icon="copy"))

    def show_children(self, found: Iterable[Children]) -> None:
        """What points to the row, a line a link."""
        clear(self._children)
        lines = [self._child_line(children) for children in found]
        for line in lines or [Label(_tr("No table refers to this one."), tone=Tone.MUTED, wrap=True)]:
            self._children.addWidget(line)

    def _child_line(self, children: Children) -> QWidget:
        columns = shown_name(", ".join(children.link.child_columns))
        words: QWidget
        if not children.rows.value:
            words = Label(shown_name(children.link.child), tone=Tone.MUTED, elide=True)
        else:
            words = link(shown_name(children.link.child), lambda: self._open_children(children))
        words.setToolTip(columns)
        return boxed(hbox(words, None, Label(children.rows.text, tone=Tone.MUTED)))

    def _value(self, record: Record, value: CellValue, points_to: Link | None) -> QWidget:
        head: list[Item] = [Label(name(value.column, tone=Tone.MUTED), elide=True)]
        if value.storage not in (Storage.NULL, Storage.TEXT):
            head.append(Label(value.kind or value.storage.value, tone=Tone.MUTED, role="caption"))
        lines: list[Item] = [hbox(*head)]
        if value.value is None and value.complete:
            lines.append(Label(_tr("empty"), tone=Tone.MUTED))
        elif value.storage is Storage.BLOB or not value.complete or value.damaged:
            lines.append(ValueView(value))
        elif value.column in record.laid_out or len(str(value.value)) > _SHOWN_CHARACTERS:
            lines.append(ValueView(value, record.laid_out.get(value.column, "")))
        elif points_to is not None:
            text = cell_text(_as_cell(value.value))
            lines.append(
                boxed(
                    hbox(
                        link(text, lambda: self._follow(points_to, record.key)),
                        Label(f"→ {shown_name(points_to.parent)}", tone=Tone.MUTED, elide=True),
                    )
                )
            )
        else:
            lines.append(Label(_plain(value.value), wrap=True, selectable=True))
        return boxed(vbox(*lines, gap=0))


def peek_lines(record: Record, most: int = 8) -> list[Item]:
    """A row in a few lines, for a look without leaving: the first columns and their values."""
    lines: list[Item] = []
    for value in record.values[:most]:
        shown = _tr("empty") if value.value is None and value.complete else cell_text(_as_cell(value.value))
        if not value.complete:
            shown = size(value.size_bytes)
        tone = Tone.MUTED if value.value is None else Tone.TEXT
        lines.append(
            hbox(Label(name(value.column, tone=Tone.MUTED)), Label(shown, tone=tone, elide=True), gap=12)
        )
    if record.hidden:
        lines.append(
            hbox(Pill(_tr("{n} hidden").format(n=len(record.hidden)), Tone.PERSONAL, "eye-off"), None)
        )
    return lines


def gone(words: str) -> QWidget:
    """A link that leads nowhere, said in the tone it deserves."""
    return StateLabel(words, Tone.DANGER, "circle-x")


def _copy(record: Record) -> None:
    lines = (f"{value.column}\t{_copied(value)}" for value in record.values)
    QGuiApplication.clipboard().setText("\n".join(lines))


def _copied(value: CellValue) -> str:
    if isinstance(value.value, bytes):
        return value.value.hex() if not value.damaged else value.value.decode("utf-8", "replace")
    return "" if value.value is None else str(value.value)


def _plain(value: object) -> str:
    return cell_text(value) if isinstance(value, int | float) else shown_name(str(value))


def _as_cell(part: object) -> int | float | str | Preview | None:
    if isinstance(part, bytes):
        return Preview(Storage.BLOB, len(part), part[:64])
    return part if isinstance(part, int | float | str) else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
