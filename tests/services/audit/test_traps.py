"""What makes other audit triggers lose changes, or break the writes of others."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Sequence
from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.audited import HARD, check
from builders.under_audit import armed, happened, number_of_changes, put_under_audit, run, told
from builders.writers import NAMES, shell_is_there, writer
from steward_app.db import open_read
from steward_app.services.audit.engine import log
from steward_app.services.audit.engine.model import NOT_KEPT, Mode, RawText
from steward_app.services.audit.guard.armed import State


def a_table(where: Path, columns: str, rows: Sequence[Sequence[object]] = (), *more: str) -> Path:
    return a_database(where).with_table("t", columns, rows=rows).with_sql(*more).build()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_every_program_is_logged_with_an_untrusted_schema_too(tmp_path: Path, name: str) -> None:
    if name == "shell" and not shell_is_there():
        pytest.skip("the sqlite3 shell is not installed")
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, u TEXT UNIQUE, v", [(1, "a", 1), (2, "b", 2)])
    case = put_under_audit(path, "t")
    statements = [
        "PRAGMA trusted_schema = 0",
        "INSERT OR REPLACE INTO t VALUES (9, 'a', x'00ff')",
        "UPDATE t SET v = v || 'x' WHERE id = 2",
        "INSERT INTO t (u, v) VALUES ('a', 9e999) ON CONFLICT (u) DO UPDATE SET v = excluded.v",
        "DELETE FROM t WHERE id = 2",
    ]
    with writer(name) as other:
        other.write(path, statements)
    assert told(path, case.audited[0]) == [
        ("displaced", 1, {"id": (1, None), "u": ("a", None), "v": (1, None)}),
        ("insert", 9, {"id": (None, 9), "u": (None, "a"), "v": (None, b"\0\xff")}),
        ("update", 2, {"v": (2, "2x")}),
        ("update", 9, {"v": (b"\0\xff", math.inf)}),
        ("delete", 2, {"id": (2, None), "u": ("b", None), "v": ("2x", None)}),
    ]
    assert check(case) == 5


@pytest.mark.parametrize("recursive", [0, 1])
@pytest.mark.parametrize(
    "statement",
    [
        "REPLACE INTO t VALUES (1, 'z')",
        "REPLACE INTO t VALUES (7, 'a')",
        "UPDATE OR REPLACE t SET u = 'a' WHERE id = 2",
    ],
)
def test_a_row_that_replace_displaces_is_logged_once(tmp_path: Path, statement: str, recursive: int) -> None:
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, u UNIQUE", [(1, "a"), (2, "b")])
    case = put_under_audit(path, "t")
    assert run(path, statement, recursive_triggers=recursive) == []
    first, second = happened(path, case.audited[0])
    assert first == ("delete" if recursive else "displaced", 1)
    assert second[0] == ("update" if "UPDATE" in statement else "insert")
    check(case)


def test_who_stands_in_the_way_and_stays_was_not_displaced(tmp_path: Path) -> None:
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, u UNIQUE", [(1, "a"), (2, "b")])
    case = put_under_audit(path, "t")
    run(
        path,
        "INSERT OR IGNORE INTO t VALUES (1, 'q')",
        "UPDATE OR IGNORE t SET u = 'a' WHERE id = 2",
        "INSERT INTO t VALUES (1, 'q') ON CONFLICT DO NOTHING",
        "DELETE FROM t WHERE id = 1",
        "INSERT INTO t VALUES (1, 'a')",
        "INSERT OR IGNORE INTO t VALUES (1, 'q')",
        "UPDATE t SET id = 5 WHERE id = 1",
    )
    assert happened(path, case.audited[0]) == [("delete", 1), ("insert", 1), ("update", 1)]
    check(case)


def test_null_becomes_the_default_only_after_we_looked(tmp_path: Path) -> None:
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, u TEXT NOT NULL DEFAULT 'x' UNIQUE", [(1, "x")])
    case = put_under_audit(path, "t")
    run(path, "INSERT OR REPLACE INTO t VALUES (2, NULL)")
    assert happened(path, case.audited[0]) == [("displaced", 1), ("insert", 2)]
    check(case)


def test_a_partial_key_reached_through_its_condition(tmp_path: Path) -> None:
    more = "CREATE UNIQUE INDEX once ON t (u) WHERE active"
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, u, active", [(1, "a", 1), (2, "a", 0)], more)
    case = put_under_audit(path, "t")
    run(path, "UPDATE OR REPLACE t SET active = 1 WHERE id = 2")
    assert happened(path, case.audited[0]) == [("displaced", 1), ("update", 2)]
    check(case)


@pytest.mark.parametrize("term", ["lower(mail)", "(mail || day) COLLATE NOCASE", "g || '@'"])
def test_a_key_over_an_expression(tmp_path: Path, term: str) -> None:
    more = f"CREATE UNIQUE INDEX once ON t ({term}) WHERE mail IS NOT NULL"
    columns = "id INTEGER PRIMARY KEY, mail, day, g AS (lower(mail)), other"
    path = a_table(tmp_path, columns, [], more, "INSERT INTO t VALUES (1, 'Ada', '', 1), (2, 'Ben', '', 2)")
    case = put_under_audit(path, "t")
    run(path, "REPLACE INTO t VALUES (3, 'ADA', '', 3)", "UPDATE OR REPLACE t SET mail = 'adA' WHERE id = 2")
    assert happened(path, case.audited[0]) == [
        ("displaced", 1),
        ("insert", 3),
        ("displaced", 3),
        ("update", 2),
    ]
    check(case)


def test_keys_that_compare_without_case(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql("CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID")
        .with_rows("t", [("a", 1)])
        .build()
    )
    case = put_under_audit(path, "t")
    run(path, "REPLACE INTO t VALUES ('A', 1)", "UPDATE t SET k = 'a'", "UPDATE t SET k = 'a'")
    assert [what[:2] for what in told(path, case.audited[0])] == [
        ("displaced", "a"),
        ("insert", "A"),
        ("update", "A"),
    ]
    check(case)


def test_a_key_that_changes_its_case_while_it_waits(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID", "CREATE TABLE other (a)"
        )
        .with_sql("CREATE TRIGGER writes AFTER INSERT ON other BEGIN UPDATE t SET v = 2; END")
        .with_rows("t", [("A", 1)])
        .build()
    )
    case = put_under_audit(path, "t")
    run(
        path,
        "INSERT OR IGNORE INTO t VALUES ('A', 3)",
        "UPDATE t SET k = 'a'",
        "REPLACE INTO t VALUES ('a', 4)",
    )
    assert happened(path, case.audited[0]) == [("update", "A"), ("displaced", "a"), ("insert", "a")]
    check(case)


def test_the_rowid_under_any_of_its_names(tmp_path: Path) -> None:
    path = a_table(tmp_path, "a, b UNIQUE", [("x", 1), ("y", 2)])
    case = put_under_audit(path, "t")
    run(
        path,
        "UPDATE OR REPLACE t SET oid = 2 WHERE rowid = 1",
        "INSERT OR REPLACE INTO t (_rowid_, a) VALUES (2, 'z')",
    )
    assert happened(path, case.audited[0]) == [
        ("displaced", 2),
        ("update", 1),
        ("displaced", 2),
        ("insert", 2),
    ]
    check(case)


def test_an_alias_changed_as_rowid(tmp_path: Path) -> None:
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, v", [(1, "x"), (2, "y")])
    case = put_under_audit(path, "t")
    run(path, "UPDATE OR REPLACE t SET rowid = 2 WHERE id = 1")
    assert happened(path, case.audited[0]) == [("displaced", 2), ("update", 1)]
    check(case)


@pytest.mark.parametrize(
    "declared", ["", "TEXT", "INTEGER", "REAL", "NUMERIC", "BLOB", "TEXT COLLATE NOCASE"]
)
def test_every_change_of_bytes_or_type_is_logged(tmp_path: Path, declared: str) -> None:
    path = a_table(tmp_path, f"id INTEGER PRIMARY KEY, v {declared}", [(1, None)])
    case = put_under_audit(path, "t")
    run(path, *(f"UPDATE t SET v = {value}" for value in HARD))
    check(case)
    before = number_of_changes(path)
    run(path, "UPDATE t SET v = v, id = id")
    assert number_of_changes(path) == before


def test_equal_numbers_of_another_type(tmp_path: Path) -> None:
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, v, n NUMERIC", [(1, 1, -(2**63))])
    case = put_under_audit(path, "t")
    run(path, "UPDATE t SET v = 1.0", "UPDATE t SET n = -9223372036854775808.0")
    (_, _, first), (_, _, second) = told(path, case.audited[0])
    assert isinstance(first["v"][1], float)
    assert isinstance(second["n"][1], float)
    check(case)


@pytest.mark.parametrize(
    ("encoding", "odd"), [("UTF-8", "61ff62"), ("UTF-16le", "00d86100"), ("UTF-16be", "d8000061")]
)
def test_text_that_is_none(tmp_path: Path, encoding: str, odd: str) -> None:
    path = a_database(tmp_path).with_pragma(f"encoding = '{encoding}'").with_table("t", "a TEXT").build()
    case = put_under_audit(path, "t")
    run(
        path, f"INSERT INTO t VALUES (CAST(x'{odd}' AS TEXT))", "INSERT INTO t VALUES ('a' || char(0) || 'ä')"
    )
    (_, _, first), (_, _, second) = told(path, case.audited[0])
    assert first["a"] == (None, RawText(bytes.fromhex(odd)))
    assert second["a"] == (None, "a\0ä")
    check(case)


def test_cascades_log_children_and_parents(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("p", "id INTEGER PRIMARY KEY", rows=[(1,), (2,)])
        .with_table(
            "c",
            "id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE",
            rows=[(1, 1), (2, 2)],
        )
        .build()
    )
    case = put_under_audit(path, "p", "c")
    run(
        path, "DELETE FROM p WHERE id = 1", "UPDATE p SET id = 9", "REPLACE INTO p VALUES (9)", foreign_keys=1
    )
    assert happened(path, case.audited[1]) == [("delete", 1), ("update", 2), ("delete", 2)]
    assert happened(path, case.audited[0]) == [("delete", 1), ("update", 2), ("displaced", 9), ("insert", 9)]
    check(case)


def test_a_tree_whose_rows_displace_their_own_parents(tmp_path: Path) -> None:
    columns = "id INTEGER PRIMARY KEY, up REFERENCES t ON DELETE CASCADE, u UNIQUE"
    path = a_table(tmp_path, columns, [(1, None, "a"), (2, 1, "b"), (3, 2, "c"), (4, 4, "d")])
    case = put_under_audit(path, "t")
    for recursive in (0, 1):
        run(
            path,
            "UPDATE OR REPLACE t SET u = 'a' WHERE id = 2",
            "REPLACE INTO t VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 4, 'd')",
            "REPLACE INTO t VALUES (9, 2, 'a')",
            foreign_keys=1,
            recursive_triggers=recursive,
        )
    check(case)


def test_triggers_that_change_the_row_again(tmp_path: Path) -> None:
    more = (
        "CREATE TRIGGER touch AFTER UPDATE OF v ON t BEGIN UPDATE t SET at = ifnull(at, 0) + 1 WHERE id = new.id; END",
        "CREATE TRIGGER born AFTER INSERT ON t BEGIN UPDATE t SET at = 0 WHERE id = new.id; END",
    )
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, v, at", [(1, "a", 1)], *more)
    case = put_under_audit(path, "t")
    run(path, "UPDATE t SET v = 'b'", "INSERT INTO t (v) VALUES ('c')")
    assert [(what, list(cells)) for what, _, cells in told(path, case.audited[0])] == [
        ("update", ["v"]),
        ("update", ["at"]),
        ("insert", ["id", "v", "at"]),
        ("update", ["at"]),
    ]
    check(case)


def test_the_policy_of_a_statement_drops_nothing_of_the_log(tmp_path: Path) -> None:
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, v CHECK (v <> 'no')", [(1, "a")])
    case = put_under_audit(path, "t")
    run(
        path,
        "INSERT OR IGNORE INTO t VALUES (2, 'b'), (3, 'no'), (4, 'd')",
        "UPDATE OR IGNORE t SET v = CASE id WHEN 4 THEN 'no' ELSE 'x' END",
        "UPDATE OR REPLACE t SET v = 'y'",
    )
    assert len(happened(path, case.audited[0])) == 7
    check(case)


def test_what_a_statement_gives_back_is_not_disturbed(tmp_path: Path) -> None:
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, u UNIQUE", [(1, "a")])
    put_under_audit(path, "t")
    connection = apsw.Connection(str(path))
    assert connection.execute("REPLACE INTO t VALUES (7, 'a') RETURNING id").fetchall() == [(7,)]
    assert connection.last_insert_rowid() == 7
    assert connection.changes() == 1
    connection.close()


def test_columns_of_which_no_values_are_kept(tmp_path: Path) -> None:
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, secret UNIQUE, noise, v", [(1, "s1", 1, "a")])
    case = put_under_audit(path, "t", modes={"secret": Mode.FLAG, "noise": Mode.NONE})
    run(
        path,
        "UPDATE t SET secret = 's2', noise = 2",
        "UPDATE t SET noise = 3",
        "REPLACE INTO t VALUES (2, 's2', 4, 'b')",
    )
    assert told(path, case.audited[0]) == [
        ("update", 1, {"secret": (NOT_KEPT, NOT_KEPT)}),
        ("displaced", 1, {"id": (1, None), "secret": (NOT_KEPT, None), "v": ("a", None)}),
        ("insert", 2, {"id": (None, 2), "secret": (None, NOT_KEPT), "v": (None, "b")}),
    ]
    check(case)
    run(path, "DELETE FROM t", "VACUUM")
    assert b"s2" not in path.read_bytes()


def test_strict_tables_and_generated_columns(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a ANY, i INT, g ANY AS (i * 2) UNIQUE, s TEXT AS (a) STORED)"
            " STRICT"
        )
        .with_rows("t", [(1, 1, 1)], columns=("id", "a", "i"))
        .build()
    )
    case = put_under_audit(path, "t")
    run(path, "UPDATE t SET a = 1.0", "REPLACE INTO t (id, i) VALUES (5, 1)")
    assert happened(path, case.audited[0]) == [("update", 1), ("displaced", 1), ("insert", 5)]
    assert [column.name for column in case.audited[0].columns] == ["id", "a", "i"]
    check(case)


def test_a_statement_has_one_time(tmp_path: Path) -> None:
    path = a_table(tmp_path, "a")
    case = put_under_audit(path, "t")
    run(
        path,
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i FROM n",
    )
    with open_read(path) as session:
        moments = {change.at for change in log.changes(session, case.audited[0])}
    assert len(moments) == 1


def test_an_attached_file_logs_into_itself(tmp_path: Path) -> None:
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, v")
    case = put_under_audit(path, "t")
    connection = apsw.Connection(":memory:")
    connection.execute("ATTACH ? AS there", (str(path),))
    for decoy in ("_steward_audit_clock (id, seq, txn)", "_steward_audit_log_1 (seq, at, op)", "t (id, v)"):
        connection.execute(f"CREATE TEMP TABLE {decoy}")
        connection.execute(f"CREATE TABLE main.{decoy}")
    connection.execute("INSERT INTO there.t VALUES (1, 'x')")
    connection.execute("REPLACE INTO there.t VALUES (1, 'y')")
    connection.close()
    assert happened(path, case.audited[0]) == [("insert", 1), ("displaced", 1), ("insert", 1)]
    check(case)


def test_text_of_the_schema_that_is_dumped_and_read_again(tmp_path: Path) -> None:
    """A dump makes tables, fills them, and makes triggers last: the log is that of the original."""
    if not shell_is_there():
        pytest.skip("the sqlite3 shell is not installed")
    path = a_table(tmp_path, "id INTEGER PRIMARY KEY, u UNIQUE", [(1, "a")])
    case = put_under_audit(path, "t")
    run(path, "REPLACE INTO t VALUES (2, 'a')")
    dumped = subprocess.run(["sqlite3", str(path), ".dump"], check=True, capture_output=True).stdout
    again = tmp_path / "again.db"
    subprocess.run(["sqlite3", str(again)], input=dumped, check=True)
    run(again, "REPLACE INTO t VALUES (3, 'a')")
    case.path = again
    assert happened(again, case.audited[0])[2:] == [("displaced", 2), ("insert", 3)]
    assert check(case) == 4
    assert [each.state for each in armed(again)] == [State.ARMED]
