"""Rows that were deleted softly come back by an operation, with what followed them, and the way back is known."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install, verified
from builders.recipes import add, done, restore, rows, to_restore
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Reversal
from steward_app.kernel.progress import Context
from steward_app.services import undo
from steward_app.services.audit import recipes
from steward_app.services.audit.recipes import Form, SoftDelete, StatusLog, UpdatedAt
from steward_app.services.operation import Confirmation

TABLES = ("customer", "order", "line")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "shop.db")
        .with_table(
            "customer",
            "id INTEGER PRIMARY KEY, email TEXT, sponsor INTEGER REFERENCES customer ON DELETE CASCADE",
            rows=[(1, "a", None), (2, "b", 1), (3, "c", 2), (4, "d", None)],
        )
        .with_table(
            "order",
            "id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer ON DELETE CASCADE,"
            " payer INTEGER REFERENCES customer ON DELETE CASCADE",
            rows=[(10, 1, None), (20, 2, 4), (40, 4, 4)],
        )
        .with_table(
            "line",
            '"order" INTEGER REFERENCES "order" ON DELETE CASCADE, n TEXT, PRIMARY KEY ("order", n)) WITHOUT ROWID --',
            rows=[(10, "x"), (20, "y"), (40, "z")],
        )
        .build()
    )


def everything(path: Path) -> list[list[tuple[object, ...]]]:
    return [rows(path, f'SELECT * FROM "{name}" ORDER BY 1, 2') for name in TABLES]


def live(path: Path) -> list[list[object]]:
    return [
        [row[0] for row in rows(path, f'SELECT * FROM "{name}" WHERE deleted_at IS NULL ORDER BY 1')]
        for name in TABLES
    ]


def deleted(path: Path, *ids: int) -> None:
    for number in ids:
        assert run(path, f"DELETE FROM customer WHERE id = {number}") == []


def test_what_followed_comes_back_with_it(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    before = everything(path)
    deleted(path, 1)
    assert live(path) == [[4], [40], [40]]
    plan = to_restore(catalog, path, "customer", 1)
    assert {each.table: each.updated for each in plan.changes} == {"customer": 3, "order": 2, "line": 2}
    assert recipes.rehearse(catalog, plan, Context()).passed
    receipt = done(catalog, plan)
    assert everything(path) == before
    assert (plan.reversal, bool(receipt.restore_point)) == (Reversal.RESTORE_POINT, True)
    assert receipt.result == {"rows": 7}


def test_it_is_undone_from_the_log(catalog: Catalog, path: Path) -> None:
    install(catalog, path)
    add(catalog, path, SoftDelete("customer"))
    deleted(path, 1, 4)
    before = everything(path)
    receipt = restore(catalog, path, "customer", 1)
    assert (receipt.restore_point, bool(receipt.undo)) == ("", True)
    assert live(path)[0] == [1, 2, 3]
    plan = undo.plan_undo(catalog, receipt.undo, Context(), path=path)
    undo.carry_out(catalog, receipt.undo, plan, Context(), Confirmation.of(plan))
    assert everything(path) == before
    assert verified(path).holds


def test_a_row_with_another_parent_that_stays_deleted_waits_for_it(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    deleted(path, 2, 4)
    plan = to_restore(catalog, path, "customer", 2)
    assert any("1 row of “order” stays deleted" in each for each in plan.sentences)
    assert recipes.rehearse(catalog, plan, Context()).passed
    done(catalog, plan)
    assert live(path) == [[1, 2, 3], [10], [10]]
    restore(catalog, path, "customer", 4)
    assert live(path) == [[1, 2, 3, 4], [10, 20, 40], [10, 20, 40]]


def test_several_at_once(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    before = everything(path)
    deleted(path, 3, 4, 1)
    restore(catalog, path, "customer", 1, 3, 4, 4)
    assert everything(path) == before


def test_a_row_below_a_deleted_one_is_told(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    deleted(path, 1)
    plan = to_restore(catalog, path, "line", (10, "x"))
    (told,) = [each for each in plan.findings if each.code == "recipe_restore_below_deleted"]
    assert (told.count, told.blocks) == (1, False)
    done(catalog, plan)
    assert live(path) == [[4], [40], [10, 40]]
    assert rows(path, 'SELECT deleted_at_via FROM line WHERE "order" = 10') == [(None,)]


def test_a_value_that_is_taken_by_now_is_told_before(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    run(
        path,
        "CREATE UNIQUE INDEX once ON customer (email COLLATE NOCASE) WHERE deleted_at IS NULL",
        "CREATE UNIQUE INDEX first ON customer (substr(email, 1, 1)) WHERE customer.deleted_at IS NULL",
    )
    deleted(path, 3, 4)
    run(path, "INSERT INTO customer (id, email) VALUES (9, 'D')")
    plan = to_restore(catalog, path, "customer", 3, 4)
    (told,) = [each for each in plan.findings if each.code == "recipe_restore_clash"]
    assert (told.blocks, told.count, told.subject.name) == (True, 1, "once")
    with pytest.raises(Refused):
        done(catalog, plan)
    assert not to_restore(catalog, path, "customer", 3).blocking
    run(path, "UPDATE customer SET email = 'e' WHERE id = 9")
    assert not to_restore(catalog, path, "customer", 3, 4).blocking
    restore(catalog, path, "customer", 3, 4)
    assert live(path)[0] == [1, 2, 3, 4, 9]


def test_two_rows_that_come_back_and_have_the_same_value(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    run(path, "CREATE UNIQUE INDEX once ON customer (email) WHERE deleted_at IS NULL")
    deleted(path, 3, 4)
    run(path, "UPDATE customer SET email = 'same' WHERE id > 2")
    assert len(to_restore(catalog, path, "customer", 3, 4).blocking) == 1
    assert not to_restore(catalog, path, "customer", 3).blocking


def test_what_other_recipes_and_triggers_do_is_counted_by_the_rehearsal(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    add(catalog, path, UpdatedAt("customer"))
    add(catalog, path, StatusLog("customer", "deleted_at"))
    run(
        path,
        "CREATE TABLE seen (id)",
        "CREATE TRIGGER see AFTER UPDATE ON customer BEGIN INSERT INTO seen VALUES (new.id); END",
    )
    deleted(path, 1)
    plan = to_restore(catalog, path, "customer", 1)
    assert set(plan.also) == {"seen", "customer_deleted_at_log"}
    assert recipes.rehearse(catalog, plan, Context()).passed
    done(catalog, plan)
    assert live(path)[0] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("table", "keys", "why"),
    [
        ("customer", (4,), "is not deleted"),
        ("customer", (99,), "has no such row"),
        ("customer", ((1, 2),), "named by 1 value"),
        ("visit", (1,), "no table"),
        ("note", (1,), "are not deleted softly"),
        ("customer", (), "No row was chosen"),
        ("customer", tuple(range(10_001)), "too many"),
    ],
)
def test_what_makes_no_sense(
    catalog: Catalog, path: Path, table: str, keys: tuple[object, ...], why: str
) -> None:
    run(path, "CREATE TABLE note (id INTEGER PRIMARY KEY)")
    add(catalog, path, SoftDelete("customer"))
    deleted(path, 1)
    with pytest.raises(UsageError, match=why):
        to_restore(catalog, path, table, *keys)


def test_a_plan_that_no_longer_fits(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    deleted(path, 1)
    plan = to_restore(catalog, path, "customer", 1)
    run(path, "UPDATE customer SET deleted_at = NULL WHERE id = 3")
    with pytest.raises(Refused) as caught:
        done(catalog, plan)
    assert caught.value.code is ErrorCode.STALE_PLAN


def test_what_is_deleted_is_listed(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    deleted(path, 1, 4)
    found = {each.table: each for each in recipes.deleted_rows(path, limit=2)}
    assert {name: (each.count, each.followed) for name, each in found.items()} == {
        "customer": (4, 2), "order": (3, 3), "line": (3, 3)
    }  # fmt: skip
    assert (len(found["customer"].rows), len(found["customer"].rows[0].since)) == (2, 20)
    assert found["line"].key_columns == ("order", "n")
    run(path, "ALTER TABLE customer RENAME COLUMN deleted_at TO gone")
    assert recipes.deleted_rows(path) == ()


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_says_what_the_triggers_do(catalog: Catalog, path: Path, seed: int) -> None:
    """Whatever was deleted in whatever order: what comes back is what setting the column brings back."""
    rnd = random.Random(seed)
    for number in range(5, 16):
        sponsor, payer = (
            rnd.choice([None, rnd.randrange(1, number)]),
            rnd.choice([None, rnd.randrange(1, number)]),
        )
        run(
            path,
            f"INSERT INTO customer (id, sponsor) VALUES ({number}, {sponsor or 'NULL'})",
            f'INSERT INTO "order" (id, customer, payer) VALUES ({number * 10}, {number}, {payer or "NULL"})',
        )
    add(catalog, path, SoftDelete("customer"))
    for _ in range(6):
        table = rnd.choice(["customer", "customer", "order"])
        run(path, f'DELETE FROM "{table}" WHERE id % {rnd.randrange(2, 9)} = 1')
        gone = [row[0] for row in rows(path, "SELECT id FROM customer WHERE deleted_at IS NOT NULL")]
        if not gone:
            continue
        chosen = rnd.sample(gone, min(len(gone), rnd.choice([1, 1, 2, 4])))
        by_hand = path.with_name("by_hand.db")
        by_hand.write_bytes(path.read_bytes())
        numbers = ", ".join(map(str, chosen))
        assert run(by_hand, f"UPDATE customer SET deleted_at = NULL WHERE id IN ({numbers})") == []
        plan = to_restore(catalog, path, "customer", *chosen)
        if seed % 4 == 0:
            assert recipes.rehearse(catalog, plan, Context()).passed
        done(catalog, plan)
        assert live(path) == live(by_hand)


def test_a_moment_that_no_calendar_has_is_not_told(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer", form=Form.JULIAN))
    run(path, "UPDATE customer SET deleted_at = CASE id WHEN 1 THEN 0.5 WHEN 4 THEN 1e300 ELSE 'x' END")
    (found, *_) = recipes.deleted_rows(path, limit=9)
    assert [each.since for each in found.rows] == [""] * 4
