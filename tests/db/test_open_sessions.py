"""What every session is made with, and what it may be used for again."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from builders import a_database
from builders.odd_files import a_file_with_rows
from steward_app import db
from steward_app.db.integrity import integrity_check
from steward_app.kernel.errors import Cancelled, ErrorCode, StewardError
from steward_app.kernel.progress import Context

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_file_with_rows(tmp_path / "clinic.db")


def test_views_of_a_hostile_file_call_nothing_unsafe(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE VIEW v AS SELECT load_extension('x')", "CREATE VIEW w AS SELECT fts3_tokenizer('simple')"
        )
        .build()
    )
    with db.open_read(path) as session:
        for view in ("v", "w"):
            with pytest.raises(Exception, match=r"unsafe use|no such function|not authorized"):
                session.all(f"SELECT * FROM {view}")


def test_a_reading_session_reaches_no_other_file_for_writing(path: Path, tmp_path: Path) -> None:
    other = a_file_with_rows(tmp_path / "other.db")
    with db.open_read(path) as session:
        with pytest.raises(StewardError):
            session.all("ATTACH ? AS made", (str(tmp_path / "made.db"),))
        session.all("ATTACH ? AS other", (str(other),))
        with pytest.raises(StewardError):
            session.all("DELETE FROM other.visit")
        with pytest.raises(StewardError):
            session.all("DELETE FROM main.visit")
    assert not (tmp_path / "made.db").exists()


def test_a_like_of_endless_length_is_refused(path: Path) -> None:
    with db.open_read(path) as session, pytest.raises(Exception, match="LIKE or GLOB pattern too complex"):
        session.all("SELECT ? LIKE ?", ("a" * 10_000, "%a" * 10_000))


def test_double_quoted_strings_of_the_files_own_views_hold(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql('CREATE VIEW v AS SELECT "text" AS a').build()
    with db.open_read(path) as session:
        assert session.value("SELECT a FROM v") == "text"
        db.check_sql(session, "SELECT a FROM v")


def test_a_reset_session_is_as_new(path: Path) -> None:
    with db.open_read(path) as session:
        assert session.reset()
        session.all("BEGIN")
        assert session.reset()
        assert not session.in_transaction
        rows = session.execute("SELECT * FROM visit")
        next(rows)
        assert not session.reset()  # a row is still being read
        rows.close()  # type: ignore[attr-defined]
        assert session.reset()
        with session.temporary():
            session.all("CREATE TEMP TABLE t (a)")
        assert not session.reset()
        with session.temporary():
            session.all("DROP TABLE t")
        assert session.reset()
        session.all("ATTACH ':memory:' AS m")
        assert not session.reset()
    assert not session.reset()


def test_opening_under_a_context_that_is_cancelled(path: Path) -> None:
    context = Context()
    context.cancel()
    with pytest.raises(Cancelled):
        db.open_read(path, context)


def test_an_endless_statement_ends_when_it_is_cancelled(path: Path) -> None:
    context = Context()
    with db.open_read(path, context) as session, session.under(context), pytest.raises(Cancelled):
        for number, _ in enumerate(session.execute(ENDLESS)):
            if number == 1000:
                context.cancel()


def test_a_cancel_with_rows_left_to_read_is_told_as_one(path: Path) -> None:
    context = Context()
    with (
        db.open_read(path, context) as session,
        pytest.raises(Cancelled),
        session.under(context),
        session.snapshot(),
    ):
        rows = session.execute(ENDLESS)
        next(rows)
        context.cancel()
        context.checkpoint()


def test_a_change_that_is_cancelled_with_rows_left_to_read_leaves_the_file_as_it_was(path: Path) -> None:
    context = Context()
    with (
        db.open_write(path) as session,
        pytest.raises(Cancelled),
        session.under(context),
        session.transaction(),
    ):
        session.run("CREATE TABLE half (a)")
        rows = session.execute(ENDLESS)
        next(rows)
        context.cancel()
        context.checkpoint()
    with db.open_write(path) as session, session.transaction():
        assert session.value("SELECT count(*) FROM sqlite_schema WHERE name = 'half'") == 0


def test_create_makes_a_file_that_can_be_written(tmp_path: Path) -> None:
    with db.create(tmp_path / "new.db") as session:
        with session.transaction():
            session.run("CREATE TABLE t (a)")
        session.check_identity()
        with db.open_read(tmp_path / "new.db") as reading:
            assert reading.all("SELECT * FROM t") == []


# --- SQL of others ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE visit SET note = 'x' WHERE \"id\" = 1",
        "DELETE FROM visit;",
        "INSERT INTO visit (note) VALUES ('a;b') -- done; really",
        "CREATE TABLE \"new\" (a DEFAULT 'x')",
        "CREATE TRIGGER t AFTER INSERT ON visit BEGIN DELETE FROM visit WHERE id = 0; SELECT 1; END;",
        "SELECT * FROM visit WHERE note = ?",
        "PRAGMA table_info('visit')",
        "PRAGMA user_version",
    ],
)
def test_sql_that_compiles_is_let_through(path: Path, sql: str) -> None:
    with db.open_write(path) as session:
        db.check_sql(session, sql)
        assert session.count("SELECT count(*) FROM visit") == 50
        assert session.value("SELECT count(*) FROM sqlite_schema WHERE name IN ('new', 't')") == 0


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE visit SET note = 'x' WHERE \"nmae\" = 1", "nmae"),
        ('SELECT "text" FROM visit', "text"),
        ('CREATE INDEX i ON visit ("nothing")', "nothing"),
        ("DELETE visit", "near"),
        ("SELECT 'open", "unrecognized"),
        ("SELECT 1; SELECT 2", "second one begins in line 1"),
        ("", "no statement"),
        (" -- nothing\n;", "no statement"),
        ("PRAGMA query_only = OFF", "setting"),
        ("PRAGMA writable_schema(1)", "setting"),
        ('SELECT größe, "größe" FROM visit', "größe"),
    ],
)
def test_sql_that_does_not_is_refused_with_its_place(path: Path, sql: str, said: str) -> None:
    with db.open_write(path) as session:
        with pytest.raises(StewardError) as caught:
            db.check_sql(session, sql)
        assert caught.value.code is ErrorCode.BAD_SQL
        assert said in caught.value.message
        assert session.value("PRAGMA query_only") == 0


def test_the_place_of_an_error_counts_characters(path: Path) -> None:
    with db.open_read(path) as session, pytest.raises(StewardError, match=r"line 2, column 14"):
        db.check_sql(session, "SELECT 'größe 🐘' AS \"id\",\n  note, '表', nope FROM visit")


def test_sql_is_checked_against_what_a_transaction_has_done_so_far(path: Path) -> None:
    with db.open_write(path) as session, session.transaction():
        session.run("CREATE TABLE later (a)")
        db.check_sql(session, 'INSERT INTO later ("a") VALUES (1)')
        assert session.count("SELECT count(*) FROM later") == 0


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """More keys than are sorted in memory at once: another thread sorts them."""
    path = a_database(tmp_path).with_table("t", "a TEXT, b").build()
    with db.open_write(path) as session, session.transaction():
        session.run(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 49999)"
            " INSERT INTO t SELECT printf('%090d', i * 7919 % 50000), i FROM n"
        )
    return path


def test_an_index_that_is_sorted_beside_the_reading_is_whole(large: Path) -> None:
    with db.open_write(large) as session:
        assert session.value("PRAGMA threads") == 1
        with session.transaction():
            session.run("CREATE UNIQUE INDEX t_a ON t (a)")
    with db.open_read(large) as session:
        assert integrity_check(session, Context()) == ()
        assert session.one("SELECT b FROM t INDEXED BY t_a WHERE a = ?", (f"{7919:090}",)) == (1,)
        assert session.value("PRAGMA threads") == 0


def test_an_index_is_given_up_where_two_keys_are_the_same(large: Path) -> None:
    before = large.read_bytes()
    with db.open_write(large) as session, pytest.raises(StewardError) as error, session.transaction():
        session.run("CREATE UNIQUE INDEX t_a ON t (substr(a, 1, 88))")
    assert error.value.code is ErrorCode.CONSTRAINT
    assert large.read_bytes() == before


def test_an_index_that_is_cancelled_while_it_is_sorted_leaves_the_file_as_it_was(large: Path) -> None:
    before, context = large.read_bytes(), Context()
    timer = threading.Timer(0.05, context.cancel)
    timer.start()
    with (
        pytest.raises(Cancelled),
        db.open_write(large) as session,
        session.transaction(),
        session.under(context),
    ):
        while True:
            session.run("CREATE INDEX t_a ON t (a)")
            session.run("DROP INDEX t_a")
    timer.join()
    assert large.read_bytes() == before


def test_a_column_is_told_of_before_anything_else_was_read_from_a_full_text_table(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE VIRTUAL TABLE news USING fts5(title)").build()
    with db.open_read(path) as session:
        assert session.column_metadata("news", "title").collation == "BINARY"
