"""Files for whole tasks: many tables, and many rows that are slow to sort."""

from __future__ import annotations

from pathlib import Path

from steward_app.db import open_write

TABLES = 1_000
ROWS = 200_000


def with_many_tables(path: Path) -> Path:
    """A thousand tables, each linked to the one before."""
    path.touch()
    with open_write(path) as session, session.transaction():
        session.run("CREATE TABLE table_0 (id INTEGER PRIMARY KEY, note TEXT)")
        for number in range(1, TABLES):
            session.run(
                f"CREATE TABLE table_{number} (id INTEGER PRIMARY KEY, before REFERENCES table_{number - 1}, note TEXT)"
            )
    return path


def with_many_rows(path: Path) -> Path:
    """Rows in plenty. What stands in `slow` is worked out whenever it is read: to sort by it takes many seconds."""
    path.touch()
    with open_write(path) as session, session.transaction():
        session.run(
            "CREATE TABLE measure (id INTEGER PRIMARY KEY, note TEXT,"
            " slow AS (length(replace(hex(zeroblob(4000 + id % 2)), '00', 'ab')) * id % 1009) VIRTUAL)"
        )
        session.run(
            "INSERT INTO measure (note) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " SELECT 'note ' || i FROM n",
            (ROWS,),
        )
    return path
