"""Rows that wait in the pen between statements: logged when they are gone, let go without a word when they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.audited import Case, check
from builders.under_audit import happened, number_of_changes, put_under_audit, run, shape_in
from steward_app.db import open_write
from steward_app.services.audit.engine.arm import disarm
from steward_app.services.audit.engine.harvest import empty, harvest, holds_rows

IGNORED = "INSERT OR IGNORE INTO t (id, u) VALUES (9, 'secret one')"


@pytest.fixture(params=[1, 1_200], ids=["narrow", "wide"])
def case(tmp_path: Path, request: pytest.FixtureRequest) -> Case:
    more = "".join(f", c{number}" for number in range(request.param))
    columns = f"id INTEGER PRIMARY KEY, u UNIQUE, up REFERENCES t ON DELETE CASCADE{more}"
    path = a_database(tmp_path).with_sql(f"CREATE TABLE t ({columns})").build()
    run(path, "INSERT INTO t (id, u, up) VALUES (1, 'secret one', NULL), (2, 'b', 1), (3, 'c', 2)")
    return put_under_audit(path, "t")


def test_who_stands_still_is_let_go(case: Case) -> None:
    run(case.path, IGNORED)
    shape, (audited,) = shape_in(case.path, "t"), case.audited
    with open_write(case.path) as session, session.transaction():
        assert holds_rows(session, audited)
        assert harvest(session, audited, shape) == 0
        assert not holds_rows(session, audited)
    assert check(case) == 0


def test_who_is_gone_is_logged(case: Case) -> None:
    """A row that displaces its own parent is removed with it, so that no trigger fires after it."""
    run(case.path, "UPDATE OR REPLACE t SET u = 'secret one' WHERE id = 2", foreign_keys=1)
    before = number_of_changes(case.path)
    shape, (audited,) = shape_in(case.path, "t"), case.audited
    with open_write(case.path) as session, session.transaction():
        logged = harvest(session, audited, shape)
        assert harvest(session, audited, shape) == 0
    assert number_of_changes(case.path) == before + logged
    assert ("displaced", 1) in happened(case.path, audited)
    check(case)


def test_the_pen_is_emptied_without_logging(case: Case) -> None:
    run(case.path, IGNORED)
    with open_write(case.path) as session, session.transaction():
        empty(session, case.audited[0])
        assert not holds_rows(session, case.audited[0])
    run(case.path, "UPDATE t SET u = 'other' WHERE id = 1", "DELETE FROM _steward_audit_log_1", "VACUUM")
    leftover = case.path.read_bytes().count(b"secret one")
    assert number_of_changes(case.path) == 1
    assert leftover == (
        1 if b"_steward_audit_values_1" in case.path.read_bytes() else 0
    )  # of the change itself


def test_nothing_of_the_pen_is_left_when_the_audit_ends(case: Case) -> None:
    run(case.path, IGNORED)
    with open_write(case.path) as session, session.transaction():
        disarm(session, case.audited[0])
    run(case.path, "UPDATE t SET u = 'other' WHERE id = 1", "VACUUM")
    assert b"secret one" not in case.path.read_bytes()
