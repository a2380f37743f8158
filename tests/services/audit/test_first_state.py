"""Walked back through the whole log, the tables are what the first seal was made of, unless the log was forged."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.audited import a_case, write
from builders.sealed import an_audited_file, by_hand, sealed, writing
from builders.writers import writer
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.audit.erasing.redact import redact
from steward_app.services.audit.seals.first_state import is_as_first_sealed
from steward_app.services.audit.seals.verify import verify
from steward_app.storage.secrets import open_secrets


def told(path: Path) -> bool | None:
    with open_read(path) as session, session.snapshot():
        return is_as_first_sealed(session, Context())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = an_audited_file(tmp_path)
    sealed(path)
    with writing(path) as session:
        session.run("UPDATE person SET name = 'other' WHERE id = 2")
        session.run("UPDATE person SET id = 77 WHERE id = 1")
        session.run("DELETE FROM place WHERE people = 3")
    sealed(path)
    return path


@pytest.mark.parametrize("seed", range(12))
def test_whatever_was_done_it_leads_back(tmp_path: Path, seed: int) -> None:
    case = a_case(tmp_path / "made.db", seed)
    sealed(case.path)
    with writer("bundled") as other:
        write(case, other, rounds=2)
        assert told(case.path)
        sealed(case.path)
        write(case, other, rounds=1)
    assert told(case.path)


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE _steward_audit_log_1 SET o1 = 'forged' WHERE seq = 1",
        "DELETE FROM _steward_audit_log_2",
        "UPDATE _steward_audit_log_1 SET rid = 78 WHERE seq = 2",
    ],
)
def test_a_log_that_fits_the_rows_and_not_the_beginning(path: Path, forged: str) -> None:
    assert told(path)
    by_hand(path, forged)
    assert told(path) is False


def test_a_row_that_was_changed_behind_the_log_is_not_as_it_was(path: Path) -> None:
    by_hand(path, "UPDATE person SET name = 'behind' WHERE id = 3")
    assert told(path) is False


def test_what_cannot_be_told_is_not_held_against_it(path: Path) -> None:
    with writing(path) as session:
        redact(session, open_secrets(), (1,))
    assert told(path) is None
    with open_read(path) as session, session.snapshot():
        assert verify(session, full=True).holds


def test_a_full_verification_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_read(path) as session, session.snapshot():
        assert verify(session, full=True).holds
    by_hand(path, "UPDATE _steward_audit_log_1 SET o1 = 'forged' WHERE seq = 1")
    with open_read(path) as session, session.snapshot():
        found = verify(session, full=True)
    assert [each.seal for each in found.problems] == [2]  # the record itself comes first
