"""What this machine remembers of a store: the page hashes and maps of its last point, so that the next one is quick.

They tell something about the data, so they are encrypted to a key of this machine, which may well be one that cannot
read the store. Nothing depends on the cache: a damaged or missing one is simply not there.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.storage import age, staged
from steward_app.storage.age import Identity, Readable
from steward_app.storage.disk import translated
from steward_app.storage.local import delete, is_there, private_directory, sweep_folder
from steward_app.storage.objects.model import check_name

_SUFFIX: Final = ".age"
_BUFFER_BYTES: Final = 1 << 20


class StoreCache:
    """Named pieces of one store, under `<data directory>/cache/<store id>/`.

    Names are made like those of objects. One process writes at a time: the one that holds the lease of the database.
    """

    def __init__(self, directory: Path, store_id: str, identity: Identity) -> None:
        """
        Args:
            directory: the data directory.
            identity: of this machine (`keys.machine_identity`).
        """
        self._folder = directory / "cache" / store_id
        self._identity = identity

    def put(self, name: str, data: bytes | Path, context: Context) -> None:
        """Remember bytes, or what a file of ours holds, whole or not at all. Memory stays the same whatever the size.

        Raises `Failure` when the disk is full or cannot be written, `Cancelled`; what was remembered before then stays.
        """
        target = self._path(name)
        private_directory(target.parent)
        sweep_folder(target.parent)  # of a name that is not used again, too
        with staged(target, private=True) as new, _opened(data) as source:
            new.write(b"")
            age.encrypt_stream(_Cancellable(source, context), new.write, [self._identity.public_key])
            new.finish()

    def get(self, name: str, context: Context) -> bytes | None:
        """What is remembered, or None. For small pieces."""
        found = io.BytesIO()
        return found.getvalue() if self._decrypted(name, found.write, context) else None

    def get_to(self, name: str, target: Path, context: Context) -> bool:
        """Write what is remembered to a file that its owner alone can read; False, and no file, when it is not there.

        Raises `Failure` when the target cannot be written, `Cancelled`.
        """
        with staged(target, private=True) as new:
            new.write(b"")
            if not self._decrypted(name, new.write, context):
                return False
            new.finish()
        return True

    def names(self) -> tuple[str, ...]:
        """What is remembered, in order of names, as far as can be told without reading it."""
        found = self._folder.rglob(f"*{_SUFFIX}") if is_there(self._folder) else ()
        return tuple(sorted(p.relative_to(self._folder).as_posix().removesuffix(_SUFFIX) for p in found))

    def forget(self, name: str) -> None:
        """Remember a piece no longer."""
        if is_there(self._path(name)):
            delete(self._path(name))

    def forget_all(self) -> None:
        """Remember nothing of this store any more."""
        with translated(self._folder), suppress(FileNotFoundError):
            shutil.rmtree(self._folder)

    def _decrypted(self, name: str, write: Callable[[bytes], object], context: Context) -> bool:
        """False when there is nothing that can be read with this machine's key."""
        try:
            with self._path(name).open("rb", buffering=_BUFFER_BYTES) as source:
                age.decrypt_stream(_Cancellable(source, context), write, self._identity, name=name)
        except OSError:
            return False
        except Failure as error:
            if error.code in (ErrorCode.DAMAGED, ErrorCode.WRONG_KEY):
                return False
            raise
        return True

    def _path(self, name: str) -> Path:
        return self._folder / f"{check_name(name)}{_SUFFIX}"


class _Cancellable:
    """A stream that stops where somebody asked to stop."""

    def __init__(self, source: Readable, context: Context) -> None:
        self._source = source
        self._context = context

    def read(self, size: int, /) -> bytes:
        self._context.checkpoint()
        return self._source.read(size)


@contextmanager
def _opened(data: bytes | Path) -> Iterator[BinaryIO]:
    if isinstance(data, bytes):
        yield io.BytesIO(data)
        return
    with translated(data):
        file = data.open("rb", buffering=_BUFFER_BYTES)
    with file:
        yield file
