"""Opening a file. Every file is hostile until shown otherwise.

Limits and switches follow https://www.sqlite.org/security.html; why each is set is said beside it.
"""

from __future__ import annotations

from pathlib import Path

import apsw

from steward_app.db.errors import translated
from steward_app.db.session import ReadSession, WriteSession

_BUSY_TIMEOUT_MS = 2_000
_MAX_VALUE_BYTES = 1_000_000_000  # SQLite's own default: a value larger than this is refused, not read


def open_read(path: Path) -> ReadSession:
    """A read-only session on a user's file. Raises a `StewardError` that names the file and what is wrong."""
    with translated(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        _harden(connection)
        connection.execute("PRAGMA query_only = ON")
    return ReadSession(connection, path)


def open_write(path: Path) -> WriteSession:
    """A session that may write to an existing file. Foreign keys are enforced."""
    with translated(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        _harden(connection)
        connection.execute("PRAGMA foreign_keys = ON")
    return WriteSession(connection, path)


def create(path: Path) -> WriteSession:
    """A session on a new file of ours (sample, scratch, catalog). Raises `Failure` when the path exists."""
    if path.exists():
        raise FileExistsError(path)
    with translated(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
        connection.execute("PRAGMA foreign_keys = ON")
    return WriteSession(connection, path)


def _harden(connection: apsw.Connection) -> None:
    connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
    connection.config(
        apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0
    )  # views and triggers may not call unsafe functions
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)  # SQL cannot write shadow tables or the schema table
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0)
    connection.limit(apsw.SQLITE_LIMIT_ATTACHED, 2)
    connection.execute("PRAGMA cell_size_check = ON")  # a damaged page is an error, not a wild read
    connection.execute("PRAGMA mmap_size = 0")  # a file cut short under a map would kill the process
