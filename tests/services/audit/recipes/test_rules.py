"""Columns that never change, tables to which rows are only added, and logs of a status, whoever writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install
from builders.recipes import add, planned, rows
from builders.under_audit import run
from builders.writers import NAMES, shell_is_there, writer
from steward_app.catalog import Catalog
from steward_app.kernel.errors import UsageError
from steward_app.services.audit.recipes import AppendOnly, Immutable, SoftDelete, Spec, StatusLog, UpdatedAt

REPLACES = [
    "INSERT OR REPLACE INTO t VALUES (1, 'z', 'other')",
    "INSERT OR REPLACE INTO t VALUES (9, 'a', 'other')",
    "UPDATE OR REPLACE t SET k = 'b' WHERE id = 1",
]
KEPT = [(1, "a", "x"), (2, "b", None)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, k TEXT UNIQUE, v", rows=KEPT).build()


def everybody(path: Path, statements: list[str], name: str, recursive: int, foreign_keys: int = 1) -> None:
    if name == "shell" and not shell_is_there():
        pytest.skip("the sqlite3 shell is not installed")
    switches = [
        f"PRAGMA recursive_triggers = {recursive}",
        f"PRAGMA foreign_keys = {foreign_keys}",
        "PRAGMA trusted_schema = 0",
    ]
    with writer(name) as other:
        other.write(path, [*switches, *statements])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("recursive", [0, 1])
def test_rows_are_only_added(catalog: Catalog, path: Path, name: str, recursive: int) -> None:
    add(catalog, path, AppendOnly("t"))
    wrong = [
        *REPLACES,
        "UPDATE t SET v = 1",
        "UPDATE OR IGNORE t SET v = 1",
        "DELETE FROM t",
        "DELETE FROM t WHERE id = 2",
        "INSERT INTO t VALUES (1, 'q', 1) ON CONFLICT DO UPDATE SET v = 'new'",
        "REPLACE INTO t VALUES (2, 'b', NULL)",
    ]
    everybody(path, wrong, name, recursive)
    assert rows(path, "SELECT * FROM t") == KEPT
    right = [
        "INSERT OR IGNORE INTO t VALUES (1, 'z', 'other')",
        "INSERT INTO t VALUES (3, 'a', 'other') ON CONFLICT DO NOTHING",
        "INSERT INTO t (k, v) VALUES ('c', 'y')",
        "INSERT OR REPLACE INTO t VALUES (NULL, 'd', 'y'), (10, 'e', 'y')",
    ]
    everybody(path, right, name, recursive)
    assert rows(path, "SELECT k FROM t") == [("a",), ("b",), ("c",), ("d",), ("e",)]


def test_what_was_ignored_counts_no_more_when_the_row_is_gone(catalog: Catalog, path: Path) -> None:
    """A row that was in the way of an ignored INSERT may be removed by an operation that lifts the triggers."""
    add(catalog, path, AppendOnly("t"))
    run(path, "INSERT OR IGNORE INTO t VALUES (1, 'a', 'x')")
    (trigger,) = rows(path, "SELECT sql FROM sqlite_schema WHERE name = '_steward_recipe_1_delete'")
    run(path, "DROP TRIGGER _steward_recipe_1_delete", "DELETE FROM t WHERE id = 1", str(trigger[0]))
    assert run(path, "INSERT INTO t VALUES (1, 'a', 'y')", "INSERT INTO t VALUES (5, 'f', 'y')") == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("recursive", [0, 1])
@pytest.mark.parametrize("once_set", [False, True])
def test_a_column_that_never_changes(
    catalog: Catalog, path: Path, name: str, recursive: int, once_set: bool
) -> None:
    add(catalog, path, Immutable("t", ("V",), once_set=once_set))
    wrong = [
        "UPDATE t SET v = 'y' WHERE id = 1",
        "UPDATE t SET v = NULL WHERE id = 1",
        "UPDATE OR IGNORE t SET v = 'X' WHERE id = 1",
        "REPLACE INTO t VALUES (1, 'a', 'y')",
        "INSERT INTO t VALUES (1, 'q', 1) ON CONFLICT DO UPDATE SET v = 'new'",
    ]
    everybody(path, wrong, name, recursive)
    assert rows(path, "SELECT * FROM t") == KEPT
    right = [
        "UPDATE t SET k = 'aa' WHERE id = 1",
        "UPDATE t SET v = v",
        "REPLACE INTO t VALUES (1, 'aaa', 'x')",
        "INSERT INTO t VALUES (1, 'q', 1) ON CONFLICT DO UPDATE SET k = 'a4'",
        "UPDATE t SET v = 'now' WHERE id = 2",
        "DELETE FROM t WHERE id = 1",
        "INSERT INTO t VALUES (1, 'n', 'another')",
    ]
    everybody(path, right, name, recursive)
    assert rows(path, "SELECT * FROM t") == [(1, "n", "another"), (2, "b", "now" if once_set else None)]


def test_the_message_says_which_column(catalog: Catalog, path: Path) -> None:
    add(catalog, path, Immutable("t", ("k", "v")))
    assert run(path, "UPDATE t SET v = 3 WHERE id = 1") == [
        "v of t cannot be changed: the column is immutable"
    ]


def test_the_key_itself_may_be_immutable(catalog: Catalog, path: Path) -> None:
    add(catalog, path, Immutable("t", ("id",)))
    assert len(run(path, "UPDATE t SET id = 5 WHERE id = 1", "UPDATE t SET rowid = 6 WHERE id = 2")) == 2
    assert rows(path, "SELECT id FROM t") == [(1,), (2,)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("recursive", [0, 1])
def test_a_log_of_a_status(catalog: Catalog, path: Path, name: str, recursive: int) -> None:
    add(catalog, path, StatusLog("t", "v"))
    statements = [
        "INSERT INTO t VALUES (3, 'c', 'open')",
        "UPDATE t SET v = 'done' WHERE id = 3",
        "UPDATE t SET v = 'done' WHERE id = 3",
        "UPDATE t SET k = 'cc' WHERE id = 3",
        "REPLACE INTO t VALUES (3, 'ccc', 'open')",
        "REPLACE INTO t VALUES (3, 'cccc', 'open')",
        "INSERT OR IGNORE INTO t VALUES (3, 'x', 'ignored')",
        "INSERT INTO t VALUES (3, 'x', 'ignored') ON CONFLICT DO UPDATE SET v = 'put'",
        "UPDATE t SET id = 30 WHERE id = 3",
        "BEGIN",
        "UPDATE t SET v = 'rolled back'",
        "ROLLBACK",
    ]
    everybody(path, statements, name, recursive)
    told = rows(path, "SELECT id, event, old_value, new_value FROM t_v_log")
    assert [row[1:] for row in told] == [
        ("inserted", None, "open"),
        ("changed", "open", "done"),
        ("replaced", "done", "open"),
        ("changed", "open", "put"),
        ("changed", "put", "put"),
    ]
    keys = [row[0] for row in rows(path, "SELECT row_id FROM t_v_log")]
    assert keys == [3, 3, 3, 3, 30]
    assert rows(path, "SELECT count(*) FROM t_v_log WHERE changed_at GLOB '20*Z' AND changed_by IS NULL") == [
        (5,)
    ]


def test_a_log_of_a_status_says_who_as_the_audit_knows(catalog: Catalog, path: Path) -> None:
    install(catalog, path)
    add(catalog, path, StatusLog("t", "v"))
    run(
        path,
        "BEGIN IMMEDIATE",
        "INSERT INTO _steward_audit_txn (begun_us, actor) VALUES (1, 'ada')",
        "UPDATE _steward_audit_clock SET txn = last_insert_rowid(), guard = 1",
        "UPDATE t SET v = 'signed' WHERE id = 1",
        "UPDATE _steward_audit_clock SET txn = NULL, guard = NULL",
        "COMMIT",
        "UPDATE t SET v = 'unsigned' WHERE id = 1",
        foreign_keys=1,
    )
    assert rows(path, "SELECT new_value, changed_by FROM t_v_log") == [("signed", "ada"), ("unsigned", None)]


def test_a_log_that_is_there_already(catalog: Catalog, path: Path) -> None:
    run(path, "CREATE TABLE t_v_log (mine)")
    assert "recipe_log_taken" in {each.code for each in planned(catalog, path, StatusLog("t", "v")).blocking}
    bad = planned(catalog, path, StatusLog("t", "v", "_steward_mine"))
    assert "recipe_log_name" in {each.code for each in bad.blocking}


@pytest.mark.parametrize(
    ("there", "new"),
    [
        (AppendOnly("t"), UpdatedAt("t")),
        (UpdatedAt("t"), AppendOnly("t")),
        (AppendOnly("t"), AppendOnly("t")),
        (AppendOnly("t"), SoftDelete("t")),
        (UpdatedAt("t"), Immutable("t", ("updated_at",))),
        (Immutable("t", ("v", "k")), Immutable("t", ("v",))),
        (StatusLog("t", "v"), StatusLog("t", "V", "another")),
        (SoftDelete("t"), SoftDelete("t", "gone_at")),
    ],
)
def test_recipes_that_cannot_stand_together(catalog: Catalog, path: Path, there: Spec, new: Spec) -> None:
    add(catalog, path, there)
    plan = planned(catalog, path, new)
    assert plan.blocking[0].code == "recipe_clash"


def test_recipes_that_can(catalog: Catalog, path: Path) -> None:
    for spec in (
        UpdatedAt("t"),
        SoftDelete("t"),
        Immutable("t", ("k",)),
        StatusLog("t", "v"),
        UpdatedAt("t", "too"),
    ):
        add(catalog, path, spec)
    assert run(path, "UPDATE t SET v = 'w' WHERE id = 1", "DELETE FROM t WHERE id = 2") == []
    assert rows(path, "SELECT updated_at IS NULL, too IS NULL, deleted_at IS NULL FROM t") == [
        (0, 0, 1),
        (0, 0, 0),
    ]


def test_a_trigger_that_would_stop_every_insert(catalog: Catalog, path: Path) -> None:
    run(path, "CREATE TRIGGER mine AFTER INSERT ON t BEGIN UPDATE t SET v = 1 WHERE id = new.id; END")
    plan = planned(catalog, path, AppendOnly("t"))
    assert "recipe_insert_stopped" in {each.code for each in plan.blocking}


def test_columns_that_are_not_there(catalog: Catalog, path: Path) -> None:
    with pytest.raises(UsageError, match="has no column"):
        planned(catalog, path, Immutable("t", ("w",)))
    with pytest.raises(UsageError, match="which columns"):
        planned(catalog, path, Immutable("t", ()))


@pytest.mark.parametrize(
    "spec", [UpdatedAt("w"), Immutable("w", ("c7",)), AppendOnly("w"), StatusLog("w", "c7")]
)
def test_a_table_with_many_columns(catalog: Catalog, tmp_path: Path, spec: Spec) -> None:
    columns = ", ".join(f"c{n}" for n in range(1_900))
    path = a_database(tmp_path).with_sql(f"CREATE TABLE w (id INTEGER PRIMARY KEY, {columns})").build()
    add(catalog, path, spec)
    assert run(path, "INSERT INTO w (c7) VALUES (1)") == []
    said = run(path, "UPDATE w SET c7 = 2", trusted_schema=0)
    assert bool(said) == isinstance(spec, Immutable | AppendOnly)
