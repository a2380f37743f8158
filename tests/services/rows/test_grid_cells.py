"""Large, binary and damaged values: pages stay small, the whole value comes on demand."""

from __future__ import annotations

import tracemalloc

import pytest

from builders import a_database
from steward_app.services.rows import (
    CellValue,
    Grid,
    Preview,
    Sort,
    Storage,
    blob_kind,
    looks_like_json,
    pretty_json,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(90)
BAD = b"Zo\xeb"  # Latin-1, not UTF-8


def _one_column(opened, tmp_path, values, *, pragma="", sort=()):
    builder = a_database(tmp_path)
    if pragma:
        builder.with_pragma(pragma)
    file = opened(builder.with_table("t", "v", rows=[(value,) for value in values]))
    return Grid(file.session, file.source("t"), sort=sort)


def test_short_values_come_as_they_are(tmp_path, opened):
    values = [None, 0, -(2**63), 2**63 - 1, 1.5, float("inf"), "", "text", "a\x00b", "x" * 1024, "ä" * 512]
    page = _one_column(opened, tmp_path, values).first_page()
    assert [row[0] for row in page.rows] == values
    assert [type(row[0]) for row in page.rows] == [type(value) for value in values]


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_blobs_and_long_texts_come_as_previews(tmp_path, opened, encoding):
    long = "ä→" * 2_000
    huge = "z" + "ü" * 100_000
    grid = _one_column(
        opened, tmp_path, [b"", PNG, long, huge, PNG * 2_000], pragma=f"encoding = '{encoding}'"
    )
    empty, png, text, large, stored = (row[0] for row in grid.first_page().rows)
    width = len("ä→".encode(encoding.replace("le", "-le").replace("be", "-be")))
    assert empty == Preview(Storage.BLOB, 0, b"")
    assert png == Preview(Storage.BLOB, len(PNG), PNG[:64])
    assert png.kind == "PNG image"
    assert text == Preview(Storage.TEXT, width * 2_000, long[:256])
    assert (large.storage, large.head) == (Storage.TEXT, huge[:256])
    assert (stored.size_bytes, stored.head, stored.kind) == (len(PNG) * 2_000, PNG[:64], "PNG image")


def test_values_too_large_to_load_have_no_preview_without_a_rowid(tmp_path, opened):
    file = opened(
        a_database(tmp_path)
        .with_sql("CREATE TABLE t (k TEXT PRIMARY KEY, v) WITHOUT ROWID")
        .with_rows("t", [("a", bytes(100_000))])
    )
    grid = Grid(file.session, file.source("t"))
    assert grid.first_page().rows == (("a", Preview(Storage.BLOB, 100_000, b"")),)


@pytest.mark.parametrize("sort", [(), (Sort("v"),)])
def test_text_that_is_not_utf8(tmp_path, opened, sort):
    file = opened(
        a_database(tmp_path)
        .with_table(
            "t", "id INTEGER PRIMARY KEY, v", rows=[(1, "Zoe"), (3, b"\x00\x01"), (4, "x" * 2_000), (5, 7)]
        )
        .with_sql("INSERT INTO t VALUES (2, CAST(x'5a6feb' AS TEXT))")
    )
    grid = Grid(file.session, file.source("t"), sort=sort, page_rows=2)
    found = {}
    page = grid.first_page()
    while page.rows:
        found |= {row[0]: row[1] for row in page.rows}
        page = grid.page_after(page)
    assert found[1] == "Zoe"
    assert found[2] == Preview(Storage.TEXT, 3, "Zo\ufffd", damaged=True)
    assert found[3] == Preview(Storage.BLOB, 2, b"\x00\x01")
    assert found[4] == Preview(Storage.TEXT, 2_000, "x" * 256)
    assert found[5] == 7
    key = grid.locate(("id",), (2,))
    assert grid.read_cell(key, "v") == CellValue("v", Storage.TEXT, BAD, 3, damaged=True)


def test_a_key_that_is_not_utf8(tmp_path, opened):
    file = opened(
        a_database(tmp_path)
        .with_sql("CREATE TABLE t (k TEXT PRIMARY KEY, v) WITHOUT ROWID")
        .with_rows("t", [("a", 1), ("z", 3)])
        .with_sql("INSERT INTO t VALUES (CAST(x'5a6feb' AS TEXT), 2)")
    )
    for prepared in (False, True):
        grid = Grid(file.session, file.source("t"), columns=["v"], page_rows=1)
        if prepared:
            grid.prepare()
        pages = [grid.first_page()]
        while pages[-1].has_after:
            pages.append(grid.page_after(pages[-1]))
        assert [page.rows for page in pages] == [((2,),), ((1,),), ((3,),)]
        assert grid.page_from(pages[0].keys[0]).rows == ((2,),)
        assert grid.read_row(pages[0].keys[0])[0].value == 2


def test_whole_values_on_demand(tmp_path, opened):
    text = "ü" * 50_000
    grid = _one_column(opened, tmp_path, [PNG * 10, text, None, 5, 2.5])
    keys = grid.first_page().keys
    values = [grid.read_cell(key, "v") for key in keys]
    assert values[0] == CellValue("v", Storage.BLOB, PNG * 10, len(PNG) * 10)
    assert values[0].kind == "PNG image"
    assert values[1] == CellValue("v", Storage.TEXT, text, 100_000)
    assert [value.value for value in values[2:]] == [None, 5, 2.5]
    assert grid.read_cell(keys[1], "v", limit_bytes=99_999) == CellValue(
        "v", Storage.TEXT, None, 100_000, complete=False
    )
    assert [value.value for value in grid.read_row(keys[3])] == [5]


def test_a_page_of_large_values_takes_little_memory(tmp_path, opened):
    file = opened(
        a_database(tmp_path)
        .with_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)")
        .with_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 60) "
            "INSERT INTO t SELECT i, zeroblob(1000000), printf('%.*c', 60000, 'x') FROM n"
        )
    )
    grid = Grid(file.session, file.source("t"), sort=[Sort("b")])
    tracemalloc.start()
    page = grid.first_page()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(page.rows) == 60
    assert peak < 2_000_000


