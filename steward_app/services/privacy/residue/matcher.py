"""Many byte strings looked for at once in windows of a file.

Long ones are found by their eight-byte pieces: a string of 15 bytes covers a whole aligned piece of eight wherever it
stands, so only every eighth place of the window is looked up in a table, in numpy, without the interpreter; or every
second place, for shorter strings (9 bytes) and where there are very many, of each of which fewer pieces are kept then.
What passes is compared by a signature of its first and last eight bytes, then byte by byte with those of the same one,
which are in order: however many persons share their domain, few are compared. Time grows with the window
and little with the number of strings, up to millions. Shorter ones are looked for in another way: `short`.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from steward_app.services.privacy.residue.short import Hits, short_strings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.uint64]
    Places: TypeAlias = NDArray[np.int64]
    Letters: TypeAlias = NDArray[np.uint8]

SHORTEST: Final = 5
"""Bytes of the shortest string that is looked for."""

_PIECE = 8
_ALIGNED = 15  # bytes: every string of so many holds an aligned piece
_SPREAD = 0x9E37_79B9_7F4A_7C15  # 2**64 divided by the golden ratio: spreads keys over the high bits
_BLOCK = 1 << 19  # bytes worked on at once: what numpy makes of it stays in the cache
_LETTERS = 1 << 17  # the same where letters are made small
_LEAST = 9  # bytes that hold a piece beginning at an even place
_MANY = 20_000  # strings, from which on fewer pieces of each cost less than fewer places of the window
_CHOICES, _BUCKET_BITS = 8, 20
_AT_ONCE = 1 << 15  # strings of which the pieces are chosen at once
_SIGNED_BITS = 22
_SIGNED_SHIFT = 64 - _SIGNED_BITS


class Matcher:
    """Finds strings of at least `SHORTEST` bytes, each different from the others. Safe in several threads at once."""

    def __init__(self, strings: Sequence[bytes]) -> None:
        import numpy as np

        self._strings = strings
        length = np.fromiter(map(len, strings), np.int64, len(strings))
        fine = 2 if len(strings) > _MANY else _PIECE
        least = _ALIGNED if fine == _PIECE and bool(np.any(length < _LEAST)) else _LEAST
        groups = {fine: length >= _ALIGNED, 2: (length >= least) & (length < _ALIGNED)}
        if fine == 2:
            groups = {2: length >= least}
        self._pieces = [
            _Pieces(strings, np.flatnonzero(of), step) for step, of in groups.items() if bool(np.any(of))
        ]
        short = np.flatnonzero(length < least).tolist()
        self._short = short_strings(strings, short) if short else None

    def length(self, number: int) -> int:
        """Bytes of a string."""
        return len(self._strings[number])

    def find(self, window: bytes | memoryview) -> Hits:
        """Every place where a string stands, in order."""
        hits = [hit for pieces in self._pieces for hit in pieces.find(window)]
        if self._short:
            hits += self._short.find(window)
        return sorted(hits)


class _Pieces:
    """Strings of at least `step + 7` bytes, by their pieces of eight bytes that begin at a multiple of `step`."""

    def __init__(self, strings: Sequence[bytes], numbers: Places, step: int) -> None:
        import numpy as np

        self._strings, self._step = strings, step
        chosen = [strings[n] for n in numbers.tolist()]
        blob, length = b"".join(chosen), np.fromiter(map(len, chosen), np.int64, len(chosen))
        start = np.cumsum(length) - length
        signatures = _signatures(_wide(blob), start, length)
        order = np.argsort(signatures, kind="stable")
        for crowd in _alike(signatures[order]):  # persons of one domain share first and last bytes
            order[crowd] = sorted(order[crowd].tolist(), key=chosen.__getitem__)
        self._signatures, self._numbers = signatures[order], numbers[order]
        first = _rarest(_wide(blob), start, length, step)
        places = (first[:, None] + np.arange(step)).ravel()
        keys = _at(_wide(blob), np.repeat(start, step) + places)
        offset_length = places << 32 | np.repeat(length, step)
        order = np.lexsort((offset_length, keys))
        keys, offset_length = keys[order], offset_length[order]
        new = np.ones(len(keys), np.bool_)
        new[1:] = (keys[1:] != keys[:-1]) | (offset_length[1:] != offset_length[:-1])
        keys, offset_length = keys[new], offset_length[new]
        self._keys, self._first, self._many = np.unique(keys, return_index=True, return_counts=True)
        self._offsets, self._lengths = offset_length >> 32, offset_length & 0xFFFF_FFFF
        bits = min(max(16, len(self._keys).bit_length() + 7), 27)
        self._spread, self._shift = np.uint64(_SPREAD), np.uint64(64 - bits)
        self._table = np.zeros(1 << bits - 3, np.uint8)  # a bit for each number that a key is spread to
        spread = (self._keys * self._spread) >> self._shift
        ones = np.uint8(1) << (spread & 7).astype(np.uint8)
        np.bitwise_or.at(self._table, (spread >> 3).view(np.int64), ones)
        self._signed = np.zeros(1 << _SIGNED_BITS, np.bool_)
        self._signed[self._signatures >> _SIGNED_SHIFT] = True

    def find(self, window: bytes | memoryview) -> Hits:
        import numpy as np

        passed = [
            self._passing(window, block, offset)
            for block in range(0, len(window), _BLOCK)
            for offset in range(0, _PIECE, self._step)
        ]
        places = np.concatenate(passed) if passed else np.empty(0, np.int64)
        return self._compared(window, places) if len(places) else []

    def _passing(self, window: bytes | memoryview, block: int, offset: int) -> Places:
        """Places whose piece may be one of a string."""
        import numpy as np

        start = block + offset
        count = (min(block + _BLOCK + offset, len(window)) - start) // _PIECE
        if count <= 0:
            return np.empty(0, np.int64)
        spread = np.frombuffer(window, np.uint64, count, start) * self._spread
        spread >>= self._shift
        bits = np.take(self._table, (spread >> 3).view(np.int64), mode="wrap")  # no number is past its end
        spread &= 7
        bits >>= spread.astype(np.uint8)
        bits &= 1
        found: Places = np.flatnonzero(bits.view(np.bool_))
        return found * _PIECE + start

    def _compared(self, window: bytes | memoryview, places: Places) -> Hits:
        import numpy as np

        wide = _wide(window)
        pieces = _at(wide, places)
        key = np.searchsorted(self._keys, pieces)
        key[key == len(self._keys)] = 0
        right = self._keys[key] == pieces
        places, key = places[right], key[right]
        many = self._many[key]
        pair = np.repeat(self._first[key] - np.cumsum(many) + many, many) + np.arange(int(many.sum()))
        start, length = np.repeat(places, many) - self._offsets[pair], self._lengths[pair]
        inside = (start >= 0) & (start + length <= len(window))
        start, length = start[inside], length[inside]
        signatures = _signatures(wide, start, length)
        likely = self._signed[signatures >> _SIGNED_SHIFT]
        start, length, signatures = start[likely], length[likely], signatures[likely]
        low = np.searchsorted(self._signatures, signatures, "left")
        high = np.searchsorted(self._signatures, signatures, "right")
        found = set()
        some = np.flatnonzero(high > low)
        columns = (each[some].tolist() for each in (start, length, low, high))
        for place, size, first, last in zip(*columns, strict=True):
            string = bytes(window[place : place + size])
            at = bisect_left(self._numbers, string, first, last, key=self._strings.__getitem__)
            if at < last and self._strings[self._numbers[at]] == string:
                found.add((place, int(self._numbers[at])))
        return list(found)


class _Kept(threading.local):
    """The memory that a thread makes letters small in, from its first window on."""

    room: tuple[Letters, Letters, NDArray[np.bool_]] | None = None

    def of(self, size: int) -> tuple[Letters, Letters, NDArray[np.bool_]]:
        """Room for the letters of a window, and for what is worked on at once."""
        import numpy as np

        if self.room is None or len(self.room[0]) < size:
            many = size + _LETTERS
            self.room = np.empty(many, np.uint8), np.empty(_LETTERS, np.uint8), np.empty(_LETTERS, np.bool_)
        return self.room


_kept = _Kept()


def small_letters(window: bytes) -> memoryview:
    """A window with small letters, as `bytes.lower` makes them, until the next one of this thread.

    In memory that the thread keeps, since new memory costs as much as the work; and other threads can work meanwhile.
    """
    import numpy as np

    made, gap, capital = _kept.of(len(window))
    raw = np.frombuffer(window, np.uint8)
    for start in range(0, len(window), _LETTERS):
        block = raw[start : start + _LETTERS]
        many = len(block)
        np.subtract(block, ord("A"), out=gap[:many])  # what is before it becomes a large number
        np.less(gap[:many], 26, out=capital[:many])
        eight = capital.view(np.uint64)[: -(-many // 8)]
        eight <<= 5  # each byte of them is 0 or 1; eight at once are shifted in a twentieth of the time
        np.bitwise_or(block, capital[:many].view(np.uint8), out=made[start : start + many])
    return made[: len(window)].data


def _wide(data: bytes | memoryview) -> Numbers:
    """The eight bytes from every place on, as one number each."""
    import numpy as np

    pieces: Numbers = np.ndarray((max(len(data) - 7, 0),), np.uint64, data, strides=(1,))
    return pieces


def _at(wide: Numbers, places: Places) -> Numbers:
    found: Numbers = wide[places]
    return found


def _signatures(wide: Numbers, start: Places, length: Places) -> Numbers:
    import numpy as np

    ends = _at(wide, start + length - _PIECE) * np.uint64(0xC2B2_AE3D_27D4_EB4F)
    mixed: Numbers = (_at(wide, start) * np.uint64(_SPREAD)) ^ (ends >> np.uint64(29)) ^ ends
    mixed += length.astype(np.uint64)
    return mixed


def _alike(signatures: Numbers) -> Iterator[slice]:
    """Where more than one of some signatures in order are the same."""
    import numpy as np

    first = np.flatnonzero(np.concatenate([[True], signatures[1:] != signatures[:-1]]))
    last = np.append(first[1:], len(signatures))
    several = last - first > 1
    yield from map(slice, first[several].tolist(), last[several].tolist())


def _rarest(wide: Numbers, start: Places, length: Places, step: int) -> Places:
    """For each string, from where on its pieces are taken: where they are in the fewest others.

    Strings share their beginning (https://), or their end (@example.org); pieces that all have would pass all rows.
    """
    import numpy as np

    last = length - (_PIECE + step - 1)
    bits = min(len(start).bit_length() + 5, _BUCKET_BITS)
    often = np.zeros(1 << bits, np.int64)
    parts = [slice(at, at + _AT_ONCE) for at in range(0, len(start), _AT_ONCE)]
    for part in parts:
        for buckets in _choices(wide, start[part], last[part], step, bits):
            often += np.bincount(buckets.ravel(), minlength=1 << bits)
    best = [np.empty(0, np.int64)]
    for part in parts:
        first, final = _choices(wide, start[part], last[part], step, bits)
        rarest = np.maximum(often[first], often[final]).argmin(axis=0)
        best.append(last[part] * rarest // (_CHOICES - 1))
    return np.concatenate(best)


def _choices(wide: Numbers, start: Places, last: Places, step: int, bits: int) -> tuple[Places, Places]:
    """Of some strings, for each place from where pieces may be taken, the buckets of its first and its last piece."""
    import numpy as np

    choices = start + np.stack([last * part // (_CHOICES - 1) for part in range(_CHOICES)])
    return _buckets(_at(wide, choices), bits), _buckets(_at(wide, choices + step - 1), bits)


def _buckets(pieces: Numbers, bits: int) -> Places:
    import numpy as np

    return ((pieces * np.uint64(_SPREAD)) >> np.uint64(64 - bits)).astype(np.int64)
