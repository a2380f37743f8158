"""Cells and records of b-tree pages, as bytes: where a cell lies on its page, and which field of it a byte belongs to.

https://www.sqlite.org/fileformat2.html#b_tree_pages and #record_format. Made for damaged and hostile pages: what does
not hold together gives fewer cells or fields, never an error.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

ReadPayload = Callable[[int, int], bytes]
"""Bytes of a payload: from an offset on, so many."""

_LONGEST_HEADER = 200_000  # bytes: 32,767 columns with types of five bytes and more
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


class PageType(IntEnum):
    """The first byte of a b-tree page."""

    INDEX_INTERIOR = 2
    TABLE_INTERIOR = 5
    INDEX_LEAF = 10
    TABLE_LEAF = 13

    @property
    def header_bytes(self) -> int:
        return 12 if self in (PageType.INDEX_INTERIOR, PageType.TABLE_INTERIOR) else 8


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a page.

    Attributes:
        start, end: its bytes on the page.
        payload_start: where the part of the payload begins that lies here; `end` for a cell without one.
        payload: bytes in all; `local` of them lie here, the others on overflow pages from `overflow` on (0: none).
    """

    start: int
    end: int
    payload_start: int
    payload: int
    local: int
    overflow: int


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a record.

    Attributes:
        number: from 0, as stored.
        serial: its serial type.
        start, size: where its bytes lie in the payload.
    """

    number: int
    serial: int
    start: int
    size: int

    @property
    def is_text(self) -> bool:
        return self.serial >= 13 and self.serial % 2 == 1

    @property
    def is_blob(self) -> bool:
        return self.serial >= 12 and self.serial % 2 == 0


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends; (-1, at) where the bytes end first."""
    if 0 <= at < len(data) and data[at] < 0x80:  # most of them
        return data[at], at + 1
    value = 0
    for place, byte in enumerate(data[at : at + 9]):
        if place == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    return -1, at


def encoded_varint(number: int) -> bytes:
    """A whole number as SQLite writes a rowid."""
    number &= 0xFFFF_FFFF_FFFF_FFFF
    if number >> 56:
        last = number & 0xFF
        number >>= 8
        groups = [number >> shift & 0x7F for shift in range(49, -1, -7)]
        return bytes(group | 0x80 for group in groups) + bytes([last])
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))


def limits(usable: int) -> tuple[int, int, int]:
    """Bytes of a payload on the page of its cell: the most in a table, in an index, and the least of a longer one."""
    return usable - 35, (usable - 12) * 64 // 255 - 23, (usable - 12) * 32 // 255 - 23


def local_bytes(usable: int, kind: int, payload: int) -> int:
    """How much of a payload lies on the page of its cell."""
    in_table, in_index, least = limits(usable)
    most = in_table if kind == PageType.TABLE_LEAF else in_index
    if payload <= most:
        return payload
    here = least + (payload - least) % (usable - 4)
    return here if here <= most else least


@dataclass(frozen=True, slots=True)
class Layout:
    """How a b-tree page is divided. Cells are read when they are asked for: mostly one of hundreds is.

    Attributes:
        gap: from the end of the cell pointers to the first cell.
        starts: where the cell pointers lead, in their order; of a damaged page, anywhere.
        ordered: the same, in the order of the page.
    """

    kind: PageType
    gap: tuple[int, int]
    freeblocks: tuple[tuple[int, int], ...]
    starts: tuple[int, ...]
    page: bytes
    usable: int
    ordered: tuple[int, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell that can be read, in the order of the pointers."""
        return tuple(cell for start in self.starts if (cell := self.cell_from(start)) is not None)

    def cell_from(self, start: int) -> Cell | None:
        """The cell that begins there; None where there is none."""
        return _cell(self.page, self.usable, self.kind, start) if start in self.starts else None

    def cell_around(self, at: int) -> Cell | None:
        """The cell that has this byte: of several on a damaged page, the one that begins last."""
        for place in range(bisect_right(self.ordered, at) - 1, -1, -1):
            cell = _cell(self.page, self.usable, self.kind, self.ordered[place])
            if cell is not None and at < cell.end:
                return cell
        return None


def layout(page: bytes, usable: int, at: int = 0) -> Layout | None:
    """Read a page; `at` is 100 for the first of a file. None when it is no b-tree page."""
    try:
        kind = PageType(page[at])
    except ValueError:
        return None
    count = int.from_bytes(page[at + 3 : at + 5], "big")
    content = int.from_bytes(page[at + 5 : at + 7], "big") or 65_536
    pointers = at + kind.header_bytes
    whole = max(min(2 * count, min(usable, len(page)) - pointers) // 2, 0)
    starts = struct.unpack_from(f">{whole}H", page, pointers)
    gap = (pointers + 2 * count, min(content, usable))
    return Layout(kind, gap, _freeblocks(page, usable, at), starts, page, usable, tuple(sorted(starts)))


def fields(read: ReadPayload, payload: int) -> list[Field]:
    """The values of a record."""
    head = read(0, min(payload, 512))
    size, at = varint(head, 0)
    if not 0 < size <= min(payload, _LONGEST_HEADER):
        return []
    if size > len(head):
        head = read(0, size)
    found: list[Field] = []
    start = size
    while at < size:
        serial, after = varint(head, at)
        if after == at:
            break
        length = _size(serial)
        found.append(Field(len(found), serial, start, length))
        start, at = start + length, after
    return found


def integer(serial: int, data: bytes) -> int | None:
    """The whole number a field holds, or None where it holds something else."""
    if serial in (8, 9):
        return serial - 8
    return int.from_bytes(data, "big", signed=True) if serial in _INTEGERS else None


def _size(serial: int) -> int:
    if serial >= 12:
        return (serial - 12) // 2
    return 8 if serial == 7 else _INTEGERS.get(serial, 0)


def _cell(page: bytes, usable: int, kind: PageType, start: int) -> Cell | None:
    if not 0 < start < usable:
        return None
    at = start + (4 if kind.header_bytes == 12 else 0)
    if kind is PageType.TABLE_INTERIOR:
        _, end = varint(page, at)
        return Cell(start, end, end, 0, 0, 0)
    payload, at = varint(page, at)
    if kind is PageType.TABLE_LEAF:
        _, at = varint(page, at)
    if payload < 0 or at >= usable:
        return None
    local = local_bytes(usable, kind, payload)
    end, overflow = at + local, 0
    if local < payload:
        overflow = int.from_bytes(page[end : end + 4], "big")
        end += 4
    return Cell(start, min(max(end, start + 4), usable), at, payload, min(local, usable - at), overflow)


def _freeblocks(page: bytes, usable: int, at: int) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    block = int.from_bytes(page[at + 1 : at + 3], "big")
    while block and block + 4 <= usable and (not found or block > found[-1][0]):
        following, size = (int.from_bytes(page[block + n : block + n + 2], "big") for n in (0, 2))
        found.append((block, min(block + size, usable)))
        block = following
    return tuple(found)
