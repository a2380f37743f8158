"""What stands where inside JSON: every path with the values found there.

Paths are those of SQLite's JSON functions, with "[*]" for any element of an array. An object whose keys are data, as
in {"ada@example.org": {...}}, is one path ".*", and its keys are among the values there: a path must never hold a
value of a row. A text that is an object or array of JSON itself is gone into as if that stood in its place. "$" is a
cell that is a single value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.json_values import nested

MOST_PATHS = 300
_MOST_DEEP = 24
_MOST_ELEMENTS = 200
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DATA_KEY: Final = re.compile(r"@|\d{4}|\d[ .:/-]\d|^\d+$|^.{49}|[^\x20-\x7e]\s|[\x00-\x1f]")
_MOST_KEYS = 40  # of one object; of more, or of so many different ones over all documents, they are data
_RARE = 0.1
_MOST = 0.5
"""Of such objects that have a key: then it belongs to their structure."""


class Paths:
    """Gathers documents of one column. Which objects are keyed by data is decided by the first of them."""

    def __init__(self) -> None:
        self._keyed_by_data: Mapping[str, frozenset[str]] | None = None
        self._known: set[str] = set()
        self.left_out = False
        """There were more different paths, or deeper ones, than are looked at."""

    def values(self, documents: Sequence[tuple[Any, int]]) -> dict[str, list[SqlValue]]:
        """The values at each path of some documents, each as often as its document stands there."""
        if self._keyed_by_data is None:
            self._keyed_by_data = _keyed_by_data([document for document, _ in documents])
        found: dict[str, list[SqlValue]] = {}
        for document, count in documents:
            self._walk(document, "$", 0, min(count, 3), found)
        return found

    def _walk(self, value: Any, path: str, depth: int, times: int, found: dict[str, list[SqlValue]]) -> None:
        if depth > _MOST_DEEP:
            self.left_out = True
        elif isinstance(value, dict):
            plain = (self._keyed_by_data or {}).get(path)
            by_data = plain is not None or len(value) > _MOST_KEYS
            for key, inner in value.items():
                if (by_data and key not in (plain or ())) or _DATA_KEY.search(key):
                    self._put(f"{path}.*", key, times, found)
                    self._walk(inner, f"{path}.*", depth + 1, times, found)
                else:
                    self._walk(inner, path + step(key), depth + 1, times, found)
        elif isinstance(value, list):
            for inner in value[:_MOST_ELEMENTS]:
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
    steps = re.findall(r'\[\*\]|\.\*|\."(?:.*?)"(?=[.\[]|$)|\.[^.\[]+', path.removeprefix("$"))
    found = [document]
    for taken in steps:
        inner: list[Any] = []
        for value in found:
            if isinstance(value, str):
                value = nested(value)
            if taken == "[*]" and isinstance(value, list):
                inner += value[:_MOST_ELEMENTS]
            elif taken == ".*" and isinstance(value, dict):
                inner += [*value.keys(), *value.values()]
            elif isinstance(value, dict):
                inner += [each for key, each in value.items() if step(key) == taken]
        found = inner
    return [
        value
        for value in found
        if value is not None and not isinstance(value, dict | list) and not _is_nested(value)
    ]


def is_word(key: str) -> bool:
    """Whether a key looks as those that programs write: nothing that is data by its form."""
    return _PLAIN_KEY.fullmatch(key) is not None and not _DATA_KEY.search(key)


def step(key: str) -> str:
    """One step of a path: `.name`, or `."a name"` where it must be quoted."""
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f'."{key}"'


def _is_nested(value: Any) -> bool:
    return isinstance(value, str) and nested(value) is not None


def _bounded(value: Any) -> SqlValue:
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return str(value)
    return value  # type: ignore[no-any-return]  # of JSON, so None, a number or a text


def _keyed_by_data(documents: Sequence[Any]) -> dict[str, frozenset[str]]:
    """The objects with very many different keys, each of them in few documents, with those that most of them have."""
    seen: dict[str, Counter[str]] = {}
    objects: Counter[str] = Counter()
    waiting = [(document, "$", 0) for document in documents]
    while waiting:
        value, path, depth = waiting.pop()
        if depth > _MOST_DEEP:
            continue
        if isinstance(value, dict):
            objects[path] += 1
            seen.setdefault(path, Counter()).update(value.keys())
            waiting += [(inner, path + step(key), depth + 1) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(inner, f"{path}[*]", depth + 1) for inner in value[:_MOST_ELEMENTS]]
        elif isinstance(value, str) and (inner := nested(value)) is not None:
            waiting.append((inner, path, depth + 1))
    often = max(2.0, _RARE * len(documents))
    return {
        path: frozenset(key for key, count in keys.items() if count >= max(often, _MOST * objects[path]))
        for path, keys in seen.items()
        if len(keys) > _MOST_KEYS and sum(count < often for count in keys.values()) > len(keys) / 2
    }
