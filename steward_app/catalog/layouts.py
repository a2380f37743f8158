"""Where the boxes of the schema map stand, for each database.

Places are kept by the database's UUID, so they survive when the file is moved or renamed. They are never removed
because a table is gone: it may come back. A renamed table is recognised by its shape, the names of its columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from steward_app.catalog.store import Unit
from steward_app.db import Session


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box stands, in units of the map, and the shape its table had then."""

    x: float
    y: float
    shape: str = ""


def shape(columns: Iterable[str]) -> str:
    """What a table is recognised by when its name changed: its column names, in order."""
    names = "".join(f"{len(name)}:{name}," for name in columns)
    return hashlib.blake2s(names.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def load(session: Session, database_id: str, shapes: Mapping[str, str]) -> dict[str, Place]:
    """Where the tables of a database stand; those that never had a place are left out.

    A table without a place takes that of a table that is gone, when they have the same shape and no other of either
    has it.

    Args:
        shapes: for each table that is there now, its `shape`.
    """
    rows = session.execute(
        "SELECT table_name, x, y, shape FROM layouts WHERE database_id = ?", (database_id,)
    )
    kept = {cast(str, name): Place(*cast("tuple[float, float, str]", rest)) for name, *rest in rows}
    found = {name: kept[name] for name in shapes if name in kept}
    gone = [place for name, place in kept.items() if name not in shapes]
    unplaced = [name for name in shapes if name not in kept]
    for name in unplaced:
        twins = [place for place in gone if place.shape and place.shape == shapes[name]]
        rivals = [other for other in unplaced if shapes[other] == shapes[name]]
        if len(twins) == len(rivals) == 1:
            found[name] = twins[0]
    return found


def save(unit: Unit, database_id: str, places: Mapping[str, Place]) -> None:
    """Keep where tables stand; those not named keep their places."""
    unit.session.run_many(
        "INSERT OR REPLACE INTO layouts (database_id, table_name, x, y, shape) VALUES (?, ?, ?, ?, ?)",
        [(database_id, name, place.x, place.y, place.shape) for name, place in places.items()],
    )


def forget(unit: Unit, database_id: str) -> None:
    """Forget all places of a database, so that the next look arranges it anew."""
    unit.session.run("DELETE FROM layouts WHERE database_id = ?", (database_id,))
