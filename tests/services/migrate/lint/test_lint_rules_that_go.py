"""Rules that a file takes away without the word: UNIQUE by an index, and numbers that are given once."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import lint_of

KEYS = (
    "CREATE UNIQUE INDEX person_card ON person (card)",
    "CREATE UNIQUE INDEX person_two ON person (name, lower(card)) WHERE id > 1",
    "CREATE INDEX person_name ON person (name)",
    "CREATE TABLE seen (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT UNIQUE) STRICT",
    "CREATE UNIQUE INDEX seen_n ON seen (n, id)",
    "INSERT INTO seen (n) VALUES (1), (2), (3), (4)",
    "DELETE FROM seen WHERE n > 2",
)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("DROP INDEX person_card;", True),
        ("DROP INDEX person_two;", True),
        ("DROP INDEX person_name;", False),
        ("DROP INDEX IF EXISTS none;", False),
        ("DROP INDEX seen_n;", False),
        ("DROP INDEX person_card; CREATE UNIQUE INDEX other ON person (card);", False),
        ("DROP INDEX person_card; CREATE UNIQUE INDEX other ON person (card COLLATE NOCASE);", False),
        ("DROP INDEX person_card; CREATE UNIQUE INDEX other ON person (card) WHERE id > 1;", True),
        ("DROP INDEX person_card; CREATE INDEX other ON person (card);", True),
        ("DROP INDEX person_card; CREATE UNIQUE INDEX other ON person (card, name);", True),
        ("DROP INDEX person_two; CREATE UNIQUE INDEX other ON person (name) WHERE id > 1;", False),
        (
            "ALTER TABLE person RENAME COLUMN card TO pass; DROP INDEX person_card;"
            "CREATE UNIQUE INDEX other ON person (pass);",
            False,
        ),
        ("DROP INDEX person_card; DROP INDEX person_two; ALTER TABLE person DROP COLUMN card;", False),
        ("CREATE UNIQUE INDEX own ON visit (id, day); DROP INDEX own;", False),
    ],
)
def test_a_unique_index_that_goes_is_a_rule_that_goes(tmp_path: Path, sql: str, told: bool) -> None:
    found = lint_of(tmp_path, sql, *KEYS)
    assert found.get("unique_dropped") == (("warning", None) if told else None), found


@pytest.mark.parametrize(
    ("sql", "again"),
    [
        ("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'seen';", 2),
        ("UPDATE sqlite_sequence SET seq = 3 WHERE name = 'seen';", 1),
        ("UPDATE sqlite_sequence SET seq = NULL;", 2),
        ("DELETE FROM sqlite_sequence;", 2),
        ("DELETE FROM seen; DELETE FROM sqlite_sequence WHERE name = 'seen';", 4),
        ("UPDATE sqlite_sequence SET seq = 4 WHERE name = 'seen';", None),
        ("UPDATE sqlite_sequence SET seq = seq + 10;", None),
        ("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'other';", None),
        ("INSERT INTO seen (id, n) VALUES (4, 9); DELETE FROM sqlite_sequence;", None),
        (
            "DELETE FROM sqlite_sequence WHERE name = 'seen';"
            "INSERT INTO sqlite_sequence (name, seq) VALUES ('seen', 4);",
            None,
        ),
    ],
)
def test_a_counter_that_is_set_back_gives_numbers_again(tmp_path: Path, sql: str, again: int | None) -> None:
    found = lint_of(tmp_path, sql, *KEYS)
    assert found.get("sequence_set_back") == (("warning", again) if again else None), found


def test_a_counter_that_is_set_back_is_told_once(tmp_path: Path) -> None:
    found = lint_of(tmp_path, "DELETE FROM sqlite_sequence;", *KEYS)
    assert list(found) == ["sequence_set_back"]


ANEW = (
    "CREATE TABLE anew (id INTEGER PRIMARY KEY {}, n INT); INSERT INTO anew (id, n) SELECT id, n FROM seen{};"
    "DROP TABLE seen; ALTER TABLE anew RENAME TO seen;"
)


@pytest.mark.parametrize(
    ("sql", "last", "expected"),
    [
        (ANEW.format("AUTOINCREMENT", ""), 2, None),
        (ANEW.format("AUTOINCREMENT", ""), 4, ("warning", 2)),
        ("DELETE FROM seen WHERE id > 1;" + ANEW.format("AUTOINCREMENT", ""), 2, ("warning", 1)),
        (ANEW.format("", ""), 4, None),
        (
            ANEW.format("AUTOINCREMENT", "")
            + "UPDATE sqlite_sequence SET seq = max(seq, 4) WHERE name = 'seen';",
            4,
            None,
        ),
        ("DELETE FROM seen; DROP TABLE seen;", 4, None),
    ],
)
def test_a_counter_that_goes_with_its_table_is_held_against_the_rows_that_are_left(
    tmp_path: Path, sql: str, last: int, expected: tuple[str, int] | None
) -> None:
    more = (
        "CREATE TABLE seen (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT)",
        f"INSERT INTO seen (id, n) VALUES (1, 1), (2, 2), ({last}, 3) ON CONFLICT DO NOTHING",
        "DELETE FROM seen WHERE id > 2",
    )
    found = lint_of(tmp_path, sql, *more)
    assert found.get("sequence_lost") == expected, found
