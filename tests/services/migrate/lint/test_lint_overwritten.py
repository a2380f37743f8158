"""Values that are written over by any form of UPDATE and by DO UPDATE, counted; and WITH before DELETE."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.db import open_write
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.finding import Severity

from .linting import Bench

GOODS = (
    "CREATE TABLE good (id INTEGER PRIMARY KEY, code TEXT UNIQUE, n INT, price REAL CHECK (price > 0))",
    "CREATE TABLE list (id INTEGER PRIMARY KEY, code TEXT, n INT)",
    "CREATE TABLE own (id INTEGER PRIMARY KEY, k TEXT UNIQUE ON CONFLICT REPLACE, note TEXT)",
    "INSERT INTO good VALUES (1, 'a', 5, 1.0), (2, 'b', 6, 2.0), (3, 'c', NULL, 3.0), (4, NULL, 0, 4.0)",
    "INSERT INTO list VALUES (1, 'x', 5), (2, 'y', 7), (3, 'z', 8), (4, 'q', 9)",
    "INSERT INTO own VALUES (1, 'a', 'first'), (2, 'b', 'second')",
)
INTO = "INSERT INTO good (id, code, n, price)"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE good SET (code, n) = (SELECT code, n FROM list WHERE list.id = good.id);", {"code": 3, "n": 2}),
        ("UPDATE good SET (code, n) = (SELECT code, n FROM list WHERE list.id = good.id) WHERE id < 3;", {}),
        ("UPDATE good SET (n, price) = (VALUES (0, 1));", {"n": 2, "price": 3}),
        ("UPDATE good SET n = 0 FROM list WHERE list.id = good.id;", {"n": 2}),
        ("UPDATE good SET n = 0 FROM list;", {"n": 2}),
        ("UPDATE good SET n = list.n FROM list WHERE list.id = good.id AND list.n > 5;", {}),
        ("UPDATE good SET n = good.n + list.n FROM list WHERE list.id = good.id;", {}),
        ("UPDATE good AS g SET n = l.n FROM list AS l JOIN own AS o WHERE l.id = g.id;", {"n": 2}),
        ("WITH most AS (SELECT max(n) AS x FROM list) UPDATE good SET n = (SELECT x FROM most);", {"n": 3}),
        ("WITH most AS (SELECT max(n) AS x FROM list) UPDATE good SET n = x FROM most WHERE id = 1;", {}),
        ("UPDATE list SET code = (SELECT max(code) FROM list);", {"code": 3}),
        ("UPDATE list SET code = m.c FROM (SELECT max(code) AS c FROM list) AS m;", {"code": 3}),
        ("UPDATE list SET (code, n) = (SELECT max(code), max(n) FROM list);", {"code": 3, "n": 3}),
        ("WITH m AS (SELECT max(code) AS c FROM list) UPDATE list SET code = (SELECT c FROM m);", {"code": 3}),
        ("UPDATE list SET code = (SELECT l.n || list.code FROM good AS l WHERE l.id = list.id);", {}),
        ("UPDATE list SET code = (SELECT n || code FROM own WHERE own.id = list.id);", {}),
        ("UPDATE list AS l SET code = (SELECT code FROM list WHERE id = l.id);", {}),
        ("ALTER TABLE list ADD COLUMN kind TEXT NOT NULL DEFAULT ''; UPDATE list SET kind = 's';", {}),
        ("ALTER TABLE list ADD COLUMN kind TEXT NOT NULL DEFAULT ''; ALTER TABLE list RENAME COLUMN kind TO sort;"
         "INSERT INTO list (id, n) VALUES (9, 9); UPDATE list SET sort = 's';", {}),
        ("ALTER TABLE list ADD COLUMN kind TEXT NOT NULL DEFAULT ''; UPDATE list SET kind = 's';"
         "UPDATE list SET kind = 't';", {"kind": 4}),
        ("ALTER TABLE list ADD COLUMN kind TEXT NOT NULL DEFAULT '';"
         "INSERT INTO list (id, kind) VALUES (9, 'own'); UPDATE list SET kind = 's';", {"kind": 5}),
        ("UPDATE OR IGNORE good SET code = 'same';", {"code": 1}),
        ("UPDATE OR IGNORE good SET n = 9;", {"n": 3}),
        (f"{INTO} SELECT id, 'q' || id, 0, 1 FROM list WHERE true ON CONFLICT (id) DO UPDATE SET n = 0;", {"n": 2}),
        (f"{INTO} SELECT id, 'q' || id, n, 1 FROM list WHERE true ON CONFLICT (id) DO UPDATE SET n = good.n + 1;", {}),
        (f"{INTO} SELECT id, 'q' || id, 0, 1 FROM list WHERE true"
         " ON CONFLICT (id) DO UPDATE SET n = excluded.n, price = 9 WHERE id < 99;", {"n": 2, "price": 4}),
    ],
)  # fmt: skip
def test_values_that_are_written_over_are_counted(tmp_path: Path, sql: str, expected: dict[str, int]) -> None:
    found = Bench(tmp_path, *GOODS).write(sql).problems("values_overwritten")
    grave = [each.finding for each in found if each.finding.severity is Severity.WARNING]
    assert {each.subject.columns[0]: each.count for each in grave} == expected


@pytest.mark.parametrize(
    ("value", "looked_up"),
    [
        ("(SELECT sum(n) FROM list x WHERE x.id <= list.id)", True),
        ("(SELECT max(n) FROM list)", True),
        ("(SELECT max(id) FROM list)", False),
        ("0 WHERE id IN (SELECT id FROM list WHERE n > 0 OR n IS NULL)", True),
        ("0", False),
    ],
)
def test_values_that_are_looked_up_among_themselves_are_not_said_to_be_unused(
    tmp_path: Path, value: str, looked_up: bool
) -> None:
    (found,) = Bench(tmp_path, *GOODS).write(f"UPDATE list SET n = {value};").problems("values_overwritten")
    assert found.finding.title.endswith(", which it reads only to look something up") is looked_up


@pytest.mark.parametrize(
    "sql",
    [
        f"{INTO} SELECT id, 'q', n, 1 FROM list WHERE id = 2 ON CONFLICT (id) DO UPDATE SET n = excluded.n;",
        f"{INTO} VALUES (2, 'b', 7, 1) ON CONFLICT (code) DO UPDATE SET n = excluded.n;",
        f"{INTO} VALUES (2, 'b', 7, 1) ON CONFLICT (id) DO UPDATE SET n = excluded.n WHERE good.price > 0;",
        f"{INTO} VALUES (2, 'b', 7, 1) ON CONFLICT (id) DO UPDATE SET n = excluded.n ON CONFLICT DO NOTHING;",
        f"{INTO} VALUES (2, 'q', 7, 1) ON CONFLICT (code) DO NOTHING ON CONFLICT (id) DO UPDATE SET n = excluded.n;",
        f"{INTO} VALUES (2, 'q', 7, 1) ON CONFLICT (code) DO NOTHING ON CONFLICT (id) DO UPDATE SET code = 'q';",
        f"{INTO} VALUES (2, 'b', 7, 1) ON CONFLICT (code) DO UPDATE SET code = 'new';",
        f"{INTO} VALUES (2, 'b', 7, 1), (2, 'c', 6, 1) ON CONFLICT (id) DO UPDATE SET n = excluded.n;",
        "REPLACE INTO list (id, code, n) VALUES (1, 'x', 5), (2, 'y', 6), (3, 'z', 8), (4, 'q', 9);",
        "INSERT INTO own (id, k, note) VALUES (7, 'a', 'third');",
    ],
)
def test_some_rows_that_an_upsert_writes_over_are_a_note(tmp_path: Path, sql: str) -> None:
    told = Bench(tmp_path, *GOODS).write(sql).told()
    assert told == {"values_overwritten": ("note", 1)}


@pytest.mark.parametrize(
    ("sql", "code", "count"),
    [
        (f"{INTO} SELECT id, 'q' || id, n, 1 FROM list WHERE true ON CONFLICT (id) DO UPDATE SET code = 'a';",
         "duplicates_in_the_way", 1),
        (f"{INTO} SELECT 1, 'z', n, 1 FROM list WHERE id = 1 ON CONFLICT (id) DO UPDATE SET code = 'b';",
         "duplicates_in_the_way", 1),
        (f"{INTO} SELECT id, 'q' || id, n, 1 FROM list WHERE true ON CONFLICT (id) DO UPDATE SET price = 0;",
         "check_not_met", 4),
        (f"{INTO} SELECT 9, 'a', n, 1 FROM list WHERE id = 1 ON CONFLICT (id) DO UPDATE SET price = 1;",
         "duplicates_in_the_way", 1),
    ],
)  # fmt: skip
def test_an_upsert_that_fails_is_told(tmp_path: Path, sql: str, code: str, count: int) -> None:
    told = Bench(tmp_path, *GOODS).write(sql).told()
    assert told[code] == ("error", count)


@pytest.mark.parametrize(
    ("clauses", "rows", "fails"),
    [
        ("(code) DO NOTHING ON CONFLICT (id) DO UPDATE SET price = 8", "(1, 'b', 0, 1)", False),
        ("(code) DO NOTHING ON CONFLICT (id) DO UPDATE SET code = excluded.code", "(1, 'b', 0, 1)", False),
        ("(code) DO NOTHING ON CONFLICT (id) DO UPDATE SET code = 'b'", "(1, 'z', 0, 1)", True),
        ("(id) DO UPDATE SET price = 8 ON CONFLICT (code) DO NOTHING", "(9, 'b', 0, 1)", False),
        ("(id) DO UPDATE SET price = 8 ON CONFLICT DO NOTHING", "(9, 'b', 0, 1), (8, 'new', 0, 1)", False),
        ("(id) DO UPDATE SET price = 8", "(9, 'b', 0, 1)", True),
        ("(id) DO UPDATE SET n = 1 ON CONFLICT (code) DO UPDATE SET n = 2", "(9, 'b', 0, 1)", False),
    ],
)
def test_an_upsert_of_several_clauses_is_told_to_fail_where_sqlite_says_so(
    tmp_path: Path, clauses: str, rows: str, fails: bool
) -> None:
    sql = f"{INTO} VALUES {rows} ON CONFLICT {clauses};"
    bench = Bench(tmp_path, *GOODS).write(sql)
    assert ("duplicates_in_the_way" in bench.told()) is fails
    with open_write(bench.database) as session:
        if fails:
            with pytest.raises(SqliteSays), in_sqlites_words():
                session.run(sql)
        else:
            session.run(sql)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE good SET code = 'n' || id WHERE code IS NOT NULL;", ("warning", 3)),
        ("UPDATE good SET n = id WHERE n > -1;", ("warning", 3)),
        ("UPDATE good SET n = id WHERE n > 5;", None),
        ("UPDATE good SET n = id WHERE n IS NULL;", None),
        ("UPDATE good SET n = n + id WHERE n IS NOT NULL;", None),
        ("UPDATE good SET code = n, n = code WHERE n IS NOT NULL;", None),
        ("UPDATE good SET code = upper(code) WHERE code IS NOT NULL;", None),
        ("UPDATE good SET code = 'n' || id WHERE code IN (SELECT k FROM own);", None),
        ("ALTER TABLE good ADD COLUMN was TEXT; UPDATE good SET was = code;"
         "UPDATE good SET code = 'n' || id WHERE code IS NOT NULL;", None),
    ],
)  # fmt: skip
def test_a_condition_that_chooses_every_value_there_is_spares_none(
    tmp_path: Path, sql: str, expected: tuple[str, int] | None
) -> None:
    assert Bench(tmp_path, *GOODS).write(sql).told().get("values_overwritten") == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE list SET n = coalesce(code, n);", ("warning", 4)),
        ("UPDATE good SET code = coalesce(n, code);", ("note", 2)),
        ("UPDATE good SET code = ifnull(good.n, code) WHERE id > 1;", ("note", 1)),
        ("UPDATE good SET code = iif(n IS NULL, code, n);", ("note", 2)),
        ("UPDATE good SET code = CASE WHEN n IS NOT NULL THEN n ELSE code END;", ("note", 2)),
        ("UPDATE good SET code = coalesce(code, n);", None),
        ("UPDATE good SET code = coalesce(n, code), n = code;", None),
        ("UPDATE good SET n = CASE WHEN id > 1 THEN n + id ELSE n END;", None),
        ("UPDATE good SET n = CASE WHEN price > 9 THEN id ELSE n END;", None),
        ("ALTER TABLE good ADD COLUMN was TEXT; UPDATE good SET was = code;"
         "UPDATE good SET code = coalesce(n, code);", None),
    ],
)  # fmt: skip
def test_values_in_whose_place_those_of_another_column_are_chosen(
    tmp_path: Path, sql: str, expected: tuple[str, int] | None
) -> None:
    assert Bench(tmp_path, *GOODS).write(sql).told().get("values_overwritten") == expected


def test_columns_that_an_upsert_of_its_own_table_takes_from_others_are_written_over(tmp_path: Path) -> None:
    text = "INSERT INTO list (id, code, n) SELECT id, n, 0 FROM list WHERE true ON CONFLICT (id) DO UPDATE SET {};"
    exchanged = Bench(tmp_path, *GOODS).write(text.format("code = excluded.code"))
    assert exchanged.told()["values_overwritten"] == ("warning", 4)


def test_what_two_updates_of_one_upsert_overwrite_is_not_told_before(tmp_path: Path) -> None:
    sql = f"{INTO} VALUES (1, 'b', 0, 1) ON CONFLICT (id) DO UPDATE SET n = 1 ON CONFLICT (code) DO UPDATE SET n = 2;"
    assert Bench(tmp_path, *GOODS).write(sql).told()["not_looked_at"] == ("warning", None)


def test_a_replace_that_reaches_every_row_is_a_warning(tmp_path: Path) -> None:
    sql = "REPLACE INTO list (id, n, code) SELECT id, 5, 'same' FROM good WHERE id < 5;"
    assert Bench(tmp_path, *GOODS).write(sql).told()["values_overwritten"] == ("warning", 4)


def test_rows_are_followed_through_an_upsert(tmp_path: Path) -> None:
    text = (
        f"{INTO} VALUES (3, 'c', 7, 1), (9, 'new', 1, 1) ON CONFLICT (id) DO UPDATE SET n = excluded.n;"
        " UPDATE good SET code = 'd' WHERE id = 4; DELETE FROM good;"
    )
    told = Bench(tmp_path, *GOODS).write(text).told()
    assert told["every_row_deleted"] == ("error", 5)
    assert "not_looked_at" not in told


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("WITH w AS (SELECT 1) DELETE FROM list;", ("error", 4)),
        ("WITH w AS (SELECT id FROM good) DELETE FROM list WHERE id IN (SELECT id FROM w);", ("warning", 4)),
        ("WITH w AS (SELECT id FROM own) DELETE FROM list WHERE id IN (SELECT id FROM w);", None),
    ],
)
def test_with_before_a_delete_changes_nothing_of_what_is_said(
    tmp_path: Path, sql: str, expected: tuple[str, int] | None
) -> None:
    assert Bench(tmp_path, *GOODS).write(sql).told().get("every_row_deleted") == expected


def test_with_before_a_delete_is_no_repeat_either(tmp_path: Path) -> None:
    text = "WITH w AS (SELECT max(n) AS x FROM list) DELETE FROM list WHERE n = (SELECT x FROM w);"
    told = Bench(tmp_path, *GOODS).write(text, "R__again.sql").told()
    assert told == {"changes_again": ("warning", 1), "rows_deleted": ("note", 1)}


def test_rows_of_a_table_that_replaces_are_counted_and_not_those_that_come(tmp_path: Path) -> None:
    sql = "INSERT INTO own (k) SELECT 'a' FROM list;"
    assert Bench(tmp_path, *GOODS).write(sql).told("changes_again")["replaced_whole"] == ("warning", 1)
