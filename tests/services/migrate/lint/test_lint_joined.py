"""Views and triggers that join by what their tables have in common, and so join otherwise when these change."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.migrated import migrated, titles

from .linting import Bench

DOCTOR = "CREATE TABLE doctor (id INTEGER PRIMARY KEY, title TEXT) STRICT"
WARD = "CREATE TABLE ward (ward INTEGER PRIMARY KEY, doctor INT, day TEXT) STRICT"
NATURAL = "CREATE VIEW seen AS SELECT fee, ward FROM visit NATURAL JOIN ward"
USING = "CREATE VIEW seen AS SELECT fee FROM doctor JOIN visit USING (id) JOIN ward USING (day)"


@pytest.mark.parametrize(
    ("view", "change", "said"),
    [
        (NATURAL, "ALTER TABLE visit ADD COLUMN Doctor INT", "joins by “doctor”"),
        (NATURAL, "ALTER TABLE visit DROP COLUMN day", "does not join by “day” any more"),
        (NATURAL, "ALTER TABLE visit RENAME COLUMN day TO at", "does not join by “day” any more"),
        (
            NATURAL,
            "ALTER TABLE visit RENAME COLUMN fee TO cost; ALTER TABLE ward ADD COLUMN cost INT",
            "joins by “cost”",
        ),
        (USING, "ALTER TABLE doctor ADD COLUMN day TEXT", "joins another table by “day”"),
        (NATURAL, "ALTER TABLE visit ADD COLUMN note TEXT", ""),
        (NATURAL, "ALTER TABLE visit RENAME TO stay", ""),
        (
            NATURAL,
            "ALTER TABLE visit RENAME COLUMN day TO at; ALTER TABLE ward RENAME COLUMN day TO at",
            "",
        ),
        (USING, "ALTER TABLE visit ADD COLUMN title TEXT", ""),
        (
            NATURAL.replace("SELECT", "WITH ward AS (SELECT 1 AS ward) SELECT"),
            "ALTER TABLE visit ADD COLUMN doctor INT",
            "",  # another ward
        ),
        (
            NATURAL.replace("fee,", "fee AS conflict,"),
            "ALTER TABLE visit ADD COLUMN doctor INT",
            "joins by “doctor”",
        ),
        (NATURAL.replace("NATURAL", ""), "ALTER TABLE visit ADD COLUMN doctor INT", ""),
        (
            NATURAL,
            f"ALTER TABLE visit ADD COLUMN doctor INT; DROP VIEW seen; {NATURAL}",
            "",  # who makes the view then says what it is
        ),
    ],
)
def test_a_view_that_joins_otherwise_is_told(tmp_path: Path, view: str, change: str, said: str) -> None:
    bench = Bench(tmp_path, DOCTOR, WARD, view).write(f"SELECT 1;\n{change};")
    found = bench.problems("view_joins_otherwise")
    assert [each.finding.title for each in found] == ([f"The view “seen” {said}"] if said else [])
    assert [each.place.line for each in found] == ([2] if said else [])


def trigger(statement: str, when: str = "1") -> str:
    return f"CREATE TRIGGER noted AFTER UPDATE ON visit WHEN {when} BEGIN SELECT 1; {statement}; END"


UPSERT = " ON CONFLICT DO NOTHING"
INSERT = f"INSERT OR IGNORE INTO ward (doctor) SELECT fee FROM visit NATURAL JOIN ward WHERE 1{UPSERT}"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (trigger(INSERT), "joins by “doctor”"),
        (
            trigger(INSERT.replace("INSERT OR IGNORE", "REPLACE").removesuffix(UPSERT)),
            "joins by “doctor”",
        ),
        (
            trigger("UPDATE OR IGNORE ward SET day = 1 FROM (SELECT id FROM visit NATURAL JOIN ward) AS s"),
            "joins by “doctor”",
        ),
        (trigger("UPDATE doctor SET title = 1 FROM visit NATURAL JOIN ward WHERE day"), "joins by “doctor”"),
        (
            trigger("DELETE FROM doctor WHERE id IN (SELECT id FROM visit NATURAL JOIN ward)"),
            "joins by “doctor”",
        ),
        (
            trigger("SELECT 2", "NEW.fee IS DISTINCT FROM (SELECT max(ward) FROM visit NATURAL JOIN ward)"),
            "joins by “doctor”",
        ),
        (trigger("UPDATE ward SET doctor = (SELECT 1) WHERE day IS NULL"), ""),
        (trigger("INSERT INTO ward (doctor) VALUES (1)").replace("noted", '"natural"'), ""),
    ],
)
def test_a_trigger_that_joins_otherwise_is_told(tmp_path: Path, made: str, said: str) -> None:
    bench = Bench(tmp_path, DOCTOR, WARD, made).write("SELECT 1;\nALTER TABLE visit ADD COLUMN doctor INT;")
    found = bench.problems("trigger_joins_otherwise")
    assert [each.finding.title for each in found] == ([f"The trigger “noted” {said}"] if said else [])
    assert [each.place.line for each in found] == ([2] if said else [])
    told = migrated(bench.database, "ALTER TABLE visit ADD COLUMN doctor INT")
    assert titles(told, "trigger_joins_otherwise") == ([f"Trigger “noted” of “visit” {said}"] if said else [])


def test_a_trigger_that_is_made_anew_says_itself_what_it_joins_by(tmp_path: Path) -> None:
    change = f"ALTER TABLE visit ADD COLUMN doctor INT; DROP TRIGGER noted; {trigger(INSERT)}"
    bench = Bench(tmp_path, DOCTOR, WARD, trigger(INSERT)).write(f"{change};")
    assert not bench.problems("trigger_joins_otherwise")


def test_a_rehearsal_tells_it_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path, DOCTOR, WARD, NATURAL, "CREATE VIEW fees AS SELECT fee FROM visit")
    found = migrated(bench.database, "ALTER TABLE visit ADD COLUMN doctor INT")
    assert titles(found, "view_joins_otherwise") == ["View “seen” joins by “doctor”"]
    assert {each.name: each.silently for each in found.views} == {"seen": True, "fees": False}
