"""How a file was opened, and what a steward should know about it from the start."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from steward_app.db.header import Header
from steward_app.db.place import FileId
from steward_app.kernel.finding import Finding


class OpenMode(StrEnum):
    """How the file is looked at."""

    NORMAL = "normal"  # as any reader of SQLite does
    SAFE = "safe"  # its schema or its end is damaged: what still holds together is shown
    IMMUTABLE = "immutable"  # without locks, since no side file can be made: changes by others are not seen
    COPY = "copy"  # in a scratch copy, since looking at the file itself would change it


@dataclass(frozen=True, slots=True)
class OpenState:
    """How a file was opened.

    Attributes:
        mode: how it is looked at; SAFE wins where two would hold.
        file: absolute path with links followed.
        looked_at: what SQLite has open: the file, or a scratch copy of it.
        id: which file it is.
        size_bytes: of the main file, when it was opened.
        wal_bytes: size of the -wal file beside it, 0 where there is none.
        journal_mode: "wal", or "delete" for every kind of rollback journal (SQLite does not store which).
        header: what the file says of itself; None for an empty file.
        live: True when changes by other programs are seen.
        writable: True when nothing but the steward's word stands in the way of writing: the file may be written, is
            whole as far as it was looked at, and is in a format this SQLite writes.
        notices: what a steward should know, worst first.
    """

    mode: OpenMode
    file: Path
    looked_at: Path
    id: FileId
    size_bytes: int
    wal_bytes: int
    journal_mode: str
    header: Header | None
    live: bool
    writable: bool
    notices: tuple[Finding, ...] = ()

    @property
    def why_not_writable(self) -> str:
        """Why the file cannot be written, as the end of a sentence: "it is damaged"; "" where it can be."""
        noticed = {notice.code for notice in self.notices}
        if self.writable:
            return ""
        if self.mode is OpenMode.SAFE or "header_damaged" in noticed:
            return "it is damaged"
        if "newer_writer" in noticed:
            return "a newer version of SQLite made it"
        if "emptied_file" in noticed:
            return "it is empty, and what lies beside it may be the last of its data"
        return "you may not write to it or to its folder"
