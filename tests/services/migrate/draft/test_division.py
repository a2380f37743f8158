"""A split or merge before it is written: what may be, what is in the way, and the migration."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read, open_write
from steward_app.db.runner import unenforced
from steward_app.services.migrate.draft.adding import add_division, rows_of
from steward_app.services.migrate.draft.change_list import ChangeList, begun
from steward_app.services.migrate.draft.divide import (
    Division,
    Matched,
    cannot_be_split,
    partners,
    preview_division,
)
from steward_app.services.migrate.draft.outlook import write_all
from steward_app.services.migrate.edit.model import MergeTable, SplitTable
from steward_app.services.migrate.files import NewMigration
from steward_app.services.migrate.lint import lint
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Table

ODD = 'a "new"\none'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, born INT)",
            "CREATE TABLE badge(person_id INTEGER PRIMARY KEY REFERENCES person, id INT, colour TEXT NOT NULL)",
            "CREATE TABLE visit(id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person)",
            "CREATE TABLE lone(a, b)",
            "CREATE TABLE bare(id INTEGER PRIMARY KEY)",
            "INSERT INTO person VALUES (1, 'Ann', 1900), (2, 'Bob', NULL)",
            "INSERT INTO badge VALUES (1, 4, 'red')",
        )
        .build()
    )


def table(path: Path, name: str) -> Table:
    with open_read(path) as session:
        found = read_schema(session).table(name)
        assert found is not None
        return found


def problems(path: Path, edit: Division) -> list[tuple[str, str]]:
    with open_read(path) as session:
        found = preview_division(session, edit)
        assert found.before == found.after
        return [(each.place.field, each.sentence) for each in found.problems]


def written(path: Path, edit: Division) -> NewMigration:
    with open_read(path) as session:
        changes = add_division(session, begun(session), edit)
        assert isinstance(changes, ChangeList)
        new = write_all(session, changes, path.parent / "migrations", "Divide it")
        assert isinstance(new, NewMigration)
        return new


def test_only_a_table_with_a_key_and_more_can_be_split(path: Path) -> None:
    assert cannot_be_split(table(path, "person")) == ""
    assert "no primary key of one column" in cannot_be_split(table(path, "lone"))
    assert cannot_be_split(table(path, "bare")) == "“bare” has no other column than its key."


def test_tables_that_point_here_can_be_merged_or_say_why_not(path: Path) -> None:
    with open_read(path) as session:
        schema = read_schema(session)
    found = partners(schema, table(path, "person"))
    assert [(each.table.name, each.key, bool(each.why_not)) for each in found] == [
        ("badge", "person_id", False),
        ("visit", "person_id", True),
    ]
    assert partners(schema, table(path, "lone")) == ()


def test_names_that_cannot_be_are_said_at_their_fields(path: Path) -> None:
    assert problems(path, SplitTable("person", "sqlite_x", (), "")) == [
        ("columns", "Choose the columns that move."),
        ("into", "Names that begin with sqlite_ are kept for SQLite."),
        ("key", "A name is missing."),
    ]
    taken = "Another column has this name. Capitals do not count."
    assert problems(path, SplitTable("person", "VISIT", ("born",), "Born")) == [
        ("into", "There is a table or view of this name already."),
        ("key", taken),
    ]
    assert problems(path, MergeTable("person", "badge", "person_id")) == [("name", taken)]
    called = (("id", "colour"),)
    assert problems(path, MergeTable("person", "badge", "person_id", called)) == [("name", taken)]


def test_what_cannot_be_tried_says_what_to_do(path: Path) -> None:
    said = problems(path, SplitTable("lone", "other", ("a",), "lone_id"))
    why = "“lone” has no primary key of one column that always has a value. Give it one first."
    assert said == [("", why)]


def test_a_split_is_written_with_its_way_back_and_is_no_loss_for_lint(path: Path) -> None:
    new = written(path, SplitTable("person", ODD, ("born",), "of"))
    assert new.undo_path is not None
    assert "No value is lost." in new.text
    with open_read(path) as session:
        found = lint(session, [new.migration]).problems
    told = {each.finding.code for each in found if not each.accepted}
    assert not told & {"column_dropped", "column_not_copied", "table_dropped", "rows_not_copied"}


def test_rows_are_counted_before_a_merge(path: Path) -> None:
    edit = MergeTable("person", "badge", "person_id", (("id", "number"),))
    with open_read(path) as session:
        assert rows_of(session, begun(session), edit) == Matched(0, 1)
    new = written(path, edit)
    assert new.undo_path is None
    assert "They may be NULL there" in new.text
    with open_write(path) as session, unenforced(session), session.transaction():
        session.run("INSERT INTO badge VALUES (9, 1, 'blue')")
    with open_read(path) as session:
        lost = add_division(session, begun(session), edit)
        whole = MergeTable("person", "badge", "person_id", edit.names, complete=True)
        both = add_division(session, begun(session), whole)
    assert isinstance(lost, tuple)
    assert isinstance(both, tuple)
    assert [each.sentence for each in (*lost, *both[1:])] == [
        "1 row of “badge” belongs to no row of “person” and would be lost. Mend that first.",
        "1 row of “person” has none in “badge”.",
    ]
