"""Exports hold what the table holds, are safe to open, and are whole or not there."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from steward_app import db
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context, Progress
from steward_app.services.rows import (
    Condition,
    Export,
    Filter,
    Format,
    Grid,
    Operator,
    Sort,
    export_rows,
    harmless,
    save_value,
    source_of_query,
)
from steward_app.services.rows.export_text import CsvWriter, JsonWriter

HOSTILE = '=cmd|"/c calc"!A1\n<img onerror=x>,'
VALUES = [
    None,
    "",
    0,
    -5,
    2**60 + 1,
    1.5,
    float("inf"),
    'a "quoted", text\r\n',
    b"\x00\xff",
    "=1+1",
    "'=1",
    "-5",
    "ü",
    " x",
]


@pytest.fixture
def table(tmp_path, opened):
    rows = [(number, value) for number, value in enumerate(VALUES)]
    return opened(a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, v", rows=rows))


def _export(file, target, source="t", **wish):
    return export_rows(file.session, file.source(source), target, Context(), Export(**wish))


def test_csv(table, tmp_path):
    done = _export(table, tmp_path / "t.csv")
    data = done.path.read_bytes()
    assert data.startswith(b'id,v\r\n0,\r\n1,""\r\n2,0\r\n3,-5\r\n')
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert [row[1] for row in rows[1:]] == [
        "", "", "0", "-5", "1152921504606846977", "1.5", "Infinity", 'a "quoted", text\r\n', "AP8=", "'=1+1", "''=1",
        "'-5", "ü", " x",
    ]  # fmt: skip
    assert (done.format, done.rows, done.size_bytes, done.left_out) == (
        Format.CSV,
        len(VALUES),
        len(data),
        (),
    )
    assert [note.partition(": ")[2] for note in done.notes] == ["3. An apostrophe stands before them.", "1."]


def test_csv_as_it_is_when_asked_for(table, tmp_path):
    done = _export(table, tmp_path / "t.csv", formula_safe=False)
    rows = list(csv.reader(io.StringIO(done.path.read_bytes().decode(), newline="")))
    assert [row[1] for row in rows[10:13]] == ["=1+1", "'=1", "-5"]


def test_json(table, tmp_path):
    for name in ("t.json", "t.jsonl"):
        done = _export(table, tmp_path / name)
        text = done.path.read_text("utf-8")
        rows = [json.loads(line) for line in text.splitlines()] if name == "t.jsonl" else json.loads(text)
        values = [row["v"] for row in rows]
        assert values[:6] == VALUES[:6]
        assert values[6:9] == [{"real": "Infinity"}, VALUES[7], {"base64": "AP8="}]
        assert values[9:] == VALUES[9:]
        assert [note[:5] for note in done.notes] == ["BLOBs", "Integ"]


def test_parquet_with_a_mixed_column(table, tmp_path):
    import pyarrow.parquet as pq

    done = _export(table, tmp_path / "t.parquet")
    found = pq.read_table(done.path)
    assert [(field.name, str(field.type)) for field in found.schema] == [
        ("id", "int64"),
        ("v", "string"),
        ("v type", "string"),
    ]
    assert found.column("v type").to_pylist()[:6] == ["null", "text", "integer", "integer", "integer", "real"]
    assert found.column("v").to_pylist()[:9] == [
        None, "", "0", "-5", "1152921504606846977", "1.5", "Infinity", VALUES[7], "AP8=",
    ]  # fmt: skip
    assert json.loads(found.schema.metadata[b"steward"])["types_of"] == {"v": "v type"}
    assert "“v”" in done.notes[0]
    with pytest.raises(Refused, match="Nothing was written: “v” holds values of several types"):
        _export(table, tmp_path / "u.parquet", split_mixed=False)
    assert not (tmp_path / "u.parquet").exists()


def test_parquet_takes_the_types_that_are_there(tmp_path, opened):
    import pyarrow.parquet as pq

    file = opened(
        a_database(tmp_path).with_table(
            "t",
            "whole INT, num, big, txt TEXT, bin, none REAL, void, [num type]",
            rows=[(1, 1, 2**60, "a", b"x", None, None, 1), (None, 1.5, 0.5, None, None, None, None, 2)],
        )
    )
    found = pq.read_table(_export(file, tmp_path / "t.parquet").path)
    assert {field.name: str(field.type) for field in found.schema} == {
        "whole": "int64",
        "num": "double",
        "big": "string",
        "big type": "string",
        "txt": "string",
        "bin": "binary",
        "none": "double",
        "void": "string",
        "num type": "int64",
    }
    assert found.column("big").to_pylist() == [str(2**60), "0.5"]


def test_parquet_is_written_in_groups(tmp_path, opened, monkeypatch):
    import pyarrow.parquet as pq

    monkeypatch.setattr("steward_app.services.rows.export_parquet._ROWS_A_GROUP", 10)
    file = opened(a_database(tmp_path).with_table("t", "n", rows=[(n,) for n in range(35)]))
    found = pq.ParquetFile(_export(file, tmp_path / "t.parquet").path)
    assert found.num_row_groups == 4
    assert found.read().column("n").to_pylist() == list(range(35))


@pytest.mark.parametrize("ending", list(Format))
def test_an_empty_table_and_hostile_names(tmp_path, opened, ending):
    file = opened(a_database(tmp_path).with_sql(f"CREATE TABLE {db.quote(HOSTILE)} ({db.quote(HOSTILE)}, b)"))
    done = _export(file, tmp_path / f"t.{ending}", HOSTILE)
    assert (done.rows, done.columns) == (0, (HOSTILE, "b"))
    if ending is Format.CSV:
        header = next(csv.reader(io.StringIO(done.path.read_bytes().decode(), newline="")))
        assert header == ["'" + HOSTILE, "b"]
    if ending is Format.JSON:
        assert json.loads(done.path.read_text()) == []


@given(st.text(st.sampled_from("'=+-@\t\r\n＝a1 "), max_size=6))
def test_the_apostrophe_can_be_taken_away_again(text):
    written = harmless(text)
    assert re.sub(r"^'(?='*[=+\-@\t\r\n＝＋－＠])", "", written) == text  # as docs/exports.md says
    assert harmless(text)[:1] not in set("=+-@\t\r\n＝＋－＠")


@given(st.lists(st.tuples(st.text(max_size=8), st.one_of(st.none(), st.text(max_size=4))), max_size=5))
def test_csv_reads_back(rows):
    writer = CsvWriter(["a", "b"], formula_safe=False)
    data = writer.begin() + b"".join(writer.row(row) for row in rows) + writer.end()
    found = list(csv.reader(io.StringIO(data.decode(), newline="")))[1:]
    assert found == [[a, b or ""] for a, b in rows]


@given(
    st.lists(
        st.tuples(st.text(max_size=8), st.one_of(st.none(), st.integers(), st.floats(allow_nan=False))),
        max_size=5,
    )
)
def test_json_reads_back(rows):
    for lines in (False, True):
        writer = JsonWriter(["a\n", "b"], lines=lines)
        text = (writer.begin() + b"".join(writer.row(row) for row in rows) + writer.end()).decode()
        found = [json.loads(line) for line in text.split("\n") if line] if lines else json.loads(text)
        assert [row["a\n"] for row in found] == [a for a, _ in rows]
        expected = [
            {"real": "Infinity" if b > 0 else "-Infinity"} if b in (float("inf"), -float("inf")) else b
            for _, b in rows
        ]
        assert [row["b"] for row in found] == expected


def test_columns_filter_and_order(table, tmp_path):
    done = _export(
        table,
        tmp_path / "t.csv",
        columns=("id",),
        filter=Filter((Condition("id", Operator.LESS, (4,)),)),
        sort=(Sort("id", descending=True),),
    )
    assert done.path.read_text().split() == ["id", "3", "2", "1", "0"]


def test_a_single_column_loses_no_row(tmp_path, opened):
    file = opened(a_database(tmp_path).with_table("t", "v", rows=[("a",), (None,), ("b",)]))
    rows = list(csv.reader(io.StringIO(_export(file, tmp_path / "t.csv").path.read_text(), newline="")))
    assert rows == [["v"], ["a"], [""], ["b"]]


def test_personal_columns_are_left_out_until_asked_for(tmp_path, opened):
    file = opened(
        a_database(tmp_path)
        .with_table("staff", "id INTEGER PRIMARY KEY, first_name TEXT, ward", rows=[(1, "Ada", 3)])
        .with_sql("CREATE VIEW phones AS SELECT first_name AS phone FROM staff")
    )
    done = _export(file, tmp_path / "a.csv", "staff")
    assert done.path.read_text().split() == ["id,ward", "1,3"]
    assert done.left_out == ("first_name",)
    assert _export(file, tmp_path / "b.csv", "staff", personal=True).columns == ("id", "first_name", "ward")
    named = _export(file, tmp_path / "c.csv", "staff", columns=("first_name",))
    assert (named.columns, named.left_out) == (("first_name",), ())
    assert named.path.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="Every column of “phones” looks personal"):
        _export(file, tmp_path / "d.csv", "phones")


def test_views_and_queries_are_exported_too(table, tmp_path):
    source = source_of_query(
        table.session, "SELECT id AS a, id * 2 AS a FROM t WHERE id < 2 ORDER BY id DESC"
    )
    done = export_rows(table.session, source, tmp_path / "q.jsonl", Context())
    assert done.path.read_text() == '{"a": 1, "a (2)": 2}\n{"a": 0, "a (2)": 0}\n'


@pytest.mark.parametrize("ending", list(Format))
def test_text_that_is_not_utf8_is_marked_and_said(tmp_path, opened, ending):
    file = opened(
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, v", rows=[(n, "fine") for n in range(5)])
        .with_sql("INSERT INTO t VALUES (7, CAST(x'5a6feb' AS TEXT))")
    )
    done = _export(file, tmp_path / f"t.{ending}")
    assert done.rows == 6
    assert done.notes == ("Texts that are not valid UTF-8: 1. What cannot be read stands as U+FFFD.",)
    if ending is not Format.PARQUET:
        text = done.path.read_text("utf-8")
        assert text.count("fine") == 5
        assert "Zo\ufffd" in text


def test_a_file_that_is_there_stays(table, tmp_path):
    target = tmp_path / "t.csv"
    target.write_text("mine")
    with pytest.raises(Refused) as caught:
        _export(table, target)
    assert caught.value.code is ErrorCode.NEEDS_CONFIRMATION
    assert target.read_text() == "mine"
    assert _export(table, target, overwrite=True).path.read_text().startswith("id,v")


@pytest.mark.parametrize("suffix", ["", "-wal", "-journal", "-shm"])
def test_the_database_itself_is_never_written_over(table, tmp_path, suffix):
    target = table.path.with_name(table.path.name + suffix)
    before = table.path.read_bytes()
    for path in (target, tmp_path / "." / target.name):
        with pytest.raises(Refused, match="belongs to the open database"):
            export_rows(
                table.session, table.source("t"), path, Context(), Export(format=Format.CSV, overwrite=True)
            )
    link = tmp_path / "link.csv"
    link.symlink_to(table.path)
    with pytest.raises(Refused, match="belongs to the open database"):
        _export(table, link, overwrite=True)
    assert table.path.read_bytes() == before


def test_an_ending_that_says_nothing(table, tmp_path):
    with pytest.raises(UsageError, match=r"does not say what to write"):
        _export(table, tmp_path / "t.xlsx")
    assert _export(table, tmp_path / "t.txt", format=Format.CSV).format is Format.CSV
    assert _export(table, tmp_path / "t.NDJSON").format is Format.JSON_LINES


def test_a_folder_that_is_not_there(table, tmp_path):
    with pytest.raises(Failure):
        _export(table, tmp_path / "nowhere" / "t.csv")


@pytest.mark.parametrize("ending", list(Format))
def test_a_cancel_leaves_nothing(tmp_path, opened, ending):
    file = opened(a_database(tmp_path).with_table("t", "n", rows=[(n,) for n in range(20_000)]))
    target: Path = tmp_path / f"t.{ending}"
    context = Context(lambda progress: context.cancel())
    with pytest.raises(Cancelled):
        export_rows(file.session, file.source("t"), target, context)
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {file.path.name}


def test_a_cancel_while_sqlite_sorts(tmp_path, opened):
    file = opened(a_database(tmp_path).with_table("t", "n", rows=[(n,) for n in range(1_000)]))
    source = source_of_query(file.session, "SELECT a.n * b.n AS x FROM t a, t b, t c ORDER BY 1")
    context = Context()
    threading.Timer(0.05, context.cancel).start()
    with pytest.raises(Cancelled):
        export_rows(file.session, source, tmp_path / "t.csv", context)


def test_progress_says_a_total_only_when_it_is_certain(tmp_path, opened):
    file = opened(a_database(tmp_path).with_table("t", "n", rows=[(n,) for n in range(6_000)]))
    reports: list[Progress] = []
    export_rows(file.session, file.source("t"), tmp_path / "t.csv", Context(reports.append))
    assert reports == [
        Progress(2_000, None, "rows"),
        Progress(4_000, None, "rows"),
        Progress(6_000, None, "rows"),
        Progress(6_000, None, "rows"),
    ]
    few = Export(filter=Filter((Condition("n", Operator.LESS, (10,)),)), format=Format.JSON)
    small = opened(a_database(tmp_path / "small.db").with_table("t", "n", rows=[(1,), (2,)]))
    reports.clear()
    export_rows(small.session, small.source("t"), tmp_path / "u.json", Context(reports.append), few)
    assert reports == [Progress(2, 2, "rows")]


def test_a_value_is_saved_as_it_is_stored(tmp_path, opened):
    file = opened(
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, email, v", rows=[(1, "a@b.example", b"\x00\xff")])
        .with_sql("INSERT INTO t VALUES (2, 7.5, CAST(x'ff41' AS TEXT))")
    )
    grid = Grid(file.session, file.source("t"))
    for key, column, written in (
        ((1,), "v", b"\x00\xff"),
        ((2,), "v", b"\xffA"),
        ((2,), "email", b"7.5"),
        ((1,), "email", b"a@b.example"),
    ):
        value = grid.read_cell(key, column)
        assert value is not None
        assert save_value(file.session, value, tmp_path / "value", "t") == len(written)
        assert (tmp_path / "value").read_bytes() == written
    assert (tmp_path / "value").stat().st_mode & 0o077 == 0
    with pytest.raises(Refused, match="belongs to the open database"):
        save_value(file.session, value, file.session.path)
