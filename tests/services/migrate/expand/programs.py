"""A file that is expanded, and programs of two generations that write it through SQLite as other programs have it."""

from __future__ import annotations

import sqlite3  # noqa: TID251  # of files in memory alone, which nobody locks
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw

from builders.migrating import Migrating
from steward_app.db import open_read
from steward_app.db.migration_files import read_any
from steward_app.db.migration_script import read_script
from steward_app.kernel.errors import StewardError
from steward_app.services.migrate.expand.contract import Standing, standing
from steward_app.services.migrate.expand.expand import Expanding, expand
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.migrate.files import save


class OwnSqlite:
    """A program with the SQLite that Python brings, older than ours, which trusts no schema."""

    def __init__(self, path: Path | str, *, recursive: bool = False) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.run(f"PRAGMA recursive_triggers = {recursive:d}")
        self.run("PRAGMA trusted_schema = 0")

    def run(self, sql: str, bindings: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, bindings).fetchall()

    def close(self) -> None:
        self.connection.close()


class OurSqlite(OwnSqlite):
    """A program with the SQLite of today."""

    def __init__(self, path: Path | str, *, recursive: bool = False) -> None:
        self.apsw = apsw.Connection(str(path))
        self.run(f"PRAGMA recursive_triggers = {recursive:d}")
        self.run("PRAGMA trusted_schema = 0")

    def run(self, sql: str, bindings: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.apsw.execute(sql, bindings).fetchall()

    def close(self) -> None:
        self.apsw.close()


FAILURES = (sqlite3.Error, apsw.Error, StewardError)


def statements_of(text: str, folder: Path) -> list[str]:
    """The statements of a migration's text."""
    path = folder / "V9999__read.sql"
    path.write_text(text, encoding="utf-8")
    return [statement.sql for statement in read_script(read_any(path)).statements]


def statements_for(
    create: Sequence[str], column: str, into: Sequence[Wanted], folder: Path, back: str = "", rows: int = 2
) -> tuple[list[str], list[str]]:
    """The statements that expand a column of table t made so, and those that fill it, a few rows at a time."""
    made = apsw.Connection(str(folder / "made.db"))
    for statement in create:
        made.execute(statement)
    made.close()
    with open_read(folder / "made.db") as session:
        found = expand(session, "t", column, into, folder, back=back, batch_rows=rows)
    return statements_of(found.expand.text, folder), statements_of(found.fill.text, folder)


def expanded(clinic: Migrating, table: str, column: str, *into: Wanted, back: str = "") -> Expanding:
    """A column that is expanded by migrations which the runner applies."""
    with open_read(clinic.path) as session:
        above = max((row.version for row in clinic.history()), default=0)
        found = expand(session, table, column, into, clinic.folder, back=back, above=above)
    save(found.expand)
    save(found.fill)
    clinic.apply()
    return found


def standing_of(clinic: Migrating, table: str, column: str) -> Standing:
    with open_read(clinic.path) as session:
        return standing(session, table, column)


__all__ = ["FAILURES", "OurSqlite", "OwnSqlite", "expanded", "standing_of", "statements_for"]
