"""What is known of the paths in the JSON of a column, and what stands there that nobody knows.

A scan that looked at a sample may have missed a path. Every document is gone through, so that none goes along unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy import json_values
from steward_app.services.privacy.discover import json_paths
from steward_app.services.privacy.json_steps import KEYS, path_steps, step

_MOST_DEEP: Final = 200
_MOST_NAMED = 5
"""Keys of one object that are told by name; where more are unknown, they are data."""


@dataclass(slots=True)
class _Node:
    """A step of a path.

    Attributes:
        path: that leads to it.
        known: a single value may stand here; `whole`: and whatever else.
        seen: the texts that stand here are gathered.
    """

    path: str
    keys: dict[str, _Node] = field(default_factory=dict)
    any_key: _Node | None = None
    elements: dict[str, _Node] = field(default_factory=dict)
    known: bool = False
    whole: bool = False
    seen: bool = False
    named: set[str] = field(default_factory=set)


class Inside:
    """Goes through the documents of one column.

    Args:
        whole: paths of rules: they say what becomes of everything inside.
        known: paths of single values that a scan or a steward knows.
        seen: those of them whose texts are gathered.

    Attributes:
        unknown: documents by path that nobody knows. A path holds no value: keys that may be data are ".*".
    """

    def __init__(self, whole: Iterable[str], known: Iterable[str], seen: Iterable[str]) -> None:
        self._root = _Node("$")
        for path in whole:
            node = self._node(path)
            if path.endswith(KEYS):
                continue  # of its values nothing is said
            node.known = True
            node.whole = node is not self._root  # "$" is a cell that holds a single value
        for path in known:
            node = self._node(path)
            node.known = node.known or not path.endswith(KEYS)
        for path in seen:
            node = self._node(path)
            node.seen = node.seen or not path.endswith(KEYS)
        self.unknown: Counter[str] = Counter()
        self._texts: dict[str, list[str]] = {}
        self._missing: set[str] = set()

    def add(self, cells: Sequence[SqlValue]) -> dict[str, list[str]]:
        """Go through some cells; the texts that were gathered, by path. What is no JSON is left to others."""
        self._texts = {}
        for cell in cells:
            document = json_values.any_json(cell)
            if document is not None:
                self._missing.clear()
                self._walk(document, self._root, 0)
                self.unknown.update(self._missing)
        return self._texts

    def _walk(self, value: Any, node: _Node, depth: int) -> None:
        if value is None or (node.whole and not (node.seen and isinstance(value, str))):
            return
        if depth > _MOST_DEEP:
            self._missing.add(node.path)
        elif isinstance(value, dict):
            for key, inner in value.items():
                below = node.keys.get(key) or node.any_key
                if below is not None:
                    self._walk(inner, below, depth + 1)
                else:
                    self._missing.add(_named(node, key))  # the key says something by itself
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                below = node.elements.get("*") or node.elements.get(str(place))
                if below is not None:
                    self._walk(inner, below, depth + 1)
                elif _says_something(inner):
                    self._missing.add(f"{node.path}[*]")
        elif isinstance(value, str):
            self._text(value, node, depth)
        elif not node.known:
            self._missing.add(node.path)

    def _text(self, value: str, node: _Node, depth: int) -> None:
        inner = json_values.nested(value)
        if inner is not None:
            self._walk(inner, node, depth + 1)
        elif not node.known:
            if value.strip():
                self._missing.add(node.path)
        elif node.seen:
            self._texts.setdefault(node.path, []).append(value)

    def _node(self, path: str) -> _Node:
        node = self._root
        for kind, name in path_steps(path):
            if kind == "element":
                node = node.elements.setdefault(name, _Node(f"{node.path}[{name}]"))
            elif kind == "any":
                node.any_key = node.any_key or _Node(f"{node.path}.*")
                node = node.any_key
            elif kind == "names":
                break
            else:
                node = node.keys.setdefault(name, _Node(node.path + step(name)))
        return node


def _named(node: _Node, key: str) -> str:
    """The path of a key that nobody knows; ".*" where it may be data."""
    if not json_paths.is_word(key):
        return f"{node.path}.*"
    if key not in node.named and len(node.named) < _MOST_NAMED:
        node.named.add(key)
    return node.path + step(key) if key in node.named else f"{node.path}.*"


def _says_something(value: Any) -> bool:
    """Whether a single value stands anywhere in it."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
        elif each is not None and each != "":
            return True
    return False
