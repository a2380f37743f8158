"""The forms in which days are written: one description for what finds them in a column, in a text and in a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

_BLANK: Final = "[ \u00a0\u202f]"  # also those at which no line breaks
_BLANKS: Final = f"{_BLANK}{{0,2}}"
_OF: Final = "(?:(?:de|del|di|of) |d['’])?"
_SIGNS: Final = ("-", "/", r"\.")

DAY_FIRST: Final = "day sign month same short end"
MONTH_FIRST: Final = "month sign day same short end"
COMPACT: Final = "era mm dd"
FORMS: Final = (
    "year sign month same day end",  # 2004-03-19, 2004. 03. 19.
    DAY_FIRST,
    MONTH_FIRST,
    COMPACT,
    "year nen month getsu nth nichi",  # 2004年3月19日
    "day ordinal after name before short end",  # 19. März 2004, 14 de junho de 1998, 07-AUG-98
    "name after_name day ordinal comma year",  # June 14th, 2008
    "year after_year name after_name nth end",  # 2004. március 19.
)
"""Each is what stands one behind the other. A sign is the same both times, and a short year may have two digits."""

_PARTS: Final[Mapping[str, str]] = {
    "day": r"(?:3[01]|[12]\d|0?[1-9])",
    "month": r"(?:1[0-2]|0?[1-9])",
    "dd": r"(?:0[1-9]|[12]\d|3[01])",
    "mm": r"(?:0[1-9]|1[0-2])",
    "ordinal": "(?:st|nd|rd|th|er|re|[ºª°])?",
    "after": rf"(?:\.{_BLANKS}|{_BLANK}|-){_OF}",
    "before": rf"\.?(?:,?{_BLANK}|-){_OF}",
    "after_name": rf"(?:\.?{_BLANK}|-)",
    "after_year": rf"(?:\.?{_BLANK}|-)",
    "comma": rf"(?:,{_BLANK}?|{_BLANK})",
    "nen": f"[年년]{_BLANK}?",
    "getsu": f"[月월]{_BLANK}?",
    "nichi": "[日일]?",
    "end": r"\.?",
}


def patterns(form: str, *, year: str, letter: str) -> Iterator[str]:
    """A form as expressions without groups, for `re` and RE2 alike: one for each sign between its numbers.

    Args:
        year: what a year of four digits is.
        letter: what a letter is.
    """
    for sign in _SIGNS if "sign" in form else ("",):
        parts = _parts(year, letter, sign, sign)
        yield "".join(parts[part] for part in form.split())


def with_groups(form: str, *, year: str, letter: str) -> str:
    """A form as an expression for `re`, in which each part is a group of its name."""
    parts = {
        **_parts(year, letter, "(?P<point>[-/.])", "(?P=point)"),
        "short": rf"(?:{year}|\d\d(?![\d:]))",  # 7. 8. 14:30 has no year
    }
    return "".join(f"(?P<{part}>{parts[part]})" for part in form.split())


def _parts(year: str, letter: str, sign: str, same: str) -> Mapping[str, str]:
    return {
        **_PARTS,
        "year": year,
        "short": rf"(?:{year}|\d\d)",
        "era": year,
        "nth": _PARTS["day"],
        "name": f"{letter}{{3,}}",
        "long_name": rf"(?:{letter}{{4,}}|{letter}{{3}}(?=[.-]))",  # `re` alone
        "sign": f"{_BLANKS}{sign}{_BLANKS}",
        "same": f"{_BLANKS}{same}{_BLANKS}",
    }
