"""What a column holds, counted or estimated, and said so."""

from __future__ import annotations

import pytest

from builders import a_database
from steward_app.kernel.errors import Cancelled, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.rows import (
    Condition,
    Filter,
    Operator,
    Precision,
    Preview,
    RowCount,
    Storage,
    TopValue,
    column_statistics,
    source_of_query,
)


def test_a_mixed_column(tmp_path, opened):
    values = [None, 1, 2, 2, 2.5, "a", "bcd", "a", b"xyzw", None]
    file = opened(
        a_database(tmp_path).with_table("t", "v, value, steward_rows", rows=[(v, 1, 2) for v in values])
    )
    found = column_statistics(file.session, file.source("t"), "v", Context())
    assert (found.rows, found.empty, found.sampled, found.of_rows) == (10, 2, False, RowCount(10))
    assert dict(found.storages) == {
        Storage.INTEGER: 3,
        Storage.TEXT: 3,
        Storage.NULL: 2,
        Storage.REAL: 1,
        Storage.BLOB: 1,
    }
    assert found.distinct == RowCount(6)
    assert (found.smallest, found.largest) == (1, Preview(Storage.BLOB, 4, b"xyzw"))
    assert found.mean == pytest.approx(7.5 / 4)
    assert (found.shortest, found.longest) == (1, 4)
    assert found.top[:2] == (TopValue(2, 2), TopValue("a", 2))


def test_an_empty_table_and_a_column_without_values(tmp_path, opened):
    file = opened(a_database(tmp_path).with_table("t", "v").with_table("u", "v", rows=[(None,)] * 3))
    found = column_statistics(file.session, file.source("t"), "v", Context())
    assert (found.rows, found.distinct, found.smallest, found.mean, found.top) == (
        0,
        RowCount(0),
        None,
        None,
        (),
    )
    found = column_statistics(file.session, file.source("u"), "v", Context())
    assert (found.rows, found.empty, found.distinct, found.top) == (3, 3, RowCount(0), ())


def test_every_value_different_has_no_top(tmp_path, opened):
    file = opened(a_database(tmp_path).with_table("t", "v", rows=[(n,) for n in range(50)]))
    assert column_statistics(file.session, file.source("t"), "v", Context()).top == ()


def test_under_a_filter_and_for_a_query(tmp_path, opened):
    file = opened(a_database(tmp_path).with_table("t", "v, w", rows=[(n % 5, n) for n in range(100)]))
    chosen = Filter((Condition("w", Operator.LESS, (10,)),))
    found = column_statistics(file.session, file.source("t"), "v", Context(), filter=chosen)
    assert (found.rows, found.distinct, found.of_rows) == (10, RowCount(5), RowCount(100))
    source = source_of_query(file.session, "SELECT v * 2 AS d FROM t WHERE v > 2")
    found = column_statistics(file.session, source, "d", Context())
    assert (found.rows, found.smallest, found.largest) == (40, 6, 8)


@pytest.fixture
def many(tmp_path, opened, monkeypatch):
    monkeypatch.setattr("steward_app.services.rows.statistics.READ_WHOLE", 1_000)
    monkeypatch.setattr("steward_app.services.rows.statistics._STRETCHES", 100)
    return opened(
        a_database(tmp_path).with_sql(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, kind TEXT, code INT)",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50000) "
            "INSERT INTO t SELECT i, 'kind ' || (i % 7), i * 31 % 20011 FROM n",
        )
    )


def test_a_large_table_is_sampled_and_says_so(many):
    found = column_statistics(many.session, many.source("t"), "kind", Context())
    assert (found.rows, found.sampled) == (5_000, True)
    assert found.of_rows == RowCount(50_000, Precision.ABOUT)
    assert found.distinct == RowCount(7, Precision.ABOUT)
    unique = column_statistics(many.session, many.source("t"), "id", Context()).distinct
    assert unique == RowCount(50_000, Precision.ABOUT)


def test_every_row_is_read_when_asked_for(many):
    found = column_statistics(many.session, many.source("t"), "code", Context(), whole=True)
    assert (found.rows, found.sampled, found.distinct) == (50_000, False, RowCount(20_011))


def test_it_can_be_cancelled_and_names_must_exist(many):
    context = Context()
    context.cancel()
    with pytest.raises(Cancelled):
        column_statistics(many.session, many.source("t"), "code", context)
    with pytest.raises(UsageError):
        column_statistics(many.session, many.source("t"), "cod", Context())


def test_text_that_is_not_utf8(tmp_path, opened):
    file = opened(
        a_database(tmp_path)
        .with_table("t", "v", rows=[("a",)])
        .with_sql("INSERT INTO t VALUES (CAST(x'ff' AS TEXT)), (CAST(x'ff' AS TEXT))")
    )
    found = column_statistics(file.session, file.source("t"), "v", Context())
    broken = Preview(Storage.TEXT, 1, "\ufffd", damaged=True)
    assert (found.largest, found.top[0]) == (broken, TopValue(broken, 2))
