"""Plain points: one SQLite file, compressed. Any computer with `zstd` (and `age`) opens them: the way out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import details, failures, layout, sealing
from steward_app.services.backup.store.announce import announce
from steward_app.services.backup.store.fetch import Fetcher
from steward_app.services.backup.store.model import Details, Manifest, OpenStore, PointKind, StoredPoint
from steward_app.services.backup.store.upload import place_file
from steward_app.storage import read_chunks
from steward_app.storage.disk import translated
from steward_app.storage.local import Staged

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """What a plain point shall be called. `made_at` is RFC 3339, UTC."""

    id: str
    made_at: str
    page_size_bytes: int


def write_plain(
    store: OpenStore, copy: Path, staging: Path, told: Details, request: PlainRequest, context: Context
) -> StoredPoint:
    """Write a SQLite file (made by VACUUM INTO) as a point of its own.

    Args:
        copy: the file, which nobody has open.
        staging: a scratch folder.

    Raises `Failure` of the store, or NEEDS_KEY when it was not unlocked.
    """
    if not store.unlocked:
        raise failures.locked(store)
    with translated(copy):
        size = copy.stat().st_size
    packed = staging / "plain.zst"
    root = _compress(copy, packed, size, store.naming_key, context)
    placed = place_file(store, layout.plain_prefix(request.made_at, request.id), packed, context)
    packed.unlink()
    described = details.place(store, told, context)
    new = Manifest(
        kind=PointKind.PLAIN,
        id=request.id,
        store_id=store.descriptor.store_id,
        database_id=store.descriptor.database_id,
        sequence=0,  # `announce` counts on
        made_at=request.made_at,
        page_size_bytes=request.page_size_bytes,
        pages=size // request.page_size_bytes,
        root=root,
        maps=(),
        packs=(placed.name,),
        details=described.name,
        new_bytes=placed.new_bytes + described.new_bytes,
    )
    return announce(store, new, context)


def copy_plain(fetcher: Fetcher, scratch: Path, new: Staged, context: Context) -> None:
    """Write a plain point's file, its size and hash compared with the manifest."""
    manifest = fetcher.manifest
    (name,) = manifest.packs
    packed = fetcher.file(name, scratch, context, most_bytes=manifest.size_bytes)
    hashed = sealing.new_hash(fetcher.store.naming_key)
    done = 0
    new.write(b"")
    try:
        for piece in _pieces(packed, manifest.size_bytes):
            context.checkpoint()
            done += len(piece)
            hashed.update(piece)
            new.write(piece)
            context.report(done, manifest.size_bytes, unit="bytes")
    except ValueError as error:
        raise fetcher.damaged(name, "it cannot be decompressed") from error
    packed.unlink()
    if done != manifest.size_bytes or hashed.hexdigest() != manifest.root:
        raise _another_file(fetcher, name)


def _pieces(packed: Path, size_bytes: int) -> Iterator[bytes]:
    with sealing.decompressed(packed, size_bytes) as source:
        while piece := source.read(_CHUNK_BYTES):
            yield piece


def _another_file(fetcher: Fetcher, name: str) -> Failure:
    return fetcher.damaged(name, "the file in it is not the one that was captured")


def _compress(copy: Path, packed: Path, size: int, key: bytes | None, context: Context) -> str:
    hashed = sealing.new_hash(key)

    def pieces() -> Iterator[bytes]:
        done = 0
        for piece in read_chunks(copy):
            context.checkpoint()
            hashed.update(piece)
            done += len(piece)
            context.report(done, size, unit="bytes", note="Compressing the plain copy")
            yield piece

    with translated(packed), packed.open("wb") as file:
        sealing.compressed_file(pieces(), file, size)
    return hashed.hexdigest()
