"""Reading the log: which changes, in which order, with which values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import a_database
from builders.under_audit import put_under_audit, run
from steward_app.db import ReadSession, open_read
from steward_app.services.audit.engine import log
from steward_app.services.audit.engine.model import AuditedTable, Cell, Key, Op, RawText
from steward_app.services.audit.engine.replay import DoesNotFit, backward, forward, live
from steward_app.services.audit.engine.values import bound, same

STATEMENTS = (
    "INSERT INTO t (id, u, v) VALUES (1, 'a', 'x'), (2, 'b', CAST(x'ff' AS TEXT)), (3, 'c', 1)",
    "UPDATE t SET id = 9 WHERE id = 1",
    "UPDATE t SET v = 'y' WHERE id = 9",
    "UPDATE OR REPLACE t SET id = 9 WHERE id = 3",
    "DELETE FROM t",
)


@pytest.fixture(params=[0, 1_000], ids=["narrow", "wide"])
def logged(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[ReadSession, AuditedTable]]:
    more = "".join(f", c{number}" for number in range(request.param))
    path = a_database(tmp_path).with_sql(f"CREATE TABLE t (id INTEGER PRIMARY KEY, u, v{more})").build()
    case = put_under_audit(path, "t")
    assert run(path, *STATEMENTS) == []
    with open_read(path) as session:
        yield session, case.audited[0]


def seqs(logged: tuple[ReadSession, AuditedTable], **asked: object) -> list[int]:
    return [change.seq for change in log.changes(*logged, **asked)]  # type: ignore[arg-type]


def test_a_range_in_either_direction(logged: tuple[ReadSession, AuditedTable]) -> None:
    assert seqs(logged) == list(range(1, 10))
    assert seqs(logged, first_seq=3, last_seq=6) == [3, 4, 5, 6]
    assert seqs(logged, first_seq=3, last_seq=6, newest_first=True) == [6, 5, 4, 3]
    assert list(log.changes(*logged, newest_first=True)) == list(log.changes(*logged))[::-1]


def test_batches_do_not_show(
    logged: tuple[ReadSession, AuditedTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(log.changes(*logged))
    monkeypatch.setattr(log, "_BATCH", 2)
    monkeypatch.setattr(log, "_WIDE_BATCH", 2)
    assert list(log.changes(*logged)) == whole
    assert list(log.changes(*logged, newest_first=True)) == whole[::-1]


@pytest.mark.parametrize(
    ("key", "expected"),
    [((1,), [1, 4]), ((9,), [4, 5, 6, 7, 9]), ((2,), [2, 8]), ((3,), [3, 7]), (("1",), [])],
)
def test_the_changes_of_one_row(
    logged: tuple[ReadSession, AuditedTable], key: Key, expected: list[int]
) -> None:
    assert seqs(logged, key=key) == expected


def test_some_changes_by_their_numbers(logged: tuple[ReadSession, AuditedTable]) -> None:
    assert [change.seq for change in log.changes_at(*logged, [7, 2, 99])] == [2, 7]


def test_what_a_change_tells(logged: tuple[ReadSession, AuditedTable]) -> None:
    changes = {change.seq: change for change in log.changes(*logged)}
    assert changes[2].cells["v"] == Cell(None, RawText(b"\xff"))
    assert (changes[4].op, changes[4].key, changes[4].new_key) == (Op.UPDATE, (1,), (9,))
    assert changes[4].cells == {"id": Cell(1, 9)}
    assert changes[5].cells == {"v": Cell("x", "y")}
    assert (changes[6].op, changes[6].key, changes[6].new_key) == (Op.DISPLACED, (9,), None)
    assert changes[6].cells["u"] == Cell("a", None)
    assert changes[6].at == changes[7].at


def test_a_log_that_does_not_fit_is_noticed(logged: tuple[ReadSession, AuditedTable]) -> None:
    session, audited = logged
    changes = list(log.changes(session, audited))
    with pytest.raises(DoesNotFit, match="change 4: the row was not there") as missing:
        forward({}, changes[3:])
    assert missing.value.seq == 4
    with pytest.raises(DoesNotFit, match="another row was there"):
        forward({(1,): {}}, changes)
    state = live(session, audited)
    backward(state, changes[5:][::-1])
    state[9,]["v"] = "z"
    with pytest.raises(DoesNotFit, match="change 5: another value was there") as other:
        backward(state, changes[4:5])
    assert other.value.column == "v"


@pytest.mark.parametrize("key", [("b",), ("B",)])
def test_the_changes_of_one_row_without_rowid(tmp_path: Path, key: Key) -> None:
    path = (
        a_database(tmp_path)
        .with_sql("CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID")
        .build()
    )
    case = put_under_audit(path, "t")
    run(
        path, "INSERT INTO t VALUES ('a', 1), ('b', 2)", "UPDATE t SET k = 'B' WHERE k = 'b'", "DELETE FROM t"
    )
    with open_read(path) as session:
        found = [change.seq for change in log.changes(session, case.audited[0], key=key)]
    assert found == ([2, 3] if key == ("b",) else [3, 5])


def test_values_go_back_into_sql_as_they_were(logged: tuple[ReadSession, AuditedTable]) -> None:
    session, _ = logged
    mark, value = bound(RawText(b"a\xff"))
    assert session.one(f"SELECT typeof({mark}), hex({mark})", (value, value)) == ("text", "61FF")
    assert same(0.0, -0.0)
    assert not same(1, 1.0)
    assert not same("a", RawText(b"a"))
