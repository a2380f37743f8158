"""What holds for every widget, whoever wrote it: names, words that are not cut, reasons, one primary button.

assert problems_of(page) == []
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QMetaMethod, QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QPushButton,
    QToolButton,
    QWidget,
)

from steward_app.gui.widgets.text import Label

_SMALLEST = 22  # px; a target of a pointer at 100 %, border included
_SLACK = 2


def problems_of(root: QWidget) -> list[str]:
    """What is wrong with the widgets that can be seen under `root`, a sentence each."""
    for _ in range(3):  # layouts settle, from the inside out
        QApplication.processEvents()
    seen = [widget for widget in root.findChildren(QWidget) if widget.isVisibleTo(root)]
    found = [problem for widget in seen for problem in _problems(widget)]
    primaries = [w for w in seen if isinstance(w, QPushButton) and w.property("kind") == "primary"]
    if len(primaries) > 1:
        found.append(f"{len(primaries)} primary buttons: {', '.join(b.text() for b in primaries)}")
    return found + list(_tab_order(root, seen))


def _problems(widget: QWidget) -> Iterator[str]:
    if _takes_focus(widget) and not accessible_name(widget):
        yield f"{described(widget)} has no accessible name"
    if isinstance(widget, Label):
        yield from _label(widget)
    elif isinstance(widget, QPushButton | QToolButton):
        yield from _button(widget)


def _label(label: Label) -> Iterator[str]:
    if not label.plain:
        return
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        if needed > label.height() + _SLACK:
            yield f"{described(label)} is cut: {label.height()} of {needed} px high"
    elif label.property("kind") != "elided" and not label.toolTip():
        needed = label.sizeHint().width()
        if needed > label.width() + _SLACK and not _elides(label):
            yield f"{described(label)} is cut: {label.width()} of {needed} px wide"
        if _elides(label) and label.fontMetrics().horizontalAdvance(label.plain) > label.width() + _SLACK:
            yield f"{described(label)} is shortened without a tooltip"


def _button(button: QAbstractButton) -> Iterator[str]:
    if button.text() and button.sizeHint().width() > button.width() + _SLACK:
        yield f"{described(button)} is cut: {button.width()} of {button.sizeHint().width()} px wide"
    if min(button.width(), button.height()) < _SMALLEST and button.property("kind") not in ("link", "tab"):
        yield f"{described(button)} is smaller than a pointer can hit: {button.width()}×{button.height()}"
    busy = bool(button.property("busy"))
    if not button.isEnabled() and not busy and not (button.toolTip() or button.accessibleDescription()):
        yield f"{described(button)} is disabled and does not say why"
    signals = [QMetaMethod.fromSignal(button.clicked)]
    if button.isCheckable():
        signals.append(QMetaMethod.fromSignal(button.toggled))
    if button.isEnabled() and not any(button.isSignalConnected(signal) for signal in signals):
        yield f"{described(button)} does nothing"


def _tab_order(root: QWidget, seen: list[QWidget]) -> Iterator[str]:
    """Tab goes in the order of reading: among widgets of one parent, never back up a line."""
    places = {id(widget): number for number, widget in enumerate(_walked(root, seen))}
    by_parent: dict[int, list[QWidget]] = {}
    for widget in seen:
        if _takes_focus(widget) and id(widget) in places:
            by_parent.setdefault(id(widget.parentWidget()), []).append(widget)
    for widgets in by_parent.values():
        ordered = sorted(widgets, key=lambda widget: places[id(widget)])
        for one, other in pairwise(ordered):
            above = other.geometry().bottom() < one.geometry().top()
            left = other.x() < one.x() and abs(other.y() - one.y()) < 8
            if above or left:
                yield f"Tab goes back from {described(one)} to {described(other)}"


def _walked(root: QWidget, seen: list[QWidget]) -> Iterator[QWidget]:
    """The widgets as Tab comes to them, from the first one on.

    Qt is asked to move the focus: PySide's `nextInFocusChain` makes each widget a child of the one before.
    """
    window, first = root.window(), next((widget for widget in seen if _takes_focus(widget)), None)
    before = QApplication.focusWidget()
    if first is None or not window.isActiveWindow():
        return
    first.setFocus(Qt.FocusReason.TabFocusReason)
    met: set[int] = set()
    while (widget := QApplication.focusWidget()) is not None and id(widget) not in met:
        met.add(id(widget))
        yield widget
        window.focusNextPrevChild(True)
    if before is not None:
        before.setFocus()


def _takes_focus(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    if isinstance(parent, QAbstractScrollArea) and widget is parent.viewport():
        return False  # its view takes the keys, and has the name
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled()


def _elides(label: Label) -> bool:
    return label.minimumSizeHint().width() < label.sizeHint().width()


def accessible_name(widget: QWidget) -> str:
    """What a screen reader says of a widget."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def described(widget: QWidget) -> str:
    """A widget in the words of a failing test."""
    words = accessible_name(widget) or getattr(widget, "text", str)() or widget.objectName()
    at = widget.mapTo(widget.window(), QPoint(0, 0))
    return f"{type(widget).__name__} “{str(words)[:60]}” at {at.x()},{at.y()}"


__all__ = ["accessible_name", "described", "problems_of"]
