"""Keys, rowids, STRICT and computed columns changed: every value keeps its storage class, every row its number."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import open_read, open_write
from steward_app.kernel.errors import StewardError
from steward_app.kernel.values import Row
from steward_app.services.migrate.desired.diff import way_back
from steward_app.services.migrate.edit.model import (
    FIRST,
    AddColumn,
    Edit,
    SetGenerated,
    SetNotNull,
    SetOption,
    SetPrimaryKey,
)
from steward_app.services.migrate.edit.write import write

from ..any_edits import run, texts  # noqa: TID252  the runner's way of running them

VALUES = ("NULL", "0", "-7", "2.5", "1e300", "'3'", "'a'", "' 4 '", "x'00ff'", "x''", "9007199254740993")
EXPRESSIONS = (
    "a",
    "b || a",
    "typeof(a)",
    "a + b",
    "coalesce(a, b, 'none')",
    "CAST(a AS BLOB)",
    "(a IS NULL)",
)
TYPES = ("", "INT", "TEXT", "REAL", "BLOB", "NUMERIC", "ANY")


def made(folder: Path, *statements: str) -> Path:
    return a_database(folder).with_sql(*statements).build()


def apply(path: Path, *edits: Edit) -> tuple[str, ...] | None:
    with open_write(path) as session:
        back = way_back(session, edits)
        run(session, write(session, edits).statements)
        assert session.all("PRAGMA integrity_check") == [("ok",)]
        return back


def take_back(path: Path, back: tuple[str, ...] | None) -> None:
    assert back is not None
    with open_write(path) as session:
        run(session, back)


def rows(path: Path, *columns: str, rowid: str = "rowid") -> list[Row]:
    said = ", ".join(f"typeof({each}), CAST({each} AS BLOB)" for each in columns)  # not all is UTF-8
    with open_read(path) as session:
        return session.all(f"SELECT {rowid}, {said} FROM t ORDER BY {rowid}")


@settings(max_examples=25)
@given(st.data())
def test_a_computed_column_keeps_what_it_computed_and_others_what_they_held(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(("STORED", "VIRTUAL")))
    types = [data.draw(st.sampled_from(TYPES)) for _ in range(3)]
    strict = data.draw(st.booleans()) and all(each not in ("", "NUMERIC") for each in types)
    computed = data.draw(st.sampled_from(EXPRESSIONS))
    sql = (
        f"CREATE TABLE t(k INTEGER PRIMARY KEY, a {types[0]}, g {types[1]} AS ({computed}) {kind}, -- why\n"
        f" b {types[2]}) {'STRICT' if strict else ''}"
    )
    with TemporaryDirectory() as folder:
        path = made(Path(folder), sql)
        with open_write(path) as session:
            for number in data.draw(st.lists(st.integers(-5, 99), unique=True, max_size=4)):
                one, other = (data.draw(st.sampled_from(VALUES)) for _ in range(2))
                with suppress(StewardError), session.transaction():  # a value that STRICT does not take
                    session.run(f"INSERT INTO t(k, a, b) VALUES ({number}, {one}, {other})")
        before, was = rows(path, "a", "g", "b"), texts(path)
        back = apply(path, SetGenerated("t", "g", ""))
        assert rows(path, "a", "g", "b") == before
        assert " AS " not in texts(path)["t"]
        take_back(path, back)
        assert (rows(path, "a", "g", "b"), texts(path)) == (before, was)
        other_kind = SetGenerated("t", "g", computed, stored=kind == "VIRTUAL")
        back = apply(path, other_kind)
        assert rows(path, "a", "g", "b") == before
        take_back(path, back)
        assert (rows(path, "a", "g", "b"), texts(path)) == (before, was)
        if strict:
            apply(path, SetOption("t", "STRICT", on=False))
            assert rows(path, "a", "b") == [(row[0], *row[1:3], *row[5:]) for row in before]


def test_a_column_that_becomes_computed_is_lost_and_has_no_way_back(tmp_path: Path) -> None:
    path = made(
        tmp_path, "CREATE TABLE t(k INTEGER PRIMARY KEY, a, b DEFAULT 5)", "INSERT INTO t VALUES (4, 1, 2)"
    )
    assert apply(path, SetGenerated("t", "b", "a + 1")) is None
    assert (
        texts(path)["t"] == "CREATE TABLE t(k INTEGER PRIMARY KEY, a, b GENERATED ALWAYS AS (a + 1) VIRTUAL)"
    )


@pytest.mark.parametrize("option", ["STRICT", "WITHOUT ROWID"])
def test_an_option_comes_and_goes_and_the_text_is_as_it_was(tmp_path: Path, option: str) -> None:
    sql = "CREATE TABLE t (k INTEGER PRIMARY KEY, /* odd */ a INT\n , b BLOB -- last\n)"
    path = made(tmp_path, sql, "INSERT INTO t VALUES (9, 1, 'q'), (-4, NULL, x'00')")
    kind = SetOption("t", "STRICT" if option == "STRICT" else "WITHOUT ROWID", on=True)
    with open_write(path) as session, session.transaction():
        session.run("UPDATE t SET b = CAST(b AS BLOB)")
    before = rows(path, "a", "b", rowid="k")
    back = apply(path, kind)
    assert texts(path)["t"].replace(f" {option}", "") == sql
    assert rows(path, "a", "b", rowid="k") == before
    take_back(path, back)
    assert texts(path)["t"] == sql
    assert rows(path, "a", "b", rowid="k") == before


def test_a_key_that_goes_leaves_rows_their_numbers(tmp_path: Path) -> None:
    path = made(
        tmp_path,
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)",
        "INSERT INTO t VALUES (7, 'x'), (-3, NULL), (900, 'y')",
    )
    before = rows(path, "id", "a")
    back = apply(path, SetPrimaryKey("t", ()))
    assert texts(path)["t"] == "CREATE TABLE t(id INTEGER, a TEXT)"
    assert rows(path, "id", "a") == before
    take_back(path, back)
    assert texts(path)["t"] == "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)"
    assert rows(path, "id", "a") == before


@pytest.mark.parametrize("check", ["", ", CHECK (t.x > 0 OR 1)"], ids=["renamed away", "by way of a copy"])
def test_a_key_that_comes_is_the_number_that_rows_have(tmp_path: Path, check: str) -> None:
    path = made(
        tmp_path,
        f"CREATE TABLE t(x, y{check})",
        "INSERT INTO t(rowid, x, y) VALUES (3, 1, '1e2'), (8, 2.0, NULL), (-4, 't', x'aa')",
    )
    before = rows(path, "x", "y")
    back = apply(path, AddColumn("t", "id INTEGER PRIMARY KEY", FIRST))
    assert [row[0] for row in rows(path, "id")] == [-4, 3, 8]
    assert rows(path, "x", "y") == before
    take_back(path, back)
    assert rows(path, "x", "y") == before


def test_a_number_that_was_given_is_not_given_again_once_counting_comes(tmp_path: Path) -> None:
    path = made(
        tmp_path,
        "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a)",
        "INSERT INTO t VALUES (50, 1), (60, 2)",
        "DELETE FROM t WHERE id = 60",
    )
    back = apply(path, SetPrimaryKey("t", ("id", "a"), autoincrement=False))
    assert back is None  # that 60 was given is known to the counter alone, which goes
    apply(path, SetPrimaryKey("t", ("id",), autoincrement=True))
    with open_write(path) as session, session.transaction():
        session.run("INSERT INTO t(a) VALUES (3)")
    assert [row[0] for row in rows(path, "a")] == [50, 51]


def test_values_of_the_type_any_stay_what_they_are_without_strict(tmp_path: Path) -> None:
    path = made(
        tmp_path,
        "CREATE TABLE t(k INTEGER PRIMARY KEY, a ANY NOT NULL, b any, c TEXT) STRICT",
        "INSERT INTO t VALUES (1, '3', '1e2', 'x'), (2, 4, x'31', NULL)",
    )
    before, was = rows(path, "a", "b", "c"), texts(path)
    back = apply(path, SetOption("t", "STRICT", on=False))
    assert rows(path, "a", "b", "c") == before
    assert texts(path)["t"] == "CREATE TABLE t(k INTEGER PRIMARY KEY, a NOT NULL, b, c TEXT)"
    take_back(path, back)
    assert (rows(path, "a", "b", "c"), texts(path)) == (before, was)


@pytest.mark.parametrize(
    "edits",
    [
        (SetPrimaryKey("t", ("a", "b")), SetOption("t", "WITHOUT ROWID", on=True)),
        (SetPrimaryKey("t", ("b",)), SetNotNull("t", "b", on=True), AddColumn("t", "z INT DEFAULT 3")),
        (SetOption("t", "STRICT", on=True), SetPrimaryKey("t", ("b", "id"))),
    ],
)
def test_keys_and_options_change_together_and_lead_back(tmp_path: Path, edits: tuple[Edit, ...]) -> None:
    sql = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT, UNIQUE (a, b))"
    path = made(tmp_path, sql, "INSERT INTO t VALUES (3, 'y', 1), (9, 'x', 2), (5, '', 0)")
    before = rows(path, "id", "a", "b", rowid="id")
    back = apply(path, *edits)
    assert rows(path, "id", "a", "b", rowid="id") == before
    take_back(path, back)
    assert texts(path)["t"] == sql
    assert rows(path, "id", "a", "b") == [(row[0], *row[1:]) for row in before]
