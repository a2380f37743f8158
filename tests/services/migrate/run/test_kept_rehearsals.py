"""Rehearsals are kept with what they found, as long as nobody rehearses the same plan again."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog, rehearsals
from steward_app.db import open_read
from steward_app.kernel.errors import Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.services.migrate.folder import folder_of, keep_folder
from steward_app.services.migrate.rehearsal.model import Report
from steward_app.services.migrate.run import kept, service
from steward_app.services.migrate.status import status


def test_a_report_is_read_back_as_it_was(clinic: Migrating, catalog: Catalog) -> None:
    clinic.write("V0001__mail.sql", "ALTER TABLE patient ADD COLUMN mail TEXT; UPDATE patient SET phone = 2;")
    plan = clinic.plan()
    result = service.rehearse_fully(catalog, plan, Context())

    found = kept.kept_for(catalog, plan)
    assert found is not None and found.passed and not found.failed
    assert [file for file, _ in found.files] == ["V0001__mail.sql"]
    read_back = kept.result_of(catalog, found)
    assert read_back.rehearsal == result.rehearsal
    assert read_back.report is not None and result.report is not None
    assert [each.words for table in read_back.report.tables for each in table.columns] == [
        each.words for table in result.report.tables for each in table.columns
    ]


def test_what_did_not_go_through_is_named(clinic: Migrating, catalog: Catalog) -> None:
    clinic.write("V0001__fine.sql", "CREATE TABLE a (x);")
    clinic.write("V0002__bad.sql", "CREATE TABLE a (x);")
    plan = clinic.plan()
    assert not service.rehearse_fully(catalog, plan, Context()).rehearsal.passed
    found = kept.kept_for(catalog, plan)
    assert found is not None and not found.passed and found.failed == "V0002__bad.sql"
    assert kept.result_of(catalog, found).report is None
    with pytest.raises(Refused) as refused:
        service.apply(catalog, plan, Context())
    assert refused.value.message == "The last rehearsal of this plan did not go through."


def told(clinic: Migrating) -> dict[str, str]:
    """What is said of each file that waits: how its last rehearsal ended for it."""
    with open_read(clinic.path) as session:
        entries = status(session, clinic.folder).entries
    every = kept.kept_of(clinic.catalog, clinic.wanted().database_id)
    found = {each.file: kept.newest_of(every, each) for each in entries}
    return {
        each.file: "" if (last := found[each.file]) is None else str(kept.went_through(last, each))
        for each in entries
    }


def test_each_file_of_a_series_is_told_that_it_went_through(clinic: Migrating, catalog: Catalog) -> None:
    clinic.write("V0001__a.sql", "CREATE TABLE a (x);")
    clinic.write("V0002__b.sql", "CREATE TABLE b (x);")
    clinic.write("R__c.sql", "DROP VIEW names; CREATE VIEW names AS SELECT id FROM patient;")
    service.rehearse_fully(catalog, clinic.plan(), Context())
    assert told(clinic) == {"V0001__a.sql": "True", "V0002__b.sql": "True", "R__c.sql": "True"}
    clinic.write("V0002__b.sql", "CREATE TABLE b (y);")
    assert told(clinic) == {"V0001__a.sql": "True", "V0002__b.sql": "", "R__c.sql": "True"}


def test_where_a_series_stopped_the_files_before_went_through_and_those_after_did_not_run(
    clinic: Migrating, catalog: Catalog
) -> None:
    for number, sql in enumerate(("CREATE TABLE a (x);", "CREATE TABLE a (x);", "CREATE TABLE c (x);"), 1):
        clinic.write(f"V000{number}__t.sql", sql)
    service.rehearse_fully(catalog, clinic.plan(), Context())
    assert told(clinic) == {"V0001__t.sql": "True", "V0002__t.sql": "False", "V0003__t.sql": ""}


def test_the_same_plan_is_kept_once_and_another_is_another(clinic: Migrating, catalog: Catalog) -> None:
    clinic.write("V0001__fine.sql", "CREATE TABLE a (x);")
    first = clinic.plan()
    service.rehearse_fully(catalog, first, Context())
    service.rehearse_fully(catalog, clinic.plan(), Context())
    assert len(kept.kept_of(catalog, first.database_id)) == 1
    clinic.write("V0001__fine.sql", "CREATE TABLE b (x);")
    assert kept.kept_for(catalog, clinic.plan()) is None
    service.rehearse_fully(catalog, clinic.plan(), Context())
    assert len(kept.kept_of(catalog, first.database_id)) == 2


def test_one_that_is_gone_says_so(clinic: Migrating, catalog: Catalog) -> None:
    clinic.write("V0001__fine.sql", "CREATE TABLE a (x);")
    plan = clinic.plan()
    service.rehearse_fully(catalog, plan, Context())
    old = kept.kept_for(catalog, plan)
    service.rehearse_fully(catalog, plan, Context())
    assert old is not None
    with pytest.raises(Failure, match="not there any more"):
        kept.result_of(catalog, old)


def test_somebody_may_look_while_the_copies_are_there(clinic: Migrating, catalog: Catalog) -> None:
    seen: list[tuple[bool, bool]] = []

    def look(before: Path, after: Path, report: Report, context: Context) -> None:
        seen.append((before.exists(), after.exists()))

    clinic.write("V0001__fine.sql", "CREATE TABLE a (x);")
    service.rehearse_fully(catalog, clinic.plan(), Context(), look=look)
    assert seen == [(True, True)]


def test_another_folder_is_kept_when_it_is_chosen_anew(clinic: Migrating) -> None:
    first, second = clinic.folder.with_name("one"), clinic.folder.with_name("two")
    for each in (first, second):
        each.mkdir()
    assert keep_folder(clinic.path, first)
    assert not keep_folder(clinic.path, second)
    assert folder_of(clinic.path) == first
    assert keep_folder(clinic.path, second, anew=True)
    assert folder_of(clinic.path) == second


def test_no_key_of_a_row_is_kept(tmp_path: Path, catalog: Catalog) -> None:
    sql = (
        "CREATE TABLE t (k PRIMARY KEY, v TEXT) WITHOUT ROWID;"
        "INSERT INTO t VALUES (x'fffe', 'a'), ('ada@example.org', 'b'), ('bo@example.org', 'b');"
    )
    keyed = Migrating(tmp_path, catalog, sql)
    keyed.write("V0001__v.sql", "UPDATE t SET v = 'c'; DELETE FROM t WHERE k = 'bo@example.org';")
    plan = keyed.plan()
    made = service.rehearse_fully(catalog, plan, Context())
    assert "ada@example.org" in repr(made.report) and "bo@example.org" in repr(made.report)

    found = kept.kept_for(catalog, plan)
    assert found is not None
    with catalog.reading() as session:
        text = rehearsals.result_of(session, found.operation_id)

    assert "example.org" not in text
    report = kept.result_of(catalog, found).report
    assert report is not None
    (table,) = report.changed_tables
    assert (table.changed, table.lost, table.sample_lost) == (2, 1, ())
