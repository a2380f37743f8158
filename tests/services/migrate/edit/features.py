"""Tables with one feature of a schema each, and two rows: what a change of another column must leave as it is.

Every table is “t” and has a column “z” without any property, which the change is about.
"""

from __future__ import annotations

from steward_app.db import WriteSession, quote

KEYED = "id INTEGER PRIMARY KEY, z INT"

FEATURES: dict[str, tuple[str, ...]] = {
    "plain": (f"CREATE TABLE t({KEYED}, a TEXT)",),
    "CHECK of a column": (f"CREATE TABLE t({KEYED}, a INT CHECK (a > 0))",),
    "CHECK of a column, named": (f"CREATE TABLE t({KEYED}, a INT CONSTRAINT ck1 CHECK (a > 0))",),
    "CHECK of the table": (f"CREATE TABLE t({KEYED}, a INT, CHECK (a > 0 OR z > 0))",),
    "CHECK of the table, named": (f"CREATE TABLE t({KEYED}, a INT, CONSTRAINT ck1 CHECK (a > 0))",),
    "CHECK that names its own table": (f"CREATE TABLE t({KEYED}, a INT, CHECK (t.a > 0))",),
    "generated, virtual": (f"CREATE TABLE t({KEYED}, a INT, g AS (a * 2) VIRTUAL)",),
    "generated, stored": (f"CREATE TABLE t({KEYED}, a INT, g INT GENERATED ALWAYS AS (a * 2) STORED)",),
    "generated from one that is generated": (
        f"CREATE TABLE t({KEYED}, a INT, h AS (g + 1), g AS (a * 2) STORED)",
    ),
    "UNIQUE": (f"CREATE TABLE t({KEYED}, a INT UNIQUE)",),
    "UNIQUE, named": (f"CREATE TABLE t({KEYED}, a INT CONSTRAINT uq1 UNIQUE)",),
    "UNIQUE ON CONFLICT IGNORE": (f"CREATE TABLE t({KEYED}, a INT UNIQUE ON CONFLICT IGNORE)",),
    "UNIQUE with a collation": (f"CREATE TABLE t({KEYED}, a TEXT, UNIQUE (a COLLATE NOCASE DESC))",),
    "NOT NULL ON CONFLICT REPLACE": (
        f"CREATE TABLE t({KEYED}, a INT NOT NULL ON CONFLICT REPLACE DEFAULT 7)",
    ),
    "COLLATE": (f"CREATE TABLE t({KEYED}, a TEXT COLLATE NOCASE)",),
    "DEFAULT, an expression": (f"CREATE TABLE t({KEYED}, a TEXT DEFAULT (datetime('now')))",),
    "DEFAULT, a text that looks like SQL": (f"CREATE TABLE t({KEYED}, a TEXT DEFAULT 'it''s; )x')",),
    "DEFAULT CURRENT_TIMESTAMP": (f"CREATE TABLE t({KEYED}, a TEXT DEFAULT CURRENT_TIMESTAMP)",),
    "DEFAULT, a blob and a sign": (f"CREATE TABLE t({KEYED}, a BLOB DEFAULT x'00ff', b INT DEFAULT -1)",),
    "DECIMAL(10,2)": (f"CREATE TABLE t({KEYED}, a DECIMAL(10,2))",),
    "no type": (f"CREATE TABLE t({KEYED}, a)",),
    "an unusual type": (f"CREATE TABLE t({KEYED}, a MONEY)",),
    "a quoted type of two words": (f'CREATE TABLE t({KEYED}, a "double  precision" (3))',),
    "AUTOINCREMENT": (
        "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, z INT, a INT)",
        "INSERT INTO t(id, z) VALUES (50, 1)",
        "DELETE FROM t",
    ),
    "AUTOINCREMENT of an empty table": (
        "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, z INT)",
        "INSERT INTO t(id) VALUES (9)",
        "-- empty",
        "DELETE FROM t",
    ),
    "STRICT": ("CREATE TABLE t(id INTEGER PRIMARY KEY, z INT, a TEXT) STRICT",),
    "STRICT with ANY": ("CREATE TABLE t(id INTEGER PRIMARY KEY, z INT, a ANY) STRICT",),
    "WITHOUT ROWID": ("CREATE TABLE t(id TEXT PRIMARY KEY, z INT, a INT) WITHOUT ROWID",),
    "WITHOUT ROWID, a key of two": (
        "CREATE TABLE t(z INT, a INT, id INT, PRIMARY KEY (a DESC, id)) STRICT, WITHOUT ROWID",
    ),
    "foreign key with actions": (
        "CREATE TABLE p(id INTEGER PRIMARY KEY)",
        f"CREATE TABLE t({KEYED}, f INT REFERENCES p(id) ON DELETE CASCADE ON UPDATE SET NULL)",
    ),
    "foreign key, deferrable": (
        "CREATE TABLE p(id INTEGER PRIMARY KEY)",
        f"CREATE TABLE t({KEYED}, f INT REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)",
    ),
    "foreign key of two columns": (
        "CREATE TABLE p(x, y, PRIMARY KEY (x, y))",
        f"CREATE TABLE t({KEYED}, f INT, g INT, FOREIGN KEY (f, g) REFERENCES p(x, y) MATCH FULL)",
    ),
    "foreign key that names no column": (
        "CREATE TABLE p(id INTEGER PRIMARY KEY)",
        f"CREATE TABLE t({KEYED}, f INT REFERENCES p)",
    ),
    "foreign key to itself": (f"CREATE TABLE t({KEYED}, f INT REFERENCES t(id) ON DELETE CASCADE)",),
    "foreign key to no table": (f"CREATE TABLE t({KEYED}, f INT REFERENCES nobody(id))",),
    "key of two columns": (
        "CREATE TABLE t(id INT, z INT, a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (b, a))",
    ),
    "INTEGER PRIMARY KEY DESC": ("CREATE TABLE t(id INTEGER PRIMARY KEY DESC, z INT, a INT)",),
    "a key that may be NULL": ("CREATE TABLE t(id TEXT PRIMARY KEY ON CONFLICT REPLACE, z INT, a INT)",),
    "index, partial": (f"CREATE TABLE t({KEYED}, a INT)", "CREATE INDEX i ON t(a) WHERE a > 5"),
    "index of an expression": (f"CREATE TABLE t({KEYED}, a TEXT)", "CREATE INDEX i ON t(lower(a))"),
    "index, descending": (f"CREATE TABLE t({KEYED}, a TEXT)", "CREATE INDEX i ON t(a DESC, z)"),
    "index with a collation": (f"CREATE TABLE t({KEYED}, a TEXT)", "CREATE INDEX i ON t(a COLLATE NOCASE)"),
    "index, unique, with an odd name and remarks": (
        f"CREATE TABLE t({KEYED}, a TEXT)",
        'CREATE UNIQUE INDEX "i /* 1 */" /* of */ ON t -- this\n(a)',
    ),
    "trigger": (
        f"CREATE TABLE t({KEYED}, a INT)",
        "CREATE TABLE l(x)",
        "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO l VALUES (new.a); END",
    ),
    "trigger with WHEN, of columns": (
        f"CREATE TABLE t({KEYED}, a INT)",
        "CREATE TRIGGER tr BEFORE UPDATE OF a ON t WHEN new.a < old.a BEGIN SELECT RAISE(ABORT, 'no; END'); END",
    ),
    "trigger of another table": (
        f"CREATE TABLE t({KEYED}, a INT)",
        "CREATE TABLE l(x)",
        "CREATE TRIGGER tr AFTER INSERT ON l BEGIN UPDATE t SET a = 1; END",
    ),
    "view": (f"CREATE TABLE t({KEYED}, a INT)", "CREATE VIEW v AS SELECT a, t.z FROM t"),
    "view of a view, SELECT *": (
        f"CREATE TABLE t({KEYED}, a INT)",
        "CREATE VIEW v AS SELECT * FROM t",
        "CREATE VIEW w(x) AS SELECT id FROM v",
    ),
    "view with INSTEAD OF": (
        f"CREATE TABLE t({KEYED}, a INT)",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE TRIGGER tv INSTEAD OF INSERT ON v BEGIN INSERT INTO t(a) VALUES (new.a); END",
    ),
    "a view that is broken": (f"CREATE TABLE t({KEYED}, a INT)", "CREATE VIEW v AS SELECT gone FROM nowhere"),
    "a trigger that is broken": (
        f"CREATE TABLE t({KEYED}, a INT)",
        "CREATE TABLE l(x)",
        "CREATE TRIGGER tr AFTER INSERT ON l BEGIN UPDATE nowhere SET a = 1; END",
    ),
    "children that would go with their parent": (
        f"CREATE TABLE t({KEYED}, a INT)",
        "CREATE TABLE ch(tid REFERENCES t(id) ON DELETE CASCADE)",
        "INSERT INTO ch VALUES (1), (2)",
    ),
    "rowids with gaps": (
        "CREATE TABLE t(z INT, a INT)",
        "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)",
        "DELETE FROM t WHERE a = 2",
    ),
    "rowids under another name": (
        "CREATE TABLE t(rowid TEXT, z INT, _rowid_ INT)",
        "INSERT INTO t(oid, z) VALUES (7, 1), (9, 2)",
    ),
    "rowids that nothing names": ("CREATE TABLE t(rowid TEXT, z INT, _rowid_ INT, oid)",),
    "remarks": (f"CREATE TABLE t({KEYED}, -- the key, )\n a INT /* amount */)",),
    "odd names": (
        f'CREATE TABLE t({KEYED}, "a b""c" INT, "select" INT, [d]]e] INT, `f``` INT)'.replace("]]", "-"),
    ),
    "odd names of objects": (
        f"CREATE TABLE t({KEYED}, a INT)",
        'CREATE INDEX "i\'); DROP TABLE t; --" ON t(a)',
        'CREATE TRIGGER "\u202etr""" AFTER INSERT ON t BEGIN SELECT 1; END',
    ),
    "a text that is a name in double quotes": (f'CREATE TABLE t({KEYED}, a TEXT CHECK (a <> "never"))',),
    "statistics": (
        f"CREATE TABLE t({KEYED}, a INT)",
        "CREATE INDEX i ON t(a)",
        "INSERT INTO t(z) VALUES (3)",
        "ANALYZE",
    ),
    "full-text table of its rows": (
        f"CREATE TABLE t({KEYED}, a TEXT)",
        "CREATE VIRTUAL TABLE f USING fts5(a, content='t', content_rowid='id')",
    ),
    "values of other types than declared": (
        f"CREATE TABLE t({KEYED}, a INT, b TEXT, c REAL)",
        "INSERT INTO t VALUES (1, 'x', 'y', x'00', 5), (2, 1.5, x'', 7, 'z')",
        "INSERT INTO t VALUES (3, 0, '007', '1e3', 9007199254740993)",
    ),
    "texts with a NUL and bytes that are no UTF-8": (
        f"CREATE TABLE t({KEYED}, a TEXT)",
        "INSERT INTO t VALUES (1, 1, 'a' || char(0) || 'b'), (2, 2, CAST(x'80ff' AS TEXT))",
    ),
    "IF NOT EXISTS and the schema's name": (f"CREATE TABLE IF NOT EXISTS main.t({KEYED}, a INT)",),
    "columns that were added": (
        f"CREATE TABLE t({KEYED})",
        "INSERT INTO t VALUES (1, 1)",
        "ALTER TABLE t ADD a DEFAULT 'x'",
    ),
    "a row of more than one page": (
        f"CREATE TABLE t({KEYED}, a BLOB)",
        "INSERT INTO t VALUES (1, 1, zeroblob(20000))",
    ),
}


def fill(session: WriteSession) -> None:
    """Two rows in “t”, and what they point to, unless it has some or is to be empty."""
    made = str(session.value("SELECT count(*) FROM t")) != "0"
    emptied = session.value("SELECT seq FROM sqlite_sequence WHERE name = 't'") if _counts(session) else None
    if made or emptied == 9:
        return
    for table in ("p", "t"):
        columns = "SELECT name FROM pragma_table_xinfo(?, 'main') WHERE hidden = 0"
        into = ", ".join(quote(str(name)) for (name,) in session.all(columns, (table,)))
        for value in ("1", "2") if into else ():
            values = ", ".join([value] * (into.count(", ") + 1))
            session.run(f"INSERT INTO {quote(table)} ({into}) VALUES ({values})")


def _counts(session: WriteSession) -> bool:
    return session.value("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'") is not None
