"""The auditor's report: it counts what the log holds, tells what was missed, and names no row unless asked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install, rearm
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.kernel import clock
from steward_app.kernel.errors import Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.erasing.erase import EraseRequest, erase, plan_erase
from steward_app.services.audit.report import ReportRequest, report_on, write_audit_report
from steward_app.services.audit.report.document import shown
from steward_app.services.audit.undo import Selection, UndoRequest, plan_undo, undo_changes
from steward_app.services.operation import Confirmation

HOSTILE = 'visit"<img src=x onerror=alert(1)>\u202e=cmd|'


@pytest.fixture
def path(tmp_path: Path, catalog: Catalog) -> Path:
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "person",
            "id INTEGER PRIMARY KEY, name TEXT, note",
            rows=[(n, f"Name {n}", "x") for n in range(9)],
        )
        .with_table(HOSTILE, "k TEXT PRIMARY KEY, n", rows=[("secret key", 1)])
        .with_table("other", "a")
        .build()
    )
    install(catalog, path, "person", HOSTILE, columns={"person.note": Mode.FLAG})
    run(
        path,
        "INSERT INTO person VALUES (50, 'Wilhelmina', 'y')",
        "UPDATE person SET name = 'Changed' WHERE id < 4",
    )
    run(path, "REPLACE INTO person VALUES (3, 'Replaced', 'z')", "DELETE FROM person WHERE id = 1")
    quoted = HOSTILE.replace('"', '""')
    by_hand(path, f'UPDATE "{quoted}" SET n = 2')
    rearm(catalog, path, HOSTILE)
    known_as = known(catalog, path).id
    wanted = UndoRequest(path, known_as, Selection("person", key=(2,), newest=True))
    plan = plan_undo(catalog, wanted, Context())
    undo_changes(catalog, plan, Context(), Confirmation.of(plan))
    going = plan_erase(catalog, EraseRequest(path, known_as, "person", (50,), reason="rq_12"), Context())
    erase(catalog, going, Context(), Confirmation.of(going))
    return path


def test_it_counts_and_tells(catalog: Catalog, path: Path) -> None:
    made = report_on(catalog, path, ReportRequest(), Context())
    person = next(each for each in made.by_table if each.name == "person")
    assert (person.inserted, person.updated, person.deleted, person.replaced) == (2, 5, 1, 1)
    assert made.changes == person.changes == sum(each.changes for each in made.by_day)
    assert made.unknown == 8
    assert [(each.journal, each.changes) for each in made.undos] == [("finished", 1)]
    assert [each.what for each in made.erasures] == ["1 value of 1 change erased"]
    assert made.erasures[0].detail == "rq_12"
    assert any("behind the log" in each.what for each in made.gaps)
    assert all(not each.keys for each in made.gaps)
    assert {each.status.table for each in made.tables} == {"person", HOSTILE}
    assert next(each.reduced for each in made.tables if each.status.table == "person") == (("note", "flag"),)
    assert made.not_audited == ("other",)
    assert made.verdict.holds
    assert made.receipts
    assert all(each.journal == "finished" for each in made.operations)
    with_keys = report_on(catalog, path, ReportRequest(show_keys=True), Context())
    assert [each.keys for each in with_keys.gaps if each.keys] == [("1",)]


def test_a_period_narrows_it(catalog: Catalog, path: Path) -> None:
    later = clock.now() + timedelta(minutes=1)
    assert report_on(catalog, path, ReportRequest(since=later), Context()).changes == 0
    before = clock.now() - timedelta(days=1)
    assert report_on(catalog, path, ReportRequest(until=before), Context()).changes == 0
    assert report_on(catalog, path, ReportRequest(since=before, until=later), Context()).changes == 9


@pytest.mark.parametrize("ending", ["html", "pdf"])
def test_it_is_written_and_escaped(catalog: Catalog, path: Path, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"report.{ending}"
    write_audit_report(catalog, path, target, ReportRequest(show_keys=True), Context())
    data = target.read_bytes()
    if ending == "pdf":
        assert data.startswith(b"%PDF")
        return
    text = data.decode()
    assert "<img" not in text
    assert "\u202e" not in text
    assert "&lt;img src=x" in text
    assert "Wilhelmina" not in text
    assert "rq_12" in text
    assert "://" not in text


def test_no_row_and_no_value_is_named_unless_asked(catalog: Catalog, path: Path) -> None:
    run(path, "DROP TRIGGER _steward_audit_1_after_delete")
    by_hand(path, "DELETE FROM person WHERE id = 7")
    made = shown(report_on(catalog, path, ReportRequest(), Context()))
    assert made["good"] is False
    assert made["verdict"] == "The log is as it was sealed; 1 row is not what it says."
    assert not [text for text in ("secret key", "Wilhelmina", "Name 7") if text in str(made)]
    assert made["behind"] == [{"table": "person", "key": "", "how": "removed"}]


def test_a_log_that_was_forged_is_told_first(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    by_hand(path, "UPDATE _steward_audit_log_1 SET n1 = 'forged' WHERE n1 = 'Changed' AND rid = 0")
    made = write_audit_report(catalog, path, tmp_path / "report.html", ReportRequest(), Context())
    assert not made.verdict.holds
    assert "The log is not as it was sealed: 1 problem." in (tmp_path / "report.html").read_text()


def test_what_it_refuses(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither by its name"):
        write_audit_report(catalog, path, tmp_path / "report.txt", ReportRequest(), Context())
    plain = a_database(tmp_path, "plain.db").with_table("t", "a").build()
    with pytest.raises(Refused, match="not under audit"):
        write_audit_report(catalog, plain, tmp_path / "report.html", ReportRequest(), Context())
