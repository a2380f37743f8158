"""Whatever else a table has, a change of one column leaves it as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import Session, open_read, open_write, quote
from steward_app.db.runner import unenforced
from steward_app.kernel.values import Row
from steward_app.services.migrate.edit.model import Edit, SetDefault, SetNotNull
from steward_app.services.migrate.edit.write import write

from .features import FEATURES, fill


def database(tmp_path: Path, feature: str) -> Path:
    path = a_database(tmp_path).with_sql(*FEATURES[feature]).build()
    with open_write(path) as session, unenforced(session), session.transaction():
        fill(session)
    return path


def apply(path: Path, *edits: Edit) -> tuple[str, ...]:
    with open_write(path) as session:
        session.run("PRAGMA foreign_keys = ON")
        found = write(session, edits)
        with unenforced(session), session.transaction():
            for statement in found.statements:
                session.run(statement)
        return found.rebuilt


def told(session: Session) -> dict[str, list[Row]]:
    """Everything in a file but its texts: rows with their rowids and types, counters, statistics."""
    found: dict[str, list[Row]] = {}
    listed = "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
    for name, without_rowid in session.all(f"{listed} AND name <> 'sqlite_schema'"):
        columns = [str(c) for (c,) in session.all("SELECT name FROM pragma_table_xinfo(?, 'main')", (name,))]
        values = ", ".join(f"typeof({quote(c)}), CAST({quote(c)} AS BLOB)" for c in columns)
        free = next((r for r in ("rowid", "_rowid_", "oid") if r not in columns), "1")
        rowid = "1" if without_rowid or str(name).startswith("sqlite_") else free
        found[str(name)] = sorted(session.all(f"SELECT {rowid}, {values} FROM {quote(str(name))}"), key=repr)
    return found


def texts(session: Session) -> dict[str, str | None]:
    return {str(name): sql for name, sql in session.all("SELECT name, sql FROM sqlite_schema")}  # type: ignore[misc]


CHANGES: dict[str, tuple[Edit, Callable[[str], str], bool]] = {
    "natively": (SetNotNull("t", "z", on=True), lambda sql: sql.replace("z INT", "z INT NOT NULL", 1), False),
    "by writing it anew": (
        SetDefault("t", "z", "5"),
        lambda sql: sql.replace("z INT", "z INT DEFAULT 5", 1),
        True,
    ),
}


@pytest.mark.parametrize("how", CHANGES)
@pytest.mark.parametrize("feature", FEATURES)
def test_everything_else_stays(tmp_path: Path, feature: str, how: str) -> None:
    edit, expected, rebuilds = CHANGES[how]
    path = database(tmp_path, feature)
    with open_read(path) as session:
        before, rows = texts(session), told(session)
    rebuilt = apply(path, edit)
    with open_read(path) as session:
        after = texts(session)
        assert after.pop("t") == expected(str(before.pop("t")).replace("IF NOT EXISTS main.", ""))
        assert after == before
        assert told(session) == rows
        assert session.all("PRAGMA integrity_check") == [("ok",)]
    assert rebuilt == (("t",) if rebuilds else ())
