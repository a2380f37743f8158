"""Whole files: real databases, settings, and what SQLite does with what we told."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.schemas import schema_of
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.open import create, open_read, open_write
from steward_app.kernel.progress import Context, Progress
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Mismatch, Schema, TableKind

DATA = Path(__file__).parents[3] / "data"


def real(path: Path) -> Schema:
    with open_read(path) as session:
        return read_schema(session)


def test_chinook() -> None:
    schema = real(DATA / "chinook.sqlite")
    tables = [table for table in schema.tables if table.kind is TableKind.TABLE]
    assert len(tables) == 11
    assert all(table.parsed and not table.problem for table in schema.tables)
    keys = [key for table in tables for key in table.foreign_keys]
    assert len(keys) == 11
    assert {key.mismatch for key in keys} == {Mismatch.NONE}
    assert all(key.index for key in keys)
    link = schema.table("playlisttrack")
    assert link is not None
    assert link.key_columns == ("PlaylistId", "TrackId")


def test_northwind() -> None:
    schema = real(DATA / "northwind.sqlite")
    views = [table for table in schema.tables if table.kind is TableKind.VIEW]
    assert len(views) == 16
    assert all(view.reads and view.columns and not view.problem for view in views)
    details = schema.table("Order Details")
    assert details is not None
    assert [check.expression for check in details.checks] == [
        "[Discount]>=(0) AND [Discount]<=(1)",
        "[Quantity]>(0)",
        "[UnitPrice]>=(0)",
    ]
    assert schema.referring("Orders")


def test_sakila(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql((DATA / "sakila-schema.sql").read_text(encoding="utf-8")).build()
    schema = real(path)
    assert all(table.parsed and not table.problem for table in schema.tables)
    triggers = [trigger for table in schema.tables for trigger in table.triggers]
    assert triggers
    assert all(
        trigger.event and trigger.reads and trigger.writes and not trigger.problem for trigger in triggers
    )
    film = schema.table("film")
    assert film is not None
    assert film.checks


def test_system_tables_are_told_and_what_is_not_in_the_file_is_not(tmp_path: Path) -> None:
    with create(tmp_path / "t.db") as session:
        for statement in ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE)", "ANALYZE"):
            session.run(statement)
        session.all("SELECT * FROM json_each('[]'), pragma_function_list LIMIT 1")
        session.all("ATTACH ':memory:' AS \"at 1\"")
        session.run('CREATE TABLE "at 1".t (another)')
        session.run('CREATE TABLE "at 1".u (another)')
        schema = read_schema(session)
    assert {table.name: table.kind.value for table in schema.tables} == {
        "t": "table",
        "sqlite_sequence": "system",
        "sqlite_stat1": "system",
        "sqlite_stat4": "system",
        "sqlite_schema": "system",
    }
    assert [column.name for column in schema.tables[0].columns] == ["id", "a"]


def test_settings_are_the_file_s_own(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_pragma("page_size = 1024")
        .with_pragma("auto_vacuum = INCREMENTAL")
        .with_pragma("encoding = 'UTF-16be'")
        .with_pragma("user_version = 7")
        .with_pragma("application_id = 42")
        .with_sql("CREATE TABLE größe (ä TEXT COLLATE NOCASE)")
        .in_wal_mode()
        .build()
    )
    schema = real(path)
    told = schema.settings
    assert (told.page_size_bytes, told.encoding, told.journal_mode) == (1024, "UTF-16be", "wal")
    assert (told.auto_vacuum, told.user_version, told.application_id) == ("incremental", 7, 42)
    assert told.page_count > 0
    assert schema.tables[0].columns[0].collation == "NOCASE"


def test_a_mismatched_key_blocks_writing_the_child_and_deleting_the_parent(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("p", "id INTEGER PRIMARY KEY, k", rows=[(1, "a")])
        .with_table("c", "a REFERENCES p (k)")
        .with_table("d", "a REFERENCES gone (id)")
        .build()
    )
    schema = real(path)
    assert [key.mismatch for table in schema.tables for key in table.foreign_keys] == [
        Mismatch.NOT_UNIQUE,
        Mismatch.NO_TABLE,
    ]
    with open_write(path) as session:
        for statement in ("INSERT INTO c VALUES ('a')", "DELETE FROM p", "INSERT INTO d VALUES (1)"):
            with pytest.raises(SqliteSays, match=r"mismatch|no such table"), in_sqlites_words():
                session.run(statement)


@pytest.mark.parametrize(
    "broken",
    ["CREATE VIEW v AS SELECT nope FROM t", "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM gone; END"],
)
def test_what_is_told_as_broken_blocks_renaming_anything(tmp_path: Path, broken: str) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a)", "CREATE TABLE other (b)", broken).build()
    schema = real(path)
    problems = [table.problem for table in schema.tables if table.problem]
    problems += [trigger.problem for table in schema.tables for trigger in table.triggers if trigger.problem]
    assert len(problems) == 1
    refused = pytest.raises(SqliteSays, match=r"error in (view|trigger)")
    with open_write(path) as session, refused as said, in_sqlites_words():
        session.run("ALTER TABLE other RENAME TO another")
    assert problems[0] in str(said.value)


def test_looking_changes_nothing_in_the_file(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a)", "CREATE VIEW v AS SELECT a FROM t").build()
    before = path.read_bytes()
    real(path)
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name]


def test_the_read_is_of_one_moment(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a)").in_wal_mode().build()
    with open_read(path) as session, session.snapshot():
        first = read_schema(session)
        other = apsw.Connection(str(path))
        other.execute("ALTER TABLE t ADD COLUMN b; CREATE TABLE u (c)")
        other.close()
        assert read_schema(session) == first
    assert len(real(path).tables) == 3


def test_schemas_compare_as_values(tmp_path: Path) -> None:
    one = schema_of(tmp_path, "CREATE TABLE t (a CHECK (a > 0))", name="one.db")
    two = schema_of(tmp_path, "CREATE TABLE t (a CHECK (a > 0))", name="two.db")
    assert one.tables == two.tables
    assert one.hash == two.hash


def test_how_far_it_is_is_told_of_many_tables_alone(tmp_path: Path) -> None:
    """The work that needs a schema counts the tables it works on, which are fewer: one count for the steward."""
    told: list[Progress] = []
    for name, many in (("few", 9), ("many", 60)):
        made = a_database(tmp_path / f"{name}.db").with_sql(*(f"CREATE TABLE t{n} (a)" for n in range(many)))
        with open_read(made.build()) as session:
            read_schema(session, Context(told.append))
        if name == "few":
            assert told == []
    assert told == [Progress(50, 61, "tables and views")]
