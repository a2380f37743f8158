"""Garbage with widgets in it is collected in the window's thread, whoever makes it."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from steward_app.gui.garbage import Collector

_MADE = 3_000


class Ring:
    """Garbage that only the cyclic collector finds."""

    seen: set[bool] = set()  # noqa: RUF012  shared on purpose

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        Ring.seen.add(QThread.isMainThread())


def test_a_worker_never_collects(qtbot: QtBot) -> None:
    owner = QObject()
    collector = Collector(owner)
    Ring.seen.clear()

    def allocate() -> None:
        for _ in range(_MADE):
            Ring()

    worker = threading.Thread(target=allocate)
    worker.start()
    worker.join(20)
    assert Ring.seen == set()
    collector.collect()
    gc.collect()
    assert Ring.seen == {True}
    assert not gc.isenabled()


def test_pages_that_are_dropped_leave_nothing_behind(qtbot: QtBot) -> None:
    import shiboken6

    owner = QObject()
    Collector(owner)
    parent = QWidget()
    qtbot.addWidget(parent)
    children = [QWidget(parent) for _ in range(50)]
    for child in children:
        child.setProperty("itself", child)
        child.deleteLater()
    qtbot.waitUntil(lambda: not any(shiboken6.isValid(child) for child in children))
    children.clear()
    gc.collect()
    assert parent.children() == []
