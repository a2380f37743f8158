"""What each page of a database is for, learnt while its bytes pass by once: to which table or index it belongs, or that
nothing leads to it.

Pages are given in windows (`take`), then `settle` follows the trees from their roots, the chains of overflow pages from
their cells, and the list of free pages. Numpy works on whole windows; what is kept is some ten bytes a page. Made for
damaged and hostile files: a page that two things claim belongs to the first, and no loop is followed twice.

https://www.sqlite.org/fileformat2.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from steward_app.db.records import limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole: TypeAlias = NDArray[np.int64]
    Window: TypeAlias = NDArray[np.uint8]

LOCK_BYTE: Final = 0x4000_0000
_MOST_CELLS = 32_768
_BEFORE = 8  # bytes before the first cell that are looked at
_TREE, _INTERIOR = (2, 5, 10, 13), (2, 5)


class PageKind(IntEnum):
    """What a page is for."""

    UNREACHED = 0
    TREE = 1
    OVERFLOW = 2
    TRUNK = 3
    FREE = 4
    POINTERS = 5
    LOCK = 6


@dataclass(frozen=True, slots=True)
class Edges:
    """Where in a window something goes on over the edge of a page.

    Attributes:
        rows: pages of the window, from 0.
        ends: where on the page the bytes end.
        follows: the page on which they go on, behind its first four bytes.
    """

    rows: Whole
    ends: Whole
    follows: Whole


class Anatomy:
    """The pages of one database."""

    def __init__(self, page_size_bytes: int, reserved_bytes: int, pages: int) -> None:
        import numpy as np

        self.page_size_bytes = page_size_bytes
        self.usable = page_size_bytes - reserved_bytes
        self.pages = pages
        self._next = np.zeros(pages + 1, np.uint32)
        self._kind = np.zeros(pages + 1, np.uint8)
        self._root = np.zeros(pages + 1, np.uint32)
        self._owner = np.zeros(pages + 1, np.uint32)  # of an overflow page: the page of its cell
        self._cell = np.zeros(pages + 1, np.uint32)  # and where that cell begins
        self._depth = np.zeros(pages + 1, np.uint32)
        self._children: list[Whole] = []
        self._heads: list[Whole] = []
        self._settled = False

    def take(
        self, numbers: Whole, window: Window, *, current: NDArray[np.bool_] | None = None, last: int = 0
    ) -> Edges:
        """Learn from some pages, and tell where something goes on over their edges. Of several windows at once.

        Args:
            numbers, window: of the pages, and a row of bytes each.
            current: which of them are of the state that is learnt, and not of an earlier one; None is all.
            last: the number of the last page of all states, where earlier ones had more.
        """
        import numpy as np

        first = numbers == 1
        types, shift = window[:, 0].copy(), np.where(first, 100, 0)
        types[first] = window[first, 100]
        follows = _whole(window, np.arange(len(window)), np.zeros(len(window), np.int64))
        last = max(last, self.pages)
        tree = _one_of(types, _TREE)
        on = np.flatnonzero(~tree & ~first & (follows > 1) & (follows <= last))
        rows, cells = self._cells(window, np.flatnonzero(tree), shift, types)
        over, ends, heads = self._overflowing(window, rows, cells, types, last)
        if not self._settled:
            known = (numbers > 0) & (numbers <= self.pages)
            known = known if current is None else known & current
            self._next[numbers[known]] = follows[known]
            interior = _one_of(types, _INTERIOR) & known
            inner = interior[rows]
            pages = np.flatnonzero(interior)
            self._link(numbers, rows[inner], _whole(window, rows[inner], cells[inner]))
            self._link(numbers, pages, _whole(window, pages, shift[pages] + 8))
            own = known[rows[over]] & (heads <= self.pages)
            self._heads.append(np.stack([numbers[rows[over]], cells[over], heads])[:, own])
        return Edges(
            np.concatenate([on, rows[over]]),
            np.concatenate([np.full(len(on), self.usable), ends]),
            np.concatenate([follows[on], heads]),
        )

    def settle(self, roots: Iterable[int], free: int, vacuums: bool, read: Callable[[int], bytes]) -> None:
        """Say what every page is for, when all were taken. Once.

        Args:
            roots: of all tables and indexes.
            free: the first page of the list of free pages, 0 for none.
            vacuums: whether the file has pages of pointers (auto_vacuum).
            read: the bytes of one page.
        """
        if vacuums:
            self._kind[2 : self.pages + 1 : self.usable // 5 + 1] = PageKind.POINTERS
        if self.pages * self.page_size_bytes > LOCK_BYTE:
            self._kind[LOCK_BYTE // self.page_size_bytes + 1] = PageKind.LOCK
        self._follow_trees(roots)
        self._follow_chains()
        self._follow_free(free, read)
        self._children, self._heads = [], []
        self._settled = True

    def kind(self, page: int) -> PageKind:
        """What a page is for; a page behind the end is reached by nothing."""
        return PageKind(int(self._kind[page])) if 0 < page <= self.pages else PageKind.UNREACHED

    def of_kind(self, *kinds: PageKind) -> Whole:
        """The numbers of all pages of some kinds."""
        import numpy as np

        found: Whole = np.flatnonzero(np.isin(self._kind[1:], kinds)) + 1
        return found

    def root(self, page: int) -> int:
        """The root of the tree to which a page belongs, with its overflow pages; 0 for none."""
        return int(self._root[page]) if 0 < page <= self.pages else 0

    def chain(self, page: int) -> tuple[int, int, int]:
        """Of an overflow page: the page of its cell, where that cell begins, and how many pages lie before it."""
        return int(self._owner[page]), int(self._cell[page]), int(self._depth[page])

    def homes(self, pages: Whole) -> Whole:
        """Of each page itself, or of an overflow page the page of its cell; 0 of those behind the end."""
        import numpy as np

        inside = np.where(pages <= self.pages, pages, 0)
        owner = self._owner[inside].astype(np.int64)
        return np.where(self._kind[inside] == PageKind.OVERFLOW, owner, inside)

    def next(self, page: int) -> int:
        """The number in the first four bytes of a page: the next of its chain."""
        return int(self._next[page]) if 0 < page <= self.pages else 0

    def counts(self) -> dict[PageKind, int]:
        """How many pages there are of each kind."""
        import numpy as np

        many = np.bincount(self._kind[1:], minlength=len(PageKind))
        return {kind: int(many[kind]) for kind in PageKind}

    def _cells(self, window: Window, pages: Whole, shift: Whole, types: Window) -> tuple[Whole, Whole]:
        """All cells of some tree pages of a window: the rows, and where each cell begins."""
        import numpy as np

        at = shift[pages]
        count = window[pages, at + 3].astype(np.int64) << 8 | window[pages, at + 4]
        first = at + np.where(_one_of(types[pages], _INTERIOR), 12, 8)
        count = np.minimum(count, np.minimum((self.usable - first) // 2, _MOST_CELLS))
        rows = np.repeat(pages, count)
        place = np.repeat(first - 2 * (np.cumsum(count) - count), count)
        place += 2 * np.arange(len(place))
        cells = _pairs(window, rows, place).astype(np.int64)
        good = (cells >= 8) & (cells <= self.usable - 4)
        return (rows, cells) if good.all() else (rows[good], cells[good])

    def _overflowing(
        self, window: Window, rows: Whole, cells: Whole, types: Window, last_page: int
    ) -> tuple[Whole, Whole, Whole]:
        """Which cells go on elsewhere, where they end on their page, and where they go on."""
        import numpy as np

        in_table, in_index, least = limits(self.usable)
        at = cells + np.where(types == 2, 4, 0)[rows]
        pair = _pairs(window, rows, np.minimum(at, window.shape[1] - 2))  # what is cut off has no room there
        ends_here = np.where(types == 13, _two_bytes(in_table), _two_bytes(in_index)).astype(np.uint16)
        may = (pair > ends_here[rows]) | (pair & 0x8080 == 0x8080)  # or the length has a third byte
        may &= (types != 5)[rows]
        over = np.flatnonzero(may)
        rows, at = rows[over], at[over]
        table = types[rows] == 13
        most = np.where(table, in_table, in_index)
        payload, end = _varints(window, rows, at)
        _, behind_rowid = _varints(window, rows, end)
        end = np.where(table, behind_rowid, end)
        local = least + (payload - least) % (self.usable - 4)
        local = np.where(local <= most, local, least)
        good = (payload > most) & (end + local + 4 <= self.usable)
        over, rows, end = over[good], rows[good], (end + local)[good]
        heads = _whole(window, rows, end)
        right = (heads > 1) & (heads <= last_page)
        return over[right], end[right], heads[right]

    def _link(self, numbers: Whole, rows: Whole, children: Whole) -> None:
        import numpy as np

        good = (children > 0) & (children <= self.pages)
        self._children.append(np.stack([numbers[rows[good]], children[good]]))

    def _follow_trees(self, roots: Iterable[int]) -> None:
        import numpy as np

        parent, child = (
            np.concatenate(self._children, axis=1) if self._children else np.empty((2, 0), np.int64)
        )
        order = np.argsort(parent, kind="stable")
        parent, child = parent[order], child[order]
        front = np.array(sorted({r for r in roots if 0 < r <= self.pages}), np.int64)
        self._root[front] = front
        while len(front):
            self._kind[front] = PageKind.TREE
            low, high = np.searchsorted(parent, front, "left"), np.searchsorted(parent, front, "right")
            many = high - low
            edge = np.repeat(low - np.cumsum(many) + many, many) + np.arange(int(many.sum()))
            reached, above = child[edge], np.repeat(front, many)
            new = self._kind[reached] == PageKind.UNREACHED
            self._root[reached[new]] = self._root[above[new]]
            front = np.unique(reached[new])

    def _follow_chains(self) -> None:
        import numpy as np

        heads = np.concatenate(self._heads, axis=1) if self._heads else np.empty((3, 0), np.int64)
        heads = heads[:, self._kind[heads[0]] == PageKind.TREE]
        heads = heads[:, np.argsort(heads[0], kind="stable")]  # in whatever order the windows were taken
        owner, cell, front = heads
        depth = 0
        while len(front):
            new = self._kind[front] == PageKind.UNREACHED
            front, owner, cell = front[new], owner[new], cell[new]
            self._kind[front] = PageKind.OVERFLOW
            self._owner[front], self._cell[front], self._depth[front] = owner, cell, depth
            self._root[front] = self._root[owner]
            front, depth = self._next[front].astype(np.int64), depth + 1
            good = (front > 1) & (front <= self.pages)
            front, owner, cell = front[good], owner[good], cell[good]

    def _follow_free(self, trunk: int, read: Callable[[int], bytes]) -> None:
        import numpy as np

        while 1 < trunk <= self.pages and self._kind[trunk] == PageKind.UNREACHED:
            self._kind[trunk] = PageKind.TRUNK
            page = np.frombuffer(read(trunk), ">u4")
            leaves = page[2 : 2 + min(int(page[1]), len(page) - 2)].astype(np.int64)
            leaves = leaves[(leaves > 1) & (leaves <= self.pages)]
            self._kind[leaves[self._kind[leaves] == PageKind.UNREACHED]] = PageKind.FREE
            trunk = int(page[0])


def loose(numbers: Whole, window: Window) -> Whole:
    """The numbers of those tree pages that may hold bytes of deleted cells.

    They have free blocks, or something stands right before the first cell, where the page has been empty otherwise.
    """
    import numpy as np

    shift = np.where(numbers == 1, 100, 0)
    every = np.arange(len(window))
    tree = _one_of(window[every, shift], _TREE)
    freed = (window[every, shift + 1] | window[every, shift + 2]) != 0
    first = window[every, shift + 5].astype(np.int64) << 8 | window[every, shift + 6]
    before = np.clip(first, _BEFORE, window.shape[1])[:, None] - np.arange(1, _BEFORE + 1)
    dirty = window[every[:, None], before].any(axis=1)
    found: Whole = numbers[tree & (freed | dirty)]
    return found


def _one_of(types: Window, chosen: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which bytes are one of some: by a table of all bytes, a tenth of the work of sorting them."""
    import numpy as np

    known = np.zeros(256, np.bool_)
    known[list(chosen)] = True
    found: NDArray[np.bool_] = known[types]
    return found


