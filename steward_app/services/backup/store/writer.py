"""Writing a point: packs, map and details first, the manifest last.

Until the manifest is there nothing is a point, and what a killed writer left is found by the next one or swept by
prune. What a new point shares with its base is looked for before the manifest is written and once more after it, so
that a prune on another machine cannot take it away in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import details, failures, layout, manifest, present
from steward_app.services.backup.store.announce import announce, base_gone
from steward_app.services.backup.store.keys import seal_naming_key
from steward_app.services.backup.store.map import (
    DELTAS_AT_MOST,
    MapHeader,
    MapKind,
    resolve,
    write_staged,
)
from steward_app.services.backup.store.model import (
    BasePoint,
    BaseUnusable,
    Details,
    Manifest,
    OpenStore,
    PointKind,
    PointRequest,
    StoredPoint,
)
from steward_app.services.backup.store.staging import GROUPS, Scanned, StagedPack
from steward_app.services.backup.store.upload import Placed, place_file
from steward_app.storage import process
from steward_app.storage.objects import in_parallel

MAP = "map.zst"
"""The map of the point just written, opened, in the staging folder."""


@dataclass(frozen=True, slots=True)
class _Map:
    placed: Placed
    maps: tuple[str, ...]
    packs: tuple[str, ...]


def write_point(
    store: OpenStore,
    staged: Scanned,
    staging: Path,
    base: BasePoint | None,
    request: PointRequest,
    context: Context,
) -> StoredPoint:
    """Write what a scan staged as a new point; a try that was cut off is finished by the same call again.

    Args:
        base: the point the scan was compared with; None when it was compared with nothing.

    Raises:
        BaseUnusable: something of the base is gone; no point was made. Scan without a base and write again.
        Failure: of the store, or NEEDS_KEY when it was not unlocked.
    """
    _check(store, staged, base)
    _keep_naming_key(store, context)
    reused = (*base.manifest.maps, *base.manifest.packs) if base else ()
    there = _present(store, reused, context)
    packs = _upload_packs(store, staged.packs, context)
    written = _write_map(store, staged, staging, base, packs, there, context)
    told = _place_details(store, staged, request, context)
    new = Manifest(
        kind=PointKind.PAGES,
        id=request.id,
        store_id=store.descriptor.store_id,
        database_id=store.descriptor.database_id,
        sequence=0,  # `announce` counts on
        made_at=clock.to_text(staged.made_at),
        page_size_bytes=staged.page_size_bytes,
        pages=staged.pages,
        root=staged.root.hex(),
        maps=written.maps,
        packs=written.packs,
        details=told.name,
        new_bytes=sum(each.new_bytes for each in (*packs, written.placed, told)),
    )
    return announce(store, new, context, base=base.manifest if base else None)


def _check(store: OpenStore, staged: Scanned, base: BasePoint | None) -> None:
    if not store.unlocked:
        raise failures.locked(store)
    if base is None:
        return
    manifest.check_belongs(store, base.manifest)
    if base.manifest.page_size_bytes != staged.page_size_bytes:
        raise BaseUnusable(
            ErrorCode.CHANGED_ON_DISK,
            "The database has another page size than at its last restore point.",
            hint="No point was made. A point that stands alone can be made.",
        )


def _keep_naming_key(store: OpenStore, context: Context) -> None:
    """Write the naming key into an encrypted store that lost it: a new computer needs it to restore."""
    if store.naming_key and store.objects.info(layout.NAMING_KEY, context) is None:
        sealed = seal_naming_key(store.naming_key, store.descriptor.of_the_naming_key)
        store.objects.put(layout.NAMING_KEY, sealed, context)


def _present(store: OpenStore, names: tuple[str, ...], context: Context) -> dict[str, int]:
    """The sizes of objects that must be there. Raises `BaseUnusable` where one is not."""
    there = present.sizes(store, names, context)
    gone = [name for name in names if name not in there]
    if gone:
        raise base_gone(store, gone[0])
    return there


def _upload_packs(store: OpenStore, packs: tuple[StagedPack, ...], context: Context) -> tuple[Placed, ...]:
    total = sum(pack.size_bytes for pack in packs)

    def upload(pack: StagedPack, stop: Context) -> Placed:
        return place_file(store, layout.PACKS, pack.path, stop, expected=pack.content_hash)

    placed: list[Placed] = []
    done = 0
    for pack, each in zip(packs, in_parallel(store.objects, upload, packs, context), strict=True):
        placed.append(each)
        done += pack.size_bytes
        context.report(done, total, unit="bytes", note="Writing to the store")
    return tuple(placed)


def _write_map(
    store: OpenStore,
    staged: Scanned,
    staging: Path,
    base: BasePoint | None,
    packs: tuple[Placed, ...],
    there: dict[str, int],
    context: Context,
) -> _Map:
    names = tuple(dict.fromkeys(pack.name for pack in packs))
    path = staging / MAP
    header = MapHeader(
        MapKind.DELTA if base else MapKind.KEYFRAME,
        staged.page_size_bytes,
        staged.pages,
        tuple(pack.name for pack in packs),
    )
    write_staged(path, header, staging / GROUPS)
    if base is None:
        return _placed_map(store, path, (), names, context)
    if not _keyframe_due(base.manifest.maps, there, path.stat().st_size):
        every = tuple(dict.fromkeys((*base.manifest.packs, *names)))
        return _placed_map(store, path, base.manifest.maps, every, context)
    needed = _merge(base, path, staging / "merge", context)
    return _placed_map(store, path, (), needed, context)


def _placed_map(
    store: OpenStore, path: Path, before: tuple[str, ...], packs: tuple[str, ...], context: Context
) -> _Map:
    placed = place_file(store, layout.MAPS, path, context)
    return _Map(placed, (*before, placed.name), packs)


def _keyframe_due(maps: tuple[str, ...], sizes: dict[str, int], delta_bytes: int) -> bool:
    """Whether enough deltas stand on the last keyframe, or they outweigh it."""
    if len(maps) > DELTAS_AT_MOST:
        return True
    return sum(sizes[name] for name in maps[1:]) + delta_bytes > sizes[maps[0]]


def _merge(base: BasePoint, delta: Path, folder: Path, context: Context) -> tuple[str, ...]:
    """Turn the delta at a path into a keyframe there; the packs it needs."""
    folder.mkdir()
    try:
        maps = base.load_maps(folder, context)
        page_map = resolve((*maps, delta), folder, context)
    except ValueError as error:
        raise BaseUnusable(
            ErrorCode.DAMAGED,
            "The page maps of the last restore point are damaged.",
            hint="No point was made, and the database is untouched. A point that stands alone can be made; verify "
            "the store to see which points are affected.",
        ) from error
    return page_map.write_keyframe(delta)


def _place_details(store: OpenStore, staged: Scanned, request: PointRequest, context: Context) -> Placed:
    described = Details(
        source_path=request.source_path,
        journal_mode=staged.journal_mode,
        reason=request.reason,
        operation_id=request.operation_id,
        application=request.application,
        schema_hash=staged.schema_hash,
        found=request.found,
        clock_note=request.clock_note,
        warning=request.warning,
        computer=process.host(),
    )
    return details.place(store, described, context)
