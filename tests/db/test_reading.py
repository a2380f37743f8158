"""What a reading session can do besides reading: parts of values, temporary tables, moments in moments."""

from __future__ import annotations

from itertools import islice

import pytest

from builders import a_database
from steward_app import db
from steward_app.kernel.errors import Cancelled, Failure
from steward_app.kernel.progress import Context


@pytest.fixture
def session(tmp_path):
    rows = [(1, "häuser", b"\x01\x02\x03\x04"), (2, 5, None)]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, a, b", rows=rows).build()
    with db.open_read(path) as session:
        yield session


def test_a_part_of_a_value(session):
    assert session.read_bytes("t", "b", 1, 2) == b"\x01\x02"
    assert session.read_bytes("t", "b", 1, 9, 3) == b"\x04"
    assert session.read_bytes("t", "b", 1, 9, 99) == b""
    assert session.read_bytes("t", "a", 1, 3) == "hä".encode()


@pytest.mark.parametrize(("column", "rowid"), [("a", 2), ("b", 2), ("b", 3), ("c", 1)])
def test_what_has_no_parts(session, column, rowid):
    assert session.read_bytes("t", column, rowid, 9) is None


def test_temporary_tables_leave_the_file_as_it_is(session):
    before = session.path.read_bytes()
    with session.temporary():
        session.all("CREATE TEMP TABLE kept (a)")
        session.all("INSERT INTO temp.kept SELECT id FROM t")
        with pytest.raises(Failure):
            session.all("DELETE FROM main.t")
    assert session.all("SELECT a FROM temp.kept") == [(1,), (2,)]
    with pytest.raises(Failure):
        session.all("DELETE FROM temp.kept")
    assert session.path.read_bytes() == before


def test_a_moment_in_a_moment_is_the_outer_one(session):
    with session.snapshot():
        with session.snapshot():
            assert session.count("SELECT count(*) FROM t") == 2
        assert session.in_transaction
    assert not session.in_transaction


def test_blocks_under_one_context_stand_in_one_another(session):
    context = Context()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with session.under(context):
        with session.under(context):
            session.all("SELECT 1")
        context.cancel()
        with pytest.raises(Cancelled):
            session.all(endless)


def test_blocks_under_one_context_may_end_crosswise(session):
    context = Context()

    def numbers():
        with session.under(context):
            yield from session.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
            )

    with session.under(context):
        rows = numbers()
        next(rows)
    context.cancel()
    with pytest.raises(Cancelled):
        for _ in islice(rows, 1_000_000):
            pass


def test_a_block_ends_after_its_session_was_closed(session):
    with session.under(Context()):
        session.close()
