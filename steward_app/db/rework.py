"""Working over a copy of a database before anybody gets it: taking rows out of it so that nothing of them stays.

A deleted row lies on in free pages, in the rest of the page it stood on, and in the segments of full-text indexes, and
`PRAGMA secure_delete` is not enough: earlier deletions left theirs behind. So the copy is written anew in the end.
VACUUM INTO does that and keeps the rowids; plain VACUUM gives new ones to tables without a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from steward_app.db.errors import translated
from steward_app.db.open import open_write
from steward_app.db.session import WriteSession
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context
from steward_app.storage import delete
from steward_app.storage.disk import disk
from steward_app.storage.disk import translated as on_disk

_SIDE_FILES = ("-journal", "-wal", "-shm")
_OF_ITS_PROGRAM = re.compile(
    r"no such (collation sequence|function|module|tokenizer)|no query solution|unknown tokenizer"
)


@contextmanager
def reworking(copy: Path) -> Iterator[WriteSession]:
    """A session on a copy of ours that nobody has open, to be ended with `write_anew`.

    Foreign keys are not enforced; triggers run. Nothing is synced: whoever hands the copy over brings it to the disk,
    and a crash leaves it unusable.

    Raises `Refused` from the block where the database needs a function or collation that this program does not have.
    """
    with open_write(copy) as session:
        for setting in ("foreign_keys = OFF", "synchronous = OFF", "temp_store = FILE"):
            session.run(f"PRAGMA {setting}")
        try:
            yield session
        except apsw.SQLError as error:
            if not _OF_ITS_PROGRAM.search(str(error)):
                raise
            raise Refused(
                ErrorCode.BLOCKED,
                f"Rows cannot be taken out of this copy: it needs something of the database's own program ({error}).",
                hint="Nothing was handed over.",
            ) from error


def write_anew(session: WriteSession, context: Context) -> None:
    """Write the file of a session anew, in its place, with none of what was deleted; closes the session.

    Rows, rowids, schema, settings and WAL mode stay. Space for a second copy is needed until it is done.
    """
    path, wal = session.path, session.value("PRAGMA journal_mode") == "wal"
    anew = path.with_name(f"{path.name}-anew")  # a name that is swept with that of the copy
    try:
        with on_disk(path):
            disk().close(disk().open_new(anew, private=True))
        with session.under(context), translated(path):
            session._connection.execute("VACUUM main INTO ?", (str(anew),))
        session.close()
        if wal:
            with open_write(anew) as written:
                written.run("PRAGMA journal_mode = WAL")
        context.checkpoint()
        remove_side_files(path)  # SQLite would take them for the new file's own
        with on_disk(path):
            disk().rename(anew, path)
    finally:
        with suppress(Failure):  # a disk that fails here leaves a file, which is swept with the copy
            remove_side_files(anew)
            if anew.exists():
                delete(anew)


def remove_side_files(copy: Path) -> None:
    """Remove what SQLite keeps beside a copy of ours that nobody has open; a disk that failed may have left it."""
    for suffix in _SIDE_FILES:
        beside = copy.with_name(copy.name + suffix)
        if beside.exists():
            delete(beside)
