"""Scrolling a table of ten million rows in the window: how long a frame takes, and how much memory it needs.

A frame is what one step of the scroll bar costs the window's thread: moving, fetching what is at hand, painting.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from bench_paging import ROWS, build
from harness import peak_megabytes, record
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from steward_app.catalog import open_catalog
from steward_app.gui.bridge import JobCenter
from steward_app.gui.context import PageContext
from steward_app.gui.page import Group, PageSpec
from steward_app.gui.pages.data.page import DataPage
from steward_app.gui.theme import Theme
from steward_app.jobs import JobRunner
from steward_app.services.document import open_document

WHEEL_STEPS = 600
DRAG_STEPS = 300


def frames(app: QApplication, page: DataPage) -> list[float]:
    """Seconds of every frame: the wheel turned step by step, then the bar dragged over the whole table."""
    rows = page.browse.rows
    viewport = rows.view.viewport()
    place = QPointF(viewport.rect().center())
    taken = []
    for _ in range(WHEEL_STEPS):
        start = time.perf_counter()
        turned = QWheelEvent(
            place, place, QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        app.sendEvent(viewport, turned)
        app.processEvents()
        taken.append(time.perf_counter() - start)
    for step in range(DRAG_STEPS):
        start = time.perf_counter()
        rows.go_to_row(1 + step * (ROWS // DRAG_STEPS))
        app.processEvents()
        taken.append(time.perf_counter() - start)
        time.sleep(0.004)  # a hand is not faster; the worker fetches meanwhile
    return taken


def main() -> None:
    app = QApplication([])
    Theme(app)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STEWARD_HOME"] = str(Path(folder) / "home")
        path = Path(folder) / "ten-million.db"
        build(path)
        jobs, document = JobCenter(JobRunner()), open_document(path)
        with open_catalog() as catalog:
            context = PageContext(
                document, jobs, lambda *a, **k: None, lambda m: None, lambda *a: None, catalog, frozenset()
            )
            page = DataPage(PageSpec("data", "Data", "", "table-2", Group.SEE, DataPage), context)
            page.resize(1232, 820)
            page.show()
            page.show_document()
            until = time.perf_counter() + 60
            while time.perf_counter() < until and not (
                page.browse.rows.status().last and page.browse.rows.idle
            ):
                app.processEvents()
            if not page.browse.rows.status().last:
                raise SystemExit("no rows were shown")
            taken = sorted(frames(app, page))
            page.hide()
            jobs.close()
        document.close()
    memory_mb = peak_megabytes()
    slowest = taken[int(len(taken) * 0.95)] * 1000
    record(
        "Scrolling 10 million rows: a frame, 95th percentile", slowest, base="a limit", limit=16, unit="ms"
    )
    record(
        "Memory of the window that scrolled 10 million rows", memory_mb, base="a limit", limit=300, unit="MB"
    )
    record(
        "Scrolling 10 million rows: a frame, 95th percentile", slowest, base="a limit", limit=16, unit="ms"
    )


if __name__ == "__main__":
    main()
