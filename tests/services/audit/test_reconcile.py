"""Rows changed behind the log, in every kind of table; and large logs shared among processes."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.sealed import an_audited_file, by_hand, put_under_audit, sealed, writing
from steward_app.db import open_read
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.seals import chain
from steward_app.services.audit.seals import verify as verifying
from steward_app.services.audit.seals.reconcile import comparable, reconcile
from steward_app.services.audit.seals.seal import record_gap
from steward_app.services.audit.seals.unwind import Difference, How
from steward_app.services.audit.seals.verdict import Verdict
from steward_app.services.audit.seals.verify import verify
from steward_app.services.audit.seals.verify_apart import verify_apart
from steward_app.storage.secrets import open_secrets


def found(path: Path, **how: object) -> list[Difference]:
    with open_read(path) as session, session.snapshot():
        return list(reconcile(session, **how))  # type: ignore[arg-type]


def verdict(path: Path, **how: object) -> Verdict:
    with open_read(path) as session, session.snapshot():
        return verify(session, **how)  # type: ignore[arg-type]


def a_table(folder: Path, columns: str, *rows: tuple[object, ...], options: str = "", **modes: Mode) -> Path:
    """One table "t" under audit, sealed."""
    path = (
        a_database(folder, "t.db")
        .with_sql(f"CREATE TABLE t ({columns}) {options}")
        .with_rows("t", rows)  # type: ignore[arg-type]
        .build()
    )
    put_under_audit(path, "t", modes=modes)
    sealed(path)
    assert found(path, full=True) == []
    return path


@pytest.mark.parametrize(
    ("columns", "options", "row"),
    [
        ("k TEXT COLLATE NOCASE PRIMARY KEY, v", "WITHOUT ROWID", ("a", 1)),
        ("k PRIMARY KEY, v", "WITHOUT ROWID", (1, 1)),
        ("k TEXT PRIMARY KEY, v", "", ("a", 1)),
        ("k, v", "", ("a", 1)),
        ("rowid TEXT, k INTEGER, v, PRIMARY KEY (k, rowid)", "", ("x", 1, 1)),
        ("k INTEGER PRIMARY KEY, v, g AS (v || 'x') STORED", "", (-(2**63), 1)),
        ("k REAL PRIMARY KEY, v REAL", "WITHOUT ROWID", (0.5, -0.0)),
    ],
)
def test_every_kind_of_table(tmp_path: Path, columns: str, options: str, row: tuple[object, ...]) -> None:
    path = a_table(tmp_path, columns, row, options=options)
    with writing(path) as session:
        session.run("UPDATE t SET v = 5")
        session.run("UPDATE t SET k = upper(k) WHERE typeof(k) = 'text'")
        session.run("UPDATE t SET k = 2.0 WHERE k = 1 AND typeof(k) = 'integer'")
    assert found(path) == found(path, full=True) == []
    sealed(path)
    assert found(path) == found(path, full=True) == []
    by_hand(path, "UPDATE t SET v = x'00'")
    assert [each.how for each in found(path)] == [How.CHANGED]
    by_hand(path, "DELETE FROM t")
    assert [each.how for each in found(path)] == [How.REMOVED]


def test_a_key_that_only_compares_equal_is_another_row(tmp_path: Path) -> None:
    path = a_table(tmp_path, "k TEXT COLLATE NOCASE PRIMARY KEY, v", ("a", 1), options="WITHOUT ROWID")
    by_hand(path, "UPDATE t SET k = 'A'")
    assert {(each.key, each.how) for each in found(path)} == {(("A",), How.ADDED), (("a",), How.REMOVED)}


def test_what_is_not_kept_is_not_compared(tmp_path: Path) -> None:
    path = a_table(tmp_path, "k INTEGER PRIMARY KEY, a, b, c", (1, 1, 1, 1), a=Mode.FLAG, b=Mode.NONE)
    with writing(path) as session:
        session.run("UPDATE t SET a = 2, b = 2, c = 2")
    assert found(path, full=True) == []
    by_hand(path, "UPDATE t SET a = 3, b = 3")
    assert found(path, full=True) == []
    by_hand(path, "UPDATE t SET c = 3")
    assert [each.how for each in found(path)] == [How.CHANGED]


def test_rows_far_apart_and_many_to_a_block(tmp_path: Path) -> None:
    numbers = [-(2**63), -257, -256, -1, 0, 1, *range(250, 600), 2**40, 2**63 - 1]
    path = a_table(tmp_path, "k INTEGER PRIMARY KEY, v", *((number, number) for number in numbers))
    for number in numbers[:: len(numbers) // 9]:
        by_hand(path, "DELETE FROM t WHERE k = ?", number)
        by_hand(path, "UPDATE t SET v = 'x' WHERE k = ?", number + 1 if number < 2**62 else 2**40)
    told = found(path)
    with open_read(path) as session:
        there = {number for (number,) in session.all("SELECT k FROM t")}
        changed = {number for (number,) in session.all("SELECT k FROM t WHERE v = 'x'")}
    assert {key[0] for key in (each.key for each in told if each.how is How.REMOVED)} == set(numbers) - there
    assert {key[0] for key in (each.key for each in told if each.how is How.CHANGED)} == changed


def test_a_gap_names_the_rows_and_the_baseline_goes_on(tmp_path: Path) -> None:
    path = an_audited_file(tmp_path, rows=9)
    sealed(path)
    by_hand(path, "UPDATE person SET note = 'secret value' WHERE id IN (3, 4)")
    with writing(path) as session:
        session.run("UPDATE person SET name = 'known' WHERE id = 3")
    sealed(path)
    with open_read(path) as session:
        events = [(each.kind, each.tid, each.detail) for each in tables.events(session)]
    assert events == [("gap", 1, {"rows": [{"key": [3], "how": "changed"}]})]
    assert [each.key for each in found(path)] == [(4,)]
    behind = found(path)
    with writing(path) as session:
        record_gap(session, behind, open_secrets())
    assert found(path) == []
    assert verdict(path, full=True).holds


@pytest.mark.parametrize("options", ["", "WITHOUT ROWID"])
def test_a_whole_walk_knows_what_a_gap_has_written_down(tmp_path: Path, options: str) -> None:
    path = a_table(tmp_path, "k INTEGER PRIMARY KEY, v", (1, 1), (2, 1), (3, 1), options=options)
    with writing(path) as session:
        session.run("UPDATE t SET v = 2")
        session.run("DELETE FROM t WHERE k = 3")
    by_hand(path, "UPDATE t SET v = 'ghost' WHERE k = 1")
    by_hand(path, "DELETE FROM t WHERE k = 2")
    by_hand(path, "INSERT INTO t VALUES (3, 7)")
    behind = found(path)
    assert {each.how for each in behind} == {How.CHANGED, How.REMOVED, How.ADDED}
    with writing(path) as session:
        record_gap(session, behind, open_secrets())
        session.run("UPDATE t SET v = v || '!'")
    assert found(path, full=True) == []
    assert verdict(path, full=True).holds
    by_hand(path, "UPDATE t SET v = 'again' WHERE k = 1")
    assert [each.key for each in found(path, full=True)] == [(1,)]
    sealed(path)
    assert found(path, full=True) == []
    with writing(path) as session:
        session.run("UPDATE t SET v = 'later' WHERE k = 3")
    sealed(path)
    by_hand(path, "UPDATE _steward_audit_log_1 SET n1 = 'forged' WHERE n1 = '7!'")
    assert [each.key for each in found(path, full=True)] == [(3,)]


def test_changes_in_the_wrong_order_that_a_gap_has_written_down(tmp_path: Path) -> None:
    path = a_table(tmp_path, "k INTEGER PRIMARY KEY, v", (1, 1))
    newer = "CREATE TRIGGER newer AFTER UPDATE ON t WHEN new.v < 9 BEGIN UPDATE t SET v = 9; END"
    with writing(path) as session:
        session.run(newer)
        session.run("UPDATE t SET v = 5")
    assert [each.how for each in found(path)] == [How.CHANGED]
    sealed(path)
    assert found(path, full=True) == []


def test_a_table_that_lost_a_column_cannot_be_compared(tmp_path: Path) -> None:
    path = a_table(tmp_path, "k INTEGER PRIMARY KEY, v, w", (1, 1, 1))
    with open_read(path) as session:
        audited = tables.tables(session)[0]
        assert comparable(session, audited)
    connection = apsw.Connection(str(path))
    for (name,) in list(connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")):
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("ALTER TABLE t RENAME TO u; UPDATE u SET v = 9")
    connection.close()
    with open_read(path) as session:
        assert not comparable(session, audited)
        assert comparable(session, audited, name="u")
    assert found(path) == []
    assert [each.how for each in found(path, only=audited, name="u")] == [How.CHANGED]


@pytest.mark.parametrize("options", ["", "WITHOUT ROWID"])
def test_as_many_columns_as_there_may_be(tmp_path: Path, options: str) -> None:
    columns = ", ".join(f"c{n}" for n in range(1999))
    path = a_table(tmp_path, f"k TEXT PRIMARY KEY, {columns}", options=options)
    with writing(path) as session:
        session.run("INSERT INTO t (k, c5, c1998) VALUES ('one', CAST(x'ff' AS TEXT), 'last')")
        session.run("INSERT INTO t (k, c5, c1998) VALUES ('two', 2, 2)")
        session.run("UPDATE t SET c1998 = 3")
    sealed(path)
    assert verdict(path, full=True).holds
    by_hand(path, "UPDATE t SET c1998 = 4 WHERE k = 'one'")
    assert len(found(path)) == 1


def test_a_table_that_somebody_took_off_the_list_is_compared_all_the_same(tmp_path: Path) -> None:
    path = a_table(tmp_path, "k INTEGER PRIMARY KEY, v", (1, 1))
    by_hand(path, "UPDATE _steward_audit_table SET to_seq = 0")
    by_hand(path, "UPDATE t SET v = 2")
    assert [each.key for each in found(path)] == [(1,)]


def test_texts_of_a_utf_16_file(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path, "t.db")
        .with_pragma("encoding = 'UTF-16le'")
        .with_sql("CREATE TABLE t (k TEXT PRIMARY KEY, v) WITHOUT ROWID")
        .with_rows("t", [("é", 1)])
        .build()
    )
    put_under_audit(path, "t")
    sealed(path)
    with writing(path) as session:
        session.run("UPDATE t SET v = CAST(x'00d8' AS TEXT)")
        session.run("INSERT INTO t VALUES (CAST(x'61' AS TEXT), 'odd')")
        session.run("INSERT INTO t VALUES (CAST(x'00dc' AS TEXT), 'lone')")
    sealed(path)
    assert verdict(path, full=True).holds
    by_hand(path, "UPDATE t SET v = CAST(x'01d8' AS TEXT) WHERE k = 'é'")
    assert [each.key for each in found(path)] == [("é",)]


def test_it_stops_when_it_is_told_to(tmp_path: Path) -> None:
    path = an_audited_file(tmp_path)
    sealed(path)
    context = Context()
    context.cancel()
    with pytest.raises(Cancelled), open_read(path) as session:
        list(reconcile(session, context))
    with pytest.raises(Cancelled), open_read(path) as session:
        verify(session, context)


@pytest.mark.parametrize("forged", ["", "UPDATE _steward_audit_log_1 SET n1 = 'forged' WHERE seq = {seq}"])
def test_a_large_log_is_shared_among_processes(
    tmp_path: Path, forged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "_MANY", 10)
    path = an_audited_file(tmp_path)
    for text in "abcdef":
        with writing(path) as session:
            session.run("UPDATE person SET name = ?", (text,))
        sealed(path)
    monkeypatch.setattr(verifying.stretches, "__defaults__", (5,))
    with open_read(path) as session:
        parts = list(verifying.stretches(list(chain.seals(session))))
    assert len(parts) == 6
    with verify_apart(path, parts, 0, 2) as doubtful:
        assert doubtful() == []
    assert verdict(path, processes=3).holds
    for seq in (2, 7, 12, 17):
        by_hand(path, forged.format(seq=seq) or "SELECT 1")
    with verify_apart(path, parts, 0, 2) as doubtful:
        assert {part.seals[0].n for part in doubtful()} == ({1, 2, 3, 4} if forged else set())
    with verify_apart(path.with_name("gone.db"), parts, 0, 2) as doubtful:
        assert len(doubtful()) == 6
    told = verdict(path, processes=3)
    assert [each.seq for each in told.problems] == ([2, 7, 12, 17] if forged else [])
