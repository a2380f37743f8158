"""What stopped half-way is settled in either way: as done, or to run again; and the history tells the truth of both."""

from __future__ import annotations

import pytest

from builders.migrating import Migrating
from steward_app.db import open_read
from steward_app.kernel.errors import Failure, UsageError
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services import undo
from steward_app.services.migrate import history
from steward_app.services.migrate.expand.expand import expand
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.migrate.files import save
from steward_app.services.migrate.lint.lint import lint_pending
from steward_app.services.migrate.model import Origin, State
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.foresee import in_the_way
from steward_app.services.migrate.run.mend import RepairRequest
from steward_app.services.migrate.status import status

HALF = "V0002__half.sql"
TWICE = "INSERT INTO visit (id) VALUES (1);"  # it is there
TEXT = f"-- steward: no-transaction\nCREATE TABLE b (x);\n{TWICE}\nCREATE INDEX by_x ON b (x);"


@pytest.fixture
def stopped(clinic: Migrating) -> Migrating:
    """A table of the second migration is made, its index is not."""
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.apply()
    clinic.write(HALF, TEXT)
    with pytest.raises(Failure, match="line 3") as failed:
        clinic.apply()
    assert "--done FILE" in failed.value.hint
    assert clinic.states()[HALF] is State.FAILED
    return clinic


def planned(clinic: Migrating, *done: str) -> Plan:
    request = RepairRequest(clinic.path, clinic.wanted().database_id, clinic.folder, done=done)
    return service.plan_repair(request, Context(), clinic.catalog)


def drifted(clinic: Migrating) -> bool:
    with open_read(clinic.path) as session:
        return status(session, clinic.folder).drifted


def test_it_is_done_by_hand_and_does_not_run_again(stopped: Migrating) -> None:
    stopped.sql("CREATE INDEX by_x ON b (x)")

    plan = planned(stopped, HALF)
    assert "It does not run again." in plan.sentences[0]
    assert "makes the schema that this file has" in plan.sentences[1] and not plan.findings
    done = stopped.carry_out(plan)

    assert stopped.states() == {"V0001__a.sql": State.APPLIED, HALF: State.APPLIED}
    assert not drifted(stopped)
    stopped.write("V0003__c.sql", "CREATE TABLE c (x);")
    assert not [each for each in stopped.plan().findings if each.code == "schema_drifted"]

    undo.undo(stopped.catalog, done.operation_id, Context())
    assert stopped.states()[HALF] is State.FAILED


def test_lint_tells_what_runs_again_behind_what_it_left(stopped: Migrating) -> None:
    stopped.carry_out(planned(stopped))
    with open_read(stopped.path) as session:
        (found,) = lint_pending(session, stopped.folder).problems
    assert "table b already exists" in found.finding.title
    assert found.finding.detail.startswith(f"“{HALF}” stopped half-way on ")
    assert "that it can run again" in found.finding.remedies[0]

    stopped.write(HALF, TEXT.replace("TABLE b", "TABLE IF NOT EXISTS b").replace(TWICE, ""))
    stopped.apply()
    stopped.write("V0003__again.sql", "CREATE TABLE b (x);")
    with open_read(stopped.path) as session:
        (found,) = lint_pending(session, stopped.folder).problems
    assert found.finding.remedies == ("Correct the statement.",)


def test_a_file_that_says_so_goes_on_where_it_was(clinic: Migrating) -> None:
    with open_read(clinic.path) as session:
        made = expand(session, "patient", "phone", [Wanted("tel")], clinic.folder)
    for each in (made.expand, made.fill):
        save(each)
    fill = made.fill.path
    text = fill.read_text("utf-8")
    fill.write_text(f"{text}\n{TWICE}", "utf-8")
    with pytest.raises(Failure) as failed:
        clinic.apply()
    assert "lets it go on where it was" in failed.value.hint and "--done" not in failed.value.hint
    fill.write_text(text, "utf-8")
    with open_read(clinic.path) as session:
        (found,) = in_the_way(status(session, clinic.folder))
    assert found.remedies == (
        "Let it go on where it was: “steward migrate repair”, then “steward migrate apply”.",
    )
    plan = planned(clinic)
    assert "goes on where it was" in plan.sentences[0]
    clinic.carry_out(plan)
    clinic.apply()
    assert clinic.states()[fill.name] is State.APPLIED


def test_its_text_of_now_counts_where_it_was_mended_too(stopped: Migrating) -> None:
    stopped.write(HALF, TEXT.replace(TWICE, ""))
    stopped.sql("CREATE INDEX by_x ON b (x)")
    stopped.carry_out(planned(stopped, HALF))
    assert stopped.states()[HALF] is State.APPLIED


