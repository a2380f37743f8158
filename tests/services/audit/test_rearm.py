"""Arming an audit again: what was missed is written down, and from then on everything is logged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import done, install, planned, rearm, to_rearm, verified
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Refused, UsageError
from steward_app.services.audit.engine import log, tables
from steward_app.services.audit.engine.model import AuditedTable, Event, Mode
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.audit.past.history import Asked, History
from steward_app.services.audit.past.missed import missed as missed_in
from steward_app.services.audit.seals.seal_log import SealRequest

REBUILD = (
    "CREATE TABLE new_t (id INTEGER PRIMARY KEY, u TEXT UNIQUE, v, w)",
    "INSERT INTO new_t SELECT id, u, v, w FROM t",
    "DROP TABLE t",
    "ALTER TABLE new_t RENAME TO t",
)


@pytest.fixture
def path(catalog: Catalog, tmp_path: Path) -> Path:
    path = (
        a_database(tmp_path)
        .with_table(
            "t",
            "id INTEGER PRIMARY KEY, u TEXT UNIQUE, v, w",
            rows=[(n, f"u{n}", n, None) for n in range(1, 6)],
        )
        .with_sql("CREATE TABLE k (a, b, c, PRIMARY KEY (a, b)) WITHOUT ROWID")
        .with_rows("k", [("x", 1, 1), ("y", 2, 2)])
        .build()
    )
    install(catalog, path, columns={"t.w": Mode.NONE})
    run(path, "UPDATE t SET v = 10 WHERE id = 1", "INSERT INTO k VALUES ('z', 3, 3)")
    return path


def events(path: Path, *kinds: str) -> list[Event]:
    with open_read(path) as session:
        return [event for event in tables.events(session) if event.kind in kinds]


def missed(path: Path) -> list[object]:
    return [row for event in events(path, "gap") for row in event.detail.get("rows", ())]  # type: ignore[attr-defined]


def versions(path: Path, table: str) -> Sequence[AuditedTable]:
    with open_read(path) as session:
        return [each for each in tables.tables(session) if each.name == table]


def logged(path: Path, audited: AuditedTable) -> int:
    with open_read(path) as session:
        return len(list(log.changes(session, audited)))


def test_nothing_to_do(catalog: Catalog, path: Path) -> None:
    with pytest.raises(Refused, match="every table under audit is armed"):
        planned(catalog, to_rearm(catalog, path))
    with pytest.raises(UsageError, match="There is no table"):
        planned(catalog, to_rearm(catalog, path, "nothing"))


def test_after_a_rebuild(catalog: Catalog, path: Path) -> None:
    run(
        path,
        *REBUILD,
        "UPDATE t SET v = 'missed' WHERE id = 2",
        "DELETE FROM t WHERE id = 3",
        "INSERT INTO t (id) VALUES (9)",
    )
    assert audit_status(path).state is State.DISARMED
    plan = planned(catalog, to_rearm(catalog, path))
    assert any("3 rows changed, added or removed behind the log" in sentence for sentence in plan.sentences)
    receipt = rearm(catalog, path)
    assert receipt.result == {"tables": 1, "missed": 3}
    assert missed(path) == [
        {"key": [2], "how": "changed"}, {"key": [3], "how": "removed"}, {"key": [9], "how": "added"}
    ]  # fmt: skip
    (event,) = events(path, "rearmed")
    assert event.detail["differences"] == 3
    standing = audit_status(path)
    assert (standing.state, standing.unsealed, standing.gaps) == (State.ARMED, 0, 1)
    run(path, "UPDATE t SET v = 'seen' WHERE id = 2")
    assert logged(path, versions(path, "t")[-1]) > 0
    assert verified(path).holds


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TRIGGER _steward_audit_1_after_update", "UPDATE t SET v = 'missed' WHERE id = 4"),
        ("CREATE TRIGGER late AFTER INSERT ON t BEGIN UPDATE t SET v = 1 WHERE id = new.id; END",),
    ],
)
def test_triggers_made_anew_for_the_same_version(
    catalog: Catalog, path: Path, statements: tuple[str, ...]
) -> None:
    run(path, *statements)
    rearm(catalog, path)
    assert len(versions(path, "t")) == 1
    assert missed(path) == ([{"key": [4], "how": "changed"}] if len(statements) == 2 else [])
    assert audit_status(path).state is State.ARMED
    before = logged(path, versions(path, "t")[0])
    run(path, "UPDATE t SET v = 'seen' WHERE id = 4", "INSERT INTO t (id, u) VALUES (77, 'new')")
    assert logged(path, versions(path, "t")[0]) >= before + 2
    assert verified(path).holds


@pytest.mark.parametrize(
    ("statements", "name", "modes"),
    [
        (("ALTER TABLE t ADD COLUMN x DEFAULT 5",), "t", {"w": Mode.NONE}),
        (("ALTER TABLE t RENAME TO s",), "s", {"w": Mode.NONE}),
        (("ALTER TABLE t RENAME COLUMN w TO hidden",), "t", {"hidden": Mode.NONE}),
        (("ALTER TABLE t RENAME COLUMN v TO v2",), "t", {"w": Mode.NONE}),
    ],
)
def test_another_shape_is_a_new_version(
    catalog: Catalog, path: Path, statements: tuple[str, ...], name: str, modes: dict[str, Mode]
) -> None:
    run(path, *statements)
    assert audit_status(path).state is State.STALE
    rearm(catalog, path)
    (found,) = [each for each in audit_status(path).tables if each.table == name]
    assert (found.state, found.columns) == (State.ARMED, modes)
    with open_read(path) as session:
        old, _, new = tables.tables(session)
    assert (new.earlier, new.name, old.to_seq is not None) == (old.tid, name, True)
    assert missed(path) == []
    run(path, f"DELETE FROM {name}")
    assert logged(path, new) == 5
    assert verified(path).holds


def test_rows_are_compared_before_a_new_version_begins(catalog: Catalog, path: Path) -> None:
    assert by_hand(path, "UPDATE k SET c = 'missed' WHERE a = 'y'") == 1
    run(path, "ALTER TABLE k ADD COLUMN d")
    rearm(catalog, path)
    assert missed(path) == [{"key": ["y", 2], "how": "changed"}]
    assert verified(path).holds


def test_what_a_column_held_before_the_log_knew_it_is_not_known(catalog: Catalog, path: Path) -> None:
    run(
        path,
        "ALTER TABLE t ADD COLUMN z",
        "ALTER TABLE t ADD COLUMN five DEFAULT 5",
        "ALTER TABLE t ADD COLUMN text TEXT NOT NULL DEFAULT 'it''s'",
        "ALTER TABLE t RENAME COLUMN v TO volume",
    )
    rearm(catalog, path)
    assert "unlogged" not in events(path, "rearmed")[-1].detail
    run(
        path,
        "ALTER TABLE t ADD COLUMN y",
        "ALTER TABLE t ADD COLUMN x DEFAULT 5",
        "UPDATE t SET x = 6, y = 1",
    )
    plan = planned(catalog, to_rearm(catalog, path, "t"))
    assert "what “y”, “x” held meanwhile is not known" in plan.sentences[-2]
    ran = rearm(catalog, path)
    assert ran.sentence.endswith("; what “y”, “x” held meanwhile is not known")
    event = events(path, "rearmed")[-1]
    assert event.detail["unlogged"] == ["y", "x"]
    assert event.is_gap
    with open_read(path) as session, session.snapshot():
        found = missed_in(session, History(session), Asked("t"))[0]
    assert found.sentence.startswith("What “y”, “x” of “t” held meanwhile is not known")
    assert verified(path).holds


@pytest.mark.parametrize("sealed", [False, True])
def test_a_table_that_is_gone_leaves_the_audit_and_its_rows_are_named(
    catalog: Catalog, path: Path, sealed: bool
) -> None:
    if sealed:
        done(catalog, SealRequest(path, known(catalog, path).id))
        run(path, "INSERT INTO k VALUES ('w', 4, 4)", "DELETE FROM k WHERE a = 'w'")
    run(path, "UPDATE k SET b = 9 WHERE a = 'x'", "DROP TABLE k")
    plan = planned(catalog, to_rearm(catalog, path))
    assert plan.title == "Take 1 table of “f.db” out of the audit, gone without the log".replace(
        "f.db", path.name
    )
    (sentence,) = [each for each in plan.sentences if "went" in each]
    assert (
        sentence == "With it went 3 rows, as the log tells. It leaves the audit; what was logged of it stays."
    )
    assert [finding.code for finding in plan.findings] == ["audit_table_gone"]
    receipt = rearm(catalog, path)
    assert receipt.result == {"tables": 0, "gone": 1, "missed": 3}
    assert receipt.sentence.startswith(
        f"1 table of “{path.name}” gone, and out of the audit; 3 rows had changed"
    )
    assert [check.title for check in receipt.checks] == ["What is gone is out of the audit"]
    assert [each.table for each in audit_status(path).tables] == ["t"]
    assert sorted(str(each) for each in missed(path)) == [
        str({"key": key, "how": "removed"}) for key in (["x", 9], ["y", 2], ["z", 3])
    ]
    (event,) = events(path, "removed")
    assert (event.detail["table"], event.detail["differences"]) == ("k", 3)
    assert verified(path).holds


def test_rows_of_an_armed_table_are_written_down(catalog: Catalog, path: Path) -> None:
    assert by_hand(path, "UPDATE t SET v = 'missed' WHERE id = 2") == 1
    assert audit_status(path).state is State.ARMED
    plan = planned(catalog, to_rearm(catalog, path))
    assert plan.title == f"Write down what the log of “{path.name}” missed"
    assert "“t” stays armed. It has 1 row changed behind the log." in plan.sentences
    assert rearm(catalog, path).result == {"tables": 1, "missed": 1}
    assert missed(path) == [{"key": [2], "how": "changed"}]
    assert (len(versions(path, "t")), events(path, "rearmed")) == (1, [])
    assert verified(path).holds
    with pytest.raises(Refused, match="every table under audit is armed"):
        planned(catalog, to_rearm(catalog, path))


@pytest.mark.parametrize("lost", ["log_1", "pen_1", "clock", "event", "txn", "never"])
def test_a_table_of_the_audit_that_is_gone(catalog: Catalog, path: Path, lost: str) -> None:
    run(path, f"DROP TABLE _steward_audit_{lost}", foreign_keys=0)
    assert audit_status(path).state is State.DISARMED
    rearm(catalog, path)
    assert audit_status(path).state is State.ARMED
    assert run(path, "UPDATE t SET v = 'seen' WHERE id = 4") == []


def test_a_table_that_is_armed_is_armed_again_when_it_is_named(catalog: Catalog, path: Path) -> None:
    rearm(catalog, path, "t")
    assert len(versions(path, "t")) == 2
    assert audit_status(path).state is State.ARMED
    assert verified(path).holds
