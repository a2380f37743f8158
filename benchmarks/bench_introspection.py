"""Reading the schema of 1,000 tables against a bare loop over the same pragmas plus tokenizing the same text.

The bare loop is what a script would do: apsw, one pragma a table and one an index, every row fetched and thrown away,
and syntaqlite's own tokens of every stored statement. It builds no model, resolves no key and compiles no view.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import apsw
import syntaqlite
from harness import compare, record

from steward_app.db.open import create, open_read
from steward_app.services.schema.introspect import read_schema

TABLES, VIEWS, TRIGGERS = 1_000, 50, 50
TYPES = ("INTEGER", "TEXT", "REAL", "VARCHAR(40)", "DATE", "BLOB", "NUMERIC(10,2)")


def statements() -> Iterator[str]:
    """A schema as applications grow them: 4 to 16 columns, 1,500 foreign keys, constraints, comments."""
    chance = random.Random(20261120)
    for table in range(TABLES):
        items = ["id INTEGER PRIMARY KEY"]
        for column in range(chance.randint(3, 15)):
            words = [f"column_{column}", chance.choice(TYPES)]
            words += ["NOT NULL"] * chance.randint(0, 1)
            words += ["COLLATE NOCASE"] * (chance.random() < 0.05)
            words += [f"DEFAULT {chance.randint(0, 9)}"] * (chance.random() < 0.2)
            words += [f"CHECK (column_{column} <> '')"] * (chance.random() < 0.1)
            items.append(" ".join(words))
        parents = [chance.randrange(TABLES) for _ in range(chance.randint(0, 3))]
        items += [f"parent_{i} INTEGER REFERENCES table_{parent} (id)" for i, parent in enumerate(parents)]
        items.append("UNIQUE (column_0, column_1)")
        yield (
            f"CREATE TABLE table_{table} ( -- what table {table} is for\n    " + ",\n    ".join(items) + "\n)"
        )
        yield f"CREATE INDEX index_{table} ON table_{table} (column_2, id DESC)"
    for view in range(VIEWS):
        source = f"table_{view} AS a JOIN table_{view + 1} AS b USING (id)"
        yield f"CREATE VIEW view_{view} AS SELECT a.column_0, b.id FROM {source}"
    for trigger in range(TRIGGERS):
        yield (
            f"CREATE TRIGGER trigger_{trigger} AFTER UPDATE OF column_0 ON table_{trigger}"
            f" BEGIN UPDATE table_{trigger} SET column_1 = NEW.column_0 WHERE id = NEW.id; END"
        )


def bare(path: Path) -> int:
    """The same facts and nothing done with them; gives how many rows and tokens there were."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    tokenizer = syntaqlite.Syntaqlite()
    stored = connection.execute("SELECT type, name, sql FROM main.sqlite_schema").fetchall()
    seen = len(connection.execute("SELECT * FROM pragma_table_list WHERE schema = 'main'").fetchall())
    for kind, name, sql in stored:
        if sql is not None:
            seen += len(tokenizer.tokenize(sql))
        if kind not in ("table", "view"):
            continue
        seen += len(connection.execute("SELECT * FROM pragma_table_xinfo(?, 'main')", (name,)).fetchall())
        if kind == "view":
            continue
        seen += len(
            connection.execute("SELECT * FROM pragma_foreign_key_list(?, 'main')", (name,)).fetchall()
        )
        for index in connection.execute("SELECT name FROM pragma_index_list(?, 'main')", (name,)).fetchall():
            seen += len(connection.execute("SELECT * FROM pragma_index_xinfo(?, 'main')", index).fetchall())
    connection.close()
    return seen


def ours(path: Path) -> int:
    """The whole model, as every page and command uses it."""
    with open_read(path) as session:
        return len(read_schema(session).tables)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "thousand.db"
        with create(file) as made, made.transaction():
            for statement in statements():
                made.run(statement)
        assert ours(file) == TABLES + VIEWS + 1
        assert bare(file) > 100_000
        record(
            "Reading the schema of 1,000 tables",
            compare(ours=lambda: ours(file), base=lambda: bare(file), rounds=11),
            base="the same pragmas in a bare loop, and tokens of the same text",
            limit=2.0,
        )
