"""A database beside a folder of migrations, for tests of what runs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from builders.database import a_database
from builders.operations import known
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.migrate import history
from steward_app.services.migrate.model import Applied, State
from steward_app.services.migrate.registering import plan_registering, register
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.course import Wanted
from steward_app.services.migrate.status import status
from steward_app.services.operation import Confirmation

CLINIC = """
CREATE TABLE patient (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT);
CREATE TABLE visit (id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient (id) ON DELETE CASCADE, note TEXT);
CREATE VIEW names AS SELECT id, name FROM patient;
INSERT INTO patient VALUES (1, 'Ada', '1'), (2, 'Bo', NULL);
INSERT INTO visit VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, NULL);
"""


def register_forms(catalog: Catalog, path: Path) -> None:
    """Register the form that each table of a file has now."""
    register(catalog, plan_registering(catalog, path, (), Context()), Context())


class Migrating:
    """A clinic, its folder, and the calls of the service on them."""

    def __init__(self, folder: Path, catalog: Catalog, sql: str = CLINIC, *, wal: bool = False) -> None:
        self.catalog = catalog
        self.path = a_database(folder, "clinic.db").with_sql(sql).build()
        if wal:
            self.sql("PRAGMA journal_mode = WAL")
        self.folder = folder / "migrations"
        self.folder.mkdir()

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def wanted(self, **asked: Any) -> Wanted:
        return Wanted(self.path, known(self.catalog, self.path).id, self.folder, **asked)

    def plan(self, **asked: Any) -> Plan:
        return service.plan_apply(self.catalog, self.wanted(**asked), Context())

    def apply(self, plan: Plan | None = None, **asked: Any) -> Receipt:
        return self.carry_out(plan or self.plan(**asked))

    def undo(self, **asked: Any) -> Receipt:
        return self.carry_out(service.plan_undo(self.catalog, self.wanted(**asked), Context()))

    def carry_out(self, plan: Plan, unrehearsed: str = "a test") -> Receipt:
        return service.apply(self.catalog, plan, Context(), Confirmation.of(plan), unrehearsed=unrehearsed)

    def states(self) -> dict[str, State]:
        with open_read(self.path) as session:
            return {entry.file: entry.state for entry in status(session, self.folder).entries}

    def history(self) -> tuple[Applied, ...]:
        with open_read(self.path) as session:
            return history.read(session)

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        with open_read(self.path) as session:
            return session.all(sql)

    def sql(self, *statements: str) -> None:
        """What another program does to the file."""
        with other_program(self.path) as connection:
            for statement in statements:
                connection.execute(statement).fetchall()

    def objects(self) -> set[str]:
        return {
            str(name)
            for (name,) in self.all(
                "SELECT name FROM sqlite_schema WHERE name NOT LIKE '\\_steward%' ESCAPE '\\'"
            )
        }


@contextmanager
def other_program(path: Path) -> Iterator[apsw.Connection]:
    """A connection that is not ours."""
    connection = apsw.Connection(str(path))
    try:
        yield connection
    finally:
        connection.close()
