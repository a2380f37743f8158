"""`steward migrate status`, as people and scripts use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.commands import steward_process
from steward_app.db import open_read, open_write
from steward_app.kernel import clock
from steward_app.kernel.progress import Context

KILLED = """
import os, signal
from steward_app.cli.main import run
from steward_app.db import runner
from steward_app.services.migrate.run import without_log

without_log.LARGE_BYTES = 0
real = runner._run_statement

def die(session, script, statement):
    real(session, script, statement)
    if session.path.name == "killed.db":  # a plan tries it on an empty copy first
        os.kill(os.getpid(), signal.SIGKILL)

runner._run_statement = die
run()
"""


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "V0001__visits.sql").write_text("CREATE TABLE visit (id INTEGER PRIMARY KEY);")
    (folder / "R__names.sql").write_text("CREATE VIEW names AS SELECT 1;")
    return a_database(tmp_path).with_table("patient", "id INTEGER PRIMARY KEY").build()


def test_what_waits_is_listed(clinic: Path) -> None:
    ran = steward("migrate", "status", clinic)

    assert ran.code == 0, ran.err
    assert "no version yet, 2 migrations pending" in ran.out
    assert "V0001__visits.sql" in ran.out and "R__names.sql" in ran.out


def test_the_document_names_each_with_its_state(clinic: Path) -> None:
    found = steward("migrate", "status", clinic, "--json").document()

    assert [(each["id"], each["state"]) for each in found["migrations"]] == [
        ("V0001__visits.sql", "pending"),
        ("R__names.sql", "pending"),
    ]
    assert (found["version"], found["drifted"], found["in_the_way"]) == (None, False, 0)


@pytest.mark.parametrize("text", ["", "-- rooms\n;\n"])
def test_a_file_that_waits_without_a_statement_is_named(clinic: Path, text: str) -> None:
    file = clinic.parent / "migrations" / "V0002__rooms.sql"
    file.write_text(text, encoding="utf-8")

    assert "“V0002__rooms.sql” holds no statement: fill it" in steward("migrate", "status", clinic).out
    found = steward("migrate", "status", clinic, "--json").document()
    assert [each["id"] for each in found["migrations"] if each["empty"]] == ["V0002__rooms.sql"]
    assert steward("migrate", "apply", clinic, "--yes", "--unrehearsed", "it is a test").code == 0
    assert "holds no statement" not in steward("migrate", "status", clinic).out


def test_a_folder_that_is_not_there_is_named(clinic: Path) -> None:
    ran = steward("migrate", "status", clinic, "--dir", clinic.parent / "elsewhere")

    assert ran.code == 4 and "elsewhere" in ran.err


def test_a_rehearsal_is_told_until_the_file_is_another(clinic: Path) -> None:
    (clinic.parent / "migrations" / "R__names.sql").unlink()
    assert steward("migrate", "rehearse", clinic).code == 0

    (found,) = steward("migrate", "status", clinic, "--json").document()["migrations"]
    assert (found["state"], found["rehearsal"], found["file_changed"]) == ("pending", "passed", False)
    assert f"passed {clock.shown(found['rehearsed_at'])}" in " ".join(
        steward("migrate", "status", clinic).out.split()
    )

    with open_write(clinic) as session, session.transaction(Context()):
        session.run("INSERT INTO patient VALUES (7)")
    (found,) = steward("migrate", "status", clinic, "--json").document()["migrations"]
    assert (found["rehearsal"], found["file_changed"]) == ("passed", True)
    printed = " ".join(steward("migrate", "status", clinic).out.split())
    assert f"file changed since {clock.shown(found['rehearsed_at'])}" in printed

    (clinic.parent / "migrations" / "V0001__visits.sql").write_text("CREATE TABLE visit (x);")
    (found,) = steward("migrate", "status", clinic, "--json").document()["migrations"]
    assert (found["rehearsal"], found["rehearsed_at"]) == ("", "")


def test_what_was_killed_is_settled_and_told_once(clinic: Path) -> None:
    (clinic.parent / "migrations" / "V0001__visits.sql").write_text("INSERT INTO patient VALUES (1);")
    path = (
        a_database(clinic.parent, "killed.db")
        .with_table("patient", "id INTEGER PRIMARY KEY")
        .in_wal_mode()
        .build()
    )
    applied = steward_process("migrate", "apply", path, "--yes", "--unrehearsed", "it is a test", code=KILLED)
    _, err = applied.communicate()
    assert applied.returncode < 0, err
    with open_read(path) as session:
        assert session.state.journal_mode != "wal"

    ran = steward("migrate", "status", path)

    assert ran.code == 0, ran.err
    assert "no version yet, 2 migrations pending" in ran.out
    assert "This was interrupted: " in ran.err and "another program" not in ran.err
    assert steward("migrate", "status", path).err == ""
    with open_read(path) as session:
        assert session.state.journal_mode == "wal"
