"""Rows that are marked as deleted with what belongs to them, and brought back with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.recipes import add, planned, rows
from builders.under_audit import run
from builders.writers import NAMES, shell_is_there, writer
from steward_app.catalog import Catalog
from steward_app.kernel.errors import UsageError
from steward_app.services.audit.recipes import Form, OnDelete, SoftDelete


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Customers with orders with lines; a line has an article, too; customers recommend each other; notes guard."""
    return (
        a_database(tmp_path, "shop.db")
        .with_table(
            "customer",
            "id INTEGER PRIMARY KEY, name TEXT UNIQUE, sponsor INTEGER REFERENCES customer ON DELETE CASCADE",
            rows=[(1, "a", None), (2, "b", 1), (3, "c", 2), (4, "d", None), (5, "e", 5)],
        )
        .with_table("article", "id INTEGER PRIMARY KEY, name TEXT", rows=[(1, "x"), (2, "y")])
        .with_table(
            "order",
            "id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer ON DELETE CASCADE",
            rows=[(10, 1), (20, 2), (30, 3), (40, 4)],
        )
        .with_table(
            "line",
            'o INTEGER REFERENCES "order" ON DELETE CASCADE, n INTEGER,'
            " article INTEGER REFERENCES article ON DELETE CASCADE, PRIMARY KEY (o, n)",
            rows=[(10, 1, 1), (10, 2, 2), (20, 1, 1), (30, 1, 1), (40, 1, 1), (40, 2, 2)],
        )
        .with_table("note", "id INTEGER PRIMARY KEY, article INTEGER REFERENCES article", rows=[(1, 2)])
        .build()
    )


def live(path: Path, table: str, key: str = "id") -> list[object]:
    return [row[0] for row in rows(path, f'SELECT {key} FROM "{table}" WHERE deleted_at IS NULL ORDER BY 1')]


LINES = "o || '.' || n"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("switches", [(0, 0), (0, 1)])
def test_what_belongs_to_a_row_goes_and_comes_with_it(
    catalog: Catalog, path: Path, name: str, switches: tuple[int, int]
) -> None:
    if name == "shell" and not shell_is_there():
        pytest.skip("the sqlite3 shell is not installed")
    add(catalog, path, SoftDelete("customer"))
    before = [
        f"PRAGMA recursive_triggers = {switches[0]}",
        f"PRAGMA foreign_keys = {switches[1]}",
        "PRAGMA trusted_schema = 0",
    ]
    with writer(name) as other:
        other.write(path, [*before, "DELETE FROM line WHERE o = 20", "DELETE FROM customer WHERE id = 1"])
        assert live(path, "customer") == [4, 5]
        assert live(path, "order") == [40]
        assert live(path, "line", LINES) == ["40.1", "40.2"]
        assert rows(path, "SELECT count(*) FROM customer") == [(5,)]
        other.write(
            path, [*before, "DELETE FROM customer", "UPDATE customer SET deleted_at = NULL WHERE id = 1"]
        )
        assert live(path, "customer") == [1, 2, 3]
        assert live(path, "order") == [10, 20, 30]
        assert live(path, "line", LINES) == ["10.1", "10.2", "30.1"]
        other.write(path, [*before, "UPDATE line SET deleted_at = NULL WHERE o = 20"])
        assert live(path, "line", LINES) == ["10.1", "10.2", "20.1", "30.1"]
        assert rows(
            path, "SELECT count(*) FROM line WHERE deleted_at IS NULL AND deleted_at_via IS NOT NULL"
        ) == [(0,)]


def test_a_row_with_another_parent_that_is_deleted_follows_that_one(catalog: Catalog, path: Path) -> None:
    """A line belongs to an order and, by another recipe's family, to an article: one family has both here."""
    run(path, "CREATE TABLE shop (id INTEGER PRIMARY KEY)", "INSERT INTO shop VALUES (1)")
    run(path, "ALTER TABLE customer ADD COLUMN shop REFERENCES shop ON DELETE CASCADE")
    run(path, "ALTER TABLE article ADD COLUMN shop REFERENCES shop ON DELETE CASCADE")
    run(path, "UPDATE customer SET shop = 1", "UPDATE article SET shop = 1")
    add(catalog, path, SoftDelete("shop"))
    everything = live(path, "line", LINES)
    run(path, "DELETE FROM customer WHERE id = 4", "DELETE FROM article WHERE id = 1")
    assert live(path, "line", LINES) == ["10.2"]
    run(path, "UPDATE customer SET deleted_at = NULL WHERE id = 4")
    assert live(path, "line", LINES) == ["10.2", "40.2"]  # 40.1 is of an article that is deleted
    run(path, "UPDATE article SET deleted_at = NULL WHERE id = 1")
    assert live(path, "line", LINES) == everything
    assert run(path, "DELETE FROM shop") == [
        "FOREIGN KEY constraint failed: rows of note point to this row of article"
    ]
    run(path, "DELETE FROM note", "DELETE FROM shop")
    assert live(path, "line", LINES) == []
    run(path, "UPDATE shop SET deleted_at = NULL")
    assert live(path, "line", LINES) == everything


def test_rows_that_point_to_a_row_keep_it(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("article"))
    said = ["FOREIGN KEY constraint failed: rows of note point to this row of article"]
    assert run(path, "DELETE FROM article WHERE id = 2", foreign_keys=0) == said
    assert run(path, "UPDATE article SET deleted_at = 'x' WHERE id = 2") == said
    assert run(path, "DELETE FROM note", "DELETE FROM article WHERE id = 2") == []
    assert live(path, "line", LINES) == ["10.1", "20.1", "30.1", "40.1"]


