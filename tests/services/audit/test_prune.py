"""Sealed changes that leave for an archive: both halves verify, and nothing can be slipped into the hole."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.sealed import an_audited_file, by_hand, put_under_audit, sealed, writing
from steward_app.db import open_read
from steward_app.kernel.errors import Failure, UsageError
from steward_app.services.audit.erasing.redact import redact
from steward_app.services.audit.leaving.prune import Archive, archive, prune, segment_before
from steward_app.services.audit.seals import chain
from steward_app.services.audit.seals.verdict import ProblemKind, Verdict
from steward_app.services.audit.seals.verify import verify
from steward_app.storage.secrets import open_secrets


def verdict(path: Path, *, full: bool = True) -> Verdict:
    with open_read(path) as session, session.snapshot():
        return verify(session, full=full)


def change(path: Path, text: str) -> None:
    with writing(path) as session:
        session.run("UPDATE person SET name = ? WHERE id <= 3", (text,))
        session.run("INSERT INTO place VALUES (?, CAST(x'c3ff' AS TEXT), 1)", (text,))
    sealed(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = an_audited_file(tmp_path)
    for text in ("oldest", "older", "newer", "newest"):
        change(path, text)
    return path


def moment_of(path: Path, n: int) -> int:
    with open_read(path) as session:
        return next(seal.sealed_us for seal in chain.seals(session) if seal.n == n)


def leave(path: Path, before_seal: int, target: Path) -> Archive:
    """All that was sealed before a seal leaves."""
    before = moment_of(path, before_seal)
    with open_read(path) as session, session.snapshot():
        segment = segment_before(session, before)
        assert segment is not None
        made = archive(session, segment, target, open_secrets())
    with writing(path) as session:
        prune(session, made, open_secrets())
    return made


def test_both_halves_hold_and_the_next_segment_goes_on(path: Path, tmp_path: Path) -> None:
    first = leave(path, 3, tmp_path / "first.db")
    assert (first.segment.first_seq, first.segment.last_seq, first.segment.changes) == (1, 8, 8)
    found = verdict(path)
    assert found.holds, found.problems
    assert (found.pruned, found.seals) == (8, 5)
    kept = verdict(tmp_path / "first.db")
    assert kept.holds, kept.problems
    assert (kept.differences, kept.unsealed) == (None, 0)
    with open_read(path) as session:
        assert session.value("SELECT min(seq) FROM _steward_audit_log_1") == 9
    change(path, "later")
    second = leave(path, 5, tmp_path / "second.db")
    assert (second.segment.first_seq, second.segment.first_seal) == (9, 3)
    for each in (path, tmp_path / "second.db"):
        assert verdict(each).holds, verdict(each).problems
    assert b"oldest" not in (tmp_path / "second.db").read_bytes()


def test_values_are_erased_in_an_archive_as_in_a_log(path: Path, tmp_path: Path) -> None:
    leave(path, 3, tmp_path / "first.db")
    with open_read(tmp_path / "first.db") as session:
        assert session.value("SELECT count(*) FROM _steward_audit_log_1 WHERE n1 = 'older'") == 3
    with writing(tmp_path / "first.db") as session:
        assert redact(session, open_secrets(), (1, 5), columns=["name"]).cells == 2
    with open_read(tmp_path / "first.db") as session:
        assert session.value("SELECT count(*) FROM _steward_audit_log_1 WHERE n1 = 'older'") == 2
        assert chain.last_seal(session).n == 2  # type: ignore[union-attr]
    assert verdict(tmp_path / "first.db").holds


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO _steward_audit_log_1 (seq, op, rid, n1) VALUES (4, 1, 2, 'planted')",
        "INSERT INTO _steward_audit_event (seq, kind) VALUES (4, 'gap')",
        "UPDATE _steward_audit_event SET detail = '{}' WHERE kind = 'pruned'",
        "DELETE FROM _steward_audit_event WHERE kind = 'pruned'",
        "DELETE FROM _steward_audit_seal WHERE n = 2",
        "UPDATE _steward_audit_seal SET root = zeroblob(32) WHERE n = 2",
    ],
)
def test_nothing_can_be_done_in_the_hole(path: Path, tmp_path: Path, sql: str) -> None:
    leave(path, 3, tmp_path / "first.db")
    by_hand(path, sql)
    assert verdict(path).problems


def test_changes_that_were_taken_away_are_missed_whatever_an_event_says(path: Path) -> None:
    by_hand(path, "DELETE FROM _steward_audit_log_1 WHERE seq < 5")
    by_hand(
        path,
        "INSERT INTO _steward_audit_event (seq, kind, detail)"
        """ SELECT seq + 1, 'pruned', '{"last_seq": 4, "last_seal": 2}' FROM _steward_audit_clock""",
    )
    by_hand(path, "UPDATE _steward_audit_clock SET seq = seq + 1")
    found = verdict(path).problems[0]
    assert (found.kind, found.seq) == (ProblemKind.MISSING, 1)


def test_an_archive_that_was_forged_is_told(path: Path, tmp_path: Path) -> None:
    leave(path, 3, tmp_path / "first.db")
    by_hand(tmp_path / "first.db", "UPDATE _steward_audit_log_1 SET n1 = 'forged' WHERE seq = 6")
    found = verdict(tmp_path / "first.db").problems[0]
    assert (found.kind, found.seq) == (ProblemKind.CHANGED, 6)


def test_a_log_that_was_forged_is_not_pruned(path: Path, tmp_path: Path) -> None:
    by_hand(path, "UPDATE _steward_audit_log_1 SET n1 = 'forged' WHERE seq = 2")
    with pytest.raises(Failure, match="Change 2"):
        leave(path, 4, tmp_path / "first.db")
    with open_read(path) as session:
        assert session.value("SELECT count(*) FROM _steward_audit_log_1") == 12


def test_only_the_oldest_leave(path: Path, tmp_path: Path) -> None:
    made = leave(path, 3, tmp_path / "first.db")
    with pytest.raises(UsageError, match="not of the oldest"), writing(path) as session:
        prune(session, made, open_secrets())
    with open_read(path) as session:
        assert segment_before(session, moment_of(path, 3)) is None


def test_wide_logs_and_erased_values_leave_whole(tmp_path: Path) -> None:
    columns = ", ".join(f"c{n} TEXT" for n in range(1200))
    path = a_database(tmp_path, "w.db").with_sql(f"CREATE TABLE w (k PRIMARY KEY, {columns})").build()
    put_under_audit(path, "w")
    with writing(path) as session:
        session.run("INSERT INTO w (k, c1150) VALUES ('key', CAST(x'ff' AS TEXT))")
        session.run("UPDATE w SET c1150 = 'other', c3 = 'erased'")
    sealed(path)
    with writing(path) as session:
        redact(session, open_secrets(), (1, 2), columns=["c3"])
    with writing(path) as session:
        session.run("UPDATE w SET c1150 = 'last'")
    sealed(path)
    leave(path, 3, tmp_path / "first.db")
    for each in (path, tmp_path / "first.db"):
        assert verdict(each).holds, verdict(each).problems
