"""Telephone numbers as programs write them: +48 630 859 467, 0048630859467, 48630859467, 0630-859-467, 630859467.

What stays the same is the number within its country, without the code of the country and the zeros before it.
"""

from __future__ import annotations

import re
from typing import Final

# ITU-T E.164 country codes; what follows begins with another digit.
COUNTRY: Final = (
    r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|"
    r"(?:2[1-689]|3[578]|42|5[09]|6[7-9]|8[035-9]|9[679])\d"
)
LEAST: Final = 8
"""Digits within a country from which on a number says whose it is."""

_LONGEST: Final = 15
_WRITTEN: Final = re.compile(r"[+(]*\d[\d ()./-]*", re.ASCII)
_SIGNS: Final = str.maketrans("", "", "+() ./-")
_ABROAD: Final = re.compile(rf"(?:{COUNTRY})0?(?=[1-9])")
_RUN: Final = re.compile(r"\d+", re.ASCII)


def digits(text: str) -> str:
    """All digits of what may be a telephone number, "" of anything else."""
    found = text.translate(_SIGNS) if _WRITTEN.fullmatch(text) else ""
    return found if LEAST <= len(found) <= _LONGEST + 2 else ""


def at_home(text: str) -> str:
    """The number within its country, as far as a text says the country; "" of what is no number."""
    found = digits(text)
    if text.lstrip("( ").startswith("+") or found.startswith("00"):
        found = found.removeprefix("00") if not text.lstrip("( ").startswith("+") else found
        abroad = _ABROAD.match(found)
        found = found[abroad.end() :] if abroad else found
    found = found.lstrip("0")
    return found if len(found) >= LEAST else ""


def may_be(text: str) -> tuple[str, ...]:
    """The numbers within a country that a text may mean: 48630859467 may begin with the code of one."""
    home = at_home(text)
    abroad = _ABROAD.match(home) if len(home) > LEAST else None
    rest = home[abroad.end() :] if abroad else ""
    return tuple(each for each in (home, rest) if len(each) >= LEAST)


def stands_in(text: str, home: str) -> bool:
    """Whether a number within its country stands in a text behind the code of a country that has such a number."""
    at = text.find(home)
    return at >= 0 and any(is_behind_code(run.group(), home) for run in _RUN.finditer(text))


def is_behind_code(run: str, home: str) -> bool:
    """Whether digits are a number within its country behind the code of one, or behind a zero."""
    return run.endswith(home) and (run == f"0{home}" or is_abroad(run))


def is_abroad(run: str) -> bool:
    """Whether digits are a number that some country gives out, from the code of the country on."""
    import phonenumbers

    try:
        number = phonenumbers.parse("+" + run.removeprefix("00"))
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number)