def test_what_is_missing_of_its_schema_is_told(stopped: Migrating) -> None:
    plan = planned(stopped, HALF)
    assert [(each.code, each.title) for each in plan.findings] == [
        ("done_differs", "The index “by_x” is made by the migrations, and is not in the file")
    ]
    stopped.carry_out(plan)  # the steward's word counts
    assert stopped.states()[HALF] is State.APPLIED and not drifted(stopped)


def test_what_does_not_run_on_an_empty_copy_is_not_compared(stopped: Migrating) -> None:
    stopped.write(HALF, TEXT.replace("visit", "nowhere"))
    assert [each.code for each in planned(stopped, HALF).findings] == ["done_not_compared"]


def test_it_runs_again_and_what_it_left_is_nobody_elses_change(stopped: Migrating) -> None:
    plan = planned(stopped)
    assert "runs from its first statement" in plan.sentences[0]
    assert [each.code for each in plan.findings] == ["runs_on_what_it_left"]
    stopped.carry_out(plan)

    assert stopped.states()[HALF] is State.PENDING and not drifted(stopped)
    with open_read(stopped.path) as session:
        assert [row.origin for row in history.read(session, forgotten=True)] == [Origin.RUN, Origin.FORGOTTEN]
    stopped.write(HALF, TEXT.replace(TWICE, "").replace("TABLE b", "TABLE IF NOT EXISTS b"))
    stopped.apply()
    assert stopped.states()[HALF] is State.APPLIED and "by_x" in stopped.objects()


def test_taken_back_by_hand_there_is_nothing_to_warn_of(stopped: Migrating) -> None:
    stopped.sql("DROP TABLE b")
    done = stopped.carry_out(plan := planned(stopped))
    assert not plan.findings and not drifted(stopped)

    undo.undo(stopped.catalog, done.operation_id, Context())
    assert stopped.states()[HALF] is State.FAILED


def test_a_change_by_somebody_else_is_told_after_it_as_ever(stopped: Migrating) -> None:
    stopped.carry_out(planned(stopped))
    stopped.sql("CREATE TABLE z (x)")
    assert drifted(stopped)


def test_names_that_it_gave_are_told_where_there_is_a_policy(clinic: Migrating) -> None:
    text = f"-- steward: no-transaction\nALTER TABLE patient RENAME COLUMN phone TO tel;\n{TWICE}"
    clinic.write("V0001__tel.sql", text)
    with pytest.raises(Failure):
        clinic.apply()
    policy = clinic.path.with_name(f"{clinic.path.name}.steward.yaml")
    policy.write_text("version: 1\n", encoding="utf-8")

    found = planned(clinic, "V0001__tel.sql").findings

    assert [each.code for each in found] == ["policy_does_not_follow"]
    assert "“patient”.“phone” is called “tel” afterwards" in found[0].detail


def test_an_undo_that_stopped_counts_as_taken_back_or_as_applied(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x); CREATE TABLE b (x);")
    clinic.write("U0001__a.sql", f"-- steward: no-transaction\nDROP TABLE a;\n{TWICE}\nDROP TABLE b;")
    clinic.apply()
    with pytest.raises(Failure):
        clinic.undo()

    plan = planned(clinic)
    assert "counts as applied again" in plan.sentences[0]
    done = clinic.carry_out(plan)
    assert clinic.states() == {"V0001__a.sql": State.APPLIED}
    undo.undo(clinic.catalog, done.operation_id, Context())

    clinic.sql("DROP TABLE b")
    clinic.carry_out(planned(clinic, "U0001__a.sql"))
    assert clinic.states() == {"V0001__a.sql": State.PENDING} and not drifted(clinic)


@pytest.mark.parametrize("name", ["V0001__a.sql", "nowhere.sql"])
def test_only_what_stopped_is_said_to_be_done(stopped: Migrating, name: str) -> None:
    with pytest.raises(UsageError, match="no migration that stopped half-way"):
        planned(stopped, name)


def test_where_its_file_is_gone_nobody_can_say_what_is_done(stopped: Migrating) -> None:
    (stopped.folder / HALF).unlink()
    with pytest.raises(UsageError, match="is gone"):
        planned(stopped, HALF)
    plan = planned(stopped)
    assert "its file is gone" in plan.sentences[0]
    stopped.carry_out(plan)
    assert stopped.states() == {"V0001__a.sql": State.APPLIED} and not drifted(stopped)
