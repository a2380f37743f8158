"""Migrations of tables under audit: armed again in the same transaction, and the log holds."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders.guarding import install, verified
from builders.migrating import Migrating, other_program
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.kernel.finding import Severity
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard import gaps, own_seals
from steward_app.services.audit.guard.alarm import audit_alarms
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
        with pytest.raises(Refused, match=r"__away\.sql:1:1: "):
            clinic.apply()
        path.unlink()

    assert armed(clinic) == WHOLE
    assert clinic.history() == ()


def test_the_plan_says_which_tables_are_under_audit(clinic: Migrating) -> None:
    clinic.write("V0001__room.sql", "CREATE TABLE room (id); UPDATE visit SET note = '';")

    found = [each for each in clinic.plan().findings if each.code == "migration_under_audit"]

    assert {each.subject.table for each in found} == {"visit"}


def test_what_a_migration_takes_away_is_not_blamed_on_another_program(clinic: Migrating) -> None:
    clinic.write("V0001__away.sql", "DROP TABLE visit;")
    report = service.rehearse_fully(clinic.catalog, clinic.plan(), Context()).report
    assert report is not None
    codes = {each.code: each for each in report.findings}
    assert "audit_disarmed" not in codes
    assert codes["audit_ends"].title == "“visit” leaves the audit, since it is gone"
    clinic.apply()
    known_as = clinic.wanted().database_id
    (told,) = audit_alarms(clinic.catalog, clinic.path, known_as)
    assert (told.code, told.severity, told.count) == ("audit_gap_of_migration", Severity.NOTE, 3)
    assert told.title == (
        "3 rows of “visit” were removed by the migration “V0001__away.sql”, without the log"
    )
    assert "another program" not in told.detail
    assert gaps.see(clinic.catalog, clinic.path, known_as, Context()) == 3
    assert audit_alarms(clinic.catalog, clinic.path, known_as) == ()


def test_what_another_program_changed_before_a_migration_is_still_an_alarm(clinic: Migrating) -> None:
    with other_program(clinic.path) as connection:
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
        connection.execute("UPDATE patient SET name = 'Eve' WHERE id = 1")
        connection.execute("UPDATE patient SET name = 'Cy' WHERE id = 2")
    clinic.write("V0001__away.sql", "DROP TABLE visit;")
    clinic.apply()
    clinic.sql("UPDATE patient SET phone = 7")
    own_seals.seal_new(clinic.catalog, clinic.path, clinic.wanted().database_id, Context())
    found = audit_alarms(clinic.catalog, clinic.path, clinic.wanted().database_id)
    assert [(each.code, each.severity, each.count) for each in found] == [
        ("audit_gap", Severity.ERROR, 2),
        ("audit_gap_of_migration", Severity.NOTE, 3),
    ]


def test_rows_of_a_table_that_a_migration_wrote_anew_are_told_as_its_own(clinic: Migrating) -> None:
    clinic.write(
        "V0001__anew.sql",
        "CREATE TABLE v (id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient (id), note TEXT);"
        "INSERT INTO v SELECT id, patient_id, 'anew' FROM visit; DROP TABLE visit; ALTER TABLE v RENAME TO visit;",
    )
    clinic.apply()
    (told,) = audit_alarms(clinic.catalog, clinic.path, clinic.wanted().database_id)
    assert (told.code, told.severity) == ("audit_gap_of_migration", Severity.WARNING)
    assert "changed by the migration “V0001__anew.sql”" in told.title
    assert "What another program changed before is among it." in told.detail
