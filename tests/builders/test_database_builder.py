from __future__ import annotations

from pathlib import Path

from builders import a_database
from steward_app.db.open import open_read


def test_builds_tables_rows_and_scripts_in_the_order_told(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table('a"b', "id INTEGER PRIMARY KEY, x", rows=[(1, b"\x00"), (2, None)])
        .with_sql("CREATE TABLE t (a, b DEFAULT 7); CREATE INDEX i ON t (a)")
        .with_rows("t", [("one",), ("two",)], columns=["a"])
        .build()
    )
    assert path == tmp_path / "clinic.db"
    with open_read(path) as session:
        assert session.all('SELECT * FROM "a""b"') == [(1, b"\x00"), (2, None)]
        assert session.all("SELECT a, b FROM t") == [("one", 7), ("two", 7)]
        assert session.value("SELECT count(*) FROM sqlite_schema WHERE type = 'index'") == 1


def test_orphans_can_be_planted_and_the_file_can_be_in_wal_mode(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "folder" / "odd name.db")
        .with_pragma("page_size = 512")
        .with_sql("CREATE TABLE p (id INTEGER PRIMARY KEY)")
        .with_table("c", "p REFERENCES p (id)", rows=[(42,)])
        .in_wal_mode()
        .build()
    )
    assert sorted(each.name for each in path.parent.iterdir()) == ["odd name.db"]
    with open_read(path) as session:
        assert session.count("PRAGMA page_size") == 512
        assert session.value("PRAGMA journal_mode") == "wal"
        assert session.all("PRAGMA foreign_key_check") == [("c", 1, "p", 0)]
