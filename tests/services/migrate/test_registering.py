"""Registering forms of tables as an operation: planned, journalled, settled after a crash, and taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from builders import a_database
from steward_app.catalog import Catalog, schema_versions
from steward_app.db import open_write
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.plan import Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import restore, undo
from steward_app.services.migrate import registering
from steward_app.services.migrate.unregistering import Unregister, UnregisterRequest
from steward_app.services.operation import pipeline


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_table("visit", "id INTEGER PRIMARY KEY, day TEXT")
        .with_table("room", "name TEXT")
        .build()
    )


def planned(catalog: Catalog, clinic: Path, *tables: str) -> Plan:
    return registering.plan_registering(catalog, clinic, tables, Context())


def registered(catalog: Catalog, clinic: Path, *tables: str) -> Receipt:
    return registering.register(catalog, planned(catalog, clinic, *tables), Context())


def kept(catalog: Catalog, plan: Plan) -> list[tuple[str, int]]:
    with catalog.reading() as session:
        return [(each.table, each.number) for each in schema_versions.every(session, plan.database_id)]


def change(clinic: Path, sql: str) -> None:
    with open_write(clinic) as session:
        session.run(sql)


def test_the_plan_says_which_versions_there_will_be(catalog: Catalog, clinic: Path) -> None:
    registered(catalog, clinic, "room")
    plan = planned(catalog, clinic)
    assert plan.title == "Register the form of 1 table of “clinic.db”"
    assert plan.sentences[:2] == ("“visit” gets version 1.", "1 table has the form of the newest version.")
    assert plan.reversal is Reversal.INVERSE
    assert kept(catalog, plan) == [("room", 1)]


def test_nothing_to_register_is_refused(catalog: Catalog, clinic: Path) -> None:
    registered(catalog, clinic)
    with pytest.raises(Refused, match="has the form of its newest version"):
        planned(catalog, clinic)


def test_it_is_undone_and_done_again(catalog: Catalog, clinic: Path) -> None:
    plan = planned(catalog, clinic)
    done = registering.register(catalog, plan, Context())
    assert kept(catalog, plan) == [("room", 1), ("visit", 1)]
    receipt = undo.undo(catalog, done.undo, Context())
    assert receipt.sentence == "Took the form of 2 tables out of the registry"
    assert kept(catalog, plan) == []
    registered(catalog, clinic)
    assert kept(catalog, plan) == [("room", 1), ("visit", 1)]


def test_what_was_followed_by_a_later_version_stays(catalog: Catalog, clinic: Path) -> None:
    first = registered(catalog, clinic)
    change(clinic, "ALTER TABLE room ADD COLUMN floor INT")
    second = registered(catalog, clinic)
    with pytest.raises(Refused, match="Version 1 of “room” was followed by a later one") as refused:
        undo.undo(catalog, first.undo, Context())
    assert refused.value.hint == "Nothing was changed. Take the later one out first."
    undo.undo(catalog, second.undo, Context())
    undo.undo(catalog, first.undo, Context())
    with pytest.raises(Refused):
        undo.undo(catalog, first.undo, Context())


def test_a_version_that_was_registered_anew_is_not_taken_for_the_one_before(
    catalog: Catalog, clinic: Path
) -> None:
    plan = planned(catalog, clinic)
    first = registering.register(catalog, plan, Context())
    back = registering.Register(catalog)
    undo.undo(catalog, first.undo, Context())
    registered(catalog, clinic)
    request = UnregisterRequest(clinic, plan.database_id, {"visit": 1}, str(plan.request["at"]))
    with pytest.raises(Refused, match="is not there any more"):
        Unregister(back.catalog).plan(request, Context())


@pytest.mark.parametrize("sql", ["ALTER TABLE room ADD COLUMN floor INT", "CREATE TABLE bed (x)"])
def test_a_plan_for_another_schema_is_stale(catalog: Catalog, clinic: Path, sql: str) -> None:
    plan = planned(catalog, clinic)
    change(clinic, sql)
    with pytest.raises(Refused) as refused:
        registering.register(catalog, plan, Context())
    assert refused.value.code is ErrorCode.STALE_PLAN
    assert kept(catalog, plan) == []


def test_a_plan_that_was_overtaken_is_stale_and_takes_nothing_away(catalog: Catalog, clinic: Path) -> None:
    plan = planned(catalog, clinic)
    registered(catalog, clinic)
    with pytest.raises(Refused) as refused:
        registering.register(catalog, plan, Context())
    assert refused.value.code is ErrorCode.STALE_PLAN
    assert kept(catalog, plan) == [("room", 1), ("visit", 1)]


@pytest.mark.parametrize(
    ("where", "happened"), [("apply", False), ("verify", True)], ids=["before", "behind it"]
)
def test_what_a_crash_left_is_settled(
    catalog: Catalog, clinic: Path, monkeypatch: pytest.MonkeyPatch, where: str, happened: bool
) -> None:
    def killed(*_: Any) -> Any:
        raise Killed

    plan = planned(catalog, clinic)
    with monkeypatch.context() as patched:
        patched.setattr(registering.Register, where, killed)
        patched.setattr(pipeline, "_withdrawn", lambda *_: False)
        patched.setattr(pipeline, "_end_badly", lambda *_, **__: None)
        with pytest.raises(Killed):
            registering.register(catalog, plan, Context())
    [told] = restore.settle(catalog, clinic, Context())
    assert ("The versions are kept." in told) is happened
    assert bool(kept(catalog, plan)) is happened


def test_a_check_that_fails_withdraws_it(
    catalog: Catalog, clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> Any:
        raise KeyboardInterrupt

    plan = planned(catalog, clinic)
    monkeypatch.setattr(registering.Register, "verify", stopped)
    with pytest.raises(KeyboardInterrupt):
        registering.register(catalog, plan, Context())
    assert kept(catalog, plan) == []
