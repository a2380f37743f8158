"""Retention: old changes leave for an archive that verifies, and the log verifies without them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.guarding import install, verified
from builders.histories import table_of
from builders.operations import known
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.kernel import clock
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.plan import Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import restore
from steward_app.services.audit.engine import tables
from steward_app.services.audit.erasing.erase import EraseRequest, erase, plan_erase
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.audit.leaving.prune_log import (
    PruneRequest,
    plan_prune_log,
    prune_log,
    rehearse_prune_log,
)
from steward_app.services.audit.leaving.retention import keep_days, set_keep_days
from steward_app.services.audit.past.as_of import table_as_of
from steward_app.services.audit.past.as_of_row import RowsAsOf
from steward_app.services.audit.past.history import Asked, History
from steward_app.services.audit.past.moments import Times
from steward_app.services.audit.seals import chain, receipt
from steward_app.services.audit.seals.seal_log import SealRequest, seal_log
from steward_app.services.operation import Confirmation
from steward_app.services.rows import Grid

DAY = timedelta(days=1)


@pytest.fixture(params=["rollback", "wal"])
def path(
    tmp_path: Path, catalog: Catalog, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Changes sealed 500, 450 and 0 days ago."""
    builder = a_database(tmp_path, "clinic.db").with_table(
        "person", "id INTEGER PRIMARY KEY, name TEXT", rows=[(n, "as it was") for n in range(1, 6)]
    )
    path = (builder.in_wal_mode() if request.param == "wal" else builder).build()
    for text, ago in (("", 510), ("oldest", 500), ("older", 450), ("new", 0)):
        moment = clock.now() - ago * DAY
        monkeypatch.setattr(tables, "microseconds", lambda moment=moment: _microseconds(moment))
        if not text:
            install(catalog, path)
            continue
        run(path, f"UPDATE person SET name = '{text}' WHERE id <= 2")
        seal_log(catalog, SealRequest(path, known(catalog, path).id), Context())
    monkeypatch.undo()
    return path


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


def planned(catalog: Catalog, path: Path, to: Path, days: int = 400) -> Plan:
    return plan_prune_log(catalog, PruneRequest(path, known(catalog, path).id, to, days * DAY), Context())


def pruned(catalog: Catalog, path: Path, to: Path, days: int = 400) -> Receipt:
    plan = planned(catalog, path, to, days)
    return prune_log(catalog, plan, Context(), Confirmation.of(plan))


