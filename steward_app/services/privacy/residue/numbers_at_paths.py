"""The whole numbers in JSON, gathered by the paths at which they stand."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final, NamedTuple

from steward_app.services.privacy.json_steps import PLAIN_KEY, step
from steward_app.services.privacy.json_values import nested
from steward_app.services.privacy.references import whole_number
from steward_app.services.privacy.written_numbers import numbers_inside

MOST_NUMBERS: Final = 50_000
"""Different numbers of a path or column, by which it is told whose they are."""

_MOST_PATHS: Final = 2_000
_BEGINS: Final = frozenset("{[ \t\n\r")
_DATA: Final = re.compile(r"\d{4}|^.{49}")
_TEXTS_WITHOUT: Final = 1_000
"""Texts at a path, one after another, without a number inside: then no more of them are looked at."""

_MOST_NAMED: Final = 40
"""Members of objects at one path that are told apart by name; of more, the names are data."""


class Group(NamedTuple):
    """Numbers that are written alike at a path: `as_text`, or as the names of members, whose path ends with “.*”.

    Attributes:
        inside: of such texts: in a list, behind zeros or a word.
    """

    path: str
    as_text: bool
    as_name: bool
    inside: bool = False


class NumbersAtPaths:
    """Gathers the whole numbers at each path of documents, each with how often it stands there.

    Args:
        names: of members that are told apart, whatever they look like.

    Attributes:
        left_out: there were more paths than are told apart.
    """

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self.found: dict[Group, Counter[int]] = {}
        self.left_out = False
        self._named: dict[str, dict[str, str]] = {}
        self._without: Counter[str] = Counter()

    def add(self, document: Any) -> None:
        """The numbers of one document."""
        waiting = [(document, "$")]
        while waiting:
            value, path = waiting.pop()
            kind = type(value)
            if kind is dict:
                known = self._named.setdefault(path, {})
                for name, inner in value.items():
                    if name.isdecimal() and name[0] != "0":
                        self._put(name, f"{path}.*", as_name=True)
                    elif name not in known:
                        self._put_inside(name, f"{path}.*", as_name=True)
                    if inner is not None:
                        waiting.append((inner, known.get(name) or self._below(path, name)))
            elif kind is list:
                path = f"{path}[*]"
                waiting += [(inner, path) for inner in value]
            elif kind is str:
                if value[:1] in _BEGINS and (inner := nested(value)) is not None:
                    waiting.append((inner, path))
                elif value.isdecimal() and value[0] != "0":
                    self._put(value, path, as_name=False)
                else:
                    self._put_inside(value, path, as_name=False)
            elif kind is int or (kind is float and value.is_integer()):
                self._put(value, path, as_name=False)

    def _below(self, path: str, name: str) -> str:
        """The path of a member: by its name, or “.*” where that is data."""
        known = self._named[path]
        if name not in self._names and (len(known) >= _MOST_NAMED or not _is_word(name)):
            return f"{path}.*"
        known[name] = path + step(name)
        return known[name]

    def _put(self, value: Any, path: str, *, as_name: bool) -> None:
        number = whole_number(value)
        if number is not None:
            self._count(number, Group(path, isinstance(value, str), as_name))

    def _put_inside(self, value: str, path: str, *, as_name: bool) -> None:
        """The numbers inside a text, unless so many before it had none."""
        if self._without[path] >= _TEXTS_WITHOUT:
            return
        numbers = numbers_inside(value)
        self._without[path] = 0 if numbers else self._without[path] + 1
        for number in numbers:
            self._count(number, Group(path, True, as_name, inside=True))

    def _count(self, number: int, group: Group) -> None:
        counted = self.found.get(group)
        if counted is None:
            if len(self.found) >= _MOST_PATHS:
                self.left_out = True
                return
            counted = self.found[group] = Counter()
        if number in counted or len(counted) < MOST_NUMBERS:
            counted[number] += 1


def _is_word(name: str) -> bool:
    """Whether a member is named as programs name them: a path that is told must not hold a value of a row."""
    return PLAIN_KEY.fullmatch(name) is not None and not _DATA.search(name)
