"""Values that were different and are the same after a rehearsal: lost, though each row still has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.migrated import column, migrated, titles

ROWS = [(number, f"{number:04}", number % 10, number * 1.25, None, number * 1.25) for number in range(1, 201)]
COLUMNS = "id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE, size INT, price REAL, note TEXT, amount"


def items(folder: Path) -> Path:
    return a_database(folder).with_table("t", COLUMNS, rows=ROWS).build()


@pytest.mark.parametrize(
    ("statement", "name", "rows", "lost"),
    [
        ("UPDATE t SET size = 0", "size", 180, 180),
        ("UPDATE t SET size = 3 WHERE size = 4", "size", 20, 20),
        ("UPDATE t SET code = substr(code, 1, 3)", "code", 200, 199),
        ("UPDATE t SET price = round(price / 10)", "price", 200, 200),
        ("UPDATE t SET code = 'x' || code", "code", 200, 0),
        ("UPDATE t SET size = size * 100", "size", 180, 0),
        ("UPDATE t SET size = 9 - size", "size", 200, 0),
        ("UPDATE t SET size = size * 1.1", "size", 180, 0),
        ("UPDATE t SET size = -0.5", "size", 200, 200),
        ("UPDATE t SET amount = CAST(amount * 100 AS INT)", "amount", 200, 0),
        ("UPDATE t SET amount = CAST(amount AS INT)", "amount", 200, 150),
        ("UPDATE t SET amount = -1", "amount", 200, 200),
        ("UPDATE t SET code = 'x' WHERE id = 7", "code", 1, 0),
        ("UPDATE t SET note = 'none'", "note", 200, 0),
    ],
)
def test_values_that_are_alike_now_are_lost(
    tmp_path: Path, statement: str, name: str, rows: int, lost: int
) -> None:
    found = migrated(items(tmp_path), statement)
    told = column(found, name)
    assert (told.rows, told.lost, found.values_lost, found.warned) == (rows, lost, lost, bool(lost))


def test_they_are_told_with_their_number(tmp_path: Path) -> None:
    found = migrated(items(tmp_path), "UPDATE t SET size = 0")
    assert titles(found, "values_made_alike") == [
        "180 values of “t.size” changed: other number, 180 of them the same now as others that were different"
    ]


def test_upper_case_is_another_text_and_lost_where_it_stood_there_already(tmp_path: Path) -> None:
    rows = [(1, "a"), (2, "A"), (3, "b")]
    database = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, x TEXT", rows=rows).build()
    told = column(migrated(database, "UPDATE t SET x = upper(x)"), "x")
    assert (told.rows, told.lost) == (2, 1)


def test_long_values_count_as_one_where_they_begin_alike(tmp_path: Path) -> None:
    rows = [(1, "a" * 500 + "x"), (2, "a" * 500 + "y"), (3, "b")]
    database = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, x TEXT", rows=rows).build()
    told = column(migrated(database, "UPDATE t SET x = '-'"), "x")
    assert (told.rows, told.lost) == (3, 3)
