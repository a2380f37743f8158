"""Columns that tables under audit get, lose and rename in a migration: what it writes beside is in the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw
import pytest

from builders.guarding import install, verified
from builders.migrating import Migrating, other_program
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Event, Op
from steward_app.services.audit.guard.armed import State, status
from steward_app.services.migrate.run import service
from steward_app.services.schema import read_schema

DROP = "ALTER TABLE visit DROP COLUMN note;"
FED = "CREATE TRIGGER feeds AFTER DELETE ON patient BEGIN DELETE FROM visit WHERE patient_id = old.id; END;"
ANEW = (
    "CREATE TABLE v (id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient (id), remark TEXT);"
    " INSERT INTO v SELECT * FROM visit; DROP TABLE visit; ALTER TABLE v RENAME TO visit;"
)


@pytest.fixture
def clinic(tmp_path: Path, catalog: Catalog) -> Migrating:
    made = Migrating(tmp_path, catalog)
    install(catalog, made.path)
    return made


def events(clinic: Migrating) -> tuple[Event, ...]:
    with open_read(clinic.path) as session:
        return tuple(tables.events(session))


def logged(clinic: Migrating) -> list[tuple[Any, ...]]:
    """Each change in the log, in order: its operation and the number of its row."""
    with open_read(clinic.path) as session:
        logs = [f"_steward_audit_log_{each.tid}" for each in tables.tables(session)]
    found = (row for log in logs for row in clinic.all(f"SELECT seq, op, rid FROM {log}"))
    return [row[1:] for row in sorted(found)]


def armed(clinic: Migrating) -> set[State]:
    with open_read(clinic.path) as session:
        return {each.state for each in status(session, read_schema(session))}


@pytest.mark.parametrize(
    ("script", "changes"),
    [
        (f"DELETE FROM visit WHERE id = 2; {DROP}", [(Op.DELETE, 2)]),
        (f"UPDATE visit SET note = 'told' WHERE id = 3; {DROP}", [(Op.UPDATE, 3)]),
        (f"{DROP} DELETE FROM visit WHERE id = 2;", [(Op.DELETE, 2)]),
        (f"{DROP} CREATE INDEX by ON visit (patient_id); INSERT INTO visit VALUES (9, 1);", [(Op.INSERT, 9)]),
        (
            f"{DROP} WITH w AS (SELECT 2 AS i) DELETE FROM visit WHERE id IN (SELECT i FROM w);",
            [(Op.DELETE, 2)],
        ),
        (f"{DROP} {FED} DELETE FROM patient WHERE id = 2;", [(Op.DELETE, 2), (Op.DELETE, 3)]),
        (
            f"{DROP} ALTER TABLE visit ADD COLUMN note; UPDATE visit SET note = 1 WHERE id = 1;",
            [(Op.UPDATE, 1)],
        ),
        (
            "ALTER TABLE visit RENAME TO v; DELETE FROM v WHERE id = 2; ALTER TABLE v DROP COLUMN note;"
            " UPDATE v SET patient_id = 2 WHERE id = 1; ALTER TABLE v ADD COLUMN room;",
            [(Op.DELETE, 2), (Op.UPDATE, 1)],
        ),
        ("ALTER TABLE visit RENAME COLUMN note TO remark; DELETE FROM visit WHERE id = 2;", [(Op.DELETE, 2)]),
        (
            "ALTER TABLE patient RENAME COLUMN name TO x; ALTER TABLE patient RENAME COLUMN phone TO name;"
            " ALTER TABLE patient RENAME COLUMN x TO phone; UPDATE patient SET name = '3' WHERE id = 1;",
            [(Op.UPDATE, 1)],
        ),
        (f"{DROP} ALTER TABLE visit RENAME TO v; DELETE FROM v WHERE id = 2;", [(Op.DELETE, 2)]),
        (f"ALTER TABLE visit RENAME COLUMN patient_id TO who; {DROP}", []),
        ("ALTER TABLE visit ADD COLUMN room;", []),
        ("ALTER TABLE visit ADD COLUMN room; UPDATE visit SET room = 7 WHERE id = 2;", [(Op.UPDATE, 2)]),
    ],
)
def test_what_a_migration_writes_is_in_the_log_and_nothing_is_told_as_missed(
    clinic: Migrating, script: str, changes: list[tuple[Op, int]]
) -> None:
    clinic.write("V0001__change.sql", script)
    plan = clinic.plan()
    assert service.rehearse(clinic.catalog, plan, Context()).passed

    clinic.carry_out(plan, unrehearsed="")

    assert logged(clinic) == changes
    assert [each for each in events(clinic) if each.is_gap] == []
    assert armed(clinic) == {State.ARMED}
    assert verified(clinic.path).holds


def test_columns_that_go_one_after_another_begin_one_version(clinic: Migrating) -> None:
    clinic.write(
        "V0001__away.sql",
        "ALTER TABLE patient ADD COLUMN mail; ALTER TABLE patient DROP COLUMN phone;"
        " INSERT INTO visit VALUES (4, 1, NULL); ALTER TABLE patient DROP COLUMN mail;",
    )
    clinic.apply()
    assert [each.kind for each in events(clinic) if each.kind == "rearmed"] == ["rearmed"]


@pytest.mark.parametrize("script", [DROP, "ALTER TABLE visit RENAME COLUMN note TO remark;"])
def test_what_changed_behind_the_log_before_is_named_by_its_key(clinic: Migrating, script: str) -> None:
    with other_program(clinic.path) as connection:
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
        connection.execute("UPDATE visit SET note = 'other' WHERE id = 2")
    clinic.write("V0001__change.sql", script)

    clinic.apply()

    (told,) = (each for each in events(clinic) if each.is_gap)
    assert told.detail["rows"] == [{"key": [2], "how": "changed"}]


def test_a_table_written_anew_after_a_rename_could_not_be_compared(clinic: Migrating) -> None:
    clinic.write("V0001__change.sql", f"ALTER TABLE visit RENAME COLUMN note TO remark; {ANEW}")
    clinic.apply()
    (told,) = (each for each in events(clinic) if each.is_gap)
    assert told.detail["compared"] is False


PROGRAM = """
def migrate(session):
    session.run("DELETE FROM visit WHERE id = 2")
    session.run("ALTER TABLE visit DROP COLUMN note")
    for (number,) in session.execute("SELECT id FROM visit"):
        session.run("UPDATE visit SET patient_id = 2 WHERE id = ?", (number,))
"""


def test_a_program_is_logged_to_the_end_too(clinic: Migrating) -> None:
    clinic.write("V0001__change.py", PROGRAM)
    clinic.apply()
    assert logged(clinic) == [(Op.DELETE, 2), (Op.UPDATE, 1)]
    assert [each for each in events(clinic) if each.is_gap] == []
    assert armed(clinic) == {State.ARMED}
    assert verified(clinic.path).holds
