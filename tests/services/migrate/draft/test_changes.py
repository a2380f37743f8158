"""A list of changes over several tables: one begins where the last one ended, and one file makes them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import Session, open_read, open_write
from steward_app.db.runner import unenforced
from steward_app.db.script import split
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.services.migrate.draft.adding import (
    add_division,
    add_table,
    rows_of,
    try_division,
    try_table,
)
from steward_app.services.migrate.draft.change_list import ChangeList, begun, left_by, take_away
from steward_app.services.migrate.draft.divide import Division, Matched, partners
from steward_app.services.migrate.draft.model import Draft, DraftColumn, Rule, RuleKind
from steward_app.services.migrate.draft.outlook import outlook, write_all
from steward_app.services.migrate.draft.read import draft_of
from steward_app.services.migrate.draft.sentences import sentence_of, title_of
from steward_app.services.migrate.edit.model import MergeTable, SplitTable
from steward_app.services.migrate.files import NewMigration
from steward_app.services.schema.erd.model import Diagram
from steward_app.services.schema.introspect import read_schema

ODD = 'a "new"\none'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, phone TEXT, size INT)",
            "CREATE TABLE badge(id INTEGER PRIMARY KEY, holder INT REFERENCES person(id), colour TEXT)",
            "CREATE TABLE visit(id INTEGER PRIMARY KEY, day TEXT, person INT REFERENCES person(id))",
            "CREATE TABLE tag(of INTEGER PRIMARY KEY REFERENCES person(id), word TEXT)",
            "CREATE VIEW days AS SELECT day FROM visit",
            "INSERT INTO person VALUES (1, 'Ann', NULL, 2), (2, 'Bob', '5', 3)",
            "INSERT INTO badge VALUES (7, 1, 'red'), (8, NULL, 'blue')",
            "INSERT INTO visit VALUES (1, NULL, 1)",
        )
        .build()
    )


@pytest.fixture
def session(path: Path) -> Iterator[Session]:
    with open_read(path) as session:
        yield session


def draft(session: Session, changes: ChangeList, table: str) -> Draft:
    """A table as the changes leave it."""
    with left_by(session, changes) as empty:
        schema = read_schema(empty)
    found = schema.table(table)
    assert found is not None
    return draft_of(schema, found)


def put(base: Draft, column: str, **fields: object) -> Draft:
    """The draft with other fields of a column."""
    columns = (replace(each, **fields) if each.name == column else each for each in base.columns)  # type: ignore[arg-type]
    return replace(base, columns=tuple(columns))


def changed(session: Session, changes: ChangeList, base: Draft, now: Draft) -> ChangeList:
    found = add_table(session, changes, base, now)
    assert isinstance(found, ChangeList), found
    return found


def with_column(
    session: Session, changes: ChangeList, table: str, column: str, **fields: object
) -> ChangeList:
    base = draft(session, changes, table)
    return changed(session, changes, base, put(base, column, **fields))


def divided(session: Session, changes: ChangeList, edit: Division) -> ChangeList:
    found = add_division(session, changes, edit)
    assert isinstance(found, ChangeList), found
    return found


def sentences(changes: ChangeList) -> list[str]:
    return [sentence_of(edit) for edit in changes.shown]


def applied(path: Path, changes: ChangeList) -> str:
    """Write the changes, and run what was written; the text of the file."""
    with open_read(path) as session:
        new = write_all(session, changes, path.parent / "migrations", title_of(changes.shown))
        assert isinstance(new, NewMigration), new
    with open_write(path) as writing, unenforced(writing), writing.transaction():
        for statement in split(new.text):
            writing.run(statement.sql)
    return new.text


def test_several_tables_and_a_split_become_one_file(path: Path, session: Session) -> None:
    changes = with_column(session, begun(session), "visit", "day", name="on_day")
    changes = divided(session, changes, SplitTable("person", "contact", ("phone",), "person_id"))
    base = draft(session, changes, "contact")
    more = replace(base, columns=(*base.columns, DraftColumn(ODD, declared_type="TEXT")))
    changes = changed(session, changes, base, more)
    assert sentences(changes) == [
        "Rename column “day” of “visit” to “on_day”",
        "Move “phone” of “person” into the new table “contact”",
        'Add column “a "new"␤one” to “contact”',
    ]
    found = outlook(session, changes, Path("none"))
    assert found.problems == ()
    assert {box.table for box in found.map.boxes if box.mark} == {"visit", "person", "contact"}
    assert "CREATE VIEW days AS SELECT on_day FROM visit;" in found.after.replace('"on_day"', "on_day")
    assert title_of(changes.shown) == "Change visit, person and contact"
    text = applied(path, changes)
    assert f"-- * {sentences(changes)[0]}.\n" in text
    assert "No value is lost." in text
    assert "-- steward: moves" in text
    with open_read(path) as after:
        assert after.all("SELECT person_id, phone FROM contact") == [(1, None), (2, "5")]


def test_values_are_computed_from_what_the_change_before_left(path: Path, session: Session) -> None:
    changes = with_column(session, begun(session), "person", "size", declared_type="TEXT", using="size * 10")
    changes = with_column(session, changes, "person", "size", declared_type="REAL", using="size + 1")
    assert len(changes.shown) == 2
    applied(path, changes)
    with open_read(path) as after:
        assert after.all("SELECT size FROM person") == [(21.0,), (31.0,)]


def test_what_a_later_one_needs_stays_and_is_named(session: Session) -> None:
    changes = with_column(session, begun(session), "visit", "day", name="on_day")
    changes = with_column(session, changes, "person", "name", declared_type="BLOB")
    changes = with_column(session, changes, "visit", "on_day", default="'-'")
    with pytest.raises(Refused) as refused:
        take_away(session, changes, 0)
    assert refused.value.message == (
        "Change 3 of the list needs change 1: Give column “on_day” of “visit” the default “'-'”."
    )
    assert refused.value.hint == "Nothing was changed. Take that away first."
    left = take_away(session, take_away(session, changes, 2), 0)
    assert sentences(left) == ["Give column “name” of “person” the type “BLOB”"]
    assert take_away(session, left, 0).parts == ()


def test_what_does_not_go_together_is_said_when_it_is_added(session: Session) -> None:
    base = draft(session, begun(session), "person")
    renamed = changed(session, begun(session), base, replace(base, name="human"))
    edit = SplitTable("human", "contact", ("phone",), "of")
    why = "“human” loses a column or name and is split in the same migration. Write a migration for each."
    assert [each.sentence for each in try_division(session, renamed, edit).problems] == [why]
    assert isinstance(add_division(session, renamed, edit), tuple)
    changes = divided(session, begun(session), replace(edit, table="person"))
    base = draft(session, changes, "contact")
    found = try_table(session, changes, base, replace(base, name="address"))
    assert [each.sentence for each in found.problems] == [
        "“contact” loses a column or name and is split in the same migration. Write a migration for each."
    ]


def test_rows_are_looked_for_under_the_names_they_have_in_the_file(session: Session) -> None:
    base = draft(session, begun(session), "visit")
    changes = changed(session, begun(session), base, replace(put(base, "day", name="on_day"), name="stay"))
    base = draft(session, changes, "stay")
    found = add_table(session, changes, base, put(base, "on_day", not_null=True))
    assert isinstance(found, tuple)
    assert [(each.place.number, each.place.field) for each in found] == [(1, "fill")]
    assert isinstance(add_table(session, changes, base, put(base, "person", not_null=True)), ChangeList)

    added = replace(base, columns=(*base.columns, DraftColumn("note"), DraftColumn("kind", default="'x'")))
    changes = changed(session, changes, base, added)
    base = draft(session, changes, "stay")
    found = add_table(session, changes, base, put(put(base, "note", not_null=True), "kind", not_null=True))
    assert isinstance(found, tuple)
    assert [each.place.number for each in found] == [3]  # a row has the default of the other

    new = changed(session, changes, Draft(""), Draft("new", columns=(DraftColumn("a"),)))
    base = draft(session, new, "new")
    assert isinstance(add_table(session, new, base, put(base, "a", not_null=True)), ChangeList)


def test_values_that_another_change_makes_are_not_looked_for(session: Session) -> None:
    changes = with_column(session, begun(session), "visit", "day", declared_type="INT", using="1")
    base = draft(session, changes, "visit")
    assert isinstance(add_table(session, changes, base, put(base, "day", not_null=True)), ChangeList)
    split_off = divided(session, begun(session), SplitTable("person", "contact", ("phone",), "of"))
    base = draft(session, split_off, "contact")
    assert isinstance(add_table(session, split_off, base, put(base, "phone", not_null=True)), tuple)


def test_a_table_that_may_be_merged_after_a_change_is_counted_in_the_file(
    path: Path, session: Session
) -> None:
    none = begun(session)
    base = draft(session, none, "badge")
    once = replace(base, rules=(*base.rules, Rule(RuleKind.UNIQUE, "holder")))
    changes = changed(session, none, base, once)
    with left_by(session, changes) as empty:
        schema = read_schema(empty)
    person = schema.table("person")
    assert person is not None
    assert [each.why_not for each in partners(schema, person) if each.table.name == "badge"] == [""]
    edit = MergeTable("person", "badge", "holder", (("id", "badge_id"),))
    assert rows_of(session, changes, edit) == Matched(alone=1, without=1)
    found = add_division(session, changes, edit)
    assert isinstance(found, tuple)
    assert found[0].sentence.startswith("1 row of “badge” belongs to no row of “person”")


def test_a_table_of_the_list_itself_has_no_rows_to_count(session: Session) -> None:
    link = Rule(RuleKind.LINK, "of", parent="person")
    columns = (DraftColumn("of", declared_type="INTEGER", key=1), DraftColumn("note"))
    changes = changed(session, begun(session), Draft(""), Draft("extra", columns=columns, rules=(link,)))
    edit = MergeTable("person", "extra", "of")
    assert rows_of(session, changes, edit) == Matched(alone=0, without=2)
    assert sentences(divided(session, changes, edit))[1] == "Merge table “extra” into “person”"


def test_another_schema_meanwhile_is_refused_and_nothing_is_written(path: Path, session: Session) -> None:
    changes = with_column(session, begun(session), "visit", "day", name="on_day")
    with open_write(path) as other, other.transaction():
        other.run("CREATE TABLE late(a)")
    with open_read(path) as now:
        for attempt in (
            lambda: outlook(now, changes, Path("none")),
            lambda: write_all(now, changes, path.parent / "m", "Do"),
        ):
            with pytest.raises(Refused) as refused:
                attempt()
            assert refused.value.code is ErrorCode.STALE_PLAN
    assert not (path.parent / "m").exists()


def test_what_cannot_be_made_any_more_is_in_the_way(session: Session) -> None:
    base = draft(session, begun(session), "visit")
    view = next(each for each in base.objects if each.kind == "view")
    now = replace(
        base,
        columns=base.columns[:1],
        objects=(replace(view, sql="CREATE VIEW days AS SELECT id FROM visit"),),
    )
    changes = changed(session, begun(session), base, now)
    assert outlook(session, changes, Path("none")).problems == ()
    cut = replace(changes, parts=(changes.parts[0][1:],))
    found = outlook(session, cut, Path("none"))
    assert len(found.problems) == 1
    assert (found.statements, found.map) == ((), Diagram((), ()))


def test_rows_are_asked_again_when_the_file_is_written(path: Path, session: Session) -> None:
    changes = with_column(session, begun(session), "visit", "day", declared_type="INT", using="1")
    changes = with_column(session, changes, "visit", "day", not_null=True)
    changes = divided(session, changes, MergeTable("person", "tag", "of"))
    with open_write(path) as other, unenforced(other), other.transaction():
        other.run("INSERT INTO tag VALUES (9, 'x')")
    left = take_away(session, changes, 0)
    found = write_all(session, left, path.parent / "m", "Do")
    assert isinstance(found, tuple)
    assert [each.sentence for each in found] == [
        "Change 1, Column “day” of “visit” must have a value: there are rows without a value.",
        "Change 2, Merge table “tag” into “person”: "
        "1 row of “tag” belongs to no row of “person” and would be lost. Mend that first.",
    ]
    assert not (path.parent / "m").exists()


def test_a_list_is_applied_and_taken_back_with_every_row(tmp_path: Path, catalog: Catalog) -> None:
    clinic = Migrating(tmp_path, catalog)
    with open_read(clinic.path) as session:
        changes = with_column(session, begun(session), "visit", "note", default="'-'")
        changes = divided(session, changes, SplitTable("patient", "contact", ("phone",), "patient_id"))
        changes = with_column(session, changes, "visit", "note", name="remark")
        changes = with_column(session, changes, "contact", "phone", default="'none'")
        write_all(session, changes, clinic.folder, "Split and more")
    rows = clinic.all("SELECT * FROM patient"), clinic.all("SELECT * FROM visit")
    clinic.apply()
    assert clinic.all("SELECT patient_id, phone FROM contact") == [(1, "1"), (2, None)]
    assert clinic.all("SELECT remark FROM visit WHERE id = 1") == [("a",)]
    clinic.undo()
    assert (clinic.all("SELECT * FROM patient"), clinic.all("SELECT * FROM visit")) == rows


def test_what_waits_in_the_folder_comes_first(path: Path, session: Session) -> None:
    folder = path.parent / "migrations"
    first = with_column(session, begun(session), "visit", "day", name="on_day")
    assert isinstance(write_all(session, first, folder, "Day"), NewMigration)
    again = with_column(session, begun(session), "visit", "day", name="date")
    found = outlook(session, again, folder)
    assert len(found.problems) == 1
    assert found.problems[0].sentence.startswith("After “V0001__day.sql”, which waits to be applied: ")
    other = with_column(session, begun(session), "person", "phone", name="tel")
    assert outlook(session, other, folder).problems == ()


def test_a_foreign_key_without_what_it_points_to_is_in_the_way(session: Session) -> None:
    base = draft(session, begun(session), "person")
    found = try_table(session, begun(session), base, put(put(base, "id", key=0), "name", key=1))
    assert len(found.problems) == 1
    assert "“person” would have no key that the foreign key of" in found.problems[0].sentence


def test_a_table_that_others_point_to_goes_after_them(session: Session) -> None:
    changes = begun(session)
    base = draft(session, changes, "person")
    found = try_table(session, changes, base, replace(base, gone=True))
    assert [each.sentence for each in found.problems] == [
        "“person” would be gone, and foreign keys point to it: of “badge”, “visit”, “tag”."
    ]
    for child in ("badge", "visit", "tag"):
        before = draft(session, changes, child)
        changes = changed(session, changes, before, replace(before, gone=True, objects=()))
    assert try_table(session, changes, base, replace(base, gone=True)).problems == ()
