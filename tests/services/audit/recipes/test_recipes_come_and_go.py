"""Recipes installed, looked at, made again, removed and undone, with and without an audit."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.guarding import install, rearm, stored, verified
from builders.guarding import remove as remove_audit
from builders.recipes import add, done, planned, remove, renew, rows, to_remove
from builders.under_audit import armed, run
from steward_app.catalog import Catalog
from steward_app.db import open_write, quote
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Reversal
from steward_app.kernel.progress import Context
from steward_app.services import undo
from steward_app.services.audit import recipes
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.audit.recipes import (
    AppendOnly,
    Immutable,
    SoftDelete,
    Spec,
    StatusLog,
    UpdatedAt,
    recipe_status,
)
from steward_app.services.operation import Confirmation

SPECS: list[Spec] = [
    UpdatedAt("visit"), SoftDelete("visit"), Immutable("visit", ("note",)), AppendOnly("visit"),
    StatusLog("visit", "state"),
]  # fmt: skip
NAMES = [spec.what.value for spec in SPECS]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "visit", "id INTEGER PRIMARY KEY, note TEXT UNIQUE, state", rows=[(1, "a", 1), (2, "b", 2)]
        )
        .with_table("step", "id INTEGER PRIMARY KEY, visit REFERENCES visit ON DELETE CASCADE", rows=[(1, 1)])
        .with_sql("CREATE TRIGGER mine AFTER INSERT ON step BEGIN SELECT 1; END")
        .build()
    )


def undone(catalog: Catalog, path: Path, operation: str) -> str:
    plan = undo.plan_undo(catalog, operation, Context(), path=path)
    return undo.carry_out(catalog, operation, plan, Context(), Confirmation.of(plan)).undo


@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
def test_the_plan_is_what_is_stored_and_undo_leaves_no_trace(
    catalog: Catalog, path: Path, spec: Spec
) -> None:
    before = stored(path)
    plan = planned(catalog, path, spec)
    assert stored(path) == before
    assert recipes.rehearse(catalog, plan, Context()).passed
    receipt = done(catalog, plan)
    made = {str(row[3]) for row in stored(path) if row not in before}
    assert {sql for sql in plan.sql if sql.startswith("CREATE")} <= made
    assert all(
        str(row[1]).startswith("_steward_recipe")
        for row in stored(path)
        if row[0] == "trigger" and row not in before
    )
    (standing,) = recipe_status(path)
    assert (standing.state, standing.why, standing.table, standing.what) == (
        State.ARMED,
        (),
        "visit",
        spec.what,
    )
    again = undone(catalog, path, receipt.undo)
    assert stored(path) == before
    undone(catalog, path, again)
    assert [each.state for each in recipe_status(path)] == [State.ARMED]


@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
def test_an_audit_stays_armed_and_whole(catalog: Catalog, path: Path, spec: Spec) -> None:
    install(catalog, path)
    run(path, "UPDATE visit SET state = 7 WHERE id = 1")
    plan = planned(catalog, path, spec)
    assert any("armed again" in each for each in plan.sentences)
    assert recipes.rehearse(catalog, plan, Context()).passed
    done(catalog, plan)
    assert [each.state for each in armed(path)] == [State.ARMED, State.ARMED]
    run(
        path,
        "INSERT INTO visit (id, note) VALUES (3, 'c')",
        "UPDATE visit SET state = 8",
        "DELETE FROM visit WHERE id = 3",
    )
    assert verified(path).holds
    assert audit_status(path).gaps == 0
    receipt = remove(catalog, path)
    assert [each.state for each in armed(path)] == [State.ARMED, State.ARMED]
    run(path, "UPDATE visit SET state = 9")
    assert verified(path).holds
    undone(catalog, path, receipt.undo)
    assert verified(path).holds
    assert [each.state for each in armed(path)] == [State.ARMED, State.ARMED]


ODD = "a\"b'c\n<img onerror>;--"


@pytest.mark.parametrize(
    "spec",
    [
        UpdatedAt(ODD, "new"),
        SoftDelete(ODD, 'gone "at"'),
        Immutable(ODD, ("x'y",)),
        AppendOnly(ODD),
        StatusLog(ODD, "x'y", "l'og"),
    ],
    ids=NAMES,
)
def test_odd_names(catalog: Catalog, tmp_path: Path, spec: Spec) -> None:
    path = (
        a_database(tmp_path, "odd.db")
        .with_sql(
            f'CREATE TABLE {quote(ODD)} (old, "new", x, "x\'y", "p q" REFERENCES {quote(ODD)} ON DELETE CASCADE,'
            " PRIMARY KEY (old)) WITHOUT ROWID"
        )
        .with_sql(f"INSERT INTO {quote(ODD)} (old, x) VALUES (1, 'a'), (2, 'b')")
        .build()
    )
    before = stored(path)
    install(catalog, path)
    receipt = add(catalog, path, spec)
    assert run(path, f"INSERT INTO {quote(ODD)} (old, x, \"p q\") VALUES (3, 'a', 1)") == []
    run(path, f"UPDATE {quote(ODD)} SET x = 'c'", f"DELETE FROM {quote(ODD)} WHERE old = 1")
    assert [each.state for each in recipe_status(path)] == [State.ARMED]
    assert verified(path).holds
    undone(catalog, path, receipt.undo)
    remove_audit(catalog, path, drop_log=True)
    left = [row for row in stored(path) if row not in before]
    assert all(row[0] == "table" for row in left)


def test_rows_that_changed_behind_the_log_are_told_before_a_column_comes(
    catalog: Catalog, path: Path
) -> None:
    install(catalog, path)
    connection = apsw.Connection(str(path))
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    connection.execute("UPDATE visit SET state = 'unseen' WHERE id = 2")
    connection.close()
    add(catalog, path, UpdatedAt("visit"))
    assert audit_status(path).gaps == 1
    assert verified(path).holds


def test_an_audit_that_is_not_armed_comes_first(catalog: Catalog, path: Path) -> None:
    install(catalog, path)
    run(path, "DROP TRIGGER _steward_audit_1_after_update")
    plan = planned(catalog, path, UpdatedAt("visit"))
    assert [each.code for each in plan.blocking] == ["recipe_audit_not_armed"]


def test_columns_go_with_what_they_hold_only_when_asked(catalog: Catalog, path: Path) -> None:
    add(catalog, path, UpdatedAt("visit"))
    run(path, "UPDATE visit SET state = 5")
    plan = to_remove(catalog, path)
    assert any(each.startswith("Kept") for each in plan.sentences)
    assert plan.reversal is Reversal.INVERSE
    plan = to_remove(catalog, path, drop_data=True)
    assert plan.reversal is Reversal.RESTORE_POINT
    assert done(catalog, plan).restore_point
    with open_write(path) as session:
        assert session.column_names("SELECT * FROM visit") == ("id", "note", "state")


def test_a_column_that_a_view_uses_cannot_go(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("visit"))
    run(path, "CREATE VIEW live AS SELECT * FROM visit WHERE deleted_at IS NULL")
    plan = to_remove(catalog, path, drop_data=True)
    assert [each.code for each in plan.blocking] == ["recipe_data_in_use"]
    remove(catalog, path)
    assert rows(path, "SELECT count(*) FROM live") == [(2,)]


def test_other_recipes_follow_when_a_column_comes_and_goes(catalog: Catalog, path: Path) -> None:
    add(catalog, path, UpdatedAt("visit"))
    add(catalog, path, SoftDelete("visit"))
    assert [each.state for each in recipe_status(path)] == [State.ARMED, State.ARMED]
    run(path, "DELETE FROM visit WHERE id = 2")
    assert rows(path, "SELECT updated_at IS NOT NULL FROM visit ORDER BY id") == [(0,), (1,)]
    remove(catalog, path, 2, drop_data=True)
    assert [each.state for each in recipe_status(path)] == [State.ARMED]
    assert run(path, "UPDATE visit SET state = 3") == []


@pytest.mark.parametrize(
    ("statements", "state", "why"),
    [
        (["DROP TRIGGER _steward_recipe_1_update"], State.DISARMED, "is gone"),
        (["ALTER TABLE visit ADD COLUMN more"], State.STALE, "were changed since"),
        (["ALTER TABLE visit RENAME TO stay"], State.STALE, "is called “stay” now"),
        (
            [
                "DROP TRIGGER _steward_recipe_1_update",
                "CREATE TRIGGER _steward_recipe_1_update AFTER UPDATE ON visit BEGIN SELECT 1; END",
            ],
            State.STALE,
            "was changed",
        ),
        (
            ["CREATE TRIGGER newer AFTER UPDATE ON visit BEGIN SELECT RAISE(IGNORE); END"],
            State.BYPASSED,
            "fires before ours",
        ),
    ],
    ids=["trigger gone", "new column", "table renamed", "trigger changed", "newer trigger"],
)
def test_what_is_not_as_it_should_be_is_told_and_made_again(
    catalog: Catalog, path: Path, statements: list[str], state: State, why: str
) -> None:
    install(catalog, path)
    add(catalog, path, UpdatedAt("visit"))
    assert run(path, *statements) == []
    (standing,) = audit_status(path).recipes
    assert standing.state is state
    assert any(why in each for each in standing.why)
    if not all(each.state is State.ARMED for each in armed(path)):
        with pytest.raises(Refused, match="is not armed"):
            renew(catalog, path)
        rearm(catalog, path)
    renew(catalog, path)
    (standing,) = audit_status(path).recipes
    assert (standing.state, standing.why) == (State.ARMED, ())
    assert [each.state for each in armed(path)] == [State.ARMED, State.ARMED]


def test_a_table_that_is_gone(catalog: Catalog, path: Path) -> None:
    add(catalog, path, AppendOnly("step"))
    run(path, "DROP TABLE step")
    (standing,) = recipe_status(path)
    assert (standing.state, standing.table) == (State.DISARMED, "")
    with pytest.raises(Refused):
        renew(catalog, path)
    remove(catalog, path)
    assert recipe_status(path) == ()
    assert not rows(path, "SELECT name FROM sqlite_schema WHERE name LIKE '\\_steward\\_recipe%' ESCAPE '\\'")


def test_the_audit_goes_and_a_log_of_a_status_goes_on(catalog: Catalog, path: Path) -> None:
    install(catalog, path)
    add(catalog, path, StatusLog("visit", "state"))
    remove_audit(catalog, path, drop_log=True)
    assert [each.state for each in recipe_status(path)] == [State.ARMED]
    assert run(path, "UPDATE visit SET state = 'on' WHERE id = 1") == []
    assert rows(path, "SELECT new_value, changed_by FROM visit_state_log") == [("on", None)]


def test_numbers_that_are_not_there(catalog: Catalog, path: Path) -> None:
    with pytest.raises(Refused, match="has no recipe"):
        remove(catalog, path)
    add(catalog, path, AppendOnly("step"))
    with pytest.raises(UsageError, match="has no recipe 5"):
        remove(catalog, path, 5)
    with pytest.raises(Refused, match="as it should be"):
        renew(catalog, path)


def test_names_that_are_taken(catalog: Catalog, path: Path) -> None:
    run(path, "CREATE TABLE _steward_recipe_mine (x)")
    plan = planned(catalog, path, AppendOnly("step"))
    assert [each.code for each in plan.blocking] == ["recipe_names_taken"]


def test_a_plan_that_no_longer_fits(catalog: Catalog, path: Path) -> None:
    plan = planned(catalog, path, AppendOnly("step"))
    add(catalog, path, UpdatedAt("visit"))
    with pytest.raises(Refused) as caught:
        done(catalog, plan)
    assert caught.value.code is ErrorCode.STALE_PLAN
