"""A table that is written anew is looked at as the rows will be in it: by rowid, by its types and its collations."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench

CODES = (
    "duplicates_in_the_way",
    "check_not_met",
    "nulls_in_the_way",
    "type_not_met",
    "rows_point_nowhere",
    "not_looked_at",
)


def told(where: Path, before: tuple[str, ...], declared: str, copy: str) -> dict[str, int | None]:
    """What stands in the way of a table p that is written anew, by code."""
    bench = Bench(where, *before).write(
        "PRAGMA legacy_alter_table = ON;\nALTER TABLE p RENAME TO p_before;\nPRAGMA legacy_alter_table = OFF;\n"
        f"CREATE TABLE p ({declared});\nINSERT INTO p {copy} FROM p_before;\nDROP TABLE p_before;\n"
    )
    return {each.finding.code: each.finding.count for each in bench.problems(*CODES)}


@pytest.mark.parametrize("rowid", ["rowid", "_ROWID_", "oid"])
@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("a TEXT COLLATE NOCASE UNIQUE, b", {"duplicates_in_the_way": 1}),
        ("a TEXT NOT NULL, b", {"nulls_in_the_way": 1}),
        ("a TEXT, b CHECK (b < 3)", {"check_not_met": 2}),
        ("a TEXT UNIQUE, b", {}),
    ],
)
def test_rows_are_followed_where_their_rowids_are_copied(
    tmp_path: Path, rowid: str, declared: str, expected: dict[str, int]
) -> None:
    before = ("CREATE TABLE p (a TEXT, b)", "INSERT INTO p VALUES ('x', 1), ('X', 2), (NULL, 3), ('z', 4)")
    assert told(tmp_path, before, declared, f"({rowid}, a, b) SELECT {rowid}, a, b") == expected


def test_a_column_that_is_called_rowid_is_no_rowid(tmp_path: Path) -> None:
    before = ("CREATE TABLE p (rowid TEXT, a)", "INSERT INTO p VALUES ('x', 1), ('x', 2)")
    found = told(tmp_path, before, "rowid TEXT UNIQUE, a", "(_rowid_, rowid, a) SELECT _rowid_, rowid, a")
    assert found == {"duplicates_in_the_way": 1}


def test_what_cannot_be_followed_is_said(tmp_path: Path) -> None:
    before = ("CREATE TABLE p (a TEXT)", "INSERT INTO p VALUES ('x')")
    bench = Bench(tmp_path, *before).write(
        "ALTER TABLE p ADD COLUMN b INT DEFAULT 7;\nALTER TABLE p RENAME TO p_before;\n"
        "CREATE TABLE p (a TEXT UNIQUE);\nINSERT INTO p (rowid, a) SELECT rowid, a FROM p_before;\n"
    )
    assert [each.finding.code for each in bench.problems(*CODES)] == ["not_looked_at"]


@pytest.mark.parametrize(
    ("parent", "child", "values", "declared", "count"),
    [
        ("TEXT", "", "('1'), ('02')", "a INTEGER PRIMARY KEY", None),
        ("TEXT", "TEXT", "('1'), ('2')", "a INTEGER PRIMARY KEY", None),
        ("INTEGER", "INTEGER", "(1), (2)", "a TEXT PRIMARY KEY", None),
        ("TEXT", "TEXT", "('x'), ('y')", "a TEXT COLLATE NOCASE PRIMARY KEY, b", None),
        ("TEXT", "TEXT", "('01'), ('2')", "a BLOB PRIMARY KEY CHECK (a)", None),
    ],
)
def test_children_find_a_parent_of_another_type_as_sqlite_lets_them(
    tmp_path: Path, parent: str, child: str, values: str, declared: str, count: int | None
) -> None:
    before = (
        f"CREATE TABLE p (a {parent} PRIMARY KEY)",
        f"CREATE TABLE c (x {child} REFERENCES p)",
        f"INSERT INTO p VALUES {values}",
        f"INSERT INTO c VALUES {values}",
    )
    assert told(tmp_path, before, declared, "(a) SELECT a").get("rows_point_nowhere") == count


def test_a_child_that_finds_no_parent_any_more_is_counted(tmp_path: Path) -> None:
    before = (
        "CREATE TABLE p (a TEXT COLLATE NOCASE PRIMARY KEY)",
        "CREATE TABLE c (x REFERENCES p)",
        "INSERT INTO p VALUES ('x'), ('y')",
        "INSERT INTO c VALUES ('X'), ('y')",
    )
    assert told(tmp_path, before, "a TEXT PRIMARY KEY", "(a) SELECT a") == {"rows_point_nowhere": 1}


def test_a_text_is_no_number_of_a_row(tmp_path: Path) -> None:
    before = ("CREATE TABLE p (a TEXT PRIMARY KEY)", "INSERT INTO p VALUES ('1'), (' 2 '), ('b'), (x'01')")
    assert told(tmp_path, before, "a INTEGER PRIMARY KEY", "(a) SELECT a") == {"type_not_met": 2}


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("a UNIQUE ON CONFLICT REPLACE, b", {"duplicates_in_the_way": 1}),
        ("a, b NOT NULL ON CONFLICT REPLACE DEFAULT 1", {"nulls_in_the_way": 1}),
        ("a PRIMARY KEY ON CONFLICT IGNORE, b", {"duplicates_in_the_way": 1}),
    ],
)
def test_or_abort_holds_whatever_the_table_says(
    tmp_path: Path, declared: str, expected: dict[str, int]
) -> None:
    before = ("CREATE TABLE p (a, b)", "INSERT INTO p VALUES ('x', 1), ('x', NULL)")
    copy = "(a, b) SELECT a, b FROM p_before"
    bench = Bench(tmp_path, *before).write(
        f"ALTER TABLE p RENAME TO p_before;\nCREATE TABLE p ({declared});\n"
        f"INSERT OR ABORT INTO p {copy};\nDELETE FROM p;\nINSERT INTO p {copy};\n"
    )
    found = [each for each in bench.problems(*CODES) if each.finding.code != "not_looked_at"]
    assert {each.finding.code: each.finding.count for each in found} == expected
    assert [each.place.line for each in found] == [3]
