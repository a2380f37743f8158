"""One of several edits that changes nothing is told, in the list and in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.services.migrate.draft.change_list import begun
from steward_app.services.migrate.draft.outlook import outlook
from steward_app.services.migrate.edit.model import AddColumn, Edit, SetDefault, SetNotNull, Settle, SetType
from steward_app.services.migrate.files import from_edits
from steward_app.services.migrate.idle import idle

TABLE = "CREATE TABLE item (id INTEGER PRIMARY KEY, code TEXT NOT NULL DEFAULT 'x', n INT)"
EDITS: list[Edit] = [
    AddColumn("item", "more INT"),
    SetDefault("item", "code", "'x'"),
    Settle(),
    SetNotNull("item", "code", on=True),
    SetType("item", "n", "REAL"),
    SetType("item", "n", "REAL"),
]


def test_edits_that_change_nothing_are_found(tmp_path: Path) -> None:
    with open_read(a_database(tmp_path).with_sql(TABLE).build()) as session:
        assert idle(session, EDITS) == (1, 2, 4)


def test_the_file_says_what_was_left_out(tmp_path: Path) -> None:
    with open_read(a_database(tmp_path).with_sql(TABLE).build()) as session:
        new = from_edits(session, EDITS[:2], tmp_path / "migrations", "Change it")
        assert "-- Left out, since it is so already:\n-- * " in new.text
        assert new.text.count("-- * ") == 1
        with pytest.raises(Refused, match="everything is so already"):
            from_edits(session, EDITS[1:2], tmp_path / "migrations", "Change it")


def test_a_list_tells_what_a_migration_that_waits_makes_already(tmp_path: Path) -> None:
    path, folder = a_database(tmp_path).with_sql(TABLE).build(), tmp_path / "migrations"
    folder.mkdir()
    (folder / "V0001__type.sql").write_text("ALTER TABLE item ALTER COLUMN n SET NOT NULL;")
    with open_read(path) as session:
        changes = begun(session).more([AddColumn("item", "more INT")])
        changes = changes.more([SetNotNull("item", "n", on=True)])
        behind, alone = outlook(session, changes, folder), outlook(session, changes, tmp_path / "none")
    assert (behind.idle, behind.waits) == ((1,), "“V0001__type.sql”, which waits to be applied")
    assert (alone.idle, alone.waits) == ((), "")
