"""Whole numbers inside short texts: in lists (670040,691623), with zeros before them, behind a word (patient:670040),
in sentences and lines of a log (Patient no. 670040; bed 5).

Every run of digits is one, whatever stands beside it, but for what only measures: fractions, days, times. What may be
one number with thousands set apart (670,040) is read so as well, and as hexadecimal what begins with 0x. Whose numbers
they are, or whether they are anybody's, a comparison with chance tells (`references`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

LONGEST: Final = 2_000
"""Characters of the longest text that is read so."""

IN_LISTS: Final = "in lists"
WITH_ZEROS: Final = "with zeros before them"
WITH_OTHERS: Final = "with other signs beside them"
AMONG_WORDS: Final = "among words"

_DIGITS: Final = 18
_PLAIN: Final = re.compile(r"[1-9][0-9]*+")
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_DAY: Final = r"(?:0?[1-9]|[12][0-9]|3[01])"
_YEAR: Final = r"(?:19|20)[0-9]{2}"
_RUN: Final = re.compile(r"[0-9][-+0-9.,:/ETe]*+")  # found faster than what may be in it
_NUMBER: Final = re.compile(
    rf"{_YEAR}([-/.]){_MONTH}\1{_DAY}(?![0-9])(?:T(?=[0-9]))?"
    rf"|(?:{_DAY}([-/.]){_MONTH}|{_MONTH}([-/.]){_DAY})(?:\2|\3)(?:{_YEAR}|[0-9]{{2}})(?![0-9])"
    r"|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?![0-9:])(?:[.,][0-9]+)?(?:[-+][0-9]{2}:?[0-9]{2}(?![0-9]))?"
    r"|[0-9]{1,3}\.(?!0+(?![0-9.]))[0-9]+(?:e[-+]?[0-9]+)?(?!\.?[0-9])"  # 670040.1 is more than a measure
    r"|([0-9]++)(?:\.[0-9]++(?!\.))?+",
    re.IGNORECASE,
)
_HAS: Final = re.compile(r"[0-9]{2}")
_APART: Final = re.compile(  # begins with a digit, which is found faster than what is not before it
    r"[1-9](?<![\w.,][1-9])[0-9]{0,2}([,.'’\u00a0\u202f ])[0-9]{3}(?:\1[0-9]{3}){0,4}(?![.,]?[0-9]|\w)"
)
_HEXADECIMAL: Final = re.compile(r"(?<![^\W_])0[xX]([0-9a-fA-F]{2,14})(?![^\W_])")
_NO_DIGITS: Final = re.compile(r"[^0-9]")
_WORD: Final = re.compile(r"[^\W\d_]+")


def numbers_inside(text: str) -> list[int]:
    """The whole numbers inside a short text, without the zeros before them; none of a text that is a number itself."""
    if len(text) > LONGEST or _PLAIN.fullmatch(text):
        return []
    hexadecimal = _has_hexadecimal(text)
    if not (hexadecimal or _HAS.search(text)):
        return []
    others = [number for _, _, number in written_otherwise(text)]
    runs = _RUN.findall(_HEXADECIMAL.sub(" ", text) if hexadecimal else text)
    found = (each.lstrip("0") for run in runs for *_, each in _NUMBER.findall(run))
    return [*(int(each) for each in found if 0 < len(each) <= _DIGITS), *others]


def written_otherwise(text: str) -> Iterator[tuple[int, int, int]]:
    """Numbers that are no run of digits, each from its start to its end: 670,040 and 0xA3958 are 670040."""
    for found in _APART.finditer(text):
        yield *found.span(), int(_NO_DIGITS.sub("", found[0]))
    for found in _HEXADECIMAL.finditer(text) if _has_hexadecimal(text) else ():
        if number := int(found[1], 16):
            yield *found.span(), number


def _has_hexadecimal(text: str) -> bool:
    return "0x" in text or "0X" in text


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
    if len({*_WORD.findall(text)}) > 1:
        return AMONG_WORDS
    if len(numbers) > 1:
        return IN_LISTS
    return WITH_ZEROS if text.isdecimal() else WITH_OTHERS
