"""Putting content-named objects into a store, unless they are there."""

from __future__ import annotations

import secrets as randomness
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import layout, present, sealing
from steward_app.services.backup.store.model import OpenStore
from steward_app.storage import read_chunks
from steward_app.storage.disk import translated
from steward_app.storage.objects import ObjectInfo

_FOUND_FOR: Final = timedelta(days=6)
_SKIPPABLE: Final = (0x184D2A50).to_bytes(4, "little") + (16).to_bytes(4, "little")


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
    with ExitStack() as tidy:
        if mark := _mark_of(store):
            contents = _told_apart(contents, mark)
            tidy.callback(contents.unlink)
            hashed = sealing.file_digest(contents, store.naming_key)
        whole = _prefix(prefix, hashed)
        there = present.with_contents(store, whole, contents.stat().st_size, context)
        if there and _stays(there):
            return Placed(there.name, 0)
        if there and not store.encrypted:
            contents = _told_apart(contents, _mark())
            tidy.callback(contents.unlink)
            whole = _prefix(prefix, sealing.file_digest(contents, store.naming_key))
        sealed = contents.with_name(contents.name + ".age")
        tidy.callback(sealed.unlink, missing_ok=True)
        stored = sealing.seal_file(contents, sealed, store)
        as_stored = sealing.file_digest(stored, store.naming_key).hex() if store.encrypted else ""
        name = layout.finished(whole, as_stored)
        store.objects.put(name, stored, context)
        return Placed(name, stored.stat().st_size)


def place_bytes(store: OpenStore, prefix: str, contents: bytes, context: Context) -> Placed:
    """The same for small contents."""
    contents += _mark_of(store)
    whole = _prefix(prefix, sealing.digest(contents, store.naming_key))
    there = present.with_contents(store, whole, len(contents), context)
    if there and _stays(there):
        return Placed(there.name, 0)
    if there and not store.encrypted:
        contents += _mark()
        whole = _prefix(prefix, sealing.digest(contents, store.naming_key))
    stored = sealing.seal(contents, store)
    mark = sealing.digest(stored, store.naming_key).hex() if store.encrypted else ""
    name = layout.finished(whole, mark)
    store.objects.put(name, stored, context)
    return Placed(name, len(stored))


def _stays(there: ObjectInfo) -> bool:
    """Whether an object that is there already stays until the point that shall need it can be seen.

    One that is older may be needed by nobody and be swept in this moment. Then the contents are written under a name
    that no prune has in mind: sealing gives them another in any case, and where nothing is sealed a mark does.
    """
    return clock.now() - there.modified_at < _FOUND_FOR


def _told_apart(contents: Path, mark: bytes) -> Path:
    """The same contents with a mark at their end, beside them."""
    marked = contents.with_name(contents.name + ".marked")
    with translated(marked), marked.open("wb") as file:
        for chunk in read_chunks(contents):
            file.write(chunk)
        file.write(mark)
    return marked


def _mark() -> bytes:
    """A skippable frame of zstd, which every reader passes over, with 16 bytes by chance."""
    return _SKIPPABLE + randomness.token_bytes(16)


def _mark_of(store: OpenStore) -> bytes:
    """The mark of what is sealed to these recipients, where some were added later; else b"".

    With it the same contents have another name for other recipients. So a writer finds only what was sealed to all that
    the store lists, also where another one, that did not know of a change yet, sealed it a moment ago.
    """
    if not store.descriptor.since:
        return b""
    listed = "\n".join(sorted(store.descriptor.recipients)).encode("ascii")
    return _SKIPPABLE + sealing.digest(listed, store.naming_key)[:16]


def _prefix(prefix: str, hashed: bytes) -> str:
    return layout.pack_prefix(hashed.hex()) if prefix == layout.PACKS else prefix + hashed.hex()
