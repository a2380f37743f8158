"""Migrations of tables under audit: armed again in the same transaction, and the log holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.guarding import install, verified
from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard.armed import State, status
from steward_app.services.migrate.edit.model import SetType
from steward_app.services.migrate.files import from_edits, save
from steward_app.services.migrate.run import service
from steward_app.services.schema import read_schema


@pytest.fixture
def clinic(tmp_path: Path, catalog: Catalog) -> Migrating:
    made = Migrating(tmp_path, catalog)
    install(catalog, made.path)
    return made


def armed(clinic: Migrating) -> dict[str, State]:
    with open_read(clinic.path) as session:
        return {each.table: each.state for each in status(session, read_schema(session))}


def logged(clinic: Migrating) -> int:
    [(count,)] = clinic.all("SELECT seq FROM _steward_audit_clock")
    return int(count)


def still_logs(clinic: Migrating, statement: str) -> bool:
    before = logged(clinic)
    clinic.sql(statement)
    return logged(clinic) == before + 1


WHOLE = {"patient": State.ARMED, "visit": State.ARMED}


@pytest.mark.parametrize(
    ("script", "after"),
    [
        ("ALTER TABLE patient ADD COLUMN mail TEXT;", WHOLE),
        ("ALTER TABLE patient DROP COLUMN phone;", WHOLE),
        ("ALTER TABLE patient DROP COLUMN phone; ALTER TABLE patient ADD COLUMN phone TEXT;", WHOLE),
        ("ALTER TABLE patient RENAME COLUMN phone TO telephone;", WHOLE),
        ("ALTER TABLE visit RENAME TO encounter;", {"patient": State.ARMED, "encounter": State.ARMED}),
        (
            "ALTER TABLE visit RENAME TO encounter; ALTER TABLE encounter DROP COLUMN note;",
            {"patient": State.ARMED, "encounter": State.ARMED},
        ),
        ("DROP TABLE visit;", {"patient": State.ARMED}),
        (
            "CREATE TABLE new_visit (id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient (id), note BLOB);"
            " INSERT INTO new_visit SELECT * FROM visit; DROP TABLE visit; ALTER TABLE new_visit RENAME TO visit;",
            WHOLE,
        ),
        ("UPDATE visit SET note = 'n' WHERE id = 1; CREATE TABLE room (id);", WHOLE),
        ("CREATE TRIGGER stamp AFTER UPDATE ON visit BEGIN SELECT 1; END;", WHOLE),
    ],
    ids=[
        "add column",
        "drop column",
        "drop and add a column",
        "rename column",
        "rename table",
        "rename table and drop column",
        "drop table",
        "written anew by hand",
        "rows alone",
        "a trigger that is newer than the audit's",
    ],
)
def test_the_audit_goes_on_in_the_same_transaction(
    clinic: Migrating, script: str, after: dict[str, State]
) -> None:
    clinic.sql("UPDATE patient SET name = 'Eve' WHERE id = 1")
    clinic.write("V0001__change.sql", script)
    plan = clinic.plan()
    assert [
        each for each in service.rehearse(clinic.catalog, plan, Context()).checks if not each.passed
    ] == []
    assert armed(clinic) == WHOLE

    clinic.carry_out(plan, unrehearsed="")

    assert armed(clinic) == after
    assert verified(clinic.path).holds
    assert still_logs(clinic, "UPDATE patient SET name = 'Ida' WHERE id = 2")


def test_a_table_written_anew_by_the_edit_engine_stays_under_audit(clinic: Migrating) -> None:
    with open_read(clinic.path) as session:
        save(from_edits(session, [SetType("visit", "note", "BLOB")], clinic.folder, "Note as bytes"))

    clinic.apply()

    assert armed(clinic) == WHOLE
    assert clinic.all("SELECT count(*) FROM visit") == [(3,)]


def test_a_script_cannot_take_the_audit_away(clinic: Migrating) -> None:
    [(trigger,)] = clinic.all(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'visit' LIMIT 1"
    )
    for number, script in enumerate(
        (
            f'DROP TRIGGER "{trigger}";',
            "DROP TABLE _steward_audit_clock;",
            "DELETE FROM _steward_audit_clock;",
        )
    ):
        path = clinic.write(f"V000{number + 1}__away.sql", script)
        with pytest.raises(Failure, match="line 1"):
            clinic.apply()
        path.unlink()

    assert armed(clinic) == WHOLE
    assert clinic.history() == ()


def test_the_plan_says_which_tables_are_under_audit(clinic: Migrating) -> None:
    clinic.write("V0001__room.sql", "CREATE TABLE room (id); UPDATE visit SET note = '';")

    found = [each for each in clinic.plan().findings if each.code == "migration_under_audit"]

    assert {each.subject.table for each in found} == {"visit"}
