"""Connections of SQLite, hardened. Every file is hostile until shown otherwise.

Limits and switches follow https://www.sqlite.org/security.html; why each is set is said beside it. Double-quoted
strings stay as SQLite has them, for the views and triggers of the file; `sql_check` refuses them in our own SQL.
"""

from __future__ import annotations

from pathlib import Path

import apsw

BUSY_TIMEOUT_MS = 2_000
"""How long a session waits for another program's lock before it says so."""

_LIMITS = {
    apsw.SQLITE_LIMIT_ATTACHED: 2,
    apsw.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 5_000,  # one LIKE cannot be interrupted, and takes pattern x text
    apsw.SQLITE_LIMIT_WORKER_THREADS: 0,
}

_SORTING_THREADS = 1
"""Threads beside the one that writes which sort the keys of a new index, where they are more than a few megabytes."""


def reader(file: Path, *, immutable: bool = False, safe: bool = False, waits: bool = True) -> apsw.Connection:
    """A connection that cannot change the file.

    Args:
        file: absolute path, links followed.
        immutable: take no locks and look at no side file.
        safe: read past a damaged schema or a missing end. SQLite does that only where the schema could be written
            and the connection is not defensive; that nothing is written then rests on the read-only open.
        waits: for another program that holds the file locked, for `BUSY_TIMEOUT_MS` at most.
    """
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI  # an absolute path is never taken for a URI
    connection = apsw.Connection(f"{file.as_uri()}?immutable=1" if immutable else str(file), flags=flags)
    _harden(connection, defensive=not safe, waits=waits)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, 0)  # ATTACH makes no files
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, 0)
    if safe:
        connection.execute("PRAGMA writable_schema = ON")
    connection.execute("PRAGMA query_only = ON")
    return connection


def writer(file: Path) -> apsw.Connection:
    """A connection that may write to an existing file. Foreign keys are enforced.

    What was committed is there after a power cut: with less than EXTRA, a journal that was deleted may be back, and
    with it the state before.
    """
    connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI)
    _harden(connection)
    connection.limit(apsw.SQLITE_LIMIT_WORKER_THREADS, _SORTING_THREADS)
    connection.execute(f"PRAGMA threads = {_SORTING_THREADS}")  # an index is sorted while its table is read
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = EXTRA")
    return connection


def _harden(connection: apsw.Connection, *, defensive: bool = True, waits: bool = True) -> None:
    connection.set_busy_timeout(BUSY_TIMEOUT_MS if waits else 0)
    # Views and triggers may not call unsafe functions; SQL cannot write shadow tables or the schema table.
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, int(defensive))
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0)
    for limit, value in _LIMITS.items():
        connection.limit(limit, value)
    connection.execute("PRAGMA cell_size_check = ON")  # a damaged page is an error, not a wild read
    connection.execute("PRAGMA mmap_size = 0")  # a file cut short under a map would kill the process
