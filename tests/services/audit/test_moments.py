"""From a time to a place in the order of changes: between transactions, whatever clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from builders.histories import START, at, timed, writing_as
from builders.points import at_time
from builders.sealed import by_hand, put_under_audit, writing
from steward_app.db import open_read
from steward_app.kernel import clock
from steward_app.services.audit.engine import tables
from steward_app.services.audit.past.moments import Day, Times, from_milliseconds, milliseconds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """1 to 10 by nobody known, 11 to 14 in one transaction, 15 by nobody known."""
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY").with_table("u", "id").build()
    put_under_audit(path, "t", "u")
    with writing(path) as session:
        for n in range(10):
            session.run(f"INSERT INTO {'tu'[n % 2]} VALUES ({n})")
    with writing_as(path, "ada") as session:
        for n in range(4):
            session.run(f"INSERT INTO {'tu'[n % 2]} VALUES ({20 + n})")
    with writing(path) as session:
        session.run("INSERT INTO u VALUES (99)")
    return timed(path)


def seq(path: Path, seconds: float) -> int:
    with open_read(path) as session:
        return Times(session).moment(at(seconds)).seq


def test_a_time_is_the_last_change_that_is_not_later(path: Path) -> None:
    assert [seq(path, seconds) for seconds in (-5, 0.999, 1, 1.5, 9.999, 10, 10.5)] == [0, 0, 1, 1, 9, 10, 10]
    with open_read(path) as session:
        found = Times(session).moment(at(3.5))
        assert found.at == milliseconds(at(3))
        assert not found.under_way
        assert Times(session).moment(at(-1)).at is None


def test_a_transaction_under_way_is_not_cut_in_two(path: Path) -> None:
    assert [seq(path, seconds) for seconds in (11, 12.5, 13, 14, 14.5, 15)] == [10, 10, 10, 14, 14, 15]
    with open_read(path) as session:
        assert Times(session).moment(at(12)).under_way


def test_now_is_the_last_change_even_where_its_clock_was_ahead(path: Path) -> None:
    by_hand(path, "UPDATE _steward_audit_log_2 SET at = ? WHERE seq = 15", milliseconds(clock.now()) + 10**7)
    with open_read(path) as session:
        assert Times(session).moment(clock.now()).seq == 15
        assert Times(session).moment(clock.now() - timedelta(seconds=1)).seq == 14


def test_where_a_clock_was_set_back_a_place_is_found_and_stays_the_same(path: Path) -> None:
    for seq_no, table in ((6, 2), (7, 1), (8, 2)):
        by_hand(path, f"UPDATE _steward_audit_log_{table} SET at = at - 4000 WHERE seq = ?", seq_no)
    before = seq(path, 3.5)
    with writing(path) as session:
        session.run("INSERT INTO t VALUES (1000)")
    assert seq(path, 3.5) == before
    with open_read(path) as session:
        times = Times(session)
        asked = milliseconds(at(3.5))
        assert (times.at(before) or 0) <= asked < (times.at(before + 1) or 0)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_milliseconds_and_back(moment: datetime) -> None:
    assert from_milliseconds(milliseconds(moment)) == moment - timedelta(
        microseconds=moment.microsecond % 1_000
    )


def test_a_time_no_calendar_has_does_not_stop_anything() -> None:
    assert from_milliseconds(1 << 62).year == 9999
    assert from_milliseconds(-(1 << 62)).year == 1


def test_changes_a_day(path: Path) -> None:
    by_hand(path, "UPDATE _steward_audit_log_1 SET at = at + 86400000 WHERE seq > 10")
    by_hand(path, "UPDATE _steward_audit_log_2 SET at = at + 86400000 WHERE seq > 10")
    with open_read(path) as session, at_time(START + timedelta(days=2, hours=5)):
        times = Times(session)
        assert [(day.day, day.changes) for day in times.days()] == [
            (date(2026, 11, 1), 10),
            (date(2026, 11, 2), 5),
            (date(2026, 11, 3), 0),
        ]
        only = [each for each in tables.tables(session) if each.name == "t"]
        assert [day.changes for day in times.days(only)] == [5, 2, 0]
        assert [day.day for day in times.days(most=2)] == [date(2026, 11, 2), date(2026, 11, 3)]


def test_changes_a_day_of_a_busy_table_are_estimated(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "id").with_table("u", "id").build()
    put_under_audit(path, "t", "u")
    with writing(path) as session:
        many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000)"
        session.run(f"INSERT INTO t {many} SELECT i FROM n")
        session.run("INSERT INTO u VALUES (1)")
    with open_read(path) as session:
        only = [each for each in tables.tables(session) if each.name == "t"]
        (day,) = Times(session).days(only)
        assert not day.exact
        assert day.changes == pytest.approx(3000, rel=0.1)
        assert Times(session).days() == (Day(day.day, 3001),)


def test_a_file_without_changes_has_no_days(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "id").build()
    with open_read(path) as session:
        assert Times(session).days() == ()
        assert Times(session).moment(at(0)).seq == 0
