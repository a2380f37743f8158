"""One process at a time, for files of ours that are read, changed and written again."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from steward_app.storage.disk import translated

_here: Final = threading.Lock()  # within this process; Windows would let one thread wait for another for ever


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file `path` (made when missing, never removed) for the time of the block, waiting for it.

    The operating system lets go of it when the process ends, however it ends. For steps of a few seconds at most,
    never one inside another, never for a database.
    """
    with _here:
        with translated(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with translated(path):
                _lock(descriptor)
            yield
        finally:
            os.close(descriptor)  # which lets go of the lock


if sys.platform == "win32":

    def _lock(descriptor: int) -> None:
        import msvcrt

        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
            except OSError as error:  # it gave up after ten tries of a second
                if error.errno != 36:  # EDEADLOCK
                    raise
            else:
                return

else:

    def _lock(descriptor: int) -> None:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
