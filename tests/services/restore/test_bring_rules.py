"""What bringing rows back promises: undo over nothing, stale plans, triggers, erased people, odd schemas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from builders.erasing import Ledger
from builders.moments import Moments
from steward_app.catalog import Catalog, journal
from steward_app.db import open_read, open_write, quote
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.plan import Reversal
from steward_app.kernel.progress import Context, Progress
from steward_app.services import erasure, operation, restore
from steward_app.services.operation import Confirmation
from steward_app.services.restore import Answer, Choice, ConflictKind, Extent, kept
from steward_app.services.schema.introspect import read_schema
from steward_app.storage.secrets import open_secrets

HOSTILE = 'a"b\n{k}{bring}; DROP TABLE x --\u202e'
OLD = Choice(ConflictKind.DIFFERS, Answer.OLD)


@pytest.fixture
def moments(catalog: Catalog, tmp_path: Path) -> Moments:
    return Moments.of(
        catalog,
        a_database(tmp_path)
        .with_table("p", "id INTEGER PRIMARY KEY, name, mail", rows=[(1, "Ada", "a@x"), (2, "Ben", "b@x")])
        .with_table("c", "id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE", rows=[(1, 1), (2, 2)]),
    )


def test_what_changed_since_is_not_undone_over(moments: Moments) -> None:
    moments.later("DELETE FROM p WHERE id = 1")
    receipt = moments.bring(moments.request("p", 1))
    moments.later("UPDATE p SET name = 'Eve' WHERE id = 1")
    operations = restore.undoable(moments.catalog)
    _, plan = operation.plan_undo(moments.catalog, receipt.undo, operations, Context())
    assert [finding.code for finding in plan.blocking] == ["changed_since"]
    with pytest.raises(Refused) as refused:
        moments.undo(receipt)
    assert refused.value.code is ErrorCode.BLOCKED
    moments.later("UPDATE p SET name = 'Ada' WHERE id = 1")
    moments.undo(receipt)
    assert moments.rows("SELECT count(*) FROM p") == [(1,)]


def test_new_children_keep_a_row_that_an_undo_would_remove(moments: Moments) -> None:
    moments.later("DELETE FROM p WHERE id = 1")
    receipt = moments.bring(moments.request("p", 1))
    moments.later("INSERT INTO c VALUES (9, 1)")
    _, plan = operation.plan_undo(moments.catalog, receipt.undo, restore.undoable(moments.catalog), Context())
    assert [(finding.code, finding.count) for finding in plan.blocking] == [("pointed_to", 1)]


def test_rows_that_had_no_parent_before_have_none_again(moments: Moments) -> None:
    """A steward brings a parent back for rows that point to nothing, sees it was a mistake, and undoes that."""
    orphans = "INSERT INTO c VALUES (8, 1), (9, 1), (10, 2)"
    moments.later("DELETE FROM c", "DELETE FROM p WHERE id = 1", orphans, enforced=False)
    before = moments.state()
    receipt = moments.bring(moments.request("p", 1, children=False))
    moments.undo(receipt)
    assert moments.state() == before
    assert moments.orphans() == 2


def test_a_child_that_came_since_blocks_beside_those_that_had_no_parent(moments: Moments) -> None:
    moments.later(
        "DELETE FROM c", "DELETE FROM p WHERE id = 1", "INSERT INTO c VALUES (8, 1)", enforced=False
    )
    receipt = moments.bring(moments.request("p", 1, children=False))
    moments.later("INSERT INTO c VALUES (9, 1)")
    _, plan = operation.plan_undo(moments.catalog, receipt.undo, restore.undoable(moments.catalog), Context())
    assert [(finding.code, finding.count) for finding in plan.blocking] == [("pointed_to", 1)]


def test_rows_gone_and_places_taken_since_block_an_undo(moments: Moments) -> None:
    moments.later("INSERT INTO p VALUES (3, 'Cleo', 'c@x')")
    request = moments.request("p", extent=Extent.CONTENT, children=False)
    receipt = moments.bring(request)
    moments.later("INSERT INTO p VALUES (3, 'Dora', 'd@x')")
    _, plan = operation.plan_undo(moments.catalog, receipt.undo, restore.undoable(moments.catalog), Context())
    assert [finding.code for finding in plan.blocking] == ["place_taken"]


def test_what_is_kept_goes_with_the_undo_and_after_its_time(moments: Moments) -> None:
    moments.later("DELETE FROM p WHERE id = 1")
    receipt = moments.bring(moments.request("p", 1))
    count = f"SELECT count(*) FROM {kept.LINES}"
    assert moments.rows(count) == [(2,)]
    moments.later(f"UPDATE {kept.LINES} SET at = '2020-01-01T00:00:00.000Z'")
    moments.later("DELETE FROM p WHERE id = 2")
    moments.bring(moments.request("p", 2))
    with pytest.raises(Refused, match="not known any more"):
        moments.undo(receipt)
    assert moments.rows(f"SELECT count(*) FROM {kept.CELLS}") == [(2,)]


def test_neither_journal_nor_plan_holds_a_value(moments: Moments) -> None:
    moments.later("UPDATE p SET mail = 'new@x'")
    plan = restore.plan_bring(moments.catalog, moments.request("p", 1, choices=(OLD,)), Context())
    moments.undo(restore.bring(moments.catalog, plan, Context(), Confirmation.of(plan)))
    with moments.catalog.reading() as session:
        told = "".join(event.details for event in journal.events(session))
    assert "@x" not in told + repr(plan)
    assert "Ada" not in told + repr(plan)


def test_a_plan_is_stale_when_what_it_rests_on_changed(moments: Moments) -> None:
    moments.later("UPDATE p SET name = 'Eve' WHERE id = 1")
    plan = restore.plan_bring(moments.catalog, moments.request("p", 1, choices=(OLD,)), Context())
    moments.later("UPDATE p SET name = 'Fay' WHERE id = 1")
    with pytest.raises(Refused) as refused:
        restore.bring(moments.catalog, plan, Context(), Confirmation.of(plan))
    assert refused.value.code is ErrorCode.STALE_PLAN
    assert moments.rows("SELECT name FROM p WHERE id = 1") == [("Fay",)]


def test_our_own_tables_make_no_plan_stale(moments: Moments) -> None:
    moments.later("DELETE FROM p WHERE id = 1", "DELETE FROM c WHERE id = 2")
    requests = moments.request("p", 1, children=False), moments.request("c", 2)
    for plan in [restore.plan_bring(moments.catalog, request, Context()) for request in requests]:
        restore.bring(moments.catalog, plan, Context(), Confirmation.of(plan))
    assert moments.rows("SELECT count(*) FROM p") == [(2,)]


def test_a_rehearsal_tells_what_differs_and_changes_nothing(moments: Moments) -> None:
    moments.later("DELETE FROM p WHERE id = 1", "UPDATE p SET name = 'Eve'")
    before = moments.state()
    plan = restore.plan_bring(moments.catalog, moments.request("p", 1, 2, choices=(OLD,)), Context())
    rehearsal = restore.rehearse_bring(moments.catalog, plan, Context())
    assert rehearsal.passed, rehearsal.checks
    assert {c.table: (c.inserted, c.updated) for c in rehearsal.changes} == {"p": (1, 1), "c": (1, 0)}
    assert moments.state() == before


def test_a_cancel_leaves_everything_as_it_was(moments: Moments) -> None:
    moments.later("DELETE FROM p WHERE id = 1")
    before = moments.state()
    plan = restore.plan_bring(moments.catalog, moments.request("p", 1), Context())

    def stop(progress: Progress) -> None:
        if progress.unit == "tables" and progress.note == "c":
            context.cancel()

    context = Context(stop)
    with pytest.raises(Cancelled):
        restore.bring(moments.catalog, plan, context, Confirmation.of(plan))
    assert moments.state() == before


def logged(catalog: Catalog, folder: Path) -> Moments:
    builder = a_database(folder).with_table("p", "id INTEGER PRIMARY KEY, n", rows=[(1, 1)])
    builder.with_table("log", "what").with_sql(
        "CREATE TRIGGER told AFTER INSERT ON p BEGIN INSERT INTO log VALUES ('in'); END"
    )
    return Moments.of(catalog, builder).later("DELETE FROM p")


def test_triggers_do_not_run_and_the_plan_says_so(catalog: Catalog, tmp_path: Path) -> None:
    moments = logged(catalog, tmp_path)
    plan = restore.plan_bring(catalog, moments.request("p", 1), Context())
    assert [finding.code for finding in plan.findings] == ["triggers_bypassed"]
    assert any("the journal does" in sentence for sentence in plan.sentences)
    restore.bring(catalog, plan, Context(), Confirmation.of(plan))
    assert moments.rows("SELECT count(*) FROM log") == [(0,)]


def test_triggers_run_where_they_shall_and_a_point_undoes_it(catalog: Catalog, tmp_path: Path) -> None:
    moments = logged(catalog, tmp_path)
    plan = restore.plan_bring(catalog, moments.request("p", 1, triggers=True), Context())
    assert plan.reversal is Reversal.RESTORE_POINT
    assert [finding.code for finding in plan.findings] == ["triggers_run"]
    receipt = restore.bring(catalog, plan, Context(), Confirmation.of(plan))
    assert (receipt.undo, bool(receipt.restore_point)) == ("", True)
    assert moments.rows("SELECT what FROM log") == [("in",)]


def test_a_constraint_that_would_replace_another_row_does_not(catalog: Catalog, tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_table(
        "t", "id INTEGER PRIMARY KEY, u UNIQUE ON CONFLICT REPLACE", rows=[(1, "a"), (2, "b")]
    )
    moments = Moments.of(catalog, builder).later("DELETE FROM t WHERE id = 1", "UPDATE t SET u = 'a'")
    plan = restore.plan_bring(catalog, moments.request("t", 1), Context())
    assert [finding.code for finding in plan.blocking] == ["restore_unique_clash"]


def test_a_clash_nobody_foresaw_rolls_everything_back(catalog: Catalog, tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, u", rows=[(1, "a"), (2, "b")])
    builder.with_sql("CREATE UNIQUE INDEX once ON t (lower(u))")
    moments = Moments.of(catalog, builder).later("DELETE FROM t WHERE id = 1", "UPDATE t SET u = 'A'")
    before = moments.state()
    with pytest.raises(Failure) as failed:
        moments.bring(moments.request("t", 1))
    assert failed.value.code is ErrorCode.CONSTRAINT
    assert moments.state() == before


def test_hostile_names(catalog: Catalog, tmp_path: Path) -> None:
    table, child = HOSTILE, "steward_bring_0"
    builder = (
        a_database(tmp_path)
        .with_table(table, f"{quote(HOSTILE)} INTEGER PRIMARY KEY, row_id, k0, o, m", rows=[(1, 2, 3, 4, 5)])
        .with_table(
            child, f"id INTEGER PRIMARY KEY, n0 REFERENCES {quote(table)} ON DELETE CASCADE", rows=[(1, 1)]
        )
    )
    moments = Moments.of(catalog, builder).later(f"DELETE FROM {quote(table)}")
    before = moments.state()
    receipt = moments.bring(moments.request(table, 1))
    assert moments.rows(f"SELECT * FROM {quote(table)}") == [(1, 2, 3, 4, 5)]
    assert moments.rows(f"SELECT * FROM {child}") == [(1, 1)]
    moments.undo(receipt)
    assert moments.state() == before


def test_a_name_of_ours_that_is_anothers_is_left_alone(moments: Moments) -> None:
    moments.later(f"CREATE TABLE {kept.LINES} (theirs)", "DELETE FROM p WHERE id = 1")
    with pytest.raises(Refused, match="did not make"):
        moments.bring(moments.request("p", 1))


def erase(moments: Moments, key: int) -> None:
    """As erasing a person does: the ledger first, then the row."""
    secrets = open_secrets(moments.catalog.directory)
    own = erasure.own_key(secrets, moments.database_id)
    with open_read(moments.path) as session:
        schema = read_schema(session)
        table = schema.table("p")
        assert table is not None
        account = erasure.Erasure(moments.database_id, f"op_erase_{key}")
        entries = list(erasure.mark(session, table, account, own, where_sql="id = ?", bindings=(key,)))
    with moments.catalog.unit() as unit:
        erasure.record(unit, entries)
        unit.commit()
    moments.later(f"DELETE FROM p WHERE id = {key}")
    with moments.catalog.unit() as unit:
        erasure.confirm(unit, f"op_erase_{key}", clock.to_text(clock.now()))
        unit.commit()


def test_erased_people_stay_out_with_all_that_is_theirs(moments: Moments) -> None:
    erase(moments, 1)
    moments.later("DELETE FROM p WHERE id = 2")
    request = moments.request("p", 1, 2)
    plan = restore.plan_bring(moments.catalog, request, Context())
    (found,) = plan.findings
    assert (found.code, found.count, found.blocks) == ("restore_erased_leave_out", 1, False)
    receipt = moments.bring(request)
    assert "Erased rows brought back: 0" in [check.title for check in receipt.checks]
    assert moments.rows("SELECT p FROM c") == [(2,)]
    assert moments.rows("SELECT id FROM p") == [(2,)]


def test_columns_that_were_erased_stay_so_and_the_plan_and_the_receipt_say_it(moments: Moments) -> None:
    key = erasure.own_key(open_secrets(), moments.database_id)
    ledger = Ledger(moments.catalog, moments.database_id, key)
    ledger.erase(moments.path, "p", "id = 1", changes={"mail": None}, at=clock.to_text(clock.now()))
    moments.later("DELETE FROM p WHERE id = 2")
    request = moments.request("p", 1, 2, choices=(OLD,), children=False)
    told = restore.plan_bring(moments.catalog, request, Context()).sentences
    assert "1 row has columns that were erased since: they stay as the erasure left them." in told
    receipt = moments.bring(request)
    assert moments.rows("SELECT name, mail FROM p ORDER BY id") == [("Ada", None), ("Ben", "b@x")]
    checks = {check.title: check.detail for check in receipt.checks}
    assert (
        "Every row that came back holds what it held then, but for columns that were erased since" in checks
    )
    assert checks["Erased rows brought back: 0"] == "1 row without what was erased in columns"


def test_an_undo_brings_nobody_back_who_was_erased(moments: Moments) -> None:
    moments.later("INSERT INTO p VALUES (3, 'Cleo', 'c@x')")
    receipt = moments.bring(moments.request("p", extent=Extent.CONTENT, children=False))
    moments.later("INSERT INTO p VALUES (3, 'Cleo', 'c@x')")
    erase(moments, 3)
    before = moments.state()
    with pytest.raises(Refused, match="erased since"):
        moments.undo(receipt)
    assert moments.state() == before


def test_a_saved_plan_cannot_name_another_file_as_the_point(moments: Moments, tmp_path: Path) -> None:
    moments.later("DELETE FROM p WHERE id = 1")
    plan = restore.plan_bring(moments.catalog, moments.request("p", 1), Context())
    edited = replace(plan, request={**plan.request, "point": "pt_none"})
    with pytest.raises(UsageError, match="point"):
        restore.bring(moments.catalog, edited, Context(), Confirmation.of(plan))
    with open_write(moments.path) as session:
        assert session.count("SELECT count(*) FROM p") == 1
