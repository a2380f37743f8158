"""What is gone from the folder is named, and can be forgotten without being taken for somebody else's change."""

from __future__ import annotations

import pytest

from builders.migrating import Migrating
from steward_app.db import open_read
from steward_app.kernel.errors import Failure, Refused
from steward_app.kernel.finding import Severity
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.migrate import history
from steward_app.services.migrate.model import Origin, State, Status
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.mend import BaselineRequest, RepairRequest
from steward_app.services.migrate.status import status

VIEW = "DROP VIEW IF EXISTS busy; CREATE VIEW busy AS SELECT {} FROM visit;"


def standing(clinic: Migrating) -> Status:
    with open_read(clinic.path) as session:
        return status(session, clinic.folder)


def forget(clinic: Migrating, *files: str) -> None:
    request = RepairRequest(clinic.path, clinic.wanted().database_id, clinic.folder, files)
    clinic.carry_out(service.plan_repair(request, Context()))


def test_a_repeatable_file_that_is_gone_is_missing(clinic: Migrating) -> None:
    path = clinic.write("R__busy.sql", VIEW.format("id"))
    clinic.apply()
    path.unlink()
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")

    assert clinic.states() == {"R__busy.sql": State.MISSING, "V0001__a.sql": State.PENDING}
    with pytest.raises(Refused, match=r"“R__busy\.sql” was applied, and its file is gone"):
        clinic.apply()


def test_a_repeatable_file_is_forgotten_with_all_its_runs(clinic: Migrating) -> None:
    path = clinic.write("R__busy.sql", VIEW.format("id"))
    clinic.apply()
    clinic.write("R__busy.sql", VIEW.format("note"))
    clinic.apply()
    path.unlink()

    forget(clinic, "R__busy.sql")

    assert clinic.states() == {}
    assert "busy" in clinic.objects()
    clinic.write("R__busy.sql", VIEW.format("id"))
    assert clinic.states() == {"R__busy.sql": State.PENDING}
    clinic.apply()
    assert clinic.states() == {"R__busy.sql": State.APPLIED}


def test_what_was_forgotten_is_no_change_by_somebody_else(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    path = clinic.write("V0002__b.sql", "CREATE TABLE b (x);")
    clinic.apply()
    path.unlink()

    forget(clinic, "V0002__b.sql")

    assert not standing(clinic).drifted
    assert standing(clinic).version == 1
    assert [row.version for row in clinic.history()] == [1]
    with open_read(clinic.path) as session:
        assert [row.origin for row in history.read(session, forgotten=True)] == [Origin.RUN, Origin.FORGOTTEN]
    clinic.sql("CREATE TABLE c (x)")
    assert standing(clinic).drifted


def test_a_forgotten_version_that_comes_back_runs_again(clinic: Migrating) -> None:
    path = clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.apply()
    path.unlink()
    forget(clinic, "V0001__a.sql")
    clinic.write("V0001__a.sql", "CREATE TABLE a2 (x);")

    assert clinic.states() == {"V0001__a.sql": State.PENDING}
    clinic.apply()

    assert clinic.states() == {"V0001__a.sql": State.APPLIED}
    assert {"a", "a2"} < clinic.objects()


def test_one_that_ran_was_taken_back_and_ran_again_is_forgotten_as_a_whole(clinic: Migrating) -> None:
    path = clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    undo = clinic.write("U0001__a.sql", "DROP TABLE a;")
    clinic.apply()
    clinic.undo()
    clinic.apply()
    path.unlink()
    undo.unlink()
    assert clinic.states() == {"V0001__a.sql": State.MISSING}

    forget(clinic, "V0001__a.sql")

    assert clinic.states() == {}
    assert not standing(clinic).drifted


def test_a_history_that_holds_something_else_is_begun_anew_as_the_error_says(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.apply()
    clinic.sql("UPDATE _steward_migrations SET origin = 'elsewhere'")
    with pytest.raises(Failure) as failed:
        standing(clinic)
    assert "drop the table “_steward_migrations” with another program" in failed.value.hint
    assert "“steward migrate baseline”" in failed.value.hint

    clinic.sql("DROP TABLE _steward_migrations")
    request = BaselineRequest(clinic.path, clinic.wanted().database_id, clinic.folder)
    clinic.carry_out(service.plan_baseline(request, Context()))
    assert clinic.states()["V0001__a.sql"] is State.APPLIED


def repaired(clinic: Migrating) -> Plan:
    request = RepairRequest(clinic.path, clinic.wanted().database_id, clinic.folder)
    return service.plan_repair(request, Context(), clinic.catalog)


def test_what_an_edited_file_makes_is_compared_with_the_file(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.write("V0002__b.sql", "CREATE TABLE b (x); INSERT INTO b VALUES (1);")
    clinic.write("V0003__c.sql", "ALTER TABLE b ADD COLUMN z;")
    clinic.apply()

    clinic.write("V0002__b.sql", "-- said better\nCREATE TABLE b (x); INSERT INTO b VALUES (2);")
    plan = repaired(clinic)
    assert plan.findings == ()
    assert any(
        "“V0002__b.sql” as it is now, with what was applied after it, makes the schema that this file has"
        in each
        for each in plan.sentences
    )

    clinic.write("V0002__b.sql", "CREATE TABLE b (x, y);")
    (told,) = repaired(clinic).findings
    assert (told.code, told.severity, told.subject.name) == ("edited_differs", Severity.WARNING, "b")
    assert "does not make the schema that this file has" in " ".join(repaired(clinic).sentences)

    clinic.write("V0002__b.sql", "CREATE TABLE b (x;")
    (told,) = repaired(clinic).findings
    assert told.code == "edited_not_compared"
