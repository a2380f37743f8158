"""Edits after which a view, trigger or foreign key would not work, and edits that change nothing: none is written."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Refused, StewardError
from steward_app.services.migrate.draft.sentences import sentence_of
from steward_app.services.migrate.edit.model import (
    AddColumn,
    AddConstraint,
    CreateObject,
    DropColumn,
    DropObject,
    Edit,
    MergeTable,
    RenameColumn,
    RenameTable,
    SetCollation,
    SetGenerated,
    SetNotNull,
    SetOption,
    SetPrimaryKey,
    SetType,
    SplitTable,
)
from steward_app.services.migrate.files import NewMigration, from_edits, save

OFFICE = """
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL, up INT REFERENCES t (id));
CREATE TABLE more (t_id INTEGER PRIMARY KEY REFERENCES t (id), note TEXT);
CREATE INDEX by_b ON t (b);
INSERT INTO t VALUES (1, 'x', 'y', 1), (2, NULL, 'z', 1);
INSERT INTO more VALUES (1, 'n');
"""
TRIGGER = "CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN SELECT 1; END"
VIEW = "CREATE VIEW v AS SELECT note FROM more"


@pytest.fixture
def office(tmp_path: Path, catalog: Catalog) -> Migrating:
    return Migrating(tmp_path, catalog, OFFICE)


def made(office: Migrating, *edits: Edit) -> NewMigration:
    with open_read(office.path) as session:
        return from_edits(session, edits, office.folder, "Edit it")


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (SetPrimaryKey("t", ()), "“t” would have no key that the foreign key of “more” can point to."),
        (SetGenerated("t", "a", "id || 1"), "“g” would not work any more (no such column: a)."),
        (DropColumn("t", "a"), "“g” would not work any more (no such column: a)."),
        (DropObject("table", "more"), "“v” would not work any more (no such table: main.more)."),
        (
            AddConstraint("more", "FOREIGN KEY (note) REFERENCES t (a)"),
            "“t” would have no key that the foreign key of “more” can point to.",
        ),
    ],
)
def test_what_would_not_work_any_more_is_not_written(office: Migrating, edit: Edit, why: str) -> None:
    office.sql(TRIGGER, VIEW)
    with pytest.raises(Refused) as refused:
        made(office, edit)
    assert refused.value.message == why


def test_what_did_not_work_before_is_in_nobodys_way(office: Migrating) -> None:
    office.sql("CREATE VIEW v AS SELECT x FROM nowhere", "CREATE TABLE u (x REFERENCES more (note))")
    save(made(office, SetCollation("u", "x", "NOCASE")))
    office.apply()
    assert "NOCASE" in str(office.all("SELECT sql FROM sqlite_schema WHERE name = 'u'"))


@pytest.mark.parametrize(
    "edits",
    [
        (DropObject("table", "t"),),
        (RenameTable("more", "others"), RenameColumn("others", "t_id", "of_t"), DropObject("table", "t")),
        (
            RenameTable("t", "gone"),
            CreateObject("CREATE TABLE t (id INTEGER PRIMARY KEY)"),
            DropObject("table", "gone"),
        ),
    ],
)
def test_a_table_that_others_point_to_does_not_go(office: Migrating, edits: tuple[Edit, ...]) -> None:
    office.sql("DELETE FROM more")
    with pytest.raises(Refused, match="” would be gone, and foreign keys point to it: of “"):
        made(office, *edits)


@pytest.mark.parametrize(
    "edits",
    [
        (DropObject("table", "t"), DropObject("table", "more")),
        (DropObject("table", "t"), CreateObject("CREATE TABLE t (id INTEGER PRIMARY KEY)")),
        (CreateObject("CREATE TABLE later (x REFERENCES not_yet (id))"),),
        (CreateObject("CREATE TABLE nowhere (x PRIMARY KEY)"),),
        (RenameTable("waits", "waited"),),
    ],
)
def test_what_has_what_it_points_to_or_never_had_it_is_written(
    office: Migrating, edits: tuple[Edit, ...]
) -> None:
    office.sql("DELETE FROM more", "CREATE TABLE waits (x REFERENCES nowhere (x))")
    save(made(office, *edits))
    office.apply()


def test_what_goes_together_works(office: Migrating) -> None:
    office.sql(VIEW)
    save(made(office, DropObject("view", "v"), DropObject("table", "more")))
    office.apply()
    assert not {"v", "more"} & office.objects()


@pytest.mark.parametrize(
    "edit",
    [
        SetNotNull("t", "a", on=False),
        SetNotNull("t", "b", on=True),
        DropObject("index", "none", if_there=True),
        RenameColumn("t", "a", "a"),
        SetType("t", "a", "TEXT"),
    ],
)
def test_what_changes_nothing_is_not_written(office: Migrating, edit: Edit) -> None:
    with pytest.raises(Refused, match=r"Nothing changes: everything is so already\."):
        made(office, edit)


OBJECTS = "SELECT name FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*' AND name NOT GLOB '_steward_*' ORDER BY name"
EDITS: tuple[Edit, ...] = (
    AddColumn("t", "n TEXT"),
    AddColumn("more", "n TEXT DEFAULT 'd'"),
    SplitTable("t", "s", ("n",), "t_id"),
    SplitTable("t", "s", ("a", "n"), "t_id"),
    SplitTable("t", "s", ("a",), "t_id"),
    SplitTable("made", "s", ("x",), "made_id"),
    MergeTable("t", "more", "t_id"),
    CreateObject("CREATE TABLE made (id INTEGER PRIMARY KEY, x TEXT)"),
    CreateObject("CREATE INDEX by_a ON t (a)"),
    RenameColumn("t", "a", "z"),
    RenameTable("more", "others"),
    SetNotNull("t", "b", on=False),
    SetCollation("t", "a", "NOCASE"),
    SetOption("more", "STRICT", on=True),
    DropObject("index", "by_b"),
)


@pytest.mark.parametrize("first", [EDITS[0], EDITS[1], EDITS[7], EDITS[11]], ids=sentence_of)
def test_whatever_pair_of_edits_is_written_is_taken_back(
    first: Edit, tmp_path: Path, catalog: Catalog
) -> None:
    """The rows and the objects are those before; a pair that does not go together is refused, and nothing else."""
    office = Migrating(tmp_path, catalog, OFFICE)
    held = ("SELECT * FROM t ORDER BY id", "SELECT * FROM more", OBJECTS)
    before = [office.all(sql) for sql in held]
    for pair in itertools.product((first,), EDITS):
        try:
            new = made(office, *pair)
        except StewardError:
            continue
        if new.undo_path is None:
            continue
        save(new)
        office.apply()
        office.undo()
        assert [office.all(sql) for sql in held] == before, pair
        new.path.unlink()
        new.undo_path.unlink()
