"""UNIQUE is asked row by row: an UPDATE that gives a row what a later one still has fails, and lint says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.db import open_write
from steward_app.db.errors import SqliteSays, in_sqlites_words

from .linting import Bench

PLACES = (
    "CREATE TABLE pos (id INTEGER PRIMARY KEY, n INT UNIQUE, t TEXT, on_ INT DEFAULT 1) STRICT",
    "INSERT INTO pos (id, n, t) VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')",
    "CREATE UNIQUE INDEX pos_t ON pos (lower(t)) WHERE on_ = 1",
    "CREATE TABLE wr (x TEXT COLLATE NOCASE, y INT, PRIMARY KEY (x, y)) STRICT, WITHOUT ROWID",
    "INSERT INTO wr VALUES ('a', 1), ('B', 1), ('b', 2)",
    "CREATE TABLE bare (n INT UNIQUE, m INT)",
    "INSERT INTO bare VALUES (5, 1), (4, 2), (NULL, 3), (3, 4)",
    "CREATE TABLE double (n INT, d INT AS (n * 2) UNIQUE, e INT AS (d + 1))",
    "INSERT INTO double VALUES (1), (2), (3)",
    "CREATE UNIQUE INDEX double_e ON double (abs(e)) WHERE n < 9",
    "CREATE TABLE turned (old INT, new INT)",
    "INSERT INTO turned VALUES (1, 2), (2, 1), (3, 3)",
)


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("UPDATE pos SET n = n + 1;", 2),
        ("UPDATE pos SET n = n - 1;", 0),
        ("UPDATE pos SET n = n + 10;", 0),
        ("UPDATE pos SET n = '3' WHERE id = 3;", 0),
        ("UPDATE pos SET n = 4 - n;", 1),
        ("UPDATE pos SET n = CASE n WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE n END;", 1),
        ("UPDATE pos SET n = CASE n WHEN 1 THEN '2' WHEN 2 THEN 1.0 ELSE n END;", 1),
        ("UPDATE pos SET n = (SELECT new FROM turned WHERE old = pos.n);", 1),
        ("UPDATE pos SET n = n + 1 WHERE id > 1;", 1),
        ("UPDATE OR FAIL pos AS p SET n = p.n + 1;", 2),
        ("UPDATE pos SET id = id + 1;", 2),
        ("UPDATE pos SET id = id - 1;", 0),
        ("UPDATE pos SET n = NULL;", 0),
        ("UPDATE pos SET n = -n; UPDATE pos SET n = -n + 1;", 0),
        ("UPDATE pos SET n = -n; UPDATE pos SET n = n - 1;", 2),
        ("UPDATE pos SET t = CASE t WHEN 'a' THEN 'B' WHEN 'b' THEN 'A' ELSE t END;", 1),
        ("UPDATE pos SET on_ = 0, t = 'B' WHERE id = 1;", 0),
        ("UPDATE wr SET x = CASE x WHEN 'a' THEN 'b' ELSE 'a' END WHERE y = 1;", 1),
        ("UPDATE wr SET y = y + 1;", 1),
        ("UPDATE wr SET y = y - 1;", 0),
        ("UPDATE bare SET n = n + 1;", 0),
        ("UPDATE bare SET n = n - 1;", 2),
        ("UPDATE bare SET n = rowid;", 1),
        ("UPDATE double SET n = n + 1;", 2),
        ("UPDATE double SET n = n - 1;", 0),
        ("UPDATE double SET n = 4 - n;", 1),
        ("UPDATE double SET n = n + 10;", 0),
    ],
)
def test_what_a_later_row_still_has_is_in_the_way(tmp_path: Path, sql: str, count: int) -> None:
    bench = Bench(tmp_path, *PLACES).write(sql)
    told = bench.told()
    assert told.get("duplicates_meanwhile") == (("error", count) if count else None), told
    assert not {"duplicates_in_the_way", "not_looked_at"} & told.keys()
    with open_write(bench.database) as session:
        statements = [f"{each};" for each in sql.split(";") if each.strip()]
        for statement in statements[:-1]:
            session.run(statement)
        if count:
            with pytest.raises(SqliteSays, match="UNIQUE"), in_sqlites_words():
                session.run(statements[-1])
        else:
            session.run(statements[-1])


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE pos SET n = n + 1 WHERE n > 1;", ("warning", 1)),
        ("UPDATE pos INDEXED BY sqlite_autoindex_pos_1 SET n = n - 1 WHERE n > 0;", ("warning", 2)),
        ("UPDATE pos SET n = n + 1 WHERE id = 3 OR id < 3;", ("warning", 2)),
        ("UPDATE pos SET n = n + 10 WHERE n > 1;", None),
        ("ALTER TABLE bare RENAME TO bald; UPDATE bald SET n = n + 1;", ("warning", 2)),
        ("UPDATE pos SET n = 1;", None),
        ("UPDATE double SET n = n + 1 WHERE d > 0;", ("warning", 2)),
        ("UPDATE OR IGNORE pos SET n = n + 1;", None),
    ],
)
def test_where_the_order_of_the_rows_is_not_known_it_is_a_warning(
    tmp_path: Path, sql: str, expected: tuple[str, int] | None
) -> None:
    assert Bench(tmp_path, *PLACES).write(sql).told().get("duplicates_meanwhile") == expected


def test_a_trigger_that_writes_the_table_may_clear_the_way(tmp_path: Path) -> None:
    trigger = (
        "CREATE TRIGGER clear BEFORE UPDATE OF n ON pos BEGIN UPDATE pos SET t = t WHERE id = OLD.id + 1; END"
    )
    told = Bench(tmp_path, *PLACES, trigger).write("UPDATE pos SET n = n + 1;").told()
    assert told["duplicates_meanwhile"] == ("warning", 2)


UPSERTED = "INSERT INTO {} ON CONFLICT ({}) DO UPDATE SET {};"


@pytest.mark.parametrize(
    ("into", "target", "sets", "count"),
    [
        ("pos (id, n) VALUES (1, 2), (2, 9)", "id", "n = excluded.n", 1),
        ("pos (id, n) SELECT id, 0 FROM pos WHERE id < 9", "id", "n = pos.n + 1", 2),
        ("pos (id, n) SELECT id, 0 FROM pos WHERE id < 9", "id", "n = pos.n + 10", 0),
        ("wr (x, y) SELECT x, y FROM wr WHERE y < 9", "x, y", "y = wr.y + 1", 1),
        ("double (n) SELECT n FROM double WHERE n < 9", "d", "n = double.n + 1", 2),
        ("double (n) SELECT n FROM double WHERE n < 9", "d", "n = double.n + 20", 0),
    ],
)
def test_do_update_comes_to_rows_one_by_one_too(
    tmp_path: Path, into: str, target: str, sets: str, count: int
) -> None:
    bench = Bench(tmp_path, *PLACES).write(sql := UPSERTED.format(into, target, sets))
    told = bench.told()
    assert told.get("duplicates_meanwhile") == (("warning", count) if count else None), told
    with open_write(bench.database) as session:
        if count:
            with pytest.raises(SqliteSays, match="UNIQUE"), in_sqlites_words():
                session.run(sql)
        else:
            session.run(sql)
