"""Links that were broken when a row was changed or deleted: an undo says so, and puts the row back where it is to."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.undoing import Audited, audited
from steward_app.db import open_write
from steward_app.kernel.errors import Refused
from steward_app.kernel.progress import Context
from steward_app.services.audit.undo import ConflictKind, Selection, UndoMode, plan_undo, rehearse_undo

DDL = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY, v)",
    "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p, v)",
)


def unchecked(file: Audited, *statements: str) -> None:
    """As programs write that do not enforce foreign keys."""
    with open_write(file.path) as session:
        session.run("PRAGMA foreign_keys = OFF")
        with session.transaction():
            for each in statements:
                session.run(each)


@pytest.fixture
def file(tmp_path: Path) -> Audited:
    made = audited(tmp_path, *DDL)
    made.write("INSERT INTO p VALUES (1, 'one'), (2, 'two')", "INSERT INTO c VALUES (10, 1, 'a')")
    unchecked(made, "INSERT INTO c VALUES (11, 99, 'b'), (12, 98, 'c')")
    return made


def kinds(file: Audited, *what: object) -> list[ConflictKind]:
    return [each.kind for each in file.outlook(*what).conflicts]


def test_a_deleted_row_that_pointed_to_nothing_comes_back_by_force(file: Audited) -> None:
    gone, before = file.write("DELETE FROM c WHERE id = 11"), file.rows("c")
    for mode in (UndoMode.STRICT, UndoMode.DEPENDENT):
        assert kinds(file, gone, mode) == [ConflictKind.MISSING_THEN]
        with pytest.raises(Refused):
            file.undo(gone, mode)
    assert file.rows("c") == before
    plan = plan_undo(file.catalog, file.request(gone, UndoMode.FORCE), Context())
    rehearsal = rehearse_undo(file.catalog, plan, Context())
    assert [check for check in rehearsal.checks if not check.passed] == []
    receipt = file.undo(gone, UndoMode.FORCE)
    assert (11, 99, "b") in file.rows("c")
    file.redo(receipt)
    assert file.rows("c") == before


def test_a_link_that_was_mended_is_broken_again_by_force(file: Audited) -> None:
    mended = file.write("UPDATE c SET p = 2 WHERE id = 11")
    assert kinds(file, mended) == [ConflictKind.MISSING_THEN]
    file.undo(mended, UndoMode.FORCE)
    assert (11, 99, "b") in file.rows("c")


def test_many_changes_go_back_with_what_pointed_to_nothing(file: Audited) -> None:
    before, last = file.state(), file.last()
    file.write("DELETE FROM c", "UPDATE p SET v = 'x'", "INSERT INTO c VALUES (20, 2, 'new')")
    file.undo(Selection(ranges=((last + 1, file.last()),)), UndoMode.FORCE)
    assert file.state() == before


def test_a_link_that_held_is_not_broken_by_force(file: Audited) -> None:
    gone = file.write("DELETE FROM c WHERE id = 10")
    file.write("DELETE FROM p WHERE id = 1")
    (conflict,) = file.outlook(gone, UndoMode.FORCE).conflicts
    assert (conflict.kind, conflict.by) == (ConflictKind.MISSING_PARENT, file.last())
    with pytest.raises(Refused):
        file.undo(gone, UndoMode.FORCE)


def test_a_parent_that_came_and_went_since_is_no_parent_that_was_missing(file: Audited) -> None:
    gone = file.write("DELETE FROM c WHERE id = 11")
    file.write("INSERT INTO p VALUES (99, 'late')")
    file.write("UPDATE p SET id = 100 WHERE id = 99")
    assert kinds(file, gone, UndoMode.FORCE) == [ConflictKind.MISSING_PARENT]


def test_where_the_log_does_not_tell_of_the_parents_nothing_is_claimed(tmp_path: Path) -> None:
    file = audited(tmp_path, *DDL)
    unchecked(file, "INSERT INTO c VALUES (11, 99, 'b')")
    gone = file.write("DELETE FROM c WHERE id = 11")
    with open_write(file.path) as session, session.transaction():
        session.run("UPDATE _steward_audit_table SET from_seq = 2 WHERE name = 'p'")
    assert kinds(file, gone, UndoMode.FORCE) == [ConflictKind.MISSING_PARENT]
