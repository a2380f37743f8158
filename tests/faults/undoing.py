"""Undoing logged changes, and taking that back, with the state before and what must hold after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builders.operations import known
from builders.undoing import FAMILY, Audited, States, audited
from faults.points import DATABASE, home
from steward_app.catalog import journal
from steward_app.db import open_write
from steward_app.kernel.progress import Context
from steward_app.services import operation
from steward_app.services.audit.undo import UndoChanges, plan_undo, undo_changes
from steward_app.services.operation import Confirmation

CHOSEN = "chosen"
"""The first and the last change that are undone."""


@dataclass(frozen=True)
class Before:
    """What there was before the transaction that is undone, and after it; and the triggers in their order."""

    then: States
    now: States
    triggers: list[tuple[object, ...]]


def build(folder: Path, *, wal: bool) -> Before:
    """A family of tables under audit, and a transaction that reached all of them."""
    with open_write(audited(folder, *FAMILY, name=DATABASE).path) as session:
        session.run(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
    with home(folder) as catalog:
        file = Audited(folder / DATABASE, catalog, known(catalog, folder / DATABASE).id)
        file.write(*(f"INSERT INTO p (id, u, a) VALUES ({n}, 'u{n}', {'1' * 200})" for n in range(1, 9)))
        file.write(*(f"INSERT INTO c VALUES ({n}, {n % 8 + 1}, 'child {n}')" for n in range(1, 9)))
        file.write(*(f"INSERT INTO g VALUES ('k{n}', {n}, 'v')" for n in range(1, 9)))
        then = file.state()
        seqs = file.write(
            "DELETE FROM p WHERE id IN (1, 2)",
            "UPDATE p SET u = 'u' || (9 - id), a = 2 WHERE id > 6",
            "UPDATE p SET id = 99 WHERE id = 5",
            "INSERT INTO c VALUES (50, 99, 'came')",
        )
        (folder / CHOSEN).write_text(f"{seqs[0]} {seqs[-1]}", "ascii")
        return Before(then, file.state(), file.triggers())


def undo(folder: Path, context: Context) -> None:
    """Undo the last transaction."""
    with home(folder) as catalog:
        file = _file(folder, catalog)
        first, last = map(int, (folder / CHOSEN).read_text("ascii").split())
        request = file.request(range(first, last + 1))
        plan = plan_undo(catalog, request, context)
        undo_changes(catalog, plan, context, Confirmation.of(plan))


def build_undone(folder: Path, *, wal: bool) -> Before:
    """The same, undone."""
    before = build(folder, wal=wal)
    undo(folder, Context())
    return before


def redo(folder: Path, context: Context) -> None:
    """Take the undo back."""
    with home(folder) as catalog:
        with catalog.reading() as session:
            done = journal.events(session, operation="audit.undo", phases=(journal.Phase.FINISHED,))
        operation.undo(catalog, done[0].operation_id, (UndoChanges(catalog),), context)


def state(folder: Path) -> States:
    """What the file holds, as the next program finds it."""
    with home(folder) as catalog:
        return _file(folder, catalog).state()


def triggers(folder: Path) -> list[tuple[object, ...]]:
    with home(folder) as catalog:
        return _file(folder, catalog).triggers()


def _file(folder: Path, catalog: object) -> Audited:
    return Audited(folder / DATABASE, catalog, known(catalog, folder / DATABASE).id)  # type: ignore[arg-type]
