"""The last step of every point: its manifest."""

from __future__ import annotations

from dataclasses import replace

from steward_app.kernel.errors import ErrorCode
from steward_app.kernel.progress import Context
from steward_app.kernel.text import visible
from steward_app.services.backup.store import failures, layout, manifest, present
from steward_app.services.backup.store.model import BaseUnusable, Manifest, OpenStore, StoredPoint


def announce(
    store: OpenStore, new: Manifest, context: Context, *, base: Manifest | None = None
) -> StoredPoint:
    """Write the manifest when everything it names is there, and take it back when that is not so a moment later.

    It is also taken back when the base went meanwhile: a prune that removed the base's manifest before it could see the
    new one may be about to sweep what the two share; one that still finds the base, or the new one, spares it.

    A point that is announced already, by a try that was cut off afterwards, is returned as it is. The sequence is set
    here: one more than any point in the store has, told by the names.

    Args:
        base: the point whose objects it shares.
    """
    names = [layout.read_point(info.name) for info in store.objects.list(layout.POINTS, context)]
    known = next((name for name in names if name and name.id == new.id), None)
    if known:
        return _same(manifest.read(store, known.name, context), new)
    new = replace(new, sequence=1 + max((name.sequence for name in names if name), default=0))
    _require(store, new, base, context)
    context.checkpoint()
    name = manifest.name_of(new)
    store.objects.put(name, manifest.to_bytes(new, store.naming_key), context)
    try:
        _require(store, new, base, Context())
    except BaseUnusable:
        store.objects.delete(name)
        raise
    return StoredPoint(name, new)


def base_gone(store: OpenStore, name: str) -> BaseUnusable:
    """What a point was to stand on is not there."""
    return BaseUnusable(
        ErrorCode.NOT_FOUND,
        f"The new restore point needs {failures.object_words(name)}, which is not in the store at "
        f"{visible(store.objects.where)} any more.",
        hint="No point was made, and the database is untouched. A point that stands alone can be made; verify the "
        "store to see which points are affected.",
    )


def _require(store: OpenStore, new: Manifest, base: Manifest | None, context: Context) -> None:
    if base is not None and store.objects.info(manifest.name_of(base), context) is None:
        raise base_gone(store, manifest.name_of(base))
    for name in present.missing(store, new.objects, context):
        raise base_gone(store, name)


def _same(there: StoredPoint, new: Manifest) -> StoredPoint:
    if (there.manifest.root, there.manifest.made_at) != (new.root, new.made_at):
        raise ValueError(f"two points cannot have one id: {new.id}")
    return there
