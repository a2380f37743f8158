"""Whether a write failed since a file has reached the size that none may pass. SQLite calls that an I/O error."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_FAT_BYTES: Final = (1 << 32) - 1
"""No file on a memory stick with FAT32 may be larger."""
_LARGEST_PAGE_BYTES: Final = 1 << 16
_WRITTEN: Final = ("", "-wal", "-journal")


def reached_size_limit(path: Path) -> int:
    """The limit that a database, or what SQLite writes beside it, has no page of room below; else 0."""
    sizes = []
    for suffix in _WRITTEN:
        with suppress(OSError):
            sizes.append(path.with_name(path.name + suffix).stat().st_size)
    limits = (limit for limit in _limits() if any(0 <= limit - size < _LARGEST_PAGE_BYTES for size in sizes))
    return next(limits, 0)


def _limits() -> tuple[int, ...]:
    if sys.platform == "win32":
        return (_FAT_BYTES,)
    import resource

    allowed, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return (_FAT_BYTES,) if allowed == resource.RLIM_INFINITY else (allowed, _FAT_BYTES)
