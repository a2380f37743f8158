"""Installing, removing and purging recipes, with what must hold after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from builders import a_database
from builders.guarding import install, stored
from builders.operations import known
from builders.recipes import add, purge, remove, restore, rows
from builders.under_audit import run
from faults.points import DATABASE, home
from steward_app.db import open_read, open_write
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.services.audit import recipes
from steward_app.services.audit.guard.status import audit_status
from steward_app.services.audit.seals.verify import verify
from steward_app.services.operation import Confirmation

SPEC = recipes.SoftDelete("person", grace_days=1)


@dataclass(frozen=True)
class Standing:
    """What there is: objects as stored, rows, recipes with their state, tables under audit, whether the log holds."""

    objects: tuple[tuple[object, ...], ...]
    people: int
    recipes: tuple[tuple[str, str], ...]
    tables: tuple[tuple[str, str], ...]
    holds: bool
    purging: int = 0
    deleted: int = 0


def build(folder: Path, *, wal: bool = False) -> Standing:
    """Two tables under audit, one below the other, with a change that is not sealed."""
    builder = a_database(folder, DATABASE).with_pragma("page_size = 1024")
    builder.with_table("person", "id INTEGER PRIMARY KEY, name TEXT", rows=[(n, "x" * 50) for n in range(9)])
    builder.with_table(
        "pet", "id INTEGER PRIMARY KEY, person REFERENCES person ON DELETE CASCADE", rows=[(1, 1), (2, 2)]
    )
    path = (builder.in_wal_mode() if wal else builder).build()
    with home(folder) as catalog:
        known(catalog, path)
        install(catalog, path)
    run(path, "UPDATE person SET name = 'changed' WHERE id = 3")
    return state(folder)


def build_installed(folder: Path) -> Standing:
    """The same with a soft delete, by which some rows are deleted, two of them long ago."""
    build(folder)
    with home(folder) as catalog:
        add(catalog, folder / DATABASE, SPEC)
    run(
        folder / DATABASE,
        "UPDATE person SET deleted_at = '2020-01-01T00:00:00.000Z' WHERE id = 1",
        "DELETE FROM person WHERE id = 2",
    )
    return state(folder)


def state(folder: Path) -> Standing:
    """What the file holds now."""
    path = folder / DATABASE
    with open_write(path) as session:
        assert integrity_check(session, Context()) == ()
    standing = audit_status(path)
    with open_read(path) as reader, reader.snapshot():
        holds = not verify(reader).problems
    there = bool(standing.recipes)
    return Standing(
        tuple(sorted(stored(path), key=str)),
        int(str(rows(path, "SELECT count(*) FROM person")[0][0])),
        tuple((each.sentence, each.state.value) for each in standing.recipes),
        tuple((each.table, each.state.value) for each in standing.tables),
        holds,
        len(rows(path, "SELECT 1 FROM _steward_recipe WHERE purging")) if there else 0,
        sum(each.count for each in recipes.deleted_rows(path)),
    )


def put_in(folder: Path, context: Context) -> None:
    _carry_out(folder, context, lambda path, known_as: recipes.AddRequest(path, known_as, SPEC))


def take_out(folder: Path, context: Context) -> None:
    _carry_out(folder, context, lambda path, known_as: recipes.RemoveRequest(path, known_as, drop_data=True))


def purge_rows(folder: Path, context: Context) -> None:
    _carry_out(folder, context, lambda path, known_as: recipes.PurgeRequest(path, known_as))


def bring_back(folder: Path, context: Context) -> None:
    _carry_out(
        folder, context, lambda path, known_as: recipes.RestoreRequest(path, known_as, "person", ((1,), (2,)))
    )


def finish(folder: Path, what: str) -> None:
    """The same once more, unbroken."""
    with home(folder) as catalog:
        path = folder / DATABASE
        if what == "add":
            add(catalog, path, SPEC)
        elif what == "remove":
            remove(catalog, path, drop_data=True)
        elif what == "restore":
            restore(catalog, path, "person", 1, 2)
        else:
            purge(catalog, path)


def _carry_out(folder: Path, context: Context, request: Callable[[Path, str], recipes.Request]) -> None:
    with home(folder) as catalog:
        path = folder / DATABASE
        plan = recipes.plan_recipes(catalog, request(path, known(catalog, path).id), context)
        recipes.carry_out(catalog, plan, context, confirmation=Confirmation.of(plan))
