"""Odd but legal statements, one a line: every one is read, and the model says all of it.

The model of a table is written out as SQL again and given to SQLite; what the pragmas then say must be what they
said of the statement itself.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.render import create_index, create_table
from steward_app.db.open import create
from steward_app.db.session import Session
from steward_app.services.schema.ddl import read_index, read_trigger, read_view, read_virtual
from steward_app.services.schema.ddl_table import read_table
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table, TableKind

PARENT = "CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT, UNIQUE (k, id))"
TABLE = "CREATE TABLE t (a INTEGER, b TEXT, c REAL)"

TABLES = [
    "CREATE TABLE x (id INTEGER PRIMARY KEY, n TEXT NOT NULL DEFAULT 'q')",
    "CREATE TABLE x (a, b, c)",
    "CREATE TABLE x(a)",
    "CREATE TABLE x (a INT, b ANY) STRICT",
    "CREATE TABLE x (a TEXT PRIMARY KEY, b) WITHOUT ROWID",
    "CREATE TABLE x (a TEXT PRIMARY KEY, b ANY) WITHOUT ROWID, STRICT",
    "CREATE TABLE x (a TEXT PRIMARY KEY, b ANY) STRICT, WITHOUT ROWID",
    "CREATE TABLE x (a TEXT PRIMARY KEY) without /* c */ rowid -- end",
    "CREATE TABLE x (a INT, b INT AS (a * 2) STORED)",
    "CREATE TABLE x (a INT, b INT AS (a * 2))",
    "CREATE TABLE x (a INT, b AS (a * 2) STORED)",
    "CREATE TABLE x (a INT, b GENERATED ALWAYS AS (a * 2) VIRTUAL)",
    "CREATE TABLE x (a INT, b INT GENERATED ALWAYS AS (a * 2) STORED NOT NULL CHECK (b > 0))",
    "CREATE TABLE x (a INT, b INT NOT NULL GENERATED ALWAYS AS (a * 2) STORED UNIQUE)",
    "CREATE TABLE x (a GENERATED, b GENERATED ALWAYS, c ALWAYS)",
    "CREATE TABLE x (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, b)",
    "CREATE TABLE x (id INTEGER PRIMARY KEY ASC ON CONFLICT REPLACE AUTOINCREMENT)",
    "CREATE TABLE x (a TEXT NOT NULL ON CONFLICT IGNORE)",
    "CREATE TABLE x (a TEXT NULL ON CONFLICT FAIL, b NULL)",
    "CREATE TABLE x (a TEXT UNIQUE ON CONFLICT FAIL)",
    "CREATE TABLE x (a, b, UNIQUE (a, b) ON CONFLICT ROLLBACK)",
    "CREATE TABLE x (a, b, PRIMARY KEY (a, b) ON CONFLICT ABORT)",
    "CREATE TABLE x (a, b, CHECK (a > b) ON CONFLICT IGNORE)",
    "CREATE TABLE x (a INT CONSTRAINT nn NOT NULL CONSTRAINT ck CHECK (a > 0), CONSTRAINT u UNIQUE (a))",
    "CREATE TABLE x (a INT, CONSTRAINT u UNIQUE (a) CONSTRAINT c CHECK (a > 0) FOREIGN KEY (a) REFERENCES p (id))",
    "CREATE TABLE x (a INT UNIQUE, UNIQUE (a) PRIMARY KEY (a))",
    "CREATE TABLE x (a INT CONSTRAINT foo, b)",
    "CREATE TABLE x (a INT CONSTRAINT one CONSTRAINT two NOT NULL)",
    "CREATE TABLE x (a INT, CONSTRAINT only)",
    "CREATE TABLE x (id INTEGER PRIMARY KEY DESC, b)",
    "CREATE TABLE x (id INTEGER, PRIMARY KEY (id AUTOINCREMENT))",
    "CREATE TABLE x (id INTEGER, b, PRIMARY KEY (id DESC))",
    "CREATE TABLE x (a TEXT, b TEXT, PRIMARY KEY (a COLLATE NOCASE DESC, b))",
    "CREATE TABLE x (a TEXT COLLATE NOCASE, UNIQUE (a COLLATE BINARY DESC))",
    "CREATE TABLE x (a TEXT COLLATE nocase, UNIQUE (a))",
    "CREATE TABLE x (a TEXT COLLATE 'rtrim' UNIQUE)",
    "CREATE TABLE x (a INTEGER REFERENCES p)",
    "CREATE TABLE x (a, b, FOREIGN KEY (a, b) REFERENCES p (k, id) ON DELETE CASCADE ON UPDATE SET NULL)",
    "CREATE TABLE x (a REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)",
    "CREATE TABLE x (a REFERENCES p (id) ON DELETE RESTRICT NOT DEFERRABLE INITIALLY IMMEDIATE)",
    "CREATE TABLE x (a REFERENCES p (id) MATCH FULL ON DELETE SET DEFAULT)",
    "CREATE TABLE x (a REFERENCES p ON INSERT CASCADE ON DELETE NO ACTION MATCH simple DEFERRABLE)",
    "CREATE TABLE x (a, CONSTRAINT fk FOREIGN KEY (a) REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)",
    "CREATE TABLE x (a REFERENCES p REFERENCES t (a), b REFERENCES gone)",
    "CREATE TABLE x (j TEXT CHECK (json_valid(j) AND j->>'$.a' IS NOT NULL))",
    "CREATE TABLE x (e TEXT CHECK (e LIKE '%_@_%' ESCAPE '\\' AND e NOT GLOB '*[^a-z]*'))",
    "CREATE TABLE x (a CHECK (a IN (1, 2) OR a BETWEEN 5 AND 9 OR CASE WHEN a THEN 1 ELSE 0 END))",
    "CREATE TABLE x (a CHECK (typeof(a) = 'integer'), b CHECK (b ISNULL OR b NOTNULL))",
    "CREATE TABLE x (a CHECK (a IS NOT DISTINCT FROM 3) CHECK (a <> ') --' /* ) */))",
    "CREATE TABLE x (a CHECK ((a & 3) | ~a << 2), b DEFAULT x'00ff', c DEFAULT -1, d DEFAULT +1.5e3)",
    "CREATE TABLE x (a DEFAULT (datetime('now')), b DEFAULT CURRENT_TIMESTAMP, c DEFAULT (lower(hex('a'))))",
    "CREATE TABLE x (d DEFAULT TRUE, e DEFAULT NULL, f DEFAULT 0x1F, g DEFAULT 1_000, h DEFAULT (-(3)))",
    "CREATE TABLE x (a TEXT DEFAULT foo, b TEXT DEFAULT \"bar\", c DEFAULT 'it''s', d DEFAULT [x])",
    "CREATE TABLE [my t] ([a b] INTEGER PRIMARY KEY, [c] TEXT)",
    "CREATE TABLE `my t` (`a b` INTEGER PRIMARY KEY, `c``d` TEXT)",
    'CREATE TABLE "my""t" ("a""b" INTEGER, "sel]ect" TEXT)',
    "CREATE TABLE 'my t' ('a b' INTEGER, 'c''d' TEXT)",
    'CREATE TABLE größe (naïve TEXT, "日本" INT, emoji_😀 INT, "\u202eltr" TEXT)',
    "CREATE TABLE x (abort, action, after, key, replace, row, plan, conflict, match, no, temp, view, trigger)",
    "CREATE TABLE x (cast, query, first, last, filter, window, over, begin, end, if, asc, desc, by, like, glob)",
    "CREATE TABLE x (a UNSIGNED BIG INT, b VARYING CHARACTER(255), c NATIVE CHARACTER(70), d DOUBLE PRECISION)",
    'CREATE TABLE x (a FLOATING POINT, c foo bar baz, d "quoted type", e NUMERIC(+10,-5), f INT(-5,+3))',
    "CREATE TABLE x (a DECIMAL ( 10 , 5 ), b VARCHAR(5), c ENUM)",
    "CREATE TABLE x (a INT, -- the a column, with ) and ,\n b TEXT /* block, ) */ NOT NULL -- tail\n)",
    "CREATE TABLE x (\n\ta INT -- last\n)",
    "CREATE TABLE x\n(\r\n  a\r\n,\r\n  b\r\n)",
    "CREATE TABLE/**/x/**/(/**/a/**/INT/**/,/**/b/**/)",
    "CREATE TABLE IF NOT EXISTS main.x (a)",
    "CREATE TABLE x AS SELECT a, b AS [b c], c + 1 FROM t",
    "CREATE TABLE x (a TEXT DEFAULT 'a;b', b TEXT CHECK (b <> ';--'))",
    "CREATE TABLE x (a PRIMARY KEY, b, c, CHECK (a), CHECK (b) CHECK (c), UNIQUE (b), FOREIGN KEY (c) REFERENCES x)",
    "CREATE TABLE x (a\u00a0b INT)",
]  # fmt: skip

OTHERS = [
    "CREATE INDEX ix ON t (a)",
    "CREATE UNIQUE INDEX ix ON t (a DESC, b COLLATE NOCASE ASC)",
    "CREATE INDEX ix ON t (a) WHERE b IS NOT NULL AND c > 3",
    "CREATE INDEX ix ON t (lower(b), a + c, json_extract(b, '$.x'), (a), 'b', \"no\")",
    'CREATE INDEX IF NOT EXISTS main."i x" ON "t" ("a")',
    "CREATE INDEX ix ON t (CASE WHEN a THEN b ELSE ',' END COLLATE NOCASE DESC)",
    "CREATE VIEW v AS SELECT a, b AS bb FROM t WHERE c > 1",
    "CREATE VIEW v (x, [y z]) AS SELECT a, b FROM t",
    "CREATE VIEW IF NOT EXISTS main.v AS VALUES (1, 2), (3, 4)",
    "CREATE VIEW v AS WITH RECURSIVE r (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r LIMIT 5) SELECT * FROM r",
    "CREATE VIEW v AS SELECT b->>'$.a' x, group_concat(b, ',' ORDER BY a) FILTER (WHERE a > 1) y FROM t GROUP BY 1",
    "CREATE VIEW v AS SELECT t.a FROM t NOT INDEXED JOIN (t AS u CROSS JOIN t AS w) ON u.a = w.a",
    "CREATE VIEW v AS SELECT je.value FROM t, json_each(t.b) AS je;",
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET b = 'x' WHERE a = NEW.a; END",
    "CREATE TRIGGER g BEFORE UPDATE OF a, b ON t FOR EACH ROW WHEN OLD.a IS NOT NEW.a BEGIN SELECT 1; END",
    "CREATE TRIGGER g DELETE ON t BEGIN SELECT CASE WHEN OLD.a > 1 THEN RAISE (ABORT, 'no; END') END; END;",
    "CREATE TRIGGER g BEFORE DELETE ON t BEGIN SELECT RAISE (ABORT, 'no ' || OLD.a); END",
    "CREATE TRIGGER IF NOT EXISTS main.[g h] INSERT ON t BEGIN INSERT INTO t (a) SELECT 2 ON CONFLICT DO NOTHING; END",
    "CREATE TRIGGER g UPDATE ON t WHEN (SELECT count(*) FROM t) > 1 BEGIN REPLACE INTO t VALUES (1, 2, 3); END",
    "CREATE VIRTUAL TABLE f USING fts5(title, body UNINDEXED, tokenize = 'porter unicode61', prefix='2 3')",
    "CREATE VIRTUAL TABLE f USING fts5(title, content = '', contentless_delete = 1)",
    "CREATE VIRTUAL TABLE f USING fts4(a, b, tokenize=porter, notindexed=b)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS main.r USING /* c */ rtree(id, minx, maxx, +label TEXT)",
    "CREATE VIRTUAL TABLE r USING rtree_i32(id, a, b)",
]  # fmt: skip


@pytest.mark.parametrize("ddl", TABLES)
def test_the_model_of_a_table_says_all_of_it(tmp_path: Path, ddl: str) -> None:
    with create(tmp_path / "one.db") as one, create(tmp_path / "two.db") as two:
        for statement in (PARENT, TABLE, ddl):
            one.run(statement)
        table = next(t for t in read_schema(one).tables if t.name not in ("p", "t", "sqlite_sequence"))
        assert table.parsed
        assert table.sql == one.value("SELECT sql FROM sqlite_schema WHERE name = ?", (table.name,))
        two.run(create_table(table))
        again = read_schema(two).table(table.name)
        assert again is not None
        assert again.parsed
        assert _said(one, table) == _said(two, again)
        assert again.checks == table.checks or {c.name for c in again.checks} == {
            c.name for c in table.checks
        }


@pytest.mark.parametrize("ddl", OTHERS)
def test_the_parts_of_every_other_object_are_found(tmp_path: Path, ddl: str) -> None:
    with create(tmp_path / "one.db") as session:
        session.run(TABLE)
        session.run(ddl)
        schema = read_schema(session)
        assert all(table.parsed and not table.problem for table in schema.tables)
        (before,) = (table for table in schema.tables if table.name == "t")
        for index in before.indexes:
            said = session.all("SELECT * FROM pragma_index_xinfo(?, 'main')", (index.name,))
            assert "" not in [column.name or column.expression for column in index.columns]
            session.run(f'DROP INDEX "{index.name}"')
            session.run(create_index(index))
            assert session.all("SELECT * FROM pragma_index_xinfo(?, 'main')", (index.name,)) == said
        for trigger in before.triggers:
            assert trigger.event in ("INSERT", "UPDATE", "DELETE")
            assert not trigger.problem
        _all_told(schema)


def _all_told(schema: Schema) -> None:
    for table in schema.tables:
        if table.kind is TableKind.VIRTUAL:
            assert table.module
        if table.kind in (TableKind.VIEW, TableKind.VIRTUAL):
            assert table.columns


def _said(session: Session, table: Table) -> list[object]:
    """Everything the pragmas say of a table, names of automatic indexes left out."""
    name = (table.name,)
    indexes = session.all("SELECT name, \"unique\", origin, partial FROM pragma_index_list(?, 'main')", name)
    return [
        [
            (column.name, column.declared_type, column.not_null, column.key_position, column.generated,
             column.collation, column.autoincrement, column.rowid_alias, column.affinity)
            for column in table.columns
        ],
        sorted(
            [(row[1:], session.all("SELECT cid, \"desc\", coll, key FROM pragma_index_xinfo(?, 'main')", row[:1]))
            for row in indexes], key=repr
        ),
        session.all("SELECT * FROM pragma_foreign_key_list(?, 'main')", name),
        session.all("SELECT wr, strict, ncol FROM pragma_table_list WHERE schema = 'main' AND name = ?", name),
    ]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(TABLES + OTHERS),
    st.integers(0, 200),
    st.integers(0, 12),
    st.sampled_from(["", ")", "(", ","]),
)
def test_a_text_cut_or_torn_is_read_or_not_but_never_trips_the_reader(
    ddl: str, start: int, length: int, instead: str
) -> None:
    torn = ddl[:start] + instead + ddl[start + length :]
    for read in (read_table, read_index, read_trigger, read_view, read_virtual):
        for text in (torn, ddl[:start]):
            found = read(text)
            assert found is None or found.name is not None
