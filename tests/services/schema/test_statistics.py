"""Row counts that say how sure they are, and where the space goes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db.open import create, open_read
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context, Progress
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table
from steward_app.services.schema.statistics import (
    Certainty,
    RowCount,
    count_rows,
    estimate_rows,
    measure_space,
    rowid_range,
)

NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "


def estimate(path: Path, name: str) -> RowCount | None:
    with open_read(path) as session:
        return estimate_rows(session, table_in(read_schema(session), name))


def table_in(schema: Schema, name: str) -> Table:
    found = schema.table(name)
    assert found is not None
    return found


def test_a_small_table_is_counted(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a", rows=[(i,) for i in range(300)]).build()
    assert estimate(path, "t") == RowCount("t", 300, Certainty.EXACT, "counted")


@pytest.mark.parametrize("gone", ["0", "a % 10 < 5", "a BETWEEN 3000 AND 17000", "a > 5 AND a < 19000"])
def test_a_large_table_is_estimated_from_its_rowids_with_gaps_or_without(tmp_path: Path, gone: str) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE t (a INTEGER PRIMARY KEY)", NUMBERS.format(20_000) + "INSERT INTO t SELECT i FROM n"
        )
        .with_sql(f"DELETE FROM t WHERE {gone}")
        .build()
    )
    found = estimate(path, "t")
    assert found is not None
    with open_read(path) as session:
        exact = count_rows(session, table_in(read_schema(session), "t"))
    assert (exact.certainty, exact.source) == (Certainty.EXACT, "counted")
    assert found.certainty is Certainty.ABOUT
    assert abs(found.rows - exact.rows) <= 0.1 * 20_000


def test_the_statistics_of_analyze_are_believed_where_they_fit(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with create(path) as session:
        session.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b)")
        session.run("CREATE INDEX i ON t (b)")
        session.run("CREATE INDEX few ON t (a) WHERE b = 1")
        session.run(NUMBERS.format(20_000) + "INSERT INTO t SELECT i * 3, i % 7 FROM n")
        session.run("ANALYZE")
    assert estimate(path, "T") == RowCount("t", 20_000, Certainty.ABOUT, "from the statistics of ANALYZE")
    with create(tmp_path / "u.db") as session:
        session.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b)")
        session.run("CREATE INDEX i ON t (b)")
        session.run(NUMBERS.format(5_000) + "INSERT INTO t SELECT i, 1 FROM n")
        session.run("ANALYZE")
        session.run("DELETE FROM t")
        session.run(NUMBERS.format(50_000) + "INSERT INTO t SELECT i, 1 FROM n")
    old = estimate(tmp_path / "u.db", "t")
    assert old is not None
    assert (old.rows, old.source) == (50_000, "from the rowids in use")


def test_a_table_without_rowid_says_at_least(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql("CREATE TABLE t (a INTEGER PRIMARY KEY) WITHOUT ROWID")
        .with_sql(NUMBERS.format(9_000) + "INSERT INTO t SELECT i FROM n")
        .build()
    )
    assert estimate(path, "t") == RowCount("t", 4_096, Certainty.AT_LEAST, "counted so far")


def test_views_virtual_and_broken_tables_have_no_estimate(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE VIEW endless AS WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r"
        )
        .with_sql("CREATE VIRTUAL TABLE f USING fts5(a)", "CREATE VIEW broken AS SELECT * FROM gone")
        .build()
    )
    assert [estimate(path, name) for name in ("endless", "f", "broken")] == [None, None, None]


def test_counting_what_never_ends_is_cancelled(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE VIEW endless AS WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r"
        )
        .build()
    )
    context = Context()
    timer = threading.Timer(0.1, context.cancel)
    with open_read(path) as session:
        view = table_in(read_schema(session), "endless")
        timer.start()
        with pytest.raises(Cancelled):
            count_rows(session, view, context)
    timer.join()


def test_rowids_at_the_ends_of_their_range_and_under_other_names(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("t", "a INTEGER PRIMARY KEY, rowid TEXT", rows=[(-(2**63), "x"), (2**63 - 1, "y")])
        .with_table("hidden", "rowid, _rowid_, oid", rows=[(1, 2, 3)])
        .with_table("empty", "a")
        .build()
    )
    with open_read(path) as session:
        schema = read_schema(session)
        extent = rowid_range(session, table_in(schema, "t"))
        assert extent is not None
        assert (extent.first, extent.last, extent.span) == (-(2**63), 2**63 - 1, 2**64)
        assert rowid_range(session, table_in(schema, "hidden")) is None
        empty = rowid_range(session, table_in(schema, "empty"))
        assert empty is not None
        assert empty.span == 0
        found = estimate_rows(session, table_in(schema, "t"))
        assert found is not None
        assert found.certainty is Certainty.ABOUT
        hidden = estimate_rows(session, table_in(schema, "hidden"))
        assert hidden == RowCount("hidden", 1, Certainty.EXACT, "counted")


def test_space_is_told_by_table_with_its_indexes_and_adds_up_to_the_file(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("big", "a, b", rows=[(i, "x" * 200) for i in range(500)])
        .with_sql(
            "CREATE INDEX i ON big (b)", "CREATE VIRTUAL TABLE f USING fts5(a)", "CREATE VIEW v AS SELECT 1"
        )
        .with_table("small", "a PRIMARY KEY, b", rows=[(1, 2)])
        .build()
    )
    told: list[Progress] = []
    with open_read(path) as session:
        schema = read_schema(session)
        spaces = measure_space(session, schema, Context(told.append))
    by_name = {space.table: space for space in spaces}
    assert spaces[0].table == "big"
    assert by_name["big"].index_bytes > 100_000
    assert by_name["big"].bytes == by_name["big"].table_bytes + by_name["big"].index_bytes
    assert by_name["small"].index_bytes == 4_096
    assert sum(space.bytes for space in spaces) == path.stat().st_size
    assert told[-1].total == path.stat().st_size
    cancelled = Context()
    cancelled.cancel()
    with open_read(path) as session, pytest.raises(Cancelled):
        measure_space(session, schema, cancelled)


def test_a_page_beyond_the_end_is_damage_and_no_full_disk(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("big", "a", rows=[("x" * 500,) for _ in range(200)]).build()
    with open_read(path) as session:
        schema = read_schema(session)
        root = session.one("SELECT rootpage FROM sqlite_schema WHERE name = 'big'")
    assert root is not None and isinstance(root[0], int)
    damaged = bytearray(path.read_bytes())
    page = (root[0] - 1) * 4_096
    assert damaged[page] == 5  # an inner page; its last child stands at byte 8
    damaged[page + 8 : page + 12] = b"\xff" * 4
    path.write_bytes(damaged)
    with open_read(path) as session, pytest.raises(Failure) as caught:
        measure_space(session, schema)
    assert caught.value.code is ErrorCode.DAMAGED
    assert path.name in caught.value.message
