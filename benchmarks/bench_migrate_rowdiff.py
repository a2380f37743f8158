"""What a rehearsal takes to compare the rows of a table of a million rows by twelve columns, beside reading both files.

The table is built anew, as a migration does it that SQLite has no ALTER for, and compared with what it was: value by
value with its storage class, rows lost and added, values converted by column, with keys of the first ones. Reading is
`SELECT *` of both tables, row by row into Python, as a comparison in Python would have to. Three migrations: one that
leaves every value as it was; one that changes a value in a thousand rows, deletes some and adds some; and one that
turns a number of every row into text, where each of a million pairs differs.
"""

from __future__ import annotations

import random
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from harness import compare, record

from steward_app.db import create, open_read, open_write
from steward_app.db.copy import copy_database
from steward_app.db.difference import beside
from steward_app.kernel.progress import Context
from steward_app.services.migrate.rehearsal.pairs import pairs
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.migrate.rehearsal.row_model import TableDifference
from steward_app.services.migrate.rehearsal.rows import compare_table
from steward_app.services.schema import read_schema

ROWS, ROUNDS = 1_000_000, 5
COLUMNS = (
    "id INTEGER PRIMARY KEY, name TEXT, email TEXT, visits INTEGER, score INTEGER, height REAL, weight REAL,"
    " day TEXT, note TEXT, active INTEGER, price NUMERIC, picture BLOB"
)
INDEXES = ("CREATE INDEX t_name ON t(name)", "CREATE INDEX t_day ON t(day)")
REBUILT = (
    "DROP TABLE t",
    "ALTER TABLE t_new RENAME TO t",
    *INDEXES,
)
SAME = (
    f"CREATE TABLE t_new({COLUMNS.replace('visits INTEGER', 'visits INTEGER NOT NULL')})",
    "INSERT INTO t_new SELECT * FROM t",
    *REBUILT,
)
FEW = (
    *SAME,
    "UPDATE t SET email = 'unknown' WHERE id % 1000 = 0",
    "DELETE FROM t WHERE id % 5000 = 3",
    "INSERT INTO t(visits) SELECT id FROM t LIMIT 100",
)
EVERY = (
    f"CREATE TABLE t_new({COLUMNS.replace('visits INTEGER', 'visits TEXT')})",
    "INSERT INTO t_new SELECT * FROM t",
    *REBUILT,
)


def rows() -> Iterator[tuple[object, ...]]:
    chance = random.Random(7)
    for number in range(ROWS):
        yield (
            number,
            f"name {chance.randrange(10**6)}",
            f"u{number}@mail.example",
            chance.randrange(1000),
            number,
            chance.random(),
            chance.random() * 100,
            f"2026-01-{chance.randrange(1, 29):02}",
            None if number % 7 == 0 else f"note {number}",
            number % 2,
            chance.randrange(10**4) / 100,
            bytes(8),
        )


def build(path: Path) -> None:
    with create(path) as session:
        session.run("PRAGMA synchronous = OFF")
        session.run(f"CREATE TABLE t({COLUMNS})")
        with session.transaction():
            session.run_many(f"INSERT INTO t VALUES ({', '.join('?' * 12)})", rows())  # type: ignore[arg-type]
            for index in INDEXES:
                session.run(index)


def migrated(before: Path, name: str, statements: tuple[str, ...]) -> Path:
    after = before.with_name(name)
    copy_database(before, after, Context())
    with open_write(after) as session, session.transaction():
        for statement in statements:
            session.run(statement)
    return after


def differing(before: Path, after: Path) -> TableDifference:
    with open_read(before) as old, open_read(after) as new:
        was, now = read_schema(old), read_schema(new)
        names = Names((), was, now)
        with beside(new, before):
            return compare_table(new, pairs(was, now, names)[0], names)


def reading(before: Path, after: Path) -> None:
    for path in (before, after):
        with open_read(path) as session:
            deque(session.execute("SELECT * FROM t"), maxlen=0)


def measure(before: Path, after: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    return lambda: differing(before, after), lambda: reading(before, after)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        live = Path(folder) / "live.db"
        build(live)
        base = "`SELECT *` of both tables into Python"
        for figure, statements, changed in (
            ("Rows of a rebuilt table compared, 1 million by 12, all equal", SAME, 0),
            ("Rows of a rebuilt table compared, one in a thousand changed", FEW, 1_000),
            ("Rows of a rebuilt table compared, a number of each became text", EVERY, ROWS),
        ):
            after = migrated(live, "after.db", statements)
            assert differing(live, after).changed == changed
            record(figure, compare(*measure(live, after), rounds=ROUNDS), base=base, limit=0.6)
            after.unlink()
