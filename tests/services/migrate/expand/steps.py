"""What programs do with a table whose column c is to be called n, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw
from hypothesis import strategies as st

from .programs import FAILURES, OurSqlite, OwnSqlite

COLUMNS = (
    "TEXT",
    "TEXT COLLATE NOCASE",
    "TEXT NOT NULL",
    "TEXT DEFAULT 'n/a'",
    "TEXT NOT NULL DEFAULT 'n/a'",
    "TEXT UNIQUE",
    "TEXT NOT NULL UNIQUE COLLATE NOCASE",
    "INTEGER",
    "INTEGER DEFAULT -1",
    "INTEGER CHECK (c > 0)",
    "REAL DEFAULT 1",
    "NUMERIC",
    "BLOB",
    "",
    "DEFAULT 7",
)
VALUES = st.one_of(
    st.none(),
    st.sampled_from(["a", "A", "b", "n/a", "7", "007", "1.0", "9223372036854775808", "", " "]),
    st.integers(-2, 8),
    st.sampled_from([1.0, 7.0, -1.0, 0.1, 2.5e300]),
    st.sampled_from([b"", b"a", b"7"]),
)
KEYS = st.integers(1, 5)
PROGRAM = st.sampled_from(["c", "n"])  # the name by which a program knows the column
STEPS = st.one_of(
    st.tuples(st.sampled_from(["insert", "update", "upsert", "replace", "ignore"]), PROGRAM, KEYS, VALUES),
    st.tuples(st.sampled_from(["insert_without", "delete", "other", "swap"]), PROGRAM, KEYS, st.none()),
    st.tuples(st.sampled_from(["every", "rolled_back"]), PROGRAM, KEYS, VALUES),
    st.tuples(st.just("fill"), PROGRAM, st.just(0), st.none()),
)


def _statements(verb: str, name: str, key: int, value: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    match verb:
        case "insert":
            yield f"INSERT INTO t (id, {name}) VALUES (?, ?)", (key, value)
        case "upsert":
            yield (
                f"INSERT INTO t (id, {name}) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET {name} = excluded.{name}",
                (key, value),
            )
        case "replace" | "ignore":
            yield f"INSERT OR {verb.upper()} INTO t (id, {name}) VALUES (?, ?)", (key, value)
        case "update":
            yield f"UPDATE t SET {name} = ? WHERE id = ?", (value, key)
        case "every":
            yield f"UPDATE t SET {name} = ?, other = other + 1 WHERE id <> ?", (value, key)
        case "rolled_back":
            yield "SAVEPOINT s", ()
            yield f"UPDATE t SET {name} = ?", (value,)
            yield "ROLLBACK TO s", ()
        case "insert_without":
            yield "INSERT INTO t (id) VALUES (?)", (key,)
        case "delete":
            yield "DELETE FROM t WHERE id = ?", (key,)
        case "other":
            yield f"UPDATE t SET other = other + 1, {name} = {name} WHERE id = ?", (key,)
        case "swap":
            yield "UPDATE t SET id = id + 10 WHERE id = ?", (key,)


def run_step(program: OwnSqlite, verb: str, name: str, key: int, value: Any) -> bool:
    """Whether a program's step went through."""
    done = True
    for sql, bindings in _statements(verb, name, key, value):
        try:
            program.run(sql, bindings)
        except FAILURES:
            done = False
    return done


def expanded_by(program: OwnSqlite, statements: list[str]) -> None:
    """As the runner does it, with the SQLite of today, which alone can lift NOT NULL; then handed to the program."""
    if isinstance(program, OurSqlite):
        for statement in statements:
            program.run(statement)
        return
    ours = apsw.Connection(":memory:")  # the file goes over as a whole
    ours.deserialize("main", program.connection.serialize())
    for statement in statements:
        ours.execute(statement).fetchall()
    program.connection.deserialize(ours.serialize("main"))
    ours.close()
