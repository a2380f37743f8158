"""Whether a copy holds the rows of its database, compared by SQLite, says the same as the content hash."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app import db
from steward_app.db.content import TableContent, table_contents
from steward_app.db.held import Held, held
from steward_app.kernel.progress import Context

TABLES = (
    "CREATE TABLE t(id INTEGER PRIMARY KEY, x, y COLLATE NOCASE)",
    "CREATE TABLE t(id TEXT COLLATE NOCASE PRIMARY KEY, x, y) WITHOUT ROWID",
    "CREATE TABLE t(id, x, y, z AS (x + 1), PRIMARY KEY (id, y))",
    "CREATE TABLE t(rowid, oid, _rowid_ DEFAULT 1, id, x, y)",  # whose rows nothing names
)
VALUES = (
    "NULL",
    "0",
    "1",
    "1.0",
    "'1'",
    "'a'",
    "'A'",
    "x'61'",
    "CAST(x'ff' AS TEXT)",
    "'a' || char(0) || 'b'",
)
CHANGES = (
    "UPDATE t SET {} = {} WHERE id = {}",
    "DELETE FROM t WHERE id = {2}",
    "INSERT INTO t(id, x, y) VALUES (100, {1}, {1})",
    "UPDATE t SET id = id || 'a' WHERE id = {2}",
)


def compared(path: Path, copy: Path) -> tuple[Held, tuple[TableContent, ...], tuple[TableContent, ...]]:
    """What is held, what is in the copy, and what is in the database."""
    with db.open_read(copy) as session:
        found = table_contents(session, Context())
    with db.open_read(path) as session, session.snapshot():
        return held(session, copy, Context()), found, table_contents(session, Context())


@given(
    table=st.sampled_from(TABLES),
    rows=st.lists(st.tuples(st.sampled_from(VALUES), st.sampled_from(VALUES)), max_size=6),
    change=st.none()
    | st.tuples(
        st.sampled_from(CHANGES),
        st.sampled_from(["x", "y"]),
        st.sampled_from(VALUES),
        st.integers(1, 6),
    ),
    utf16=st.booleans(),
)
@settings(max_examples=50, deadline=None)
def test_as_the_content_hash_says(
    table: str,
    rows: list[tuple[str, str]],
    change: tuple[str, str, str, int] | None,
    utf16: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("held")
    path, copy = folder / "live.db", folder / "copy.db"
    connection = apsw.Connection(str(path))
    if utf16:
        connection.execute("PRAGMA encoding = 'UTF-16le'")
    connection.execute(table)
    for number, (x, y) in enumerate(rows, 1):
        connection.execute(f"INSERT INTO t(id, x, y) VALUES ({number}, {x}, {y})")
    connection.close()
    shutil.copy(path, copy)
    if change is not None:
        sql, *told = change
        connection = apsw.Connection(str(copy))
        with contextlib.suppress(
            apsw.MismatchError
        ):  # a number of a row cannot be a text: then nothing changes
            connection.execute(sql.format(*told))
        connection.close()
    seen, found, there = compared(path, copy)
    assert (seen.expected(found) == found) == (there == found)
    if change is None:
        assert len(seen.others) == ("rowid, oid" in table)


def test_tables_that_differ_are_named(tmp_path: Path) -> None:
    path = a_database(tmp_path, "live.db").with_sql(
        "CREATE TABLE a(x)",
        "INSERT INTO a VALUES (1)",
        "CREATE TABLE b(x)",
        "INSERT INTO b VALUES (1)",
    )
    made = path.build()
    copy = tmp_path / "copy.db"
    shutil.copy(made, copy)
    connection = apsw.Connection(str(copy))
    connection.execute("UPDATE b SET x = 1.0; CREATE TABLE c(x)")
    connection.close()
    seen, found, _ = compared(made, copy)
    assert seen.same == ("a",)
    assert [table.name for table in seen.others] == ["b"]
    assert [table.name for table in found if table not in seen.expected(found)] == ["b", "c"]


def test_a_table_that_the_copy_does_not_give_is_not_taken_for_the_same(tmp_path: Path) -> None:
    seen = Held(("a",), ())
    assert seen.expected(()) == (TableContent("a", 0, ""),)
    damaged = TableContent("a", 0, "", problem="a page is damaged")
    assert damaged not in seen.expected((damaged,))


def test_a_copy_whose_schema_cannot_be_read_has_nothing_the_same(tmp_path: Path) -> None:
    path = a_database(tmp_path, "live.db").with_table("t", "x", rows=[(1,)]).build()
    copy = tmp_path / "copy.db"
    content = bytearray(path.read_bytes())
    content[100:108] = b"\xff" * 8
    copy.write_bytes(content)
    with db.open_read(path) as session, session.snapshot():
        seen = held(session, copy, Context())
        assert (seen.same, seen.others) == ((), table_contents(session, Context()))
