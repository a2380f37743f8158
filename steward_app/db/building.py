"""A new database that is built from nothing under a temporary name: nobody sees it before it is whole.

Nothing of any other file is ever in its pages, since every page is written from what is put into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from steward_app.db.errors import translated
from steward_app.db.session import Session, WriteSession

_CACHE_KIB = 65_536
"""Enough for the inner pages of the UNIQUE indexes of a few million rows, which are filled in no order."""

_AUTO_VACUUM = {0: "NONE", 1: "FULL", 2: "INCREMENTAL"}


@dataclass(frozen=True, slots=True)
class FileSettings:
    """What a database says of itself in its header, and what can only be said before its first table is made."""

    page_size_bytes: int
    encoding: str
    auto_vacuum: str
    user_version: int
    application_id: int


def file_settings(session: Session) -> FileSettings:
    """The settings of the file of a session."""
    return FileSettings(
        session.count("PRAGMA main.page_size"),
        str(session.value("PRAGMA main.encoding")),
        _AUTO_VACUUM[session.count("PRAGMA main.auto_vacuum")],
        session.count("PRAGMA main.user_version"),
        session.count("PRAGMA main.application_id"),
    )


@contextmanager
def building(path: Path, settings: FileSettings) -> Iterator[WriteSession]:
    """A session on an empty file of ours, which gets these settings.

    Without a journal and without syncs: whatever goes wrong leaves a file that cannot be used, and whoever hands it
    over brings it to the disk. Foreign keys are not enforced; triggers do not run.
    """
    with translated(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    with _session(connection, path, settings) as session:
        yield session


@contextmanager
def building_in_memory() -> Iterator[WriteSession]:
    """The same in memory, to try whether a schema can be made."""
    path = Path(":memory:")
    with _session(apsw.Connection(":memory:"), path, FileSettings(4096, "UTF-8", "NONE", 0, 0)) as session:
        yield session


@contextmanager
def _session(connection: apsw.Connection, path: Path, settings: FileSettings) -> Iterator[WriteSession]:
    session = WriteSession(connection, path)
    try:
        with translated(path):
            connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
            for setting in (
                f"page_size = {settings.page_size_bytes}",
                f"encoding = '{settings.encoding}'",
                f"auto_vacuum = {settings.auto_vacuum}",
                "journal_mode = OFF",
                "synchronous = OFF",
                "locking_mode = EXCLUSIVE",
                "foreign_keys = OFF",
                "temp_store = FILE",
                f"cache_size = -{_CACHE_KIB}",
                f"user_version = {settings.user_version}",
                f"application_id = {settings.application_id}",
            ):
                for _ in connection.execute(f"PRAGMA {setting}"):
                    pass
        yield session
    finally:
        session.close()
