"""Taking tables out of the audit, with their log or without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import (
    done,
    install,
    planned,
    rearm,
    remove,
    stored,
    to_install,
    to_rearm,
    to_remove,
    verified,
)
from builders.under_audit import run, told
from steward_app.catalog import Catalog, points
from steward_app.db import open_read
from steward_app.kernel.errors import Failure, Refused, UsageError
from steward_app.kernel.plan import Reversal
from steward_app.kernel.progress import Context
from steward_app.services import operation
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard import guarding
from steward_app.services.audit.guard.status import audit_status


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note TEXT UNIQUE", rows=[(1, "a"), (2, "b")])
        .with_table(
            "bill", "visit INTEGER REFERENCES visit (id) ON DELETE CASCADE, sum REAL", rows=[(1, 2.5)]
        )
        .with_sql("CREATE INDEX by_sum ON bill (sum)")
        .with_sql("CREATE TRIGGER touch AFTER INSERT ON visit BEGIN UPDATE bill SET sum = sum; END")
        .build()
    )


@pytest.mark.parametrize("sealed_again", [False, True])
def test_with_its_log_nothing_stays(catalog: Catalog, path: Path, sealed_again: bool) -> None:
    before = stored(path)
    install(catalog, path)
    run(path, "UPDATE visit SET note = 'c' WHERE id = 1", "DELETE FROM visit WHERE id = 2")
    if sealed_again:
        run(path, "ALTER TABLE visit ADD COLUMN more")
        rearm(catalog, path)
        before = [row if row[1] != "visit" else (*row[:3], f"{str(row[3])[:-1]}, more)") for row in before]
    receipt = remove(catalog, path, drop_log=True)
    assert stored(path) == before
    assert receipt.restore_point
    assert not audit_status(path).audited
    with catalog.reading() as session:
        assert points.find(session, receipt.restore_point).path.exists()
    run(path, "DELETE FROM visit")
    with open_read(path) as session:
        assert session.count("SELECT count(*) FROM visit") == 0


def test_a_file_with_a_sequence_is_as_before_to_the_last_object(catalog: Catalog, tmp_path: Path) -> None:
    path = (
        a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY AUTOINCREMENT, x", rows=[(7, 1)]).build()
    )
    plan = planned(catalog, to_install(catalog, path))
    assert not any("sqlite_sequence" in sentence for sentence in plan.sentences)
    install(catalog, path)
    run(path, "INSERT INTO t (x) VALUES (2)")
    remove(catalog, path, drop_log=True)
    with open_read(path) as session:
        assert session.all("SELECT * FROM sqlite_sequence WHERE name <> '_steward_operations'") == [("t", 8)]


def test_the_plan_says_what_stays_and_what_undoes_it(catalog: Catalog, path: Path) -> None:
    install(catalog, path)
    run(path, "UPDATE visit SET note = 'c' WHERE id = 1")
    kept = planned(catalog, to_remove(catalog, path))
    assert (kept.reversal, kept.button) == (Reversal.INVERSE, "Take 2 tables out")
    assert any("with 1 change of them stays" in sentence for sentence in kept.sentences)
    one = planned(catalog, to_remove(catalog, path, "bill"))
    assert any("with 0 changes of it stays" in sentence for sentence in one.sentences)  # others have one
    dropped = planned(catalog, to_remove(catalog, path, drop_log=True))
    assert (dropped.reversal, dropped.button) == (Reversal.RESTORE_POINT, "Drop the log")
    assert any("What stays: the record of this operation" in sentence for sentence in dropped.sentences)
    assert 'DROP TABLE "_steward_audit_log_1"' in dropped.sql
    assert 'DROP TABLE "_steward_audit_log_1"' not in kept.sql


def test_the_log_is_kept_and_can_be_read(catalog: Catalog, path: Path) -> None:
    install(catalog, path)
    run(path, "UPDATE visit SET note = 'c' WHERE id = 1")
    remove(catalog, path)
    run(path, "UPDATE visit SET note = 'd' WHERE id = 1")
    with open_read(path) as session:
        visit = tables.tables(session)[0]
        kinds = [event.kind for event in tables.events(session)]
    assert told(path, visit) == [("update", 1, {"note": ("a", "c")})]
    assert kinds == ["installed", "installed", "removed", "removed"]
    standing = audit_status(path)
    assert (standing.audited, standing.tables, standing.unsealed) == (True, (), 0)
    assert verified(path).holds
    with pytest.raises(Refused, match=r"No table .* is under audit"):
        planned(catalog, to_remove(catalog, path))
    remove(catalog, path, drop_log=True)
    assert not audit_status(path).audited


def test_taking_out_is_undone_by_installing_again(catalog: Catalog, path: Path) -> None:
    install(catalog, path, columns={"visit.note": Mode.FLAG})
    run(path, "DELETE FROM bill")
    receipt = remove(catalog, path, "VISIT")
    assert [each.table for each in audit_status(path).tables] == ["bill"]
    _, plan = operation.plan_undo(catalog, receipt.undo, guarding.undoable(catalog), Context())
    guarding.carry_out(catalog, plan, Context(), confirmation=operation.Confirmation.of(plan))
    found = {each.table: each.columns for each in audit_status(path).tables}
    assert found == {"bill": {}, "visit": {"note": Mode.FLAG}}
    assert verified(path).holds


def test_what_makes_no_sense(catalog: Catalog, path: Path) -> None:
    with pytest.raises(Refused, match="is under audit"):
        planned(catalog, to_remove(catalog, path))
    install(catalog, path, "visit")
    with pytest.raises(UsageError, match="“bill” is not under audit"):
        planned(catalog, to_remove(catalog, path, "bill"))
    install(catalog, path, "bill")
    with pytest.raises(UsageError, match="its seals cover the changes of all"):
        planned(catalog, to_remove(catalog, path, "bill", drop_log=True))


def test_tables_of_others_with_such_names_stay(catalog: Catalog, path: Path) -> None:
    install(catalog, path)
    run(path, "CREATE TABLE _steward_audit_notes (x)", "CREATE TABLE _steward_mine (x)")
    remove(catalog, path, drop_log=True)
    with open_read(path) as session:
        names = {
            name
            for (name,) in session.all(
                "SELECT name FROM sqlite_schema WHERE name LIKE '\\_steward%' ESCAPE '\\'"
            )
        }
    assert names == {"_steward_audit_notes", "_steward_mine", "_steward_operations"}


def test_what_a_damaged_audit_left_is_removed(catalog: Catalog, path: Path) -> None:
    before = stored(path)
    install(catalog, path)
    run(path, "DROP TABLE _steward_audit_table", "DROP TABLE _steward_audit_pen_1")
    remove(catalog, path, drop_log=True)
    assert stored(path) == before


def test_a_table_that_is_gone(catalog: Catalog, path: Path) -> None:
    install(catalog, path)
    run(path, "DROP TABLE bill")
    done(catalog, to_remove(catalog, path))
    assert audit_status(path).tables == ()


@pytest.mark.parametrize("columns", ["no JSON", "[1]", "{}"])
def test_a_list_of_tables_that_was_edited(catalog: Catalog, path: Path, columns: str) -> None:
    before = stored(path)
    install(catalog, path)
    run(path, f"UPDATE _steward_audit_table SET columns = '{columns}' WHERE tid = 1")
    with pytest.raises(Failure, match="was edited"):
        audit_status(path)
    for request in (to_install(catalog, path), to_rearm(catalog, path), to_remove(catalog, path)):
        with pytest.raises(Failure, match="was edited"):
            planned(catalog, request)
    remove(catalog, path, drop_log=True)
    assert stored(path) == before
