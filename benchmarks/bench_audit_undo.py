"""Undoing 10,000 changes of a log of a million: looked at, written, read again and committed, against a limit.

What is timed is the processor's work in the transaction: reading the changes, walking them back over the rows of now,
looking for what came later, writing, and comparing every row. The last 10,000 changes are undone, the undo is undone,
and so on. Python's garbage is left lying meanwhile, as in the window, where no job collects it (`gui/garbage.py`).
"""

from __future__ import annotations

import gc
import os
import tempfile
import time
from pathlib import Path

from audited_shop import CHANGES, build
from harness import record

from steward_app.catalog import identity, open_catalog
from steward_app.db import open_read, open_write
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.undo import Selection, UndoChanges, UndoRequest, plan_undo

UNDONE = 10_000
ROUNDS = 5


def undo_the_last(path: Path, operation: UndoChanges, database_id: str) -> float:
    """Undo as many changes; the seconds of the processor that took, in the transaction."""
    with open_read(path) as session:
        last = tables.last_seq(session)
    request = UndoRequest(path, database_id, Selection(ranges=((last - UNDONE + 1, last),)))
    plan = plan_undo(operation.catalog, request, Context())
    with open_write(path) as session:
        session.run("PRAGMA synchronous = OFF")
        start = time.process_time()
        with session.transaction():
            outcome = operation.apply(plan, session, Context())
        seconds = time.process_time() - start
    assert outcome.result["changes"] == UNDONE
    return seconds


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.environ["STEWARD_HOME"] = f"{place}/home"
        path = build(Path(place) / "shop.db")
        with open_catalog() as catalog:
            with open_read(path) as session:
                found = identity.recognise(catalog, path, session)
            assert isinstance(found, identity.Recognised)
            operation = UndoChanges(catalog)
            gc.disable()
            seconds = [undo_the_last(path, operation, found.database.id) for _ in range(ROUNDS)]
        assert CHANGES == 1_000_000
        record("Undoing 10,000 logged changes", min(seconds), base="a limit", limit=0.4, unit="s")
