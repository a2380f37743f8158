"""Bringing rows back, and undoing it, with the state before and what must hold after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builders import a_database
from builders.operations import known
from faults.points import DATABASE, Contents, contents, home
from steward_app.catalog import Catalog, journal
from steward_app.db import open_write
from steward_app.db.copy import copy_database
from steward_app.db.image import image_hash
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services import operation, restore
from steward_app.services.operation import Confirmation
from steward_app.services.restore import Answer, BringRequest, Choice, ConflictKind, Extent, kept

IMAGE = "then.sqlite"
OURS = (kept.LINES, kept.CELLS)


@dataclass(frozen=True)
class Before:
    """What there was, and what there is when rows came back; and the bytes of the image, which stay as they are."""

    now: Contents
    brought: Contents
    image: str


def build(folder: Path, *, wal: bool) -> Before:
    """A database of which rows were deleted and changed since the image was made of it."""
    builder = a_database(folder, DATABASE).with_pragma("page_size = 1024")
    builder.with_table("p", "id INTEGER PRIMARY KEY, note", rows=[(n, "x" * 200) for n in range(1, 9)])
    builder.with_table(
        "c", "id INTEGER PRIMARY KEY AUTOINCREMENT, p REFERENCES p ON DELETE CASCADE, note UNIQUE",
        rows=[(n, n % 8 + 1, f"{n}{'y' * 90}") for n in range(1, 30)],
    )  # fmt: skip
    path = (builder.in_wal_mode() if wal else builder).build()
    copy_database(path, folder / IMAGE, Context())
    with home(folder) as catalog:
        known(catalog, path)
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM p WHERE id IN (2, 3)")
        session.run("UPDATE p SET note = 'since' WHERE id = 4")
    now = state(path)
    with open_write(path) as session, session.transaction():
        session.run("UPDATE p SET note = ? WHERE id = 4", ("x" * 200,))
        session.run("ATTACH ? AS was", (str(folder / IMAGE),))
        session.run("INSERT INTO p SELECT * FROM was.p WHERE id IN (2, 3)")
        session.run("INSERT INTO c SELECT * FROM was.c WHERE p IN (2, 3)")
    brought = state(path)
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM p WHERE id IN (2, 3)")
        session.run("UPDATE p SET note = 'since' WHERE id = 4")
    assert state(path) == now
    return Before(now, brought, image_hash(folder / IMAGE, Context()))


def build_brought(folder: Path, *, wal: bool) -> Before:
    """The same, the rows brought back."""
    before = build(folder, wal=wal)
    bring(folder, Context())
    return before


def state(path: Path) -> Contents:
    """What the file holds, but for our own tables."""
    return tuple(each for each in contents(path) if each.name not in OURS)


def bring(folder: Path, context: Context) -> None:
    """Bring the rows back."""
    _bring(folder, context, Extent.ROWS, ((2,), (3,), (4,)))


def bring_the_table(folder: Path, context: Context) -> None:
    """Bring the whole table back, with the children of its rows."""
    _bring(folder, context, Extent.CONTENT, ())


def _bring(folder: Path, context: Context, extent: Extent, keys: tuple[Key, ...]) -> None:
    with home(folder) as catalog:
        request = BringRequest(
            folder / DATABASE,
            known(catalog, folder / DATABASE).id,
            folder / IMAGE,
            "p",
            extent=extent,
            keys=keys,
            choices=(Choice(ConflictKind.NUMBER_TAKEN, Answer.OLD),),
        )
        plan = restore.plan_bring(catalog, request, context)
        restore.bring(catalog, plan, context, Confirmation.of(plan))


def undo(folder: Path, context: Context) -> None:
    """Undo the last bringing back."""
    with home(folder) as catalog:
        operation.undo(catalog, _last(catalog), restore.undoable(catalog), context)


def _last(catalog: Catalog) -> str:
    with catalog.reading() as session:
        return journal.events(session, operation="restore.rows", phases=(journal.Phase.FINISHED,))[
            0
        ].operation_id
