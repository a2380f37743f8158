"""Making a restore point in a store: scan the live file, and write what changed since the last one.

    scan       a child process reads the pages of one moment, other programs go on (`store.scan`)
    write      what changed goes to the store, the manifest last (`store.writer`)

Nothing changed means: no new point. A scan changes nothing anywhere, so it is no operation yet; writing is one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app import __version__
from steward_app.catalog import Catalog, points, stores
from steward_app.catalog.journal import Event
from steward_app.catalog.points import Point, PointKind, PointState
from steward_app.catalog.stores import Store
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plan import Check, Fingerprint, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import quoted, size
from steward_app.services.backup.connect import Opened, reached
from steward_app.services.backup.damage import damaged_objects, failed_points
from steward_app.services.backup.emptied import refuse_emptied
from steward_app.services.backup.model import Examination
from steward_app.services.backup.odd import warning
from steward_app.services.backup.store import present, reader
from steward_app.services.backup.store.base_point import REMEMBERED, load_base, remember
from steward_app.services.backup.store.cache import StoreCache
from steward_app.services.backup.store.keys import machine_identity
from steward_app.services.backup.store.model import BasePoint, BaseUnusable, PointRequest, StoredPoint
from steward_app.services.backup.store.scan import scan
from steward_app.services.backup.store.staging import Scanned
from steward_app.services.backup.store.writer import write_point
from steward_app.services.operation import FileOperation, Outcome, Scope, Settlement, run
from steward_app.storage import process, scratch_directory
from steward_app.storage.secrets import open_secrets

_NEWEST = 3  # points that are tried, when this machine remembers none


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """A point that shall be written to a store, from a scan that was made."""

    path: Path
    store: Store
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A scan, and what it was compared with. Lies in scratch space for as long as the operation takes."""

    found: Opened
    base: BasePoint | None
    scanned: Scanned
    staging: Path


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of one store in a run.

    Attributes:
        point: the point that holds the database as it is now: a new one, or the last where nothing changed.
        receipt: of the operation that made it; None where nothing changed.
    """

    store: Store
    point: str
    receipt: Receipt | None

    @property
    def unchanged(self) -> bool:
        return self.receipt is None


class CapturePoint(FileOperation[CaptureRequest]):
    """Writes a scan to a store as a restore point. `settle` needs no scan."""

    name = "backup.capture"

    def __init__(self, taken: Taken | None = None) -> None:
        self._taken = taken

    def plan(self, request: CaptureRequest, context: Context) -> Plan:
        assert self._taken is not None, "a point is planned from a scan"
        scanned = self._taken.scanned
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Make a restore point of {quoted(request.path.name)} in {quoted(request.store.name)}",
            path=str(request.path.absolute()),
            database_id=request.store.database_id,
            made_at=clock.to_text(clock.now()),
            request={"store": request.store.id, "reason": request.reason},
            sentences=(
                f"{size(scanned.packed_bytes)} are new since the last point there; they are written to the store.",
            ),
            reversal=Reversal.NOT_NEEDED,
            reversal_text="Nothing that exists is changed.",
            fingerprint=Fingerprint(schema_hash=""),
            button="Make a restore point",
            needs_confirmation=False,
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        assert self._taken is not None, "a point is written from a scan"
        taken, store = self._taken, store_of(scope, plan)
        odd = warning(scope.catalog, scope.database_id, store.id, taken.scanned.tables, taken.scanned.problem)
        request = PointRequest(
            point_id_of(scope),
            plan.path,
            str(plan.request["reason"]),
            scope.operation_id,
            f"data-steward {__version__}",
            found=_held(taken.scanned),
            clock_note=_clock_note(scope, store, taken.scanned),
            warning=odd,
        )
        made = write_point(taken.found.store, taken.scanned, taken.staging, taken.base, request, context)
        context.finishing()
        point = as_point(made, store, PointState.TAKEN, request.reason, scope.operation_id, scope.path)
        with scope.catalog.unit() as unit:
            points.insert(
                unit, replace(point, tables=taken.scanned.tables or (), warning=odd, computer=process.host())
            )
            unit.commit()
        with suppress(Failure):  # forgetting costs the next run time; it is no failure of the point
            remember(cache_of(scope.catalog, store), taken.found.store, made, taken.staging, Context())
        told = f"{size(made.manifest.new_bytes)} new in {quoted(store.name)}"
        return Outcome(f"Restore point made: {told}", result=told_of(made, store))

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        assert self._taken is not None
        there = reader.read_manifest(self._taken.found.store, str(outcome.result["manifest"]), Context())
        same = there.manifest.root == self._taken.scanned.root.hex()
        return (Check("The manifest can be read again from the store", same),)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        if self._taken is not None:
            remove_manifest(self._taken.found, point_id_of(scope))
        forget_point(scope)

    def settle(self, started: Event, scope: Scope) -> Settlement:
        return settle_point(started, scope)


def settle_point(started: Event, scope: Scope) -> Settlement:
    """What is in the store decides whether a point was made.

    Where it does not answer, the next look at it will tell.
    """
    request = started.data["request"]
    assert isinstance(request, dict)
    with scope.catalog.reading() as session:
        store = stores.get(session, str(request["store"]))
    try:
        with reached(scope.catalog, store, Context()) as found:
            made = find_manifest(found, point_id_of(scope), Context())
            if made and present.missing(found.store, made.manifest.objects, Context()):
                found.store.objects.delete(made.name)  # a prune took what it shared before it could see it
                made = None
    except Failure:
        return Settlement(
            False,
            f"The store {quoted(store.name)} does not answer; if the point is in it, it is listed again.",
        )
    if made is None:
        return Settlement(False, "The restore point was not finished; what there was of it is swept later.")
    reason = str(request["reason"])
    with scope.catalog.unit() as unit:
        points.adopt(unit, as_point(made, store, PointState.TAKEN, reason, scope.operation_id, scope.path))
        unit.commit()
    return Settlement(True, "The restore point is in the store.")


def capture(
    catalog: Catalog,
    path: Path,
    store: Store,
    context: Context,
    *,
    reason: str = "By hand",
    run_id: str = "",
    contents: bool = False,
    anew: bool = False,
    within: Scope | None = None,
) -> Captured:
    """Bring a store up to date: a new point where the database changed since the last one there.

    Args:
        anew: a new point also where nothing changed: one that has an end of its own.
        within: the scope of an operation that this is a step of; its lease serves both.
        run_id: of the run that goes through all stores; a run of its own by default.
        contents: also read every row and keep what each table holds, where that makes nobody wait (WAL mode).

    Raises `Failure` of the database, the store, the disk; nothing that exists was changed.
    """
    with reached(catalog, store, context) as found, scratch_directory(catalog.scratch) as scratch:
        found = replace(found, store=replace(found.store, distrusted=damaged_objects(catalog, store)))
        try:
            done = _capture(
                *(catalog, path, store, found, scratch / "first", reason, contents, context),
                anew=anew,
                within=within,
            )
        except BaseUnusable:
            cache_of(catalog, store).forget_all()
            done = _capture(
                *(catalog, path, store, found, scratch / "again", reason, contents, context),
                alone=True,
                anew=anew,
                within=within,
            )
    _is_current(catalog, store, run_id or ids.new_id("run"), unchanged=done.unchanged)
    return done


def told_of(made: StoredPoint, store: Store) -> dict[str, Json]:
    """What the receipt of a point in a store holds."""
    return {
        "point": made.manifest.id,
        "store": store.id,
        "state": PointState.TAKEN.value,
        "new_bytes": made.manifest.new_bytes,
        "manifest": made.name,
        "root": made.manifest.root,
    }


def as_point(
    made: StoredPoint, store: Store, state: PointState, reason: str, operation_id: str, source: Path
) -> Point:
    """A point of a store as the catalog keeps it."""
    manifest = made.manifest
    return Point(
        id=manifest.id,
        database_id=store.database_id,
        made_at=manifest.made_at,
        path=Path(),
        source_path=source,
        size_bytes=manifest.size_bytes,
        state=state,
        state_at=manifest.made_at,
        reason=reason,
        operation_id=operation_id,
        store_id=store.id,
        kind=PointKind(manifest.kind.value),
        new_bytes=manifest.new_bytes,
        sequence=manifest.sequence,
    )


def find_manifest(found: Opened, point_id: str, context: Context) -> StoredPoint | None:
    """The point of that id in a store, or None."""
    names = (name for name in reader.point_names(found.store, context) if name.id == point_id)
    name = next(names, None)
    return reader.read_manifest(found.store, name.name, context) if name else None


def _capture(
    catalog: Catalog,
    path: Path,
    store: Store,
    found: Opened,
    scratch: Path,
    reason: str,
    contents: bool,
    context: Context,
    *,
    alone: bool = False,
    anew: bool = False,
    within: Scope | None = None,
) -> Captured:
    staging, known = scratch / "staging", scratch / "base"
    for folder in (scratch, staging, known):
        folder.mkdir()
    base = None if alone else _base(catalog, store, found, known, context)
    with context.step() as step:
        scanned = scan(
            path, staging, base.hashes if base else None, found.store.naming_key, step, contents=contents
        )
    if not scanned.pages:
        refuse_emptied(catalog, path, store.database_id)
    if base and base.manifest.page_size_bytes != scanned.page_size_bytes:
        base = None  # every page counted as changed: the point stands alone
    if base and not anew and scanned.changed_pages == 0 and scanned.pages == base.manifest.pages:
        return Captured(store, base.manifest.id, None)
    operation = CapturePoint(Taken(found, base, scanned, staging))
    plan = operation.plan(CaptureRequest(path, store, reason), context)
    receipt = run(operation, plan, catalog, context, within=within)
    return Captured(store, str((receipt.result or {})["point"]), receipt)


def _held(scanned: Scanned) -> Examination | None:
    """What the tables held in the moment of the scan, where they were read then; a drill compares with it."""
    if scanned.tables is None:
        return None
    return Examination("", scanned.schema_hash, scanned.tables, (), ())


def _base(catalog: Catalog, store: Store, found: Opened, scratch: Path, context: Context) -> BasePoint | None:
    """The point a new one stands on: the one this machine remembers, else one of the newest that can be read."""
    cache = cache_of(catalog, store)
    failed = {point.id for point in failed_points(catalog, store)}
    names = [name for name in reader.point_names(found.store, context) if name.id not in failed]
    kept = [name for name in names if f"{REMEMBERED}{name.id}" in cache.names()]
    for number, name in enumerate((*kept, *reversed(names[-_NEWEST:]))):
        try:
            point = reader.read_manifest(found.store, name.name, context)
        except Failure as error:
            if error.code in (ErrorCode.NOT_FOUND, ErrorCode.DAMAGED, ErrorCode.WHICH_DATABASE):
                continue
            raise
        folder = scratch / str(number)
        folder.mkdir()
        if base := load_base(found.store, point, cache, found.identity, folder, context):
            return base
    return None


def cache_of(catalog: Catalog, store: Store) -> StoreCache:
    """What this machine remembers of a store."""
    return StoreCache(catalog.directory, store.id, machine_identity(open_secrets(catalog.directory)))


def _is_current(catalog: Catalog, store: Store, run_id: str, *, unchanged: bool) -> None:
    """The store holds the database as it is; where nothing had changed, so do those that were in step with it."""
    now = clock.to_text(clock.now())
    with catalog.unit() as unit:
        known = stores.get(unit.session, store.id)
        if unchanged and known.run_id:
            for each in stores.of_database(unit.session, store.database_id):
                if each.run_id == known.run_id:
                    stores.add(unit, replace(each, run_id=run_id))
        stores.add(unit, replace(known, answered_at=now, problem="", current_at=now, run_id=run_id))
        unit.commit()


def _clock_note(scope: Scope, store: Store, scanned: Scanned) -> str:
    """What is odd when a point is older than the one before it: this machine's clock went back."""
    with scope.catalog.reading() as session:
        before = [p.made_at for p in points.of_database(session, scope.database_id) if p.store_id == store.id]
    made_at = clock.to_text(scanned.made_at)
    latest = max(before, default="")
    return (
        f"The clock of this computer went back: a point of {latest} was there already"
        if latest > made_at
        else ""
    )


def remove_manifest(found: Opened, point_id: str) -> None:
    """Take a point that was announced back; what it is made of is swept later."""
    for name in reader.point_names(found.store, Context()):
        if name.id == point_id:
            found.store.objects.delete(name.name)


def forget_point(scope: Scope) -> None:
    """Take the point of an operation out of the catalog."""
    with scope.catalog.unit() as unit:
        points.delete(unit, point_id_of(scope))
        unit.commit()


def store_of(scope: Scope, plan: Plan) -> Store:
    """The store that a plan names."""
    with scope.catalog.reading() as session:
        return stores.get(session, str(plan.request["store"]))


def point_id_of(scope: Scope) -> str:
    """One operation makes one point: what a crash left is found by its name."""
    return f"pt_{scope.operation_id.removeprefix('op_')}"
