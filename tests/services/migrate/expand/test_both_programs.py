"""Old and new programs write side by side: both always find their column as it would be had there been one column."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.services.migrate.expand.model import Wanted

from .programs import OurSqlite, OwnSqlite, statements_for
from .steps import COLUMNS, KEYS, STEPS, VALUES, expanded_by, run_step


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
            run_step(program, "insert", "c", key, value)
    expanded_by(both, expand)
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
    went = [run_step(both, verb, name, key, value), run_step(alone, verb, "c", key, value)]
    assert verb == "ignore" or went[0] == went[1]
    assert _held(both, "c") == _held(alone, "c")


def _held(program: OwnSqlite, name: str) -> list[tuple[Any, ...]]:
    return program.run(f"SELECT id, {name}, typeof({name}), other FROM t ORDER BY id")
