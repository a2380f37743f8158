"""Sealing by itself, after an operation and when a file is opened, in several stretches, with what must hold after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builders import a_database
from builders.guarding import install
from builders.operations import known
from builders.under_audit import run
from faults.points import DATABASE, Contents, contents, home
from faults.sealing import kept_seal
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard import own_seals
from steward_app.services.audit.guard.own_seals import OwnSeal
from steward_app.services.audit.seals import chain, lookahead
from steward_app.services.audit.seals.verify import verify
from steward_app.services.audit.undo import Selection, UndoRequest, plan_undo, undo_changes
from steward_app.services.operation import Confirmation

_STRETCH = 8
own_seals._PAUSE_SECONDS = 0.0  # nobody else writes here


@dataclass(frozen=True)
class Standing:
    """What there is.

    Attributes:
        rows: of the steward's tables.
        seals: how many there are, and `unsealed` how many changes none covers.
        holds: the log is as it was sealed, and every row is what the log says.
        gaps: events that tell of changes behind the log; there must be none.
    """

    rows: Contents
    seals: int
    unsealed: int
    holds: bool
    gaps: int


def build(folder: Path, *, wal: bool) -> Standing:
    """Two tables under audit, with twenty changes that are not sealed."""
    builder = a_database(folder, DATABASE).with_pragma("page_size = 1024")
    builder.with_table(
        "person", "id INTEGER PRIMARY KEY, name TEXT, note", rows=[(n, "x" * 50, n) for n in range(9)]
    )
    builder.with_sql("CREATE TABLE place (town TEXT PRIMARY KEY, n) WITHOUT ROWID")
    builder.with_rows("place", [("a", 1), ("b", 2)])
    path = (builder.in_wal_mode() if wal else builder).build()
    with home(folder) as catalog:
        known(catalog, path)
        install(catalog, path)
    run(
        path,
        "UPDATE person SET note = 'changed'",
        "UPDATE place SET town = town || 'x'",
        "UPDATE person SET name = 'y'",
    )
    return state(folder)


def state(folder: Path) -> Standing:
    """What the file holds now."""
    rows = tuple(each for each in contents(folder / DATABASE) if not each.name.startswith("_steward"))
    with open_read(folder / DATABASE) as session, session.snapshot():
        verdict = verify(session, full=True)
        gaps = session.count("SELECT count(*) FROM _steward_audit_event WHERE kind = 'gap'")
        return Standing(rows, verdict.seals, chain.unsealed(session), verdict.holds, gaps)


def seal_new(folder: Path, context: Context) -> None:
    """As when the file is opened, and on the clock."""
    with home(folder) as catalog:
        _sealed(catalog, folder / DATABASE, context)


def undo_all(folder: Path, context: Context) -> None:
    """An operation of ours, and what follows it."""
    lookahead.look_ahead.__kwdefaults__["size"] = _STRETCH
    with home(folder) as catalog:
        path = folder / DATABASE
        request = UndoRequest(path, known(catalog, path).id, Selection(everything=True))
        plan = plan_undo(catalog, request, context)
        undo_changes(catalog, plan, context, Confirmation.of(plan))


def newest_is_kept(folder: Path) -> bool:
    """Whether the receipt of the newest seal lies outside."""
    return kept_seal(folder) == state(folder).seals


def _sealed(catalog: Catalog, path: Path, context: Context) -> OwnSeal:
    lookahead.look_ahead.__kwdefaults__["size"] = _STRETCH
    return own_seals.seal_new(catalog, path, known(catalog, path).id, context)
