"""Migrations taken back, by their own files or by the restore point, and histories set right."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.migrate.model import Origin, State
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.mend import BaselineRequest, RepairRequest
from steward_app.services.migrate.status import status
from steward_app.services.operation import Scope

TWICE = "INSERT INTO patient (id, name) VALUES (1, 'There is one already');"


def test_the_newest_is_taken_back_by_its_file(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.write("V0002__b.sql", "CREATE TABLE b (x); INSERT INTO b VALUES (1), (2);")
    clinic.write("U0002__b.sql", "DROP TABLE b;")
    clinic.apply()
    plan = service.plan_undo(clinic.catalog, clinic.wanted(), Context())

    assert plan.operation == "migrate.undo"
    assert "“V0002__b.sql” by “U0002__b.sql”: 1 statement." in plan.sentences
    assert "“b” goes, with 2 rows." in plan.sentences
    clinic.carry_out(plan)

    assert "b" not in clinic.objects() and "a" in clinic.objects()
    assert clinic.states()["V0002__b.sql"] is State.PENDING
    assert clinic.history()[-1].origin is Origin.UNDO
    clinic.apply()
    assert "b" in clinic.objects()


def test_several_are_taken_back_newest_first(clinic: Migrating) -> None:
    for version in (1, 2, 3):
        clinic.write(f"V000{version}__t.sql", f"CREATE TABLE t{version} (x);")
        clinic.write(f"U000{version}__t.sql", f"DROP TABLE t{version};")
    clinic.apply()

    receipt = clinic.undo(target=1)

    assert receipt.result == {"files": ["U0003__t.sql", "U0002__t.sql"]}
    assert clinic.objects() & {"t1", "t2", "t3"} == {"t1"}
    assert clinic.undo(target=0).result == {"files": ["U0001__t.sql"]}
    with pytest.raises(Refused, match="No migration above version 0"):
        clinic.undo(target=0)


def test_without_a_file_the_restore_point_is_brought_back_and_the_plan_says_what_goes_with_it(
    clinic: Migrating,
) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.write("V0002__b.sql", "DELETE FROM visit;")
    clinic.apply()
    clinic.sql("INSERT INTO patient VALUES (7, 'Later', NULL)")
    plan = service.plan_undo(clinic.catalog, clinic.wanted(), Context())

    assert plan.operation == "restore.in_place"
    assert "has no file that takes it back" in plan.sentences[0]
    assert "“V0001__a.sql”, “V0002__b.sql”" in plan.sentences[1]
    assert [each.code for each in plan.findings if each.code == "goes_further_back"]
    clinic.carry_out(plan)

    assert clinic.all("SELECT count(*) FROM visit") == [(3,)]
    assert clinic.all("SELECT count(*) FROM patient") == [(2,)]
    assert clinic.history() == ()
    assert clinic.states() == {"V0001__a.sql": State.PENDING, "V0002__b.sql": State.PENDING}


def test_without_a_transaction_a_migration_that_stops_is_known_to_be_half_done(clinic: Migrating) -> None:
    clinic.write("V0001__compact.sql", "-- steward: no-transaction\nVACUUM;\nCREATE TABLE a (x);")
    assert service.rehearse(clinic.catalog, clinic.plan(), Context()).passed
    assert clinic.history() == ()
    assert clinic.apply().result == {"files": ["V0001__compact.sql"]}
    clinic.write("V0002__half.sql", f"-- steward: no-transaction\nCREATE TABLE b (x);\n{TWICE}")

    with pytest.raises(Failure, match="line 3") as failed:
        clinic.apply()

    assert "were applied" in failed.value.hint
    assert clinic.states()["V0002__half.sql"] is State.FAILED
    assert [row.complete for row in clinic.history()] == [True, False]
    with pytest.raises(Refused, match="stopped half-way"):
        clinic.apply()
    clinic.sql("DROP TABLE b")
    request = RepairRequest(clinic.path, clinic.wanted().database_id, clinic.folder)
    clinic.carry_out(service.plan_repair(request, Context()))
    assert clinic.states()["V0002__half.sql"] is State.PENDING


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("CREATE TABLE c (x,, y);", "statement_fails"),
        ("INSERT INTO nowhere VALUES (1);", "statement_fails"),
        ("DROP TABLE _steward_migrations;", "name_is_ours"),
    ],
)
def test_without_a_transaction_what_is_known_to_fail_is_not_begun(
    clinic: Migrating, wrong: str, code: str
) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.apply()
    clinic.write("V0002__fine.sql", "CREATE TABLE b (x);")
    clinic.write("V0003__half.sql", f"-- steward: no-transaction\nDELETE FROM visit;\nVACUUM;\n{wrong}")
    before = clinic.path.read_bytes()

    plan = clinic.plan()
    (finding,) = plan.blocking
    assert finding.code == code and finding.title.startswith("V0003__half.sql:4:")
    if code == "statement_fails":
        assert "2 statements before it would stand" in finding.detail and "rolled back" not in finding.detail
    with pytest.raises(Refused, match=r"V0003__half\.sql:4"):
        clinic.carry_out(plan)
    assert clinic.path.read_bytes() == before


def test_an_edited_file_is_taken_for_the_one_that_was_applied(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.apply()
    clinic.write("V0001__a.sql", "CREATE TABLE a (x); -- a remark")
    assert clinic.states()["V0001__a.sql"] is State.EDITED
    request = RepairRequest(clinic.path, clinic.wanted().database_id, clinic.folder)

    clinic.carry_out(service.plan_repair(request, Context()))

    assert clinic.states()["V0001__a.sql"] is State.APPLIED
    with pytest.raises(Refused, match="needs to be repaired"):
        service.plan_repair(request, Context())


def test_a_file_that_is_gone_for_good_is_forgotten_only_by_its_name(clinic: Migrating) -> None:
    path = clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.apply()
    path.unlink()
    known = clinic.wanted().database_id
    with pytest.raises(UsageError, match="whose file is gone"):
        service.plan_repair(RepairRequest(clinic.path, known, clinic.folder, ("V0009__x.sql",)), Context())

    request = RepairRequest(clinic.path, known, clinic.folder, ("V0001__a.sql",))
    clinic.carry_out(service.plan_repair(request, Context()))

    assert clinic.states() == {}
    assert "a" in clinic.objects()


def test_a_history_begins_at_a_version(clinic: Migrating) -> None:
    for version in (1, 2, 3):
        clinic.write(f"V000{version}__t.sql", f"CREATE TABLE t{version} (x);")
    request = BaselineRequest(clinic.path, clinic.wanted().database_id, clinic.folder, 2)

    clinic.carry_out(service.plan_baseline(request, Context()))

    assert clinic.states() == {"V0002__t.sql": State.APPLIED, "V0003__t.sql": State.PENDING}
    clinic.apply()
    assert clinic.objects() & {"t1", "t2", "t3"} == {"t3"}
    with pytest.raises(Refused, match="has a history"):
        service.plan_baseline(request, Context())


def test_what_was_there_before_the_history_is_not_taken_back_and_what_can_be_is_named(
    clinic: Migrating,
) -> None:
    clinic.write("V0001__clinic.sql", "CREATE TABLE patient (id INTEGER PRIMARY KEY);")
    clinic.write("V0002__rooms.sql", "CREATE TABLE room (x);")
    request = BaselineRequest(clinic.path, clinic.wanted().database_id, clinic.folder, 1)
    clinic.carry_out(service.plan_baseline(request, Context()))
    clinic.apply()
    with pytest.raises(Refused, match="no restore point was made before “V0001__clinic") as refused:
        clinic.undo(target=0)
    assert refused.value.hint.endswith(
        "Take back what was applied after it: “steward migrate undo --target 1”."
    )
    clinic.undo(target=1)
    assert "room" not in clinic.objects()


def test_a_history_begins_only_where_there_is_a_version_to_name(clinic: Migrating) -> None:
    request = BaselineRequest(clinic.path, clinic.wanted().database_id, clinic.folder)
    with pytest.raises(UsageError, match="to tell the version from"):
        service.plan_baseline(request, Context())


def test_a_plan_is_applied_only_after_a_rehearsal_of_it_on_what_the_file_holds(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    plan = clinic.plan()
    with pytest.raises(Refused, match="was not rehearsed") as refused:
        clinic.carry_out(plan, unrehearsed=" ")
    assert refused.value.code is ErrorCode.NEEDS_CONFIRMATION

    assert service.rehearse(clinic.catalog, plan, Context()).passed
    assert "a" not in clinic.objects()
    assert service.is_rehearsed(clinic.catalog, plan, Context())
    clinic.sql("INSERT INTO visit VALUES (8, 1, 'new')")
    assert not service.is_rehearsed(clinic.catalog, plan, Context())
    service.rehearse(clinic.catalog, plan, Context())
    clinic.write("V0001__a.sql", "CREATE TABLE a (y);")
    other = clinic.plan()
    assert not service.is_rehearsed(clinic.catalog, other, Context())
    service.rehearse(clinic.catalog, other, Context())

    clinic.carry_out(other, unrehearsed="")

    assert "a" in clinic.objects()


def test_what_is_written_between_the_look_and_the_restore_point_makes_the_rehearsal_void(
    clinic: Migrating, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    plan = clinic.plan()
    service.rehearse(clinic.catalog, plan, Context())
    take_point = service.take_point

    def meanwhile(scope: Scope, asked: Plan, context: Context) -> str:
        clinic.sql("INSERT INTO visit VALUES (9, 1, 'meanwhile')")
        return take_point(scope, asked, context)

    monkeypatch.setattr(service, "take_point", meanwhile)
    with pytest.raises(Refused) as refused:
        clinic.carry_out(plan, unrehearsed="")

    assert refused.value.code is ErrorCode.STALE_PLAN
    assert "a" not in clinic.objects()


def test_a_rehearsal_that_fails_opens_nothing(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE UNIQUE INDEX one ON visit (patient_id);")
    plan = clinic.plan()

    rehearsal = service.rehearse(clinic.catalog, plan, Context())

    assert not rehearsal.passed
    assert not service.is_rehearsed(clinic.catalog, plan, Context())
    with pytest.raises(Failure):
        clinic.apply(plan)
    assert "one" not in clinic.objects()


def test_in_wal_mode_a_rehearsal_opens_the_way_too(tmp_path: Path, catalog: Catalog) -> None:
    clinic = Migrating(tmp_path, catalog, wal=True)
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.sql("INSERT INTO visit VALUES (8, 1, 'in the log')")
    plan = clinic.plan()
    assert service.rehearse(catalog, plan, Context()).passed

    clinic.carry_out(plan, unrehearsed="")

    assert "a" in clinic.objects()
    assert clinic.all("PRAGMA journal_mode") == [("wal",)]


def test_one_that_stopped_half_way_is_taken_back_by_the_point(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.apply()
    clinic.write("V0002__b.sql", f"-- steward: no-transaction\nCREATE TABLE b (x);\n{TWICE}")
    clinic.write("U0002__b.sql", "DROP TABLE b;")
    with pytest.raises(Failure) as failed:
        clinic.apply()
    assert "“steward migrate undo” brings back the restore point" in failed.value.hint
    assert clinic.states()["V0002__b.sql"] is State.FAILED and "b" in clinic.objects()
    with open_read(clinic.path) as session:
        assert not status(session, clinic.folder).drifted

    plan = service.plan_undo(clinic.catalog, clinic.wanted(), Context())
    assert plan.operation == "restore.in_place"
    assert plan.sentences[0] == (
        "“V0002__b.sql” stopped half-way, so the restore point made before is brought back."
    )
    clinic.carry_out(plan)

    assert "b" not in clinic.objects() and "a" in clinic.objects()
    assert clinic.states() == {"V0001__a.sql": State.APPLIED, "V0002__b.sql": State.PENDING}


def test_an_undo_that_stopped_half_way_is_told_and_not_applied_over(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x); CREATE TABLE b (x);")
    clinic.write("U0001__a.sql", f"-- steward: no-transaction\nDROP TABLE a;\n{TWICE}")
    clinic.apply()
    with pytest.raises(Failure):
        clinic.undo()

    assert clinic.states() == {"V0001__a.sql": State.FAILED}
    clinic.undo()
    assert {"a", "b"} < clinic.objects()
    assert clinic.states() == {"V0001__a.sql": State.APPLIED}


def test_an_empty_file_takes_nothing_back(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.write("U0001__a.sql", "-- Takes back version 1.\n")
    clinic.apply()

    with pytest.raises(UsageError, match=r"“U0001__a\.sql” holds no statement"):
        service.plan_undo(clinic.catalog, clinic.wanted(), Context())


def test_what_was_taken_back_meanwhile_does_not_fall_again(clinic: Migrating) -> None:
    for version in (1, 2, 3):
        clinic.write(f"V000{version}__t.sql", f"CREATE TABLE t{version} (x);")
    clinic.write("U0003__t.sql", "DROP TABLE t3;")
    clinic.apply()
    clinic.undo()

    plan = service.plan_undo(clinic.catalog, clinic.wanted(), Context())

    assert plan.title.startswith("Take back 2 migrations: ")
    assert plan.sentences[1] == (
        "With it go “V0001__t.sql”, “V0002__t.sql”. No row was added, changed or deleted since."
    )
    [further] = [each for each in plan.findings if each.code == "goes_further_back"]
    assert further.title.endswith("“V0001__t.sql” was applied after the same restore point")


def test_the_policy_goes_back_to_the_old_names_with_the_restore_point(clinic: Migrating) -> None:
    text = "version: 1\ntables:\n  patient:\n    columns:\n      name:\n        comment: as written  # ours\n"
    policy_path(clinic.path).write_text(text)
    clinic.write(
        "V0001__r.sql", "ALTER TABLE patient RENAME TO person; ALTER TABLE person RENAME name TO called;"
    )
    clinic.write("V0002__r.sql", "ALTER TABLE person RENAME called TO full_name;")
    clinic.apply()
    assert "person:" in policy_path(clinic.path).read_text()
    plan = service.plan_undo(clinic.catalog, clinic.wanted(), Context())
    assert plan.sentences[-2:] == (
        "“person” is called “patient” afterwards.",
        "“person”.“called” is called “name” afterwards.",
    )

    receipt = clinic.carry_out(plan)

    assert "the policy follows" in receipt.sentence
    assert policy_path(clinic.path).read_text() == text


@pytest.mark.parametrize(
    ("back", "said"),
    [
        ("ALTER TABLE encounter RENAME TO visit;", True),
        ("CREATE TABLE other (x); DROP TABLE other; ALTER TABLE encounter RENAME TO visit;", True),
        (None, False),
    ],
)
def test_the_plan_says_whether_the_text_of_the_schema_comes_back(
    clinic: Migrating, back: str | None, said: bool
) -> None:
    if back:
        clinic.write("V0001__call.sql", "ALTER TABLE visit RENAME TO encounter;")
        clinic.write("U0001__call.sql", back)
    else:
        clinic.write("V0001__add.sql", "ALTER TABLE visit ADD COLUMN more;")
        clinic.write("U0001__add.sql", "ALTER TABLE visit DROP COLUMN more;")
    named = "SELECT name, sql FROM sqlite_schema WHERE sql <> '' AND name NOT GLOB '_steward*'"
    before = sorted(clinic.all(named))
    clinic.apply()
    plan = service.plan_undo(clinic.catalog, clinic.wanted(), Context())
    assert any("not letter for letter" in each for each in plan.sentences) == said
    clinic.carry_out(plan)
    assert (sorted(clinic.all(named)) != before) == said


def undo_says(clinic: Migrating) -> str:
    return " ".join(service.plan_undo(clinic.catalog, clinic.wanted(), Context()).sentences)


def test_what_others_did_to_the_schema_since_is_not_laid_to_the_file_that_takes_back(
    clinic: Migrating,
) -> None:
    clinic.write("V0001__add.sql", "ALTER TABLE visit ADD COLUMN more;")
    clinic.write("U0001__add.sql", "ALTER TABLE visit DROP COLUMN more;")
    clinic.apply()
    clinic.write("R__all.sql", "DROP VIEW IF EXISTS notes; CREATE VIEW notes AS SELECT note FROM visit;")
    clinic.apply()
    theirs = "another one than before “V0001__add.sql”: “R__all.sql” changed it since, and that stays."
    assert theirs in undo_says(clinic) and "letter" not in undo_says(clinic)

    clinic.sql("DROP VIEW notes")  # by another program
    clinic.sql("CREATE TABLE by_hand (x)")
    assert theirs in undo_says(clinic)
    clinic.undo()
    assert "by_hand" in clinic.objects()


def test_what_another_program_did_to_the_schema_since_stays(clinic: Migrating) -> None:
    clinic.write("V0001__add.sql", "ALTER TABLE visit ADD COLUMN more;")
    clinic.write("U0001__add.sql", "ALTER TABLE visit DROP COLUMN more;")
    clinic.apply()
    clinic.sql("CREATE TABLE by_hand (x)")
    said = undo_says(clinic)
    assert "before “V0001__add.sql”: something else changed it since, and that stays." in said
    assert "letter" not in said


@pytest.mark.parametrize(
    "write",
    [
        "INSERT INTO visit (note) VALUES ('x')",
        "UPDATE patient SET phone = '9' WHERE id = 2",
        "DELETE FROM visit",
    ],
)
def test_rows_written_after_the_plan_make_it_stale(clinic: Migrating, write: str) -> None:
    clinic.write("V0001__gone.sql", "ALTER TABLE visit DROP COLUMN note;")
    clinic.apply()
    clinic.write("V0002__back.sql", "ALTER TABLE visit ADD COLUMN note;")
    clinic.apply()
    plan = service.plan_undo(clinic.catalog, clinic.wanted(), Context())
    clinic.sql(write)
    held = clinic.all("SELECT * FROM visit"), clinic.all("SELECT * FROM patient")

    with pytest.raises(Refused, match="its data was changed after it was made") as refused:
        clinic.carry_out(plan)

    assert refused.value.code is ErrorCode.STALE_PLAN
    assert (clinic.all("SELECT * FROM visit"), clinic.all("SELECT * FROM patient")) == held
    again = service.plan_undo(clinic.catalog, clinic.wanted(), Context())
    assert "No row was added, changed or deleted since." not in again.sentences[1]
    clinic.carry_out(again)
    assert clinic.states()["V0002__back.sql"] is State.PENDING
