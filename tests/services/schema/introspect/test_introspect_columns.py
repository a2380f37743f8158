"""Columns and keys of one table: what the pragmas hide, and what only the stored text knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.schemas import schema_of, table_of
from steward_app.db.open import create, open_read
from steward_app.services.schema.affinity import affinity
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Generated, Table, TableKind


def columns_named(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def test_generated_and_hidden_columns_are_not_left_out(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        "CREATE TABLE g (a INT, v INT AS (a * 2), s INT GENERATED ALWAYS AS (a /* ) */ * 3) STORED, u AS (a))",
        "CREATE VIRTUAL TABLE f USING fts5(body)",
    )
    table = schema.table("g")
    assert table is not None
    assert [(c.name, c.generated, c.generated_expression) for c in table.columns] == [
        ("a", Generated.NO, ""),
        ("v", Generated.VIRTUAL, "a * 2"),
        ("s", Generated.STORED, "a /* ) */ * 3"),
        ("u", Generated.VIRTUAL, "a"),
    ]
    virtual = schema.table("f")
    assert virtual is not None
    assert [(c.name, c.hidden) for c in virtual.columns] == [("body", False), ("f", True), ("rank", True)]


@pytest.mark.parametrize(
    ("columns", "is_alias"),
    [
        ("id INTEGER PRIMARY KEY, x", True),
        ("id integer PRIMARY KEY ASC, x", True),
        ("id INTEGER, x, PRIMARY KEY (id)", True),
        ("id INTEGER, x, PRIMARY KEY (id DESC)", True),
        ('id "INTEGER" PRIMARY KEY, x', True),
        ("id INTEGER PRIMARY KEY AUTOINCREMENT, x", True),
        ("id INTEGER PRIMARY KEY DESC, x", False),
        ("id INT PRIMARY KEY, x", False),
        ("id BIGINT PRIMARY KEY, x", False),
        ("id TEXT PRIMARY KEY, x", False),
        ("id INTEGER, x, PRIMARY KEY (id, x)", False),
    ],
)
def test_a_rowid_alias_is_what_sqlite_fills_in_itself(tmp_path: Path, columns: str, is_alias: bool) -> None:
    path = a_database(tmp_path).with_table("t", columns).with_rows("t", [(1,)], columns=["x"]).build()
    with open_read(path) as session:
        table = read_schema(session).tables[0]
        filled = session.value("SELECT id FROM t") is not None
    column = table.column("id")
    assert column is not None
    assert column.rowid_alias is filled is is_alias


def test_the_integer_key_of_a_table_without_rowid_is_no_alias(tmp_path: Path) -> None:
    table = table_of(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, x) WITHOUT ROWID")
    assert table.without_rowid
    assert not table.columns[0].rowid_alias
    assert table.columns[0].not_null
    assert table.key_columns == ("id",)


@pytest.mark.parametrize(
    ("ddl", "takes_null"),
    [
        ("CREATE TABLE t (a TEXT PRIMARY KEY, b)", True),
        ("CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY, b)", False),
        ("CREATE TABLE t (a INTEGER PRIMARY KEY DESC, b)", True),
        ("CREATE TABLE t (a, b, PRIMARY KEY (a, b))", True),
        ("CREATE TABLE t (a NOT NULL, b NOT NULL, PRIMARY KEY (a, b))", False),
        ("CREATE TABLE t (a TEXT PRIMARY KEY, b) WITHOUT ROWID", False),
        ("CREATE TABLE t (a TEXT PRIMARY KEY, b ANY) STRICT", False),
        ("CREATE TABLE t (a INTEGER PRIMARY KEY, b)", False),
    ],
)
def test_a_primary_key_says_whether_it_takes_null(tmp_path: Path, ddl: str, takes_null: bool) -> None:
    table = table_of(tmp_path, ddl)
    assert table.primary_key is not None
    assert table.primary_key.nullable is takes_null
    assert table.key_columns == (("rowid",) if takes_null else table.primary_key.columns)


def test_autoincrement_and_collation_stand_in_no_pragma_and_are_told_all_the_same(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT COLLATE NOCASE, m)",
        "CREATE TABLE b (id INTEGER, n COLLATE RTRIM, PRIMARY KEY (id AUTOINCREMENT))",
        "CREATE TABLE autoincrement_collate (id INTEGER PRIMARY KEY, n TEXT)",
    )
    told = {
        table.name: [(c.name, c.autoincrement, c.collation) for c in table.columns]
        for table in schema.tables
        if table.kind is TableKind.TABLE
    }
    assert told["a"] == [("id", True, "BINARY"), ("n", False, "NOCASE"), ("m", False, "BINARY")]
    assert told["b"] == [("id", True, "BINARY"), ("n", False, "RTRIM")]
    assert told["autoincrement_collate"] == [("id", False, "BINARY"), ("n", False, "BINARY")]


def test_names_conflicts_checks_and_key_order_come_from_the_text(tmp_path: Path) -> None:
    table = table_of(
        tmp_path,
        """CREATE TABLE t (
            a TEXT CONSTRAINT "a is there" NOT NULL ON CONFLICT IGNORE CONSTRAINT [long a] CHECK (length(a) > 3),
            b TEXT UNIQUE ON CONFLICT REPLACE,
            c,
            CONSTRAINT pk PRIMARY KEY (c DESC, a COLLATE NOCASE) ON CONFLICT ROLLBACK,
            CONSTRAINT "u b" UNIQUE (b, c) ON CONFLICT FAIL,
            CHECK (a <> ')' AND b IN ('x', 'y')) ON CONFLICT IGNORE
        )""",
    )
    assert table.columns[0].not_null_conflict == "IGNORE"
    assert [(c.name, c.column, c.expression) for c in table.checks] == [
        ("long a", "a", "length(a) > 3"),
        ("", "", "a <> ')' AND b IN ('x', 'y')"),
    ]
    key = table.primary_key
    assert key is not None
    assert (key.columns, key.name, key.conflict) == (("c", "a"), "pk", "ROLLBACK")
    assert [(u.columns, u.name, u.conflict, u.index) for u in table.uniques] == [
        (("b",), "", "REPLACE", "sqlite_autoindex_t_1"),
        (("b", "c"), "u b", "FAIL", "sqlite_autoindex_t_3"),
    ]
    by_key = next(index for index in table.indexes if index.origin == "primary key")
    assert [(c.name, c.descending, c.collation) for c in by_key.columns] == [
        ("c", True, "BINARY"),
        ("a", False, "NOCASE"),
    ]


@pytest.mark.parametrize(
    "columns",
    [
        "a CONSTRAINT one CHECK (a > 0) CHECK (a > 5)",
        "a CONSTRAINT one, CHECK (a > 0)",
        "a, CONSTRAINT one UNIQUE (a) CHECK (a > 0)",
        "a, CONSTRAINT one CHECK (a < 100), CHECK (a > 0)",
        "a CONSTRAINT one NOT NULL, b CHECK (a > 0)",
        "a CONSTRAINT x CONSTRAINT [y z] CHECK (a > 0)",
        "a CHECK ( a  > /* nought */ 0 )",
    ],
)
def test_a_check_is_called_what_sqlite_calls_it_in_its_error(tmp_path: Path, columns: str) -> None:
    table = table_of(tmp_path, f"CREATE TABLE t ({columns})")
    assert table.parsed
    with create(tmp_path / "other.db") as session:
        session.run(f"CREATE TABLE t ({columns})")
        with pytest.raises(Exception, match="CHECK") as refused:
            session.run("INSERT INTO t (a) VALUES (0)")
    told = str(refused.value.__cause__ or refused.value).partition("failed: ")[2]
    assert told in {check.name or check.expression.strip() for check in table.checks}


def test_several_constraints_over_the_same_columns_share_an_index(tmp_path: Path) -> None:
    table = table_of(tmp_path, "CREATE TABLE t (a UNIQUE, b, UNIQUE (a), PRIMARY KEY (b), UNIQUE (b))")
    assert [(u.columns, u.index) for u in table.uniques] == [
        (("a",), "sqlite_autoindex_t_1"),
        (("a",), "sqlite_autoindex_t_1"),
        (("b",), "sqlite_autoindex_t_2"),
    ]


def test_defaults_and_types_are_as_sqlite_keeps_them(tmp_path: Path) -> None:
    table = table_of(
        tmp_path,
        "CREATE TABLE t (a VARYING CHARACTER(255) DEFAULT 'x''y', b DECIMAL(10,5) DEFAULT -5,"
        " c DEFAULT (1+2), d foo  bar DEFAULT CURRENT_TIME, e DEFAULT NULL, f, g [br type] DEFAULT quiet)",
    )
    assert [(c.declared_type, c.default) for c in table.columns] == [
        ("VARYING CHARACTER(255)", "'x''y'"),
        ("DECIMAL(10,5)", "-5"),
        ("", "1+2"),
        ("foo  bar", "CURRENT_TIME"),
        ("", "NULL"),
        ("", None),
        ("br type", "quiet"),
    ]


def test_comments_go_to_the_column_they_stand_beside(tmp_path: Path) -> None:
    table = table_of(
        tmp_path,
        """CREATE TABLE t ( -- people we treat
            -- never emptied
            id INTEGER PRIMARY KEY, -- the number on the card
            a TEXT /* given name, ) */ NOT NULL,
            -- as the passport has it
            b TEXT CHECK (b <> '' /* not this one */),
            c, d, -- d alone
            /* first line
             * second line */
            e
            -- about the key below
            , UNIQUE (a, b) -- nor this
        )""",
    )
    assert table.parsed
    assert table.comment == "people we treat\nnever emptied"
    assert {c.name: c.comment for c in table.columns if c.comment} == {
        "id": "the number on the card",
        "a": "given name, )",
        "b": "as the passport has it",
        "d": "d alone",
        "e": "first line\nsecond line",
    }


def test_affinity_is_the_one_sqlite_gives(tmp_path: Path) -> None:
    types = [
        "INT",
        "BIGINT UNSIGNED",
        "FLOATING POINT",
        "CHARINT",
        "VARCHAR(9)",
        "clob",
        "TEXTBLOB",
        "BLOB",
        "",
    ]
    types += ["REAL", "DOUBLE", "floa", "BLOBREAL", "DECIMAL(10,5)", "DATE", "STRING", "ANY", "Any thing"]
    columns = ", ".join(f"c{i} {declared}" for i, declared in enumerate(types))
    path = (
        a_database(tmp_path)
        .with_sql(f"CREATE TABLE t ({columns}); CREATE TABLE u AS SELECT * FROM t")
        .build()
    )
    names = {"INT": "INTEGER", "TEXT": "TEXT", "NUM": "NUMERIC", "REAL": "REAL", "": "BLOB"}
    with open_read(path) as session:
        schema = read_schema(session)
        by_sqlite = [
            names[str(row[0])] for row in session.all("SELECT type FROM pragma_table_xinfo('u', 'main')")
        ]
    table = schema.table("t")
    assert table is not None
    assert [column.affinity for column in table.columns] == by_sqlite == [affinity(t) for t in types]


def test_any_in_a_strict_table_converts_nothing(tmp_path: Path) -> None:
    table = table_of(tmp_path, "CREATE TABLE t (a ANY, b INT) STRICT")
    assert table.strict
    assert [column.affinity for column in table.columns] == ["BLOB", "INTEGER"]


def test_a_text_that_says_otherwise_than_sqlite_is_shown_not_believed(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE t (a, b CHECK (b > 0))").build()
    with open_read(path) as session:
        from steward_app.kernel.progress import Context
        from steward_app.services.schema import assemble
        from steward_app.services.schema.facts import Stored, gather

        facts = gather(session, Context())
        other = Stored("table", "t", "t", "CREATE TABLE t (a, c CHECK (c > 0))")
        table = assemble.table(session, facts, other)
    assert not table.parsed
    assert columns_named(table) == ["a", "b"]
    assert table.checks == ()
    assert table.sql == other.sql
