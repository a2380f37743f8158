"""Two times compared: what was added, removed, changed, cell by cell; and deleted rows that are not there now."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.audited import a_case, write
from builders.histories import armed_again, moment, table_of, timed, writing_as
from builders.sealed import an_audited_file, put_under_audit, sealed, writing
from builders.writers import Bundled
from steward_app.db import open_read
from steward_app.kernel.errors import UsageError
from steward_app.services.audit.engine import replay
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.erasing.redact import redact
from steward_app.services.audit.past.as_of import table_as_of
from steward_app.services.audit.past.compare import Comparison, Differing, Kind, compare
from steward_app.services.audit.past.recycle_bin import Deleted, RecycleBin
from steward_app.services.rows import Grid
from steward_app.storage.secrets import open_secrets


def rows(found: Comparison, kind: Kind | None = None) -> list[Differing]:
    """All of them, in pages of two."""
    every: list[Differing] = []
    while page := found.page(kind, after=every[-1].number if every else 0, limit=2):
        every += page
    return every


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """1: row 6 comes; 2: 1 is changed; 3: 2 goes; 4 and 5: 3 is changed and changed back; 6: 4 becomes 40."""
    path = an_audited_file(tmp_path)
    with writing_as(path, "ada") as session:
        session.run("INSERT INTO person VALUES (6, 'six', NULL, 1.5)")
        session.run("UPDATE person SET name = 'one', weight = 9 WHERE id = 1")
        session.run("DELETE FROM person WHERE id = 2")
    with writing(path) as session:
        session.run("UPDATE person SET name = 'x' WHERE id = 3")
        session.run("UPDATE person SET name = 'name 3' WHERE id = 3")
        session.run("UPDATE person SET id = 40 WHERE id = 4")
    return timed(path)


def test_rows_that_differ_are_told_with_their_cells(path: Path) -> None:
    with (
        open_read(path) as session,
        compare(session, table_of(session, "person"), moment(0), moment(6)) as found,
    ):
        assert found.counts == {Kind.ADDED: 2, Kind.REMOVED: 2, Kind.CHANGED: 1}
        assert found.key_columns == ("id",)
        assert [row.key[0] for row in rows(found, Kind.ADDED)] == [6, 40]
        assert [row.key[0] for row in rows(found, Kind.REMOVED)] == [2, 4]
        (changed,) = rows(found, Kind.CHANGED)
        assert changed.columns == ("name", "weight")
        assert (changed.before, changed.after) == ((1, "name 1", "note 1", 1 / 3), (1, "one", "note 1", 9.0))
        assert [row.number for row in rows(found)] == [1, 2, 3, 4, 5]


def test_two_times_in_the_past_and_in_either_order(path: Path) -> None:
    with open_read(path) as session:
        table = table_of(session, "person")
        for one, other in ((3, 4), (4, 3)):
            with compare(session, table, moment(one), moment(other)) as found:
                assert [(row.key[0], row.after[1]) for row in rows(found)] == [(3, "x")]
        with compare(session, table, moment(3), moment(5)) as found:
            assert rows(found) == []


def test_one_and_one_point_zero_differ(tmp_path: Path) -> None:
    path = an_audited_file(tmp_path)
    with writing(path) as session:
        session.run("UPDATE person SET note = 1 WHERE id = 1")
        session.run("UPDATE person SET note = 1.0 WHERE id = 1")
    with (
        open_read(path) as session,
        compare(session, table_of(session, "person"), moment(1), moment(2)) as found,
    ):
        (row,) = rows(found)
        assert row.columns == ("note",)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1 << 30))
def test_two_checkpoints_differ_as_their_states_do(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    case = a_case(tmp_path_factory.mktemp("case") / "x.db", seed)
    write(case, Bundled(), rounds=3)
    (first, before), (last, after) = case.checkpoints[0], case.checkpoints[-1]
    with open_read(case.path) as session:
        for at, audited in enumerate(case.audited):
            if not all(column.mode is Mode.FULL for column in audited.columns) or _alike(
                before[at], after[at]
            ):
                continue
            with compare(session, table_of(session, audited.name), moment(first), moment(last)) as found:
                shared = before[at].keys() & after[at].keys()
                changed = [k for k in shared if not replay.equal({k: before[at][k]}, {k: after[at][k]})]
                assert found.counts[Kind.CHANGED] == len(changed)
                assert found.counts[Kind.ADDED] == len(after[at].keys() - shared)
                assert found.counts[Kind.REMOVED] == len(before[at].keys() - shared)
                assert len(rows(found)) == sum(found.counts.values())


def _alike(before: replay.State, after: replay.State) -> bool:
    """Whether keys may compare as equal by a collation: such a row is told as changed."""
    keys = before.keys() | after.keys()
    folded = {tuple(part.lower().rstrip() if isinstance(part, str) else part for part in key) for key in keys}
    return len(folded) < len(keys)


def test_a_key_that_only_changed_its_capitals_is_the_same_row(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql("CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID")
        .build()
    )
    put_under_audit(path, "t")
    with writing(path) as session:
        session.run("INSERT INTO t VALUES ('a', 1)")
        session.run("UPDATE t SET k = 'A'")
    with open_read(path) as session, compare(session, table_of(session, "t"), moment(1), moment(2)) as found:
        assert [(row.before, row.after, row.columns) for row in rows(found)] == [(("a", 1), ("A", 1), ("k",))]


def deleted(path: Path, table: str = "") -> list[Deleted]:
    """The whole bin, in pages of one."""
    with open_read(path) as session:
        recycled, found = RecycleBin(session), list[Deleted]()
        page = recycled.page(table, limit=1)
        found += page.rows
        while page.next is not None:
            page = recycled.page(table, after=page.next, limit=1)
            found += page.rows
        return found


def test_the_bin_holds_rows_that_are_gone_with_who_and_when(path: Path) -> None:
    with writing(path) as session:
        session.run("DELETE FROM place WHERE town = 'town 0'")
    found = deleted(path)
    assert [(row.table, row.key) for row in found] == [("place", ("town 0", "main street")), ("person", (2,))]
    assert found[1].values == {"id": 2, "name": "name 2", "note": "note 2", "weight": 2 / 3}
    assert found[1].writer is not None
    assert found[1].writer.actor == "ada"
    assert found[0].writer is None
    assert [row.key for row in deleted(path, "person")] == [(2,)]


@pytest.mark.parametrize("is_sealed", [False, True])
def test_what_came_back_is_not_in_it_and_what_went_twice_is_in_it_once(path: Path, is_sealed: bool) -> None:
    with writing(path) as session:
        session.run("INSERT INTO person VALUES (2, 'again', NULL, 0)")
    assert deleted(path, "person") == []
    with writing(path) as session:
        session.run("DELETE FROM person WHERE id = 2")
        session.run("DELETE FROM person WHERE id = 6")
        session.run("UPDATE person SET id = 6 WHERE id = 5")
    if is_sealed:
        sealed(path)
    (row,) = deleted(path, "person")
    assert row.values["name"] == "again"


def test_a_replaced_row_is_in_it_where_its_key_is_free(tmp_path: Path) -> None:
    path = an_audited_file(tmp_path)
    with writing(path) as session:
        session.run("CREATE UNIQUE INDEX by_name ON person (name)")
    armed_again(path, "person")
    with writing(path) as session:
        session.run("INSERT OR REPLACE INTO person VALUES (9, 'name 2', NULL, 0)")
    (row,) = deleted(path, "person")
    assert row.key == (2,)
    assert row.replaced


def test_a_row_is_told_by_the_names_that_columns_have_now(path: Path) -> None:
    armed_again(path, "person", "ALTER TABLE person RENAME COLUMN note TO remark")
    (row,) = deleted(path, "person")
    assert row.values["remark"] == "note 2"


def test_an_erased_row_is_not_in_it(path: Path) -> None:
    sealed(path)
    with writing(path) as session:
        redact(session, open_secrets(), [3], reason="request 1")
    assert deleted(path, "person") == []


def test_a_table_that_was_never_audited_has_no_bin(path: Path) -> None:
    with pytest.raises(UsageError, match="not under audit"):
        deleted(path, "nobody")


def test_a_table_of_very_many_columns(tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(1_200)]
    path = a_database(tmp_path).with_table("t", ", ".join(names), rows=[(0,) * 1_200, (1,) * 1_200]).build()
    put_under_audit(path, "t")
    with writing(path) as session:
        session.run("UPDATE t SET c3 = 'x', c1100 = 'y' WHERE c0 = 0")
        session.run("DELETE FROM t WHERE c0 = 1")
    with open_read(path) as session:
        with compare(session, table_of(session, "t"), moment(0), moment(2)) as found:
            assert found.counts == {Kind.ADDED: 0, Kind.CHANGED: 1, Kind.REMOVED: 1}
            with pytest.raises(UsageError, match="at most 600 columns"):
                found.page()
        with table_as_of(session, table_of(session, "t"), moment(0)) as then, then.at_one_moment():
            grid = Grid(session, then.source, columns=["c0", "c3", "c1100"])
            assert grid.first_page().rows == ((0, 0, 0), (1, 1, 1))
            assert then.kept.unlogged == 0
