"""Schemas at random from few names, so that two of them share much and differ in everything a schema can say."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from steward_app.db import quote

COLUMNS = ("a", "b", "c", "Größe", 'q"t', "select", "e.f")
TABLES = ("t", "u", "w x")
CLAUSES = (
    "",
    "",
    "DEFAULT 7",
    "DEFAULT (3 + 4)",
    "NOT NULL DEFAULT 8",
    "CONSTRAINT nn NOT NULL DEFAULT 8",
    "NOT NULL ON CONFLICT REPLACE DEFAULT 9",
    "CHECK ({} IS NULL OR {} <> 5)",
    "CONSTRAINT ck CHECK ({} <> 6)",
    "CHECK ({} <> 'two\r\nlines')",
    "COLLATE NOCASE",
    "UNIQUE",
    "UNIQUE ON CONFLICT IGNORE",
    'REFERENCES "t" ON DELETE CASCADE',
    "REFERENCES u(id) DEFERRABLE INITIALLY DEFERRED",
)
GENERATED = ("AS (id + 1)", "GENERATED ALWAYS AS (id * 2) STORED", "AS (id + 1) VIRTUAL")
KEYS = (
    "INTEGER PRIMARY KEY",
    "INTEGER PRIMARY KEY AUTOINCREMENT",
    "INT PRIMARY KEY",
    "INT",
    "key of the table",
)
ENDS = st.sampled_from(("", "", " ", "\r\n", " -- end\n"))
"""What may stand before the semicolon; SQLite keeps it with an index and with a table that has options."""


@dataclass(frozen=True)
class Made:
    """A schema as statements, and the columns of each table that hold values of their own, `id` apart."""

    statements: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]

    def rows(self, many: int) -> tuple[str, ...]:
        """Rows in every table: whole numbers that fit every type, no two alike in a column."""
        found = []
        for table, columns in self.columns.items():
            into = ", ".join(map(quote, ("id", *columns)))
            for row in range(many):
                values = ", ".join(str(value) for value in (row + 1, *[row + 20] * len(columns)))
                found.append(f"INSERT INTO {quote(table)} ({into}) VALUES ({values})")
        return tuple(found)


@st.composite
def tables(draw: st.DrawFn, table: str) -> tuple[str, tuple[str, ...]]:
    """A table, and its columns with values of their own."""
    strict = draw(st.booleans())
    types = (
        ("INT", "TEXT", "REAL", "ANY") if strict else ("INT", "text", "REAL", "", "DECIMAL(10,2)", "MONEY")
    )
    key = draw(st.sampled_from(KEYS))
    items = [f"id {'INT' if key == 'key of the table' else key}"]
    plain = []
    for name in draw(st.lists(st.sampled_from(COLUMNS), unique=True, max_size=5)):
        said = quote(name)
        if draw(st.integers(0, 6)) == 0:
            clause = draw(st.sampled_from(GENERATED))
        else:
            clause = draw(st.sampled_from(CLAUSES)).format(said, said)
            plain.append(name)
        items.append(f"{said} {draw(st.sampled_from(types))} {clause}")
    if key == "key of the table":
        items.append("PRIMARY KEY (id DESC)")
    if plain and draw(st.booleans()):
        several = ", ".join(map(quote, plain[:2]))
        items.append(
            draw(
                st.sampled_from((f"UNIQUE ({several})", "CONSTRAINT ck2 CHECK (id > 0)", "CHECK (id < 999)"))
            )
        )
    options = ["STRICT"] if strict else []
    if key in ("INT PRIMARY KEY", "key of the table") and draw(st.booleans()):
        options.append("WITHOUT ROWID")
    space = draw(st.sampled_from((" ", "\n    ", "\r\n    ", " /* x */ ")))
    end = draw(ENDS)
    return f"CREATE TABLE {quote(table)} ({f',{space}'.join(items)}) {', '.join(options)}{end}", tuple(plain)


@st.composite
def schemas(draw: st.DrawFn) -> Made:
    """A whole schema."""
    statements, columns = [], {}
    for table in draw(st.lists(st.sampled_from(TABLES), unique=True, min_size=1)):
        statement, columns[table] = draw(tables(table))
        statements.append(statement)
    for number in range(draw(st.integers(0, 3))):
        table = draw(st.sampled_from(sorted(columns)))
        on, first = quote(table), quote(draw(st.sampled_from(("id", *columns[table]))))
        statements.append(
            draw(
                st.sampled_from(
                    (
                        f"CREATE INDEX i{number} ON {on}({first} DESC){draw(ENDS)}",
                        f"CREATE UNIQUE INDEX i{number} ON {on}(id, {first}) WHERE id > 1",
                        f"CREATE INDEX i{number} ON {on}(lower({first}))",
                        f"CREATE VIEW v{number} AS SELECT {first} AS x FROM {on}",
                        f"CREATE VIEW v{number} AS SELECT * FROM {on}",
                        f"CREATE TRIGGER tr{number} AFTER UPDATE OF {first} ON {on} BEGIN SELECT 'one\r\ntwo'; END",
                        f"CREATE TRIGGER tr{number} BEFORE DELETE ON {on} BEGIN DELETE FROM {on} WHERE id = 0; END",
                    )
                )
            )
        )
    return Made(tuple(statements), columns)
