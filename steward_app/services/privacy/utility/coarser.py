"""What coarser values say of the order: a year, a range, the beginning of a code. Texts in, places in the order out.

A copy holds "1971" or "1970-1979" where the original holds a day, and "30-39" or "52***" where it holds a number. The
place of such a text is the lowest value that it stands for: in that order the values of both files can be cut alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Final

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.columns import Form
from steward_app.services.privacy.hierarchies import ANY

_EPOCH: Final = date(1970, 1, 1).toordinal()
_PERIOD: Final = re.compile(r"(\d{4})(?:-(\d{2})|-Q([1-4])|-\d{4})?")
_AMOUNT: Final = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_RANGE: Final = re.compile(rf"([\[(\]]?)\s*({_AMOUNT})(?:\s*(?:-|–|,|;|to|\.\.)\s*{_AMOUNT})?\s*[\])\[+]?")
_EDGE: Final = re.compile(rf"([<>≤≥])=?\s*({_AMOUNT})")


def lowest(value: SqlValue, form: Form) -> float:
    """The lowest value that a coarser one stands for, NaN where it tells none.

    Args:
        form: of the original: days are numbers since 1970, as `Columns.numbers` has them.
    """
    if isinstance(value, bytes) or value is None:
        return math.nan
    text = str(value).strip()
    return _lowest_day(text) if form is Form.DATE else _lowest_number(text)


def _lowest_day(text: str) -> float:
    found = _PERIOD.fullmatch(text.partition(ANY)[0].rstrip("-"))
    if found is None:
        return math.nan
    year, month, quarter = found.groups()
    first = int(month) if month else 3 * int(quarter) - 2 if quarter else 1
    if not int(year) or not 1 <= first <= 12:
        return math.nan
    return float(date(int(year), first, 1).toordinal() - _EPOCH)


def _lowest_number(text: str) -> float:
    if ANY in text:  # 52***
        kept, stars = text.rstrip(ANY), len(text) - len(text.rstrip(ANY))
        return float(kept + "0" * stars) if kept.isdecimal() else math.nan
    if found := _EDGE.fullmatch(text):
        below = found[1] in "<≤"
        return math.nextafter(float(found[2]), -math.inf) if below else float(found[2])
    found = _RANGE.fullmatch(text)
    return float(found[2]) if found else math.nan


def beginning(value: SqlValue) -> str:
    """What a code begins with whose rest was starred: "634" of "634**"; "" where nothing was."""
    kept, star, _ = value.partition(ANY) if isinstance(value, str) else ("", "", "")
    return kept.strip() if star else ""


def by_beginning(beginnings: Iterable[str]) -> Callable[[SqlValue], str]:
    """What tells which of some beginnings a value has: the longest; "" for none."""
    lengths: dict[int, set[str]] = {}
    for each in beginnings:
        if each:
            lengths.setdefault(len(each), set()).add(each)
    order = sorted(lengths, reverse=True)

    def found(value: SqlValue) -> str:
        text = "" if value is None or isinstance(value, bytes) else str(value).strip()
        return next((text[:length] for length in order if text[:length] in lengths[length]), "")

    return found
