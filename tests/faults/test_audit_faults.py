"""Writing under audit broken at every step: rows and log always agree, and nothing of the audit is half installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.audited import Case, check
from builders.under_audit import armed, number_of_changes
from faults import auditing
from faults.harness import Bench, Trial, trials
from steward_app.db import open_write
from steward_app.db.attribution import left_behind
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.names import is_ours
from steward_app.services.audit.guard.armed import State

pytestmark = pytest.mark.faults


def whole(trial: Trial[Case]) -> None:
    """The file holds together, as the next program finds it."""
    assert trial.ended.how != "bug", trial.ended.message
    with open_write(trial.folder / auditing.LIVE) as session:
        assert integrity_check(session, Context()) == ()
        assert left_behind(session) is None


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])
@pytest.mark.parametrize("operation", ["others_write", "we_write"])
def test_rows_and_log_agree_whatever_breaks(
    tmp_path: Path, bench: Bench, every: bool, operation: str, wal: bool
) -> None:
    def prepare(folder: Path) -> Case:
        return auditing.build(folder, wal=wal, audited=True)

    name = f"{operation} under audit{', WAL' if wal else ''}"
    for trial in trials(bench, f"faults.auditing:{operation}", tmp_path, prepare, every=every, name=name):
        whole(trial)
        path = trial.folder / auditing.LIVE
        changes = check(trial.before)
        assert changes == number_of_changes(path)
        assert [each.state for each in armed(path)] == [State.ARMED]
        with open_write(path) as session:
            signed = list(tables.txns(session))
        assert len(signed) == (operation == "we_write" and changes > 0)
        assert all((txn.first_seq, txn.last_seq) == (1, changes) for txn in signed)
        if trial.ended.how == "finished":
            assert changes > 0


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])
def test_a_table_is_under_audit_wholly_or_not_at_all(
    tmp_path: Path, bench: Bench, every: bool, wal: bool
) -> None:
    def prepare(folder: Path) -> Case:
        return auditing.build(folder, wal=wal, audited=False)

    name = f"install an audit{', WAL' if wal else ''}"
    for trial in trials(bench, "faults.auditing:install", tmp_path, prepare, every=every, name=name):
        whole(trial)
        path = trial.folder / auditing.LIVE
        with open_write(path) as session:
            ours = [name for (name,) in session.all("SELECT name FROM sqlite_schema") if is_ours(str(name))]
            under_audit = tables.current(session, "t") is not None
        assert under_audit or trial.ended.how != "finished"
        core = ["_steward_audit_never", "_steward_audit_clock", "_steward_audit_txn", "_steward_audit_table"]
        assert under_audit or [name for name in ours if name not in (*core, "_steward_audit_event")] == []
        if under_audit:
            assert [each.state for each in armed(path)] == [State.ARMED]
        else:
            auditing.install(trial.folder, Context())
            assert [each.state for each in armed(path)] == [State.ARMED]
