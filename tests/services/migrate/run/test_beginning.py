"""A baseline says whether the file has what the migrations make that it takes for done."""

from __future__ import annotations

from builders.migrating import CLINIC, Migrating
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.migrate.model import State
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.mend import BaselineRequest

SCHEMA = CLINIC.partition("INSERT")[0]


def begins(clinic: Migrating, version: int | None = None) -> Plan:
    request = BaselineRequest(clinic.path, clinic.wanted().database_id, clinic.folder, version)
    return service.plan_baseline(request, Context())


def told(plan: Plan) -> list[str]:
    return [each.title for each in plan.findings]


def test_a_file_that_has_it_all_is_said_to(clinic: Migrating) -> None:
    clinic.write("V0001__all.sql", SCHEMA)
    clinic.write("V0002__rows.sql", "INSERT INTO visit (patient_id) VALUES (99);")
    clinic.write("V0003__later.sql", "CREATE TABLE later (x);")
    plan = begins(clinic, 2)
    assert plan.sentences[1] == (
        "Run on an empty database, 2 migrations up to version 2 make the schema that this file has: 3 objects"
        " compared."
    )
    assert told(plan) == []


def test_what_differs_is_named_and_does_not_stop_it(clinic: Migrating) -> None:
    clinic.write("V0001__all.sql", SCHEMA.replace("phone TEXT", "phone INT"))
    clinic.write("V0002__room.sql", "CREATE TABLE room (x);")
    clinic.sql("CREATE INDEX fast ON visit (note)")
    plan = begins(clinic)
    assert sorted(told(plan)) == [
        "The index “fast” is in the file, and no migration makes it",
        "The table “patient” declares otherwise “phone”",
        "The table “room” is made by the migrations, and is not in the file",
    ]
    assert not plan.blocking
    clinic.carry_out(plan)
    assert clinic.states() == {"V0002__room.sql": State.APPLIED}


def test_what_repeats_may_be_there_or_not(clinic: Migrating) -> None:
    tables, _, view = SCHEMA.partition("CREATE VIEW")
    clinic.write("V0001__all.sql", tables)
    clinic.write("R__names.sql", f"DROP VIEW IF EXISTS names; CREATE VIEW{view}")
    clinic.write("R__more.sql", "CREATE VIEW IF NOT EXISTS more AS SELECT 1;")
    assert told(begins(clinic)) == []
    clinic.sql("DROP VIEW names")
    assert told(begins(clinic)) == []


def test_a_program_cannot_be_compared(clinic: Migrating) -> None:
    clinic.write("V0001__all.py", "raise SystemExit('never run')")
    plan = begins(clinic)
    assert told(plan) == [
        "Whether the file holds what they make was not looked at: “V0001__all.py” is a program and does not run here"
    ]
    assert not plan.blocking


def test_nor_a_file_that_does_not_run(clinic: Migrating) -> None:
    clinic.write("V0001__all.sql", "CREATE TABLE ${name!identifier} (x);")
    assert "“name” has no value" in told(begins(clinic))[0]
    clinic.write("V0001__all.sql", "ALTER TABLE nowhere ADD COLUMN x;")
    assert "line 1, column 1: no such table: nowhere" in told(begins(clinic))[0]


def test_a_version_that_no_file_has_stands_for_nothing(clinic: Migrating) -> None:
    plan = begins(clinic, 7)
    assert plan.sentences[1] == "No file of the folder stands for what it holds at version 7."
    assert told(plan) == []


def test_many_differences_are_counted(clinic: Migrating) -> None:
    clinic.write("V0001__all.sql", SCHEMA)
    clinic.sql(*(f"CREATE TABLE more{number} (x)" for number in range(25)))
    assert len(told(begins(clinic))) == 21
    assert told(begins(clinic))[-1] == "5 more objects are not as the migrations make them"
