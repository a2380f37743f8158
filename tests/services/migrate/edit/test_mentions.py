"""Names in double quotes that would be texts: refused after any change, over views of any depth."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read, open_write
from steward_app.db.runner import unenforced
from steward_app.kernel.errors import UsageError
from steward_app.services.migrate.edit.model import (
    AddColumn,
    CreateObject,
    DropColumn,
    DropObject,
    Edit,
    RenameColumn,
    RenameTable,
    ReplaceObject,
    RewriteTable,
)
from steward_app.services.migrate.edit.write import write

SCHEMA = (
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT)",
    "INSERT INTO t VALUES (1, 'one', 'x'), (2, 'two', 'y')",
    "CREATE VIEW v AS SELECT id, a FROM t",
    "CREATE TABLE seen(x)",
)
RENAMED = RenameColumn("t", "a", "z")
DROPPED = (DropObject("view", "v"), CreateObject("CREATE VIEW v AS SELECT id FROM t"), DropColumn("t", "a"))
REPLACED = ReplaceObject("view", "v", "CREATE VIEW v AS SELECT id, b FROM t")
IN_OTHER_WORDS = RewriteTable("t", "CREATE TABLE t(id INTEGER PRIMARY KEY, b TEXT)")


def database(where: Path, *more: str) -> Path:
    return a_database(where).with_sql(*SCHEMA, *more).build()


def apply(path: Path, *edits: Edit) -> None:
    with open_write(path) as session:
        found = write(session, edits)
        with unenforced(session), session.transaction():
            for statement in found.statements:
                session.run(statement)


@pytest.mark.parametrize(
    "edits",
    [[RENAMED], [*DROPPED], [REPLACED], [RENAMED, RenameColumn("t", "z", "a2"), AddColumn("t", "n INT")]],
    ids=["renamed", "dropped", "replaced", "renamed twice"],
)
@pytest.mark.parametrize(
    "sql",
    [
        'CREATE VIEW w AS SELECT id, "a" AS a FROM v',
        "CREATE VIEW w AS SELECT id FROM v WHERE \"a\" = 'one'",
        'CREATE VIEW w AS SELECT v.id FROM v JOIN seen ON "A" = x',
        'CREATE VIEW w AS SELECT id FROM v ORDER BY "a" DESC',
        'CREATE VIEW w AS WITH c AS (SELECT "a" AS q FROM v) SELECT q FROM c',
        'CREATE TRIGGER w AFTER INSERT ON seen BEGIN INSERT INTO seen SELECT "a" FROM v; END',
        'CREATE TRIGGER w AFTER DELETE ON seen WHEN EXISTS (SELECT 1 FROM v WHERE "a" > 1) BEGIN SELECT 1; END',
    ],
)
def test_a_name_that_another_view_gives_no_more(tmp_path: Path, sql: str, edits: list[Edit]) -> None:
    with pytest.raises(UsageError, match=r"“[aA]” is named in double quotes in “w”"):
        apply(database(tmp_path, sql), *edits)


def test_over_views_of_any_depth(tmp_path: Path) -> None:
    over = [f"CREATE VIEW v{n + 1} AS SELECT * FROM v{n or ''}" for n in range(5)]
    path = database(
        tmp_path, *over, 'CREATE VIEW w AS SELECT "a" FROM v5', "CREATE VIEW u AS SELECT b FROM t"
    )
    with pytest.raises(UsageError, match="“a” is named in double quotes in “w”"):
        apply(path, RENAMED)


def test_a_trigger_on_the_view_itself(tmp_path: Path) -> None:
    trigger = 'CREATE TRIGGER w INSTEAD OF INSERT ON v BEGIN INSERT INTO seen SELECT "a" FROM v; END'
    with pytest.raises(UsageError, match="“a” is named in double quotes in “w”"):
        apply(database(tmp_path, trigger), RENAMED)


def test_what_stands_in_no_quotes_is_told_by_sqlite(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such column: a"):
        apply(database(tmp_path, "CREATE VIEW w AS SELECT a FROM v"), RENAMED)


@pytest.mark.parametrize(
    "sql",
    [
        'CREATE VIEW w AS SELECT "id", "no such name" AS n FROM v',
        'CREATE VIEW w AS SELECT "b" FROM t WHERE "b" <> "never"',
        'CREATE VIEW w AS SELECT t."a" AS "a" FROM t',
        'CREATE VIEW w AS SELECT "a" AS x FROM t UNION SELECT "a" FROM seen',
        "CREATE VIEW w AS SELECT count(*) AS n FROM v",
        'CREATE VIEW w AS SELECT "lost" FROM nowhere',
        'CREATE INDEX w ON t(lower("a")) WHERE "a" <> "none"',
    ],
)
def test_texts_that_were_texts_are_in_nobodys_way(tmp_path: Path, sql: str) -> None:
    path = database(tmp_path, sql)
    apply(path, AddColumn("t", "n INT"))
    if "nowhere" not in sql:  # else SQLite renames nothing
        apply(path, RENAMED, RenameTable("t", "t2"))


def test_a_view_that_is_given_the_name_again(tmp_path: Path) -> None:
    path = database(tmp_path, 'CREATE VIEW w AS SELECT id, "a" FROM v')
    apply(path, RENAMED, ReplaceObject("view", "v", "CREATE VIEW v AS SELECT id, z AS a FROM t"))
    with open_read(path) as session:
        assert session.all("SELECT * FROM w") == [(1, "one"), (2, "two")]


def test_what_names_it_is_made_anew_in_the_same_change(tmp_path: Path) -> None:
    path = database(tmp_path, 'CREATE VIEW w AS SELECT id, "a" FROM v')
    apply(path, RENAMED, ReplaceObject("view", "w", 'CREATE VIEW w AS SELECT id, "z" FROM v'))
    with open_read(path) as session:
        assert session.all("SELECT * FROM w") == [(1, "one"), (2, "two")]


def test_a_new_text_that_names_what_has_gone(tmp_path: Path) -> None:
    path = database(tmp_path, "CREATE VIEW w AS SELECT id, a FROM v")
    with pytest.raises(UsageError, match="“a” is named in double quotes in “w”"):
        apply(
            path,
            DropObject("view", "w"),
            REPLACED,
            CreateObject('CREATE VIEW w AS SELECT id, "a" FROM v'),
        )


@pytest.mark.parametrize(
    ("also", "named"),
    [
        ('CREATE INDEX w ON t(b) WHERE "a" > 1', "w"),
        ('CREATE INDEX w ON t("a" || b)', "w"),
    ],
)
def test_indexes_of_a_table_in_other_words(tmp_path: Path, also: str, named: str) -> None:
    path = database(tmp_path, "DROP VIEW v", also)
    with pytest.raises(UsageError, match=f"“a” is named in double quotes in “{named}”"):
        apply(path, IN_OTHER_WORDS)


@pytest.mark.parametrize("rule", ['CHECK ("a" <> b)', 'g AS ("a" || b)'])
def test_rules_of_a_table_in_other_words_and_with_another_name(tmp_path: Path, rule: str) -> None:
    table = f"CREATE TABLE r(id INTEGER PRIMARY KEY, {{}}b TEXT, {rule})"
    path = database(tmp_path, table.format("a TEXT, "))
    with pytest.raises(UsageError, match="“a” is named in double quotes in “s”"):
        apply(path, RewriteTable("r", table.format("")), RenameTable("r", "s"))
