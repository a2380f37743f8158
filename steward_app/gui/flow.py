"""A row that becomes several where there is no room for all of it: toolbars and heads, zoomed or in a narrow window."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QSpacerItem, QWidget

from steward_app.gui.layout import NO_MARGINS, Item, Margins, measure

_ACROSS = Qt.Orientation.Horizontal


class Flow(QLayout):
    """Items from left to right and, where they do not fit, from top to bottom; none is narrower than it must be.

    None takes the room that is left in its row when items that expand are as wide as they wish to be; where there is
    no None, they take all of it. What stands at the right of a None does so in a row of its own as well.
    """

    def __init__(self, *items: Item, gap: float = 12, margins: Margins = NO_MARGINS) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        measure(self, margins, gap)
        for item in items:
            self.add(item)

    def add(self, item: Item) -> None:
        """One more at the end."""
        if item is None:
            self._items.append(QSpacerItem(0, 0, QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum))
        elif isinstance(item, int):
            self._items.append(QSpacerItem(item, 0))
        elif isinstance(item, QWidget):
            self.addWidget(item)
        else:
            self.addChildLayout(item)
            self._items.append(item)

    def insert(self, place: int, *widgets: QWidget) -> None:
        """More of them before the one that stands at a place."""
        after = [self._items.pop() for _ in range(len(self._items) - place)]
        for widget in widgets:
            self.addWidget(widget)
        self._items += reversed(after)
        self.invalidate()

    # Qt

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return _ACROSS

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        shown = [item for item in self._items if not item.isEmpty()]
        width = sum(item.sizeHint().width() for item in shown) + self.spacing() * max(0, len(shown) - 1)
        height = max((item.sizeHint().height() for item in shown), default=0)
        return self._around(width, height)

    def minimumSize(self) -> QSize:
        shown = [item.minimumSize() for item in self._items if not item.isEmpty()]
        width = max((size.width() for size in shown), default=0)
        return self._around(width, max((size.height() for size in shown), default=0))

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    # Where things go

    def _around(self, width: int, height: int) -> QSize:
        edge = self.contentsMargins()
        return QSize(width + edge.left() + edge.right(), height + edge.top() + edge.bottom())

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Put every item at its place, if it is to be moved; gives the height that all of it takes."""
        edge = self.contentsMargins()
        left, room = rect.x() + edge.left(), rect.width() - edge.left() - edge.right()
        y = rect.y() + edge.top()
        for row in self._rows(room):
            placed = self._across(row, left, room)
            height = max(_height(item, width) for item, _, width in placed)
            if move:
                _place(placed, y, height)
            y += height + self.spacing()
        return max(y - self.spacing(), rect.y() + edge.top()) - rect.y() + edge.bottom()

    def _rows(self, room: int) -> list[list[QLayoutItem]]:
        rows: list[list[QLayoutItem]] = []
        free = -1
        for item in self._items:
            if item.isEmpty() and not _is_gap(item):
                continue  # hidden
            needed = _least(item) + (self.spacing() if rows and rows[-1] and not _is_gap(item) else 0)
            if not rows or needed > free:
                gap = [each for each in rows[-1] if _stretches(each)][-1:] if rows else []
                if gap and rows[-1][-1] is gap[0]:
                    rows[-1].pop()
                rows.append(gap)
                needed, free = _least(item), room
            rows[-1].append(item)
            free -= needed
        return [row for row in rows if any(not _is_gap(item) for item in row)]

    def _across(self, row: list[QLayoutItem], left: int, room: int) -> list[tuple[QLayoutItem, int, int]]:
        """Each item of a row that is no gap, where it begins and how wide it is."""
        shown = [item for item in row if not _is_gap(item)]
        free = room - sum(map(_least, row)) - self.spacing() * max(0, len(shown) - 1)
        wide = [item for item in row if item.expandingDirections() & _ACROSS]
        takers = [item for item in wide if _is_gap(item)] or wide
        widths = [min(_least(item), room) for item in row]
        for at, item in enumerate(row):
            if item in wide and item not in takers:
                more = min(max(0, free), max(0, _wished(item) - widths[at]))
                widths[at], free = widths[at] + more, free - more
        share = max(0, free) // len(takers) if takers else 0
        placed, x = [], left
        for item, width in zip(row, widths, strict=True):
            if item in takers:
                width = min(width + share, max(width, item.maximumSize().width()))
            if not _is_gap(item):
                placed.append((item, x, width))
                x += self.spacing()
            x += width
        return placed


def _place(placed: list[tuple[QLayoutItem, int, int]], y: int, room: int) -> None:
    """Put the items of a row at their places, in the middle of its height."""
    for item, x, width in placed:
        height = min(room, _height(item, width))
        if item.expandingDirections() & Qt.Orientation.Vertical:
            height = room
        item.setGeometry(QRect(QPoint(x, y + (room - height) // 2), QSize(width, height)))


def _height(item: QLayoutItem, width: int) -> int:
    """How high it wishes to be when it is so wide: words may need several lines."""
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()


def _stretches(item: QLayoutItem) -> bool:
    return _is_gap(item) and bool(item.expandingDirections() & _ACROSS)


def _is_gap(item: QLayoutItem) -> bool:
    return isinstance(item, QSpacerItem)


def _wished(item: QLayoutItem) -> int:
    """How wide it wishes to be."""
    return min(max(item.sizeHint().width(), item.minimumSize().width()), item.maximumSize().width())


def _least(item: QLayoutItem) -> int:
    """How wide it is at least: as it wishes to be, or as narrow as it can where it takes what is left anyway."""
    if item.expandingDirections() & _ACROSS:
        return min(item.minimumSize().width(), item.maximumSize().width())
    return _wished(item)