def test_more_columns_than_a_result_can_have_are_cut(tmp_path, opened):
    columns = ", ".join(f"c{n}" for n in range(1_999))
    file = opened(
        a_database(tmp_path).with_table("wide", columns).with_sql("INSERT INTO wide (c3) VALUES (4)")
    )
    grid = Grid(file.session, file.source("wide"))
    assert len(grid.columns) == len(grid.first_page().rows[0]) == 1_900
    assert Grid(file.session, file.source("wide"), columns=["c1998", "c3"]).first_page().rows == ((None, 4),)


def test_generated_columns_are_shown(tmp_path, opened):
    file = opened(
        a_database(tmp_path)
        .with_sql("CREATE TABLE t (a INT, b AS (a * 2), c BLOB AS (zeroblob(70000)) STORED)")
        .with_rows("t", [(4,)], columns=("a",))
    )
    grid = Grid(file.session, file.source("t"))
    assert grid.first_page().rows == ((4, 8, Preview(Storage.BLOB, 70_000, b"")),)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG image"),
        (b"%PDF-1.7", "PDF document"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "WebP image"),
        (b"SQLite format 3\x00", "SQLite database"),
        (b"PK\x03\x04", "ZIP archive"),
        (b"", ""),
        (b"hello", ""),
    ],
)
def test_blobs_are_known_by_their_first_bytes(head, kind):
    assert blob_kind(head) == kind


def test_json_is_shown_pretty_without_being_changed(tmp_path, opened):
    session = opened(a_database(tmp_path)).session
    text = '{"b":12345678901234567890.10,"a":[1,2],"a":"\\u00e9"}'
    assert looks_like_json(f"  {text}\n")
    pretty = pretty_json(session, text)
    assert pretty is not None
    assert "".join(pretty.split()) == text
    assert pretty.count("\n") == 7
    assert pretty_json(session, "{not json}") is None
    assert pretty_json(session, "plain") is None
