"""What verifying found stays an alarm, until it is found right again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install, rearm
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard import own_seals, verified
from steward_app.services.audit.guard.alarm import audit_alarms
from steward_app.services.audit.guard.status import audit_standing
from steward_app.services.audit.seals.proving import verify_with_receipts
from steward_app.services.audit.seals.verdict import Problem, ProblemKind


@pytest.fixture
def path(tmp_path: Path, catalog: Catalog) -> Path:
    made = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=[(n, "x") for n in range(1, 11)])
        .with_table("bed", "id INTEGER PRIMARY KEY, note", rows=[(n, "x") for n in range(1, 4)])
        .build()
    )
    install(catalog, made)
    run(made, "UPDATE visit SET note = 'y' WHERE id = 1")
    seal(catalog, made)
    return made


def seal(catalog: Catalog, path: Path) -> None:
    own_seals.seal_new(catalog, path, known(catalog, path).id, Context())


def verify(catalog: Catalog, path: Path, *, live: bool = True) -> bool:
    """As window and command do."""
    with open_read(path) as session, session.snapshot():
        found = verify_with_receipts(catalog, session, Context(), live=live)
        verified.keep_verdict(catalog, known(catalog, path).id, session, found)
    return found.holds


def compare(catalog: Catalog, path: Path) -> bool:
    with open_read(path) as session, session.snapshot():
        return verified.compare_unasked(catalog, session, known(catalog, path).id, Context())


def alarms(catalog: Catalog, path: Path) -> tuple[Finding, ...]:
    return audit_alarms(catalog, path, known(catalog, path).id)


def codes(catalog: Catalog, path: Path) -> list[tuple[str, str]]:
    return [(found.code, found.subject.table) for found in alarms(catalog, path)]


def test_a_forged_log_stays_an_alarm_until_it_is_verified_and_holds(catalog: Catalog, path: Path) -> None:
    with open_read(path) as session:
        (log,) = (
            f"_steward_audit_log_{n}"
            for n in (1, 2)
            if session.count(f"SELECT count(*) FROM _steward_audit_log_{n}")
        )
    assert verify(catalog, path) and alarms(catalog, path) == ()
    by_hand(path, f"UPDATE {log} SET n1 = 'forged'")
    assert alarms(catalog, path) == ()
    assert not verify(catalog, path)
    (found,) = alarms(catalog, path)
    assert (found.code, found.count) == ("audit_not_as_sealed", 1)
    assert "of “visit” was changed" in found.detail and "forged" not in str(found)
    run(path, "UPDATE visit SET note = 'z' WHERE id = 2")
    seal(catalog, path)
    standing = audit_standing(catalog, path, known(catalog, path).id)
    assert (standing.problems, [each.code for each in standing.alarms]) == (1, ["audit_not_as_sealed"])
    by_hand(path, f"UPDATE {log} SET n1 = 'y' WHERE n1 = 'forged'")
    assert alarms(catalog, path) == (found,)
    assert verify(catalog, path, live=False) and alarms(catalog, path) == ()
    standing = audit_standing(catalog, path, known(catalog, path).id)
    assert standing.problems == 0 and standing.verified_at


def test_what_only_the_whole_walk_found_ends_with_a_whole_walk(catalog: Catalog, path: Path) -> None:
    problem = Problem(
        ProblemKind.LIST, "The list of which changes concern which row of “visit” is wrong at 5."
    )
    with open_read(path) as session, session.snapshot():
        sound = verify_with_receipts(catalog, session, Context())
        for found, full, told in (
            (replace(sound, problems=(problem,)), True, [problem.sentence]),
            (sound, False, [problem.sentence]),
            (sound, True, []),
            (replace(sound, problems=(problem,)), False, [problem.sentence]),
            (sound, False, []),
        ):
            verified.keep_verdict(catalog, known(catalog, path).id, session, found, full=full)
            assert [each.detail.partition(" Found")[0] for each in alarms(catalog, path)] == told


def test_rows_that_differ_are_an_alarm_of_their_table_until_they_are_written_down(
    catalog: Catalog, path: Path
) -> None:
    assert compare(catalog, path) and alarms(catalog, path) == ()
    by_hand(path, "UPDATE visit SET note = 'secret' WHERE id IN (2, 3)")
    by_hand(path, "DELETE FROM bed WHERE id = 1")
    assert compare(catalog, path)
    assert codes(catalog, path) == [("audit_rows_behind", "bed"), ("audit_rows_behind", "visit")]
    told = alarms(catalog, path)
    assert [each.count for each in told] == [1, 2] and "secret" not in str(told)
    assert told[1].title == "2 rows of “visit” are not what the log says"
    rearm(catalog, path, "visit")
    assert codes(catalog, path) == [("audit_rows_behind", "bed")]
    rearm(catalog, path)
    assert codes(catalog, path) == []
    assert verify(catalog, path)


def test_rows_put_back_end_the_alarm_when_they_are_compared_again(catalog: Catalog, path: Path) -> None:
    by_hand(path, "UPDATE visit SET note = 'other' WHERE id = 4")
    assert not verify(catalog, path)
    assert codes(catalog, path) == [("audit_rows_behind", "visit")]
    by_hand(path, "UPDATE visit SET note = 'x' WHERE id = 4")
    assert compare(catalog, path) and codes(catalog, path) == []


def test_a_table_that_is_not_armed_is_told_once(catalog: Catalog, path: Path) -> None:
    by_hand(path, "UPDATE visit SET note = 'other' WHERE id = 4")
    compare(catalog, path)
    run(path, *(f"DROP TRIGGER _steward_audit_{tid}_after_update" for tid in (1, 2)))
    assert sorted(codes(catalog, path)) == [("audit_disarmed", "bed"), ("audit_disarmed", "visit")]


def test_a_large_file_is_not_compared_unasked(
    catalog: Catalog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(path, "UPDATE visit SET note = 'other' WHERE id = 4")
    monkeypatch.setattr(verified, "SMALL_BYTES", 100)
    assert not compare(catalog, path) and alarms(catalog, path) == ()
    monkeypatch.undo()
    monkeypatch.setattr(verified, "SMALL_SECONDS", 0.0)
    with open_read(path) as session, session.snapshot():
        context = Context()
        context.cancel()
        with pytest.raises(Cancelled):
            verified.compare_unasked(catalog, session, known(catalog, path).id, context)


def test_what_was_kept_of_another_log_says_nothing(catalog: Catalog, path: Path) -> None:
    by_hand(path, "UPDATE visit SET note = 'other' WHERE id = 4")
    assert not verify(catalog, path)
    with open_read(path) as session:
        assert verified.last(catalog, session, "").at == ""
        assert verified.behind(catalog, session, "db_of_another") == {}
    by_hand(path, "UPDATE _steward_audit_chain SET log = randomblob(length(log))")
    with open_read(path) as session:
        assert verified.behind(catalog, session, known(catalog, path).id) == {}
