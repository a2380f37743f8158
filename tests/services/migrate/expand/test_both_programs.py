"""Old and new programs write side by side: both always find their column as it would be had there been one column."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.services.migrate.expand.model import Wanted

from .programs import FAILURES, OurSqlite, OwnSqlite, statements_for

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


def _run(program: OwnSqlite, verb: str, name: str, key: int, value: Any) -> bool:
    """Whether a program's step went through."""
    done = True
    for sql, bindings in _statements(verb, name, key, value):
        try:
            program.run(sql, bindings)
        except FAILURES:
            done = False
    return done


@pytest.mark.parametrize("engine", [OwnSqlite, OurSqlite])
@settings(max_examples=40, deadline=None)
@given(
    column=st.sampled_from(COLUMNS),
    rowid=st.booleans(),
    recursive=st.booleans(),
    before=st.lists(st.tuples(KEYS, VALUES), max_size=4),
    while_filling=st.lists(STEPS, max_size=5),
    steps=st.lists(STEPS, min_size=1, max_size=12),
)
def test_a_renamed_column_is_one_column_for_both(
    engine: type[OwnSqlite],
    column: str,
    rowid: bool,
    recursive: bool,
    before: list[tuple[int, Any]],
    while_filling: list[tuple[str, str, int, Any]],
    steps: list[tuple[str, str, int, Any]],
) -> None:
    create = f"CREATE TABLE t (id INTEGER PRIMARY KEY, c {column}, other INTEGER DEFAULT 0)"
    create += "" if rowid else " WITHOUT ROWID"
    with tempfile.TemporaryDirectory() as folder:
        expand, fill = statements_for([create], "c", [Wanted("n")], Path(folder))
    both, alone = engine(":memory:", recursive=recursive), engine(":memory:")
    for program in (both, alone):
        program.run(create)
        for key, value in before:
            _run(program, "insert", "c", key, value)
    _expand(both, expand)
    for verb, _, key, value in while_filling:  # new programs come when the rows are filled
        _step(both, alone, verb, "c", key, value, column, fill)
    both.run(fill[-1])
    for verb, name, key, value in steps:
        _step(both, alone, verb, name, key, value, column, fill)
        assert _held(both, "n") == _held(alone, "c")
    both.close()
    alone.close()


def _step(
    both: OwnSqlite,
    alone: OwnSqlite,
    verb: str,
    name: str,
    key: int,
    value: Any,
    column: str,
    fill: list[str],
) -> None:
    if verb == "fill":
        both.run(fill[0])
        return
    if verb in ("ignore", "replace") and "NOT NULL" in column and value is None:
        return  # a NULL that SQLite would pass over, or take the default for, is refused
    went = [_run(both, verb, name, key, value), _run(alone, verb, "c", key, value)]
    assert verb == "ignore" or went[0] == went[1]
    assert _held(both, "c") == _held(alone, "c")


def _expand(program: OwnSqlite, statements: list[str]) -> None:
    """As the runner does it, with the SQLite of today, which alone can lift NOT NULL; then handed to the program."""
    if isinstance(program, OurSqlite):
        for statement in statements:
            program.run(statement)
        return
    import apsw  # the file goes over as a whole

    ours = apsw.Connection(":memory:")
    ours.deserialize("main", program.connection.serialize())
    for statement in statements:
        ours.execute(statement).fetchall()
    program.connection.deserialize(ours.serialize("main"))
    ours.close()


def _held(program: OwnSqlite, name: str) -> list[tuple[Any, ...]]:
    return program.run(f"SELECT id, {name}, typeof({name}), other FROM t ORDER BY id")
