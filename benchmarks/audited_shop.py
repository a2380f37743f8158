"""A table of ten columns under audit with a long log: what history, time travel, undo and seals are measured on.

    path = build(folder / "shop.db")          a million changes, all sealed but the last 20,000

A fifth of the changes are inserts, the last ones deletes, the others update two columns of a row taken at random.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from steward_app.db import WriteSession, open_read, open_write
from steward_app.db.open import create
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine.arm import arm
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.seals.seal import seal
from steward_app.services.schema.introspect import read_schema
from steward_app.storage.secrets import open_secrets

CHANGES = 1_000_000
UNSEALED = 20_000
TABLE = "customer"
DDL = (
    f"CREATE TABLE {TABLE} (id INTEGER PRIMARY KEY, name TEXT, email TEXT, city TEXT, notes TEXT, age INTEGER,"
    " score REAL, balance REAL, created TEXT, flag INTEGER)"
)
_TO_A_TRANSACTION = 10_000


def build(path: Path, changes: int = CHANGES, *, unsealed: int = UNSEALED) -> Path:
    """Make the file. Seals are signed with the key of `STEWARD_HOME`."""
    with create(path) as session:
        for setting in ("journal_mode = WAL", "synchronous = OFF"):
            session.run(f"PRAGMA {setting}")
        with session.transaction():
            session.run(DDL)
    with open_read(path) as reader:
        schema = read_schema(reader)
    shape = shape_of(next(table for table in schema.tables if table.name == TABLE), schema)
    with open_write(path) as session:
        for setting in ("synchronous = OFF", "cache_size = -200000"):
            session.run(f"PRAGMA {setting}")
        with session.transaction():
            arm(session, shape)
        statements = _statements(changes)
        _write(session, statements, changes - unsealed)
        with session.transaction():
            seal(session, open_secrets(), Context())
        _write(session, statements, unsealed)
        session.run("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def _write(session: WriteSession, statements: Iterator[tuple[str, tuple[object, ...]]], count: int) -> None:
    for start in range(0, count, _TO_A_TRANSACTION):
        with session.transaction():
            for _ in range(min(_TO_A_TRANSACTION, count - start)):
                sql, bindings = next(statements)
                session.run(sql, bindings)  # type: ignore[arg-type]


def _statements(changes: int) -> Iterator[tuple[str, tuple[object, ...]]]:
    """As many statements, each of which changes one row."""
    chance = random.Random(3)
    rows, deletes = changes // 5, changes // 50
    for n in range(1, rows + 1):
        person = (f"name {n}", f"u{n}@x.example", f"city{n % 50}", f"some notes here for row {n}", n % 90)
        yield (
            f"INSERT INTO {TABLE} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (n, *person, n / 7, n * 1.1, "2026-01-01", n & 1),
        )
    update = f"UPDATE {TABLE} SET balance = balance + 1.5, flag = 1 - flag WHERE id = ?"
    for _ in range(changes - rows - deletes):
        yield update, (chance.randrange(1, rows + 1),)
    for n in chance.sample(range(1, rows + 1), deletes):
        yield f"DELETE FROM {TABLE} WHERE id = ?", (n,)
