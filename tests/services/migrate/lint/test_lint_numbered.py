"""Rows that come without a number, and what later statements find by the one that SQLite gives them."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.db import open_write
from steward_app.db.errors import SqliteSays, in_sqlites_words

from .linting import Bench

KINDS = (
    "CREATE TABLE kind (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT) STRICT",
    "INSERT INTO kind (id, name) VALUES (1, 'a'), (2, 'b'), (9, 'c')",
    "DELETE FROM kind WHERE id = 9",
    "CREATE TABLE thing (id INTEGER PRIMARY KEY, kind INT REFERENCES kind (id)) STRICT",
    "CREATE INDEX thing_kind ON thing (kind)",
)
MORE = "INSERT INTO person (name) SELECT name || '!' FROM person WHERE name IS NOT NULL;"
TWICE = "DELETE FROM person WHERE id NOT IN (SELECT min(id) FROM person GROUP BY rtrim(name, '!'));"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"{MORE} ALTER TABLE person ALTER COLUMN card SET NOT NULL;", {"nulls_in_the_way": ("error", 3)}),
        (f"{MORE}{MORE} ALTER TABLE person ALTER COLUMN card SET NOT NULL;", {"nulls_in_the_way": ("error", 7)}),
        (f"{MORE}{TWICE} CREATE UNIQUE INDEX p ON person (rtrim(name, '!'));", {}),
        (f"{MORE} CREATE UNIQUE INDEX p ON person (rtrim(name, '!'));", {"duplicates_in_the_way": ("error", 2)}),
        ("INSERT INTO person (name) VALUES ('Cy'), ('Di'); INSERT INTO visit (person) VALUES (5);", {}),
        ("INSERT INTO person (name) VALUES ('Cy'); INSERT INTO visit (person) VALUES (5);",
         {"rows_point_nowhere": ("error", 1)}),
        ("INSERT INTO kind (name) VALUES ('d'); INSERT INTO thing (kind) VALUES (10);", {}),
        ("INSERT INTO kind (name) VALUES ('d'); INSERT INTO thing (kind) VALUES (3);",
         {"rows_point_nowhere": ("error", 1)}),
    ],
)  # fmt: skip
def test_rows_that_get_a_number_are_followed(
    tmp_path: Path, sql: str, expected: dict[str, tuple[str, int | None]]
) -> None:
    bench = Bench(tmp_path, *KINDS).write(sql)
    assert bench.told("rows_deleted") == expected
    if not expected:
        with open_write(bench.database) as session, session.transaction():
            for statement in sql.split(";")[:-1]:
                session.run(statement)


def test_what_fails_for_want_of_a_number_fails_indeed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *KINDS)
    with open_write(bench.database) as session:
        session.run("PRAGMA foreign_keys = ON")
        session.run("INSERT INTO kind (name) VALUES ('d')")
        session.run("INSERT INTO thing (kind) VALUES (10)")
        with pytest.raises(SqliteSays), in_sqlites_words():
            session.run("INSERT INTO thing (kind) VALUES (3)")


def test_numbers_that_are_not_known_leave_what_rests_on_them_open(tmp_path: Path) -> None:
    text = (
        "INSERT INTO person (id, name) SELECT nullif(id, 1), name || '!' FROM person;"
        f"{TWICE} CREATE UNIQUE INDEX p ON person (rtrim(name, '!'));"
    )
    told = Bench(tmp_path).write(text).told()
    assert told["duplicates_in_the_way"] == ("warning", None)
