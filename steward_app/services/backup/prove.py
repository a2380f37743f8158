"""The proof of a restore point: restore it, with the very code that restores, and compare what comes out."""

from __future__ import annotations

import time

from steward_app.catalog import Catalog
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.services.backup.examine import compare, examine, how_much
from steward_app.services.backup.files import Files
from steward_app.services.backup.model import Examination
from steward_app.services.backup.write_out import write_out
from steward_app.storage import scratch_directory


def prove(files: Files, expected: Examination, catalog: Catalog, context: Context) -> Check:
    """Restore a point to scratch and read everything there again.

    Raises `Failure` when it cannot be restored. What differs is a check that did not pass.
    """
    began = time.perf_counter()
    with scratch_directory(catalog.scratch) as scratch:
        restored = scratch / "restored.sqlite"
        write_out(files.copy, expected.file_hash, restored, context)
        found = examine(restored, context)
    wrong = [check.title for check in compare(expected, found) if not check.passed]
    detail = f"{how_much(found.tables)}, in {time.perf_counter() - began:.1f} s"
    return Check(
        "Restored to scratch and compared", not wrong, f"not so: {'; '.join(wrong)}" if wrong else detail
    )
