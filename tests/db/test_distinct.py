"""Different rows are found once each, whether what was seen fits into memory or not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import distinct as module
from steward_app.db import open_read
from steward_app.db.distinct import distinct, shortened
from steward_app.kernel.values import SqlValue

VALUES = st.sampled_from([None, 0, 1, 1.0, 2.5, "a", "A", "1", b"a", "x" * 300])
TERMS = ("iif(typeof(v) = 'text', CAST(v AS BLOB), v)", "typeof(v) = 'text'")


@pytest.mark.parametrize("kept", [0, 500, 1 << 20])
@settings(max_examples=25, deadline=None)
@given(values=st.lists(VALUES, max_size=40), batch=st.integers(1, 15))
def test_each_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, kept: int, values: list[SqlValue], batch: int
) -> None:
    folder = tmp_path_factory.mktemp("distinct")
    path = a_database(folder).with_table("t", "v", rows=[(value,) for value in values]).build()
    with open_read(path) as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_ROWS_A_BATCH", batch)
        patch.setattr(module, "_SEEN_BYTES", kept)
        found = Counter(distinct(session, TERMS, "FROM t WHERE v IS NOT NULL"))
        wanted = set(session.all(f"SELECT DISTINCT {', '.join(TERMS)} FROM t WHERE v IS NOT NULL"))
    assert found == Counter(wanted)


def test_no_statement_is_left_open_by_whoever_stops(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "v", rows=[(n,) for n in range(50)]).build()
    with open_read(path) as session:
        rows = distinct(session, ("v",), "FROM t")
        assert next(rows) == (0,)
        rows.close()  # type: ignore[attr-defined]
        assert session.reset()


def test_blobs_are_shortened_and_nothing_else(tmp_path: Path) -> None:
    rows = [(b"abc",), (b"abd",), ("abc",), (3,), (None,), (b"",)]
    path = a_database(tmp_path).with_table("t", "v", rows=rows).build()
    with open_read(path) as session:
        sql = shortened(session, "v", lambda value: value[:2])
        found = {row[0] for row in distinct(session, (sql, "typeof(v)"), "FROM t")}
    assert found == {b"ab", "abc", 3, None, b""}
