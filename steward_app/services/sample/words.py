"""The word lists in resources/sample, read once. Their form is described in the README beside them."""

from __future__ import annotations

from bisect import bisect
from functools import cache
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

from steward_app.storage.shipped import resource

T = TypeVar("T")

Fields = tuple[str, ...]


class Weighted(Generic[T]):
    """Things of which some come more often than others."""

    def __init__(self, things: list[T], weights: list[float]) -> None:
        self.things = things
        self._bounds = list(accumulate(weights))

    def pick(self, chance: Random) -> T:
        """One of them, by weight."""
        place = bisect(self._bounds, chance.random() * self._bounds[-1])
        return self.things[min(place, len(self.things) - 1)]


class WordList:
    """One file: its sections, by name."""

    def __init__(self, text: str) -> None:
        self._sections: dict[str, list[str]] = {}
        lines: list[str] = []
        for line in text.splitlines():
            if line.startswith("["):
                lines = self._sections.setdefault(line[1 : line.index("]")], [])
            elif line and not line.startswith("#"):
                lines.append(line)

    def lines(self, section: str) -> list[str]:
        """The entries of a section, a line each."""
        return self._sections[section]

    def words(self, section: str) -> list[str]:
        """The entries of a section where several stand on a line."""
        return [word for line in self.lines(section) for word in line.split(", ")]

    def fields(self, section: str) -> list[Fields]:
        """The entries of a section, each as its fields."""
        return [tuple(line.split(" | ")) for line in self.lines(section)]

    def weighted(self, section: str, weight: int) -> Weighted[Fields]:
        """The entries of a section, weighted by one of their fields."""
        entries = self.fields(section)
        return Weighted(entries, [float(entry[weight]) for entry in entries])


@cache
def word_list(name: str) -> WordList:
    """A file of resources/sample: "names", "places", "organisation", "clinical", "texts"."""
    return WordList(resource("sample", f"{name}.txt").read_text(encoding="utf-8"))


def schema_script() -> str:
    """The schema, as one script."""
    return resource("sample", "schema.sql").read_text(encoding="utf-8")
