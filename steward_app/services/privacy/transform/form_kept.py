"""Keyed permutation of values that keep their form: digits stay digits, letters letters, signs stay in place.

One to one within each form, so that keys stay keys. Letters are permuted without regard to case and keep the case of
their place: values that SQLite's NOCASE takes for one stay one. A UUID stays a UUID of its version, and bytes that are
no text, which come as halves of surrogate pairs, stay bytes that are none.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from steward_app.db.raw_rows import OddText
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.permutation import LARGEST, Permutation

if TYPE_CHECKING:
    from steward_app.services.privacy.transform.keyed import Numbers

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_UUID_FIXED = (14, 19)  # where version and variant stand
_UUID_LENGTH = 36
_WHOLE = re.compile(r"-?0{1,18}")
_NUMERIC = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.IGNORECASE | re.ASCII)

_HALVES = (range(0xD800, 0xDC00), range(0xDC00, 0xDC80), range(0xDC80, 0xDD00), range(0xDD00, 0xE000))
"""Halves of surrogate pairs: first ones, second ones, and among these what stands for a byte that is no UTF-8."""
_A_HALF = re.compile("[\ud800-\udfff]")

_ALPHABETS = (
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "".join(map(chr, range(0x3B1, 0x3C2)))
    + "".join(map(chr, range(0x3C3, 0x3CA))),  # Greek without final sigma
    "".join(map(chr, range(0x430, 0x450))),  # Cyrillic
)


@dataclass(frozen=True, slots=True)
class _Form:
    """The form of a value.

    Attributes:
        pattern: the value with the first of its alphabet for every character that is in one.
        places: where something is permuted.
        bases: the first of the characters that may stand at each place, and `sizes` how many follow.
        neighbours: for a character of no alphabet here, by its place among `places`: what it may become instead.
    """

    pattern: str
    uuid: bool
    places: tuple[int, ...]
    bases: tuple[int, ...]
    sizes: tuple[int, ...]
    neighbours: Mapping[int, tuple[int, ...]] = field(default_factory=dict, hash=False)

    @property
    def numeric(self) -> bool:
        return _NUMERIC.fullmatch(self.pattern) is not None

    @property
    def odd(self) -> bool:
        """Whether some of it is no text."""
        return _A_HALF.search(self.pattern) is not None


class FormKept:
    """The permutation of one domain.

    Args:
        numeric: a column of the domain has a numeric affinity: texts that are whole numbers go with the numbers, and no
            other text becomes one that looks like a number, since SQLite would store it as one.
        range: whole numbers are permuted within these; None: among those with as many digits.
    """

    def __init__(
        self, permutation: Permutation, *, numeric: bool = False, range_: tuple[int, int] | None = None
    ) -> None:
        self._permutation = permutation
        self._numeric = numeric
        self._range = range_

    def integers(self, values: Sequence[int]) -> list[SqlValue]:
        """Whole numbers: the sign and the count of digits stay, or they stay in the range. 0 stays 0."""
        import numpy as np

        if self._range is not None:
            low, high = self._range
            inside = [low <= value <= high for value in values]
            if all(inside):
                shifted = np.fromiter((value - low for value in values), dtype=np.uint64, count=len(values))
                return [int(found) + low for found in self._permutation.one(shifted, high - low + 1).tolist()]
        found: list[SqlValue] = [0] * len(values)
        groups: dict[int, list[int]] = defaultdict(list)
        for place, value in enumerate(values):
            if self._range is not None and self._range[0] <= value <= self._range[1]:
                found[place] = self.integers([value])[0]
            elif value:
                groups[len(str(abs(value)))].append(place)
        for digits, places in groups.items():
            low = 10 ** (digits - 1)
            high = min(10**digits, 1 << 63)
            numbers = np.array([abs(values[place]) - low for place in places], dtype=np.uint64)
            size = high - low
            new = self._permutation.one(numbers, size) if size <= LARGEST else self._large(numbers, size)
            for place, number in zip(places, new.tolist(), strict=True):
                found[place] = (number + low) * (1 if values[place] >= 0 else -1)
        return found

    def _large(self, numbers: Numbers, size: int) -> Numbers:
        """Numbers of 19 digits: two halves together, walked until below the size."""
        import numpy as np

        half = 1 << 31
        sizes = [-(-size // half), half]
        parts = list(np.divmod(numbers, np.uint64(half)))
        found = numbers
        while True:
            parts = self._permutation.together(parts, sizes)
            found = parts[0] * np.uint64(half) + parts[1]
            outside = found >= np.uint64(size)
            if not outside.any():
                return found
            again = self._large(found[outside], size)
            found[outside] = again
            return found

    def tails(self, values: Sequence[str]) -> list[str]:
        """What follows the head of a number: as `texts`, and a first digit that is not 0 does not become 0."""
        return [str(text) for text in self._in_groups(values, nonzero=True)]

    def texts(self, values: Sequence[str]) -> list[SqlValue]:
        """Texts, in their form."""
        return self._in_groups(values, nonzero=False)

    def _in_groups(self, values: Sequence[str], *, nonzero: bool) -> list[SqlValue]:
        of_each = patterns(values)
        if len(set(of_each)) == 1:
            return list(self._one_pattern(of_each[0], list(values), nonzero=nonzero))
        found: list[SqlValue] = list(values)
        groups: dict[str, list[int]] = defaultdict(list)
        for place, pattern in enumerate(of_each):
            groups[pattern].append(place)
        for pattern, places in groups.items():
            new = self._one_pattern(pattern, [values[place] for place in places], nonzero=nonzero)
            for place, text in zip(places, new, strict=True):
                found[place] = text
        return found

    def _one_pattern(self, pattern: str, values: list[str], *, nonzero: bool) -> Sequence[SqlValue]:
        if nonzero:
            return self._group(_form_of(pattern, False, nonzero=True), values)
        if self._numeric and _WHOLE.fullmatch(pattern):
            return self._whole(values)
        return self._pattern(pattern, values)

    def _whole(self, values: list[str]) -> list[SqlValue]:
        """Texts that are whole numbers, as those numbers go."""
        new: list[SqlValue] = []
        for value, number in zip(values, self.integers([int(value) for value in values]), strict=True):
            digits = value.removeprefix("-")
            new.append(f"{value[: len(value) - len(digits)]}{abs(int(number or 0)):0{len(digits)}d}")
        return new

    def _pattern(self, pattern: str, values: list[str]) -> Sequence[str]:
        """Texts of one pattern; where that may be a UUID, those that are go by themselves."""
        if len(pattern) != _UUID_LENGTH:
            return self._group(_form_of(pattern, False), values)
        found = list(values)
        for uuid in (True, False):
            places = [place for place, value in enumerate(values) if _is_uuid(value) is uuid]
            some = self._group(_form_of(pattern, uuid), [values[place] for place in places])
            for place, text in zip(places, some, strict=True):
                found[place] = text
        return found

    def blobs(self, values: Sequence[bytes]) -> list[SqlValue]:
        """Bytes, as many as there were."""
        found: list[SqlValue] = list(values)
        groups: dict[int, list[int]] = defaultdict(list)
        for place, value in enumerate(values):
            groups[len(value)].append(place)
        for length, places in groups.items():
            if length:
                rows = self._matrix([values[place] for place in places], length)
                self._permute(rows, _Form("", False, tuple(range(length)), (0,) * length, (256,) * length))
                for place, row in zip(places, rows, strict=True):
                    found[place] = row.astype("u1").tobytes()
        return found

    def _group(self, form: _Form, values: list[str]) -> list[str]:
        """Texts of one form."""
        if not form.places or not values:
            return values
        joined = "".join(values)
        small = values if joined.lower() == joined else [value.translate(_SMALL) for value in values]
        rows = self._matrix(small, len(values[0]))
        self._permute(rows, form)
        texts = _texts(rows)
        wrong = (
            [place for place, text in enumerate(texts) if self._leaves(text, form)]
            if self._may_leave(form)
            else []
        )
        while wrong:
            some = rows[wrong]
            self._permute(some, form)
            rows[wrong] = some
            for place, text in zip(wrong, _texts(some), strict=True):
                texts[place] = text
            wrong = [place for place in wrong if self._leaves(texts[place], form)]
        if form.uuid:
            return [
                text.upper() if value.isupper() else text for text, value in zip(texts, values, strict=True)
            ]
        if small is not values:
            texts = [_in_case(*each) for each in zip(texts, values, strict=True)]
        return [*map(OddText, texts)] if form.odd else texts

    def _may_leave(self, form: _Form) -> bool:
        return self._numeric or form.odd or len(form.pattern) == _UUID_LENGTH

    def _leaves(self, text: str, form: _Form) -> bool:
        """Whether a text is not of that form any more, where it would meet what other forms become."""
        if self._numeric and not form.numeric and _NUMERIC.fullmatch(text):
            return True
        return _is_uuid(text) is not form.uuid or (form.odd and _is_sound(text))

    def _permute(self, rows: Numbers, form: _Form) -> None:
        """Permute the characters of a matrix, a row a value, in place."""
        import numpy as np

        places = list(form.places)
        bases = np.array(form.bases, dtype=np.uint64)
        digits = rows[:, places] - bases
        if form.uuid:  # hexadecimal: letters follow the digits
            digits = np.where(digits > 9, digits - np.uint64(39), digits)
        for at, members in form.neighbours.items():
            digits[:, at] = np.searchsorted(np.array(members, dtype=np.uint64), rows[:, places[at]])
        chunks = _chunks(form.sizes)
        parts, sizes = [], []
        for start, end in chunks:
            number = np.zeros(len(rows), dtype=np.uint64)
            size = 1
            for place in range(start, end):
                number = number * np.uint64(form.sizes[place]) + digits[:, place]
                size *= form.sizes[place]
            parts.append(number)
            sizes.append(size)
        for (start, end), part in zip(chunks, self._permutation.together(parts, sizes), strict=True):
            for place in range(end - 1, start - 1, -1):
                part, digits[:, place] = np.divmod(part, np.uint64(form.sizes[place]))
        if form.uuid:
            digits = np.where(digits > 9, digits + np.uint64(39), digits)
        rows[:, places] = digits + bases
        for at, members in form.neighbours.items():
            rows[:, places[at]] = np.array(members, dtype=np.uint64)[digits[:, at].astype(np.int64)]

    def _matrix(self, values: Sequence[str] | Sequence[bytes], length: int) -> Numbers:
        import numpy as np

        if isinstance(values[0], bytes):
            flat = np.frombuffer(b"".join(value for value in values if isinstance(value, bytes)), dtype="u1")
        else:
            joined = "".join(value for value in values if isinstance(value, str))
            if joined.isascii():
                flat = np.frombuffer(joined.encode("ascii"), dtype="u1")
            else:
                flat = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        return flat.astype(np.uint64).reshape(len(values), length)


def _texts(rows: Numbers) -> list[str]:
    length = rows.shape[1]
    if rows.size and rows.max() < 128:
        joined = rows.astype("u1").tobytes().decode("ascii")
    else:
        joined = rows.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    return [joined[start : start + length] for start in range(0, len(joined), length)]


def _in_case(text: str, like: str) -> str:
    """A text in small letters, with a capital wherever the other has one of an alphabet."""
    return "".join(new.upper() if ord(old) in _SMALL else new for new, old in zip(text, like, strict=True))


_SMALL = {ord(letter.upper()): letter for alphabet in _ALPHABETS[1:] for letter in alphabet}
_SIGN = {ord(letter): alphabet[0] for alphabet in _ALPHABETS for letter in alphabet}
_SIGN |= {capital: _SIGN[ord(small)] for capital, small in _SMALL.items()}
_SIGN_IN_BYTES = bytes(ord(_SIGN.get(byte, chr(byte))) if byte < 128 else byte for byte in range(256))
_SIZES = {alphabet[0]: len(alphabet) for alphabet in _ALPHABETS}


def _is_uuid(value: str) -> bool:
    """Whether it is a UUID, in small letters or in capitals."""
    return _UUID.fullmatch(value) is not None and (value.islower() or value.upper() == value)


def _is_sound(text: str) -> bool:
    """Whether bytes that are no text have become some that are."""
    for codec, errors in (("utf-8", "surrogateescape"), ("utf-16-le", "surrogatepass")):
        with suppress(UnicodeError):
            return text.encode(codec, errors).decode(codec, errors) != text
    return False


def patterns(values: Sequence[str]) -> list[str]:
    """The pattern of each value."""
    joined = "\n".join(values)
    if joined.isascii() and joined.count("\n") == len(values) - 1:
        return joined.encode().translate(_SIGN_IN_BYTES).decode().split("\n")
    return [value.translate(_SIGNS) for value in values]


def places_for(value: SqlValue) -> float:
    """How many values there are of the form of a value: what it may become."""
    if isinstance(value, bytes):
        return float(256) ** min(len(value), 100)
    if isinstance(value, float) and not math.isfinite(value):
        return 1.0
    if isinstance(value, int | float):
        return 9.0 * 10.0 ** min(len(str(abs(int(value)))) - 1, 100)
    if value is None:
        return 1.0
    return float(math.prod(_form_of(patterns([value])[0], _is_uuid(value)).sizes[:200]))


def _changes(letter: str) -> bool:
    """Whether a character becomes another one."""
    return letter.isalnum() or _A_HALF.match(letter) is not None


@lru_cache(maxsize=4096)
def _neighbours(code: int) -> tuple[int, ...]:
    """Letters and digits of no alphabet here that stand beside one in Unicode, itself among them; and halves."""
    halves = next((each for each in _HALVES if code in each), None)
    if halves is not None:
        return tuple(halves)
    start = code & ~15
    return tuple(each for each in range(start, start + 16) if each not in _SIGN and chr(each).isalnum())


class _Signs(dict[int, str]):
    """The pattern of a character: the first of its alphabet, or of its neighbours; other signs are their own."""

    def __missing__(self, code: int) -> str:
        self[code] = chr(_neighbours(code)[0]) if _changes(chr(code)) else chr(code)
        return self[code]


_SIGNS = _Signs(_SIGN)


@lru_cache(maxsize=4096)
def _form_of(pattern: str, uuid: bool, *, nonzero: bool = False) -> _Form:
    if uuid:
        at = tuple(p for p, letter in enumerate(pattern) if letter != "-" and p not in _UUID_FIXED)
        return _Form(pattern, True, at, (ord("0"),) * len(at), (16,) * len(at))
    places: list[int] = []
    bases: list[int] = []
    sizes: list[int] = []
    neighbours: dict[int, tuple[int, ...]] = {}
    for place, letter in enumerate(pattern):
        if letter in _SIZES:
            base, size = ord(letter), _SIZES[letter]
        elif _changes(letter):
            neighbours[len(places)] = _neighbours(ord(letter))
            base, size = 0, len(_neighbours(ord(letter)))
        else:
            continue
        if nonzero and not places and letter == "0":
            base, size = base + 1, size - 1
        places.append(place)
        bases.append(base)
        sizes.append(size)
    return _Form(pattern, False, tuple(places), tuple(bases), tuple(sizes), neighbours)


def _chunks(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of places whose sizes together fit one permutation, about equal ones where there are several."""
    chunks, start, size = [], 0, 1
    for place, each in enumerate(sizes):
        if size * each > LARGEST:
            chunks.append((start, place))
            start, size = place, 1
        size *= each
    chunks.append((start, len(sizes)))
    if (
        len(chunks) > 1 and chunks[-1][1] - chunks[-1][0] < 4
    ):  # a last run of few places: take some of the one before
        middle = (chunks[-2][0] + chunks[-1][1]) // 2
        chunks[-2:] = [(chunks[-2][0], middle), (middle, chunks[-1][1])]
    return chunks
