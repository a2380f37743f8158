"""The ends of codes that name a code without the rest of it: “HUE-0252” of “SB-2021-HUE-0252”.

People write down what tells one thing from all others. Where nearly each code of a key has an end of its own, from some
sign on, that end leads where the code does. It has a letter and a digit, so that chance does not make it: an end of
digits alone (“0252”, “2021-05”) is a number or a date as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from steward_app.services.privacy.written_codes import codes_like

MOST: Final = 500_000
"""Codes of a key of which the ends are known."""

_LONGEST: Final = 64
_SHORTEST: Final = 5
_FEWEST: Final = 5
_MOST_PARTS: Final = 6
_NEARLY_EACH: Final = 0.98
_HARDLY: Final = 0.01
_PART: Final = re.compile(r"[^\W_]+")
_LETTER: Final = re.compile(r"[^\W\d_]")
_DIGIT: Final = re.compile(r"[0-9]")
_CODE: Final = re.compile(r"[^\W_]+(?:[-_./:#][^\W_]+)+")


def ends_of_their_own(values: Iterable[str]) -> list[str]:
    """The shortest ends of codes that nearly each has for its own; none where they are no codes of several parts."""
    codes = {value for value in values if len(value) <= _LONGEST and _CODE.fullmatch(value)}
    for parts in range(1, _MOST_PARTS):
        ends = [end for code in codes if (end := _end(code, parts))]
        once = [end for end, count in Counter(ends).items() if count == 1]
        if len(once) >= max(_FEWEST, _NEARLY_EACH * len(codes)):
            return [end for end in once if _tells(end)]
    return []


def are_codes(values: Collection[str]) -> bool:
    """Whether most of some values are codes of several parts."""
    return sum(_CODE.fullmatch(value) is not None for value in values) * 2 > len(values)


def told_from_chance(ends: Collection[str]) -> bool:
    """Whether hardly any code that is written as these ends is one of them: then one that stands elsewhere is meant."""
    drawn = codes_like(ends) if ends else []
    return bool(drawn) and sum(each in ends for each in drawn) <= _HARDLY * len(drawn)


def _end(code: str, parts: int) -> str:
    """The last parts of a code, as it writes them; "" where that is all of it, or no code by itself."""
    starts = [each.start() for each in _PART.finditer(code)]
    end = code[starts[-parts] :] if len(starts) > parts else ""
    return end if _LETTER.search(end) and _DIGIT.search(end) else ""


def _tells(end: str) -> bool:
    return len(end) >= _SHORTEST
