"""How many different values there are, and which columns share theirs, in little memory and without the values."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T", bound=Hashable)

_MOST = 20_000
_SHARED = 1_024
_SPREAD = 0x9E37_79B9_7F4A_7C15


class Distinct:
    """Counts different values: exactly up to some thousand, then from those whose hash falls into an ever smaller part.

    M. Wegman's adaptive sampling; P. Flajolet, On adaptive sampling, Computing 43 (1990): an error of about 1 %.
    """

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._level = 0

    def add(self, counted: Mapping[T, int]) -> None:
        """Values, and how often each stands in a batch."""
        import numpy as np

        hashes = np.fromiter(map(hash, counted), np.int64, len(counted))
        counts = np.fromiter(counted.values(), np.int64, len(counted))
        mixed = hashes.view(np.uint64) * np.uint64(_SPREAD)
        if self._level:
            kept = mixed >> np.uint64(64 - self._level) == 0
            mixed, counts = mixed[kept], counts[kept]
        seen = self._seen
        for each, count in zip(mixed.tolist(), counts.tolist(), strict=True):
            seen[each] = seen.get(each, 0) + count
        while len(self._seen) > _MOST:
            self._level += 1
            shift = 64 - self._level
            self._seen = {mixed: count for mixed, count in self._seen.items() if mixed >> shift == 0}

    @property
    def count(self) -> int:
        return len(self._seen) << self._level

    @property
    def once(self) -> float:
        """Share of the different values that were seen once."""
        return sum(count == 1 for count in self._seen.values()) / max(1, len(self._seen))

    @property
    def most(self) -> int:
        """How often the value that stands most often was seen; of very many values, one of them."""
        return max(self._seen.values(), default=0)


class Shared:
    """The smallest hashes of a column's values. Two columns with the same values have the same smallest hashes.

    A. Broder, On the resemblance and containment of documents (1997).
    """

    def __init__(self) -> None:
        self._hashes: set[int] = set()
        self._below = 1 << 63

    def add(self, values: Iterable[str]) -> None:
        below = self._below
        self._hashes.update([mixed for mixed in map(hash, values) if mixed < below])
        if len(self._hashes) > 2 * _SHARED:
            self.close()

    def close(self) -> None:
        """Keep no more than is needed to compare."""
        if len(self._hashes) > _SHARED:
            kept = sorted(self._hashes)[:_SHARED]
            self._hashes, self._below = set(kept), kept[-1] + 1

    def __len__(self) -> int:
        return len(self._hashes)

    @property
    def state(self) -> tuple[list[int], int]:
        """What `restored` makes it again from, in a process that hashes alike."""
        return sorted(self._hashes), self._below

    @classmethod
    def restored(cls, hashes: Iterable[int], below: int) -> Shared:
        """One that another process made."""
        made = cls()
        made._hashes, made._below = set(hashes), below
        return made

    def hashes(self) -> frozenset[int]:
        """Those kept, by which a column is found that may share values."""
        return frozenset(self._hashes)

    def contained_in(self, other: Shared) -> tuple[float, int]:
        """The share of these values that stand in the other column, and of how many that was seen."""
        below = min(self._below, other._below)
        comparable = [mixed for mixed in self._hashes if mixed < below]
        if not comparable:
            return 0.0, 0
        return sum(mixed in other._hashes for mixed in comparable) / len(comparable), len(comparable)
