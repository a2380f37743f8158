"""Rows with text that is none: read to the end, each once, and told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app import db
from steward_app.db.any_text import legible, legible_rows, rows_of_any_text

ODD = "CAST(x'6dfc6c' AS TEXT)"  # "mül" in Latin-1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = f"(1, 'ä', 1.5), (2, {ODD}, x'fc'), (3, NULL, 7), (4, {ODD}, 'z')"
    return a_database(tmp_path).with_sql("CREATE TABLE t(a, b, c)", f"INSERT INTO t VALUES {rows}").build()


def test_each_row_is_given_once_and_no_blob_is_taken_for_text(path: Path) -> None:
    with db.open_read(path) as session:
        assert list(rows_of_any_text(session, "SELECT * FROM t ORDER BY a")) == [
            (1, "ä", 1.5),
            (2, "m\udcfcl", b"\xfc"),
            (3, None, 7),
            (4, "m\udcfcl", "z"),
        ]


def test_rows_are_read_as_their_texts_say(path: Path) -> None:
    with db.open_read(path) as session:
        assert list(legible_rows(session, "SELECT b, c FROM t WHERE a > ? ORDER BY a", (1,))) == [
            ("mül", b"\xfc"),
            (None, 7),
            ("mül", "z"),
        ]


def test_bindings_and_columns_of_one_name(path: Path) -> None:
    with db.open_read(path) as session:
        rows = rows_of_any_text(session, "SELECT b, b, ?2 FROM t WHERE a > ?1 ORDER BY a DESC", (2, "x"))
        assert list(rows) == [("m\udcfcl", "m\udcfcl", "x"), (None, None, "x")]


def test_a_query_that_begins_with_with(path: Path) -> None:
    with db.open_read(path) as session:
        assert list(rows_of_any_text(session, "WITH q(x) AS (SELECT b FROM t) SELECT max(x) FROM q")) == [
            ("ä",)
        ]


def test_it_may_be_left_unread(path: Path) -> None:
    with db.open_read(path) as session:
        rows = rows_of_any_text(session, "SELECT b FROM t ORDER BY a")
        assert next(rows) == ("ä",)
        rows.close()
        with session.snapshot():
            assert session.count("SELECT count(*) FROM t") == 4


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        (b"J\xfcrgen Wei\xdf", "Jürgen Weiß"),
        (b"\x96 5 \x80", "– 5 €"),
        ("Käthe ".encode() + b"K\xf6hler", "Käthe Köhler"),
        (b"a\x81b", "a b"),
        ("schon gut: ü".encode(), "schon gut: ü"),
        (b"plain", "plain"),
    ],
)
def test_what_a_text_in_another_encoding_says(stored: bytes, says: str) -> None:
    text = stored.decode("utf-8", "surrogateescape")
    assert legible(text) == says
    assert len(legible(text)) == len(text)
