"""Small operations on which the harness itself is tried, good and bad ones."""

from __future__ import annotations

from pathlib import Path

import apsw

from steward_app.kernel.progress import Context
from steward_app.storage import write_whole
from steward_app.storage.disk import disk

OLD, NEW = b"old" * 1000, b"new" * 2000


def write_a_file_whole(folder: Path, context: Context) -> None:
    write_whole(folder / "file", NEW)


def write_a_file_in_place(folder: Path, context: Context) -> None:
    """Bad: a crash leaves half of it."""
    disk().delete(folder / "file")
    descriptor = disk().open_new(folder / "file", private=False)
    disk().write(descriptor, NEW)
    disk().fsync(descriptor)
    disk().close(descriptor)


def rename_without_sync(folder: Path, context: Context) -> None:
    """Bad: after a power cut the name is there and the bytes are not."""
    descriptor = disk().open_new(folder / "temporary", private=False)
    disk().write(descriptor, NEW)
    disk().close(descriptor)
    disk().rename(folder / "temporary", folder / "file")


def commit(folder: Path, context: Context) -> None:
    _double(folder, "EXTRA")


def commit_without_sync(folder: Path, context: Context) -> None:
    """Bad: after a power cut the file may be damaged."""
    _double(folder, "OFF")


def commit_without_sync_of_the_folder(folder: Path, context: Context) -> None:
    """Bad in rollback journal mode: after a power cut the journal is back, and with it the old state."""
    _double(folder, "FULL")


def make_a_database(folder: Path, context: Context) -> None:
    """In WAL mode. Nobody syncs the folder but SQLite, with its journal: the name of the new file is safe with it."""
    connection = apsw.Connection(str(folder / "new.db"))
    connection.execute("PRAGMA synchronous = EXTRA; PRAGMA journal_mode = WAL").fetchall()
    connection.execute("CREATE TABLE t (a)")
    connection.close(True)


def _double(folder: Path, synchronous: str) -> None:
    connection = apsw.Connection(str(folder / "data.db"))
    try:
        connection.execute(f"PRAGMA synchronous = {synchronous}; PRAGMA cache_size = 5")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE t SET a = a + 1, b = randomblob(300)")
        context_of_the_end = connection.execute("COMMIT")
        context_of_the_end.close()
    except apsw.FullError as error:
        raise OSError(28, "full") from error
    finally:
        connection.close(True)
