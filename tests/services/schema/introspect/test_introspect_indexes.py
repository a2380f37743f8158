"""Indexes: terms, expressions, conditions, origins."""

from __future__ import annotations

from pathlib import Path

from builders.schemas import schema_of, table_of
from steward_app.services.schema.model import Index, IndexColumn, Table


def index_of(table: Table, name: str) -> Index:
    return next(index for index in table.indexes if index.name == name)


def test_expressions_and_conditions_are_cut_from_the_text(tmp_path: Path) -> None:
    table = table_of(
        tmp_path,
        "CREATE TABLE t (a INT, b TEXT COLLATE NOCASE, c)",
        "CREATE INDEX ix ON t (a DESC, lower(b) COLLATE RTRIM, b COLLATE BINARY, c || ',' DESC, \"no such\", (a))"
        " WHERE b IS NOT NULL AND c > ';' -- the end",
    )
    index = index_of(table, "ix")
    assert index.columns == (
        IndexColumn("a", descending=True),
        IndexColumn("", expression="lower(b)", collation="RTRIM"),
        IndexColumn("b"),
        IndexColumn("", expression="c || ','", descending=True),
        IndexColumn("", expression='"no such"'),
        IndexColumn("a"),
    )
    assert index.where == "b IS NOT NULL AND c > ';'"
    assert (index.origin, index.unique, index.table) == ("create", False, "t")
    assert index.sql.startswith("CREATE INDEX ix ON t (a DESC")


def test_a_column_s_own_collation_is_the_index_s_too(tmp_path: Path) -> None:
    table = table_of(tmp_path, "CREATE TABLE t (b TEXT COLLATE NOCASE)", "CREATE INDEX ix ON t (b)")
    assert index_of(table, "ix").columns == (IndexColumn("b", collation="NOCASE"),)


def test_automatic_indexes_have_an_origin_and_no_text(tmp_path: Path) -> None:
    table = table_of(
        tmp_path,
        "CREATE TABLE t (a TEXT PRIMARY KEY, b UNIQUE)",
        "CREATE UNIQUE INDEX made ON t (b, a)",
    )
    assert [(index.name, index.origin, index.unique, bool(index.sql)) for index in table.indexes] == [
        ("sqlite_autoindex_t_1", "primary key", True, False),
        ("sqlite_autoindex_t_2", "unique", True, False),
        ("made", "create", True, True),
    ]


def test_the_key_of_a_table_without_rowid_is_an_index_without_repeated_columns(tmp_path: Path) -> None:
    table = table_of(tmp_path, "CREATE TABLE t (a, b, PRIMARY KEY (b, a, b)) WITHOUT ROWID")
    (index,) = table.indexes
    assert [column.name for column in index.columns] == ["b", "a"]
    assert table.primary_key is not None
    assert table.primary_key.columns == ("b", "a")


def test_odd_names_of_indexes_and_terms(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        'CREATE TABLE "we""ird ]t" ("a b" INT, [c"d], `e``f`)',
        'CREATE INDEX IF NOT EXISTS main."i ""x" ON "we""ird ]t" ("a b" DESC, [c"d], `e``f`) WHERE [c"d] > \'x\'',
    )
    (index,) = schema.tables[0].indexes
    assert index.name == 'i "x'
    assert [column.name for column in index.columns] == ["a b", 'c"d', "e`f"]
    assert index.where == "[c\"d] > 'x'"
