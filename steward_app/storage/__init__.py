"""Every file that is not a SQLite database, written so that a crash leaves the old one or the new one.

What is named here is imported when it is used: finding a picture or a font must not cost what writing a file does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from steward_app.storage.local import (
        Staged,
        beside,
        copy_whole,
        delete,
        free_bytes,
        is_there,
        private_directory,
        read_chunks,
        read_whole,
        scratch_directory,
        spare_databases,
        staged,
        sweep,
        sweep_scratch,
        sync,
        write_whole,
    )
    from steward_app.storage.places import home

__all__ = [
    "Staged",
    "beside",
    "copy_whole",
    "delete",
    "free_bytes",
    "home",
    "is_there",
    "private_directory",
    "read_chunks",
    "read_whole",
    "scratch_directory",
    "spare_databases",
    "staged",
    "sweep",
    "sweep_scratch",
    "sync",
    "write_whole",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(
        import_module("steward_app.storage.places" if name == "home" else "steward_app.storage.local"), name
    )
