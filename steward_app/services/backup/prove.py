"""The proof of a restore point: restore it, with the very code that restores, and compare what comes out."""

from __future__ import annotations

import time

from steward_app.catalog import Catalog
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.services.backup.examine import how_much
from steward_app.services.backup.files import Files
from steward_app.services.backup.model import Examination
from steward_app.services.backup.write_out import write_out
from steward_app.storage import scratch_directory


def prove(files: Files, expected: Examination, catalog: Catalog, context: Context) -> Check:
    """Restore a point to scratch, where every byte of it is read again. Raises `Failure` when anything differs.

    Args:
        expected: what was found in the copy just now. A restored file that is the copy byte for byte holds the rows
            that were read there, and SQLite's checks would find in it what they found there; so neither is done twice.
    """
    began = time.perf_counter()
    with scratch_directory(catalog.scratch) as scratch:
        found = write_out(files.copy, expected, scratch / "restored.sqlite", context, just_read=True)
    seconds = time.perf_counter() - began
    return Check("Restored to scratch and compared", True, f"{how_much(found.tables)}, in {seconds:.1f} s")
