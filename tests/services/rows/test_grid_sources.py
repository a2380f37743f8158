"""Every kind of table, view and query can be paged through, and says honestly what it is."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from builders import a_database
from steward_app import db
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused, StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.rows import (
    Condition,
    Filter,
    Grid,
    Operator,
    Page,
    Precision,
    RowCount,
    Sort,
    source_of_query,
)

ENDLESS = (
    "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
)


def _column(page: Page, place: int = 0) -> list[object]:
    return [row[place] for row in page.rows]


def _walk(grid: Grid) -> list[object]:
    page = grid.first_page()
    found = _column(page)
    while page.has_after:
        page = grid.page_after(page)
        found += _column(page)
    return found


def test_text_primary_key_with_nulls_is_paged_by_rowid(tmp_path, opened):
    file = opened(
        a_database(tmp_path).with_table(
            "t", "code TEXT PRIMARY KEY, n", rows=[(None, 1), ("b", 2), (None, 3), ("a", 4)]
        )
    )
    grid = Grid(file.session, file.source("t"), page_rows=2)
    assert grid.key_columns == ("rowid",)
    assert _walk(grid) == [None, "b", None, "a"]


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ("rowid TEXT, n", "_rowid_"),
        ("rowid TEXT, _rowid_ TEXT, n", "oid"),
        ("RowID INTEGER PRIMARY KEY, n", "RowID"),
        ("rowid, _rowid_, oid INTEGER PRIMARY KEY, n", "oid"),
    ],
)
def test_columns_that_shadow_the_rowid(tmp_path, opened, columns, key):
    width = columns.count(",") + 1
    rows = [tuple(f"x{9 - n}" if place else n for place in range(width))[::-1] for n in range(9)]
    if "PRIMARY" in columns:
        rows = [(*range(width - 2), n, f"x{n}") if width > 2 else (n, f"x{n}") for n in range(9)]
    file = opened(a_database(tmp_path).with_table("t", columns, rows=rows))
    grid = Grid(file.session, file.source("t"), page_rows=4)
    assert grid.key_columns == (key,)
    assert len(_walk(grid)) == 9
    found = grid.page_from(grid.first_page().keys[3])
    assert found.first_row == 4


def test_all_three_names_taken_and_no_key_falls_back_to_numbers(tmp_path, opened):
    file = opened(
        a_database(tmp_path).with_table("t", "rowid, _rowid_, oid", rows=[(n, -n, n % 3) for n in range(10)])
    )
    grid = Grid(file.session, file.source("t"), page_rows=4, sort=[Sort("oid"), Sort("_rowid_")])
    assert grid.key_columns == ()
    assert not grid.ready
    assert _walk(grid) == [9, 6, 3, 0, 7, 4, 1, 8, 5, 2]
    assert grid.ready
    assert grid.first_page().keys[0] == (1,)


def test_all_three_names_taken_with_a_unique_index_uses_it(tmp_path, opened):
    file = opened(
        a_database(tmp_path).with_table(
            "t", "rowid NOT NULL UNIQUE, _rowid_, oid", rows=[(n * 7 % 10, n, n) for n in range(10)]
        )
    )
    grid = Grid(file.session, file.source("t"), page_rows=4)
    assert grid.key_columns == ("rowid",)
    assert _walk(grid) == list(range(10))


def test_without_rowid_with_a_composite_key_in_its_own_collation(tmp_path, opened):
    rows = [("b", 2), ("A", 1), ("a", 2), ("B", 3), ("c", 1)]
    file = opened(
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE t (name TEXT, n INTEGER, PRIMARY KEY (name COLLATE NOCASE, n DESC)) WITHOUT ROWID"
        )
        .with_rows("t", rows)
    )
    grid = Grid(file.session, file.source("t"), page_rows=2)
    assert grid.key_columns == ("name", "n")
    assert [(row[0], row[1]) for row in grid.first_page().rows] == [("a", 2), ("A", 1)]
    assert _walk(grid) == ["a", "A", "B", "b", "c"]
    assert grid.total == RowCount(5)
    key = grid.locate(("name", "n"), ("B", "3"))
    assert key is not None
    assert grid.page_from(key).rows[0] == ("B", 3)


def test_virtual_table_with_a_rowid(tmp_path, opened):
    texts = [(f"note {n}",) for n in range(30)]
    file = opened(
        a_database(tmp_path).with_sql("CREATE VIRTUAL TABLE f USING fts5(body)").with_rows("f", texts)
    )
    grid = Grid(file.session, file.source("f"), page_rows=7)
    assert [column.name for column in grid.columns] == ["body"]
    assert _walk(grid) == [text for (text,) in texts]


def test_hostile_names(tmp_path, opened):
    name = 'a"b\n‮<img onerror=x>=cmd|'
    file = opened(
        a_database(tmp_path)
        .with_sql(
            f'CREATE TABLE {db.quote(name)} ({db.quote(name)} TEXT, "order" INT, "rank" INT, "value" INT, "n" INT)'
        )
        .with_rows(name, [("x", n % 3, n, n, n) for n in range(20)])
    )
    source = file.source(name)
    chosen = Filter((Condition(name, Operator.EQUAL, ("x",)),))
    grid = Grid(
        file.session, source, sort=[Sort("order"), Sort("value", descending=True)], filter=chosen, page_rows=6
    )
    grid.prepare()
    assert [row[2] for row in grid.first_page().rows] == [18, 15, 12, 9, 6, 3]


def test_a_view_shows_its_first_rows_without_being_computed_whole(tmp_path, opened):
    file = opened(a_database(tmp_path).with_sql(ENDLESS))
    grid = Grid(file.session, file.source("endless"), page_rows=50, bound=1_000)
    page = grid.first_page()
    assert _column(page) == list(range(1, 51))
    assert page.has_after
    assert not grid.ready
    assert grid.total.text == "not counted yet"


def test_an_endless_view_is_bounded_and_says_so(tmp_path, opened):
    file = opened(a_database(tmp_path).with_sql(ENDLESS))
    grid = Grid(file.session, file.source("endless"), page_rows=50, bound=1_000)
    last = grid.last_page()
    assert _column(last) == list(range(951, 1001))
    assert last.has_after
    assert grid.total == RowCount(1_000, Precision.AT_LEAST)
    assert grid.total.text == "more than 1,000 rows"
    assert grid.page_at(500).first_row == 500


def test_an_endless_sort_can_be_cancelled(tmp_path, opened):
    file = opened(a_database(tmp_path).with_sql(ENDLESS))
    grid = Grid(file.session, file.source("endless"), sort=[Sort("i", descending=True)], page_rows=5)
    context = Context()
    timer = threading.Timer(0.1, context.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        grid.prepare(context)
    assert not grid.ready
    assert Grid(file.session, file.source("endless"), page_rows=3).first_page().rows == ((1,), (2,), (3,))


def test_a_short_view_is_complete_at_once(tmp_path, opened):
    file = opened(
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, v", rows=[(n, n % 2) for n in range(5)])
        .with_sql("CREATE VIEW v AS SELECT id, v FROM t ORDER BY id DESC")
    )
    grid = Grid(file.session, file.source("v"), page_rows=50)
    assert _column(grid.first_page()) == [4, 3, 2, 1, 0]
    assert grid.ready
    assert grid.total == RowCount(5)
    value = grid.read_cell((2,), "id")
    assert value is not None
    assert value.value == 3
    filtered = Grid(file.session, file.source("v"), filter=Filter((Condition("v", Operator.EQUAL, (1,)),)))
    assert _column(filtered.first_page()) == [3, 1]


def test_rows_without_a_key_are_counted_when_asked(tmp_path, opened):
    file = opened(
        a_database(tmp_path)
        .with_table("t", "v", rows=[(n,) for n in range(500)])
        .with_sql("CREATE VIEW v AS SELECT v FROM t")
    )
    grid = Grid(file.session, file.source("v"), page_rows=10, bound=100)
    assert grid.first_page().has_after
    grid.use(grid.find_anchors(file.session, Context()))
    assert grid.total == RowCount(500)
    grid.prepare()
    assert grid.total == RowCount(100, Precision.AT_LEAST)
    sorted_grid = Grid(file.session, file.source("t"), sort=[Sort("v")])
    sorted_grid.prepare()
    sorted_grid.use(sorted_grid.find_anchors(file.session, Context()))
    assert sorted_grid.total == RowCount(500)
    assert sorted_grid.page_at(300).rows[0] == (299,)


def test_a_query_with_repeated_names_and_an_order(tmp_path, opened):
    file = opened(a_database(tmp_path).with_table("t", "a, b", rows=[(n, 10 - n) for n in range(10)]))
    source = source_of_query(file.session, "SELECT a, b AS a, a + b FROM t ORDER BY b -- by b")
    assert [column.name for column in source.columns] == ["a", "a (2)", "a + b"]
    grid = Grid(file.session, source, page_rows=4)
    assert [(row[0], row[1]) for row in grid.first_page().rows] == [(9, 1), (8, 2), (7, 3), (6, 4)]
    other = Grid(file.session, source, sort=[Sort("a (2)", descending=True)], page_rows=4)
    assert _column(other.first_page()) == [0, 1, 2, 3]


def test_a_query_that_writes_is_no_source(tmp_path, opened):
    file = opened(a_database(tmp_path).with_table("t", "a", rows=[(1,)]))
    with pytest.raises(Refused):
        source_of_query(file.session, "DELETE FROM t RETURNING a")
    with pytest.raises(Refused):
        source_of_query(file.session, "PRAGMA table_info(t)")
    with pytest.raises(UsageError):
        source_of_query(file.session, "SELECT a FROM t) UNION SELECT (1")


def test_broken_and_unreadable_objects_are_named(tmp_path, opened):
    file = opened(
        a_database(tmp_path).with_sql(
            "CREATE TABLE t (a)",
            "INSERT INTO t VALUES (1)",
            "CREATE VIEW gone AS SELECT missing FROM t",
            "CREATE VIEW late AS SELECT abs(-9223372036854775807 - a) AS b FROM t",
        )
    )
    with pytest.raises(Failure, match="“gone” cannot be read"):
        file.source("gone")
    with pytest.raises(StewardError, match="“late” cannot be read: integer overflow"):
        Grid(file.session, file.source("late")).first_page()


def test_an_unknown_column_is_said_with_the_columns_there_are(tmp_path, opened):
    file = opened(a_database(tmp_path).with_table("t", "a, b"))
    for arguments in (
        {"columns": ["c"]},
        {"sort": [Sort("c")]},
        {"filter": Filter((Condition("c", Operator.EMPTY),))},
    ):
        with pytest.raises(UsageError, match="There is no column “c”") as caught:
            Grid(file.session, file.source("t"), **arguments)
        assert caught.value.code is ErrorCode.UNKNOWN_OBJECT
        assert "a, b" in caught.value.hint


def test_an_empty_table(tmp_path, opened):
    file = opened(a_database(tmp_path).with_table("t", "a"))
    for sort in ([], [Sort("a")]):
        grid = Grid(file.session, file.source("t"), sort=sort)
        page = grid.first_page()
        assert (page.rows, page.has_before, page.has_after) == ((), False, False)
        assert grid.total == RowCount(0)
        assert grid.last_page() == grid.page_after(page) == grid.page_before(page) == grid.page_at(7) == page
        assert grid.page_at_fraction(0.5) == page
        with pytest.raises(UsageError):
            Grid(file.session, file.source("t"), sort=[Sort("a")]).page_from((1,))


def test_the_file_is_the_same_after_sorting_and_listing(tmp_path, opened):
    path: Path = a_database(tmp_path).with_table("t", "a", rows=[(n * 7 % 100,) for n in range(100)]).build()
    before = path.read_bytes()
    file = opened(path)
    grid = Grid(file.session, file.source("t"), sort=[Sort("a")])
    grid.prepare()
    assert grid.first_page().rows[0] == (0,)
    grid.close()
    assert not grid.session.all("SELECT name FROM temp.sqlite_schema")
    file.session.close()
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == [path.name]


def test_a_column_that_another_program_renamed_is_an_error_and_never_text(tmp_path, opened):
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, old", rows=[(1, "x")]).build()
    file = opened(path)
    source = file.source("t")
    with db.open_write(path) as writer, writer.transaction():
        writer.run("ALTER TABLE t RENAME COLUMN old TO new")
    chosen = Filter((Condition("old", Operator.EQUAL, ("x",)),))
    for settings in ({}, {"columns": ["id"], "sort": [Sort("old")]}, {"columns": ["id"], "filter": chosen}):
        with pytest.raises(Failure, match=r"“t” cannot be read: no such column: t\.old"):
            Grid(file.session, source, **settings).first_page()


def test_rows_deleted_by_another_program_are_left_out(tmp_path, opened):
    path = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, a", rows=[(n, -n) for n in range(20)])
        .build()
    )
    file = opened(path)
    listed = Grid(file.session, file.source("t"), sort=[Sort("a")], page_rows=5)
    listed.prepare()
    by_key = Grid(file.session, file.source("t"), page_rows=5)
    first = by_key.first_page()
    with db.open_write(path) as writer, writer.transaction():
        writer.run("DELETE FROM t WHERE id IN (4, 17)")
    assert _column(listed.first_page()) == [19, 18, 16, 15]
    assert _column(listed.page_after(listed.first_page())) == [14, 13, 12, 11, 10]
    assert _column(by_key.page_after(first)) == [5, 6, 7, 8, 9]
    assert listed.read_row((17,)) == ()
    assert listed.read_cell((17,), "a") is None
