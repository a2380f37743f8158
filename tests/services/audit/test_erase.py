"""Erasing inside the log: the bytes are gone from every file, the log holds, and nothing brings the values back."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.guarding import install, rearm, remove, verified
from builders.operations import known
from builders.points import a_point
from builders.under_audit import run
from steward_app.catalog import Catalog, erasure, journal
from steward_app.db import open_read
from steward_app.db.attribution import left_behind
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.plan import Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import restore
from steward_app.services.audit.erasing.erase import EraseRequest, erase, plan_erase, rehearse_erase
from steward_app.services.audit.past.history import Asked, History
from steward_app.services.audit.undo import Selection, UndoRequest, plan_undo
from steward_app.services.operation import Confirmation, typed_name

SECRET = ("Wilhelmina Secretkeeper", "a private remark", "another remark", "Wilhelmina Newname")


@pytest.fixture(params=["rollback", "wal"])
def path(tmp_path: Path, catalog: Catalog, request: pytest.FixtureRequest) -> Path:
    builder = (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "person", "id INTEGER PRIMARY KEY, name TEXT, note", rows=[(1, "Ann", "x"), (2, "Ben", "y")]
        )
        .with_table("loose", "a, b", rows=[(n, f"row {n}") for n in range(30)])
    )
    path = (builder.in_wal_mode() if request.param == "wal" else builder).build()
    install(catalog, path)
    run(
        path,
        f"INSERT INTO person VALUES (50, '{SECRET[0]}', '{SECRET[1]}')",
        f"UPDATE person SET note = '{SECRET[2]}' WHERE id = 50",
        f"UPDATE person SET name = '{SECRET[3]}' WHERE id = 50",
        "DELETE FROM person WHERE id = 50",
        "INSERT INTO person VALUES (50, 'somebody else', 'hers')",
        "DELETE FROM loose WHERE a < 20",
    )
    return path


def request_of(catalog: Catalog, path: Path, **asked: object) -> EraseRequest:
    return EraseRequest(path, known(catalog, path).id, **asked)  # type: ignore[arg-type]


def planned(catalog: Catalog, path: Path, **asked: object) -> Plan:
    return plan_erase(catalog, request_of(catalog, path, **asked), Context())


def erased(catalog: Catalog, path: Path, **asked: object) -> Receipt:
    plan = planned(catalog, path, **asked)
    return erase(catalog, plan, Context(), Confirmation.of(plan))


def first_life(path: Path) -> int:
    """The number of the change that inserted the first row 50."""
    with open_read(path) as session:
        entries = list(History(session).entries(Asked("person", (50,)), newest_first=False))
    return entries[0].change.seq


def on_disk(path: Path) -> list[str]:
    """Which of the secrets stand anywhere in the file or beside it."""
    stored = b"".join(each.read_bytes() for each in sorted(path.parent.glob("clinic.db*")))
    return [text for text in SECRET if text.encode() in stored]


def test_the_bytes_are_gone_and_the_log_holds(catalog: Catalog, path: Path) -> None:
    assert on_disk(path) == list(SECRET)
    life = first_life(path)
    with open_read(path) as session:
        numbers = session.all("SELECT rowid, * FROM loose")
    done = erased(catalog, path, table="person", key=(50,), life=life, reason="rq_7")
    assert done.result == {"changes": 4, "cells": 6, "seals": 1, "left": ""}
    assert done.restore_point == ""
    assert on_disk(path) == []
    found = verified(path)
    assert found.holds, found.problems
    assert any("6 values" in note and "rq_7" in note for note in found.notes)
    with open_read(path) as session:
        assert session.all("SELECT * FROM person WHERE id = 50") == [(50, "somebody else", "hers")]
        assert session.all("SELECT rowid, * FROM loose") == numbers
        entries = list(History(session).entries(Asked("person", (50,)), newest_first=False))
        assert [len(each.erased) for each in entries] == [2, 1, 1, 2, 0]


def test_a_plan_tells_what_goes_and_names_nobody(catalog: Catalog, path: Path) -> None:
    a_point(catalog, path)
    plan = planned(catalog, path, table="person", key=(50,))
    told = " ".join(plan.sentences)
    assert plan.title == "Erase 8 values from the log of “clinic.db”"
    assert (plan.reversal, typed_name(plan)) == (Reversal.NONE, "clinic.db")
    assert "8 values of 5 changes of “person”" in told
    assert "1 restore point of before may still hold the values" in told
    assert "not sealed yet" in told
    assert not [text for text in (*SECRET, "somebody else") if text in str(plan)]
    assert "key" not in plan.request
    with pytest.raises(Refused, match="Nothing can undo this"):
        erase(catalog, plan, Context(), Confirmation(given=True))
    rehearsal = rehearse_erase(catalog, plan, Context())
    assert rehearsal.passed, rehearsal.checks
    with catalog.reading() as session:
        assert list(erasure.every(session, plan.database_id)) == []
    assert on_disk(path) == list(SECRET)


def test_columns_of_all_rows_and_single_changes(catalog: Catalog, path: Path) -> None:
    done = erased(catalog, path, table="person", columns=("NAME",))
    assert done.result is not None
    assert done.result["cells"] == 4
    assert on_disk(path) == [SECRET[1], SECRET[2]]
    first = first_life(path)
    assert erased(catalog, path, changes=((first, first),)).result["cells"] == 1  # type: ignore[index]
    assert on_disk(path) == [SECRET[1], SECRET[2]]  # the next change holds it, too, as the value before
    erased(catalog, path, table="person", changes=((first, first + 3),))
    assert on_disk(path) == []
    assert verified(path).holds
    with pytest.raises(Refused, match="nothing to erase"):
        planned(catalog, path, table="person", changes=((first, first + 3),))


def test_neither_an_undo_nor_a_restore_brings_it_back(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    run(
        path,
        f"UPDATE person SET note = '{SECRET[1]}' WHERE id = 1",
        "UPDATE person SET note = 'now' WHERE id = 1",
    )
    first = first_life(path)
    run(path, "DELETE FROM person WHERE id = 50", f"INSERT INTO person VALUES (51, 'x', '{SECRET[2]}')")
    run(path, f"UPDATE person SET note = '{SECRET[1]}' WHERE id = 2")
    point = a_point(catalog, path)
    run(path, "UPDATE person SET note = 'y' WHERE id = 2", "DELETE FROM person WHERE id = 51")
    erased(catalog, path, table="person", columns=("note",))
    assert on_disk(path) == [SECRET[0], SECRET[3]]
    wanted = UndoRequest(path, known(catalog, path).id, Selection("person", ranges=((first, 1 << 40),)))
    assert plan_undo(catalog, wanted, Context()).blocking
    to = tmp_path / "restored" / "clinic.db"
    to.parent.mkdir()
    plan = restore.plan_restore(catalog, path, point.id, Context(), to=to)
    restore.restore(catalog, plan, Context(), Confirmation.of(plan))
    with open_read(to) as session:
        assert session.all("SELECT * FROM person") == [(1, "Ann", "now"), (2, "Ben", None), (51, "x", None)]
    assert on_disk(to) == []
    erased(catalog, path, table="person", key=(51,))
    to.unlink()
    plan = restore.plan_restore(catalog, path, point.id, Context(), to=to)
    restore.restore(catalog, plan, Context(), Confirmation.of(plan))
    with open_read(to) as session:
        assert session.all("SELECT id FROM person ORDER BY id") == [(1,), (2,)]


def test_a_reader_that_holds_the_wal_is_told_and_the_rest_is_finished_later(
    catalog: Catalog, path: Path
) -> None:
    reader = apsw.Connection(str(path))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM person").fetchall()
    wal = reader.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    plan = planned(catalog, path, table="person", key=(50,))
    if not wal:
        with pytest.raises(Failure) as caught:
            erase(catalog, plan, Context(), Confirmation.of(plan))
        assert caught.value.code is ErrorCode.LOCKED
        reader.close()
        assert on_disk(path) == list(SECRET)
        with catalog.reading() as session:
            assert all(each.withdrawn_at for each in erasure.every(session, plan.database_id))
        return
    done = erase(catalog, plan, Context(), Confirmation.of(plan))
    assert "Another program reads" in str((done.result or {})["left"])
    assert "--finish" in done.sentence
    assert on_disk(path) != []
    reader.close()
    erased(catalog, path, finish=True)
    assert on_disk(path) == []
    assert verified(path).holds


def test_what_it_refuses(catalog: Catalog, path: Path) -> None:
    for asked, match in (
        ({}, "Which values"),
        ({"key": (1,)}, "A row is of a table"),
        ({"table": "person", "columns": ("nmae",)}, "no column “nmae”"),
        ({"table": "person", "key": (50,), "life": 99_999}, "not of this row"),
    ):
        with pytest.raises(UsageError, match=match):
            planned(catalog, path, **asked)
    plan = planned(catalog, path, table="person", key=(50,))
    run(path, "UPDATE person SET note = 'z' WHERE id = 1")
    with pytest.raises(Refused) as stale:
        erase(catalog, plan, Context(), Confirmation.of(plan))
    assert stale.value.code is ErrorCode.STALE_PLAN


def test_a_name_that_a_program_left_behind_is_in_nobodys_way(catalog: Catalog, path: Path) -> None:
    run(
        path,
        "INSERT INTO _steward_audit_txn (begun_us, actor, application) VALUES (1, 'ada', 'import')",
        "UPDATE _steward_audit_clock SET txn = last_insert_rowid(), guard = 1",
        foreign_keys=False,
    )
    with open_read(path) as session:
        assert left_behind(session) is not None
    erased(catalog, path, table="person", key=(50,))
    assert on_disk(path) == []
    assert verified(path).holds


def test_a_log_that_was_forged_is_not_erased_in(catalog: Catalog, path: Path) -> None:
    from builders.sealed import by_hand, sealed

    sealed(path)
    by_hand(
        path, "UPDATE _steward_audit_log_1 SET n1 = 'forged' WHERE op = 0 AND rid = 50 AND n1 LIKE 'some%'"
    )
    with pytest.raises(Failure) as caught:
        erased(catalog, path, table="person", key=(50,), life=first_life(path))
    assert caught.value.code is ErrorCode.VERIFY_FAILED
    assert len(on_disk(path)) == 4


def test_the_row_and_its_key_in_a_table_named_by_its_key(catalog: Catalog, tmp_path: Path) -> None:
    path = (
        a_database(tmp_path, "clinic.db")
        .with_sql("CREATE TABLE place (town TEXT PRIMARY KEY, n) WITHOUT ROWID")
        .with_rows("place", [("x", 1)])
        .build()
    )
    install(catalog, path)
    run(
        path,
        f"INSERT INTO place VALUES ('{SECRET[0]}', '{SECRET[1]}')",
        f"UPDATE place SET town = 'moved' WHERE n = '{SECRET[1]}'",
    )
    erased(catalog, path, table="place", key=("moved",), columns=("town", "n"))
    assert on_disk(path) == [SECRET[1]]  # the row itself still holds it
    assert verified(path).holds
    with catalog.reading() as session:
        events = str(journal.events(session, limit=100))
    assert not [text for text in (*SECRET, "moved") if text in events]


def test_a_row_is_erased_in_every_version_of_its_table_and_in_an_audit_that_ended(
    catalog: Catalog, tmp_path: Path
) -> None:
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT", rows=[(1, "x"), (2, "y")])
        .build()
    )
    install(catalog, path)
    run(path, f"UPDATE person SET name = '{SECRET[0]}' WHERE id = 1")
    remove(catalog, path)
    install(catalog, path)
    run(path, f"UPDATE person SET name = '{SECRET[1]}' WHERE id = 1")
    run(path, "ALTER TABLE person RENAME COLUMN name TO full_name", "ALTER TABLE person ADD COLUMN note")
    rearm(catalog, path)
    run(path, f"UPDATE person SET full_name = '{SECRET[2]}', id = 9, note = '{SECRET[3]}' WHERE id = 1")
    run(path, "UPDATE person SET full_name = 'now' WHERE id = 9", "DELETE FROM person WHERE id = 9")
    assert on_disk(path) == list(SECRET)
    erased(catalog, path, table="person", columns=("full_name",))
    assert on_disk(path) == [SECRET[3]]
    erased(catalog, path, table="person", key=(9,))
    assert on_disk(path) == []
    assert verified(path).holds


def test_a_very_wide_table_is_erased_in_and_restored(catalog: Catalog, tmp_path: Path) -> None:
    columns = ", ".join(f"c{n} TEXT" for n in range(1200))
    path = (
        a_database(tmp_path, "clinic.db")
        .with_sql(f"CREATE TABLE wide (k TEXT PRIMARY KEY, {columns})")
        .build()
    )
    install(catalog, path)
    run(path, f"INSERT INTO wide (k, c5, c1150) VALUES ('key', '{SECRET[0]}', '{SECRET[1]}')")
    point = a_point(catalog, path)
    run(path, "UPDATE wide SET c5 = 'x', c1150 = 'y'")
    erased(catalog, path, table="wide", columns=("c5", "c1150"))
    assert on_disk(path) == []
    to = tmp_path / "restored" / "clinic.db"
    to.parent.mkdir()
    plan = restore.plan_restore(catalog, path, point.id, Context(), to=to)
    restore.restore(catalog, plan, Context(), Confirmation.of(plan))
    with open_read(to) as session:
        assert session.all("SELECT k, c5, c1150 FROM wide") == [("key", None, None)]
