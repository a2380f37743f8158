"""Every file that is not a SQLite database, written so that a crash leaves the old one or the new one."""

from steward_app.storage.local import (
    Staged,
    copy_whole,
    delete,
    free_bytes,
    private_directory,
    read_chunks,
    read_whole,
    scratch_directory,
    staged,
    sweep,
    sweep_scratch,
    sync,
    write_whole,
)
from steward_app.storage.places import home

__all__ = [
    "Staged",
    "copy_whole",
    "delete",
    "free_bytes",
    "home",
    "private_directory",
    "read_chunks",
    "read_whole",
    "scratch_directory",
    "staged",
    "sweep",
    "sweep_scratch",
    "sync",
    "write_whole",
]
