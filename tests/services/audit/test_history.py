"""History in pages: of everything, a table, a row, a column, a span of time, a transaction, a writer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.audited import a_case, write
from builders.histories import armed_again, at, timed, writing_as
from builders.sealed import an_audited_file, by_hand, put_under_audit, sealed, writing
from builders.writers import Bundled
from steward_app.db import open_read
from steward_app.kernel.errors import UsageError
from steward_app.services.audit.engine import log, replay
from steward_app.services.audit.engine.model import Mode, Op, Value
from steward_app.services.audit.engine.values import same
from steward_app.services.audit.past.history import Asked, Entry, History


def told(path: Path, asked: Asked, *, newest_first: bool = True, limit: int = 3) -> list[Entry]:
    """The whole of it, page by page."""
    found: list[Entry] = []
    with open_read(path) as session:
        history = History(session)
        after: int | None = None
        while True:
            page = history.page(asked, after=after, limit=limit, newest_first=newest_first)
            found += page.entries
            if page.next is None:
                return found
            after = page.next


def numbers(path: Path, asked: Asked, *, newest_first: bool = False) -> list[int]:
    return [entry.change.seq for entry in told(path, asked, newest_first=newest_first)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """1: Ada makes row 6; 2, 3: unknown; 4: Ben changes 1; 5, 6: Ada changes a place and 6; 7: 6 is gone."""
    path = an_audited_file(tmp_path)
    with writing_as(path, "ada", "new people") as session:
        session.run("INSERT INTO person VALUES (6, 'six', NULL, 1.5)")
    by_hand_logged(path, "UPDATE person SET note = 'seen' WHERE id < 3")
    with writing_as(path, "ben") as session:
        session.run("UPDATE person SET name = 'one' WHERE id = 1")
    with writing_as(path, "ada") as session:
        session.run("UPDATE place SET people = 9 WHERE town = 'town 1'")
        session.run("UPDATE person SET name = 'Six' WHERE id = 6")
    by_hand_logged(path, "DELETE FROM person WHERE id = 6")
    return timed(path)


def by_hand_logged(path: Path, sql: str) -> None:
    """As another program does it, which does not say who it is."""
    with writing(path) as session:
        session.run(sql)


def test_everything_comes_in_order_in_both_directions_and_in_pages(path: Path) -> None:
    assert numbers(path, Asked()) == [1, 2, 3, 4, 5, 6, 7]
    assert numbers(path, Asked(), newest_first=True) == [7, 6, 5, 4, 3, 2, 1]
    assert numbers(path, Asked(table="PERSON")) == [1, 2, 3, 4, 6, 7]


def test_each_entry_says_who_and_why(path: Path) -> None:
    entries = told(path, Asked(), newest_first=False)
    assert [entry.writer.actor if entry.writer else None for entry in entries] == [
        "ada", None, None, "ben", "ada", "ada", None,
    ]  # fmt: skip
    assert entries[0].writer is not None
    assert entries[0].writer.reason == "new people"
    assert entries[0].change.cells["name"].new == "six"


def test_a_row_a_column_and_both(path: Path) -> None:
    assert numbers(path, Asked(table="person", key=(6,))) == [1, 6, 7]
    assert numbers(path, Asked(table="person", key=(6,)), newest_first=True) == [7, 6, 1]
    assert numbers(path, Asked(table="person", column="note")) == [1, 2, 3, 7]
    assert numbers(path, Asked(table="person", key=(1,), column="NAME")) == [4]
    assert numbers(path, Asked(table="place", key=("town 1", "main street"))) == [5]


def test_a_span_of_time_a_writer_and_a_transaction(path: Path) -> None:
    assert numbers(path, Asked(since=at(3), until=at(5.5))) == [3, 4, 5]
    assert numbers(path, Asked(writer="ada")) == [1, 5, 6]
    assert numbers(path, Asked(writer="ada"), newest_first=True) == [6, 5, 1]
    assert numbers(path, Asked(writer="ada", table="person", since=at(2))) == [6]
    assert numbers(path, Asked(unknown=True)) == [2, 3, 7]
    assert numbers(path, Asked(table="person", key=(6,), unknown=True)) == [7]
    assert numbers(path, Asked(txn=3)) == [5, 6]
    assert numbers(path, Asked(table="person", key=(6,), txn=3)) == [6]
    assert numbers(path, Asked(txn=99)) == []


def test_what_bears_a_transaction_that_was_over_is_by_an_unknown_writer(path: Path) -> None:
    by_hand(path, "UPDATE _steward_audit_log_1 SET txn = 2 WHERE seq = 7")
    assert numbers(path, Asked(unknown=True)) == [2, 3, 7]
    assert numbers(path, Asked(writer="ben")) == [4]
    assert told(path, Asked())[0].writer is None


def test_what_else_changed_with_it(path: Path) -> None:
    by_hand(path, "UPDATE _steward_audit_log_1 SET at = 5 WHERE seq IN (2, 3)")
    with open_read(path) as session:
        history = History(session)
        entries = history.page(Asked(), newest_first=False).entries
        assert history.together(entries[4]).tables == (("person", 1), ("place", 1))
        statement = history.together(entries[1])
        assert (statement.first_seq, statement.last_seq, statement.changes) == (2, 3, 2)
        assert history.together(entries[6]).changes == 1


def test_sealed_and_unsealed_changes_of_a_row_are_one_history(path: Path) -> None:
    sealed(path)
    by_hand_logged(path, "INSERT INTO person VALUES (6, 'again', NULL, 0)")
    by_hand_logged(path, "UPDATE place SET people = 1 WHERE town = 'town 1'")
    assert numbers(path, Asked(table="person", key=(6,))) == [1, 6, 7, 8]
    assert numbers(path, Asked(table="place", key=("town 1", "main street"))) == [5, 9]
    with open_read(path) as session:
        history = History(session)
        assert len(history.page(Asked(table="person", key=(6,))).entries) == 4
        by_hand_logged(path, "UPDATE person SET name = 'more' WHERE id = 6")
        assert [e.change.seq for e in history.page(Asked(table="person", key=(6,))).entries] == [
            10,
            8,
            7,
            6,
            1,
        ]


def test_a_history_goes_on_under_the_former_key(path: Path) -> None:
    by_hand_logged(path, "UPDATE person SET id = 60 WHERE id = 1")
    by_hand_logged(path, "INSERT INTO person VALUES (1, 'another', NULL, 0)")
    by_hand_logged(path, "UPDATE place SET town = 'new town' WHERE town = 'town 1'")
    assert numbers(path, Asked(table="person", key=(60,))) == [2, 4, 8]
    assert numbers(path, Asked(table="person", key=(1,))) == [2, 4, 8, 9]
    assert numbers(path, Asked(table="place", key=("new town", "main street"))) == [5, 10]


def test_a_history_goes_through_the_versions_of_a_table(path: Path) -> None:
    armed_again(
        path,
        "people",
        "ALTER TABLE person RENAME TO people",
        "ALTER TABLE people RENAME COLUMN note TO remark",
        "ALTER TABLE people ADD COLUMN born",
    )
    by_hand_logged(path, "UPDATE people SET born = 1900, remark = 'old' WHERE id = 1")
    assert numbers(path, Asked(table="people", key=(1,))) == [2, 4, 8]
    assert numbers(path, Asked(table="people", column="remark")) == [1, 2, 3, 7, 8]
    assert numbers(path, Asked(table="people", column="born")) == [8]
    assert {entry.table for entry in told(path, Asked())} == {"people", "place"}


def test_what_the_log_does_not_know_is_said(path: Path) -> None:
    with pytest.raises(UsageError, match="not under audit") as caught:
        told(path, Asked(table="nobody"))
    assert "person" in caught.value.hint
    with pytest.raises(UsageError, match="Nothing is logged of a column"):
        told(path, Asked(table="person", column="age"))
    with pytest.raises(UsageError, match="A row is of a table"):
        told(path, Asked(key=(1,)))


def test_a_column_that_is_not_logged_has_no_history(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, a, b").build()
    put_under_audit(path, "t", modes={"a": Mode.NONE, "b": Mode.FLAG})
    by_hand_logged(path, "INSERT INTO t VALUES (1, 2, 3)")
    by_hand_logged(path, "UPDATE t SET a = 4, b = 5")
    assert numbers(path, Asked(table="t", column="b")) == [1, 2]
    with pytest.raises(UsageError, match="Nothing is logged"):
        told(path, Asked(table="t", column="a"))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1 << 30))
def test_pages_tell_every_change_once_and_rebuild_each_row(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    case = a_case(tmp_path_factory.mktemp("case") / "x.db", seed)
    write(case, Bundled(), rounds=2)
    with open_read(case.path) as session:
        history = History(session)
        every = [entry.change for entry in history.entries(Asked(), newest_first=False)]
        assert every == sorted(
            (change for each in case.audited for change in log.changes(session, each)), key=lambda c: c.seq
        )
        for audited in case.audited:
            for key, image in replay.live_rows(session, audited):
                asked = Asked(table=audited.name, key=key)
                oldest = [entry.change for entry in history.entries(asked, newest_first=False)]
                assert oldest == [entry.change for entry in history.entries(asked)][::-1]
                _rebuilds(oldest, image)


def _rebuilds(changes: list[log.Change], image: replay.Image) -> None:
    """The new values, one after another, since the row was inserted, are what the row holds."""
    found: dict[str, Value | object] = {}
    for change in changes:
        if change.op in (Op.INSERT, Op.DELETE, Op.DISPLACED):
            found.clear()
        found.update({name: cell.new for name, cell in change.cells.items()} if change.new_key else {})
    assert all(same(found[name], value) for name, value in image.items() if name in found)
