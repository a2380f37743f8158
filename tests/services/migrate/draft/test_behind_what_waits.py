"""A list of changes that begins with what waits in the folder: its schema, and where its columns stand in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import ReadSession, open_read
from steward_app.kernel.errors import Refused
from steward_app.services.migrate.draft.adding import add_table
from steward_app.services.migrate.draft.change_list import ChangeList, begun, left_by
from steward_app.services.migrate.draft.model import Draft
from steward_app.services.migrate.draft.outlook import outlook, write_all
from steward_app.services.migrate.draft.read import draft_of
from steward_app.services.migrate.edit.model import SetNotNull
from steward_app.services.migrate.files import NewMigration
from steward_app.services.schema.introspect import read_schema


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    text = (
        "ALTER TABLE item RENAME TO good; ALTER TABLE good RENAME COLUMN n TO size; ALTER TABLE good ADD COLUMN more;"
        " UPDATE good SET code = '?' WHERE code IS NULL; CREATE TABLE fresh (a);"
    )
    (folder / "V0001__good.sql").write_text(text)
    return folder


@pytest.fixture
def session(tmp_path: Path) -> Iterator[ReadSession]:
    path = a_database(tmp_path).with_sql(
        "CREATE TABLE item (id INTEGER PRIMARY KEY, code TEXT, n INT, full INT)",
        "INSERT INTO item VALUES (1, NULL, NULL, 1)",
    )
    with open_read(path.build()) as session:
        yield session


def draft(session: ReadSession, changes: ChangeList, table: str) -> Draft:
    with left_by(session, changes) as empty:
        schema = read_schema(empty)
        found = schema.table(table)
        assert found is not None
        return draft_of(schema, found)


def with_value(base: Draft, column: str) -> Draft:
    columns = (replace(each, not_null=each.not_null or each.name == column) for each in base.columns)
    return replace(base, columns=tuple(columns))


@pytest.mark.parametrize(
    ("table", "column", "asked"),
    [
        ("good", "size", True),  # renamed, with a row without a value
        ("good", "full", False),
        ("good", "code", False),  # filled before
        ("good", "more", True),  # new, and empty in each row
        ("fresh", "a", False),
    ],
)
def test_rows_are_looked_for_by_the_names_in_the_file(
    session: ReadSession, folder: Path, table: str, column: str, asked: bool
) -> None:
    changes = begun(session, folder)
    base = draft(session, changes, table)
    found = add_table(session, changes, base, with_value(base, column))
    assert isinstance(found, tuple) == asked


@pytest.mark.parametrize(
    ("comes", "why"),
    [
        ("INSERT INTO good (id, code) VALUES (2, 'b');", "There are rows without a value once what waits has run"),
        ("INSERT INTO good (id, full) SELECT 2, code FROM good;", ""),
        ("UPDATE good SET full = NULL;", "There are rows without a value once what waits has run"),
        ("CREATE TRIGGER t AFTER INSERT ON fresh BEGIN INSERT INTO good (id) VALUES (NEW.a); END;"
         " INSERT INTO fresh VALUES (7);", "There may be rows without a value once what waits has run"),
        ("DELETE FROM good; INSERT INTO good (id, full) VALUES (3, 1);", ""),
        ("INSERT INTO good (full) VALUES (5);", ""),
    ],
)  # fmt: skip
def test_rows_that_come_with_what_waits_are_asked_for(
    session: ReadSession, folder: Path, comes: str, why: str
) -> None:
    (folder / "V0002__rows.sql").write_text(comes)
    changes = begun(session, folder)
    base = draft(session, changes, "good")
    found = add_table(session, changes, base, with_value(base, "full"))
    if not why:
        assert isinstance(found, ChangeList)
        assert isinstance(write_all(session, found, folder, "Full"), NewMigration)
        return
    assert isinstance(found, tuple)
    assert [(each.place.field, each.sentence) for each in found] == [("fill", f"{why}. Say what they get.")]
    told = write_all(session, changes.more([SetNotNull("good", "full", on=True)]), folder, "Full")
    assert isinstance(told, tuple)
    assert told[0].sentence.endswith(f": {why[:1].lower()}{why[1:]}.")


def test_what_is_written_comes_after_what_waits(session: ReadSession, folder: Path) -> None:
    changes = begun(session, folder)
    base = draft(session, changes, "good")
    found = add_table(session, changes, base, replace(base, name="ware"))
    assert isinstance(found, ChangeList)
    told = outlook(session, found, folder)
    assert told.problems == () and told.schema.table("ware") is not None and told.schema.table("item") is None
    assert told.waits == "“V0001__good.sql”, which waits to be applied"
    new = write_all(session, found, folder, "Wares")
    assert isinstance(new, NewMigration)
    assert new.path.name == "V0002__wares.sql"
    assert 'ALTER TABLE "main"."good" RENAME TO' in new.text


def test_another_migration_that_waits_meanwhile_is_told(session: ReadSession, folder: Path) -> None:
    changes = begun(session, folder)
    (folder / "V0002__else.sql").write_text("CREATE TABLE more (x);")
    with pytest.raises(Refused, match="or another migration waits"):
        outlook(session, changes, folder)
