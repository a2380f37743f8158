"""The query box: the first rows of what was asked, and how SQLite goes about it."""

from __future__ import annotations

import threading

import pytest

from builders import a_database
from steward_app import db
from steward_app.kernel.errors import Cancelled, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.services.rows import BadQuery, Preview, QueryResult, Storage, ask, explain


@pytest.fixture
def file(tmp_path, opened):
    return opened(
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, a", rows=[(n, f"row {n}") for n in range(50)])
        .with_table("b", "v", rows=[(b"\x89PNG\r\n\x1a\n" * 9,), ("x" * 3_000,), (None,)])
        .with_sql("CREATE TABLE odd (v)", "INSERT INTO odd VALUES (CAST(x'ff' AS TEXT))")
    )


def test_the_first_rows_and_whether_there_are_more(file):
    result = ask(file.session, "SELECT id, a AS id FROM t ORDER BY t.id DESC", Context(), limit=2)
    assert result == QueryResult(("id", "id"), ((49, "row 49"), (48, "row 48")), cut=True)
    assert ask(file.session, "SELECT id FROM t WHERE id > 47", Context(), limit=2).cut is False
    assert ask(file.session, "SELECT 1 WHERE 0", Context()) == QueryResult(("1",), (), cut=False)
    assert not file.session.all("SELECT name FROM temp.sqlite_schema")


def test_long_values_come_as_previews(file):
    rows = ask(file.session, "SELECT v FROM b", Context()).rows
    assert rows[0] == (Preview(Storage.BLOB, 72, (b"\x89PNG\r\n\x1a\n" * 9)[:64]),)
    assert rows[1:] == ((Preview(Storage.TEXT, 3_000, "x" * 256),), (None,))


def test_text_that_is_not_utf8(file):
    rows = ask(file.session, "SELECT v FROM odd", Context()).rows
    assert rows == ((Preview(Storage.TEXT, 1, "\ufffd", damaged=True),),)


def test_statements_that_list(file):
    assert ask(file.session, "PRAGMA table_info(t)", Context(), limit=1).cut
    assert ask(file.session, "EXPLAIN QUERY PLAN SELECT * FROM t", Context()).columns[-1] == "detail"
    with pytest.raises(BadQuery, match="half of a character"):
        ask(file.session, "PRAGMA table_info('\udcff')", Context())


def test_a_listing_with_a_name_that_is_not_utf8(tmp_path, opened):
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a DEFAULT 'xyz')").build()
    path.write_bytes(path.read_bytes().replace(b"xyz", b"\xffyz"))
    with db.open_read(path) as session, pytest.raises(Failure, match="not valid UTF-8"):
        ask(session, "PRAGMA table_info(t)", Context())


def test_a_query_without_end_stops_at_the_limit_or_when_asked(file):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    assert ask(file.session, endless, Context(), limit=3).rows == ((1,), (2,), (3,))
    context = Context()
    threading.Timer(0.02, context.cancel).start()
    with pytest.raises(Cancelled):
        ask(file.session, f"SELECT max(i) FROM ({endless})", context)
    assert ask(file.session, "SELECT 1", Context()).rows == ((1,),)


def test_an_error_has_its_place_also_while_it_runs(file):
    with pytest.raises(BadQuery, match="no such column: b") as caught:
        ask(file.session, "SELECT a,\n b FROM t", Context())
    assert caught.value.place == (2, 2)
    with pytest.raises(BadQuery, match="malformed JSON"):
        ask(file.session, "SELECT json(a) FROM t", Context())


def test_the_plan(file):
    assert [step.detail for step in explain(file.session, "SELECT a FROM t WHERE id = 3")] == [
        "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"
    ]
    with pytest.raises(Refused):
        explain(file.session, "DROP TABLE t")
