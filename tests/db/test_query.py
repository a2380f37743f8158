"""A steward's query reads and does nothing else, and is explained when SQLite does not take it."""

from __future__ import annotations

import pytest

from builders import a_database
from steward_app import db
from steward_app.db.query import (
    BadQuery,
    PlanStep,
    check_query,
    query_plan,
    readable,
    reading_only,
    run_query,
)
from steward_app.kernel.errors import ErrorCode, Failure, Refused


@pytest.fixture
def session(tmp_path):
    path = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, a", rows=[(1, "x"), (2, "y")])
        .with_sql(
            'CREATE VIEW old AS SELECT "text" AS kind, a FROM t',
            "CREATE VIEW odd AS SELECT nofunction(a) AS b FROM t",
            "CREATE VIRTUAL TABLE f USING fts5(body)",
            "INSERT INTO f VALUES ('a word')",
        )
        .build()
    )
    with db.open_read(path) as session:
        yield session


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT a FROM t ORDER BY id", [("x",), ("y",)]),
        ("select 1 ; -- the end ;", [(1,)]),
        ("VALUES (1, 'a;b')", [(1, "a;b")]),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3) SELECT sum(i) FROM n",
            [(6,)],
        ),
        ('SELECT "a" AS "the ""name""" FROM t WHERE "id" = 2', [("y",)]),
        ("SELECT * FROM old WHERE a = 'x'", [("text", "x")]),
        ("SELECT body FROM f WHERE f MATCH 'word'", [("a word",)]),
        ("SELECT name FROM pragma_table_info('t')", [("id",), ("a",)]),
        ("PRAGMA table_info(f)", [(0, "body", "", 0, None, 0)]),
        ("PRAGMA user_version", [(0,)]),
        ("SELECT value FROM json_each('[1,2]')", [(1,), (2,)]),
    ],
)
def test_what_reads_is_run(session, sql, rows):
    query = check_query(session, sql)
    assert list(run_query(session, query)) == rows
    assert len(query.columns) == len(rows[0])


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM t",
        "INSERT INTO t VALUES (3, 'z') RETURNING id",
        "UPDATE t SET a = 1",
        "CREATE TABLE u (a)",
        "CREATE TEMP TABLE u (a)",
        "DROP TABLE t",
        "ATTACH 'other.db' AS other",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO 'copy.db'",
        "PRAGMA user_version = 7",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA writable_schema = ON",
        "PRAGMA wal_checkpoint",
        "PRAGMA query_only = OFF",
        "BEGIN",
        "SAVEPOINT s",
        "REINDEX",
        "ANALYZE",
        "SELECT load_extension('x')",
        "SELECT fts3_tokenizer('x')",
        "EXPLAIN DELETE FROM t",
    ],
)
def test_what_does_more_is_refused(session, sql, tmp_path):
    before = session.path.read_bytes()
    with pytest.raises(Refused, match="This query was not run: ") as caught:
        check_query(session, sql)
    assert caught.value.code is ErrorCode.NOT_ALLOWED
    assert "only reads" in caught.value.hint
    assert session.path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [session.path.name]
    assert session.all("SELECT 1") == [(1,)]  # the authorizer is gone


@pytest.mark.parametrize(
    ("sql", "says", "place"),
    [
        (
            "SELECT * FRO t",
            'SQLite does not accept this query: near "FRO": syntax error (line 1, column 10).',
            (1, 10),
        ),
        ("SELECT a,\n  FROM t", 'near "FROM": syntax error (line 2, column 3)', (2, 3)),
        ("SELECT a\nFROM t\nWHERE nmae = 1", "no such column: nmae (line 3, column 7)", (3, 7)),
        ('SELECT a FROM t WHERE "nmae" = 1', "There is no column nmae (line 1, column 23).", (1, 23)),
        ("SELECT 'ü', \"nmae\" FROM old", "There is no column nmae (line 1, column 13).", (1, 13)),
        ("SELECT nope(1)", "no such function: nope (line 1, column 8)", (1, 8)),
        ("SELECT 1;\nSELECT 2", "One statement at a time: a second one begins in line 2.", (2, 1)),
        ("SELECT ? + :a", "The query has placeholders (? or :name).", None),
        ("  -- nothing\n ; ", "There is no query here.", None),
        ("", "There is no query here.", None),
        ("SELECT 'unfinished", "unrecognized token", None),
        ("SELECT 1\x00, 2", "The query holds a NUL character", None),
        ("SELECT * FROM odd", "no such function: nofunction", None),
    ],
)
def test_what_sqlite_does_not_take_is_said_with_its_place(session, sql, says, place):
    with pytest.raises(BadQuery) as caught:
        check_query(session, sql)
    assert says in caught.value.message
    if place is not None:
        assert caught.value.place == place
    assert caught.value.code is ErrorCode.BAD_SQL
    assert caught.value.hint


def test_an_error_while_it_runs_is_the_querys(session):
    query = check_query(session, "SELECT abs(-9223372036854775808)")
    with pytest.raises(BadQuery, match="integer overflow"):
        list(run_query(session, query))


def test_the_plan_is_a_tree(session):
    query = check_query(session, "SELECT * FROM t WHERE id IN (SELECT id FROM t WHERE a = 'x') AND id > 3")
    plan = query_plan(session, query)
    assert plan[0].detail.startswith("SEARCH t USING INTEGER PRIMARY KEY")
    assert plan[1].detail.startswith("LIST SUBQUERY")
    assert plan[1].steps[0] == PlanStep("SCAN t")
    assert query_plan(session, check_query(session, "PRAGMA table_info(t)")) == ()


def test_what_may_stand_in_brackets(session):
    assert check_query(session, "SELECT 1").nests
    assert not check_query(session, "EXPLAIN SELECT 1").nests
    assert not check_query(session, "PRAGMA table_info(t)").nests


def test_reading_only_lets_one_temporary_table_be_filled(session):
    with session.temporary():
        session.all("CREATE TEMP TABLE mine (a)")
        session.all("CREATE TEMP TABLE other (a)")
        with reading_only(session, into="mine"):
            session.all("INSERT INTO temp.mine SELECT a FROM t")
            with pytest.raises(Refused), reading_only(session, into="mine"):
                session.all("INSERT INTO temp.other SELECT a FROM t")
    assert session.count("SELECT count(*) FROM temp.mine") == 2


def test_an_object_that_cannot_be_run_is_named(session):
    with pytest.raises(Failure) as caught, readable("odd"):
        session.all("SELECT * FROM odd")
    assert caught.value.message == "“odd” cannot be read: no such function: nofunction."
    assert caught.value.code is ErrorCode.MISSING_MODULE
