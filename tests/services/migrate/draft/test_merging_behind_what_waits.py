"""Rows of two tables that are to be merged, counted behind what waits: as they are by then, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import ReadSession, open_read
from steward_app.services.migrate.draft.adding import add_division, rows_of
from steward_app.services.migrate.draft.change_list import ChangeList, begun
from steward_app.services.migrate.draft.matching import Matched
from steward_app.services.migrate.draft.outlook import write_all
from steward_app.services.migrate.edit.model import MergeTable, RenameTable
from steward_app.services.migrate.files import NewMigration

MERGE = MergeTable("person", "card", "person")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[ReadSession]:
    path = a_database(tmp_path).with_sql(
        "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT)",
        "CREATE TABLE card (person INT NOT NULL UNIQUE REFERENCES person (id), number TEXT)",
        "CREATE TABLE fresh (id INTEGER PRIMARY KEY)",
        "INSERT INTO person VALUES (1, 'Ada'), (2, 'Ben')",
        "INSERT INTO card VALUES (1, 'x'), (9, 'y')",
    )
    with open_read(path.build()) as session:
        yield session


def waiting(session: ReadSession, tmp_path: Path, text: str) -> ChangeList:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "V0001__first.sql").write_text(text)
    return begun(session, folder)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALTER TABLE fresh ADD COLUMN a;", Matched(1, 1)),
        ("DELETE FROM card WHERE person = 9;", Matched(0, 1)),
        ("UPDATE card SET person = 2 WHERE person = 9;", Matched(0, 0)),
        ("INSERT INTO person VALUES (9, 'Cid'), (10, 'Dan');", Matched(0, 2)),
        ("INSERT INTO card VALUES ('2', 'z');", Matched(1, 0)),
        ("DELETE FROM card;", Matched(0, 2)),
        ("UPDATE person SET id = id + 10;", Matched(2, 2)),
        ("INSERT INTO person (name) VALUES ('Cid');", Matched(1, 2)),
        ("DELETE FROM card WHERE person = 9; INSERT INTO person (name) VALUES ('Cid');", Matched(0, 2)),
        # beside one that is given, the number that SQLite gives rests on which row is first
        ("INSERT INTO person VALUES (7, 'Eve'), (NULL, 'Cid');", None),
        (
            "CREATE TRIGGER t AFTER INSERT ON fresh BEGIN INSERT INTO card VALUES (NEW.id, 't'); END;"
            " INSERT INTO fresh VALUES (2);",
            None,
        ),
    ],
)
def test_rows_are_counted_as_what_waits_leaves_them(
    session: ReadSession, tmp_path: Path, text: str, expected: Matched | None
) -> None:
    assert rows_of(session, waiting(session, tmp_path, text), MERGE) == expected


def test_new_names_are_followed_in_what_waits_and_in_the_changes(
    session: ReadSession, tmp_path: Path
) -> None:
    text = (
        "ALTER TABLE card RENAME TO pass; ALTER TABLE pass RENAME COLUMN person TO holder;"
        " DELETE FROM pass WHERE holder = 9;"
    )
    changes = waiting(session, tmp_path, text).more([RenameTable("person", "patient")])
    assert rows_of(session, changes, MergeTable("patient", "pass", "holder")) == Matched(0, 1)


def test_what_waits_may_mend_what_was_in_the_way(session: ReadSession, tmp_path: Path) -> None:
    found = add_division(session, begun(session, tmp_path / "migrations"), MERGE)
    assert isinstance(found, tuple)
    assert [each.sentence for each in found] == [
        "1 row of “card” belongs to no row of “person” and would be lost. Mend that first."
    ]
    changes = waiting(session, tmp_path, "DELETE FROM card WHERE person = 9;")
    added = add_division(session, changes, MERGE)
    assert isinstance(added, ChangeList)
    assert isinstance(write_all(session, added, tmp_path / "migrations", "Cards"), NewMigration)


def test_rows_that_come_with_what_waits_are_in_the_way(session: ReadSession, tmp_path: Path) -> None:
    changes = waiting(session, tmp_path, "DELETE FROM card; INSERT INTO card VALUES (7, 'x'), (8, 'y');")
    found = add_division(session, changes, MERGE)
    assert isinstance(found, tuple) and found[0].sentence.startswith("2 rows of “card” belong to no row")
