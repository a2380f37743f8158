"""Drills over every store of a database: what is in the way of one keeps no other from its drill."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog, points, stores
from steward_app.catalog.stores import Store
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.services.backup.drills import Drill
from steward_app.services.backup.known import database_id
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.restore.drill import drill

_EMPTY = (
    ErrorCode.UNKNOWN_OBJECT,
    "It holds no restore point yet.",
    "Make one with: steward backup create DATABASE.",
)


@dataclass(frozen=True, slots=True)
class StoreDrilled:
    """What became of one store.

    Attributes:
        id: of the store.
        store: what the steward calls it.
        drills: how many were made there.
        code: stable name of what kept it from being drilled; "unknown_object" where it holds no restore point yet, ""
            where nothing did.
        message, hint: why, and what to do; "" where it was drilled.
    """

    id: str
    store: str
    drills: int
    code: str = ""
    message: str = ""
    hint: str = ""

    @property
    def failed(self) -> bool:
        """Whether there was something to drill, and it could not be."""
        return self.code not in ("", ErrorCode.UNKNOWN_OBJECT)

    @property
    def locked(self) -> bool:
        """Whether a key is all that is missing."""
        return self.code in (ErrorCode.NEEDS_KEY, ErrorCode.WRONG_KEY)


@dataclass(frozen=True, slots=True)
class Drilled:
    """What became of every store.

    Attributes:
        items: the drills that were made, passed or not.
        stores: what became of each that was asked for; () where whole-file copies of this computer were drilled.
    """

    items: tuple[Drill, ...]
    stores: tuple[StoreDrilled, ...]


def drill_stores(
    catalog: Catalog,
    path: Path,
    context: Context,
    *,
    only: Sequence[str] = (),
    point: str = "",
    given: Unlocking | None = None,
    chance: random.Random | None = None,
) -> Drilled:
    """Drill points of every store of the database at a path; see `drill`.

    Args:
        only: these stores, by their names.
        point: one point only, by the start of its id.
        given: opens encrypted stores; one that it does not open is tried with what this machine keeps.

    Raises as `drill` does where there is one store only, or one alone was asked for, or there is nothing to drill.
    """
    known_as = database_id(catalog, path, context)
    with catalog.reading() as session:
        every = points.of_database(session, known_as)
        known = tuple(stores.find(session, known_as, name) for name in only)
        known = known or stores.of_database(session, known_as)
    filled = {each.store_id for each in every}
    there = [each for each in known if each.id in filled]
    if point or len(known) < 2 or not there:
        store = only[0] if len(only) == 1 else ""
        done = drill(catalog, path, context, store=store, point=point, given=given, chance=chance)
        ids = [each.store_id for each in done]
        return Drilled(done, tuple(_drilled(each, ids.count(each.id)) for each in known if each.id in ids))
    items: list[Drill] = []
    told: list[StoreDrilled] = []
    for number, each in enumerate(known):
        context.report(number, len(known), unit="stores", note=each.name)
        with context.step() as step:
            try:
                made = _drill(catalog, path, each, given, chance, step) if each in there else ()
            except (Failure, Refused) as error:
                told.append(_missed(each, error.code, error.message, error.hint))
                continue
        items += made
        told.append(_drilled(each, len(made)) if made else _missed(each, *_EMPTY))
    return Drilled(tuple(items), tuple(told))


def _drill(
    catalog: Catalog,
    path: Path,
    store: Store,
    given: Unlocking | None,
    chance: random.Random | None,
    context: Context,
) -> tuple[Drill, ...]:
    try:
        return drill(catalog, path, context, store=store.name, given=given, chance=chance)
    except Failure as error:
        if given is None or error.code is not ErrorCode.WRONG_KEY:
            raise
        try:  # it is the key of another of the stores
            return drill(catalog, path, context, store=store.name, chance=chance)
        except Failure as second:
            raise (error if second.code is ErrorCode.NEEDS_KEY else second) from None


def _drilled(store: Store, drills: int) -> StoreDrilled:
    return StoreDrilled(store.id, store.name, drills)


def _missed(store: Store, code: ErrorCode, message: str, hint: str) -> StoreDrilled:
    return StoreDrilled(store.id, store.name, 0, code.value, message, hint)
