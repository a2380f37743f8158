"""Restoring a file that is under audit: what becomes of the log, and what the plan says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from builders.erasing import Ledger
from builders.guarding import install, rearm, remove, verified
from builders.moments import Moments
from builders.under_audit import run, told
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.db.attribution import has_clock
from steward_app.kernel import clock
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup, restore
from steward_app.services.audit.engine import tables
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.remove import number_of_changes, objects
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.erasure import own_key
from steward_app.services.operation import Confirmation
from steward_app.services.restore import Extent
from steward_app.storage.secrets import open_secrets

Make = Callable[[Path], backup.Point]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [(n, f"Person number {n}") for n in range(1, 31)]
    return a_database(tmp_path).with_table("patient", "id INTEGER PRIMARY KEY, name", rows=rows).build()


def restored(
    catalog: Catalog, path: Path, point: backup.Point, to: Path | None = None
) -> tuple[Plan, Receipt]:
    plan = restore.plan_restore(catalog, path, point.id, Context(), to=to)
    return plan, restore.restore(catalog, plan, Context(), Confirmation.of(plan))


def says(plan: Plan, words: str) -> bool:
    return any(words in sentence for sentence in plan.sentences)


def changes(path: Path) -> int:
    with open_read(path) as session:
        return number_of_changes(session)


def test_in_place_the_log_goes_back_too_and_says_so(catalog: Catalog, path: Path, make: Make) -> None:
    install(catalog, path)
    run(path, "UPDATE patient SET name = 'before' WHERE id = 1")
    point = make(path)
    run(path, "UPDATE patient SET name = 'after' WHERE id = 1", "DELETE FROM patient WHERE id > 10")
    assert changes(path) == 22
    plan, receipt = restored(catalog, path, point)
    assert says(plan, "The audit goes back to what it was then, and its log with it.")
    assert changes(path) == 1
    with open_read(path) as session:
        *_, event = tables.events(session)
    assert (event.kind, event.detail["point"], event.detail["operation"]) == (
        "restored", point.id, receipt.operation_id
    )  # fmt: skip
    assert audit_status(path).state is State.ARMED
    assert verified(path).holds
    run(path, "DELETE FROM patient")
    assert changes(path) == 31
    assert verified(path).holds


def test_what_was_logged_since_is_in_the_point_that_was_made_first(
    catalog: Catalog, path: Path, make: Make
) -> None:
    install(catalog, path)
    point = make(path)
    run(path, "DELETE FROM patient WHERE id > 10")
    _, receipt = restored(catalog, path, point)
    before = backup.find_point(catalog, path, receipt.restore_point, Context())
    assert changes(before.path) == 20


def test_a_point_from_before_the_audit(catalog: Catalog, path: Path, make: Make) -> None:
    point = make(path)
    install(catalog, path)
    plan, _ = restored(catalog, path, point)
    assert says(plan, "was not when the point was made")
    assert not audit_status(path).audited


def test_a_new_file_has_the_audit_of_then(catalog: Catalog, path: Path, make: Make, tmp_path: Path) -> None:
    install(catalog, path)
    run(path, "DELETE FROM patient WHERE id = 1")
    to = tmp_path / "new.db"
    restored(catalog, path, make(path), to)
    assert audit_status(to).state is State.ARMED
    assert changes(to) == 1
    assert verified(to).holds


@pytest.mark.parametrize("in_place", [False, True])
def test_erased_people_do_not_come_back_in_the_log(
    catalog: Catalog, path: Path, make: Make, tmp_path: Path, in_place: bool
) -> None:
    install(catalog, path)
    run(path, "UPDATE patient SET name = 'Person number seven' WHERE id = 7")
    point = make(path)
    ledger = Ledger(catalog, point.database_id, own_key(open_secrets(), point.database_id))
    ledger.erase(path, "patient", "id = 7", at=clock.to_text(clock.now()))
    to = None if in_place else tmp_path / "new.db"
    plan, receipt = restored(catalog, path, point, to)
    assert says(plan, "It is not brought back") is in_place
    notes = (receipt.result or {})["erasure_notes"]
    assert any("The audit log of this state" in str(note) for note in notes)  # type: ignore[union-attr]
    new = to or path
    with open_read(new) as session:
        assert objects(session) == ()
        assert session.count("SELECT count(*) FROM patient") == 29
    assert b"number 7" not in new.read_bytes()
    assert b"number seven" not in new.read_bytes()
    assert run(new, "DELETE FROM patient") == []


def audited_moments(catalog: Catalog, folder: Path) -> Moments:
    builder = a_database(folder)
    builder.with_table("p", "id INTEGER PRIMARY KEY, name", rows=[(1, "Ada"), (2, "Ben")])
    builder.with_table("c", "id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE", rows=[(1, 1), (2, 2)])
    builder.with_sql("CREATE TRIGGER touch AFTER INSERT ON p BEGIN UPDATE c SET id = id; END")
    path = builder.build()
    install(catalog, path)
    return Moments.of(catalog, _Built(path))  # type: ignore[arg-type]


class _Built:
    """A builder of a file that is there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def build(self) -> Path:
        return self._path


def test_rows_that_come_back_are_logged(catalog: Catalog, tmp_path: Path) -> None:
    moments = audited_moments(catalog, tmp_path)
    moments.later("DELETE FROM p WHERE id = 1")
    request = moments.request("p", 1)
    plan = restore.plan_bring(catalog, request, Context())
    assert says(plan, "the audit log tells of it: “p”, “c”")
    assert not any("_steward_audit" in finding.title for finding in plan.findings)
    receipt = moments.bring(request)
    with open_read(moments.path) as session:
        p, c = tables.tables(session)
        *_, txn = tables.txns(session)
    assert [what for what, _, _ in told(moments.path, p)] == ["delete", "insert"]
    assert [what for what, _, _ in told(moments.path, c)] == ["delete", "insert"]
    assert (txn.operation_id, txn.reason) == (receipt.operation_id, plan.title)
    moments.undo(receipt)
    assert [what for what, _, _ in told(moments.path, p)] == ["delete", "insert", "delete"]
    assert audit_status(moments.path).state is State.ARMED
    assert verified(moments.path).holds


def test_a_table_that_comes_back_is_armed_again_when_asked(catalog: Catalog, tmp_path: Path) -> None:
    moments = audited_moments(catalog, tmp_path)
    moments.later("DROP TABLE c", enforced=False)
    moments.bring(moments.request("c", extent=Extent.CONTENT))
    assert audit_status(moments.path).state is State.DISARMED
    rearm(catalog, moments.path)
    assert audit_status(moments.path).state is State.ARMED
    assert verified(moments.path, full=False).holds


def test_a_table_comes_back_into_a_file_whose_audit_is_gone(catalog: Catalog, tmp_path: Path) -> None:
    moments = audited_moments(catalog, tmp_path)
    remove(catalog, moments.path, drop_log=True)
    moments.later("DROP TABLE c", enforced=False)
    moments.bring(moments.request("c", extent=Extent.CONTENT))
    with open_read(moments.path) as session:
        assert not has_clock(session)
        assert objects(session) == ()
    assert run(moments.path, "DELETE FROM c") == []
