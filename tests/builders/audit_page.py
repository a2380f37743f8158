"""The history on the Audit page: opened, moved about with keys and clicks, and what can be seen told in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from builders import a_database
from builders.data_page import words_of
from builders.histories import writing_as
from builders.sealed import sealed
from builders.under_audit import put_under_audit, run
from steward_app.catalog import Catalog
from steward_app.gui.pages.audit.page import AuditPage
from steward_app.services.audit.engine.model import Mode

Open = Callable[..., Any]


def a_file_with_history(path: Path, *, rows: int = 4) -> Path:
    """Visits, patients with a personal name and a score that is not kept, and places by two columns.

    1: desk changes two cells of patient 1; 2: nobody known changes the room of patient 2; 3: desk again, of patient 1;
    4, 5: nobody known deletes visits 1 and 2 in one statement; 6: ward adds a place.
    """
    made = (
        a_database(path)
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, given_name TEXT, room TEXT, score TEXT",
            rows=[(n, f"Name {n}", f"room {n}", f"score {n}") for n in range(1, rows + 1)],
        )
        .with_table("visit", "id INTEGER PRIMARY KEY, reason", rows=[(n, f"reason {n}") for n in range(1, 4)])
        .with_sql(
            "CREATE TABLE place (town TEXT, ward INTEGER, beds, PRIMARY KEY (town, ward)) WITHOUT ROWID"
        )
        .with_sql("CREATE TABLE code (code TEXT PRIMARY KEY, meaning)")
        .with_sql("INSERT INTO code VALUES ('A1', 'first')")
        .build()
    )
    put_under_audit(made, "patient", modes={"score": Mode.FLAG})
    put_under_audit(made, "visit", "place", "code")
    sealed(made)
    with writing_as(made, "desk", "moved") as session:
        session.run("UPDATE patient SET given_name = 'Nora', room = 'Hull' WHERE id = 1")
    run(made, "UPDATE patient SET room = 'York' WHERE id = 2")
    with writing_as(made, "desk") as session:
        session.run("UPDATE patient SET room = 'Leeds' WHERE id = 1")
    run(made, "DELETE FROM visit WHERE id < 3")
    with writing_as(made, "ward") as session:
        session.run("INSERT INTO place VALUES ('Hull', 2, 9)")
    return made


@dataclass
class Desk:
    """The page, and what a steward does on it."""

    page: AuditPage
    said: Any
    document: Any
    jobs: Any
    qtbot: Any

    @staticmethod
    def at(open_page: Open, path: Path, catalog: Catalog, qtbot: Any, *, writable: bool = True) -> Desk:
        """Open the page; changes are allowed unless said otherwise."""
        opened = open_page(AuditPage, path, catalog=catalog)
        desk = Desk(opened.page, opened.said, opened.document, opened.jobs, qtbot)
        if writable:
            desk.allow()
        return desk.rest()

    def allow(self) -> Desk:
        self.document.allow_writing()
        self.page.reconsider()
        return self

    def rest(self) -> Desk:
        """Until nothing runs; a job may start another."""
        for _ in range(4):
            self.qtbot.waitUntil(lambda: bool(self.jobs.idle), timeout=20_000)
            QApplication.processEvents()
        return self

    def show(self, view: str) -> Desk:
        self.page.show_view(view)
        return self.rest()

    def arrive(self, **arguments: Any) -> Desk:
        self.page.arrive(**arguments)
        return self.rest()

    @property
    def view(self) -> Any:
        return self.page.history_view

    @property
    def lines(self) -> list[str]:
        """What the list shows, without times."""
        return [
            f"{line.title} {line.about} {line.second.partition(', ')[2]}" for line in self.view.list.lines
        ]

    @property
    def titles(self) -> list[str]:
        return [f"{line.title} {line.about}".strip() for line in self.view.list.lines]

    def choose(self, number: int) -> Desk:
        model = self.view.list.model()
        self.view.list.setCurrentIndex(model.index(number, 0))
        return self.rest()

    def press(self, key: Qt.Key, on: Any, modifier: Any = Qt.KeyboardModifier.NoModifier) -> Desk:
        self.qtbot.keyClick(on, key, modifier)
        return self.rest()

    @property
    def panel(self) -> Any:
        return self.page.panel

    @property
    def undo(self) -> list[str]:
        """The lines of the undo."""
        return [line.spoken for line in self.panel.table.lines]

    @property
    def difference(self) -> list[tuple[str, str, str]]:
        lines = self.view.detail.table.lines
        return [(line.name, line.old.text, line.told or line.new.text) for line in lines]

    def words(self) -> str:
        return words_of(self.page)

    @property
    def banner(self) -> str:
        item = self.page._banners.itemAt(0)
        shown = item.widget() if item is not None else None
        return words_of(shown) if shown is not None else ""

    def tick(self, number: int) -> Desk:
        """Turn the box of a line of the undo, by key."""
        table = self.panel.table
        table.setCurrentIndex(table.model().index(number, 1))
        return self.press(Qt.Key.Key_Space, table)

    def carry_out(self) -> Desk:
        """From the ticked lines to the receipt."""
        assert self.page.undo_action.reason == ""
        self.page.undo_action.trigger()
        self.rest()
        assert self.page.undo_flow.step.apply_action.reason == ""
        self.page.undo_flow.step.apply_action.trigger()
        return self.rest()
