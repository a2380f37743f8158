"""Restoring in place: one transaction, the replaced state kept as a point, the file's own row of what happened."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.stopping import cancelled_when
from steward_app.catalog import Catalog, journal, stamp
from steward_app.catalog.points import PointState
from steward_app.db import open_read, open_write
from steward_app.db.content import TableContent, table_contents
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused
from steward_app.kernel.plan import Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup, restore
from steward_app.services.operation import Confirmation
from steward_app.services.restore.kept import LINES

Make = Callable[[Path], backup.Point]


def clinic(folder: Path, *, wal: bool = False, page_size: int = 4096) -> Path:
    builder = a_database(folder).with_pragma(f"page_size = {page_size}")
    builder.with_table("patient", "id INTEGER PRIMARY KEY, name", rows=[(1, "a"), (2, "b")])
    builder.with_table("visit", "id INTEGER PRIMARY KEY, patient", rows=[(n, 1) for n in range(500)])
    return (builder.in_wal_mode() if wal else builder).build()


def contents(path: Path) -> tuple[TableContent, ...]:
    """Without our own table."""
    with open_read(path) as session:
        return tuple(table for table in table_contents(session, Context()) if table.name != stamp.TABLE)


def spoil(path: Path) -> None:
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM visit WHERE id > 100")
        session.run("DROP TABLE patient")
        session.run("CREATE TABLE later (a)")


def planned(catalog: Catalog, path: Path, point: backup.Point) -> Plan:
    return restore.plan_restore(catalog, path, point.id, Context())


def carry_out(catalog: Catalog, plan: Plan, context: Context | None = None) -> Receipt:
    return restore.restore(catalog, plan, context or Context(), Confirmation.of(plan))


@pytest.mark.parametrize("wal", [False, True])
def test_gives_back_what_was_held_and_keeps_what_was_replaced(
    tmp_path: Path, catalog: Catalog, make: Make, wal: bool
) -> None:
    path = clinic(tmp_path, wal=wal)
    held, point = contents(path), make(path)
    spoil(path)
    spoiled = contents(path)
    with open_read(path) as other:  # another program has the file open all the time
        assert other.count("SELECT count(*) FROM visit") == 101
        receipt = carry_out(catalog, planned(catalog, path, point))
        assert other.count("SELECT count(*) FROM patient") == 2
    assert contents(path) == held
    assert all(check.passed for check in receipt.checks)
    assert set(receipt.tables) == {"patient", "visit", "later"}
    kept = backup.find_point(catalog, path, receipt.restore_point, Context())
    assert kept.state is PointState.PROVEN
    assert kept.tables == spoiled
    with open_read(path) as session:
        assert [done.operation_id for done in stamp.operations(session)] == [receipt.operation_id]
    back = carry_out(catalog, planned(catalog, path, kept))
    assert contents(path) == spoiled
    assert back.restore_point != receipt.restore_point


def test_the_plan_says_that_earlier_restores_of_rows_cannot_be_undone_afterwards(
    tmp_path: Path, catalog: Catalog, make: Make
) -> None:
    path = clinic(tmp_path)
    point = make(path)
    spoil(path)
    assert "earlier_undo_ends" not in [found.code for found in planned(catalog, path, point).findings]
    with open_write(path) as session, session.transaction():
        session.run(f"CREATE TABLE {LINES} (row_id INTEGER PRIMARY KEY)")
        session.run(f"INSERT INTO {LINES} VALUES (1)")
    assert "earlier_undo_ends" in [found.code for found in planned(catalog, path, point).findings]


@pytest.mark.parametrize(("then", "now"), [("wal", "delete"), ("delete", "wal")])
def test_the_file_keeps_its_journal_mode(
    tmp_path: Path, catalog: Catalog, make: Make, then: str, now: str
) -> None:
    path = clinic(tmp_path, wal=then == "wal")
    held, point = contents(path), make(path)
    with open_write(path) as session:
        session.run(f"PRAGMA journal_mode = {now}")
    spoil(path)
    carry_out(catalog, planned(catalog, path, point))
    assert contents(path) == held
    with open_write(path) as session:
        assert session.value("PRAGMA journal_mode") == now


def test_the_plan_tells_what_will_happen(tmp_path: Path, catalog: Catalog, make: Make) -> None:
    path = clinic(tmp_path)
    point = make(path)
    spoil(path)
    plan = planned(catalog, path, point)
    assert plan.needs_confirmation
    assert plan.reversal is Reversal.RESTORE_POINT
    assert plan.button == "Restore 2 tables"
    counts = {change.table: (change.rows_before, change.rows_after, change.why) for change in plan.changes}
    assert counts == {
        "later": (0, 0, "was not there then"),
        "patient": (0, 2, "comes back"),
        "visit": (101, 500, ""),
    }
    with pytest.raises(Refused) as refused:
        restore.restore(catalog, plan, Context())
    assert refused.value.code is ErrorCode.NEEDS_CONFIRMATION


def test_a_rehearsal_leaves_the_file_and_tells_what_differs(
    tmp_path: Path, catalog: Catalog, make: Make
) -> None:
    path = clinic(tmp_path)
    point = make(path)
    spoil(path)
    before = path.read_bytes()
    rehearsal = restore.rehearse(catalog, planned(catalog, path, point), Context())
    assert rehearsal.passed
    assert {change.table for change in rehearsal.changes} == {"later", "patient", "visit"}
    assert path.read_bytes() == before


def test_another_page_size_is_refused(tmp_path: Path, catalog: Catalog, make: Make) -> None:
    path = clinic(tmp_path, page_size=512)
    point = make(path)
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA page_size = 4096; VACUUM")
    connection.close()
    plan = planned(catalog, path, point)
    assert [finding.code for finding in plan.blocking] == ["other_page_size"]
    with pytest.raises(Refused):
        carry_out(catalog, plan)


def test_a_schema_changed_after_the_plan_makes_it_stale(tmp_path: Path, catalog: Catalog, make: Make) -> None:
    path = clinic(tmp_path)
    plan = planned(catalog, path, make(path))
    spoil(path)
    with pytest.raises(Refused) as refused:
        carry_out(catalog, plan)
    assert refused.value.code is ErrorCode.STALE_PLAN


def test_a_damaged_file_is_replaced_and_kept_as_it_was(tmp_path: Path, catalog: Catalog, make: Make) -> None:
    path = clinic(tmp_path)
    held, point = contents(path), make(path)
    with open_read(path) as session:
        page = session.count("SELECT rootpage FROM sqlite_schema WHERE name = 'visit'")
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\x5a" * 4096
    path.write_bytes(content)
    plan = planned(catalog, path, point)
    assert [finding.code for finding in plan.findings] == ["damaged_now"]
    receipt = carry_out(catalog, plan)
    assert contents(path) == held
    assert backup.find_point(catalog, path, receipt.restore_point, Context()).state is PointState.TAKEN


@pytest.mark.parametrize("wal", [False, True])
def test_a_file_locked_by_another_program_is_left(
    tmp_path: Path, catalog: Catalog, make: Make, wal: bool
) -> None:
    path = clinic(tmp_path, wal=wal)
    point = make(path)
    spoil(path)
    spoiled, plan = contents(path), planned(catalog, path, point)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Failure) as failure:
        carry_out(catalog, plan)
    other.close(True)
    assert failure.value.code is ErrorCode.LOCKED
    assert contents(path) == spoiled
    with catalog.reading() as session:
        assert journal.open_operations(session, plan.database_id) == ()


def test_what_does_not_verify_is_put_back(
    tmp_path: Path, catalog: Catalog, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = clinic(tmp_path)
    point = make(path)
    spoil(path)
    spoiled, plan = contents(path), planned(catalog, path, point)
    module = importlib.import_module("steward_app.services.restore.in_place")
    stamped = module._stamped
    monkeypatch.setattr(
        module, "_stamped", lambda *arguments: stamped(*arguments)[1:]
    )  # expects less than there is
    with pytest.raises(Failure) as failure:
        carry_out(catalog, plan)
    assert failure.value.code is ErrorCode.VERIFY_FAILED
    assert contents(path) == spoiled


def test_another_program_that_writes_at_once_is_no_reason_to_put_back(
    tmp_path: Path, catalog: Catalog, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = clinic(tmp_path)
    plan = planned(catalog, path, make(path))
    module = importlib.import_module("steward_app.services.restore.in_place")
    replace_contents = module.replace_contents

    def and_somebody_writes(
        target: Path, source: Path, context: Context, then: Callable[..., None]
    ) -> object:
        def write_then(live: object, written: bool) -> None:
            assert not written
            then(live, True)

        return replace_contents(target, source, context, write_then)

    monkeypatch.setattr(module, "replace_contents", and_somebody_writes)
    receipt = carry_out(catalog, plan)
    assert "another program has written" in receipt.checks[0].detail


def test_cancelled_before_it_is_put_in_place_nothing_has_changed(
    tmp_path: Path, catalog: Catalog, make: Make
) -> None:
    path = clinic(tmp_path)
    point = make(path)
    spoil(path)
    spoiled = contents(path)
    for stop in ("Taking a copy", "Taken. Comparing it with the database", "Putting it in place"):
        context = cancelled_when(lambda progress, stop=stop: progress.note == stop)  # type: ignore[misc]
        with pytest.raises(Cancelled):
            carry_out(catalog, planned(catalog, path, point), context)
        assert contents(path) == spoiled
        assert not list(catalog.scratch.iterdir())
