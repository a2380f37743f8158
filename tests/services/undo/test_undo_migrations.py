"""Undoing what applied migrations, and what began a history, by the id of the operation alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.adopting import FLYWAY, Adopting
from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.kernel.errors import Failure, Refused
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import restore, undo
from steward_app.services.migrate import history
from steward_app.services.migrate.model import State
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.mend import BaselineRequest, RepairRequest
from steward_app.services.operation import Confirmation

MAIL = "ALTER TABLE patient ADD COLUMN mail TEXT;"
NO_MAIL = "ALTER TABLE patient DROP COLUMN mail;"


@pytest.fixture
def clinic(tmp_path: Path, catalog: Catalog) -> Migrating:
    return Migrating(tmp_path, catalog)


def planned(clinic: Migrating, done: Receipt) -> Plan:
    return undo.plan_undo(clinic.catalog, done.operation_id, Context(), path=clinic.path)


def taken_back(clinic: Migrating, done: Receipt, why: str = "a test") -> Receipt:
    plan, said = planned(clinic, done), Confirmation(given=True)
    return undo.carry_out(clinic.catalog, done.operation_id, plan, Context(), said, unrehearsed=why)


def undone_by(clinic: Migrating, done: Receipt) -> str:
    return undo.offers(clinic.catalog, (done.operation_id,))[done.operation_id].undone_by


def test_an_apply_is_taken_back_by_its_files(clinic: Migrating) -> None:
    clinic.write("V0001__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY);")
    clinic.apply()
    clinic.write("V0002__mail.sql", MAIL)
    clinic.write("U0002__mail.sql", NO_MAIL)
    done = clinic.apply()
    plan = planned(clinic, done)
    assert plan.operation == "migrate.undo"
    with pytest.raises(Refused, match="not rehearsed"):
        taken_back(clinic, done, why="")
    assert undo.rehearse_undo(clinic.catalog, done.operation_id, plan, Context()).passed
    receipt = taken_back(clinic, done, why="")
    assert clinic.states() == {"V0001__rooms.sql": State.APPLIED, "V0002__mail.sql": State.PENDING}
    assert undone_by(clinic, done) == receipt.operation_id
    with pytest.raises(Refused, match="undone already"):
        planned(clinic, done)


def test_without_such_files_the_restore_point_is_brought_back(clinic: Migrating) -> None:
    clinic.write("V0001__mail.sql", MAIL)
    clinic.write("R__names.sql", "DROP VIEW names; CREATE VIEW names AS SELECT name FROM patient;")
    done = clinic.apply()
    plan = planned(clinic, done)
    assert plan.operation == "restore.in_place"
    assert "goes_further_back" not in [each.code for each in plan.findings]
    receipt = taken_back(clinic, done, why="")
    assert not clinic.history()
    assert undone_by(clinic, done) == receipt.operation_id


def test_what_repeats_goes_back_with_its_point_even_beside_files_that_take_back(clinic: Migrating) -> None:
    before = clinic.all("SELECT sql FROM sqlite_schema WHERE name = 'names'")
    clinic.write("V0001__mail.sql", MAIL)
    clinic.write("U0001__mail.sql", NO_MAIL)
    clinic.write("R__names.sql", "DROP VIEW names; CREATE VIEW names AS SELECT name FROM patient;")
    done = clinic.apply()
    assert planned(clinic, done).operation == "restore.in_place"
    taken_back(clinic, done)
    assert clinic.all("SELECT sql FROM sqlite_schema WHERE name = 'names'") == before


def test_one_that_came_late_goes_back_alone(clinic: Migrating) -> None:
    clinic.write("V0002__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY);")
    clinic.apply()
    clinic.write("V0001__mail.sql", MAIL)
    clinic.write("U0001__mail.sql", NO_MAIL)
    done = clinic.apply(late=True)
    plan = planned(clinic, done)
    assert plan.operation == "restore.in_place"
    assert "beneath a higher version" in plan.sentences[0]
    taken_back(clinic, done)
    assert clinic.states() == {"V0001__mail.sql": State.LATE, "V0002__rooms.sql": State.APPLIED}


def test_what_was_applied_since_is_taken_back_first(clinic: Migrating) -> None:
    clinic.write("V0001__mail.sql", MAIL)
    first = clinic.apply()
    clinic.write("V0002__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY);")
    second = clinic.apply()
    with pytest.raises(Refused, match=r"V0002__rooms\.sql. was applied after it"):
        planned(clinic, first)
    taken_back(clinic, second)
    taken_back(clinic, first)
    assert not clinic.history()


def test_what_the_page_of_migrations_takes_back_counts_as_undone(clinic: Migrating) -> None:
    for number, what in ((1, "mail"), (2, "fax")):
        clinic.write(f"V000{number}__{what}.sql", f"ALTER TABLE patient ADD COLUMN {what} TEXT;")
        clinic.write(f"U000{number}__{what}.sql", f"ALTER TABLE patient DROP COLUMN {what};")
    done = clinic.apply()
    newest = clinic.undo()  # of two that were applied together, one
    assert undone_by(clinic, done) == ""
    with_rest = taken_back(clinic, done)
    assert undone_by(clinic, done) == with_rest.operation_id != newest.operation_id
    again = clinic.apply()
    by_page = clinic.undo(target=0)
    assert undone_by(clinic, again) == by_page.operation_id


def test_what_is_gone_from_the_history_is_not_undone(clinic: Migrating) -> None:
    clinic.write("V0001__mail.sql", MAIL)
    done = clinic.apply()
    clinic.sql("DELETE FROM _steward_migrations")
    with pytest.raises(Refused, match="not in the history of the file any more"):
        planned(clinic, done)


def test_a_baseline_is_taken_out_while_nothing_followed_it(clinic: Migrating) -> None:
    clinic.write("V0001__mail.sql", MAIL)
    request = BaselineRequest(clinic.path, clinic.wanted().database_id, clinic.folder, 1)
    done = clinic.carry_out(service.plan_baseline(request, Context()))
    plan = planned(clinic, done)
    assert undo.rehearse_undo(clinic.catalog, done.operation_id, plan, Context()).passed
    receipt = taken_back(clinic, done)
    assert not clinic.all("SELECT 1 FROM sqlite_schema WHERE name = '_steward_migrations'")
    assert undone_by(clinic, done) == receipt.operation_id
    again = clinic.carry_out(service.plan_baseline(request, Context()))
    clinic.write("V0002__rooms.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY);")
    plan = planned(clinic, again)
    clinic.apply()
    with pytest.raises(Refused, match="holds more than its beginning"):
        planned(clinic, again)
    with pytest.raises(Refused):
        undo.carry_out(clinic.catalog, again.operation_id, plan, Context(), Confirmation(given=True))
    assert len(clinic.history()) == 2


def repaired(clinic: Migrating, *forget: str) -> Receipt:
    request = RepairRequest(clinic.path, clinic.wanted().database_id, clinic.folder, forget)
    return clinic.carry_out(service.plan_repair(request, Context()))


def wrong(clinic: Migrating) -> None:
    """A history with one file that was edited, one that is gone after two runs, and one that stopped half-way."""
    clinic.write("V0001__mail.sql", MAIL)
    clinic.write("R__names.sql", "DROP VIEW names; CREATE VIEW names AS SELECT id FROM patient;")
    clinic.apply()
    clinic.write("R__names.sql", "DROP VIEW names; CREATE VIEW names AS SELECT name FROM patient;")
    clinic.apply()
    clinic.write(
        "V0002__half.sql",
        "-- steward: no-transaction\nVACUUM;\nINSERT INTO patient (id, name) VALUES (1, '');",
    )
    with pytest.raises(Failure):
        clinic.apply()
    clinic.write("V0001__mail.sql", f"{MAIL} -- a remark")
    (clinic.folder / "R__names.sql").unlink()


WRONG = {
    "R__names.sql": State.MISSING,
    "V0001__mail.sql": State.EDITED,
    "V0002__half.sql": State.FAILED,
}


def test_a_repair_is_taken_back_row_by_row(clinic: Migrating) -> None:
    wrong(clinic)
    before = clinic.all(f"SELECT * FROM {history.TABLE}")
    done = repaired(clinic, "R__names.sql")
    assert clinic.states() == {"V0001__mail.sql": State.APPLIED, "V0002__half.sql": State.PENDING}
    assert done.undo == done.operation_id

    plan = planned(clinic, done)
    assert plan.sentences == (
        "“V0001__mail.sql”: the text that was applied counts again, and not what it was changed into.",
        "“R__names.sql”: it counts in the history again.",
        "“V0002__half.sql”: it counts as stopped half-way again, and is in the way until it is settled.",
    )
    assert undo.rehearse_undo(clinic.catalog, done.operation_id, plan, Context()).passed
    receipt = taken_back(clinic, done)

    assert receipt.sentence == "3 migrations in the history as before the repair"
    assert clinic.all(f"SELECT * FROM {history.TABLE}") == before
    assert clinic.states() == WRONG
    assert undone_by(clinic, done) == receipt.operation_id
    with pytest.raises(Refused, match="undone already"):
        planned(clinic, done)
    repaired(clinic, "R__names.sql")


def test_a_repair_stays_when_the_history_went_on(clinic: Migrating) -> None:
    wrong(clinic)
    done = repaired(clinic, "R__names.sql")
    early = planned(clinic, done)
    clinic.write("V0002__half.sql", "CREATE TABLE room (id INTEGER PRIMARY KEY);")
    clinic.apply()
    with pytest.raises(Refused, match=r"went on after the repair: .V0002__half\.sql"):
        planned(clinic, done)
    with pytest.raises(Refused, match="no longer fits"):
        undo.carry_out(clinic.catalog, done.operation_id, early, Context(), Confirmation(given=True))


def test_repairs_are_taken_back_newest_first(clinic: Migrating) -> None:
    clinic.write("V0001__mail.sql", MAIL)
    clinic.apply()
    clinic.write("V0001__mail.sql", f"{MAIL} -- once")
    first = repaired(clinic)
    clinic.write("V0001__mail.sql", f"{MAIL} -- twice")
    second = repaired(clinic)
    with pytest.raises(Refused, match="set right again since"):
        planned(clinic, first)
    taken_back(clinic, second)
    taken_back(clinic, first)
    clinic.write("V0001__mail.sql", MAIL)
    assert clinic.states() == {"V0001__mail.sql": State.APPLIED}


def test_a_repair_is_not_in_a_state_of_before_it(clinic: Migrating) -> None:
    clinic.write("V0001__mail.sql", MAIL)
    done = clinic.apply()
    point = done.restore_point
    clinic.write("V0001__mail.sql", f"{MAIL} -- once")
    repair = repaired(clinic)
    back = restore.plan_restore(clinic.catalog, clinic.path, point, Context())
    restore.restore(clinic.catalog, back, Context(), Confirmation.of(back))
    with pytest.raises(Refused, match="another state of the file was restored since"):
        planned(clinic, repair)


def test_an_adoption_goes_with_the_files_that_were_written_for_it(catalog: Catalog, tmp_path: Path) -> None:
    zoo = Adopting(tmp_path, catalog, FLYWAY)
    theirs = zoo.folder_texts()
    done = zoo.adopt()
    first, *others = sorted(zoo.texts())
    (zoo.into / first).write_text("-- mine now\n")
    plan = undo.plan_undo(catalog, done.operation_id, Context(), path=zoo.path)
    assert str(len(others)) in plan.sentences[1] and "1 other" in plan.sentences[1]
    undo.carry_out(catalog, done.operation_id, plan, Context(), Confirmation(given=True))
    assert not zoo.history() and sorted(zoo.texts()) == [first]
    assert zoo.folder_texts() == theirs
