"""The names of the months, by language: what they mean, and how another month is written in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from steward_app.services.privacy.plain_letters import spellings
from steward_app.storage.shipped import resource

Series: TypeAlias = str
"""A list of twelve names: "cs" as they stand after a day, "cs alone", "cs short"."""

_SHORT: Final = 3  # letters


@dataclass(frozen=True, slots=True)
class Month:
    """What a name may mean: a month from 1 on, in one of the lists that have it."""

    number: int
    series: Series


def meant_by(name: str, likely: Series = "") -> Iterator[Month]:
    """What a name may mean, whether or not it has its accents; none where it is no month's.

    Args:
        likely: what its list says comes first, then what others of that language do.
    """
    found = _by_name().get(spellings(name)[1], ())
    language = likely.partition(" ")[0]
    yield from sorted(
        found, key=lambda each: (each.series != likely, each.series.partition(" ")[0] != language)
    )


def usual_series(names: Iterable[str]) -> Series:
    """The list that has most of some names; "" where none has any."""
    counts: dict[Series, int] = {}
    for name in names:
        for month in meant_by(name):
            counts[month.series] = counts.get(month.series, 0) + 1
    return max(counts, key=lambda series: counts[series], default="")


def name_of(number: int, series: Series, like: str) -> str:
    """A month's name in one of the lists, in capitals or small letters as another name is."""
    name = _lists()[series][number - 1]
    if like.isupper():
        return name.upper()
    return name.lower() if like.islower() else name[0].upper() + name[1:]


@lru_cache(maxsize=1)
def _lists() -> Mapping[Series, tuple[str, ...]]:
    from ruamel.yaml import YAML

    document = YAML(typ="safe", pure=True).load(resource("rules", "privacy", "months.yaml"))
    return {series: tuple(names.split()) for series, names in document.items()}


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, tuple[Month, ...]]:
    """Each spelling with what it may mean: short names in lists of short ones first, for "May" is both."""
    found: dict[str, list[Month]] = {}
    for series, names in _lists().items():
        for number, name in enumerate(names, 1):
            for spelling in set(spellings(name)):
                found.setdefault(spelling, []).append(Month(number, series))
    for spelling, meant in found.items():
        if len(spelling) == _SHORT:
            language = meant[0].series.partition(" ")[0]
            meant.sort(key=lambda each, first=language: each.series != f"{first} short")  # type: ignore[misc]
    return {spelling: tuple(meant) for spelling, meant in found.items()}
