"""Many INSERTs that list rows: what later statements of the file find of them, and of the rows before."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.db import open_read

from .linting import Bench

MANY, FEWER = 70, 20
CODES = (
    "CREATE TABLE code (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT DEFAULT 'plain') STRICT",
    "INSERT INTO code (id, name) VALUES (1, 'one'), (2, 'two')",
)
NUMBERED = "".join(
    f"INSERT INTO code (id, name) VALUES ({at}, 'name {at}');\n" for at in range(10, 10 + MANY)
)
UNNUMBERED = "".join(f"INSERT INTO code (name) VALUES ('name {at}');\n" for at in range(10, 10 + MANY))
OVER = "ON CONFLICT (id) DO UPDATE SET name = excluded.name"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (NUMBERED, {}),
        (UNNUMBERED, {}),
        (f"{NUMBERED}INSERT INTO code (id, name) VALUES (1, 'uno'), (15, 'x') {OVER};",
         {"values_overwritten": ("note", 2)}),
        (f"{UNNUMBERED}INSERT INTO code (id, name) VALUES (1, 'uno'), (3, 'x') {OVER};",
         {"values_overwritten": ("note", 2)}),
        (f"{NUMBERED}INSERT INTO code (id, name) VALUES (20, 'other');", {"duplicates_in_the_way": ("error", 1)}),
        (f"{NUMBERED}INSERT INTO code (name) VALUES ('name 20');", {"duplicates_in_the_way": ("error", 1)}),
        (f"{NUMBERED}UPDATE code SET kind = NULL WHERE id = 20;"
         " INSERT INTO code (name) VALUES ('last'); ALTER TABLE code ALTER COLUMN kind SET NOT NULL;",
         {"nulls_in_the_way": ("error", 1), "values_overwritten": ("note", 1)}),
        (f"{NUMBERED}{UNNUMBERED.replace('name ', 'no ')} CREATE UNIQUE INDEX k ON code (kind);",
         {"duplicates_in_the_way": ("error", 1)}),
    ],
)  # fmt: skip
def test_rows_that_many_inserts_list_are_known(
    tmp_path: Path, sql: str, expected: dict[str, tuple[str, int | None]]
) -> None:
    assert Bench(tmp_path, *CODES).write(sql).told() == expected


def test_where_there_are_too_many_what_is_known_is_the_least_there_is(tmp_path: Path) -> None:
    wide = "x" * 2_000
    sql = "".join(f"INSERT INTO code (id, name) VALUES ({at}, '{at}{wide}');\n" for at in range(10, 50))
    text = f"{sql}INSERT INTO code (id, name) VALUES (1, 'uno') {OVER};"
    told = [
        (each.finding.code, each.finding.title) for each in Bench(tmp_path, *CODES).write(text).problems()
    ]
    assert told == [
        (
            "not_looked_at",
            "Whether the rows that come into “code” fit its rules cannot be told before it runs",
        ),
        ("values_overwritten", "DO UPDATE overwrites at least 1 value of “name” of “code”"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO code (id, name) VALUES ({at}, 'name {at}') ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        "INSERT INTO code (id, name) VALUES ({at}, 'n {at}') ON CONFLICT (id) DO UPDATE SET kind = kind || excluded.id",
        "INSERT INTO code (id, name) VALUES ({at}, 'name {at}') ON CONFLICT (id) DO NOTHING",
        "INSERT OR IGNORE INTO code (id, name) VALUES ({at}, 'name {at}')",
        "REPLACE INTO code (id, name) VALUES ({at}, 'name {at}')",
    ],
)
@pytest.mark.parametrize("again", [False, True], ids=["each once", "one twice"])
def test_rows_are_followed_that_answer_to_rows_in_the_way(
    tmp_path: Path, statement: str, again: bool
) -> None:
    with_computed = CODES[0].replace(") STRICT", ", both TEXT AS (name || kind) STORED) STRICT")
    keys = [*range(1, 1 + FEWER), *([2] if again else [])]
    script = "".join(f"{statement.format(at=at)};\n" for at in keys)
    (tmp_path / "after").mkdir()
    with open_read(Bench(tmp_path / "after", with_computed, CODES[1], script).database) as session:
        rows = session.all("SELECT id, name, kind, both FROM code")
    told = ", ".join(map(repr, rows))
    (problem,) = (
        Bench(tmp_path, with_computed, CODES[1])
        .write(f"{script}DELETE FROM code WHERE (id, name, kind, both) IN (VALUES {told});")
        .problems("every_row_deleted")
    )
    assert problem.finding.title.endswith(f": {FEWER} rows")
