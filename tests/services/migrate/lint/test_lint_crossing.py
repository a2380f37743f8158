"""Tables that a statement goes through inside each other: too many combinations of rows are told before it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench

MANY = (
    "CREATE TABLE big (id INTEGER PRIMARY KEY, a INT)",
    "CREATE TABLE other (id INTEGER PRIMARY KEY, a INT)",
    "CREATE TABLE taken (n INT)",
    "CREATE INDEX other_a ON other (a)",
    "CREATE VIEW crossed AS SELECT x.a FROM big AS x, other AS y",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
    " INSERT INTO big SELECT i, i % 7 FROM n",
    "INSERT INTO other SELECT * FROM big",
)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("INSERT INTO taken SELECT count(*) FROM big x, other AS y, big z;", "8,000,000,000 combinations"),
        ("CREATE TABLE t AS SELECT x.a FROM big AS x JOIN big AS y ON x.a < y.a JOIN other AS z ON z.a <> x.a;",
         "8,000,000,000 combinations of the rows of “big”, “big”, “other”"),
        ("UPDATE big SET a = (SELECT count(*) FROM other x, other y WHERE x.a + y.a < big.a);", "8,000,000,000"),
        ("DELETE FROM big WHERE (SELECT count(*) FROM crossed c WHERE c.a < big.a) > 1;", "8,000,000,000"),
        ("SELECT * FROM crossed, big;", "8,000,000,000"),
    ],
)  # fmt: skip
def test_too_many_combinations_of_rows_are_told(tmp_path: Path, sql: str, told: str) -> None:
    (found,) = Bench(tmp_path, *MANY).write(sql).problems("may_not_end")
    assert found.finding.severity == "warning"
    assert told in found.finding.title


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO taken SELECT count(*) FROM big x, other AS y;",
        "INSERT INTO taken SELECT x.a FROM big x JOIN other y ON y.id = x.a JOIN big z ON z.id = y.a;",
        "INSERT INTO taken SELECT x.a FROM big x JOIN big y ON y.a = x.a JOIN other z ON z.a = x.a;",
        "INSERT INTO taken SELECT x.a FROM big x, other y, big z LIMIT 5;",
        "DELETE FROM other WHERE id > 1; DELETE FROM big WHERE id > 100; SELECT * FROM big x, big y, big z, other;",
        "UPDATE big SET a = 1 WHERE id IN (SELECT a FROM other) AND a IN (SELECT id FROM big);",
        "CREATE VIEW all_of AS SELECT x.a FROM big x, other y, big z;",
    ],
)
def test_what_ends_in_time_is_nothing(tmp_path: Path, sql: str) -> None:
    assert Bench(tmp_path, *MANY).write(sql).problems("may_not_end") == []
