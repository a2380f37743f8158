"""Row numbers: estimated at once, exact after a walk, never pretending."""

from __future__ import annotations

import threading

import pytest

from builders import a_database
from steward_app import db
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context, Progress
from steward_app.services.rows import (
    Condition,
    Filter,
    Grid,
    Operator,
    Precision,
    RowCount,
    Sort,
    count_rows,
    estimate_rows,
    sort_cost,
)

MANY = 30_000


def _numbers(columns: str, select: str, rows: int = MANY) -> str:
    return (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {rows}) "
        f"INSERT INTO t ({columns}) SELECT {select} FROM n"
    )


@pytest.fixture
def many(tmp_path, opened):
    """30,000 rows with ids from 1; `v` counts backwards and has an index, `w` has none."""
    return opened(
        a_database(tmp_path).with_sql(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v INT, w INT)",
            _numbers("v, w", f"{MANY} - i, i * 7919 % {MANY}"),
            "CREATE INDEX t_v ON t (v)",
        )
    )


def test_a_dense_table_is_estimated_exactly(many):
    grid = Grid(many.session, many.source("t"))
    assert grid.total == RowCount(MANY, Precision.ABOUT)
    assert grid.total.text == "about 30,000 rows"
    page = grid.page_at(15_000)
    assert page.rows[0][0] == 15_000
    assert (page.first_row, page.exact) == (15_000, False)
    assert grid.page_at_fraction(0).rows[0][0] == 1
    assert grid.page_at_fraction(1).rows[-1][0] == MANY
    assert grid.page_at_fraction(0.5).rows[0][0] == pytest.approx(15_000, abs=200)
    assert not grid.exact


@pytest.mark.parametrize(
    ("rowid", "what"),
    [
        ("i * 1000", "gaps everywhere"),
        ("CASE WHEN i < 29999 THEN i ELSE i * 1000000000 END", "crowded at the start"),
        ("i - 40000 + (i > 15000) * 1000000000000", "two crowds, one of negative ids"),
        ("i * i", "ever thinner"),
    ],
)
def test_estimates_survive_uneven_rowids(tmp_path, opened, rowid, what):
    file = opened(
        a_database(tmp_path).with_sql(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, n)", _numbers("id, n", f"{rowid}, i")
        )
    )
    for descending in (False, True):
        grid = Grid(file.session, file.source("t"), sort=[Sort("id", descending=descending)])
        assert grid.total.precision is Precision.ABOUT
        assert MANY / 2 < grid.total.value < MANY * 2, what
        places = [grid.page_at_fraction(fraction).rows[0][1] for fraction in (0, 0.25, 0.5, 0.75, 1)]
        assert places == sorted(places, reverse=descending), what


def test_the_numbers_at_both_ends_are_exact_or_say_about(many):
    grid = Grid(many.session, many.source("t"), page_rows=100)
    page = grid.last_page()
    assert (page.rows[-1][0], page.has_after, page.exact) == (MANY, False, False)
    first = grid.page_at(250)
    while first.has_before:
        first = grid.page_before(first)
    assert (first.first_row, first.exact, first.rows[0][0]) == (1, True, 1)


@pytest.mark.parametrize(
    ("sort", "upward"),
    [
        ([], True),
        ([Sort("v")], False),
        ([Sort("v", descending=True)], True),
        ([Sort("id", descending=True)], False),
    ],
)
def test_anchors_make_every_number_exact(many, sort, upward):
    grid = Grid(many.session, many.source("t"), sort=sort, page_rows=50)
    grid.use(grid.find_anchors(many.session, Context()))
    assert grid.exact
    assert grid.total == RowCount(MANY)
    for number in (1, 2, 199, 200, 201, 17_777, MANY - 49, MANY):
        page = grid.page_at(number)
        assert (page.first_row, page.exact) == (number, True)
        assert page.rows[0][0] == (number if upward else MANY + 1 - number)
    key = grid.locate(("id",), ("12345",))
    page = grid.page_from(key)
    assert (page.first_row, page.exact) == (12_345 if upward else MANY + 1 - 12_345, True)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_rows_are_numbered_in_the_order_of_the_encoding(tmp_path, opened, encoding):
    letters = ["a", "\U0001f600", "ä", "ā", "z", "\uffee"]
    file = opened(
        a_database(tmp_path)
        .with_pragma(f"encoding = '{encoding}'")
        .with_table("t", "id INTEGER PRIMARY KEY, a", rows=list(enumerate(letters)))
        .with_sql("CREATE INDEX t_a ON t (a)")
    )
    grid = Grid(file.session, file.source("t"), sort=[Sort("a")])
    order = [row[0] for row in grid.first_page().rows]
    for number, id_ in enumerate(order, 1):
        page = grid.page_from((id_,))
        assert (page.first_row, page.exact, page.rows[0][0]) == (number, True, id_)


def test_anchors_are_found_on_another_session_and_report(many):
    grid = Grid(many.session, many.source("t"))
    reports: list[Progress] = []
    with db.open_read(many.path) as other:
        anchors = grid.find_anchors(other, Context(reports.append))
    assert anchors.total == RowCount(MANY)
    assert len(anchors.places) == MANY // 200 + 1
    assert reports[-1] == Progress(MANY, MANY, "rows")
    assert [each.done for each in reports] == sorted(each.done for each in reports)


