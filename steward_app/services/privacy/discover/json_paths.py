"""What stands where inside JSON: every path with the values found there.

Paths are those of SQLite's JSON functions, with "[*]" for any element of an array. An object whose keys are data, as
in {"ada@example.org": {...}}, is one path ".*", and its keys are the values at ".*~": a path must never hold a value
of a row. A text that is an object or array of JSON itself is gone into as if that stood in its place. "$" is a
cell that is a single value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.discover.keys_as_data import (
    MOST_DEEP,
    MOST_ELEMENTS,
    MOST_KEYS,
    Keyed,
    keyed_by_data,
)
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.discover.profile import MAY_BE_NAMES
from steward_app.services.privacy.json_steps import KEYS, PLAIN_KEY, path_steps, step
from steward_app.services.privacy.json_values import nested

MOST_PATHS = 300
_MOST_ALIKE: Final = (
    20  # of documents that are the same to the letter: enough to judge its values as those of a column
)
_PERIOD: Final = re.compile(
    r"(?:19|20)\d\d(?:[-/. ]?(?:0[1-9]|1[0-2]|[QWH]\d{1,2}))?|(?:0[1-9]|1[0-2])[-/.](?:19|20)\d\d"
)
"""Months, quarters and years: of those an object of sums has keys, and none leads to anybody."""

_DAY_OR_VERSION: Final = re.compile(
    r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])|v?\d{1,3}\.\d{1,3}(?:\.\d{1,3})?(?:-[a-z]{1,8}\.?\d{0,3})?"
)

_DATA_KEY: Final = re.compile(r"@|\d{4}|\d[ .:/-]\d|^\d+$|^.{49}|[^\x20-\x7e]\s|[\x00-\x1f]")


class Paths:
    """Gathers documents of one column. Which objects are keyed by data is decided by the first of them.

    Args:
        lexicon: that knows names of persons; without it, keys that are names are taken for structure.
        known: keys that name persons whom the database knows.
    """

    def __init__(self, lexicon: Lexicon | None = None, known: frozenset[str] = frozenset()) -> None:
        self._lexicon, self._known_keys = lexicon, known
        self._keyed_by_data: Mapping[str, Keyed] | None = None
        self._known: set[str] = set()
        self.left_out = False
        """There were more different paths, or deeper ones, than are looked at."""

    def values(self, documents: Sequence[tuple[Any, int]]) -> dict[str, list[SqlValue]]:
        """The values at each path of some documents, each as often as its document stands there."""
        if self._keyed_by_data is None:
            self._keyed_by_data = keyed_by_data(documents, self._lexicon, self._known_keys)
        found: dict[str, list[SqlValue]] = {}
        for document, count in documents:
            self._walk(document, "$", 0, min(count, _MOST_ALIKE), found)
        return found

    def named(self, path: str) -> str:
        """What `Keyed.names` says of the keys at a path."""
        return self._names_at(path.removesuffix(KEYS)) if path.endswith(KEYS) else ""

    def is_of_named(self, path: str) -> bool:
        """Whether keys that are names of persons lead straight to the values at a path."""
        return path.endswith(".*") and self._names_at(path.removesuffix(".*")) not in ("", MAY_BE_NAMES)

    def _names_at(self, path: str) -> str:
        keyed = (self._keyed_by_data or {}).get(path)
        return keyed.names if keyed else ""

    def _walk(self, value: Any, path: str, depth: int, times: int, found: dict[str, list[SqlValue]]) -> None:
        if depth > MOST_DEEP:
            self.left_out = True
        elif isinstance(value, dict | list) and not value and path != "$":
            self._put(path, None, times, found)  # its key is there all the same, and may name somebody
        elif isinstance(value, dict):
            keyed = (self._keyed_by_data or {}).get(path)
            by_data = keyed is not None or len(value) > MOST_KEYS
            for key, inner in value.items():
                if (by_data and not (keyed and key in keyed.structure)) or _is_data(key):
                    self._put(path + KEYS, key, times, found)
                    self._walk(inner, f"{path}.*", depth + 1, times, found)
                else:
                    self._walk(inner, path + step(key), depth + 1, times, found)
        elif isinstance(value, list):
            for inner in value[:MOST_ELEMENTS]:
                self._walk(inner, f"{path}[*]", depth + 1, times, found)
        elif isinstance(value, str) and (inner := nested(value)) is not None:
            self._walk(inner, path, depth + 1, times, found)
        else:
            self._put(path, int(value) if isinstance(value, bool) else _bounded(value), times, found)

    def _put(self, path: str, value: SqlValue, times: int, found: dict[str, list[SqlValue]]) -> None:
        if path not in self._known:
            if len(self._known) >= MOST_PATHS:
                self.left_out = True
                return
            self._known.add(path)
        found.setdefault(path, []).extend([value] * times)


def at(document: Any, path: str) -> list[SqlValue]:
    """The values that stand at a path of a document, as `Paths` names them."""
    found = [document]
    for kind, name in _steps(path):
        inner: list[Any] = []
        for value in found:
            if isinstance(value, str):
                value = nested(value)
            if kind == "element" and isinstance(value, list):
                one = value[int(name) :][:1] if name.isdigit() else []
                inner += value[:MOST_ELEMENTS] if name == "*" else one
            elif kind == "any" and isinstance(value, dict):
                inner += value.values()
            elif kind == "names" and isinstance(value, dict):
                inner += value.keys()
            elif kind == "key" and isinstance(value, dict) and name in value:
                inner.append(value[name])
        found = inner
    return [
        value
        for value in found
        if value is not None and not isinstance(value, dict | list) and not _is_nested(value)
    ]


@lru_cache(maxsize=1_024)
def _steps(path: str) -> tuple[tuple[str, str], ...]:
    """The steps of a path; “.*~” is one of its own, to the keys themselves."""
    steps = path_steps(path)
    return tuple(steps[:-2] + steps[-1:] if path.endswith(KEYS) else steps)


def is_word(key: str) -> bool:
    """Whether a key looks as those that programs write: nothing that is data by its form."""
    return PLAIN_KEY.fullmatch(key) is not None and not _is_data(key)


def are_of_structure(keys: Iterable[SqlValue]) -> bool:
    """Whether keys are months, days or versions, and nothing else: by themselves they say nothing of a person."""
    return all(
        isinstance(key, str) and (_PERIOD.fullmatch(key) or _DAY_OR_VERSION.fullmatch(key)) for key in keys
    )


def _is_data(key: str) -> bool:
    return _DATA_KEY.search(key) is not None and not _PERIOD.fullmatch(key)


def _is_nested(value: Any) -> bool:
    return isinstance(value, str) and nested(value) is not None


def _bounded(value: Any) -> SqlValue:
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return str(value)
    return value  # type: ignore[no-any-return]  # of JSON, so None, a number or a text
