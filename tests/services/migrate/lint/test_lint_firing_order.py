"""Triggers that are made again and fire before others that were before them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench


def made(name: str, event: str = "AFTER UPDATE", table: str = "visit") -> str:
    return f"CREATE TRIGGER {name} {event} ON {table} BEGIN UPDATE person SET card = '{name}'; END"


LONE = made("lone", "AFTER DELETE")
SECOND = made("second")
THIRD = made("third")
ANEW = (
    "CREATE TABLE new (id INTEGER PRIMARY KEY, person INT, day TEXT, fee INT) STRICT; INSERT INTO new SELECT * FROM"
    " visit; DROP TABLE visit; ALTER TABLE new RENAME TO visit; "
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (f"DROP TRIGGER second; {SECOND};", ["second before third"]),
        (f"DROP TRIGGER second; {SECOND}; DROP TRIGGER third; {THIRD};", []),
        (f"DROP TRIGGER third; {THIRD};", []),
        (f"DROP TRIGGER lone; {LONE};", []),
        (f"DROP TRIGGER second; {made('second', 'BEFORE UPDATE')};", []),
        (f"DROP TRIGGER second; {made('fourth')};", []),
        (
            f"{ANEW} {THIRD}; {SECOND}; {made('first')}; {LONE};",
            ["second before third", "first before second"],
        ),
        (f"{ANEW} {made('first')}; {SECOND}; {THIRD}; {LONE};", []),
        (
            f"ALTER TABLE visit RENAME TO stay; DROP TRIGGER second; {made('second', table='stay')};",
            ["second before third"],
        ),
        (f"CREATE TRIGGER IF NOT EXISTS {SECOND.removeprefix('CREATE TRIGGER ')};", []),
    ],
)
def test_a_trigger_that_fires_before_others_is_told(tmp_path: Path, change: str, said: list[str]) -> None:
    bench = Bench(tmp_path, made("first"), SECOND, THIRD, LONE).write(change)
    titles = [each.finding.title for each in bench.problems("fires_before")]
    told = [title.replace("“", "").replace("”", "") for title in titles]
    assert [
        each.removeprefix("The trigger ").replace("fires ", "").removesuffix(" from now on") for each in told
    ] == said


def test_another_of_its_kind_is_not_compared(tmp_path: Path) -> None:
    bench = Bench(tmp_path, SECOND, made("other", table="person")).write(f"DROP TRIGGER second; {SECOND};")
    assert not bench.problems("fires_before")
