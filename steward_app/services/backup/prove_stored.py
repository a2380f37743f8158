"""The proof of a point in a store: restore it to scratch, with the very code that restores, and look into it."""

from __future__ import annotations

import time

from steward_app.catalog import Catalog
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.text import size
from steward_app.services.backup.connect import Opened
from steward_app.services.backup.examine import (
    examine,
    how_much,
    orphans_check,
    same_contents,
    whole_then,
)
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.model import StoredPoint
from steward_app.storage import scratch_directory


def prove_stored(catalog: Catalog, found: Opened, point: StoredPoint, context: Context) -> tuple[Check, ...]:
    """Restore a point to scratch, every page compared with its hash, and read everything in it.

    Returns what was looked at; a check that did not pass is a result.

    Raises `Failure` when it cannot be restored: an object is gone or damaged, or there is no private key.
    """
    made = point.manifest
    if made.pages == 0:
        return (Check("It is a file of 0 bytes, as the database was", True),)
    began = time.perf_counter()
    told = reader.read_details(found.store, made, found.identity, context)
    with scratch_directory(catalog.scratch) as scratch:
        image = reader.read_point(
            found.store, made, found.identity, scratch / "restored.sqlite", context, scratch=scratch
        )
        now = examine(image.path, context)
    seconds = time.perf_counter() - began
    restored = Check(
        "Restored to scratch, every page what it was", True, f"{size(image.size_bytes)}, in {seconds:.1f} s"
    )
    held = told.found.tables if told.found else None
    return (
        restored,
        Check("The schema is the same", told.schema_hash in ("", now.schema_hash)),
        same_contents("Every table holds the same rows", held, now.tables)
        if held is not None
        else Check("Every table can be read", True, how_much(now.tables)),
        whole_then(now),
        orphans_check(now),
    )
