"""Restoring a whole file does not bring back who was erased since the point was made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from builders.erasing import Ledger
from builders.odd_files import tampered
from steward_app.catalog import Catalog, erasure, journal
from steward_app.catalog.journal import Phase
from steward_app.db import open_read, open_write
from steward_app.kernel import clock
from steward_app.kernel.errors import Refused
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup, restore
from steward_app.services.erasure import LedgerKey, list_waiting, own_key
from steward_app.services.operation import Confirmation
from steward_app.storage.secrets import open_secrets

Make = Callable[[Path], backup.Point]
PATIENTS = [(n, f"Person number {n}") for n in range(1, 31)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path).with_table("patient", "id INTEGER PRIMARY KEY, name", rows=PATIENTS).build()


@pytest.fixture
def point(path: Path, make: Make) -> backup.Point:
    return make(path)


@pytest.fixture
def ledger(catalog: Catalog, point: backup.Point) -> Ledger:
    key = own_key(open_secrets(), point.database_id)
    return Ledger(catalog, point.database_id, key)


def erase(ledger: Ledger, path: Path, where_sql: str) -> None:
    ledger.erase(path, "patient", where_sql, at=clock.to_text(clock.now()))


def restored(catalog: Catalog, path: Path, point: backup.Point, to: Path | None) -> tuple[Plan, Receipt]:
    plan = restore.plan_restore(catalog, path, point.id, Context(), to=to)
    return plan, restore.restore(catalog, plan, Context(), Confirmation.of(plan))


def names(path: Path) -> list[object]:
    with open_read(path) as session:
        return [name for (name,) in session.execute("SELECT name FROM patient ORDER BY id")]


@pytest.mark.parametrize("in_place", [False, True])
def test_erased_rows_do_not_come_back(
    tmp_path: Path, catalog: Catalog, path: Path, point: backup.Point, ledger: Ledger, in_place: bool
) -> None:
    erase(ledger, path, "id IN (7, 8)")
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM patient WHERE id > 20")
    to = None if in_place else tmp_path / "new.db"

    plan, receipt = restored(catalog, path, point, to)

    assert any(
        "2 rows were erased since then, in “patient”: they are erased again" in each
        for each in plan.sentences
    )
    new = to or path
    assert names(new) == [name for number, name in PATIENTS if number not in (7, 8)]
    assert b"Person number 7" not in new.read_bytes()
    assert receipt.checks[-1].title == "Erased rows brought back: 0"
    assert receipt.checks[-1].detail == "2 rows erased again"
    assert receipt.result is not None
    assert (receipt.result["erased_again"], receipt.result["brought_back"]) == (2, 0)


def test_a_plan_in_place_counts_at_most_where_erased_rows_take_others_along(
    catalog: Catalog, tmp_path: Path, make: Make
) -> None:
    path = (
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, name", rows=PATIENTS)
        .with_table(
            "Visit", "id INTEGER PRIMARY KEY, p REFERENCES patient ON DELETE CASCADE", rows=[(1, 7), (2, 8)]
        )
        .with_table(
            "line", "id INTEGER PRIMARY KEY, v REFERENCES Visit ON DELETE CASCADE", rows=[(1, 1), (2, 1)]
        )
        .with_table("ward", "id INTEGER PRIMARY KEY", rows=[(1,)])
        .build()
    )
    point = make(path)
    erase(Ledger(catalog, point.database_id, own_key(open_secrets(), point.database_id)), path, "id = 7")
    plan, receipt = restored(catalog, path, point, None)
    told = {each.table: (each.rows_after, each.why.partition(":")[0]) for each in plan.changes}
    assert told == {
        "line": (2, "at most"),
        "patient": (30, "at most"),
        "Visit": (2, "at most"),
        "ward": (1, ""),
    }
    assert {each.table: each.rows_after for each in receipt.changes} == {
        "line": 0, "patient": 29, "Visit": 1, "ward": 1,
    }  # fmt: skip
    assert receipt.checks[-1].detail == "1 row erased again, 3 rows taken out with them"


def test_a_point_made_after_the_erasure_comes_back_byte_for_byte(
    tmp_path: Path, catalog: Catalog, path: Path, ledger: Ledger, make: Make
) -> None:
    erase(ledger, path, "id = 7")
    later = make(path)
    plan, receipt = restored(catalog, path, later, tmp_path / "new.db")
    assert not any("erased" in sentence for sentence in plan.sentences)
    assert [check.title for check in receipt.checks] == ["The new file is the restore point, byte for byte"]


def test_who_may_be_an_erased_one_waits_for_a_decision(
    tmp_path: Path, catalog: Catalog, path: Path, point: backup.Point, ledger: Ledger
) -> None:
    with open_write(path) as session, session.transaction():
        session.run("UPDATE patient SET name = 'Another' WHERE id = 7")
    erase(ledger, path, "id = 7")
    _, receipt = restored(catalog, path, point, tmp_path / "new.db")
    assert receipt.checks[-1].detail == "0 rows erased again, 1 row waits for a decision"
    assert len(names(tmp_path / "new.db")) == 29
    (row,) = list_waiting(catalog, point.database_id)
    assert (row.point, row.key) == (point.id, (7,))
    with catalog.reading() as session:
        events = journal.events(session, operation="restore", phases=(Phase.FINISHED, Phase.NOTE))
    assert not any("Person" in event.details for event in events)


def test_without_the_key_of_the_ledger_nothing_is_handed_over(
    tmp_path: Path, catalog: Catalog, path: Path, point: backup.Point
) -> None:
    stranger = Ledger(catalog, point.database_id, LedgerKey.new())
    erase(stranger, path, "id = 7")
    plan = restore.plan_restore(catalog, path, point.id, Context(), to=tmp_path / "new.db")
    assert [finding.code for finding in plan.blocking] == ["ledger_key_missing"]
    with pytest.raises(Refused):
        restore.restore(catalog, plan, Context())
    assert not (tmp_path / "new.db").exists()


def test_an_erasure_recorded_after_the_plan_counts(
    tmp_path: Path, catalog: Catalog, path: Path, point: backup.Point, ledger: Ledger
) -> None:
    plan = restore.plan_restore(catalog, path, point.id, Context(), to=tmp_path / "new.db")
    erase(ledger, path, "id = 7")
    receipt = restore.restore(catalog, plan, Context())
    assert receipt.checks[-1].title == "Erased rows brought back: 0"
    assert len(names(tmp_path / "new.db")) == 29


def test_entries_go_when_their_end_has_come_and_no_older_point_is_kept(
    catalog: Catalog, path: Path, point: backup.Point, ledger: Ledger
) -> None:
    erase(ledger, path, "id = 7")
    with catalog.unit() as unit:
        unit.session.run("UPDATE erasures SET kept_until = '2027-01-01T00:00:00.000Z'")
        of = point.database_id
        assert erasure.forget(unit, of, now="2026-12-31T00:00:00.000Z", oldest_state="") == 0
        assert erasure.forget(unit, of, now="2027-01-02T00:00:00.000Z", oldest_state=point.made_at) == 0
        assert erasure.forget(unit, of, now="2027-01-02T00:00:00.000Z", oldest_state="") == 1
        unit.commit()


def test_a_database_with_rows_against_its_own_rules_is_restored_without_the_erased(
    tmp_path: Path, catalog: Catalog, make: Make
) -> None:
    builder = a_database(tmp_path, "odd.db").with_table(
        "patient", "id INTEGER PRIMARY KEY, name", rows=PATIENTS
    )
    path = builder.with_sql("INSERT INTO patient VALUES (98, NULL), (99, NULL)").build()
    tampered(path, "UPDATE sqlite_schema SET sql = replace(sql, 'name)', 'name NOT NULL)')")
    point = make(path)
    ledger = Ledger(catalog, point.database_id, own_key(open_secrets(), point.database_id))
    erase(ledger, path, "id IN (7, 98)")
    _, receipt = restored(catalog, path, point, tmp_path / "new.db")
    assert receipt.checks[-1].detail == "2 rows erased again"
    assert names(tmp_path / "new.db")[-1] is None


def test_a_rehearsal_leaves_the_erased_out_and_lists_nobody(
    catalog: Catalog, path: Path, point: backup.Point, ledger: Ledger
) -> None:
    with open_write(path) as session, session.transaction():
        session.run("UPDATE patient SET name = 'Another' WHERE id = 7")
    erase(ledger, path, "id IN (7, 8)")
    plan = restore.plan_restore(catalog, path, point.id, Context())
    rehearsal = restore.rehearse(catalog, plan, Context())
    assert rehearsal.passed
    assert rehearsal.checks[-1].detail == "1 row erased again, 1 row waits for a decision"
    assert list_waiting(catalog, point.database_id) == ()
