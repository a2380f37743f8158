"""Hits outside of rows, kept in some bytes each until all rows were judged: a row may explain what is left over."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from steward_app.services.privacy.residue.edges import Hit
from steward_app.services.privacy.residue.forms import Form
from steward_app.services.privacy.residue.hits import END_BITS, HitStore
from steward_app.services.privacy.residue.locate import Leftover
from steward_app.services.privacy.residue.model import Where
from steward_app.services.privacy.residue.wanted import WantedStrings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole: TypeAlias = NDArray[np.int64]
    Flags: TypeAlias = NDArray[np.bool_]

_WHERE: Final = tuple(Where)
_AT_ONCE: Final = 4_096


class Leftovers:
    """Hits outside of rows, which are judged when all rows were."""

    def __init__(self, store: HitStore, wanted: WantedStrings) -> None:
        self._store, self._wanted = store, wanted
        self._place, self._string = array("q"), array("i")
        self._page, self._where, self._owner = array("q"), array("B"), array("i")
        self._names: dict[str, int] = {}

    def add(self, place: int, string: int, left: Leftover) -> None:
        """One of them.

        Args:
            place: of the hit in the order in which they are judged.
            string: the number of what it stands for.
        """
        self._place.append(place)
        self._string.append(string)
        self._page.append(left.page)
        self._where.append(_WHERE.index(left.where))
        self._owner.append(self._names.setdefault(left.owner, len(self._names)))

    def each(self, order: Whole) -> Iterator[tuple[Hit, Leftover]]:
        """Those that count: beginnings and ends of values that are left whole do not count besides."""
        import numpy as np

        names = tuple(self._names)
        places, strings = np.array(self._place, np.int64), np.array(self._string, np.int32)
        numbers = order[places]
        counting = np.flatnonzero(~self._parts_of_whole(numbers, strings))
        counting = counting[np.lexsort((strings[counting], places[counting]))]
        for start in range(0, len(counting), _AT_ONCE):
            some = counting[start : start + _AT_ONCE]
            for each, number in zip(some.tolist(), numbers[some].tolist(), strict=True):
                hit = self._store[number]._replace(string=self._string[each])
                yield hit, Leftover(self._page[each], _WHERE[self._where[each]], names[self._owner[each]])

    def _parts_of_whole(self, numbers: Whole, strings: NDArray[np.int32]) -> Flags:
        import numpy as np

        values, forms, lengths = self._wanted.arrays()
        part: Flags = forms[strings] == Form.PIECE
        if not np.any(part):
            return part
        value = values[strings].astype(np.int64) << END_BITS  # few enough, where pieces are looked for
        begin, end = (value | each for each in self._store.ends(numbers, lengths[strings]))
        found: Flags = part & (np.isin(begin, begin[~part]) | np.isin(end, end[~part]))
        return found
