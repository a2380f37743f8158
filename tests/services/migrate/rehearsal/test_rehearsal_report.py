"""What a rehearsal says besides rows: links, views, triggers, the audit, personal data, kept queries, the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from builders import a_database
from builders.migrated import failed, migrated, table, titles
from builders.under_audit import put_under_audit, run
from steward_app.catalog import open_catalog, saved_filters
from steward_app.db.copy import copy_database
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context
from steward_app.services.migrate.rehearsal.model import Moved, Renamed, Report, Step
from steward_app.services.migrate.rehearsal.report import report
from steward_app.services.migrate.rehearsal.row_model import Fate
from steward_app.services.rows.conditions import Condition, Operator
from steward_app.services.rows.filter import Filter, filter_to_json

PEOPLE = [(number, f"person{number}@mail.example", f"Surname{number}") for number in range(1, 31)]


def clinic(folder: Path) -> Path:
    return (
        a_database(folder)
        .with_table("patient", "id INTEGER PRIMARY KEY, email TEXT, surname TEXT", rows=PEOPLE)
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient(id), day TEXT",
            rows=[(1, 1, "2026-01-02"), (2, 99, "2026-01-03")],
        )
        .with_sql(
            "CREATE INDEX visit_day ON visit(day)",
            "CREATE VIEW everybody AS SELECT * FROM patient",
            "CREATE VIEW mails AS SELECT email FROM patient",
            "CREATE TRIGGER kept AFTER UPDATE OF day, patient_id ON visit BEGIN SELECT new.day; END",
        )
        .build()
    )


def says(database: Path, text: str) -> None:
    database.with_name(f"{database.name}.steward.yaml").write_text(
        f"version: 1\nclassification:\n  tables:\n{text}"
    )


def check(found: Report, title: str) -> tuple[bool, str]:
    return next((each.passed, each.detail) for each in found.checks if each.title == title)


def test_old_orphans_are_counted_and_new_ones_stop_it(tmp_path: Path) -> None:
    database = clinic(tmp_path)
    assert check(
        migrated(database, "DELETE FROM patient WHERE id = 30"), "No foreign key is newly broken"
    ) == (
        True,
        "1 old orphan, none new",
    )
    found = migrated(database, "DELETE FROM patient WHERE id = 1")
    assert check(found, "No foreign key is newly broken") == (False, "1 row more in “visit”")
    assert not found.passed
    assert [(each.table, each.before, each.after) for each in found.links] == [("visit", 1, 2)]


def test_children_that_a_rebuild_deletes_are_seen(tmp_path: Path) -> None:
    database = (
        a_database(tmp_path)
        .with_table("parent", "id INTEGER PRIMARY KEY", rows=[(1,)])
        .with_table(
            "child",
            "id INTEGER PRIMARY KEY, p REFERENCES parent(id) ON DELETE CASCADE",
            rows=[(1, 1), (2, 1)],
        )
        .build()
    )
    found = migrated(
        database,
        "CREATE TABLE parent_new(id INTEGER PRIMARY KEY, z)",
        "INSERT INTO parent_new(id) SELECT id FROM parent",
        "DROP TABLE parent",
        "ALTER TABLE parent_new RENAME TO parent",
        foreign_keys=1,
    )
    assert titles(found, "rows_lost") == ["2 rows of “child” are gone"]


def test_a_foreign_key_that_cannot_be_checked_any_more_stops_it(tmp_path: Path) -> None:
    found = migrated(
        clinic(tmp_path),
        "DROP VIEW everybody",
        "DROP VIEW mails",
        "DROP TABLE patient",
        "CREATE TABLE patient(id)",
    )
    assert "No foreign key is newly broken" in failed(found)
    assert "mismatch" in found.links[0].problem


def test_a_view_that_broke_stops_it_and_one_that_was_broken_does_not(tmp_path: Path) -> None:
    database = clinic(tmp_path)
    found = migrated(database, "ALTER TABLE patient DROP COLUMN email", refused=1)
    assert found.changed_tables == ()  # SQLite refuses it: the view uses the column
    rebuilt = (
        "CREATE TABLE n(id INTEGER PRIMARY KEY, surname TEXT)",
        "INSERT INTO n SELECT id, surname FROM patient",
        "DROP TABLE patient",
        "ALTER TABLE n RENAME TO patient",
    )
    found = migrated(database, *rebuilt, legacy_alter_table=1)
    assert check(found, "Views and triggers still work") == (False, "“mails”: no such column: email")
    assert {each.name: each.fate for each in found.views} == {"everybody": Fate.CHANGED, "mails": Fate.BROKEN}
    assert titles(found, "view_broken") == ["View “mails” does not work"]
    run(database, *rebuilt, legacy_alter_table=1)
    again = migrated(database, "ALTER TABLE visit ADD COLUMN room")
    assert again.passed
    assert {each.name: each.fate for each in again.views} == {"everybody": Fate.SAME, "mails": Fate.SAME}


def test_a_view_of_everything_that_silently_gives_more(tmp_path: Path) -> None:
    found = migrated(clinic(tmp_path), "ALTER TABLE patient ADD COLUMN diagnosis TEXT")
    told = next(each for each in found.views if each.name == "everybody")
    assert (told.fate, told.silently, told.columns_after[-1]) == (Fate.CHANGED, True, "diagnosis")
    assert titles(found, "view_gives_others") == ["View “everybody” gives 4 columns instead of 3"]
    assert found.passed


@pytest.mark.parametrize(
    ("change", "silently"),
    [
        ("ALTER TABLE patient RENAME COLUMN email TO mail", True),
        ("DROP VIEW named; CREATE VIEW named AS SELECT id, email AS said FROM patient", False),  # as it says
    ],
)
def test_a_view_that_gives_a_column_under_another_name(tmp_path: Path, change: str, silently: bool) -> None:
    database = clinic(tmp_path)
    run(database, "CREATE VIEW named AS SELECT p.id, p.email FROM patient p")
    renames = [Renamed("patient", "email", "mail")] if silently else []
    told = next(each for each in migrated(database, change, renames=renames).views if each.name == "named")
    assert (told.fate, told.silently) == (Fate.CHANGED, silently)


def test_a_name_in_double_quotes_that_silently_becomes_a_text(tmp_path: Path) -> None:
    database = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, nick", rows=[(1, "n")])
        .with_sql(
            'CREATE VIEW v AS SELECT "nick" AS shown FROM t',
            'CREATE TRIGGER g AFTER DELETE ON t BEGIN UPDATE t SET id = id WHERE "nick" = 1; END',
        )
        .build()
    )
    found = migrated(
        database,
        "CREATE TABLE n(id INTEGER PRIMARY KEY)",
        "INSERT INTO n SELECT id FROM t",
        "DROP TABLE t",
        "ALTER TABLE n RENAME TO t",
        'CREATE TRIGGER g AFTER DELETE ON t BEGIN UPDATE t SET id = id WHERE "nick" = 1; END',
        legacy_alter_table=1,
    )
    assert titles(found, "view_reads_others", "trigger_reads_others") == [
        "View “v” goes on with the text “nick” in the place of a column",
        "Trigger “g” of “t” goes on with the text “nick” in the place of a column",
    ]


def test_a_trigger_that_waits_for_a_column_that_is_gone(tmp_path: Path) -> None:
    database = (
        a_database(tmp_path)
        .with_sql("CREATE TABLE t(a, b, c)", "CREATE TRIGGER g AFTER UPDATE OF b ON t BEGIN SELECT 1; END")
        .build()
    )
    found = migrated(database, "ALTER TABLE t DROP COLUMN b")
    assert found.triggers[0].dead_columns == ("b",)
    assert titles(found, "trigger_dead_column") == [
        "Trigger “g” of “t” waits for “b”, and there is no such column"
    ]
    run(database, "ALTER TABLE t DROP COLUMN b")
    assert titles(migrated(database, "ALTER TABLE t DROP COLUMN c"), "trigger_dead_column") == []


def test_triggers_indexes_and_statistics_that_a_rebuild_loses(tmp_path: Path) -> None:
    database = clinic(tmp_path)
    run(database, "ANALYZE")
    found = migrated(
        database,
        "CREATE TABLE n(id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient(id), day TEXT)",
        "INSERT INTO n SELECT * FROM visit",
        "DROP TABLE visit",
        "ALTER TABLE n RENAME TO visit",
    )
    assert titles(found) == [
        "Trigger “kept” of “visit” is gone",
        "Index “visit_day” of “visit” is gone",
        "The statistics of “visit” are gone",
    ]
    assert len(table(found, "visit").sql_before) == 3


def test_an_audit_that_does_not_hear_of_everything_any_more_stops_it(tmp_path: Path) -> None:
    database = clinic(tmp_path)
    put_under_audit(database, "visit")
    quiet = migrated(database, "UPDATE visit SET day = '2026-02-02' WHERE id = 1")
    assert check(quiet, "Every change still reaches the audit log") == (True, "1 table armed")
    assert [each.title for each in quiet.changed_tables] == ["visit"]
    found = migrated(database, "ALTER TABLE visit ADD COLUMN room TEXT")
    assert "Every change still reaches the audit log" in failed(found)
    assert titles(found, "audit_disarmed") == ["Changes of “visit” do not all reach the audit log any more"]
    assert not any(each.name.startswith("_steward") for each in found.triggers)


def test_short_numbers_are_no_copy_of_others_and_long_ones_are(tmp_path: Path) -> None:
    counted = "WITH n(v) AS (VALUES (1) UNION ALL SELECT v + 1 FROM n WHERE v < 2000)"
    database = (
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, phone INT, file INT")
        .with_sql(f"INSERT INTO patient {counted} SELECT v, 431234000 + v * 13, v FROM n")
        .build()
    )
    says(
        database,
        "    patient:\n      columns:\n        phone: {type: phone}\n        file: {type: other_id}\n",
    )
    found = migrated(
        database,
        "CREATE TABLE track(number INT, call INT)",
        f"INSERT INTO track {counted} SELECT v, 431234000 + v * 13 FROM n WHERE v > 1000",
    )
    kinds = {each.column: each.kind for each in found.personal}
    assert kinds == {"number": Moved.UNDECIDED, "call": Moved.COPIED}


def test_a_new_column_is_to_be_decided_about(tmp_path: Path) -> None:
    database = clinic(tmp_path)
    says(
        database,
        "    patient:\n      columns:\n        email: {type: email}\n        surname: {not_personal: invented}\n",
    )
    found = migrated(
        database,
        "ALTER TABLE patient ADD COLUMN colour TEXT",
        "ALTER TABLE patient ADD COLUMN phone TEXT",
        "ALTER TABLE patient ADD COLUMN login TEXT",
        "UPDATE patient SET login = email",
        "CREATE TABLE newsletter(address)",
        "INSERT INTO newsletter SELECT email FROM patient",
    )
    told = {
        (each.table, each.column): (each.kind, each.looks_personal, each.column_before)
        for each in found.personal
    }
    assert told["patient", "colour"] == (Moved.UNDECIDED, False, "")
    assert told["patient", "phone"] == (Moved.UNDECIDED, True, "")
    assert told["patient", "login"][::2] == (Moved.COPIED, "email")
    assert told["newsletter", "address"][::2] == (Moved.COPIED, "email")
    assert "“newsletter.address” holds values of “patient.email”, which is personal" in titles(found)


def test_personal_columns_are_followed(tmp_path: Path) -> None:
    database = clinic(tmp_path)
    says(
        database,
        "    patient:\n      columns:\n        email: {type: email}\n        surname: {type: person_name}\n",
    )
    statements = (
        "DROP VIEW mails",
        "ALTER TABLE patient RENAME COLUMN email TO mail",
        "ALTER TABLE patient DROP COLUMN surname",
    )
    found = migrated(database, *statements, renames=[Renamed("patient", "email", "mail")])
    assert {(each.kind, each.column_before, each.column) for each in found.personal} == {
        (Moved.RENAMED, "email", "mail"),
        (Moved.GONE, "", "surname"),
    }


def test_kept_filters_that_get_worse_or_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "home"))
    database = clinic(tmp_path)
    by_day = Filter((Condition("day", Operator.EQUAL, ("2026-01-02",)),))
    by_patient = Filter((Condition("patient_id", Operator.EQUAL, (1,)),))
    before, after = tmp_path / "before.db", tmp_path / "after.db"
    for copy in (before, after):
        copy_database(database, copy, Context())
    run(after, "DROP TRIGGER kept", "DROP INDEX visit_day", "ALTER TABLE visit DROP COLUMN patient_id")
    with open_catalog() as catalog:
        with catalog.unit() as unit:
            saved_filters.save(unit, "db_1", "visit", "New Year", filter_to_json(by_day))
            saved_filters.save(unit, "db_1", "visit", "Ada", filter_to_json(by_patient))
            saved_filters.save(unit, "db_1", "visit", "Odd", {"never": "read"})
            unit.commit()
        found = report(before, after, Context(), database=database, catalog=catalog, database_id="db_1")
    told = {each.name: each for each in found.queries}
    assert told.keys() == {"New Year (visit)", "Ada (visit)"}
    assert told["New Year (visit)"].worse.startswith("SQLite reads the whole of a table")
    assert "patient_id" in told["Ada (visit)"].problem
    assert "2026-01-02" not in repr(found)
    assert len(titles(found, "query_worse", "query_broken")) == 2


def test_a_view_that_sqlite_goes_through_in_a_worse_way(tmp_path: Path) -> None:
    database = clinic(tmp_path)
    run(database, "CREATE VIEW early AS SELECT day FROM visit WHERE day < '2026-02-01' ORDER BY day")
    found = migrated(database, "DROP INDEX visit_day")
    assert [(each.name, bool(each.worse)) for each in found.queries] == [("early", True)]


def test_what_it_takes_of_the_disk_is_measured(tmp_path: Path) -> None:
    database = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY, x", rows=[(n, "x" * 500) for n in range(500)])
        .build()
    )
    quiet = migrated(database, "UPDATE t SET x = 'y' WHERE id = 5").disk
    assert (quiet.growth, quiet.point, quiet.enough) == (0, database.stat().st_size, True)
    assert 0 < quiet.journal <= 4 * 4096
    grown = migrated(database, "CREATE TABLE u AS SELECT * FROM t").disk
    assert grown.growth > 500 * 500
    assert grown.needed > grown.growth + grown.point


def test_a_copy_that_does_not_hold_together_stops_it(tmp_path: Path) -> None:
    database = a_database(tmp_path).with_sql("CREATE TABLE t(a)", "CREATE INDEX i ON t(a)").build()
    found = migrated(database, "PRAGMA writable_schema = 1", "DELETE FROM sqlite_schema WHERE name = 'i'")
    assert failed(found) == ["The file holds together"]


def test_time_and_locks_are_those_of_the_steps(tmp_path: Path) -> None:
    database, before, after = clinic(tmp_path), tmp_path / "one", tmp_path / "other"
    for copy in (before, after):
        copy_database(database, copy, Context())
    steps = [Step("V0001__a.sql", 1.5), Step("V0002__b.sql", 0.5)]
    found = report(before, after, Context(), database=database, steps=steps, point_bytes=7)
    assert (found.seconds, found.lock_seconds, found.disk.point) == (2.0, 1.5, 7)


def test_it_goes_through_json_and_holds_no_value_of_a_row(tmp_path: Path) -> None:
    found = migrated(
        clinic(tmp_path),
        "UPDATE patient SET surname = 'Secretive'",
        "ALTER TABLE patient ADD COLUMN login TEXT",
        "UPDATE patient SET login = email",
    )
    kept = TypeAdapter(Report)
    text = kept.dump_json(found).decode()
    assert kept.validate_json(text) == found
    assert "Secretive" not in text
    assert "mail.example" not in text
    assert found.passed


def test_a_cancel_stops_it(tmp_path: Path) -> None:
    database, before, after = clinic(tmp_path), tmp_path / "one", tmp_path / "other"
    for copy in (before, after):
        copy_database(database, copy, Context())
    context = Context()
    context.cancel()
    with pytest.raises(Cancelled):
        report(before, after, context, database=database)
