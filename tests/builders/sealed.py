"""Audited databases for tests of seals: put under audit, written to, sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import apsw

from builders import a_database
from steward_app.db import WriteSession, open_read, open_write
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine.arm import arm
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.seals.chain import Seal
from steward_app.services.audit.seals.seal import seal
from steward_app.services.schema.introspect import read_schema
from steward_app.storage.secrets import open_secrets

PEOPLE = "id INTEGER PRIMARY KEY, name TEXT, note, weight REAL"
PLACES = "town TEXT, street TEXT, people INT, PRIMARY KEY (town, street)"


def an_audited_file(folder: Path, *, rows: int = 5, modes: Mapping[str, Mode] | None = None) -> Path:
    """Two tables under audit, the second WITHOUT ROWID, with rows from before; nothing sealed."""
    path = (
        a_database(folder, "audited.db")
        .with_table("person", PEOPLE, rows=[(n, f"name {n}", f"note {n}", n / 3) for n in range(1, rows + 1)])
        .with_sql(f"CREATE TABLE place ({PLACES}) WITHOUT ROWID")
        .with_rows("place", [(f"town {n}", "main street", n) for n in range(rows)])
        .build()
    )
    put_under_audit(path, "person", "place", modes=modes)
    return path


def put_under_audit(path: Path, *tables: str, modes: Mapping[str, Mode] | None = None) -> None:
    """Arm tables as they are now."""
    with open_read(path) as session:
        schema = read_schema(session)
    shapes = [shape_of(table, schema) for table in schema.tables if table.name in tables]
    with open_write(path) as session, session.transaction():
        for shape in shapes:
            arm(session, shape, modes)


@contextmanager
def writing(path: Path) -> Iterator[WriteSession]:
    """One transaction that writes."""
    with open_write(path) as session, session.transaction():
        yield session


def sealed(path: Path) -> tuple[Seal, ...]:
    """Seal what is not sealed."""
    with writing(path) as session:
        return seal(session, open_secrets(), Context())


def by_hand(path: Path, sql: str, *bindings: SqlValue) -> int:
    """Change a file as somebody would who does not want the audit to see it; how many rows were changed."""
    connection = apsw.Connection(str(path))
    for switch in (apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, apsw.SQLITE_DBCONFIG_ENABLE_FKEY):
        connection.config(switch, 0)
    connection.execute(sql, bindings)
    changed = connection.changes()
    connection.close()
    return changed
