"""The list of recipes lies in the user's file, where anybody can edit it: whatever stands there, nothing fails."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import apsw
import pytest

from builders import a_database
from builders.guarding import install
from builders.operations import known
from builders.recipes import add, planned, purge, remove, renew, rows, to_remove, to_restore
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Reversal
from steward_app.services.audit import recipes
from steward_app.services.audit.guard.alarm import audit_alarms
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.status import audit_standing, audit_status
from steward_app.services.audit.recipes import AppendOnly, Form, Immutable, SoftDelete, StatusLog, UpdatedAt

SPECS: tuple[recipes.Spec, ...] = (
    SoftDelete("visit"),
    UpdatedAt("visit"),
    StatusLog("visit", "state"),
    Immutable("pet", ("name",)),
    AppendOnly("pet"),
)
DEEP = "[" * 100_000
WRONG = [
    ("spec", "{", "not JSON"),
    ("spec", "", "not JSON"),
    ("spec", DEEP, "nested too deeply"),
    ("spec", "[1]", "not an object"),
    ("spec", "{}", "kind is not known"),
    ("spec", '{"what": ["updated_at"]}', "kind is not known"),
    ("spec", '{"what": "updated_at"}', "does not say “table”"),
    ("spec", '{"what": "append_only", "table": 5}', "“table” is not one"),
    ("spec", '{"what": "append_only", "table": "pet", "more": 1}', "“more”"),
    ("spec", '{"what": "soft_delete", "table": "visit", "grace_days": 1e400}', "“grace_days”"),
    ("spec", '{"what": "soft_delete", "table": "visit", "grace_days": true}', "“grace_days”"),
    ("spec", '{"what": "soft_delete", "table": "visit", "form": "roman"}', "“form”"),
    ("spec", '{"what": "soft_delete", "table": "visit"}', "leaves open"),
    ("spec", '{"what": "immutable", "table": "visit", "columns": ["id", null]}', "“columns”"),
    ("spec", b"\xff", "no text"),
    ("spec", 5, "not an object"),
    ("spec", "x" * 5_000_000, "too long"),
    ("objects", "[]", "is not told"),
    ("objects", '{"tables": 5}', "“columns” is no list"),
    ("objects", '{"columns": [["visit", "name"]], "log": ""}', "no recipe of its kind makes"),
    ("objects", '{"columns": [["visit"]], "log": ""}', "is not named"),
    ("objects", '{"columns": [], "log": "pet"}', "no recipe of its kind makes"),
    ("objects", '{"columns": [], "log": "", "tables": [], "hashes": [["a"]]}', "“hashes”"),
    ("objects", '{"columns": [], "log": "", "tables": [], "hashes": {}, "places": {"a": 5}}', "no text"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, name, state", rows=[(1, "a", 1), (2, "b", 2)])
        .with_table("pet", "id INTEGER PRIMARY KEY, name", rows=[(1, "c")])
        .build()
    )


def edit(path: Path, sql: str, *values: Any) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(sql, values)
    connection.close()


def alarms(catalog: Catalog, path: Path) -> tuple[Finding, ...]:
    return audit_alarms(catalog, path, known(catalog, path).id)


@pytest.mark.parametrize(("column", "value", "why"), WRONG)
def test_an_entry_that_cannot_be_read(
    catalog: Catalog, path: Path, column: str, value: object, why: str
) -> None:
    add(catalog, path, AppendOnly("pet"))
    add(catalog, path, SoftDelete("visit"))
    edit(path, f"UPDATE _steward_recipe SET {column} = ? WHERE id = 1", value)
    first, second = recipes.recipe_status(path)
    assert (first.what, first.state, first.table, second.state) == (None, State.DISARMED, "pet", State.ARMED)
    assert re.search(why, first.why[0])
    assert audit_status(path).recipes == (first, second)
    (alarm,) = alarms(catalog, path)
    assert alarm.code == "recipe_unreadable"
    for attempt in (lambda: renew(catalog, path, 1), lambda: purge(catalog, path, 1)):
        with pytest.raises(Refused, match="cannot be used"):
            attempt()
    with pytest.raises(Refused, match="to be purged"):
        purge(catalog, path)
    run(path, "DELETE FROM visit WHERE id = 1")
    assert not to_restore(catalog, path, "visit", 1).blocking
    plan = to_remove(catalog, path, 1, drop_data=True)
    assert (plan.reversal, len(plan.sql)) == (Reversal.RESTORE_POINT, 5)
    assert remove(catalog, path, 1, drop_data=True).restore_point
    assert [each.id for each in recipes.recipe_status(path)] == [2]
    assert run(path, "DELETE FROM pet") == []
    assert alarms(catalog, path) == ()


@pytest.mark.parametrize("number", [2**63 - 1, -5, 0, 10**9 + 1])
def test_a_number_that_no_recipe_gets(catalog: Catalog, path: Path, number: int) -> None:
    add(catalog, path, AppendOnly("pet"))
    edit(path, "UPDATE _steward_recipe SET id = ?", number)
    (found,) = recipes.recipe_status(path)
    assert (found.id, found.what) == (number, None)
    assert add(catalog, path, SoftDelete("visit")).result == {"recipe": 2}
    remove(catalog, path)
    assert recipes.recipe_status(path) == ()


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TABLE _steward_recipe (x)",
        "CREATE TABLE _steward_recipe (id TEXT PRIMARY KEY, what, spec, objects, made_us, purging)",
        "CREATE VIRTUAL TABLE _steward_recipe USING fts5 (id, what, spec, objects, made_us, purging)",
        "CREATE TABLE _steward_recipe (id INTEGER PRIMARY KEY, what, spec, objects, made_us, purging) WITHOUT ROWID",
    ],
)
def test_a_list_that_cannot_be_used(catalog: Catalog, path: Path, made: str) -> None:
    install(catalog, path)
    add(catalog, path, SoftDelete("visit"))
    run(path, "DROP TABLE _steward_recipe", made, "CREATE TABLE _steward_recipe_1_mine (x)")
    (found,) = recipes.recipe_status(path)
    assert (found.id, found.what, found.table) == (0, None, "visit")
    assert [each.code for each in alarms(catalog, path)] == ["recipe_unreadable"]
    assert audit_standing(catalog, path, known(catalog, path).id).alarms
    assert [each.code for each in planned(catalog, path, AppendOnly("pet")).blocking] == [
        "recipe_list_unusable"
    ]
    remove(catalog, path)
    assert recipes.recipe_status(path) == ()
    left = rows(path, "SELECT name FROM sqlite_schema WHERE name LIKE '_steward_recipe%' AND type <> 'index'")
    assert left == [("_steward_recipe_1_mine",)]
    assert run(path, "DELETE FROM visit") == []


def test_a_list_without_end(catalog: Catalog, path: Path) -> None:
    add(catalog, path, AppendOnly("pet"))
    edit(
        path,
        "WITH RECURSIVE n (i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n LIMIT 5000) INSERT INTO _steward_recipe"
        " SELECT i, 'x', '{}', '{}', 0, NULL FROM n",
    )
    (found,) = recipes.recipe_status(path)
    assert "more than 1,000" in found.why[0]
    remove(catalog, path)
    assert recipes.recipe_status(path) == ()


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.what)
def test_names_of_what_is_no_table(catalog: Catalog, path: Path, spec: recipes.Spec) -> None:
    run(path, "CREATE VIEW v AS SELECT * FROM visit", "CREATE VIRTUAL TABLE words USING fts5 (name)")
    add(catalog, path, spec)
    ((text,),) = rows(path, "SELECT spec FROM _steward_recipe")
    for name in ("gone", "", "new\n\u202e\ud800", "\0", "v", "words", "sqlite_schema", "_steward_recipe"):
        told = json.dumps({**json.loads(str(text)), "table": name})
        edit(path, "UPDATE _steward_recipe SET spec = ?", told)
        (found,) = recipes.recipe_status(path)
        assert found.state is State.DISARMED
        assert [each.code for each in alarms(catalog, path)] == ["recipe_drifting"]
        recipes.deleted_rows(path)
        assert not to_remove(catalog, path).blocking
    remove(catalog, path)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_stands_there(catalog: Catalog, path: Path, seed: int) -> None:
    """Values of an entry exchanged for others, and what no recipe writes: it is told, and can be removed."""
    rnd = random.Random(seed)
    for spec in SPECS[:4]:
        add(catalog, path, spec)
    before = rows(path, "SELECT id, spec, objects FROM _steward_recipe")
    words = [
        "visit",
        "pet",
        "name",
        "id",
        "",
        "\0",
        "iso",
        "stamp",
        None,
        5,
        -1,
        1.5,
        True,
        [],
        ["visit"],
        {},
        10**30,
    ]
    for _ in range(20):
        for number, *texts in before:
            for column, text in zip(("spec", "objects"), texts, strict=True):
                told = json.loads(str(text))
                for name in rnd.sample(sorted(told), rnd.randrange(2)):
                    told[name] = rnd.choice([*words, next(iter(Form)).value, "status_log", "append_only"])
                edit(path, f"UPDATE _steward_recipe SET {column} = ? WHERE id = ?", json.dumps(told), number)
        assert len(recipes.recipe_status(path)) == 4
        alarms(catalog, path)
        recipes.deleted_rows(path)
        to_remove(catalog, path, drop_data=True)
        for attempt in (lambda: renew(catalog, path), lambda: to_restore(catalog, path, "visit", 1)):
            try:
                attempt()
            except (Refused, UsageError) as error:
                print(error)
