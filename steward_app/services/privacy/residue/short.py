"""Short byte strings looked for at once in windows of a file, by libraries that are made for it.

Up to tens of thousands are found by Hyperscan, which looks at many bytes in one step and does not slow down where a
window is full of beginnings of what is looked for; making it ready takes it seconds for more, so those go through an
Aho-Corasick automaton. https://intel.github.io/hyperscan/dev-reference/
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    import hyperscan

Hits: TypeAlias = list[tuple[int, int]]
"""Where a string stands, and its number."""

_FEW: Final = 50_000
_KEY = (
    8  # bytes: of strings that share their last eight, Hyperscan would compare each with every place of these
)


class ShortStrings(Protocol):
    """Finds strings that are too short for pieces of them to tell anything. Safe in several threads at once."""

    def find(self, window: bytes | memoryview) -> Hits:
        """Every place where one stands, in any order."""


def places(data: bytes, string: bytes) -> list[int]:
    """Where one string of two bytes or more stands. By its first two, eight times as fast as `bytes.find`."""
    import numpy as np

    first = np.frombuffer(string[:2], np.uint16)[0]
    found = [
        np.flatnonzero(np.frombuffer(data, np.uint16, (len(data) - start) // 2, start) == first) * 2 + start
        for start in (0, 1)
        if len(data) > start + 1
    ]
    at: list[int] = np.sort(np.concatenate(found)).tolist() if found else []
    return at if len(string) == 2 else [each for each in at if data.startswith(string, each)]


def short_strings(strings: Sequence[bytes], numbers: Sequence[int]) -> ShortStrings:
    """What finds some of the strings, given by their numbers."""
    return _Few(strings, numbers) if len(numbers) <= _FEW else _Many(strings, numbers)


class _Few:
    def __init__(self, strings: Sequence[bytes], numbers: Sequence[int]) -> None:
        import hyperscan

        self._strings = strings
        begins, ends = (
            Counter(strings[n][part] for n in numbers) for part in (slice(_KEY), slice(-_KEY, None))
        )
        keys: dict[bytes, list[tuple[int, int]]] = {}
        for number in numbers:
            string = strings[number]
            by_end = len(string) > _KEY and ends[string[-_KEY:]] < begins[string[:_KEY]]
            at = len(string) - _KEY if by_end else 0
            keys.setdefault(string[at : at + _KEY], []).append((number, at))
        self._keys = [(len(key), of) for key, of in keys.items()]
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[b"".join(b"\\x%02x" % byte for byte in key) for key in keys],
            ids=range(len(keys)),
            elements=len(keys),
            flags=0,
        )
        self._kept = threading.local()

    def find(self, window: bytes | memoryview) -> Hits:
        found: Hits = []
        data: Any = window  # any bytes will do; its types know of `bytes` alone
        self._database.scan(data, lambda key, _, end, *__: found.append((key, end)), scratch=self._room())
        hits: Hits = []
        for key, end in found:
            size, of = self._keys[key]
            for number, at in of:
                start, string = end - size - at, self._strings[number]
                if len(string) == size or (start >= 0 and window[start : start + len(string)] == string):
                    hits.append((start, number))
        return hits

    def _room(self) -> hyperscan.Scratch:
        """The memory in which a thread searches, from its first window on."""
        import hyperscan

        room: hyperscan.Scratch | None = getattr(self._kept, "room", None)
        if room is None:
            room = self._kept.room = hyperscan.Scratch(self._database)
        return room


class _Many:
    def __init__(self, strings: Sequence[bytes], numbers: Sequence[int]) -> None:
        from ahocorasick_rs import BytesAhoCorasick, Implementation

        self._numbers = numbers
        self._found: Any = BytesAhoCorasick(
            [strings[n] for n in numbers], implementation=Implementation.ContiguousNFA
        ).find_matches_as_indexes

    def find(self, window: bytes | memoryview) -> Hits:
        return [(start, self._numbers[n]) for n, start, _ in self._found(window, overlapping=True)]
