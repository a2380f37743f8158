"""What was erased does not come back by an undo: by the ledger of erasures, and where the log was emptied."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from builders.erasing import Ledger
from builders.sealed import sealed, writing
from builders.under_audit import run
from builders.undoing import Audited, audited
from steward_app.db import open_read, open_write
from steward_app.db.attribution import left_behind
from steward_app.kernel import clock
from steward_app.kernel.errors import Refused
from steward_app.services.audit.engine import tables
from steward_app.services.audit.erasing.redact import life, redact
from steward_app.services.audit.undo import ConflictKind, Selection, UndoMode
from steward_app.services.erasure import own_key
from steward_app.storage.secrets import open_secrets

PERSON = "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, town TEXT)"
ROWS = "INSERT INTO person VALUES (1, 'Wilhelmina', 'here'), (2, 'Ben', 'there')"


@pytest.fixture
def file(tmp_path: Path) -> Audited:
    made = audited(tmp_path, PERSON)
    made.write(ROWS)
    return made


def erase(
    file: Audited, where_sql: str, changes: dict[str, object] | None = None, *, days_ago: int = 0
) -> range:
    """Erase people as the program does; the changes that were logged by it."""
    before = file.last()
    key = own_key(open_secrets(file.catalog.directory), file.database_id)
    ledger = Ledger(file.catalog, file.database_id, key)
    at = clock.to_text(clock.now() - timedelta(days=days_ago))
    ledger.erase(file.path, "person", where_sql, changes=changes, at=at)  # type: ignore[arg-type]
    return range(before + 1, file.last() + 1)


@pytest.mark.parametrize("mode", list(UndoMode))
def test_a_person_who_was_erased_does_not_come_back(file: Audited, mode: UndoMode) -> None:
    seqs = erase(file, "id = 1")
    outlook = file.outlook(seqs, mode)
    assert [(each.kind, each.key) for each in outlook.conflicts] == [(ConflictKind.ERASED, (1,))]
    with pytest.raises(Refused):
        file.undo(seqs, mode)
    assert file.rows("person") == [(2, "Ben", "there")]


def test_who_was_deleted_before_is_not_brought_back_either(file: Audited) -> None:
    seqs = file.write("DELETE FROM person")
    file.undo(seqs)
    erase(file, "id = 1")
    assert len(file.outlook(seqs).conflicts) > 0
    both = file.write("DELETE FROM person")
    file.undo(both)
    assert file.rows("person") == [(2, "Ben", "there")]
    everything = file.outlook(Selection(ranges=((seqs[0], file.last()),)), UndoMode.SKIP)
    assert ConflictKind.ERASED in {each.kind for each in everything.conflicts}
    assert all(row.after != (1,) for row in everything.rows)


def test_values_that_were_emptied_stay_empty(file: Audited) -> None:
    seqs = erase(file, "id = 1", {"name": None})
    assert [(each.kind, each.column) for each in file.outlook(seqs).conflicts] == [
        (ConflictKind.ERASED, "name")
    ]
    with pytest.raises(Refused, match="erased since"):
        file.undo(seqs, UndoMode.FORCE)
    moved = file.write("UPDATE person SET town = 'elsewhere' WHERE id = 1")
    file.undo(moved)
    assert file.rows("person")[0] == (1, None, "here")


def test_what_was_erased_from_the_log_is_not_taken_for_null(file: Audited) -> None:
    changed = file.write("UPDATE person SET name = 'Mina', town = 'away' WHERE id = 1")
    sealed(file.path)
    with open_write(file.path) as session, session.transaction():
        found = tables.current(session, "person")
        assert found is not None
        redact(session, open_secrets(), life(session, found, (1,)), columns=("name",))
    outlook = file.outlook(changed)
    assert [(each.kind, each.column) for each in outlook.conflicts] == [(ConflictKind.ERASED, "name")]
    file.undo(changed, UndoMode.SKIP)
    assert file.rows("person")[0] == (1, "Mina", "here")


@pytest.mark.parametrize("days_ago", [0, 2])
def test_a_number_given_to_somebody_else_is_in_doubt_where_it_was_of_late(
    file: Audited, days_ago: int
) -> None:
    erase(file, "id = 1", days_ago=days_ago)
    with writing(file.path) as session:
        session.run("INSERT INTO person VALUES (1, 'Carla', 'new here')")
    seqs = file.write("DELETE FROM person WHERE id = 1")
    if not days_ago:
        with pytest.raises(Refused, match="erased since"):
            file.undo(seqs)
        return
    file.undo(seqs)
    assert file.rows("person")[0] == (1, "Carla", "new here")


def test_a_name_that_a_program_left_behind_is_in_nobodys_way(file: Audited) -> None:
    seqs = file.write("UPDATE person SET town = 'elsewhere' WHERE id = 1")
    run(
        file.path,
        "INSERT INTO _steward_audit_txn (begun_us, actor, application) VALUES (1, 'ada', 'import')",
        "UPDATE _steward_audit_clock SET txn = last_insert_rowid(), guard = 1",
        foreign_keys=0,
    )
    with open_read(file.path) as session:
        assert left_behind(session) is not None
    file.undo(seqs)
    assert file.rows("person")[0] == (1, "Wilhelmina", "here")
