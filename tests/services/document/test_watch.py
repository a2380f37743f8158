"""What is told of changes, and whose they are said to be."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from builders.odd_files import a_file_with_rows
from builders.processes import OtherProgram
from steward_app import db
from steward_app.services.document import Change, ChangeKind, Document, open_document

NEW = "INSERT INTO visit(note) VALUES ('new')"


@pytest.fixture(params=["DELETE", "WAL"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return a_file_with_rows(tmp_path / "clinic.db", f"journal_mode = {request.param}")


def _we_write(path: Path, *statements: str) -> None:
    with db.open_write(path) as session:
        for statement in statements:
            with session.transaction():
                session.run(statement)


def test_what_another_program_commits_is_told_once(path: Path) -> None:
    with open_document(path) as document, OtherProgram(path) as other:
        other.does(f"run({NEW!r})")
        assert document.poll() == Change(ChangeKind.DATA)
        assert document.poll() is None
        other.does("run('SELECT * FROM visit')")
        assert document.poll() is None
        other.does(f"run({NEW!r})")
        other.does(f"run({NEW!r})")
        assert document.poll() == Change(ChangeKind.DATA)
        assert document.poll() is None


def test_a_transaction_that_is_not_committed_is_not_told(path: Path) -> None:
    with open_document(path) as document, OtherProgram(path) as other:
        other.does(f"run('BEGIN', {NEW!r})")
        assert document.poll() is None
        other.does("run('ROLLBACK')")
        assert document.poll() is None


def test_a_change_of_the_schema_is_told_apart(path: Path) -> None:
    with open_document(path) as document, OtherProgram(path) as other:
        other.does("run('CREATE TABLE t (a)')")
        assert document.poll() == Change(ChangeKind.SCHEMA)
        other.does("run('VACUUM')")  # moves the schema cookie, changes no schema
        assert document.poll() == Change(ChangeKind.DATA)
        other.does("run('ALTER TABLE t RENAME TO u')")
        assert document.poll() == Change(ChangeKind.SCHEMA)


def test_our_own_commits_are_told_as_ours_whoever_makes_them(path: Path) -> None:
    with open_document(path) as document:
        _we_write(path, NEW, NEW)
        assert document.poll() == Change(ChangeKind.DATA, own=True)
        document.allow_writing()
        with document.write() as session, session.transaction():
            session.run("CREATE TABLE t (a)")
        assert document.poll() == Change(ChangeKind.SCHEMA, own=True)
        with db.open_write(path) as session:
            session.all("SELECT * FROM visit")
        assert document.poll() is None


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_a_commit_of_another_program_is_never_hidden_by_ours(path: Path, when: str) -> None:
    with open_document(path) as document, OtherProgram(path) as other:
        if when == "before":
            other.does(f"run({NEW!r})")
        with db.open_write(path) as session:
            with session.transaction():
                session.run(NEW)
            if when == "during":
                other.does(f"run({NEW!r})")
            with session.transaction():
                session.run(NEW)
        if when == "after":
            other.does(f"run({NEW!r})")
        assert document.poll() == Change(ChangeKind.DATA, own=False)
        _we_write(path, NEW)
        assert document.poll() == Change(ChangeKind.DATA, own=True)


def test_nothing_is_guessed_while_we_write(path: Path) -> None:
    with open_document(path) as document:
        with db.open_write(path) as session:
            with session.transaction():
                session.run(NEW)
            assert document.poll() is None
        assert document.poll() == Change(ChangeKind.DATA, own=True)


def test_a_receipt_says_which_tables(path: Path) -> None:
    with open_document(path) as document:
        _we_write(path, NEW)
        document.touched(["visit"])
        assert document.poll() == Change(ChangeKind.DATA, own=True, tables=frozenset({"visit"}))
        assert document.poll() is None


def test_changes_that_were_not_fetched_add_up(path: Path) -> None:
    with open_document(path) as document, OtherProgram(path) as other:
        _we_write(path, NEW)
        document.touched(["visit"])
        other.does("run('CREATE TABLE t (a)')")
        assert document.poll() == Change(ChangeKind.SCHEMA, own=False)


def test_deleted_returned_replaced(path: Path, tmp_path: Path) -> None:
    with open_document(path) as document:
        path.rename(tmp_path / "aside.db")
        assert document.poll() == Change(ChangeKind.DELETED)
        assert document.poll() is None
        (tmp_path / "aside.db").rename(path)
        assert document.poll() == Change(ChangeKind.RETURNED)
        assert document.poll() is None
        a_file_with_rows(tmp_path / "new.db").replace(path)
        assert document.poll() == Change(ChangeKind.REPLACED)
        assert document.poll() is None
        path.unlink()
        assert document.poll() == Change(ChangeKind.DELETED)


def test_a_new_file_of_the_same_name_is_never_taken_for_the_old(path: Path) -> None:
    """File systems give the number of a deleted file to the next one; what we hold open keeps its number."""
    with open_document(path) as document:
        path.unlink()
        a_file_with_rows(path)
        assert document.poll() == Change(ChangeKind.REPLACED)


def test_polling_does_not_wait_for_another_program(tmp_path: Path) -> None:
    path = a_file_with_rows(tmp_path / "clinic.db")
    with open_document(path) as document, OtherProgram(path) as other:
        other.does(f"run('BEGIN EXCLUSIVE', {NEW!r})")
        assert document.poll() is None
        other.does("run('COMMIT')")
        assert document.poll() == Change(ChangeKind.DATA)


def test_polling_does_not_wait_for_our_own_work(path: Path) -> None:
    with open_document(path) as document:
        working, done = threading.Event(), threading.Event()

        def work(other: Document) -> None:
            with other.read() as session, session.snapshot():
                session.count("SELECT count(*) FROM visit")
                working.set()
                done.wait()

        thread = threading.Thread(target=work, args=(document,))
        thread.start()
        working.wait()
        assert document.poll() is None
        done.set()
        thread.join()


def test_a_file_that_is_damaged_while_open_is_opened_anew(path: Path) -> None:
    with open_document(path) as document, OtherProgram(path) as other:
        other.does(
            "run('PRAGMA writable_schema = ON', \"UPDATE sqlite_schema SET sql = 'x' WHERE type = 'index'\")"
        )
        other.does("run('PRAGMA writable_schema = RESET')")
        change = document.poll()
        assert change is not None
        assert not change.own
