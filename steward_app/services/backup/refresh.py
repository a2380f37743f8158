"""Looking into the stores: their points, proofs and holds are taken into the catalog, which shows them ever after.

Names alone tell nearly everything, so a point that is known already is not read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.catalog import Catalog, points, schedules, stores
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Store
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.services.backup import retention
from steward_app.services.backup.capture import as_point
from steward_app.services.backup.connect import Opened, login_wanted, reached
from steward_app.services.backup.known import database_id
from steward_app.services.backup.status import Status, status, unset
from steward_app.services.backup.store import reader, records
from steward_app.services.backup.store.layout import PointName, ProofName
from steward_app.services.backup.store.model import ProofState

_STATES = {
    ProofState.CHECKED: PointState.CHECKED,
    ProofState.PROVEN: PointState.PROVEN,
    ProofState.FAILED: PointState.FAILED,
}
_UNREADABLE = (ErrorCode.DAMAGED, ErrorCode.NEWER_FORMAT)
_NOT_HERE = (ErrorCode.NOT_FOUND, ErrorCode.WHICH_DATABASE)
"""Thinned out in this moment, or of another store, which says nothing of its bytes."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the names in a store tell."""

    points: Mapping[str, PointName]
    proofs: Mapping[str, ProofName]
    held: frozenset[str]
    released: frozenset[str]
    size_bytes: int
    free_bytes: int | None


def refresh(catalog: Catalog, store: Store, context: Context) -> Store:
    """Look into one store; how it is known to the catalog then.

    Points that another computer thinned out go from the list; one that should be there and is not is missing.

    Raises `Failure` when the store does not answer, which is remembered.
    """
    with reached(catalog, store, context) as found:
        with catalog.reading() as session:
            ours = [p for p in points.of_database(session, store.database_id) if p.store_id == store.id]
        listed = _list(found, context, [point.id for point in ours if point.held])
        known = {point.id: point for point in ours}
        new = [
            _read(found, store, name, listed, context)
            for name in listed.points.values()
            if name.id not in known or (found.readable and _told_little(known[name.id]))
        ]
        new += [
            _held_and_gone(store, each) for each in sorted(listed.held - known.keys() - listed.points.keys())
        ]
    with catalog.unit() as unit:
        for point in new:
            if point is not None:
                points.adopt(unit, point)
        learned = {point.id: point for point in new if point is not None}
        for point in ours:
            if point.id in listed.points:
                points.replace(unit, _as_listed(_knowing(point, learned.get(point.id)), listed))
        # A new one, of another computer, may have taken the place of an old one.
        every = points.of_database(unit.session, store.database_id)
        for point, stays in _gone(catalog, [each for each in every if each.store_id == store.id], listed):
            if stays:
                points.update(unit, point.id, PointState.MISSING)
            else:
                points.delete(unit, point.id)
        stores.answered(unit, stores.get(unit.session, store.id), listed.size_bytes, listed.free_bytes)
        unit.commit()
        return stores.get(unit.session, store.id)


def refresh_all(catalog: Catalog, path: Path, context: Context) -> tuple[Store, ...]:
    """Look into every store of the database at a path. One that does not answer says so in its `problem`."""
    known_as = database_id(catalog, path, context)
    with catalog.reading() as session:
        known = stores.of_database(session, known_as)
    looked = []
    for number, store in enumerate(known):
        context.report(number, len(known), unit="stores", note=store.name)
        try:
            looked.append(refresh(catalog, store, context))
        except (Failure, Refused) as error:
            with catalog.unit() as unit:
                stores.silent(unit, stores.get(unit.session, store.id), error.message, login_wanted(error))
                unit.commit()
                looked.append(stores.get(unit.session, store.id))
    return tuple(looked)


def look(catalog: Catalog, path: Path, context: Context) -> Status:
    """Look into every store of the database at a path, and say how it is guarded."""
    refresh_all(catalog, path, context)
    return status(catalog, database_id(catalog, path, context))


def stored_points(found: Opened, store: Store, context: Context, start: str = "") -> Iterator[Point]:
    """The points of a store whose ids begin so, newest first, as the store tells them. Nothing is remembered."""
    listed = _list(found, context)
    for name in sorted(listed.points.values(), key=lambda each: each.sequence, reverse=True):
        point = _read(found, store, name, listed, context) if name.id.startswith(start) else None
        if point is not None:
            yield point


