"""What asks for the time or for chance where SQLite wants the same each time; and lint is right about SQLite."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
import pytest

from .linting import Bench, lint_of

ASKING = [
    "date('now')",
    "date()",
    "DATETIME ( 'NOW' )",
    "datetime(day, 'localtime')",
    "datetime(day, 'utc')",
    "strftime('%s')",
    "unixepoch()",
    "julianday('now', '+1 day')",
    "timediff('now', day)",
]
STEADY = [
    "date(day)",
    "strftime('%Y', day)",
    "date(day, '+1 day')",
    "unixepoch(day)",
    "lower('now')",
    "time(day)",
]
PLACES = [
    "ALTER TABLE visit ADD CHECK ({} IS NOT 'x');",
    "CREATE INDEX moment ON visit ({});",
    "CREATE INDEX moment ON visit (day) WHERE day > {};",
    "CREATE TABLE moment (day TEXT, of_day ANY AS ({})) STRICT;",
    "CREATE TABLE moment (day TEXT, of_day ANY AS ({}) STORED) STRICT;",
    "CREATE TABLE moment (day TEXT CHECK ({} IS NOT 'x')) STRICT;",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("expression", [*ASKING, *STEADY])
def test_what_sqlite_refuses_on_the_first_row_is_told(tmp_path: Path, place: str, expression: str) -> None:
    bench = Bench(tmp_path)
    text = place.format(expression)
    found = bench.write(text).problems("asks_for_now")
    assert [each.finding.severity for each in found] == (["error"] if expression in ASKING else [])
    with closing(apsw.Connection(str(bench.database))) as connection:
        table = "moment" if "TABLE moment" in place else "visit"
        try:
            connection.execute(text)
            connection.execute(f"INSERT INTO {table} (day) VALUES ('2026-01-03')")
            connection.execute(f"SELECT * FROM {table}").fetchall()
        except apsw.SQLError as error:
            assert "non-deterministic" in str(error)
            assert found
        else:
            assert not found


def test_the_rows_that_are_there_are_counted(tmp_path: Path) -> None:
    told = lint_of(tmp_path, "CREATE INDEX moment ON visit (day) WHERE day > date('now');")
    assert told == {"asks_for_now": ("error", 3)}


@pytest.mark.parametrize("expression", ["day > CURRENT_DATE", "fee > random()", "id <> last_insert_rowid()"])
def test_a_rule_that_holds_for_a_moment_is_worth_a_note(tmp_path: Path, expression: str) -> None:
    told = lint_of(tmp_path, f"ALTER TABLE visit ADD CHECK ({expression} OR id < 99);")
    assert told == {"holds_for_a_moment": ("note", None)}


@pytest.mark.parametrize(
    "text",
    [
        "CREATE VIEW v AS SELECT id FROM visit WHERE day > date('now');",
        "CREATE TABLE n (made TEXT DEFAULT (datetime('now')), day TEXT DEFAULT CURRENT_DATE) STRICT;",
        'CREATE TABLE n ("now" TEXT, CHECK (date("now") > 1)) STRICT;',
        "DROP VIEW IF EXISTS nobody;",
    ],
)
def test_where_the_time_may_be_asked_for(tmp_path: Path, text: str) -> None:
    assert not {"asks_for_now", "holds_for_a_moment", "default_is_text"} & set(lint_of(tmp_path, text))


def test_what_stood_there_before_is_not_the_files(tmp_path: Path) -> None:
    before = "CREATE TABLE old (day TEXT CHECK (day > date('now'))) STRICT"
    text = "ALTER TABLE old RENAME COLUMN day TO born; ALTER TABLE old RENAME TO older;"
    assert lint_of(tmp_path, text, before) == {}


@pytest.mark.parametrize(
    ("default", "fix"),
    [
        ("'CURRENT_TIMESTAMP'", "DEFAULT CURRENT_TIMESTAMP"),
        ("'datetime()'", "DEFAULT (datetime())"),
        ("'NULL'", "DEFAULT NULL"),
        ('"now"', ""),
        ("now", ""),
    ],
)
def test_a_default_in_quotes_that_was_to_be_computed(tmp_path: Path, default: str, fix: str) -> None:
    text = f"ALTER TABLE visit ADD COLUMN made TEXT DEFAULT {default};"
    (found,) = Bench(tmp_path).write(text).problems("default_is_text")
    assert found.fix_sql == fix


@pytest.mark.parametrize("default", ["NULL", "CURRENT_TIME", "'none'", "7", "-1", "'f(x) or so'", "x'00'"])
def test_a_default_that_is_what_it_says(tmp_path: Path, default: str) -> None:
    text = f"CREATE TABLE made (made ANY DEFAULT {default}) STRICT;"
    assert lint_of(tmp_path, text) == {}
