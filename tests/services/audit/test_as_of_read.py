"""An earlier state is read like a table: paged, filtered, sorted, exported; while others write; through versions."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from builders import a_database
from builders.histories import armed_again, moment, table_of, timed
from builders.sealed import an_audited_file, by_hand, put_under_audit, sealed, writing
from steward_app.db import open_read
from steward_app.kernel.errors import Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine.arm import disarm
from steward_app.services.audit.engine.model import NOT_KEPT, Mode
from steward_app.services.audit.engine.tables import append_event, current
from steward_app.services.audit.erasing.redact import redact
from steward_app.services.audit.past.as_of import AsOf, table_as_of
from steward_app.services.audit.past.as_of_row import RowsAsOf
from steward_app.services.rows import (
    Condition,
    Export,
    Filter,
    Grid,
    Operator,
    Preview,
    Sort,
    count_rows,
    export_rows,
)
from steward_app.storage.secrets import open_secrets


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """500 rows; then one in three is changed (1 to 167), 50 are removed (to 217) and 20 added (to 237)."""
    path = (
        a_database(tmp_path, "audited.db")
        .with_table(
            "t",
            "id INTEGER PRIMARY KEY, kind TEXT, size REAL",
            rows=THEN,
        )
        .with_sql("CREATE INDEX t_kind ON t (kind)")
        .build()
    )
    put_under_audit(path, "t")
    with writing(path) as session:
        session.run("UPDATE t SET kind = 'new', size = size + 1 WHERE id % 3 = 0 OR id > 499")
        session.run("DELETE FROM t WHERE id % 10 = 5")
        session.run(
            "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n LIMIT 20)"
            " SELECT i, 'late', 0 FROM n"
        )
    return timed(path)


THEN = [(n, f"k{n % 7}", n / 2) for n in range(1, 501)]


@contextmanager
def as_of(path: Path, seq: int, table: str = "t") -> Iterator[AsOf]:
    with open_read(path) as session, table_as_of(session, table_of(session, table), moment(seq)) as then:
        yield then


def pages(grid: Grid) -> list[tuple[object, ...]]:
    found, page = [], grid.first_page()
    while page.rows:
        found += page.rows
        if not page.has_after:
            break
        page = grid.page_after(page)
    return found


def test_it_is_paged_by_its_key_in_both_directions(path: Path) -> None:
    with as_of(path, 0) as then, then.at_one_moment():
        grid = Grid(then.session, then.source, page_rows=40)
        assert pages(grid) == THEN
        assert grid.last_page().rows == tuple(THEN[-40:])
        assert grid.page_at(300).rows[0][0] in range(280, 320)
        assert grid.page_from((255,)).rows[0] == THEN[254]
        assert count_rows(then.session, then.source, Context()).value == 500
        downward = Grid(then.session, then.source, sort=[Sort("id", descending=True)], page_rows=60)
        assert pages(downward) == THEN[::-1]


def test_it_is_filtered_and_sorted(path: Path) -> None:
    with as_of(path, 0) as then, then.at_one_moment():
        wanted = Filter((Condition("kind", Operator.EQUAL, ("k3",)),))
        assert pages(Grid(then.session, then.source, filter=wanted)) == [
            row for row in THEN if row[1] == "k3"
        ]
        by_size = Grid(
            then.session, then.source, sort=[Sort("kind"), Sort("size", descending=True)], page_rows=70
        )
        assert pages(by_size) == sorted(THEN, key=lambda row: (row[1], -row[2]))


def test_what_a_page_costs_does_not_depend_on_the_size_of_the_table(path: Path) -> None:
    with as_of(path, 0) as then, then.at_one_moment():
        grid = Grid(then.session, then.source)
        assert grid.cost.served
        query = grid._reader.page_sql()  # type: ignore[union-attr]
        plan = then.session.all(f"EXPLAIN QUERY PLAN {query.sql}", query.bindings)
        told = " / ".join(str(row[3]) for row in plan)
        assert "MERGE (UNION ALL)" in told
        assert "MATERIALIZE" not in told
        assert "TEMP B-TREE" not in told


def test_it_is_exported(path: Path, tmp_path: Path) -> None:
    with as_of(path, 0) as then, then.at_one_moment():
        done = export_rows(then.session, then.source, tmp_path / "then.csv", Context(), Export(personal=True))
    assert done.rows == 500
    with (tmp_path / "then.csv").open(newline="") as file:
        assert [tuple(row) for row in csv.reader(file)][1:] == [(str(n), k, str(s)) for n, k, s in THEN]


def test_a_time_between(path: Path) -> None:
    with as_of(path, 167) as then, then.at_one_moment():
        changed = {row[0]: row for row in pages(Grid(then.session, then.source))}
    assert len(changed) == 500
    assert changed[3] == (3, "new", 2.5)
    assert changed[5] == THEN[4]


def test_what_others_write_meanwhile_is_taken_back_too(path: Path) -> None:
    with as_of(path, 0) as then:
        with then.at_one_moment():
            assert pages(Grid(then.session, then.source)) == THEN
        with writing(path) as session:
            session.run("UPDATE t SET id = id + 5000 WHERE id = 1")
            session.run("INSERT INTO t VALUES (1, 'other', 1), (5, 'five', 5)")
            session.run("UPDATE t SET size = -1 WHERE id IN (2, 3, 1001)")
            session.run("DELETE FROM t WHERE id IN (4, 6)")
        with then.at_one_moment():
            assert pages(Grid(then.session, then.source)) == THEN


def test_a_table_that_was_changed_meanwhile_is_said_to_be(path: Path) -> None:
    with as_of(path, 0) as then:
        armed_again(path, "t", "ALTER TABLE t ADD COLUMN more")
        with writing(path) as session:
            session.run("UPDATE t SET more = 1 WHERE id = 2")
        with pytest.raises(Failure, match="was changed by another program"), then.at_one_moment():
            pass


def test_versions_with_renamed_and_added_columns(path: Path) -> None:
    armed_again(
        path,
        "things",
        "ALTER TABLE t RENAME TO things",
        "ALTER TABLE things RENAME COLUMN kind TO sort",
        "ALTER TABLE things ADD COLUMN more DEFAULT 'm'",
    )
    with writing(path) as session:
        session.run("UPDATE things SET sort = 'x', more = 'y' WHERE id < 4")
    with as_of(path, 0, "things") as then, then.at_one_moment():
        assert then.kept.added == ("more",)
        assert [column.name for column in then.source.columns] == ["id", "sort", "size"]
        assert pages(Grid(then.session, then.source)) == THEN
    with open_read(path) as session:
        row = RowsAsOf(session, "things").row((3,), moment(0))
        assert row.values == {"id": 3, "sort": "k3", "size": 1.5}


def test_columns_that_are_not_logged_are_left_out_and_told(tmp_path: Path) -> None:
    rows = [(n, "a", "b", "c") for n in range(1, 4)]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, flag, none, full", rows=rows).build()
    put_under_audit(path, "t", modes={"flag": Mode.FLAG, "none": Mode.NONE})
    with writing(path) as session:
        session.run("UPDATE t SET full = 'C' WHERE id = 1")
        session.run("UPDATE t SET flag = 'A' WHERE id = 2")
    with as_of(path, 1) as then:
        assert then.kept.unknown == ("flag", "none")
        assert [column.name for column in then.source.columns] == ["id", "full"]
    with as_of(path, 2) as then:
        assert then.kept.unknown == ("none",)
    with open_read(path) as session:
        found = RowsAsOf(session, "t")
        assert found.row((2,), moment(0)).values == {"id": 2, "flag": NOT_KEPT, "none": NOT_KEPT, "full": "c"}
        assert found.row((1,), moment(0)).values == {"id": 1, "flag": "a", "none": NOT_KEPT, "full": "c"}


def test_what_was_erased_does_not_come_back(tmp_path: Path) -> None:
    path = an_audited_file(tmp_path)
    with writing(path) as session:
        session.run("UPDATE person SET name = 'secret' WHERE id = 2")
        session.run("DELETE FROM person WHERE id IN (1, 2)")
    sealed(path)
    with writing(path) as session:
        redact(session, open_secrets(), [1, 3], reason="request 7")
        redact(session, open_secrets(), [2], columns=["name"], reason="request 8")
    with as_of(path, 0, "person") as then, then.at_one_moment():
        rows = pages(Grid(then.session, then.source))
        assert [row[0] for row in rows] == [1, 3, 4, 5]
        assert rows[0] == (1, None, "note 1", 1 / 3)
        assert then.kept.erased == 1
        assert then.kept.emptied >= 1
    with open_read(path) as session:
        found = RowsAsOf(session, "person")
        assert found.row((2,), moment(0)).erased
        assert found.row((1,), moment(0)).values["name"] is NOT_KEPT


def test_rows_that_were_changed_behind_the_log_are_counted(path: Path) -> None:
    by_hand(path, "UPDATE t SET kind = 'forged' WHERE id IN (3, 4, 6)")  # 4 was never logged as changed
    by_hand(path, "DELETE FROM t WHERE id IN (9, 1001)")
    by_hand(path, "INSERT INTO t VALUES (15, 'forged', 0)")
    with as_of(path, 0) as then:
        assert then.kept.unlogged == 5
    with as_of(path, 167) as then:
        assert then.kept.unlogged == 2


def test_numbers_that_vacuum_gave_anew_are_noticed(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a, b", rows=[(n, n) for n in range(10)]).build()
    put_under_audit(path, "t")
    with writing(path) as session:
        session.run("DELETE FROM t WHERE a < 3")
        session.run("UPDATE t SET b = 'x' WHERE a = 8")
    by_hand(path, "VACUUM")
    with as_of(path, 3) as then:
        assert then.kept.unlogged == 1


def test_large_values_are_previews_of_what_they_were(tmp_path: Path) -> None:
    old = bytes(range(256)) * 1_000
    path = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, data", rows=[(1, old), (2, old)])
        .build()
    )
    put_under_audit(path, "t")
    with writing(path) as session:
        session.run("UPDATE t SET data = zeroblob(300000) WHERE id = 1")
    with as_of(path, 0) as then, then.at_one_moment():
        grid = Grid(then.session, then.source)
        first, second = (row[1] for row in grid.first_page().rows)
        assert isinstance(first, Preview)
        assert first.size_bytes == len(old)
        assert first == second
        whole = grid.read_cell((1,), "data")
        assert whole is not None
        assert whole.value == old


def test_where_the_log_does_not_reach_is_said(path: Path) -> None:
    with pytest.raises(UsageError, match="is not under audit"), as_of(path, 0, "sqlite_schema"):
        pass
    with writing(path) as session:
        audited = current(session, "t")
        assert audited is not None
        disarm(session, audited)
    with pytest.raises(Refused, match="not under audit any more"), as_of(path, 3):
        pass


def test_the_time_before_a_second_table_was_audited_is_refused(path: Path) -> None:
    by_hand(path, "CREATE TABLE later (id INTEGER PRIMARY KEY)")
    put_under_audit(path, "later")
    with pytest.raises(Refused, match="began later"), as_of(path, 100, "later"):
        pass


def test_the_time_before_the_audit_was_installed_is_refused(path: Path) -> None:
    with writing(path) as session:
        audited = current(session, "t")
        assert audited is not None
        append_event(session, "installed", audited.tid)
    with pytest.raises(Refused, match="began on 20"), as_of(path, 100):
        pass
    by_hand(path, "UPDATE _steward_audit_event SET at_us = 1000")
    with as_of(path, 100):
        pass
