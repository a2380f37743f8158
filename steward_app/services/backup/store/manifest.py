"""Manifests: one restore point each, in plain JSON with a seal, written last."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Final

from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plain import adapter
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import documents, failures, layout
from steward_app.services.backup.store.map import PAGE_SIZES
from steward_app.services.backup.store.model import Manifest, OpenStore, PointKind, StoredPoint
from steward_app.storage.objects import check_name

FORMAT: Final = "data-steward-point/1"
_FAMILY = FORMAT.rpartition("/")[0] + "/"
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME_LIMIT = 200
_MOST_PAGES = 0xFFFFFFFE  # https://www.sqlite.org/limits.html
_MOST_BYTES = 1 << 60
_MOST_DOCUMENT_BYTES = 64 << 20


def name_of(manifest: Manifest) -> str:
    """The object it lies under."""
    return layout.point(manifest.id, manifest.sequence, manifest.made_at)


def to_bytes(manifest: Manifest, key: bytes | None) -> bytes:
    """As it is stored."""
    fields = asdict(manifest)
    return documents.to_json(
        {"format": FORMAT, **fields, "maps": list(manifest.maps), "packs": list(manifest.packs)}, key
    )


def read(store: OpenStore, name: str, context: Context) -> StoredPoint:
    """The point under that name.

    Its seal is checked; in an encrypted store that was not unlocked only that it makes sense. Raises `Failure`:
    NOT_FOUND, DAMAGED (also for a manifest that lies under another's name), NEWER_FORMAT, WHICH_DATABASE.
    """
    where = store.objects.where
    data = store.objects.get(name, context, most_bytes=_MOST_DOCUMENT_BYTES)
    try:
        manifest = _parsed(data, store, name)
        if name_of(manifest) != name:
            raise ValueError("it lies under the name of another")
    except ValueError as error:  # pydantic's errors are of this kind
        raise failures.manifest_damaged(where, name) from error
    _check_store(store, manifest)
    return StoredPoint(name, manifest)


def _check_store(store: OpenStore, manifest: Manifest) -> None:
    own = store.descriptor
    if (manifest.store_id, manifest.database_id) != (own.store_id, own.database_id):
        raise Failure(
            ErrorCode.WHICH_DATABASE,
            f"The {failures.point_words(manifest)} does not belong to the store at {store.objects.where}: "
            "its manifest names another store or another database.",
            hint="Nothing was written. Move the manifest back to the store it came from.",
        )


def _parsed(data: bytes, store: OpenStore, name: str) -> Manifest:
    document, seal = documents.from_json(data)
    version = document.get("format")
    if isinstance(version, str) and version.startswith(_FAMILY) and version != FORMAT:
        raise failures.newer_format(store.objects.where, name)
    if store.unlocked:
        documents.check(document, seal, store.naming_key)
    if document.pop("format", None) != FORMAT:
        raise ValueError("not a manifest")
    manifest: Manifest = adapter(Manifest).validate_python(document)
    check_sense(manifest)
    return manifest


def check_sense(manifest: Manifest) -> None:
    """Raise ValueError for what no manifest says, whatever its seal."""
    clock.from_text(manifest.made_at)
    folders = {layout.MAPS: manifest.maps, layout.DETAILS: (manifest.details,)}
    folders[layout.PLAIN if manifest.kind is PointKind.PLAIN else layout.PACKS] = manifest.packs
    for folder, names in folders.items():
        for name in names:
            if (
                not check_name(name).startswith(folder)
                or layout.hashes_in(name) is None
                or len(name) > _NAME_LIMIT
            ):
                raise ValueError("not the name of an object a point needs")
    if (
        manifest.page_size_bytes not in PAGE_SIZES
        or not 0 <= manifest.pages <= _MOST_PAGES
        or not 1 <= manifest.sequence <= layout.MOST_POINTS
        or not 0 <= manifest.new_bytes <= _MOST_BYTES
        or _HASH.fullmatch(manifest.root) is None
    ):
        raise ValueError("numbers that make no sense")
    if manifest.kind is PointKind.PLAIN and (manifest.maps or len(manifest.packs) != 1):
        raise ValueError("a plain point is one object")


def check_belongs(store: OpenStore, manifest: Manifest) -> None:
    """Raise `Failure` when a manifest is of another store, or the store is not unlocked."""
    if not store.unlocked:
        raise failures.locked(store)
    _check_store(store, manifest)
