"""Making a restore point against SQLite's backup API in one step, on the same file of about 300 MB.

Ours is the whole operation: the lease, the journal, the copy, its way to the disk, the manifest, the catalog.
Verification is apart: the point is neither checked nor proven. The other is what a script does: open both files, one
step, close; SQLite syncs the copy by itself.

Then the point with its checks and its proof, of the same file in WAL mode, as an operation takes it before it changes a
file, against the least that such a check is: the database's rows read once for their content hashes, and SQLite's own
check of the file, once.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import apsw
from harness import compare, record

from steward_app.catalog import Catalog, open_catalog
from steward_app.db import open_read, open_write
from steward_app.db.content import table_contents
from steward_app.db.integrity import structure_check
from steward_app.db.open import create
from steward_app.kernel.progress import Context
from steward_app.services import backup

ROWS = 1_900_000


def build(path: Path) -> None:
    """A table with an index, as a log of an application grows it."""
    with create(path) as session:
        session.run("PRAGMA synchronous = OFF")
        session.run("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, note TEXT, price REAL)")
        with session.transaction():
            rows = (
                (n, f"item {n * 7919 % ROWS}", "a note of some length " * 4, n * 1.25) for n in range(ROWS)
            )
            session.run_many("INSERT INTO item VALUES (?, ?, ?, ?)", rows)
            session.run("CREATE INDEX item_by_name ON item (name)")


def by_backup_api(source: Path, target: Path) -> None:
    """One step, from file to file."""
    target.unlink(missing_ok=True)
    reading, writing = apsw.Connection(str(source)), apsw.Connection(str(target))
    with writing.backup("main", reading, "main") as copying:
        copying.step()
    writing.close()
    reading.close()


def point(catalog: Catalog, source: Path, *, proven: bool) -> None:
    """A restore point, after those before are gone: the other removes its last copy, too."""
    for before in (catalog.directory / "points").rglob("pt_*"):
        before.unlink()
    backup.create(
        catalog, backup.plan_create(catalog, source, Context(), check=proven, prove=proven), Context()
    )


def reading(source: Path) -> None:
    """Every row for its content hash, and SQLite's check of the whole file."""
    with open_read(source) as session:
        table_contents(session, Context())
        structure_check(session, Context())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, open_catalog(Path(folder)) as catalog:
        source = Path(folder) / "items.db"
        build(source)
        taken = compare(
            lambda: point(catalog, source, proven=False),
            lambda: by_backup_api(source, Path(folder) / "plain.db"),
            rounds=9,
        )
        record(
            "Restore point of 300 MB, verification apart",
            taken,
            base="the online backup API in one step on the same file",
            limit=1.3,
        )
        with open_write(source) as session:
            session.run("PRAGMA journal_mode = WAL")
        record(
            "Restore point of 300 MB in WAL mode, checked and proven",
            compare(lambda: point(catalog, source, proven=True), lambda: reading(source), rounds=3),
            base="its rows read once for the content hash, and one integrity check",
            limit=1.6,
        )
