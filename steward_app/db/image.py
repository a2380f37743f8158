"""The bytes of a database file, as SQLite itself reads them from the disk.

Reading goes through SQLite's own file layer: a plain `open()` and `close()` of a database would drop the locks that
this process holds on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw
from blake3 import blake3

from steward_app.db import connect
from steward_app.db.errors import translated
from steward_app.db.names import qualified, quote
from steward_app.db.session import ReadSession, Session
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted

IMAGE = "steward_image"
"""The name of the schema under which a session sees an image that was attached to it."""

_CHUNK_BYTES = 1 << 22
_COUNTERS = ((24, 32), (40, 44), (92, 100))
"""Bytes of the header that the backup API sets anew: change counter and number of pages, schema cookie, which SQLite
wrote last."""

_VERSIONS = (18, 20)
"""Bytes of the header that say whether the file is in WAL mode."""


def open_image(path: Path) -> ReadSession:
    """A session on a file of ours that nobody ever writes (a restore point): no locks, no side files."""
    with translated(path):
        connection = connect.reader(path.absolute(), immutable=True)
    return ReadSession(connection, path)


def attach_image(session: Session, path: Path, schema: str = IMAGE) -> None:
    """Let a session see an image as a schema of its own, until it is closed. Also inside a transaction.

    The image is opened as `open_image` does, so that nothing can write to it, and a commit concerns the session's own
    file alone. Raises `Failure` where the image is damaged, or keeps its texts in another encoding.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with translated(path):
        try:
            session._connection.execute(f"ATTACH ? AS {quote(schema)}", (uri,))
        except apsw.SQLError as error:
            if "encoding" not in str(error):
                raise
            raise Failure(
                ErrorCode.NOT_ALLOWED,
                f"{quoted(session.path.name)} keeps its texts in another encoding than it did then.",
                hint="It is unchanged. Rows cannot be compared or brought back one by one; restore the whole file.",
            ) from error
        session._connection.execute(f"SELECT count(*) FROM {qualified('sqlite_schema', schema)}").fetchone()


@contextmanager
def with_image(session: ReadSession, path: Path) -> Iterator[None]:
    """In the block, the session sees an image as the schema `IMAGE`. It must not be in a transaction."""
    attach_image(session, path)
    try:
        yield
    finally:
        if not session._closed:
            session.all(f"DETACH {IMAGE}")


def read_image(path: Path, context: Context) -> Iterator[bytes]:
    """The bytes of a database file from its start to its end, a piece at a time.

    They are an image of the database only while nothing writes: of a file in use, inside a `snapshot()` of a file
    that is not in WAL mode.
    """
    with translated(path):
        file = apsw.VFSFile(
            "", str(path.absolute()), [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0]
        )
        try:
            size = file.xFileSize()
            for offset in range(0, size, _CHUNK_BYTES):
                context.checkpoint()
                context.report(offset, size, unit="bytes", note=path.name)
                yield file.xRead(min(_CHUNK_BYTES, size - offset), offset)
        finally:
            file.xClose()


def sync_image(path: Path) -> None:
    """Bring to the disk what SQLite wrote to a file, its length too.

    A file that became shorter in a commit is cut after the commit was synced: until the next sync its old end may come
    back with a power cut.
    """
    with translated(path):
        file = apsw.VFSFile(
            "", str(path.absolute()), [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READWRITE, 0]
        )
        try:
            file.xSync(apsw.SQLITE_SYNC_NORMAL)
        finally:
            file.xClose()


def image_hash(path: Path, context: Context) -> str:
    """BLAKE3 over every byte of the file, in hexadecimal."""
    digest = blake3()
    for chunk in read_image(path, context):
        digest.update(chunk)
    return digest.hexdigest()


def contents_hash(path: Path, context: Context) -> str:
    """BLAKE3 over every page of a copy, in hexadecimal, but for what says how often the file was written and how.

    Two copies of a database have the same as long as nothing was written to it between them.
    """
    return _hash_without((*_COUNTERS, _VERSIONS), path, context, None).hex()


def same_image(
    a: Path, b: Path, context: Context, *, size_bytes: int | None = None, any_journal: bool = False
) -> bool:
    """Whether two files hold the same pages, byte for byte, but for the counters in the header.

    Args:
        size_bytes: of the database, where a file may be longer, which does not matter, or be cut through its last page,
            whose rest is zeros then, as SQLite reads it.
        any_journal: one of them may be in WAL mode and the other not, which two bytes of the header say.
    """
    unlike = (*_COUNTERS, *((_VERSIONS,) if any_journal else ()))
    return _hash_without(unlike, a, context, size_bytes) == _hash_without(unlike, b, context, size_bytes)


def _hash_without(
    unlike: Sequence[tuple[int, int]], path: Path, context: Context, size_bytes: int | None
) -> bytes:
    digest, left = blake3(), size_bytes
    for number, chunk in enumerate(read_image(path, context)):
        if number == 0:
            head = bytearray(chunk)
            for start, end in unlike:
                head[start:end] = bytes(end - start)
            chunk = bytes(head)
        digest.update(chunk[:left])
        left = None if left is None else left - min(left, len(chunk))
    digest.update(bytes(left or 0))
    return digest.digest()
