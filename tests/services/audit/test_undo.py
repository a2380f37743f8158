"""Undoing chosen changes: what is chosen, what stands in the way, and what each mode does about it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from builders.operations import yes
from builders.undoing import Audited, audited
from steward_app.db import open_read, open_write
from steward_app.db.attribution import Writer, attributed
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Reversal
from steward_app.kernel.progress import Context
from steward_app.services import operation
from steward_app.services.audit.engine import tables
from steward_app.services.audit.past.moments import milliseconds
from steward_app.services.audit.undo import (
    ConflictKind,
    Selection,
    UndoChanges,
    UndoMode,
    plan_undo,
    rehearse_undo,
    select,
    undo_changes,
)
from steward_app.services.operation import load_plan, save_plan

VISIT = "CREATE TABLE visit (id INTEGER PRIMARY KEY, who TEXT, fee, code TEXT UNIQUE)"
ROWS = "INSERT INTO visit VALUES (1, 'anna', 10, 'a'), (2, 'ben', 20, 'b'), (3, 'cem', 30, 'c')"


@pytest.fixture
def file(tmp_path: Path) -> Audited:
    made = audited(tmp_path, VISIT)
    made.write(ROWS)
    return made


def kinds(file: Audited, *what: object) -> list[tuple[ConflictKind, str]]:
    return [(each.kind, each.column) for each in file.outlook(*what).conflicts]


def signed(file: Audited, actor: str, *statements: str) -> int:
    """Write as a program that says who it is; the number of the transaction."""
    with open_write(file.path) as session, session.transaction():
        with attributed(session, Writer(actor, "test", "because")) as txn:
            for each in statements:
                session.run(each)
        assert txn is not None
        return txn


def test_a_cell_goes_back_and_the_others_stay(file: Audited) -> None:
    file.write("UPDATE visit SET fee = 11, who = 'Anna' WHERE id = 1")
    file.write("UPDATE visit SET who = 'ANNA' WHERE id = 1")
    file.undo(Selection(table="visit", key=(1,), column="fee"))
    assert file.rows("visit")[0] == (1, "ANNA", 10, "a")


def test_the_newest_change_of_a_row(file: Audited) -> None:
    file.write("UPDATE visit SET fee = 11 WHERE id = 1")
    file.write("UPDATE visit SET fee = 12 WHERE id = 1")
    newest = Selection(table="VISIT", key=(1,), newest=True)
    file.undo(newest)
    assert file.rows("visit")[0][2] == 11
    file.undo(Selection(table="visit", key=(1,), column="fee"))
    assert file.rows("visit")[0][2] == 10


def test_a_transaction_a_writer_and_everything(file: Audited) -> None:
    first = signed(file, "kim", "UPDATE visit SET fee = 1 WHERE id = 1", "DELETE FROM visit WHERE id = 3")
    signed(file, "lee", "UPDATE visit SET fee = 2 WHERE id = 2")
    signed(file, "kim", "INSERT INTO visit VALUES (4, 'dan', 40, 'd')")
    file.undo(Selection(txns=(first,)))
    assert [row[2] for row in file.rows("visit")] == [10, 2, 30, 40]
    file.undo(Selection(writer="lee"))
    assert [row[2] for row in file.rows("visit")] == [10, 20, 30, 40]
    file.write("INSERT INTO visit VALUES (5, 'eve', 50, 'e')")
    file.undo(Selection(unknown_writer=True), UndoMode.SKIP)
    assert [row[0] for row in file.rows("visit")] == [1, 2, 3, 4]


def test_since_a_moment_and_all_of_it(file: Audited) -> None:
    start = clock.now()
    while clock.now() - start < timedelta(milliseconds=3):
        pass
    since = milliseconds(clock.now())
    file.write("UPDATE visit SET fee = fee + 1", "DELETE FROM visit WHERE id = 2")
    file.undo(Selection(since_ms=since))
    assert [row[2] for row in file.rows("visit")] == [10, 20, 30]
    assert file.outlook(Selection(since_ms=since, unknown_writer=True)).selected
    file.undo(Selection(everything=True))
    assert file.rows("visit") == []


def test_what_was_chosen_must_be_said_and_must_be_there(file: Audited) -> None:
    with pytest.raises(UsageError, match="Which changes"):
        file.undo(Selection())
    with pytest.raises(UsageError, match="not under audit"):
        file.undo(Selection(table="nowhere"))
    with pytest.raises(Refused, match="no such change"):
        file.undo(Selection(ranges=((900, 999),)))
    file.undo(file.write("UPDATE visit SET fee = 5 WHERE id = 1"))
    with pytest.raises(Refused, match="as it was before"):
        file.undo(Selection(ranges=((file.last() - 1, file.last()),)))


def test_a_later_change_of_the_cell_names_who_and_when(file: Audited) -> None:
    seqs = file.write("UPDATE visit SET fee = 11, who = 'x' WHERE id = 1")
    signed(file, "kim", "UPDATE visit SET fee = 12 WHERE id = 1")
    outlook = file.outlook(seqs)
    (conflict,) = outlook.conflicts
    assert (conflict.kind, conflict.column, conflict.key) == (ConflictKind.CHANGED_SINCE, "fee", (1,))
    assert conflict.by is not None
    assert outlook.later[conflict.by].actor == "kim"
    plan = plan_undo(file.catalog, file.request(seqs), Context())
    (finding,) = plan.blocking
    assert "“kim”" in finding.detail
    assert finding.sample_keys == ((1,),)
    with pytest.raises(Refused, match=r"“visit[.]fee” was changed since"):
        undo_changes(file.catalog, plan, Context(), yes(plan))
    assert file.rows("visit")[0] == (1, "x", 12, "a")


def test_a_value_that_came_back_by_itself_is_changed_since_all_the_same(file: Audited) -> None:
    seqs = file.write("UPDATE visit SET fee = 11 WHERE id = 1")
    file.write("UPDATE visit SET fee = 12 WHERE id = 1")
    file.write("UPDATE visit SET fee = 11 WHERE id = 1")
    assert kinds(file, seqs) == [(ConflictKind.CHANGED_SINCE, "fee")]


@pytest.mark.parametrize(
    ("mode", "row"),
    [
        (UndoMode.SKIP, (1, "anna", 12, "a")),
        (UndoMode.DEPENDENT, (1, "anna", 10, "a")),
        (UndoMode.FORCE, (1, "anna", 10, "a")),
    ],
)
def test_the_modes(file: Audited, mode: UndoMode, row: tuple[object, ...]) -> None:
    seqs = file.write("UPDATE visit SET fee = 11, who = 'x' WHERE id = 1")
    file.write("UPDATE visit SET fee = 12, code = 'z' WHERE id = 1")
    receipt = file.undo(seqs, mode)
    assert file.rows("visit")[0] == (row if mode is UndoMode.DEPENDENT else (*row[:3], "z"))
    file.redo(receipt)
    assert file.rows("visit")[0] == (1, "x", 12, "z")


def test_what_is_unticked_stays(file: Audited) -> None:
    seqs = file.write(
        "UPDATE visit SET fee = 11, who = 'x' WHERE id = 1", "UPDATE visit SET fee = 0 WHERE id = 2"
    )
    file.undo(seqs, UndoMode.STRICT, [(seqs[0], "who"), (seqs[1], "")])
    assert file.rows("visit")[:2] == [(1, "x", 10, "a"), (2, "ben", 0, "b")]


def test_a_row_that_is_gone_and_one_that_was_changed_behind_the_log(file: Audited) -> None:
    gone = file.write("UPDATE visit SET fee = 11 WHERE id = 1")
    file.write("DELETE FROM visit WHERE id = 1")
    assert kinds(file, gone) == [(ConflictKind.ROW_GONE, "")]
    file.undo(gone, UndoMode.DEPENDENT)
    assert file.rows("visit")[0] == (1, "anna", 10, "a")
    changed = file.write("UPDATE visit SET fee = 21 WHERE id = 2")
    with open_write(file.path) as session, session.transaction():
        triggers = session.all(
            "SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY rowid"
        )
        for name, _ in triggers:
            session.run(f'DROP TRIGGER "{name}"')
        session.run("UPDATE visit SET fee = 22 WHERE id = 2")
        for _, sql in triggers:
            session.run(str(sql))
    assert kinds(file, changed) == [(ConflictKind.BEHIND_THE_LOG, "fee")]
    file.undo(changed, UndoMode.FORCE)
    assert file.rows("visit")[1][2] == 20


def test_a_key_that_is_taken_and_a_value_that_may_stand_only_once(file: Audited) -> None:
    deleted = file.write("DELETE FROM visit WHERE id IN (1, 2)")
    file.write("INSERT INTO visit VALUES (1, 'new', 0, 'n')", "INSERT INTO visit VALUES (9, 'new', 0, 'b')")
    outlook = file.outlook(deleted)
    assert [(each.kind, each.key, each.other_key) for each in outlook.conflicts] == [
        (ConflictKind.KEY_TAKEN, (1,), (1,)),
        (ConflictKind.UNIQUE_CLASH, (2,), (9,)),
    ]
    assert all(each.by in outlook.later for each in outlook.conflicts)
    with pytest.raises(Refused, match="another has it"):
        file.undo(deleted, UndoMode.FORCE)
    with pytest.raises(Refused, match="in the way of all of it"):
        file.undo(deleted, UndoMode.SKIP)
    file.undo(deleted, UndoMode.DEPENDENT)
    assert [row[0] for row in file.rows("visit")] == [1, 2, 3]


def test_numbers_and_codes_that_were_exchanged_go_back_in_one_step(tmp_path: Path) -> None:
    file = audited(
        tmp_path,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE CHECK (code < 'z'), self REFERENCES t)",
        "CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID",
    )
    file.write(
        "INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 3)",
        "INSERT INTO w VALUES ('a', 1), ('b', 2)",
    )
    before = file.state()
    one = file.write("UPDATE t SET code = 'x' WHERE id = 1", "UPDATE w SET k = 'x' WHERE k = 'a'")
    two = file.write("UPDATE t SET code = 'a' WHERE id = 2", "UPDATE w SET k = 'a' WHERE k = 'b'")
    file.write("UPDATE t SET code = 'b' WHERE id = 1", "UPDATE w SET k = 'b' WHERE k = 'x'")
    file.write("UPDATE t SET self = 2 WHERE id = 3")
    exchanged = file.state()
    receipt = file.undo(Selection(ranges=((one[0], file.last()),)))
    assert file.state() == before
    file.redo(receipt)
    assert file.state() == exchanged
    assert two


def test_links_are_looked_at_before_anything_is_written(tmp_path: Path) -> None:
    file = audited(tmp_path)
    file.write("INSERT INTO p (id, u) VALUES (1, 'a')", "INSERT INTO c VALUES (1, 1, 'x')")
    child = file.write("DELETE FROM c WHERE id = 1")
    file.write("DELETE FROM p WHERE id = 1")
    outlook = file.outlook(child)
    (conflict,) = [each for each in outlook.conflicts if each.table == "c"]
    assert (conflict.kind, conflict.other_table, conflict.constraint) == (
        ConflictKind.MISSING_PARENT,
        "p",
        ("pid",),
    )
    assert conflict.by in outlook.later
    file.undo(child, UndoMode.DEPENDENT)
    assert (len(file.rows("p")), len(file.rows("c"))) == (1, 1)
    parent = file.write("INSERT INTO p (id, u) VALUES (2, 'b')")
    file.write("INSERT INTO c VALUES (5, 2, 'y')", "INSERT INTO h VALUES (2, 5)")
    (pointed,) = [each for each in file.outlook(parent).conflicts if each.kind is ConflictKind.POINTED_TO]
    assert (pointed.other_table, pointed.other_key) == ("c", (5,))
    file.undo(parent, UndoMode.DEPENDENT)
    assert [row[0] for row in file.rows("p")] == [1]
    assert [row[0] for row in file.rows("c")] == [1]


def test_links_that_were_broken_before_block_nothing(tmp_path: Path) -> None:
    file = audited(
        tmp_path,
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p, v)",
    )
    with open_write(file.path) as session:
        session.run("PRAGMA foreign_keys = OFF")
        with session.transaction():
            session.run("INSERT INTO c VALUES (1, 77, 'a'), (2, 77, 'b')")
    file.undo(file.write("UPDATE c SET v = 'z'"))
    assert [row[2] for row in file.rows("c")] == ["a", "b"]


def test_the_plan_tells_all_of_it_and_holds_no_value(file: Audited, tmp_path: Path) -> None:
    seqs = file.write("UPDATE visit SET who = 'a secret' WHERE id = 1", "DELETE FROM visit WHERE id = 2")
    plan = plan_undo(file.catalog, file.request(seqs), Context())
    assert plan.reversal is Reversal.INVERSE
    assert plan.sentences[0] == "“visit”: 1 row given the values before, 1 row put back."
    assert "secret" not in repr(plan)
    assert "ben" not in repr(plan)
    assert plan.sql[0].startswith('-- 1 row\nUPDATE OR ABORT "main"."visit" SET "who" = ? WHERE "id" = ?')
    save_plan(plan, tmp_path / "plan.json")
    kept = load_plan(tmp_path / "plan.json")
    rehearsal = rehearse_undo(file.catalog, kept, Context())
    assert rehearsal.passed, rehearsal.checks
    undo_changes(file.catalog, kept, Context(), yes(kept))
    assert file.rows("visit") == [(1, "anna", 10, "a"), (2, "ben", 20, "b"), (3, "cem", 30, "c")]


def test_too_many_at_once_are_refused(file: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "MOST", 4)
    seqs = file.write("UPDATE visit SET fee = 1", "UPDATE visit SET fee = 2")
    with pytest.raises(Refused) as refused:
        file.undo(seqs)
    assert refused.value.code is ErrorCode.TOO_LARGE
    file.undo(seqs[3:])
    assert [row[2] for row in file.rows("visit")] == [1, 1, 1]


def test_a_plan_is_stale_after_any_change(file: Audited) -> None:
    plan = plan_undo(
        file.catalog, file.request(file.write("UPDATE visit SET fee = 11 WHERE id = 1")), Context()
    )
    file.write("UPDATE visit SET fee = 0 WHERE id = 3")
    with pytest.raises(Refused) as refused:
        undo_changes(file.catalog, plan, Context(), yes(plan))
    assert refused.value.code is ErrorCode.STALE_PLAN


def test_the_undo_is_a_transaction_that_says_what_it_takes_back(file: Audited) -> None:
    seqs = file.write("UPDATE visit SET fee = 11 WHERE id = 1")
    receipt = file.undo(seqs)
    redone = file.redo(receipt)
    with open_read(file.path) as session:
        first, second = tables.txns(session)
    assert (first.undo_of, first.operation_id) == (f"change {seqs[0]}", receipt.operation_id)
    assert (second.undo_of, second.operation_id) == (receipt.operation_id, redone.operation_id)
    with pytest.raises(Refused, match="undone already"):
        operation.undo(file.catalog, receipt.operation_id, (UndoChanges(file.catalog),), Context())


def test_a_file_without_an_audit(tmp_path: Path, file: Audited) -> None:
    other = tmp_path / "other.db"
    with open_write(file.path) as session:
        session.run("VACUUM INTO ?", (str(other),))
    with open_write(other) as session, session.transaction():
        for (name,) in session.all("SELECT name FROM main.sqlite_schema WHERE type = 'trigger'"):
            session.run(f'DROP TRIGGER "{name}"')
    twin = Audited(other, file.catalog, file.database_id)
    assert kinds(twin, Selection(everything=True)) == [(ConflictKind.NOT_AUDITED, "")] * 3
    with open_write(other) as session, session.transaction():
        session.run("DROP TABLE _steward_audit_table")
    with pytest.raises(Refused, match="no audit"):
        twin.undo(Selection(everything=True))


def test_too_many_changes_are_refused_with_those_that_can_be_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = audited(
        tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, a)", "CREATE TABLE u (id INTEGER PRIMARY KEY)"
    )
    file.write("INSERT INTO t VALUES (1, 1), (2, 2)", "INSERT INTO u VALUES (1)", "UPDATE t SET a = 0")
    monkeypatch.setattr(select, "MOST", 3)
    with pytest.raises(Refused) as refused:
        file.undo(range(1, 6))
    assert refused.value.message == "5 changes are meant, and at most 3 can be undone at once."
    assert "the newest first, which are 3 to 5," in refused.value.hint
    file.undo(range(3, 6))
    assert file.rows("t") == [(1, 1), (2, 2)]
    assert file.rows("u") == []
