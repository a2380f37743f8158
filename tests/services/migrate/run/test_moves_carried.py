"""The policy goes along where a migration moves columns into another table or swaps names, and comes back."""

from __future__ import annotations

from typing import Any

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog, journal
from steward_app.catalog.classified import classified
from steward_app.catalog.journal import Phase
from steward_app.catalog.policy import PolicyDocument, policy_path, read_policy
from steward_app.db import open_read
from steward_app.kernel.errors import Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.edit.model import MergeTable, SplitTable
from steward_app.services.migrate.files import from_edits, save
from steward_app.services.migrate.rehearsal.model import Moved, PersonalDifference
from steward_app.services.migrate.run import carried, series, service
from steward_app.services.operation import pipeline, settle

POLICY = """version: 1
tables:
  patient:
    columns:
      name:
        comment: as written  # ours
      phone:
        comment: with area code
classification:
  tables:
    patient:
      purpose: care
      columns:
        name: {type: name}
        phone: {type: phone, retention: 1 year}
"""
SPLIT = SplitTable("patient", "contact", ("phone",), "patient_id")
SWAP = "".join(
    f"ALTER TABLE patient RENAME {before} TO {after};"
    for before, after in (("name", "x"), ("phone", "name"), ("x", "phone"))
)


class Killed(BaseException):
    """The process is gone."""


def killed(*_: object, **__: object) -> Any:
    raise Killed


@pytest.fixture(autouse=True)
def policy(clinic: Migrating) -> None:
    clinic.sql("DROP VIEW names")
    policy_path(clinic.path).write_text(POLICY)


def divide(clinic: Migrating, edit: SplitTable | MergeTable) -> None:
    with open_read(clinic.path) as session:
        save(from_edits(session, [edit], clinic.folder, "Divide it"))


def said(clinic: Migrating) -> PolicyDocument:
    return read_policy(clinic.path)


def settled(clinic: Migrating) -> list[str]:
    known = clinic.wanted().database_id
    found = settle(clinic.catalog, known, clinic.path, service.settled_by())
    return [str(each.data["note"]) for each in found]


def dies(clinic: Migrating, monkeypatch: pytest.MonkeyPatch, where: object, name: str) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(where, name, killed)
        patched.setattr(pipeline, "_end_badly", lambda *_, **__: None)
        with pytest.raises(Killed):
            clinic.apply()


def test_the_policy_goes_along_with_a_split_and_comes_back(clinic: Migrating) -> None:
    before = said(clinic).policy
    divide(clinic, SPLIT)
    plan = clinic.plan()
    assert "“patient”.“phone” is “contact”.“phone” afterwards." in plan.sentences
    undecided = next(each for each in plan.findings if each.code == "new_columns_undecided")
    assert undecided.detail == "“contact”.“patient_id”"

    receipt = clinic.apply(plan)

    assert "; the policy follows 1 column that moved" in receipt.sentence
    policy = said(clinic).policy
    assert policy.tables["contact"].columns["phone"].comment == "with area code"
    assert policy.classification is not None
    there = policy.classification.tables["contact"]
    assert (there.purpose, there.columns["phone"].retention) == ("care", "1 year")
    assert there.columns["phone"].belongs_to == ["patient_id"]
    assert classified(clinic.path).is_personal("contact", "phone")
    assert classified(clinic.path).is_personal("patient", "phone") is None
    assert clinic.history()[-1].renames == (("patient", "phone", "phone", "contact", "patient_id", ""),)

    clinic.undo()
    assert said(clinic).policy == before


def test_the_policy_goes_along_with_a_merge_and_comes_back(clinic: Migrating) -> None:
    divide(clinic, SPLIT)
    clinic.apply()
    split = said(clinic).policy
    divide(clinic, MergeTable("patient", "contact", "patient_id", (("phone", "number"),), complete=True))

    clinic.apply()

    policy = said(clinic).policy
    assert policy.classification is not None
    assert list(policy.classification.tables) == ["patient"]
    assert policy.classification.tables["patient"].columns["number"].type == "phone"
    assert policy.tables["patient"].columns["number"].comment == "with area code"
    assert classified(clinic.path).is_personal("contact", "phone") is None
    clinic.undo()
    assert said(clinic).policy == split


def test_a_restore_point_brings_the_policy_back_too(clinic: Migrating) -> None:
    before = said(clinic).policy
    divide(clinic, SPLIT)
    for path in clinic.folder.glob("U*"):
        path.unlink()
    clinic.apply()
    clinic.undo()
    assert said(clinic).policy == before


def test_a_rehearsal_says_that_a_personal_column_moved(clinic: Migrating, catalog: Catalog) -> None:
    divide(clinic, SPLIT)
    clinic.write("V0002__call.sql", "ALTER TABLE contact RENAME phone TO number;")

    report = service.rehearse_fully(catalog, clinic.plan(), Context()).report

    assert report is not None
    assert PersonalDifference(Moved.MOVED, "contact", "number", "patient", "phone") in report.personal
    assert [each for each in report.personal if each.kind is Moved.GONE] == []
    assert {each.column for each in report.personal if each.kind is not Moved.MOVED} == {"patient_id"}
    told = next(each for each in report.findings if each.code == "personal_moved")
    assert told.title == "“patient.phone”, which is personal, moved: it is “contact.number” now"


def test_a_rehearsal_finds_the_values_of_a_split_in_the_other_table(
    clinic: Migrating, catalog: Catalog
) -> None:
    divide(clinic, SPLIT)
    report = service.rehearse_fully(catalog, clinic.plan(), Context()).report
    assert report is not None
    [phone] = next(each for each in report.changed_tables if each.name == "patient").columns
    assert (phone.words, phone.lost) == ("moved to “contact.phone”", 0)
    assert report.values_lost == 0
    assert not [each for each in report.findings if each.code == "values_lost"]


