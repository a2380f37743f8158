"""Mark and sweep: objects that no point of a store needs any more are removed, and what writers left unfinished.

What keeps a sweep from taking what somebody needs, though the store knows no transactions:

* nothing younger than seven days goes, by the store's own clock: what a writer put there is young;
* objects are listed first, then the manifests; so whatever a manifest names that was there then is spared;
* before each handful of deletions the manifests are listed again, and each object is looked at once more;
* a writer whose point shares objects with an older one looks, after its own manifest is there, whether the older one
  still is (`store.announce`): either it sees that the older one went, or the sweep sees the new one.

A sweep that is killed leaves nothing that the next one does not find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, visible
from steward_app.services.backup.store import layout, reader, records
from steward_app.services.backup.store.model import Listing, OpenStore
from steward_app.storage.objects import ObjectInfo, in_parallel

GRACE = timedelta(days=7)
"""What is younger, by the store's clock, is never swept."""

FOLDERS = (layout.PACKS, layout.MAPS, layout.DETAILS, layout.PLAIN)
_CLOCKS_DIFFER = timedelta(days=1)
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did.

    Attributes:
        objects, freed_bytes: what was removed.
        left: objects that nobody needs and that are still there: it was stopped.
        why_not: why nothing was swept, a sentence; "" when it was.
    """

    objects: int = 0
    freed_bytes: int = 0
    left: int = 0
    why_not: str = ""


def store_now(store: OpenStore, operation_id: str, context: Context) -> datetime:
    """The time by the store's own clock: what it gives to an object that is written now.

    Raises `Failure` when it is more than a day from this computer's: one of the two is wrong then, and nobody can say
    what is old.
    """
    name = layout.clock_object(operation_id)
    try:
        store.objects.put(name, b"{}", context)
        info = store.objects.info(name, context)
    finally:
        store.objects.delete(name)
    here = clock.now()
    if info is None or abs(info.modified_at - here) > _CLOCKS_DIFFER:
        told = clock.to_text(info.modified_at) if info else "nothing"
        raise Failure(
            ErrorCode.BLOCKED,
            f"The clock of the store at {visible(store.objects.where)} says {told}, and this computer's "
            f"{clock.to_text(here)}: nobody can tell what is old.",
            hint="Nothing was removed. Put the clock right that is wrong, then try again.",
        )
    return info.modified_at


def lying(store: OpenStore, context: Context) -> dict[str, ObjectInfo]:
    """Every object that points are made of, by name; whatever else lies in the store is none of ours."""
    return {
        info.name: info
        for folder in FOLDERS
        for info in store.objects.list(folder, context)
        if layout.hashes_in(info.name)
    }


def why_not_sweep(listing: Listing, held: Iterable[str]) -> str:
    """Why nobody can say what is needed, a sentence; "" when one can."""
    if listing.damaged:
        names = ", ".join(visible(each.name) for each in listing.damaged[:3])
        return (
            f"What {plural(len(listing.damaged), 'point')} need cannot be read, so no object is removed: {names}. Put "
            "the manifest back from another copy of the store, or wait until the rules let the point go"
        )
    gone = sorted(set(held) - {point.manifest.id for point in listing.points})
    if gone:
        return (
            f"The manifest of {', '.join(map(visible, gone[:3]))}, which is on legal hold, is not there, so no object "
            "is removed. Put it back from another copy of the store, or release the hold"
        )
    return ""


def sweep(store: OpenStore, now: datetime, context: Context, *, known: Listing | None = None) -> Swept:
    """Remove what no point needs, and what is left of points that went.

    Args:
        now: by the store's clock.
        known: manifests that were read a moment ago.

    Cancelling stops it between two objects; that is a result, and no error. Raises `Failure` of the store.
    """
    before = now - GRACE
    here = Context()  # looking is short, and what was removed before is to be told
    old = {name: info for name, info in lying(store, here).items() if info.modified_at < before}
    listing = reader.points(store, here, known=known)
    if why_not := why_not_sweep(listing, records.holds(store, here)):
        return Swept(why_not=why_not)
    needed = _Needed(store, listing)
    unneeded = [info for name, info in old.items() if name not in needed.objects]
    done, freed_bytes = 0, 0
    for at in range(0, len(unneeded), _AT_ONCE):
        if context.cancelled or not needed.look_again():
            return Swept(done, freed_bytes, len(unneeded) - at)
        going = [info for info in unneeded[at : at + _AT_ONCE] if info.name not in needed.objects]
        gone = [
            info for info in in_parallel(store.objects, _deleting(store, before), going, Context()) if info
        ]
        done += len(gone)
        freed_bytes += sum(info.size_bytes for info in gone)
        context.report(done, len(unneeded), unit="objects", note="Removing what no point needs")
    _sweep_records(store, before, needed.points)
    store.objects.sweep(before)
    return Swept(done, freed_bytes)


class _Needed:
    """The objects that points need; more of them each time somebody else made one."""

    def __init__(self, store: OpenStore, listing: Listing) -> None:
        self._store = store
        self._names = {point.name for point in listing.points}
        self.points = {point.manifest.id for point in listing.points}
        self.objects = {name for point in listing.points for name in point.manifest.objects}

    def look_again(self) -> bool:
        """Take in what new points name; False when one of them cannot be read."""
        new = [each for each in reader.point_names(self._store, Context()) if each.name not in self._names]
        for each in new:
            try:
                made = reader.read_manifest(self._store, each.name, Context())
            except Failure as error:
                if error.code is ErrorCode.NOT_FOUND:  # taken back in this moment
                    continue
                if error.code in (ErrorCode.DAMAGED, ErrorCode.NEWER_FORMAT, ErrorCode.WHICH_DATABASE):
                    return False
                raise
            self._names.add(each.name)
            self.points.add(each.id)
            self.objects.update(made.manifest.objects)
        return True


def _deleting(store: OpenStore, before: datetime) -> Callable[[ObjectInfo, Context], ObjectInfo | None]:
    def delete(info: ObjectInfo, stop: Context) -> ObjectInfo | None:
        """The object, when it was removed; None for one that somebody wrote again meanwhile."""
        now = store.objects.info(info.name, stop)
        if now is None or now.modified_at >= before:
            return None
        store.objects.delete(info.name, stop)
        return info

    return delete


def _sweep_records(store: OpenStore, before: datetime, points: set[str]) -> None:
    """Remove proofs and releases of points that are gone, and what earlier sweeps left of looking at the clock.

    A hold is never removed: only whoever is asked to release it may.
    """
    going: list[ObjectInfo] = []
    for info in store.objects.list(layout.PROOFS):
        proof = layout.read_proof(info.name)
        if proof and proof.point_id not in points:
            going.append(info)
    for info in store.objects.list(layout.HOLDS):
        released = layout.read_release(info.name)
        if released and released not in points:
            going.append(info)
    going += store.objects.list(layout.CLOCK)
    old: Sequence[ObjectInfo] = [info for info in going if info.modified_at < before]
    for _ in in_parallel(store.objects, _deleting(store, before), old, Context()):
        pass
