"""Putting content-named objects into a store, unless they are there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import layout, present, sealing
from steward_app.services.backup.store.model import OpenStore
from steward_app.storage.objects import ObjectInfo

_FOUND_FOR: Final = timedelta(days=6)  # what is older may be swept in this moment: it is written anew


@dataclass(frozen=True, slots=True)
class Placed:
    """An object that is in the store now. `new_bytes` is 0 when it was there before."""

    name: str
    new_bytes: int


def place_file(
    store: OpenStore, prefix: str, contents: Path, context: Context, *, expected: bytes | None = None
) -> Placed:
    """Put a file's contents into the store.

    Args:
        prefix: the folder, and all of the name before the hashes: "packs/", "maps/".
        contents: a scratch file; where the store is encrypted, what is sealed lies beside it for a moment.
        expected: the hash the contents must have, when it is known.
    """
    hashed = sealing.file_digest(contents, store.naming_key)
    if expected is not None and hashed != expected:
        raise Failure(
            ErrorCode.IO_ERROR,
            f"“{contents.name}” in scratch space changed between writing and reading it.",
            hint="No point was made, and the database is untouched. Check the disk that holds the scratch space, "
            "then try again.",
        )
    whole = _prefix(prefix, hashed)
    there = _found(store, whole, contents.stat().st_size, context)
    if there:
        return Placed(there.name, 0)
    sealed = contents.with_name(contents.name + ".age")
    try:
        stored = sealing.seal_file(contents, sealed, store)
        mark = sealing.file_digest(stored, store.naming_key).hex() if store.encrypted else ""
        name = layout.finished(whole, mark)
        store.objects.put(name, stored, context)
        return Placed(name, stored.stat().st_size)
    finally:
        sealed.unlink(missing_ok=True)


def place_bytes(store: OpenStore, prefix: str, contents: bytes, context: Context) -> Placed:
    """The same for small contents."""
    whole = _prefix(prefix, sealing.digest(contents, store.naming_key))
    there = _found(store, whole, len(contents), context)
    if there:
        return Placed(there.name, 0)
    stored = sealing.seal(contents, store)
    mark = sealing.digest(stored, store.naming_key).hex() if store.encrypted else ""
    name = layout.finished(whole, mark)
    store.objects.put(name, stored, context)
    return Placed(name, len(stored))


def _found(store: OpenStore, whole: str, size_bytes: int, context: Context) -> ObjectInfo | None:
    """An object with these contents that is there already, and stays."""
    there = present.with_contents(store, whole, size_bytes, context)
    return there if there and clock.now() - there.modified_at < _FOUND_FOR else None


def _prefix(prefix: str, hashed: bytes) -> str:
    return layout.pack_prefix(hashed.hex()) if prefix == layout.PACKS else prefix + hashed.hex()
