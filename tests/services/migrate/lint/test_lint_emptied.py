"""A table that is emptied behind a copy: what of its rows and columns the copy holds is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import lint_of

EVERY = "id, person, day, fee"
KEPT = "CREATE TABLE kept (id INTEGER PRIMARY KEY, person INT, day TEXT, fee INT) STRICT;"
HELD = "CREATE TEMP TABLE held AS SELECT * FROM visit"
BACK = f"INSERT INTO visit ({EVERY}) SELECT {EVERY} FROM held;"
COUNTED = "CREATE TABLE log (n INT) STRICT; INSERT INTO log (n) SELECT count(*) FROM visit;"


def copied(where: str = "", columns: str = EVERY) -> str:
    return f"INSERT INTO kept ({columns}) SELECT {columns} FROM visit {where};"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"{COUNTED} DELETE FROM visit;", {"every_row_deleted": ("error", 3)}),
        (f"{COUNTED} DELETE FROM visit WHERE id > 0;", {"every_row_deleted": ("warning", 3)}),
        (f"{COUNTED} DROP TABLE visit;", {"table_dropped": ("error", 3)}),
        (COUNTED, {}),
        (f"{KEPT}{copied()} DELETE FROM visit;", {}),
        (f"{KEPT}{copied()} DELETE FROM visit WHERE id > 0;", {}),
        (f"{KEPT}{copied('WHERE id > 10')} DELETE FROM visit;", {"rows_not_copied": ("error", 1)}),
        (
            f"{KEPT}{copied('WHERE id > 10')} DELETE FROM visit WHERE id > 0;",
            {"rows_not_copied": ("warning", 1)},
        ),
        (f"{KEPT}{copied('WHERE id > 10')}{copied('WHERE id = 10')} DELETE FROM visit;", {}),
        (
            f"{KEPT}{copied(columns='id, day')} DELETE FROM visit WHERE id = 10;",
            {"rows_deleted": ("note", 1)},
        ),
        (f"{KEPT}{copied()} DELETE FROM visit WHERE id = 10;", {}),
        (
            f"{KEPT}{copied(columns='id, person, day')} DELETE FROM visit;",
            {"column_not_copied": ("error", 2)},
        ),
        (
            f"{KEPT}{copied('WHERE id > 10')} CREATE TABLE more AS SELECT * FROM visit WHERE id > 10;"
            "DELETE FROM visit;",
            {"rows_not_copied": ("error", 1)},
        ),
        (f"{HELD}; DELETE FROM visit; {BACK}", {}),
        (f"{HELD} WHERE id > 10; DELETE FROM visit; {BACK}", {"rows_not_copied": ("error", 1)}),
        (
            f"{HELD} WHERE id > 10; DELETE FROM visit WHERE id <> 9; {BACK}",
            {"rows_not_copied": ("warning", 1)},
        ),
        (
            f"{HELD} WHERE id > 10; DELETE FROM visit; {BACK} INSERT INTO visit VALUES (10, 1, '2026-01-01', 20);",
            {"insert_by_position": ("warning", None)},
        ),
        (
            f"{KEPT}{copied('WHERE person IN (SELECT id FROM who)')} DELETE FROM visit;",
            {"not_looked_at": ("warning", None)},
        ),
    ],
)
def test_what_no_copy_holds_of_a_table_that_is_emptied_is_told(
    tmp_path: Path, sql: str, expected: dict[str, tuple[str, int | None]]
) -> None:
    who = "CREATE VIEW who AS SELECT id FROM person"
    told = lint_of(tmp_path, f"ALTER TABLE person ADD COLUMN born TEXT; {sql}", who)
    assert {code: said for code, said in told.items() if code != "not_strict"} == expected
