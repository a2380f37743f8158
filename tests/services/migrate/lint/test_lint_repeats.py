"""Repeatable files: what they do a second time, judged over the rows as they leave them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench

FEES = (
    "CREATE TABLE fee (code TEXT PRIMARY KEY, cents INT) STRICT",
    "CREATE TABLE note (text TEXT) STRICT",
    "INSERT INTO fee VALUES ('a', 1), ('b', 2)",
)


def told(where: Path, text: str) -> dict[str, tuple[str, int | None]]:
    return (
        Bench(where, *FEES)
        .write(text, "R__again.sql")
        .told("values_overwritten", "not_looked_at", "not_strict")
    )


@pytest.mark.parametrize(
    "text",
    [
        "DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT id FROM visit;",
        "INSERT OR IGNORE INTO person (id) VALUES (9);",
        "INSERT OR REPLACE INTO fee (code, cents) VALUES ('a', 5);",
        "INSERT INTO fee (code, cents) VALUES ('a', 5) ON CONFLICT (code) DO UPDATE SET cents = excluded.cents + 1;",
        "INSERT INTO note (text) SELECT 'x' WHERE NOT EXISTS (SELECT 1 FROM note WHERE text = 'x');",
        "INSERT INTO visit (day) SELECT 'x' WHERE (SELECT count(*) FROM visit WHERE day = 'x') = 0;",
        "INSERT INTO note (text) SELECT code FROM fee EXCEPT SELECT text FROM note;",
        "DELETE FROM note WHERE text = 'x'; INSERT INTO note (text) VALUES ('x');",
        "DELETE FROM note; INSERT INTO note (text) VALUES ('x');",
        "DELETE FROM visit WHERE id > 12; INSERT INTO visit (day) VALUES ('x');",
        "DROP TABLE IF EXISTS s; CREATE TABLE s (n INT) STRICT; INSERT INTO s (n) VALUES (1); UPDATE s SET n = n + 1;",
        "INSERT OR REPLACE INTO fee (code, cents) SELECT code, coalesce(cents, 0) FROM fee;",
        "INSERT OR REPLACE INTO fee (code, cents) VALUES ('a', 5), ('z', 6);",
        "DELETE FROM visit WHERE id NOT IN (SELECT min(id) FROM visit GROUP BY person);",
        "DELETE FROM visit WHERE person NOT IN (SELECT id FROM person WHERE id < 2);",
        "DELETE FROM fee WHERE cents < (SELECT max(cents) FROM fee);",
        "DELETE FROM note WHERE text IN (SELECT code FROM fee); INSERT INTO note (text) SELECT code FROM fee;",
        "UPDATE fee SET cents = 5;",
        "UPDATE fee SET (code, cents) = (trim(code), 5);",
        "UPDATE visit SET (day, fee) = (SELECT 'x' || p.name, p.id + 1 FROM person p WHERE p.id = visit.person);",
        "WITH w (n) AS (SELECT 1) UPDATE fee SET cents = (SELECT n + 1 FROM w);",
        "WITH w (n) AS (SELECT 1) UPDATE fee SET cents = cents + 1 WHERE cents = 1;",
        "UPDATE fee SET code = trim(upper(code));",
        "UPDATE visit SET fee = person * 2;",
        "UPDATE fee SET code = 'x' || code WHERE code NOT LIKE 'x%';",
        "UPDATE visit SET fee = coalesce(fee, 0) + 0;",
        "UPDATE visit SET day = NULL; UPDATE visit SET day = 'x' || id;",
    ],
)
def test_what_changes_nothing_the_second_time(tmp_path: Path, text: str) -> None:
    found = told(tmp_path, text)
    assert not {"not_repeatable", "repeats_rows", "changes_again"} & set(found), found


@pytest.mark.parametrize(
    ("text", "code", "severity", "count"),
    [
        ("CREATE VIEW v AS SELECT id FROM visit;", "not_repeatable", "error", None),
        ("INSERT INTO person (id) VALUES (9);", "repeats_rows", "error", 1),
        ("INSERT INTO person (name) VALUES ('x');", "repeats_rows", "warning", 1),
        ("INSERT INTO note (text) SELECT code FROM fee;", "repeats_rows", "warning", 2),
        ("INSERT INTO note (text) SELECT text FROM note;", "repeats_rows", "warning", None),
        ("INSERT INTO visit (day) SELECT day FROM visit WHERE id > 10;", "repeats_rows", "warning", 4),
        ("INSERT OR IGNORE INTO note (text) VALUES ('x');", "repeats_rows", "warning", 1),
        (
            "INSERT OR IGNORE INTO fee (code, cents) SELECT code || 'x', 3 FROM fee;",
            "repeats_rows",
            "warning",
            2,
        ),
        (
            "INSERT OR REPLACE INTO fee (code, cents) SELECT code, cents + 1 FROM fee;",
            "changes_again",
            "warning",
            2,
        ),
        (
            "DELETE FROM fee WHERE cents = (SELECT max(cents) FROM fee);",
            "changes_again",
            "warning",
            1,
        ),
        ("UPDATE fee SET cents = cents + 1;", "changes_again", "warning", 2),
        ("UPDATE fee SET cents = cents + 1 WHERE code = 'b';", "changes_again", "warning", 1),
        ("UPDATE fee SET cents = cents * 2 WHERE code = 'none';", "changes_again", "warning", None),
        ("UPDATE person SET name = name || 'y';", "changes_again", "warning", 2),
        ("UPDATE fee SET (code, cents) = (code, cents + 1);", "changes_again", "warning", 2),
        ("UPDATE fee SET (code, cents) = (SELECT code, cents + 1);", "changes_again", "warning", 2),
        (
            "UPDATE fee SET (code, cents) = (SELECT o.code, fee.cents + o.cents FROM fee o WHERE o.code = fee.code);",
            "changes_again",
            "warning",
            None,
        ),
        (
            "WITH w (n) AS (SELECT 1) UPDATE fee SET cents = cents + (SELECT n FROM w);",
            "changes_again",
            "warning",
            None,
        ),
        (
            "WITH w (n) AS (SELECT 1) UPDATE OR IGNORE fee SET cents = cents + 1;",
            "changes_again",
            "warning",
            None,
        ),
        ("UPDATE fee SET cents = (SELECT fee.cents + count(*) FROM note);", "changes_again", "warning", None),
        ("UPDATE person SET name = replace(name, 'a', 'aa');", "changes_again", "warning", 1),
        (
            "UPDATE fee SET cents = 3 WHERE cents = 2; UPDATE fee SET cents = 2 WHERE cents = 1;",
            "changes_again",
            "warning",
            1,
        ),
        (
            "UPDATE visit SET fee = fee + p.id FROM person p WHERE p.id = person;",
            "changes_again",
            "warning",
            None,
        ),
        (
            "INSERT INTO fee (code, cents) VALUES ('a', 5) ON CONFLICT (code) DO UPDATE SET cents = cents + 1;",
            "changes_again",
            "warning",
            None,
        ),
    ],
)
def test_what_goes_on_from_the_time_before(
    tmp_path: Path, text: str, code: str, severity: str, count: int | None
) -> None:
    said = told(tmp_path, text)
    said.pop("rows_deleted", None)
    assert said == {code: (severity, count)}


def test_a_file_that_runs_once_may_go_on_from_what_is_there(tmp_path: Path) -> None:
    text = "UPDATE fee SET cents = cents + 1; INSERT INTO note (text) VALUES ('x');"
    assert Bench(tmp_path, *FEES).write(text).told() == {}