def test_a_rehearsal_says_what_a_file_loses_that_says_it_moves(clinic: Migrating, catalog: Catalog) -> None:
    clinic.write(
        "V0001__m.sql",
        "-- steward: moves patient.phone to contact.phone by contact.patient_id\n"
        "CREATE TABLE contact (patient_id INTEGER PRIMARY KEY, phone);\n"
        "INSERT INTO contact SELECT id, CAST(phone AS INT) FROM patient;\n"
        "ALTER TABLE patient DROP phone;",
    )
    report = service.rehearse_fully(catalog, clinic.plan(), Context()).report
    assert report is not None
    assert report.values_lost == 1
    assert [each.title for each in report.findings if each.code == "values_lost"] == [
        "“patient.phone” is gone, with 1 value"
    ]


def test_what_moved_and_came_back_in_one_series_is_where_it_was(clinic: Migrating, catalog: Catalog) -> None:
    divide(clinic, SPLIT)
    [back] = clinic.folder.glob("U*")
    back.rename(clinic.folder / "V0002__back.sql")
    plan = clinic.plan()
    assert not any("afterwards" in each for each in plan.sentences)
    report = service.rehearse_fully(catalog, plan, Context()).report
    assert report is not None and report.personal == ()
    before = said(clinic).policy
    clinic.apply()
    assert said(clinic).policy == before


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("CREATE TABLE contact (phone);", "“patient”.“phone” is still there"),
        ("ALTER TABLE patient DROP phone;", "there is no “contact”.“phone”"),
    ],
)
def test_a_file_that_does_not_move_what_it_says_is_rolled_back(
    clinic: Migrating, text: str, why: str
) -> None:
    clinic.write("V0001__m.sql", f'-- steward: moves patient.phone to "contact"."phone"\n{text}')
    with pytest.raises(Failure, match=why):
        clinic.apply()
    assert said(clinic).text() == POLICY
    assert clinic.history() == ()


@pytest.mark.parametrize(
    "words", ["patient.phone", "patient.phone to patient.x", "a.b to c.d by e.f", "a to b"]
)
def test_a_remark_that_cannot_be_understood_is_told(clinic: Migrating, words: str) -> None:
    clinic.write("V0001__m.sql", f"-- steward: moves {words}\nCREATE TABLE a (x);")
    with pytest.raises(UsageError, match="cannot be understood"):
        clinic.plan()


def test_names_of_every_kind_are_said_and_read(clinic: Migrating) -> None:
    clinic.sql(
        'CREATE TABLE "a b.""c"" to d" (id INTEGER PRIMARY KEY, "é ""by"" x" TEXT, "new\nline" TEXT, "${p}" TEXT)'
    )
    odd = ('é "by" x', "new\nline", "${p}")
    divide(clinic, SplitTable('a b."c" to d', 'é"1', odd, "of"))
    clinic.apply()
    moved = {each[1] for each in clinic.history()[-1].renames}
    assert moved == {'é "by" x', "${p}"}  # a remark has one line: what has two is asked for
    clinic.undo()


def test_names_that_are_swapped_are_carried(clinic: Migrating) -> None:
    clinic.write("V0001__s.sql", SWAP)
    receipt = clinic.apply()
    assert "the policy follows 2 new names" in receipt.sentence
    columns = said(clinic).policy.tables["patient"].columns
    assert (columns["phone"].comment, columns["name"].comment) == ("as written", "with area code")


@pytest.mark.parametrize(("where", "name"), [(series, "follow"), (PolicyDocument, "save")])
def test_a_swap_that_a_crash_left_is_carried_when_it_is_settled(
    clinic: Migrating, monkeypatch: pytest.MonkeyPatch, where: object, name: str
) -> None:
    clinic.write("V0001__s.sql", SWAP)
    dies(clinic, monkeypatch, where, name)
    assert said(clinic).text() == POLICY

    [note] = settled(clinic)

    assert "the policy follows 2 new names" in note
    assert said(clinic).policy.tables["patient"].columns["phone"].comment == "as written"
    assert settled(clinic) == []


def test_a_swap_that_was_carried_before_a_crash_is_not_carried_again(
    clinic: Migrating, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.write("V0001__s.sql", SWAP)
    dies(clinic, monkeypatch, series, "Outcome")
    carried_once = said(clinic).text()
    assert carried_once != POLICY

    [note] = settled(clinic)

    assert "policy" not in note
    assert said(clinic).text() == carried_once


def test_two_tables_that_swap_their_names_are_carried_after_a_crash_and_come_back(
    clinic: Migrating, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = said(clinic)
    policy.set_comment("visit", "", "a visit")
    policy.set_comment("patient", "", "a patient")
    policy.save()
    before = said(clinic).text()
    clinic.write(
        "V0001__s.sql",
        "ALTER TABLE patient RENAME TO x; ALTER TABLE visit RENAME TO patient; ALTER TABLE x RENAME TO visit;",
    )
    dies(clinic, monkeypatch, series, "follow")
    settled(clinic)
    tables = said(clinic).policy.tables
    assert (tables["patient"].comment, tables["visit"].comment) == ("a visit", "a patient")
    clinic.undo()
    assert said(clinic).text() == before


def test_the_journal_tells_before_the_policy_is_written(clinic: Migrating, catalog: Catalog) -> None:
    clinic.write("V0001__s.sql", SWAP)
    clinic.apply()
    with catalog.reading() as session:
        [note] = journal.events(session, operation=carried.OPERATION, phases=(Phase.NOTE,))
    assert note.data["sentence"] == "The policy follows 2 new names"
    assert note.data["file"] == "V0001__s.sql"
