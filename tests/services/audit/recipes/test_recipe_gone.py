"""A recipe whose trigger is gone leaves the audit of its table as it is, and can be removed."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from builders.guarding import install
from builders.recipes import add, remove, rows
from builders.under_audit import run
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.services.audit.guard.alarm import disarmed
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.audit.recipes import SoftDelete
from steward_app.services.audit.seals.verify import verify


def drop(path: Path) -> None:
    """What somebody does who does not want a rule: drop the triggers of the recipe."""
    found = rows(
        path,
        "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'visit'"
        " AND substr(name, 1, 16) = '_steward_recipe_'",
    )
    assert found
    run(path, *(f'DROP TRIGGER "{name}"' for (name,) in found))


def test_the_audit_of_the_table_goes_on_and_the_recipe_is_removed(catalog: Catalog, tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=[(n, "x") for n in range(1, 5)])
        .build()
    )
    install(catalog, path)
    add(catalog, path, SoftDelete("visit"))
    assert disarmed(path) == ()
    drop(path)
    assert disarmed(path) == ()
    run(
        path,
        "UPDATE visit SET note = 'y' WHERE id = 2",
        "DELETE FROM visit WHERE id = 3",
        "INSERT OR REPLACE INTO visit (id, note) VALUES (4, 'z')",
        "UPDATE OR REPLACE visit SET id = 4 WHERE id = 1",
    )
    (recipe,) = audit_status(path).recipes
    remove(catalog, path, recipe.id)
    assert audit_status(path).recipes == ()
    with open_read(path) as session, session.snapshot():
        found = verify(session, full=True)
    assert found.holds, found


def test_a_trigger_that_begins_to_write_to_the_table_is_named(catalog: Catalog, tmp_path: Path) -> None:
    path = a_database(tmp_path / "a.db").with_table("visit", "id INTEGER PRIMARY KEY, note").build()
    install(catalog, path)
    run(path, "CREATE TRIGGER own BEFORE DELETE ON visit BEGIN UPDATE visit SET note = 1 WHERE id = 1; END")
    (found,) = disarmed(path)
    assert "Another trigger or foreign key writes to “visit” now while it is written." in found.detail
