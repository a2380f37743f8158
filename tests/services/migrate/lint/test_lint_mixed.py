"""Tables that are written anew by a subquery, WITH or UNION: what comes is held against what was, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench

NEW = "CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT, card TEXT) STRICT; "
END = " DROP TABLE person; ALTER TABLE new RENAME TO person;"
INTO = f"{NEW}INSERT INTO new (id, name, card) "


@pytest.mark.parametrize(
    ("copy", "expected"),
    [
        ("SELECT id, name, card FROM (SELECT id, name, card FROM person)", []),
        ("SELECT * FROM (SELECT id, name, substr(card, 1, 1) AS card FROM person)", [("card", 2)]),
        ("SELECT id, name, card FROM (SELECT id, upper(name) AS name, card FROM person)", [("name", 2)]),
        ("SELECT id, card, name FROM (SELECT * FROM person)", [("card", 2), ("name", 2)]),
        (
            "SELECT id, name, card FROM person WHERE id < 2"
            " UNION ALL SELECT id, lower(name), card FROM person WHERE id >= 2",
            [("name", 1)],
        ),
        ("SELECT id, name, card FROM person GROUP BY id", []),
        ("SELECT DISTINCT id, trim(name), card FROM person", []),
        ("SELECT DISTINCT id, name, coalesce(card, 'none') FROM person", []),
    ],
)
def test_values_that_another_query_changes_are_counted(
    tmp_path: Path, copy: str, expected: list[tuple[str, int]]
) -> None:
    problems = Bench(tmp_path).write(f"{INTO}{copy};{END}").problems()
    told = sorted((each.finding.subject.columns[0], each.finding.count) for each in problems)
    assert told == expected, problems
    assert {each.finding.code for each in problems} <= {"copied_otherwise"}
    assert {each.finding.severity.value for each in problems} <= {"warning"}


def test_what_stands_behind_with_is_held_against_what_was(tmp_path: Path) -> None:
    text = f"{NEW}WITH x AS (SELECT id, name, substr(card, 2) AS card FROM person) INSERT INTO new (id, name, card)"
    (problem,) = Bench(tmp_path).write(f"{text} SELECT id, name, card FROM x;{END}").problems()
    assert problem.finding.title == "The copy changes 2 values of “card” of “person”"


@pytest.mark.parametrize(
    "copy",
    [
        "SELECT 100 + id, name, card FROM (SELECT * FROM person)",
        "SELECT NULL, name, card FROM (SELECT id, name, card FROM person)",
    ],
)
def test_rows_that_find_no_like_are_a_warning(tmp_path: Path, copy: str) -> None:
    problems = Bench(tmp_path).write(f"{INTO}{copy};{END}").problems("not_looked_at")
    told = [(each.finding.severity.value, each.finding.title) for each in problems]
    assert ("warning", "What becomes of the values of 3 columns of “person” in this copy was not looked at: rehearse it") in told  # fmt: skip  # noqa: E501


def test_a_table_without_a_primary_key_is_not_looked_at(tmp_path: Path) -> None:
    text = (
        "CREATE TABLE new (a TEXT) STRICT; INSERT INTO new (a) SELECT a FROM (SELECT a FROM plain);"
        " DROP TABLE plain; ALTER TABLE new RENAME TO plain;"
    )
    more = ("CREATE TABLE plain (a TEXT) STRICT", "INSERT INTO plain VALUES ('x')")
    assert Bench(tmp_path, *more).write(text).told()["not_looked_at"] == ("warning", None)


def test_a_table_in_between_is_held_against_what_was(tmp_path: Path) -> None:
    text = (
        "CREATE TEMP TABLE b AS SELECT * FROM (SELECT id, name, substr(card, 1, 1) AS card FROM person);"
        " DELETE FROM person; INSERT INTO person (id, name, card) SELECT id, name, card FROM b;"
    )
    told = Bench(tmp_path).write(text).told()
    assert told["copied_otherwise"] == ("warning", 2)


def test_a_table_written_anew_as_it_was_is_nothing_to_say(tmp_path: Path) -> None:
    text = f"{INTO}SELECT id, name, card FROM person;{END}"
    assert Bench(tmp_path).write(text).told() == {}


def test_another_text_in_quotes_is_told(tmp_path: Path) -> None:
    text = f"{INTO}SELECT id, name, card FROM person;{END}".replace("card TEXT)", "card TEXT DEFAULT 'x')")
    assert Bench(tmp_path).write(text).told() == {"rebuilt_otherwise": ("note", None)}


def test_rows_of_others_that_come_into_a_table_are_no_copy_of_it(tmp_path: Path) -> None:
    text = "INSERT INTO person (id, name) SELECT * FROM (SELECT id + 100, day FROM visit);"
    assert Bench(tmp_path).write(text).told() == {}
