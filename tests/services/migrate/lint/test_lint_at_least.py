"""Rows that a trigger writes are not known before it runs: what is counted beside them is told as the least."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench

NOTED = (
    "CREATE TABLE note (id INTEGER PRIMARY KEY, person TEXT, day TEXT) STRICT",
    "CREATE TRIGGER noted AFTER INSERT ON person BEGIN INSERT INTO note (person) VALUES (NEW.name); END",
)
HELD = "INSERT INTO note VALUES (1, 'Eve', '2026-01-01')"
COMES = "INSERT INTO person (name) VALUES ('Cy'), ('Di'); DROP TRIGGER noted; "


@pytest.mark.parametrize(
    ("sql", "code", "title"),
    [
        ("DROP TABLE note;", "table_dropped", "DROP TABLE loses “note” with at least 1 row"),
        ("DELETE FROM note;", "every_row_deleted", "DELETE without WHERE deletes at least 1 row of “note”"),
        (
            "ALTER TABLE note DROP COLUMN day;",
            "column_dropped",
            "DROP COLUMN loses “day” of “note” with at least 1 value",
        ),
        (
            "UPDATE note SET day = NULL; ALTER TABLE note ALTER COLUMN day SET NOT NULL;",
            "nulls_in_the_way",
            "At least 1 row of “note” has no value in “day”",
        ),
        (
            "ALTER TABLE note ADD COLUMN place TEXT NOT NULL;",
            "column_needs_default",
            "“note” has at least 1 row, so “place” cannot be added NOT NULL without a default",
        ),
        (
            "CREATE TABLE other (person TEXT); INSERT INTO other SELECT person FROM note WHERE id > 1;"
            " DROP TABLE note;",
            "rows_not_copied",
            "0 rows of at least 1 of “note” are copied before it is dropped",
        ),
        (
            "UPDATE note SET person = 'x';",
            "values_overwritten",
            "UPDATE without WHERE overwrites at least 1 value of “person” of “note”",
        ),
    ],
)
def test_what_is_counted_is_the_least(tmp_path: Path, sql: str, code: str, title: str) -> None:
    (problem,) = Bench(tmp_path, *NOTED, HELD).write(COMES + sql).problems(code)
    assert problem.finding.title == title


def test_a_table_that_triggers_alone_fill_is_not_taken_for_empty(tmp_path: Path) -> None:
    told = Bench(tmp_path, *NOTED).write(f"{COMES}ALTER TABLE note ALTER COLUMN day SET NOT NULL;").told()
    assert told["nulls_in_the_way"] == ("warning", None)
    (tmp_path / "dropped").mkdir()
    (problem,) = (
        Bench(tmp_path / "dropped", *NOTED).write(f"{COMES}DROP TABLE note;").problems("table_dropped")
    )
    assert problem.finding.title == "DROP TABLE loses “note” with its rows, which could not be counted"


def test_what_is_emptied_is_empty_whatever_a_trigger_wrote(tmp_path: Path) -> None:
    text = f"{COMES}DELETE FROM note; ALTER TABLE note ADD COLUMN place TEXT NOT NULL; DROP TABLE note;"
    assert set(Bench(tmp_path, *NOTED, HELD).write(text).told()) == {"every_row_deleted"}


def test_a_row_that_gets_a_number_is_counted(tmp_path: Path) -> None:
    text = "INSERT INTO person (name) VALUES ('Cy'); DELETE FROM visit; DELETE FROM person;"
    (_, problem) = Bench(tmp_path).write(text).problems("every_row_deleted")
    assert problem.finding.title == "DELETE without WHERE deletes 4 rows of “person”"
