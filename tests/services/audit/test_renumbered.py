"""VACUUM gives rows without INTEGER PRIMARY KEY other numbers: told as what it is, not as thousands of changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from builders.guarding import install, rearm, verified
from builders.sealed import by_hand
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.guard.alarm import audit_alarms
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.own_seals import seal_new
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.audit.past.as_of import table_as_of
from steward_app.services.audit.past.lineage import Lineage, lineage
from steward_app.services.audit.past.moments import Times
from steward_app.services.audit.past.recycle_bin import RecycleBin
from steward_app.services.audit.past.row_changes import RowChanges
from steward_app.services.audit.seals.moved import _pairs
from steward_app.services.audit.seals.reconcile import reconcile
from steward_app.services.audit.seals.renumbered import renumbering
from steward_app.services.audit.seals.seal_log import SealRequest, seal_log
from steward_app.services.audit.undo import Selection, UndoRequest, plan_undo, undo_changes
from steward_app.services.backup import database_id
from steward_app.services.operation import Confirmation
from steward_app.services.schema.introspect import read_schema

ROWS = 2_000


@pytest.fixture
def path(catalog: Catalog, tmp_path: Path) -> Path:
    """Rows with gaps between their numbers, sealed, and changes since."""
    path = (
        a_database(tmp_path)
        .with_table("t", "a TEXT, b", rows=[(f"row {n}", n % 7) for n in range(ROWS)])
        .with_table("k", "id INTEGER PRIMARY KEY, v", rows=[(5, 1), (9, 2)])
        .build()
    )
    run(path, "DELETE FROM t WHERE rowid % 10 = 3")
    install(catalog, path)
    return path


def found(path: Path) -> list[tuple[str, object, str]]:
    with open_read(path) as session, session.snapshot():
        return [(each.table, *each.key, each.how.value) for each in reconcile(session)]  # type: ignore[misc]


def sealed(catalog: Catalog, path: Path) -> None:
    seal_log(catalog, SealRequest(path, database_id(catalog, path, Context())), Context())


def state(path: Path) -> State:
    return next(each.state for each in audit_status(path).tables if each.table == "t")


def changes_since(path: Path) -> None:
    run(
        path,
        "DELETE FROM t WHERE rowid IN (1, 700)",
        "INSERT INTO t VALUES ('new', 1)",
        "UPDATE t SET b = 'x' WHERE rowid = 1500",
        "UPDATE t SET rowid = -5 WHERE rowid = 1501",
        "REPLACE INTO t (rowid, a) VALUES (1502, 'other')",
    )


@pytest.mark.parametrize("since", [False, True])
def test_it_is_told_as_what_it_is(catalog: Catalog, path: Path, since: bool) -> None:
    if since:
        changes_since(path)
    run(path, "VACUUM")
    assert found(path) == [("t", "renumbered")]
    assert state(path) is State.RENUMBERED
    (why,) = next(each.why for each in audit_status(path).tables if each.table == "t")
    assert why == "VACUUM gave the rows of “t” other numbers than those by which the log names them"
    (alarm,) = audit_alarms(catalog, path, database_id(catalog, path, Context()))
    assert (alarm.code, alarm.title) == ("audit_renumbered", "The rows of “t” were renumbered by VACUUM")


def test_what_was_changed_behind_the_log_as_well_is_named_under_the_number_of_before(path: Path) -> None:
    changes_since(path)
    run(
        path,
        "VACUUM",
        "DROP TRIGGER _steward_audit_1_after_update",
        "UPDATE t SET b = 99 WHERE a = 'row 1998'",
    )
    assert found(path) == [("t", "renumbered"), ("t", 1999, "changed")]


@pytest.mark.parametrize("since", [False, True])
def test_sealing_writes_it_down_and_forges_no_gap(catalog: Catalog, path: Path, since: bool) -> None:
    if since:
        changes_since(path)
    run(path, "VACUUM")
    sealed(catalog, path)
    with open_read(path) as session:
        told = [
            (each.kind, each.detail) for each in tables.events(session) if each.kind in ("renumbered", "gap")
        ]
    assert told == [("renumbered", {"table": "t"})]
    assert found(path) == [("t", "renumbered")]
    run(path, "UPDATE t SET b = 'later' WHERE rowid = 3", "INSERT INTO t VALUES ('later', 2)")
    sealed(catalog, path)
    assert state(path) is State.RENUMBERED  # whatever is written since
    assert found(path) == [("t", "renumbered")]
    verdict = verified(path)
    assert (verdict.problems, verdict.holds) == ((), False)


def test_a_file_that_seals_itself_writes_it_down_before_anything_is_changed(
    catalog: Catalog, path: Path
) -> None:
    run(path, "VACUUM")
    known = database_id(catalog, path, Context())
    assert seal_new(catalog, path, known, Context()).seals == 1
    assert seal_new(catalog, path, known, Context()).seals == 0
    run(path, "INSERT INTO t VALUES ('later', 2)")
    assert state(path) is State.RENUMBERED


@pytest.mark.parametrize("later", [False, True])
def test_arming_again_begins_a_new_version_without_a_gap(catalog: Catalog, path: Path, later: bool) -> None:
    changes_since(path)
    run(path, "VACUUM")
    if later:
        sealed(catalog, path)
        run(path, "DELETE FROM t WHERE rowid = 3")
    receipt = rearm(catalog, path)
    assert (receipt.result or {})["missed"] == 0
    assert state(path) is State.ARMED
    assert found(path) == []
    assert verified(path).holds
    with open_read(path) as session:
        events = [each for each in tables.events(session) if each.kind in ("rearmed", "gap")]
        assert [each.kind for each in events] == ["rearmed"]
        assert (events[0].detail["renumbered"], events[0].detail["compared"]) == (True, not later)
        of = lineage(session, "t")
    assert [each.key_order for each in of.versions] == [(0,), None if later else (0,)]
    run(path, "UPDATE t SET b = 1 WHERE rowid = 3")
    assert verified(path).holds


def state_at(path: Path, seq: int) -> dict[object, object]:
    """What the table held after a change, as time travel tells it, and by a value that names the row."""
    with open_read(path) as session:
        table, now = read_schema(session).table("t"), Times(session).now()
        assert table is not None
        with table_as_of(session, table, replace(now, seq=seq), Context()) as then:
            source = then.source
            sql = f"SELECT {source.sql_of(source.column('a'))}, {source.sql_of(source.column('b'))} FROM {source.sql}"
            return dict(then.session.all(sql))


def lineage_of(path: Path) -> Lineage:
    with open_read(path) as session:
        return lineage(session, "t")


def held(path: Path) -> dict[object, object]:
    with open_read(path) as session:
        return dict(session.all("SELECT a, b FROM t"))


def test_a_table_that_was_renumbered_and_disarmed_goes_on_as_well(catalog: Catalog, path: Path) -> None:
    expected = held(path)
    with open_read(path) as session:
        last = tables.last_seq(session)
    changes_since(path)
    run(path, "VACUUM", "DROP TRIGGER _steward_audit_1_after_insert", "ALTER TABLE t ADD COLUMN more")
    rearm(catalog, path)
    assert state(path) is State.ARMED
    assert [len(each.numbers) for each in lineage_of(path).versions] == [0, 1]
    assert state_at(path, last) == expected


@pytest.mark.parametrize("times", [1, 2])
def test_history_goes_on_under_the_numbers_of_now(catalog: Catalog, path: Path, times: int) -> None:
    moments = [(0, held(path))]
    for round_ in range(times):
        changes_since(path) if round_ == 0 else run(
            path, "DELETE FROM t WHERE rowid % 5 = 0", "UPDATE t SET b = 'r'"
        )
        with open_read(path) as session:
            moments.append((tables.last_seq(session), held(path)))
        run(path, "VACUUM")
        rearm(catalog, path)
        run(path, "UPDATE t SET b = 'after' WHERE rowid IN (5, 1500)", "DELETE FROM t WHERE rowid = 6")
    for seq, expected in moments:
        assert state_at(path, seq) == expected
    assert verified(path).holds


def test_a_row_is_followed_across_its_numbers(catalog: Catalog, path: Path) -> None:
    run(path, "UPDATE t SET b = 'one' WHERE a = 'row 999'", "DELETE FROM t WHERE a = 'row 100'", "VACUUM")
    rearm(catalog, path)
    run(path, "UPDATE t SET b = 'two' WHERE a = 'row 999'")
    with open_read(path) as session:
        (number,) = session.one("SELECT rowid FROM t WHERE a = 'row 999'") or ()
        rows = RowChanges(session, lineage(session, "t"))
        told = [(change.cells["b"].new, key) for change, key in rows.backward((number,))]
        deleted = [row.values["a"] for row in RecycleBin(session).page("t").rows]
    assert told == [("two", (number,)), ("one", (number,))]
    assert deleted == ["row 100"]


def test_what_was_done_before_is_undone_under_the_numbers_of_now(catalog: Catalog, path: Path) -> None:
    before = held(path)
    changes_since(path)
    with open_read(path) as session:
        last = tables.last_seq(session)
    run(path, "VACUUM")
    rearm(catalog, path)
    run(path, "UPDATE t SET b = 'after' WHERE a = 'row 44'")
    first = min(seq for seq in range(1, last + 1) if (state_at(path, seq) != before))
    wanted = UndoRequest(path, database_id(catalog, path, Context()), Selection(ranges=((first, last),)))
    plan = plan_undo(catalog, wanted, Context())
    assert not plan.blocking, plan.blocking
    undo_changes(catalog, plan, Context(), Confirmation.of(plan))
    assert held(path) == before | {"row 44": "after"}
    assert verified(path).holds


def test_an_edited_list_of_numbers_is_named(catalog: Catalog, path: Path) -> None:
    run(path, "VACUUM")
    rearm(catalog, path)
    by_hand(path, "UPDATE _steward_audit_moved_3 SET now = -now WHERE before = 1999")
    (problem,) = verified(path).problems
    assert (
        problem.sentence
        == "The list of the numbers that rows of “t” had before VACUUM gave them others was edited."
    )


@given(st.sets(st.integers(-20, 60), min_size=1, max_size=40))
def test_the_numbers_are_a_permutation(numbers: set[int]) -> None:
    ordered = sorted(numbers)
    pairs = list(_pairs(ordered))
    now = dict(pairs)
    assert len(now) == len(pairs) == len(set(now.values()))
    assert set(now) == set(now.values())
    assert [now.get(number, number) for number in ordered] == list(range(1, len(ordered) + 1))


def test_nothing_is_said_where_no_number_changed(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    whole = a_database(tmp_path, "whole.db").with_table("t", "a", rows=[(n,) for n in range(300)]).build()
    install(catalog, whole)
    for each in (path, whole):
        run(each, "INSERT INTO t (a) VALUES ('new')", *(["VACUUM"] if each == whole else []))
        assert found(each) == []
        assert state(each) is State.ARMED
    run(path, "DELETE FROM t WHERE rowid = 2000")  # the one that is looked at
    assert state(path) is State.ARMED


def test_a_row_that_was_moved_by_hand_is_no_renumbering(path: Path) -> None:
    run(path, "DROP TRIGGER _steward_audit_1_after_update", "UPDATE t SET rowid = 3 WHERE rowid = 2000")
    assert found(path) == [("t", 3, "added"), ("t", 2000, "removed")]
    with open_read(path) as session, session.snapshot():
        assert renumbering(session, tables.tables(session)[0]) is None


def test_an_empty_table_and_one_whose_rows_are_all_gone(catalog: Catalog, tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a").with_table("u", "a", rows=[(1,), (2,)]).build()
    install(catalog, path)
    run(path, "DELETE FROM u", "VACUUM")
    assert found(path) == []
    run(path, "INSERT INTO u VALUES (5)", "INSERT INTO t VALUES (5)", "VACUUM")
    assert found(path) == []