def test_old_changes_leave_for_an_archive(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    archive = tmp_path / "2026.db"
    done = pruned(catalog, path, archive)
    assert done.result is not None
    assert done.result["left"] == ""
    assert done.restore_point
    for each in (path, archive):
        found = verified(each)
        assert found.holds, found.problems
    assert any("2026.db" in note and str(done.result["blake3"]) in note for note in verified(path).notes)
    assert b"oldest" not in path.read_bytes() + _beside(path)
    with open_read(path) as session:
        assert len(list(History(session).entries(Asked("person", (1,))))) == 1
        times = Times(session)
        rows = RowsAsOf(session, "person")
        assert rows.row((1,), times.now()).values["name"] == "new"
    with open_read(archive) as session:
        texts = [each.change.cells["name"].new for each in History(session).entries(Asked("person", (1,)))]
        assert texts == ["older", "oldest"]
    point = restore.plan_restore(catalog, path, done.restore_point, Context())
    restore.restore(catalog, point, Context(), Confirmation.of(point))
    assert b"oldest" in path.read_bytes() + _beside(path)


def test_time_travel_goes_on_after_the_cut(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    with open_read(path) as session:
        before = Times(session).now()
    run(path, "UPDATE person SET name = 'newest'", "DELETE FROM person WHERE id = 5")
    pruned(catalog, path, tmp_path / "old.db")
    with open_read(path) as session:
        rows = RowsAsOf(session, "person")
        told = [rows.row((key,), before).values["name"] for key in (1, 2, 3, 5)]
        assert told == ["new", "new", "as it was", "as it was"]


def test_before_the_end_of_what_left_no_state_is_told(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    pruned(catalog, path, tmp_path / "old.db")
    with open_read(path) as session:
        times, person = Times(session), table_of(session, "person")
        for ago in (520, 505, 470, 451):
            moment = times.moment(clock.now() - ago * DAY)
            with pytest.raises(Refused, match="at that time has left for an archive"):
                RowsAsOf(session, "person").row((1,), moment)
            with pytest.raises(Refused, match="at that time has left"), table_as_of(session, person, moment):
                pass
        moment = times.moment(clock.now() - 449 * DAY)
        with table_as_of(session, person, moment) as then, then.at_one_moment():
            assert not then.kept.before_log
            found = Grid(session, then.source).first_page().rows
            assert [row[1] for row in found] == ["older"] * 2 + ["as it was"] * 3
    ran = steward("audit", "as-of", path, "person", "--time", "2020-01-01")
    assert ran.code == 3
    assert "has left for an archive" in ran.err


def test_a_plan_tells_what_leaves(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    plan = planned(catalog, path, tmp_path / "old.db")
    told = " ".join(plan.sentences)
    assert plan.reversal is Reversal.RESTORE_POINT
    assert "changes leave the log for “old.db”" in told
    assert "reach back to change" in told
    rehearsal = rehearse_prune_log(catalog, plan, Context())
    assert rehearsal.passed, rehearsal.checks
    assert not (tmp_path / "old.db").exists()
    with pytest.raises(Refused, match="600 days"):
        planned(catalog, path, tmp_path / "old.db", 600)
    (tmp_path / "there.db").write_bytes(b"something else")
    with pytest.raises(Refused, match="exists already"):
        planned(catalog, path, tmp_path / "there.db")
    with pytest.raises(Refused, match="not there"):
        planned(catalog, path, tmp_path / "nowhere" / "old.db")
    pruned(catalog, path, tmp_path / "old.db")
    with pytest.raises(Refused):
        prune_log(catalog, plan, Context(), Confirmation.of(plan))


def test_what_was_erased_since_leaves_with_the_rest(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    """The event that tells of the erasure is younger than the changes, and stays in the log."""
    plan = plan_erase(catalog, EraseRequest(path, known(catalog, path).id, "person", (1,)), Context())
    erase(catalog, plan, Context(), Confirmation.of(plan))
    pruned(catalog, path, tmp_path / "old.db")
    for each in (path, tmp_path / "old.db"):
        found = verified(each)
        assert found.holds, found.problems


def test_values_are_erased_in_an_archive_as_in_a_log(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    archive = tmp_path / "old.db"
    pruned(catalog, path, archive)
    with open_read(path) as session:
        log = chain.Chain.read(session)
    assert log is not None
    before = receipt.kept(catalog.directory, log.log.hex(), known(catalog, path).id)
    assert b"oldest" in archive.read_bytes()
    plan = plan_erase(catalog, EraseRequest(archive, known(catalog, archive).id, "person", (1,)), Context())
    erase(catalog, plan, Context(), Confirmation.of(plan))
    plan = plan_erase(catalog, EraseRequest(archive, known(catalog, archive).id, "person", (2,)), Context())
    erase(catalog, plan, Context(), Confirmation.of(plan))
    assert b"oldest" not in archive.read_bytes()
    found = verified(archive)
    assert found.holds, found.problems
    assert receipt.kept(catalog.directory, log.log.hex(), known(catalog, path).id) == before


def test_a_changed_archive_of_a_broken_run_is_left_alone(
    catalog: Catalog, path: Path, tmp_path: Path
) -> None:
    from builders.sealed import by_hand

    by_hand(path, "UPDATE _steward_audit_log_1 SET n1 = 'forged' WHERE n1 = 'oldest'")
    with pytest.raises(Exception, match="not what was sealed"):
        pruned(catalog, path, tmp_path / "old.db")
    assert not list(tmp_path.glob("*old.db*"))


def test_the_period_is_kept_in_the_policy_and_status_says_what_is_due(catalog: Catalog, path: Path) -> None:
    assert (audit_status(path).keep_days, audit_status(path).due) == (None, 0)
    set_keep_days(path, 400)
    assert keep_days(path) == 400
    found = audit_status(path)
    assert found.keep_days == 400
    assert found.due > 4
    set_keep_days(path, 600)
    assert audit_status(path).due == 0
    set_keep_days(path, None)
    assert keep_days(path) is None
    set_keep_days(path, None)
    policy_path(path).write_text("version: 1\naudit:\n  keep_days: 0\n")
    with pytest.raises(UsageError, match="keep_days"):
        keep_days(path)


def _beside(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.parent.glob(path.name + "-*"))
