"""Undoing changes in tests: a parent, its children and what refers to those under audit, with triggers beside."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw

from builders import a_database
from builders.audited import HARD
from builders.operations import known, yes
from builders.sealed import put_under_audit
from steward_app.catalog import Catalog, open_catalog
from steward_app.db import open_read, qualified
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import operation
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.replay import State, live
from steward_app.services.audit.undo import (
    Outlook,
    Selection,
    UndoMode,
    UndoRequest,
    plan_undo,
    preview,
    undo_changes,
    undoable,
)

FAMILY = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY, u TEXT UNIQUE, a, upd)",
    "CREATE TABLE c (id INTEGER PRIMARY KEY, pid REFERENCES p(id) ON DELETE CASCADE ON UPDATE CASCADE, a)",
    "CREATE TABLE g (k TEXT PRIMARY KEY, cid INTEGER REFERENCES c(id) ON DELETE SET NULL, v) WITHOUT ROWID",
    "CREATE TABLE h (p, q, UNIQUE (p, q))",
    "CREATE TRIGGER touch AFTER UPDATE OF a ON p"
    " BEGIN UPDATE p SET upd = coalesce(upd, 0) + 1 WHERE id = new.id; END",
    "CREATE TRIGGER side AFTER DELETE ON c"
    " BEGIN INSERT OR REPLACE INTO g (k, cid, v) VALUES ('side', NULL, old.id); END",
    "CREATE TRIGGER told AFTER INSERT ON c BEGIN INSERT OR REPLACE INTO h VALUES (new.pid, new.id); END",
)

States = dict[str, State]


@dataclass(frozen=True)
class Audited:
    """A file under audit, with a catalog that knows it."""

    path: Path
    catalog: Catalog
    database_id: str

    def write(self, *statements: str, together: bool = True) -> range:
        """Write as any program would; the numbers of the changes that were logged."""
        before = self.last()
        connection = apsw.Connection(str(self.path))
        connection.execute("PRAGMA foreign_keys = ON")
        if together:
            connection.execute("BEGIN")
        for statement in statements:
            try:
                connection.execute(statement).fetchall()
            except apsw.ConstraintError:
                continue
        if connection.in_transaction:
            connection.execute("COMMIT")
        connection.close()
        return range(before + 1, self.last() + 1)

    def last(self) -> int:
        with open_read(self.path) as session:
            return tables.last_seq(session)

    def state(self) -> States:
        """What the audited tables hold, in type and in bytes."""
        with open_read(self.path) as session:
            return {each.name: live(session, each) for each in tables.tables(session, current=True)}

    def request(
        self,
        selection: Selection | range,
        mode: UndoMode = UndoMode.STRICT,
        excluded: Sequence[tuple[int, str]] = (),
    ) -> UndoRequest:
        chosen = (
            Selection(ranges=((selection.start, selection.stop - 1),))
            if isinstance(selection, range)
            else selection
        )
        return UndoRequest(self.path, self.database_id, chosen, mode, frozenset(excluded))

    def outlook(self, *what: object) -> Outlook:
        return preview(self.catalog, self.request(*what), Context())  # type: ignore[arg-type]

    def undo(self, *what: object) -> Receipt:
        plan = plan_undo(self.catalog, self.request(*what), Context())  # type: ignore[arg-type]
        return undo_changes(self.catalog, plan, Context(), yes(plan))

    def redo(self, receipt: Receipt) -> Receipt:
        return operation.undo(self.catalog, receipt.undo, undoable(self.catalog), Context())

    def rows(self, table: str) -> list[tuple[object, ...]]:
        with open_read(self.path) as session:
            return list(session.execute(f"SELECT * FROM {qualified(table)} ORDER BY 1"))

    def triggers(self) -> list[tuple[object, ...]]:
        """Every trigger in its order."""
        sql = "SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY rowid"
        with open_read(self.path) as session:
            return list(session.execute(sql))


def audited(
    folder: Path, *ddl: str, modes: dict[str, object] | None = None, name: str = "undone.db"
) -> Audited:
    """A file with these tables, all of them under audit."""
    builder = a_database(folder, name)
    for each in ddl or FAMILY:
        builder = builder.with_sql(each)
    return known_to_catalog(builder.build(), modes)


def known_to_catalog(path: Path, modes: dict[str, object] | None = None, *, arm: bool = True) -> Audited:
    """The file as the catalog knows it, put under audit unless it is."""
    if arm:
        with open_read(path) as session:
            sql = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            names = [str(name) for (name,) in session.execute(sql)]
        put_under_audit(path, *names, modes=modes)  # type: ignore[arg-type]
    with open_catalog() as catalog:
        return Audited(path, catalog, known(catalog, path).id)


def family_statements(rnd: random.Random, count: int) -> Iterator[str]:
    """Statements on `FAMILY`."""

    def number() -> str:
        return str(rnd.randint(1, 8))

    def value() -> str:
        return rnd.choice(HARD)

    def link() -> str:
        return rnd.choice(["NULL", number()])

    def policy() -> str:
        return rnd.choice(["", "OR REPLACE "])

    makers = (
        lambda: (
            f"INSERT {policy()}INTO p (id, u, a) VALUES ({number()}, '{rnd.choice('abcdef')}', {value()})"
        ),
        lambda: f"INSERT {policy()}INTO c (id, pid, a) VALUES ({number()}, {link()}, {value()})",
        lambda: f"INSERT OR REPLACE INTO g VALUES ('{rnd.choice('xyz')}', {link()}, {value()})",
        lambda: f"UPDATE p SET a = {value()} WHERE id = {number()}",
        lambda: f"UPDATE {policy()}p SET id = {number()} WHERE id = {number()}",
        lambda: f"UPDATE {policy()}g SET k = '{rnd.choice('xyz')}' WHERE k = '{rnd.choice('xyz')}'",
        lambda: f"UPDATE c SET pid = {link()} WHERE id = {number()}",
        lambda: f"DELETE FROM p WHERE id = {number()}",
        lambda: f"DELETE FROM c WHERE id = {number()}",
        lambda: f"INSERT {policy()}INTO h VALUES ({number()}, {link()})",
        lambda: f"UPDATE {policy()}h SET q = {link()} WHERE p = {number()}",
    )
    for _ in range(count):
        yield rnd.choice(makers)()
