"""What somebody writes by hand into tables of the audit that no seal holds is told, and set right by arming again."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.guarding import install, planned, rearm, remove, to_install, verified
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Op
from steward_app.services.audit.guard import own_seals
from steward_app.services.audit.guard.alarm import audit_alarms
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.status import audit_standing, audit_status
from steward_app.services.audit.past.lineage import lineage
from steward_app.services.audit.past.row_changes import RowChanges
from steward_app.services.audit.seals.proving import require_audited
from steward_app.services.audit.seals.seal_log import SealRequest, seal_log

DROPPED = [
    f"DROP TRIGGER _steward_audit_1_{what}"
    for what in ("after_insert", "after_update", "after_delete", "before_insert", "before_update")
]
TAKEN_OUT = (*DROPPED, "UPDATE _steward_audit_table SET to_seq = 3 WHERE tid = 1")
NO_CLOCK = ("DELETE FROM _steward_audit_clock",)
CLOCK_BACK = (
    "UPDATE t SET a = '1' WHERE id = 1",
    "UPDATE t SET a = '2' WHERE id = 2",
    "UPDATE _steward_audit_clock SET seq = 2",
)
NO_NUMBER = ("UPDATE _steward_audit_clock SET seq = 'x'",)
ON_LOG = ("CREATE TRIGGER evil BEFORE INSERT ON _steward_audit_log_1 BEGIN SELECT RAISE(IGNORE); END",)
ON_CLOCK = ("CREATE TRIGGER evil BEFORE UPDATE ON _steward_audit_clock BEGIN SELECT RAISE(IGNORE); END",)
CALLED_LIKE_OURS = ("CREATE TRIGGER _steward_audit_1_zz AFTER UPDATE ON t BEGIN SELECT RAISE(IGNORE); END",)
AN_INDEX = ("CREATE UNIQUE INDEX evil ON _steward_audit_log_1 (op)",)
EVERY = [TAKEN_OUT, NO_CLOCK, CLOCK_BACK, NO_NUMBER, ON_LOG, ON_CLOCK, CALLED_LIKE_OURS, AN_INDEX]
IDS = ["taken out", "no clock", "clock back", "no number", "on log", "on clock", "called like ours", "index"]


@pytest.fixture
def path(tmp_path: Path, catalog: Catalog) -> Path:
    made = (
        a_database(tmp_path / "clinic.db")
        .with_table("t", "id INTEGER PRIMARY KEY, a", rows=[(n, "x") for n in range(1, 4)])
        .with_table("u", "a, b", rows=[(1, 2), (3, 4)])
        .build()
    )
    install(catalog, made)
    return made


def codes(catalog: Catalog, path: Path) -> list[str]:
    return [found.code for found in audit_alarms(catalog, path, known(catalog, path).id)]


def gaps(path: Path) -> list[dict[str, object]]:
    with open_read(path) as session:
        return [dict(event.detail) for event in tables.events(session) if event.kind == "gap"]


def seal(catalog: Catalog, path: Path) -> None:
    seal_log(catalog, SealRequest(path, known(catalog, path).id), Context())


@pytest.mark.parametrize("statements", EVERY, ids=IDS)
def test_it_is_told_and_arming_again_sets_it_right(
    catalog: Catalog, path: Path, statements: Sequence[str]
) -> None:
    run(path, *statements)
    by_hand(path, "UPDATE t SET a = 'EVIL' WHERE id = 3")
    assert audit_status(path).state in (State.DISARMED, State.BYPASSED)
    assert codes(catalog, path)
    assert verified(path, full=False).problems
    rearm(catalog, path)
    assert audit_status(path).state is State.ARMED
    assert verified(path, full=False).holds
    told = gaps(path)
    assert any({"key": [3], "how": "changed"} in each.get("rows", ()) for each in told)  # type: ignore[operator]
    assert any({"ended", "clock", "planted"} & each.keys() for each in told)
    before = tables_at(path)
    assert run(path, "UPDATE t SET a = 'seen'", "UPDATE OR REPLACE u SET a = 9") == []
    assert tables_at(path) == before + 5
    assert verified(path, full=False).holds


def tables_at(path: Path) -> int:
    with open_read(path) as session:
        return tables.last_seq(session)


@pytest.mark.parametrize("statements", EVERY, ids=IDS)
@pytest.mark.parametrize("drop_log", [False, True])
def test_the_audit_can_always_be_removed(
    catalog: Catalog, path: Path, statements: Sequence[str], drop_log: bool
) -> None:
    run(path, *statements)
    remove(catalog, path, drop_log=drop_log)
    assert audit_status(path).tables == ()
    assert run(path, "UPDATE t SET a = 'free'") == []
    if not drop_log:
        assert verified(path, full=False).holds


@pytest.mark.parametrize("statements", [TAKEN_OUT, NO_CLOCK, CLOCK_BACK, NO_NUMBER, ON_LOG, AN_INDEX])
def test_a_seal_says_so_and_hides_nothing(catalog: Catalog, path: Path, statements: Sequence[str]) -> None:
    run(path, *statements)
    by_hand(path, "UPDATE t SET a = 'EVIL' WHERE id = 3")
    for _ in range(2):
        seal(catalog, path)
        run(path, "INSERT INTO u VALUES (7, 7)")
    told = [each for each in gaps(path) if {"ended", "clock", "planted"} & each.keys()]
    assert len(told) == 1
    assert ["t", (3,), "changed"] in [
        [each.table, each.key, each.how.value] for each in verified(path, full=False).differences or ()
    ]


def test_no_seal_is_made_where_something_stands_on_what_it_writes_to(catalog: Catalog, path: Path) -> None:
    run(path, "CREATE TRIGGER evil BEFORE INSERT ON _steward_audit_seal BEGIN SELECT RAISE(IGNORE); END")
    run(path, "UPDATE t SET a = 'y'")
    with pytest.raises(Failure, match="cannot be sealed: the trigger “evil”"):
        seal(catalog, path)
    done = own_seals.seal_new(catalog, path, known(catalog, path).id, Context())
    assert "audit_planted" in codes(catalog, path)
    assert done is not None


def test_a_table_taken_out_by_hand_cannot_be_installed_over_it(catalog: Catalog, path: Path) -> None:
    run(path, *TAKEN_OUT)
    with pytest.raises(UsageError, match="under audit already"):
        planned(catalog, to_install(catalog, path, "t"))


def test_a_forged_event_ends_no_version(catalog: Catalog, path: Path) -> None:
    """Whether it was written before or after the seal that covers it."""
    run(
        path,
        *TAKEN_OUT,
        "UPDATE _steward_audit_clock SET seq = 3",
        "INSERT INTO _steward_audit_event VALUES (3, 1, 'removed', 1, '{\"table\": \"t\"}')",
    )
    by_hand(path, "UPDATE t SET a = 'EVIL' WHERE id = 3")
    for _ in range(2):
        assert audit_status(path).state is State.DISARMED
        found = verified(path, full=False)
        assert any("no signed event says so" in each.sentence for each in found.problems)
        assert any("and no key that signed a seal signed it" in each.sentence for each in found.problems)
        assert found.differences
        seal(catalog, path)


def test_a_table_taken_out_for_good_is_not_put_back_by_hand(catalog: Catalog, path: Path) -> None:
    remove(catalog, path, "t")
    assert verified(path, full=False).holds
    assert codes(catalog, path) == []
    by_hand(path, "UPDATE _steward_audit_table SET to_seq = NULL WHERE tid = 1")
    assert audit_status(path).state is State.DISARMED
    assert any(
        "put under audit again by hand" in each.sentence for each in verified(path, full=False).problems
    )


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM _steward_audit_table WHERE tid = 1",
        "DROP TABLE _steward_audit_table",
        "DROP TABLE _steward_audit_clock",
    ],
)
def test_the_list_of_tables_or_the_clock_is_gone(catalog: Catalog, path: Path, sql: str) -> None:
    run(path, "UPDATE t SET a = 'y'")
    by_hand(path, sql)
    standing = audit_standing(catalog, path, known(catalog, path).id)
    assert standing.alarms
    ran = steward("audit", "status", path)
    assert (ran.code, "What is wrong" in ran.out) == (1, True)
    if "DROP" not in sql:
        assert verified(path, full=False).problems
        seal(catalog, path)
        assert [each["unlisted"] for each in gaps(path) if "unlisted" in each] == [[1]]
    else:
        with open_read(path) as session, pytest.raises(Refused):
            require_audited(session)
    remove(catalog, path, drop_log=True)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("INSERT INTO _steward_audit_event VALUES (6, 1, 'redacted', 1, '{\"seqs\": [3]}')", "says that values were"),
        ("DELETE FROM _steward_audit_rows_1", "leaves out 3 changes"),
        ("DROP TABLE _steward_audit_rows_1", "leaves out 3 changes"),
        ("INSERT INTO _steward_audit_pen_1 (seq, rid, o1) VALUES (0, 77, 'forged')", "wait to be logged, by hand"),
        ("UPDATE _steward_audit_table SET shape_hash = 'x' WHERE tid = 1", "of the shape of “t” was edited"),
        ("INSERT INTO _steward_audit_event (seq) VALUES (6)", "were put in by hand"),
    ],
)  # fmt: skip
def test_what_a_plain_verification_finds(catalog: Catalog, path: Path, sql: str, told: str) -> None:
    run(path, "UPDATE t SET a = 'y'")
    seal(catalog, path)
    by_hand(path, sql)
    found = verified(path, full=False).problems
    assert any(told in each.sentence for each in found), found
    audit_standing(catalog, path, known(catalog, path).id)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE _steward_audit_chain SET base = zeroblob(2048)", {"baseline": "edited"}),
        ("UPDATE _steward_audit_chain SET log = x'00'", {"chain": "edited"}),
        ("DROP TABLE _steward_audit_base_1", {"table": "t", "baseline": "gone"}),
    ],
)
def test_a_seal_says_that_what_it_goes_on_from_was_edited(
    catalog: Catalog, path: Path, sql: str, told: dict[str, str]
) -> None:
    by_hand(path, sql)
    for _ in range(2):
        run(path, "INSERT INTO u VALUES (8, 8)")
        seal(catalog, path)
    assert [each for each in gaps(path) if each == told] == [told]
    assert verified(path, full=False).problems
    assert any(each.code == "audit_gap" for each in audit_alarms(catalog, path, known(catalog, path).id))
    rearm(catalog, path, "t")
    assert verified(path, full=False).holds is ("log" not in sql)


def test_the_history_of_a_row_does_without_a_list_that_was_emptied(catalog: Catalog, path: Path) -> None:
    run(path, "UPDATE t SET a = 'y'", "UPDATE t SET a = 'z' WHERE id = 2")
    seal(catalog, path)
    by_hand(path, "DELETE FROM _steward_audit_rows_1")
    run(path, "DELETE FROM t WHERE id = 2")
    with open_read(path) as session, session.snapshot():
        rows = RowChanges(session, lineage(session, "t"))
        assert [[change.op for change, _ in rows.backward((key,))] for key in (1, 2, 9)] == [
            [Op.UPDATE], [Op.DELETE, Op.UPDATE, Op.UPDATE], []
        ]  # fmt: skip


def test_a_log_table_made_anew_with_another_policy_is_told(catalog: Catalog, path: Path) -> None:
    """Numbers that are given twice would then be dropped without a word."""
    run(
        path,
        "CREATE TABLE keep AS SELECT * FROM _steward_audit_log_1",
        "DROP TABLE _steward_audit_log_1",
        "CREATE TABLE _steward_audit_log_1 (seq INTEGER PRIMARY KEY ON CONFLICT IGNORE, at, op CHECK (op < 1), txn,"
        " rid, nrid, m0, o1, n1)",
        "INSERT INTO _steward_audit_log_1 SELECT * FROM keep",
        "DROP TABLE keep",
    )
    assert audit_status(path).state is State.DISARMED
    assert any("is not as the audit made it" in each.sentence for each in verified(path, full=False).problems)
    rearm(catalog, path)
    assert audit_status(path).state is State.ARMED
    assert run(path, "UPDATE t SET a = 'y'") == []


@pytest.mark.parametrize("table", ["clock", "event", "txn", "table", "never"])
def test_a_table_of_every_log_that_was_altered_is_made_again(
    catalog: Catalog, path: Path, table: str
) -> None:
    run(
        path,
        "UPDATE t SET a = 'y'",
        f"ALTER TABLE _steward_audit_{table} ADD COLUMN more CHECK (more IS NULL)",
    )
    assert audit_status(path).state is State.DISARMED
    rearm(catalog, path)
    assert audit_status(path).state is State.ARMED
    assert verified(path).holds
    assert run(path, "UPDATE t SET a = 'z'") == []
    remove(catalog, path)
    assert verified(path).holds


def test_a_copy_of_what_was_right_stays_right(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    run(path, "VACUUM", "ALTER TABLE t RENAME TO renamed", "ALTER TABLE renamed RENAME TO t")
    copy = Path(shutil.copy(path, tmp_path / "copy.db"))
    assert [each.problems for each in (verified(path), verified(copy))] == [(), ()]
