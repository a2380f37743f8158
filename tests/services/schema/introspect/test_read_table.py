"""One table alone is read as it is read with all others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from builders import a_database
from steward_app.db import open_read
from steward_app.services.schema.introspect import read_schema, read_table
from steward_app.services.schema.model import Table

SCHEMA = (
    "CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT COLLATE NOCASE UNIQUE)",
    "CREATE TABLE c(id INT, p_id INT REFERENCES p ON DELETE CASCADE, g INT AS (id + 1), CHECK (id > 0),"
    " PRIMARY KEY (id DESC, p_id)) STRICT, WITHOUT ROWID",
    "CREATE INDEX i ON c(p_id DESC) WHERE p_id > 1",
    "CREATE TRIGGER tr AFTER INSERT ON c BEGIN DELETE FROM p; END",
    "CREATE VIEW v AS SELECT a, id FROM p",
    "CREATE VIRTUAL TABLE f USING fts5(a)",
    'CREATE TABLE "odd "" name"("x.y")',
)


def alone(table: Table) -> Table:
    """Without what others make of it."""
    return replace(
        table,
        reads=(),
        owner="",
        foreign_keys=tuple(
            replace(key, parent_table="", parent_columns=(), index="") for key in table.foreign_keys
        ),
        triggers=tuple(replace(trigger, reads=(), writes=()) for trigger in table.triggers),
    )


def test_one_table_alone(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql(*SCHEMA).build()
    with open_read(path) as session:
        for table in read_schema(session).tables:
            if table.sql:
                found = read_table(session, table.name.upper())
                assert found is not None
                assert alone(found) == alone(table)
        assert read_table(session, "nowhere") is None
