"""What the log missed stands in the history: where it was found, with the rows, in all, of a table and of a row."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.histories import armed_again, writing_as
from builders.sealed import an_audited_file, by_hand, sealed, writing
from builders.under_audit import run
from steward_app.db import open_read
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Event
from steward_app.services.audit.past.history import Asked, History
from steward_app.services.audit.past.missed import Missed, missed

UNSEEN = 3  # the gap of two people; 1, 2 and 4 are changes of person 1, and 5 moves person 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = an_audited_file(tmp_path)
    sealed(path)
    by_hand(path, "UPDATE person SET note = 'unseen' WHERE id IN (1, 2)")
    run(path, "UPDATE person SET name = 'a' WHERE id = 1", "UPDATE person SET name = 'b' WHERE id = 2")
    sealed(path)
    with writing_as(path, "ada") as session:
        session.run("UPDATE person SET name = 'c' WHERE id = 1")
    run(path, "UPDATE person SET id = 20 WHERE id = 2")
    by_hand(path, "UPDATE place SET people = 8 WHERE town = 'town 1'")
    run(path, "UPDATE place SET people = 9 WHERE town = 'town 1'")
    sealed(path)
    return path


def found(path: Path, asked: Asked, *, limit: int = 100, newest_first: bool = True) -> list[Missed]:
    """All of it, page by page."""
    told: list[Missed] = []
    with open_read(path) as session:
        history, after = History(session), None
        while True:
            page = history.page(asked, after=after, limit=limit, newest_first=newest_first)
            told += missed(session, history, asked, after=after, until=page.next, newest_first=newest_first)
            if page.next is None:
                return told
            after = page.next


def told(path: Path, asked: Asked) -> list[tuple[int, str, list[tuple[object, ...]]]]:
    return [(each.seq, each.sentence, [row.key for row in each.rows]) for each in found(path, asked)]


PEOPLE = (UNSEEN, "2 rows of “person” changed behind the log's back", [(1,), (2,)])


def test_in_all_changes_the_newest_first(path: Path) -> None:
    place, people = told(path, Asked())
    assert people == PEOPLE
    assert place[1:] == ("1 row of “place” changed behind the log's back", [("town 1", "main street")])


@pytest.mark.parametrize("newest_first", [True, False])
def test_each_stands_on_one_page_and_no_other(path: Path, newest_first: bool) -> None:
    whole = found(path, Asked(), newest_first=newest_first)
    for limit in (1, 2, 3):
        assert found(path, Asked(), limit=limit, newest_first=newest_first) == whole


def test_of_a_table(path: Path) -> None:
    assert told(path, Asked(table="person")) == [PEOPLE]


def test_of_a_row_by_the_key_it_had_then(path: Path) -> None:
    one = "1 row of “person” changed behind the log's back"
    assert told(path, Asked(table="person", key=(1,))) == [(UNSEEN, one, [(1,)])]
    assert told(path, Asked(table="person", key=(20,))) == [(UNSEEN, one, [(2,)])]
    assert told(path, Asked(table="person", key=(3,))) == []
    assert [key for _, _, (key,) in told(path, Asked(table="place", key=("town 1", "main street")))] == [
        ("town 1", "main street")
    ]


def test_a_writer_or_a_transaction_has_no_part_in_it(path: Path) -> None:
    assert told(path, Asked(writer="ada")) == []
    assert told(path, Asked(txn=1)) == []
    assert len(told(path, Asked(unknown=True))) == 2


def test_under_the_next_version_of_a_table(path: Path) -> None:
    armed_again(path, "person", "ALTER TABLE person ADD COLUMN age")
    assert told(path, Asked(table="person", key=(1,)))[0][0] == UNSEEN


def test_changes_taken_out_of_the_log(path: Path) -> None:
    run(path, "UPDATE person SET name = 'd' WHERE id = 1", "UPDATE person SET name = 'e' WHERE id = 1")
    with writing(path) as session:
        (log,) = {each.tid for each in tables.tables(session) if each.name == "person"}
        session.run(
            f"DELETE FROM main._steward_audit_log_{log} WHERE seq = (SELECT seq - 1 FROM main._steward_audit_clock)"
        )
    sealed(path)
    taken = [each.sentence for each in found(path, Asked()) if each.taken]
    assert taken == ["1 change taken out of the log before it was sealed"]
    assert [each.taken for each in found(path, Asked(table="person", key=(3,)))] == [1]


def test_what_counts_as_a_gap() -> None:
    assert Event(1, 0, "gap").is_gap
    assert Event(1, 0, "rearmed", 1, {"compared": False}).is_gap
    assert not Event(1, 0, "rearmed", 1, {"compared": True, "differences": 2}).is_gap
    assert not Event(1, 0, "installed", 1).is_gap
