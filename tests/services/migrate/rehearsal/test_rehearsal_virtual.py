"""Full-text and other virtual tables: told as a steward knows them, never by what they keep their rows in."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw

from builders import a_database
from builders.migrated import failed, migrated, table, titles
from steward_app.services.migrate.rehearsal.model import Report

SEARCHED = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
    "INSERT INTO t VALUES (1, 'hello'), (2, 'bo')",
    "CREATE VIRTUAL TABLE own USING fts5(a)",
    "INSERT INTO own VALUES ('x y'), ('z')",
    "CREATE VIRTUAL TABLE over USING fts5(a, content='t', content_rowid='id')",
    "INSERT INTO over (over) VALUES ('rebuild')",
    "CREATE VIRTUAL TABLE less USING fts5(a, content='')",
    "INSERT INTO less (rowid, a) VALUES (4, 'q')",
    "CREATE VIRTUAL TABLE place USING rtree(id, x0, x1)",
    "INSERT INTO place VALUES (1, 2, 3)",
)


def report_of(where: Path, *statements: str) -> Report:
    return migrated(a_database(where).with_sql(*SEARCHED).build(), *statements)


def test_what_nothing_changes_is_the_same(tmp_path: Path) -> None:
    found = report_of(
        tmp_path, "INSERT INTO own (own) VALUES ('optimize')", "INSERT INTO over (over) VALUES ('rebuild')"
    )
    assert [each.title for each in found.tables] == ["t", "own", "less", "place"]
    assert not titles(found) and not failed(found)


def test_rows_are_told_with_the_table_that_a_steward_knows(tmp_path: Path) -> None:
    found = report_of(
        tmp_path,
        "DELETE FROM own WHERE rowid = 1",
        "INSERT INTO t VALUES (3, 'more')",
        "INSERT INTO over (rowid, a) VALUES (3, 'more')",
        "INSERT INTO less (rowid, a) VALUES (5, 'q')",
        "UPDATE place SET x1 = 9",
    )
    assert sorted(titles(found)) == [
        "1 row of “less” is new",
        "1 row of “own” is gone",
        "1 row of “t” is new",
        "1 value of “place.x1” changed: other number",
    ]


def test_an_index_that_comes_or_goes_brings_and_takes_no_rows_of_others(tmp_path: Path) -> None:
    found = report_of(
        tmp_path,
        "CREATE VIRTUAL TABLE more USING fts5(a, content='t', content_rowid='id')",
        "INSERT INTO more (more) VALUES ('rebuild')",
        "DROP TABLE over",
        "DROP TABLE own",
    )
    assert titles(found) == ["Table “own” is gone, with 2 rows"]
    assert (table(found, "own").rows_before, table(found, "own").rows_after) == (2, 0)


def test_where_the_module_is_missing_what_it_keeps_is_told(tmp_path: Path) -> None:
    database = (
        a_database(tmp_path).with_sql("CREATE TABLE odd_data (a)", "INSERT INTO odd_data VALUES (1)").build()
    )
    with closing(apsw.Connection(str(database))) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "INSERT INTO sqlite_schema VALUES ('table', 'odd', 'odd', 0, 'CREATE VIRTUAL TABLE odd USING theirs(a)')"
        )
    found = migrated(database, "DELETE FROM odd_data")
    assert [each.title for each in found.tables] == ["odd_data"]
    assert titles(found, "rows_lost") == ["1 row of “odd_data” is gone"] and not failed(found)
