"""The places where strings stand, kept in some bytes each: there may be millions before it is known what they are."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from steward_app.db.anatomy import Anatomy
from steward_app.db.raw_files import Frames
from steward_app.db.sidefiles import JOURNAL, SHM, WAL
from steward_app.db.write_ahead import FRAME_HEADER, LOG_HEADER
from steward_app.services.privacy.residue.edges import MAIN, Hit, Join
from steward_app.services.privacy.residue.short import Hits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole: TypeAlias = NDArray[np.int64]

_FILES: Final = (MAIN, JOURNAL, SHM, WAL)
_NUMBER: Final = {suffix: number for number, suffix in enumerate(_FILES)}
_AT_ONCE: Final = 4_096
_JOINED: Final = 9  # numbers that are kept of a string over an edge
_PLACE_BITS: Final = 46  # of the largest byte of a file, 70 TB
END_BITS: Final = _PLACE_BITS + 2
"""Of the numbers that `HitStore.ends` gives."""


class HitStore:
    """The hits of one reading, by number: first those in files, then those that cross an edge."""

    def __init__(self) -> None:
        self._file, self._at, self._string = array("B"), array("q"), array("i")
        self._joined = array("q")

    def __len__(self) -> int:
        return len(self._at) + len(self._joined) // _JOINED

    def __getitem__(self, number: int) -> Hit:
        if number < len(self._at):
            return Hit(_FILES[self._file[number]], self._at[number], self._string[number])
        start = (number - len(self._at)) * _JOINED
        file, at, string, edge, kept, head, end, rest, is_old = self._joined[start : start + _JOINED]
        return Hit(_FILES[file], at, string, Join(edge, kept, head, end, _FILES[rest], bool(is_old)))

    def add(self, suffix: str, base: int, found: Hits) -> None:
        """Strings that stand behind a byte of a file."""
        self._file.frombytes(bytes((_NUMBER[suffix],)) * len(found))
        self._at.extend(base + at for at, _ in found)
        self._string.extend(string for _, string in found)

    def add_joined(self, suffix: str, at: int, string: int, join: Join) -> None:
        """A string that crosses an edge."""
        places = join.edge, join.kept, join.head, join.end
        self._joined.extend((_NUMBER[suffix], at, string, *places, _NUMBER[join.rest], join.is_old))

    def order(self) -> Whole:
        """The numbers of all hits, each once, by file, place and string."""
        import numpy as np

        file, at, string = self._columns()
        joined = self._joins()
        once = np.unique(joined, axis=0, return_index=True)[1] if len(joined) else np.empty(0, np.int64)
        found = np.concatenate([np.arange(len(self._at)), np.sort(once) + len(self._at)])
        return found[np.lexsort((string[found], at[found], file[found]))]

    def by_home(self, order: Whole, anatomy: Anatomy, frames: Frames) -> Iterator[tuple[int, int, Hit]]:
        """All hits, those in one row one behind the other; with the place of each in their order.

        The second number is the page of the row where its cell is, also for what stands on overflow pages; of what
        is in no row, any.
        """
        import numpy as np

        homes = self._homes(anatomy, frames)[order]
        places = np.argsort(homes, kind="stable")
        for start in range(0, len(places), _AT_ONCE):
            some = places[start : start + _AT_ONCE]
            numbers = order[some].tolist()
            for place, home, number in zip(some.tolist(), homes[some].tolist(), numbers, strict=True):
                yield place, home, self[number]

    def _homes(self, anatomy: Anatomy, frames: Frames) -> Whole:
        import numpy as np

        file, at, _ = self._columns()
        pages = np.where(file == _NUMBER[MAIN], at // anatomy.page_size_bytes + 1, 0)
        in_log = np.flatnonzero(file == _NUMBER[WAL])
        if len(in_log) and frames.pages:
            number = np.clip((at[in_log] - LOG_HEADER) // (FRAME_HEADER + frames.page_size_bytes), 0, None)
            kept = number < len(frames.pages)
            pages[in_log[kept]] = np.array(frames.pages, np.int64)[number[kept]]
        return anatomy.homes(pages)

    def ends(self, numbers: Whole, lengths: NDArray[np.uint8]) -> tuple[Whole, Whole]:
        """Where some hits begin and end, each as one number: the file and the byte."""
        import numpy as np

        file, at, _ = self._columns()
        begin = (file.astype(np.int64) << _PLACE_BITS | at)[numbers]
        end, over = begin + lengths, numbers >= len(self._at)
        joined = self._joins()[numbers[over] - len(self._at)]
        end[over] = joined[:, 7] << _PLACE_BITS | joined[:, 6]
        return begin, end

    def _columns(self) -> tuple[NDArray[np.uint8], Whole, NDArray[np.int32]]:
        import numpy as np

        joined = self._joins()
        return (
            np.concatenate([np.frombuffer(self._file, np.uint8), joined[:, 0].astype(np.uint8)]),
            np.concatenate([np.frombuffer(self._at, np.int64), joined[:, 1]]),
            np.concatenate([np.frombuffer(self._string, np.int32), joined[:, 2].astype(np.int32)]),
        )

    def _joins(self) -> Whole:
        import numpy as np

        return np.frombuffer(self._joined, np.int64).reshape(-1, _JOINED)
