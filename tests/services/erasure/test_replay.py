"""A whole state that is handed over holds nothing of what was erased since it was made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import a_database
from builders.erasing import AFTER, BEFORE, Ledger
from builders.odd_files import tampered
from builders.stopping import cancelled_after
from steward_app.catalog import quarantine
from steward_app.catalog.quarantine import Verdict, Why
from steward_app.db import open_read, open_write, schema_hash
from steward_app.db.integrity import foreign_key_check, integrity_check
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context, Progress
from steward_app.services.erasure import ReplayReport, decide_row, list_waiting

PATIENTS = [(n, f"Person number {n}", f"p{n}@example.org") for n in range(1, 41)]
VISITS = [(n, 1 + n % 40, f"note {n} of person {1 + n % 40}") for n in range(1, 201)]
PATIENT = "id INTEGER PRIMARY KEY, name TEXT, mail TEXT UNIQUE"


def clinic(folder: Path, rule: str = "ON DELETE CASCADE") -> Path:
    visit = f"id INTEGER PRIMARY KEY, patient INTEGER REFERENCES patient {rule}, note TEXT"
    builder = a_database(folder, "clinic.db").with_table("patient", PATIENT, rows=PATIENTS)
    return builder.with_table("visit", visit, rows=VISITS).build()


def point_of(path: Path) -> Path:
    copy = path.with_name("point.db")
    shutil.copyfile(path, copy)
    return copy


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_read(path) as session:
        assert integrity_check(session, Context()) == ()
        return list(session.execute(sql))


def replayed(ledger: Ledger, path: Path, made_at: str = BEFORE) -> ReplayReport:
    return ledger.replay(path, made_at=made_at)


def test_what_was_erased_since_does_not_come_back(tmp_path: Path, ledger: Ledger) -> None:
    now = clinic(tmp_path)
    point = point_of(now)
    ledger.erase(now, "visit", "patient = 7")
    ledger.erase(now, "patient", "id = 7")
    report = replayed(ledger, point)
    assert report.check.title == "Erased rows brought back: 0"
    assert report.detail == "6 rows erased again"
    assert rows(point, "SELECT * FROM patient") == [row for row in PATIENTS if row[0] != 7]
    assert rows(point, "SELECT * FROM visit") == [row for row in VISITS if row[1] != 7]
    assert b"Person number 7" not in point.read_bytes()
    assert b"of person 7" not in point.read_bytes()


def test_nothing_is_left_of_rows_that_were_deleted_long_before_the_point(
    tmp_path: Path, ledger: Ledger
) -> None:
    now = clinic(tmp_path)
    with open_write(now) as session, session.transaction():
        session.run("DELETE FROM visit WHERE patient = 7")
    point = point_of(now)
    assert b"of person 7" in point.read_bytes()
    ledger.erase(now, "patient", "id = 7")
    replayed(ledger, point)
    assert b"of person 7" not in point.read_bytes()


def test_a_state_that_is_newer_than_every_erasure_stays_as_it_is(tmp_path: Path, ledger: Ledger) -> None:
    now = clinic(tmp_path)
    ledger.erase(now, "patient", "id = 7")
    with open_write(now) as session, session.transaction():
        session.run("INSERT INTO patient VALUES (7, 'Somebody else', NULL)")
    point = point_of(now)
    before = point.read_bytes()
    report = replayed(ledger, point, AFTER)
    assert (report.entries, report.detail) == (0, "nothing was erased since this state")
    assert point.read_bytes() == before


@pytest.mark.parametrize(
    ("rule", "visits", "counted"),
    [
        ("ON DELETE CASCADE", 195, "with_parent"),
        ("ON DELETE SET NULL", 200, "unlinked"),
        ("", 195, "quarantined"),
    ],
)
def test_rows_that_belong_to_an_erased_row(
    tmp_path: Path, ledger: Ledger, rule: str, visits: int, counted: str
) -> None:
    now = clinic(tmp_path, rule)
    point = point_of(now)
    ledger.erase(now, "patient", "id = 7")
    report = replayed(ledger, point)
    (visit,) = (each for each in report.tables if each.table == "visit")
    assert getattr(visit, counted) == 5
    assert rows(point, "SELECT count(*) FROM visit") == [(visits,)]
    with open_read(point) as session:
        assert not [each for each in foreign_key_check(session, Context()) if each.violations]
    assert [each.why for each in list_waiting(ledger.catalog, ledger.database_id)] == [Why.CHILD] * (
        5 if not rule else 0
    )


def test_a_row_that_differs_waits_until_a_person_has_decided(tmp_path: Path, ledger: Ledger) -> None:
    now = clinic(tmp_path)
    point = point_of(now)
    for name in ("again.db", "and again.db"):
        shutil.copyfile(point, tmp_path / name)
    with open_write(now) as session, session.transaction():
        session.run("UPDATE patient SET name = 'new' WHERE id IN (7, 8)")
    ledger.erase(now, "patient", "id IN (7, 8)")
    report = replayed(ledger, point)
    assert report.detail == "0 rows erased again, 10 rows taken out with them, 2 rows wait for a decision"
    assert rows(point, "SELECT count(*) FROM patient WHERE id IN (7, 8)") == [(0,)]
    first, second = list_waiting(ledger.catalog, ledger.database_id)
    assert (first.table, first.key, first.why, first.point) == ("patient", (7,), Why.DIFFERS, "pt_1")
    decide_row(ledger.catalog, ledger.database_id, first.id, Verdict.KEEP)
    decide_row(ledger.catalog, ledger.database_id, second.id, Verdict.ERASE)
    with pytest.raises(UsageError):
        decide_row(ledger.catalog, ledger.database_id, second.id, Verdict.KEEP)
    again = replayed(ledger, tmp_path / "again.db")
    assert (again.erased, again.quarantined) == (1, 0)
    assert rows(tmp_path / "again.db", "SELECT * FROM patient WHERE id IN (7, 8)") == [PATIENTS[6]]
    assert list_waiting(ledger.catalog, ledger.database_id) == ()
    with ledger.catalog.reading() as session:
        assert all(each.key == () for each in quarantine.verdicts(session, ledger.database_id))


def test_a_row_is_listed_once_however_often_it_is_found(tmp_path: Path, ledger: Ledger) -> None:
    now = clinic(tmp_path)
    point = point_of(now)
    with open_write(now) as session, session.transaction():
        session.run("UPDATE patient SET mail = 'new' WHERE id = 7")
    ledger.erase(now, "patient", "id = 7")
    for number in range(2):
        copy = tmp_path / f"{number}.db"
        shutil.copyfile(point, copy)
        assert replayed(ledger, copy).quarantined == 1
    assert len(list_waiting(ledger.catalog, ledger.database_id)) == 1


def test_cells_that_were_blanked_are_blanked_again(tmp_path: Path, ledger: Ledger) -> None:
    now = clinic(tmp_path)
    point = point_of(now)
    with open_write(now) as session, session.transaction():
        session.run("UPDATE patient SET name = 'Married' WHERE id = 8")
    ledger.erase(now, "patient", "id IN (7, 8)", changes={"name": "erased", "mail": None})
    report = replayed(ledger, point)
    assert (report.erased, report.quarantined) == (1, 1)
    expected = [(7, "erased", None), (8, "erased", None)]
    assert rows(point, "SELECT * FROM patient WHERE id IN (7, 8)") == expected
    assert b"p8@example.org" not in point.read_bytes()


def test_a_change_that_the_table_refuses_takes_the_row_out(tmp_path: Path, ledger: Ledger) -> None:
    now = clinic(tmp_path)
    point = point_of(now)
    ledger.erase(now, "patient", "id = 7", changes={"mail": "gone@example.org"})
    with open_write(point) as session, session.transaction():
        session.run("UPDATE patient SET mail = 'gone@example.org' WHERE id = 1")
    report = replayed(ledger, point)
    assert (report.erased, report.quarantined) == (0, 1)
    assert rows(point, "SELECT count(*) FROM patient WHERE id = 7") == [(0,)]
    assert [each.why for each in list_waiting(ledger.catalog, ledger.database_id)] == [Why.CLASH]


def test_triggers_of_the_file_write_no_erased_row_into_a_log(tmp_path: Path, ledger: Ledger) -> None:
    now = clinic(tmp_path)
    with open_write(now) as session, session.transaction():
        session.run("CREATE TABLE log (what)")
        session.run(
            "CREATE TRIGGER keeps AFTER DELETE ON patient BEGIN INSERT INTO log VALUES (old.name); END"
        )
    point = point_of(now)
    with open_read(point) as session:
        schema = schema_hash(session)
    ledger.erase(now, "patient", "id = 7")
    replayed(ledger, point)
    assert rows(point, "SELECT * FROM log") == []
    with open_read(point) as session:
        assert schema_hash(session) == schema


def test_the_journal_mode_and_the_rights_of_the_file_stay(tmp_path: Path, ledger: Ledger) -> None:
    now = (
        a_database(tmp_path, "clinic.db").with_table("patient", PATIENT, rows=PATIENTS).in_wal_mode().build()
    )
    point = point_of(now)
    ledger.erase(now, "patient", "id = 7")
    replayed(ledger, point)
    assert rows(point, "PRAGMA journal_mode") == [("wal",)]
    assert point.stat().st_mode & 0o077 == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["clinic.db", "point.db"]


def test_cancelled_anywhere_leaves_nothing_beside_the_file(tmp_path: Path, ledger: Ledger) -> None:
    now = clinic(tmp_path)
    point = point_of(now)
    ledger.erase(now, "patient", "id = 7")
    told: list[Progress] = []
    shutil.copyfile(point, tmp_path / "copy.db")
    ledger.replay(tmp_path / "copy.db", context=Context(told.append))
    for stop in range(1, len(told) + 1):
        shutil.copyfile(point, tmp_path / "copy.db")
        with pytest.raises(Cancelled):
            ledger.replay(tmp_path / "copy.db", context=cancelled_after(stop))
        assert sorted(each.name for each in tmp_path.iterdir()) == ["clinic.db", "copy.db", "point.db"]


def test_a_database_that_needs_its_own_program_is_not_handed_over(tmp_path: Path, ledger: Ledger) -> None:
    now = clinic(tmp_path)
    point = point_of(now)
    ledger.erase(now, "patient", "id = 7")
    with open_write(point) as session:
        session._connection.create_collation("house", lambda a, b: (a > b) - (a < b))
        session.run("CREATE INDEX by_house ON visit (note COLLATE house)")
    with pytest.raises(Refused) as refused:
        replayed(ledger, point)
    assert refused.value.code is ErrorCode.BLOCKED


def test_settings_encoding_and_text_that_is_no_text_stay(tmp_path: Path, ledger: Ledger) -> None:
    builder = a_database(tmp_path, "clinic.db")
    for setting in ("page_size = 1024", "encoding = 'UTF-16le'", "auto_vacuum = FULL"):
        builder = builder.with_pragma(setting)
    for setting in ("user_version = 7", "application_id = 99"):
        builder = builder.with_pragma(setting)
    builder.with_table("word", "word TEXT PRIMARY KEY, n", rows=[("grün", 1), ("blau", 2)])
    now = builder.with_sql("INSERT INTO word VALUES (CAST(x'00d8ff' AS TEXT), 3)").build()
    point = point_of(now)
    ledger.erase(now, "word", "n <> 2")
    assert replayed(ledger, point).erased == 2
    assert rows(point, "SELECT * FROM word") == [("blau", 2)]
    kept = ("encoding", "auto_vacuum", "user_version", "application_id", "page_size")
    settings = [rows(point, f"PRAGMA {setting}")[0][0] for setting in kept]
    assert settings == ["UTF-16le", 1, 7, 99, 1024]


def test_a_damaged_state_is_not_handed_over(tmp_path: Path, ledger: Ledger) -> None:
    now = clinic(tmp_path)
    point = point_of(now)
    ledger.erase(now, "patient", "id = 7")
    tampered(point, "UPDATE sqlite_schema SET sql = 'junk' WHERE name = 'visit'")
    with pytest.raises(Failure) as failure:
        replayed(ledger, point)
    assert "the database was damaged then" in failure.value.message


def test_a_row_that_points_to_itself_and_a_ring(tmp_path: Path, ledger: Ledger) -> None:
    rule = "id INTEGER PRIMARY KEY, above INTEGER REFERENCES staff ON DELETE CASCADE"
    now = (
        a_database(tmp_path)
        .with_table("staff", rule, rows=[(1, 1), (2, 3), (3, 2), (4, 3), (5, None)])
        .build()
    )
    point = point_of(now)
    ledger.erase(now, "staff", "id IN (1, 2)")
    (staff,) = replayed(ledger, point).tables
    assert (staff.erased, staff.with_parent) == (2, 2)
    assert rows(point, "SELECT * FROM staff") == [(5, None)]
