"""How long the window stands still while 1,000 tables are laid out and put on the schema map."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from harness import record
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from steward_app import db
from steward_app.gui.bridge import JobCenter
from steward_app.gui.context import PageContext
from steward_app.gui.page import Group, PageSpec
from steward_app.gui.pages.schema_map.page import SchemaMapPage
from steward_app.gui.theme import Theme
from steward_app.jobs import JobRunner
from steward_app.services.document import open_document

TABLES = 1_000


def build(path: Path) -> None:
    """A file of 1,000 tables, each linked with one or two before it."""
    with db.create(path) as session, session.transaction():
        for number in range(TABLES):
            links = "".join(
                f", p{n} INT REFERENCES t{(number - n * 7) // 3}" for n in (1, 2) if number - n * 7 > 0
            )
            session.run(f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, name TEXT, born DATE{links})")


class Pauses:
    """A clock that ticks in the event loop and remembers the longest time it could not."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now


def main() -> None:
    app = QApplication([])
    Theme(app)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "thousand.db"
        build(path)
        jobs, document = JobCenter(JobRunner()), open_document(path)
        context = PageContext(
            document, jobs, lambda *a, **k: None, lambda m: None, lambda *a: None, None, frozenset()
        )
        page = SchemaMapPage(PageSpec("map", "Map", "", "workflow", Group.SEE, SchemaMapPage), context)
        page.resize(1232, 820)
        page.show()
        for _ in range(20):
            app.processEvents()
        pauses = Pauses()
        page.show_document()
        until = time.perf_counter() + 120
        while time.perf_counter() < until and not (page.scene.boxes and page.scene.settled):
            app.processEvents()
        for _ in range(200):
            app.processEvents()
        if not page.scene.settled or len(page.scene.boxes) != TABLES:
            raise SystemExit("the map was not drawn")
        jobs.close()
        document.close()
    record(
        "1,000 tables on the map: longest pause of the event loop",
        pauses.longest * 1000,
        base="a limit",
        limit=50,
        unit="ms",
    )


if __name__ == "__main__":
    main()
