"""The last step of every point: its manifest."""

from __future__ import annotations

from dataclasses import replace

from steward_app.kernel.errors import ErrorCode
from steward_app.kernel.progress import Context
from steward_app.kernel.text import visible
from steward_app.services.backup.store import failures, layout, manifest, present
from steward_app.services.backup.store.descriptor import read_descriptor
from steward_app.services.backup.store.model import (
    BaseUnusable,
    Manifest,
    OpenStore,
    RecipientsChanged,
    StoredPoint,
)


def announce(
    store: OpenStore, new: Manifest, context: Context, *, base: Manifest | None = None
) -> StoredPoint:
    """Write the manifest when everything it names is there, and take it back when that is not so a moment later.

    It is also taken back when the base went meanwhile: a prune that removed the base's manifest before it could see the
    new one may be about to sweep what the two share; one that still finds the base, or the new one, spares it. So it is
    where the store lists other recipients by then.

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
    _require_recipients(store, context)
    context.checkpoint()
    name = manifest.name_of(new)
    store.objects.put(name, manifest.to_bytes(new, store.naming_key), context)
    try:
        _require(store, new, base, Context())
        _require_recipients(store, Context())
    except (BaseUnusable, RecipientsChanged):
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


def _require_recipients(store: OpenStore, context: Context) -> None:
    """Raise where a recipient was added or removed since this writer began: the point is not sealed as it should be."""
    if not store.encrypted:
        return
    now, then = read_descriptor(store.objects, context), store.descriptor
    if (now.recipients, now.since) != (then.recipients, then.since):
        raise RecipientsChanged(
            ErrorCode.CHANGED_ON_DISK,
            f"Who can open the store at {visible(store.objects.where)} was changed while the point was written.",
            hint="No point was made, and the database is untouched. The next one goes to those who are listed now.",
        )


def _same(there: StoredPoint, new: Manifest) -> StoredPoint:
    if (there.manifest.root, there.manifest.made_at) != (new.root, new.made_at):
        raise ValueError(f"two points cannot have one id: {new.id}")
    return there
