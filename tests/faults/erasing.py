"""Restoring a point older than an erasure, with the state before and what must hold after."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from builders.erasing import Ledger
from faults import points
from faults.points import Before, contents, home
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.erasure import own_key
from steward_app.storage.secrets import open_secrets

ERASED = b"of person 3 and nobody else"


def build(folder: Path, *, wal: bool) -> Before:
    """A database with one restore point, and a person erased since; `then` is what may come back."""
    columns = "id INTEGER PRIMARY KEY, person INTEGER, note"
    rows = [(n, n % 5, f"note {n} of person {n % 5} and nobody else " + "x" * 150) for n in range(20)]
    builder = a_database(folder, points.DATABASE).with_pragma("page_size = 1024")
    builder.with_table("visit", columns, rows=rows)
    path = (builder.in_wal_mode() if wal else builder).build()
    with home(folder) as catalog:
        receipt = backup.create(catalog, backup.plan_create(catalog, path, Context(), prove=False), Context())
        ledger = Ledger(
            catalog, receipt.database_id, own_key(open_secrets(folder / "home"), receipt.database_id)
        )
        ledger.erase(path, "visit", "person = 3", at=clock.to_text(clock.now()))
    then = contents(
        path
    )  # nothing else was changed since, so that is what the point holds without the person
    return Before(then, then, str((receipt.result or {})["point"]))


restore_to_new_file = points.restore_to_new_file
restore_in_place = points.restore_in_place
