"""DELETE and UPDATE that spare some rows: how many rows and values they take is a note."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench

GOODS = (
    "CREATE TABLE good (id INTEGER PRIMARY KEY, code TEXT, n INT)",
    "CREATE TABLE old (id INTEGER PRIMARY KEY, code TEXT, n INT)",
    "INSERT INTO good VALUES (1, 'a', 5), (2, 'b', 6), (3, 'c', NULL), (4, NULL, 0)",
)


def _told(where: Path, sql: str) -> list[tuple[str, str, str]]:
    bench = Bench(where, *GOODS).write(sql)
    return [(each.finding.severity.value, each.finding.code, each.finding.title) for each in bench.problems()]


@pytest.mark.parametrize(
    ("sql", "title"),
    [
        ("DELETE FROM good WHERE id < 4;", "DELETE deletes 3 of 4 rows of “good”"),
        ("DELETE FROM good WHERE n = 5 OR code IN (SELECT code FROM good WHERE id = 2);",
         "DELETE deletes 2 of 4 rows of “good”"),
        ("INSERT INTO old (id) SELECT id FROM good WHERE id = 1; DELETE FROM good WHERE id = 1;",
         "DELETE deletes 1 of 4 rows of “good”"),
        ("INSERT INTO old (id, code, n) SELECT id, code, n FROM good WHERE id = 1; DELETE FROM good WHERE id < 3;",
         "DELETE deletes 2 of 4 rows of “good”"),
        ("UPDATE good SET code = 'x' WHERE id < 4;", "UPDATE overwrites 3 of 3 values of “code” of “good”"),
        ("UPDATE good SET n = NULL WHERE id = 1;", "UPDATE overwrites 1 of 3 values of “n” of “good”"),
        ("UPDATE good SET n = o.id FROM person AS o WHERE o.id = good.id AND o.id < 3;",
         "UPDATE overwrites 2 of 3 values of “n” of “good”"),
    ],
)  # fmt: skip
def test_what_some_rows_lose_is_a_note(tmp_path: Path, sql: str, title: str) -> None:
    (found,) = _told(tmp_path, sql)
    assert found[0] == "note"
    assert found[2] == title


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE good SET code = 'x' WHERE code IS NULL;",
        "UPDATE good SET code = 'x' WHERE id > 3;",
        "UPDATE good SET n = n + 1 WHERE id < 3;",
        "UPDATE good SET n = 5 WHERE id = 1;",
        "UPDATE good SET code = 'x' WHERE id > 99;",
        "DELETE FROM good WHERE id > 99;",
        "INSERT INTO old (id, code, n) SELECT id, code, n FROM good WHERE id < 3; DELETE FROM good WHERE id < 3;",
        "DELETE FROM good WHERE id = 1; INSERT INTO good (id, code, n) VALUES (1, 'a', 5);",
        "CREATE TABLE own (id INTEGER PRIMARY KEY, t TEXT) STRICT; INSERT INTO own (id, t) VALUES (1, 'a'), (2, 'b');"
        "UPDATE own SET t = 'c' WHERE id = 1; DELETE FROM own WHERE id = 2;",
    ],
)  # fmt: skip
def test_rows_that_lose_nothing_are_not_told(tmp_path: Path, sql: str) -> None:
    assert _told(tmp_path, sql) == []


def test_many_statements_that_do_the_same_are_told_once(tmp_path: Path) -> None:
    sql = "".join(
        f"UPDATE good SET n = {10 + each} WHERE code = '{each}' OR id = {1 + each % 2};\n"
        for each in range(9)
    )
    (found,) = Bench(tmp_path, *GOODS).write(sql).problems()
    assert found.place.line == 1
    assert found.finding.count == 9
    assert found.finding.title == (
        "UPDATE overwrites 1 of 3 values of “n” of “good”; 8 statements behind it do the same to 8 values"
    )
