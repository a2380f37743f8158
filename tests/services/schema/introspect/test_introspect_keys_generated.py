"""Generated parents, indexes and foreign keys: usable and served exactly where SQLite finds them so."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import fold
from steward_app.db.open import create
from steward_app.db.session import Session
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Mismatch

TYPES = st.sampled_from(["", "INT", "INTEGER", "TEXT", "BLOB", "REAL", "NUMERIC"])
COLLATIONS = st.sampled_from(["", "", " COLLATE NOCASE", " COLLATE RTRIM"])
WHERES = st.sampled_from(
    ["", "", "", " WHERE a > 1", " WHERE a IS NOT NULL", " WHERE [B] NOTNULL", " WHERE b > 1"]
)


@st.composite
def tables(draw: st.DrawFn, name: str) -> list[str]:
    """CREATE TABLE with columns a and b, a primary key or none, and some indexes."""
    key = draw(st.sampled_from(["", "", ", PRIMARY KEY (a)", ", PRIMARY KEY (b, a)"]))
    rowid = " WITHOUT ROWID" if key and draw(st.booleans()) else ""
    columns = ", ".join(f"{column} {draw(TYPES)}{draw(COLLATIONS)}" for column in "ab")
    made = [f"CREATE TABLE {name} ({columns}{key}{{}}){rowid}"]
    for number in range(draw(st.integers(0, 3))):
        terms = draw(
            st.lists(st.sampled_from(["a", "b", "a + 1", "B"]), min_size=1, max_size=2, unique_by=fold)
        )
        listed = ", ".join(f"{term}{draw(COLLATIONS)}" for term in terms)
        unique = "UNIQUE " if draw(st.booleans()) else ""
        made.append(f"CREATE {unique}INDEX {name}{number} ON {name} ({listed}){draw(WHERES)}")
    return made


@settings(max_examples=60, deadline=None)
@given(
    tables("p"),
    tables("c"),
    st.sampled_from(
        [("a", ""), ("a", "(a)"), ("a", "(B)"), ("b", "(gone)"), ("a, b", ""), ("b, A", "(a, b)")]
    ),
)
def test_a_key_is_usable_and_served_where_sqlite_finds_it_so(
    parent: list[str], child: list[str], key: tuple[str, str]
) -> None:
    reference = f", FOREIGN KEY ({key[0]}) REFERENCES p {key[1]}"
    statements = [parent[0].format(""), *parent[1:], child[0].format(reference), *child[1:]]
    with tempfile.TemporaryDirectory() as folder, create(Path(folder) / "k.db") as session:
        for statement in ("PRAGMA foreign_keys = OFF", *statements):
            session.run(statement)
        child_table = read_schema(session).table("c")
        assert child_table is not None
        (told,) = child_table.foreign_keys
        session.run("INSERT INTO c (a, b) VALUES (1, 1)")
        usable = is_usable(session)
        assert (told.mismatch is Mismatch.NONE) is usable, told
        if usable:
            assert bool(told.index) is is_served(session), told


def is_usable(session: Session) -> bool:
    try:
        with in_sqlites_words():
            session.all("SELECT * FROM pragma_foreign_key_check('c', 'main')")
    except SqliteSays as said:
        assert "mismatch" in str(said)
        return False
    return True


def is_served(session: Session) -> bool:
    """Whether SQLite searches the children of a parent row that goes, instead of reading all of them."""
    session.run("PRAGMA foreign_keys = ON")
    plan = [str(row[3]) for row in session.all("EXPLAIN QUERY PLAN DELETE FROM p WHERE a = 1 AND b = 1")]
    (line,) = (line for line in plan if line.startswith(("SCAN c", "SEARCH c")))
    return line.startswith("SEARCH c")
