"""Who and why, told to the audit; and a context that nobody cleared."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.under_audit import put_under_audit, run
from steward_app.db import WriteSession, open_read, open_write
from steward_app.db.attribution import CLEARED, Writer, attributed, left_behind, this_program
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.services.audit.engine import log, tables

ADA = Writer("ada", "tests 1", "because", "op_1", "op_0")
FORGETFUL = (
    "BEGIN",
    "INSERT INTO _steward_audit_txn (actor) VALUES ('bob')",
    "UPDATE _steward_audit_clock SET txn = last_insert_rowid(), guard = 1",
    "INSERT INTO t VALUES ('by bob')",
    "COMMIT",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = a_database(tmp_path).with_table("t", "a").with_table("free", "a").build()
    put_under_audit(path, "t")
    return path


def signed(path: Path) -> list[tuple[int, int | None]]:
    """The changes with their transactions."""
    with open_read(path) as session:
        (audited,) = tables.tables(session)
        return [(change.seq, change.txn) for change in log.changes(session, audited)]


def test_our_changes_are_signed_and_those_of_others_are_not(path: Path) -> None:
    run(path, "INSERT INTO t VALUES (0)")
    with open_write(path) as session:
        with session.transaction(), attributed(session, ADA) as txn:
            session.run("INSERT INTO t VALUES (1), (2)")
        (told,) = tables.txns(session)
    run(path, "INSERT INTO t VALUES (3)")
    assert signed(path) == [(1, None), (2, txn), (3, txn), (4, None)]
    assert (told.actor, told.application, told.reason) == ("ada", "tests 1", "because")
    assert (told.operation_id, told.undo_of, told.first_seq, told.last_seq) == ("op_1", "op_0", 2, 3)
    assert told.begun_us > 1_700_000_000_000_000


def test_nothing_is_left_of_who_changed_nothing(path: Path) -> None:
    with open_write(path) as session:
        with session.transaction(), attributed(session, ADA):
            session.run("INSERT INTO free VALUES (1)")
        assert list(tables.txns(session)) == []


def test_a_file_without_an_audit_is_left_alone(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a").build()
    with open_write(path) as session:
        with session.transaction(), attributed(session, ADA) as txn:
            session.run("INSERT INTO t VALUES (1)")
        assert txn is None
        assert session.count("SELECT count(*) FROM sqlite_schema") == 1
        assert left_behind(session) is None


def _breaks_off(session: WriteSession) -> None:
    """Somebody catches what was raised in the block, and goes on."""
    with pytest.raises(ZeroDivisionError), attributed(session, ADA):
        session.run("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError


def test_a_context_cannot_be_committed(path: Path) -> None:
    said = run(path, *FORGETFUL, foreign_keys=1)
    assert said == ["FOREIGN KEY constraint failed"]
    assert signed(path) == []
    with open_write(path) as session, pytest.raises(Failure) as failed, session.transaction():
        _breaks_off(session)
    assert failed.value.code is ErrorCode.CONSTRAINT
    assert signed(path) == []


def test_another_program_signs_as_the_documentation_says(path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "audit-log.md").read_text(encoding="utf-8")
    sql = (
        page.split("```sql\n")[1].split("```")[0].replace("-- the changes", "INSERT INTO t VALUES ('hers');")
    )
    assert run(path, *sql.split(";")[:-1], foreign_keys=1) == []
    with open_read(path) as session:
        (told,) = tables.txns(session)
    assert (told.actor, told.application, told.reason) == ("ada", "import 1.4", "monthly import")
    assert told.begun_us > 1_700_000_000_000_000
    assert signed(path) == [(1, told.txn)]


def test_a_context_left_by_who_enforces_no_foreign_keys_is_found_and_told(path: Path) -> None:
    assert run(path, *FORGETFUL, foreign_keys=0) == []
    assert run(path, "INSERT INTO t VALUES ('by somebody else')", foreign_keys=1) == []
    with open_write(path) as session:
        found = left_behind(session)
        assert found is not None
        assert (found.txn, found.last_seq) == (1, 2)
        with session.transaction(), attributed(session, ADA):
            session.run("INSERT INTO t VALUES ('by ada')")
        assert left_behind(session) is None
        (event,) = tables.events(session)
        assert (event.seq, event.kind, event.detail) == (3, CLEARED, {"txn": 1, "last_seq": 2})
    assert signed(path) == [(1, 1), (2, 1), (4, 2)]


def test_an_audit_that_goes_in_the_block(path: Path) -> None:
    with open_write(path) as session, session.transaction(), attributed(session, ADA):
        for (name,) in session.all("SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
            session.run(f"DROP TRIGGER {name}")
        session.run("UPDATE _steward_audit_clock SET guard = NULL")
        session.run("DROP TABLE _steward_audit_clock")


def test_this_program_names_the_account_it_runs_under() -> None:
    writer = this_program("9.9", reason="tidied", operation_id="op_7")
    assert writer.actor
    assert writer.application == "Data Steward 9.9"
