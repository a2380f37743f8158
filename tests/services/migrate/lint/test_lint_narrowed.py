"""An UPDATE of a column from itself: what it leaves less of is counted, and what can be reckoned back is not told."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench

TAKEN = (
    "CREATE TABLE taken (id INTEGER PRIMARY KEY, at TEXT, amt REAL, qty TEXT, name TEXT COLLATE NOCASE, n INT)",
    "INSERT INTO taken VALUES (1, '2026-01-01 10:20', 1.5, '3', 'Ada', 10), (2, '2026-01-02', 2, 'x', 'ada', 11),"
    " (3, '', 3, '007', 'Bo', 25), (4, NULL, NULL, NULL, NULL, NULL)",
    "CREATE TABLE other (a INT, name TEXT)",
    "INSERT INTO other VALUES (1, 'same'), (2, 'same')",
)

COMING = "INSERT INTO taken SELECT * FROM taken WHERE true ON CONFLICT (id)"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE taken SET at = date(at);", ("warning", 2)),
        ("UPDATE taken SET at = date(at) WHERE at IS NOT NULL;", ("warning", 2)),
        ("UPDATE taken SET at = date(at) WHERE id = 2;", None),
        ("UPDATE taken SET at = date(at, '+1 day') WHERE id = 2;", None),
        ("UPDATE taken SET at = strftime('%Y', at) WHERE at <> '';", ("warning", 2)),
        ("UPDATE taken SET at = nullif(at, '');", ("note", 1)),
        ("UPDATE taken SET at = coalesce(at, '?');", None),
        ("UPDATE taken SET at = replace(at, ' ', 'T');", ("note", 1)),
        ("UPDATE taken SET qty = ltrim(qty, '0');", ("note", 1)),
        ("UPDATE taken SET qty = trim(qty, 'x0');", ("note", 2)),
        ("UPDATE taken SET amt = round(amt);", ("warning", 1)),
        ("UPDATE taken SET amt = round(amt * 100);", None),
        ("UPDATE taken SET amt = amt * 2;", None),
        ("UPDATE taken SET amt = amt * 0;", ("warning", 3)),
        ("UPDATE taken SET amt = round(amt, 1);", None),
        ("UPDATE taken SET n = n / 10;", ("warning", 3)),
        ("UPDATE taken SET n = n / 5;", ("warning", 2)),
        ("UPDATE taken SET n = (n - 10) / 15;", ("warning", 2)),
        ("UPDATE taken SET n = n / 5 WHERE n <> 11;", None),
        ("UPDATE taken SET n = n / 5.0;", None),
        ("UPDATE taken SET n = CAST(n / 5.0 AS INTEGER);", ("warning", 2)),
        ("UPDATE taken SET n = n >> 1;", ("warning", 3)),
        ("UPDATE taken SET n = -n / 5;", ("warning", 2)),
        ("UPDATE taken SET n = n - n % 10 WHERE n <> 10;", ("warning", 2)),
        ("UPDATE taken SET n = n + 1;", None),
        ("UPDATE taken SET qty = CAST(qty AS INTEGER);", ("warning", 2)),
        ("UPDATE taken SET n = CAST(n AS TEXT);", None),
        ("UPDATE taken SET name = substr(name, 1, 1);", ("warning", 3)),
        ("UPDATE taken SET name = substr(name, 1, 1) || '.' || substr(name, 2);", None),
        ("UPDATE taken SET name = lower(name);", ("note", 2)),
        ("UPDATE taken SET name = trim(name);", None),
        ("UPDATE taken SET name = CASE WHEN n < 20 THEN 'few' ELSE name END;", ("note", 2)),
        (
            "UPDATE taken SET name = CASE WHEN name = 'Bo' THEN 'x' WHEN name IS NULL THEN 'x' ELSE name END;",
            ("note", 1),
        ),
        ("UPDATE taken SET n = min(n, 10);", ("warning", 2)),
        ("UPDATE taken SET n = min(n, 24);", ("note", 1)),
        ("UPDATE taken SET n = min(n, 24) WHERE n > 5;", ("note", 1)),
        ("UPDATE taken SET n = min(n, rowid * 10);", None),
        ("UPDATE taken SET n = abs(n - 40) + 40;", ("note", 3)),
        ("UPDATE taken SET n = n / 8 * 8;", ("warning", 3)),
        ("UPDATE taken SET n = n % 20;", ("note", 1)),
        ("UPDATE taken SET n = iif(n = 25, 24, n);", None),
        ("UPDATE taken SET at = datetime(at) WHERE at > '';", None),
        ("UPDATE taken SET qty = printf('%05d', qty) WHERE qty = '3';", None),
        ("UPDATE taken SET name = name;", None),
        ("UPDATE taken SET qty = at, at = date(at);", None),
        (
            "ALTER TABLE taken ADD COLUMN was TEXT; UPDATE taken SET was = at; UPDATE taken SET at = date(at);",
            None,
        ),
        ("UPDATE taken SET at = NULL WHERE id < 3; UPDATE taken SET at = date(at);", ("warning", 1)),
        (
            "CREATE TABLE t (a REAL) STRICT; INSERT INTO t VALUES (1.5); UPDATE t SET a = round(a);",
            ("warning", 1),
        ),
        ("UPDATE taken SET at = substr(taken.at, 1, 10) FROM other WHERE true;", ("warning", 1)),
        ("UPDATE taken AS t SET at = substr(at, 1, 10) FROM other AS o WHERE o.a = t.id;", ("warning", 1)),
        (
            "WITH o AS (SELECT 1) UPDATE taken SET at = substr(at, 1, 10) WHERE id IN (SELECT * FROM o);",
            ("warning", 1),
        ),
        ("UPDATE taken SET name = other.name FROM other WHERE other.a = taken.id;", None),
        ("UPDATE taken SET at = substr(taken.at, 1, 10) FROM other WHERE other.a = 9;", None),
        ("DELETE FROM taken; UPDATE taken SET amt = round(amt);", None),
        ("UPDATE taken SET name = 'x' WHERE name > '';", ("warning", 3)),
        ("UPDATE taken SET name = 'x' WHERE name IS NOT NULL AND n > 10;", ("note", 2)),
        ("UPDATE taken SET name = 'x' WHERE name = 'Bo';", None),
        ("UPDATE taken SET name = 'Ada' WHERE name = 'ada';", ("note", 1)),
        ("UPDATE taken SET name = 'x' WHERE name IS NULL;", None),
        ("UPDATE taken SET name = 'x' WHERE n = 10;", None),
        ("UPDATE taken SET name = NULL WHERE name = 'Bo';", ("note", 1)),
        ("UPDATE taken SET name = substr(at, 1, 1) WHERE name > '' AND n < 25;", ("note", 2)),
        ("UPDATE taken SET name = other.name FROM other WHERE taken.name > '';", ("warning", 3)),
        ("UPDATE taken SET qty = name, name = 'x' WHERE name > '';", None),
        (f"{COMING} DO UPDATE SET name = substr(taken.name, 1, 1);", ("warning", 3)),
        (f"{COMING} DO UPDATE SET name = substr(name, 1, 1) WHERE n = 10;", ("warning", 1)),
        (f"{COMING} DO UPDATE SET name = 'x' WHERE name > '';", ("warning", 3)),
        (f"{COMING} DO UPDATE SET name = lower(name);", ("note", 1)),
        (f"{COMING} DO UPDATE SET name = excluded.name WHERE name <> excluded.name;", None),
        (f"{COMING} DO UPDATE SET n = n + excluded.n;", None),
        (
            "INSERT INTO taken (id, name) VALUES (1, ''), (1, ''), (9, '') ON CONFLICT (id)"
            " DO UPDATE SET name = substr(name, 1, 1);",
            ("warning", 1),
        ),
    ],
)
def test_values_that_nothing_leads_back_to_are_counted(
    tmp_path: Path, sql: str, expected: tuple[str, int] | None
) -> None:
    told = Bench(tmp_path, *TAKEN).write(sql).told()
    assert told.get("values_narrowed") == expected, told


ANY = (
    "CREATE TABLE tagged (id INTEGER PRIMARY KEY, tag ANY, n INT) STRICT",
    "INSERT INTO tagged VALUES (1, 'a', 1), (2, 7, 2), (3, x'00', 3), (4, NULL, 4)",
)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE tagged SET tag = CAST(tag AS TEXT);", ("note", 2)),
        ("UPDATE tagged SET tag = hex(tag);", ("note", 2)),
        ("UPDATE tagged SET tag = hex(tag) WHERE id = 1;", None),
        ("UPDATE tagged SET tag = CAST(tag AS INTEGER);", ("warning", 2)),
        ("UPDATE tagged SET n = CAST(n AS TEXT);", None),
        ("UPDATE tagged SET tag = '7' WHERE tag = 7;", None),
    ],
)
def test_a_column_of_any_type_that_loses_types(
    tmp_path: Path, sql: str, expected: tuple[str, int] | None
) -> None:
    told = Bench(tmp_path, *ANY).write(sql).told()
    assert told.get("values_narrowed") == expected, told


def test_it_is_said_what_becomes_of_them(tmp_path: Path) -> None:
    (problem,) = Bench(tmp_path, *TAKEN).write("UPDATE taken SET at = date(at);").problems("values_narrowed")
    assert problem.finding.title == "UPDATE of “at” of “taken” cuts 1 value and makes 1 value NULL"


SHORT = "INSERT INTO taken (id, name, at) SELECT id, {}, at FROM taken WHERE {} ON CONFLICT (id)"
HELD = "CREATE TEMP TABLE held AS SELECT id, {} AS n FROM taken;"
BACK = "UPDATE taken SET name = (SELECT n FROM held WHERE held.id = taken.id);"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"{SHORT.format('substr(name, 1, 1)', 'true')} DO UPDATE SET name = excluded.name;", ("warning", 3)),
        (
            f"{SHORT.format('substr(name, 1, 1)', 'id = 1')} DO UPDATE SET name = excluded.name;",
            ("warning", 1),
        ),
        (f"{SHORT.format('trim(name)', 'true')} DO UPDATE SET name = excluded.name;", None),
        (f"{SHORT.format('name', 'true')} DO UPDATE SET name = excluded.name;", None),
        (f"{SHORT.format('substr(name, 1, 1)', 'true')} DO UPDATE SET at = excluded.at;", None),
        (f"{SHORT.format('substr(name, 1, 1)', 'true')} DO NOTHING;", None),
        (
            "ALTER TABLE taken ADD COLUMN was TEXT;"
            " INSERT INTO taken (id, name, was) SELECT id, substr(name, 1, 1), name FROM taken WHERE true"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, was = excluded.was;",
            None,
        ),
        (
            "REPLACE INTO taken (id, at, amt, qty, name, n)"
            " SELECT id, date(at), amt, qty, name, n FROM taken WHERE at <> '';",
            ("warning", 1),
        ),
        (
            "INSERT OR REPLACE INTO taken SELECT id, at, amt, qty, trim(name), n FROM taken;",
            None,
        ),
        (
            f"{HELD.format('substr(name, 1, 1)')}{BACK}",
            ("warning", 3),
        ),
        (
            f"{HELD.format('trim(name)')}{BACK}",
            None,
        ),
        (
            "UPDATE taken SET name = (SELECT substr(name, 1, 1) FROM taken o WHERE o.id = taken.id) WHERE id < 3;",
            ("warning", 2),
        ),
        (
            "UPDATE taken SET name = (SELECT trim(name) FROM taken o WHERE o.id = taken.id) WHERE id < 3;",
            None,
        ),
        (
            "UPDATE taken SET name = o.n FROM (SELECT id, substr(name, 1, 1) AS n, at FROM taken WHERE id < 3) AS o"
            " WHERE o.id = taken.id;",
            ("warning", 2),
        ),
        (
            "UPDATE taken SET name = o.n FROM (SELECT id, lower(name) || id AS n FROM taken) AS o"
            " WHERE o.id = taken.id AND o.id < 3;",
            None,
        ),
        ("UPDATE taken SET at = substr(at, 1, instr(at, ' ') - 1) WHERE at LIKE '% %';", ("warning", 1)),
        ("UPDATE taken SET at = substr(at, 1, instr(at, ' ') - 1), qty = at WHERE at LIKE '% %';", None),
        (
            "UPDATE taken SET at = substr(at, instr(at, ' ') + 1) || ' ' || substr(at, 1, instr(at, ' ') - 1)"
            " WHERE at LIKE '% %';",
            None,
        ),
    ],
)
def test_values_that_come_back_by_way_of_a_table_are_held_against_what_they_were(
    tmp_path: Path, sql: str, expected: tuple[str, int] | None
) -> None:
    told = Bench(tmp_path, *TAKEN).write(sql).told()
    assert told.get("values_narrowed") == expected, told
    assert told.get("values_overwritten", ("note", 1)) == ("note", 1)


PAPERS = (
    "CREATE TABLE paper (id INTEGER PRIMARY KEY, doc TEXT, was TEXT, code TEXT UNIQUE)",
    "INSERT INTO paper VALUES (1, '{\"x\": 1, \"y\": [2, 2]}', NULL, 'A'), (2, '{\"x\": \"a\"}', NULL, 'a'),"
    " (3, 'none', NULL, 'b'), (4, NULL, NULL, NULL), (5, '{\"y\": [3]}', NULL, 'cc')",
)
NONE_OF_IT = "CASE WHEN json_valid(doc) THEN json_remove(doc, '$.x') ELSE doc END"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"UPDATE paper SET doc = {NONE_OF_IT};", ("warning", 2)),
        ("UPDATE paper SET doc = json_remove(doc, '$.x') WHERE id < 3;", ("warning", 2)),
        ("UPDATE paper SET doc = json_remove(doc, '$.y[1]') WHERE id < 3;", ("warning", 1)),
        ("UPDATE paper SET doc = json_patch(doc, '{\"x\": null}') WHERE id <> 3;", ("warning", 2)),
        ("UPDATE paper SET doc = json_set(doc, '$.x', 0) WHERE id <> 3;", ("warning", 2)),
        ("UPDATE paper SET doc = json_set(doc, '$.z', 0) WHERE id <> 3;", None),
        ("UPDATE paper SET doc = json_replace(doc, '$.x', doc ->> '$.x') WHERE id <> 3;", None),
        ("UPDATE paper SET doc = json_remove(json_set(doc, '$.z', doc ->> '$.x'), '$.x') WHERE id < 3;", None),
        ("UPDATE paper SET was = doc ->> '$.x' WHERE id < 3;"
         " UPDATE paper SET doc = json_remove(doc, '$.x') WHERE id < 3;", None),
        ("UPDATE OR IGNORE paper SET code = upper(code);", ("note", 2)),
        ("UPDATE OR IGNORE paper SET code = substr(code, 1, 1);", ("warning", 1)),
    ],
)  # fmt: skip
def test_json_and_what_stays_in_the_way(
    tmp_path: Path, sql: str, expected: tuple[str, int | None] | None
) -> None:
    assert Bench(tmp_path, *PAPERS).write(sql).told().get("values_narrowed") == expected
