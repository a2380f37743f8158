"""Days inside texts as people write them: 2004-03-19, 19.3.04, 19. März 2004, 14 de junho de 1998, June 14th 2008.

In names of files, as in meier_190304.pdf, they have no signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Final, NamedTuple

from steward_app.services.privacy.dates import LAST_OF_TWO, meanings
from steward_app.services.privacy.day_forms import COMPACT, FORMS, patterns

_LAST: Final = (LAST_OF_TWO, 1999)
"""The last years that two digits may mean: whoever was born in 28 may be old or young."""

_IN_NAMES: Final = re.compile(r"(?<=_)\d{6}(?:\d\d)?(?![^\W_])|(?<![^\W_])\d{6}(?:\d\d)?(?=_)", re.ASCII)
_CENTURIES: Final = (1900, 2000)

_LETTER: Final = r"[^\W\d_]"


def _in_texts(form: str) -> str:
    """A form as it is looked for: without a dot behind, since sentences end, and two digits are no year in words.

    Behind a year a short month is a word more often: “2014 pro 3 děti”, “2014 sie 3 Mal”.
    """
    parts = form.removesuffix(" end").replace("after_year name", "after_year long_name")
    found = patterns(
        parts.replace("short", "year") if "name" in parts else parts,
        year=r"(?:19|20)\d\d" if form == COMPACT else r"\d{4}",
        letter=_LETTER,
    )
    return f"(?:{'|'.join(found)})"


def _before(form: str) -> str:
    """What does not stand before a day."""
    return r"(?<!\w)" if form.startswith("name") else r"(?<![\d./-])" if "sign" in form else r"(?<!\d)"


IN_NUMBERS: Final = "|".join(_in_texts(form) for form in FORMS if "sign" in form)
"""Days without words, as an expression: much of it looks like the number of a telephone, too."""

_WRITTEN: Final = re.compile("|".join(rf"{_before(form)}{_in_texts(form)}(?!\d)" for form in FORMS))


class Found(NamedTuple):
    """A day in a text, from `start` to `end`, with what it may mean: 03/04/2020 is one of two days."""

    start: int
    end: int
    ordinals: frozenset[int]


def days_in(text: str) -> Iterator[Found]:
    """The days in a text."""
    for found in _WRITTEN.finditer(text):
        ordinals = meanings(text[found.start() : found.end() + 1], _LAST)
        if ordinals:
            yield Found(found.start(), found.end(), ordinals)


def days_in_names(text: str) -> Iterator[Found]:
    """The days that six digits, or eight with the year behind, may be beside a “_”, where nothing takes them else."""
    for found in _IN_NAMES.finditer(text):
        if ordinals := frozenset(_of_digits(found[0])):
            yield Found(found.start(), found.end(), ordinals)


def _of_digits(digits: str) -> Iterator[int]:
    first, second, third = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    behind = [(third, second, first), (third, first, second)]
    days = behind if len(digits) > 6 else [*behind, (first, second, third)]
    for year, month, day in days:
        for before in (0,) if year > 99 else _CENTURIES:
            with suppress(ValueError):
                yield date(before + year, month, day).toordinal()
