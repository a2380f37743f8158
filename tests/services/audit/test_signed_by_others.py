"""Changes that another program signed without saying which are its own are found by writer and by transaction."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from builders import steward
from builders.histories import at, timed, writing_as
from builders.sealed import an_audited_file, sealed, writing
from builders.undoing import Audited, audited
from steward_app.db import Session, WriteSession, open_read
from steward_app.services.audit.past.history import Asked, History
from steward_app.services.audit.past.history_groups import Groups
from steward_app.services.audit.past.moments import Times
from steward_app.services.audit.undo import Selection

SIGN = "INSERT INTO _steward_audit_txn (begun_us, actor, application) VALUES (1, '{0}', 'import 1.4')"
SET = "UPDATE _steward_audit_clock SET txn = last_insert_rowid(), guard = 1"
CLEAR = "UPDATE _steward_audit_clock SET txn = NULL, guard = NULL"


def signing(session: WriteSession, actor: str, *statements: str) -> None:
    for sql in (SIGN.format(actor), SET, *statements, CLEAR):
        session.run(sql)


@pytest.fixture(params=[False, True], ids=["fresh", "sealed"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """1, 2: unknown; 3 to 5: Ada, of two tables; 6: Ben, as this program does it; 7: Ada, who says which is hers;
    8: Ada; 9: unknown."""
    path = an_audited_file(tmp_path)
    with writing(path) as session:
        session.run("UPDATE person SET note = 'seen' WHERE id < 3")
    with writing(path) as session:
        signing(
            session,
            "ada",
            "UPDATE person SET note = 'ada' WHERE id < 3",
            "UPDATE place SET people = 9 WHERE town = 'town 1'",
        )
    with writing_as(path, "ben") as session:
        session.run("UPDATE person SET note = 'ben' WHERE id = 1")
    with writing_as(path, "ada") as session:
        session.run("UPDATE person SET note = 'own' WHERE id = 1")
    with writing(path) as session:
        signing(session, "ada", "UPDATE person SET note = 'last' WHERE id = 1")
    with writing(path) as session:
        session.run("UPDATE person SET note = 'unknown' WHERE id = 1")
    timed(path)
    if request.param:
        sealed(path)
    return path


def seqs(session: Session, asked: Asked, *, newest_first: bool = False, limit: int = 2) -> list[int]:
    history, found, after = History(session), list[int](), None
    while True:
        page = history.page(asked, after=after, limit=limit, newest_first=newest_first)
        found += [entry.change.seq for entry in page.entries]
        if page.next is None:
            return found
        after = page.next


def test_history_by_writer_and_by_transaction(path: Path) -> None:
    with open_read(path) as session:
        assert seqs(session, Asked(writer="ada")) == [3, 4, 5, 7, 8]
        assert seqs(session, Asked(writer="ada"), newest_first=True) == [8, 7, 5, 4, 3]
        assert seqs(session, Asked(writer="ada", table="person", key=(1,))) == [3, 7, 8]
        assert seqs(session, Asked(writer="ben")) == [6]
        assert seqs(session, Asked(txn=1)) == [3, 4, 5]
        assert seqs(session, Asked(txn=1, writer="ada")) == [3, 4, 5]
        assert seqs(session, Asked(txn=2, writer="ada")) == []
        assert seqs(session, Asked(unknown=True)) == [1, 2, 9]


def test_what_hangs_together(path: Path) -> None:
    with open_read(path) as session:
        history = History(session)
        entries = {entry.change.seq: entry for entry in history.entries(Asked())}
        spans = {seq: history.together(entries[seq]) for seq in (3, 5, 6, 8)}
        assert [(each.first_seq, each.last_seq) for each in spans.values()] == [
            (3, 5),
            (3, 5),
            (6, 6),
            (8, 8),
        ]
        assert dict(spans[3].tables) == {"person": 2, "place": 1}
        groups = Groups(session).page(Asked(writer="ada")).groups
        assert [(group.first_seq, group.last_seq) for group in groups] == [(8, 8), (7, 7), (3, 5)]


def test_such_a_transaction_is_taken_whole(path: Path) -> None:
    with open_read(path) as session:
        told = {seq: Times(session).moment(at(seq) + timedelta(milliseconds=1)).seq for seq in range(1, 9)}
    assert told == {1: 1, 2: 2, 3: 2, 4: 2, 5: 5, 6: 6, 7: 7, 8: 8}


@pytest.fixture
def file(tmp_path: Path) -> Audited:
    made = audited(tmp_path, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
    made.write("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    made.write(SIGN.format("ada"), SET, "UPDATE t SET v = 'ada' WHERE id = 1", CLEAR)
    made.write("UPDATE t SET v = 'x' WHERE id = 2")
    return made


@pytest.mark.parametrize("chosen", [Selection(writer="ada"), Selection(txns=(1,))])
def test_undone_by_writer_and_by_transaction(file: Audited, chosen: Selection) -> None:
    file.undo(chosen)
    assert file.rows("t") == [(1, "a"), (2, "x")]


def test_what_came_after_a_transaction_ended_is_not_its_own(file: Audited) -> None:
    file.write("UPDATE _steward_audit_txn SET first_seq = 3, last_seq = 3 WHERE txn = 1")
    file.write(SIGN.format("ada"), SET, CLEAR)
    file.write("UPDATE _steward_audit_clock SET txn = 1", "UPDATE t SET v = 'y' WHERE id = 2", CLEAR)
    with open_read(file.path) as session:
        assert seqs(session, Asked(writer="ada")) == [3]
        assert seqs(session, Asked(txn=1)) == [3]
    file.undo(Selection(writer="ada"))
    assert file.rows("t") == [(1, "a"), (2, "y")]


def test_a_writer_of_more_transactions_than_sqlite_joins_in_one_condition(file: Audited) -> None:
    with writing(file.path) as session:
        session.run(
            "INSERT INTO _steward_audit_txn (actor, first_seq, last_seq) SELECT 'many', 900000, 900000"
            " FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100) SELECT i FROM n)"
        )
    file.write(SIGN.format("many"), SET, "UPDATE t SET v = 'z' WHERE id = 2", CLEAR)
    file.undo(Selection(writer="many"))
    assert file.rows("t") == [(1, "ada"), (2, "x")]
    file.undo(Selection(ranges=tuple((n, n) for n in range(3, 1_600))))
    assert file.rows("t") == [(1, "a"), (2, "b")]


def test_on_the_command_line(path: Path) -> None:
    ran = steward("audit", "history", path, "--txn", "1", "--json")
    assert [item["id"] for item in ran.document()["items"]] == ["5", "4", "3"]
    assert ran.document()["items"][0]["together"] == 3
