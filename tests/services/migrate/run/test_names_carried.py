"""The policy follows the names that migrations give, programs among them, however the series ends."""

from __future__ import annotations

from typing import Any

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read, open_write
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services import restore
from steward_app.services.migrate import history
from steward_app.services.migrate.run import point_back, series, service
from steward_app.services.operation import Confirmation, Operation, pipeline, settle
from steward_app.services.operation import run as run_operation

POLICY = "version: 1\ntables:\n  patient:\n    columns:\n      name:\n        comment: as written  # ours\n"
PROGRAM = """
def migrate(session):
    session.run("ALTER TABLE patient RENAME TO person")
    for _ in session.execute("ALTER TABLE person RENAME name TO called"):
        pass
    try:
        session.run("ALTER TABLE visit RENAME TO person")
    except Exception:
        pass
    session.run("UPDATE person SET phone = '7'")
"""


class Killed(BaseException):
    """The process is gone."""


def killed(*_: object) -> str:
    raise Killed


def said(clinic: Migrating) -> str:
    return policy_path(clinic.path).read_text()


@pytest.fixture(autouse=True)
def policy(clinic: Migrating) -> None:
    policy_path(clinic.path).write_text(POLICY)


def test_the_policy_follows_a_program_and_comes_back_with_the_restore_point(clinic: Migrating) -> None:
    clinic.write("V0001__r.py", PROGRAM)
    receipt = clinic.apply()
    assert "the policy follows 2 new names" in receipt.sentence
    assert "person:" in said(clinic) and "called:" in said(clinic)
    [row] = clinic.history()
    assert row.renames == (("", "patient", "person"), ("patient", "name", "called"))
    (clinic.folder / "V0001__r.py").unlink()

    clinic.undo()

    assert said(clinic) == POLICY


def test_a_rehearsal_takes_what_a_program_renamed_for_the_same_table(
    clinic: Migrating, catalog: Catalog
) -> None:
    clinic.write("V0001__r.py", PROGRAM)
    result = service.rehearse_fully(catalog, clinic.plan(), Context())
    assert result.report is not None
    table = next(each for each in result.report.changed_tables if each.name == "person")
    assert (table.was, table.name, table.lost, table.added) == ("patient", "person", 0, 0)


def test_orphans_there_were_do_not_stop_a_program_that_renames_their_table(clinic: Migrating) -> None:
    clinic.sql("INSERT INTO visit VALUES (9, 99, 'orphan')")
    clinic.write("V0001__r.py", "def migrate(s):\n    s.run('ALTER TABLE visit RENAME TO encounter')\n")
    clinic.apply()
    assert "encounter" in clinic.objects()


def test_asked_to_stop_while_the_last_one_is_kept_it_is_done(
    clinic: Migrating, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.write("V0001__r.sql", "ALTER TABLE patient RENAME TO person;")
    context, plan = _cancelled_after(monkeypatch, "V0001__r.sql"), clinic.plan()

    receipt = service.apply(clinic.catalog, plan, context, Confirmation.of(plan), unrehearsed="a test")

    assert receipt.result == {"files": ["V0001__r.sql"]}
    assert "person:" in said(clinic)


def test_asked_to_stop_while_one_is_kept_it_says_so(
    clinic: Migrating, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.write("V0001__r.sql", "ALTER TABLE patient RENAME TO person;")
    clinic.write("V0002__a.sql", "CREATE TABLE a (x);")
    context, plan = _cancelled_after(monkeypatch, "V0001__r.sql"), clinic.plan()

    with pytest.raises(Cancelled, match=r"“V0001__r\.sql” had been applied and stay"):
        service.apply(clinic.catalog, plan, context, Confirmation.of(plan), unrehearsed="a test")

    assert [row.file for row in clinic.history()] == ["V0001__r.sql"]
    assert "person:" in said(clinic)


def test_one_that_is_kept_while_the_journal_cannot_be_told_is_said_to_be_kept(
    clinic: Migrating, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.write("V0001__r.sql", "ALTER TABLE patient RENAME TO person;")

    ends = pipeline._end_well

    def full(operation: Operation[Any], *args: Any, **named: Any) -> None:
        if operation.name == "migrate.step":
            raise Failure(ErrorCode.DISK_FULL, "It was applied. The disk is full.", hint="It is kept.")
        ends(operation, *args, **named)

    monkeypatch.setattr(pipeline, "_end_well", full)
    with pytest.raises(Failure) as failed:
        clinic.apply()

    assert failed.value.hint == "“V0001__r.sql” was applied and stays. It is kept."
    assert "person:" in said(clinic)


def test_what_a_crash_left_is_carried_when_it_is_settled(
    clinic: Migrating, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.write("V0001__r.sql", "ALTER TABLE patient RENAME TO person;")

    with monkeypatch.context() as patched:
        patched.setattr(series, "follow", killed)
        patched.setattr(pipeline, "_end_badly", lambda *_, **__: None)
        with pytest.raises(Killed):
            clinic.apply()
    assert said(clinic) == POLICY

    known = clinic.wanted().database_id
    settled = settle(catalog, known, clinic.path, service.settled_by())

    assert [each.data["happened"] for each in settled] == [True]
    assert "the policy follows 1 new name" in str(settled[0].data["note"])
    assert "person:" in said(clinic)
    assert settle(catalog, known, clinic.path, service.settled_by()) == ()


def test_what_a_crash_left_of_a_restore_that_takes_back_is_carried_too(
    clinic: Migrating, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.write("V0001__r.sql", "ALTER TABLE patient RENAME TO person;")
    clinic.write(
        "V0002__r.sql", "ALTER TABLE person RENAME TO human; ALTER TABLE human RENAME name TO called;"
    )
    clinic.apply()
    assert "human:" in said(clinic)

    with monkeypatch.context() as patched:
        patched.setattr(point_back, "follow", killed)
        patched.setattr(pipeline, "_withdrawn", lambda *_: False)
        patched.setattr(pipeline, "_end_badly", lambda *_, **__: None)
        with pytest.raises(Killed):
            clinic.undo()
    assert "human:" in said(clinic) and "patient" in clinic.objects()

    told = restore.settle(catalog, clinic.path, Context())

    assert "; the policy follows 2 new names; the policy follows 1 new name." in told[0]
    assert said(clinic) == POLICY


def test_a_history_that_was_begun_before_it_told_of_renames_goes_on(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.apply()
    with open_write(clinic.path) as session, session.transaction():
        session.run(f"ALTER TABLE {history.TABLE} DROP COLUMN renames")
    clinic.write("V0002__r.sql", "ALTER TABLE patient RENAME TO person;")

    clinic.apply()

    with open_read(clinic.path) as reader:
        assert [row.renames for row in history.read(reader)] == [(), (("", "patient", "person"),)]


def _cancelled_after(monkeypatch: pytest.MonkeyPatch, file: str) -> Context:
    """A context that somebody cancels when this file was kept, before anybody is told."""
    context = Context()

    def ran(*args: object, **named: object) -> object:
        receipt = run_operation(*args, **named)  # type: ignore[arg-type]
        if receipt.result == {"file": file}:
            context.cancel()
        return receipt

    monkeypatch.setattr(series, "run", ran)
    return context
