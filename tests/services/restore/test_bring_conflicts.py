"""What stands in the way of rows that come back: told, answered, never overwritten silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.database import DatabaseBuilder
from builders.moments import Moments
from steward_app.catalog import Catalog
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services import restore
from steward_app.services.operation import Confirmation
from steward_app.services.restore import Answer, Choice, ConflictKind, Extent

NUMBER, DIFFERS, CLASH = ConflictKind.NUMBER_TAKEN, ConflictKind.DIFFERS, ConflictKind.UNIQUE_CLASH


def shop(folder: Path) -> DatabaseBuilder:
    return (
        a_database(folder, "shop.db")
        .with_table("customer", "id INTEGER PRIMARY KEY, mail TEXT UNIQUE, city, since",
                    rows=[(n, f"c{n}@x", "Bonn", 2000 + n) for n in (1, 2, 3)])
        .with_table("bill", "id INTEGER PRIMARY KEY, customer INT NOT NULL REFERENCES customer ON DELETE CASCADE, day",
                    rows=[(10, 1, "mon"), (11, 1, "tue"), (12, 2, "wed")])
        .with_table("line", "bill INT REFERENCES bill ON DELETE CASCADE, no INT, what, PRIMARY KEY (bill, no)",
                    rows=[(10, 1, "pen"), (10, 2, "ink"), (11, 1, "cap"), (12, 1, "nib")])
    )  # fmt: skip


@pytest.fixture
def moments(catalog: Catalog, tmp_path: Path) -> Moments:
    return Moments.of(catalog, shop(tmp_path))


def planned(moments: Moments, table: str, *keys: object, **changed: object) -> dict[str, bool]:
    """The findings of a plan by their codes, and whether they block."""
    request = moments.request(table, *keys, **changed)
    plan = restore.plan_bring(moments.catalog, request, Context())
    return {finding.code: finding.blocks for finding in plan.findings}


def test_a_row_with_its_children_comes_back(moments: Moments) -> None:
    moments.later("DELETE FROM customer WHERE id = 1")
    before = moments.state()
    receipt = moments.bring(moments.request("customer", 1))
    assert {c.table: c.inserted for c in receipt.changes} == {"customer": 1, "bill": 2, "line": 3}
    assert moments.rows("SELECT * FROM line ORDER BY 1, 2") == moments.then(
        "SELECT * FROM line ORDER BY 1, 2"
    )
    moments.undo(receipt)
    assert moments.state() == before


def test_a_branch_is_left_out_and_children_altogether(moments: Moments) -> None:
    moments.later("DELETE FROM customer WHERE id = 1")
    receipt = moments.bring(moments.request("customer", 1, without=("LINE",)))
    assert {c.table for c in receipt.changes} == {"customer", "bill"}
    moments.undo(receipt)
    receipt = moments.bring(moments.request("customer", 1, children=False))
    assert {c.table for c in receipt.changes} == {"customer"}


def test_the_parents_a_row_needs_come_with_it_and_nothing_else_of_theirs(moments: Moments) -> None:
    moments.later("DELETE FROM customer WHERE id = 1")
    receipt = moments.bring(moments.request("line", (11, 1)))
    assert {c.table: (c.inserted, c.why) for c in receipt.changes} == {
        "line": (1, "chosen"), "bill": (1, "needed by them"), "customer": (1, "needed by them"),
    }  # fmt: skip
    assert moments.orphans() == 0


def test_without_parents_it_is_asked(moments: Moments) -> None:
    moments.later("DELETE FROM customer WHERE id = 1")
    assert planned(moments, "line", (11, 1), parents=False)["restore_missing_parent"]
    bring = Choice(ConflictKind.MISSING_PARENT, Answer.BRING_PARENT)
    receipt = moments.bring(moments.request("line", (11, 1), parents=False, choices=(bring,)))
    assert len(receipt.changes) == 3


def test_a_row_that_was_an_orphan_then_is_asked_about(catalog: Catalog, tmp_path: Path) -> None:
    moments = Moments.of(catalog, shop(tmp_path).with_rows("bill", [(13, 77, "old")]))
    moments.later("DELETE FROM bill WHERE id = 13", "DELETE FROM customer WHERE id = 2")
    assert planned(moments, "bill", 13)["restore_missing_parent"]
    leave = Choice(ConflictKind.MISSING_PARENT, Answer.LEAVE_OUT)
    receipt = moments.bring(moments.request("bill", 13, 12, choices=(leave,)))
    assert {c.table: c.inserted for c in receipt.changes} == {"bill": 1, "line": 1, "customer": 1}


def test_a_row_that_differs_is_kept_unless_somebody_says_otherwise(moments: Moments) -> None:
    moments.later("UPDATE customer SET city = 'Ulm' WHERE id = 1", "DELETE FROM bill WHERE id = 10")
    found = planned(moments, "customer", 1)
    assert found == {"restore_differs_keep": False}
    moments.bring(moments.request("customer", 1))
    assert moments.rows("SELECT city FROM customer WHERE id = 1") == [("Ulm",)]
    assert moments.rows("SELECT count(*) FROM line") == [(4,)]
    before = moments.state()
    receipt = moments.bring(moments.request("customer", 1, choices=(Choice(DIFFERS, Answer.OLD),)))
    assert moments.rows("SELECT city FROM customer WHERE id = 1") == [("Bonn",)]
    moments.undo(receipt)
    assert moments.state() == before


def test_one_row_may_be_answered_otherwise_than_its_table(moments: Moments) -> None:
    moments.later("UPDATE customer SET city = 'Ulm'")
    old = Choice(DIFFERS, Answer.OLD, "customer")
    keep = Choice(DIFFERS, Answer.KEEP, "customer", (2,))
    moments.bring(moments.request("customer", 1, 2, 3, children=False, choices=(keep, old)))
    assert moments.rows("SELECT city FROM customer ORDER BY id") == [("Bonn",), ("Ulm",), ("Bonn",)]


def taken(moments: Moments) -> None:
    moments.later(
        "DELETE FROM customer WHERE id = 1",
        "INSERT INTO customer VALUES (1, 'new@x', 'Rome', 2026)",
        "INSERT INTO bill VALUES (20, 1, 'fri')",
        "INSERT INTO line VALUES (20, 1, 'tea')",
    )


def test_a_number_that_is_taken_is_asked_about_and_a_new_one_takes_the_children_along(
    moments: Moments,
) -> None:
    taken(moments)
    assert planned(moments, "customer", 1) == {"restore_number_taken": True}
    before = moments.state()
    receipt = moments.bring(moments.request("customer", 1, choices=(Choice(NUMBER, Answer.NEW_NUMBER),)))
    assert moments.rows("SELECT * FROM customer WHERE id IN (1, 4) ORDER BY id") == [
        (1, "new@x", "Rome", 2026), (4, "c1@x", "Bonn", 2001),
    ]  # fmt: skip
    assert moments.rows("SELECT id, customer FROM bill ORDER BY id") == [(10, 4), (11, 4), (12, 2), (20, 1)]
    assert moments.orphans() == 0
    moments.undo(receipt)
    assert moments.state() == before


def test_a_new_number_goes_down_through_keys_that_repeat_it(moments: Moments) -> None:
    moments.later(
        "DELETE FROM bill WHERE id = 10",
        "INSERT INTO bill VALUES (10, 3, 'sat')",
        "INSERT INTO line VALUES (10, 1, 'new')",
    )
    moments.bring(moments.request("bill", 10, choices=(Choice(NUMBER, Answer.NEW_NUMBER),)))
    assert moments.rows("SELECT * FROM line WHERE bill IN (10, 13) ORDER BY 1, 2") == [
        (10, 1, "new"), (13, 1, "pen"), (13, 2, "ink"),
    ]  # fmt: skip


def test_a_number_that_is_taken_may_stay_with_who_has_it(moments: Moments) -> None:
    taken(moments)
    leave = Choice(NUMBER, Answer.LEAVE_OUT)
    assert planned(moments, "customer", 1, choices=(leave,))["nothing_to_bring"]
    moments.later("DELETE FROM line WHERE bill = 12")
    receipt = moments.bring(moments.request("customer", 1, 2, choices=(leave,)))
    assert {c.table: c.inserted for c in receipt.changes} == {"line": 1}


def test_numbers_of_autoincrement_are_never_another_rows(catalog: Catalog, tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_table(
        "t", "id INTEGER PRIMARY KEY AUTOINCREMENT, a, b", rows=[(1, 2, 3)]
    )
    moments = Moments.of(catalog, builder).later("UPDATE t SET a = 8, b = 9")
    assert planned(moments, "t", 1)["restore_differs_keep"] is False


def test_a_value_that_may_stand_once_and_is_anothers_now(moments: Moments) -> None:
    moments.later("DELETE FROM customer WHERE id = 1", "UPDATE customer SET mail = 'c1@x' WHERE id = 2")
    assert planned(moments, "customer", 1)["restore_unique_clash"]
    leave = Choice(CLASH, Answer.LEAVE_OUT)
    assert planned(moments, "customer", 1, choices=(leave,))["nothing_to_bring"]


def test_two_rows_that_exchanged_a_value_get_it_back(moments: Moments) -> None:
    moments.later(
        "UPDATE customer SET mail = 'x' WHERE id = 1",
        "UPDATE customer SET mail = 'c1@x' WHERE id = 2",
        "UPDATE customer SET mail = 'c2@x' WHERE id = 1",
    )
    before = moments.state()
    choice = Choice(DIFFERS, Answer.OLD)
    receipt = moments.bring(moments.request("customer", 1, 2, children=False, choices=(choice,)))
    assert moments.rows("SELECT mail FROM customer ORDER BY id") == [("c1@x",), ("c2@x",), ("c3@x",)]
    moments.undo(receipt)
    assert moments.state() == before


@pytest.mark.parametrize(
    ("declared", "rows", "blocked"),
    [
        ("id INTEGER PRIMARY KEY, a, b NOT NULL", (1, 2, None), True),
        ("id INTEGER PRIMARY KEY, a ANY, b INTEGER) STRICT", (1, 2, "text"), True),
        ("id INTEGER PRIMARY KEY, a, b CHECK (t.b < 5)", (1, 2, 7), True),
        ("id INTEGER PRIMARY KEY, a, b, c NOT NULL", (1, 2, 3), True),
        ("id INTEGER PRIMARY KEY, a, b, c NOT NULL DEFAULT 4", (1, 2, 3), False),
    ],
)
def test_what_the_table_as_it_is_now_does_not_take(
    catalog: Catalog, tmp_path: Path, declared: str, rows: tuple[object, ...], blocked: bool
) -> None:
    builder = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, a, b", rows=[rows])  # type: ignore[list-item]
    made = f"CREATE TABLE t ({declared}" + ("" if "STRICT" in declared else ")")
    moments = Moments.of(catalog, builder).later("DROP TABLE t", made)
    found = planned(moments, "t", 1)
    assert found.get("restore_refused", False) is blocked
    if not blocked:
        moments.bring(moments.request("t", 1))
        assert moments.rows("SELECT * FROM t") == [(*rows, 4)]


def test_columns_that_are_gone_stay_out_and_are_named(moments: Moments) -> None:
    moments.later("DELETE FROM customer WHERE id = 3", "ALTER TABLE customer DROP COLUMN city")
    assert planned(moments, "customer", 3) == {"columns_gone": False}
    moments.bring(moments.request("customer", 3))
    assert moments.rows("SELECT * FROM customer WHERE id = 3") == [(3, "c3@x", 2003)]


def test_a_table_that_is_gone_is_made_again_with_what_belonged_to_it(
    catalog: Catalog, tmp_path: Path
) -> None:
    builder = shop(tmp_path).with_sql(
        "CREATE INDEX by_day ON bill (day)",
        "CREATE TRIGGER told AFTER DELETE ON bill BEGIN DELETE FROM line WHERE bill = old.id; END",
    )
    moments = Moments.of(catalog, builder)
    moments.later("DROP TABLE line", "DROP TABLE bill", enforced=False)
    before, schema = moments.state(), moments.rows("SELECT count(*) FROM sqlite_schema")
    receipt = moments.bring(moments.request("customer", 1))
    assert moments.rows("SELECT id FROM bill") == [(10,), (11,)]
    names = "SELECT name FROM sqlite_schema WHERE tbl_name = 'bill' ORDER BY name"
    assert moments.rows(names) == moments.then(names)
    moments.undo(receipt)
    assert moments.state() == before
    assert moments.rows("SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE '%steward%'") == schema


def test_a_table_that_is_gone_may_stay_gone(moments: Moments) -> None:
    moments.later("DELETE FROM customer WHERE id = 1", "DROP TABLE line")
    leave = Choice(ConflictKind.TABLE_GONE, Answer.LEAVE_OUT)
    receipt = moments.bring(moments.request("customer", 1, choices=(leave,)))
    assert {c.table for c in receipt.changes} == {"customer", "bill"}


def test_an_answer_that_is_none_is_refused(moments: Moments) -> None:
    with pytest.raises(UsageError, match="no answer"):
        planned(moments, "customer", 1, choices=(Choice(CLASH, Answer.OLD),))


def test_a_blocked_plan_is_not_carried_out(moments: Moments) -> None:
    taken(moments)
    before = moments.state()
    plan = restore.plan_bring(moments.catalog, moments.request("customer", 1), Context())
    with pytest.raises(Refused) as refused:
        restore.bring(moments.catalog, plan, Context(), Confirmation.of(plan))
    assert refused.value.code is ErrorCode.BLOCKED
    assert moments.state() == before


def test_new_rows_that_others_point_to_stay_when_all_of_a_table_comes_back(moments: Moments) -> None:
    moments.later(
        "INSERT INTO customer VALUES (7, 'n@x', 'Kiel', 1)",
        "INSERT INTO customer VALUES (8, 'o@x', 'Ulm', 1)",
    )
    moments.later("INSERT INTO bill VALUES (30, 7, 'sun')")
    whole = {"extent": Extent.CONTENT, "children": False}
    assert planned(moments, "customer", **whole)["restore_has_children"]
    keep = Choice(ConflictKind.HAS_CHILDREN, Answer.KEEP)
    before = moments.state()
    receipt = moments.bring(moments.request("customer", choices=(keep,), **whole))
    assert moments.rows("SELECT id FROM customer") == [(1,), (2,), (3,), (7,)]
    moments.undo(receipt)
    assert moments.state() == before


def test_cycles_and_rows_that_point_to_themselves(catalog: Catalog, tmp_path: Path) -> None:
    builder = (
        a_database(tmp_path)
        .with_table("a", "id INTEGER PRIMARY KEY, b REFERENCES b DEFERRABLE INITIALLY DEFERRED, up REFERENCES a",
                    rows=[(1, 1, 1), (2, 1, 1), (3, 2, 2)])
        .with_table("b", "id INTEGER PRIMARY KEY, a REFERENCES a DEFERRABLE INITIALLY DEFERRED",
                    rows=[(1, 2), (2, None)])
    )  # fmt: skip
    moments = Moments.of(catalog, builder)
    then = moments.state()
    moments.later("DELETE FROM a", "DELETE FROM b", enforced=False)
    before = moments.state()
    receipt = moments.bring(moments.request("a", 2))
    assert {c.table: c.inserted for c in receipt.changes} == {"a": 3, "b": 2}
    assert moments.state() == then
    moments.undo(receipt)
    assert moments.state() == before


def test_a_number_comes_back_new_where_rows_point_to_their_own_table(
    catalog: Catalog, tmp_path: Path
) -> None:
    builder = a_database(tmp_path).with_table(
        "t",
        "id INTEGER PRIMARY KEY, up REFERENCES t, n, m",
        rows=[(1, None, "a", 1), (2, 1, "b", 2), (3, 2, "c", 3)],
    )
    moments = Moments.of(catalog, builder)
    moments.later("DELETE FROM t", "INSERT INTO t VALUES (1, NULL, 'x', 9), (2, 1, 'y', 8)", enforced=False)
    receipt = moments.bring(moments.request("t", 1, choices=(Choice(NUMBER, Answer.NEW_NUMBER),)))
    found = moments.rows("SELECT c.n, p.n FROM t AS c LEFT JOIN t AS p ON p.id = c.up ORDER BY c.id")
    assert sorted(map(str, found)) == sorted(
        map(str, [("x", None), ("y", "x"), ("c", "b"), ("a", None), ("b", "a")])
    )
    assert sum(change.inserted for change in receipt.changes) == 3


def test_a_row_is_not_given_to_whoever_has_the_number_of_its_parent_now(moments: Moments) -> None:
    taken(moments)
    assert planned(moments, "bill", 10) == {"restore_number_taken": True}
    moments.bring(moments.request("bill", 10, choices=(Choice(NUMBER, Answer.NEW_NUMBER),)))
    assert moments.rows(
        "SELECT b.id, c.mail FROM bill AS b JOIN customer AS c ON c.id = b.customer WHERE b.id = 10"
    ) == [(10, "c1@x")]
    moments.bring(moments.request("bill", 11, choices=(Choice(NUMBER, Answer.KEEP),)))
    assert moments.rows("SELECT customer FROM bill WHERE id = 11") == [(1,)]


def changed_and_missing(moments: Moments) -> None:
    moments.later(
        "UPDATE customer SET city = 'Ulm' WHERE id = 1",
        "DELETE FROM customer WHERE id = 2",
        "INSERT INTO customer VALUES (9, 'new@x', 'Rome', 2026)",
    )


def test_of_missing_rows_those_that_differ_get_their_old_values_where_that_was_answered(
    moments: Moments,
) -> None:
    changed_and_missing(moments)
    missing = moments.request("customer", extent=Extent.MISSING, children=False)
    assert missing.choices == ()
    receipt = moments.bring(missing)
    assert [(c.inserted, c.updated, c.deleted) for c in receipt.changes] == [(1, 0, 0)]
    moments.undo(receipt)
    before = moments.state()
    for choice in (
        Choice(DIFFERS, Answer.OLD),
        Choice(DIFFERS, Answer.OLD, "CUSTOMER"),
        Choice(DIFFERS, Answer.OLD, "customer", (1,)),
    ):
        asked = moments.request("customer", extent=Extent.MISSING, children=False, choices=(choice,))
        receipt = moments.bring(asked)
        assert [(c.inserted, c.updated, c.deleted) for c in receipt.changes] == [(1, 1, 0)]
        assert moments.rows("SELECT city FROM customer WHERE id = 1") == [("Bonn",)]
        assert moments.rows("SELECT count(*) FROM customer") == [(4,)], "rows of now stay"
        moments.undo(receipt)
        assert moments.state() == before


def test_an_answer_about_another_table_or_row_changes_nothing_of_this_one(moments: Moments) -> None:
    changed_and_missing(moments)
    others = (
        Choice(DIFFERS, Answer.OLD, "bill"),
        Choice(DIFFERS, Answer.OLD, "customer", (3,)),
        Choice(DIFFERS, Answer.KEEP),
    )
    receipt = moments.bring(
        moments.request("customer", extent=Extent.MISSING, children=False, choices=others)
    )
    assert [(c.inserted, c.updated) for c in receipt.changes] == [(1, 0)]


def test_of_missing_rows_one_whose_number_is_taken_comes_back_under_a_new_one(moments: Moments) -> None:
    taken(moments)
    assert planned(moments, "customer", extent=Extent.MISSING, children=False)["nothing_to_bring"]
    new = Choice(NUMBER, Answer.NEW_NUMBER)
    moments.bring(moments.request("customer", extent=Extent.MISSING, children=False, choices=(new,)))
    assert moments.rows("SELECT id, mail FROM customer ORDER BY id") == [
        (1, "new@x"), (2, "c2@x"), (3, "c3@x"), (4, "c1@x"),
    ]  # fmt: skip
