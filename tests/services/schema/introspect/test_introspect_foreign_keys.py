"""Foreign keys as SQLite resolves them, each class of mismatch against what SQLite itself says."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.schemas import schema_of
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.open import create, open_read
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.keys import ROWID_SEARCH
from steward_app.services.schema.model import ForeignKey, Mismatch, Schema


def keys_of(schema: Schema, table: str) -> tuple[ForeignKey, ...]:
    found = schema.table(table)
    assert found is not None
    return found.foreign_keys


def test_keys_come_in_order_of_declaration_with_what_no_pragma_tells(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        "CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT UNIQUE, m, UNIQUE (id, k))",
        """CREATE TABLE c (
            a INTEGER CONSTRAINT first REFERENCES p,
            b REFERENCES P (K) ON DELETE CASCADE ON UPDATE SET NULL NOT NULL DEFERRABLE INITIALLY DEFERRED,
            x, y,
            CONSTRAINT "both" FOREIGN KEY (x, y) REFERENCES p (id, k) MATCH FULL ON DELETE RESTRICT
                NOT DEFERRABLE INITIALLY IMMEDIATE
        )""",
    )
    first, second, both = keys_of(schema, "c")
    assert (first.id, first.name, first.columns, first.parent_columns) == (0, "first", ("a",), ("id",))
    assert first.implicit
    assert (second.parent, second.parent_table, second.parent_columns) == ("P", "p", ("k",))
    assert (second.on_delete, second.on_update) == ("CASCADE", "SET NULL")
    assert second.deferrable == "DEFERRABLE INITIALLY DEFERRED"
    assert (both.id, both.name, both.columns) == (2, "both", ("x", "y"))
    assert (both.parent_columns, both.match, both.on_delete) == (("id", "k"), "FULL", "RESTRICT")
    assert both.deferrable == "NOT DEFERRABLE INITIALLY IMMEDIATE"
    assert {key.mismatch for key in (first, second, both)} == {Mismatch.NONE}


def test_a_deferrable_clause_belongs_to_the_last_key_before_it(tmp_path: Path) -> None:
    ddl = "CREATE TABLE c (a REFERENCES p NOT NULL, b TEXT DEFERRABLE INITIALLY DEFERRED)"
    schema = schema_of(tmp_path, "CREATE TABLE p (id INTEGER PRIMARY KEY)", ddl)
    assert keys_of(schema, "c")[0].deferrable == "DEFERRABLE INITIALLY DEFERRED"
    with create(tmp_path / "deferred.db") as session:
        session.run("CREATE TABLE p (id INTEGER PRIMARY KEY)")
        session.run(ddl)
        session.run("BEGIN")
        assert session.run("INSERT INTO c VALUES (9, 1)") == 1  # not refused before COMMIT
        session.run("ROLLBACK")


def test_an_implicit_composite_key_names_the_primary_key_of_its_parent(tmp_path: Path) -> None:
    schema = schema_of(
        tmp_path,
        "CREATE TABLE p (a, b, PRIMARY KEY (b, a)) WITHOUT ROWID",
        "CREATE TABLE c (x, y, FOREIGN KEY (x, y) REFERENCES p)",
    )
    (key,) = keys_of(schema, "c")
    assert key.implicit
    assert key.parent_columns == ("b", "a")
    assert key.mismatch is Mismatch.NONE


PARENTS = [
    "CREATE TABLE plain (id INTEGER PRIMARY KEY, k TEXT UNIQUE, n TEXT, z)",
    "CREATE UNIQUE INDEX made ON plain (n)",
    "CREATE TABLE two (a, b, c UNIQUE, PRIMARY KEY (a, b))",
    "CREATE TABLE wr (a TEXT PRIMARY KEY, b) WITHOUT ROWID",
    "CREATE TABLE none (a, b)",
    "CREATE TABLE part (a, b)",
    "CREATE UNIQUE INDEX part_a ON part (a) WHERE b > 0",
    "CREATE TABLE coll (a TEXT COLLATE NOCASE, b TEXT)",
    "CREATE UNIQUE INDEX coll_a ON coll (a COLLATE BINARY)",
    "CREATE UNIQUE INDEX coll_b ON coll (b COLLATE NOCASE)",
    "CREATE TABLE fine (a TEXT COLLATE NOCASE UNIQUE, b)",
    "CREATE UNIQUE INDEX fine_b ON fine (lower(b))",
    "CREATE TABLE text_key (k TEXT PRIMARY KEY COLLATE NOCASE, j)",
    "CREATE VIEW seen AS SELECT id FROM plain",
    "CREATE VIRTUAL TABLE full_text USING fts5(body)",
]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("(x) REFERENCES plain", Mismatch.NONE),
        ("(x) REFERENCES plain (id)", Mismatch.NONE),
        ("(x) REFERENCES PLAIN (ID)", Mismatch.NONE),
        ("(x) REFERENCES plain (k)", Mismatch.NONE),
        ("(x) REFERENCES plain (n)", Mismatch.NONE),
        ("(x) REFERENCES plain (z)", Mismatch.NOT_UNIQUE),
        ("(x) REFERENCES plain (rowid)", Mismatch.NO_COLUMN),
        ("(x) REFERENCES plain (gone)", Mismatch.NO_COLUMN),
        ("(x, y) REFERENCES plain", Mismatch.COLUMN_COUNT),
        ("(x, y) REFERENCES plain (id, k)", Mismatch.NOT_UNIQUE),
        ("(x, y) REFERENCES two", Mismatch.NONE),
        ("(x, y) REFERENCES two (b, a)", Mismatch.NONE),
        ("(x) REFERENCES two", Mismatch.COLUMN_COUNT),
        ("(x) REFERENCES two (a)", Mismatch.NOT_UNIQUE),
        ("(x, y) REFERENCES two (a, gone)", Mismatch.NO_COLUMN),
        ("(x) REFERENCES wr", Mismatch.NONE),
        ("(x) REFERENCES wr (b)", Mismatch.NOT_UNIQUE),
        ("(x) REFERENCES none", Mismatch.NOT_UNIQUE),
        ("(x) REFERENCES part (a)", Mismatch.PARTIAL_INDEX),
        ("(x) REFERENCES coll (a)", Mismatch.COLLATION),
        ("(x) REFERENCES coll (b)", Mismatch.COLLATION),
        ("(x) REFERENCES fine (a)", Mismatch.NONE),
        ("(x) REFERENCES fine (b)", Mismatch.NOT_UNIQUE),
        ("(x) REFERENCES text_key", Mismatch.NONE),
        ("(x) REFERENCES seen (id)", Mismatch.PARENT_IS_VIEW),
        ("(x) REFERENCES full_text (body)", Mismatch.NOT_UNIQUE),
        ("(x) REFERENCES gone (id)", Mismatch.NO_TABLE),
        ("(x) REFERENCES c (x)", Mismatch.NOT_UNIQUE),
        ("(x) REFERENCES c (id)", Mismatch.NONE),
    ],
)
def test_every_class_of_mismatch_is_what_sqlite_itself_says(
    tmp_path: Path, reference: str, expected: Mismatch
) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(*PARENTS)
        .with_sql(f"CREATE TABLE c (x, y, id INTEGER PRIMARY KEY, FOREIGN KEY {reference})")
        .with_sql("INSERT INTO c (x, y) VALUES ('q', 'r')")
        .build()
    )
    with open_read(path) as session:
        (key,) = keys_of(read_schema(session), "c")
        try:
            with in_sqlites_words():
                orphans = len(session.all("SELECT * FROM pragma_foreign_key_check('c', 'main')"))
            said = ""
        except SqliteSays as objection:
            orphans, said = 0, str(objection)
    assert key.mismatch is expected
    if expected in (Mismatch.NONE, Mismatch.NO_TABLE):  # no error there: every child row is an orphan
        assert (said, orphans) == ("", 1)
    else:
        assert said.startswith("foreign key mismatch")


def test_one_mismatch_does_not_hide_the_other_keys(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql("CREATE TABLE p (id INTEGER PRIMARY KEY, k)")
        .with_sql("CREATE TABLE bad (a REFERENCES p (k)); CREATE TABLE good (a REFERENCES p (id))")
        .build()
    )
    with open_read(path) as session:
        with pytest.raises(SqliteSays, match="mismatch"), in_sqlites_words():
            session.all("PRAGMA foreign_key_check")
        schema = read_schema(session)
    assert [k.mismatch for k in keys_of(schema, "bad")] == [Mismatch.NOT_UNIQUE]
    assert [k.mismatch for k in keys_of(schema, "good")] == [Mismatch.NONE]
    assert [(t.name, k.id) for t, k in schema.referring("p")] == [("bad", 0), ("good", 0)]


@pytest.mark.parametrize(
    ("child", "index"),
    [
        ("x INTEGER REFERENCES p (id), y", ""),
        ("x INTEGER PRIMARY KEY REFERENCES p (id), y", ROWID_SEARCH),
        ("x INTEGER UNIQUE REFERENCES p (id), y", "sqlite_autoindex_c_1"),
        ("x INTEGER REFERENCES p (id), y, UNIQUE (y, x)", ""),
        ("x INTEGER REFERENCES p (id), y, UNIQUE (x, y)", "sqlite_autoindex_c_1"),
        ("x TEXT REFERENCES p (id), y, UNIQUE (x)", ""),  # compared as numbers: the index is in text order
        ("x INTEGER, y TEXT, FOREIGN KEY (x, y) REFERENCES p (id, k), UNIQUE (y, x)", "sqlite_autoindex_c_1"),
        (
            "x INTEGER, y TEXT, z, FOREIGN KEY (x, y) REFERENCES p (id, k), UNIQUE (x, z)",
            "sqlite_autoindex_c_1",
        ),
        ("x TEXT REFERENCES p (n) UNIQUE, y", ""),  # n is NOCASE, the child's index is not
        ("x TEXT COLLATE NOCASE REFERENCES p (n) UNIQUE, y", "sqlite_autoindex_c_1"),
        ("x INTEGER REFERENCES p (id), y); CREATE INDEX i ON c (x) WHERE x IS NOT NULL --", "i"),
        ("x INTEGER REFERENCES p (id), y); CREATE INDEX i ON c (x) WHERE y > 0 --", ""),
        ("x INTEGER REFERENCES p (id), y); CREATE INDEX i ON c (x) WHERE y IS NOT NULL --", ""),
        ("x INTEGER REFERENCES p (id), y); CREATE INDEX i ON c (x + 1) --", ""),
        ("x INTEGER REFERENCES p (id), y); CREATE INDEX i ON c (x DESC, y) --", "i"),
    ],
)
def test_the_serving_index_is_the_one_sqlite_searches_when_a_parent_row_goes(
    tmp_path: Path, child: str, index: str
) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT, n TEXT COLLATE NOCASE UNIQUE, UNIQUE (id, k))"
        )
        .with_sql(f"CREATE TABLE c ({child}\n)".replace("--\n)", ""))
        .build()
    )
    with open_read(path) as session:
        (key,) = keys_of(read_schema(session), "c")
        assert key.mismatch is Mismatch.NONE
        session.all("PRAGMA foreign_keys = ON")
        plan = [str(row[3]) for row in session.all("EXPLAIN QUERY PLAN DELETE FROM p WHERE id = 1")]
    (line,) = (line for line in plan if " c" in line)
    if index:
        assert line.startswith("SEARCH c")
        assert index in line or (index.startswith("sqlite_autoindex") and "PRIMARY KEY" in line)
    else:
        assert line.startswith("SCAN c")
    assert key.index == index
