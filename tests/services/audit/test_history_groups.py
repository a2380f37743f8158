"""History by what was done at once, and rows as a change left them."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.audited import a_case, write
from builders.histories import armed_again, writing_as
from builders.sealed import an_audited_file, by_hand, put_under_audit, writing
from builders.writers import Bundled
from steward_app.db import open_read
from steward_app.kernel.errors import UsageError
from steward_app.services.audit.engine import log, replay, tables
from steward_app.services.audit.engine.model import Mode, Op
from steward_app.services.audit.past.as_of_row import RowsAsOf
from steward_app.services.audit.past.history import Asked, History
from steward_app.services.audit.past.history_groups import Group, Groups


def groups(path: Path, asked: Asked = Asked(), limit: int = 2) -> list[Group]:  # noqa: B008  # frozen
    """All of them, page by page."""
    found: list[Group] = []
    with open_read(path) as session:
        every, after = Groups(session), None
        while True:
            page = every.page(asked, after=after, limit=limit)
            found += page.groups
            if page.next is None:
                return found
            after = page.next


def spans(path: Path, asked: Asked = Asked()) -> list[tuple[int, int, int]]:  # noqa: B008  # frozen
    return [(each.first_seq, each.last_seq, each.changes) for each in groups(path, asked)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """1: Ada; 2 to 201: a statement of nobody known; 202, 203: Ben, in two tables; 204: nobody known."""
    path = an_audited_file(tmp_path)
    with writing_as(path, "ada") as session:
        session.run("UPDATE person SET name = 'one' WHERE id = 1")
    with writing(path) as session:
        session.run(
            "WITH n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 299)"
            " INSERT INTO person (id, name) SELECT i, 'n' || i FROM n"
        )
    with open_read(path) as session:
        tid = next(each.tid for each in tables.tables(session) if each.name == "person")
    by_hand(path, f"UPDATE _steward_audit_log_{tid} SET at = 5000 WHERE seq BETWEEN 2 AND 201")
    with writing_as(path, "ben") as session:
        session.run("UPDATE place SET people = 9 WHERE town = 'town 1'")
        session.run("UPDATE person SET name = 'two' WHERE id = 2")
    with writing(path) as session:
        session.run("DELETE FROM person WHERE id = 1")
    return path


def test_transactions_and_statements_stand_together(path: Path) -> None:
    assert spans(path) == [(204, 204, 1), (202, 203, 2), (2, 201, 200), (1, 1, 1)]
    newest, ben, many, _ = groups(path)
    assert newest.writer is None and newest.ops == {Op.DELETE}
    assert ben.writer is not None and ben.writer.actor == "ben"
    assert set(ben.tables) == {"person", "place"}
    assert many.counts == (("person", Op.INSERT, 200),)


def test_what_is_asked_for_is_counted_and_no_more(path: Path) -> None:
    assert spans(path, Asked(table="place")) == [(202, 202, 1)]
    assert spans(path, Asked(table="person")) == [(204, 204, 1), (203, 203, 1), (2, 201, 200), (1, 1, 1)]
    assert spans(path, Asked(table="person", column="name", unknown=True)) == [(204, 204, 1), (2, 201, 200)]
    assert spans(path, Asked(writer="ada")) == [(1, 1, 1)]
    with open_read(path) as session, pytest.raises(UsageError):
        Groups(session).page(Asked(table="person", key=(1,)))


@pytest.mark.parametrize("seed", range(4))
def test_groups_hold_every_change_once(tmp_path: Path, seed: int) -> None:
    case = a_case(tmp_path / "case.db", seed)
    write(case, Bundled(), rounds=2)
    with open_read(case.path) as session:
        every = [entry.change.seq for entry in History(session).entries(Asked())]
    found = groups(case.path, limit=3)
    assert sum(each.changes for each in found) == len(every)
    bounds = [seq for each in found for seq in (each.last_seq, each.first_seq)]
    assert bounds == sorted(bounds, reverse=True)


@pytest.mark.parametrize("seed", range(4))
def test_a_row_as_a_change_left_it_is_that_of_the_replay(tmp_path: Path, seed: int) -> None:
    case = a_case(tmp_path / "case.db", seed)
    write(case, Bundled(), rounds=2)
    audited, state = case.audited[0], dict(case.base[0])
    with open_read(case.path) as session:
        rows = RowsAsOf(session, audited.name)
        for change in log.changes(session, audited):
            replay.forward(state, [change])
            found = rows.after(change)
            assert found.there is (change.new_key is not None)
            if change.new_key is not None:
                logged = {each.name for each in audited.columns}
                told = {name: value for name, value in found.values.items() if name in logged}
                assert replay.equal({(): told}, {(): state[change.new_key]})  # type: ignore[dict-item]


def test_a_row_of_before_a_rename_is_told_by_names_of_now(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_table("t", "id INTEGER PRIMARY KEY, a, b", rows=[(1, 2, 3)])
        .build()
    )
    put_under_audit(path, "t", modes={"b": Mode.NONE})
    with writing(path) as session:
        session.run("UPDATE t SET a = 5, b = 6")
    armed_again(path, "t", "ALTER TABLE t RENAME COLUMN a TO c")
    with open_read(path) as session:
        entry = History(session).page(Asked(table="t"), newest_first=False).entries[0]
        found = RowsAsOf(session, "t").after(entry.change)
    assert found.there and found.values["c"] == 5
