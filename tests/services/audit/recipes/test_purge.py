"""Rows that were deleted softly go for good by an operation of ours, and come back from the log of the audit."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install, verified
from builders.recipes import add, done, purge, renew, rows, to_purge
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Reversal
from steward_app.kernel.progress import Context
from steward_app.services import undo
from steward_app.services.audit import recipes
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.audit.recipes import Form, Immutable, SoftDelete
from steward_app.services.operation import Confirmation

AGO = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-40 days')"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "shop.db")
        .with_table(
            "customer",
            "id INTEGER PRIMARY KEY, name, sponsor INTEGER REFERENCES customer ON DELETE CASCADE",
            rows=[(1, "a", None), (2, "b", 1), (3, "c", 2), (4, "d", None), (5, "e", 5)],
        )
        .with_table(
            "order",
            "id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer ON DELETE CASCADE",
            rows=[(10, 1), (20, 2), (40, 4)],
        )
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, customer REFERENCES customer ON DELETE SET NULL",
            rows=[(1, 1), (2, 4)],
        )
        .build()
    )


def left(path: Path) -> list[list[object]]:
    return [
        [row[0] for row in rows(path, f'SELECT id FROM "{name}" ORDER BY 1')]
        for name in ("customer", "order")
    ]


def deleted_long_ago(path: Path, *ids: int) -> None:
    """The rows and what follows them, deleted 40 days ago."""
    for number in ids:
        assert run(path, f"UPDATE customer SET deleted_at = {AGO} WHERE id = {number}", foreign_keys=1) == []


def test_only_what_is_past_the_days_of_grace_goes(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    deleted_long_ago(path, 1, 5)
    run(path, "DELETE FROM customer WHERE id = 4")
    plan = to_purge(catalog, path)
    assert {each.table: (each.deleted, each.updated) for each in plan.changes} == {
        "customer": (4, 0), "order": (2, 0), "visit": (0, 1)
    }  # fmt: skip
    assert recipes.rehearse(catalog, plan, Context()).passed
    assert left(path)[0] == [1, 2, 3, 4, 5]
    receipt = done(catalog, plan)
    assert (plan.reversal, bool(receipt.restore_point)) == (Reversal.RESTORE_POINT, True)
    assert left(path) == [[4], [40]]
    assert rows(path, "SELECT customer FROM visit ORDER BY id") == [(None,), (4,)]
    run(path, "DELETE FROM customer")
    assert left(path) == [[4], [40]]


def test_rows_come_back_from_the_log(catalog: Catalog, path: Path) -> None:
    install(catalog, path)
    add(catalog, path, SoftDelete("customer"))
    deleted_long_ago(path, 1)
    before = (
        rows(path, "SELECT * FROM customer"),
        rows(path, 'SELECT * FROM "order"'),
        rows(path, "SELECT * FROM visit"),
    )
    receipt = purge(catalog, path)
    assert (receipt.restore_point, bool(receipt.undo)) == ("", True)
    assert left(path) == [[4, 5], [40]]
    plan = undo.plan_undo(catalog, receipt.undo, Context(), path=path)
    undo.carry_out(catalog, receipt.undo, plan, Context(), Confirmation.of(plan))
    after = (
        rows(path, "SELECT * FROM customer"),
        rows(path, 'SELECT * FROM "order"'),
        rows(path, "SELECT * FROM visit"),
    )
    assert after == before
    assert verified(path).holds
    assert [each.state for each in audit_status(path).recipes] == [State.ARMED]


def test_a_log_that_does_not_have_the_rows_whole_cannot_bring_them_back(catalog: Catalog, path: Path) -> None:
    install(catalog, path, columns={"customer.name": Mode.FLAG})
    add(catalog, path, SoftDelete("customer"))
    deleted_long_ago(path, 5)
    assert to_purge(catalog, path).reversal is Reversal.RESTORE_POINT
    assert purge(catalog, path).restore_point


def test_a_row_to_which_a_live_one_points_stays(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    deleted_long_ago(path, 1)
    run(path, "UPDATE customer SET deleted_at = NULL WHERE id = 3")
    plan = to_purge(catalog, path)
    assert any("2 rows stay although their time is over" in each for each in plan.sentences)
    done(catalog, plan)
    assert left(path) == [[1, 2, 3, 4, 5], [40]]


def test_rows_of_a_table_that_does_not_follow_keep_it(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    deleted_long_ago(path, 1)
    run(path, 'CREATE TABLE bill (id INTEGER PRIMARY KEY, o REFERENCES "order" ON DELETE CASCADE)')
    run(path, "INSERT INTO bill VALUES (1, 20)")
    (standing,) = recipes.recipe_status(path)
    assert standing.state is State.DISARMED
    assert "bill has no column deleted_at" in standing.why[0]
    with pytest.raises(Refused, match="not as it should be"):
        to_purge(catalog, path)
    renew(catalog, path)
    purge(catalog, path)
    assert rows(path, "SELECT count(*) FROM bill") == [(1,)]
    assert left(path)[1] == [20, 40]


def test_nothing_to_purge(catalog: Catalog, path: Path) -> None:
    with pytest.raises(Refused, match="has no recipe"):
        to_purge(catalog, path)
    add(catalog, path, Immutable("customer", ("name",)))
    with pytest.raises(Refused, match="deleted softly"):
        to_purge(catalog, path)
    with pytest.raises(UsageError, match="is no soft delete"):
        to_purge(catalog, path, 1)
    add(catalog, path, SoftDelete("customer"))
    run(path, "DELETE FROM customer WHERE id = 3")
    with pytest.raises(Refused, match="1 row deleted, within the days of grace"):
        to_purge(catalog, path, 2)


def test_a_plan_that_no_longer_fits(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    deleted_long_ago(path, 1)
    plan = to_purge(catalog, path)
    run(path, "UPDATE customer SET deleted_at = NULL WHERE id = 3")
    with pytest.raises(Refused) as caught:
        done(catalog, plan)
    assert caught.value.code is ErrorCode.STALE_PLAN
    assert left(path)[0] == [1, 2, 3, 4, 5]
    assert rows(path, "SELECT purging FROM _steward_recipe") == [(None,)]


def test_a_moment_that_cannot_be_read_keeps_its_row(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    run(path, "UPDATE customer SET deleted_at = 'long ago' WHERE id = 4")
    deleted_long_ago(path, 5)
    plan = to_purge(catalog, path)
    assert "recipe_unreadable_times" in {each.code for each in plan.findings}
    assert "long ago" not in str(plan)
    done(catalog, plan)
    assert left(path)[0] == [1, 2, 3, 4]


@pytest.mark.parametrize("form", list(Form))
def test_days_of_grace_in_every_form(catalog: Catalog, path: Path, form: Form) -> None:
    add(catalog, path, SoftDelete("customer", form=form, grace_days=1))
    run(path, "DELETE FROM customer WHERE id IN (4, 5)")
    day = {Form.UNIX: "86400", Form.UNIX_MS: "86400000", Form.JULIAN: "1"}.get(form)
    older = f"deleted_at - {day} * 2" if day else f"replace('{_then(form)}', 'x', '')"
    run(path, f"UPDATE customer SET deleted_at = {older} WHERE id = 5")
    purge(catalog, path)
    assert left(path)[0] == [1, 2, 3, 4]


def _then(form: Form) -> str:
    return "2020-01-01T00:00:00.000Z" if form is Form.ISO else "2020-01-01 00:00:00"


def test_a_switch_that_was_left_on_is_told(catalog: Catalog, path: Path) -> None:
    add(catalog, path, SoftDelete("customer"))
    deleted_long_ago(path, 5)
    run(path, "UPDATE _steward_recipe SET purging = 1", "DELETE FROM customer WHERE id = 4", foreign_keys=1)
    assert left(path)[0] == [1, 2, 3, 5]
    (standing,) = recipes.recipe_status(path)
    assert "really deletes" in standing.why[0]
    with pytest.raises(Refused, match="really deletes"):
        to_purge(catalog, path)
    renew(catalog, path)
    purge(catalog, path)


def test_what_triggers_of_others_change_is_counted_by_the_rehearsal(catalog: Catalog, path: Path) -> None:
    run(
        path,
        "ALTER TABLE customer ADD orders INTEGER",
        "CREATE VIRTUAL TABLE words USING fts5 (name, content = 'customer', content_rowid = 'id')",
        "INSERT INTO words (words) VALUES ('rebuild')",
        "CREATE TABLE gone (id)",
        "CREATE TABLE seen (id)",
        "CREATE TRIGGER words_out AFTER DELETE ON customer BEGIN"
        " INSERT INTO words (words, rowid, name) VALUES ('delete', old.id, old.name); END",
        'CREATE TRIGGER fewer AFTER DELETE ON "order" BEGIN UPDATE customer SET orders = 0; END',
        "CREATE TRIGGER gone_in AFTER DELETE ON customer BEGIN INSERT INTO gone VALUES (old.id); END",
        "CREATE TRIGGER seen_in AFTER INSERT ON gone BEGIN INSERT INTO seen VALUES (new.id); END",
    )
    add(catalog, path, SoftDelete("customer"))
    deleted_long_ago(path, 1)
    plan = to_purge(catalog, path)
    assert {"words", "words_data", "gone", "seen", "customer"} <= set(plan.also)
    assert not {"order", "visit"} & set(plan.also)
    told = recipes.rehearse(catalog, plan, Context())
    assert told.passed, told.checks
    found = {each.table: (each.inserted, each.updated, each.deleted) for each in told.changes}
    assert (found["gone"], found["seen"], found["customer"]) == ((3, 0, 0), (3, 0, 0), (0, 2, 3))
    done(catalog, plan)
    assert rows(path, "SELECT count(*) FROM seen") == [(3,)]
    assert rows(path, "SELECT count(*) FROM words WHERE words MATCH 'a'") == [(0,)]
