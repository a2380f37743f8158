"""Rows encoded column by column are the bytes of their values, one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app import db
from steward_app.db import content
from steward_app.db.content import table_content
from steward_app.db.row_bytes import encoded, encoded_rows
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue

INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
ONE_CLASS = [st.none(), INTEGERS, st.floats(allow_nan=False), TEXTS, st.binary(max_size=6)]
COLUMN = st.sampled_from([*ONE_CLASS, st.one_of(*ONE_CLASS), st.one_of(st.none(), TEXTS)])


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    columns = draw(st.lists(COLUMN, min_size=1, max_size=7))
    return draw(st.lists(st.tuples(*columns), max_size=5))


@given(rows=tables())
@settings(max_examples=100, deadline=None)
def test_as_value_by_value(rows: list[tuple[SqlValue, ...]]) -> None:
    assert encoded_rows(rows) == b"".join(encoded(value) for row in rows for value in row)


@pytest.mark.parametrize(("size", "at_once"), [(10, {500, 100}), (1 << 20, {1})])
@pytest.mark.parametrize("more", ["", ", PRIMARY KEY (n)) WITHOUT ROWID"])
def test_large_rows_are_not_held_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, at_once: set[int], more: str
) -> None:
    held: set[int] = set()

    def noting(rows: list[Row]) -> bytes:
        held.add(len(rows))
        return encoded_rows(rows)

    path = (
        a_database(tmp_path)
        .with_sql(
            f"CREATE TABLE t(n, x{more or ')'}",
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 600)"
            " INSERT INTO t SELECT n, n FROM c",
            f"UPDATE t SET x = zeroblob({size}) WHERE n = 300",
        )
        .build()
    )
    monkeypatch.setattr(content, "encoded_rows", noting)
    with db.open_read(path) as session:
        assert table_content(session, "t", Context()).rows == 600
    assert held == at_once
