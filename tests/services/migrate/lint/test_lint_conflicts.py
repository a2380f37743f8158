"""REPLACE and IGNORE: the rows that they delete or leave out are counted, and harmless ones are not told."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench

WARD = (
    "CREATE TABLE ward (id INTEGER PRIMARY KEY, code TEXT UNIQUE, bed TEXT COLLATE NOCASE, n INT) STRICT",
    "CREATE UNIQUE INDEX ward_bed ON ward (bed) WHERE n > 0",
    "INSERT INTO ward VALUES (1, 'a', 'x', 1), (2, 'A', 'y', 1), (3, NULL, 'X', 0), (4, 'b', NULL, 1)",
    "CREATE TABLE own (k TEXT UNIQUE ON CONFLICT REPLACE, n INT NOT NULL ON CONFLICT IGNORE) STRICT",
    "INSERT INTO own VALUES ('a', 1), ('A', 2)",
    "CREATE TABLE line (id INTEGER PRIMARY KEY, n INT UNIQUE) STRICT",
    "INSERT INTO line VALUES (1, 1), (2, 2), (3, 3)",
)

EVERY = "INSERT OR REPLACE INTO ward (id, code, bed, n)"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE OR REPLACE ward SET code = lower(code);", ("error", 1)),
        ("UPDATE OR REPLACE ward SET code = 'same' WHERE id IN (1, 2, 4);", ("error", 2)),
        ("UPDATE OR REPLACE ward SET code = 'b' WHERE code IS NULL;", ("error", 1)),
        ("UPDATE OR REPLACE ward SET n = 1;", ("error", 1)),
        ("UPDATE OR REPLACE ward SET bed = 'Z';", ("error", 2)),
        ("UPDATE OR REPLACE ward SET n = p.id FROM person p WHERE p.id = ward.id;", ("warning", None)),
        ("UPDATE OR REPLACE person SET name = c.card FROM person c WHERE c.id = 1;", None),
        ("UPDATE OR REPLACE ward SET code = 'new' WHERE id = 1;", None),
        ("UPDATE OR REPLACE ward SET code = code || id;", None),
        ("UPDATE OR REPLACE ward SET bed = 'Z' WHERE id = 3;", None),
        ("UPDATE OR IGNORE ward SET code = lower(code);", None),
        ("UPDATE ward SET code = code || 'x';", None),
        ("UPDATE own SET k = lower(k);", ("error", 1)),
        ("UPDATE own SET k = k || n;", None),
        ("UPDATE OR ABORT own SET k = k || n;", None),
        ("UPDATE OR REPLACE line SET n = n + 1;", ("warning", None)),
        ("UPDATE OR REPLACE line SET n = n + 10;", None),
        ("UPDATE OR REPLACE line SET n = p.id FROM person p WHERE p.id = line.id;", ("warning", None)),
        (f"{EVERY} SELECT id + 10, code, bed, n FROM ward;", ("error", 3)),
        (f"{EVERY} SELECT id, code, bed, n FROM ward;", None),
        (f"{EVERY} SELECT id + 10, code || 'x', bed || 'x', n FROM ward;", None),
        (f"{EVERY} SELECT id + 10, 'same', bed || 'x', n FROM ward;", ("error", 3)),
        (f"{EVERY} VALUES (9, 'b', 'z', 1);", ("warning", 1)),
        (f"{EVERY} VALUES (4, 'b', 'z', 1), (5, 'c', 'w', 1);", None),
        ("REPLACE INTO ward VALUES (NULL, 'b', 'z', 1);", ("warning", 1)),
        ("REPLACE INTO ward (code, n) VALUES ('q', 1);", None),
        ("INSERT INTO ward (id, code) VALUES (9, 'b') ON CONFLICT (code) DO UPDATE SET n = 2;", None),
        ("INSERT INTO ward (id, code) VALUES (9, 'b') ON CONFLICT DO NOTHING;", None),
        ("INSERT OR IGNORE INTO ward (id, code) VALUES (9, 'b');", None),
        ("INSERT INTO own VALUES ('a', 5);", None),
        ("UPDATE visit SET fee = fee + 1; UPDATE OR REPLACE line SET n = 1 WHERE id = 1;", None),
        ("DELETE FROM line; UPDATE OR REPLACE line SET n = 1;", None),
        (
            f"{EVERY} VALUES (20, 'new', NULL, 1); {EVERY} SELECT id + 10, code, bed, n FROM ward;",
            ("error", 4),
        ),
    ],
)
def test_rows_that_another_one_replaces_are_counted(
    tmp_path: Path, sql: str, expected: tuple[str, int | None] | None
) -> None:
    told = Bench(tmp_path, *WARD).write(sql).told()
    assert told.get("rows_replaced") == expected, told


COPY = (
    "CREATE TABLE ward_new ({columns}) STRICT; {copy}; DROP TABLE ward; ALTER TABLE ward_new RENAME TO ward;"
)
PLAIN = "id INTEGER PRIMARY KEY, code TEXT, bed TEXT, n INT"


@pytest.mark.parametrize(
    ("columns", "copy", "lost"),
    [
        (PLAIN, "INSERT OR IGNORE INTO ward_new SELECT id, code, bed, n FROM ward", None),
        (
            PLAIN.replace("code TEXT", "code TEXT NOT NULL"),
            "INSERT OR IGNORE INTO ward_new SELECT * FROM ward",
            1,
        ),
        (
            PLAIN.replace("n INT", "n INT CHECK (n > 0)"),
            "INSERT OR IGNORE INTO ward_new SELECT * FROM ward",
            1,
        ),
        (PLAIN.replace("n INT", "n INT UNIQUE"), "INSERT OR IGNORE INTO ward_new SELECT * FROM ward", 2),
        (PLAIN.replace("n INT", "n INT UNIQUE"), "REPLACE INTO ward_new SELECT * FROM ward", 2),
        (
            PLAIN.replace("n INT", "n INT UNIQUE"),
            "INSERT INTO ward_new SELECT * FROM ward WHERE true ON CONFLICT DO NOTHING",
            2,
        ),
        (
            PLAIN.replace("n INT", "n INT UNIQUE"),
            "INSERT INTO ward_new SELECT * FROM ward WHERE true ON CONFLICT (n) DO UPDATE SET code = excluded.code",
            2,
        ),
        (
            PLAIN.replace("n INT", "n INT UNIQUE ON CONFLICT IGNORE"),
            "INSERT INTO ward_new SELECT * FROM ward",
            2,
        ),
        (
            PLAIN.replace("code TEXT", "code TEXT COLLATE NOCASE UNIQUE, x INT NOT NULL ON CONFLICT IGNORE"),
            "INSERT OR IGNORE INTO ward_new (id, code, x, bed, n)"
            " SELECT id, code, iif(n > 0, 1, NULL), bed, n FROM ward",
            2,
        ),
        (
            PLAIN,
            "INSERT INTO ward_new (id) VALUES (4); INSERT OR IGNORE INTO ward_new SELECT * FROM ward",
            1,
        ),
    ],
)
def test_rows_that_a_copy_leaves_out_are_counted_when_the_table_is_dropped(
    tmp_path: Path, columns: str, copy: str, lost: int | None
) -> None:
    told = Bench(tmp_path, *WARD).write(COPY.format(columns=columns, copy=copy)).told()
    assert told.get("rows_not_copied") == (("error", lost) if lost else None), told


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        (
            "INSERT OR IGNORE INTO person (id) VALUES (3), (4);"
            "ALTER TABLE person ALTER COLUMN name SET NOT NULL;",
            "nulls_in_the_way",
            2,
        ),
        (
            "REPLACE INTO person (id, name, card) VALUES (3, 'Cy', 'c'), (4, 'Di', 'd');"
            "ALTER TABLE person ALTER COLUMN name SET NOT NULL;",
            "nulls_in_the_way",
            None,
        ),
        (
            "INSERT INTO person (id) VALUES (3), (4) ON CONFLICT (id) DO NOTHING; DELETE FROM person;",
            "every_row_deleted",
            4,
        ),
        ("REPLACE INTO person (id, name) VALUES (3, 'x'), (3, 'y'); DROP TABLE visit;", "table_dropped", 3),
    ],
)
def test_rows_are_followed_through_replace_and_ignore(
    tmp_path: Path, text: str, code: str, expected: int | None
) -> None:
    told = Bench(tmp_path).write(text).told()
    assert (told[code][1] if code in told else None) == expected, told
