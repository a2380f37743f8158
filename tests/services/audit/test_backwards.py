"""Changes that say they are older than the one before: named by seals, verifying, status, report and history."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install, verified
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.finding import Severity
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard.own_seals import OwnSeal, seal_new
from steward_app.services.audit.guard.status import audit_standing
from steward_app.services.audit.report import ReportRequest, report_on
from steward_app.services.audit.seals import backwards, lookahead
from steward_app.services.audit.seals.seal_log import SealRequest, seal_log

DAY = 86_400_000


@pytest.fixture
def path(tmp_path: Path, catalog: Catalog) -> Path:
    made = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, a", rows=[(1, "x"), (2, "y")])
        .with_table("u", "id INTEGER PRIMARY KEY, a", rows=[(1, "x")])
        .build()
    )
    install(catalog, made)
    return made


def change(path: Path, days: float, *, table: str = "t") -> int:
    """A change that was made when the clock was wrong by so many days; its number."""
    run(path, f"UPDATE {table} SET a = a || '.' WHERE id = 1")
    with open_read(path) as session:
        seq = session.count("SELECT seq FROM _steward_audit_clock")
        tid = session.count("SELECT tid FROM _steward_audit_table WHERE name = ?", (table,))
    by_hand(path, f"UPDATE _steward_audit_log_{tid} SET at = at + ? WHERE seq = ?", int(days * DAY), seq)
    return seq


def seal(catalog: Catalog, path: Path) -> OwnSeal:
    return seal_new(catalog, path, known(catalog, path).id, Context())


def told(path: Path) -> list[backwards.Back]:
    with open_read(path) as session:
        return [each for event in backwards.events(session) for each in backwards.places(event)[0]]


def test_times_that_go_back_are_named_everywhere_and_are_no_forgery(catalog: Catalog, path: Path) -> None:
    early, late, now = change(path, -10), change(path, 10, table="u"), change(path, 0)
    (found,) = seal(catalog, path).findings
    assert (found.code, found.severity, found.count) == ("audit_clock_back", Severity.NOTE, 2)
    assert [each.seq for each in told(path)] == [early, now]
    verdict = verified(path)
    assert verdict.holds
    (note,) = verdict.notes
    assert f"change {early:,} says" in note
    assert f"change {now:,} says" in note
    assert f"change {late:,} says" not in note
    standing = audit_standing(catalog, path, known(catalog, path).id)
    assert (standing.went_back, standing.alarms) == (2, ())
    assert standing.went_back_at
    report = report_on(catalog, path, ReportRequest(), Context())
    assert report.verdict.notes == (note,)
    assert [each.what for each in report.others if each.what == "Times go back"] == ["Times go back"]
    assert seal(catalog, path) == OwnSeal()


def test_a_seal_by_hand_names_them_too(catalog: Catalog, path: Path) -> None:
    change(path, -10)
    done = seal_log(catalog, SealRequest(path, known(catalog, path).id), Context())
    assert [each.code for each in done.findings] == ["audit_clock_back"]


def test_what_a_seal_covers_is_compared_with_the_end_of_the_one_before(catalog: Catalog, path: Path) -> None:
    change(path, 10)
    assert seal(catalog, path).findings == ()
    later = change(path, 0, table="u")
    seal(catalog, path)
    assert told(path)[-1].seq == later
    assert verified(path).holds


def test_clocks_that_differ_by_less_than_a_second_are_not_named(catalog: Catalog, path: Path) -> None:
    for seconds in (0, -0.9, 0, -0.9):
        change(path, seconds / 86_400)
    assert seal(catalog, path).findings == ()
    assert told(path) == []


def test_a_long_tail_is_looked_at_stretch_by_stretch(
    catalog: Catalog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookahead.look_ahead, "__kwdefaults__", {"size": 3})
    wrong = [change(path, -(number % 3)) for number in range(20)]
    assert seal(catalog, path).seals > 3
    assert [each.seq for each in told(path)] == [seq for number, seq in enumerate(wrong) if number % 3]
    assert verified(path, full=True).holds


def test_of_very_many_the_first_are_named_and_the_others_counted(
    catalog: Catalog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backwards, "_MOST_TOLD", 2)
    for number in range(6):
        change(path, -number)
    (found,) = seal(catalog, path).findings
    assert found.count == 5
    assert "and so at 3 other places" in found.detail


def test_times_written_by_hand_are_passed_over(catalog: Catalog, path: Path) -> None:
    change(path, 0)
    by_hand(path, "UPDATE _steward_audit_log_1 SET at = 'yesterday'")
    assert seal(catalog, path).findings == ()
    change(path, -1e9)
    seal(catalog, path)
    assert "no time that a calendar has" in verified(path).notes[0]
