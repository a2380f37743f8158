"""Days inside texts as people write them: 2004-03-19, 19.3.04, 19. März 2004, 14 de junho de 1998, June 14th 2008."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from steward_app.services.privacy.dates import LAST_OF_TWO, read_day

_LAST: Final = (LAST_OF_TWO, 1999)
"""The last years that two digits may mean: whoever was born in 28 may be old or young."""

_OF: Final = r"(?:(?:de|del|di|of) |d['’])?"
_WRITTEN: Final = re.compile(
    r"(?<![\d./-])(?P<numbers>\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.] ?\d{1,2}[-/.] ?(?:\d{4}|\d\d))(?!\d)"
    r"|(?<!\d)(?P<compact>(?:19|20)\d{6})(?!\d)"
    rf"|(?<!\d)(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th|er|re|[ºª°])?(?: |-){_OF}(?P<month>[^\W\d_]{{3,10}})"
    rf"\.?[ ,-]{{1,2}}{_OF}(?P<year>\d{{4}})(?!\d)"
    r"|(?<!\w)(?P<named>[^\W\d_]{3,10})\.? (?P<number>\d{1,2})(?:st|nd|rd|th)?,? (?P<then>\d{4})(?!\d)"
)


class Found(NamedTuple):
    """A day in a text, from `start` to `end`, with what it may mean: 03/04/2020 is one of two days."""

    start: int
    end: int
    ordinals: frozenset[int]


def days_in(text: str) -> Iterator[Found]:
    """The days in a text."""
    for found in _WRITTEN.finditer(text):
        said = (
            f"{found['day']} {found['month']} {found['year']}"
            if found["day"]
            else f"{found['number']} {found['named']} {found['then']}"
            if found["named"]
            else found[0].replace(" ", "")
        )
        read = (read_day(said, month_first=first, last=last) for first in (False, True) for last in _LAST)
        ordinals = frozenset(each.ordinal for each in read if each is not None)
        if ordinals:
            yield Found(found.start(), found.end(), ordinals)
