"""A split or merge beside other changes in one migration: what goes together, with its way back, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.services.migrate.edit.model import (
    AddColumn,
    CreateObject,
    DropColumn,
    DropObject,
    Edit,
    MergeTable,
    RenameColumn,
    RenameTable,
    SetNotNull,
    SplitTable,
)
from steward_app.services.migrate.files import NewMigration, from_edits, save
from steward_app.services.migrate.model import State

SPLIT = SplitTable("patient", "contact", ("phone",), "patient_id")
OBJECTS = (
    "SELECT type, name FROM sqlite_schema WHERE sql > '' AND tbl_name NOT LIKE '!_%' ESCAPE '!' ORDER BY 1, 2"
)


@pytest.fixture
def clinic(tmp_path: Path, catalog: Catalog) -> Migrating:
    return Migrating(tmp_path, catalog)


def made(clinic: Migrating, *edits: Edit) -> NewMigration:
    with open_read(clinic.path) as session:
        return from_edits(session, edits, clinic.folder, "Split and more")


def test_other_tables_and_both_halves_change_in_the_same_migration(clinic: Migrating) -> None:
    new = made(
        clinic,
        AddColumn("visit", "day TEXT"),
        SPLIT,
        RenameColumn("visit", "note", "remark"),
        AddColumn("contact", "kind TEXT DEFAULT 'home'"),
        SetNotNull("contact", "kind", on=True),
        AddColumn("patient", "born TEXT"),
        CreateObject("CREATE INDEX contact_phone ON contact (phone)"),
    )
    before = clinic.all(OBJECTS)
    rows = clinic.all("SELECT * FROM patient"), clinic.all("SELECT * FROM visit")
    assert new.text.count("steward: allows column_dropped") == 1
    assert new.undo_path is not None
    save(new)
    clinic.apply()
    assert clinic.all("SELECT patient_id, phone, kind FROM contact") == [(1, "1", "home"), (2, None, "home")]
    assert clinic.all("SELECT id, remark, day FROM visit WHERE id = 1") == [(1, "a", None)]

    clinic.undo()

    assert clinic.states() == {"V0001__split_and_more.sql": State.PENDING}
    assert (clinic.all("SELECT * FROM patient"), clinic.all("SELECT * FROM visit")) == rows
    assert clinic.all(OBJECTS) == before


def test_a_loss_beside_a_split_is_a_loss(clinic: Migrating) -> None:
    new = made(clinic, SPLIT, DropColumn("visit", "note"))
    assert new.undo_path is None
    _, moved, gone = new.text.split("steward: allows column_dropped")
    assert moved.splitlines()[0] == " (its values are in “contact”)"
    assert gone.splitlines()[0] == " (said when this was made: “note” of “visit” goes)"


@pytest.mark.parametrize(
    ("edits", "why"),
    [
        ((RenameTable("patient", "person"), SPLIT), "“patient” loses a column or name and is split"),
        (
            (RenameTable("visit", "person"), SplitTable("person", "other", ("note",), "of")),
            "“person” loses a column or name and is split",
        ),
        ((SPLIT, RenameColumn("contact", "phone", "tel")), "“contact” loses a column or name and is split"),
        ((SPLIT, DropColumn("patient", "name")), "“patient” loses a column or name and is split"),
        ((SPLIT, DropObject("table", "contact")), "“contact” goes and is split"),
        ((SPLIT, SplitTable("Patient", "other", ("name",), "id")), "is split in the same migration already"),
        (
            (SPLIT, MergeTable("patient", "contact", "patient_id")),
            "“patient” is split in the same migration already",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_written(
    clinic: Migrating, edits: tuple[Edit, ...], why: str
) -> None:
    with pytest.raises(Refused, match=why) as refused:
        made(clinic, *edits)
    assert "Write a migration for each." in refused.value.hint
    assert not list(clinic.folder.iterdir())
