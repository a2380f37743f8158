"""Where a database stands between the files of its folder and its own history."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from steward_app.db import Session
from steward_app.db.migration_files import Kind, Migration, read_folder
from steward_app.db.schema_hash import schema_hash
from steward_app.services.migrate import history
from steward_app.services.migrate.model import Applied, Entry, Origin, State, Status


def status(session: Session, folder: Path) -> Status:
    """Every migration of the folder and of the history, each with where it stands.

    Raises `Failure` (BAD_MIGRATION) for a folder or a history that cannot be read.
    """
    files = read_folder(folder, frozenset(Kind), python=True)
    every = history.read(session, forgotten=True)
    rows = [row for row in every if row.origin is not Origin.FORGOTTEN]
    now = schema_hash(session, without_ours=True)
    applied = newest(rows)
    baseline = max((row.version for row in rows if row.origin is Origin.BASELINE), default=-1)
    standing = [row.version for row in applied.values() if _stands(row) and not row.repeatable]
    entries = [
        *_versioned(files, applied, baseline, max(standing, default=-1)),
        *_repeatable(files, applied),
    ]
    whole = bool(every) and _says_what_it_left(every[-1])
    last = every[-1].schema_after if whole else now
    return Status(session.path, folder, tuple(entries), max(standing, default=None), now, last != now)


def newest(rows: Sequence[Applied]) -> dict[tuple[int, str], Applied]:
    """The newest row of each version, and of each repeatable file by its name."""
    return {(row.version, row.name if row.repeatable else ""): row for row in rows}


def _says_what_it_left(row: Applied) -> bool:
    """Whether a row knows the schema that it left: of one that stopped half-way a repair says it."""
    return row.complete or (row.origin is Origin.FORGOTTEN and bool(row.schema_after))


def _stands(row: Applied) -> bool:
    return row.origin is not Origin.UNDO


def _versioned(
    files: Sequence[Migration], applied: dict[tuple[int, str], Applied], baseline: int, newest: int
) -> list[Entry]:
    known = {each.version: each for each in files if each.kind is Kind.VERSIONED}
    undoing = {each.version: each for each in files if each.kind is Kind.UNDO}
    done = {row.version: row for row in applied.values() if not row.repeatable}
    found = []
    for version in sorted(known.keys() | done.keys()):
        migration, row = known.get(version), done.get(version)
        if row is None and version <= baseline:
            continue  # what the file had when its history began
        state = _state(migration, row, late=version < newest)
        found.append(Entry(state, migration, row, undoing.get(version)))
    return found


def _state(migration: Migration | None, row: Applied | None, *, late: bool) -> State:
    if row is None:
        return State.LATE if late else State.PENDING
    if not row.complete:
        return State.FAILED
    if row.origin is Origin.UNDO:
        return State.UNDONE if migration is None else State.LATE if late else State.PENDING
    if row.origin is Origin.BASELINE or (row.origin is Origin.ADOPTED and not row.file):
        return State.APPLIED  # there never was a file of it
    if migration is None:
        return State.MISSING
    return State.APPLIED if migration.checksum == row.checksum else State.EDITED


def _repeatable(files: Sequence[Migration], applied: dict[tuple[int, str], Applied]) -> list[Entry]:
    known = {each.name: each for each in files if each.kind is Kind.REPEATABLE}
    done = {row.name: row for row in applied.values() if row.repeatable}
    found = []
    for name in sorted(known.keys() | done.keys()):
        migration, row = known.get(name), done.get(name)
        if row is None:
            state = State.PENDING
        elif not row.complete:
            state = State.FAILED
        elif migration is None:
            state = State.MISSING
        else:
            state = State.APPLIED if row.checksum == migration.checksum else State.REPEATS
        found.append(Entry(state, migration, row))
    return found
