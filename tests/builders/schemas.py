"""The schema of a file made on the spot."""

from __future__ import annotations

from pathlib import Path

import apsw

from builders.database import a_database
from steward_app.db.open import open_read
from steward_app.services.rows import Source, source_of
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table


def schema_of(folder: Path, *statements: str, name: str = "schema.db") -> Schema:
    """What we read of a new file that these statements made."""
    with open_read(a_database(folder, name).with_sql(*statements).build()) as session:
        return read_schema(session)


def table_of(folder: Path, *statements: str) -> Table:
    """What we read of the first table (or view) that these statements made."""
    return schema_of(folder, *statements).tables[0]


def source_named(path: Path, name: str) -> Source:
    """A table or view of a file, as rows are asked for."""
    with open_read(path) as session:
        table = read_schema(session).table(name)
    assert table is not None
    return source_of(table)


def plant(path: Path, type_: str, name: str, table: str, sql: str) -> None:
    """A row in the schema table that no statement makes."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, 0, ?)", (type_, name, table, sql))
    connection.close()
