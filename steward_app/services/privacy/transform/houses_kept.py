"""Pseudonyms of streets, of which house numbers alone keep their form: "12a" becomes "87k", not a street."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.cells import Many
from steward_app.services.privacy.transform.form_kept import FormKept

_HOUSE: Final = re.compile(
    r"\s*\d{1,5} ?[a-z]?(?: ?[-/\u2013+] ?\d{0,5} ?[a-z]?)?\s*", re.ASCII | re.IGNORECASE
)


def houses_kept(streets: Many, kept: FormKept) -> Many:
    """Texts that are the number of a house and nothing else are permuted, one to one; all others are streets.

    Args:
        streets: makes pseudonyms of streets.
    """

    def many(values: Sequence[str]) -> list[SqlValue]:
        houses = [_HOUSE.fullmatch(value) is not None for value in values]
        if not any(houses):
            return list(streets(values))
        numbers = iter(kept.texts([value for value, house in zip(values, houses, strict=True) if house]))
        named = [value for value, house in zip(values, houses, strict=True) if not house]
        others = iter(streets(named) if named else ())
        return [next(numbers) if house else next(others) for house in houses]

    return many
