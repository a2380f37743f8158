"""What goes when migrations are taken back: by name, in the same words whichever way leads back."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.erasing import Ledger
from builders.migrating import Migrating
from steward_app.catalog import Catalog, points
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.erasure import own_key
from steward_app.services.migrate.run import service, since
from steward_app.storage.secrets import open_secrets

MAIL = """
ALTER TABLE patient ADD COLUMN mail TEXT;
UPDATE patient SET mail = 'ada@x.org' WHERE id = 1;
ALTER TABLE visit ADD COLUMN paid INT;
CREATE TABLE room (id INTEGER PRIMARY KEY, name TEXT);
CREATE INDEX rooms ON room (name);
CREATE INDEX notes ON visit (note);
INSERT INTO room VALUES (1, 'East');
"""
NO_MAIL = """
DROP INDEX notes; DROP TABLE room;
ALTER TABLE visit DROP COLUMN paid; ALTER TABLE patient DROP COLUMN mail;
"""
GOES = (
    "“patient”.“mail” goes, with 1 value.",
    "“visit”.“paid” goes; it is empty.",
    "“room” goes, with 1 row.",
)


def undoing(clinic: Migrating, context: Context | None = None) -> Plan:
    return service.plan_undo(clinic.catalog, clinic.wanted(), context or Context())


def told(plan: Plan) -> dict[str, tuple[str, object]]:
    """What is said of rows, by code: how it begins, and the first keys."""
    return {
        each.code: (each.title, each.sample_keys) for each in plan.findings if each.code.endswith("_since")
    }


@pytest.mark.parametrize("by_file", [True, False])
def test_tables_and_columns_that_go_are_named_either_way(clinic: Migrating, by_file: bool) -> None:
    clinic.write("V0001__mail.sql", MAIL)
    if by_file:
        clinic.write("U0001__mail.sql", NO_MAIL)
    clinic.apply()
    plan = undoing(clinic)
    assert plan.operation == ("migrate.undo" if by_file else "restore.in_place")
    assert tuple(each for each in plan.sentences if " goes" in each) == GOES
    assert ("Besides go: index “notes”." in plan.sentences) is not by_file


def test_a_file_that_writes_a_table_anew_loses_its_columns_by_name(clinic: Migrating) -> None:
    clinic.write("V0001__mail.sql", "ALTER TABLE patient ADD COLUMN mail TEXT DEFAULT 'x';")
    clinic.write(
        "U0001__mail.sql",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT);"
        "INSERT INTO p SELECT id, name, phone FROM patient; DROP VIEW names; DROP TABLE patient;"
        "ALTER TABLE p RENAME TO patient; CREATE VIEW names AS SELECT id, name FROM patient;",
    )
    clinic.apply()
    assert [each for each in undoing(clinic).sentences if " goes" in each] == [
        "“patient”.“mail” goes, with 2 values."
    ]


def test_what_a_program_takes_away_is_left_to_the_rehearsal(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.write("U0001__a.py", "def migrate(session):\n    session.run('DROP TABLE a')\n")
    clinic.apply()
    assert "What goes with it is not known before it was rehearsed." in undoing(clinic).sentences


def test_rows_that_were_written_since_are_named_table_by_table(clinic: Migrating) -> None:
    clinic.write(
        "V0001__r.sql", "ALTER TABLE patient RENAME TO person; ALTER TABLE person RENAME name TO called;"
    )
    clinic.apply()
    clinic.sql(
        "INSERT INTO visit VALUES (7, 1, 'later'), (8, 2, NULL)",
        "DELETE FROM visit WHERE id = 1",
        "UPDATE person SET called = 'Eve' WHERE id = 2",
        "UPDATE person SET phone = NULL WHERE id = 1",
    )
    plan = undoing(clinic)
    assert plan.sentences[1] == (
        "With it go “V0001__r.sql”, and what was written since: 2 rows added, 2 rows changed and 1 row deleted, in 2"
        " tables. What the migrations wrote themselves counts among it."
    )
    assert told(plan) == {
        "rows_written_since": ("2 rows of “visit” that were added since go", ((7,), (8,))),
        "rows_deleted_since": ("1 row of “visit” that was deleted since comes back", ((1,),)),
        "values_written_since": ("1 value of “person.called” that was written since goes", ((2,),)),
        "values_emptied_since": ("1 value of “person.phone” that was taken out since comes back", ((1,),)),
    }
    person, visit = plan.changes
    assert (person.table, person.updated, person.why) == ("person", 2, "is called “patient” again")
    assert (visit.rows_before, visit.rows_after, visit.inserted, visit.deleted) == (4, 3, 1, 2)
    rehearsed = service.rehearse(clinic.catalog, plan, Context())
    assert rehearsed.passed
    assert rehearsed.changes == plan.changes
    clinic.carry_out(plan)
    assert clinic.all("SELECT id FROM visit ORDER BY id") == [(1,), (2,), (3,)]


def test_names_that_two_columns_swap_are_followed(clinic: Migrating) -> None:
    clinic.write(
        "V0001__swap.sql",
        "DROP VIEW names; ALTER TABLE patient RENAME name TO x; ALTER TABLE patient RENAME phone TO name;"
        "ALTER TABLE patient RENAME x TO phone; ALTER TABLE patient RENAME TO person;",
    )
    clinic.write("V0002__again.sql", "ALTER TABLE person RENAME TO people;")
    clinic.apply()
    plan = undoing(clinic)
    assert plan.sentences[1].endswith("No row was added, changed or deleted since.")
    assert not told(plan)


def test_what_was_dropped_since_comes_back_by_name(clinic: Migrating) -> None:
    clinic.write("V0001__drop.sql", "DROP TABLE visit; ALTER TABLE patient DROP COLUMN phone;")
    clinic.apply()
    plan = undoing(clinic)
    assert "“visit” comes back, with 3 rows." in plan.sentences
    assert "“patient”.“phone” comes back, with 1 value." in plan.sentences


def test_what_held_nothing_is_told_as_empty_and_what_is_computed_goes_by_name(clinic: Migrating) -> None:
    clinic.write("V0001__add.sql", "ALTER TABLE patient ADD COLUMN mail TEXT; CREATE TABLE empty (id INT);")
    clinic.apply()
    clinic.write(
        "V0002__drop.sql",
        "ALTER TABLE patient DROP COLUMN mail; DROP TABLE empty;"
        "ALTER TABLE patient ADD COLUMN letter TEXT AS (substr(name, 1, 1)); ALTER TABLE patient RENAME TO person;",
    )
    clinic.apply()
    sentences = undoing(clinic).sentences
    for said in ("“empty” comes back; it was empty.", "“person”.“mail” comes back; it was empty."):
        assert said in sentences, sentences
    assert "Besides go: computed column “letter” of “patient”." in sentences


def test_a_large_file_is_counted_and_the_plan_says_so(
    clinic: Migrating, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(since, "MOST_COMPARED_BYTES", 0)
    clinic.write("V0001__mail.sql", MAIL)
    clinic.apply()
    clinic.sql("INSERT INTO visit VALUES (7, 1, 'later', NULL)", "UPDATE patient SET phone = 5")
    plan = undoing(clinic)
    assert GOES[0] in plan.sentences
    assert "and what was written since: at least 1 row added, in 1 table." in plan.sentences[1]
    assert told(plan) == {"rows_written_since": ("At least 1 row of “visit” that was added since goes", ())}
    [finding] = [each for each in plan.findings if each.code == "rows_only_counted"]
    assert finding.remedies == ("Rehearse it: then every row is compared.",)
    whole = service.rehearse(clinic.catalog, plan, Context())
    assert whole.changes[0].updated == 2
    assert "2 values of “patient.phone”" in whole.checks[-1].detail


def test_a_full_text_table_that_goes_is_counted_once(clinic: Migrating) -> None:
    clinic.write("V0001__a.sql", "CREATE VIRTUAL TABLE words USING fts5 (w); INSERT INTO words VALUES ('a');")
    clinic.apply()
    clinic.sql("INSERT INTO words VALUES ('b')")
    plan = undoing(clinic)
    assert [each for each in plan.sentences if " goes" in each] == ["“words” goes, with 2 rows."]
    assert [each.table for each in plan.changes] == ["words"]


def test_what_cannot_be_compared_is_told_and_does_not_stop_the_plan(clinic: Migrating) -> None:
    clinic.write("V0001__mail.sql", MAIL)
    clinic.apply()
    with clinic.catalog.reading() as session:
        point = points.find(session, clinic.history()[0].restore_point).path
    whole = point.read_bytes()
    point.chmod(0o600)
    point.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    plan = undoing(clinic)
    assert plan.sentences[1] == "With it go “V0001__mail.sql”, and every row that was written since."
    (finding,) = [each for each in plan.findings if each.code == "not_compared"]
    assert "damaged" in finding.detail


def test_planning_can_be_stopped(clinic: Migrating) -> None:
    clinic.write("V0001__mail.sql", MAIL)
    clinic.apply()
    context = Context(report=lambda progress: context.cancel() if progress.note == "patient" else None)
    with pytest.raises(Cancelled):
        undoing(clinic, context)


def test_rows_of_erased_persons_are_not_said_to_come_back(clinic: Migrating) -> None:
    clinic.write("V0001__mail.sql", MAIL)
    clinic.apply()
    known = clinic.wanted().database_id
    ledger = Ledger(clinic.catalog, known, own_key(open_secrets(), known))
    ledger.erase(clinic.path, "visit", "id = 3", at=clock.to_text(clock.now()))
    clinic.sql("DELETE FROM visit WHERE id = 2")
    assert told(undoing(clinic))["rows_deleted_since"] == (
        "1 row of “visit” that was deleted since comes back",
        ((2,),),
    )


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.integers(1, 30), st.sampled_from((None, "x", "y"))),
        st.tuples(st.just("update"), st.integers(1, 30), st.sampled_from((None, "x", "y"))),
        st.tuples(st.just("delete"), st.integers(1, 30), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OPERATIONS)
def test_any_writes_are_counted_as_they_are(
    catalog: Catalog, writes: list[tuple[str, int, str | None]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clinic = Migrating(Path(folder), catalog)
        clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
        clinic.apply()
        before = {row[0]: row for row in clinic.all("SELECT id, name, phone FROM patient")}
        for what, number, value in writes:
            text = "NULL" if value is None else f"'{value}'"
            clinic.sql(
                {
                    "insert": f"INSERT OR IGNORE INTO patient VALUES ({number}, 'new', {text})",
                    "update": f"UPDATE patient SET phone = {text} WHERE id = {number}",
                    "delete": f"DELETE FROM patient WHERE id = {number}",
                }[what]
            )
        after = {row[0]: row for row in clinic.all("SELECT id, name, phone FROM patient")}
        found = [each for each in undoing(clinic).changes if each.table == "patient"]
        counted = tuple((each.inserted, each.updated, each.deleted) for each in found)
        both = before.keys() & after.keys()
        changed = sum(before[key] != after[key] for key in both)
        expected = (len(before.keys() - after.keys()), changed, len(after.keys() - before.keys()))
        assert counted == ((expected,) if any(expected) else ())
