"""Layouts and sizes that follow the zoom. Lengths are of the design (pixels at 100 %), on the 4 px grid."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from steward_app.gui.look import px

Margins: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Item: TypeAlias = QWidget | QLayout | int | None
"""A widget, a layout, a gap in pixels, or None for what takes the room that is left."""

NO_MARGINS: Margins = (0, 0, 0, 0)
_MEASURES = "_measures"
_FIXED = "_fixed"
QWIDGETSIZE_MAX = 16_777_215

L = TypeVar("L", bound=QBoxLayout)
W = TypeVar("W", bound=QWidget)


def vbox(*items: Item, gap: float = 0, margins: Margins = NO_MARGINS) -> QVBoxLayout:
    """A column."""
    return _filled(QVBoxLayout(), items, gap, margins)


def hbox(*items: Item, gap: float = 8, margins: Margins = NO_MARGINS) -> QHBoxLayout:
    """A row."""
    return _filled(QHBoxLayout(), items, gap, margins)


def grid(*, gap: tuple[float, float] = (16, 4), margins: Margins = NO_MARGINS) -> QGridLayout:
    """A grid, empty; `gap` is between columns, between rows."""
    made = QGridLayout()
    measure(made, margins, gap)
    return made


def boxed(layout: QLayout, parent: QWidget | None = None) -> QWidget:
    """A plain widget that holds the layout."""
    widget = QWidget(parent)
    widget.setLayout(layout)
    return widget


def measure(layout: QLayout, margins: Margins, gap: float | tuple[float, float]) -> None:
    """Set margins and gaps of the design; they are kept, and scaled again when the zoom changes."""
    across, down = gap if isinstance(gap, tuple) else (gap, gap)
    layout.setProperty(_MEASURES, [*margins, across, down])
    _rescale_layout(layout)


def fix(
    widget: W, *, width: float | None = None, height: float | None = None, least: float | None = None
) -> W:
    """Fix the width or height of a widget at a length of the design, or the least height it may have."""
    widget.setProperty(_FIXED, [width or 0, height or 0, least or 0])
    _rescale_widget(widget)
    return widget


def free(widget: W) -> W:
    """The inverse of `fix`: as wide and as high as there is room."""
    widget.setProperty(_FIXED, None)
    widget.setMinimumSize(0, 0)
    widget.setMaximumSize(QWIDGETSIZE_MAX, QWIDGETSIZE_MAX)
    return widget


def stretch(widget: W, *, across: bool = True, down: bool = False) -> W:
    """Let a widget take the room that is left."""
    expanding, preferred = QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred
    widget.setSizePolicy(expanding if across else preferred, expanding if down else preferred)
    return widget


def shown_if(shown: bool, widget: W) -> W:
    """A new widget that is seen, or not, once it has a place. To show it before would make a window of it."""
    if not shown:
        widget.hide()
    return widget


def clear(layout: QLayout) -> None:
    """Remove everything from a layout; the widgets are destroyed when control returns to Qt."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            return
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)  # it belongs to `item` now, and goes with it


def rescale(root: QObject) -> None:
    """Apply the present zoom to every measured layout and widget under `root`."""
    for widget in (root, *root.findChildren(QWidget)):
        if isinstance(widget, QWidget) and widget.property(_FIXED) is not None:
            _rescale_widget(widget)
    for layout in root.findChildren(QLayout):
        if layout.property(_MEASURES) is not None:
            _rescale_layout(layout)


def _filled(layout: L, items: tuple[Item, ...], gap: float, margins: Margins) -> L:
    measure(layout, margins, gap)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addWidget(_gap(layout, item))
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
    return layout


def _gap(layout: QBoxLayout, length: int) -> QWidget:
    return fix(QWidget(), width=length) if isinstance(layout, QHBoxLayout) else fix(QWidget(), height=length)


def _rescale_layout(layout: QLayout) -> None:
    left, top, right, bottom, across, down = (px(length) for length in layout.property(_MEASURES))
    layout.setContentsMargins(left, top, right, bottom)
    if isinstance(layout, QGridLayout):
        layout.setHorizontalSpacing(across)
        layout.setVerticalSpacing(down)
    else:
        layout.setSpacing(across)


def _rescale_widget(widget: QWidget) -> None:
    width, height, least = (px(length) for length in widget.property(_FIXED))
    if width:
        widget.setFixedWidth(width)
    if height:
        widget.setFixedHeight(height)
    elif least:
        widget.setMinimumHeight(least)
