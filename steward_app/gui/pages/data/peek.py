"""A look at the row a link points to, without leaving the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QRect
from PySide6.QtWidgets import QHBoxLayout, QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import Item, boxed, clear, fix, hbox, vbox
from steward_app.gui.pages.data.fields import field_grid
from steward_app.gui.pages.data.record import Record
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind, link
from steward_app.gui.widgets.popover import Popover
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import hairline
from steward_app.gui.widgets.text import Label
from steward_app.kernel.values import Key
from steward_app.services.rows import Children, Link

_FIELDS = 8
_CHILDREN = 2
_WIDTH = 344


class Peek(Popover):
    """Floats below the cell whose link it shows.

    Args:
        follow: go where a value of the shown row points.
        open_row: go to the shown row.
        open_children: show the rows that point to it.
    """

    def __init__(
        self,
        anchor: QWidget,
        follow: Callable[[Link, Key], None],
        open_row: Callable[[Record], None],
        open_children: Callable[[Children], None],
    ) -> None:
        super().__init__(anchor)
        self._follow, self._open_row, self._open_children = follow, open_row, open_children
        self._whole = vbox()
        self.setLayout(self._whole)
        self._content: QWidget | None = None
        self._children: QHBoxLayout = hbox()
        self.record: Record | None = None

    def show_record(self, record: Record, at: QRect, *, as_now: bool = False) -> None:
        """The first values of a row, and the way to it; what points to it follows with `show_children`.

        Args:
            at: the cell, in the table.
            as_now: say that nothing tells what the row was at the time that is looked at.
        """
        self.record = record
        self._children = hbox(gap=8)
        shown = [field for field in record.fields if field.column not in record.key_columns]
        fields = field_grid(shown[:_FIELDS], lambda to: self._leave(self._follow, to, record.key))
        rest = len(shown) - _FIELDS
        more: list[Item] = []
        if rest > 0:
            more = [Label(_tr("and {n} more columns").format(n=rest), tone=Tone.MUTED, role="small")]
        if as_now:
            more.append(
                StateLabel(_tr("shown as it is now: no earlier state is kept"), Tone.WARNING, role="small")
            )
        go = link(_tr("Open row"), lambda: self._leave(self._open_row, record), onward=True)
        foot = hbox(go, None, self._children, gap=12, margins=(12, 8, 12, 8))
        self._show(record.title, vbox(fields, *more, gap=4, margins=(12, 8, 12, 8)), hairline(), foot, at=at)

    def show_children(self, record: Record, found: Sequence[Children]) -> None:
        """How many rows point to the shown row."""
        if record is not self.record:
            return
        clear(self._children)
        some = [children for children in found if children.rows.value]
        for children in some[:_CHILDREN]:
            words = f"{children.rows.figure} {shown_name(children.link.child, 24)}"
            self._children.addWidget(link(words, partial(self._leave, self._open_children, children)))
        if len(some) > _CHILDREN:
            self._children.addWidget(Label("…", tone=Tone.MUTED))
        elif not some:
            self._children.addWidget(Label(_tr("nothing points to it"), tone=Tone.MUTED, role="small"))

    def show_words(self, title: str, words: str, tone: Tone, at: QRect) -> None:
        """There is no row to show, and why."""
        self.record = None
        says = boxed(vbox(StateLabel(title, tone), Label(words, tone=Tone.MUTED, wrap=True), gap=4,
                          margins=(12, 4, 12, 12)))  # fmt: skip
        self._show("", says, at=at)

    def _leave(self, go: Callable[..., None], *arguments: object) -> None:
        self.dismiss()
        go(*arguments)

    def _show(self, title: str, *items: Item, at: QRect) -> None:
        if self._content is not None:
            self._content.hide()
            self._content.deleteLater()
        close = Button(_tr("Close"), self.dismiss, kind=Kind.PLAIN_ICON, icon="x", small=True)
        head = hbox(Label(title, role="mono-strong", elide=True), close, margins=(12, 6, 8, 2))
        self._content = fix(boxed(vbox(head, *items)), width=_WIDTH)
        self.setAccessibleName(title or _tr("Where the value points"))
        self._whole.addWidget(self._content)
        self.open_below(at)


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