def _list(found: Opened, context: Context, known_held: Iterable[str] = ()) -> _Listed:
    """What the names tell; and whether somebody released what was held and is not any more."""
    size_bytes = sum(info.size_bytes for info in found.store.objects.list("", context))
    newest: dict[str, ProofName] = {}
    for proof in records.proofs(found.store, context):  # oldest first
        newest[proof.point_id] = proof
    return _Listed(
        {name.id: name for name in reader.point_names(found.store, context)},
        newest,
        held := records.holds(found.store, context),
        frozenset(
            each
            for each in known_held
            if each not in held and records.was_released(found.store, each, context)
        ),
        size_bytes,
        _free_bytes(found),
    )


def _free_bytes(found: Opened) -> int | None:
    """Room left in a store; what else is told of it does not depend on that."""
    try:
        return found.store.objects.free_bytes()
    except Failure as error:
        if error.code in (ErrorCode.OFFLINE, ErrorCode.STORE_MISSING, ErrorCode.LOGIN_REFUSED):
            raise
        return None


def _read(found: Opened, store: Store, name: PointName, listed: _Listed, context: Context) -> Point | None:
    """A point this catalog does not know. What a manifest cannot tell without the private key stays unknown."""
    try:
        made = reader.read_manifest(found.store, name.name, context)
    except Failure as error:
        if error.code in _NOT_HERE:
            return None
        if error.code not in _UNREADABLE:
            raise
        now = clock.to_text(clock.now())
        unreadable = Point(
            name.id, store.database_id, name.made_at, Path(), Path(), 0, PointState.FAILED, now, error.message
        )
        return replace(unreadable, store_id=store.id, kind=points.PointKind.PAGES, sequence=name.sequence)
    point = as_point(made, store, PointState.TAKEN, "", "", Path())
    if found.readable:
        try:
            told = reader.read_details(found.store, made.manifest, found.identity, context)
        except Failure as error:
            if error.code not in (ErrorCode.DAMAGED, ErrorCode.NOT_FOUND, ErrorCode.WRONG_KEY):
                raise
        else:
            point = replace(
                point,
                reason=told.reason,
                operation_id=told.operation_id,
                source_path=Path(told.source_path),
                tables=told.found.tables if told.found else (),
                warning=told.warning,
                computer=told.computer,
            )
    return _as_listed(point, listed)


def _told_little(point: Point) -> bool:
    """Whether a point was taken in without the private key, which tells what it is about."""
    return not point.operation_id and not point.reason


def _knowing(point: Point, told: Point | None) -> Point:
    """A point with what its details tell."""
    if told is None:
        return point
    return replace(
        point,
        reason=told.reason,
        operation_id=told.operation_id,
        source_path=told.source_path,
        tables=told.tables,
        warning=told.warning,
        computer=told.computer,
    )


def _held_and_gone(store: Store, point_id: str) -> Point:
    """A point of which only the hold is there."""
    now = clock.to_text(clock.now())
    why = "Its manifest is gone; its hold is not"
    point = Point(point_id, store.database_id, now, Path(), Path(), 0, PointState.MISSING, now, why)
    return replace(point, store_id=store.id, kind=points.PointKind.PAGES, held="On legal hold")


def _as_listed(point: Point, listed: _Listed) -> Point:
    """A point with the state and the hold that the names in the store tell."""
    proof = listed.proofs.get(point.id)
    if proof is not None:
        point = replace(point, state=_STATES[proof.state], state_at=proof.at)
    elif point.state is PointState.MISSING:  # it is there again, and nobody has looked into it
        point = replace(point, state=PointState.TAKEN, state_at=clock.to_text(clock.now()))
    if point.id in listed.held:
        return replace(point, held=point.held or "On legal hold")
    return replace(point, held="") if point.id in listed.released else point


def _gone(catalog: Catalog, ours: list[Point], listed: _Listed) -> list[tuple[Point, bool]]:
    """Points that are no longer in the store, and whether the rules for what stays say that they should be."""
    gone = [point for point in ours if point.id not in listed.points]
    if not gone:
        return []
    with catalog.reading() as session:
        schedule = schedules.get(session, ours[0].database_id) or unset(ours[0].database_id)
    decisions = retention.decide(ours, retention.from_text(schedule.keep), clock.now())
    stays = {decision.point.id: decision.stays for decision in decisions}
    return [(point, stays[point.id]) for point in gone]
