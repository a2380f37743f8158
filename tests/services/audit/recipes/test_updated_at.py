"""A column that says when its row was last changed, whoever changes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.recipes import add, planned, rows
from builders.under_audit import run
from builders.writers import NAMES, shell_is_there, writer
from steward_app.catalog import Catalog
from steward_app.db import quote
from steward_app.kernel.errors import UsageError
from steward_app.services.audit.recipes import Form, UpdatedAt

OLD = "2001-01-01T00:00:00.000Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "visit", "id INTEGER PRIMARY KEY, note TEXT COLLATE NOCASE, n", rows=[(1, "a", 1), (2, "b", 2)]
        )
        .build()
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("recursive", [0, 1])
def test_every_change_is_stamped(catalog: Catalog, path: Path, name: str, recursive: int) -> None:
    if name == "shell" and not shell_is_there():
        pytest.skip("the sqlite3 shell is not installed")
    add(catalog, path, UpdatedAt("visit"))
    assert rows(path, "SELECT DISTINCT updated_at FROM visit") == [(None,)]
    with writer(name) as other:
        other.write(
            path,
            [
                f"PRAGMA recursive_triggers = {recursive}",
                "PRAGMA trusted_schema = 0",
                "INSERT INTO visit (id, note) VALUES (3, 'c')",
                f"INSERT INTO visit (id, note, updated_at) VALUES (4, 'd', '{OLD}'), (5, 'e', '{OLD}'),"
                f" (6, 'f', '{OLD}')",
                "UPDATE visit SET note = 'B' WHERE id = 2",
                "UPDATE visit SET note = note WHERE id = 4",
                "UPDATE visit SET n = 1.0 WHERE id = 1",
                "UPDATE visit SET note = 'own', updated_at = 'own' WHERE id = 5",
                "INSERT INTO visit (id, note) VALUES (6, 'g') ON CONFLICT DO UPDATE SET note = excluded.note",
            ],
        )
    found = {row[0]: row[1] for row in rows(path, "SELECT id, updated_at FROM visit")}
    assert (found[4], found[5]) == (OLD, "own")
    for stamped in (1, 2, 3, 6):
        assert rows(
            path,
            "SELECT abs(julianday(updated_at) - julianday('now')) < 0.01, updated_at GLOB '20*T*.???Z'"
            f" FROM visit WHERE id = {stamped}",
        ) == [(1, 1)], stamped


@pytest.mark.parametrize(
    ("form", "type_", "value"),
    [
        (Form.ISO, "TEXT", "'2026-11-20T21:31:24.123Z'"),
        (Form.DATETIME, "DATETIME", "'2026-11-20 21:31:24'"),
        (Form.UNIX, "INTEGER", "1795210284"),
        (Form.UNIX_MS, "INT", "1795210284123"),
        (Form.JULIAN, "REAL", "2461365.3968"),
    ],
)
def test_moments_are_written_as_those_that_are_there(
    catalog: Catalog, tmp_path: Path, form: Form, type_: str, value: str
) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(f"CREATE TABLE t (id INTEGER PRIMARY KEY, changed {type_}, n)")
        .with_sql(f"INSERT INTO t VALUES (1, {value}, 1), (2, {value}, 1)")
        .build()
    )
    plan = planned(catalog, path, UpdatedAt("t", "CHANGED"))
    assert plan.request["spec"]["form"] == form.value  # type: ignore[index, call-overload]
    add(catalog, path, UpdatedAt("t", "CHANGED"))
    run(path, "UPDATE t SET n = 2 WHERE id = 1")
    (types,) = rows(
        path,
        "SELECT typeof(a.changed) = typeof(b.changed), length(a.changed) = length(b.changed), a.changed"
        " > 2 FROM t AS a, t AS b WHERE a.id = 1 AND b.id = 2",
    )
    assert types[0] == 1
    if form is not Form.JULIAN:
        assert types[1:] == (1, 1)


def test_values_that_do_not_say_how_moments_are_written(catalog: Catalog, tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, c", rows=[(1, "yesterday")]).build()
    with pytest.raises(UsageError, match="do not say how moments are written"):
        planned(catalog, path, UpdatedAt("t", "c"))
    plan = planned(catalog, path, UpdatedAt("t", "c", Form.ISO))
    assert "recipe_other_form" in {each.code for each in plan.findings}
    assert "yesterday" not in str(plan)


@pytest.mark.parametrize(
    ("sql", "spec", "code"),
    [
        (["CREATE VIEW v AS SELECT 1 AS a"], UpdatedAt("v"), "recipe_table"),
        (
            ["CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT UNIQUE)"],
            UpdatedAt("t", "c"),
            "recipe_key_column",
        ),
        (
            ["CREATE TABLE t (id INTEGER PRIMARY KEY, c INT) STRICT"],
            UpdatedAt("t", "c", Form.ISO),
            "recipe_form",
        ),
        (["CREATE TABLE t (id INTEGER PRIMARY KEY, c TEXT)"], UpdatedAt("t", "c", Form.UNIX), "recipe_form"),
        (["CREATE TABLE new (id INTEGER PRIMARY KEY)"], UpdatedAt("new"), "recipe_table"),
        (["CREATE TABLE t (rowid, oid, _rowid_)"], UpdatedAt("t"), "recipe_table"),
        (
            [
                "CREATE TABLE t (id INTEGER PRIMARY KEY, updated_at TEXT)",
                "CREATE TRIGGER mine AFTER UPDATE ON t BEGIN UPDATE t SET updated_at = 1 WHERE id = new.id; END",
            ],
            UpdatedAt("t", form=Form.ISO),
            "recipe_same_already",
        ),
    ],
)
def test_what_is_refused(
    catalog: Catalog, tmp_path: Path, sql: list[str], spec: UpdatedAt, code: str
) -> None:
    builder = a_database(tmp_path)
    for statement in sql:
        builder = builder.with_sql(statement)
    path = builder.build()
    plan = planned(catalog, path, spec)
    assert code in {each.code for each in plan.blocking}
    assert all(each.title for each in plan.blocking)


@pytest.mark.parametrize("table", ["nothing", "sqlite_sequence2"])
def test_a_table_that_is_not_there(catalog: Catalog, path: Path, table: str) -> None:
    with pytest.raises(UsageError, match="There is no table"):
        planned(catalog, path, UpdatedAt(table))


def test_a_table_without_rowid_and_with_odd_names(catalog: Catalog, tmp_path: Path) -> None:
    odd = 'a"b\n<img onerror>'
    path = (
        a_database(tmp_path)
        .with_sql(
            f"CREATE TABLE {quote(odd)} (k TEXT COLLATE NOCASE, n, g AS (k || 'g'), PRIMARY KEY (k)) WITHOUT ROWID"
        )
        .build()
    )
    run(path, f"INSERT INTO {quote(odd)} VALUES ('a', 1), ('b', 2)")
    add(catalog, path, UpdatedAt(odd, 'wh"en'))
    assert run(path, f"UPDATE {quote(odd)} SET k = 'A' WHERE k = 'a'") == []
    assert rows(path, f'SELECT k, "wh""en" IS NULL FROM {quote(odd)} ORDER BY k') == [("A", 0), ("b", 1)]


def test_a_trigger_of_the_users_that_waits_for_every_update_is_told(catalog: Catalog, tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, n)")
        .with_sql("CREATE TABLE c (n)")
        .with_sql("CREATE TRIGGER counting AFTER UPDATE ON t BEGIN INSERT INTO c VALUES (1); END")
        .build()
    )
    assert "recipe_fires_again" in {each.code for each in planned(catalog, path, UpdatedAt("t")).findings}
