"""Whether other programs have a file in use, as the system and SQLite tell.

The system names programs where it can (`holders`). SQLite itself tells by a lock: outside WAL mode the exclusive lock
is refused while anybody reads or writes; in WAL mode a reader does not stop it, but the exclusive locking mode is
refused while anybody has the file open at all. https://www.sqlite.org/pragma.html#pragma_locking_mode
"""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import apsw

from steward_app.db import connect, session
from steward_app.db.errors import translated
from steward_app.db.holders import Process, holders
from steward_app.db.place import locate
from steward_app.kernel.text import plural, quoted


@dataclass(frozen=True, slots=True)
class Company:
    """Who else has a file in use.

    Attributes:
        processes: other programs that have it open, those that write first, as far as the system tells.
        locked: SQLite was refused the file for itself.
    """

    processes: tuple[Process, ...] = ()
    locked: bool = False

    @property
    def alone(self) -> bool:
        """Whether nobody else has it in use, as far as can be told."""
        return not self.processes and not self.locked

    @property
    def who(self) -> str:
        """Who is in the way, to begin a sentence: "“app” (process 4121)"."""
        if not self.processes:
            return "Another program"
        first, *others = self.processes
        name = quoted(first.name) if first.name else "A program"
        more = f" and {plural(len(others), 'other program')}" if others else ""
        return f"{name} (process {first.pid}){more}"


def company(path: Path, *, asking_sqlite: bool = True) -> Company:
    """Who else has a database in use.

    Args:
        asking_sqlite: take the lock for a moment, too. Only where this program has no session on the file, which
            SQLite does not tell from one of another program.

    Raises `Failure` where the file cannot be opened.
    """
    processes = holders(path)
    place = locate(path)
    ours = any(each._file_id == place.id and not each._closed for each in tuple(session._open_sessions))
    return Company(processes, asking_sqlite and not ours and _refused(place.file, path))


def _refused(file: Path, path: Path) -> bool:
    """Whether SQLite is refused the file for itself. Nothing is written."""
    with translated(path), closing(connect.writer(file)) as connection:
        connection.set_busy_timeout(0)
        try:
            connection.execute("PRAGMA main.locking_mode = EXCLUSIVE").fetchall()
            connection.execute("BEGIN EXCLUSIVE")
        except apsw.BusyError:
            return True
        finally:
            with suppress(apsw.SQLError):  # no transaction was begun
                connection.execute("ROLLBACK")
    return False