def test_a_delete_that_is_refused(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer", on_delete=OnDelete.REFUSE))
    assert run(path, "DELETE FROM customer WHERE id = 1") == [
        "rows of customer are not deleted: set deleted_at instead"
    ]
    assert run(path, "UPDATE customer SET deleted_at = 'x' WHERE id = 1") == []
    assert live(path, "order") == [40]


def test_tables_that_follow_although_they_do_not_cascade(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("article", follow=("NOTE",)))
    run(path, "DELETE FROM article WHERE id = 2")
    assert live(path, "note") == []
    run(path, "UPDATE article SET deleted_at = NULL")
    assert live(path, "note") == [1]


def test_a_replace_is_no_delete(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("article"))
    assert run(path, "REPLACE INTO article (id, name) VALUES (1, 'new')", recursive_triggers=0) == []
    assert rows(path, "SELECT name, deleted_at FROM article WHERE id = 1") == [("new", None)]


REFUSED = "rows of {} are not deleted while recursive_triggers is on: set deleted_at instead"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM article WHERE id = 1",
        "REPLACE INTO article (id, name) VALUES (1, 'newer')",
        "UPDATE OR REPLACE article SET id = 1",
    ],
)
def test_a_program_that_has_recursive_triggers_on_is_refused(
    catalog: Catalog, path: Path, statement: str
) -> None:
    """SQLite damages indexes where a REPLACE fires a trigger that tells it to leave the row."""
    add(catalog, path, SoftDelete("article"))
    before = rows(path, "SELECT * FROM article")
    assert run(path, statement, recursive_triggers=1) == [REFUSED.format("article")]
    for name in NAMES if shell_is_there() else NAMES[:2]:
        with writer(name) as other:
            other.write(path, ["PRAGMA recursive_triggers = 1", "PRAGMA trusted_schema = 0", statement])
    assert rows(path, "SELECT * FROM article") == before
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert run(path, "UPDATE article SET deleted_at = 'x' WHERE id = 1", recursive_triggers=1) == []
    assert live(path, "line", LINES) == ["10.2", "40.2"]


def test_what_a_plan_says(catalog: Catalog, path: Path) -> None:
    run(path, "CREATE VIEW everybody AS SELECT * FROM customer")
    run(path, "CREATE TRIGGER gone AFTER DELETE ON customer BEGIN SELECT 1; END")
    run(path, "CREATE TABLE visit (id INTEGER PRIMARY KEY, c REFERENCES customer ON DELETE SET NULL)")
    plan = planned(catalog, path, SoftDelete("customer"))
    told = {each.code: each.title for each in plan.findings}
    assert told.keys() >= {
        "recipe_new_column", "recipe_unique", "recipe_delete_trigger", "recipe_still_shown", "recipe_set_null",
        "recipe_delete_counts_none", "recipe_replace", "recipe_slow", "recipe_parent_stopped",
    }  # fmt: skip
    assert "“everybody”" in told["recipe_still_shown"]
    assert "“article”" in told["recipe_parent_stopped"]
    assert not plan.blocking
    assert [sql for sql in plan.sql if sql.startswith("ALTER")]


@pytest.mark.parametrize(
    ("sql", "spec", "code"),
    [
        (
            [
                "CREATE TABLE a (id INTEGER PRIMARY KEY, b REFERENCES b ON DELETE CASCADE)",
                "CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a ON DELETE CASCADE)",
            ],
            SoftDelete("a"),
            "recipe_circle",
        ),
        (["CREATE TABLE a (id INTEGER PRIMARY KEY, deleted_at NOT NULL)"], SoftDelete("a"), "recipe_never_null"),
        (["CREATE TABLE a (id INTEGER PRIMARY KEY)", "CREATE TABLE b (x)"], SoftDelete("a", follow=("b",)),
         "recipe_follow"),
        (
            [
                "CREATE TABLE a (id INTEGER PRIMARY KEY, k)",
                "CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a (k) ON DELETE CASCADE)",
            ],
            SoftDelete("a"),
            "recipe_foreign_key",
        ),
        (
            [
                "CREATE TABLE a (id INTEGER PRIMARY KEY)",
                "CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a ON DELETE CASCADE, deleted_at_via TEXT)",
            ],
            SoftDelete("a"),
            "recipe_via",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(
    catalog: Catalog, tmp_path: Path, sql: list[str], spec: SoftDelete, code: str
) -> None:
    builder = a_database(tmp_path, "odd.db")
    for statement in sql:
        builder = builder.with_sql(statement)
    assert code in {each.code for each in planned(catalog, builder.build(), spec).blocking}


def test_days_that_make_no_sense(catalog: Catalog, path: Path) -> None:
    with pytest.raises(UsageError, match="Days of grace"):
        planned(catalog, path, SoftDelete("customer", grace_days=-1))


@pytest.mark.parametrize("form", list(Form))
def test_moments_of_every_form(catalog: Catalog, path: Path, form: Form) -> None:
    add(catalog, path, SoftDelete("article", form=form))
    run(path, "DELETE FROM article WHERE id = 1")
    types = rows(
        path,
        "SELECT typeof(deleted_at), typeof((SELECT deleted_at FROM line WHERE o = 10 AND n = 1))"
        " FROM article WHERE id = 1",
    )
    wanted = {Form.ISO: "text", Form.DATETIME: "text", Form.JULIAN: "real"}.get(form, "integer")
    assert types == [(wanted, wanted)]
