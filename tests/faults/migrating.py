"""Migrations applied and taken back, with what must hold however it ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install
from builders.operations import known
from faults.points import DATABASE, home
from steward_app.db import WriteSession, open_read, open_write, runner
from steward_app.db.integrity import integrity_check
from steward_app.db.migration_script import Script
from steward_app.db.script import Statement
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.migrate import history
from steward_app.services.migrate.model import State
from steward_app.services.migrate.run import service, without_log
from steward_app.services.migrate.run.course import Wanted
from steward_app.services.migrate.status import status
from steward_app.services.operation import Confirmation

FILES = {
    "V0001__rooms.sql": "CREATE TABLE room (id INTEGER PRIMARY KEY, name TEXT);\n"
    "INSERT INTO room SELECT id, 'room ' || id FROM patient;\nCREATE INDEX room_name ON room (name);",
    "V0002__strict.sql": "CREATE TABLE new_patient (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;\n"
    "INSERT INTO new_patient SELECT * FROM patient;\nDROP TABLE patient;\n"
    "ALTER TABLE new_patient RENAME TO patient;",
    "V0003__upper.py": "def migrate(session):\n    session.run('UPDATE patient SET name = upper(name)')\n",
    "U0001__rooms.sql": "DROP TABLE room;",
    "U0002__strict.sql": "CREATE TABLE old_patient (id INTEGER PRIMARY KEY, name TEXT);\n"
    "INSERT INTO old_patient SELECT * FROM patient;\nDROP TABLE patient;\n"
    "ALTER TABLE old_patient RENAME TO patient;",
    "U0003__upper.sql": "UPDATE patient SET name = lower(name);",
}
VERSIONS = 3


@dataclass(frozen=True)
class Found:
    """What the file holds, and what its history says: which versions are done; and whether it has a write-ahead log."""

    done: tuple[bool, ...]
    said: tuple[bool, ...]
    visits: int
    armed: bool
    log: bool


def build(folder: Path, *, wal: bool = False, audited: bool = False) -> Found:
    """A parent with children that go with it, and files to be applied."""
    builder = a_database(folder, DATABASE).with_pragma("page_size = 1024")
    builder.with_table(
        "patient", "id INTEGER PRIMARY KEY, name TEXT", rows=[(n, "ada" * 40) for n in range(20)]
    )
    builder.with_table(
        "visit",
        "id INTEGER PRIMARY KEY, patient REFERENCES patient ON DELETE CASCADE",
        rows=[(n, n) for n in range(20)],
    )
    path = (builder.in_wal_mode() if wal else builder).build()
    (folder / "migrations").mkdir()
    for name, text in FILES.items():
        (folder / "migrations" / name).write_text(text)
    with home(folder) as catalog:
        known(catalog, path)
        if audited:
            install(catalog, path)
    return state(folder)


def build_applied(folder: Path, *, wal: bool = False) -> Found:
    """The same with all of them applied."""
    build(folder, wal=wal)
    apply(folder, Context())
    return state(folder)


def state(folder: Path) -> Found:
    """What the file holds now, opened as the next program would, with the right to write."""
    path = folder / DATABASE
    with open_write(path) as session:
        assert integrity_check(session, Context()) == ()
        assert session.all("PRAGMA foreign_key_check") == []
        patient = str(session.value("SELECT sql FROM sqlite_schema WHERE name = 'patient'"))
        done = (
            session.value("SELECT 1 FROM sqlite_schema WHERE name = 'room'") is not None,
            patient.endswith("STRICT"),
            session.value("SELECT max(name) = upper(max(name)) FROM patient") == 1,
        )
        visits = session.count("SELECT count(*) FROM visit")
        assert session.count("SELECT count(*) FROM patient") == 20
        assert not session.value("SELECT 1 FROM sqlite_schema WHERE name GLOB '*_patient'")
    with open_read(path) as reader:
        entries = status(reader, folder / "migrations").entries
        assert all(row.complete for row in history.read(reader))
        assert {entry.state for entry in entries} <= {State.APPLIED, State.PENDING}
        log = reader.state.journal_mode == "wal"
    armed = {each.state.value for each in audit_status(path).tables} <= {"armed"}
    return Found(done, tuple(entry.state is State.APPLIED for entry in entries), visits, armed, log)


def apply(folder: Path, context: Context) -> None:
    """Apply what waits."""
    with home(folder) as catalog:
        plan = service.plan_apply(catalog, _wanted(folder), context)
        service.apply(catalog, plan, context, Confirmation.of(plan), unrehearsed="a test")


def take_back(folder: Path, context: Context) -> None:
    """Take all of them back."""
    with home(folder) as catalog:
        plan = service.plan_undo(catalog, _wanted(folder, target=0), context)
        service.apply(catalog, plan, context, Confirmation.of(plan), unrehearsed="a test")


def apply_without_log(folder: Path, context: Context) -> None:
    """Apply what waits, as in a large file: its write-ahead log is set aside meanwhile."""
    with _as_if_large():
        apply(folder, context)


def take_back_without_log(folder: Path, context: Context) -> None:
    """Take all of them back, as in a large file."""
    with _as_if_large():
        take_back(folder, context)


@contextmanager
def _as_if_large() -> Iterator[None]:
    """Not for longer: the tests carry operations out in their own process, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(without_log, "LARGE_BYTES", 0)
        yield


def rehearse(folder: Path, context: Context) -> None:
    """Run them on a copy."""
    with home(folder) as catalog:
        plan = service.plan_apply(catalog, _wanted(folder), context)
        service.rehearse(catalog, plan, context)


def apply_and_die(folder: Path, context: Context) -> None:
    """Apply what waits; the process is gone before the statement whose number the folder holds."""
    left = int((folder / "die_at").read_text())
    run_statement = runner._run_statement

    def counted(session: WriteSession, script: Script, statement: Statement) -> None:
        nonlocal left
        left -= session.path.name == DATABASE  # a plan tries them on an empty copy first
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        run_statement(session, script, statement)

    runner._run_statement = counted
    apply(folder, context)


def _wanted(folder: Path, target: int | None = None) -> Wanted:
    path = folder / DATABASE
    with home(folder) as catalog:
        known_as = known(catalog, path).id
    # a process that was killed may have the file open for a moment still
    return Wanted(path, known_as, folder / "migrations", target, wait_seconds=60.0)
