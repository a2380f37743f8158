"""The sample can be worked with: its triggers fire, its views answer, its text is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from steward_app.db import ReadSession, WriteSession, open_write


@pytest.fixture
def writing(own_copy: Path) -> Iterator[WriteSession]:
    with open_write(own_copy) as session, session.transaction():
        yield session


def test_notes_are_found_without_accents_and_kept_in_step(writing: WriteSession) -> None:
    def visits(word: str) -> list[object]:
        return [
            row[0] for row in writing.all("SELECT rowid FROM visit_note WHERE visit_note MATCH ?", (word,))
        ]

    writing.run("INSERT INTO visit_note (visit_note, rank) VALUES ('integrity-check', 1)")
    assert len(visits("pain")) > 100
    writing.run("UPDATE visit SET notes = 'Zyzzyvá' WHERE id = 30")
    assert visits("zyzzyva") == [30]
    writing.run("UPDATE visit SET notes = NULL WHERE id = 30")
    assert visits("zyzzyva") == []
    writing.run("INSERT INTO visit_note (visit_note, rank) VALUES ('integrity-check', 1)")


def test_changes_of_a_patient_are_stamped(writing: WriteSession) -> None:
    changed = "SELECT updated_at IS NOT NULL FROM patient WHERE id = 5"
    assert writing.value(changed) == 0
    writing.run("UPDATE patient SET deceased_on = NULL WHERE id = 5")
    assert writing.value(changed) == 0
    writing.run("UPDATE patient SET postcode = 'QX1 1AA' WHERE id = 5")
    assert writing.value(changed) == 1


def test_a_payment_settles_its_invoice(writing: WriteSession) -> None:
    invoice = writing.one("SELECT id, total_cents FROM open_invoice WHERE typeof(total_cents) = 'integer'")
    assert invoice is not None
    writing.run(
        "INSERT INTO payment (invoice_id, amount_cents, method, paid_on) VALUES (?, ?, 'cash', '2026-11-20')",
        invoice,
    )
    assert writing.value("SELECT status FROM invoice WHERE id = ?", invoice[:1]) == "paid"


def test_the_directory_can_be_changed(writing: WriteSession) -> None:
    writing.run("UPDATE staff_directory SET phone = '01632 960000' WHERE id = 1")
    assert writing.value("SELECT phone FROM staff WHERE id = 1") == "01632 960000"


def test_what_is_broken_says_so(writing: WriteSession) -> None:
    with pytest.raises(apsw.SQLError, match="register_log"):
        writing.run("UPDATE old_register SET Born = NULL")
    with pytest.raises(apsw.SQLError, match="extension"):
        writing.all("SELECT * FROM room_plan")
    with pytest.raises(apsw.SQLError, match="foreign key mismatch"):
        writing.run("DELETE FROM allergy WHERE id = 1")


def test_every_other_view_has_rows(clinic: ReadSession) -> None:
    for view in ("visit_summary", "busy_day", "open_invoice", "staff_directory"):
        assert clinic.count(f"SELECT count(*) FROM {view}") > 0


def test_statistics_are_kept_as_planners_leave_them(clinic: ReadSession) -> None:
    assert clinic.count("SELECT count(*) FROM sqlite_stat1") > 20
    assert clinic.count("SELECT count(*) FROM sqlite_stat4") > 100
