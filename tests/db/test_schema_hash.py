from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from steward_app.db.open import create, open_read
from steward_app.db.schema_hash import schema_hash

TABLES = ("CREATE TABLE a (x UNIQUE)", "CREATE TABLE b (y)")


def hash_of(path: Path) -> str:
    with open_read(path) as session:
        return schema_hash(session)


def test_the_same_objects_give_the_same_hash_in_any_order(tmp_path: Path) -> None:
    one = a_database(tmp_path, "one.db").with_sql(*TABLES).build()
    two = a_database(tmp_path, "two.db").with_sql(*reversed(TABLES)).with_rows("b", [(1,)]).build()
    assert hash_of(one) == hash_of(two)
    assert len(hash_of(one)) == 64


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE c (z)",
        "CREATE INDEX i ON b (y)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TRIGGER g AFTER INSERT ON a BEGIN SELECT 1; END",
        "ALTER TABLE b ADD COLUMN z",
        "ALTER TABLE b RENAME TO c",
        "DROP TABLE b",
    ],
)
def test_every_change_of_the_schema_changes_it(tmp_path: Path, change: str) -> None:
    before = a_database(tmp_path, "one.db").with_sql(*TABLES).build()
    after = a_database(tmp_path, "two.db").with_sql(*TABLES, change).build()
    assert hash_of(before) != hash_of(after)


def test_analyze_rows_and_our_own_record_do_not_change_it(tmp_path: Path) -> None:
    with create(tmp_path / "t.db") as session:
        for statement in TABLES:
            session.run(statement)
        before = schema_hash(session)
        session.run("INSERT INTO a VALUES (1)")
        session.run("ANALYZE")
        session.run("CREATE TABLE _steward_operations (seq INTEGER PRIMARY KEY, operation_id TEXT UNIQUE)")
        assert session.value("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'") == 1
        assert schema_hash(session) == before


def test_names_cannot_pass_for_texts(tmp_path: Path) -> None:
    one = a_database(tmp_path, "one.db").with_sql('CREATE TABLE "a" ("b")', 'CREATE TABLE "ab" ("c")').build()
    two = a_database(tmp_path, "two.db").with_sql('CREATE TABLE "a" ("c")', 'CREATE TABLE "ab" ("b")').build()
    assert hash_of(one) != hash_of(two)


def test_the_encoding_of_the_file_does_not_matter(tmp_path: Path) -> None:
    statements = (
        'CREATE TABLE "größe" (x)',
        'CREATE TABLE "grösse" (x)',
        'CREATE TABLE "\uff21" (x)',
        'CREATE TABLE "😀" (x)',
    )
    utf_8 = a_database(tmp_path, "one.db").with_sql(*statements).build()
    utf_16 = a_database(tmp_path, "two.db").with_pragma("encoding = 'UTF-16le'").with_sql(*statements).build()
    assert hash_of(utf_8) == hash_of(utf_16)


def test_text_that_is_not_utf8_is_hashed_by_its_bytes(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a)").build()
    found = {hash_of(path)}
    for comment in (b"\xe4", b"\xf6"):
        connection = apsw.Connection(str(path))
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = CAST(? AS TEXT)", (b"CREATE TABLE t (a /*" + comment + b"*/)",)
        )
        connection.close()
        found.add(hash_of(path))
    assert len(found) == 3