def _two_bytes(length: int) -> int:
    """The first two bytes of a length as cells begin with it, as one number: of a longer one they are larger.

    But of lengths of three bytes and more, of which both have their highest bit set.
    """
    if length < 0x80:
        return length << 8 | 0xFF
    return 0x8000 | length >> 7 << 8 | length & 0x7F if length < 0x4000 else 0xFF7F


def _pairs(window: Window, rows: Whole, at: Whole) -> NDArray[np.uint16]:
    """The two-byte numbers at places of a window. Taken byte by byte, which is twice as fast as where they lie."""
    import numpy as np

    flat, place = np.ascontiguousarray(window).reshape(-1), rows * window.shape[1] + at
    found: NDArray[np.uint16] = flat.take(place, mode="wrap").astype(np.uint16)  # no place is past its end
    found <<= 8
    found |= flat.take(place + 1, mode="wrap")
    return found


def _whole(window: Window, rows: Whole, at: Whole) -> Whole:
    """The four-byte numbers at places of a window."""
    import numpy as np

    flat = np.ascontiguousarray(window).reshape(-1)
    every = np.ndarray((max(flat.size - 3, 0),), ">u4", flat, strides=(1,))
    found: Whole = every[rows * window.shape[1] + at].astype(np.int64)
    return found


def _varints(window: Window, rows: Whole, at: Whole) -> tuple[Whole, Whole]:
    """The variable-length numbers at places of a window, and where they end."""
    import numpy as np

    value, going = np.zeros(len(rows), np.int64), np.ones(len(rows), np.bool_)
    end = at.copy()
    for place in range(9):
        if not going.any():
            break
        byte = window[rows, np.minimum(at + place, window.shape[1] - 1)].astype(np.int64)
        value = np.where(going, value << 7 | byte & 0x7F, value)
        end += going
        going &= byte >= 0x80
    return value & 0x7FFF_FFFF, end
