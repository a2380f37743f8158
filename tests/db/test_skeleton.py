from __future__ import annotations

from pathlib import Path

from builders import a_database
from builders.schemas import plant
from steward_app.db.open import create, open_read
from steward_app.db.skeleton import skeleton


def test_a_skeleton_has_the_objects_and_no_rows(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE", rows=[(1, 2)])
        .with_sql(
            "CREATE VIRTUAL TABLE f USING fts5(a)",
            "CREATE INDEX i ON t (a)",
            "CREATE VIEW v AS SELECT a FROM t",
        )
        .with_sql("CREATE TRIGGER one AFTER INSERT ON t BEGIN SELECT 1; END")
        .with_sql("CREATE TRIGGER two AFTER INSERT ON t BEGIN SELECT 2; END")
        .build()
    )
    rows = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
    with open_read(path) as session:
        with skeleton(session) as empty:
            assert empty.all(rows) == session.all(rows)
            assert empty.count("SELECT count(*) FROM t") == 0
        with skeleton(session, triggers=["two"]) as empty:
            assert empty.all("SELECT name FROM sqlite_schema WHERE type = 'trigger'") == [("two",)]


def test_what_sqlite_does_not_take_is_left_out(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a)").build()
    plant(path, "table", "geo", "geo", "CREATE VIRTUAL TABLE geo USING nosuchmodule(x)")
    with open_read(path) as session, skeleton(session) as empty:
        assert empty.all("SELECT name FROM sqlite_schema") == [("t",)]


def test_a_script_is_run_to_its_end_though_its_first_statement_gives_rows(tmp_path: Path) -> None:
    with create(tmp_path / "t.db") as session:
        session.run("SELECT 1 UNION SELECT 2; CREATE TABLE a (x); SELECT 3; CREATE TABLE b (x)")
        assert session.all("SELECT name FROM sqlite_schema ORDER BY name") == [("a",), ("b",)]
