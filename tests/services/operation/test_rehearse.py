"""A rehearsal: what a plan does to a copy of the real data, told honestly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.operations import AddVisits, Request, WriteList, a_plan, known
from steward_app import db
from steward_app.catalog import Catalog, journal
from steward_app.db import WriteSession
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused
from steward_app.kernel.plan import Check, Rehearsal, TableChange
from steward_app.kernel.progress import Context
from steward_app.services import operation


def failed(rehearsal: Rehearsal) -> dict[str, str]:
    return {check.title: check.detail for check in rehearsal.checks if not check.passed}


def test_the_copy_is_changed_and_the_file_is_not(catalog: Catalog, asked: Request) -> None:
    before = asked.path.read_bytes()
    plan = AddVisits().plan(asked, Context())
    rehearsal = operation.rehearse(AddVisits(), plan, catalog, Context())
    assert rehearsal.passed, rehearsal.checks
    assert rehearsal.plan_id == plan.id
    assert rehearsal.changes == (TableChange("visit", 3, 5, inserted=2),)
    assert asked.path.read_bytes() == before
    assert not any(catalog.scratch.iterdir())
    with catalog.reading() as session:
        assert journal.events(session) == ()
    operation.run(AddVisits(), plan, catalog, Context())  # still fits


def test_what_would_go_wrong_is_told_and_not_raised(catalog: Catalog, asked: Request) -> None:
    plan = AddVisits().plan(asked, Context())
    wrong = operation.rehearse(AddVisits(wrong_by=3), plan, catalog, Context())
    assert failed(wrong) == {"Rows of “visit” counted": "planned 5, found 8"}

    def full() -> None:
        raise Failure(ErrorCode.CONSTRAINT, "A rule refused the change.")

    refused = operation.rehearse(AddVisits(during=full), plan, catalog, Context())
    assert failed(refused) == {"The change goes through": "A rule refused the change."}


def test_a_stale_plan_and_a_cancel_end_it(catalog: Catalog, asked: Request) -> None:
    plan = AddVisits().plan(asked, Context())
    context = Context()
    with pytest.raises(Cancelled):
        operation.rehearse(AddVisits(during=context.cancel), plan, catalog, context)
    with db.open_write(asked.path) as session, session.transaction():
        session.run("DELETE FROM visit WHERE id = 1")
    with pytest.raises(Refused) as refused:
        operation.rehearse(AddVisits(), plan, catalog, Context())
    assert refused.value.code is ErrorCode.STALE_PLAN
    assert not any(catalog.scratch.iterdir())


def test_what_changes_no_rows_is_not_rehearsed(catalog: Catalog, asked: Request) -> None:
    with pytest.raises(Refused) as refused:
        operation.rehearse(WriteList(), WriteList().plan(asked, Context()), catalog, Context())
    assert refused.value.code is ErrorCode.NOT_ALLOWED


@pytest.fixture
def hospital(tmp_path: Path, catalog: Catalog) -> Request:
    path = (
        a_database(tmp_path, "hospital.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT, age", rows=[(1, "A", 5), (2, "B", 6)])
        .with_table("visit", "id INTEGER PRIMARY KEY, patient_id REFERENCES patient", rows=[(1, 1), (2, 9)])
        .with_table("gone", "x", rows=[(1,), (2,)])
        .with_sql("CREATE VIEW names AS SELECT name FROM patient")
        .with_sql("CREATE VIEW broken_before AS SELECT no_such_column FROM patient")
        .with_sql("CREATE TRIGGER aging AFTER UPDATE ON visit BEGIN UPDATE patient SET age = 1; END")
        .build()
    )
    return Request(path, known(catalog, path).id)


def rehearse(
    asked: Request, folder: Path, *statements: str, changes: Sequence[TableChange] = ()
) -> Rehearsal:
    def change(session: WriteSession, context: Context) -> Sequence[Check]:
        for statement in statements:
            session.run(statement)
        return ()

    plan = replace(a_plan("test.change", asked), changes=tuple(changes))
    folder.mkdir()
    return operation.rehearse_on_copy(plan, folder, Context(), change)


def test_every_kind_of_change_is_counted_by_row(hospital: Request, tmp_path: Path) -> None:
    rehearsal = rehearse(
        hospital,
        tmp_path / "scratch",
        "UPDATE patient SET age = 5.0 WHERE id = 1",
        "INSERT INTO patient VALUES (3, 'C', 7)",
        "DELETE FROM patient WHERE id = 2",
        "DROP TABLE gone",
        "CREATE TABLE new AS SELECT 1 AS x",
        "ALTER TABLE visit ADD COLUMN day",
    )
    assert {change.table: change for change in rehearsal.changes} == {
        "patient": TableChange("patient", 2, 2, 1, 1, 1),
        "gone": TableChange("gone", 2, 0, deleted=2, why="the table is gone"),
        "new": TableChange("new", 0, 1, inserted=1, why="a new table"),
        "visit": TableChange("visit", 2, 2, why="its columns were changed"),
    }
    assert set(failed(rehearsal)) == {"The rows that differ are those of the plan"}


def test_views_triggers_and_keys_that_break_are_named(hospital: Request, tmp_path: Path) -> None:
    rehearsal = rehearse(
        hospital,
        tmp_path / "scratch",
        "PRAGMA legacy_alter_table = ON",
        "CREATE TABLE p2 (id INTEGER PRIMARY KEY)",
        "INSERT INTO p2 VALUES (2)",
        "DROP VIEW broken_before",
        "PRAGMA defer_foreign_keys = ON",
        "INSERT INTO visit VALUES (3, NULL)",
        "UPDATE patient SET name = name",
        "ALTER TABLE patient RENAME TO patient_old",
        "ALTER TABLE p2 RENAME TO patient",
    )
    told = failed(rehearsal)
    assert "“names”" in told["Views and triggers still work"]
    assert "“aging”" in told["Views and triggers still work"]
    assert "broken_before" not in told["Views and triggers still work"]


def test_rows_that_lose_their_parent_are_counted(hospital: Request, tmp_path: Path) -> None:
    """SQLite itself lets no statement do this while it enforces foreign keys; editing the schema's text does."""

    def change(session: WriteSession, context: Context) -> Sequence[Check]:
        connection = session._connection
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 0)
        session.run("PRAGMA writable_schema = ON")
        session.run(
            "UPDATE sqlite_schema SET sql = replace(sql, 'REFERENCES patient', 'REFERENCES gone (y)')"
        )
        session.run("PRAGMA writable_schema = RESET")
        return ()

    with db.open_write(hospital.path) as session, session.transaction():
        session.run("DROP TABLE gone")
        session.run("CREATE TABLE gone (y PRIMARY KEY)")
        session.run("INSERT INTO visit VALUES (3, 1)")
    (tmp_path / "scratch").mkdir()
    rehearsal = operation.rehearse_on_copy(
        a_plan("test.change", hospital), tmp_path / "scratch", Context(), change
    )
    assert failed(rehearsal)["No foreign key is newly broken"] == "2 rows more in “visit”"


def test_a_table_whose_rows_have_other_names_now_is_told_so(hospital: Request, tmp_path: Path) -> None:
    rehearsal = rehearse(
        hospital, tmp_path / "scratch", "DROP TABLE gone", "CREATE TABLE gone (x INTEGER PRIMARY KEY)"
    )
    assert rehearsal.changes == (TableChange("gone", 2, 0, why="what names its rows was changed"),)


def test_exactly_what_was_planned_passes(hospital: Request, tmp_path: Path) -> None:
    rehearsal = rehearse(
        hospital,
        tmp_path / "scratch",
        "DELETE FROM gone WHERE x = 2",
        changes=[TableChange("gone", 2, 1, deleted=1)],
    )
    assert rehearsal.passed, rehearsal.checks
