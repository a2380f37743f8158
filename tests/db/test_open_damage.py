"""Files that are damaged: what can still be read is read, and the steward is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.odd_files import a_file_with_rows, cut_to, overwritten, tampered, traces, with_wal_left
from steward_app import db
from steward_app.db import damage
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, StewardError
from steward_app.kernel.progress import Context
from steward_app.services.schema.check import check
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import TableKind


def _clinic(folder: Path) -> Path:
    return (
        a_database(folder)
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT UNIQUE", rows=[(1, "Ada"), (2, "Ben")])
        .with_table("visit", "day, patient REFERENCES patient", rows=[("Monday", 1)])
        .with_sql(
            "CREATE INDEX visit_day ON visit (day)",
            "CREATE VIEW today AS SELECT * FROM visit",
            "CREATE TRIGGER seen AFTER INSERT ON patient BEGIN INSERT INTO visit VALUES ('x', new.id); END",
        )
        .build()
    )


_ALTER = "UPDATE sqlite_schema SET "
TAMPERED = {
    "sql that is none": ("visit", "near", _ALTER + "sql = 'CREATE TABEL visit (day)' WHERE name = 'visit'"),
    "a name twice": ("visit", "exists", "INSERT INTO sqlite_schema SELECT * FROM sqlite_schema WHERE name = 'visit'"),
    "a trigger of no table": ("seen", "", _ALTER + "tbl_name = 'nobody' WHERE name = 'seen'"),
    "a table called a view": ("visit", "", _ALTER + "type = 'view' WHERE name = 'visit'"),
    "a root beyond the end": ("visit", "rootpage", _ALTER + "rootpage = 999 WHERE name = 'visit'"),
    "no sql": ("visit", "orphan", _ALTER + "sql = NULL WHERE name = 'visit'"),
    "a name of bytes": ("\ufffdA", "", _ALTER + "name = x'ff41' WHERE name = 'visit'"),
    "an index of no column": (
        "visit_day", "no such", _ALTER + "sql = 'CREATE INDEX visit_day ON visit (x)' WHERE name = 'visit_day'"
    ),
    "a view that is none": ("today", "near", _ALTER + "sql = 'CREATE VIEW today AS SELEC' WHERE name = 'today'"),
    "half a trigger": ("seen", "incomplete", _ALTER + "sql = 'CREATE TRIGGER seen AFTER' WHERE name = 'seen'"),
    "another statement": ("visit", "", _ALTER + "sql = 'SELECT 1' WHERE name = 'visit'"),
    "a type that is none": ("visit", "", _ALTER + "type = 'folder' WHERE name = 'visit'"),
}  # fmt: skip


@pytest.mark.parametrize("kind", TAMPERED)
@pytest.mark.parametrize("wal", [False, True])
def test_a_tampered_schema_opens_in_safe_mode(tmp_path: Path, kind: str, wal: bool) -> None:
    name, said, statement = TAMPERED[kind]
    path = tampered(_clinic(tmp_path), *(["PRAGMA journal_mode = WAL"] if wal else []), statement)
    before = traces(path)
    with db.open_read(path) as session:
        assert session.state.mode is db.OpenMode.SAFE
        assert session.state.live
        assert not session.state.writable
        notice = session.state.notices[0]
        assert notice.code == "malformed_schema"
        assert " objects" in notice.title
        assert session.all("SELECT name FROM patient ORDER BY id") == [("Ada",), ("Ben",)]
        rows = db.judged_rows(session)
        assert any(row.name == name and said in row.problem for row in rows if row.problem)
        assert {row.name for row in rows if row.problem} <= {
            name,
            "visit_day",
        }  # its index is lost with the table
        assert (
            len(db.schema_rows(session)) == len(rows) == session.count("SELECT count(*) FROM sqlite_schema")
        )
        with session.sibling() as other:
            assert other.count("SELECT count(*) FROM patient") == 2
    assert traces(path) == before
    with pytest.raises(StewardError) as caught:
        db.open_write(path)
    assert caught.value.code is ErrorCode.MALFORMED_SCHEMA


def test_every_bad_object_is_found_not_only_the_first(tmp_path: Path) -> None:
    path = tampered(
        _clinic(tmp_path),
        "UPDATE sqlite_schema SET sql = 'CREATE TABEL' WHERE name = 'visit'",
        "UPDATE sqlite_schema SET sql = 'x' WHERE name = 'seen'",
    )
    with db.open_read(path) as session:
        assert {row.name for row in db.judged_rows(session) if row.problem} >= {"visit", "visit_day", "seen"}
        assert "1 of 2 tables can be read" in session.state.notices[0].detail


def test_a_tampered_schema_in_utf_16_with_hostile_names(tmp_path: Path) -> None:
    name = "a) - b\n\u202e'\""
    path = (
        a_database(tmp_path)
        .with_pragma("encoding = 'UTF-16be'")
        .with_table(name, "größe", rows=[(1,)])
        .with_table("well", "a", rows=[(2,)])
        .build()
    )
    tampered(path, "UPDATE sqlite_schema SET sql = 'CREATE TABLE' WHERE name <> 'well'")
    with db.open_read(path) as session:
        assert [(row.name, bool(row.problem)) for row in db.judged_rows(session)] == [
            (name, True),
            ("well", False),
        ]
        assert session.value("SELECT a FROM well") == 2
        assert "\n" not in session.state.notices[0].detail


def test_safe_mode_writes_nothing(tmp_path: Path) -> None:
    path = tampered(_clinic(tmp_path), "UPDATE sqlite_schema SET sql = 'x' WHERE name = 'today'")
    before = traces(path)
    with db.open_read(path) as session:
        for statement in (
            "DELETE FROM sqlite_schema",
            "UPDATE sqlite_schema SET sql = 'y'",
            "DELETE FROM patient",
            "VACUUM",
        ):
            with pytest.raises(StewardError) as caught:
                session.all(statement)
            assert caught.value.code is ErrorCode.READ_ONLY
        session.all("PRAGMA query_only = OFF")
        with pytest.raises(StewardError):
            session.all("DELETE FROM patient")
    assert traces(path) == before


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2])
def test_a_truncated_file_is_read_as_far_as_it_goes(tmp_path: Path, share: float) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db", "page_size = 1024", rows=300)
    pages = path.stat().st_size // 1024
    cut_to(path, int(pages * share) * 1024 + 100)
    before = traces(path)
    with db.open_read(path) as session:
        assert session.state.mode is db.OpenMode.SAFE
        notice = session.state.notices[0]
        assert notice.code == "truncated"
        assert f"{int(pages * share) + 1} of {pages} pages are there" in notice.title
        assert "last page is cut through" in notice.detail
        (reach,) = db.survey(session, Context())
        assert not reach.is_whole
        assert 0 <= (reach.rows or 0) < 300
        assert (reach.rows or 0) > 0 or "0 of 1 table" in notice.detail
        assert db.first_look(session, 5).damaged
    assert traces(path) == before
    with pytest.raises(StewardError) as caught:
        db.open_write(path)
    assert caught.value.code is ErrorCode.DAMAGED


def test_a_file_without_its_schema_pages_says_how_much_is_there(tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_pragma("page_size = 512")
    for number in range(60):
        builder = builder.with_table(f"table_number_{number}", "some_column, some_other_column")
    path = cut_to(builder.build(), 512 * 2)
    with pytest.raises(Failure) as caught:
        db.open_read(path)
    assert caught.value.code is ErrorCode.TRUNCATED
    assert "“clinic.db” is cut short: 1,024 of " in caught.value.message


def test_the_tables_before_a_damaged_page_of_the_list_of_tables_can_be_read(tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_pragma("page_size = 512")
    for number in range(60):
        builder = builder.with_table(f"table_number_{number}", "some_column", rows=[(number,)])
    path = builder.build()
    with db.open_read(path) as session:
        leaves = session.all(
            "SELECT pageno FROM dbstat WHERE name = 'sqlite_schema' AND pagetype = 'leaf' ORDER BY path"
        )
        whole = db.schema_hash(session)
    (page,) = leaves[len(leaves) // 2]
    overwritten(path, (int(str(page)) - 1) * 512, bytes(512))
    before = traces(path)

    with db.open_read(path) as session:
        listed = [row.name for row in db.schema_rows(session)]
        assert 0 < len(listed) < 60
        assert [session.value(f"SELECT some_column FROM {name}") for name in listed] == list(
            range(len(listed))
        )
        (notice,) = session.state.notices
        assert notice.detail.startswith(
            f"The list of its tables is damaged, too: {len(listed)} tables can be named, of which {len(listed)} can be"
        )
        assert db.schema_hash(session) != whole
        schema = read_schema(session)
        assert [table.name for table in schema.tables if table.kind is TableKind.TABLE] == listed
        assert check(session, schema, Context()).integrity == "damaged"
    assert traces(path) == before


def test_a_file_cut_short_in_its_header(tmp_path: Path) -> None:
    path = cut_to(_clinic(tmp_path), 60)
    with pytest.raises(Failure) as caught:
        db.open_read(path)
    assert caught.value.code is ErrorCode.DAMAGED


def test_a_file_in_wal_mode_may_be_shorter_than_it_says(tmp_path: Path) -> None:
    """Its newest pages lie in the -wal file."""
    path = with_wal_left(a_file_with_rows(tmp_path / "clinic.db"))
    with db.open_read(path) as session:
        assert session.state.notices == ()
        assert session.count("SELECT count(*) FROM visit") == 51


def test_what_was_appended_is_told(tmp_path: Path) -> None:
    path = _clinic(tmp_path)
    with path.open("ab") as file:
        file.write(b"appended")
    with db.open_read(path) as session:
        assert session.state.mode is db.OpenMode.NORMAL
        assert [notice.title for notice in session.state.notices] == [
            "8 bytes at the end of the file do not belong to the database"
        ]


def test_damaged_pages_are_found_by_a_first_look_and_surveyed(tmp_path: Path) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db", "page_size = 1024", rows=300)
    with db.open_write(path) as writing, writing.transaction():
        writing.run("CREATE TABLE whole (a)")
        writing.run("INSERT INTO whole VALUES (1)")
    overwritten(path, 1024 * 40, b"\xa5" * 1024)
    overwritten(path, 1024 * 60, b"\xa5" * 1024)
    before = traces(path)
    with db.open_read(path) as session:
        assert session.state.mode is db.OpenMode.NORMAL
        assert db.first_look(session, 5) == db.FirstLook(damaged=True, whole=True)
        reaches = {reach.table: reach for reach in db.survey(session, Context())}
        assert reaches["whole"].is_whole
        readable = reaches["visit"].rows
        assert readable is not None
        assert 0 < readable < 300
        assert session.count("SELECT count(*) FROM whole") == 1
        with pytest.raises(Failure) as caught:
            session.all("SELECT * FROM visit NOT INDEXED")
        assert caught.value.code is ErrorCode.DAMAGED
        assert "“clinic.db”" in caught.value.message
    assert traces(path) == before


def test_rows_that_break_a_rule_are_not_damage(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql("PRAGMA ignore_check_constraints = ON")
        .with_table("t", "a CHECK (a > 0), b NOT NULL DEFAULT 1, c INT", rows=[(-1, 1, 1)])
        .with_table("s", "c INT", rows=[("text",)])
        .build()
    )
    tampered(
        path,
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE s (c INT) STRICT' WHERE name = 's'",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a CHECK (a > 0), b NOT NULL, c INT)' WHERE name = 't'",
    )
    with db.open_read(path) as session:
        assert session.all("PRAGMA quick_check") != [("ok",)]
        assert not db.first_look(session, 5).damaged


def test_a_first_look_ends_when_its_time_is_over(tmp_path: Path) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db", "page_size = 512", rows=4_000)
    with db.open_read(path) as session:
        assert db.first_look(session, 0) == db.FirstLook(damaged=False, whole=False)
        assert session.count("SELECT count(*) FROM visit") == 4_000
        assert not session.in_transaction


def test_a_survey_can_be_cancelled(tmp_path: Path) -> None:
    context = Context()
    context.cancel()
    with db.open_read(_clinic(tmp_path)) as session, pytest.raises(Cancelled):
        db.survey(session, context)


@pytest.mark.parametrize("wal", [False, True])
def test_overwritten_first_bytes_are_mended_in_a_copy(tmp_path: Path, wal: bool) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    if wal:
        with_wal_left(path)
    overwritten(path, 0, b"XXXXXX")
    before = traces(path)
    with db.open_read(path) as session:
        assert session.state.mode is db.OpenMode.COPY
        assert [notice.code for notice in session.state.notices] == ["header_damaged"]
        assert session.count("SELECT count(*) FROM visit") == 50 + wal
        assert not session.state.writable
    assert traces(path) == before
    with pytest.raises(Failure) as caught:
        db.open_write(path)
    assert caught.value.code is ErrorCode.DAMAGED


def test_missing_modules_functions_and_collations_do_not_stop_a_file_from_opening(tmp_path: Path) -> None:
    path = tampered(
        _clinic(tmp_path),
        "INSERT INTO sqlite_schema VALUES ('table', 'place', 'place', 0, 'CREATE VIRTUAL TABLE place USING space(x)')",
        "INSERT INTO sqlite_schema VALUES ('view', 'odd', 'odd', 0, 'CREATE VIEW odd AS SELECT no_such(1) FROM gone')",
        "INSERT INTO sqlite_schema VALUES ('table', 'c', 'c', 0, 'CREATE TABLE c (a COLLATE swiss)')",
    )
    with db.open_read(path) as session:
        assert session.state.mode is db.OpenMode.NORMAL
        assert session.state.notices == ()
        assert session.count("SELECT count(*) FROM patient") == 2
    with db.open_read(path) as session:
        assert damage.first_look(session, 5).whole
