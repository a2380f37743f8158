"""The pipeline: all of it, verified and journalled, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders.operations import AddVisits, RemoveVisits, Request, WriteList, yes
from builders.under_audit import put_under_audit
from steward_app import db
from steward_app.catalog import Catalog, chain, journal, lease, stamp
from steward_app.catalog.journal import Event
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused, StewardError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Fingerprint, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.services import operation
from steward_app.services.audit.engine import log, tables
from steward_app.services.operation import Confirmation, Scope, pipeline


def visits(path: Path) -> int:
    with db.open_read(path) as session:
        return session.count("SELECT count(*) FROM visit")


def story(catalog: Catalog) -> list[tuple[str, str]]:
    """What the journal tells, oldest first; its chain holds and no lease is left."""
    with catalog.reading() as session:
        assert chain.verify(session).holds
        assert session.count("SELECT count(*) FROM leases") == 0
        return [(event.operation, event.phase.value) for event in reversed(journal.events(session))]


def newest(catalog: Catalog) -> Event:
    with catalog.reading() as session:
        return journal.events(session, limit=1)[0]


def refused(what: operation.Operation[Any], plan: Plan, catalog: Catalog, **more: Any) -> StewardError:
    with pytest.raises(StewardError) as error:
        operation.run(what, plan, catalog, Context(), **more)
    return error.value


def test_a_change_is_applied_verified_stamped_and_journalled(catalog: Catalog, asked: Request) -> None:
    adds = AddVisits()
    plan = adds.plan(asked, Context())
    receipt = operation.run(adds, plan, catalog, Context())

    assert visits(asked.path) == 5
    assert receipt.sentence == "Added 2 visits"
    assert receipt.tables == ("visit",)
    assert [check.passed for check in receipt.checks] == [True, True]
    assert receipt.undo == receipt.operation_id
    assert receipt.result == {"last": 2}
    assert story(catalog) == [("test.add", "started"), ("test.add", "finished")]
    with db.open_read(asked.path) as session:
        assert stamp.has(session, receipt.operation_id)
        assert stamp.database_id(session) == asked.database_id
    with catalog.reading() as session:
        told = journal.record(session, receipt.operation_id)
    assert told is not None
    assert told.started.plan_id == plan.id
    assert told.started.data["request"] == {"count": 2, "to": str(asked.to)}
    assert told.ended is not None
    assert told.ended.data["sentence"] == "Added 2 visits"
    assert "added 0" not in told.started.details + told.ended.details


def test_the_audit_of_the_file_is_told_who_and_why(catalog: Catalog, asked: Request) -> None:
    put_under_audit(asked.path, "visit")
    adds = AddVisits()
    plan = adds.plan(asked, Context())
    receipt = operation.run(adds, plan, catalog, Context(), undoes="op_before")
    with db.open_read(asked.path) as session:
        (audited,) = tables.tables(session)
        (txn,) = tables.txns(session)
        assert [change.txn for change in log.changes(session, audited)] == [txn.txn, txn.txn]
    assert (txn.operation_id, txn.undo_of, txn.reason) == (receipt.operation_id, "op_before", plan.title)
    assert (txn.first_seq, txn.last_seq) == (1, 2)
    assert txn.actor
    refused(AddVisits(wrong_by=1), adds.plan(asked, Context()), catalog)
    with db.open_read(asked.path) as session:
        assert len(list(tables.txns(session))) == 1


def test_what_differs_from_the_plan_is_rolled_back(catalog: Catalog, asked: Request) -> None:
    adds = AddVisits(wrong_by=1)
    error = refused(adds, adds.plan(asked, Context()), catalog)
    assert error.code is ErrorCode.VERIFY_FAILED
    assert "planned 5, found 6" in error.message
    assert "rolled back" in error.hint
    assert visits(asked.path) == 3
    assert story(catalog) == [("test.add", "started"), ("test.add", "failed")]
    assert newest(catalog).data["error"] == "verify_failed"
    with db.open_read(asked.path) as session:
        assert stamp.database_id(session) == ""


def test_our_own_bug_rolls_back_and_its_message_stays_out_of_the_journal(
    catalog: Catalog, asked: Request
) -> None:
    def break_down() -> None:
        raise KeyError("Ada Winter, born 1961")

    adds = AddVisits(during=break_down)
    with pytest.raises(KeyError):
        operation.run(adds, adds.plan(asked, Context()), catalog, Context())
    assert visits(asked.path) == 3
    assert newest(catalog).data == {"error": "KeyError", "restore_point": ""}
    assert story(catalog)[-1] == ("test.add", "failed")


def test_a_cancel_changes_nothing(catalog: Catalog, asked: Request) -> None:
    context = Context()
    adds = AddVisits(during=context.cancel)
    with pytest.raises(Cancelled):
        operation.run(adds, adds.plan(asked, Context()), catalog, context)
    assert visits(asked.path) == 3
    assert story(catalog) == [("test.add", "started"), ("test.add", "cancelled")]


def test_a_plan_is_stale_when_another_program_changed_what_it_rests_on(
    catalog: Catalog, asked: Request
) -> None:
    plan = AddVisits().plan(asked, Context())
    with db.open_write(asked.path) as session, session.transaction():
        session.run("DELETE FROM visit WHERE id = 1")
    error = refused(AddVisits(), plan, catalog)
    assert (error.code, error.exit_code) == (ErrorCode.STALE_PLAN, 3)
    assert "data was changed" in error.message

    plan = AddVisits().plan(asked, Context())
    with db.open_write(asked.path) as session, session.transaction():
        session.run("CREATE INDEX visit_note ON visit (note)")
    assert "schema was changed" in refused(AddVisits(), plan, catalog).message
    assert visits(asked.path) == 2
    assert story(catalog) == [("test.add", "started"), ("test.add", "failed")] * 2


def test_on_a_held_connection_any_commit_makes_a_plan_stale(catalog: Catalog, asked: Request) -> None:
    with db.open_read(asked.path) as held:
        rests_on = operation.fingerprint.take(held)
        plan = replace(AddVisits().plan(asked, Context()), fingerprint=rests_on)
        with db.open_write(asked.path) as session, session.transaction():
            session.run("UPDATE visit SET note = 'other' WHERE id = 1")
        assert refused(AddVisits(), plan, catalog, held=held).code is ErrorCode.STALE_PLAN
        plan = replace(plan, fingerprint=operation.fingerprint.take(held))
        operation.run(AddVisits(), plan, catalog, Context(), held=held)
    assert visits(asked.path) == 5


def test_the_conditions_of_a_plan_can_only_read(catalog: Catalog, asked: Request) -> None:
    plan = AddVisits().plan(asked, Context())
    for sql in (
        "DELETE FROM visit",
        "PRAGMA user_version = 5",
        "ATTACH 'x.db' AS x",
        "SELECT 1; DELETE FROM visit",
    ):
        condition = operation.fingerprint.Condition(sql, None)
        edited = replace(plan, fingerprint=replace(plan.fingerprint, conditions=(condition,)))
        refused(AddVisits(), edited, catalog)
    assert visits(asked.path) == 3


BLOCKS = Finding("x", Severity.ERROR, "The table is locked for ever", Subject("table", "visit"), blocks=True)


@pytest.mark.parametrize(
    ("changed", "confirmation", "code"),
    [
        ({"findings": (BLOCKS,)}, Confirmation(given=True), ErrorCode.BLOCKED),
        ({}, Confirmation(given=True, read_only=True), ErrorCode.READ_ONLY),
        ({"needs_confirmation": True}, Confirmation(), ErrorCode.NEEDS_CONFIRMATION),
        ({"reversal": Reversal.RESTORE_POINT}, Confirmation(), ErrorCode.NEEDS_CONFIRMATION),
        ({"reversal": Reversal.NONE}, Confirmation(given=True), ErrorCode.NEEDS_CONFIRMATION),
        ({"reversal": Reversal.NONE}, Confirmation(given=True, typed="clinic"), ErrorCode.NEEDS_CONFIRMATION),
        ({"type_to_confirm": "visit"}, Confirmation(given=True, typed="Visit"), ErrorCode.NEEDS_CONFIRMATION),
        ({"reversal": Reversal.RESTORE_POINT}, Confirmation(given=True), ErrorCode.BLOCKED),
        ({"disk_bytes": 1 << 62}, Confirmation(), ErrorCode.DISK_FULL),
    ],
)
def test_friction_is_enforced_whatever_the_plan_says_of_itself(
    catalog: Catalog, asked: Request, changed: dict[str, Any], confirmation: Confirmation, code: ErrorCode
) -> None:
    plan = replace(AddVisits().plan(asked, Context()), **changed)
    assert refused(AddVisits(), plan, catalog, confirmation=confirmation).code is code
    assert visits(asked.path) == 3
    assert story(catalog) == []


def test_a_plan_is_carried_out_by_the_operation_that_made_it(catalog: Catalog, asked: Request) -> None:
    with pytest.raises(ValueError, match=r"test\.add was given to test\.remove"):
        operation.run(RemoveVisits(), AddVisits().plan(asked, Context()), catalog, Context())


def test_a_plan_is_for_the_file_it_was_made_of(catalog: Catalog, asked: Request) -> None:
    plan = AddVisits().plan(asked, Context())
    other = asked.path.with_name("other.db")
    other.write_bytes(asked.path.read_bytes())
    other.replace(asked.path)
    assert refused(AddVisits(), plan, catalog).code is ErrorCode.FILE_REPLACED
    assert story(catalog) == []


def test_what_no_inverse_undoes_has_a_restore_point_taken_first(catalog: Catalog, asked: Request) -> None:
    seen: list[str] = []

    def take_point(scope: Scope, plan: Plan, context: Context) -> str:
        seen.append(scope.operation_id)
        listed = replace(WriteList().plan(asked, Context()), title="the point")
        context.finishing()
        made = operation.run(WriteList(), listed, catalog, Context(), within=scope)
        assert visits(scope.path) == 3
        return made.operation_id

    plan = replace(AddVisits().plan(asked, Context()), reversal=Reversal.NONE)
    receipt = operation.run(
        AddVisits(), plan, catalog, Context(), confirmation=yes(plan), take_point=take_point
    )
    assert seen == [receipt.operation_id]
    assert receipt.restore_point
    assert receipt.undo == ""
    assert newest(catalog).data["restore_point"] == receipt.restore_point
    assert story(catalog) == [
        ("test.add", "started"),
        ("test.list", "started"),
        ("test.list", "finished"),
        ("test.add", "finished"),
    ]


def test_without_its_restore_point_nothing_is_done(catalog: Catalog, asked: Request) -> None:
    def take_point(scope: Scope, plan: Plan, context: Context) -> str:
        raise Failure(ErrorCode.DISK_FULL, "The disk is full.")

    plan = replace(AddVisits().plan(asked, Context()), reversal=Reversal.RESTORE_POINT)
    error = refused(AddVisits(), plan, catalog, confirmation=yes(plan), take_point=take_point)
    assert error.code is ErrorCode.DISK_FULL
    assert visits(asked.path) == 3
    assert story(catalog)[-1] == ("test.add", "failed")


def test_what_exists_to_destroy_has_no_restore_point_that_would_keep_it(
    catalog: Catalog, asked: Request
) -> None:
    class Destroys(AddVisits):
        destroys = True

    plan = replace(AddVisits().plan(asked, Context()), reversal=Reversal.NONE)
    assert refused(Destroys(), plan, catalog).code is ErrorCode.NEEDS_CONFIRMATION
    receipt = operation.run(Destroys(), plan, catalog, Context(), confirmation=yes(plan))
    assert receipt.restore_point == ""
    assert visits(asked.path) == 5


def test_one_operation_at_a_time(catalog: Catalog, asked: Request) -> None:
    def while_it_runs() -> None:
        error = refused(RemoveVisits(), RemoveVisits().plan(asked, Context()), catalog)
        assert error.code is ErrorCode.BUSY_ELSEWHERE
        assert "test.add" in error.message

    adds = AddVisits(during=while_it_runs)
    operation.run(adds, adds.plan(asked, Context()), catalog, Context())
    assert visits(asked.path) == 5
    assert story(catalog) == [("test.add", "started"), ("test.add", "finished")]


def test_an_operation_that_was_taken_for_dead_does_not_commit(catalog: Catalog, asked: Request) -> None:
    def lose_the_lease() -> None:
        with catalog.unit() as unit:
            unit.session.run("UPDATE leases SET operation_id = 'op_other', machine = 'elsewhere'")
            unit.commit()

    adds = AddVisits(during=lose_the_lease)
    assert refused(adds, adds.plan(asked, Context()), catalog).code is ErrorCode.BUSY_ELSEWHERE
    assert visits(asked.path) == 3
    with catalog.reading() as session:
        held = lease.holder(session, asked.database_id)
    assert held is not None
    assert held.operation_id == "op_other"


def test_a_file_that_fails_its_check_is_taken_back(catalog: Catalog, asked: Request) -> None:
    assert asked.to is not None
    lists = WriteList()
    assert operation.run(lists, lists.plan(asked, Context()), catalog, Context()).result == {
        "file": str(asked.to)
    }
    assert asked.to.read_text() == "3"

    wrong = WriteList(passes=False)
    assert refused(wrong, wrong.plan(asked, Context()), catalog).code is ErrorCode.VERIFY_FAILED
    assert not asked.to.exists()
    assert [phase for _, phase in story(catalog)] == ["started", "finished", "started", "failed"]


def test_what_was_not_begun_is_not_taken_back(catalog: Catalog, asked: Request) -> None:
    assert asked.to is not None
    asked.to.write_text("somebody else's")
    stale = replace(WriteList().plan(asked, Context()), fingerprint=Fingerprint("00"))
    assert refused(WriteList(), stale, catalog).code is ErrorCode.STALE_PLAN
    assert asked.to.read_text() == "somebody else's"


def test_what_could_not_be_taken_back_stays_open_until_it_is_settled(
    catalog: Catalog, asked: Request, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    def stuck(*_: object) -> None:
        raise Failure(ErrorCode.IO_ERROR, "The disk reported an error.")

    expect_log("could not be withdrawn: io_error")
    wrong = WriteList(passes=False)
    with monkeypatch.context() as patch:
        patch.setattr(WriteList, "withdraw", stuck)
        assert refused(wrong, wrong.plan(asked, Context()), catalog).code is ErrorCode.VERIFY_FAILED
    assert story(catalog) == [("test.list", "started")]
    (settled,) = operation.settle(catalog, asked.database_id, asked.path, [WriteList()])
    assert settled.data["happened"] is True


def test_a_disk_that_fails_during_commit_leaves_the_question_to_the_next_start(
    catalog: Catalog, asked: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = db.WriteSession.transaction

    @contextmanager
    def failing(self: db.WriteSession, context: Context | None = None) -> Iterator[None]:
        with real(self, context):
            yield
        if context is not None:
            raise Failure(ErrorCode.IO_ERROR, "The disk reported an error.")

    with monkeypatch.context() as patch:
        patch.setattr(db.WriteSession, "transaction", failing)
        assert refused(AddVisits(), AddVisits().plan(asked, Context()), catalog).code is ErrorCode.IO_ERROR
    assert story(catalog) == [("test.add", "started")]
    (settled,) = operation.settle(catalog, asked.database_id, asked.path)
    assert settled.data["happened"] is (visits(asked.path) == 5) is True


def test_when_the_journal_cannot_be_told_the_receipt_says_so(
    catalog: Catalog, asked: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Failure(ErrorCode.DISK_FULL, "The disk that holds “catalog.sqlite” is full.")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "append_end", full)
        error = refused(AddVisits(), AddVisits().plan(asked, Context()), catalog)
    assert error.message.startswith("Added 2 visits. The journal could not be told")
    assert visits(asked.path) == 5
    (settled,) = operation.settle(catalog, asked.database_id, asked.path)
    assert settled.data["happened"] is True
    assert story(catalog) == [("test.add", "started"), ("test.add", "settled")]


def test_plans_and_events_are_json(catalog: Catalog, asked: Request) -> None:
    operation.run(AddVisits(), AddVisits().plan(asked, Context()), catalog, Context())
    with catalog.reading() as session:
        lines = list(chain.export_lines(session))
    assert [json.loads(line)["phase"] for line in lines] == ["started", "finished"]


def test_refusals_tell_that_nothing_changed(catalog: Catalog, asked: Request) -> None:
    plan = replace(AddVisits().plan(asked, Context()), needs_confirmation=True)
    error = refused(AddVisits(), plan, catalog)
    assert isinstance(error, Refused)
    assert error.hint == "Nothing was changed."
