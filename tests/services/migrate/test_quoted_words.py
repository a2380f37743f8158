"""What SQLite takes for a name and what for a text, wherever a word in double quotes can stand."""

from __future__ import annotations

from contextlib import closing
from itertools import pairwise

import pytest

from steward_app.db import WriteSession
from steward_app.db.names import literal
from steward_app.db.skeleton import in_memory
from steward_app.services.migrate.quoted_words import all_become_texts, become_texts, read_words
from steward_app.services.schema.introspect import read_schema

SCHEMA = (
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT, g AS ("b" || "x1"), CHECK ("b" <> "x2"))',
    "CREATE TABLE seen(x PRIMARY KEY, y)",
    "CREATE VIEW v AS SELECT id, a FROM t",
)
EVERYWHERE = (
    'CREATE INDEX o ON t("b", "x1", "a" || "x2") WHERE "b" <> "x3" AND "a" > 1',
    'CREATE VIEW o(p,q) AS WITH c(k) AS (SELECT "x1" FROM v) SELECT id, "x2" FROM v JOIN c ON "k" = "a" OR v."a" = "x3"'
    ' WHERE EXISTS (SELECT "x4" FROM t WHERE t.a = v."a") GROUP BY "x5" HAVING "x6" ORDER BY "a", "x7" LIMIT "x8"',
    'CREATE VIEW o AS SELECT sum("id") FILTER (WHERE "a" = "x1") OVER (PARTITION BY "a", "x2" ORDER BY "x3") AS s,'
    ' count(*) OVER w, group_concat("a", "x4") FROM v WINDOW w AS (PARTITION BY "x5", "a")',
    'CREATE VIEW o AS SELECT "a" FROM v UNION SELECT "x1" FROM v ORDER BY "a"',
    'CREATE VIEW o AS SELECT 1 FROM v WHERE "a" IN ("x1", "a") AND CASE "a" WHEN "x2" THEN 1 ELSE "x3" END'
    ' AND (id, "a") = (1, "x4") AND CAST("x5" AS TEXT) LIKE "x6" AND "a" COLLATE "nocase" = 1 AND "a" > "x7"',
    'CREATE VIEW o AS VALUES ("x1", 2)',
    'CREATE VIEW o AS SELECT * FROM json_each("x1") WHERE "key" = "x2"',
    'CREATE TRIGGER o INSTEAD OF INSERT ON v WHEN new."a" = "x1" BEGIN INSERT INTO seen("x", "y") SELECT "a", "x2"'
    ' FROM v; INSERT INTO seen(x) VALUES (new."id") ON CONFLICT ("x") DO UPDATE SET "y" = excluded."y" || "x3"'
    ' WHERE "x4" = "x"; UPDATE seen SET "y" = "x" || "x5" FROM v WHERE "a" = "x6";'
    ' DELETE FROM seen WHERE "x" = "x7"; END',
    'CREATE TRIGGER o AFTER UPDATE OF "a" ON t WHEN "x1" = old."a" BEGIN'
    ' SELECT "x2", (WITH c AS (SELECT "a" AS q FROM v) SELECT "q" || "x3" FROM c); END',
)


def made(*sql: str) -> WriteSession:
    empty = in_memory()
    for each in (*SCHEMA, *sql):
        empty.run(each)
    return empty


@pytest.mark.parametrize("sql", EVERYWHERE)
def test_texts_are_told_from_names(sql: str) -> None:
    with closing(made(sql)) as empty:
        before = empty.all("SELECT * FROM sqlite_schema")
        (found,) = [words for words in read_words(empty).values() if words.name == "o"]
        count = sum(f'"x{number}"' in sql for number in range(1, 9))
        assert sorted(found.texts) == [f"x{number}" for number in range(1, count + 1)]
        expected = found.sql
        for text in found.texts:
            expected = expected.replace(f'"{text}"', literal(text))
        assert found.told == expected
        assert empty.all("SELECT * FROM sqlite_schema") == before


def test_rules_of_a_table_too() -> None:
    with closing(made()) as empty:
        assert read_words(empty)["table", "t"].texts == {"x1", "x2"}


def test_what_does_not_compile_is_in_nobodys_way_and_is_left_out() -> None:
    with closing(
        made('CREATE VIEW o AS SELECT "x1", lost FROM t', 'CREATE VIEW p AS SELECT "x1" FROM t')
    ) as empty:
        found = read_words(empty, read_schema(empty).unusable)
        assert ("view", "o") not in found
        assert found["view", "p"].texts == {"x1"}


def test_the_same_word_as_a_name_and_as_a_text() -> None:
    both = 'CREATE VIEW o AS SELECT "a" FROM v UNION SELECT "a" FROM seen'
    with closing(made(both)) as empty:
        (first, second) = (read_words(empty), read_words(empty))
        assert not all_become_texts(first, second)
        empty.run("DROP VIEW v")
        empty.run("CREATE VIEW v AS SELECT id, b FROM t")
        assert all_become_texts(first, read_words(empty)) == {("view", "o"): ("a",)}


def test_a_text_that_somebody_wrote_as_one_is_none_that_became_one() -> None:
    texts = [
        'CREATE VIEW o AS SELECT id, "a" AS a FROM v',
        "CREATE VIEW o AS SELECT id, upper('a') AS a FROM v",
        'CREATE VIEW o AS SELECT id, "x1" AS a FROM v',
    ]
    words = []
    for text in texts:
        with closing(made(text)) as empty:
            words.append(read_words(empty)["view", "o"])
    assert [become_texts(one, other) for one, other in pairwise(words)] == [(), ()]
