"""What triggers delete and write over is not followed: that they do is told, where they may take something."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench, lint_of

DELETING = "CREATE TRIGGER clears AFTER UPDATE ON person BEGIN DELETE FROM visit WHERE person = NEW.id; END"
STAMPING = (
    "CREATE TRIGGER stamps AFTER UPDATE OF name ON person"
    " BEGIN UPDATE visit SET day = 'now' WHERE person = NEW.id; END"
)
NOTING = "CREATE TRIGGER notes AFTER UPDATE ON person BEGIN INSERT INTO log (name) VALUES (OLD.name); END"
LOG = "CREATE TABLE log (name TEXT) STRICT"
FILL = "UPDATE person SET name = 'none' WHERE name IS NULL"


@pytest.mark.parametrize(
    ("there", "sql", "expected"),
    [
        (DELETING, f"{FILL};", "warning"),
        (LOG, f"{DELETING}; {FILL};", "warning"),
        (STAMPING, f"{FILL};", "note"),
        (LOG, f"{STAMPING}; {FILL};", "warning"),
        (NOTING, f"{FILL};", None),
        (DELETING, "UPDATE person SET name = 'none' WHERE id = 99;", None),
        (STAMPING, "UPDATE person SET card = 'none' WHERE card IS NULL;", None),
        (DELETING, "INSERT INTO person (id, name) VALUES (9, 'Cy');", None),
        (DELETING, "DROP TRIGGER clears; UPDATE person SET name = 'none' WHERE name IS NULL;", None),
        (
            LOG,
            "CREATE TRIGGER all_of AFTER INSERT ON person BEGIN DELETE FROM visit; END;"
            "INSERT INTO person (id, name) VALUES (9, 'Cy');",
            "warning",
        ),
        (
            LOG,
            "CREATE TRIGGER none_of AFTER INSERT ON person BEGIN DELETE FROM log; END;"
            "INSERT INTO person (id, name) VALUES (9, 'Cy');",
            None,
        ),
        (
            LOG,
            "CREATE TABLE own (n INT) STRICT; INSERT INTO own (n) VALUES (1);"
            "CREATE TRIGGER of_own AFTER INSERT ON person BEGIN DELETE FROM own; END;"
            "INSERT INTO person (id, name) VALUES (9, 'Cy');",
            None,
        ),
    ],
)
def test_what_a_trigger_takes_is_told(tmp_path: Path, there: str, sql: str, expected: str | None) -> None:
    told = lint_of(tmp_path, sql, *dict.fromkeys((LOG, there)))
    assert told.get("not_looked_at") == ((expected, None) if expected else None), told


KINDS = (
    "CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT, code TEXT UNIQUE) STRICT",
    "INSERT INTO kind VALUES (1, 'a', 'A'), (2, 'b', 'B')",
)
CY = "INSERT INTO person (id, name) VALUES (9, 'Cy')"


def _filing(how: str, table: str = "kind") -> str:
    values = f"INTO {table} (id, name) VALUES (NEW.id % 3, NEW.name)"
    return f"CREATE TRIGGER files AFTER INSERT ON person BEGIN {how} {values}; END"


@pytest.mark.parametrize(
    ("there", "sql", "expected"),
    [
        ((), f"{_filing('INSERT OR REPLACE')}; {CY};", "warning"),
        ((), f"{_filing('REPLACE')}; {CY};", "warning"),
        ((), f"{_filing('INSERT')}; {CY};", None),
        ((), f"{_filing('INSERT OR IGNORE')}; {CY};", None),
        ((_filing("INSERT OR REPLACE"),), f"{CY};", "note"),
        ((_filing("INSERT"),), f"{CY};", None),
        ((_filing("INSERT"),), f"{CY.replace('INSERT', 'INSERT OR REPLACE')};", "note"),
        ((_filing("INSERT OR REPLACE"),), f"{CY.replace('INSERT', 'INSERT OR ABORT')};", None),
        ((_filing("INSERT OR REPLACE"),), f"{CY} ON CONFLICT (id) DO NOTHING;", "note"),
        ((_filing("INSERT OR REPLACE"),), "UPDATE person SET name = 'x' WHERE name IS NULL;", None),
        ((), f"DELETE FROM kind; {_filing('REPLACE')}; {CY};", None),
        ((LOG.replace("name", "id INT, name"),), f"{_filing('REPLACE', 'log')}; {CY};", None),
    ],
)
def test_what_a_trigger_replaces_is_told(
    tmp_path: Path, there: tuple[str, ...], sql: str, expected: str | None
) -> None:
    found = Bench(tmp_path, *KINDS, *there).write(sql).problems("not_looked_at")
    assert [each.finding.severity.value for each in found] == ([expected] if expected else [])
    assert {each.finding.title for each in found} <= {
        "The trigger “files” deletes by REPLACE rows of “kind” whose “id” or “code” another one gets,"
        " which could not be counted"
    }


def test_it_is_said_what_the_trigger_does_and_only_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, DELETING).write(f"{FILL};\nUPDATE person SET card = 'x' WHERE card IS NULL;")
    (found,) = bench.problems("not_looked_at")
    assert (found.place.line, found.finding.subject.name) == (1, "clears")
    assert found.finding.title == "The trigger “clears” deletes rows of “visit”, which could not be counted"
