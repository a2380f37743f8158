"""Old and new programs write a column in two forms: each finds what it wrote, and by the other form what it says."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.services.migrate.expand.model import Wanted

from .programs import FAILURES, OurSqlite, OwnSqlite, statements_for


@dataclass(frozen=True)
class Change:
    """A column in its old and new form; `back` makes the one, `forth` the others."""

    old: str
    new: tuple[str, ...]
    forth: tuple[str, ...] = ()
    back: str = ""

    @property
    def names(self) -> list[str]:
        return [f"n{number}" for number in range(len(self.new))]

    @property
    def wanted(self) -> list[Wanted]:
        values = self.forth or ("",) * len(self.new)
        return [
            Wanted(name, kind, value) for name, kind, value in zip(self.names, self.new, values, strict=True)
        ]


CHANGES = {
    "text to number": Change("TEXT", ("INTEGER",)),
    "number to text": Change("INTEGER DEFAULT 5", ("TEXT",)),
    "untyped to number": Change("", ("NUMERIC",)),
    "number to untyped": Change("REAL DEFAULT 1", ("",)),
    "text to real, not null": Change("TEXT NOT NULL DEFAULT '0'", ("REAL",)),
    "in cents": Change("REAL", ("INTEGER",), ("CAST(round(c * 100) AS INTEGER)",), "CAST(n0 AS REAL) / 100"),
    "without case": Change("TEXT COLLATE NOCASE", ("TEXT",), ("upper(c)",), "n0"),
    "an hour that is lost": Change(
        "TEXT DEFAULT 'x'", ("TEXT",), ("substr(c, 1, 3) || '-1'",), "substr(n0, 1, 3)"
    ),
    "split": Change(
        "TEXT", ("TEXT", "INTEGER"), ("substr(c, 1, 1)", "CAST(substr(c, 2) AS INTEGER)"), "n0 || n1"
    ),
    "split with a default": Change(
        "TEXT NOT NULL DEFAULT 'a7'",
        ("TEXT", "TEXT"),
        ("substr(c, 1, 1)", "substr(c, 2)"),
        "coalesce(n0, '') || coalesce(n1, '')",
    ),
}
VALUES = st.sampled_from([None, "a7", "A7", "007", "7", "7.5", "abc", "", 7, 7.5, 1, -3, 2**62, 1e300, b"7"])
STEPS = st.tuples(
    st.sampled_from(["insert", "update", "every", "replace", "without"]),
    st.sampled_from(["old", "new"]),
    st.integers(1, 3),
    VALUES,
    VALUES,
)


def _write(program: OwnSqlite, verb: str, names: list[str], key: int, values: list[Any]) -> bool:
    listed, marks = ", ".join(names), ", ".join("?" for _ in names)
    sets = ", ".join(f"{each} = ?" for each in names)
    statements = {
        "insert": (f"INSERT INTO t (id, {listed}) VALUES (?, {marks})", [key, *values]),
        "replace": (f"INSERT OR REPLACE INTO t (id, {listed}) VALUES (?, {marks})", [key, *values]),
        "update": (f"UPDATE t SET {sets} WHERE id = ?", [*values, key]),
        "every": (f"UPDATE t SET {sets}", values),
        "without": ("INSERT INTO t (id) VALUES (?)", [key]),
    }
    try:
        program.run(*statements[verb])
    except FAILURES:
        return False
    return True


def _stored(program: OwnSqlite, declared: str, value_sql: str, where: int) -> tuple[Any, ...]:
    """What a column of that type makes of an expression over a row."""
    program.run(f"CREATE TEMP TABLE probe (v {declared.split(' NOT NULL')[0]})")
    program.run(f"INSERT INTO probe SELECT {value_sql} FROM t WHERE id = ?", [where])
    found = program.run("SELECT v, typeof(v) FROM probe")
    program.run("DROP TABLE probe")
    return found[0]


@pytest.mark.parametrize("name", CHANGES)
@settings(max_examples=25, deadline=None)
@given(
    recursive=st.booleans(),
    before=st.lists(VALUES, max_size=3),
    steps=st.lists(STEPS, min_size=1, max_size=8),
)
def test_each_finds_what_it_wrote_and_what_the_other_says(
    name: str, recursive: bool, before: list[Any], steps: list[Any]
) -> None:
    change = CHANGES[name]
    create = f"CREATE TABLE t (id INTEGER PRIMARY KEY, c {change.old})"
    with tempfile.TemporaryDirectory() as folder:
        expand, fill = statements_for([create], "c", change.wanted, Path(folder), change.back)
    program = OurSqlite(":memory:", recursive=recursive)
    program.run(create)
    for number, value in enumerate(before, 1):
        _write(program, "insert", ["c"], number, [value])
    for statement in [*expand, *fill]:
        program.run(statement)
    for verb, who, key, one, two in steps:
        names = ["c"] if who == "old" else change.names
        values = [one, two][: len(names)]
        default = verb == "replace" and None in values  # SQLite takes the default for a NULL there
        if _write(program, verb, names, key, values) and verb not in ("every", "without") and not default:
            _finds_what_it_wrote(program, change, names, key, values)
        _says_the_same(program, change)
    program.close()


def _finds_what_it_wrote(
    program: OwnSqlite, change: Change, names: list[str], key: int, values: list[Any]
) -> None:
    declared = [change.old] if names == ["c"] else list(change.new)
    for each, kind, value in zip(names, declared, values, strict=False):
        for row in program.run(f"SELECT {each}, typeof({each}) FROM t WHERE id = ?", [key]):
            program.run(f"CREATE TEMP TABLE probe (v {kind.split(' NOT NULL')[0]})")
            program.run("INSERT INTO probe VALUES (?)", [value])
            assert row == program.run("SELECT v, typeof(v) FROM probe")[0]
            program.run("DROP TABLE probe")


def _says_the_same(program: OwnSqlite, change: Change) -> None:
    forth = change.forth or ("c",)
    for (key,) in program.run("SELECT id FROM t"):
        new = [program.run(f"SELECT {n}, typeof({n}) FROM t WHERE id = ?", [key])[0] for n in change.names]
        old = program.run("SELECT c, typeof(c) FROM t WHERE id = ?", [key])[0]
        made = [_stored(program, kind, sql, key) for kind, sql in zip(change.new, forth, strict=True)]
        assert new == made or old == _stored(program, change.old, change.back or "n0", key)
