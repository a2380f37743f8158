"""The content hash: equal exactly when the rows are equal, in value and storage class."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db.content import TableContent, table_content, table_contents
from steward_app.db.open import open_read, open_write
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue

DOCUMENT = Path(__file__).parents[2] / "docs" / "content-hash.md"

values = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.binary(max_size=12),
)
rows = st.lists(st.tuples(values, values), max_size=12)
alike = st.sampled_from([0, 1, 0.0, -0.0, 1.0, "", "0", "1", "1.0", b"", b"0", b"1", None])


def contents(path: Path) -> dict[str, TableContent]:
    with open_read(path) as session, session.snapshot():
        return {content.name: content for content in table_contents(session, Context())}


def content_of(
    path: Path, rows: list[tuple[SqlValue, ...]], columns: str = "a, b", **pragmas: str
) -> TableContent:
    path.unlink(missing_ok=True)
    builder = a_database(path).with_table("t", columns, rows=rows)
    for name, value in pragmas.items():
        builder.with_pragma(f"{name} = {value}")
    return contents(builder.build())["t"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.lists(st.tuples(alike, alike), max_size=3), second=st.lists(st.tuples(alike, alike), max_size=3)
)
def test_is_equal_exactly_when_rows_are_equal(tmp_path: Path, first: list[Any], second: list[Any]) -> None:
    def exactly(rows: list[tuple[SqlValue, ...]]) -> list[tuple[tuple[type, str], ...]]:
        return [tuple((type(value), repr(value)) for value in row) for row in rows]

    one, two = content_of(tmp_path / "a.db", first), content_of(tmp_path / "b.db", second)
    assert (one.hash == two.hash) == (exactly(first) == exactly(second))
    assert one.rows == len(first)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows)
def test_is_what_the_document_says(tmp_path: Path, rows: list[tuple[SqlValue, ...]]) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    reference: dict[str, Any] = {}
    exec(blocks[0], reference)
    assert content_of(tmp_path / "a.db", rows).hash == reference["content_hash"](2, rows)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs"])), values),
        max_size=8,
        unique_by=lambda r: r[0],
    )
)
@pytest.mark.parametrize("encoding", ["'UTF-16le'", "'UTF-16be'"])
@pytest.mark.parametrize(
    "columns", ["a, b", "a TEXT PRIMARY KEY, b", "a TEXT PRIMARY KEY, b) WITHOUT ROWID; SELECT (1"]
)
def test_does_not_depend_on_the_encoding_of_the_file(
    tmp_path: Path, encoding: str, columns: str, rows: list[tuple[SqlValue, ...]]
) -> None:
    plain = content_of(tmp_path / "a.db", rows, columns)
    assert content_of(tmp_path / "b.db", rows, columns, encoding=encoding, page_size="512") == plain


keys = st.one_of(st.text("aAbBéz", max_size=3), st.integers(-9, 9), st.binary(max_size=2))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(keys, values), max_size=8, unique_by=lambda row: str(row[0]).casefold()))
@pytest.mark.parametrize(
    "key",
    ["a PRIMARY KEY, b", "a COLLATE NOCASE, b, PRIMARY KEY (b DESC, a)", "b, a, id INTEGER PRIMARY KEY"],
)
def test_follows_the_key_whatever_the_order_of_insertion(
    tmp_path: Path, key: str, rows: list[tuple[SqlValue, ...]]
) -> None:
    if "id" in key:
        rows = [(*row, number) for number, row in enumerate(rows)]
    assert content_of(tmp_path / "a.db", rows, key) == content_of(tmp_path / "b.db", rows[::-1], key)


def test_reads_text_that_is_not_text(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("t", "a")
        .with_table("u", "a")
        .with_table("v", "a", rows=[(b"\xff\xfe",)])
        .with_sql(
            "INSERT INTO t VALUES (CAST(x'fffe' AS TEXT)); INSERT INTO u VALUES (CAST(x'fffd' AS TEXT))"
        )
        .build()
    )
    found = contents(path)
    assert len({content.hash for content in found.values()}) == 3
    wide = (
        a_database(tmp_path, "wide.db")
        .with_pragma("encoding = 'UTF-16le'")
        .with_table("t", "a TEXT PRIMARY KEY")
        .with_table("u", "a TEXT PRIMARY KEY")
        .with_sql("INSERT INTO t VALUES (CAST(x'00d8' AS TEXT)), (CAST(x'41' AS TEXT))")
        .with_sql("INSERT INTO u VALUES (CAST(x'01d8' AS TEXT)), (CAST(x'41' AS TEXT))")
        .build()
    )
    found = contents(wide)
    assert found["t"].rows == 2
    assert found["t"].hash != found["u"].hash


def test_a_name_that_is_not_text_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("goodone", "a", rows=[(1,)]).with_table("badname", "a").build()
    for name, problems in (
        (b"badname", ["", "a name in it is not valid text"]),
        (b"a)", ["a name in it is not valid text"] * 2),
    ):
        broken = tmp_path / f"{len(problems)}{name!r}.db"
        broken.write_bytes(path.read_bytes().replace(name, b"\xff" + name[1:]))
        assert sorted(content.problem for content in contents(broken).values()) == problems


def test_counts_ordinary_tables_of_every_kind(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table('q"\n<img onerror>', "id INTEGER PRIMARY KEY AUTOINCREMENT", rows=[(5,)])
        .with_table("pair", "a, b, PRIMARY KEY (b, a)) WITHOUT ROWID; SELECT (1", rows=[(1, 2)])
        .with_table("total", "a, twice AS (a * 2), thrice AS (a * 3) STORED", rows=[])
        .with_table("names", "rowid, _rowid_, oid", rows=[(1, 2, 3)])
        .with_sql("CREATE INDEX every ON names (oid, rowid, _rowid_)")
        .with_sql("CREATE VIRTUAL TABLE notes USING fts5 (body)", "INSERT INTO notes VALUES ('a word')")
        .with_sql("CREATE VIEW all_pairs AS SELECT * FROM pair", "ANALYZE")
        .build()
    )
    found = contents(path)
    assert {'q"\n<img onerror>', "pair", "total", "names", "sqlite_sequence", "notes_content"} <= found.keys()
    assert not {"notes", "all_pairs", "sqlite_stat1"} & found.keys()
    with open_write(path) as session, session.transaction():
        session.run("INSERT INTO total (a) VALUES (7)")
    assert contents(path)["total"].hash == content_of(tmp_path / "plain.db", [(7,)], "a").hash


def test_vacuum_keeps_the_hash_and_a_changed_type_does_not(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("t", "a TEXT PRIMARY KEY, b", rows=[("z", 1), ("a", 2), ("m", 3)])
        .build()
    )
    before = contents(path)
    with open_write(path) as session:
        session.run("DELETE FROM t WHERE a = 'm'")
        session.run("VACUUM")
        session.run("INSERT INTO t VALUES ('m', 3)")
    assert contents(path) == before
    with open_write(path) as session:
        session.run("UPDATE t SET b = 3.0 WHERE a = 'm'")
    assert contents(path) != before


def test_an_unknown_collation_does_not_stop_it(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a PRIMARY KEY, b", rows=[("x", 1), ("y", 2)]).build()
    expected = contents(path)["t"]
    connection = apsw.Connection(str(path))
    connection.create_collation("nowhere", lambda a, b: (a > b) - (a < b))
    connection.execute("DROP TABLE t; CREATE TABLE t (a COLLATE nowhere PRIMARY KEY, b)")
    connection.execute("INSERT INTO t VALUES ('y', 2), ('x', 1)")
    connection.execute("CREATE TABLE w (a COLLATE nowhere PRIMARY KEY) WITHOUT ROWID")
    connection.close()
    assert contents(path)["t"] == expected
    assert "collation" in contents(path)["w"].problem


def test_a_damaged_table_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("good", "a", rows=[(1,)])
        .with_table("zapped", "a", rows=[("x" * 100,)] * 500)
        .build()
    )
    with open_read(path) as session:
        page = session.count("SELECT rootpage FROM sqlite_schema WHERE name = 'zapped'")
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = struct.pack("<1024I", *[0x5A5A5A5A] * 1024)
    path.write_bytes(content)
    found = contents(path)
    assert found["good"].hash
    assert found["zapped"].hash == ""
    assert found["zapped"].problem == "a page is damaged"


def test_cancel_stops_it_within_a_table(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a", rows=[(n,) for n in range(12_000)]).build()
    context = Context(lambda progress: context.cancel())
    with open_read(path) as session, pytest.raises(Cancelled):
        table_content(session, "t", context)
