"""Undo by the opposite operation, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders.operations import AddVisits, RemoveVisits, Request, WriteList, yes
from steward_app import db
from steward_app.catalog import Catalog, journal
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Reversal
from steward_app.kernel.progress import Context
from steward_app.services import operation

ALL = (AddVisits(), RemoveVisits(), WriteList())


def add(catalog: Catalog, asked: Request) -> str:
    return operation.run(AddVisits(), AddVisits().plan(asked, Context()), catalog, Context()).undo


def test_the_inverse_is_planned_verified_and_journalled(catalog: Catalog, asked: Request) -> None:
    done = add(catalog, asked)
    receipt = operation.undo(catalog, done, ALL, Context())
    assert receipt.operation == "test.remove"
    with db.open_read(asked.path) as session:
        assert session.count("SELECT count(*) FROM visit") == 3
    with catalog.reading() as session:
        told = journal.record(session, receipt.operation_id)
        assert journal.undone_by(session, done) == receipt.operation_id
    assert told is not None
    assert told.started.data["undoes"] == done


def test_nothing_is_undone_twice(catalog: Catalog, asked: Request) -> None:
    done = add(catalog, asked)
    first = operation.undo(catalog, done, ALL, Context())
    with pytest.raises(Refused, match=first.operation_id):
        operation.undo(catalog, done, ALL, Context())


def test_an_undo_that_failed_may_be_tried_again(catalog: Catalog, asked: Request) -> None:
    done = add(catalog, asked)
    context = Context()
    _, plan = operation.plan_undo(catalog, done, ALL, context)
    with pytest.raises(Refused):
        operation.run(
            RemoveVisits(),
            replace(plan, fingerprint=replace(plan.fingerprint, schema_hash="00")),
            catalog,
            context,
            undoes=done,
        )
    operation.undo(catalog, done, ALL, context)


def test_what_has_no_inverse_names_the_restore_point(catalog: Catalog, asked: Request) -> None:
    plan = replace(RemoveVisits().plan(asked, Context()), reversal=Reversal.RESTORE_POINT)
    receipt = operation.run(
        RemoveVisits(),
        plan,
        catalog,
        Context(),
        confirmation=yes(plan),
        take_point=lambda *_: "pt_before",
    )
    with pytest.raises(Refused) as refused:
        operation.undo(catalog, receipt.operation_id, ALL, Context())
    assert refused.value.code is ErrorCode.NOT_ALLOWED
    assert "pt_before" in refused.value.hint


def test_what_did_not_happen_is_not_undone(catalog: Catalog, asked: Request) -> None:
    wrong = AddVisits(wrong_by=1)
    with pytest.raises(Exception, match="planned"):
        operation.run(wrong, wrong.plan(asked, Context()), catalog, Context())
    with catalog.reading() as session:
        failed = journal.events(session, limit=1)[0].operation_id
    with pytest.raises(Refused, match="did not finish"):
        operation.undo(catalog, failed, ALL, Context())
    with pytest.raises(UsageError, match="op_none"):
        operation.undo(catalog, "op_none", ALL, Context())
