"""Telephone numbers, permuted so that one is one however it is written: +34 600 123 456, 600-123-456, 34600123456.

The number within its country is permuted without its first digit. What stands before it (the code of the country, and
zeros) stays, and so do the signs between the digits: numbers go on to be of their country and of their sort, and a copy
has each in the form in which it was written.

Digits alone may begin with the code of a country. What tells that (`code_before`) are only digits that stay and how
many follow, so a number never becomes one that would be read otherwise; two that differ never become the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.form_kept import FormKept, patterns
from steward_app.services.privacy.transform.permutation import Permutation
from steward_app.services.privacy.written_phones import COUNTRY, LEAST, LONGEST, code_before

if TYPE_CHECKING:
    from steward_app.services.privacy.transform.keyed import Numbers

_HEAD: Final = re.compile(rf"[^\w+]*(?:(?:\+|00)(?:{COUNTRY}))?[\W_0]*")
_OF_DIGITS: Final = re.compile(r"[^\w+]*\+?[^\w+]*0(?:0|[^\w+])*", re.ASCII)
_CODE: Final = re.compile(COUNTRY)
_MOST_DIGITS: Final = 18  # of what is permuted as one number
_LONGEST_CODE: Final = 3


class PhonesKept:
    """Permutes telephone numbers.

    Args:
        region: where numbers are at home that do not say it: “ES”.
        others: what permutes what follows the head of a text that has letters, too.
    """

    def __init__(self, permutation: Permutation, region: str, others: FormKept) -> None:
        self._permutation, self._region, self._others = permutation, region, others

    def texts(self, values: Sequence[str]) -> list[SqlValue]:
        """Numbers as texts."""
        written: dict[str, list[int]] = defaultdict(list)
        for place, pattern in enumerate(patterns(values)):
            written[pattern].append(place)
        if len(written) == 1:
            return list(self._written_alike(next(iter(written)), values))
        found: list[SqlValue] = list(values)
        for pattern, places in written.items():
            new = self._written_alike(pattern, [values[place] for place in places])
            for place, text in zip(places, new, strict=True):
                found[place] = text
        return found

    def integers(self, values: Sequence[int]) -> list[SqlValue]:
        """Whole numbers, as their digits go."""
        if all(0 < value < 10**_MOST_DIGITS for value in values):
            return [int(str(text)) for text in self.texts(list(map(str, values)))]
        return [
            self.integers([value])[0] if 0 < value < 10**_MOST_DIGITS else self._others.integers([value])[0]
            for value in values
        ]

    def _written_alike(self, pattern: str, values: Sequence[str]) -> Sequence[str]:
        """Texts of one pattern (`form_kept.patterns`)."""
        import numpy as np

        places = [place for place, sign in enumerate(pattern) if sign == "0"]
        if not (pattern.isascii() and _OF_DIGITS.fullmatch(pattern)) or len(places) > _MOST_DIGITS:
            ends = [_HEAD.match(value).end() for value in values]  # type: ignore[union-attr]  # it may be empty
            tails = self._others.tails([value[end:] for value, end in zip(values, ends, strict=True)])
            return [value[:end] + tail for value, end, tail in zip(values, ends, tails, strict=True)]
        rows = np.frombuffer("".join(values).encode(), dtype="u1").reshape(len(values), -1).copy()
        digits = (rows[:, places] - ord("0")).astype(np.uint64)
        heads = self._heads(digits, behind_plus="+" in pattern)
        for head in np.unique(heads).tolist():
            some = heads == head
            digits[some] = self._permuted(digits[some], head, behind_plus="+" in pattern)
        rows[:, places] = digits + ord("0")
        joined = rows.tobytes().decode()
        return [joined[start : start + len(pattern)] for start in range(0, len(joined), len(pattern))]

    def _permuted(self, digits: Numbers, head: int, *, behind_plus: bool) -> Numbers:
        """Numbers of one length, of which so many digits stay. None becomes one that would be read otherwise."""
        import numpy as np

        found, before = digits.copy(), self._codes_told(digits[:, head:])
        waiting = np.arange(len(digits) if head < digits.shape[1] else 0)
        while waiting.size:
            found[waiting, head:] = self._once(found[waiting, head:])
            new = found[waiting]
            as_before = self._codes_told(new[:, head:]) == before[waiting]
            waiting = waiting[~(as_before & (self._heads(new, behind_plus=behind_plus) == head))]
        return found

    def _once(self, digits: Numbers) -> Numbers:
        """Numbers within a country, permuted but for the first digit; of short ones that does not become 0."""
        import numpy as np

        count = digits.shape[1]
        if LEAST <= count <= LONGEST:
            rest = self._permutation.one(_first(digits[:, 1:], count - 1), 10 ** (count - 1))
            return np.column_stack((digits[:, :1], _digits(rest, count - 1)))
        low = np.uint64(10 ** (count - 1))
        return _digits(self._permutation.one(_first(digits, count) - low, 9 * int(low)) + low, count)

    def _heads(self, digits: Numbers, *, behind_plus: bool) -> Numbers:
        """How many of its digits stand before each number within a country."""
        import numpy as np

        count = digits.shape[1]
        if behind_plus:
            heads = _codes(digits)
        else:
            heads = self._codes_told(digits)
            abroad = np.flatnonzero(~digits[:, :2].any(axis=1) & (count > 1))
            heads[abroad] = 2 + _codes(digits[abroad, 2:])
        for place in range(count):  # zeros before the code of an area
            heads = heads + ((heads == place) & (digits[:, place] == 0))
        return heads

    def _codes_told(self, digits: Numbers) -> Numbers:
        """How many digits the code of a country has that nothing but itself tells; 0 where there is none."""
        return _told(digits.shape[1], self._region)[_first(digits, _LONGEST_CODE + 1)]


def _first(digits: Numbers, count: int) -> Numbers:
    """The number that so many digits of each row make; zeros follow where there are fewer."""
    import numpy as np

    number = np.zeros(len(digits), dtype=np.uint64)
    for place in range(count):
        number = number * np.uint64(10) + (digits[:, place] if place < digits.shape[1] else np.uint64(0))
    return number


def _digits(numbers: Numbers, count: int) -> Numbers:
    import numpy as np

    found = np.empty((len(numbers), count), dtype=np.uint64)
    for place in range(count - 1, -1, -1):
        numbers, found[:, place] = np.divmod(numbers, np.uint64(10))
    return found


def _codes(digits: Numbers) -> Numbers:
    """How many digits the code of a country has that each row begins with; 0 where there is none."""
    import numpy as np

    found = _lengths_of_codes()[_first(digits, _LONGEST_CODE)]
    return np.where(found <= np.uint64(digits.shape[1]), found, np.uint64(0))


@lru_cache(maxsize=1)
def _lengths_of_codes() -> Numbers:
    """Of three digits each, how many are the code of a country."""
    import numpy as np

    found = (_CODE.match(f"{number:03}") for number in range(10**_LONGEST_CODE))
    return np.array([match.end() if match else 0 for match in found], dtype=np.uint64)


@lru_cache(maxsize=256)
def _told(length: int, region: str) -> Numbers:
    """Of the first four digits of numbers of a length, how many are the code of a country."""
    import numpy as np

    width = _LONGEST_CODE + 1
    if not LEAST < length <= LONGEST:
        return np.zeros(10**width, dtype=np.uint64)
    runs = (f"{number:0{width}}".ljust(length, "0") for number in range(10**width))
    return np.array([len(code_before(run, region)) for run in runs], dtype=np.uint64)
