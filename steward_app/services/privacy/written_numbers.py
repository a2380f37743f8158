"""Whole numbers inside short texts: in lists (670040,691623), with zeros before them, behind a word (patient:670040).

A text that is read so has little else in it: before each number no more than one word without blanks, and at most one
behind the last. Prose is no such text, nor is what only measures: decimals, days, times.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

LONGEST: Final = 2_000
"""Characters of the longest text that is read so."""

_DIGITS: Final = 18
_LISTED: Final = re.compile(
    r"(?:\W{0,6}+[^\s0-9]{0,60}+\s{0,3}+[0-9]++)++[^\s0-9]{0,60}+\s{0,3}+[^\s0-9]{0,60}+"
)
_PLAIN: Final = re.compile(r"[1-9][0-9]*+")
_MEASURES: Final = re.compile(
    r"[-+]?\d*[.]\d+(?:e[-+]?\d+)?|[-+]\d+|\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?"
    r"|(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))(?!\d).*",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER: Final = re.compile(r"[0-9]+")
_HAS: Final = re.compile(r"[0-9]{2}")


def numbers_inside(text: str) -> list[int]:
    """The whole numbers inside a short text, without the zeros before them; none of a text that is a number itself."""
    if len(text) > LONGEST or not _HAS.search(text):
        return []
    if _PLAIN.fullmatch(text) or _MEASURES.fullmatch(text) or not _LISTED.fullmatch(text):
        return []
    found = (each.lstrip("0") for each in _NUMBER.findall(text))
    return [int(each) for each in found if 0 < len(each) <= _DIGITS]


class NumbersInside:
    """Gathers the numbers inside the first texts of a place.

    Args:
        most: different numbers that are kept.
        texts: that are read.
    """

    def __init__(self, most: int, texts: int = 512) -> None:
        self._found: set[int] = set()
        self._most, self._left = most, texts
        self._read = 0
        self._written: Counter[str] = Counter()

    def add(self, texts: Iterable[str]) -> None:
        """Read some texts, as long as there is use for more."""
        if not self._left or len(self._found) >= self._most:
            return
        for text in texts:
            self._left -= 1
            self._read += 1
            if numbers := numbers_inside(text):
                self._written[_how(text, numbers)] += 1
                self._found.update(numbers[: self._most])
            if not self._left or len(self._found) >= self._most:
                return

    def told(self) -> tuple[frozenset[int], str]:
        """The numbers, and how most are written, in words; none where fewer than half of the texts have some."""
        if self._written.total() * 2 <= self._read:
            return frozenset(), ""
        return frozenset(self._found), self._written.most_common(1)[0][0]


def _how(text: str, numbers: Sequence[int]) -> str:
    if len(numbers) > 1:
        return "in lists"
    return "with zeros before them" if text.isdecimal() else "with other signs beside them"
