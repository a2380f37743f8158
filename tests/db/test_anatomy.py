"""What pages are for, beside what SQLite itself says of them."""

from __future__ import annotations

from pathlib import Path

import apsw
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.db.anatomy import Anatomy, PageKind
from steward_app.db.raw_files import frames, raw_file
from steward_app.db.records import encoded_varint, fields, layout, local_bytes, varint


def build(path: Path, page_size: int, auto_vacuum: str) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    for sql in (
        f"PRAGMA page_size = {page_size}",
        f"PRAGMA auto_vacuum = {auto_vacuum}",
        "PRAGMA synchronous = OFF",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b BLOB)",
        "CREATE INDEX t_a ON t (a, b)",
        "CREATE TABLE w (a TEXT PRIMARY KEY, b) WITHOUT ROWID",
        "CREATE TABLE gone (a)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)"
        " INSERT INTO t SELECT i * 1000, hex(randomblob(i % 60)), randomblob(i * 37 % 4000) FROM n",
        "INSERT INTO w SELECT id || 'k', b FROM t",
        "INSERT INTO gone SELECT b FROM t",
        "DELETE FROM t WHERE id % 3 = 0",
        "DROP TABLE gone",
    ):
        connection.execute(sql).fetchall()
    return connection


@pytest.mark.parametrize("page_size", [512, 1024, 4096, 65536])
@pytest.mark.parametrize("auto_vacuum", ["NONE", "INCREMENTAL"])
def test_every_page_is_what_sqlite_says(tmp_path: Path, page_size: int, auto_vacuum: str) -> None:
    path = tmp_path / "house.db"
    connection = build(path, page_size, auto_vacuum)
    content = path.read_bytes()
    rows = np.frombuffer(content, np.uint8).reshape(-1, page_size)
    anatomy = Anatomy(page_size, 0, len(rows))
    for first in range(0, len(rows), 7):
        some = rows[first : first + 7]
        anatomy.take(np.arange(first + 1, first + 1 + len(some)), some)
    roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_schema"))
    free = int.from_bytes(content[32:36], "big")
    anatomy.settle(
        [1, *roots.values()],
        free,
        auto_vacuum != "NONE",
        lambda n: content[(n - 1) * page_size : n * page_size],
    )
    told = connection.execute("SELECT name, pageno, pagetype FROM dbstat").fetchall()
    for name, page, kind in told:
        expected = PageKind.OVERFLOW if kind == "overflow" else PageKind.TREE
        assert (anatomy.kind(page), anatomy.root(page)) == (expected, roots.get(name, 1))
    counts = anatomy.counts()
    assert counts[PageKind.FREE] + counts[PageKind.TRUNK] == connection.pragma("freelist_count")
    assert counts[PageKind.UNREACHED] == 0
    assert sum(counts.values()) == len(rows)
    assert len(told) == counts[PageKind.TREE] + counts[PageKind.OVERFLOW]


def test_cells_and_fields_of_a_page(tmp_path: Path) -> None:
    connection = build(tmp_path / "house.db", 512, "NONE")
    content = (tmp_path / "house.db").read_bytes()
    wanted = connection.execute(
        "SELECT pageno, ncell, payload FROM dbstat WHERE name = 't' AND pagetype = 'leaf'"
    )
    for number, cells, payload in wanted:
        page = content[(number - 1) * 512 : number * 512]
        found = layout(page, 512)
        assert found is not None and len(found.cells) == cells
        assert sum(cell.local for cell in found.cells) == payload
        first = found.cells[0]
        record = fields(
            lambda at, n, c=first, p=page: p[c.payload_start + at : c.payload_start + at + n], first.payload
        )
        assert [field.number for field in record] == [0, 1, 2]
        assert record[1].is_text and record[2].is_blob
        assert record[2].start + record[2].size == first.payload


def test_frames_of_a_log(tmp_path: Path) -> None:
    path = tmp_path / "house.db"
    connection = build(path, 1024, "NONE")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
    connection.execute("UPDATE t SET a = 'x' WHERE id < 9000")
    connection.execute("UPDATE t SET a = 'y' WHERE id < 9000")
    with raw_file(path.with_name("house.db-wal")) as log:
        found = frames(log)
        assert found.page_size_bytes == 1024 and len(found.pages) > len(found.newest) > 1
        for page, frame in found.newest.items():
            assert found.pages[frame - 1] == page
            assert found.at(found.offset(frame) + 5) == (frame, 5)
            assert log.read(found.offset(frame), 1024)[0] in (2, 5, 10, 13, 0, *range(256))
    connection.close()


@given(st.integers(-(1 << 63), (1 << 63) - 1))
@settings(max_examples=100, deadline=None)
def test_a_row_number_comes_back(number: int) -> None:
    data = encoded_varint(number)
    assert varint(data + b"\xff", 0) == (number & 0xFFFF_FFFF_FFFF_FFFF, len(data))


def test_a_number_is_written_as_sqlite_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "numbers.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    numbers = [1, 127, 128, 16_384, 1 << 31, 49_301_234_567, (1 << 56) - 1, 1 << 56, (1 << 63) - 1, -5]
    connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in numbers])
    content = path.read_bytes()
    assert all(encoded_varint(number) in content for number in numbers)
    connection.close()


@pytest.mark.parametrize(
    "page", [b"", b"\x0d", b"\x0d" * 512, b"\x00" * 512, b"\xff" * 512, bytes(range(256)) * 2]
)
def test_nonsense_has_no_cells_and_no_error(page: bytes) -> None:
    found = layout(page.ljust(512, b"\0"), 512)
    assert found is None or all(0 < cell.start <= cell.end <= 512 for cell in found.cells)


def test_how_much_of_a_row_stays_on_its_page() -> None:
    assert local_bytes(4096, 13, 4061) == 4061
    assert 489 <= local_bytes(4096, 13, 4062) <= 4061
    assert local_bytes(4096, 10, 1003) <= 1002
