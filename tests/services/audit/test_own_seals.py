"""Sealing by itself: after operations, in stretches, with what is in the way told and nothing else disturbed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.guarding import install, rearm, remove, verified
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from steward_app.catalog import Catalog, journal, lease, open_catalog, points
from steward_app.catalog.journal import Phase
from steward_app.db import open_read
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import afterwards, backup, restore
from steward_app.services.audit.guard import going_on, own_seals
from steward_app.services.audit.guard.own_seals import OwnSeal
from steward_app.services.audit.seals import chain, lookahead, receipt
from steward_app.services.audit.seals.proving import verify_with_receipts
from steward_app.services.audit.seals.seal_log import SealRequest, seal_log
from steward_app.services.audit.undo import Selection, UndoRequest, plan_undo, undo_changes
from steward_app.services.operation import Confirmation
from steward_app.services.restore.bring_model import BringRequest, Extent
from steward_app.storage.secrets import open_secrets


@pytest.fixture(params=[False, True], ids=["rollback", "WAL"])
def path(request: pytest.FixtureRequest, tmp_path: Path, catalog: Catalog) -> Path:
    """Two tables under audit, one without rowid, sealed."""
    builder = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note, fee", rows=[(n, "x", n) for n in range(1, 41)])
        .with_sql("CREATE TABLE room (house TEXT, no INT, beds INT, PRIMARY KEY (house, no)) WITHOUT ROWID")
        .with_rows("room", [("a", n, 2) for n in range(20)])
    )
    made = (builder.in_wal_mode() if request.param else builder).build()
    install(catalog, made)
    return made


def seal_new(catalog: Catalog, path: Path, context: Context | None = None) -> OwnSeal:
    return own_seals.seal_new(catalog, path, known(catalog, path).id, context or Context())


def unsealed(path: Path) -> int:
    with open_read(path) as session:
        return chain.unsealed(session)


def kept_seal(catalog: Catalog, path: Path) -> tuple[int, int]:
    """The seal whose receipt is kept outside, and the newest."""
    with open_read(path) as session:
        found, last = chain.Chain.read(session), chain.last_seal(session)
    assert found is not None and last is not None
    kept = receipt.kept(catalog.directory, found.log.hex(), known(catalog, path).id)
    return kept.n if kept else 0, last.n


def notes(catalog: Catalog, path: Path) -> list[journal.Event]:
    with catalog.reading() as session:
        found = journal.events(
            session, database_id=known(catalog, path).id, operation="audit.seal", phases=(Phase.NOTE,)
        )
    return list(reversed(found))


def undo_all(catalog: Catalog, path: Path) -> Receipt:
    request = UndoRequest(path, known(catalog, path).id, Selection(everything=True))
    plan = plan_undo(catalog, request, Context())
    return undo_changes(catalog, plan, Context(), Confirmation.of(plan))


def a_point(catalog: Catalog, path: Path) -> str:
    done = backup.create(catalog, backup.plan_create(catalog, path, Context()), Context())
    return str((done.result or {})["point"])


def test_an_operation_of_ours_is_sealed_and_its_receipt_kept(catalog: Catalog, path: Path) -> None:
    run(path, "UPDATE visit SET fee = 0 WHERE id < 5", "DELETE FROM room WHERE no = 3")
    done = undo_all(catalog, path)
    assert done.findings == ()
    assert unsealed(path) == 0
    kept, newest = kept_seal(catalog, path)
    assert kept == newest > 1
    assert verified(path).holds
    (note,) = notes(catalog, path)
    assert note.data["after"] == done.operation_id
    assert note.data["changes"] == 10


def test_a_file_restored_in_place_is_sealed_on(catalog: Catalog, path: Path) -> None:
    point = a_point(catalog, path)
    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    seal_new(catalog, path)
    plan = restore.plan_restore(catalog, path, point, Context())
    done = restore.restore(catalog, plan, Context(), Confirmation.of(plan))
    assert done.findings == ()
    assert unsealed(path) == 0
    kept, newest = kept_seal(catalog, path)
    assert kept == newest
    with open_read(path) as session, session.snapshot():
        assert verify_with_receipts(catalog, session, Context()).holds
    assert len(list((catalog.directory / "audit-receipts").glob("before-restore.*"))) == 1


def test_rows_brought_back_are_sealed(catalog: Catalog, path: Path) -> None:
    point = a_point(catalog, path)
    run(path, "DELETE FROM visit WHERE id < 5")
    with catalog.reading() as session:
        image = points.find(session, point).path
    request = BringRequest(path, known(catalog, path).id, image, "visit", Extent.MISSING, point=point)
    plan = restore.plan_bring(catalog, request, Context())
    restore.bring(catalog, plan, Context(), Confirmation.of(plan))
    assert unsealed(path) == 0
    assert verified(path).holds


def test_nothing_new_costs_nothing_and_is_not_journalled(catalog: Catalog, path: Path) -> None:
    for _ in range(3):
        assert seal_new(catalog, path) == OwnSeal()
    assert notes(catalog, path) == []
    before = path.read_bytes()
    seal_new(catalog, path)
    assert path.read_bytes() == before


def test_a_file_without_an_audit_is_left_alone(catalog: Catalog, tmp_path: Path) -> None:
    plain = a_database(tmp_path / "plain.db").with_table("t", "a", rows=[(1,)]).build()
    assert seal_new(catalog, plain) == OwnSeal()
    assert not going_on.standing(catalog, plain, known(catalog, plain).id, Context()).able


def test_turned_off_it_is_left_to_the_steward(catalog: Catalog, path: Path) -> None:
    database_id = known(catalog, path).id
    assert going_on.seals_by_itself(catalog, database_id)
    for _ in range(2):
        going_on.choose(catalog, database_id, on=False)
    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    assert seal_new(catalog, path) == OwnSeal(left=4)
    found = going_on.standing(catalog, path, database_id, Context())
    assert (found.on, found.able, found.unsealed) == (False, False, 4)
    seal_log(catalog, SealRequest(path, database_id), Context())
    assert unsealed(path) == 0
    kept, newest = kept_seal(catalog, path)
    assert kept == newest
    going_on.choose(catalog, database_id, on=True)
    run(path, "UPDATE visit SET fee = 1 WHERE id < 5")
    assert seal_new(catalog, path) == OwnSeal(4, 1)
    with catalog.reading() as session:
        told = journal.events(session, database_id=database_id, operation=going_on.CHOICE)
    assert [event.data["on"] for event in told] == [True, False]


def test_in_stretches_the_log_holds_and_each_is_short(
    catalog: Catalog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookahead.look_ahead, "__kwdefaults__", {"size": 16})
    for n in range(30):
        run(
            path,
            f"UPDATE visit SET fee = fee + {n} WHERE id % 3 = {n % 3}",
            f"UPDATE room SET no = no + 100 WHERE no % 7 = {n % 7}",
            f"REPLACE INTO visit VALUES ({n + 1}, 'again', {n})",
            f"DELETE FROM visit WHERE id = {n + 2}",
        )
    changes = unsealed(path)
    done = seal_new(catalog, path)
    assert (done.changes, done.left, done.findings) == (changes, 0, ())
    assert done.seals >= changes // 16
    result = verified(path)
    assert result.holds and not result.notes
    assert len(notes(catalog, path)) == 1
    kept, newest = kept_seal(catalog, path)
    assert kept == newest


def test_rows_changed_behind_the_log_are_told_in_stretches_too(
    catalog: Catalog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookahead.look_ahead, "__kwdefaults__", {"size": 8})
    by_hand(path, "UPDATE visit SET fee = -1 WHERE id IN (3, 30)")
    run(path, "UPDATE visit SET note = 'y'")
    done = seal_new(catalog, path)
    (found,) = done.findings
    assert found.code == "audit_gap" and found.count == 2
    assert found.title == "2 rows of “visit” were changed behind the log's back"
    assert done.left == 0
    assert verified(path).holds


def test_others_write_between_looking_and_sealing(
    catalog: Catalog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookahead.look_ahead, "__kwdefaults__", {"size": 8})
    run(path, "UPDATE visit SET note = 'y'")
    turns = iter(range(100))

    class Busy(Context):
        def report(self, *args: object, **more: object) -> None:
            turn = next(turns)
            run(path, f"UPDATE visit SET fee = {turn}, note = 'z' WHERE id % 5 = {turn % 5}")

    done = seal_new(catalog, path, Busy())
    assert done.findings == ()
    assert done.left == 0
    assert verified(path).holds


def test_a_file_that_another_program_locks_is_left_for_the_next_time(catalog: Catalog, path: Path) -> None:
    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    for _ in range(2):
        assert seal_new(catalog, path) == OwnSeal(left=4)
    other.execute("ROLLBACK")
    other.close()
    assert notes(catalog, path) == []
    assert seal_new(catalog, path) == OwnSeal(4, 1)


def test_locked_right_after_the_commit_the_operation_stands(
    catalog: Catalog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = apsw.Connection(str(path))

    def lock(*_: object) -> tuple[Finding, ...]:
        other.execute("BEGIN IMMEDIATE")
        return ()

    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    monkeypatch.setattr(afterwards, "PARTICIPANTS", (lock, *afterwards.PARTICIPANTS))
    done = undo_all(catalog, path)
    other.execute("ROLLBACK")
    other.close()
    assert done.findings == ()
    assert unsealed(path) == 8
    assert seal_new(catalog, path) == OwnSeal(8, 1)


def test_locked_between_two_stretches_the_rest_is_left(
    catalog: Catalog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookahead.look_ahead, "__kwdefaults__", {"size": 8})
    run(path, "UPDATE visit SET note = 'y'")
    other = apsw.Connection(str(path))

    class Locked(Context):
        def report(self, *args: object, **more: object) -> None:
            if more.get("note") == own_seals.SEALING and not other.in_transaction:
                other.execute("BEGIN IMMEDIATE")

    assert seal_new(catalog, path, Locked()) == OwnSeal(8, 1, 32)
    other.execute("ROLLBACK")
    other.close()
    assert seal_new(catalog, path).left == 0
    assert verified(path).holds


def test_a_fault_in_what_follows_does_not_call_the_operation_failed(
    catalog: Catalog,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: Callable[[str], None],
) -> None:
    expect_log("what follows operation op_.* failed with builtins.ZeroDivisionError")

    def fail(*_: object) -> tuple[Finding, ...]:
        raise ZeroDivisionError

    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    monkeypatch.setattr(afterwards, "PARTICIPANTS", (fail, *afterwards.PARTICIPANTS))
    assert [found.code for found in undo_all(catalog, path).findings] == ["fault_afterwards"]
    assert unsealed(path) == 0


def test_where_receipts_cannot_be_read_it_is_left_and_done_the_next_time(
    catalog: Catalog, path: Path
) -> None:
    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    receipts = catalog.directory / "audit-receipts"
    receipts.rename(receipts.with_name("elsewhere"))
    receipts.write_text("in the way")
    done = undo_all(catalog, path)
    assert [found.code for found in done.findings] == ["audit_not_sealed"]
    assert unsealed(path) == 8
    receipts.unlink()
    receipts.with_name("elsewhere").rename(receipts)
    assert seal_new(catalog, path) == OwnSeal(8, 1)
    kept, newest = kept_seal(catalog, path)
    assert kept == newest


def test_a_receipt_that_was_edited_stops_it(catalog: Catalog, path: Path) -> None:
    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    (kept,) = (catalog.directory / "audit-receipts").iterdir()
    kept.write_bytes(kept.read_bytes().replace(b"clinic", b"claric"))
    assert [found.code for found in seal_new(catalog, path).findings] == ["audit_receipt_does_not_fit"]
    assert unsealed(path) == 4


def test_while_another_operation_works_it_waits_for_the_next_time(catalog: Catalog, path: Path) -> None:
    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    database_id = known(catalog, path).id
    with catalog.unit() as unit:
        held = lease.take(unit, database_id, "op_test", "restore.file")
        unit.commit()
    assert seal_new(catalog, path) == OwnSeal(left=4)
    with catalog.unit() as unit:
        lease.release(unit, held)
        unit.commit()
    lease.over(held)
    assert seal_new(catalog, path) == OwnSeal(4, 1)


def test_an_operation_waits_for_a_seal_that_is_being_made(catalog: Catalog, path: Path) -> None:
    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    database_id = known(catalog, path).id
    with catalog.unit() as unit:
        held = lease.take(unit, database_id, "op_test", lease.BRIEF)
        unit.commit()

    def over() -> None:
        with catalog.unit() as unit:
            lease.release(unit, held)
            unit.commit()
        lease.over(held)

    timer = threading.Timer(0.2, over)
    timer.start()
    done = undo_all(catalog, path)
    timer.join()
    assert done.findings == ()
    assert unsealed(path) == 0


def test_without_the_keys_the_operation_stands_and_the_note_says_so_once(
    catalog: Catalog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    (catalog.directory / "secrets.key").chmod(0o644)
    open_secrets.__globals__["_key_file_secrets"].cache_clear()
    done = undo_all(catalog, path)
    (found,) = done.findings
    assert found.code == "audit_not_sealed"
    assert found.title == "8 changes of “clinic.db” are not protected by a seal yet"
    assert seal_new(catalog, path).left == 8
    assert len(notes(catalog, path)) == 1
    (catalog.directory / "secrets.key").chmod(0o600)
    assert seal_new(catalog, path) == OwnSeal(8, 1)
    assert verified(path).holds


def test_another_computer_does_not_go_on_with_the_chain_unasked(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    with open_catalog(tmp_path / "elsewhere") as other:
        database_id = known(other, path).id
        done = own_seals.seal_new(other, path, database_id, Context())
        (found,) = done.findings
        assert (done.left, found.code) == (4, "audit_other_key")
        assert not (tmp_path / "elsewhere" / "secrets.key").exists()
        assert going_on.standing(other, path, database_id, Context()).able is False
        seal_log(other, SealRequest(path, database_id), Context())
        run(path, "UPDATE visit SET fee = 1 WHERE id < 5")
        assert own_seals.seal_new(other, path, database_id, Context()) == OwnSeal(4, 1)
    run(path, "UPDATE visit SET fee = 2 WHERE id < 5")
    assert seal_new(catalog, path) == OwnSeal(4, 1)
    assert len(verified(path).keys) == 2


def test_a_log_without_its_seals_is_not_sealed_anew(catalog: Catalog, path: Path) -> None:
    by_hand(path, "DELETE FROM _steward_audit_seal")
    done = seal_new(catalog, path)
    assert [found.code for found in done.findings] == ["audit_no_seal"]


def test_a_file_put_back_to_an_older_state_is_not_sealed_on(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    source, older = apsw.Connection(str(path)), apsw.Connection(str(tmp_path / "older.db"))
    with older.backup("main", source, "main") as copying:
        copying.step()
    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    seal_new(catalog, path)
    with source.backup("main", older, "main") as copying:
        copying.step()
    source.close()
    older.close()
    run(path, "UPDATE visit SET fee = 0 WHERE id < 5")
    done = seal_new(catalog, path)
    assert [found.code for found in done.findings] == ["audit_receipt_does_not_fit"]
    assert done.left == 4
    seal_log(catalog, SealRequest(path, known(catalog, path).id), Context())  # the steward says so
    assert seal_new(catalog, path) == OwnSeal()
    with open_read(path) as session, session.snapshot():
        told = verify_with_receipts(catalog, session, Context())
    assert not told.holds  # and stays so: nobody said that the file was restored


def test_a_context_left_behind_is_no_obstacle(catalog: Catalog, path: Path) -> None:
    run(
        path,
        "INSERT INTO _steward_audit_txn (actor) VALUES ('forgetful')",
        "UPDATE _steward_audit_clock SET txn = last_insert_rowid(), guard = 1",
        "UPDATE visit SET fee = 0 WHERE id < 5",
        foreign_keys=0,
    )
    by_hand(path, "UPDATE visit SET fee = -1 WHERE id = 2")
    done = seal_new(catalog, path)
    assert done.left == 0
    assert [found.code for found in done.findings] == ["audit_gap"]


def test_cancelled_what_was_sealed_stays_and_nothing_is_half_done(
    catalog: Catalog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookahead.look_ahead, "__kwdefaults__", {"size": 8})
    run(path, "UPDATE visit SET note = 'y'")

    class Stopped(Context):
        def report(self, *args: object, **more: object) -> None:
            if more.get("note") == own_seals.SEALING:
                self.cancel()

    with pytest.raises(Cancelled):
        seal_new(catalog, path, Stopped())
    assert unsealed(path) == 32
    assert len(notes(catalog, path)) == 1
    with catalog.reading() as session:
        assert session.count("SELECT count(*) FROM leases") == 0
    assert seal_new(catalog, path).left == 0
    assert verified(path).holds


def test_arming_again_and_removing_leave_nothing_unsealed(catalog: Catalog, path: Path) -> None:
    run(path, "ALTER TABLE visit ADD COLUMN more", "UPDATE visit SET fee = 0 WHERE id < 5")
    assert rearm(catalog, path).findings == ()
    assert unsealed(path) == 0
    assert remove(catalog, path).findings == ()
    assert unsealed(path) == 0
    assert remove(catalog, path, drop_log=True).findings == ()
    assert verified(path).seals == 0
