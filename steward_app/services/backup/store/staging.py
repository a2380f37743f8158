"""What a scan of a database leaves in its staging directory, and what it says of it.

    000000.pack, 000001.pack   zstd frames one after another, each of up to 256 pages; a file holds about 32 MB
    groups.bin                 a record for each frame: where it lies, which pages are in it, their hashes
    hashes.bin                 the hash of every page of the database, 32 bytes each, in order
    blocks.bin                 hashes of larger blocks; kept beside hashes.bin, it makes the next scan quicker

A record is `<IQIH` (number of the pack, offset and length of the frame, count of pages), then the numbers of the
pages (from 1, `<I` each), their slots in the frame (a byte each) and their hashes (32 bytes each).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from blake3 import blake3

from steward_app.db.content import TableContent

GROUP_PAGES: Final = 256
"""Pages in a frame, at most."""
PACK_BYTES: Final = 32 << 20
"""A pack is closed when it has grown to this."""
HASH_BYTES: Final = 32
GROUP_HEADER: Final = struct.Struct("<IQIH")

GROUPS: Final = "groups.bin"
HASHES: Final = "hashes.bin"
BLOCKS: Final = "blocks.bin"
LOOK: Final = "look"
"""A folder for what is only there while it is scanned."""


def pack_name(number: int) -> str:
    """The file name of a staged pack."""
    return f"{number:06d}.pack"


def hasher(key: bytes | None) -> blake3:
    """BLAKE3, keyed where there is a key."""
    return blake3(key=key) if key else blake3()


def clear(staging: Path) -> None:
    """Remove everything a scan leaves there; what was not there is no error."""
    for path in (*staging.glob("[0-9]*.pack"), *(staging / name for name in (GROUPS, HASHES, BLOCKS))):
        path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class StagedPack:
    """A pack in the staging directory.

    Attributes:
        content_hash: BLAKE3 over its bytes, with the key of the scan where there was one.
    """

    path: Path
    size_bytes: int
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was scanned. All of it is of one moment.

    Attributes:
        pages: pages of the database; 0 for an empty file.
        journal_mode: "wal", "delete", ...
        made_at: the moment the database is of, UTC.
        root: BLAKE3 over the hashes of all pages in order, with the key of the scan where there was one.
        changed_pages: pages that differ from the base, or that it did not have; they are in `packs`.
        packs: in order of their number.
        method: "pages" when they were read from the live file, "copy" when from a copy made for it.
        tables: what each table holds, where it was asked for and could be read in the same moment.
        schema_hash: as `db.schema_hash`; "" where the schema is damaged.
        problem: what is wrong with the file, as opening it told; "" where nothing is.
    """

    page_size_bytes: int
    pages: int
    journal_mode: str
    made_at: datetime
    root: bytes
    changed_pages: int
    packs: tuple[StagedPack, ...]
    method: str
    tables: tuple[TableContent, ...] | None
    schema_hash: str
    problem: str = ""

    @property
    def size_bytes(self) -> int:
        """Of the database."""
        return self.pages * self.page_size_bytes

    @property
    def packed_bytes(self) -> int:
        """Of all packs together."""
        return sum(pack.size_bytes for pack in self.packs)
