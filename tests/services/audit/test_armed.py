"""Whether the audit is armed, and what is said when it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.audited import Case, check
from builders.under_audit import armed, happened, put_under_audit, run
from builders.writers import NAMES, shell_is_there, writer
from steward_app.db import open_write
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.arm import arm, disarm, make_core, remove_core, renew
from steward_app.services.audit.engine.names import is_ours
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.guard.armed import Armed, State
from steward_app.services.schema import read_schema

ROWS = [(1, "a", 1), (2, "b", 2)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, u TEXT, v", rows=ROWS).build()


@pytest.fixture
def case(path: Path) -> Case:
    return put_under_audit(path, "t")


def only(path: Path) -> Armed:
    (found,) = armed(path)
    return found


def test_an_audit_that_was_just_installed(path: Path, case: Case) -> None:
    assert only(path).state is State.ARMED
    run(path, "INSERT INTO t VALUES (3, 'c', 3)", "VACUUM", "ANALYZE")
    assert only(path).state is State.ARMED


REBUILD = (
    "CREATE TABLE new_t (id INTEGER PRIMARY KEY, u TEXT, v)",
    "INSERT INTO new_t SELECT id, u, v FROM t",
    "DROP TABLE t",
    "ALTER TABLE new_t RENAME TO t",
)
OF_OURS = "_steward_audit_1_"


@pytest.mark.parametrize(
    ("statements", "state", "why"),
    [
        (REBUILD, State.DISARMED, "the triggers on “t” are gone"),
        (("DROP TABLE t",), State.DISARMED, "“t” is gone"),
        ((f"DROP TRIGGER {OF_OURS}after_update",), State.DISARMED, "after_update” is gone"),
        (("DROP TABLE _steward_audit_log_1",), State.DISARMED, "every write to “t” fails"),
        (("DROP TABLE _steward_audit_clock",), State.DISARMED, "every write to “t” fails"),
        (("ALTER TABLE t ADD COLUMN w",), State.STALE, "the column “w” of “t” is not logged"),
        (("ALTER TABLE t RENAME COLUMN v TO w",), State.STALE, "the column “v” of “t” is called “w” now"),
        (("ALTER TABLE t RENAME TO other",), State.STALE, "“t” is called “other” now"),
        (
            ("CREATE UNIQUE INDEX once ON t (u)",),
            State.STALE,
            "keys, types or foreign keys of “t” were changed",
        ),
        (
            (
                f"DROP TRIGGER {OF_OURS}after_delete",
                f"CREATE TRIGGER {OF_OURS}after_delete AFTER DELETE ON t BEGIN SELECT 1; END",
            ),
            State.STALE,
            "after_delete” was changed",
        ),
        (
            ("CREATE TRIGGER late AFTER UPDATE ON t BEGIN UPDATE t SET v = 0 WHERE id = new.id; END",),
            State.ORDER,
            "the trigger “late” is newer than ours",
        ),
        (
            ("CREATE TRIGGER late AFTER UPDATE ON t BEGIN SELECT raise(IGNORE); END",),
            State.BYPASSED,
            "the trigger “late” fires before ours and may keep a change from the log",
        ),
    ],
)
def test_what_is_said_after(
    path: Path, case: Case, statements: tuple[str, ...], state: State, why: str
) -> None:
    assert run(path, *statements) == []
    found = only(path)
    assert found.state is state
    assert why in found.drifts[0].why


@pytest.mark.parametrize("name", NAMES)
def test_renames_are_followed_until_a_new_version_begins(path: Path, case: Case, name: str) -> None:
    if name == "shell" and not shell_is_there():
        pytest.skip("the sqlite3 shell is not installed")
    statements = [
        "ALTER TABLE t RENAME COLUMN v TO w",
        "ALTER TABLE t RENAME TO other",
        "ALTER TABLE other ADD x",
    ]
    with writer(name) as elsewhere:
        elsewhere.write(
            path, [*statements, "UPDATE other SET w = 5 WHERE id = 1", "REPLACE INTO other (id) VALUES (2)"]
        )
    assert happened(path, case.audited[0]) == [("update", 1), ("displaced", 2), ("insert", 2)]
    assert only(path).state is State.STALE
    assert only(path).table == "other"


def test_dropping_a_column_that_is_logged_is_refused_by_sqlite(path: Path, case: Case) -> None:
    assert "no such column" in run(path, "ALTER TABLE t DROP COLUMN v")[0]
    assert only(path).state is State.ARMED


def test_a_tool_that_rebuilds_tables(path: Path, case: Case) -> None:
    import subprocess
    import sys

    code = "import sqlite_utils, sys; sqlite_utils.Database(sys.argv[1])['t'].transform(rename={'v': 'w'})"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    assert only(path).state is State.DISARMED


def test_triggers_are_made_again_and_fire_first(path: Path, case: Case) -> None:
    run(path, "CREATE TRIGGER late AFTER UPDATE OF u ON t BEGIN UPDATE t SET v = 0 WHERE id = new.id; END")
    assert only(path).renewable
    with open_write(path) as session, session.transaction():
        schema = read_schema(session)
        table = schema.table("t")
        assert table is not None
        renew(session, case.audited[0], shape_of(table, schema))
    assert only(path).state is State.ARMED
    run(path, "UPDATE t SET u = 'z' WHERE id = 1")
    assert happened(path, case.audited[0]) == [("update", 1), ("update", 1)]
    check(case)


def test_a_new_version_begins_where_columns_changed(path: Path, case: Case) -> None:
    run(path, "UPDATE t SET v = 5", "ALTER TABLE t ADD COLUMN w", "UPDATE t SET w = 6")
    assert not only(path).renewable
    with open_write(path) as session, session.transaction():
        schema = read_schema(session)
        table = schema.table("t")
        assert table is not None
        later = arm(session, shape_of(table, schema), earlier=case.audited[0])
    run(path, "UPDATE t SET w = 7")
    assert only(path).state is State.ARMED
    assert (later.tid, later.earlier, later.from_seq) == (2, 1, 2)
    assert [what for what, _ in happened(path, later)] == ["update", "update"]
    with open_write(path) as session:
        first = tables.table(session, 1)
        assert first is not None
        assert first.to_seq == 2
        assert tables.current(session, "t") == later


def test_taken_out_again_without_a_trace(path: Path) -> None:
    with open_write(path) as session:
        before = session.all("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
        with session.transaction():
            schema = read_schema(session)
            table = schema.table("t")
            assert table is not None
            audited = arm(session, shape_of(table, schema))
        with session.transaction():
            session.run("UPDATE t SET v = 3")
            disarm(session, audited, drop_log=True)
            remove_core(session)
        after = session.all("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
        assert after == before
        assert session.count("SELECT count(*) FROM sqlite_sequence") == 0


def test_objects_of_that_name_that_are_not_ours(path: Path) -> None:
    from steward_app.kernel.errors import Refused

    run(path, "CREATE TABLE _Steward_audit_CLOCK (a)")
    with open_write(path) as session, pytest.raises(Refused, match="did not make"), session.transaction():
        make_core(session)


def test_names_of_ours() -> None:
    assert is_ours("_steward_audit_log_1")
    assert is_ours("_STEWARD_AUDIT_1_after_insert")
    assert not is_ours("_steward_operations")
