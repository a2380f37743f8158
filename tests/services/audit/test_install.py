"""Putting tables under audit: what the plan says, what is in the file afterwards, and what programs may do with it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.guarding import done, install, planned, remove, stored, to_install, verified
from builders.under_audit import run, told
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.plan import Reversal
from steward_app.kernel.progress import Context
from steward_app.services import operation, undo
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import NOT_KEPT, Mode
from steward_app.services.audit.guard import guarding
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.guard.status import audit_status

SELF = "id INTEGER PRIMARY KEY, boss INTEGER REFERENCES worker (id) ON UPDATE CASCADE"
HOSTILE = 'a"b.c\n<img onerror>'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "visit", "id INTEGER PRIMARY KEY, note TEXT, secret TEXT", rows=[(1, "a", "s"), (2, "b", "t")]
        )
        .with_sql("CREATE TABLE place (town TEXT, street TEXT, PRIMARY KEY (town, street)) WITHOUT ROWID")
        .with_sql("CREATE VIEW visits AS SELECT * FROM visit")
        .with_sql("CREATE TRIGGER touch AFTER INSERT ON visit BEGIN SELECT 1; END")
        .build()
    )


def test_all_tables_by_default(catalog: Catalog, path: Path) -> None:
    receipt = install(catalog, path)
    assert receipt.sentence == "2 tables of “clinic.db” under audit"
    standing = audit_status(path)
    assert [(each.table, each.state) for each in standing.tables] == [
        ("visit", State.ARMED), ("place", State.ARMED)
    ]  # fmt: skip
    assert (standing.seals, standing.unsealed, standing.gaps) == (1, 0, 0)
    assert all(each.since for each in standing.tables)
    assert standing.bytes > 0
    assert verified(path).holds


def test_the_plan_shows_the_sql_that_will_be_stored(catalog: Catalog, path: Path) -> None:
    plan = planned(catalog, to_install(catalog, path))
    before = stored(path)
    guarding.carry_out(catalog, plan, Context(), confirmation=operation.Confirmation.of(plan))
    new = [str(row[3]) for row in stored(path) if row not in before and row[3] is not None]
    assert set(plan.sql) <= set(new)
    assert {sql for sql in new if sql.startswith("CREATE TRIGGER")} <= set(plan.sql)
    assert stored(path)[: len(before)] == before
    assert plan.disk_bytes > 0


def test_the_plan_changes_nothing(catalog: Catalog, path: Path) -> None:
    before = path.read_bytes()
    plan = planned(catalog, to_install(catalog, path, measured=True))
    assert path.read_bytes() == before
    assert any("measured on 2 rows" in sentence for sentence in plan.sentences)
    assert any("sqlite_sequence" in sentence for sentence in plan.sentences)


def test_a_column_of_which_less_is_logged(catalog: Catalog, path: Path) -> None:
    request = to_install(catalog, path, "visit", columns={"visit.note": Mode.FLAG, "VISIT.Secret": Mode.NONE})
    plan = planned(catalog, request)
    assert "Of “note” in “visit”, only that it changed is logged." in plan.sentences
    assert "Of “secret” in “visit”, nothing is logged." in plan.sentences
    done(catalog, request)
    run(path, "UPDATE visit SET note = 'x', secret = 'y' WHERE id = 1")
    with open_read(path) as session:
        (audited,) = tables.tables(session)
    assert told(path, audited) == [("update", 1, {"note": (NOT_KEPT, NOT_KEPT)})]
    assert audit_status(path).tables[0].columns == {"note": Mode.FLAG, "secret": Mode.NONE}


def test_names_with_dots_and_worse(catalog: Catalog, tmp_path: Path) -> None:
    path = (
        a_database(tmp_path, "odd.db")
        .with_table(HOSTILE, 'id INTEGER PRIMARY KEY, "d.e" TEXT', rows=[(1, "x")])
        .build()
    )
    install(catalog, path, HOSTILE, columns={f"{HOSTILE}.d.e": Mode.FLAG})
    assert audit_status(path).tables[0].columns == {"d.e": Mode.FLAG}


@pytest.mark.parametrize(
    ("wanted", "columns", "says"),
    [
        (("nothing",), {}, "There is no table “nothing”"),
        ((), {"visit.nothing": Mode.FLAG}, "is no column"),
        ((), {"visit": Mode.FLAG}, "is no column"),
        (("place",), {"visit.note": Mode.FLAG}, "is not among the tables"),
        ((), {"visit.id": Mode.FLAG}, "always logged in full"),
        ((), {"place.town": Mode.NONE}, "always logged in full"),
    ],
)
def test_what_makes_no_sense(
    catalog: Catalog, path: Path, wanted: tuple[str, ...], columns: dict[str, Mode], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        planned(catalog, to_install(catalog, path, *wanted, columns=columns))


def test_a_table_that_cannot_be_logged_is_left_out_with_the_reason(catalog: Catalog, path: Path) -> None:
    run(path, f"CREATE TABLE worker ({SELF})", "CREATE VIRTUAL TABLE words USING fts5 (text)")
    plan = planned(catalog, to_install(catalog, path))
    assert {finding.subject.table for finding in plan.findings if finding.severity == "error"} == {
        "worker",
        "words",
    }
    assert plan.blocking == ()
    assert plan.request["tables"] == ["visit", "place"]
    assert "wrong order" in next(f.detail for f in plan.findings if f.subject.table == "worker")


def test_a_table_whose_parent_is_not_there_is_logged_like_any_other(catalog: Catalog, tmp_path: Path) -> None:
    builder = a_database(tmp_path, "odd.db").with_table("login", "id INTEGER PRIMARY KEY, at TEXT")
    path = builder.with_sql(
        "CREATE TABLE seen (id INTEGER PRIMARY KEY, device REFERENCES device (id))"
    ).build()
    assert install(catalog, path).sentence == "2 tables of “odd.db” under audit"
    assert run(path, "INSERT INTO seen VALUES (1, 7)", foreign_keys=0) == []
    with open_read(path) as session:
        (seen,) = (each for each in tables.tables(session) if each.name == "seen")
    assert [what for what, _, _ in told(path, seen)] == ["insert"]


def test_asked_for_by_name_it_stops_the_plan(catalog: Catalog, path: Path) -> None:
    run(path, f"CREATE TABLE worker ({SELF})")
    plan = planned(catalog, to_install(catalog, path, "worker", "visit"))
    assert [finding.subject.table for finding in plan.blocking] == ["worker"]
    with pytest.raises(Refused, match="refers to itself"):
        guarding.carry_out(catalog, plan, Context(), confirmation=operation.Confirmation.of(plan))


def test_a_second_time_takes_what_is_new(catalog: Catalog, path: Path) -> None:
    install(catalog, path, "visit")
    plan = planned(catalog, to_install(catalog, path))
    assert plan.request["tables"] == ["place"]
    assert "Under audit already: “visit”." in plan.sentences
    assert all("_steward_audit_2_" in sql for sql in plan.sql if sql.startswith("CREATE TRIGGER"))
    install(catalog, path)
    with pytest.raises(UsageError, match="under audit already"):
        planned(catalog, to_install(catalog, path))
    with pytest.raises(UsageError, match="“visit” is under audit already"):
        planned(catalog, to_install(catalog, path, "visit"))


def test_names_of_the_audit_that_somebody_else_uses(catalog: Catalog, path: Path) -> None:
    run(path, "CREATE TABLE _steward_audit_log_1 (x)", "CREATE TABLE _steward_other (x)")
    plan = planned(catalog, to_install(catalog, path))
    assert [finding.code for finding in plan.blocking] == ["audit_names_taken"]
    assert "_steward_audit_log_1" in plan.blocking[0].title
    assert "_steward_other" not in plan.blocking[0].title


def test_a_file_without_tables(catalog: Catalog, tmp_path: Path) -> None:
    path = a_database(tmp_path, "empty.db").with_table("t", "x").build()
    run(path, "DROP TABLE t")
    with pytest.raises(UsageError, match="or it has none"):
        planned(catalog, to_install(catalog, path))


def test_a_file_that_cannot_be_written(catalog: Catalog, path: Path) -> None:
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        plan = planned(catalog, to_install(catalog, path))
        if plan.blocking:  # not for who may write anything
            assert "cannot be written" in plan.blocking[0].title
    finally:
        path.parent.chmod(0o755)


def test_switched_to_read_only(catalog: Catalog, path: Path) -> None:
    plan = planned(catalog, to_install(catalog, path))
    with pytest.raises(Refused) as raised:
        guarding.carry_out(
            catalog, plan, Context(), confirmation=operation.Confirmation(given=True, read_only=True)
        )
    assert raised.value.code is ErrorCode.READ_ONLY


def test_another_program_holds_the_file(catalog: Catalog, path: Path) -> None:
    plan = planned(catalog, to_install(catalog, path))
    before = stored(path)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Failure) as raised:
        guarding.carry_out(catalog, plan, Context(), confirmation=operation.Confirmation.of(plan))
    assert raised.value.code is ErrorCode.LOCKED
    other.execute("ROLLBACK")
    other.close()
    assert stored(path) == before


def test_a_plan_that_no_longer_fits(catalog: Catalog, path: Path) -> None:
    plan = planned(catalog, to_install(catalog, path))
    run(path, "ALTER TABLE visit ADD COLUMN more")
    with pytest.raises(Refused) as raised:
        guarding.carry_out(catalog, plan, Context(), confirmation=operation.Confirmation.of(plan))
    assert raised.value.code is ErrorCode.STALE_PLAN


def test_rehearsed_on_a_copy(catalog: Catalog, path: Path) -> None:
    before = stored(path)
    rehearsal = guarding.rehearse(catalog, planned(catalog, to_install(catalog, path)), Context())
    assert rehearsal.passed
    assert rehearsal.changes == ()
    assert stored(path) == before


def test_undone_before_anything_was_logged_nothing_of_it_stays(catalog: Catalog, path: Path) -> None:
    before = stored(path)
    receipt = install(catalog, path)
    plan = undo.plan_undo(catalog, receipt.undo, Context())
    assert (plan.reversal, plan.request["drop"]) == (Reversal.INVERSE, True)
    undo.carry_out(catalog, receipt.undo, plan, Context(), operation.Confirmation.of(plan))
    assert stored(path) == before
    assert not audit_status(path).audited


def test_undone_later_the_log_is_kept(catalog: Catalog, path: Path) -> None:
    receipt = install(catalog, path)
    run(path, "DELETE FROM visit WHERE id = 1")
    _, plan = operation.plan_undo(catalog, receipt.undo, guarding.undoable(catalog), Context())
    assert plan.request["drop"] is False
    guarding.carry_out(catalog, plan, Context(), confirmation=operation.Confirmation.of(plan))
    standing = audit_status(path)
    assert (standing.audited, standing.tables, standing.unsealed) == (True, (), 0)
    assert verified(path).holds


def test_the_plain_shell_writes_and_is_logged(catalog: Catalog, path: Path) -> None:
    shell = shutil.which("sqlite3")
    if shell is None:
        pytest.skip("there is no sqlite3 shell on this computer")
    install(catalog, path)
    script = (
        "PRAGMA trusted_schema = 0; REPLACE INTO visit VALUES (1, 'z', NULL), (9, 'new', x'00');"
        " DELETE FROM visit WHERE id = 2; INSERT INTO place VALUES ('a', 'b');"
    )
    subprocess.run([shell, "-bail", str(path), script], check=True, capture_output=True)
    with open_read(path) as session:
        visit, place = tables.tables(session)
    assert [what for what, _, _ in told(path, visit)] == ["displaced", "insert", "insert", "delete"]
    assert [what for what, _, _ in told(path, place)] == ["insert"]
    assert verified(path).holds
    remove(catalog, path, drop_log=True)
    subprocess.run([shell, "-bail", str(path), "DELETE FROM visit;"], check=True, capture_output=True)
