"""Which tables the audit takes, and what it says of those it does not take or not wholly."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.under_audit import put_under_audit, run, shape_in
from steward_app.kernel.errors import Refused, UsageError
from steward_app.services.audit.engine.model import Mode

SELF = "id INTEGER PRIMARY KEY, up REFERENCES t ON UPDATE {}"


@pytest.mark.parametrize(
    ("sql", "codes", "refused"),
    [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, v)", [], False),
        ("CREATE TABLE t (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID", [], False),
        ("CREATE TABLE t (a)", ["audit_renumbered_by_vacuum"], False),
        ("CREATE TABLE t (rowid, oid, _rowid_)", ["audit_no_key"], True),
        ("CREATE TABLE t (rowid, oid, _rowid_, k PRIMARY KEY)", ["audit_no_key"], True),
        ("CREATE TABLE t (rowid, oid, _rowid_, k NOT NULL PRIMARY KEY)", [], False),
        ("CREATE TABLE t (rowid, oid, _rowid_, k INTEGER PRIMARY KEY)", [], False),
        ("CREATE VIEW t AS SELECT 1", ["audit_not_a_table"], True),
        ("CREATE VIRTUAL TABLE t USING fts5(a)", ["audit_not_a_table"], True),
        (f"CREATE TABLE t ({SELF.format('CASCADE')})", ["audit_refers_to_itself"], True),
        (f"CREATE TABLE t ({SELF.format('SET NULL')})", ["audit_refers_to_itself"], True),
        (f"CREATE TABLE t ({SELF.format('NO ACTION')} ON DELETE CASCADE)", [], False),
        (
            f"CREATE TABLE t ({SELF.format('NO ACTION')} ON DELETE SET NULL)",
            ["audit_displaces_its_parent"],
            False,
        ),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE UNIQUE INDEX i ON t (lower(v))", [], False),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE UNIQUE INDEX i ON t (v * 1.5)",
            ["audit_unique_expression"],
            False,
        ),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v NOT NULL DEFAULT (hex(randomblob(4))) UNIQUE)",
            ["audit_unique_default"],
            False,
        ),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v);"
            "CREATE TRIGGER b BEFORE UPDATE ON t BEGIN UPDATE t SET v = 1; END",
            ["audit_trigger_writes_before"],
            True,
        ),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v);"
            "CREATE TRIGGER _steward_recipe_1_b BEFORE DELETE ON t BEGIN UPDATE t SET v = 1; SELECT RAISE(IGNORE); END",
            [],
            False,
        ),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v);"
            "CREATE TRIGGER b BEFORE DELETE ON t BEGIN UPDATE t SET v = 1; SELECT RAISE(IGNORE); END",
            ["audit_trigger_writes_before"],
            True,
        ),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v);"
            "CREATE TRIGGER b BEFORE INSERT ON t BEGIN DELETE FROM t WHERE v = new.v; END",
            ["audit_trigger_writes_before"],
            False,
        ),
        (
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v);"
            "CREATE TRIGGER b AFTER INSERT ON t BEGIN SELECT RAISE(IGNORE); END",
            ["audit_trigger_swallows"],
            False,
        ),
    ],
)
def test_what_is_said_of(tmp_path: Path, sql: str, codes: list[str], refused: bool) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE other (a)").build()
    run(path, sql)
    shape = shape_in(path, "t")
    assert [finding.code for finding in shape.findings] == codes
    assert shape.refused is refused
    if refused:
        with pytest.raises(Refused, match="cannot be audited"):
            put_under_audit(path, "t")
    else:
        put_under_audit(path, "t")


def test_a_trigger_of_a_child_that_writes_back(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, n")
        .with_table("c", "id INTEGER PRIMARY KEY, t REFERENCES t ON UPDATE CASCADE")
        .with_sql("CREATE TRIGGER counts AFTER UPDATE ON c BEGIN UPDATE t SET n = 1 WHERE id = new.t; END")
        .build()
    )
    assert [finding.code for finding in shape_in(path, "t").findings] == ["audit_written_back"]
    assert shape_in(path, "c").findings == ()


def test_shadow_and_system_tables_are_not_taken(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE VIRTUAL TABLE t USING fts5(a)").build()
    assert shape_in(path, "t_content").refused
    assert shape_in(path, "sqlite_schema").refused


def test_our_own_records_are_not_taken(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_sql("CREATE TABLE _steward_operations (a)").build()
    assert [finding.code for finding in shape_in(path, "_steward_operations").findings] == [
        "audit_own_record"
    ]


def test_a_trigger_that_swallows_comes_too_late_to_keep_anything_from_the_log(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a").build()
    run(path, "CREATE TRIGGER b AFTER INSERT ON t BEGIN SELECT RAISE(IGNORE); END")
    case = put_under_audit(path, "t")
    run(path, "INSERT INTO t VALUES (1)")
    from builders.audited import check

    assert check(case) == 1


def test_modes_that_do_not_fit(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, v").build()
    with pytest.raises(UsageError, match="no stored column “nope”"):
        put_under_audit(path, "t", modes={"nope": Mode.FLAG})
    with pytest.raises(UsageError, match="always logged in full"):
        put_under_audit(path, "t", modes={"ID": Mode.NONE})


def test_a_table_is_under_audit_once(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, v").build()
    put_under_audit(path, "t")
    with pytest.raises(Refused, match="already"):
        put_under_audit(path, "t")