def test_finding_anchors_can_be_cancelled(many):
    context = Context()
    context.cancel()
    grid = Grid(many.session, many.source("t"))
    with pytest.raises(Cancelled):
        grid.find_anchors(many.session, context)
    assert grid.first_page().rows[0][0] == 1


def test_an_order_by_an_index_jumps_to_about_the_right_place(many):
    grid = Grid(many.session, many.source("t"), sort=[Sort("v")])
    assert grid.cost.served
    assert grid.cost.sentence == ""
    middle = grid.page_at_fraction(0.5)
    assert middle.rows[0][1] == pytest.approx(MANY / 2, abs=MANY * 0.02)
    assert not middle.exact


def test_an_unserved_order_is_said_and_prepared_once(many):
    cost = sort_cost(many.session, many.source("t"), [Sort("w")])
    assert (cost.served, cost.rows.value) == (False, MANY)
    assert cost.sentence == "No index serves this order: 30,000 rows are sorted first."
    grid = Grid(many.session, many.source("t"), sort=[Sort("w")])
    assert grid.ready  # few enough to be sorted without asking
    assert [row[2] for row in grid.first_page().rows[:3]] == [0, 1, 2]
    assert grid.exact
    assert grid.page_at(10_001).rows[0][2] == 10_000
    assert grid.page_from(grid.locate(("w",), (29_000,))).first_row == 29_001


def test_a_large_sort_asks_first_and_stops_within_100_ms(many, monkeypatch):
    monkeypatch.setattr("steward_app.services.rows.cost.SORTED_AT_ONCE", 1_000)
    everything = "SELECT a.w * b.v AS x FROM t a, t b"  # 900 million rows
    grid = Grid(many.session, many.source("t"), sort=[Sort("w")])
    assert not grid.ready
    assert grid.cost.rows == RowCount(MANY, Precision.ABOUT)
    grid.prepare()
    assert grid.ready

    from steward_app.services.rows import source_of_query

    endless = Grid(many.session, source_of_query(many.session, everything), sort=[Sort("x")])
    context, asked = Context(), threading.Event()

    def stop() -> None:
        asked.set()
        context.cancel()

    timer = threading.Timer(0.05, stop)
    timer.start()
    with pytest.raises(Cancelled):
        endless.prepare(context)
    assert asked.is_set()
    assert grid.first_page().rows[0][2] == 0


def test_a_filter_estimates_from_a_sample_or_says_nothing(many):
    source = many.source("t")
    half = Filter((Condition("v", Operator.GREATER_EQUAL, (MANY // 2,)),))
    assert estimate_rows(many.session, source, half).value == pytest.approx(MANY / 2, rel=0.1)
    few = Filter((Condition("w", Operator.EQUAL, (77,)),))
    assert estimate_rows(many.session, source, few).text == "not counted yet"
    grid = Grid(many.session, source, filter=few)
    assert grid.cost.scans
    page = grid.first_page()
    assert (len(page.rows), page.has_after, page.exact) == (1, False, True)
    assert grid.total == RowCount(1)


def test_counting_exactly(many, monkeypatch):
    source = many.source("t")
    assert count_rows(many.session, source, Context()) == RowCount(MANY)
    monkeypatch.setattr("steward_app.services.rows.counting._COUNTED_WHOLE", 100)
    reports: list[Progress] = []
    odd = Filter((Condition("w", Operator.LESS, (100,)),))
    assert count_rows(many.session, source, Context(reports.append), odd) == RowCount(100)
    assert len(reports) > 10
    assert reports[-1].done == reports[-1].total
    context = Context()
    context.cancel()
    with pytest.raises(Cancelled):
        count_rows(many.session, source, context, odd)


def test_without_rowids_a_large_table_says_more_than(tmp_path, opened, monkeypatch):
    monkeypatch.setattr("steward_app.services.rows.anchors._COUNTED_WITHOUT_ROWID", 1_000)
    file = opened(
        a_database(tmp_path).with_sql(
            "CREATE TABLE t (k TEXT PRIMARY KEY, n INT) WITHOUT ROWID",
            _numbers("k, n", "printf('%05d', i), i", 5_000),
        )
    )
    grid = Grid(file.session, file.source("t"), page_rows=10)
    assert grid.total.text == "more than 1,000 rows"
    page = grid.page_at(3_000)  # walked to
    assert (page.rows[0][1], page.first_row, page.exact) == (3_000, 3_000, True)
    assert grid.last_page().rows[-1][1] == 5_000
    grid.use(grid.find_anchors(file.session, Context()))
    assert grid.page_at(4_321).rows[0][1] == 4_321


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (RowCount(1), "1 row"),
        (RowCount(1204), "1,204 rows"),
        (RowCount(41_237, Precision.ABOUT), "about 41,000 rows"),
        (RowCount(10_213_942, Precision.ABOUT), "about 10.2 million rows"),
        (RowCount(2_000_000_000, Precision.ABOUT), "about 2 billion rows"),
        (RowCount(999, Precision.ABOUT), "about 999 rows"),
        (RowCount(0, Precision.AT_LEAST), "not counted yet"),
        (RowCount(100_000, Precision.AT_LEAST), "more than 100,000 rows"),
    ],
)
def test_counts_in_words(count, text):
    assert count.text == text
