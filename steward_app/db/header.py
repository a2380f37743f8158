"""The first 100 bytes of a database file. https://www.sqlite.org/fileformat2.html#the_database_header

They are read through SQLite's own file layer, which knows the locks this process holds.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import apsw

from steward_app.db.errors import translated

MAGIC = b"SQLite format 3\x00"
NEWEST_FORMAT = 2
"""File format version this SQLite knows: 1 is the rollback journal, 2 is WAL."""
NEWEST_SCHEMA_FORMAT = 4
START_BYTES = 4096
"""How much of a file is looked at to tell what it is."""

_FIELDS = struct.Struct(">16xH6B9IiIi20xII")
_ENCODINGS = {0: "UTF-8", 1: "UTF-8", 2: "UTF-16le", 3: "UTF-16be"}
_LEAF_AND_INTERIOR = (5, 13)  # page types a schema table's root can have


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself. In WAL mode the newest values may still lie in the -wal file.

    Attributes:
        write_version, read_version: 1 rollback journal, 2 WAL; larger ones are of a newer SQLite.
        reserved_bytes: bytes at the end of each page that belong to an extension (checksums, encryption).
        page_count: pages the file should have; only good when `page_count_holds`.
        schema_cookie: counts changes of the schema.
        sqlite_version: the SQLite that wrote the file last, as "3.45.1", or "" where none is told.
    """

    page_size_bytes: int
    write_version: int
    read_version: int
    reserved_bytes: int
    change_counter: int
    page_count: int
    free_pages: int
    schema_cookie: int
    schema_format: int
    encoding: str
    user_version: int
    application_id: int
    version_valid_for: int
    sqlite_version: str

    @property
    def is_wal(self) -> bool:
        """True when the file is in WAL mode."""
        return self.read_version == 2

    @property
    def page_count_holds(self) -> bool:
        """Was the page count written by the last program that wrote? SQLite before 3.7.0 did not keep it."""
        return self.page_count > 0 and self.version_valid_for == self.change_counter

    @property
    def expected_bytes(self) -> int | None:
        """How large the file must be, in bytes, or None where the header cannot tell."""
        return self.page_count * self.page_size_bytes if self.page_count_holds else None


def parse(start: bytes) -> Header | None:
    """The header in the first bytes of a file, or None when they are not one of SQLite 3."""
    return _parse(start) if start.startswith(MAGIC) else None


def parse_without_magic(start: bytes) -> Header | None:
    """The header of a file whose first 16 bytes were overwritten and whose rest is a database, or None."""
    header = _parse(start)
    return header if header and header.read_version in (1, 2) and start[100] in _LEAF_AND_INTERIOR else None


def has_plain_sizes(start: bytes) -> bool:
    """Do bytes 16 to 23 hold sizes as in a database? Some encryption leaves just these readable."""
    return (
        len(start) >= 24
        and _page_size(start) != 0
        and start[18] in (1, 2)
        and start[21:24] == b"\x40\x20\x20"
    )


def read_start(file: Path, count: int = START_BYTES) -> bytes:
    """The first bytes of a file, at most `count`. Takes no lock, so it answers while others write."""
    with translated(file):
        handle = apsw.VFSFile("", str(file), [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0])
        try:
            # Never ask for more than there is: apsw cuts zeros off the end of a short answer. SQLite says 0 bytes
            # for a file of 1 byte, too (unixFileSize in os_unix.c), so one is always asked for.
            return handle.xRead(min(count, max(handle.xFileSize(), 1)), 0)
        finally:
            handle.xClose()


def _parse(start: bytes) -> Header | None:
    if len(start) < 101 or start[21:24] != b"\x40\x20\x20" or not _page_size(start):
        return None
    (_, write, read, reserved, _, _, _, changes, pages, _, free, cookie, schema_format, _, _, encoding, user, _,
     application, valid_for, version) = _unpack(start)  # fmt: skip
    return Header(
        page_size_bytes=_page_size(start),
        write_version=write,
        read_version=read,
        reserved_bytes=reserved,
        change_counter=changes,
        page_count=pages,
        free_pages=free,
        schema_cookie=cookie,
        schema_format=schema_format,
        encoding=_ENCODINGS.get(encoding, ""),
        user_version=user,
        application_id=application,
        version_valid_for=valid_for,
        sqlite_version=_version(version),
    )


def _unpack(start: bytes) -> tuple[int, ...]:
    return _FIELDS.unpack(start[: _FIELDS.size])


def _page_size(start: bytes) -> int:
    """The page size, or 0 when what stands there is none. 1 means 65,536."""
    size = int.from_bytes(start[16:18], "big")
    size = 65_536 if size == 1 else size
    return size if 512 <= size <= 65_536 and size & (size - 1) == 0 else 0


def _version(number: int) -> str:
    if not 3_000_000 <= number < 4_000_000:
        return ""
    return f"{number // 1_000_000}.{number // 1_000 % 1_000}.{number % 1_000}"
