"""The order of Tab where Qt's own is not that of reading: it is the order in which widgets were made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def stops(page: QWidget) -> Iterator[QWidget]:
    """What Tab stops at within a page, in order, whether it can be seen or not."""
    at = page.nextInFocusChain()
    while at is not None and at is not page:
        if at.focusPolicy() & Qt.FocusPolicy.TabFocus and page.isAncestorOf(at):
            yield at
        at = at.nextInFocusChain()


def put_last(part: QWidget, page: QWidget) -> None:
    """A part of a page comes behind everything else of it."""
    every = list(stops(page))
    mine = [each for each in every if part.isAncestorOf(each)]
    others = [each for each in every if not part.isAncestorOf(each)]
    put_in_order([*others[-1:], *mine])


def put_behind(part: QWidget, widgets: Sequence[QWidget]) -> None:
    """Widgets that were made later come where a part stands, or just before it where they are none of its own."""
    before: QWidget | None = part.previousInFocusChain()
    while before is not None and before is not part:
        if before.focusPolicy() & Qt.FocusPolicy.TabFocus and before not in widgets:
            put_in_order([before, *widgets])
            return
        before = before.previousInFocusChain()


def put_in_order(widgets: Sequence[QWidget]) -> None:
    """These come one behind the other."""
    for first, second in pairwise(widgets):
        QWidget.setTabOrder(first, second)
