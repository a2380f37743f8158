"""Statements that change the named rows alone, on a file whose audit goes on telling."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.audited import check
from builders.under_audit import armed, happened, put_under_audit, run
from steward_app.db import open_write
from steward_app.services.audit.guard.armed import State


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_table("p", "id INTEGER PRIMARY KEY, n", rows=[(1, 0), (2, 0)])
        .with_table("c", "id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE", rows=[(1, 1), (2, 2)])
        .with_sql(
            "CREATE TRIGGER first AFTER DELETE ON p BEGIN DELETE FROM c; END",
            "CREATE TRIGGER second AFTER UPDATE ON p BEGIN UPDATE c SET p = NULL; END",
            "CREATE VIEW v AS SELECT * FROM p",
            "CREATE TRIGGER third INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
        )
        .build()
    )


def triggers(path: Path) -> list[object]:
    with open_write(path) as session:
        rows = session.all("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid")
    return list(rows)


def test_the_audit_tells_what_other_triggers_do_not_see(path: Path) -> None:
    case = put_under_audit(path, "p", "c")
    before = triggers(path)
    with open_write(path) as session:
        with session.transaction(), session.verbatim():
            session.run("DELETE FROM p WHERE id = 1")
            session.run("UPDATE p SET n = 5")
        assert session.count("SELECT count(*) FROM c WHERE p IS NOT NULL") == 2
        assert session.value("PRAGMA foreign_keys") == 1
    assert happened(path, case.audited[0]) == [("delete", 1), ("update", 2)]
    assert triggers(path) == before
    assert [each.state for each in armed(path)] == [State.ARMED, State.ARMED]
    check(case)
    run(path, "UPDATE p SET n = 6")
    assert len(happened(path, case.audited[1])) == 2


def test_what_raises_leaves_everything_as_it_was(path: Path) -> None:
    put_under_audit(path, "p", "c")
    before = triggers(path)
    with (
        open_write(path) as session,
        pytest.raises(ZeroDivisionError),
        session.transaction(),
        session.verbatim(),
    ):
        session.run("DELETE FROM p")
        raise ZeroDivisionError
    assert triggers(path) == before


def test_who_catches_what_was_raised_and_commits_has_the_triggers_again(path: Path) -> None:
    put_under_audit(path, "p")
    before = triggers(path)
    with (
        open_write(path) as session,
        session.transaction(),
        pytest.raises(ZeroDivisionError),
        session.verbatim(),
    ):
        raise ZeroDivisionError
    assert triggers(path) == before


def test_triggers_of_a_table_that_goes_are_gone_with_it(path: Path) -> None:
    put_under_audit(path, "c")
    with open_write(path) as session, session.transaction(), session.verbatim():
        session.run("DROP TABLE p")
    assert str(triggers(path)[0]).startswith("('third'")
    assert len(triggers(path)) > 3


def test_outside_a_transaction_it_is_refused(path: Path) -> None:
    put_under_audit(path, "p")
    with (
        open_write(path) as session,
        pytest.raises(RuntimeError, match="inside a transaction"),
        session.verbatim(),
    ):
        pass
